//! Every typed command, in every dialect, with every fault of a simulated kit: each ends in the right answer or in an error that says so,
//! and never in a false success.
#![cfg(all(unix, feature = "serial"))]
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod operations;
mod values;

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use modem_at::{Error, Modem, Options, SerialTransport};
use modem_sim::{Fault, Mode, ModemSim};

use operations::{OPERATIONS, Operation};

/// The faults, and what they need to have an effect.
const FAULTS: &[(&str, Needs)] = &[
    ("silent", Needs::Nothing),
    ("urc before", Needs::Nothing),
    ("urc between", Needs::Nothing),
    ("urc inside", Needs::Nothing),
    ("urc after", Needs::Nothing),
    ("urc inside +CEREG: 5,\"0901\",\"02024720\",7", Needs::Nothing),
    ("log before", Needs::Nothing),
    ("log between", Needs::Nothing),
    ("log inside", Needs::Nothing),
    ("log after", Needs::Nothing),
    ("garbage", Needs::Nothing),
    ("drop", Needs::Nothing),
    ("drop 4", Needs::Nothing),
    ("drop 10", Needs::Information),
    ("double", Needs::Nothing),
    ("double 4", Needs::Nothing),
    ("double 10", Needs::Information),
    ("lose", Needs::Nothing),
    ("lose 2", Needs::Arguments),
    ("alter", Needs::Nothing),
    ("error", Needs::Nothing),
    ("error 515", Needs::Nothing),
    ("wrong-sha", Needs::Write),
    ("memory-full", Needs::Filling),
    ("power-off-warning", Needs::Change),
    ("reboot", Needs::Nothing),
    ("reboot inside", Needs::Nothing),
    ("unplug", Needs::Nothing),
];

/// What a command must be like for a fault to have an effect on it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Needs {
    Nothing,
    /// A line before the final result, so that its tenth byte is there.
    Information,
    /// More behind its name than the byte that ends the line.
    Arguments,
    /// It writes a credential.
    Write,
    /// It fills an empty slot.
    Filling,
    /// It changes the credential store.
    Change,
}

/// Cells at a time: most of them wait.
const THREADS: usize = 48;

/// Faults that leave the answer as it is.
const HARMLESS: [&str; 4] = ["urc before", "urc after", "log before", "log after"];

struct Cell {
    mode: Mode,
    operation: &'static Operation,
    effect: &'static str,
    /// Whether the fault meets the first command of its kind only.
    once: bool,
}

/// How a cell ended.
enum Outcome {
    Right,
    Refused(&'static str),
    /// The fault had no effect, which must have a reason.
    Unmet,
    Wrong(String),
}

#[test]
fn no_fault_makes_a_false_success() {
    let spoken = spoken();
    let cells = cells(&spoken);
    let outcomes = in_threads(cells.len(), |index| run(&cells[index]));

    let mut counts: BTreeMap<&str, [usize; 2]> = BTreeMap::new();
    let mut refusals: BTreeMap<&str, usize> = BTreeMap::new();
    let mut wrong = Vec::new();
    for (cell, outcome) in cells.iter().zip(&outcomes) {
        let count = counts.entry(cell.effect).or_default();
        match outcome {
            Outcome::Right => count[0] += 1,
            Outcome::Refused(kind) => {
                count[1] += 1;
                *refusals.entry(kind).or_default() += 1;
                if HARMLESS.contains(&cell.effect) {
                    wrong.push(format!("{cell}: refused by {kind}, though the answer is whole"));
                }
            }
            Outcome::Unmet => wrong.push(format!("{cell}: the fault had no effect")),
            Outcome::Wrong(what) => wrong.push(format!("{cell}: {what}")),
        }
    }
    println!("{} commands in {} dialects, {} cells", spoken.len(), Mode::ALL.len(), cells.len());
    for (effect, [right, refused]) in &counts {
        println!("{effect:<45} {right:>5} right {refused:>5} refused");
    }
    println!("refusals: {refusals:?}");
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), cells.len(), wrong.join("\n"));
    let right: usize = counts.values().map(|count| count[0]).sum();
    assert!(right > cells.len() / 3, "only {right} of {} are right", cells.len());
}

