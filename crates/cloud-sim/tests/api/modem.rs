//! A modem as the provisioning service sees it: an identity key, and the messages that it signs (facts 8.1 and 8.3).

use base64ct::{Base64UrlUnpadded, Encoding};
use cloud_sim::pki::key::PublicKey;
use minicbor::{Encoder, data::Tag};
use p256::{
    ecdsa::{Signature, SigningKey, signature::Signer},
    pkcs8::EncodePublicKey,
};
use serde_json::json;
use sha2::{Digest, Sha256};

pub(crate) struct Modem {
    pub(crate) uuid: String,
    identity: SigningKey,
    nonce: std::cell::Cell<u8>,
}

impl Modem {
    /// The same number is the same modem.
    pub(crate) fn new(number: u8) -> Self {
        Self {
            uuid: format!("50363154-3931-44f0-8022-121b640100{number:02x}"),
            identity: key(number),
            nonce: std::cell::Cell::new(0),
        }
    }

    /// The same device with another identity key: a forgery.
    pub(crate) fn forged(number: u8) -> Self {
        Self { identity: key(number ^ 0x80), ..Self::new(number) }
    }

    pub(crate) fn identity_key(&self) -> PublicKey {
        let der = self.identity.verifying_key().to_public_key_der().unwrap();
        PublicKey::from_spki_der(der.as_bytes()).unwrap()
    }

    pub(crate) fn uuid_bytes(&self) -> [u8; 16] {
        let digits = self.uuid.replace('-', "");
        std::array::from_fn(|at| u8::from_str_radix(&digits[2 * at..2 * at + 2], 16).unwrap())
    }

    /// What stands between the quotes of `%ATTESTTOKEN: "…"`; another one each time.
    pub(crate) fn attestation_token(&self) -> String {
        let mut out = Encoder::new(Vec::new());
        out.tag(Tag::new(55_799))
            .unwrap()
            .array(5)
            .unwrap()
            .u8(1)
            .unwrap()
            .bytes(&self.uuid_bytes())
            .unwrap();
        out.u8(6).unwrap().bytes(&[0x61; 16]).unwrap().bytes(&self.next_nonce()).unwrap();
        self.message(&out.into_writer(), None)
    }

    /// `%KEYGEN: "…"` for a public key, which is that of modem `key_number`'s kind.
    pub(crate) fn keygen(&self, sec_tag: u32, key_number: u8) -> String {
        let body = key(key_number).verifying_key().to_public_key_der().unwrap().into_vec();
        let mut out = Encoder::new(Vec::new());
        out.tag(Tag::new(55_799))
            .unwrap()
            .array(5)
            .unwrap()
            .u8(8)
            .unwrap()
            .bytes(&self.uuid_bytes())
            .unwrap();
        let mut tag = Encoder::new(Vec::new());
        tag.u32(sec_tag).unwrap();
        out.bytes(&tag.into_writer())
            .unwrap()
            .bytes(&Sha256::digest(&body))
            .unwrap()
            .bytes(&self.next_nonce())
            .unwrap();
        format!("%KEYGEN: \"{}\"", self.message(&body, Some(&out.into_writer())))
    }

    /// A token with no subject, signed with the identity key.
    pub(crate) fn jwt(&self, expires: u64) -> String {
        signed(
            &self.identity,
            &json!({"iss": format!("nRF9151.{}", self.uuid), "jti": "nRF9151.x.y", "exp": expires}),
        )
    }

    fn message(&self, body: &[u8], payload: Option<&[u8]>) -> String {
        const PROTECTED: [u8; 3] = [0xa1, 0x01, 0x26];
        let mut signed = Encoder::new(Vec::new());
        signed.array(4).unwrap().str("Signature1").unwrap().bytes(&PROTECTED).unwrap().bytes(body).unwrap();
        let mut cose = Encoder::new(Vec::new());
        cose.tag(Tag::new(18)).unwrap().array(4).unwrap().bytes(&PROTECTED).unwrap();
        cose.map(1).unwrap().u8(4).unwrap().bytes(&[0x21]).unwrap();
        match payload {
            Some(payload) => {
                signed.bytes(payload).unwrap();
                cose.bytes(payload).unwrap();
            }
            None => {
                signed.null().unwrap();
                cose.null().unwrap();
            }
        }
        let signature: Signature = self.identity.sign(&signed.into_writer());
        cose.bytes(&signature.to_bytes()).unwrap();
        format!(
            "{}.{}",
            Base64UrlUnpadded::encode_string(body),
            Base64UrlUnpadded::encode_string(&cose.into_writer())
        )
    }

    fn next_nonce(&self) -> [u8; 16] {
        self.nonce.set(self.nonce.get() + 1);
        [self.nonce.get(); 16]
    }
}

/// The key of that number; modems have small ones as their identity.
pub(crate) fn key(number: u8) -> SigningKey {
    SigningKey::from_slice(&[number.max(1); 32]).unwrap()
}

pub(crate) fn signed(key: &SigningKey, claims: &serde_json::Value) -> String {
    let part = |text: String| Base64UrlUnpadded::encode_string(text.as_bytes());
    let input =
        format!("{}.{}", part(json!({"alg": "ES256", "typ": "JWT"}).to_string()), part(claims.to_string()));
    let signature: Signature = key.sign(input.as_bytes());
    format!("{input}.{}", Base64UrlUnpadded::encode_string(&signature.to_bytes()))
}
