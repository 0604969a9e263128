//! The JOSE header: what may be set, and what can be read.

use core::ops::Range;

use crate::error::{ParseError, Part};
use crate::json::{JsonError, JsonStr, JsonValue, read};

/// The header of a token to be signed (RFC 7515 section 4).
///
/// `alg` cannot be set: it is always `ES256`, so that nobody can ask for another one (RFC 8725 section 3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header<'a> {
    typ: Option<&'a str>,
    kid: Option<&'a str>,
}

impl<'a> Header<'a> {
    /// `{"alg":"ES256","typ":"JWT"}`, the header of Nordic's guide.
    #[must_use]
    pub const fn new() -> Self {
        Self { typ: Some("JWT"), kid: None }
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
const PLAIN_JSON: &[u8] = br#"{"alg":"ES256","typ":"JWT"}"#;
const PLAIN_TYP: Range<usize> = 22..25;

/// The longest header accepted, in bytes of JSON. A modem's has 102.
pub const MAX_HEADER_LEN: usize = 512;

/// A received header that has passed every check; nothing in it is to be trusted before the signature is.
#[derive(Clone)]
pub(crate) struct ReceivedHeader {
    json: [u8; MAX_HEADER_LEN],
    len: usize,
    typ: Option<Range<usize>>,
    kid: Option<Range<usize>>,
}

impl ReceivedHeader {
    /// Room for a header; it is filled in place because a copy would lie on the stack.
    pub(crate) const fn empty() -> Self {
        Self { json: [0; MAX_HEADER_LEN], len: 0, typ: None, kid: None }
    }

    /// Fills in [`PLAIN_HEADER`].
    pub(crate) fn plain(&mut self) {
        self.len = PLAIN_JSON.len();
        self.json[..PLAIN_JSON.len()].copy_from_slice(PLAIN_JSON);
        self.typ = Some(PLAIN_TYP);
    }

    /// Where the decoded header goes.
    pub(crate) fn room(&mut self) -> &mut [u8; MAX_HEADER_LEN] {
        &mut self.json
    }

    /// Checks the first `len` bytes of the room.
    #[inline(never)]
    pub(crate) fn check(&mut self, len: usize) -> Result<(), ParseError> {
        let mut alg = None;
        let mut typ = None;
        let mut kid = None;
        self.len = len;
        let text = read::utf8(&self.json[..len]).map_err(|error| Refusal::from(error).0)?;
        // Where a string stands in `text`; kept as a range because the bytes move with the token.
        let place = |value: JsonStr<'_>| {
            let start = value.raw().as_ptr() as usize - text.as_ptr() as usize;
            start..start + value.raw().len()
        };
        read::object(text, |name, value| {
            if name == "alg" {
                alg = Some(string("alg", value)?);
            } else if name == "typ" {
                typ = Some(place(string("typ", value)?));
            } else if name == "kid" {
                kid = Some(place(string("kid", value)?));
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
            Some(alg) if alg == "ES256" => {
                self.typ = typ;
                self.kid = kid;
                Ok(())
            }
            Some(alg) if alg == "none" => Err(ParseError::Unsecured),
            Some(_) => Err(ParseError::Algorithm),
        }
    }

    pub(crate) fn json(&self) -> &str {
        core::str::from_utf8(&self.json[..self.len]).unwrap_or_default()
    }

    pub(crate) fn typ(&self) -> Option<JsonStr<'_>> {
        self.at(self.typ.as_ref())
    }

    pub(crate) fn kid(&self) -> Option<JsonStr<'_>> {
        self.at(self.kid.as_ref())
    }

    fn at(&self, place: Option<&Range<usize>>) -> Option<JsonStr<'_>> {
        self.json().get(place?.clone()).map(JsonStr::from_checked)
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
