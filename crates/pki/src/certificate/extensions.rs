//! The extensions of a certificate that are asked about here (RFC 5280 section 4.2).

use std::collections::HashSet;

use der::Decode;
use der::asn1::ObjectIdentifier;
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::{
    AuthorityKeyIdentifier, BasicConstraints, ExtendedKeyUsage, KeyUsage, SubjectKeyIdentifier,
};

use super::CertificateError;

#[derive(Default)]
pub(super) struct Extensions {
    pub(super) basic_constraints: Option<BasicConstraints>,
    pub(super) key_usage: Option<KeyUsage>,
    pub(super) extended_key_usage: Option<ExtendedKeyUsage>,
    pub(super) subject_key_identifier: Option<Vec<u8>>,
    pub(super) authority_key_identifier: Option<Vec<u8>>,
    pub(super) unknown_critical: Vec<ObjectIdentifier>,
}

impl Extensions {
    pub(super) fn read(list: &[Extension]) -> Result<Self, CertificateError> {
        let mut read = Self::default();
        let mut seen = HashSet::with_capacity(list.len());
        for extension in list {
            let oid = extension.extn_id;
            if !seen.insert(oid) {
                return Err(CertificateError::RepeatedExtension { oid });
            }
            let failed = |error| CertificateError::Extension { oid, error };
            let value = extension.extn_value.as_bytes();
            match oid {
                BASIC_CONSTRAINTS => {
                    read.basic_constraints = Some(BasicConstraints::from_der(value).map_err(failed)?);
                }
                KEY_USAGE => read.key_usage = Some(KeyUsage::from_der(value).map_err(failed)?),
                EXTENDED_KEY_USAGE => {
                    read.extended_key_usage = Some(ExtendedKeyUsage::from_der(value).map_err(failed)?);
                }
                SUBJECT_KEY_IDENTIFIER => {
                    let identifier = SubjectKeyIdentifier::from_der(value).map_err(failed)?;
                    read.subject_key_identifier = Some(identifier.0.as_bytes().to_vec());
                }
                AUTHORITY_KEY_IDENTIFIER => {
                    let identifier = AuthorityKeyIdentifier::from_der(value).map_err(failed)?;
                    read.authority_key_identifier =
                        identifier.key_identifier.map(|octets| octets.as_bytes().to_vec());
                }
                // Other names of the subject limit nothing.
                SUBJECT_ALT_NAME => {}
                other if extension.critical => read.unknown_critical.push(other),
                _ => {}
            }
        }
        Ok(read)
    }
}

/// The bits of a key usage (RFC 5280 section 4.2.1.3) by their names.
pub(crate) fn usage_names(usage: &KeyUsage) -> Vec<&'static str> {
    let bits = [
        ("digitalSignature", usage.digital_signature()),
        ("nonRepudiation", usage.non_repudiation()),
        ("keyEncipherment", usage.key_encipherment()),
        ("dataEncipherment", usage.data_encipherment()),
        ("keyAgreement", usage.key_agreement()),
        ("keyCertSign", usage.key_cert_sign()),
        ("cRLSign", usage.crl_sign()),
        ("encipherOnly", usage.encipher_only()),
        ("decipherOnly", usage.decipher_only()),
    ];
    bits.into_iter().filter_map(|(name, set)| set.then_some(name)).collect()
}

const SUBJECT_KEY_IDENTIFIER: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.14");
pub(crate) const KEY_USAGE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.15");
const SUBJECT_ALT_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.17");
const BASIC_CONSTRAINTS: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.19");
const AUTHORITY_KEY_IDENTIFIER: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.35");
const EXTENDED_KEY_USAGE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.37");
