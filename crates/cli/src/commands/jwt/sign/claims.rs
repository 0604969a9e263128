//! Claims on the command line.

use std::str::FromStr;

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::Value;

use crate::diagnostic::{self, Diagnostic};

/// `NAME=VALUE`.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Claim {
    name: String,
    value: Value,
}

impl FromStr for Claim {
    type Err = ClaimError;

    fn from_str(text: &str) -> Result<Self, ClaimError> {
        let (name, value) = text
            .split_once('=')
            .filter(|(name, _)| !name.is_empty())
            .ok_or_else(|| ClaimError { text: text.to_owned() })?;
        let value = serde_json::from_str(value).unwrap_or_else(|_| Value::String(value.to_owned()));
        Ok(Self { name: name.to_owned(), value })
    }
}

/// A text that is no claim.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("claim {text:?}: is not NAME=VALUE")]
pub(super) struct ClaimError {
    text: String,
}

/// Registered claims (RFC 7519 section 4.1) that have no option of their own.
#[derive(Debug, Default)]
pub(super) struct Registered {
    pub(super) nbf: Option<u64>,
    pub(super) jti: Option<String>,
}

/// The other claims, in the order of the command line.
pub(super) struct Custom<'a>(Vec<&'a Claim>);

/// Puts each claim where it belongs.
pub(super) fn sort<'a>(claims: &'a [Claim], registered: &mut Registered) -> Result<Custom<'a>, Diagnostic> {
    let mut custom: Vec<&Claim> = Vec::new();
    for claim in claims {
        match (claim.name.as_str(), &claim.value) {
            ("nbf", value) => {
                let seconds = value
                    .as_u64()
                    .ok_or_else(|| diagnostic::bad_claim("`nbf` is a number of seconds since 1970"))?;
                registered.nbf = Some(seconds);
            }
            ("jti", Value::String(id)) => registered.jti = Some(id.clone()),
            ("jti", value) => registered.jti = Some(value.to_string()),
            (name @ ("iss" | "sub" | "aud" | "exp" | "iat"), _) => {
                return Err(diagnostic::bad_claim(format_args!("`{name}` is not given by --claim")));
            }
            (name, _) if custom.iter().any(|other| other.name == name) => {
                return Err(diagnostic::bad_claim(format_args!("the claim `{name}` is given twice")));
            }
            _ => custom.push(claim),
        }
    }
    Ok(Custom(custom))
}

impl Serialize for Custom<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for claim in &self.0 {
            map.serialize_entry(&claim.name, &claim.value)?;
        }
        map.end()
    }
}
