//! The text of a fault.

use core::time::Duration;

use super::{Effect, Fault, Pattern, Place, Source};

/// How many bytes of garbage there are unless said otherwise.
const GARBAGE: u16 = 16;
/// How long the port is gone unless said otherwise.
const GONE: Duration = Duration::from_millis(100);
/// More could not be told from a kit that does not come back.
const LONGEST: u64 = 60_000;

/// A text that is no [`Fault`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FaultError {
    /// The first word is no effect.
    #[error(
        "`{word}` is no effect (silent, urc, log, garbage, drop, double, lose, alter, error, wrong-sha, memory-full, power-off-warning, reboot, unplug)"
    )]
    Effect {
        /// The word.
        word: String,
    },
    /// A place is missing behind `urc` or `log`.
    #[error("`{effect}` needs a place: before, between, inside or after")]
    Place {
        /// The effect.
        effect: &'static str,
    },
    /// A number that is none, or is out of range.
    #[error("`{word}` is not a number from {low} to {high}, as `{of}` needs one")]
    Number {
        /// What it is a number for.
        of: &'static str,
        /// The word.
        word: String,
        /// The least.
        low: u32,
        /// The most.
        high: u32,
    },
    /// A time without a unit, or of more than a minute.
    #[error("`{word}` is not a time from 1ms to 60s, as `unplug` needs one")]
    Time {
        /// The word.
        word: String,
    },
    /// `on` without a command.
    #[error("no command behind `on`")]
    Command,
    /// Words that nothing was made of.
    #[error("`{rest}` is left over behind `{effect}`")]
    Rest {
        /// The effect.
        effect: String,
        /// What is left over.
        rest: String,
    },
}

/// `EFFECT [on COMMAND] [skip N] [times N]`. The conditions are taken from the end, since a line's own text may hold any word.
pub(super) fn read(text: &str) -> Result<Fault, FaultError> {
    let (text, times) = condition(text.trim(), "times", 1)?;
    let (text, skip) = condition(text, "skip", 0)?;
    let (text, on) = match text.rsplit_once(" on ") {
        Some((text, command)) => (text.trim_end(), Some(pattern(command)?)),
        None if text.ends_with(" on") => return Err(FaultError::Command),
        None => (text, None),
    };
    Ok(Fault { effect: effect(text)?, on, skip: skip.unwrap_or(0), times })
}

/// Takes `NAME N` off the end, where it stands there.
fn condition<'a>(text: &'a str, name: &'static str, low: u32) -> Result<(&'a str, Option<u32>), FaultError> {
    let Some((rest, word)) = text.rsplit_once(' ') else {
        return Ok((text, None));
    };
    match rest.trim_end().strip_suffix(name).filter(|rest| rest.ends_with(' ')) {
        Some(rest) => Ok((rest.trim_end(), Some(number(name, word, low, u32::MAX)?))),
        None => Ok((text, None)),
    }
}

fn pattern(command: &str) -> Result<Pattern, FaultError> {
    let command = command.trim();
    let (text, open) = command.strip_suffix('*').map_or((command, false), |text| (text, true));
    if text.is_empty() {
        return Err(FaultError::Command);
    }
    Ok(Pattern { text: text.to_owned(), open })
}

fn effect(text: &str) -> Result<Effect, FaultError> {
    let (name, rest) = text.split_once(' ').unwrap_or((text, ""));
    let rest = rest.trim();
    if let Some(source) = [Source::Modem, Source::Firmware].into_iter().find(|source| source.name() == name) {
        return line(source, rest);
    }
    let mut words = rest.split_ascii_whitespace();
    let mut small = |of| words.next().map(|word| number(of, word, 1, u16::MAX)).transpose();
    let effect = match name {
        "silent" => Effect::Silent,
        "garbage" => Effect::Garbage(small("garbage")?.unwrap_or(GARBAGE)),
        "drop" => Effect::Drop(small("drop")?),
        "double" => Effect::Double(small("double")?),
        "lose" => Effect::Lose(small("lose")?),
        "alter" => Effect::Alter(small("alter")?),
        "error" => Effect::Error(words.next().map(|word| number("error", word, 0, u16::MAX)).transpose()?),
        "wrong-sha" => Effect::WrongSha,
        "memory-full" => Effect::MemoryFull,
        "power-off-warning" => Effect::PowerOffWarning,
        "reboot" if rest == "inside" => return Ok(Effect::Reboot { inside: true }),
        "reboot" => Effect::Reboot { inside: false },
        "unplug" => unplug(&mut words)?,
        _ => return Err(FaultError::Effect { word: name.to_owned() }),
    };
    let left: Vec<_> = words.collect();
    if left.is_empty() {
        return Ok(effect);
    }
    Err(FaultError::Rest { effect: name.to_owned(), rest: left.join(" ") })
}

