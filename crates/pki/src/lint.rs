//! What nRF91 modems and nRF Cloud will not like about a certificate, before they see it.

use std::fmt::{self, Display, Formatter};
use std::time::SystemTime;

use der::asn1::ObjectIdentifier;

use crate::asn1::ECDSA_WITH_SHA256;
use crate::certificate::{Certificate, Moment};
use crate::device_id::{self, DeviceIdError};
use crate::input::{Input, Repair};
use crate::key::KeyKind;
use crate::name::NameAttribute;

/// The most octets of PEM that are sure to fit: the buffers of nRF Connect SDK for one credential have 4096.
pub const MOST_PEM: usize = 4096;

/// Something that will make trouble, or may.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Finding {
    /// The key is not P-256.
    Key(KeyKind),
    /// Signed with another algorithm than ECDSA with SHA-256.
    SignatureAlgorithm(ObjectIdentifier),
    /// Not valid at the time that was asked about; the text of the error.
    Time(String),
    /// A device's certificate has no common name, so nRF Cloud cannot tell whose it is.
    NoCommonName,
    /// The common name cannot be a device ID.
    CommonName(DeviceIdError),
    /// Attributes without a value in the subject, by their short names. `create_ca_cert` of nRF Cloud Utils writes them.
    EmptyAttributes(Vec<String>),
    /// A certificate authority where a device's certificate is expected is no error by itself, but worth telling.
    Ca,
    /// X.509 v1 has no extensions. nRF Cloud takes it; the guide's own certificate is one.
    Version1,
    /// The key usage does not allow the signature of a TLS handshake.
    NoDigitalSignature,
    /// The extended key usage does not allow TLS clients.
    NoClientAuth,
    /// A critical extension that hardly anybody knows.
    CriticalExtension(ObjectIdentifier),
    /// An authority whose key usage does not allow signing certificates.
    NoCertSign,
    /// Valid for longer than its issuer, which is in the same file. From then on it is refused wherever the whole chain is
    /// checked; nRF Cloud looks at the device's certificate alone.
    OutlivesIssuer {
        /// The last moment of the certificate.
        not_after: String,
        /// The last moment of its issuer.
        issuer: String,
    },
    /// Larger than what is sure to fit into the modem's buffers.
    Size {
        /// Octets of PEM, all certificates of the file together.
        octets: usize,
    },
    /// Something in the file cannot be used; the text of the error.
    Unusable(String),
    /// The file had to be repaired; nRF Cloud and the modem will not do that.
    Repaired(Repair),
}

/// How bad a [`Finding`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing.
    Note,
    /// May be refused, by somebody, some day.
    Warning,
    /// Will be refused.
    Error,
}

impl Finding {
    /// How bad it is.
    #[must_use]
    pub fn severity(&self) -> Severity {
        match self {
            Self::Ca | Self::Version1 | Self::EmptyAttributes(_) => Severity::Note,
            Self::Repaired(Repair::TextOutside { .. } | Repair::CarriageReturns | Repair::NotUtf8) => {
                Severity::Note
            }
            Self::SignatureAlgorithm(_)
            | Self::CriticalExtension(_)
            | Self::OutlivesIssuer { .. }
            | Self::Repaired(_) => Severity::Warning,
            Self::Key(_)
            | Self::Unusable(_)
            | Self::Time(_)
            | Self::NoCommonName
            | Self::CommonName(_)
            | Self::NoDigitalSignature
            | Self::NoClientAuth
            | Self::NoCertSign
            | Self::Size { .. } => Severity::Error,
        }
    }
}

