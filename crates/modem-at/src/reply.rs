//! Answers: from information lines to typed values.
//!
//! Every function takes the information lines of one answer and accepts nothing but the whole answer. What is left out
//! of an error is said there: no token and no stored content.

mod fields;
mod token;

use alloc::string::{String, ToString as _};
use alloc::vec::Vec;
use core::str::FromStr;

use crate::clock::ModemTime;
use crate::credential::{CredentialEntry, CredentialType, Sha256Digest};
use crate::engine::Line;
use crate::functional_mode::FunctionalMode;
use crate::identity::{DeviceUuid, Imei, ImeiError};
use crate::network::{Registration, ServingCell};
use crate::secret::{AttestationToken, CredentialContent};

use fields::{Field, fields};
pub use token::Jwt;

/// Why the lines before `OK` are not the answer to the command.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReplyError {
    /// `OK` came, but not the line before it.
    #[error("the modem said OK without {expected}")]
    Missing {
        /// What should have come.
        expected: &'static str,
    },
    /// More lines than one have the right shape, and they differ.
    #[error("{count} lines look like {expected}")]
    Surplus {
        /// What should have come once.
        expected: &'static str,
        /// How often it came.
        count: usize,
    },
    /// A line that does not follow the grammar of its command.
    #[error("`{found}` is not {expected}")]
    Malformed {
        /// What it should have been.
        expected: &'static str,
        /// The line without secrets, cut at 100 characters.
        found: String,
    },
    /// Fifteen digits that are no IMEI.
    #[error(transparent)]
    Imei(#[from] ImeiError),
    /// Something was written into the middle of a line: the answer cannot be trusted.
    #[error("another message was written into the middle of the answer")]
    Torn,
    /// The hash that the modem gave with a content is not the hash of that content.
    #[error("the content does not have the SHA-256 that the modem gave with it")]
    ContentDigest,
}

impl ReplyError {
    fn malformed(expected: &'static str, line: &Line) -> Self {
        Self::Malformed { expected, found: line.redacted().chars().take(100).collect() }
    }
}

/// `AT+CGSN`.
///
/// # Errors
/// [`ReplyError`] unless exactly one IMEI came.
pub fn imei(lines: &[Line]) -> Result<Imei, ReplyError> {
    Ok(single(lines, "an IMEI")?.as_str().parse()?)
}

/// `AT+CGMM`, `AT+CGMR`: a line without a prefix, whose shape the engine has checked.
///
/// # Errors
/// [`ReplyError`] unless exactly one line came.
pub fn bare(lines: &[Line], expected: &'static str) -> Result<String, ReplyError> {
    Ok(single(lines, expected)?.as_str().to_string())
}

/// `AT%DEVICEUUID`.
///
/// # Errors
/// [`ReplyError`] unless exactly one UUID came.
pub fn device_uuid(lines: &[Line]) -> Result<DeviceUuid, ReplyError> {
    let expected = "a device UUID";
    let line = single(lines, expected)?;
    match fields(line.as_str(), "%DEVICEUUID").as_deref() {
        Some([Field::Bare(text) | Field::Quoted(text)]) => text.parse().ok(),
        _ => None,
    }
    .ok_or_else(|| ReplyError::malformed(expected, line))
}

/// `AT+CMEE?`: whether errors come with a number.
///
/// # Errors
/// [`ReplyError`] unless the answer is 0 or 1.
pub fn error_reporting(lines: &[Line]) -> Result<bool, ReplyError> {
    let expected = "an error report setting";
    let line = single(lines, expected)?;
    match fields(line.as_str(), "+CMEE").as_deref() {
        Some([Field::Bare("0")]) => Ok(false),
        Some([Field::Bare("1")]) => Ok(true),
        _ => Err(ReplyError::malformed(expected, line)),
    }
}

/// `AT+CFUN?`.
///
/// # Errors
/// [`ReplyError`] unless one known mode came.
pub fn functional_mode(lines: &[Line]) -> Result<FunctionalMode, ReplyError> {
    let expected = "a functional mode";
    let line = single(lines, expected)?;
    match fields(line.as_str(), "+CFUN").as_deref() {
        Some([Field::Bare(mode)]) => number::<u8>(mode).and_then(|mode| FunctionalMode::try_from(mode).ok()),
        _ => None,
    }
    .ok_or_else(|| ReplyError::malformed(expected, line))
}

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

