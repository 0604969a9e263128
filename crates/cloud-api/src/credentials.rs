//! What a request is authorised with. Secrets are wiped on drop and never printed.

mod jwt_source;

use std::fmt;

use reqwest::header::HeaderValue;
use serde::{Deserialize, Deserializer};
use zeroize::Zeroizing;

use crate::scope::{Project, Scope};

pub use jwt_source::{FreshToken, JwtSource, SigningError};

/// Whom a client speaks for. All kinds travel as `Authorization: Bearer …`.
///
/// The text is wiped when the value is dropped; copies that the HTTP stack makes while it sends are not.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Credentials {
    /// People and back ends: a team by its API key, or a project by an organization auth token.
    Scope(Scope),
    /// JWT signed by a device key (or by a team's service key), or an evaluation token; for location services
    /// and the device's own data.
    Jwt(Token),
    /// As [`Jwt`](Self::Jwt), signed when it is needed and again before it expires.
    JwtSource(JwtSource),
}

impl Credentials {
    /// The project, where the client speaks for one.
    pub(crate) fn project(&self) -> Option<&Project> {
        match self {
            Self::Scope(Scope::Project(project)) => Some(project),
            Self::Scope(Scope::Team(_)) | Self::Jwt(_) | Self::JwtSource(_) => None,
        }
    }

    /// The `Authorization` header; signs, where the credentials are a source.
    pub(crate) fn header(&self) -> Result<HeaderValue, SigningError> {
        Ok(match self {
            Self::Scope(Scope::Team(key)) => bearer(key.expose()),
            Self::Scope(Scope::Project(project)) => bearer(project.token().expose()),
            Self::Jwt(token) => bearer(token.expose()),
            Self::JwtSource(source) => bearer(source.token()?.expose()),
        })
    }
}

fn bearer(secret: &str) -> HeaderValue {
    let text = Zeroizing::new(format!("Bearer {secret}"));
    let mut value =
        HeaderValue::from_str(&text).expect("a bearer secret holds only characters that a header may hold");
    value.set_sensitive(true);
    value
}

/// API key ("Simple Token" in nRF Cloud's API reference), as shown in the portal under Team Details.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKey(Zeroizing<String>);

/// Organization auth token (OAT), as an organization's admin makes it in the portal. All that were seen begin
/// with `oat_`; that is not required.
#[derive(Clone, PartialEq, Eq)]
pub struct OrganizationToken(Zeroizing<String>);

/// A bearer token of another kind: a JWT.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(Zeroizing<String>);

/// A text cannot be a bearer secret. The text itself is not told, for it is a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidSecret {
    /// Nothing there.
    #[error("the {what} is empty")]
    Empty {
        /// `API key`, `organization token` or `token`.
        what: &'static str,
    },
    /// A character outside RFC 6750 section 2.1.
    #[error(
        "the {what} has a character at position {position} that a bearer token cannot have (RFC 6750, 2.1)"
    )]
    Character {
        /// `API key`, `organization token` or `token`.
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

/// A secret that the service gave: a private key, or a token of a kind that it makes itself.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretText(Zeroizing<String>);

impl SecretText {
    /// The secret in clear. Do not print it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SecretText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretText([redacted])")
    }
}

impl<'de> Deserialize<'de> for SecretText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(Zeroizing::new(String::deserialize(deserializer)?)))
    }
}

secret!(ApiKey, "API key");
secret!(OrganizationToken, "organization token");
secret!(Token, "token");

impl From<Scope> for Credentials {
    fn from(scope: Scope) -> Self {
        Self::Scope(scope)
    }
}

impl From<ApiKey> for Credentials {
    fn from(key: ApiKey) -> Self {
        Self::Scope(Scope::Team(key))
    }
}

impl From<Project> for Credentials {
    fn from(project: Project) -> Self {
        Self::Scope(Scope::Project(project))
    }
}

impl From<Token> for Credentials {
    fn from(token: Token) -> Self {
        Self::Jwt(token)
    }
}

impl From<JwtSource> for Credentials {
    fn from(source: JwtSource) -> Self {
        Self::JwtSource(source)
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
        let organization = OrganizationToken::new("oat_secret").unwrap();
        let made: SecretText = serde_json::from_str("\"eyJh.eyJz.c2ln\"").unwrap();
        assert_eq!(
            (format!("{made:?}").as_str(), made.expose()),
            ("SecretText([redacted])", "eyJh.eyJz.c2ln")
        );
        assert_eq!(format!("{key:?}"), "ApiKey([redacted])");
        assert_eq!(format!("{token:?}"), "Token([redacted])");
        assert_eq!(format!("{organization:?}"), "OrganizationToken([redacted])");
        assert_eq!(format!("{:?}", Credentials::from(key.clone())), "Scope(Team(ApiKey([redacted])))");
        assert_eq!(format!("{:?}", Credentials::from(token)), "Jwt(Token([redacted]))");
        let project = Project::new("acme".parse().unwrap(), "trackers".parse().unwrap(), organization);
        assert_eq!(
            format!("{:?}", Credentials::from(project)),
            "Scope(Project(Project { organization: OrganizationSlug(\"acme\"), \
             project: ProjectSlug(\"trackers\"), token: OrganizationToken([redacted]), tenant_id: None }))"
        );
        let header = Credentials::from(key).header().unwrap();
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
