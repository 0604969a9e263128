//! PEM out: 64 characters a line, LF, and the final line break that nRF Cloud asks for.

use pem_rfc7468::{LineEnding, encode_string};
use zeroize::Zeroizing;

/// The PEM text of `der` under `label`.
pub(crate) fn encode(label: &str, der: &[u8]) -> String {
    encode_string(label, LineEnding::LF, der)
        .expect("our labels are plain upper-case words, our documents small")
}

/// As [`encode`], for a document that holds a secret.
pub(crate) fn encode_secret(label: &str, der: &[u8]) -> Zeroizing<String> {
    Zeroizing::new(encode(label, der))
}
