//! A streaming JSON writer and the serde serialiser on top of it.

use core::fmt;

use serde_core::ser::Serialize;

use self::flatten::FlattenSerializer;
use self::value::ValueSerializer;
use crate::error::SignError;

mod flatten;
mod value;

/// Takes the bytes of a JSON text as they come.
pub trait Sink {
    fn put(&mut self, bytes: &[u8]) -> Result<(), SignError>;
}

/// Counts instead of writing; this is what makes `encoded_len` exact.
pub(crate) struct Counter(pub(crate) usize);

impl Sink for Counter {
    fn put(&mut self, bytes: &[u8]) -> Result<(), SignError> {
        self.0 += bytes.len();
        Ok(())
    }
}

/// Writes one JSON object, member by member.
pub struct ObjectWriter<'s, S> {
    sink: &'s mut S,
    empty: bool,
}

impl<'s, S: Sink> ObjectWriter<'s, S> {
    pub(crate) fn begin(sink: &'s mut S) -> Result<Self, SignError> {
        sink.put(b"{")?;
        Ok(Self { sink, empty: true })
    }

    pub(crate) fn end(self) -> Result<(), SignError> {
        self.sink.put(b"}")
    }

    pub(crate) fn member<T: Serialize + ?Sized>(&mut self, key: &str, value: &T) -> Result<(), SignError> {
        self.key(key)?;
        value.serialize(ValueSerializer { sink: self.sink })
    }

    /// Adds each member of `value`, a struct or a map; none may be named as one of `refused`.
    pub(crate) fn members_of<T: Serialize + ?Sized>(
        &mut self,
        value: &T,
        refused: &'static [&'static str],
    ) -> Result<(), SignError> {
        value.serialize(FlattenSerializer { object: self, refused })
    }

    fn key(&mut self, key: &str) -> Result<(), SignError> {
        if !self.empty {
            self.sink.put(b",")?;
        }
        self.empty = false;
        put_string(self.sink, key)?;
        self.sink.put(b":")
    }
}

fn put_string<S: Sink>(sink: &mut S, text: &str) -> Result<(), SignError> {
    sink.put(b"\"")?;
    put_escaped(sink, text)?;
    sink.put(b"\"")
}

/// What stands between a string's quotes.
fn put_escaped<S: Sink>(sink: &mut S, text: &str) -> Result<(), SignError> {
    let bytes = text.as_bytes();
    let mut written = 0;
    for (at, &byte) in bytes.iter().enumerate() {
        if byte >= 0x20 && byte != b'"' && byte != b'\\' {
            continue;
        }
        sink.put(&bytes[written..at])?;
        written = at + 1;
        let hex = |nibble: u8| b"0123456789abcdef"[usize::from(nibble & 0xf)];
        match byte {
            b'"' | b'\\' => sink.put(&[b'\\', byte])?,
            b'\n' => sink.put(b"\\n")?,
            b'\r' => sink.put(b"\\r")?,
            b'\t' => sink.put(b"\\t")?,
            _ => sink.put(&[b'\\', b'u', b'0', b'0', hex(byte >> 4), hex(byte)])?,
        }
    }
    sink.put(&bytes[written..])
}

/// Lets `core::fmt` write into a sink, and keeps the sink's error, which `fmt::Error` cannot carry.
struct Formatted<'s, S> {
    sink: &'s mut S,
    put: fn(&mut S, &str) -> Result<(), SignError>,
    result: Result<(), SignError>,
}

impl<S: Sink> fmt::Write for Formatted<'_, S> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.result = (self.put)(self.sink, text);
        self.result.map_err(|_| fmt::Error)
    }
}

fn put_display<S: Sink>(
    sink: &mut S,
    value: impl fmt::Display,
    put: fn(&mut S, &str) -> Result<(), SignError>,
) -> Result<(), SignError> {
    let mut out = Formatted { sink, put, result: Ok(()) };
    let written = fmt::write(&mut out, format_args!("{value}"));
    out.result?;
    // A `Display` that fails by itself has broken its promise; say so instead of ending the text here.
    written.map_err(|fmt::Error| SignError::CustomClaims)
}

/// Times are the numbers of nearly every token, so they do not go through `core::fmt`.
fn put_unsigned<S: Sink>(sink: &mut S, mut number: u64) -> Result<(), SignError> {
    let mut digits = [0; 20];
    let mut at = digits.len();
    let mut put = |digit: u32| {
        at -= 1;
        digits[at] = b"0123456789"[digit as usize % 10];
    };
    let mut number = loop {
        match u32::try_from(number) {
            Ok(number) => break number,
            Err(_) => {
                let digit;
                (number, digit) = divide_by_ten(number);
                put(digit);
            }
        }
    };
    loop {
        put(number % 10);
        number /= 10;
        if number == 0 {
            return sink.put(&digits[at..]);
        }
    }
}

/// Quotient and remainder, by long division in limbs of 16 bits: a core of 32 bits has no instruction for 64, and would call 900
/// bytes of code that a signing image has no other use for.
#[expect(clippy::cast_possible_truncation, reason = "the two halves of the number")]
fn divide_by_ten(number: u64) -> (u64, u32) {
    let (high, low) = ((number >> 32) as u32, number as u32);
    let middle = ((high % 10) << 16) | (low >> 16);
    let last = ((middle % 10) << 16) | (low & 0xffff);
    let quotient = (u64::from(high / 10) << 32) | (u64::from(middle / 10) << 16) | u64::from(last / 10);
    (quotient, last % 10)
}

fn put_number<S: Sink>(sink: &mut S, number: impl fmt::Display) -> Result<(), SignError> {
    put_display(sink, number, |sink, text| sink.put(text.as_bytes()))
}
