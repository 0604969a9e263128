//! Why a call to nRF Cloud did not give what it should.
//!
//! Four phases, four types: nothing was sent ([`RequestError`]), nothing (or not all) came back
//! ([`TransportError`]), the service refused ([`ServiceError`]), or an answer came that does not fit
//! ([`AnswerError`]).

mod nrf_code;
mod request;
mod service;
mod transport;

pub use nrf_code::NrfCode;
pub use request::RequestError;
pub use service::{BodyForm, ServiceError};
pub use transport::{TransportError, TransportKind};

/// Any failure of a call.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Nothing was sent.
    #[error(transparent)]
    Request(#[from] RequestError),
    /// The service was not reached, or its answer did not arrive whole.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// The service (or something before it) answered with a refusal.
    #[error(transparent)]
    Service(#[from] ServiceError),
    /// An answer came that is not what the operation gives.
    #[error(transparent)]
    Answer(#[from] AnswerError),
}

impl Error {
    /// HTTP status of the answer, where one came.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Request(_) | Self::Transport(_) => None,
            Self::Service(error) => Some(error.status),
            Self::Answer(error) => Some(error.status),
        }
    }

    /// nRF Cloud's own error code, where the answer had one.
    #[must_use]
    pub fn code(&self) -> Option<NrfCode> {
        match self {
            Self::Service(error) => error.code,
            Self::Request(_) | Self::Transport(_) | Self::Answer(_) => None,
        }
    }

    /// Whether the service knows no such thing: status 404.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::Service(error) if error.status == 404)
    }

    /// Whether the same request may do better a little later: nothing answered, 429, or 502 to 504.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Transport(error) => error.kind.is_transient(),
            Self::Service(error) => matches!(error.status, 429 | 502..=504),
            Self::Request(_) | Self::Answer(_) => false,
        }
    }

    /// Whether the service may have taken the request although no success came back. After an upload this
    /// means: look in the list of bulk operations before sending again.
    ///
    /// A failed connection and a refusal with status 4xx mean no. So does a request that never left, but not
    /// a connection that broke, a time-out, a 5xx or an answer that could not be understood.
    #[must_use]
    pub fn may_have_been_taken(&self) -> bool {
        match self {
            Self::Request(_) => false,
            Self::Transport(error) => error.kind.may_have_been_taken(),
            Self::Service(error) => error.status >= 500,
            Self::Answer(_) => true,
        }
    }
}

/// An answer came whole, but is not what the operation gives.
#[derive(Debug, thiserror::Error)]
#[error("{operation}: {kind} (status {status}{})", request(request_id.as_deref()))]
#[non_exhaustive]
pub struct AnswerError {
    /// Operation of nRF Cloud's API reference, for example `FetchDevice`.
    pub operation: &'static str,
    /// HTTP status.
    pub status: u16,
    /// The service's own name for this request, to quote to its support; see
    /// [`ServiceError::request_id`].
    pub request_id: Option<String>,
    /// What is wrong.
    pub kind: AnswerProblem,
}

fn request(id: Option<&str>) -> String {
    id.map_or_else(String::new, |id| format!(", request {id}"))
}

/// What does not fit in an answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AnswerProblem {
    /// A web page, as proxies and captive portals send.
    #[error("answered with HTML, not JSON: is this a proxy?")]
    Html,
    /// A redirect. nRF Cloud does not redirect; captive portals do.
    #[error("answered with a redirect to {location:?}: is this a proxy?")]
    Redirect {
        /// The `Location` header.
        location: String,
    },
    /// A status of success, but not the one of this operation.
    #[error("the status is not one that this operation gives")]
    Status,
    /// No body where JSON should be.
    #[error("answered with an empty body, not JSON")]
    Empty,
    /// The body is not JSON, or a field of it has the wrong type.
    #[error("cannot read the answer at {path:?}: {reason}")]
    Json {
        /// Path of the field, `.` for the whole.
        path: String,
        /// What the JSON reader says, with line and column.
        reason: String,
    },
    /// A header that the operation needs is missing or malformed.
    #[error("header {name} is missing or malformed: {value:?}")]
    Header {
        /// Name of the header.
        name: &'static str,
        /// Its value, empty if missing.
        value: String,
    },
    /// Another part of the data came than was asked for.
    #[error("asked for bytes from {asked_first}, got {got} bytes as {content_range}")]
    Range {
        /// First byte asked for.
        asked_first: u64,
        /// Bytes in the body.
        got: usize,
        /// The `content-range` header.
        content_range: String,
    },
    /// The data changed between two ranged requests.
    #[error("the data changed while it was read: first {before} bytes long, then {after}")]
    Changed {
        /// Total size told first.
        before: u64,
        /// Total size told later.
        after: u64,
    },
    /// The same page of a list came again, with the same token for the next.
    #[error("the list does not end: page token {token:?} leads to a page that was there before")]
    Endless {
        /// The token.
        token: String,
    },
    /// The body is longer than this client reads.
    #[error("the body is longer than {limit} bytes")]
    TooLong {
        /// The limit in bytes.
        limit: u64,
    },
}

/// Whether a body is a web page rather than data.
pub(crate) fn is_html(content_type: Option<&str>, body: &[u8]) -> bool {
    if content_type.is_some_and(|value| value.trim_start().to_ascii_lowercase().starts_with("text/html")) {
        return true;
    }
    let start = body.trim_ascii_start();
    [&b"<!doctype html"[..], b"<html"]
        .iter()
        .any(|mark| start.get(..mark.len()).is_some_and(|head| head.eq_ignore_ascii_case(mark)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_is_known_by_header_or_by_body() {
        assert!(is_html(Some("Text/HTML; charset=utf-8"), b""));
        assert!(is_html(None, b"\n <!DOCTYPE html><html>"));
        assert!(is_html(Some("application/json"), b"<HTML lang=en>"));
        assert!(!is_html(Some("application/json"), b"{\"message\":\"<html\"}"));
        assert!(!is_html(None, b""));
    }
}
