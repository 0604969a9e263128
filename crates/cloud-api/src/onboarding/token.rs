//! The tokens by which nRF Cloud knows a device that brings no PEM: onboarding and attestation tokens.
//!
//! Only their form is checked. Whoever holds one can bring the device into an account, so they are wiped on
//! drop and never printed.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};
use zeroize::Zeroizing;

/// The registration token of an nRF93M1: a JWT, from `AT%REGJWT="<tenant ID>"`.
#[derive(Clone, PartialEq, Eq)]
pub struct OnboardingToken(Zeroizing<String>);

/// The answer of `AT%ATTESTTOKEN`: two base64url parts with a full stop between them.
#[derive(Clone, PartialEq, Eq)]
pub struct AttestationToken(Zeroizing<String>);

/// A text is not such a token. Its content is not told: it is a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{what}: {problem}")]
#[non_exhaustive]
pub struct TokenError {
    /// Byte offset in the text.
    pub offset: usize,
    /// `onboarding token` or `attestation token`.
    pub what: &'static str,
    /// What is wrong there.
    pub problem: TokenProblem,
}

/// What is wrong with a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TokenProblem {
    /// Nothing there.
    #[error("the token is missing")]
    Empty,
    /// A character outside base64url and the full stop.
    #[error("{0:?} is not base64url")]
    Character(char),
    /// Too few or too many parts, or an empty one.
    #[error("{expected} parts with a full stop between them belong there")]
    Parts {
        /// How many there should be.
        expected: usize,
    },
}

fn check(text: &str, what: &'static str, expected: usize) -> Result<(), TokenError> {
    let fail = |offset, problem| Err(TokenError { offset, what, problem });
    if text.is_empty() {
        return fail(0, TokenProblem::Empty);
    }
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if let Some((offset, found)) = text.char_indices().find(|(_, c)| !allowed(*c)) {
        return fail(offset, TokenProblem::Character(found));
    }
    if text.split('.').count() != expected || text.split('.').any(str::is_empty) {
        return fail(0, TokenProblem::Parts { expected });
    }
    Ok(())
}

macro_rules! token {
    ($name:ident, $what:literal, $parts:literal) => {
        impl $name {
            /// The token in clear. Do not print it.
            #[must_use]
            pub fn expose(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = TokenError;

            fn from_str(text: &str) -> Result<Self, TokenError> {
                check(text, $what, $parts)?;
                Ok(Self(Zeroizing::new(text.to_owned())))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "([redacted])"))
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.expose())
            }
        }
    };
}

token!(OnboardingToken, "onboarding token", 3);
token!(AttestationToken, "attestation token", 2);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bulk::UploadPart;
    use crate::onboarding::{OnboardingTokenRow, PartReader, read, repair};

    #[test]
    fn debug_is_redacted() {
        let token: OnboardingToken = "eyJh.eyJz.c2ln".parse().unwrap();
        assert_eq!(format!("{token:?}"), "OnboardingToken([redacted])");
        assert_eq!(token.expose(), "eyJh.eyJz.c2ln");
        let token: AttestationToken = "2dn3.0oRD".parse().unwrap();
        assert_eq!(format!("{token:?}"), "AttestationToken([redacted])");
    }

    #[test]
    fn debug_of_what_was_read_has_no_token() {
        let csv = b"nrf-1,eyJh.eyJz.c2ln";
        let reading = read::<OnboardingTokenRow>(csv);
        let rows = "rows: [Located { row: OnboardingTokenRow { device_id: DeviceId(\"nrf-1\"), \
                    token: OnboardingToken([redacted]) }, index: 0, place: Place { line: 1, column: 1 }, \
                    pem_place: Place { line: 1, column: 7 } }], problems: [], ..";
        assert_eq!(format!("{reading:?}"), format!("Reading {{ {rows} }}"));
        let part = reading.parts().next().unwrap();
        assert_eq!(format!("{part:?}"), "Part { first_row: 0, row_count: 1, .. }");
        assert_eq!(format!("{:?}", UploadPart::from(part)), "UploadPart { first_row: 0, row_count: 1, .. }");
        let part = PartReader::<OnboardingTokenRow, _>::new(&csv[..]).next_part().unwrap().unwrap();
        assert_eq!(format!("{part:?}"), format!("ReadPart {{ first_row: 0, row_count: 1, {rows} }}"));
        let repaired = repair::<OnboardingTokenRow, String>(csv, |_| None);
        assert_eq!(format!("{repaired:?}"), "Repaired { row_count: 1, changes: [], left_out: [], .. }");
    }

    #[test]
    fn refusals_name_the_place_and_not_the_token() {
        let refusal = |text: &str| {
            let error = text.parse::<OnboardingToken>().unwrap_err();
            (error.offset, error.to_string())
        };
        assert_eq!(refusal(""), (0, "onboarding token: the token is missing".to_owned()));
        assert_eq!(refusal("a.b c.d"), (3, "onboarding token: ' ' is not base64url".to_owned()));
        let parts = "onboarding token: 3 parts with a full stop between them belong there";
        for text in ["a.b", "a..c", "a.b.c.d", "..."] {
            assert_eq!(refusal(text), (0, parts.to_owned()), "{text}");
        }
        assert_eq!(
            "a.b.c".parse::<AttestationToken>().unwrap_err().to_string(),
            "attestation token: 2 parts with a full stop between them belong there"
        );
    }
}
