#![cfg_attr(feature = "p256", doc = include_str!("../README.md"))]
#![cfg_attr(
    not(feature = "p256"),
    doc = "ES256 JSON Web Tokens. The default features have the whole documentation."
)]
#![no_std]
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(any(feature = "alloc", feature = "aws-lc-rs"))]
extern crate alloc;

mod base64url;
mod claims;
mod encode;
mod error;
mod header;
mod json;
pub mod key;
pub mod lenient;
pub mod nrfcloud;
mod parse;
mod validate;
mod view;

pub use claims::{Claims, CustomClaims, JsonPayload, NoCustomClaims, Payload, SerdePayload};
#[cfg(feature = "alloc")]
pub use encode::sign_to_string;
pub use encode::{UnsignedToken, encoded_len, prepare, sign};
pub use error::{Base64Defect, ParseError, Part, SignError, VerifyError};
pub use header::{Header, HeaderStr, MAX_HEADER_LEN};
pub use json::{CustomClaimsError, JsonError, JsonErrorKind, JsonStr, JsonValue, MAX_DEPTH, MAX_MEMBERS};
pub use parse::{UntrustedToken, VerifiedToken};
pub use validate::{DEFAULT_LEEWAY, Issuer, Rules, Violation, Violations};
pub use view::{Audience, ClaimsView};

pub use p256::ecdsa::Signature;
pub use signature::{self, Signer, Verifier};

/// The longest token made or accepted, in bytes. A modem's has about 500.
pub const MAX_TOKEN_LEN: usize = 8192;

/// The latest time accepted: the end of the year 9999, in seconds since 1970.
pub const MAX_TIME: u64 = 253_402_300_799;

/// Octets of a signature: `r` and `s` (RFC 7518 section 3.4).
const SIGNATURE_LEN: usize = 64;

/// The same in base64url.
const SIGNATURE_CHARS: usize = base64url::encoded_len(SIGNATURE_LEN);

/// Text out of bytes that were written here and are ASCII.
fn ascii(bytes: &[u8]) -> &str {
    core::str::from_utf8(bytes).unwrap_or_else(|_| unreachable!("base64url, hex digits and dots are ASCII"))
}
