//! The claims of a received token.

use serde_core::de::Deserialize;

use crate::MAX_TIME;
use crate::error::{ParseError, Part};
use crate::json::{CustomClaimsError, JsonError, JsonStr, JsonValue, de, read};

/// A claims set (RFC 7519 section 4): the registered claims as values, the rest as JSON.
///
/// Two are equal if they are the same text: the same claims in another order, or with other white space, are another token.
#[derive(Clone, Debug)]
pub struct ClaimsView<'b> {
    json: &'b str,
    texts: [Option<JsonStr<'b>>; TEXTS.len()],
    times: [Option<u64>; TIMES.len()],
    aud: Option<Audience<'b>>,
}

/// The registered claims whose value is a string.
const TEXTS: [&str; 3] = ["iss", "sub", "jti"];

/// The registered claims whose value is a time.
const TIMES: [&str; 3] = ["exp", "nbf", "iat"];

impl<'b> ClaimsView<'b> {
    pub(crate) const EMPTY: Self = Self { json: "", texts: [None; 3], times: [None; 3], aud: None };

    /// Whether a view can be had of a text.
    pub(crate) fn check(json: &'b [u8]) -> Result<(), ParseError> {
        let mut view = Self::EMPTY;
        view.read(json)
    }

    /// Fills an empty view. It is filled in place, since to return it would be to copy it.
    pub(crate) fn read(&mut self, json: &'b [u8]) -> Result<(), ParseError> {
        self.json = read::utf8(json).map_err(|error| Refusal::from(error).0)?;
        read::object(self.json, |name, value| {
            match Place::of(name) {
                Some(Place::Text(at)) => self.texts[at] = Some(string(TEXTS[at], value)?),
                Some(Place::Time(at)) => self.times[at] = Some(time(TIMES[at], value)?),
                Some(Place::Audience) => self.aud = Some(Audience::read(value)?),
                None => {}
            }
            Ok(())
        })
        .map_err(|Refusal(error)| error)
    }

    /// `iss`.
    #[must_use]
    pub fn iss(&self) -> Option<JsonStr<'b>> {
        self.texts[0]
    }

    /// `sub`.
    #[must_use]
    pub fn sub(&self) -> Option<JsonStr<'b>> {
        self.texts[1]
    }

    /// `aud`.
    #[must_use]
    pub fn aud(&self) -> Option<Audience<'b>> {
        self.aud
    }

    /// `exp` in seconds since 1970.
    #[must_use]
    pub fn exp(&self) -> Option<u64> {
        self.times[0]
    }

    /// `nbf` in seconds since 1970.
    #[must_use]
    pub fn nbf(&self) -> Option<u64> {
        self.times[1]
    }

    /// `iat` in seconds since 1970.
    #[must_use]
    pub fn iat(&self) -> Option<u64> {
        self.times[2]
    }

    /// `jti`.
    #[must_use]
    pub fn jti(&self) -> Option<JsonStr<'b>> {
        self.texts[2]
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

impl PartialEq for ClaimsView<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.json == other.json
    }
}

impl Eq for ClaimsView<'_> {}

/// `aud`: one string, or an array of them (RFC 7519 section 4.1.3).
///
/// Two are equal if they have the same members in the same order, however these are written.
#[derive(Clone, Copy, Debug)]
pub struct Audience<'b>(JsonValue<'b>);

impl<'b> Audience<'b> {
    fn read(value: JsonValue<'b>) -> Result<Self, Refusal> {
        match value {
            JsonValue::String(_) => {}
            JsonValue::Array(array) => {
                let mut elements = read::Elements::of(array)?;
                while let Some(element) = elements.next()? {
                    string("aud", element)?;
                }
            }
            other => return Err(wrong_type("aud", other)),
        }
        Ok(Self(value))
    }

    /// Calls `member` for each audience.
    pub fn for_each(&self, member: impl FnMut(JsonStr<'b>)) {
        self.members().for_each(member);
    }

    /// Whether `audience` is among them.
    #[must_use]
    pub fn contains(&self, audience: &str) -> bool {
        self.members().any(|one| one == audience)
    }

    fn members(&self) -> impl Iterator<Item = JsonStr<'b>> + use<'b> {
        let (one, mut several) = match self.0 {
            JsonValue::String(text) => (Some(text), None),
            JsonValue::Array(array) => (None, read::Elements::of(array).ok()),
            _ => (None, None),
        };
        // Every element is a string: the array was read before.
        let next = move || match several.as_mut()?.next() {
            Ok(Some(JsonValue::String(text))) => Some(text),
            _ => None,
        };
        one.into_iter().chain(core::iter::from_fn(next))
    }
}

impl PartialEq for Audience<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.members().eq(other.members())
    }
}

impl Eq for Audience<'_> {}

impl core::fmt::Display for Audience<'_> {
    /// A list for a terminal, each as by [`JsonStr::printable`].
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        for (at, one) in self.members().enumerate() {
            let separator = if at > 0 { ", " } else { "" };
            write!(f, "{separator}{}", one.printable())?;
        }
        Ok(())
    }
}

/// Where the value of a registered claim goes.
enum Place {
    Text(usize),
    Time(usize),
    Audience,
}

impl Place {
    fn of(name: JsonStr<'_>) -> Option<Self> {
        // All have three letters, which are compared at once.
        let letters = match name.as_str() {
            Some(plain) => <[u8; 3]>::try_from(plain.as_bytes()).ok()?,
            None => unescaped(name)?,
        };
        Some(match &letters {
            b"iss" => Self::Text(0),
            b"sub" => Self::Text(1),
            b"jti" => Self::Text(2),
            b"exp" => Self::Time(0),
            b"nbf" => Self::Time(1),
            b"iat" => Self::Time(2),
            b"aud" => Self::Audience,
            _ => return None,
        })
    }
}

/// The three letters that a name with escapes spells.
#[cold]
fn unescaped(name: JsonStr<'_>) -> Option<[u8; 3]> {
    let mut chars = name.chars();
    let letters = [chars.next()?, chars.next()?, chars.next()?].map(u8::try_from);
    let [Ok(a), Ok(b), Ok(c)] = letters else { return None };
    chars.next().is_none().then_some([a, b, c])
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
    // No number has a zero before it, so one that is not too long fits.
    let (mut seconds, mut whole) = (0_u64, digits.len() <= MAX_TIME_DIGITS);
    for digit in digits.bytes().take(MAX_TIME_DIGITS) {
        let digit = digit.wrapping_sub(b'0');
        whole &= digit <= 9;
        seconds = seconds * 10 + u64::from(digit);
    }
    if whole && seconds <= MAX_TIME { Ok(seconds) } else { Err(Refusal(ParseError::Time { name })) }
}

/// Digits of [`MAX_TIME`].
const MAX_TIME_DIGITS: usize = MAX_TIME.ilog10() as usize + 1;

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
