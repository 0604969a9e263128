//! What the benchmarks share: operations that criterion times one by one, and targets that are measured side by side.

mod operation;
mod run;
mod target;

pub use operation::{Operation, on_threads};
pub use run::Run;
pub use target::{Goal, Target};

use criterion::{Criterion, Throughput};

/// The argument that asks a bench for its targets, as lines of JSON on standard output, instead of criterion's report.
pub const TARGETS_ARGUMENT: &str = "--targets";

/// The `main` of a bench: criterion over all `operations`, or, with [`TARGETS_ARGUMENT`], the `targets` among them.
///
/// # Panics
/// If a target names an operation that is not there, or standard output is closed.
pub fn run(group: &str, mut operations: Vec<Operation<'_>>, targets: &[Target]) {
    if std::env::args().any(|argument| argument == TARGETS_ARGUMENT) {
        for target in targets {
            target.measure(&mut operations).tell(&mut std::io::stdout()).expect("standard output is open");
        }
        return;
    }
    let mut criterion = Criterion::default()
        .warm_up_time(std::time::Duration::from_secs(1))
        .measurement_time(std::time::Duration::from_secs(3))
        .configure_from_args();
    let mut group = criterion.benchmark_group(group);
    for operation in &mut operations {
        // A hundred samples of what takes a third of a second would take a minute.
        group.sample_size(if operation.batch() < std::time::Duration::from_millis(250) { 100 } else { 10 });
        group.throughput(Throughput::Elements(operation.elements()));
        group.bench_function(operation.name(), |bencher| {
            bencher.iter_custom(|iterations| operation.run(iterations));
        });
    }
    group.finish();
    criterion.final_summary();
}
