//! Refusals as nRF Cloud writes them: a status, a number of its own, a message (facts 11.1 and 11.2).

use axum::{
    Json,
    http::{HeaderName, HeaderValue, StatusCode},
    response::{IntoResponse, Response},
};
use serde::Serialize;

use crate::authority::AuthorityError;

/// nRF Cloud's own numbers (facts 11.1); the first three digits are the status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Code(u32);

impl Code {
    /// "bad request / internal trouble"
    const BAD_REQUEST: Self = Self(40_000);
    /// "device has no valid certificate for association"
    pub(crate) const NO_VALID_CERTIFICATE: Self = Self(40_001);
    /// "monthly usage limit of the Developer plan exceeded"
    const LIMIT: Self = Self(40_005);
    /// "access denied to the resource / wrong kind of token"
    const ACCESS_DENIED: Self = Self(40_100);
    /// "device already belongs to another account"
    pub(crate) const OF_ANOTHER_ACCOUNT: Self = Self(40_101);
    /// "ownership code wrong"
    pub(crate) const WRONG_OWNERSHIP_CODE: Self = Self(40_102);
    /// "device not in your account (dissociate)"
    pub(crate) const NOT_IN_ACCOUNT: Self = Self(40_103);
    /// "entity not found"
    const ENTITY_NOT_FOUND: Self = Self(40_410);
    /// "no Nordic product with this id and code"
    pub(crate) const NO_SUCH_PRODUCT: Self = Self(40_411);
    /// "device not provisioned yet"
    pub(crate) const NOT_PROVISIONED: Self = Self(40_412);
    /// "no such device (dissociate)"
    pub(crate) const NO_SUCH_DEVICE_TO_DISSOCIATE: Self = Self(40_413);
    /// "no such device (delete)"
    const NO_SUCH_DEVICE_TO_DELETE: Self = Self(40_414);
    /// "resource not found"
    const RESOURCE_NOT_FOUND: Self = Self(40_420);
    /// "not found but no error"
    pub(crate) const NOTHING_FOUND: Self = Self(40_499);
    /// "range not satisfiable or malformed"
    const RANGE: Self = Self(41_600);
    /// "validation failed"
    const VALIDATION: Self = Self(42_200);

    fn status(self) -> StatusCode {
        let status = u16::try_from(self.0 / 100).ok().and_then(|status| StatusCode::from_u16(status).ok());
        status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }
}

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
        Self::coded(Code::ACCESS_DENIED, "Access denied.").because(reason.into())
    }

    /// 401 in the gateway form: an endpoint for organization auth tokens was given something else (facts 6.7).
    pub(crate) fn malformed_auth_token() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, None, "Auth token is malformed".into())
            .because("not an organization auth token (`oat_…`)".into())
    }

    /// 403, in the gateway form: the provisioning service knows who it is, and does not let it in (facts 6.7).
    pub(crate) fn forbidden(reason: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, None, "Forbidden".into()).because(reason.into())
    }

    /// 400.
    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Self::coded(Code::BAD_REQUEST, message)
    }

    /// 403, in the gateway form.
    pub(crate) fn for_this_machine_only(reason: &str) -> Self {
        Self::new(StatusCode::FORBIDDEN, None, "For this machine only.".into()).because(reason.into())
    }

    /// 400: more than the Developer plan has.
    pub(crate) fn limit(what: &str, limit: u32) -> Self {
        Self::coded(Code::LIMIT, format!("The plan's limit of {limit} is exceeded: {what}."))
    }

    /// An answer of one of nRF Cloud's own numbers.
    pub(crate) fn coded(code: Code, message: impl Into<String>) -> Self {
        Self::new(code.status(), Some(code), message.into())
    }

    /// 412, in the gateway form: a condition of the request does not hold.
    pub(crate) fn precondition(message: &str) -> Self {
        Self::new(StatusCode::PRECONDITION_FAILED, None, message.into())
    }

    /// 404 for something named by an ID.
    pub(crate) fn entity_not_found(what: &str, id: &str) -> Self {
        Self::coded(Code::ENTITY_NOT_FOUND, format!("{what} {id} not found."))
    }

    /// 404 of the location services (facts 5.3).
    pub(crate) fn location_not_found() -> Self {
        Self::coded(Code::ENTITY_NOT_FOUND, "Location not found.")
    }

    /// 404 of DeleteDevice.
    pub(crate) fn no_such_device_to_delete(id: &str) -> Self {
        Self::coded(Code::NO_SUCH_DEVICE_TO_DELETE, format!("Device {id} not found.")).about(id)
    }

    /// 404 for a path that is no endpoint.
    pub(crate) fn resource_not_found(path: &str) -> Self {
        Self::coded(Code::RESOURCE_NOT_FOUND, format!("Resource {path} not found."))
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
        let mut error = Self::coded(Code::RANGE, message).because(reason.into());
        error.0.header = HeaderValue::try_from(format!("bytes */{size}"))
            .ok()
            .map(|value| (axum::http::header::CONTENT_RANGE, value));
        error
    }

    /// 422.
    pub(crate) fn validation(message: impl Into<String>) -> Self {
        Self::coded(Code::VALIDATION, message)
    }

    /// 500.
    pub(crate) fn internal(reason: impl Into<String>) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, None, "Internal server error.".into())
            .because(reason.into())
    }

    /// What the HTTP library refused before this crate saw it, such as a path that is not UTF-8.
    pub(crate) fn by_library(status: StatusCode) -> Self {
        let code = (status == StatusCode::BAD_REQUEST).then_some(Code::BAD_REQUEST);
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

    fn new(status: StatusCode, code: Option<Code>, message: String) -> Self {
        let code = code.map(|code| code.0);
        let why = Why { code, device_id: None, reason: message.clone() };
        Self(Box::new(Parts { status, body: Body { code, message }, why, header: None }))
    }
}

/// There are no random bytes for an ID.
impl From<getrandom::Error> for ApiError {
    fn from(error: getrandom::Error) -> Self {
        Self::internal(error.to_string())
    }
}

impl From<AuthorityError> for ApiError {
    fn from(error: AuthorityError) -> Self {
        Self::internal(error.to_string())
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
