//! No answer, or not a whole one.

use std::error::Error as StdError;
use std::fmt;
use std::io;

/// The service was not reached, or its answer did not arrive whole.
///
/// The text names operation, address and kind; the cause is in [`source`](StdError::source). Headers are in
/// neither.
#[derive(Debug)]
#[non_exhaustive]
pub struct TransportError {
    /// Operation of nRF Cloud's API reference.
    pub operation: &'static str,
    /// Scheme, host and port that were called.
    pub origin: String,
    /// What went wrong.
    pub kind: TransportKind,
    source: reqwest::Error,
}

/// Where the way to the service ended.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TransportKind {
    /// The name of the host has no address.
    #[error("the host name could not be resolved")]
    Dns,
    /// No connection: refused, unreachable, or the proxy did not give one.
    #[error("could not connect")]
    Connect,
    /// No connection within the connect time-out.
    #[error("could not connect in time")]
    ConnectTimeout,
    /// The TLS handshake failed. Nothing of the request was sent.
    #[error("no TLS connection: {reason}")]
    Tls {
        /// What rustls says, for example `invalid peer certificate: UnknownIssuer`.
        reason: String,
        /// Whether it is the server's certificate that was refused.
        certificate: bool,
    },
    /// No answer, or no progress in it, within the read or total time-out.
    #[error("no answer in time")]
    Timeout,
    /// The connection was lost before an answer came, or what came is not HTTP.
    #[error("no HTTP answer came over the connection")]
    Lost,
    /// The connection was lost in the middle of the answer.
    #[error("the answer was cut short")]
    Truncated,
    /// Anything else, for example a download that is redirected in a circle.
    #[error("the exchange failed")]
    Other,
}

impl TransportKind {
    pub(crate) fn is_transient(&self) -> bool {
        match self {
            Self::Dns | Self::Connect | Self::ConnectTimeout | Self::Timeout => true,
            Self::Lost | Self::Truncated => true,
            Self::Tls { certificate, .. } => !certificate,
            Self::Other => false,
        }
    }

    pub(crate) fn is_before_connection(&self) -> bool {
        matches!(self, Self::Dns | Self::Connect | Self::ConnectTimeout)
    }

    pub(crate) fn is_broken_connection(&self) -> bool {
        matches!(self, Self::Lost | Self::Truncated)
    }

    pub(crate) fn may_have_been_taken(&self) -> bool {
        !(self.is_before_connection() || matches!(self, Self::Tls { .. }))
    }
}

impl TransportError {
    pub(crate) fn new(operation: &'static str, url: &url::Url, source: reqwest::Error) -> Self {
        Self {
            operation,
            origin: url.origin().ascii_serialization(),
            kind: classify(&source),
            source: source.without_url(),
        }
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {}: {}", self.operation, self.origin, self.kind)
    }
}

impl StdError for TransportError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(&self.source)
    }
}

fn classify(error: &reqwest::Error) -> TransportKind {
    // Later, the request may have arrived: that is a connection that broke.
    if error.is_connect()
        && let Some(tls) = find::<rustls::Error>(error)
    {
        return TransportKind::Tls {
            reason: tls.to_string(),
            certificate: matches!(tls, rustls::Error::InvalidCertificate(_)),
        };
    }
    match (error.is_connect(), error.is_timeout()) {
        (true, true) => TransportKind::ConnectTimeout,
        (true, false) if error.is_dns() => TransportKind::Dns,
        (true, false) => TransportKind::Connect,
        (false, true) => TransportKind::Timeout,
        (false, false) if error.is_body() || error.is_decode() => TransportKind::Truncated,
        (false, false) if error.is_request() => TransportKind::Lost,
        (false, false) => TransportKind::Other,
    }
}

/// Looks through the causes, and into the errors that `io::Error` wraps (its `source` skips them).
fn find<'a, T: StdError + 'static>(error: &'a (dyn StdError + 'static)) -> Option<&'a T> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref::<T>() {
            return Some(found);
        }
        next = match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(inner) => Some(inner),
            None => error.source(),
        };
    }
    None
}
