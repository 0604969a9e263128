//! What stands in the certificates of an authority.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use der::asn1::{AnyRef, OctetString};
use der::oid::AssociatedOid;
use der::{DateTime, Decode, Encode};
use p256::ecdsa::Signature;
use signature::Signer;
use spki::SubjectPublicKeyInfoRef;
use x509_cert::certificate::Version;
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::{
    AuthorityKeyIdentifier, BasicConstraints, ExtendedKeyUsage, KeyUsage, KeyUsages, SubjectKeyIdentifier,
};
use x509_cert::serial_number::SerialNumber;
use x509_cert::time::{Time, Validity};

use super::CaError;
use crate::certificate::{Certificate, CertificateError, Moment};
use crate::key::PublicKey;
use crate::lint::CLIENT_AUTH;
use crate::signed::{self, ECDSA_SHA256, SigningError, TbsCertificate};

/// What stands in a certificate beside its serial number.
pub(super) struct Content<'a> {
    pub(super) issuer: &'a [u8],
    pub(super) subject: &'a [u8],
    pub(super) public: &'a PublicKey,
    pub(super) validity: Validity,
    pub(super) extensions: Option<&'a [u8]>,
}

impl Content<'_> {
    pub(super) fn sign(self, key: &impl Signer<Signature>) -> Result<Certificate, CaError> {
        let serial = random_serial()?;
        let der = self.signed(&serial, key)?;
        Ok(Certificate::issued(der, *self.public)?)
    }

    fn signed(&self, serial: &[u8], key: &impl Signer<Signature>) -> Result<Vec<u8>, SigningError> {
        let spki = self.public.to_spki_der();
        let tbs = TbsCertificate {
            // Without extensions as well: Nordic's tools do so, and some verifiers refuse v1 altogether.
            version: Version::V3,
            serial_number: SerialNumber::new(serial)?,
            signature: ECDSA_SHA256,
            issuer: AnyRef::from_der(self.issuer)?,
            validity: self.validity,
            subject: AnyRef::from_der(self.subject)?,
            subject_public_key_info: SubjectPublicKeyInfoRef::from_der(&spki)?,
            issuer_unique_id: None,
            subject_unique_id: None,
            extensions: self.extensions.map(AnyRef::from_der).transpose()?,
        };
        signed::sign(&tbs, key)
    }
}

/// Those of an authority, in DER.
pub(super) fn authority_extensions(
    path_len: Option<u8>,
    public: &PublicKey,
    issuer: &[u8],
) -> der::Result<Vec<u8>> {
    let own = SubjectKeyIdentifier(OctetString::new(public.subject_key_identifier())?);
    vec![
        extension(true, &BasicConstraints { ca: true, path_len_constraint: path_len })?,
        extension(true, &KeyUsage(KeyUsages::KeyCertSign | KeyUsages::CRLSign))?,
        extension(false, &own)?,
        extension(false, &authority_key_identifier(issuer)?)?,
    ]
    .to_der()
}

/// Those of a TLS client, in DER.
pub(super) fn client_extensions(issuer: &[u8]) -> der::Result<Vec<u8>> {
    vec![
        extension(true, &KeyUsage(KeyUsages::DigitalSignature.into()))?,
        extension(false, &ExtendedKeyUsage(vec![CLIENT_AUTH]))?,
        extension(false, &authority_key_identifier(issuer)?)?,
    ]
    .to_der()
}

fn authority_key_identifier(octets: &[u8]) -> der::Result<AuthorityKeyIdentifier> {
    Ok(AuthorityKeyIdentifier { key_identifier: Some(OctetString::new(octets)?), ..Default::default() })
}

fn extension<T: AssociatedOid + Encode>(critical: bool, value: &T) -> der::Result<Extension> {
    Ok(Extension { extn_id: T::OID, critical, extn_value: OctetString::new(value.to_der()?)? })
}

const SECONDS_PER_DAY: u64 = 86_400;

/// Twenty random octets, positive and without a leading zero octet: RFC 5280 section 4.1.2.2 allows no more.
fn random_serial() -> Result<[u8; 20], CaError> {
    let mut octets = [0; 20];
    aws_lc_rs::rand::fill(&mut octets).map_err(|_| CaError::Random)?;
    octets[0] = (octets[0] & 0x7f).max(1);
    Ok(octets)
}

/// From `now`, cut to the second, for so many days. RFC 5280 counts both ends as valid.
pub(super) fn validity(now: SystemTime, days: u32) -> Result<Validity, CaError> {
    let out_of_range = || CaError::Validity { days, from: Moment(now).to_string() };
    let length = Duration::from_secs(u64::from(days) * SECONDS_PER_DAY);
    let end = now.checked_add(length).ok_or_else(out_of_range)?;
    if days == 0 {
        return Err(out_of_range());
    }
    let moment = |at| moment(at).map_err(|_| out_of_range());
    Ok(Validity::new(moment(now)?, moment(end)?))
}

/// A time in a certificate, cut to the second: UTCTime up to 2049, GeneralizedTime from 2050 on (RFC 5280 section 4.1.2.5).
pub(super) fn moment(at: SystemTime) -> Result<Time, CertificateError> {
    let since_1970 = at.duration_since(UNIX_EPOCH).map_err(|_| der::ErrorKind::DateTime.to_error())?;
    Ok(DateTime::from_unix_duration(Duration::from_secs(since_1970.as_secs()))?.into())
}