fn line(source: Source, rest: &str) -> Result<Effect, FaultError> {
    let (word, text) = rest.split_once(' ').unwrap_or((rest, ""));
    let place = Place::ALL.into_iter().find(|place| place.name() == word);
    let place = place.ok_or(FaultError::Place { effect: source.name() })?;
    let text = Some(text.trim()).filter(|text| !text.is_empty()).map(str::to_owned);
    Ok(Effect::Line { source, place, text })
}

fn unplug<'a>(words: &mut impl Iterator<Item = &'a str>) -> Result<Effect, FaultError> {
    let mut next = words.next();
    let mut after = None;
    if let Some(word) = next.filter(|word| word.bytes().all(|byte| byte.is_ascii_digit())) {
        after = Some(number("unplug", word, 0, u16::MAX)?);
        next = words.next();
    }
    let gone = next.map_or(Ok(GONE), |word| time(word).ok_or(FaultError::Time { word: word.to_owned() }))?;
    Ok(Effect::Unplug { after, gone })
}

fn time(word: &str) -> Option<Duration> {
    let (digits, unit) = word.split_at(word.find(|letter: char| !letter.is_ascii_digit())?);
    let millis = match unit {
        "ms" => digits.parse::<u64>().ok()?,
        "s" => digits.parse::<u64>().ok()?.checked_mul(1000)?,
        _ => return None,
    };
    (1..=LONGEST).contains(&millis).then(|| Duration::from_millis(millis))
}

fn number<T: TryFrom<u32> + Into<u32>>(
    of: &'static str,
    word: &str,
    low: u32,
    high: T,
) -> Result<T, FaultError> {
    let high = high.into();
    let digits = word.bytes().all(|byte| byte.is_ascii_digit());
    let value = word.parse::<u32>().ok().filter(|value| digits && (low..=high).contains(value));
    let value = value.and_then(|value| T::try_from(value).ok());
    value.ok_or_else(|| FaultError::Number { of, word: word.to_owned(), low, high })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_what_was_read() {
        for text in [
            "silent",
            "silent skip 2 times 1",
            "urc before",
            "urc inside +CEREG: 2,\"0901\" on AT+CGSN",
            "log after modem is on fire on AT%CMNG=0* skip 1 times 3",
            "garbage 100",
            "drop",
            "double 3 on AT",
            "lose on AT%CMNG=0*",
            "alter 12 on AT+CFUN times 1",
            "error",
            "error 0",
            "error 515 on AT%CMNG=0* skip 1 times 1",
            "wrong-sha on cred add 42 CA DEFAULT bint",
            "memory-full",
            "power-off-warning times 2",
            "reboot",
            "reboot inside on AT%KEYGEN*",
            "unplug 100ms",
            "unplug 0 60000ms",
        ] {
            assert_eq!(read(text).unwrap().to_string(), text);
        }
        for (short, long) in [
            ("  silent   on  AT+CGSN  ", "silent on AT+CGSN"),
            ("garbage", "garbage 16"),
            ("unplug", "unplug 100ms"),
            ("unplug 10 2s", "unplug 10 2000ms"),
            ("unplug 5ms", "unplug 5ms"),
            ("drop skip 0", "drop"),
        ] {
            assert_eq!(read(short).unwrap().to_string(), long);
        }
    }

    #[test]
    fn what_is_wrong_is_named() {
        let effects = "silent, urc, log, garbage, drop, double, lose, alter, error, wrong-sha, memory-full, power-off-warning, reboot, unplug";
        for (text, message) in [
            ("", format!("`` is no effect ({effects})")),
            ("quiet on AT", format!("`quiet` is no effect ({effects})")),
            ("urc", "`urc` needs a place: before, between, inside or after".to_owned()),
            ("log above", "`log` needs a place: before, between, inside or after".to_owned()),
            ("silent now", "`now` is left over behind `silent`".to_owned()),
            ("reboot later", "`later` is left over behind `reboot`".to_owned()),
            ("garbage 0", "`0` is not a number from 1 to 65535, as `garbage` needs one".to_owned()),
            ("drop x", "`x` is not a number from 1 to 65535, as `drop` needs one".to_owned()),
            ("error 65536", "`65536` is not a number from 0 to 65535, as `error` needs one".to_owned()),
            ("error 5 6", "`6` is left over behind `error`".to_owned()),
            ("silent times 0", "`0` is not a number from 1 to 4294967295, as `times` needs one".to_owned()),
            ("silent skip +1", "`+1` is not a number from 0 to 4294967295, as `skip` needs one".to_owned()),
            ("silent on", "no command behind `on`".to_owned()),
            ("silent on *", "no command behind `on`".to_owned()),
            ("unplug 5 6", "`6` is not a time from 1ms to 60s, as `unplug` needs one".to_owned()),
            ("unplug 61s", "`61s` is not a time from 1ms to 60s, as `unplug` needs one".to_owned()),
            ("unplug 1ms 1ms", "`1ms` is left over behind `unplug`".to_owned()),
        ] {
            assert_eq!(read(text).unwrap_err().to_string(), message, "{text}");
        }
    }
}
