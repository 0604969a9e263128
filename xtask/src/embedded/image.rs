//! The images, what they print, and the limits that are set to them.

use std::{collections::BTreeMap, fmt::Write as _};

use base64ct::{Base64UrlUnpadded, Encoding as _};
use p256::ecdsa::{Signature, SigningKey, signature::Signer as _};

use super::elf::Sizes;

/// One image of `embedded/firmware/src/bin/`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Image {
    pub(super) binary: &'static str,
    kind: Kind,
    /// What is measured, by its name, and how much it may be.
    limits: &'static [(&'static str, u64)],
}

#[derive(Debug, PartialEq, Eq)]
enum Kind {
    /// Runs vectors, of which there must be so many.
    Vectors(u64),
    /// Signs a token that is checked here.
    Measured,
    /// Replays a session with a modem, of which so many lines must be understood.
    Session(u64),
}

const KIB: u64 = 1024;

/// Limits from the project's own targets: bytes of flash, bytes of stack, instructions.
pub(super) const IMAGES: &[Image] = &[
    Image { binary: "vectors-p256", kind: Kind::Vectors(358), limits: &[] },
    Image { binary: "vectors-asm", kind: Kind::Vectors(397), limits: &[] },
    Image {
        binary: "sign-p256",
        kind: Kind::Measured,
        limits: &[(FLASH, 45 * KIB), (STACK, 8 * KIB), (SIGN, 14_000_000)],
    },
    Image {
        binary: "verify-p256",
        kind: Kind::Measured,
        limits: &[(FLASH, 52 * KIB), (STACK, 8 * KIB), (SIGN, 14_000_000)],
    },
    Image {
        binary: "sign-asm",
        kind: Kind::Measured,
        limits: &[(FLASH, 26 * KIB), (STACK, 3 * KIB), (SIGN, 350_000)],
    },
    Image {
        binary: "verify-asm",
        kind: Kind::Measured,
        limits: &[(STACK, 3 * KIB), (SIGN, 350_000), (ACCEPT, 800_000)],
    },
    Image {
        binary: "modem-trace",
        kind: Kind::Session(47),
        limits: &[(FLASH, 84 * KIB), (STACK, 2 * KIB), (HEAP, 4 * KIB), (REPLAY, 1_200_000)],
    },
];

const FLASH: &str = "flash";
const RAM: &str = "static RAM";
const STACK: &str = "stack";
const HEAP: &str = "heap";
const SIGN: &str = "sign";
const ACCEPT: &str = "accept";
const PARSE: &str = "parse";
const REPLAY: &str = "replay";

/// A loop of two million instructions, with which the counter is checked.
const KNOWN: &str = "known";
const KNOWN_INSTRUCTIONS: u64 = 2_000_000;

/// The counter counts in steps of 50, and calling it takes a few.
const KNOWN_TOLERANCE: u64 = 100;

impl Image {
    /// All that is wrong with what an image has measured or said.
    pub(super) fn faults(&self, measured: &Measured) -> Vec<String> {
        let mut faults = Vec::new();
        for (what, most) in self.limits {
            match measured.number(what) {
                Some(number) if number <= *most => {}
                Some(number) => faults.push(format!("{what} is {number}, the limit is {most}")),
                None => faults.push(format!("{what} was not measured")),
            }
        }
        match self.kind {
            Kind::Vectors(least) => match measured.number("passed") {
                Some(passed) if passed >= least => {}
                passed => faults.push(format!("{passed:?} vectors passed, of at least {least}")),
            },
            Kind::Measured => {
                faults.extend(counter_fault(measured));
                faults.extend(token_fault(&measured.token));
            }
            Kind::Session(least) => {
                faults.extend(counter_fault(measured));
                match measured.number("answers") {
                    Some(answers) if answers >= least => {}
                    answers => {
                        faults.push(format!("{answers:?} lines were understood, of at least {least}"));
                    }
                }
            }
        }
        faults.iter().map(|fault| format!("{}: {fault}", self.binary)).collect()
    }
}

/// What an image has printed, and what it takes.
#[derive(Debug)]
pub(super) struct Measured {
    numbers: BTreeMap<String, u64>,
    token: String,
}

impl Measured {
    /// Reads lines of `name value`.
    pub(super) fn new(output: &str, sizes: Sizes) -> Self {
        let mut measured = Self {
            numbers: BTreeMap::from([(FLASH.to_owned(), sizes.flash), (RAM.to_owned(), sizes.ram)]),
            token: String::new(),
        };
        for (name, value) in output.lines().filter_map(|line| line.split_once(' ')) {
            if name == "token" {
                value.clone_into(&mut measured.token);
            } else if let Ok(number) = value.parse() {
                measured.numbers.insert(name.to_owned(), number);
            }
        }
        measured
    }

    fn number(&self, name: &str) -> Option<u64> {
        self.numbers.get(name).copied()
    }
}

