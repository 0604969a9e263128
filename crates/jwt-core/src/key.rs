//! P-256 keys for the two back ends, under the same method names.
//!
//! [`mod@p256`] needs no operating system, [`aws_lc`] is the fastest on hosts. Both implement [`Signer`] and
//! [`Verifier`] for [`Signature`](crate::Signature), and so may any other key: a modem, a PKCS#11 token, a KMS. The functions of this
//! crate ask for no more.
//!
//! [`Signer`]: crate::Signer
//! [`Verifier`]: crate::Verifier

#[cfg(feature = "aws-lc-rs")]
pub mod aws_lc;
#[cfg(feature = "p256")]
pub mod p256;

#[cfg(any(feature = "p256", feature = "aws-lc-rs"))]
mod forms;
mod spki;

pub use spki::{point_of_spki, spki_of_point};

use core::fmt;

/// Why a key was refused. It never shows the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyError {
    /// A private scalar is zero or not below the order of the curve.
    Scalar,
    /// An octet string is not an uncompressed point of P-256 (SEC 1 section 2.3.3).
    Point,
    /// Not the DER of a P-256 key in this structure.
    Der(&'static str),
    /// The DER inside a PEM text is longer than [`MAX_PEM_DER_LEN`]: an RSA key's, most likely.
    TooLong,
    /// The key is on another curve or for another algorithm.
    Algorithm,
    /// A public key inside a private key's file is not its own.
    Mismatch,
    /// Not a PEM text with one of the labels that hold such a key.
    Pem,
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Scalar => f.write_str("the private scalar is zero or not below the order of P-256"),
            Self::Point => f.write_str("not an uncompressed point of P-256"),
            Self::Der(structure) => write!(f, "not a P-256 key in the DER structure {structure}"),
            Self::TooLong => write!(
                f,
                "the key in the PEM text has more than {MAX_PEM_DER_LEN} bytes of DER, which no P-256 key needs"
            ),
            Self::Algorithm => f.write_str("not a P-256 key: ES256 needs prime256v1"),
            Self::Mismatch => f.write_str("the public key beside the private key is not its own"),
            Self::Pem => f.write_str("not a PEM text that holds a key of this kind"),
        }
    }
}

impl core::error::Error for KeyError {}

/// An uncompressed point: `04 || x || y`.
pub const POINT_LEN: usize = 65;

/// DER SubjectPublicKeyInfo of a P-256 key.
pub const SPKI_LEN: usize = 91;

/// The longest DER taken out of a PEM text, in bytes: more than any P-256 key needs, whose file has about 138.
pub const MAX_PEM_DER_LEN: usize = 256;