/// `AT%KEYGEN`: the message as the modem made it, `<body>.<COSE signature>`.
///
/// # Errors
/// [`ReplyError`] unless one such message came.
pub fn keygen(lines: &[Line]) -> Result<String, ReplyError> {
    let expected = "a KEYGEN message";
    let line = single(lines, expected)?;
    let message = quoted(line, "%KEYGEN").filter(|text| is_message(text));
    message.map(str::to_string).ok_or_else(|| ReplyError::malformed(expected, line))
}

/// `AT%ATTESTTOKEN`.
///
/// # Errors
/// [`ReplyError`] unless one token came; the token is not in the error.
pub fn attestation_token(lines: &[Line]) -> Result<AttestationToken, ReplyError> {
    let expected = "an attestation token";
    let line = single(lines, expected)?;
    let message = quoted(line, "%ATTESTTOKEN").filter(|text| is_message(text));
    message
        .map(|text| AttestationToken::new(text.to_string()))
        .ok_or_else(|| ReplyError::malformed(expected, line))
}

/// `AT%JWT`: a token in the compact form, base64url without padding whichever alphabet the modem used.
///
/// # Errors
/// [`ReplyError`] unless one token came; the token is not in the error.
pub fn jwt(lines: &[Line]) -> Result<Jwt, ReplyError> {
    let expected = "a JSON Web Token";
    let line = single(lines, expected)?;
    quoted(line, "%JWT").and_then(Jwt::parse).ok_or_else(|| ReplyError::malformed(expected, line))
}

/// `AT+CCLK?`.
///
/// # Errors
/// [`ReplyError`] unless one time came.
pub fn clock(lines: &[Line]) -> Result<ModemTime, ReplyError> {
    let expected = "a time";
    let line = single(lines, expected)?;
    let time = quoted(line, "+CCLK").and_then(|text| text.parse().ok());
    time.ok_or_else(|| ReplyError::malformed(expected, line))
}

/// `AT%XMONITOR`: the serving cell, or `None` when the modem has none.
///
/// # Errors
/// [`ReplyError`] unless one such line came.
pub fn serving_cell(lines: &[Line]) -> Result<Option<ServingCell>, ReplyError> {
    let expected = "a serving cell";
    let line = single(lines, expected)?;
    cell(line.as_str()).ok_or_else(|| ReplyError::malformed(expected, line))
}

impl FromStr for ServingCell {
    type Err = ReplyError;

    /// Reads a `%XMONITOR` line of a modem that has a cell.
    fn from_str(text: &str) -> Result<Self, ReplyError> {
        let line = Line::new(text.to_string(), false);
        match cell(text) {
            Some(Some(cell)) => Ok(cell),
            Some(None) => Err(ReplyError::Missing { expected: "a serving cell" }),
            None => Err(ReplyError::malformed("a serving cell", &line)),
        }
    }
}

/// Fifteen digits; whether the last one is right is judged later, so that a wrong one is an error and not silence.
pub(crate) fn looks_like_imei(line: &str) -> bool {
    line.len() == 15 && line.bytes().all(|byte| byte.is_ascii_digit())
}

/// `nRF9160-SICA`, `nRF9151-LACA`.
pub(crate) fn looks_like_model(line: &str) -> bool {
    let chip = line.get(..3).is_some_and(|start| start.eq_ignore_ascii_case("nRF"));
    chip && line.len() <= 40 && line.bytes().skip(3).all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// `mfw_nrf91x1_2.0.2`, `mfw_nrf9160_1.3.0-FOTA-TEST`, `mfw_nrf91x1_2.0.0-77.beta`.
pub(crate) fn looks_like_firmware(line: &str) -> bool {
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    line.starts_with("mfw_") && line.len() <= 80 && line.bytes().all(letter)
}

/// The string of a line `NAME: "string"`, or with more parameters after it.
fn quoted<'a>(line: &'a Line, name: &str) -> Option<&'a str> {
    match fields(line.as_str(), name)?.as_slice() {
        [Field::Quoted(text)] => Some(text),
        _ => None,
    }
}

fn single<'a>(lines: &'a [Line], expected: &'static str) -> Result<&'a Line, ReplyError> {
    match lines {
        [] => Err(ReplyError::Missing { expected }),
        [line] => Ok(line),
        lines => Err(ReplyError::Surplus { expected, count: lines.len() }),
    }
}

fn number<T: FromStr>(text: &str) -> Option<T> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