fn cells(spoken: &[(Mode, &'static Operation)]) -> Vec<Cell> {
    let mut cells = Vec::new();
    for &(mode, operation) in spoken {
        for &(effect, _) in FAULTS.iter().filter(|(_, needs)| operation.can_meet(*needs)) {
            cells.push(Cell { mode, operation, effect, once: true });
            // A line that loses the same byte of every answer is none to work with.
            if !effect.starts_with("drop") && !effect.starts_with("double") {
                cells.push(Cell { mode, operation, effect, once: false });
            }
        }
    }
    cells
}

/// The commands that each dialect speaks. Without a fault each of them gives the right answer.
fn spoken() -> Vec<(Mode, &'static Operation)> {
    let spoken: Vec<(Mode, &Operation)> = Mode::ALL
        .into_iter()
        .flat_map(|mode| OPERATIONS.iter().map(move |operation| (mode, operation)))
        .filter(|(mode, operation)| operation.is_spoken_in(*mode))
        .collect();
    let ends = in_threads(spoken.len(), |index| {
        let (mode, operation) = spoken[index];
        let kit = operation.kit(mode).start().unwrap();
        let mut modem = Modem::open(transport(&kit), options(Duration::from_secs(10))).unwrap();
        (mode, operation.name, operation.perform(&kit, &mut modem))
    });
    let wrong: Vec<_> = ends.iter().filter(|(_, _, end)| !matches!(end, Ok(true))).collect();
    assert!(wrong.is_empty(), "without a fault: {wrong:#?}");
    spoken
}

fn run(cell: &Cell) -> Outcome {
    let Cell { mode, operation, effect, once } = *cell;
    let text = format!("{effect} on {}{}", operation.on, if once { " times 1" } else { "" });
    let fault: Fault = text.parse().unwrap();
    let kit = operation.kit(mode).fault(fault).boot_time(Duration::from_millis(20)).start().unwrap();
    // Where the answer is whole, only a busy machine makes it late.
    let patience = if HARMLESS.contains(&effect) { 10_000 } else { 400 };
    let mut modem = match Modem::open(transport(&kit), options(Duration::from_millis(patience))) {
        Ok(modem) => modem,
        // The fault has met what is asked for when the kit is found.
        Err(error) => return outcome(&kit, Err(error)),
    };
    let end = operation.perform(&kit, &mut modem);
    drop(modem);
    let end = match end {
        Ok(_) if effect.starts_with("reboot") && operation.is_forgotten => Ok(true),
        end => end,
    };
    outcome(&kit, end)
}

fn outcome(kit: &ModemSim, end: Result<bool, Error>) -> Outcome {
    let fired = kit.fired()[0] > 0;
    match end {
        Ok(false) => Outcome::Wrong("false success".into()),
        Ok(true) if fired => Outcome::Right,
        Err(error) if fired => refusal(&error).map_or_else(Outcome::Wrong, Outcome::Refused),
        Err(error) => Outcome::Wrong(format!("refused without a fault: {error}")),
        Ok(true) => Outcome::Unmet,
    }
}

/// The name of an error that is right after a fault.
fn refusal(error: &Error) -> Result<&'static str, String> {
    Ok(match error {
        Error::Transport(_) => "transport",
        Error::Timeout { .. } => "time-out",
        Error::Refused { .. } => "refused",
        Error::NoResult { .. } => "no result",
        Error::EchoLost { .. } => "echo lost",
        Error::ShellRefused { .. } => "shell refused",
        Error::Reply { .. } => "damaged answer",
        Error::Restarted { .. } => "restarted",
        Error::WrittenDiffers { .. } => "written differs",
        Error::WrittenUnconfirmed { .. } => "written unconfirmed",
        Error::NoAnswer { .. } => "no answer",
        error => return Err(format!("an error that no fault explains: {error}")),
    })
}

fn transport(kit: &ModemSim) -> SerialTransport {
    let flow_control = Options::default().flow_control;
    SerialTransport::open(kit.path().to_str().unwrap(), 115_200, flow_control).unwrap()
}

/// Finding the kit is not what is tested here, and a busy machine is slow.
fn options(answer_timeout: Duration) -> Options {
    Options {
        probe_timeout: Duration::from_secs(20),
        answer_timeout: Some(answer_timeout),
        ..Options::default()
    }
}

/// What `work` gives for each number, in order.
fn in_threads<T: Send>(count: usize, work: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::with_capacity(count));
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    if index >= count {
                        return;
                    }
                    let result = work(index);
                    done.lock().unwrap().push((index, result));
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap();
    done.sort_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, result)| result).collect()
}

impl std::fmt::Display for Cell {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let often = if self.once { "once" } else { "always" };
        write!(f, "{}: {}: `{}` {often}", self.mode, self.operation.name, self.effect)
    }
}
