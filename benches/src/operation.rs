//! Something that can be done many times, and timed.

use std::hint::{black_box, spin_loop};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::Run;

/// An operation by name. How it is run is its own affair; it tells only how long so many iterations took.
pub struct Operation<'a> {
    name: &'static str,
    elements: u64,
    batch: Duration,
    peak_kib: Option<u64>,
    run: Box<dyn FnMut(u64) -> Run + 'a>,
}

impl<'a> Operation<'a> {
    /// On one thread; the clock is read around all iterations together.
    pub fn new<R>(name: &'static str, mut once: impl FnMut() -> R + 'a) -> Self {
        Self::with_clock(name, move |iterations| {
            let start = Instant::now();
            for _ in 0..iterations {
                black_box(once());
            }
            start.elapsed()
        })
    }

    /// On one thread, with a `run` that does so many iterations and times them itself.
    pub fn with_clock<R: Into<Run>>(name: &'static str, mut run: impl FnMut(u64) -> R + 'a) -> Self {
        let run = move |iterations| run(iterations).into();
        Self { name, elements: 1, batch: Duration::from_micros(500), peak_kib: None, run: Box::new(run) }
    }

    /// On several threads at once, each with what `make` makes for it.
    ///
    /// # Panics
    /// If there are more threads than a `u64` counts.
    pub fn on_threads<S>(
        name: &'static str,
        threads: usize,
        make: impl Fn() -> S + Sync + 'a,
        once: impl Fn(&mut S) + Sync + 'a,
    ) -> Self {
        Self {
            name,
            elements: u64::try_from(threads).expect("so many threads do not exist"),
            // To start the threads together takes some 0.1 ms.
            batch: Duration::from_millis(20),
            peak_kib: None,
            run: Box::new(move |iterations| on_threads(threads, iterations, &make, &once).into()),
        }
    }

    /// This operation with so many elements in each iteration.
    #[must_use]
    pub fn of(self, elements: u64) -> Self {
        Self { elements, ..self }
    }

    /// This operation in batches of another length than half a millisecond: for what takes long, or is slow to start.
    #[must_use]
    pub fn in_batches_of(self, batch: Duration) -> Self {
        Self { batch, ..self }
    }

    /// Its name, `<what>/<by whom>`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// What one iteration gets done: 1, or the number of threads.
    #[must_use]
    pub fn elements(&self) -> u64 {
        self.elements
    }

    /// How long a batch should take to be long against the clock's grain, and short against whatever else the machine does.
    pub(crate) fn batch(&self) -> Duration {
        self.batch
    }

    /// The time that so many iterations take.
    pub fn run(&mut self, iterations: u64) -> Duration {
        let run = (self.run)(iterations);
        self.peak_kib = self.peak_kib.max(run.peak_kib);
        run.time
    }

    /// The most memory that any run had so far, in KiB, where one has told it.
    pub(crate) fn peak_kib(&self) -> Option<u64> {
        self.peak_kib
    }
}

/// Runs `work` on `threads` threads at once, `iterations` times each, and returns the time until the last is done.
///
/// `make` builds each thread's own state before the clock starts. The threads then wait for each other awake: one that sleeps may be woken
/// on the processor of another, and shares it with that for the first milliseconds.
///
/// # Panics
/// If `work` does.
pub fn on_threads<S>(
    threads: usize,
    iterations: u64,
    make: impl Fn() -> S + Sync,
    work: impl Fn(&mut S) + Sync,
) -> Duration {
    let missing = AtomicUsize::new(threads);
    std::thread::scope(|scope| {
        let handles: Vec<_> = (0..threads)
            .map(|_| {
                scope.spawn(|| {
                    let mut state = make();
                    missing.fetch_sub(1, Ordering::AcqRel);
                    while missing.load(Ordering::Acquire) > 0 {
                        spin_loop();
                    }
                    let start = Instant::now();
                    for _ in 0..iterations {
                        work(&mut state);
                    }
                    (start, Instant::now())
                })
            })
            .collect();
        let times = handles.into_iter().map(|handle| handle.join().expect("a benchmark does not panic"));
        let (start, end) = times.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1))).expect("there is a thread");
        end - start
    })
}
