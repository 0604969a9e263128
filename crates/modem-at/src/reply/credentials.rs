//! Answers about the credential store.

use alloc::string::ToString as _;
use alloc::vec::Vec;
use core::str::FromStr as _;

use super::{Field, ReplyError, fields, number, single};
use crate::clock::seconds_of_utc_digits;
use crate::credential::{CertificateValidity, CredentialEntry, CredentialType, Sha256Digest};
use crate::engine::Line;
use crate::secret::CredentialContent;

/// `AT%CMNG=1`.
///
/// # Errors
/// [`ReplyError::Malformed`] for a line that is not `<tag>,<type>[,"<SHA-256>"]`.
pub fn credentials(lines: &[Line]) -> Result<Vec<CredentialEntry>, ReplyError> {
    lines
        .iter()
        .map(|line| {
            let fields = fields(line.as_str(), "%CMNG");
            let (tag, kind, sha256) = match fields.as_deref() {
                Some([Field::Bare(tag), Field::Bare(kind)]) => (tag, kind, None),
                Some([Field::Bare(tag), Field::Bare(kind), Field::Quoted(digest)]) => {
                    (tag, kind, Some(digest.parse().ok()))
                }
                _ => return Err(ReplyError::malformed("a credential", line)),
            };
            match (number(tag), number(kind), sha256) {
                (_, _, Some(None)) | (None, _, _) | (_, None, _) => {
                    Err(ReplyError::malformed("a credential", line))
                }
                (Some(tag), Some(kind), digest) => Ok(CredentialEntry {
                    tag,
                    credential_type: CredentialType::from_number(kind),
                    sha256: digest.flatten(),
                }),
            }
        })
        .collect()
}

/// `AT%CMNG=2`: the content of one slot, whose hash is checked against the one in the answer.
///
/// # Errors
/// [`ReplyError`] unless one slot came whole; the content is not in the error.
pub fn credential_content(lines: &[Line]) -> Result<CredentialContent, ReplyError> {
    let expected = "a credential with its content";
    let line = single(lines, expected)?;
    let fields = fields(line.as_str(), "%CMNG");
    let Some([Field::Bare(tag), Field::Bare(kind), Field::Quoted(digest), Field::Quoted(content)]) =
        fields.as_deref()
    else {
        return Err(ReplyError::malformed(expected, line));
    };
    let (Some(_), Some(_), Ok(digest)) =
        (number::<u32>(tag), number::<u8>(kind), Sha256Digest::from_str(digest))
    else {
        return Err(ReplyError::malformed(expected, line));
    };
    if Sha256Digest::of(content.as_bytes()) != digest {
        return Err(ReplyError::ContentDigest);
    }
    Ok(CredentialContent::new((*content).to_string()))
}

/// `AT%CERTEXPIRY=<sec_tag>,<type>`.
///
/// # Errors
/// [`ReplyError`] unless one serial number and two times came.
pub fn certificate_validity(lines: &[Line]) -> Result<CertificateValidity, ReplyError> {
    let expected = "the validity of a certificate";
    let line = single(lines, expected)?;
    let fields = fields(line.as_str(), "%CERTEXPIRY");
    let text = |field: &Field<'_>| match field {
        Field::Bare(text) | Field::Quoted(text) => Some(text.to_string()),
        Field::Empty => None,
    };
    let time = |field: &Field<'_>| text(field).and_then(|text| seconds_of_utc_digits(&text));
    match fields.as_deref() {
        Some([serial, not_before, not_after]) => text(serial)
            .filter(|serial| serial.bytes().all(|byte| byte.is_ascii_hexdigit()))
            .zip(time(not_before).zip(time(not_after)))
            .map(|(serial, (not_before, not_after))| CertificateValidity { serial, not_before, not_after }),
        _ => None,
    }
    .ok_or_else(|| ReplyError::malformed(expected, line))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_validity_is_a_serial_number_and_two_times() {
        let read = |text: &str| certificate_validity(&[Line::new(text.to_string(), false)]);
        let validity = read("%CERTEXPIRY: 66C9FCF99BF8,20150526000000Z,20380117000000Z").unwrap();
        assert_eq!(validity.serial, "66C9FCF99BF8");
        assert_eq!((validity.not_before, validity.not_after), (1_432_598_400, 2_147_299_200));
        for text in [
            "%CERTEXPIRY: 66,20150526000000Z",
            "%CERTEXPIRY: 66,20150526000000Z,2038011700000Z",
            "%CERTEXPIRY: 66,20150526000000Z,20381317000000Z",
            "%CERTEXPIRY: 6x,20150526000000Z,20380117000000Z",
        ] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
