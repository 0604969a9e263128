//! What a token says: the claims to be signed.

use core::fmt;

use serde_core::ser::{Serialize, SerializeSeq, Serializer};

use crate::MAX_TIME;
use crate::error::SignError;
use crate::json::write::{ObjectWriter, Sink};
use crate::view::ClaimsView;
use private::Custom;

/// The registered claims of RFC 7519 section 4.1, in the order they are set, then custom ones.
///
/// Times are seconds since 1970-01-01T00:00:00Z. Setting a claim again replaces its value and keeps its place.
///
/// ```
/// use jwt_core::Claims;
///
/// let claims = Claims::new().sub("f69c0e45-7f04-4949-8def-bb2215b4223e").iat(1_700_000_000).exp(1_700_000_600);
/// # let _ = claims;
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claims<'a, C = NoCustomClaims> {
    registered: [Option<Registered<'a>>; REGISTERED.len()],
    custom: C,
}

/// The names of RFC 7519 section 4.1, which custom claims may not use.
pub(crate) const REGISTERED: [&str; 7] = ["iss", "sub", "aud", "exp", "nbf", "iat", "jti"];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Registered<'a> {
    Text(&'static str, &'a str),
    Texts(&'static str, &'a [&'a str]),
    Time(&'static str, u64),
}

impl Registered<'_> {
    fn name(&self) -> &'static str {
        match self {
            Self::Text(name, _) | Self::Texts(name, _) | Self::Time(name, _) => name,
        }
    }
}

/// The custom claims of a token that has none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NoCustomClaims;

/// Custom claims `T` behind others, `E`; made by [`Claims::custom`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CustomClaims<E, T> {
    earlier: E,
    claims: T,
}

impl Claims<'_> {
    /// No claims yet.
    #[must_use]
    pub const fn new() -> Self {
        Self { registered: [None; REGISTERED.len()], custom: NoCustomClaims }
    }
}

impl Default for Claims<'_> {
    fn default() -> Self {
        Self::new()
    }
}

impl<'a, C> Claims<'a, C> {
    /// `iss`, who signs: `<chip>.<device ID>` in a modem's token.
    #[must_use]
    pub fn iss(self, issuer: &'a str) -> Self {
        self.with(Registered::Text("iss", issuer))
    }

    /// `sub`, whom the token is about: the device ID.
    #[must_use]
    #[expect(clippy::should_implement_trait, reason = "the claim is named so")]
    pub fn sub(self, subject: &'a str) -> Self {
        self.with(Registered::Text("sub", subject))
    }

    /// `aud` as one string: the team ID in a proxy token.
    #[must_use]
    pub fn aud(self, audience: &'a str) -> Self {
        self.with(Registered::Text("aud", audience))
    }

    /// `aud` as an array.
    #[must_use]
    pub fn aud_many(self, audiences: &'a [&'a str]) -> Self {
        self.with(Registered::Texts("aud", audiences))
    }

    /// `exp`, from when on the token is refused.
    #[must_use]
    pub fn exp(self, seconds: u64) -> Self {
        self.with(Registered::Time("exp", seconds))
    }

    /// `nbf`, until when the token is refused.
    #[must_use]
    pub fn nbf(self, seconds: u64) -> Self {
        self.with(Registered::Time("nbf", seconds))
    }

    /// `iat`, when the token was made.
    #[must_use]
    pub fn iat(self, seconds: u64) -> Self {
        self.with(Registered::Time("iat", seconds))
    }

    /// `jti`, the token's own name.
    #[must_use]
    pub fn jti(self, id: &'a str) -> Self {
        self.with(Registered::Text("jti", id))
    }

    /// Adds the members of a struct or a map behind the registered claims and behind those that were added before. None of them may be
    /// named as a registered one, or as another member.
    #[must_use]
    pub fn custom<T: Serialize>(self, claims: T) -> Claims<'a, CustomClaims<C, T>> {
        Claims { registered: self.registered, custom: CustomClaims { earlier: self.custom, claims } }
    }

    fn with(mut self, claim: Registered<'a>) -> Self {
        // Seven names, seven places: there is one that has this name or is free.
        let place =
            self.registered.iter_mut().find(|place| place.is_none_or(|other| other.name() == claim.name()));
        if let Some(place) = place {
            *place = Some(claim);
        }
        self
    }
}

