//! The CA, the device certificate, and its public key.

use std::time::SystemTime;

use super::{CA, CA_KEY, CSV};
use crate::guide::{Guide, failure::Failure, reading, reading::RUSTCRYPTO, record::Record};

/// The guide's `--cnSubjectPrefix` and `--ou`.
const SUBJECT: &str = "/C=NO/ST=Norway/L=Trondheim/O=Nordic Semiconductor";
const UNIT: &str = "Test Devices";

pub(super) fn ca(guide: &mut Guide, record: &mut Record) -> Result<(), Failure> {
    record.run(guide.nrfcloud(&["ca", "create", "--subject", SUBJECT, "--ou", UNIT]))?;
    let certificate = reading::certificate(&guide.read(CA)?)?;
    let key = reading::key_of(&certificate)?;
    let asked = format!("{SUBJECT}/OU={UNIT}");
    record.equal(RUSTCRYPTO, "the subject is what was asked for", &asked, reading::subject(&certificate))?;
    record.equal(RUSTCRYPTO, "the issuer is the subject", &asked, reading::issuer(&certificate))?;
    record.holds(RUSTCRYPTO, "it may sign other certificates", reading::is_ca(&certificate)?)?;
    record.holds(RUSTCRYPTO, "it is signed by its own key", reading::is_signed_by(&certificate, &key)?)?;
    let now = SystemTime::now();
    record.holds(RUSTCRYPTO, "it is valid now", reading::is_valid_at(&certificate, now))?;
    let private = reading::private_key(&guide.read_text(CA_KEY)?)?;
    record.holds(
        RUSTCRYPTO,
        "the private key is that of the certificate",
        reading::public_half(&private) == key,
    )?;
    guide.check_private(record, CA_KEY)?;

    let shown = guide.openssl(record, &["x509", "-in", CA, "-noout", "-subject", "-nameopt", "compat"])?;
    if let Some(shown) = shown {
        record.equal(
            "openssl",
            "the subject is what was asked for",
            format!("subject={asked}"),
            shown.text()?,
        )?;
    }
    if let Some(verdict) = guide.openssl(record, &["verify", "-CAfile", CA, CA])? {
        record.equal("openssl", "the certificate verifies", format!("{CA}: OK"), verdict.text()?)?;
    }
    Ok(())
}

pub(super) fn device(guide: &mut Guide, record: &mut Record) -> Result<(), Failure> {
    let id = guide.device_id.clone();
    record.run(guide.nrfcloud(&[
        "cert",
        "issue",
        "--ca",
        CA,
        "--ca-key",
        CA_KEY,
        "--device-id",
        &id,
        "--csv",
        CSV,
        "--sub-type",
        "my-thing-type",
        "--tags",
        "tag1|tag2",
        "--fw-types",
        "APP|MODEM",
    ]))?;
    let (file, key_file) = (guide.device_file("crt"), guide.device_file("key"));
    let certificate = reading::certificate(&guide.read(&file)?)?;
    let ca = reading::certificate(&guide.read(CA)?)?;
    let name = format!("/CN={id}");
    record.contains(
        RUSTCRYPTO,
        "the subject's CN is the device ID",
        &name,
        &reading::subject(&certificate),
    )?;
    record.equal(RUSTCRYPTO, "the issuer is the CA", reading::subject(&ca), reading::issuer(&certificate))?;
    let signed = reading::is_signed_by(&certificate, &reading::key_of(&ca)?)?;
    record.holds(RUSTCRYPTO, "it is signed by the CA", signed)?;
    record.holds(RUSTCRYPTO, "it may not sign other certificates", !reading::is_ca(&certificate)?)?;
    record.holds(RUSTCRYPTO, "it is valid now", reading::is_valid_at(&certificate, SystemTime::now()))?;
    let private = reading::private_key(&guide.read_text(&key_file)?)?;
    let same = reading::public_half(&private) == reading::key_of(&certificate)?;
    record.holds(RUSTCRYPTO, "the private key is that of the certificate", same)?;
    guide.check_private(record, &key_file)?;

    if let Some(verdict) = guide.openssl(record, &["verify", "-CAfile", CA, &file])? {
        record.equal(
            "openssl",
            "the certificate verifies under the CA",
            format!("{file}: OK"),
            verdict.text()?,
        )?;
    }
    let shown = guide.openssl(record, &["x509", "-in", &file, "-noout", "-subject", "-nameopt", "compat"])?;
    if let Some(shown) = shown {
        record.contains("openssl", "the subject's CN is the device ID", &name, shown.text()?)?;
    }
    Ok(())
}

pub(super) fn public_key(guide: &mut Guide, record: &mut Record) -> Result<(), Failure> {
    let file = guide.device_file("crt");
    let answer = record.run(guide.nrfcloud(&["key", "public", &file]))?;
    let printed = String::from_utf8_lossy(&answer.stdout).into_owned();
    let read = reading::spki_pem(&reading::key_of(&reading::certificate(&guide.read(&file)?)?)?)?;
    record.equal(RUSTCRYPTO, "the key is the certificate's, its final line break kept", &read, &printed)?;
    let beside = guide.read_text(&guide.device_file("public-key"))?;
    record.equal(RUSTCRYPTO, "`cert issue` has left the same file", &read, beside)?;
    if let Some(theirs) = guide.openssl(record, &["x509", "-pubkey", "-noout", "-in", &file])? {
        let theirs = String::from_utf8_lossy(&theirs.stdout).into_owned();
        record.equal("openssl", "the key is the same to the byte", theirs, printed)?;
    }
    Ok(())
}
