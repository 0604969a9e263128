//! Says what any file is: keys, certificates, requests and modem messages, in every form in which they are met.

mod document;
mod jwk;
mod problem;
mod repair;
mod scan;
mod text;

use std::fmt::{self, Display, Formatter};

use zeroize::Zeroizing;

use crate::attest::AttestationToken;
use crate::certificate::Certificate;
use crate::csr::CertificateRequest;
use crate::key::{KeyKind, PrivateKey, PublicKey};
use crate::keygen::KeygenMessage;

pub use jwk::JwkError;
pub use problem::{Beginning, InputError, Place, Problem};
pub use repair::Repair;

/// Reads a file, whatever it is.
///
/// PEM, DER, JWK, a modem's answer, or bare base64; one thing or several. What is damaged in a way that leaves no doubt is
/// repaired, and every repair is told by [`Input::repairs`].
///
/// # Errors
/// [`InputError`] says what the file is, where it cannot be used, or where in it the damage is.
pub fn load(bytes: &[u8]) -> Result<Input, InputError> {
    text::load(bytes, None)
}

/// As [`load`], and opens encrypted private keys with `passphrase`.
///
/// # Errors
/// As [`load`], and where the passphrase does not open a key.
pub fn load_with_passphrase(bytes: &[u8], passphrase: &[u8]) -> Result<Input, InputError> {
    text::load(bytes, Some(passphrase))
}

/// What was found in a file.
#[derive(Clone, Debug)]
pub struct Input {
    entries: Vec<Entry>,
    repairs: Vec<Repair>,
}

/// One thing in a file.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Entry {
    /// What it is.
    pub item: Item,
    /// How it was written.
    pub form: Form,
    /// Where it begins.
    pub place: Place,
}

/// What a thing in a file is.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Item {
    /// A P-256 private key.
    PrivateKey(PrivateKey),
    /// A private key that needs a passphrase.
    EncryptedPrivateKey(EncryptedPrivateKey),
    /// A P-256 public key.
    PublicKey(PublicKey),
    /// A certificate.
    Certificate(Certificate),
    /// A certificate signing request.
    CertificateRequest(CertificateRequest),
    /// A modem's answer to `AT%KEYGEN`.
    Keygen(KeygenMessage),
    /// A modem's answer to `AT%ATTESTTOKEN`.
    AttestationToken(AttestationToken),
    /// The name of a curve, as openssl writes it before a SEC1 key.
    EcParameters(KeyKind),
}

/// How a thing was written in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Form {
    /// PEM with this label.
    Pem(String),
    /// DER, or a bare SEC1 point.
    Binary,
    /// Base64 without the lines BEGIN and END.
    Base64,
    /// A JSON Web Key.
    Jwk,
    /// A modem's answer.
    ModemMessage,
}

/// A private key that was not opened.
#[derive(Clone)]
pub struct EncryptedPrivateKey {
    der: Zeroizing<Vec<u8>>,
}

impl Input {
    /// What was found, in the order of the file.
    pub fn items(&self) -> impl ExactSizeIterator<Item = &Item> {
        self.entries.iter().map(|entry| &entry.item)
    }

    /// What was found, with form and place.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// What was repaired on the way.
    #[must_use]
    pub fn repairs(&self) -> &[Repair] {
        &self.repairs
    }

    /// The private key.
    ///
    /// # Errors
    /// [`InputError::Wanted`] says what is there instead, [`InputError::PassphraseNeeded`] that it is encrypted,
    /// [`InputError::Several`] that there are different ones.
    pub fn private_key(&self) -> Result<&PrivateKey, InputError> {
        let mut keys = self.items().filter_map(|item| match item {
            Item::PrivateKey(key) => Some(key),
            _ => None,
        });
        let Some(key) = keys.next() else {
            return Err(self.passphrase_needed().unwrap_or_else(|| self.wanted("a private key")));
        };
        let others = keys.filter(|other| other.public_key() != key.public_key()).count();
        if others > 0 {
            return Err(InputError::Several { what: "private keys", count: others + 1 });
        }
        Ok(key)
    }

