//! A whole kit without a wire: a byte of a host in, the bytes of the kit out.

mod machine;

use core::time::Duration;

pub(crate) use self::machine::Machine;
use crate::builder::Clock;
use crate::fault::{End, Faults, Hits, OnTheWay, Place, Source};
use crate::front::{Front, Heard};
use crate::keys::Entropy;
use crate::script::{self, Part};
use crate::state::StateFile;

/// Firmware, modem and faults together.
pub(crate) struct Board {
    pub(crate) front: Front,
    pub(crate) machine: Machine,
    pub(crate) faults: Faults,
    pub(crate) latencies: Latencies,
    pub(crate) clock: Clock,
    pub(crate) state: Option<StateFile>,
    /// For the faults alone, so that they change nothing else.
    pub(crate) noise: Entropy,
    /// What the host sent of a command that is not yet whole.
    pub(crate) typed: Vec<u8>,
}

/// CR, LF, Ctrl-C and Ctrl-U: behind them a shell has an empty line, whether anything is carried out or not.
const ENDS_OF_A_LINE: [u8; 4] = [b'\r', b'\n', 0x03, 0x15];
/// No fault is for a byte further on.
const LONGEST_TYPED: usize = 1 << 17;

/// What came of a command.
#[derive(Debug, Default)]
pub(crate) struct Reaction {
    /// The answer as it goes over the wire.
    pub(crate) answer: Vec<u8>,
    /// How long it took to come.
    pub(crate) latency: Duration,
    pub(crate) ending: Option<Ending>,
}

/// What happens behind the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    Restart,
    /// The port is gone for so long.
    Unplug(Duration),
}

/// How long commands take.
#[derive(Debug, Default)]
pub(crate) struct Latencies {
    pub(crate) all: Duration,
    /// Commands that begin so; the longest beginning counts.
    pub(crate) of: Vec<(String, Duration)>,
}

impl Latencies {
    fn of(&self, command: &[u8]) -> Duration {
        let command = command.trim_ascii();
        let begins = |start: &str| {
            command.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start.as_bytes()))
        };
        let of = self.of.iter().filter(|(start, _)| begins(start)).max_by_key(|(start, _)| start.len());
        of.map_or(self.all, |(_, latency)| *latency)
    }
}

impl Board {
    /// Takes one byte; `echo` gets what is sent back before anything else.
    pub(crate) fn hear(&mut self, byte: u8, echo: &mut Vec<u8>) -> Option<Reaction> {
        let byte = self.carry(byte)?;
        let heard = self.front.push(byte, echo);
        if heard.is_some() || self.is_shell() && ENDS_OF_A_LINE.contains(&byte) {
            self.typed.clear();
        }
        match heard? {
            Heard::At(commands) => {
                let mut whole = Reaction::default();
                for command in commands {
                    let part = self.run(&command, |board| {
                        let now = (board.clock)();
                        let events = board.front.tells_events();
                        board.machine.execute(&command, now, events, &mut board.front)
                    });
                    whole.answer.extend_from_slice(&part.answer);
                    whole.latency += part.latency;
                    whole.ending = part.ending;
                    if whole.ending.is_some() {
                        break;
                    }
                }
                Some(whole)
            }
            Heard::Shell { words, line } => {
                let words: Vec<&str> = words.iter().map(String::as_str).collect();
                Some(self.run(line.as_bytes(), |board| board.machine.run_in_shell(&words, &mut board.front)))
            }
            Heard::Load { bytes, ends } => {
                let script = self.machine.load(&bytes, ends, &mut self.front);
                if !script.is_empty() {
                    self.front.frame(&script, echo);
                }
                None
            }
            Heard::Reboot => Some(Reaction { ending: Some(Ending::Restart), ..Reaction::default() }),
        }
    }

    /// What is said after a start: at once, and when the kit is ready.
    pub(crate) fn restart(&mut self) -> (String, Vec<u8>) {
        self.typed.clear();
        self.front.restart();
        self.machine.restart();
        self.front.banner()
    }

    /// What comes of a byte on its way here.
    fn carry(&mut self, byte: u8) -> Option<u8> {
        let command = if self.is_shell() { quoted(&self.typed, byte) } else { Some(self.typed.as_slice()) };
        let carried = command.map_or(OnTheWay::Whole(byte), |command| self.faults.carry(command, byte));
        if self.typed.len() < LONGEST_TYPED && (byte > b' ' || !self.typed.is_empty()) {
            self.typed.push(byte);
        }
        match carried {
            OnTheWay::Whole(byte) => Some(byte),
            OnTheWay::Lost => None,
        }
    }

