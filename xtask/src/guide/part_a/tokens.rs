//! Two tokens of one key: signed with its file, and by the modem that holds it.

use super::{CA, MODEM_TOKEN, TOKEN};
use crate::guide::{
    Guide, failure::Failure, kit::CREDENTIALS_TAG, reading, reading::RUSTCRYPTO, record::Record, token,
    token::Token,
};

pub(super) fn by_key_file(guide: &mut Guide, record: &mut Record) -> Result<(), Failure> {
    let key = guide.device_file("key");
    let arguments = ["jwt", "sign", "--key", &key, "--device-id", &guide.device_id, "--no-iat", "--no-exp"];
    let answer = record.run(guide.nrfcloud(&arguments))?;
    let text = answer.text()?;
    let token = Token::read(text)?;
    record.equal("the guide", "the header", r#"{"alg":"ES256","typ":"JWT"}"#, &token.header)?;
    let payload = format!(r#"{{"sub":"{}"}}"#, guide.device_id);
    record.equal("the guide", "the payload is the device ID alone", payload, &token.payload)?;
    guide.write(TOKEN, text)?;
    guide.check_signature(record, &token, &guide.device_file("public-key"), TOKEN)
}

pub(super) fn by_modem(guide: &mut Guide, record: &mut Record) -> Result<(), Failure> {
    let port = guide.kit()?.port.clone();
    let answer =
        record.run(guide.nrfcloud(&["jwt", "sign", "--port", &port, "--sec-tag", CREDENTIALS_TAG]))?;
    let text = answer.text()?;
    let token = Token::read(text)?;
    let issuer = token.claim("iss")?.unwrap_or_else(|| "none".into());
    let (hardware, uuid) = issuer.split_once('.').unwrap_or(("none", &issuer));
    record.holds(
        "the guide",
        "iss starts with a hardware type",
        hardware.to_ascii_lowercase().starts_with("nrf"),
    )?;
    if let Some(expected) = &guide.kit()?.uuid {
        record.equal("the kit's own word", "iss ends in the device UUID", expected, uuid)?;
    }
    let key = reading::public_key(&guide.read_text(&guide.device_file("public-key"))?)?;
    let digest = reading::sha256(&reading::spki(&key)?);
    let kid = token.header_member("kid")?.unwrap_or_else(|| "none".into());
    record.equal("xtask", "kid is the SHA-256 of the public key", digest, kid)?;
    guide.write(MODEM_TOKEN, text)?;
    guide.check_signature(record, &token, &guide.device_file("public-key"), MODEM_TOKEN)
}

pub(super) fn verify(guide: &mut Guide, record: &mut Record) -> Result<(), Failure> {
    let text = guide.read_text(TOKEN)?;
    let public = guide.device_file("public-key");
    let verify = |name: &str, text: &str, arguments: &[&str]| {
        guide.nrfcloud(&[&["jwt", "verify", "-"], arguments].concat()).input(name, text)
    };
    record.run(verify(TOKEN, &text, &["--key", &public, "--device-id", &guide.device_id]))?;
    record.run(verify(TOKEN, &text, &["--csv", super::CSV]))?;
    record.holds(RUSTCRYPTO, "the verdict is right", signed_by(guide, &text, &public)?)?;

    let turned = token::with_one_bit_turned(&text)?;
    guide.write("token-one-bit-turned.jwt", &turned)?;
    record.run_expecting(10, verify("token-one-bit-turned.jwt", &turned, &["--key", &public]))?;
    record.holds(
        RUSTCRYPTO,
        "and so is the one over one bit turned",
        !signed_by(guide, &turned, &public)?,
    )?;
    record.run_expecting(10, verify(TOKEN, &text, &["--key", &public, "--device-id", "another-device"]))?;
    Ok(())
}

pub(super) fn verify_modems(guide: &mut Guide, record: &mut Record) -> Result<(), Failure> {
    let text = guide.read_text(MODEM_TOKEN)?;
    let verify = |certificate: &str| {
        guide.nrfcloud(&["jwt", "verify", "-", "--cert", certificate]).input(MODEM_TOKEN, text.as_str())
    };
    record.run(verify(&guide.device_file("crt")))?;
    let public = guide.device_file("public-key");
    record.holds(RUSTCRYPTO, "the verdict is right", signed_by(guide, &text, &public)?)?;
    record.run_expecting(10, verify(CA))?;
    Ok(())
}

fn signed_by(guide: &Guide, token: &str, public_key: &str) -> Result<bool, Failure> {
    Ok(Token::read(token)?.is_signed_by(&reading::public_key(&guide.read_text(public_key)?)?))
}

impl Guide {
    /// Has the signature judged by RustCrypto and by openssl, with the public key in that file.
    pub(crate) fn check_signature(
        &self,
        record: &mut Record,
        token: &Token<'_>,
        public_key: &str,
        name: &str,
    ) -> Result<(), Failure> {
        let key = reading::public_key(&self.read_text(public_key)?)?;
        record.holds(RUSTCRYPTO, "the signature verifies with the public key", token.is_signed_by(&key))?;
        let (signed, signature) = (format!("{name}.signed"), format!("{name}.signature.der"));
        self.write(&signed, token.signed)?;
        self.write(&signature, token.signature_der())?;
        let arguments = ["dgst", "-sha256", "-verify", public_key, "-signature", &signature, &signed];
        if let Some(verdict) = self.openssl(record, &arguments)? {
            record.equal("openssl", "the signature verifies", "Verified OK", verdict.text()?)?;
        }
        Ok(())
    }
}
