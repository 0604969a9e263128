//! A refusal by the service, whatever form its body has.

use std::fmt;
use std::time::Duration;

use serde_json::Value;

use super::{NrfCode, is_html};

/// The service, or a gateway before it, refused the request.
///
/// Bodies come as an object `{code, message}`, a bare array of texts, plain text, a web page, or not at all;
/// all of them end here, and the HTTP status is always kept.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ServiceError {
    /// Operation of nRF Cloud's API reference, for example `OnboardDevices`.
    pub operation: &'static str,
    /// HTTP status.
    pub status: u16,
    /// nRF Cloud's error code, where the body had one.
    pub code: Option<NrfCode>,
    /// The service's own words; empty when it sent none.
    pub message: String,
    /// Further texts of an array body.
    pub details: Vec<String>,
    /// Form of the body.
    pub form: BodyForm,
    /// `Retry-After`, from the moment of the answer.
    pub retry_after: Option<Duration>,
    /// The service's own name for this request, to quote to its support: `x-amzn-requestid`, `x-request-id`
    /// or `apigw-requestid`, where the answer had one.
    pub request_id: Option<String>,
}

/// Form of a refusal's body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum BodyForm {
    /// A JSON object.
    Object,
    /// A bare JSON array.
    Array,
    /// Text that is neither JSON nor HTML.
    Text,
    /// A web page: something before the service answered.
    Html,
    /// No body.
    Empty,
}

/// Longest piece of a text that is kept, in characters.
const LONGEST_TEXT: usize = 500;

impl ServiceError {
    /// Sorts the body of a refusal that came for an operation, whatever form it has.
    ///
    /// The client does this itself; it is here for refusals that came by another way.
    #[must_use]
    pub fn parse(
        operation: &'static str,
        status: u16,
        content_type: Option<&str>,
        retry_after: Option<Duration>,
        body: &[u8],
    ) -> Self {
        let mut error = Self {
            operation,
            status,
            code: None,
            message: String::new(),
            details: Vec::new(),
            form: BodyForm::Empty,
            retry_after,
            request_id: None,
        };
        if is_html(content_type, body) {
            error.form = BodyForm::Html;
            "answered with HTML, not JSON: is this a proxy?".clone_into(&mut error.message);
            return error;
        }
        let body = body.trim_ascii();
        if body.is_empty() {
            return error;
        }
        match serde_json::from_slice::<Value>(body) {
            Ok(Value::Object(object)) => {
                error.form = BodyForm::Object;
                error.code = object.get("code").or_else(|| object.get("err")).and_then(code);
                error.message = match object.get("message").or_else(|| object.get("error")) {
                    None | Some(Value::Null) => String::new(),
                    Some(value) => text(value),
                };
            }
            Ok(Value::Array(items)) => {
                error.form = BodyForm::Array;
                let mut texts = items.iter().map(text);
                error.message = texts.next().unwrap_or_default();
                error.details = texts.collect();
            }
            Ok(value) => {
                error.form = BodyForm::Text;
                error.message = text(&value);
            }
            Err(_) => {
                error.form = BodyForm::Text;
                error.message = shortened(String::from_utf8_lossy(body).into_owned());
            }
        }
        error
    }
}

impl fmt::Display for ServiceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} was refused with status {}", self.operation, self.status)?;
        if let Some(code) = self.code {
            match code.meaning() {
                Some(meaning) => write!(f, ", nRF Cloud code {code} ({meaning})")?,
                None => write!(f, ", nRF Cloud code {code}")?,
            }
        }
        if !self.message.is_empty() {
            write!(f, ": {}", self.message)?;
        } else if self.form == BodyForm::Empty {
            f.write_str(" and an empty body")?;
        }
        for detail in &self.details {
            write!(f, "; {detail}")?;
        }
        if let Some(id) = &self.request_id {
            write!(f, " (request {id})")?;
        }
        Ok(())
    }
}

impl std::error::Error for ServiceError {}

fn code(value: &Value) -> Option<NrfCode> {
    let number = value.as_u64().or_else(|| value.as_str()?.parse().ok())?;
    u32::try_from(number).ok().map(NrfCode)
}

fn text(value: &Value) -> String {
    shortened(value.as_str().map_or_else(|| value.to_string(), str::to_owned))
}

fn shortened(mut text: String) -> String {
    if let Some((end, _)) = text.char_indices().nth(LONGEST_TEXT) {
        text.truncate(end);
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(status: u16, content_type: &str, body: &str) -> ServiceError {
        ServiceError::parse("FetchDevice", status, Some(content_type), None, body.as_bytes())
    }

    #[test]
    fn object_with_code_and_message() {
        let error = parse(401, "application/json", r#"{"code":40100,"message":"Denied","extra":[1]}"#);
        assert_eq!(error.code, Some(NrfCode::ACCESS_DENIED));
        assert_eq!(error.form, BodyForm::Object);
        assert_eq!(
            error.to_string(),
            "FetchDevice was refused with status 401, \
             nRF Cloud code 40100 (access denied, or the wrong kind of token): Denied"
        );
    }

    #[test]
    fn object_without_code_with_null_message_or_with_a_code_as_text() {
        let error = parse(403, "application/json", r#"{"message":null}"#);
        assert_eq!(error.to_string(), "FetchDevice was refused with status 403");
        let error = parse(422, "application/json", r#"{"code":"42200"}"#);
        assert_eq!(error.code, Some(NrfCode::VALIDATION_FAILED));
        assert_eq!(parse(500, "application/json", r#"{"code":-1}"#).code, None);
        assert_eq!(parse(500, "application/json", r#"{"err":50010}"#).code, Some(NrfCode(50010)));
    }

    #[test]
    fn array_text_html_and_empty_bodies() {
        assert_eq!(
            parse(422, "application/json", r#"["row 1: bad tag","row 2: bad id"]"#).to_string(),
            "FetchDevice was refused with status 422: row 1: bad tag; row 2: bad id"
        );
        assert_eq!(parse(422, "application/json", "[]").message, "");
        assert_eq!(
            parse(401, "text/plain", "Unauthorized\n").to_string(),
            "FetchDevice was refused with status 401: Unauthorized"
        );
        assert_eq!(
            parse(403, "text/html", "<html><body>Blocked</body></html>").to_string(),
            "FetchDevice was refused with status 403: answered with HTML, not JSON: is this a proxy?"
        );
        assert_eq!(
            parse(401, "application/json", "").to_string(),
            "FetchDevice was refused with status 401 and an empty body"
        );
    }

    #[test]
    fn a_long_text_is_cut() {
        let error = parse(500, "text/plain", &"ø".repeat(2000));
        assert_eq!(error.message.chars().count(), LONGEST_TEXT + 1);
        let error = parse(422, "application/json", &format!(r#"["a","{}"]"#, "b".repeat(2000)));
        assert_eq!(error.details[0].chars().count(), LONGEST_TEXT + 1);
    }
}
