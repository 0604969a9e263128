//! The modem's credential store: `%CMNG` slots and what is in them.

use alloc::format;
use alloc::string::{String, ToString as _};
use core::fmt;
use core::str::FromStr;

use sha2::{Digest, Sha256};

use crate::identity::hex_digit;

/// A security tag that a user may write to: 0 to 2147483647.
///
/// ```
/// use modem_at::SecTag;
///
/// assert_eq!(SecTag::NRF_CLOUD.to_string(), "16842753");
/// assert_eq!(
///     SecTag::new(2147483648).unwrap_err().to_string(),
///     "sec_tag 2147483648 is a test tag, its TLS traffic can be decrypted; use 0 to 2147483647"
/// );
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SecTag(u32);

impl SecTag {
    /// 16842753, the tag that nRF Cloud's libraries and tools use unless told otherwise.
    pub const NRF_CLOUD: Self = Self(16_842_753);
    /// The highest tag, 2147483647.
    pub const MAX: Self = Self(i32::MAX.unsigned_abs());

    /// Takes a tag from the user range.
    ///
    /// # Errors
    /// [`SecTagError`] for a tag above 2147483647; it names the reserved range.
    pub const fn new(tag: u32) -> Result<Self, SecTagError> {
        match SecTagRange::of(tag) {
            SecTagRange::User => Ok(Self(tag)),
            range => Err(SecTagError::Reserved { tag, range }),
        }
    }

    /// The number.
    #[must_use]
    pub const fn number(self) -> u32 {
        self.0
    }
}

impl TryFrom<u32> for SecTag {
    type Error = SecTagError;

    fn try_from(tag: u32) -> Result<Self, SecTagError> {
        Self::new(tag)
    }
}

impl FromStr for SecTag {
    type Err = SecTagError;

    fn from_str(text: &str) -> Result<Self, SecTagError> {
        let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let tag = text.parse().ok().filter(|_| plain);
        Self::new(tag.ok_or_else(|| SecTagError::NotANumber { value: text.chars().take(40).collect() })?)
    }
}

impl fmt::Display for SecTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// Whom a security tag belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SecTagRange {
    /// 0 to 2147483647.
    User,
    /// 2147483648 to 2147483667, nRF91x1: modem traces can decrypt its TLS traffic.
    DecryptableTest,
    /// Anything above: the modem's own keys, such as 4294967292 to 4294967294.
    Modem,
}

impl SecTagRange {
    /// The range of a tag as it stands in a `%CMNG` list.
    #[must_use]
    pub const fn of(tag: u32) -> Self {
        match tag {
            0..=0x7fff_ffff => Self::User,
            0x8000_0000..=0x8000_0013 => Self::DecryptableTest,
            _ => Self::Modem,
        }
    }
}

/// Why a value is not a [`SecTag`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SecTagError {
    /// Not a decimal number that fits 32 bits.
    #[error("sec_tag `{value}` is not a number from 0 to 2147483647")]
    NotANumber {
        /// The text, cut at 40 characters.
        value: String,
    },
    /// A number outside the user range.
    #[error("sec_tag {tag} is {}; use 0 to 2147483647", match range {
        SecTagRange::DecryptableTest => "a test tag, its TLS traffic can be decrypted",
        _ => "one of the modem's own",
    })]
    Reserved {
        /// The number.
        tag: u32,
        /// The range it lies in.
        range: SecTagRange,
    },
}

/// What a slot holds: the second number of `%CMNG`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum CredentialType {
    /// 0: root CA certificates, PEM.
    RootCa,
    /// 1: client certificate, PEM.
    ClientCertificate,
    /// 2: client private key.
    ClientPrivateKey,
    /// 3: pre-shared key, hexadecimal text.
    Psk,
    /// 4: PSK identity.
    PskIdentity,
    /// 5: public key.
    PublicKey,
    /// 6: the device's identity public key.
    DeviceIdentityKey,
    /// 8: endorsement private key.
    EndorsementKey,
    /// 9: ownership public key.
    OwnershipKey,
    /// 10: Nordic identity root CA.
    NordicIdentityRootCa,
    /// 11: Nordic base public key.
    NordicBaseKey,
    /// 13: asset encryption key (newer firmware).
    AssetEncryptionKey,
    /// Any other number that a modem listed.
    Other(u8),
}

