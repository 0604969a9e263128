//! Answers: from information lines to typed values.
//!
//! Every function takes the information lines of one answer and accepts nothing but the whole answer. What is left out
//! of an error is said there: no token and no stored content.

mod credentials;
mod fields;
mod message;
mod network;
#[cfg(feature = "std")]
pub(crate) mod shell;
mod token;

use alloc::string::{String, ToString as _};
use alloc::vec::Vec;
use core::str::FromStr;

use base64ct::{Base64, Encoding as _};

use crate::clock::ModemTime;
use crate::engine::Line;
use crate::functional_mode::FunctionalMode;
use crate::identity::{DeviceUuid, FirmwareUuid, Imei, ImeiError};

pub use credentials::{certificate_validity, credential_content, credentials};
use fields::{Field, fields};
pub use message::{attestation_token, keygen, keygen_in, self_signed_certificate};
pub use network::{operator, registration, serving_cell};
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
    /// The modem was asked several times, and answered something else each time.
    #[error("no two answers are the same")]
    Unsteady,
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

/// `AT%DEVICEUUID`. An nRF93M1 may say first that it is creating one.
///
/// # Errors
/// [`ReplyError`] unless exactly one UUID came.
pub fn device_uuid(lines: &[Line]) -> Result<DeviceUuid, ReplyError> {
    named_uuid(lines, "%DEVICEUUID")
}

/// `AT#XUUID`, the same of Serial Modem.
///
/// # Errors
/// [`ReplyError`] unless exactly one UUID came.
pub fn serial_modem_uuid(lines: &[Line]) -> Result<DeviceUuid, ReplyError> {
    named_uuid(lines, "#XUUID")
}

/// `AT%XMODEMUUID`.
///
/// # Errors
/// [`ReplyError`] unless exactly one UUID came.
pub fn firmware_uuid(lines: &[Line]) -> Result<FirmwareUuid, ReplyError> {
    named_uuid(lines, "%XMODEMUUID").map(FirmwareUuid::new)
}

fn named_uuid(lines: &[Line], name: &str) -> Result<DeviceUuid, ReplyError> {
    let expected = "a UUID";
    let line = after_creation(lines, expected)?;
    match fields(line.as_str(), name).as_deref() {
        Some([Field::Bare(text) | Field::Quoted(text)]) => text.parse().ok(),
        _ => None,
    }
    .ok_or_else(|| ReplyError::malformed(expected, line))
}

/// `AT+CMEE?`: how errors are told.
///
/// # Errors
/// [`ReplyError`] unless the answer is 0, 1 or 2.
pub fn error_reporting(lines: &[Line]) -> Result<ErrorReporting, ReplyError> {
    let expected = "an error report setting";
    let line = single(lines, expected)?;
    match fields(line.as_str(), "+CMEE").as_deref() {
        Some([Field::Bare("0")]) => Ok(ErrorReporting::Off),
        Some([Field::Bare("1")]) => Ok(ErrorReporting::Numeric),
        Some([Field::Bare("2")]) => Ok(ErrorReporting::Verbose),
        _ => Err(ReplyError::malformed(expected, line)),
    }
}

/// How a modem tells an error: `AT+CMEE`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorReporting {
    /// 0: as `ERROR`.
    Off,
    /// 1: as `+CME ERROR: <n>`.
    Numeric,
    /// 2: in words; nRF93M1 only.
    Verbose,
}

impl ErrorReporting {
    /// The number that `AT+CMEE` takes.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::Off => 0,
            Self::Numeric => 1,
            Self::Verbose => 2,
        }
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

/// `AT%JWT`: a token in the compact form, base64url without padding whichever alphabet the modem used.
///
/// # Errors
/// [`ReplyError`] unless one token came; the token is not in the error.
pub fn jwt(lines: &[Line]) -> Result<Jwt, ReplyError> {
    let expected = "a JSON Web Token";
    let line = single(lines, expected)?;
    quoted(line, "%JWT").and_then(Jwt::parse).ok_or_else(|| ReplyError::malformed(expected, line))
}

/// `AT%REGJWT`: a token for the registration of an nRF93M1, without quotes.
///
/// # Errors
/// [`ReplyError`] unless one token came; the token is not in the error.
pub fn registration_jwt(lines: &[Line]) -> Result<Jwt, ReplyError> {
    let expected = "a JSON Web Token";
    let line = single(lines, expected)?;
    match fields(line.as_str(), "%REGJWT").as_deref() {
        Some([Field::Bare(text) | Field::Quoted(text)]) => Jwt::parse(text),
        _ => None,
    }
    .ok_or_else(|| ReplyError::malformed(expected, line))
}

