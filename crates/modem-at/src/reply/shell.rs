//! Answers of the shells without AT: `cred` and `nrf_cloud_cred` (facts, sections 13 and 14).

use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use base64ct::{Base64, Encoding as _};

use super::{ReplyError, number};
use crate::credential::{CredentialEntry, CredentialType, Sha256Digest};
use crate::engine::Line;

/// `cred list`: lines `<tag>,<TYPE>,<base64 of the SHA-256>,<0>`, and their number at the end.
pub(crate) fn tls_credentials(lines: &[Line]) -> Result<Vec<CredentialEntry>, ReplyError> {
    let expected = "a list of TLS credentials";
    let mut entries = Vec::new();
    let mut listed = 0_usize;
    let mut count = None;
    for line in lines {
        let text = line.as_str();
        if let Some(found) = text.strip_suffix(" credentials found.") {
            count = Some(number::<usize>(found).ok_or_else(|| ReplyError::malformed(expected, line))?);
        } else if text.starts_with(|letter: char| letter.is_ascii_digit()) {
            let entry = entry(text).ok_or_else(|| ReplyError::malformed("a TLS credential", line))?;
            listed += 1;
            entries.extend(entry);
        }
    }
    match count {
        Some(count) if count == listed => Ok(entries),
        Some(_) => Err(ReplyError::Surplus { expected: "a TLS credential", count: listed }),
        None => Err(ReplyError::Missing { expected }),
    }
}

/// `Some(None)` is a type that the modem's store does not have.
fn entry(line: &str) -> Option<Option<CredentialEntry>> {
    let mut parts = line.split(',');
    let (tag, kind, digest, error) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    let tag = number::<u32>(tag)?;
    // With another number in the fourth field the third is no digest, but the slot is there.
    let sha256 = match error {
        "0" => Some(digest_of(digest)?),
        _ => {
            number::<u32>(error.strip_prefix('-').unwrap_or(error))?;
            digest.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'-').then_some(())?;
            None
        }
    };
    let credential_type = match kind {
        "CA" | "CA_CERT" => CredentialType::RootCa,
        "SERV" | "SERVER_CERT" => CredentialType::ClientCertificate,
        "PK" | "PRIVATE_KEY" => CredentialType::ClientPrivateKey,
        "PSK" => CredentialType::Psk,
        "PSK_ID" => CredentialType::PskIdentity,
        "PK_PSA" => return Some(None),
        _ => return None,
    };
    Some(Some(CredentialEntry { tag, credential_type, sha256 }))
}

fn digest_of(text: &str) -> Option<Sha256Digest> {
    Base64::decode_vec(text).ok()?.try_into().ok().map(Sha256Digest::from_bytes)
}

/// The base64 in the line `<name>: <base64>`, where the line `end` follows it.
pub(crate) fn device_key(lines: &[Line], name: &str, end: &'static str) -> Result<Vec<u8>, ReplyError> {
    if !lines.iter().any(|line| line.as_str() == end) {
        return Err(ReplyError::Missing { expected: end });
    }
    let mut found = lines.iter().filter_map(|line| {
        let (start, text) = line.as_str().split_once(": ")?;
        (start == name).then_some((line, text))
    });
    let (line, text) = found.next().ok_or(ReplyError::Missing { expected: "a key" })?;
    if found.next().is_some() {
        return Err(ReplyError::Surplus { expected: "a key", count: 2 });
    }
    Base64::decode_vec(text).map_err(|_| ReplyError::malformed("a key", line))
}

/// Whether one of the lines starts so; otherwise what was said instead.
pub(crate) fn confirmed(lines: &[Line], start: &str) -> Result<(), String> {
    if lines.iter().any(|line| line.as_str().starts_with(start)) {
        return Ok(());
    }
    Err(said(lines))
}

/// What a shell said, cut at 200 characters.
pub(crate) fn said(lines: &[Line]) -> String {
    let said: Vec<_> = lines.iter().map(Line::redacted).collect();
    match said.is_empty() {
        true => "nothing".to_string(),
        false => said.join("; ").chars().take(200).collect(),
    }
}

#[cfg(test)]
mod tests {
    use alloc::format;

    use super::*;

    fn lines(texts: &[&str]) -> Vec<Line> {
        texts.iter().map(|text| Line::new(text.to_string(), false)).collect()
    }

    #[test]
    fn a_list_is_as_long_as_it_says() {
        let digest = Base64::encode_string(Sha256Digest::of(b"a\0").as_bytes());
        let row = format!("42,CA,{digest},0");
        let list = tls_credentials(&lines(&[&row, "43,PK_PSA,-,-95", "2 credentials found."])).unwrap();
        assert_eq!(list.len(), 1);
        assert_eq!(list[0].sha256, Some(Sha256Digest::of(b"a\0")));
        assert_eq!(tls_credentials(&lines(&["0 credentials found."])), Ok(Vec::new()));
        for texts in [
            &[row.as_str(), "2 credentials found."][..],
            &[row.as_str()],
            &["42,CA,AAAA,0", "1 credentials found."],
        ] {
            assert!(tls_credentials(&lines(texts)).is_err(), "{texts:?}");
        }
    }

    #[test]
    fn a_key_needs_its_last_line() {
        assert_eq!(
            device_key(&lines(&["CSR: AAEC", "CSR is done"]), "CSR", "CSR is done"),
            Ok([0, 1, 2].to_vec())
        );
        for texts in
            [&["CSR: AAEC"][..], &["done"], &["CSR: AAE", "done"], &["CSR: AAEC", "CSR: AAEC", "done"]]
        {
            assert!(device_key(&lines(texts), "CSR", "done").is_err(), "{texts:?}");
        }
    }
}
