//! Text to fault.

use std::{
    num::{NonZeroU32, NonZeroUsize},
    ops::RangeInclusive,
    str::FromStr,
    time::Duration,
};

use super::{Amount, BulkEffect, Effect, Fault, FaultError, Skew, requests::Requests, turn::Turn};

/// Milliseconds in each unit of time, the small ones first.
pub(super) const UNITS: [(u64, &str); 4] = [(1, "ms"), (1000, "s"), (60_000, "m"), (3_600_000, "h")];

const EFFECTS: &str = "latency, status, html, reset, truncate, slow, clock and bulk";
const BULK_EFFECTS: &str = "bulk stall, bulk fail, bulk expired and bulk old-format";
const TIME: &str = "a time such as 250ms, 2s, 5m or 1h";
const COUNT: &str = "a number of 1 or more";

pub(super) fn read(text: &str) -> Result<Fault, FaultError> {
    let mut words = Words { rest: text.split_whitespace().collect(), next: 0 };
    let effect = effect(&mut words)?;
    let mut conditions = Conditions::default();
    while let Some(word) = words.next() {
        conditions.read(word, &mut words)?;
    }
    conditions.judge(effect)
}

fn effect(words: &mut Words<'_>) -> Result<Effect, FaultError> {
    let word = words.next().ok_or(FaultError::Empty)?;
    Ok(match word {
        "latency" => {
            let needed = "a time such as 250ms, or two such as 1s..3s";
            Effect::Latency(words.value("latency", needed, |word| range(word, time))?)
        }
        "status" => {
            let codes = words.value("status", "a status of 400 to 599, or two such as 500..504", |word| {
                range(word, status)
            })?;
            let retry_after = match words.take("retry-after") {
                true => Some(words.value("retry-after", "a number of seconds", number)?),
                false => None,
            };
            Effect::Status { codes, retry_after, taken: words.take("after") }
        }
        "html" => {
            Effect::Html(match words.peek().filter(|word| word.starts_with(|c: char| c.is_ascii_digit())) {
                Some(_) => words.value("html", "200, or a status of 400 to 599", |word| match word {
                    "200" => Some(200),
                    other => status(other),
                })?,
                None => 502,
            })
        }
        "reset" => Effect::Reset {
            taken: words.value("reset", "before or after", |word| match word {
                "before" => Some(false),
                "after" => Some(true),
                _ => None,
            })?,
        },
        "truncate" => {
            Effect::Truncate(words.value("truncate", "a number of bytes, or a part such as 50%", amount)?)
        }
        "slow" => Effect::Slow {
            bytes: words.value("slow", "a number of bytes and a pause", |word| {
                number(word).and_then(NonZeroUsize::new)
            })?,
            pause: words.value("slow", TIME, time)?,
        },
        "clock" => Effect::Clock(words.value("clock", "a time with its sign, such as +90s or -1h", skew)?),
        "bulk" => Effect::Bulk(bulk_effect(words)?),
        other => return Err(FaultError::Effect { word: other.to_owned(), known: EFFECTS }),
    })
}

fn bulk_effect(words: &mut Words<'_>) -> Result<BulkEffect, FaultError> {
    let word = words
        .next()
        .ok_or(FaultError::Missing { after: "bulk", needed: "stall, fail, expired or old-format" })?;
    Ok(match word {
        "stall" => BulkEffect::Stall(
            match words.peek().filter(|word| word.starts_with(|c: char| c.is_ascii_digit())) {
                Some(_) => Some(words.value("stall", TIME, time)?),
                None => None,
            },
        ),
        "fail" => BulkEffect::Fail(words.value("fail", COUNT, positive)?),
        "expired" => BulkEffect::Expired(words.value("expired", COUNT, positive)?),
        "old-format" => BulkEffect::OldFormat,
        other => return Err(FaultError::Effect { word: format!("bulk {other}"), known: BULK_EFFECTS }),
    })
}

#[derive(Default)]
struct Conditions {
    requests: Option<Requests>,
    every: Option<NonZeroU32>,
    chance: Option<f64>,
    seed: Option<u64>,
    skip: Option<u64>,
    times: Option<u64>,
}

