//! What the PEM text of a row holds: which kind of key, and whose certificate.
//!
//! A certificate is read as far as its subject and its key (RFC 5280 section 4.1); extensions and signature are passed
//! over, as nRF Cloud passes over them. Whether a point lies on the curve is not computed.

use der::asn1::{AnyRef, BitStringRef, ObjectIdentifier};
use der::{Decode as _, Reader as _, SliceReader, Tag, TagNumber, Tagged as _};
use spki::SubjectPublicKeyInfoRef;

use super::pem;
use super::row::Row;
use crate::identifier::DeviceId;

/// How far a reader looks into the PEM texts of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Contents {
    /// Not at all: the published form is all that counts.
    #[default]
    Ignored,
    /// Certificates and keys must be such, and of P-256: nothing else becomes an ES256 key (the service takes the
    /// upload, and fails the row).
    Keys,
    /// As well the common name of a certificate must be the device ID. The service takes others; MQTT, and so most of
    /// what a device does, does not work with them.
    KeysAndNames,
}

/// What is wrong with what a PEM text holds.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ContentProblem {
    /// The DER of a `CERTIFICATE` is something else.
    #[error("the PEM text holds no X.509 certificate")]
    NotCertificate,
    /// The DER of a `PUBLIC KEY` is something else.
    #[error("the PEM text holds no SubjectPublicKeyInfo")]
    NotPublicKey,
    /// Another curve, or no elliptic curve.
    #[error("the key is {found}; only P-256 can be used for ES256")]
    OtherKey {
        /// The common name of the kind of key, or its object identifier.
        found: String,
    },
    /// P-256 by its name, with something else than a point.
    #[error("the P-256 key is no point of 33 or 65 bytes")]
    NotPoint,
    /// A certificate for another device.
    #[error(
        "the certificate's CN is {found:?}, the device ID is {device_id}; for MQTT the two must be the same"
    )]
    CommonName {
        /// The device ID of the row.
        device_id: DeviceId,
        /// The CN.
        found: String,
    },
    /// A certificate for nobody.
    #[error("the certificate has no CN, and the device ID is {device_id}; for MQTT the two must be the same")]
    NoCommonName {
        /// The device ID of the row.
        device_id: DeviceId,
    },
}

impl Contents {
    /// Looks into a row. The first thing wrong is told. Rows with tokens pass.
    ///
    /// # Errors
    ///
    /// [`ContentProblem`]
    pub fn check<R: Row>(self, row: &R) -> Result<(), ContentProblem> {
        let Some(text) = row.pem().filter(|_| self != Self::Ignored) else { return Ok(()) };
        let (is_certificate, content) = pem::content(text);
        if !is_certificate {
            let key = SubjectPublicKeyInfoRef::from_der(&content);
            return check_key(&key.map_err(|_| ContentProblem::NotPublicKey)?);
        }
        let (subject, key) = certificate(&content).map_err(|_| ContentProblem::NotCertificate)?;
        check_key(&key)?;
        if self == Self::Keys {
            return Ok(());
        }
        let device_id = row.device_id();
        match common_name(subject).map_err(|_| ContentProblem::NotCertificate)? {
            Some(name) if name == device_id.as_str() => Ok(()),
            Some(found) => Err(ContentProblem::CommonName { device_id: device_id.clone(), found }),
            None => Err(ContentProblem::NoCommonName { device_id: device_id.clone() }),
        }
    }
}

const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
const COMMON_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.3");

