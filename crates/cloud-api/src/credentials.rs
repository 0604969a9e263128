//! What a request is authorised with. Secrets are wiped on drop and never printed.

use std::fmt;

use reqwest::header::HeaderValue;
use zeroize::Zeroizing;

/// How requests are authorised. All kinds travel as `Authorization: Bearer …`.
///
/// The text is wiped when the value is dropped; copies that the HTTP stack makes while it sends are not.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Credentials {
    /// API key of a user in a team; for everything but location services.
    ApiKey(ApiKey),
    /// JWT signed by a device key (or by a team's service key); for location services and the device's own
    /// data.
    Jwt(Token),
}

impl Credentials {
    pub(crate) fn header(&self) -> HeaderValue {
        let secret = match self {
            Self::ApiKey(key) => key.expose(),
            Self::Jwt(token) => token.expose(),
        };
        let text = Zeroizing::new(format!("Bearer {secret}"));
        let mut value = HeaderValue::from_str(&text)
            .expect("a bearer secret holds only characters that a header may hold");
        value.set_sensitive(true);
        value
    }
}

/// API key ("Simple Token" in nRF Cloud's API reference), as shown in the portal under Team Details.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKey(Zeroizing<String>);

/// A bearer token other than an API key: a JWT.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(Zeroizing<String>);

/// A text cannot be a bearer secret. The text itself is not told, for it is a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidSecret {
    /// Nothing there.
    #[error("the {what} is empty")]
    Empty {
        /// `API key` or `token`.
        what: &'static str,
    },
    /// A character outside RFC 6750 section 2.1.
    #[error(
        "the {what} has a character at position {position} that a bearer token cannot have (RFC 6750, 2.1)"
    )]
    Character {
        /// `API key` or `token`.
        what: &'static str,
        /// Position of the character, counted from 1.
        position: usize,
    },
}

/// RFC 6750 section 2.1: letters, digits, `-._~+/`, and `=` at the end.
fn check(what: &'static str, secret: &str) -> Result<(), InvalidSecret> {
    let body = secret.trim_end_matches('=');
    if body.is_empty() {
        return Err(InvalidSecret::Empty { what });
    }
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | '~' | '+' | '/');
    match body.chars().position(|c| !allowed(c)) {
        Some(index) => Err(InvalidSecret::Character { what, position: index + 1 }),
        None => Ok(()),
    }
}

macro_rules! secret {
    ($name:ident, $what:literal) => {
        impl $name {
            /// Takes the secret over.
            ///
            /// # Errors
            ///
            /// [`InvalidSecret`] when it is empty or has a character that no bearer token has. White space is
            /// such a character: trim what comes from a file.
            pub fn new(secret: impl Into<String>) -> Result<Self, InvalidSecret> {
                let secret = Zeroizing::new(secret.into());
                check($what, &secret)?;
                Ok(Self(secret))
            }

            /// The secret in clear. Do not print it.
            #[must_use]
            pub fn expose(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "([redacted])"))
            }
        }
    };
}

secret!(ApiKey, "API key");
secret!(Token, "token");

impl From<ApiKey> for Credentials {
    fn from(key: ApiKey) -> Self {
        Self::ApiKey(key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "d8be845e816e45d4a9529a6cfcd459c88e3c22b5";

    #[test]
    fn debug_is_redacted_at_every_level() {
        let key = ApiKey::new(KEY).unwrap();
        let token = Token::new("eyJh.eyJz.c2ln").unwrap();
        assert_eq!(format!("{key:?}"), "ApiKey([redacted])");
        assert_eq!(format!("{token:?}"), "Token([redacted])");
        assert_eq!(format!("{:?}", Credentials::from(key.clone())), "ApiKey(ApiKey([redacted]))");
        assert_eq!(format!("{:?}", Credentials::Jwt(token)), "Jwt(Token([redacted]))");
        let header = Credentials::from(key).header();
        assert_eq!(format!("{header:?}"), "Sensitive");
        assert_eq!(header.to_str().unwrap(), format!("Bearer {KEY}"));
    }

    #[test]
    fn refusals_do_not_tell_the_secret() {
        for (text, message) in [
            ("", "the API key is empty"),
            ("==", "the API key is empty"),
            (
                "topsecret\n",
                "the API key has a character at position 10 that a bearer token cannot have (RFC 6750, 2.1)",
            ),
            (
                "a=b",
                "the API key has a character at position 2 that a bearer token cannot have (RFC 6750, 2.1)",
            ),
        ] {
            let error = ApiKey::new(text).unwrap_err();
            assert_eq!(error.to_string(), message);
            assert!(!format!("{error:?}").contains("secret"), "{error:?}");
        }
    }
}
