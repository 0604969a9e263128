//! Tokens as they come in: from an argument or standard input, with what is around them taken off.

use base64ct::{Base64UrlUnpadded, Encoding};
use jwt_core::lenient;
use serde_json::value::RawValue;
use zeroize::Zeroizing;

use crate::context::Context;
use crate::diagnostic::Diagnostic;
use crate::input::Source;

/// A token given as an argument, or `-`.
pub(crate) fn read(context: &Context, argument: &str) -> Result<Zeroizing<String>, Diagnostic> {
    Ok(clean(&read_raw(context, argument)?))
}

/// The same with all that is around it.
pub(crate) fn read_raw(context: &Context, argument: &str) -> Result<Zeroizing<String>, Diagnostic> {
    Ok(match argument {
        "-" => context.input.text(&Source::Stdin)?,
        text => Zeroizing::new(text.to_owned()),
    })
}

/// Takes off what is around a token.
pub(crate) fn clean(text: &str) -> Zeroizing<String> {
    let mut buffer = Zeroizing::new(vec![0; text.len()]);
    let clean = lenient::clean(text, &mut buffer).expect("what is cleaned does not become longer");
    Zeroizing::new(clean.to_owned())
}

/// What stands in a token of whatever algorithm: two JSON objects. Nothing is verified.
pub(crate) struct Opened {
    pub(crate) header: Part,
    pub(crate) payload: Part,
}

/// One of the two.
pub(crate) struct Part {
    /// As it was signed.
    pub(crate) text: String,
    /// The same on one line.
    pub(crate) json: Box<RawValue>,
}

impl Opened {
    /// Opens a token in the compact form (RFC 7515 section 7.1).
    pub(crate) fn new(token: &str) -> Result<Self, OpenError> {
        let parts: Vec<&str> = token.split('.').collect();
        let [header, payload, signature] = parts[..] else {
            return Err(OpenError::Parts { found: parts.len() });
        };
        Base64UrlUnpadded::decode_vec(signature).map_err(|_| OpenError::Base64 { part: "signature" })?;
        Ok(Self { header: object("header", header)?, payload: object("payload", payload)? })
    }
}

fn object(part: &'static str, text: &str) -> Result<Part, OpenError> {
    let bytes = Base64UrlUnpadded::decode_vec(text).map_err(|_| OpenError::Base64 { part })?;
    let text = String::from_utf8(bytes).map_err(|_| OpenError::NotText { part })?;
    let json = compact(&text).map_err(|error| OpenError::Json { part, error })?;
    if json.get().starts_with('{') { Ok(Part { text, json }) } else { Err(OpenError::NotAnObject { part }) }
}

/// JSON without the white space between its pieces, and with each number and text as it was written.
pub(crate) fn compact(json: &str) -> Result<Box<RawValue>, serde_json::Error> {
    let json = serde_json::from_str::<&RawValue>(json)?.get();
    let (mut in_text, mut escaped) = (false, false);
    let mut is_kept = |character: &char| {
        let is_kept = in_text || !matches!(character, ' ' | '\t' | '\n' | '\r');
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = in_text,
            '"' => in_text = !in_text,
            _ => {}
        }
        is_kept
    };
    RawValue::from_string(json.chars().filter(|character| is_kept(character)).collect())
}

/// Why a text is no token of any kind.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OpenError {
    /// Not three parts.
    #[error("a token has 3 parts with dots between, this text has {found}")]
    Parts {
        /// Parts found.
        found: usize,
    },
    /// A part is not base64url.
    #[error("the {part} is not base64url")]
    Base64 {
        /// Which part.
        part: &'static str,
    },
    /// A part is not UTF-8.
    #[error("the {part} is not UTF-8 text")]
    NotText {
        /// Which part.
        part: &'static str,
    },
    /// A part is not JSON.
    #[error("the {part} is not JSON: {error}")]
    Json {
        /// Which part.
        part: &'static str,
        /// What is wrong.
        error: serde_json::Error,
    },
    /// A part is JSON of another kind.
    #[error("the {part} is not a JSON object")]
    NotAnObject {
        /// Which part.
        part: &'static str,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_stays_and_white_space_goes() {
        let compact = |json| compact(json).map(|value| value.get().to_owned()).ok();
        let shown = |json| Some(String::from(json));
        assert_eq!(compact(" { \"a b\" :\t1.10,\n\"c\":[ 1e999 ] } "), shown(r#"{"a b":1.10,"c":[1e999]}"#));
        assert_eq!(compact(r#"{"a\" " : "\\ "}"#), shown(r#"{"a\" ":"\\ "}"#));
        assert_eq!(compact("{\"a\":1 2}"), None);
    }
}
