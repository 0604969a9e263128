//! Whether a certificate is to be trusted, and every reason why not.

use std::error::Error;
use std::fmt::{self, Display, Formatter};
use std::time::SystemTime;

use der::Decode;
use der::asn1::ObjectIdentifier;
use p256::ecdsa::Signature;
use signature::Verifier;

use super::{Certificate, CertificateError, Moment};
use crate::asn1::{self, ECDSA_WITH_SHA256};
use crate::key::{KeyKind, PublicKey};
use crate::signed::{Signed, TbsCertificate};

impl Certificate {
    /// Checks the signature with the issuer's key: ECDSA with SHA-256 alone.
    ///
    /// # Errors
    /// [`Violation::Algorithm`] where it is signed with another algorithm, [`Violation::AlgorithmMismatch`] where it names
    /// two, [`Violation::Signature`] where the signature is not by this key.
    pub fn verify_signed_by(&self, issuer: &PublicKey) -> Result<(), Violation> {
        if self.parts.algorithm != ECDSA_WITH_SHA256 {
            return Err(Violation::Algorithm(self.parts.algorithm));
        }
        match self.signature_fits(issuer) {
            Ok(true) => Ok(()),
            Ok(false) => Err(Violation::AlgorithmMismatch),
            Err(_) => Err(Violation::Signature),
        }
    }

    /// Whether the algorithm is the same inside and outside; an error where the signature is not by this key.
    fn signature_fits(&self, issuer: &PublicKey) -> Result<bool, Box<dyn Error>> {
        let signed = Signed::from_der(&self.parts.der)?;
        let tbs: TbsCertificate<'_> = signed.body.decode_as()?;
        if signed.algorithm != tbs.signature {
            return Ok(false);
        }
        let signature = Signature::from_der(signed.signature.as_bytes().unwrap_or_default())?;
        issuer.verify(asn1::signed_part(&self.parts.der)?, &signature)?;
        Ok(true)
    }

    /// Checks that `issuer` issued this certificate and that both are valid at `now`: names, CA:TRUE, key usage, length of
    /// the path, critical extensions, times and signature.
    ///
    /// It is one step of a chain. A path length above 0 is for [`Issuers::chain`](crate::chain::Issuers::chain); revocation
    /// nobody asks.
    ///
    /// # Errors
    /// All of these that do not hold, at once.
    pub fn verify_issued_by(&self, issuer: &Self, now: SystemTime) -> Result<(), Violations> {
        let mut found = Violations::none();
        if self.parts.issuer != issuer.parts.subject {
            found.push(Violation::Issuer {
                expected: self.parts.issuer.to_string(),
                found: issuer.parts.subject.to_string(),
            });
        }
        found.extend(issuer.violations_as_issuer());
        // RFC 5280 section 6.1.4 (l): an authority that renews its own certificate lengthens no path.
        if self.is_ca() && issuer.path_len() == Some(0) && !self.is_self_issued() {
            found.push(Violation::PathLength {
                issuer: issuer.parts.subject.to_string(),
                subject: self.parts.subject.to_string(),
            });
        }
        found.extend(issuer.unknown_critical());
        found.extend(issuer.outside_validity(now));
        if self != issuer {
            found.extend(self.unknown_critical());
            found.extend(self.outside_validity(now));
        }
        match &issuer.parts.key {
            Ok(key) => found.extend(self.verify_signed_by(key).err()),
            Err(kind) => {
                found.push(Violation::Key { subject: issuer.parts.subject.to_string(), kind: kind.clone() });
            }
        }
        found.into_result()
    }

    /// Why it may not sign certificates: no CA:TRUE, or key usages without keyCertSign.
    pub(crate) fn violations_as_issuer(&self) -> impl Iterator<Item = Violation> {
        let subject = || self.parts.subject.to_string();
        let not_ca = (!self.is_ca()).then(|| Violation::NotCa { subject: subject() });
        let no_cert_sign = self.key_usages().is_some_and(|usage| !usage.key_cert_sign());
        let no_cert_sign = no_cert_sign.then(|| Violation::NoCertSign { subject: subject() });
        not_ca.into_iter().chain(no_cert_sign)
    }

    pub(crate) fn unknown_critical(&self) -> impl Iterator<Item = Violation> {
        self.unknown_critical_extensions()
            .iter()
            .map(|oid| Violation::CriticalExtension { subject: self.parts.subject.to_string(), oid: *oid })
    }