impl CredentialType {
    /// The type of a number; numbers without a name become [`Other`](Self::Other).
    #[must_use]
    pub const fn from_number(number: u8) -> Self {
        match number {
            0 => Self::RootCa,
            1 => Self::ClientCertificate,
            2 => Self::ClientPrivateKey,
            3 => Self::Psk,
            4 => Self::PskIdentity,
            5 => Self::PublicKey,
            6 => Self::DeviceIdentityKey,
            8 => Self::EndorsementKey,
            9 => Self::OwnershipKey,
            10 => Self::NordicIdentityRootCa,
            11 => Self::NordicBaseKey,
            13 => Self::AssetEncryptionKey,
            other => Self::Other(other),
        }
    }

    /// The number that `%CMNG` uses.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::RootCa => 0,
            Self::ClientCertificate => 1,
            Self::ClientPrivateKey => 2,
            Self::Psk => 3,
            Self::PskIdentity => 4,
            Self::PublicKey => 5,
            Self::DeviceIdentityKey => 6,
            Self::EndorsementKey => 8,
            Self::OwnershipKey => 9,
            Self::NordicIdentityRootCa => 10,
            Self::NordicBaseKey => 11,
            Self::AssetEncryptionKey => 13,
            Self::Other(number) => number,
        }
    }

    /// A short name for people.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::RootCa => "root CA",
            Self::ClientCertificate => "client certificate",
            Self::ClientPrivateKey => "client private key",
            Self::Psk => "PSK",
            Self::PskIdentity => "PSK identity",
            Self::PublicKey => "public key",
            Self::DeviceIdentityKey => "device identity public key",
            Self::EndorsementKey => "endorsement private key",
            Self::OwnershipKey => "ownership public key",
            Self::NordicIdentityRootCa => "Nordic identity root CA",
            Self::NordicBaseKey => "Nordic base public key",
            Self::AssetEncryptionKey => "asset encryption key",
            Self::Other(_) => "unnamed type",
        }
    }
}

impl fmt::Display for CredentialType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.number(), self.name())
    }
}

/// One line of the list that `AT%CMNG=1` gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct CredentialEntry {
    /// The tag as listed, with those of the modem itself.
    pub tag: u32,
    /// What the slot holds.
    pub credential_type: CredentialType,
    /// SHA-256 of the stored bytes, where the firmware lists it.
    pub sha256: Option<Sha256Digest>,
}

impl CredentialEntry {
    /// The tag, if it is one that a user may write to.
    #[must_use]
    pub fn sec_tag(&self) -> Option<SecTag> {
        SecTag::new(self.tag).ok()
    }
}

/// What a certificate in a slot says of itself: `%CERTEXPIRY`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CertificateValidity {
    /// Its serial number, hexadecimal.
    pub serial: String,
    /// From when on it is valid, in seconds since 1970-01-01 00:00:00 UTC.
    pub not_before: i64,
    /// Until when it is valid, in seconds since 1970-01-01 00:00:00 UTC.
    pub not_after: i64,
}

/// The SHA-256 of a slot's content; printed as the modem prints it, 64 upper-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Sha256Digest([u8; 32]);

impl Sha256Digest {
    /// Hashes the bytes that stand between the quotes of a `%CMNG` write.
    #[must_use]
    pub fn of(content: &[u8]) -> Self {
        Self(Sha256::digest(content).into())
    }

    /// A hash that was read elsewhere.
    #[must_use]
    pub const fn from_bytes(digest: [u8; 32]) -> Self {
        Self(digest)
    }

    /// The 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl FromStr for Sha256Digest {
    type Err = Sha256DigestError;

    fn from_str(text: &str) -> Result<Self, Sha256DigestError> {
        let error = || Sha256DigestError { value: text.chars().take(80).collect() };
        let bytes = text.as_bytes();
        if bytes.len() != 64 {
            return Err(error());
        }
        let mut digest = [0; 32];
        for (byte, pair) in digest.iter_mut().zip(bytes.chunks_exact(2)) {
            let high = hex_digit(pair[0]).ok_or_else(error)?;
            let low = hex_digit(pair[1]).ok_or_else(error)?;
            *byte = high << 4 | low;
        }
        Ok(Self(digest))
    }
}

impl fmt::Display for Sha256Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02X}"))
    }
}

impl fmt::Debug for Sha256Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sha256Digest({self})")
    }
}

/// A text that is not 64 hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("SHA-256 `{value}` is not 64 hexadecimal digits")]
pub struct Sha256DigestError {
    value: String,
}

/// How the text that a slot holds differs from the text that was meant, as far as SHA-256 can tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TextVariant {
    /// Every line break is CR LF.
    CrLf,
    /// Every line break is LF.
    Lf,
    /// CR LF, and no line break at the end.
    CrLfWithoutFinalBreak,
    /// LF, and no line break at the end.
    LfWithoutFinalBreak,
    /// CR LF, and one line break at the end.
    CrLfWithFinalBreak,
    /// LF, and one line break at the end.
    LfWithFinalBreak,
}

