//! The payload of a token: registered claims by their options, others by `--claim`, each value as it was written.

use std::str::FromStr;

use jwt_core::{MAX_TIME, SignError};
use serde::Serialize;
use serde_json::value::RawValue;

use crate::diagnostic::{self, Diagnostic};
use crate::token;

/// `NAME=VALUE`. The value keeps its digits and the order of its members: a number with twenty digits is not what a program would
/// make of it.
#[derive(Clone, Debug)]
pub(super) struct Claim {
    name: String,
    value: Box<RawValue>,
}

impl FromStr for Claim {
    type Err = ClaimError;

    fn from_str(text: &str) -> Result<Self, ClaimError> {
        let error = || ClaimError { text: text.to_owned() };
        let (name, value) = text.split_once('=').filter(|(name, _)| !name.is_empty()).ok_or_else(error)?;
        let value = token::compact(value).or_else(|_| text_of(value)).map_err(|_| error())?;
        Ok(Self { name: name.to_owned(), value })
    }
}

fn text_of(value: &str) -> Result<Box<RawValue>, serde_json::Error> {
    serde_json::value::to_raw_value(value)
}

/// A text that is no claim.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("claim {text:?}: is not NAME=VALUE")]
pub(super) struct ClaimError {
    text: String,
}

/// A JSON object in the making, its members in the order in which they come.
#[derive(Default)]
pub(super) struct Payload {
    members: Vec<(String, Box<RawValue>)>,
}

impl Payload {
    /// Adds a claim, where there is one.
    pub(super) fn text(&mut self, name: &str, value: Option<&str>) -> Result<(), Diagnostic> {
        value.map_or(Ok(()), |value| self.add(name, &value))
    }

    /// Adds a claim that is a list, where there is anything in it.
    pub(super) fn texts(&mut self, name: &str, values: &[String]) -> Result<(), Diagnostic> {
        if values.is_empty() { Ok(()) } else { self.add(name, &values) }
    }

    /// Adds a time, in seconds since 1970, where there is one.
    pub(super) fn time(&mut self, name: &str, seconds: Option<u64>) -> Result<(), Diagnostic> {
        match seconds {
            Some(seconds) if seconds > MAX_TIME => Err(SignError::Time.into()),
            Some(seconds) => self.add(name, &seconds),
            None => Ok(()),
        }
    }

    /// Adds the claims of the command line.
    pub(super) fn claims(&mut self, claims: &[Claim]) -> Result<(), Diagnostic> {
        for claim in claims {
            let name = claim.name.as_str();
            match name {
                "iss" | "sub" | "aud" | "exp" | "iat" => {
                    return Err(diagnostic::bad_claim(format_args!("`{name}` is not given by --claim")));
                }
                _ if self.members.iter().any(|(other, _)| other == name) => {
                    return Err(diagnostic::bad_claim(format_args!("the claim `{name}` is given twice")));
                }
                "nbf" => {
                    let seconds = claim
                        .value
                        .get()
                        .parse()
                        .map_err(|_| diagnostic::bad_claim("`nbf` is a number of seconds since 1970"))?;
                    self.time(name, Some(seconds))?;
                }
                // A text by its definition (RFC 7519 section 4.1.7), also where it looks like a number.
                "jti" if !claim.value.get().starts_with('"') => self.add(name, &claim.value.get())?,
                _ => self.members.push((name.to_owned(), claim.value.clone())),
            }
        }
        Ok(())
    }

    /// Whether the token says whose it is.
    pub(super) fn names_somebody(&self) -> bool {
        self.members.iter().any(|(name, _)| name == "sub" || name == "iss")
    }

    /// The text to sign.
    pub(super) fn to_json(&self) -> Result<String, Diagnostic> {
        let mut json = String::from("{");
        for (index, (name, value)) in self.members.iter().enumerate() {
            if index > 0 {
                json.push(',');
            }
            json.push_str(&serde_json::to_string(name).map_err(diagnostic::unexpected)?);
            json.push(':');
            json.push_str(value.get());
        }
        json.push('}');
        Ok(json)
    }

    fn add(&mut self, name: &str, value: &impl Serialize) -> Result<(), Diagnostic> {
        let value = serde_json::value::to_raw_value(value).map_err(diagnostic::unexpected)?;
        self.members.push((name.to_owned(), value));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn payload(claims: &[&str]) -> Result<String, Diagnostic> {
        let claims: Vec<Claim> = claims.iter().map(|claim| claim.parse().unwrap()).collect();
        let mut payload = Payload::default();
        payload.claims(&claims)?;
        payload.to_json()
    }

    #[test]
    fn values_are_signed_as_they_were_written() {
        for (claim, json) in [
            ("iccid=89470800123456789012", r#"{"iccid":89470800123456789012}"#),
            ("v=1.10", r#"{"v":1.10}"#),
            (r#"o={ "z": 1, "a": 2 }"#, r#"{"o":{"z":1,"a":2}}"#),
            ("t=plain \"text\"", r#"{"t":"plain \"text\""}"#),
            ("jti=1", r#"{"jti":"1"}"#),
            ("nbf=5", r#"{"nbf":5}"#),
        ] {
            assert_eq!(payload(&[claim]).unwrap(), json);
        }
    }

    #[test]
    fn no_claim_is_given_twice() {
        for name in ["jti", "nbf", "a"] {
            let error = payload(&[&format!("{name}=1"), &format!("{name}=2")]).unwrap_err();
            assert_eq!(error.message(), format!("the claim `{name}` is given twice"));
        }
    }
}