    pub(crate) fn outside_validity(&self, now: SystemTime) -> Option<Violation> {
        let subject = || self.parts.subject.to_string();
        let time = |at: SystemTime| Moment(at).to_string();
        if now < self.not_before() {
            return Some(Violation::NotYetValid { subject: subject(), not_before: time(self.not_before()) });
        }
        (now > self.not_after())
            .then(|| Violation::Expired { subject: subject(), not_after: time(self.not_after()) })
    }
}

/// One reason why a certificate is not to be trusted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Violation {
    /// Issued by somebody else.
    #[error("the certificate was issued by {expected}, not by {found}")]
    Issuer {
        /// The issuer that the certificate names.
        expected: String,
        /// The subject of the certificate that was offered as issuer.
        found: String,
    },
    /// The issuer is no certificate authority.
    #[error("{subject} is not a certificate authority (no CA:TRUE)")]
    NotCa {
        /// The issuer.
        subject: String,
    },
    /// The issuer's key is not for signing certificates.
    #[error("the key usage of {subject} does not allow it to sign certificates")]
    NoCertSign {
        /// The issuer.
        subject: String,
    },
    /// The issuer may have no authority below it, RFC 5280 section 4.2.1.9.
    #[error("{issuer} has the path length 0: it may not issue an authority, and {subject} is one")]
    PathLength {
        /// The issuer.
        issuer: String,
        /// The authority below it.
        subject: String,
    },
    /// More authorities stand below the issuer than its path length allows.
    #[error("{issuer} has the path length {most}, and {below} authorities stand below it")]
    PathTooLong {
        /// The issuer.
        issuer: String,
        /// Its path length.
        most: u8,
        /// How many there are.
        below: usize,
    },
    /// The certificates at hand lead to no trusted authority, though each step fits: round in a circle, or too far.
    #[error("no trusted authority stands above {subject}")]
    NoAuthority {
        /// Whose certificate.
        subject: String,
    },
    /// A critical extension that is not understood, RFC 5280 section 4.2.
    #[error("the certificate of {subject} has the critical extension {oid}, which is not understood here")]
    CriticalExtension {
        /// Whose certificate.
        subject: String,
        /// Which extension.
        oid: ObjectIdentifier,
    },
    /// Too early.
    #[error("the certificate of {subject} is not valid before {not_before}")]
    NotYetValid {
        /// Whose.
        subject: String,
        /// From when on.
        not_before: String,
    },
    /// Too late.
    #[error("the certificate of {subject} expired on {not_after}")]
    Expired {
        /// Whose.
        subject: String,
        /// Its last moment.
        not_after: String,
    },
    /// The issuer's key is of a kind that signs nothing here.
    #[error("the key of {subject} is {kind}; nRF Cloud needs P-256 (prime256v1)")]
    Key {
        /// The issuer.
        subject: String,
        /// What the key is.
        kind: KeyKind,
    },
    /// Signed with something else than ECDSA with SHA-256.
    #[error("the certificate is signed with the algorithm {0}, not with ecdsa-with-SHA256")]
    Algorithm(ObjectIdentifier),
    /// The algorithm inside the signed part is not the one outside.
    #[error("the certificate names two different signature algorithms")]
    AlgorithmMismatch,
    /// The signature is not by the key it was checked with.
    #[error("the certificate is not signed by this key")]
    Signature,
}

/// Every reason why a certificate is not to be trusted; there is at least one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violations {
    found: Vec<Violation>,
}

impl Violations {
    pub(crate) fn none() -> Self {
        Self { found: Vec::new() }
    }

    fn push(&mut self, violation: Violation) {
        self.found.push(violation);
    }

    pub(crate) fn extend(&mut self, violations: impl IntoIterator<Item = Violation>) {
        self.found.extend(violations);
    }

    /// Each of them: names, rights and limits of the issuer, extensions, times, signature.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Violation> {
        self.found.iter()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    pub(crate) fn into_result(self) -> Result<(), Self> {
        if self.found.is_empty() { Ok(()) } else { Err(self) }
    }
}

impl IntoIterator for Violations {
    type Item = Violation;
    type IntoIter = std::vec::IntoIter<Violation>;

    fn into_iter(self) -> Self::IntoIter {
        self.found.into_iter()
    }
}

impl Display for Violations {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for (index, violation) in self.found.iter().enumerate() {
            if index > 0 {
                f.write_str("; ")?;
            }
            write!(f, "{violation}")?;
        }
        Ok(())
    }
}

impl Error for Violations {}

impl From<Violation> for CertificateError {
    fn from(violation: Violation) -> Self {
        Self::Untrusted(Violations { found: vec![violation] })
    }
}