    /// The public key, from whatever holds one: a key of either kind, a certificate, a request or a KEYGEN answer, which is
    /// checked first. In a file of certificates alone it is that of the first, as the first of a chain is the device's.
    ///
    /// # Errors
    /// As [`Self::private_key`], and where the key of a certificate is not P-256 or a KEYGEN answer does not hold together.
    pub fn public_key(&self) -> Result<PublicKey, InputError> {
        let mut found: Option<PublicKey> = None;
        let mut count = 0;
        let all_certificates = self.items().all(|item| matches!(item, Item::Certificate(_)));
        for entry in &self.entries {
            let Some(key) = entry.public_key()? else { continue };
            if found.is_none() || found.is_some_and(|first| first != key) {
                count += 1;
            }
            if found.is_none() {
                found = Some(key);
            }
            if all_certificates {
                break;
            }
        }
        match found {
            Some(_) if count > 1 => Err(InputError::Several { what: "public keys", count }),
            Some(key) => Ok(key),
            None => Err(self.passphrase_needed().unwrap_or_else(|| self.wanted("a public key"))),
        }
    }

    /// The certificate; the first one where there are several.
    ///
    /// # Errors
    /// [`InputError::Wanted`] says what is there instead.
    pub fn certificate(&self) -> Result<&Certificate, InputError> {
        self.certificates().next().ok_or_else(|| self.wanted("a certificate"))
    }

    /// All certificates, in the order of the file.
    pub fn certificates(&self) -> impl Iterator<Item = &Certificate> {
        self.items().filter_map(|item| match item {
            Item::Certificate(certificate) => Some(certificate),
            _ => None,
        })
    }

    /// The certificate request, also that in a KEYGEN answer.
    ///
    /// # Errors
    /// [`InputError::Wanted`] says what is there instead.
    pub fn certificate_request(&self) -> Result<&CertificateRequest, InputError> {
        let mut requests = self.items().filter_map(|item| match item {
            Item::CertificateRequest(request) => Some(request),
            Item::Keygen(message) => message.certificate_request(),
            _ => None,
        });
        requests.next().ok_or_else(|| self.wanted("a certificate request"))
    }

    /// The answer to `AT%KEYGEN`.
    ///
    /// # Errors
    /// [`InputError::Wanted`] says what is there instead.
    pub fn keygen(&self) -> Result<&KeygenMessage, InputError> {
        let mut messages = self.items().filter_map(|item| match item {
            Item::Keygen(message) => Some(message),
            _ => None,
        });
        messages.next().ok_or_else(|| self.wanted("an answer to AT%KEYGEN"))
    }

    /// The answer to `AT%ATTESTTOKEN`.
    ///
    /// # Errors
    /// [`InputError::Wanted`] says what is there instead.
    pub fn attestation_token(&self) -> Result<&AttestationToken, InputError> {
        let mut tokens = self.items().filter_map(|item| match item {
            Item::AttestationToken(token) => Some(token),
            _ => None,
        });
        tokens.next().ok_or_else(|| self.wanted("an attestation token"))
    }

    fn passphrase_needed(&self) -> Option<InputError> {
        let encrypted = |entry: &&Entry| matches!(entry.item, Item::EncryptedPrivateKey(_));
        let entry = self.entries.iter().find(encrypted)?;
        Some(InputError::PassphraseNeeded { place: entry.place })
    }

    fn wanted(&self, wanted: &'static str) -> InputError {
        InputError::Wanted { wanted, found: self.to_string() }
    }
}

impl Display for Input {
    /// What was found, to follow "this is": `a certificate`, `2 certificates and a private key`.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let mut nouns: Vec<(&Item, usize)> = Vec::new();
        for item in self.items() {
            match nouns.iter_mut().find(|(other, _)| other.noun() == item.noun()) {
                Some((_, count)) => *count += 1,
                None => nouns.push((item, 1)),
            }
        }
        // A curve's name beside a key is no thing of its own.
        if nouns.len() > 1 {
            nouns.retain(|(item, _)| !matches!(item, Item::EcParameters(_)));
        }
        for (index, (item, count)) in nouns.iter().enumerate() {
            match index {
                0 => {}
                last if last + 1 == nouns.len() => f.write_str(" and ")?,
                _ => f.write_str(", ")?,
            }
            match count {
                1 => write!(f, "{} {}", item.article(), item.noun())?,
                more => write!(f, "{more} {}s", item.noun())?,
            }
        }
        Ok(())
    }
}

