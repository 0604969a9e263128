//! The bytes of what the modem signs: certificate requests, COSE messages, tokens.
//!
//! Written here and nowhere else in the workspace, because `pki` and `jwt-core` read them: one wrong idea must not be
//! able to hide on both sides.

pub(crate) mod cose;
pub(crate) mod csr;
mod der;
pub(crate) mod jwt;

use base64ct::{Base64UrlUnpadded, Encoding};

/// Base64url without padding (RFC 4648, section 5).
pub(crate) fn base64url(bytes: &[u8]) -> String {
    Base64UrlUnpadded::encode_string(bytes)
}
