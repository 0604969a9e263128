//! The claims of a received token.

use serde_core::de::Deserialize;

use crate::MAX_TIME;
use crate::claims::REGISTERED;
use crate::error::{ParseError, Part};
use crate::json::{CustomClaimsError, JsonError, JsonStr, JsonValue, de, read};

/// A claims set (RFC 7519 section 4): the registered claims as values, the rest as JSON.
#[derive(Clone, Debug)]
pub struct ClaimsView<'b> {
    json: &'b str,
    iss: Option<JsonStr<'b>>,
    sub: Option<JsonStr<'b>>,
    aud: Option<Audience<'b>>,
    exp: Option<u64>,
    nbf: Option<u64>,
    iat: Option<u64>,
    jti: Option<JsonStr<'b>>,
}

impl<'b> ClaimsView<'b> {
    pub(crate) fn read(json: &'b [u8]) -> Result<Self, ParseError> {
        let mut view =
            Self { json: "", iss: None, sub: None, aud: None, exp: None, nbf: None, iat: None, jti: None };
        view.json = read::utf8(json).map_err(|error| Refusal::from(error).0)?;
        read::object(view.json, |name, value| {
            match registered(name) {
                "iss" => view.iss = Some(string("iss", value)?),
                "sub" => view.sub = Some(string("sub", value)?),
                "jti" => view.jti = Some(string("jti", value)?),
                "exp" => view.exp = Some(time("exp", value)?),
                "nbf" => view.nbf = Some(time("nbf", value)?),
                "iat" => view.iat = Some(time("iat", value)?),
                "aud" => view.aud = Some(Audience::read(value)?),
                _ => {}
            }
            Ok(())
        })
        .map_err(|Refusal(error)| error)?;
        Ok(view)
    }

    /// `iss`.
    #[must_use]
    pub fn iss(&self) -> Option<JsonStr<'b>> {
        self.iss
    }

    /// `sub`.
    #[must_use]
    pub fn sub(&self) -> Option<JsonStr<'b>> {
        self.sub
    }

    /// `aud`.
    #[must_use]
    pub fn aud(&self) -> Option<Audience<'b>> {
        self.aud
    }

    /// `exp` in seconds since 1970.
    #[must_use]
    pub fn exp(&self) -> Option<u64> {
        self.exp
    }

    /// `nbf` in seconds since 1970.
    #[must_use]
    pub fn nbf(&self) -> Option<u64> {
        self.nbf
    }

    /// `iat` in seconds since 1970.
    #[must_use]
    pub fn iat(&self) -> Option<u64> {
        self.iat
    }

    /// `jti`.
    #[must_use]
    pub fn jti(&self) -> Option<JsonStr<'b>> {
        self.jti
    }

    /// The whole claims set as it was signed, trailing spaces of a modem's token included.
    #[must_use]
    pub fn json(&self) -> &'b str {
        self.json
    }

    /// Calls `member` for each claim, in the token's order.
    pub fn for_each(&self, mut member: impl FnMut(JsonStr<'b>, JsonValue<'b>)) {
        let read = read::object(self.json, |name, value| {
            member(name, value);
            Ok::<(), JsonError>(())
        });
        debug_assert!(read.is_ok(), "the claims were read before");
    }

    /// Reads claims into a type of the caller's own: custom ones, registered ones, or both.
    ///
    /// Without a heap a string is borrowed from the token; one with escapes then cannot be. With the feature `alloc` a
    /// `String` takes it.
    ///
    /// # Errors
    /// [`CustomClaimsError`] if a claim is missing or does not fit its type.
    pub fn custom<T: Deserialize<'b>>(&self) -> Result<T, CustomClaimsError> {
        de::from_object(self.json)
    }
}

/// `aud`: one string, or an array of them (RFC 7519 section 4.1.3).
#[derive(Clone, Copy, Debug)]
pub struct Audience<'b>(JsonValue<'b>);

impl<'b> Audience<'b> {
    fn read(value: JsonValue<'b>) -> Result<Self, Refusal> {
        match value {
            JsonValue::String(_) => {}
            JsonValue::Array(array) => {
                read::elements(array, |element| string("aud", element).map(|_| ()))?;
            }
            other => return Err(wrong_type("aud", other)),
        }
        Ok(Self(value))
    }

    /// Calls `member` for each audience.
    pub fn for_each(&self, mut member: impl FnMut(JsonStr<'b>)) {
        match self.0 {
            JsonValue::String(text) => member(text),
            JsonValue::Array(array) => {
                let read = read::elements(array, |element| {
                    if let JsonValue::String(text) = element {
                        member(text);
                    }
                    Ok::<(), JsonError>(())
                });
                debug_assert!(read.is_ok(), "the array was read before");
            }
            _ => {}
        }
    }

    /// Whether `audience` is among them.
    #[must_use]
    pub fn contains(&self, audience: &str) -> bool {
        let mut found = false;
        self.for_each(|one| found |= one == audience);
        found
    }
}

impl core::fmt::Display for Audience<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let mut result = Ok(());
        let mut first = true;
        self.for_each(|one| {
            if result.is_ok() {
                result = if first { write!(f, "{one}") } else { write!(f, ", {one}") };
            }
            first = false;
        });
        result
    }
}

/// The name itself or, where it is spelt with escapes, the registered name that it spells.
fn registered(name: JsonStr<'_>) -> &str {
    match name.as_str() {
        Some(plain) => plain,
        None => REGISTERED.into_iter().find(|registered| name == *registered).unwrap_or_default(),
    }
}

fn string<'a>(name: &'static str, value: JsonValue<'a>) -> Result<JsonStr<'a>, Refusal> {
    match value {
        JsonValue::String(text) => Ok(text),
        other => Err(wrong_type(name, other)),
    }
}

fn time(name: &'static str, value: JsonValue<'_>) -> Result<u64, Refusal> {
    let JsonValue::Number(digits) = value else {
        return Err(wrong_type(name, value));
    };
    // `u64::from_str` would take a plus sign, but the reader has not let one through.
    match digits.parse() {
        Ok(seconds) if seconds <= MAX_TIME => Ok(seconds),
        _ => Err(Refusal(ParseError::Time { name })),
    }
}

fn wrong_type(name: &'static str, value: JsonValue<'_>) -> Refusal {
    Refusal(ParseError::Type { part: Part::Payload, name, found: value.kind() })
}

/// A [`ParseError`] of the payload, into which the reader's own errors turn.
struct Refusal(ParseError);

impl From<JsonError> for Refusal {
    fn from(error: JsonError) -> Self {
        Self(ParseError::Json { part: Part::Payload, error })
    }
}