/// The device counts instructions as the host does.
fn counter_fault(measured: &Measured) -> Option<String> {
    let known = measured.number(KNOWN).unwrap_or_default();
    (known.abs_diff(KNOWN_INSTRUCTIONS) > KNOWN_TOLERANCE)
        .then(|| "the instruction counter is wrong about a loop of two million".into())
}

/// The device's token must be the very one that p256 signs on the host: both derive their nonces by RFC 6979.
fn token_fault(token: &str) -> Option<String> {
    let Ok(key) = SigningKey::from_slice(&[7; 32]) else { return Some("the host refused the key".into()) };
    let input = [
        r#"{"alg":"ES256","typ":"JWT"}"#,
        r#"{"sub":"f69c0e45-7f04-4949-8def-bb2215b4223e","iat":1795478400,"exp":1795479000}"#,
    ]
    .map(|part| Base64UrlUnpadded::encode_string(part.as_bytes()))
    .join(".");
    let signature: Signature = key.sign(input.as_bytes());
    let expected = format!("{input}.{}", Base64UrlUnpadded::encode_string(&signature.to_bytes()));
    (token != expected).then(|| format!("the token is {token}, and p256 on the host signs {expected}"))
}

/// The numbers of all images, as docs/benchmarks.md has them.
pub(super) fn table(measured: &[(&Image, Measured)]) -> String {
    const COLUMNS: [&str; 8] = [FLASH, RAM, STACK, HEAP, SIGN, ACCEPT, PARSE, REPLAY];
    let mut text = String::new();
    // Writing to a `String` cannot fail.
    let _ = write!(text, "{:<14}", "image");
    for column in COLUMNS {
        let _ = write!(text, "{column:>12}");
    }
    let _ = writeln!(text);
    let mut vectors = 0;
    for (image, numbers) in measured {
        if let Some(passed) = numbers.number("passed") {
            vectors += passed;
            continue;
        }
        let _ = write!(text, "{:<14}", image.binary);
        for column in COLUMNS {
            let number = numbers.number(column).map_or_else(|| "-".to_owned(), |number| number.to_string());
            let _ = write!(text, "{number:>12}");
        }
        let _ = writeln!(text);
    }
    let _ = writeln!(
        text,
        "(bytes; sign, accept, parse and replay in instructions)\n{vectors} vectors right on the device"
    );
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIGNING: Image =
        Image { binary: "signing", kind: Kind::Measured, limits: &[(FLASH, 1000), (SIGN, 350_000)] };

    fn measured(output: &str) -> Measured {
        Measured::new(output, Sizes { flash: 1000, ram: 4 })
    }

    #[test]
    fn a_limit_may_be_reached_and_not_exceeded() {
        let faults = SIGNING.faults(&measured("sign 350000\nknown 2000050\ntoken x"));
        assert_eq!(faults.len(), 1, "{faults:?}");
        assert!(
            faults[0].starts_with("signing: the token is x, and p256 on the host signs eyJ"),
            "{faults:?}"
        );
        let faults = SIGNING.faults(&measured("sign 350001\nknown 2000050\ntoken x"));
        assert_eq!(faults[0], "signing: sign is 350001, the limit is 350000");
    }

    #[test]
    fn what_was_not_measured_is_a_fault() {
        let faults = SIGNING.faults(&measured("known 2000000"));
        assert_eq!(faults[0], "signing: sign was not measured");
    }

    #[test]
    fn a_counter_that_counts_wrong_is_a_fault() {
        let faults = SIGNING.faults(&measured("sign 1\nknown 1000000"));
        assert_eq!(faults[0], "signing: the instruction counter is wrong about a loop of two million");
    }

    #[test]
    fn vectors_that_did_not_run_are_a_fault() {
        let image = Image { binary: "vectors", kind: Kind::Vectors(358), limits: &[] };
        assert_eq!(
            image.faults(&measured("passed 357"))[0],
            "vectors: Some(357) vectors passed, of at least 358"
        );
        assert!(image.faults(&measured("passed 358")).is_empty());
    }

    #[test]
    fn a_session_that_was_not_understood_is_a_fault() {
        let image = Image { binary: "session", kind: Kind::Session(47), limits: &[(HEAP, 4096)] };
        assert_eq!(
            image.faults(&measured("answers 46\nheap 4097\nknown 2000000")),
            [
                "session: heap is 4097, the limit is 4096",
                "session: Some(46) lines were understood, of at least 47"
            ]
        );
        assert!(image.faults(&measured("answers 47\nheap 4096\nknown 2000000")).is_empty());
        assert_eq!(image.faults(&measured("answers 47\nheap 1")).len(), 1);
    }

    #[test]
    fn the_table_has_a_line_for_each_measured_image() {
        let image = Image { binary: "vectors", kind: Kind::Vectors(2), limits: &[] };
        let table = table(&[(&image, measured("passed 2")), (&SIGNING, measured("sign 12\nstack 8"))]);
        assert_eq!(
            table,
            "image                flash  static RAM       stack        heap        sign      accept       parse      replay\n\
             signing               1000           4           8           -          12           -           -           -\n\
             (bytes; sign, accept, parse and replay in instructions)\n2 vectors right on the device\n"
        );
    }
}