/// Names that people know, of algorithms and of curves.
const OTHERS: [(ObjectIdentifier, &str); 6] = [
    (ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1"), "RSA"),
    (ObjectIdentifier::new_unwrap("1.3.132.0.34"), "P-384"),
    (ObjectIdentifier::new_unwrap("1.3.132.0.35"), "P-521"),
    (ObjectIdentifier::new_unwrap("1.3.132.0.10"), "secp256k1"),
    (ObjectIdentifier::new_unwrap("1.3.36.3.3.2.8.1.1.7"), "brainpoolP256r1"),
    (ObjectIdentifier::new_unwrap("1.3.101.112"), "Ed25519"),
];

fn check_key(key: &SubjectPublicKeyInfoRef<'_>) -> Result<(), ContentProblem> {
    let algorithm = key.algorithm.oid;
    // RFC 5480 section 2.1.1: the curve is named in the parameters.
    let curve = key.algorithm.parameters_oid().ok().filter(|_| algorithm == EC_PUBLIC_KEY);
    match (curve, key.subject_public_key.raw_bytes()) {
        (Some(P256), [4, point @ ..]) if point.len() == 64 => Ok(()),
        (Some(P256), [2 | 3, point @ ..]) if point.len() == 32 => Ok(()),
        (Some(P256), _) => Err(ContentProblem::NotPoint),
        (other, _) => {
            let other = other.unwrap_or(algorithm);
            let name = OTHERS.iter().find(|(oid, _)| *oid == other).map(|(_, name)| (*name).to_owned());
            Err(ContentProblem::OtherKey { found: name.unwrap_or_else(|| other.to_string()) })
        }
    }
}

/// Subject and key.
fn certificate(der: &[u8]) -> der::Result<(AnyRef<'_>, SubjectPublicKeyInfoRef<'_>)> {
    AnyRef::from_der(der)?.sequence(|certificate| {
        let parts = AnyRef::decode(certificate)?.sequence(body);
        let _algorithm = AnyRef::decode(certificate)?;
        let _signature = BitStringRef::decode(certificate)?;
        parts
    })
}

fn body<'a>(body: &mut SliceReader<'a>) -> der::Result<(AnyRef<'a>, SubjectPublicKeyInfoRef<'a>)> {
    const VERSION: Tag = Tag::ContextSpecific { constructed: true, number: TagNumber(0) };

    if AnyRef::decode(body)?.tag() == VERSION {
        let _serial = AnyRef::decode(body)?;
    }
    let [_algorithm, _issuer, _validity, subject] =
        [AnyRef::decode(body)?, AnyRef::decode(body)?, AnyRef::decode(body)?, AnyRef::decode(body)?];
    let key = SubjectPublicKeyInfoRef::decode(body)?;
    while !body.is_finished() {
        let _extensions = AnyRef::decode(body)?;
    }
    Ok((subject, key))
}

/// The last one, which is the most specific.
fn common_name(subject: AnyRef<'_>) -> der::Result<Option<String>> {
    subject.sequence(|names| {
        let mut found = None;
        while !names.is_finished() {
            let names = AnyRef::decode(names)?;
            names.tag().assert_eq(Tag::Set)?;
            let mut attributes = SliceReader::new(names.value())?;
            while !attributes.is_finished() {
                AnyRef::decode(&mut attributes)?.sequence(|attribute| -> der::Result<()> {
                    let (kind, value) = (ObjectIdentifier::decode(attribute)?, AnyRef::decode(attribute)?);
                    if kind == COMMON_NAME {
                        found = Some(text(value));
                    }
                    Ok(())
                })?;
            }
        }
        Ok(found)
    })
}

