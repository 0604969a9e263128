//! Every vector of `fixtures/`, of the RFCs and of Wycheproof, on the device: the same ones as on the host.

mod curve;
mod peer;
mod published;
mod readme;
mod token;
mod traces;

use core::fmt::{self, Write};

use crate::{
    backend::{Assembly, Backend, P256},
    console,
};

include!(concat!(env!("OUT_DIR"), "/tables.rs"));

/// A token of `fixtures/jwt/refused/` with its whole message.
struct Refused {
    name: &'static str,
    token: &'static str,
    message: &'static str,
}

/// Wycheproof's vectors for one public key.
struct Group {
    point: &'static [u8],
    tests: &'static [Test],
}

struct Test {
    id: u32,
    comment: &'static str,
    message: &'static [u8],
    signature: &'static [u8],
    valid: bool,
}

/// Runs what concerns every back end on RustCrypto's p256.
pub fn run_p256() -> ! {
    let mut tally = Tally::default();
    run_all::<P256>(&mut tally);
    tally.finish()
}

/// Runs the same on the assembly, compares it with p256, and looks for what it leaves on the stack.
pub fn run_assembly() -> ! {
    let mut tally = Tally::default();
    // First, while the stack has nothing on it but paint.
    traces::run(&mut tally);
    run_all::<Assembly>(&mut tally);
    peer::run(&mut tally);
    readme::run(&mut tally);
    tally.finish()
}

fn run_all<B: Backend>(tally: &mut Tally) {
    curve::run::<B>(tally);
    published::run::<B>(tally);
    token::run::<B>(tally);
}

/// Counts the vectors, and names those that went wrong.
#[derive(Default)]
struct Tally {
    passed: u32,
    failed: u32,
}

impl Tally {
    fn check(&mut self, group: &str, name: &str, right: bool) {
        if right {
            self.passed += 1;
        } else {
            self.failed += 1;
            console::line(&["FAILED: ", group, ": ", name]);
        }
    }

    /// Compares a whole text, and shows both if they differ.
    fn check_text(&mut self, group: &str, name: &str, found: &str, expected: &str) {
        self.check(group, name, found == expected);
        if found != expected {
            console::line(&["    found:    ", found]);
            console::line(&["    expected: ", expected]);
        }
    }

    fn finish(&self) -> ! {
        console::number("passed", self.passed);
        console::number("failed", self.failed);
        console::exit(self.failed == 0)
    }
}

/// A message written without a heap; what does not fit is cut off.
struct Text {
    bytes: [u8; 192],
    len: usize,
}

impl Text {
    fn of(value: &dyn fmt::Display) -> Self {
        let mut text = Self { bytes: [0; 192], len: 0 };
        // A text that is cut off differs from the expected one, which is all that matters here.
        let _ = write!(text, "{value}");
        text
    }

    fn as_str(&self) -> &str {
        core::str::from_utf8(&self.bytes[..self.len]).unwrap_or("not UTF-8")
    }
}

impl Write for Text {
    fn write_str(&mut self, part: &str) -> fmt::Result {
        let room = self.bytes.get_mut(self.len..self.len + part.len()).ok_or(fmt::Error)?;
        room.copy_from_slice(part.as_bytes());
        self.len += part.len();
        Ok(())
    }
}
