//! Reading and judging what a modem signs, with other code than that which made it.

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey, VerificationAlgorithm};
use base64ct::{Base64UrlUnpadded, Encoding};
use modem_sim::Device;
use serde_json::Value;

const SPKI_PREFIX: &[u8] = b"\x30\x59\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07\x03\x42\x00";

/// `<body>.<COSE>`, decoded.
pub(crate) struct Blob {
    pub(crate) body: Vec<u8>,
    pub(crate) cose: Vec<u8>,
}

impl Blob {
    pub(crate) fn parse(line: &str) -> Self {
        let text = line.split('"').nth(1).expect("a quoted blob");
        let (body, cose) = text.split_once('.').expect("two halves");
        let decode = |half| Base64UrlUnpadded::decode_vec(half).expect("base64url without padding");
        Self { body: decode(body), cose: decode(cose) }
    }

    /// The signature is the end of every COSE_Sign1 here.
    pub(crate) fn split_signature(&self) -> (&[u8], &[u8]) {
        self.cose.split_at(self.cose.len() - 64)
    }

    /// The bytes under the COSE signature, by hand after RFC 9052: ["Signature1", protected, body, payload].
    pub(crate) fn to_be_signed(&self) -> Vec<u8> {
        let (head, _) = self.split_signature();
        let payload = &head[b"\xd2\x84\x43\xa1\x01\x26\xa1\x04\x41\x21".len()..head.len() - 2];
        let length = u16::try_from(self.body.len()).unwrap();
        let [high, low] = length.to_be_bytes();
        let mut out = b"\x84\x6aSignature1\x43\xa1\x01\x26".to_vec();
        match length {
            24..=255 => out.extend([0x58, low]),
            256.. => out.extend([0x59, high, low]),
            _ => panic!("no body is that short"),
        }
        out.extend_from_slice(&self.body);
        out.extend_from_slice(payload);
        out
    }

    pub(crate) fn is_signed_by(&self, point: &[u8]) -> bool {
        verifies(&ECDSA_P256_SHA256_FIXED, point, &self.to_be_signed(), self.split_signature().1)
    }
}

pub(crate) fn verifies(
    algorithm: &'static dyn VerificationAlgorithm,
    point: &[u8],
    message: &[u8],
    signature: &[u8],
) -> bool {
    UnparsedPublicKey::new(algorithm, point).verify(message, signature).is_ok()
}

/// The public key in a request or a SubjectPublicKeyInfo.
pub(crate) fn point_in(body: &[u8]) -> &[u8] {
    let at = body.windows(SPKI_PREFIX.len()).position(|window| window == SPKI_PREFIX).expect("a P-256 key")
        + SPKI_PREFIX.len();
    &body[at..at + 65]
}

pub(crate) fn hex(value: &Value) -> Vec<u8> {
    let text = value.as_str().unwrap();
    (0..text.len()).step_by(2).map(|index| u8::from_str_radix(&text[index..index + 2], 16).unwrap()).collect()
}

pub(crate) fn answer(modem: &mut Device, command: &str) -> String {
    let response = String::from_utf8(modem.execute(command.as_bytes(), 1_676_930_358).response()).unwrap();
    response.strip_suffix("\r\nOK\r\n").unwrap_or_else(|| panic!("{command}: {response}")).to_owned()
}
