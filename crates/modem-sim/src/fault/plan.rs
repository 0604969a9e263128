//! How far a kit has come, and which of its faults a command meets.

use core::time::Duration;

use super::{Effect, Fault, Place, Source};

/// The faults of one kit.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    all: Vec<Planned>,
}

#[derive(Debug)]
struct Planned {
    fault: Fault,
    /// Commands that it is for.
    seen: u32,
    fired: u32,
}

/// What one command meets. A number is the fault's place in the list.
#[derive(Debug, Default)]
pub(crate) struct Hits {
    pub(crate) silent: Option<usize>,
    pub(crate) error: Option<(usize, Option<u16>)>,
    pub(crate) wrong_sha: Option<usize>,
    pub(crate) memory_full: Option<usize>,
    pub(crate) power_off: Option<usize>,
    /// With the lines in the order of the list.
    pub(crate) lines: Vec<(usize, Source, Place, String)>,
    pub(crate) garbage: Vec<(usize, u16)>,
    /// Bytes of the answer: which one, and whether it comes twice.
    pub(crate) bytes: Vec<(usize, Option<u16>, bool)>,
    pub(crate) end: Option<(usize, End)>,
}

/// What becomes of a byte on its way to the kit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OnTheWay {
    Whole(u8),
    Lost,
}

/// How a command ends the life of the kit, or of its port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Reboot,
    RebootInside,
    Unplug { after: Option<u16>, gone: Duration },
}

impl Faults {
    pub(crate) fn new(all: Vec<Fault>) -> Self {
        Self { all: all.into_iter().map(|fault| Planned { fault, seen: 0, fired: 0 }).collect() }
    }

    /// What `command` meets. Each call is one command.
    pub(crate) fn meet(&mut self, command: &[u8]) -> Hits {
        let mut hits = Hits::default();
        for (index, planned) in self.all.iter_mut().enumerate() {
            if !planned.is_on_the_way() && planned.is_due(command) {
                hits.add(index, &planned.fault.effect);
            }
        }
        hits
    }

    /// What comes to the kit of `byte`, which stands behind `typed`, the beginning of a command.
    pub(crate) fn carry(&mut self, typed: &[u8], byte: u8) -> OnTheWay {
        let mut carried = OnTheWay::Whole(byte);
        for planned in &mut self.all {
            if planned.meets_byte_behind(typed) && planned.counts() {
                planned.fired = planned.fired.saturating_add(1);
                carried = match (&planned.fault.effect, carried) {
                    (Effect::Alter(_), OnTheWay::Whole(byte)) => OnTheWay::Whole(byte ^ 1),
                    _ => OnTheWay::Lost,
                };
            }
        }
        carried
    }

    /// The fault had its effect.
    pub(crate) fn fire(&mut self, index: usize) {
        if let Some(planned) = self.all.get_mut(index) {
            planned.fired = planned.fired.saturating_add(1);
        }
    }

    /// How often each had its effect, put into the place of what is in `fired`.
    pub(crate) fn fired_into(&self, fired: &mut Vec<u32>) {
        fired.clear();
        fired.extend(self.all.iter().map(|planned| planned.fired));
    }
}

impl Planned {
    fn is_due(&mut self, command: &[u8]) -> bool {
        self.fault.on.as_ref().is_none_or(|pattern| pattern.matches(command)) && self.counts()
    }

    const fn is_on_the_way(&self) -> bool {
        matches!(self.fault.effect, Effect::Lose(_) | Effect::Alter(_))
    }

    /// The next byte is the one that is lost or altered.
    fn meets_byte_behind(&self, typed: &[u8]) -> bool {
        let (Effect::Lose(number) | Effect::Alter(number)) = self.fault.effect else {
            return false;
        };
        let start = self.fault.on.as_ref().map_or(&b""[..], |pattern| pattern.text.as_bytes());
        typed.len() + 1 == start.len() + usize::from(number.unwrap_or(1))
            && typed[..start.len()].eq_ignore_ascii_case(start)
    }

    /// Counts a command that the fault is for, and says whether it is neither before nor behind those that have it.
    fn counts(&mut self) -> bool {
        let Fault { skip, times, .. } = &self.fault;
        let number = self.seen;
        self.seen = self.seen.saturating_add(1);
        number >= *skip && times.is_none_or(|times| number - skip < times)
    }
}

impl Hits {
    fn add(&mut self, index: usize, effect: &Effect) {
        match effect {
            Effect::Silent => self.silent = Some(index),
            Effect::Line { source, place, text } => {
                let text = text.as_deref().unwrap_or(source.text()).to_owned();
                self.lines.push((index, *source, *place, text));
            }
            Effect::Garbage(bytes) => self.garbage.push((index, *bytes)),
            Effect::Drop(byte) => self.bytes.push((index, *byte, false)),
            Effect::Double(byte) => self.bytes.push((index, *byte, true)),
            // They met the command before it was one.
            Effect::Lose(_) | Effect::Alter(_) => {}
            Effect::Error(code) => self.error = Some((index, *code)),
            Effect::WrongSha => self.wrong_sha = Some(index),
            Effect::MemoryFull => self.memory_full = Some(index),
            Effect::PowerOffWarning => self.power_off = Some(index),
            Effect::Reboot { inside: false } => self.end = Some((index, End::Reboot)),
            Effect::Reboot { inside: true } => self.end = Some((index, End::RebootInside)),
            Effect::Unplug { after, gone } => {
                self.end = Some((index, End::Unplug { after: *after, gone: *gone }));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_is_for_the_commands_that_it_names() {
        let hits = |text: &str| {
            let mut faults = Faults::new(vec![text.parse().unwrap()]);
            let commands: [&[u8]; 5] = [b"AT", b"\nat+cgsn\r", b"AT+CGSN=1", b"AT", b"AT+CGSN"];
            commands.map(|command| faults.meet(command).silent.is_some())
        };
        assert_eq!(hits("silent"), [true; 5]);
        assert_eq!(hits("silent on AT+CGSN"), [false, true, false, false, true]);
        assert_eq!(hits("silent on AT+CGSN*"), [false, true, true, false, true]);
        assert_eq!(hits("silent on AT+CGSN* skip 1 times 1"), [false, false, true, false, false]);
        assert_eq!(hits("silent skip 3"), [false, false, false, true, true]);
        assert_eq!(hits("silent times 2"), [true, true, false, false, false]);
    }
}