impl Conditions {
    fn read(&mut self, word: &str, words: &mut Words<'_>) -> Result<(), FaultError> {
        match word {
            "on" => {
                let needed = "methods such as GET|POST, or *";
                let methods = words.value("on", needed, Requests::methods)?;
                let path = words.value("on", "a path that begins with / or *", Requests::path)?;
                once("on", &mut self.requests, Requests::new(methods, path))
            }
            "every" => once("every", &mut self.every, words.value("every", COUNT, positive)?),
            "chance" => {
                once("chance", &mut self.chance, words.value("chance", "a number from 0 to 1", chance)?)
            }
            "seed" => once("seed", &mut self.seed, words.value("seed", "a number", number)?),
            "skip" => once("skip", &mut self.skip, words.value("skip", "a number", number)?),
            "times" => once("times", &mut self.times, words.value("times", "a number", number)?),
            other => Err(FaultError::Condition { word: other.to_owned() }),
        }
    }

    fn judge(self, effect: Effect) -> Result<Fault, FaultError> {
        let varies = match &effect {
            Effect::Latency(range) => range.start() != range.end(),
            Effect::Status { codes, .. } => codes.start() != codes.end(),
            _ => false,
        };
        if self.every.is_some() && self.chance.is_some() {
            return Err(FaultError::EveryAndChance);
        }
        if self.seed.is_some() && self.chance.is_none() && !varies {
            return Err(FaultError::Seed);
        }
        let turn = Turn {
            every: self.every,
            chance: self.chance,
            seed: self.seed,
            skip: self.skip.unwrap_or_default(),
            times: self.times,
        };
        Ok(Fault { effect, requests: self.requests.unwrap_or_default(), turn })
    }
}

fn once<T>(word: &'static str, place: &mut Option<T>, value: T) -> Result<(), FaultError> {
    match place.replace(value) {
        None => Ok(()),
        Some(_) => Err(FaultError::Twice { word }),
    }
}

struct Words<'a> {
    rest: Vec<&'a str>,
    next: usize,
}

impl<'a> Words<'a> {
    fn peek(&self) -> Option<&'a str> {
        self.rest.get(self.next).copied()
    }

    fn next(&mut self) -> Option<&'a str> {
        let word = self.peek()?;
        self.next += 1;
        Some(word)
    }

    /// Passes over `word` if it stands here.
    fn take(&mut self, word: &str) -> bool {
        let here = self.peek() == Some(word);
        self.next += usize::from(here);
        here
    }

    fn value<T>(
        &mut self,
        after: &'static str,
        needed: &'static str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Result<T, FaultError> {
        let word = self.next().ok_or(FaultError::Missing { after, needed })?;
        read(word).ok_or_else(|| FaultError::Value { after, word: word.to_owned(), needed })
    }
}

/// `A` or `A..B`, where B is not below A.
fn range<T: PartialOrd + Copy>(word: &str, read: fn(&str) -> Option<T>) -> Option<RangeInclusive<T>> {
    match word.split_once("..") {
        None => read(word).map(|value| value..=value),
        Some((from, to)) => {
            let range = read(from)?..=read(to)?;
            (range.start() <= range.end()).then_some(range)
        }
    }
}

fn time(word: &str) -> Option<Duration> {
    let digits = word.bytes().take_while(u8::is_ascii_digit).count();
    let (value, unit) = word.split_at(digits);
    let (millis, _) = UNITS.into_iter().find(|(_, name)| *name == unit)?;
    number::<u64>(value)?.checked_mul(millis).filter(|millis| *millis <= A_YEAR).map(Duration::from_millis)
}

/// More than that helps nobody and would run out of what clocks can show.
const A_YEAR: u64 = 365 * 24 * 3_600_000;

fn skew(word: &str) -> Option<Skew> {
    match (word.strip_prefix('+'), word.strip_prefix('-')) {
        (Some(by), _) => time(by).map(Skew::Ahead),
        (_, Some(by)) => time(by).map(Skew::Behind),
        _ => None,
    }
}

fn status(word: &str) -> Option<u16> {
    number(word).filter(|status| (400..=599).contains(status))
}

fn amount(word: &str) -> Option<Amount> {
    match word.strip_suffix('%') {
        Some(percent) => number(percent).filter(|percent| *percent < 100).map(Amount::Percent),
        None => number(word).map(Amount::Bytes),
    }
}

fn chance(word: &str) -> Option<f64> {
    let plain = word.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    word.parse().ok().filter(|chance| plain && (0.0..=1.0).contains(chance))
}

