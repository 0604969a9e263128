//! The PEM texts of a row, in the published form.
//!
//! `-----BEGIN <label>-----`, a line break, base64, a line break, `-----END <label>-----`, a line break; CR,
//! LF or CR LF. What the base64 holds is checked as far as "a DER SEQUENCE"; further looks
//! [`Contents`](super::Contents).

use std::fmt;
use std::str::FromStr;

use base64::DecodeError;
use base64::engine::{Engine as _, general_purpose::STANDARD};
use memchr::{memchr2, memchr2_iter, memmem, memrchr2};
use serde::{Serialize, Serializer};

/// A PEM text is not in the published form.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{problem}")]
#[non_exhaustive]
pub struct PemError {
    /// Byte offset in the text.
    pub offset: usize,
    /// What is wrong there.
    pub problem: PemProblem,
}

/// What is wrong with a PEM text. Its content is not told: it might be a private key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PemProblem {
    /// Nothing there.
    #[error("the PEM text is missing")]
    Empty,
    /// The text does not begin with a BEGIN line.
    #[error("not a PEM text: it does not begin with -----BEGIN")]
    NoBegin,
    /// Another label than this column takes.
    #[error("PEM {found} where {expected} belongs")]
    Label {
        /// The label found.
        found: String,
        /// What may stand there.
        expected: &'static str,
    },
    /// Everything is on one line.
    #[error("the line breaks of the PEM text are lost")]
    OneLine,
    /// Something else than a line break after the BEGIN line's dashes.
    #[error("no line break after the BEGIN line")]
    BeginLine,
    /// Nothing between BEGIN and END.
    #[error("the PEM text is empty between BEGIN and END")]
    NoContent,
    /// A character that is not base64.
    #[error("{0:?} is not base64")]
    Character(char),
    /// No END line.
    #[error("the PEM text has no END line")]
    NoEnd,
    /// The END line has another label than the BEGIN line.
    #[error("END {found} after BEGIN {expected}")]
    EndLabel {
        /// Label of the END line.
        found: String,
        /// Label of the BEGIN line.
        expected: &'static str,
    },
    /// Missing line break after the END line.
    #[error("the line break after the END line is missing; it must be inside the quotes")]
    NoFinalLineBreak,
    /// More than the one block.
    #[error("text after the PEM block")]
    TextAfterEnd,
    /// The base64 does not decode.
    #[error("the base64 of the PEM text is damaged")]
    Base64,
    /// The content is not DER.
    #[error("the content of the PEM text is not DER")]
    NotDer,
}

/// A certificate in PEM, as the fifth column takes it.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct CertificatePem(String);

/// A public key (SPKI) in PEM, as the fifth column of OnboardDevices and the second of RegisterPublicKeys
/// take it.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct PublicKeyPem(String);

/// What nRF Cloud knows a device by.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Credential {
    /// A certificate: MQTT, CoAP and REST.
    Certificate(CertificatePem),
    /// A public key: CoAP and REST by JWT only, no MQTT.
    PublicKey(PublicKeyPem),
}

const CERTIFICATE: &str = "CERTIFICATE";
const PUBLIC_KEY: &str = "PUBLIC KEY";

macro_rules! pem {
    ($name:ident, $label:ident) => {
        impl $name {
            /// Takes a PEM file's text: line breaks become LF, white space around the block goes, the line
            /// break at the end comes if it is missing.
            ///
            /// # Errors
            ///
            /// [`PemError`] when it is not one block of this kind all the same.
            pub fn normalized(text: &str) -> Result<Self, PemError> {
                normalize(text).parse()
            }

            /// The text, with its line break at the end.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = PemError;

            /// Takes the published form only, and keeps it as it is.
            fn from_str(text: &str) -> Result<Self, PemError> {
                check(text, &[$label], $label)?;
                Ok(Self(text.to_owned()))
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_tuple(stringify!($name)).field(&self.0).finish()
            }
        }
    };
}

pem!(CertificatePem, CERTIFICATE);
pem!(PublicKeyPem, PUBLIC_KEY);

impl Credential {
    /// As [`CertificatePem::normalized`], for either kind.
    ///
    /// # Errors
    ///
    /// [`PemError`] when it is neither a certificate nor a public key.
    pub fn normalized(text: &str) -> Result<Self, PemError> {
        normalize(text).parse()
    }

    /// The PEM text.
    #[must_use]
    pub fn as_pem(&self) -> &str {
        match self {
            Self::Certificate(pem) => pem.as_str(),
            Self::PublicKey(pem) => pem.as_str(),
        }
    }
}

impl FromStr for Credential {
    type Err = PemError;

    /// Takes the published form only, and keeps it as it is.
    fn from_str(text: &str) -> Result<Self, PemError> {
        let label = check(text, &[CERTIFICATE, PUBLIC_KEY], "CERTIFICATE or PUBLIC KEY")?;
        Ok(match label {
            CERTIFICATE => Self::Certificate(CertificatePem(text.to_owned())),
            _ => Self::PublicKey(PublicKeyPem(text.to_owned())),
        })
    }
}

