//! Says what any file is: keys, certificates, requests and modem messages, in every form in which they are met.

mod answer;
mod document;
mod jwk;
mod lines;
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
/// PEM, DER, JWK, a modem's answers, or bare base64; one thing or several. What is damaged in a way that leaves no doubt is
/// repaired, and every repair is told by [`Input::repairs`]. In a set of JSON Web Keys those that cannot be used are passed
/// over, as RFC 7517 section 5 has it, and told by [`Input::unusable`]; everywhere else the first thing that cannot be used
/// is an error.
///
/// # Errors
/// [`InputError`] says what the file is, where it cannot be used, or where in it the damage is.
pub fn load(bytes: &[u8]) -> Result<Input, InputError> {
    text::survey(bytes, None)?.usable()
}

/// As [`load`], and opens encrypted private keys with `passphrase`.
///
/// # Errors
/// As [`load`], and where the passphrase does not open a key.
pub fn load_with_passphrase(bytes: &[u8], passphrase: &[u8]) -> Result<Input, InputError> {
    text::survey(bytes, Some(passphrase))?.usable()
}

/// As [`load`], but goes on behind what cannot be used, to tell everything that is in the file: [`Input::unusable`]. A PEM
/// block whose lines `BEGIN` and `END` do not fit is the last, as nobody knows where it ends.
///
/// # Errors
/// [`InputError::Empty`], [`InputError::Blank`] and [`InputError::Unrecognised`].
pub fn survey(bytes: &[u8]) -> Result<Input, InputError> {
    text::survey(bytes, None)
}

/// What was found in a file.
#[derive(Clone, Debug)]
pub struct Input {
    entries: Vec<Entry>,
    unusable: Vec<Unusable>,
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

/// One thing in a file that cannot be used.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Unusable {
    /// How it is written.
    pub form: Form,
    /// Where it begins, or where in it the fault is.
    pub place: Place,
    /// What it is, or what is wrong with it.
    pub problem: Problem,
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

    /// What is there and cannot be used, in the order of the file.
    #[must_use]
    pub fn unusable(&self) -> &[Unusable] {
        &self.unusable
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
    /// [`InputError::Wanted`] says what is there instead, [`InputError::Several`] that there are different ones.
    pub fn certificate_request(&self) -> Result<&CertificateRequest, InputError> {
        let requests = self.items().filter_map(|item| match item {
            Item::CertificateRequest(request) => Some(request),
            Item::Keygen(message) => message.certificate_request(),
            _ => None,
        });
        self.one(requests, "a certificate request", "certificate requests")
    }

    /// The answer to `AT%KEYGEN`.
    ///
    /// # Errors
    /// As [`Self::certificate_request`].
    pub fn keygen(&self) -> Result<&KeygenMessage, InputError> {
        let messages = self.items().filter_map(|item| match item {
            Item::Keygen(message) => Some(message),
            _ => None,
        });
        self.one(messages, "an answer to AT%KEYGEN", "answers to AT%KEYGEN")
    }

    /// The answer to `AT%ATTESTTOKEN`.
    ///
    /// # Errors
    /// As [`Self::certificate_request`].
    pub fn attestation_token(&self) -> Result<&AttestationToken, InputError> {
        let tokens = self.items().filter_map(|item| match item {
            Item::AttestationToken(token) => Some(token),
            _ => None,
        });
        self.one(tokens, "an attestation token", "attestation tokens")
    }

    /// The only one, however often it is there.
    fn one<'a, T: PartialEq>(
        &self,
        mut found: impl Iterator<Item = &'a T>,
        wanted: &'static str,
        what: &'static str,
    ) -> Result<&'a T, InputError> {
        let first = found.next().ok_or_else(|| self.wanted(wanted))?;
        match found.filter(|other| *other != first).count() {
            0 => Ok(first),
            others => Err(InputError::Several { what, count: others + 1 }),
        }
    }

    fn passphrase_needed(&self) -> Option<InputError> {
        let encrypted = |entry: &&Entry| matches!(entry.item, Item::EncryptedPrivateKey(_));
        let entry = self.entries.iter().find(encrypted)?;
        Some(InputError::PassphraseNeeded { place: entry.place })
    }

    /// What is there instead, and where that is nothing but what cannot be used, that.
    fn wanted(&self, wanted: &'static str) -> InputError {
        match self.unusable.first() {
            Some(unusable) if self.entries.is_empty() => unusable.error(),
            _ => InputError::Wanted { wanted, found: self.to_string() },
        }
    }

    /// What [`load`] gives of a [`survey`].
    ///
    /// # Errors
    /// Of the first thing that cannot be used, unless it is one of a set of JSON Web Keys of which another can.
    pub fn usable(self) -> Result<Self, InputError> {
        let passed_over = |unusable: &&Unusable| unusable.form == Form::Jwk && !self.entries.is_empty();
        match self.unusable.iter().find(|unusable| !passed_over(unusable)) {
            Some(unusable) => Err(unusable.error()),
            None => Ok(self),
        }
    }

    fn nothing_yet() -> Self {
        Self { entries: Vec::new(), unusable: Vec::new(), repairs: Vec::new() }
    }

    fn is_empty(&self) -> bool {
        self.entries.is_empty() && self.unusable.is_empty()
    }

    /// That of the thing that is added next.
    fn place(&self, line: Option<usize>, offset: usize) -> Place {
        Place { block: self.entries.len() + self.unusable.len() + 1, line, offset }
    }

    fn add(&mut self, form: Form, place: Place, item: Result<Item, Problem>) {
        match item {
            Ok(item) => self.entries.push(Entry { item, form, place }),
            Err(problem) => self.unusable.push(Unusable { form, place, problem }),
        }
    }
}

impl Unusable {
    fn error(&self) -> InputError {
        InputError::at(self.place, self.problem.clone())
    }
}

impl Display for Unusable {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.problem)
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