impl Display for Finding {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(kind) => write!(f, "the key is {kind}; nRF Cloud needs P-256 (prime256v1)"),
            Self::SignatureAlgorithm(oid) => {
                write!(f, "signed with the algorithm {oid} instead of ecdsa-with-SHA256")
            }
            Self::Time(text) | Self::Unusable(text) => f.write_str(text),
            Self::NoCommonName => f.write_str("there is no common name; it has to be the device ID"),
            Self::CommonName(error) => write!(f, "the common name cannot be a device ID: {error}"),
            Self::EmptyAttributes(labels) => {
                write!(f, "attributes of the subject without a value: {}", labels.join(", "))
            }
            Self::Ca => f.write_str("this is the certificate of an authority, not of a device"),
            Self::Version1 => f.write_str("this is X.509 v1, without extensions"),
            Self::NoDigitalSignature => {
                f.write_str("the key usage lacks digitalSignature, which a TLS client needs")
            }
            Self::NoClientAuth => {
                f.write_str("the extended key usage lacks clientAuth, which a TLS client needs")
            }
            Self::CriticalExtension(oid) => write!(f, "the critical extension {oid} is not known to many"),
            Self::NoCertSign => f.write_str("the key usage lacks keyCertSign, which an authority needs"),
            Self::OutlivesIssuer { not_after, issuer } => {
                write!(f, "it is valid until {not_after}, its issuer until {issuer} only")
            }
            Self::Size { octets } => {
                write!(f, "{octets} octets of PEM; more than {MOST_PEM} may not fit into the modem")
            }
            Self::Repaired(repair) => write!(f, "{repair}"),
        }
    }
}

impl Certificate {
    /// What nRF91 modems and nRF Cloud will not like about this certificate at `now`: that of a device, or, where it says
    /// CA:TRUE, that of an authority.
    #[must_use]
    pub fn lint(&self, now: SystemTime) -> Vec<Finding> {
        let mut findings = self.lint_alone(now);
        findings.extend(size(self.to_pem().len()));
        findings
    }

    fn lint_alone(&self, now: SystemTime) -> Vec<Finding> {
        let mut findings = Vec::new();
        match self.key_kind() {
            KeyKind::P256 => {}
            other => findings.push(Finding::Key(other)),
        }
        if self.signature_algorithm() != ECDSA_WITH_SHA256 {
            findings.push(Finding::SignatureAlgorithm(self.signature_algorithm()));
        }
        findings.extend(self.outside_validity(now).map(|violation| Finding::Time(violation.to_string())));
        findings.extend(self.unknown_critical_extensions().iter().copied().map(Finding::CriticalExtension));
        if self.version() == 1 {
            findings.push(Finding::Version1);
        }
        let empty = self.subject().attributes().filter(|attribute| attribute.is_empty());
        let labels: Vec<String> = empty.map(NameAttribute::label).collect();
        if !labels.is_empty() {
            findings.push(Finding::EmptyAttributes(labels));
        }
        if self.is_ca() {
            findings.push(Finding::Ca);
            if self.key_usages().is_some_and(|usage| !usage.key_cert_sign()) {
                findings.push(Finding::NoCertSign);
            }
            return findings;
        }
        match self.common_name() {
            None => findings.push(Finding::NoCommonName),
            Some(name) => findings.extend(device_id::check(&name).err().map(Finding::CommonName)),
        }
        if self.key_usages().is_some_and(|usage| !usage.digital_signature()) {
            findings.push(Finding::NoDigitalSignature);
        }
        if self.extended_key_usage().is_some_and(|usages| !usages.contains(&CLIENT_AUTH)) {
            findings.push(Finding::NoClientAuth);
        }
        findings
    }
}

impl Input {
    /// What nRF91 modems and nRF Cloud will not like about the file: every certificate in it, their size together, what
    /// cannot be used, and what had to be repaired.
    #[must_use]
    pub fn lint(&self, now: SystemTime) -> Vec<Finding> {
        let mut findings: Vec<Finding> = self.certificates().flat_map(|each| each.lint_alone(now)).collect();
        // In a chain the issuer is the next one.
        findings.extend(self.certificates().zip(self.certificates().skip(1)).filter_map(outlives));
        findings.extend(size(self.certificates().map(|each| each.to_pem().len()).sum()));
        findings.extend(self.unusable().iter().map(|unusable| Finding::Unusable(unusable.to_string())));
        findings.extend(self.repairs().iter().cloned().map(Finding::Repaired));
        findings
    }
}

fn outlives((certificate, issuer): (&Certificate, &Certificate)) -> Option<Finding> {
    let above = issuer.subject() == certificate.issuer();
    (above && certificate.not_after() > issuer.not_after()).then(|| Finding::OutlivesIssuer {
        not_after: Moment(certificate.not_after()).to_string(),
        issuer: Moment(issuer.not_after()).to_string(),
    })
}

fn size(octets: usize) -> Option<Finding> {
    (octets > MOST_PEM).then_some(Finding::Size { octets })
}

/// id-kp-clientAuth, RFC 5280 section 4.2.1.12.
pub(crate) const CLIENT_AUTH: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.2");
