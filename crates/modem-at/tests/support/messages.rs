//! Messages as a modem makes them, with a signature of nobody.

use base64ct::{Base64UrlUnpadded, Encoding as _};
use modem_at::Sha256Digest;

/// The answer of `AT%KEYGEN` about a body, as it stands between the quotes.
pub(crate) fn keygen_message(body: &[u8]) -> String {
    let mut payload = vec![0xd9, 0xd9, 0xf7, 0x85, 0x09, 0x50];
    payload.extend([0x44; 16]);
    // Signed for sec_tag 16842753, nRF Cloud's own.
    payload.extend([0x45, 0x1a, 1, 1, 0, 1, 0x58, 0x20]);
    payload.extend(Sha256Digest::of(body).as_bytes());
    payload.push(0x50);
    payload.extend([0x55; 16]);
    let mut detached = vec![0x58, u8::try_from(payload.len()).unwrap()];
    detached.extend(payload);
    message(body, &detached)
}

/// The answer of `AT%ATTESTTOKEN`, as it stands between the quotes.
pub(crate) fn attestation_token() -> String {
    let mut body = vec![0xd9, 0xd9, 0xf7, 0x85, 0x01, 0x50];
    body.extend([0x44; 16]);
    body.extend([0x06, 0x50]);
    body.extend([0x66; 16]);
    body.push(0x50);
    body.extend([0x55; 16]);
    message(&body, &[0xf6])
}

fn message(body: &[u8], payload: &[u8]) -> String {
    let mut cose = vec![0xd2, 0x84, 0x43, 0xa1, 0x01, 0x26, 0xa1, 0x04, 0x41, 0x21];
    cose.extend(payload);
    cose.extend([0x58, 0x40]);
    cose.extend([0x77; 64]);
    format!("{}.{}", Base64UrlUnpadded::encode_string(body), Base64UrlUnpadded::encode_string(&cose))
}
