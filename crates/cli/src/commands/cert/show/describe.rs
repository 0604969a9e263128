//! What is in each kind of thing. Never a secret: of a private key the public half, of an attestation token the device.

use pki::attest::AttestationToken;
use pki::certificate::Certificate;
use pki::csr::CertificateRequest;
use pki::input::Item;
use pki::key::{KeyKind, PublicKey};
use pki::keygen::KeygenMessage;
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::Value;

use crate::clock;
use crate::text::Hex;

/// The fields of a thing, in the order in which a person wants them.
#[derive(Default)]
pub(super) struct Fields(Vec<(&'static str, Value)>);

impl Fields {
    pub(super) fn iter(&self) -> impl Iterator<Item = (&'static str, &Value)> {
        self.0.iter().map(|(name, value)| (*name, value))
    }

    pub(super) fn with(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.0.push((name, value.into()));
        self
    }

    fn with_some(self, name: &'static str, value: Option<impl Into<Value>>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }
}

impl Serialize for Fields {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in &self.0 {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

/// What is in a thing.
pub(super) fn fields(item: &Item) -> Fields {
    match item {
        Item::Certificate(certificate) => of_certificate(certificate),
        Item::CertificateRequest(request) => of_request(request),
        Item::PrivateKey(key) => of_key(&key.public_key()),
        Item::PublicKey(key) => of_key(key),
        Item::Keygen(message) => of_keygen(message),
        Item::AttestationToken(token) => of_attestation(token),
        _ => Fields::default(),
    }
}

fn of_certificate(certificate: &Certificate) -> Fields {
    Fields::default()
        .with("subject", certificate.subject().to_string())
        .with("issuer", certificate.issuer().to_string())
        .with_some("common_name", certificate.common_name())
        .with("serial", certificate.serial().to_string())
        .with("not_before", clock::rfc3339(certificate.not_before()))
        .with("not_after", clock::rfc3339(certificate.not_after()))
        .with("is_ca", certificate.is_ca())
        .with_some("key_usage", certificate.key_usage())
        .with("key", kind(&certificate.key_kind()))
        .with_some("key_id", certificate.public_key().ok().map(|key| key.key_id()))
        .with("sha256", Hex(&certificate.sha256()).to_string())
}

fn of_request(request: &CertificateRequest) -> Fields {
    Fields::default()
        .with("subject", request.subject().to_string())
        .with_some("common_name", request.common_name())
        .with("key_id", request.public_key().key_id())
        .with("proof_of_possession", verdict(request.verify()))
        .with("null_parameters", request.has_null_parameters())
}

fn of_key(key: &PublicKey) -> Fields {
    Fields::default().with("key_id", key.key_id()).with("point", Hex(key.sec1_point()).to_string())
}

fn of_keygen(message: &KeygenMessage) -> Fields {
    Fields::default()
        .with("device_uuid", message.device_uuid().to_string())
        .with("sec_tag", message.sec_tag())
        .with("content", message.kind().to_string())
        .with_some("subject", message.certificate_request().map(|request| request.subject().to_string()))
        .with("key_id", message.public_key().key_id())
        .with("digest_and_possession", verdict(message.check()))
        .with("signed_by", signer(message.cose().key_id()))
}

fn of_attestation(token: &AttestationToken) -> Fields {
    Fields::default()
        .with("device_uuid", token.device_uuid().to_string())
        .with("device_type", token.device_type().to_string())
        .with("firmware_uuid", token.firmware_uuid().to_string())
        .with("signed_by", signer(token.cose().key_id()))
}

/// Without the article that a sentence would need.
pub(super) fn kind(kind: &KeyKind) -> String {
    let text = kind.to_string();
    text.strip_prefix("a ").or_else(|| text.strip_prefix("an ")).unwrap_or(&text).to_owned()
}

/// The COSE signature itself is not checked here: that takes the device's identity key.
fn signer(key_id: i64) -> String {
    match key_id {
        pki::cose::IDENTITY_KEY => "device identity key (not verified)".to_owned(),
        pki::cose::NORDIC_BASE_PRODUCTION_KEY => "Nordic base key, production (not verified)".to_owned(),
        pki::cose::NORDIC_BASE_RND_KEY => "Nordic base key, research (not verified)".to_owned(),
        other => format!("key {other} (not verified)"),
    }
}

fn verdict<E: std::fmt::Display>(result: Result<(), E>) -> String {
    result.map_or_else(|error| error.to_string(), |()| "checked".to_owned())
}