/// `AT%CLOUDACCESSKEY`: the public key of an nRF93M1, a SubjectPublicKeyInfo of a P-256 key in base64. The modem may say first that it
/// is creating one.
///
/// # Errors
/// [`ReplyError`] unless one such key came.
pub fn cloud_access_key(lines: &[Line]) -> Result<String, ReplyError> {
    // SEQUENCE, SEQUENCE, id-ecPublicKey, prime256v1, BIT STRING of an uncompressed point (RFC 5480).
    const START: &[u8] = b"\x30\x59\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07\x03\x42\x00\x04";
    const LENGTH: usize = START.len() + 64;
    let expected = "a public key";
    let line = after_creation(lines, expected)?;
    let key = line.as_str().strip_prefix("%CLOUDACCESSKEY: ").map(|text| text.trim_matches('"'));
    let is_key = |der: Vec<u8>| der.len() == LENGTH && der.starts_with(START);
    let key = key.filter(|key| Base64::decode_vec(key).is_ok_and(is_key));
    key.map(str::to_string).ok_or_else(|| ReplyError::malformed(expected, line))
}

/// The one line, after another that says that its value is being created.
fn after_creation<'a>(lines: &'a [Line], expected: &'static str) -> Result<&'a Line, ReplyError> {
    match lines {
        [first, line] if first.as_str().contains(": creating ") => Ok(line),
        lines => single(lines, expected),
    }
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

/// `AT%CCLK?`: the time, and how many hours of it are daylight saving time.
///
/// # Errors
/// [`ReplyError`] unless one time came.
pub fn network_clock(lines: &[Line]) -> Result<(ModemTime, u8), ReplyError> {
    let expected = "a time with daylight saving";
    let line = single(lines, expected)?;
    match fields(line.as_str(), "%CCLK").as_deref() {
        Some([Field::Quoted(time), Field::Bare(hours)]) => {
            time.parse().ok().zip(number::<u8>(hours).filter(|&hours| hours <= 2))
        }
        _ => None,
    }
    .ok_or_else(|| ReplyError::malformed(expected, line))
}

/// Fifteen digits; whether the last one is right is judged later, so that a wrong one is an error and not silence.
pub(crate) fn looks_like_imei(line: &str) -> bool {
    line.len() == 15 && line.bytes().all(|byte| byte.is_ascii_digit())
}

/// `nRF9160-SICA`, `nRF9151-LACA`: four digits and four letters, so that a lost or doubled character is seen. The nRF93M1 has names of
/// its own.
pub(crate) fn looks_like_model(line: &str) -> bool {
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    match line.strip_prefix("nRF") {
        Some(rest) if rest.starts_with("93") => rest.len() <= 40 && rest.bytes().all(letter),
        Some(rest) => rest.split_once('-').is_some_and(|(chip, variant)| {
            chip.len() == 4
                && variant.len() == 4
                && chip.bytes().all(|byte| byte.is_ascii_digit())
                && variant.bytes().all(|byte| byte.is_ascii_uppercase())
        }),
        None => false,
    }
}

/// `mfw_nrf91x1_2.0.2`, `mfw_nrf9160_1.3.0-FOTA-TEST`, `mfw_nrf91x1_2.0.0-77.beta`, `mfw_nrf9151-ntn_1.0.0`.
pub(crate) fn looks_like_firmware(line: &str) -> bool {
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    let Some((family, version)) = line.strip_prefix("mfw_nrf").and_then(|rest| rest.split_once('_')) else {
        return false;
    };
    let chip = family.split('-').next().unwrap_or_default();
    let numbers = version.split(['-', '_']).next().unwrap_or_default();
    matches!(chip.as_bytes(), [b'9', b'0'..=b'9', _, b'0'..=b'9'])
        && numbers.split('.').count() == 3
        && numbers.split('.').all(|part| number::<u16>(part).is_some())
        && line.len() <= 80
        && line.bytes().all(letter)
}

/// The string of a line `NAME: "string"`.
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

fn is_base64url(text: &str) -> bool {
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    !text.is_empty() && text.len() % 4 != 1 && text.bytes().all(letter)
}

#[cfg(test)]
mod tests {
    use alloc::format;

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
            registration_jwt(&[line(&format!("%REGJWT: {secret}"))]).unwrap_err().to_string(),
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
    fn names_with_a_lost_or_doubled_character_are_none() {
        for (shape, text) in [
            (looks_like_model as fn(&str) -> bool, "nRF9151-LACA"),
            (looks_like_firmware, "mfw_nrf91x1_2.0.2"),
        ] {
            assert!(shape(text), "{text}");
            for place in 0..text.len() {
                let lost = format!("{}{}", &text[..place], &text[place + 1..]);
                assert!(!shape(&lost), "{lost}");
            }
        }
        for name in ["mfw_nrf9160_1.3.0-FOTA-TEST", "mfw_nrf91x1_2.0.0-77.beta", "mfw_nrf9151-ntn_1.0.0"] {
            assert!(looks_like_firmware(name), "{name}");
        }
        for name in ["nRF9160-SICAA", "nRF91601-SICA", "nRF", "+CEREG: 2"] {
            assert!(!looks_like_model(name), "{name}");
        }
        assert!(looks_like_model("nRF93M1"));
    }
}