impl Entry {
    fn public_key(&self) -> Result<Option<PublicKey>, InputError> {
        let at = |problem: Problem| InputError::at(self.place, problem);
        Ok(Some(match &self.item {
            Item::PrivateKey(key) => key.public_key(),
            Item::PublicKey(key) => *key,
            Item::Certificate(certificate) => {
                certificate.public_key().map_err(|error| at(Problem::Key(error)))?
            }
            Item::CertificateRequest(request) => request.public_key(),
            Item::Keygen(message) => {
                message.check().map_err(|error| at(Problem::Keygen(error)))?;
                message.public_key()
            }
            Item::EncryptedPrivateKey(_) | Item::AttestationToken(_) | Item::EcParameters(_) => {
                return Ok(None);
            }
        }))
    }
}

impl Item {
    /// What it is, in words, without any secret: `certificate of CN=…, X.509 v3`.
    #[must_use]
    pub fn describe(&self) -> String {
        let name = |name: &crate::name::DistinguishedName| {
            if name.is_empty() { "an empty subject".to_owned() } else { name.to_string() }
        };
        match self {
            Self::PrivateKey(_) => "P-256 private key".to_owned(),
            Self::EncryptedPrivateKey(_) => "encrypted private key".to_owned(),
            Self::PublicKey(_) => "P-256 public key".to_owned(),
            Self::Certificate(certificate) => {
                let what = if certificate.is_ca() { "CA certificate" } else { "certificate" };
                format!("{what} of {} (X.509 v{})", name(certificate.subject()), certificate.version())
            }
            Self::CertificateRequest(request) => {
                format!("certificate request of {}", name(request.subject()))
            }
            Self::Keygen(message) => format!(
                "answer to AT%KEYGEN of device {}: {} for sec_tag {}",
                message.device_uuid(),
                message.kind(),
                message.sec_tag()
            ),
            Self::AttestationToken(token) => {
                format!("attestation token of device {} ({})", token.device_uuid(), token.device_type())
            }
            Self::EcParameters(KeyKind::P256) => "EC parameters: P-256".to_owned(),
            Self::EcParameters(kind) => format!("EC parameters for {kind}"),
        }
    }

    fn noun(&self) -> &'static str {
        match self {
            Self::PrivateKey(_) => "private key",
            Self::EncryptedPrivateKey(_) => "encrypted private key",
            Self::PublicKey(_) => "public key",
            Self::Certificate(_) => "certificate",
            Self::CertificateRequest(_) => "certificate request",
            Self::Keygen(_) => "KEYGEN answer",
            Self::AttestationToken(_) => "attestation token",
            Self::EcParameters(_) => "curve name",
        }
    }

    fn article(&self) -> &'static str {
        match self {
            Self::EncryptedPrivateKey(_) | Self::AttestationToken(_) => "an",
            _ => "a",
        }
    }
}

impl EncryptedPrivateKey {
    /// Opens it.
    ///
    /// # Errors
    /// As [`PrivateKey::from_encrypted_pkcs8_der`].
    pub fn decrypt(&self, passphrase: &[u8]) -> Result<PrivateKey, crate::key::KeyError> {
        PrivateKey::from_encrypted_pkcs8_der(&self.der, passphrase)
    }
}

impl fmt::Debug for EncryptedPrivateKey {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("EncryptedPrivateKey([redacted])")
    }
}

impl Display for Form {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pem(label) => write!(f, "PEM, {label}"),
            Self::Binary => f.write_str("DER"),
            Self::Base64 => f.write_str("base64 without BEGIN and END"),
            Self::Jwk => f.write_str("JWK"),
            Self::ModemMessage => f.write_str("modem message"),
        }
    }
}
