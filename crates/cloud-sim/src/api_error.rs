//! Refusals as nRF Cloud writes them: a status, a number of its own, a message (facts 11.1 and 11.2).

use axum::{
    Json,
    http::{HeaderName, HeaderValue, StatusCode},
    response::{IntoResponse, Response},
};
use serde::Serialize;

/// "bad request / internal trouble"
const BAD_REQUEST: u32 = 40_000;
/// "access denied to the resource / wrong kind of token"
const ACCESS_DENIED: u32 = 40_100;
/// "entity not found"
const ENTITY_NOT_FOUND: u32 = 40_410;
/// "no such device (delete)"
const NO_SUCH_DEVICE_TO_DELETE: u32 = 40_414;
/// "resource not found"
const RESOURCE_NOT_FOUND: u32 = 40_420;
/// "range not satisfiable or malformed"
const RANGE: u32 = 41_600;
/// "validation failed"
const VALIDATION: u32 = 42_200;

/// A request that is answered with an error; boxed, for it is what almost every function here may return.
#[derive(Debug)]
pub(crate) struct ApiError(Box<Parts>);

#[derive(Debug)]
struct Parts {
    status: StatusCode,
    body: Body,
    why: Why,
    header: Option<(HeaderName, HeaderValue)>,
}

/// The usual body; gateway-level errors have no `code`.
#[derive(Debug, Serialize)]
struct Body {
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<u32>,
    message: String,
}

/// What the refusal log is told; it travels as an extension of the response, not on the wire.
#[derive(Debug, Clone)]
pub(crate) struct Why {
    pub(crate) code: Option<u32>,
    pub(crate) device_id: Option<String>,
    pub(crate) reason: String,
}

impl ApiError {
    /// 401. The real body is not published; the wire says no more than the code's meaning, the log says why.
    pub(crate) fn access_denied(reason: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, Some(ACCESS_DENIED), "Access denied.".into())
            .because(reason.into())
    }

    /// 404 for something named by an ID.
    pub(crate) fn entity_not_found(what: &str, id: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, Some(ENTITY_NOT_FOUND), format!("{what} {id} not found."))
    }

    /// 404 of DeleteDevice.
    pub(crate) fn no_such_device_to_delete(id: &str) -> Self {
        let message = format!("Device {id} not found.");
        Self::new(StatusCode::NOT_FOUND, Some(NO_SUCH_DEVICE_TO_DELETE), message).about(id)
    }

    /// 404 for a path that is no endpoint.
    pub(crate) fn resource_not_found(path: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, Some(RESOURCE_NOT_FOUND), format!("Resource {path} not found."))
    }

    /// 405. There is no nRF code for it, so this is the gateway form.
    pub(crate) fn method_not_allowed(method: &str, path: &str) -> Self {
        let message = format!("Method {method} is not allowed on {path}.");
        Self::new(StatusCode::METHOD_NOT_ALLOWED, None, message)
    }

    /// 413, in the gateway form for the same reason.
    pub(crate) fn too_large(limit: usize) -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, None, format!("The body is larger than {limit} bytes."))
    }

    /// 416, with the size that RFC 9110, section 14.4 asks for.
    pub(crate) fn range(size: usize, reason: &str) -> Self {
        let message = format!("Range not satisfiable: {reason}.");
        let mut error =
            Self::new(StatusCode::RANGE_NOT_SATISFIABLE, Some(RANGE), message).because(reason.into());
        error.0.header = HeaderValue::try_from(format!("bytes */{size}"))
            .ok()
            .map(|value| (axum::http::header::CONTENT_RANGE, value));
        error
    }

    /// 422.
    pub(crate) fn validation(message: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, Some(VALIDATION), message.into())
    }

    /// 500, when the system has no random bytes for an ID.
    pub(crate) fn internal(reason: impl Into<String>) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, None, "Internal server error.".into())
            .because(reason.into())
    }

    /// What the HTTP library refused before this crate saw it, such as a path that is not UTF-8.
    pub(crate) fn by_library(status: StatusCode) -> Self {
        let code = (status == StatusCode::BAD_REQUEST).then_some(BAD_REQUEST);
        Self::new(status, code, status.canonical_reason().unwrap_or("Error").to_owned())
    }

    /// Names the device concerned in the log.
    pub(crate) fn about(mut self, device_id: &str) -> Self {
        self.0.why.device_id = Some(device_id.to_owned());
        self
    }

    pub(crate) fn why(&self) -> &Why {
        &self.0.why
    }

    fn because(mut self, reason: String) -> Self {
        self.0.why.reason = reason;
        self
    }

    fn new(status: StatusCode, code: Option<u32>, message: String) -> Self {
        let why = Why { code, device_id: None, reason: message.clone() };
        Self(Box::new(Parts { status, body: Body { code, message }, why, header: None }))
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let Parts { status, body, why, header } = *self.0;
        let mut response = (status, Json(body)).into_response();
        if let Some((name, value)) = header {
            response.headers_mut().insert(name, value);
        }
        response.extensions_mut().insert(why);
        response
    }
}
