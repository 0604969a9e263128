//! The JOSE header: what may be set, and what can be read.

use core::fmt::{self, Write};
use core::ops::Range;

use crate::base64url;
use crate::error::{ParseError, Part};
use crate::json::printable::Printable;
use crate::json::value::Unescape;
use crate::json::{JsonError, JsonStr, JsonValue, read};

/// The header of a token to be signed (RFC 7515 section 4).
///
/// `alg` cannot be set: it is always `ES256`, so that nobody can ask for another one (RFC 8725 section 3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header<'a> {
    typ: Option<&'a str>,
    kid: Option<&'a str>,
    #[cfg(feature = "alloc")]
    extra: &'a [(&'a str, &'a str)],
}

impl<'a> Header<'a> {
    /// `{"alg":"ES256","typ":"JWT"}`, the header of Nordic's guide.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            typ: Some("JWT"),
            kid: None,
            #[cfg(feature = "alloc")]
            extra: &[],
        }
    }

    /// With a key ID (RFC 7515 section 4.1.4). A modem's is [`nrfcloud::key_id`](crate::nrfcloud::key_id).
    #[must_use]
    pub const fn with_kid(self, kid: &'a str) -> Self {
        Self { kid: Some(kid), ..self }
    }

    /// With another type, or without one (RFC 7515 section 4.1.9, RFC 8725 section 3.11).
    #[must_use]
    pub const fn with_typ(self, typ: Option<&'a str>) -> Self {
        Self { typ, ..self }
    }

    /// With further parameters, name and text, behind the others: `x5t#S256` say (RFC 7515 section 4.1.8).
    ///
    /// Signing refuses a name that stands twice, and so always `alg`; and `crit` and `b64`, which no reader of this crate takes. It is
    /// there with `alloc` only, so that a firmware has no code for it.
    #[cfg(feature = "alloc")]
    #[must_use]
    pub const fn with_extra(self, extra: &'a [(&'a str, &'a str)]) -> Self {
        Self { extra, ..self }
    }

    /// The further parameters.
    #[cfg(feature = "alloc")]
    #[must_use]
    pub const fn extra(&self) -> &'a [(&'a str, &'a str)] {
        self.extra
    }

    /// The type.
    #[must_use]
    pub const fn typ(&self) -> Option<&'a str> {
        self.typ
    }

    /// The key ID.
    #[must_use]
    pub const fn kid(&self) -> Option<&'a str> {
        self.kid
    }
}

impl Default for Header<'_> {
    fn default() -> Self {
        Self::new()
    }
}

/// [`Header::new`] as it stands in nearly every token; its text is known, so it is neither made nor read anew.
pub(crate) const PLAIN_HEADER: &str = "eyJhbGciOiJFUzI1NiIsInR5cCI6IkpXVCJ9";

/// The longest header made or accepted, in bytes of JSON. A modem's has 102.
pub const MAX_HEADER_LEN: usize = 512;

/// A received header that has passed every check; nothing in it is to be trusted before the signature is.
///
/// It holds where its strings stand, and not their text: that is in the token, and few ask for it.
#[derive(Clone, Copy)]
pub(crate) struct ReceivedHeader {
    typ: Option<Place>,
    kid: Option<Place>,
}

/// First octet and end of a string's content in a header's JSON, which [`MAX_HEADER_LEN`] bounds.
#[derive(Clone, Copy)]
struct Place {
    start: u16,
    end: u16,
}

impl ReceivedHeader {
    /// That of [`PLAIN_HEADER`].
    pub(crate) const PLAIN: Self = Self { typ: Some(Place { start: 22, end: 25 }), kid: None };

