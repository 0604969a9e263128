//! Nothing was sent.

use crate::credentials::SigningError;

/// A request was not sent. Nothing can have happened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RequestError {
    /// The client speaks for a project, and this operation has no published address there.
    #[error("{operation} has no known address below a project; it needs an API key or a device's token")]
    NotInProject {
        /// Operation of nRF Cloud's API reference.
        operation: &'static str,
    },
    /// The [`JwtSource`](crate::JwtSource) gave no token.
    #[error("{operation} was not sent")]
    Signing {
        /// Operation of nRF Cloud's API reference.
        operation: &'static str,
        /// Why there is no token.
        #[source]
        error: SigningError,
    },
}