impl From<CertificatePem> for Credential {
    fn from(pem: CertificatePem) -> Self {
        Self::Certificate(pem)
    }
}

impl From<PublicKeyPem> for Credential {
    fn from(pem: PublicKeyPem) -> Self {
        Self::PublicKey(pem)
    }
}

impl Serialize for Credential {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_pem())
    }
}

fn normalize(text: &str) -> String {
    let text = text.trim_start_matches('\u{feff}').trim();
    let mut normal = text.replace("\r\n", "\n").replace('\r', "\n");
    if !normal.is_empty() {
        normal.push('\n');
    }
    normal
}

const BEGIN: &str = "-----BEGIN ";
const END: &str = "-----END ";
const DASHES: &str = "-----";

/// Checks the published form; gives the label.
fn check(text: &str, labels: &[&'static str], expected: &'static str) -> Result<&'static str, PemError> {
    match labels.iter().find(|label| is_good(text, label)) {
        Some(label) => Ok(label),
        None => find_fault(text, labels, expected),
    }
}

/// Whether a text keeps the form, which nearly all do: without a search, and without a place to tell.
fn is_good(text: &str, label: &str) -> bool {
    let line = |text: &str, dashes: &str| {
        let length = dashes.len() + label.len() + DASHES.len();
        text.len() == length
            && text.starts_with(dashes)
            && text[dashes.len()..].starts_with(label)
            && text.ends_with(DASHES)
    };
    let Some(begin) = memchr2(b'\n', b'\r', text.as_bytes()) else { return false };
    let Some(rest) = text.strip_suffix("\r\n").or_else(|| text.strip_suffix(['\n', '\r'])) else {
        return false;
    };
    let Some(end) = memrchr2(b'\n', b'\r', rest.as_bytes()).map(|at| at + 1) else { return false };
    // No `-` is base64, so there is no other END between.
    begin < end
        && line(&text[..begin], BEGIN)
        && line(&rest[end..], END)
        && decode(&text[begin..end]).is_ok_and(|der| is_one_sequence(&der))
}

/// What is wrong, and where.
fn find_fault(text: &str, labels: &[&'static str], expected: &'static str) -> Result<&'static str, PemError> {
    let fail = |offset, problem| Err(PemError { offset, problem });
    if text.trim().is_empty() {
        return fail(0, PemProblem::Empty);
    }
    let Some(after_begin) = text.strip_prefix(BEGIN) else {
        return fail(0, PemProblem::NoBegin);
    };
    let Some(length) = after_begin.find(DASHES) else {
        return fail(0, PemProblem::BeginLine);
    };
    let found = &after_begin[..length];
    let Some(label) = labels.iter().copied().find(|label| *label == found) else {
        return fail(BEGIN.len(), PemProblem::Label { found: shortened(found), expected });
    };
    let content = BEGIN.len() + length + DASHES.len();
    let Some(length) = memmem::find(&text.as_bytes()[content..], END.as_bytes()) else {
        return fail(text.len(), PemProblem::NoEnd);
    };
    let body = &text[content..content + length];
    let end = content + length;
    if body.trim().is_empty() {
        return fail(content, PemProblem::NoContent);
    }
    if !body.contains(['\n', '\r']) {
        return fail(content, PemProblem::OneLine);
    }
    if !body.starts_with(['\n', '\r']) {
        return fail(content, PemProblem::BeginLine);
    }
    if !body.ends_with(['\n', '\r']) {
        return fail(end, PemProblem::NoEnd);
    }
    check_end(text, end, label)?;
    check_content(body, content)?;
    Ok(label)
}

fn check_end(text: &str, end: usize, label: &'static str) -> Result<(), PemError> {
    let fail = |offset, problem| Err(PemError { offset, problem });
    let after = end + END.len();
    let Some(length) = text[after..].find(DASHES) else {
        return fail(end, PemProblem::NoEnd);
    };
    let found = &text[after..after + length];
    if found != label {
        return fail(after, PemProblem::EndLabel { found: shortened(found), expected: label });
    }
    let rest = after + length + DASHES.len();
    match &text[rest..] {
        "\n" | "\r\n" | "\r" => Ok(()),
        "" => fail(rest, PemProblem::NoFinalLineBreak),
        _ => fail(rest, PemProblem::TextAfterEnd),
    }
}

/// Whether a text in the published form is a certificate, and its DER.
pub(super) fn content(text: &str) -> (bool, Vec<u8>) {
    let begin = text.find(['\n', '\r']).unwrap_or(text.len());
    let end = text.rfind(END).unwrap_or(text.len());
    let is_certificate = text[..begin].contains(CERTIFICATE);
    (is_certificate, decode(text.get(begin..end).unwrap_or_default()).unwrap_or_default())
}

fn decode(body: &str) -> Result<Vec<u8>, DecodeError> {
    let bytes = body.as_bytes();
    let mut base64 = Vec::with_capacity(bytes.len());
    let mut start = 0;
    for end in memchr2_iter(b'\n', b'\r', bytes) {
        base64.extend_from_slice(&bytes[start..end]);
        start = end + 1;
    }
    base64.extend_from_slice(&bytes[start..]);
    STANDARD.decode(&base64)
}

