//! Chunks of work in a line: taken from the front by whichever thread is free, given out in the order in which they came.

use std::any::Any;
use std::collections::VecDeque;
use std::panic::{self, AssertUnwindSafe};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// What a chunk became: its results up to the first that failed, or the panic of the thread that worked on it.
pub(super) type Outcome<T, E> = Result<Vec<Result<T, E>>, Box<dyn Any + Send>>;

pub(super) struct Line<T, E> {
    most: usize,
    state: Mutex<State<T, E>>,
    /// There is a chunk to work on, or the line is closed.
    work: Condvar,
    /// A chunk is done.
    done: Condvar,
}

struct State<T, E> {
    /// How many chunks have left the line: the number of the one at its front.
    left: usize,
    /// How many were ever taken up: the number of the first that waits.
    taken_up: usize,
    slots: VecDeque<Slot<T, E>>,
    closed: bool,
}

enum Slot<T, E> {
    Waiting(Vec<String>),
    UnderWay,
    Done(Outcome<T, E>),
}

/// What there is to do for the thread that owns the line.
pub(super) enum Chunk<T, E> {
    /// Nothing: the line is empty.
    None,
    /// To work on this one, since the front is not done.
    Waiting(usize, Vec<String>),
    /// To take this, the front.
    Done(Outcome<T, E>),
}

impl<T, E> Line<T, E> {
    /// At most so many chunks stand in it.
    pub(super) fn new(most: usize) -> Self {
        let state = State { left: 0, taken_up: 0, slots: VecDeque::with_capacity(most), closed: false };
        Self { most, state: Mutex::new(state), work: Condvar::new(), done: Condvar::new() }
    }

    /// Chunks from `next` until the line is full, or one is empty.
    pub(super) fn fill(&self, mut next: impl FnMut() -> Vec<String>) {
        let room = self.most - self.state().slots.len();
        for _ in 0..room {
            // Not under the lock: the IDs may come from a slow file.
            let ids = next();
            if ids.is_empty() {
                return;
            }
            self.state().slots.push_back(Slot::Waiting(ids));
            self.work.notify_one();
        }
    }

    /// The front once it is done; before that a chunk to work on, if one waits.
    pub(super) fn next(&self) -> Chunk<T, E> {
        let mut state = self.state();
        loop {
            if let Some(Slot::Done(_)) = state.slots.front() {
                state.left += 1;
                if let Some(Slot::Done(outcome)) = state.slots.pop_front() {
                    return Chunk::Done(outcome);
                }
            }
            if state.slots.is_empty() {
                return Chunk::None;
            }
            if let Some((number, ids)) = state.take_up() {
                return Chunk::Waiting(number, ids);
            }
            state = self.done.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Notes what the chunk of this number became.
    pub(super) fn finish(&self, number: usize, outcome: Outcome<T, E>) {
        let mut state = self.state();
        let place = number - state.left;
        state.slots[place] = Slot::Done(outcome);
        if place == 0 {
            self.done.notify_one();
        }
    }

    /// Works on chunks until the line is closed.
    pub(super) fn work(&self, one: &impl Fn(String) -> Result<T, E>) {
        while let Some((number, ids)) = self.wait_for_work() {
            // The panic is the owner's: it would wait for this chunk for ever.
            let outcome = panic::catch_unwind(AssertUnwindSafe(|| make(ids, one)));
            self.finish(number, outcome);
        }
    }

    fn wait_for_work(&self) -> Option<(usize, Vec<String>)> {
        let mut state = self.state();
        loop {
            if state.closed {
                return None;
            }
            if let Some(chunk) = state.take_up() {
                return Some(chunk);
            }
            state = self.work.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn state(&self) -> MutexGuard<'_, State<T, E>> {
        // Nothing that can panic runs under the lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T, E> State<T, E> {
    fn take_up(&mut self) -> Option<(usize, Vec<String>)> {
        let number = self.taken_up;
        let slot = self.slots.get_mut(number - self.left)?;
        match std::mem::replace(slot, Slot::UnderWay) {
            Slot::Waiting(ids) => {
                self.taken_up += 1;
                Some((number, ids))
            }
            other => {
                *slot = other;
                None
            }
        }
    }
}

/// The results for `ids`, up to the first that failed.
pub(super) fn make<T, E>(ids: Vec<String>, one: &impl Fn(String) -> Result<T, E>) -> Vec<Result<T, E>> {
    let mut results = Vec::with_capacity(ids.len());
    for id in ids {
        results.push(one(id));
        if matches!(results.last(), Some(Err(_))) {
            break;
        }
    }
    results
}

/// Closes the line when it is dropped, so that the workers end on every way out.
pub(super) struct Close<'a, T, E>(pub(super) &'a Line<T, E>);

impl<T, E> Drop for Close<'_, T, E> {
    fn drop(&mut self) {
        self.0.state().closed = true;
        self.0.work.notify_all();
    }
}
