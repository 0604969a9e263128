//! The modem's signed messages: a body, a dot, a COSE_Sign1 (RFC 9052, section 4.2) by the device identity key.

use core::convert::Infallible;

use minicbor::Encoder;
use minicbor::data::Tag;
use minicbor::encode::Error;

use super::base64url;
use crate::keys::{ModemKey, sha256};
use crate::kit::{Model, Uuid};

/// `{1: -7}`: ES256.
const PROTECTED: [u8; 3] = [0xa1, 0x01, 0x26];
/// CBOR -2, the name of the device identity key.
const IDENTITY_KEY_ID: [u8; 1] = [0x21];
/// Self-described CBOR (RFC 8949, section 3.4.6).
const SELF_DESCRIBED: Tag = Tag::new(55799);
const COSE_SIGN1: Tag = Tag::new(18);

/// What a `%KEYGEN` answer carries.
#[derive(Clone, Copy)]
pub(crate) enum KeyMessage {
    /// `pubkey_msg_v2`
    PublicKey = 8,
    /// `CSR_msg_v1`
    CertificateRequest = 9,
}

/// `<base64url body>.<base64url COSE>` for a key or a request. The body is signed as external data.
pub(crate) fn key_message(
    identity: &ModemKey,
    device: &Uuid,
    kind: KeyMessage,
    sec_tag: u32,
    body: &[u8],
    nonce: &[u8; 16],
) -> String {
    let payload = infallible(key_payload(device, kind, sec_tag, body, nonce));
    dotted(identity, body, Some(&payload))
}

/// `<base64url body>.<base64url COSE>` that proves which device answers. The COSE message has no payload.
pub(crate) fn attestation(
    identity: &ModemKey,
    device: &Uuid,
    model: Model,
    firmware: &Uuid,
    nonce: &[u8; 16],
) -> String {
    let body = infallible(attestation_body(device, model, firmware, nonce));
    dotted(identity, &body, None)
}

fn dotted(identity: &ModemKey, body: &[u8], payload: Option<&[u8]>) -> String {
    let to_be_signed = infallible(sig_structure(body, payload));
    let message = infallible(sign1(payload, &identity.sign_fixed(&to_be_signed)));
    format!("{}.{}", base64url(body), base64url(&message))
}

fn key_payload(
    device: &Uuid,
    kind: KeyMessage,
    sec_tag: u32,
    body: &[u8],
    nonce: &[u8; 16],
) -> Result<Vec<u8>, Error<Infallible>> {
    // A tag of 2^31 and more comes out negative, as if the modem kept it in an int.
    let mut tag = Encoder::new(Vec::new());
    tag.i32(i32::from_be_bytes(sec_tag.to_be_bytes()))?;
    let mut payload = Encoder::new(Vec::new());
    payload
        .tag(SELF_DESCRIBED)?
        .array(5)?
        .u8(kind as u8)?
        .bytes(device.as_bytes())?
        .bytes(tag.writer())?
        .bytes(&sha256(&[body]))?
        .bytes(nonce)?;
    Ok(payload.into_writer())
}

fn attestation_body(
    device: &Uuid,
    model: Model,
    firmware: &Uuid,
    nonce: &[u8; 16],
) -> Result<Vec<u8>, Error<Infallible>> {
    let mut body = Encoder::new(Vec::new());
    body.tag(SELF_DESCRIBED)?
        .array(5)?
        .u8(1)?
        .bytes(device.as_bytes())?
        .u8(model.attestation_type())?
        .bytes(firmware.as_bytes())?
        .bytes(nonce)?;
    Ok(body.into_writer())
}

/// The bytes under the signature (RFC 9052, section 4.4), with the body as `external_aad`.
fn sig_structure(body: &[u8], payload: Option<&[u8]>) -> Result<Vec<u8>, Error<Infallible>> {
    let mut out = Encoder::new(Vec::new());
    out.array(4)?.str("Signature1")?.bytes(&PROTECTED)?.bytes(body)?;
    bytes_or_null(&mut out, payload)?;
    Ok(out.into_writer())
}

fn sign1(payload: Option<&[u8]>, signature: &[u8; 64]) -> Result<Vec<u8>, Error<Infallible>> {
    let mut out = Encoder::new(Vec::new());
    out.tag(COSE_SIGN1)?.array(4)?.bytes(&PROTECTED)?.map(1)?.u8(4)?.bytes(&IDENTITY_KEY_ID)?;
    bytes_or_null(&mut out, payload)?;
    out.bytes(signature)?;
    Ok(out.into_writer())
}

fn bytes_or_null(out: &mut Encoder<Vec<u8>>, bytes: Option<&[u8]>) -> Result<(), Error<Infallible>> {
    match bytes {
        Some(bytes) => out.bytes(bytes)?,
        None => out.null()?,
    };
    Ok(())
}

fn infallible(encoded: Result<Vec<u8>, Error<Infallible>>) -> Vec<u8> {
    encoded.expect("writing CBOR into a Vec cannot fail")
}
