//! Why a key was refused.

use core::fmt;

/// Why a key was refused. It never shows the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyError {
    /// A private scalar is zero or not below the order of the curve.
    Scalar,
    /// An octet string is not an uncompressed point of P-256 (SEC 1 section 2.3.3).
    Point,
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Scalar => "the private scalar is zero or not below the order of P-256",
            Self::Point => "not an uncompressed point of P-256",
        })
    }
}

impl core::error::Error for KeyError {}
