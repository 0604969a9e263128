//! Faults on demand: what a kit can do to its host.

mod grammar;
mod plan;

use core::fmt;
use core::str::FromStr;
use core::time::Duration;

pub use self::grammar::FaultError;
pub(crate) use self::plan::{End, Faults, Hits, OnTheWay};

/// One fault: what happens, at which commands, and how often. It is written as text.
///
/// ```
/// use modem_sim::Fault;
///
/// let fault: Fault = "error 515 on AT%CMNG=0* skip 1 times 1".parse()?;
/// assert_eq!(fault.to_string(), "error 515 on AT%CMNG=0* skip 1 times 1");
/// # Ok::<(), modem_sim::FaultError>(())
/// ```
///
/// An effect comes first:
///
/// | effect | what happens |
/// |---|---|
/// | `silent` | the command is carried out and not answered; in a shell the prompt does not come back either |
/// | `urc before`, `urc between`, `urc inside`, `urc after` | a notification before the answer, between its last line of information and its result, inside a line, behind the answer; a text of your own may follow |
/// | `log before`, `log between`, `log inside`, `log after` | a log line of the firmware, in the same places |
/// | `garbage`, `garbage 100` | so many random bytes (16) before the answer, the same ones in every run |
/// | `drop`, `drop 5` | the fifth byte of the answer is lost, without a number the one in the middle |
/// | `double`, `double 5` | it comes twice |
/// | `lose`, `lose 5` | on the way to the kit, the fifth byte behind what `on` names is lost, without a number the first; `on` then names how a command begins, with or without `*` |
/// | `alter`, `alter 5` | it comes with its last bit changed |
/// | `error`, `error 515` | the command is not carried out: `ERROR`, or `+CME ERROR: 515` where the host asked for numbers |
/// | `wrong-sha` | a write stores its text with the last byte changed, and says `OK` |
/// | `memory-full` | nothing can be put into an empty slot: 515 |
/// | `power-off-warning` | `%CMNG` writes and deletes and `%KEYGEN` are refused: 528, from mfw 1.3.2 on |
/// | `reboot` | the kit restarts in the place of carrying the command out |
/// | `reboot inside` | the command is carried out, half of the answer comes, and the kit restarts |
/// | `unplug`, `unplug 10`, `unplug 10 500ms` | behind the tenth byte of the answer (without a number: half of it) the port is gone, for 100 ms unless said otherwise, and comes back with a kit that restarts |
///
/// Conditions follow, each at most once and in this order. Without any, every command has the fault.
///
/// | condition | which commands |
/// |---|---|
/// | `on COMMAND` | those that read so, capitals aside; `*` at the end stands for anything. In a shell with `at` it is the AT command, in one without it is the line |
/// | `skip 2` | of these not the first two |
/// | `times 1` | no more than one |
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    effect: Effect,
    on: Option<Pattern>,
    skip: u32,
    times: Option<u32>,
}

impl Fault {
    /// A kit that never answers: `silent`.
    pub(crate) const fn mute() -> Self {
        Self { effect: Effect::Silent, on: None, skip: 0, times: None }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    Silent,
    Line {
        source: Source,
        place: Place,
        text: Option<String>,
    },
    Garbage(u16),
    /// Counted from 1.
    Drop(Option<u16>),
    Double(Option<u16>),
    /// A byte of the command, counted from 1 behind what `on` names.
    Lose(Option<u16>),
    Alter(Option<u16>),
    Error(Option<u16>),
    WrongSha,
    MemoryFull,
    PowerOffWarning,
    Reboot {
        inside: bool,
    },
    Unplug {
        after: Option<u16>,
        gone: Duration,
    },
}

/// Who says a line that was not asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    Modem,
    Firmware,
}

impl Source {
    const fn name(self) -> &'static str {
        match self {
            Self::Modem => "urc",
            Self::Firmware => "log",
        }
    }

    /// What it says unless told otherwise.
    const fn text(self) -> &'static str {
        match self {
            Self::Modem => "+CEREG: 2",
            Self::Firmware => "[00:00:07.000,000] <inf> app: tick",
        }
    }
}

/// Where a line lands that was not asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Before,
    Between,
    Inside,
    After,
}

impl Place {
    const ALL: [Self; 4] = [Self::Before, Self::Between, Self::Inside, Self::After];

    const fn name(self) -> &'static str {
        match self {
            Self::Before => "before",
            Self::Between => "between",
            Self::Inside => "inside",
            Self::After => "after",
        }
    }
}

/// The commands that a fault is for.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Pattern {
    text: String,
    open: bool,
}

impl Pattern {
    fn matches(&self, command: &[u8]) -> bool {
        let command = command.trim_ascii();
        let head = if self.open { command.get(..self.text.len()) } else { Some(command) };
        head.is_some_and(|head| head.eq_ignore_ascii_case(self.text.as_bytes()))
    }
}

impl FromStr for Fault {
    type Err = FaultError;

    fn from_str(text: &str) -> Result<Self, FaultError> {
        grammar::read(text)
    }
}

/// As it is read, with one space between words.
impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.effect)?;
        if let Some(on) = &self.on {
            write!(f, " on {}{}", on.text, if on.open { "*" } else { "" })?;
        }
        if self.skip > 0 {
            write!(f, " skip {}", self.skip)?;
        }
        self.times.map_or(Ok(()), |times| write!(f, " times {times}"))
    }
}

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let with = |f: &mut fmt::Formatter<'_>, name: &str, number: Option<u16>| {
            f.write_str(name)?;
            number.map_or(Ok(()), |number| write!(f, " {number}"))
        };
        match self {
            Self::Silent => f.write_str("silent"),
            Self::Line { source, place, text } => {
                write!(f, "{} {}", source.name(), place.name())?;
                text.as_ref().map_or(Ok(()), |text| write!(f, " {text}"))
            }
            Self::Garbage(bytes) => write!(f, "garbage {bytes}"),
            Self::Drop(byte) => with(f, "drop", *byte),
            Self::Double(byte) => with(f, "double", *byte),
            Self::Lose(byte) => with(f, "lose", *byte),
            Self::Alter(byte) => with(f, "alter", *byte),
            Self::Error(code) => with(f, "error", *code),
            Self::WrongSha => f.write_str("wrong-sha"),
            Self::MemoryFull => f.write_str("memory-full"),
            Self::PowerOffWarning => f.write_str("power-off-warning"),
            Self::Reboot { inside: false } => f.write_str("reboot"),
            Self::Reboot { inside: true } => f.write_str("reboot inside"),
            Self::Unplug { after, gone } => {
                with(f, "unplug", *after)?;
                write!(f, " {}ms", gone.as_millis())
            }
        }
    }
}
