//! Part C: the guide's own material. It verifies, and its five traps are found and named.

use std::fs;

use base64ct::{Base64, Encoding as _};

use super::{Guide, Step, failure::Failure, reading, reading::RUSTCRYPTO, record::Record, token::Token};
use crate::workspace;

pub(crate) const STEPS: &[Step] = &[
    Step {
        part: 'C',
        title: "The guide's token verifies with the key of the guide's certificate",
        run: token,
    },
    Step { part: 'C', title: "Trap: the certificate's CN is not the CSV's device ID", run: common_name },
    Step {
        part: 'C',
        title: "Trap: the second private key does not belong to the second public key",
        run: pair,
    },
    Step { part: 'C', title: "Trap: the second CSV has a multi-line field without quotes", run: unquoted },
    Step { part: 'C', title: "Trap: the second base64 body ends in a stray letter", run: stray_letter },
    Step { part: 'C', title: "Trap: PEM blocks lost their line breaks", run: one_line },
];

/// Where the material is, inside the guide's folder.
const CSV: &str = "printed/onboard.csv";
const TOKEN: &str = "printed/token.txt";
const CERTIFICATE_KEY: &str = "printed/device-public-key-one-line.pem";
const PRIVATE_KEY: &str = "printed/private-key-one-line.pem";
const PUBLIC_KEY: &str = "printed/public-key-one-line.pem";
const UNQUOTED: &str = "printed/public-keys-unquoted.csv";
const STRAY_LETTER: &str = "printed/public-keys-stray-letter.csv.b64";

const DEVICE_ID: &str = "f69c0e45-7f04-4949-8def-bb2215b4223e";
const COMMON_NAME: &str = "c652f9ad-e0b9-48ff-bc62-22081c804158";

