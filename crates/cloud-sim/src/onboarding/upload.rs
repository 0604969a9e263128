//! The body of an upload: which content types are taken, and how base64 is told from CSV.

use axum::http::{HeaderMap, header};
use base64ct::{Base64, Encoding};

use super::rfc4180::{self, Record};
use crate::api_error::ApiError;

/// "at most 1000 rows" (facts 1.1).
const MAX_ROWS: usize = 1000;

/// An upload that is CSV, with at least one row and at most a thousand.
pub(crate) struct Upload {
    pub(crate) records: Vec<Record>,
}

impl Upload {
    pub(crate) fn read(text: &str) -> Result<Self, ApiError> {
        let records = rfc4180::read(text).map_err(|error| ApiError::validation(format!("{error}.")))?;
        match records.len() {
            0 => Err(ApiError::validation("The body is empty.")),
            1..=MAX_ROWS => Ok(Self { records }),
            rows => Err(ApiError::validation(format!("{rows} rows, but at most {MAX_ROWS} are allowed."))),
        }
    }
}

/// The CSV as text, decoded where it came as base64.
pub(crate) fn text(headers: &HeaderMap, body: &[u8]) -> Result<String, ApiError> {
    check_content_type(headers)?;
    decoded(body)
}

/// The published list: `text/csv`, `application/octet-stream`, `text/plain`, and the latter with `charset=UTF8` or
/// `charset=ASCII`. A type outside it is answered with 422, for these operations list 202 and 422 only and there is no
/// nRF code for 415.
fn check_content_type(headers: &HeaderMap) -> Result<(), ApiError> {
    let value = headers.get(header::CONTENT_TYPE);
    let Some(value) = value else { return Err(ApiError::validation("The Content-Type header is missing.")) };
    let text = String::from_utf8_lossy(value.as_bytes()).to_ascii_lowercase();
    let bare: String = text.chars().filter(|c| !matches!(c, ' ' | '\t' | '"')).collect();
    match bare.as_str() {
        "text/csv"
        | "application/octet-stream"
        | "text/plain"
        | "text/plain;charset=utf8"
        | "text/plain;charset=utf-8"
        | "text/plain;charset=ascii"
        | "text/plain;charset=us-ascii"
        | "text/csv;charset=utf-8" => Ok(()),
        _ => Err(ApiError::validation(format!(
            "Content-Type {text} is not one of text/csv, text/plain, application/octet-stream."
        ))),
    }
}

/// Every row of an upload has a comma and base64 has none, so a body without one is base64 or nothing. It must then
/// be what the guide prints: one line of the standard alphabet with its padding; a line break at its end is let pass,
/// for a file has one.
fn decoded(body: &[u8]) -> Result<String, ApiError> {
    let not_text = |_| ApiError::validation("The body is not UTF-8 text.");
    let body = std::str::from_utf8(body).map_err(not_text)?;
    if body.is_empty() || body.contains(',') {
        return Ok(body.to_owned());
    }
    let line = body.strip_suffix('\n').unwrap_or(body);
    let line = line.strip_suffix('\r').unwrap_or(line);
    let decoded = Base64::decode_vec(line).map_err(|error| {
        ApiError::validation(format!(
            "The body has no comma, so it is no CSV, and it is not base64: {error}."
        ))
    })?;
    String::from_utf8(decoded).map_err(|_| ApiError::validation("The base64 body is not UTF-8 text."))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn accepts(content_type: &str) -> bool {
        let headers =
            HeaderMap::from_iter([(header::CONTENT_TYPE, HeaderValue::from_str(content_type).unwrap())]);
        check_content_type(&headers).is_ok()
    }

    #[test]
    fn takes_the_published_content_types_and_no_other() {
        for content_type in [
            "text/csv",
            "Text/CSV",
            "application/octet-stream",
            "text/plain",
            "text/plain;charset=UTF8",
            "text/plain; charset=ASCII",
            "text/plain; charset=\"utf-8\"",
        ] {
            assert!(accepts(content_type), "{content_type}");
        }
        for content_type in [
            "",
            "application/json",
            "application/x-www-form-urlencoded",
            "text/plain;charset=latin1",
            "text/html",
        ] {
            assert!(!accepts(content_type), "{content_type}");
        }
        assert!(check_content_type(&HeaderMap::new()).is_err());
    }

    #[test]
    fn tells_base64_from_csv() {
        assert_eq!(decoded(b"a,b").unwrap(), "a,b");
        assert_eq!(decoded(b"YSxi").unwrap(), "a,b");
        assert_eq!(decoded(b"YSxi\r\n").unwrap(), "a,b");
        for defective in ["YSx", "YSxi=", "YSx\ni", "YQ==q", "YSxi\n\n", "YS-i"] {
            assert!(decoded(defective.as_bytes()).is_err(), "{defective:?}");
        }
        assert!(decoded(b"\xff,").is_err());
        assert!(decoded(b"//8=").is_err());
    }
}
