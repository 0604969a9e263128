//! The guide's own reading of keys and certificates, by `p256` and the `Certificate` of `x509-cert`: `nrfcloud` signs with
//! aws-lc-rs and frames what it signs itself. Names and extensions it writes with parts of the same `x509-cert`, so that
//! OpenSSL alone judges those without sharing code.

use std::time::{Duration, SystemTime};

use p256::{
    PublicKey, SecretKey,
    ecdsa::{DerSignature, VerifyingKey, signature::Verifier as _},
    pkcs8::{DecodePrivateKey as _, DecodePublicKey as _, EncodePublicKey as _, LineEnding},
};
use x509_cert::{
    Certificate,
    der::{DecodePem as _, Encode as _},
    ext::pkix::BasicConstraints,
};

use super::failure::Failure;

/// How checks name this judge.
pub(crate) const RUSTCRYPTO: &str = "RustCrypto";

/// A certificate as x509-cert reads it.
pub(crate) fn certificate(pem: &[u8]) -> Result<Certificate, Failure> {
    Certificate::from_pem(pem).map_err(|error| Failure::unreadable("the certificate", error))
}

/// The subject in the order of the certificate, as OpenSSL's `-subj` takes it: `/C=NO/CN=name`.
pub(crate) fn subject(certificate: &Certificate) -> String {
    slashes(certificate.tbs_certificate().subject().iter().map(ToString::to_string))
}

/// The issuer, likewise.
pub(crate) fn issuer(certificate: &Certificate) -> String {
    slashes(certificate.tbs_certificate().issuer().iter().map(ToString::to_string))
}

fn slashes(parts: impl Iterator<Item = String>) -> String {
    parts.map(|part| format!("/{part}")).collect()
}

/// The P-256 key that a certificate is about.
pub(crate) fn key_of(certificate: &Certificate) -> Result<VerifyingKey, Failure> {
    let wrong = |error: &dyn ToString| Failure::unreadable("the certificate's key", error.to_string());
    let der = certificate.tbs_certificate().subject_public_key_info().to_der().map_err(|e| wrong(&e))?;
    VerifyingKey::from_public_key_der(&der).map_err(|e| wrong(&e))
}

/// Whether a certificate was signed, by ECDSA with SHA-256, with the private half of this key.
pub(crate) fn is_signed_by(certificate: &Certificate, issuer: &VerifyingKey) -> Result<bool, Failure> {
    let unreadable =
        |error: &dyn ToString| Failure::unreadable("the certificate's signature", error.to_string());
    let signed = certificate.tbs_certificate().to_der().map_err(|e| unreadable(&e))?;
    let bytes =
        certificate.signature().as_bytes().ok_or_else(|| unreadable(&"it is no whole number of bytes"))?;
    let signature = DerSignature::try_from(bytes).map_err(|e| unreadable(&e))?;
    Ok(issuer.verify(&signed, &signature).is_ok())
}

/// Whether the certificate may sign others.
pub(crate) fn is_ca(certificate: &Certificate) -> Result<bool, Failure> {
    let constraints = certificate
        .tbs_certificate()
        .get_extension::<BasicConstraints>()
        .map_err(|error| Failure::unreadable("the certificate's basic constraints", error))?;
    Ok(constraints.is_some_and(|(_, constraints)| constraints.ca))
}

/// Whether the certificate is valid at this time.
pub(crate) fn is_valid_at(certificate: &Certificate, time: SystemTime) -> bool {
    let validity = certificate.tbs_certificate().validity();
    // A certificate counts whole seconds, and this one may have been made in the present one.
    let start = validity.not_before.to_system_time();
    start <= time + Duration::from_secs(1) && time <= validity.not_after.to_system_time()
}

/// The private key in a PEM text, PKCS#8 or SEC1; what stands before it, such as EC PARAMETERS, is passed over.
pub(crate) fn private_key(pem: &str) -> Result<SecretKey, Failure> {
    let sec1 =
        pem.find("-----BEGIN EC PRIVATE KEY-----").map(|start| SecretKey::from_sec1_pem(&pem[start..]));
    match sec1 {
        Some(key) => key.map_err(|error| Failure::unreadable("the SEC1 private key", error)),
        None => SecretKey::from_pkcs8_pem(pem)
            .map_err(|error| Failure::unreadable("the PKCS#8 private key", error)),
    }
}

/// The public half of a private key.
pub(crate) fn public_half(key: &SecretKey) -> VerifyingKey {
    VerifyingKey::from(&key.public_key())
}

/// The public key in an SPKI PEM.
pub(crate) fn public_key(pem: &str) -> Result<VerifyingKey, Failure> {
    VerifyingKey::from_public_key_pem(pem).map_err(|error| Failure::unreadable("the public key", error))
}

/// The public key in an SPKI.
pub(crate) fn public_key_der(der: &[u8]) -> Result<VerifyingKey, Failure> {
    VerifyingKey::from_public_key_der(der).map_err(|error| Failure::unreadable("the public key", error))
}

/// A key as an SPKI, DER.
pub(crate) fn spki(key: &VerifyingKey) -> Result<Vec<u8>, Failure> {
    let document = PublicKey::from(key)
        .to_public_key_der()
        .map_err(|error| Failure::unreadable("the public key", error))?;
    Ok(document.as_bytes().to_vec())
}

/// A key as an SPKI PEM, 64 characters a line, with the line break at its end.
pub(crate) fn spki_pem(key: &VerifyingKey) -> Result<String, Failure> {
    PublicKey::from(key)
        .to_public_key_pem(LineEnding::LF)
        .map_err(|error| Failure::unreadable("the public key", error))
}

/// Lower-case hex digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// SHA-256 in lower-case hex digits.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    use sha2::Digest as _;
    hex(&sha2::Sha256::digest(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guide::fixture;

    /// The guide's certificate, by which this reading is itself judged: it was made by OpenSSL.
    fn guides_certificate() -> Certificate {
        let csv = fixture("onboard.csv");
        let pem = csv.split('"').nth(1).unwrap();
        certificate(pem.as_bytes()).unwrap()
    }

    #[test]
    fn names_are_read_in_their_order() {
        let certificate = guides_certificate();
        assert_eq!(
            issuer(&certificate),
            "/C=NO/ST=Norway/L=Trondheim/O=Nordic Semiconductor/OU=Test Devices"
        );
        assert!(subject(&certificate).ends_with("/CN=c652f9ad-e0b9-48ff-bc62-22081c804158"));
        assert!(!is_ca(&certificate).unwrap());
    }

    #[test]
    fn the_guides_certificate_is_not_signed_by_its_own_key() {
        let certificate = guides_certificate();
        assert!(!is_signed_by(&certificate, &key_of(&certificate).unwrap()).unwrap());
    }

    #[test]
    fn a_certificate_is_not_valid_before_its_time() {
        assert!(!is_valid_at(&guides_certificate(), SystemTime::UNIX_EPOCH));
        assert!(is_valid_at(&guides_certificate(), SystemTime::now()));
    }

    #[test]
    fn a_broken_key_is_refused() {
        let text = "-----BEGIN EC PRIVATE KEY-----\nMHcC\n-----END EC PRIVATE KEY-----\n";
        assert!(
            private_key(text).unwrap_err().to_string().starts_with("the SEC1 private key cannot be read: ")
        );
    }
}