fn token(guide: &mut Guide, record: &mut Record) -> Result<(), Failure> {
    lay_out(guide)?;
    let text = guide.read_text(TOKEN)?.trim_end().to_owned();
    let verify = guide.nrfcloud(&["jwt", "verify", "-", "--csv", CSV, "--device-id", DEVICE_ID]);
    record.run(verify.input(TOKEN, text.as_str()))?;
    let certificate = certificate(guide)?;
    guide.write("printed-certificate.pem", certificate.1)?;
    guide
        .write("printed-certificate.public-key.pem", reading::spki_pem(&reading::key_of(&certificate.0)?)?)?;
    let token = Token::read(&text)?;
    record.equal("the guide", "its payload", format!(r#"{{"sub":"{DEVICE_ID}"}}"#), &token.payload)?;
    guide.check_signature(record, &token, "printed-certificate.public-key.pem", "printed.jwt")
}

fn common_name(guide: &mut Guide, record: &mut Record) -> Result<(), Failure> {
    let answer = record.run_expecting(3, guide.nrfcloud(&["device", "check", CSV]))?;
    let said = both(&answer);
    record.contains("xtask", "the command names the CN", COMMON_NAME, &said)?;
    record.contains("xtask", "and the device ID", DEVICE_ID, &said)?;
    let subject = reading::subject(&certificate(guide)?.0);
    record.contains(
        RUSTCRYPTO,
        "the CN is what the command says",
        &format!("/CN={COMMON_NAME}"),
        &subject,
    )?;
    let openssl = ["x509", "-in", "printed-certificate.pem", "-noout", "-subject", "-nameopt", "compat"];
    if let Some(shown) = guide.openssl(record, &openssl)? {
        record.contains("openssl", "the CN is what the command says", COMMON_NAME, shown.text()?)?;
    }
    Ok(())
}

fn pair(guide: &mut Guide, record: &mut Record) -> Result<(), Failure> {
    let arguments = ["jwt", "sign", "--key", PRIVATE_KEY, "--device-id", DEVICE_ID, "--no-iat", "--no-exp"];
    let signed = record.run(guide.nrfcloud(&arguments))?;
    let text = signed.text()?;
    let verify = guide.nrfcloud(&["jwt", "verify", "-", "--key", PUBLIC_KEY]);
    let answer = record.run_expecting(10, verify.input("printed-private-key.jwt", text))?;
    record.contains("xtask", "the command says that it is the signature", "signature", &answer.stderr)?;
    guide.write("printed-private-key.jwt", text)?;

    let private = reading::private_key(&repaired(&guide.read_text(PRIVATE_KEY)?))?;
    let public = reading::public_key(&repaired(&guide.read_text(PUBLIC_KEY)?))?;
    let half = reading::public_half(&private);
    record.holds(
        RUSTCRYPTO,
        "the token is signed by the private key",
        Token::read(text)?.is_signed_by(&half),
    )?;
    record.holds(RUSTCRYPTO, "the two keys are no pair", half != public)
}

fn unquoted(guide: &mut Guide, record: &mut Record) -> Result<(), Failure> {
    let check = guide.nrfcloud(&["device", "check", UNQUOTED, "--kind", "public-keys"]);
    let answer = record.run_expecting(3, check)?;
    record.contains("xtask", "the command says that quotes are missing", "double quotes", &both(&answer))?;
    let text = guide.read_text(UNQUOTED)?;
    record.holds("xtask", "there is no quote in the file", !text.contains('"') && text.lines().count() > 1)
}

fn stray_letter(guide: &mut Guide, record: &mut Record) -> Result<(), Failure> {
    let check = guide.nrfcloud(&["device", "check", STRAY_LETTER, "--kind", "public-keys"]);
    let answer = record.run_expecting(3, check)?;
    let said = both(&answer);
    record.contains("xtask", "the command names the letter", "'q'", &said)?;
    record.contains("xtask", "and says that base64 has ended before it", "base64 padding", &said)?;
    let text = guide.read_text(STRAY_LETTER)?;
    let body = text.trim_end().strip_suffix('q').unwrap_or_default();
    let csv = Base64::decode_vec(body).map_err(|error| Failure::unreadable(STRAY_LETTER, error))?;
    let without = String::from_utf8_lossy(&csv).into_owned();
    record.equal("xtask", "without it, the body is the CSV of before", guide.read_text(UNQUOTED)?, without)
}

fn one_line(guide: &mut Guide, record: &mut Record) -> Result<(), Failure> {
    let answer = record.run(guide.nrfcloud(&["key", "public", CERTIFICATE_KEY]))?;
    record.contains("xtask", "the command says what it repaired", "line break", &answer.stderr)?;
    let printed = String::from_utf8_lossy(&answer.stdout).into_owned();
    let key = reading::spki_pem(&reading::key_of(&certificate(guide)?.0)?)?;
    record.equal(RUSTCRYPTO, "the repaired key is that of the certificate", key, printed)?;
    record.equal(
        "xtask",
        "the file itself has one line",
        1,
        guide.read_text(CERTIFICATE_KEY)?.lines().count(),
    )
}

/// Copies the material to where the other artefacts are.
fn lay_out(guide: &Guide) -> Result<(), Failure> {
    let failed = |source| Failure::File { what: "fixtures/guide".into(), source };
    let from = workspace::root()
        .map_err(|error| Failure::unreadable("the workspace", error))?
        .join("fixtures/guide");
    let to = guide.folder.join("printed");
    fs::create_dir_all(&to).map_err(failed)?;
    for entry in fs::read_dir(from).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        if entry.file_name() != "README.md" {
            fs::copy(entry.path(), to.join(entry.file_name())).map_err(failed)?;
        }
    }
    Ok(())
}

/// The certificate in the guide's CSV, read and as it stands.
fn certificate(guide: &Guide) -> Result<(x509_cert::Certificate, String), Failure> {
    let csv = guide.read_text(CSV)?;
    let pem = csv.split('"').nth(1).ok_or_else(|| Failure::unreadable(CSV, "no quoted field"))?;
    Ok((reading::certificate(pem.as_bytes())?, pem.to_owned()))
}

/// The last PEM block of a text without line breaks, with those it needs.
fn repaired(text: &str) -> String {
    let text = text.trim_end();
    let start = text.rfind("-----BEGIN ").unwrap_or(0);
    let body = text[start..].replacen("KEY-----", "KEY-----\n", 1).replace("-----END", "\n-----END");
    let mut lines = String::new();
    for line in body.lines() {
        if line.starts_with("-----") {
            lines.push_str(&format!("{line}\n"));
        } else {
            for part in line.as_bytes().chunks(64) {
                lines.push_str(&format!("{}\n", String::from_utf8_lossy(part)));
            }
        }
    }
    lines
}

/// What a command said on both channels.
fn both(answer: &super::call::Answer) -> String {
    format!("{}{}", String::from_utf8_lossy(&answer.stdout), answer.stderr)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guide::fixture;

    #[test]
    fn the_guides_keys_are_no_pair() {
        let private = reading::private_key(&repaired(&fixture("private-key-one-line.pem"))).unwrap();
        let public = reading::public_key(&repaired(&fixture("public-key-one-line.pem"))).unwrap();
        assert_ne!(reading::public_half(&private), public);
    }

    #[test]
    fn a_block_is_repaired_to_what_openssl_would_write() {
        let key = reading::public_key(&repaired(&fixture("device-public-key-one-line.pem"))).unwrap();
        assert_eq!(repaired(&fixture("device-public-key-one-line.pem")), reading::spki_pem(&key).unwrap());
    }
}
