//! Why an authority does not do what is asked.

use crate::certificate::CertificateError;
use crate::csr::CsrError;
use crate::device_id::DeviceIdError;
use crate::key::KeyError;
use crate::keygen::KeygenError;
use crate::subject::SubjectError;

/// Why an authority could not be made or loaded, or could not sign.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CaError {
    /// An authority without a name.
    #[error("the subject of a certificate authority must not be empty")]
    EmptySubject,
    /// The validity cannot be written into a certificate.
    #[error(
        "{days} days from {from} cannot be written into a certificate; the days are at least 1, the years 1970 to 9999"
    )]
    Validity {
        /// Days asked for.
        days: u32,
        /// The first moment.
        from: String,
    },
    /// The key is not that of the certificate.
    #[error("the private key does not belong to the certificate of the authority")]
    KeyMismatch,
    /// The certificate is not usable as that of an authority.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    /// The key of the certificate is not P-256.
    #[error("the key of the authority cannot be used: {0}")]
    Key(#[from] KeyError),
    /// Nothing can be issued in no name: RFC 5280 section 4.1.2.4 has the issuer not empty.
    #[error("the certificate of the authority has no subject, which would be the issuer of what it signs")]
    Name,
    /// The subject of a further authority is not allowed.
    #[error("the subject cannot be used: {0}")]
    Subject(#[from] SubjectError),
    /// It would be valid for longer than its authority, and [`Outliving::Refuse`](super::Outliving::Refuse) holds.
    #[error("the certificate would be valid until {until}, its authority is until {authority} only")]
    Outlives {
        /// The end that was asked for.
        until: String,
        /// The end of the authority.
        authority: String,
    },
    /// No further authority may stand below.
    #[error("this authority allows a path length of {most} below it; the new one must have a smaller one")]
    PathLength {
        /// Its own limit.
        most: u8,
    },
    /// The key could not sign.
    #[error("the key of the authority cannot sign: {0}")]
    Signing(String),
    /// The random number generator failed.
    #[error("the random number generator failed")]
    Random,
}

/// Why a device certificate was not issued.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IssueError {
    /// The device ID is not allowed.
    #[error(transparent)]
    DeviceId(#[from] DeviceIdError),
    /// The further subject has a common name.
    #[error("the common name is the device ID; it cannot be given in the subject too")]
    CommonName,
    /// No device ID anywhere.
    #[error("the certificate request has no common name, and no device ID was given")]
    NoCommonName,
    /// The subject of the request cannot be taken over, or is that of the authority.
    #[error("the subject cannot be used: {0}")]
    Subject(#[from] SubjectError),
    /// The request is not to be trusted.
    #[error(transparent)]
    Csr(#[from] CsrError),
    /// The modem's message is not to be trusted.
    #[error(transparent)]
    Keygen(#[from] KeygenError),
    /// The authority could not sign.
    #[error(transparent)]
    Ca(#[from] CaError),
}
