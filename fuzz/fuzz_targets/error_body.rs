//! Reading the body of a refusal: it never panics, keeps what is certain, and no text of it is long.
//!
//! The input is the status as an octet (400 is added), an octet that chooses the content type, and the body.

#![no_main]

use cloud_api::error::{BodyForm, ServiceError};
use libfuzzer_sys::fuzz_target;

const CONTENT_TYPES: [Option<&str>; 5] = [
    None,
    Some("application/json"),
    Some("application/json; charset=utf-8"),
    Some("text/plain"),
    Some("text/html"),
];
/// Characters, the mark of a cut among them.
const LONGEST_TEXT: usize = 501;

fuzz_target!(|data: &[u8]| {
    let [status, content_type, body @ ..] = data else { return };
    let status = 400 + u16::from(*status);
    let content_type = CONTENT_TYPES[usize::from(*content_type) % CONTENT_TYPES.len()];
    let error = ServiceError::parse("FetchDevice", status, content_type, None, body);
    assert_eq!((error.operation, error.status), ("FetchDevice", status));
    for text in error.details.iter().chain([&error.message]) {
        assert!(text.chars().count() <= LONGEST_TEXT, "{text}");
    }
    assert!(error.to_string().contains(&status.to_string()));
    // A form feed is white space to us, and not to JSON.
    let json: Option<serde_json::Value> = serde_json::from_slice(body.trim_ascii()).ok();
    match error.form {
        BodyForm::Object => assert!(json.expect("JSON was read").is_object()),
        BodyForm::Array => assert!(json.expect("JSON was read").is_array()),
        BodyForm::Empty => assert!(body.trim_ascii().is_empty() && error.message.is_empty()),
        BodyForm::Html => assert!(error.code.is_none()),
        _ => assert!(error.code.is_none() && error.details.is_empty()),
    }
});