fn positive(word: &str) -> Option<NonZeroU32> {
    number(word)
}

/// Digits and nothing else.
fn number<T: FromStr>(word: &str) -> Option<T> {
    let digits = !word.is_empty() && word.bytes().all(|b| b.is_ascii_digit());
    if digits { word.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str) -> String {
        match text.parse::<Fault>() {
            Ok(fault) => fault.to_string(),
            Err(error) => format!("error: {error}"),
        }
    }

    #[test]
    fn reads_what_it_writes() {
        for text in [
            "latency 250ms",
            "latency 1s..3s seed 4",
            "latency 0ms",
            "status 429",
            "status 429 retry-after 2",
            "status 500..504 seed 9",
            "status 503 retry-after 120 after on * /v1/*",
            "status 504 after on POST /v1/devices",
            "html 502",
            "html 200 on GET|HEAD /v1/*",
            "reset before chance 0.33 seed 7 skip 10 times 5",
            "reset after every 3",
            "truncate 100",
            "truncate 50%",
            "slow 64 100ms",
            "clock +90s",
            "clock -1h times 1",
            "bulk stall",
            "bulk stall 5s every 2",
            "bulk fail 3",
            "bulk expired 1",
            "bulk old-format",
        ] {
            assert_eq!(written(text), text);
        }
        assert_eq!(written("  html \n times 1  on  GET  /x skip 2 "), "html 502 on GET /x skip 2 times 1");
        assert_eq!(written("latency 90000ms"), "latency 90s");
        assert_eq!(written("latency 120s"), "latency 2m");
    }

    #[test]
    fn says_what_is_wrong() {
        for (text, error) in [
            ("", "a fault begins with its effect, such as `status 503`"),
            (
                "on * *",
                "`on` is no effect; there are latency, status, html, reset, truncate, slow, clock and bulk",
            ),
            ("bulk", "after `bulk` stall, fail, expired or old-format is missing"),
            (
                "bulk x",
                "`bulk x` is no effect; there are bulk stall, bulk fail, bulk expired and bulk old-format",
            ),
            ("latency", "after `latency` a time such as 250ms, or two such as 1s..3s is missing"),
            ("latency 3s..1s", "`3s..1s` after `latency` is not a time such as 250ms, or two such as 1s..3s"),
            ("latency 1", "`1` after `latency` is not a time such as 250ms, or two such as 1s..3s"),
            (
                "latency 9999999h",
                "`9999999h` after `latency` is not a time such as 250ms, or two such as 1s..3s",
            ),
            ("status 200", "`200` after `status` is not a status of 400 to 599, or two such as 500..504"),
            ("html 99", "`99` after `html` is not 200, or a status of 400 to 599"),
            ("reset", "after `reset` before or after is missing"),
            ("truncate 100%", "`100%` after `truncate` is not a number of bytes, or a part such as 50%"),
            ("slow 0 1s", "`0` after `slow` is not a number of bytes and a pause"),
            ("clock 1s", "`1s` after `clock` is not a time with its sign, such as +90s or -1h"),
            ("bulk fail 0", "`0` after `fail` is not a number of 1 or more"),
            ("html on get /", "`get` after `on` is not methods such as GET|POST, or *"),
            ("html on GET", "after `on` a path that begins with / or * is missing"),
            ("html on GET v1", "`v1` after `on` is not a path that begins with / or *"),
            ("html every 0", "`0` after `every` is not a number of 1 or more"),
            ("html chance 1.1", "`1.1` after `chance` is not a number from 0 to 1"),
            ("html chance 1e-3", "`1e-3` after `chance` is not a number from 0 to 1"),
            ("html every 2 every 3", "`every` stands twice"),
            ("html every 2 chance 1", "`every` and `chance` exclude each other"),
            ("html seed 1", "`seed` is for `chance`, and for effects with a range"),
            (
                "html sometimes",
                "`sometimes` is no condition; there are on, every, chance, seed, skip and times",
            ),
        ] {
            assert_eq!(written(text), format!("error: {error}"), "{text:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "(latency|status|bulk|fail|every|chance|on|[0-9]{1,20}(ms|s|%)?|\\.\\.|\\*|/| |\\PC)*") {
            if let Ok(fault) = text.parse::<Fault>() {
                proptest::prop_assert_eq!(fault.to_string().parse(), Ok(fault));
            }
        }
    }
}