fn check_content(body: &str, offset: usize) -> Result<(), PemError> {
    let problem = match decode(body) {
        // A SEQUENCE whose length is that of the content (X.690, 8.1.3).
        Ok(der) if is_one_sequence(&der) => return Ok(()),
        Ok(_) => PemProblem::NotDer,
        Err(_) => {
            let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=' | '\n' | '\r');
            if let Some((index, found)) = body.char_indices().find(|(_, c)| !allowed(*c)) {
                return Err(PemError { offset: offset + index, problem: PemProblem::Character(found) });
            }
            PemProblem::Base64
        }
    };
    let first = body.find(|c| !matches!(c, '\n' | '\r')).unwrap_or(0);
    Err(PemError { offset: offset + first, problem })
}

fn is_one_sequence(der: &[u8]) -> bool {
    let Some((0x30, rest)) = der.split_first().map(|(tag, rest)| (*tag, rest)) else {
        return false;
    };
    match rest {
        [short @ 0..=0x7f, content @ ..] => content.len() == usize::from(*short),
        [0x81, a, content @ ..] => content.len() == usize::from(*a),
        [0x82, a, b, content @ ..] => content.len() == usize::from(u16::from_be_bytes([*a, *b])),
        _ => false,
    }
}

fn shortened(label: &str) -> String {
    // It goes into messages, and may be any text.
    label.chars().take(40).flat_map(char::escape_debug).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "-----BEGIN PUBLIC KEY-----\nMAMCAQE=\n-----END PUBLIC KEY-----\n";

    fn problem(text: &str) -> (usize, String) {
        let error = text.parse::<Credential>().unwrap_err();
        (error.offset, error.to_string())
    }

    #[test]
    fn every_line_break_is_kept_as_it_is() {
        for break_ in ["\n", "\r\n", "\r"] {
            let text = KEY.replace('\n', break_);
            let key: PublicKeyPem = text.parse().unwrap();
            assert_eq!(key.as_str(), text);
            assert_eq!(PublicKeyPem::normalized(&text).unwrap().as_str(), KEY);
        }
    }

    #[test]
    fn normalizing_mends_what_files_have_around_the_block() {
        let pem = PublicKeyPem::normalized(&format!("\u{feff} \n{}\r\n\r\n", KEY.trim_end())).unwrap();
        assert_eq!(pem.as_str(), KEY);
        assert_eq!(Credential::normalized(KEY.trim_end()).unwrap().as_pem(), KEY);
        assert_eq!(Credential::normalized("").unwrap_err().problem, PemProblem::Empty);
    }

    #[test]
    fn each_defect_is_named_with_its_place() {
        let final_break = "the line break after the END line is missing; it must be inside the quotes";
        for (text, offset, message) in [
            (String::new(), 0, "the PEM text is missing"),
            ("MAMCAQE=".to_owned(), 0, "not a PEM text: it does not begin with -----BEGIN"),
            (KEY.trim_end().to_owned(), 60, final_break),
            (KEY.replace('\n', ""), 26, "the line breaks of the PEM text are lost"),
            (KEY.replace("AMC", "A-C"), 29, "'-' is not base64"),
            (KEY.replace("AMC", "A C"), 29, "' ' is not base64"),
            (KEY.replace("AQE=", "AQE"), 27, "the base64 of the PEM text is damaged"),
            (KEY.replace("MAMC", "MAQC"), 27, "the content of the PEM text is not DER"),
            (KEY.replace("MAMCAQE=", "AQIDBA=="), 27, "the content of the PEM text is not DER"),
            (KEY.replace("MAMCAQE=\n", "\n"), 26, "the PEM text is empty between BEGIN and END"),
            (KEY.replace("END PUBLIC", "END PRIVATE"), 45, "END PRIVATE KEY after BEGIN PUBLIC KEY"),
            (format!("{KEY}{KEY}"), 60, "text after the PEM block"),
            (KEY.replace("-----END PUBLIC KEY-----\n", ""), 36, "the PEM text has no END line"),
            (KEY.replace("=\n-----END", "=-----END"), 35, "the PEM text has no END line"),
            (KEY.replace("KEY-----\nM", "KEY-----M"), 26, "no line break after the BEGIN line"),
            ("-----BEGIN PUBLIC".to_owned(), 0, "no line break after the BEGIN line"),
            (
                KEY.replace("PUBLIC KEY", "EC PRIVATE KEY"),
                11,
                "PEM EC PRIVATE KEY where CERTIFICATE or PUBLIC KEY belongs",
            ),
        ] {
            assert_eq!(problem(&text), (offset, message.to_owned()), "{text:?}");
        }
    }

    #[test]
    fn a_certificate_is_no_public_key() {
        let error = KEY.parse::<CertificatePem>().unwrap_err();
        assert_eq!(error.to_string(), "PEM PUBLIC KEY where CERTIFICATE belongs");
    }
}