impl TextVariant {
    /// Finds the spelling of `text` whose hash is `digest`.
    ///
    /// ```
    /// use modem_at::{Sha256Digest, TextVariant};
    ///
    /// let stored = Sha256Digest::of(b"one\r\ntwo\r\n");
    /// assert_eq!(TextVariant::find("one\ntwo\n", stored), Some(TextVariant::CrLf));
    /// assert_eq!(TextVariant::find("three\n", stored), None);
    /// ```
    #[must_use]
    pub fn find(text: &str, digest: Sha256Digest) -> Option<Self> {
        let lf = zeroize::Zeroizing::new(text.replace("\r\n", "\n"));
        let bare = lf.trim_end_matches('\n');
        let matches = |text: String| Sha256Digest::of(zeroize::Zeroizing::new(text).as_bytes()) == digest;
        let crlf = |text: &str| text.replace('\n', "\r\n");
        if matches(crlf(&lf)) {
            Some(Self::CrLf)
        } else if matches(lf.to_string()) {
            Some(Self::Lf)
        } else if matches(crlf(bare)) {
            Some(Self::CrLfWithoutFinalBreak)
        } else if matches(bare.to_string()) {
            Some(Self::LfWithoutFinalBreak)
        } else if matches(crlf(&format!("{bare}\n"))) {
            Some(Self::CrLfWithFinalBreak)
        } else if matches(format!("{bare}\n")) {
            Some(Self::LfWithFinalBreak)
        } else {
            None
        }
    }
}

impl fmt::Display for TextVariant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::CrLf => "with CR LF line breaks",
            Self::Lf => "with LF line breaks",
            Self::CrLfWithoutFinalBreak => "with CR LF line breaks and none at the end",
            Self::LfWithoutFinalBreak => "with LF line breaks and none at the end",
            Self::CrLfWithFinalBreak => "with CR LF line breaks and one at the end",
            Self::LfWithFinalBreak => "with LF line breaks and one at the end",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_meet_where_the_facts_say() {
        assert_eq!(SecTagRange::of(2_147_483_647), SecTagRange::User);
        assert_eq!(SecTagRange::of(2_147_483_648), SecTagRange::DecryptableTest);
        assert_eq!(SecTagRange::of(2_147_483_667), SecTagRange::DecryptableTest);
        assert_eq!(SecTagRange::of(2_147_483_668), SecTagRange::Modem);
        assert_eq!(SecTag::MAX.number(), 2_147_483_647);
    }

    #[test]
    fn a_sec_tag_is_plain_decimal() {
        assert_eq!("0".parse(), Ok(SecTag(0)));
        for text in ["", "+1", "-1", "0x10", " 1", "99999999999", "1;AT+CFUN=1"] {
            assert_eq!(
                text.parse::<SecTag>().unwrap_err().to_string(),
                format!("sec_tag `{text}` is not a number from 0 to 2147483647")
            );
        }
        assert_eq!(
            "4294967294".parse::<SecTag>().unwrap_err().to_string(),
            "sec_tag 4294967294 is one of the modem's own; use 0 to 2147483647"
        );
    }

    #[test]
    fn credential_types_go_round() {
        for number in 0..=255 {
            assert_eq!(CredentialType::from_number(number).number(), number);
        }
    }

    #[test]
    fn a_digest_prints_as_the_modem_does() {
        let text = "E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855";
        assert_eq!(Sha256Digest::of(b"").to_string(), text);
        assert_eq!(text.parse(), Ok(Sha256Digest::of(b"")));
        assert!(text[1..].parse::<Sha256Digest>().is_err());
    }

    #[test]
    fn the_spelling_on_the_device_is_named() {
        let text = "a\nb\n";
        let cases = [
            ("a\r\nb\r\n", TextVariant::CrLf),
            ("a\nb\n", TextVariant::Lf),
            ("a\r\nb", TextVariant::CrLfWithoutFinalBreak),
            ("a\nb", TextVariant::LfWithoutFinalBreak),
        ];
        for (stored, variant) in cases {
            assert_eq!(TextVariant::find(text, Sha256Digest::of(stored.as_bytes())), Some(variant));
        }
        let cases =
            [("a\r\nb\r\n", TextVariant::CrLfWithFinalBreak), ("a\nb\n", TextVariant::LfWithFinalBreak)];
        for (stored, variant) in cases {
            assert_eq!(TextVariant::find("a\nb", Sha256Digest::of(stored.as_bytes())), Some(variant));
        }
    }
}