/// Something that can be the payload of a token: [`Claims`], a caller's own type in [`SerdePayload`], or a text in [`JsonPayload`].
///
/// This trait is sealed.
pub trait Payload: private::Sealed {
    /// Writes the payload's JSON.
    #[doc(hidden)]
    fn write(&self, out: &mut JsonSink<'_>) -> Result<(), SignError>;

    /// Whether only a look at what was written can tell that a reader accepts it.
    #[doc(hidden)]
    fn needs_reading(&self) -> bool;
}

/// Takes the JSON of a payload.
#[doc(hidden)]
pub struct JsonSink<'s>(pub(crate) &'s mut dyn Sink);

impl fmt::Debug for JsonSink<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JsonSink")
    }
}

impl Sink for JsonSink<'_> {
    fn put(&mut self, bytes: &[u8]) -> Result<(), SignError> {
        self.0.put(bytes)
    }
}

impl<C: Custom> Payload for Claims<'_, C> {
    fn write(&self, out: &mut JsonSink<'_>) -> Result<(), SignError> {
        let mut object = ObjectWriter::begin(out)?;
        for claim in self.registered.iter().flatten() {
            match claim {
                Registered::Text(name, value) => object.member(name, *value)?,
                Registered::Texts(name, values) => object.member(name, &Texts(values))?,
                Registered::Time(name, seconds) if *seconds <= MAX_TIME => object.member(name, seconds)?,
                Registered::Time(..) => return Err(SignError::Time),
            }
        }
        self.custom.write(&mut object)?;
        object.end()
    }

    /// Seven names at most, strings and times: without custom claims there is nothing to be refused.
    fn needs_reading(&self) -> bool {
        C::IS_FOREIGN
    }
}

impl Custom for NoCustomClaims {
    const IS_FOREIGN: bool = false;

    fn write(&self, _: &mut ObjectWriter<'_, JsonSink<'_>>) -> Result<(), SignError> {
        Ok(())
    }
}

impl<E: Custom, T: Serialize> Custom for CustomClaims<E, T> {
    const IS_FOREIGN: bool = true;

    fn write(&self, object: &mut ObjectWriter<'_, JsonSink<'_>>) -> Result<(), SignError> {
        self.earlier.write(object)?;
        object.members_of(&self.claims, &REGISTERED)
    }
}

struct Texts<'a>(&'a [&'a str]);

impl Serialize for Texts<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut seq = serializer.serialize_seq(Some(self.0.len()))?;
        for text in self.0 {
            seq.serialize_element(text)?;
        }
        seq.end()
    }
}

/// A struct or map of the caller's own as the whole payload, in its own order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SerdePayload<T>(pub T);

impl<T: Serialize> Payload for SerdePayload<T> {
    fn write(&self, out: &mut JsonSink<'_>) -> Result<(), SignError> {
        let mut object = ObjectWriter::begin(out)?;
        object.members_of(&self.0, &[])?;
        object.end()
    }

    fn needs_reading(&self) -> bool {
        true
    }
}

/// A JSON object as text, signed byte for byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JsonPayload<'a>(&'a str);

impl<'a> JsonPayload<'a> {
    /// Checks that a reader of this crate accepts `json` as a payload.
    ///
    /// # Errors
    /// [`SignError::Payload`] with the place.
    pub fn new(json: &'a str) -> Result<Self, SignError> {
        ClaimsView::check(json.as_bytes()).map_err(SignError::Payload)?;
        Ok(Self(json))
    }
}

impl Payload for JsonPayload<'_> {
    fn write(&self, out: &mut JsonSink<'_>) -> Result<(), SignError> {
        out.put(self.0.as_bytes())
    }

    fn needs_reading(&self) -> bool {
        false
    }
}

mod private {
    use super::{JsonSink, ObjectWriter, SignError};

    pub trait Sealed {}

    /// What stands behind the registered claims.
    pub trait Custom {
        /// Whether serde writes it.
        const IS_FOREIGN: bool;

        fn write(&self, object: &mut ObjectWriter<'_, JsonSink<'_>>) -> Result<(), SignError>;
    }

    impl<C> Sealed for super::Claims<'_, C> {}
    impl<T> Sealed for super::SerdePayload<T> {}
    impl Sealed for super::JsonPayload<'_> {}
}