    /// Reads a header's JSON.
    pub(crate) fn read(json: &[u8]) -> Result<Self, ParseError> {
        let mut alg = None;
        let mut header = Self { typ: None, kid: None };
        let text = read::utf8(json).map_err(|error| Refusal::from(error).0)?;
        let place = |name, value| {
            let content = string(name, value)?.raw();
            let start = content.as_ptr() as usize - text.as_ptr() as usize;
            let octet =
                |at| u16::try_from(at).map_err(|_| Refusal(ParseError::HeaderTooLong { len: text.len() }));
            Ok::<_, Refusal>(Some(Place { start: octet(start)?, end: octet(start + content.len())? }))
        };
        read::object(text, |name, value| {
            if name == "alg" {
                alg = Some(string("alg", value)?);
            } else if name == "typ" {
                header.typ = place("typ", value)?;
            } else if name == "kid" {
                header.kid = place("kid", value)?;
            } else if name == "crit" {
                return Err(Refusal(ParseError::Critical));
            } else if name == "b64" {
                return Err(Refusal(ParseError::UnencodedPayload));
            }
            Ok(())
        })
        .map_err(|Refusal(error)| error)?;
        match alg {
            None => Err(ParseError::AlgorithmMissing),
            Some(alg) if alg == "ES256" => Ok(header),
            Some(alg) if alg == "none" => Err(ParseError::Unsecured),
            Some(_) => Err(ParseError::Algorithm),
        }
    }

    /// `typ` of the header whose text, in base64url, is `base64`.
    pub(crate) fn typ<'a>(&self, base64: &'a str) -> Option<HeaderStr<'a>> {
        self.typ.map(|place| HeaderStr { base64, place })
    }

    /// `kid` of the same.
    pub(crate) fn kid<'a>(&self, base64: &'a str) -> Option<HeaderStr<'a>> {
        self.kid.map(|place| HeaderStr { base64, place })
    }
}

/// A string of a received header. It borrows the token's text, and is decoded anew, from base64url and from its escapes, whenever it
/// is looked at.
///
/// `Display` gives it as it is, to be used as a key say; [`printable`](Self::printable) is for a terminal.
#[derive(Clone, Copy)]
pub struct HeaderStr<'a> {
    /// The whole header, canonical base64url of UTF-8.
    base64: &'a str,
    place: Place,
}

impl<'a> HeaderStr<'a> {
    /// The characters.
    pub fn chars(&self) -> impl Iterator<Item = char> + Clone + use<'a> {
        let Place { start, end } = self.place;
        Unescape(Utf8 { base64: self.base64.as_bytes(), octets: start.into()..end.into() })
    }

    /// For a terminal, as [`JsonStr::printable`].
    #[must_use]
    pub fn printable(&self) -> impl fmt::Display + use<'a> {
        Printable(self.chars())
    }
}

impl PartialEq for HeaderStr<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.chars().eq(other.chars())
    }
}

impl Eq for HeaderStr<'_> {}

impl PartialEq<str> for HeaderStr<'_> {
    fn eq(&self, other: &str) -> bool {
        self.chars().eq(other.chars())
    }
}

impl PartialEq<&str> for HeaderStr<'_> {
    fn eq(&self, other: &&str) -> bool {
        self == *other
    }
}

impl fmt::Display for HeaderStr<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.chars().try_for_each(|c| f.write_char(c))
    }
}

impl fmt::Debug for HeaderStr<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.printable())
    }
}

/// The characters of some octets of a text in base64url; all of it has been decoded and checked before.
#[derive(Clone)]
struct Utf8<'a> {
    base64: &'a [u8],
    octets: Range<usize>,
}

impl Utf8<'_> {
    fn octet(&mut self) -> Option<u32> {
        base64url::octet(self.base64, self.octets.next()?).map(u32::from)
    }
}

impl Iterator for Utf8<'_> {
    type Item = char;

    fn next(&mut self) -> Option<char> {
        let first = self.octet()?;
        let (bits, following) = match first {
            0..0x80 => (first, 0),
            0x80..0xe0 => (first & 0x1f, 1),
            0xe0..0xf0 => (first & 0xf, 2),
            _ => (first & 7, 3),
        };
        char::from_u32((0..following).try_fold(bits, |bits, _| Some(bits << 6 | self.octet()? & 0x3f))?)
    }
}

fn string<'a>(name: &'static str, value: JsonValue<'a>) -> Result<JsonStr<'a>, Refusal> {
    match value {
        JsonValue::String(text) => Ok(text),
        other => Err(Refusal(ParseError::Type { part: Part::Header, name, found: other.kind() })),
    }
}

/// A [`ParseError`] of the header, into which the reader's own errors turn.
struct Refusal(ParseError);

impl From<JsonError> for Refusal {
    fn from(error: JsonError) -> Self {
        Self(ParseError::Json { part: Part::Header, error })
    }
}