    const fn is_shell(&self) -> bool {
        matches!(self.front, Front::Shell(_))
    }

    fn run(&mut self, text: &[u8], carry_out: impl FnOnce(&mut Self) -> machine::Outcome) -> Reaction {
        let hits = self.faults.meet(text);
        let latency = self.latencies.of(text);
        if let Some((index, End::Reboot)) = hits.end {
            self.faults.fire(index);
            return Reaction { latency, ending: Some(Ending::Restart), ..Reaction::default() };
        }
        let outcome = match hits.error {
            Some((index, code)) => {
                self.faults.fire(index);
                machine::Outcome::of(self.machine.refuse(text, code))
            }
            None => {
                let mut outcome = self.under(&hits, carry_out);
                if let Some(state) = &mut self.state
                    && !state.save(&self.machine)
                {
                    outcome.script = self.machine.refuse_unsaved(text);
                }
                outcome
            }
        };
        if let Some(index) = hits.silent {
            self.faults.fire(index);
            return Reaction { latency, ..Reaction::default() };
        }
        let mut script = outcome.script;
        self.disturb(&hits, &mut script);
        let mut answer = Vec::new();
        self.front.frame(&script, &mut answer);
        let ending = self.damage(&hits, &mut answer).or(outcome.ending);
        Reaction { answer, latency, ending }
    }

    /// Carries a command out with the troubles that it meets inside the modem.
    fn under(
        &mut self,
        hits: &Hits,
        carry_out: impl FnOnce(&mut Self) -> machine::Outcome,
    ) -> machine::Outcome {
        let troubles = [hits.memory_full, hits.power_off, hits.wrong_sha];
        self.machine.set_trouble(troubles.map(|index| index.is_some()));
        let outcome = carry_out(self);
        for (index, met) in troubles.into_iter().zip(self.machine.take_met()) {
            if let (Some(index), true) = (index, met) {
                self.faults.fire(index);
            }
        }
        outcome
    }

    /// Puts in what was not asked for.
    fn disturb(&mut self, hits: &Hits, script: &mut Vec<Part>) {
        for (index, source, place, text) in &hits.lines {
            let part = match source {
                Source::Modem => Part::Notification(text.clone()),
                Source::Firmware => Part::Log(text.clone()),
            };
            script::insert(script, *place, part);
            self.faults.fire(*index);
        }
        for (index, count) in &hits.garbage {
            let noise = Part::Noise(self.noise.bytes("garbage", usize::from(*count)));
            script::insert(script, Place::Before, noise);
            self.faults.fire(*index);
        }
    }

    /// Loses, doubles and cuts off bytes.
    fn damage(&mut self, hits: &Hits, answer: &mut Vec<u8>) -> Option<Ending> {
        for (index, which, twice) in &hits.bytes {
            let at = which.map_or(answer.len() / 2, |which| usize::from(which) - 1);
            if at < answer.len() {
                let byte = answer.remove(at);
                if *twice {
                    answer.splice(at..at, [byte, byte]);
                }
                self.faults.fire(*index);
            }
        }
        let (index, end) = hits.end?;
        let half = answer.len() / 2;
        let (length, ending) = match end {
            End::Reboot | End::RebootInside => (half, Ending::Restart),
            End::Unplug { after, gone } => (after.map_or(half, usize::from), Ending::Unplug(gone)),
        };
        if length > answer.len() {
            return None;
        }
        answer.truncate(length);
        self.faults.fire(index);
        Some(ending)
    }
}

/// What was typed of the AT command of `at '..'`, or of another line; nothing where `next` is not yet part of the command.
fn quoted(typed: &[u8], next: u8) -> Option<&[u8]> {
    let is_quote = |byte: u8| matches!(byte, b'\'' | b'"');
    match typed {
        [] if next == b'a' => None,
        b"a" | b"at" => None,
        [b'a', b't', b' '] if is_quote(next) => None,
        [b'a', b't', b' ', quote, command @ ..] if is_quote(*quote) => Some(command),
        [b'a', b't', b' ', command @ ..] => Some(command),
        line => Some(line),
    }
}
