//! The look into what a host wants to store, which modem firmware takes from 2.0.2 on (CME 527).

use base64ct::{Base64, Encoding};
use x509_cert::Certificate;
use x509_cert::der::asn1::AnyRef;
use x509_cert::der::{Decode, Tag, Tagged};

use crate::store::Kind;

/// Says whether `content` is what `kind` promises.
pub(crate) fn is_valid(kind: Kind, content: &[u8]) -> bool {
    match kind {
        Kind::RootCa | Kind::ClientCertificate => {
            holds_pem(content, &["CERTIFICATE"], |der| Certificate::from_der(der).is_ok())
        }
        Kind::PrivateKey => holds_pem(
            content,
            &["PRIVATE KEY", "EC PRIVATE KEY", "RSA PRIVATE KEY", "ENCRYPTED PRIVATE KEY"],
            is_sequence,
        ),
        Kind::PublicKey => holds_pem(content, &["PUBLIC KEY"], is_sequence),
        Kind::Psk => content.len().is_multiple_of(2) && content.iter().all(u8::is_ascii_hexdigit),
        _ => true,
    }
}

/// One PEM block or more, all of the given labels, each with a body that `accepts` takes. Text between blocks is
/// passed over, line breaks may be LF or CR LF, and the last may be missing.
fn holds_pem(content: &[u8], labels: &[&str], accepts: impl Fn(&[u8]) -> bool) -> bool {
    let Ok(text) = core::str::from_utf8(content) else {
        return false;
    };
    let mut blocks = 0;
    let mut lines = text.lines().map(str::trim_end);
    while let Some(line) = lines.next() {
        let Some(label) = line.strip_prefix("-----BEGIN ") else {
            continue;
        };
        let Some(label) = label.strip_suffix("-----").filter(|label| labels.contains(label)) else {
            return false;
        };
        let Some(body) = body_of(&mut lines, label) else {
            return false;
        };
        if !Base64::decode_vec(&body).is_ok_and(|der| accepts(&der)) {
            return false;
        }
        blocks += 1;
    }
    blocks > 0
}

/// The first certificate in `content`, if there is one that can be read.
pub(crate) fn first_certificate(content: &[u8]) -> Option<Certificate> {
    let text = core::str::from_utf8(content).ok()?;
    let mut lines = text.lines().map(str::trim_end).skip_while(|line| *line != "-----BEGIN CERTIFICATE-----");
    lines.next()?;
    let body = body_of(&mut lines, "CERTIFICATE")?;
    Certificate::from_der(&Base64::decode_vec(&body).ok()?).ok()
}

/// The base64 lines up to the end line of `label`, joined.
fn body_of<'a>(lines: &mut impl Iterator<Item = &'a str>, label: &str) -> Option<String> {
    let mut body = String::new();
    for line in lines {
        if let Some(end) = line.strip_prefix("-----END ") {
            return (end.strip_suffix("-----") == Some(label)).then_some(body);
        }
        body.push_str(line);
    }
    None
}

/// One DER SEQUENCE and nothing behind it.
fn is_sequence(der: &[u8]) -> bool {
    AnyRef::from_der(der).is_ok_and(|any| any.tag() == Tag::Sequence)
}

#[cfg(test)]
mod tests {
    use super::*;

    macro_rules! fixture {
        ($name:literal) => {
            include_bytes!(concat!("../../../fixtures/modem-sim/", $name)).as_slice()
        };
    }

    #[test]
    fn good_content_is_taken_with_lf_cr_lf_and_without_a_last_line_end() {
        let (ca, device) = (fixture!("ca-cert.pem"), fixture!("device-cert.pem"));
        let text = core::str::from_utf8(ca).unwrap();
        for pem in [ca, device, text.replace('\n', "\r\n").as_bytes(), text.trim_end().as_bytes()] {
            assert!(is_valid(Kind::RootCa, pem));
            assert!(is_valid(Kind::ClientCertificate, pem));
        }
        assert!(
            is_valid(Kind::RootCa, &[ca, b"\r\n", device].concat()),
            "several certificates with a blank line between"
        );
        assert!(is_valid(Kind::RootCa, &[b"# a comment\n", ca].concat()), "text in front");
        for key in [fixture!("key-sec1.pem"), fixture!("key-pkcs8.pem"), fixture!("key-p384.pem")] {
            assert!(is_valid(Kind::PrivateKey, key));
        }
        assert!(is_valid(Kind::PublicKey, fixture!("key-public.pem")));
        assert!(is_valid(Kind::Psk, b"00112233445566778899aAbBcCdDeEfF"));
        assert!(is_valid(Kind::PskIdentity, b"nrf-352656106647673"));
    }

    #[test]
    fn broken_content_is_refused() {
        for (name, kind, content) in [
            ("one line", Kind::RootCa, fixture!("cert-one-line.pem")),
            ("escaped newlines", Kind::RootCa, fixture!("cert-escaped-newlines.pem")),
            ("no end line", Kind::RootCa, fixture!("cert-no-end-line.pem")),
            ("stray letter", Kind::RootCa, fixture!("cert-stray-letter.pem")),
            ("cut short", Kind::RootCa, fixture!("cert-cut-short.pem")),
            ("a key for a certificate", Kind::ClientCertificate, fixture!("key-sec1.pem")),
            ("a certificate for a key", Kind::PrivateKey, fixture!("device-cert.pem")),
            ("a private key for a public one", Kind::PublicKey, fixture!("key-sec1.pem")),
            ("no PEM at all", Kind::RootCa, b"hello"),
            ("not UTF-8", Kind::RootCa, b"\xff"),
            ("an empty block", Kind::RootCa, b"-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n"),
            ("another end", Kind::RootCa, b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END PRIVATE KEY-----\n"),
            ("an odd PSK", Kind::Psk, b"001"),
            ("a PSK with a letter", Kind::Psk, b"0g"),
        ] {
            assert!(!is_valid(kind, content), "{name}");
        }
        let good_then_bad = [fixture!("ca-cert.pem"), fixture!("cert-cut-short.pem")].concat();
        assert!(!is_valid(Kind::RootCa, &good_then_bad));
    }
}