/// Two base64url texts with a dot between, as `%KEYGEN` and `%ATTESTTOKEN` answer.
fn is_message(text: &str) -> bool {
    text.split_once('.').is_some_and(|(body, cose)| is_base64url(body) && is_base64url(cose))
}

fn is_base64url(text: &str) -> bool {
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    !text.is_empty() && text.len() % 4 != 1 && text.bytes().all(letter)
}

/// `None` is not an `%XMONITOR` line, `Some(None)` one without a cell.
fn cell(line: &str) -> Option<Option<ServingCell>> {
    let fields = fields(line, "%XMONITOR")?;
    let (Field::Bare(status), block) = fields.split_first()? else {
        return None;
    };
    let registration = Registration::from_number(number(status)?)?;
    if block.is_empty() {
        return Some(None);
    }
    // <full_name>,<short_name>,<plmn>,<tac>,<AcT>,<band>,<cell_id>,<phys_cell_id>,<EARFCN>,<rsrp>,…
    let (Field::Quoted(plmn), Field::Quoted(tac), Field::Quoted(cell_id)) =
        (block.get(2)?, block.get(3)?, block.get(6)?)
    else {
        return None;
    };
    // Bare numbers, or another message stands in the line and its strings have moved into these places.
    let is_number =
        |field: Option<&Field<'_>>| matches!(field, Some(Field::Bare(text)) if number::<u8>(text).is_some());
    if !is_number(block.get(4)) || !is_number(block.get(5)) {
        return None;
    }
    if !matches!(plmn.len(), 5 | 6) || !plmn.bytes().all(|byte| byte.is_ascii_digit()) || cell_id.len() > 8 {
        return None;
    }
    let eci = u32::from_str_radix(cell_id, 16).ok()?;
    if eci == u32::MAX || !matches!(registration, Registration::Home | Registration::Roaming) {
        return Some(None);
    }
    let rsrp_dbm = match block.get(9) {
        // 255 is "not known"; the index is in dB above -140 dBm.
        Some(Field::Bare(index)) => {
            number::<i16>(index).filter(|&index| index <= 97).map(|index| index - 140)
        }
        _ => None,
    };
    Some(Some(ServingCell {
        registration,
        mcc: plmn[..3].to_string(),
        mnc: plmn[3..].to_string(),
        tac: u16::from_str_radix(tac, 16).ok()?,
        eci: (eci <= 0x0fff_ffff).then_some(eci)?,
        rsrp_dbm,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str) -> Line {
        Line::new(text.to_string(), false)
    }

    #[test]
    fn a_damaged_answer_is_an_error_that_shows_no_secret() {
        let secret = "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJuUkY5MTYwLnggIn0.abc";
        let errors = [
            jwt(&[line(&format!("%JWT: \"{secret}\""))]).unwrap_err().to_string(),
            attestation_token(&[line(&format!("%ATTESTTOKEN: \"{secret}\""))]).unwrap_err().to_string(),
            credential_content(&[line("%CMNG: 1,3,\"00\",\"eyJhbGci\"")]).unwrap_err().to_string(),
        ];
        assert_eq!(errors[0], "`%JWT: [54 bytes]` is not a JSON Web Token");
        for error in errors {
            assert!(!error.contains("eyJhbGci"), "{error}");
        }
    }

    #[test]
    fn a_number_has_digits_only() {
        assert_eq!(number::<u8>("255"), Some(255));
        for text in ["", "+1", "-1", "256", " 1"] {
            assert_eq!(number::<u8>(text), None, "{text}");
        }
    }

    #[test]
    fn a_cell_needs_a_registration_and_a_cell_identity() {
        assert_eq!(cell("%XMONITOR: 0"), Some(None));
        assert_eq!(cell("%XMONITOR: 2"), Some(None));
        assert_eq!(cell("%XMONITOR: 1,\"\",\"\",\"24201\",\"81AE\",7,20,\"FFFFFFFF\""), Some(None));
        assert_eq!(cell("%XMONITOR: 1,\"\",\"\",\"24201\",\"81AE\",7,20,\"1FFFFFFF\""), None);
        assert_eq!(cell("%XMONITOR: 1,\"\",\"\",\"2420\",\"81AE\",7,20,\"0331C805\""), None);
        assert_eq!(cell("%XMONITOR: 1,\"\",\"\",\"24201\""), None);
        assert_eq!(cell("%XMONITOR: 7"), None);
    }
}