/// A device ID is ASCII, so whatever is not is only shown.
fn text(value: AnyRef<'_>) -> String {
    if value.tag() != Tag::BmpString {
        return String::from_utf8_lossy(value.value()).into_owned();
    }
    let units =
        value.value().chunks(2).map(|unit| unit.iter().fold(0, |sum, byte| sum << 8 | u16::from(*byte)));
    char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use proptest::prelude::*;

    use super::super::{CertificateRow, OnboardRow, PartReader, Place, PublicKeyRow, read_checking};
    use super::*;

    fn fixture(path: &str) -> Vec<u8> {
        let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures"));
        std::fs::read(folder.join(path)).unwrap()
    }

    fn problems(csv: &[u8], contents: Contents) -> Vec<String> {
        let reading = read_checking::<OnboardRow>(csv, contents);
        assert_eq!(reading.rows().len() + reading.problems().len(), reading.row_count());
        let problems: Vec<String> = reading.problems().iter().map(ToString::to_string).collect();

        let mut reader = PartReader::<OnboardRow, _>::new(csv).checking(contents);
        let part = reader.next_part().unwrap().unwrap();
        assert_eq!(part.problems.iter().map(ToString::to_string).collect::<Vec<_>>(), problems);
        assert_eq!(part.rows, reading.rows());
        problems
    }

    #[test]
    fn each_wrong_content_is_told_with_its_place() {
        let id = "00000001-0000-4000-8000-000000000000";
        let at = "line 1, column 55: ";
        for (name, as_key, as_named) in [
            ("wrong-curve", Some("the key is P-384; only P-256 can be used for ES256".to_owned()), None),
            ("rsa-public-key", Some("the key is RSA; only P-256 can be used for ES256".to_owned()), None),
            (
                "other-common-name",
                None,
                Some(format!(
                    "the certificate's CN is \"00000002-0000-4000-8000-000000000000\", the device ID is {id}; \
                     for MQTT the two must be the same"
                )),
            ),
            (
                "no-common-name",
                None,
                Some(format!(
                    "the certificate has no CN, and the device ID is {id}; for MQTT the two must be the same"
                )),
            ),
        ] {
            let csv = fixture(&format!("csv/{name}.csv"));
            let found = |message: &Option<String>| -> Vec<String> {
                message.iter().map(|message| format!("{at}{message}")).collect()
            };
            assert_eq!(problems(&csv, Contents::Ignored), Vec::<String>::new(), "{name}");
            assert_eq!(problems(&csv, Contents::Keys), found(&as_key), "{name}");
            assert_eq!(problems(&csv, Contents::KeysAndNames), found(&as_key.or(as_named)), "{name}");
        }
    }

    #[test]
    fn good_rows_are_good_and_the_guides_certificate_is_for_another_device() {
        assert_eq!(problems(&fixture("csv/good.csv"), Contents::KeysAndNames), Vec::<String>::new());
        assert_eq!(problems(&fixture("csv/crlf.csv"), Contents::KeysAndNames), Vec::<String>::new());
        let guide = fixture("guide/onboard.csv");
        assert_eq!(problems(&guide, Contents::Keys), Vec::<String>::new());
        assert_eq!(problems(&guide, Contents::KeysAndNames).len(), 1);
    }

    #[test]
    fn what_is_der_and_nothing_else_is_refused() {
        let csv = b"a,\"-----BEGIN PUBLIC KEY-----\nMAMCAQE=\n-----END PUBLIC KEY-----\n\"";
        let reading = read_checking::<PublicKeyRow>(csv, Contents::Keys);
        assert_eq!(
            reading.problems()[0].to_string(),
            "line 1, column 4: the PEM text holds no SubjectPublicKeyInfo"
        );
        let csv = String::from_utf8(csv.to_vec()).unwrap().replace("PUBLIC KEY", "CERTIFICATE");
        let reading = read_checking::<CertificateRow>(csv.as_bytes(), Contents::Keys);
        let [problem] = reading.problems() else { panic!("{reading:?}") };
        assert_eq!(problem.to_string(), "line 1, column 4: the PEM text holds no X.509 certificate");
        assert_eq!((problem.place, problem.row), (Place { line: 1, column: 4 }, Some(0)));
        assert!(reading.rows().is_empty());
    }

    #[test]
    fn a_curve_without_a_name_is_told_by_its_number() {
        // P-192: 1.2.840.10045.3.1.1.
        let spki = [&[0x30, 0x18, 0x30, 0x13][..], EC_AND_P192, &[0x03, 0x01, 0x00]].concat();
        let error = check_key(&SubjectPublicKeyInfoRef::from_der(&spki).unwrap()).unwrap_err();
        assert_eq!(error.to_string(), "the key is 1.2.840.10045.3.1.1; only P-256 can be used for ES256");
        let mut spki = spki;
        spki[22] = 7;
        let error = check_key(&SubjectPublicKeyInfoRef::from_der(&spki).unwrap()).unwrap_err();
        assert_eq!(error, ContentProblem::NotPoint);
    }

    const EC_AND_P192: &[u8] =
        b"\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x01";

    #[test]
    fn names_of_every_kind_of_string() {
        let name = |tag: u8, value: &[u8]| {
            let length = u8::try_from(value.len()).unwrap();
            let head = [0x30, length + 11, 0x31, length + 9, 0x30, length + 7, 6, 3, 0x55, 4, 3, tag, length];
            let name = [&head[..], value].concat();
            common_name(AnyRef::from_der(&name).unwrap()).unwrap().unwrap()
        };
        assert_eq!(name(0x0c, b"nrf-1"), "nrf-1");
        assert_eq!(name(0x13, b"nrf-1"), "nrf-1");
        assert_eq!(name(0x1e, b"\0n\0r\0f"), "nrf");
        assert_eq!(name(0x14, b"\xe9"), "\u{fffd}");
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_certificate_or_none(
            cut in 0..2000usize,
            at in any::<prop::sample::Index>(),
            byte in any::<u8>(),
        ) {
            let guide = String::from_utf8(fixture("guide/onboard.csv")).unwrap();
            let pem = &guide[guide.find("-----BEGIN").unwrap()..guide.len() - 1];
            let (is_certificate, mut der) = pem::content(pem);
            prop_assert!(is_certificate);
            let (subject, key) = certificate(&der).unwrap();
            prop_assert!(check_key(&key).is_ok() && common_name(subject).unwrap().is_some());
            let place = at.index(der.len());
            der[place] = byte;
            der.truncate(cut);
            if let Ok((subject, key)) = certificate(&der) {
                let _judged = (check_key(&key), common_name(subject));
            }
        }
    }
}
