//! Keys of both back ends, from every form, and what they do not show.

#![cfg(any(feature = "p256", feature = "aws-lc-rs"))]
#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

use jwt_core::key::KeyError;
use jwt_core::signature::{Keypair, KeypairRef};

#[path = "support/keys.rs"]
mod keys;

const SCALAR: [u8; 32] = [7; 32];

/// What code that is generic over the back end may ask of its keys.
fn a_key_has_these_traits<S, V>(_: &S, _: &V)
where
    S: jwt_core::Signer<jwt_core::Signature>
        + KeypairRef<VerifyingKey = V>
        + zeroize::ZeroizeOnDrop
        + Clone
        + core::fmt::Debug
        + Send
        + Sync
        + 'static,
    V: jwt_core::Verifier<jwt_core::Signature> + Clone + Eq + core::fmt::Debug + Send + Sync + 'static,
{
}

/// The same tests for each back end: it is a type, and nothing else changes.
macro_rules! backend {
    ($name:ident, $module:path) => {
        mod $name {
            use super::*;
            use jwt_core::{Claims, Header, UntrustedToken};
            use $module::{SigningKey, VerifyingKey};

            #[test]
            fn traits_are_those_of_every_back_end() {
                let key = SigningKey::from_scalar(&SCALAR).unwrap();
                a_key_has_these_traits(&key, key.verifying_key());
                // No back end has more than the others can have: of `Copy` only one of these two is there to be chosen.
                trait NotCopy<Which> {
                    const HOLDS: bool = true;
                }
                impl<T> NotCopy<()> for T {}
                struct Copies;
                impl<T: Copy> NotCopy<Copies> for T {}
                assert!(<SigningKey as NotCopy<_>>::HOLDS && <VerifyingKey as NotCopy<_>>::HOLDS);

                let clone = key.clone();
                drop(key);
                assert_eq!(&Keypair::verifying_key(&clone), AsRef::<VerifyingKey>::as_ref(&clone));
                let (mut buf, mut payload) = ([0; 512], [0; 256]);
                let token =
                    jwt_core::sign(&Header::new(), &Claims::new().sub("d"), &clone, &mut buf).unwrap();
                let public = clone.verifying_key().clone();
                UntrustedToken::parse(token).unwrap().verify(&public, &mut payload).unwrap();
            }

            #[test]
            fn debug_shows_no_secret() {
                let key = SigningKey::from_scalar(&SCALAR).unwrap();
                assert_eq!(format!("{key:?}"), "SigningKey([redacted])");
                assert_eq!(
                    format!("{:?}", key.verifying_key()),
                    format!("VerifyingKey(kid {})", key.verifying_key().key_id())
                );
            }

            #[test]
            fn public_forms_round_trip() {
                let key = SigningKey::from_scalar(&SCALAR).unwrap();
                let public = key.verifying_key();
                assert_eq!(&VerifyingKey::from_sec1_point(&public.to_sec1_point()).unwrap(), public);
                assert_eq!(&VerifyingKey::from_spki_der(&public.to_spki_der()).unwrap(), public);
            }

            #[test]
            fn wrong_scalars_and_points_are_refused() {
                assert_eq!(SigningKey::from_scalar(&[0; 32]).unwrap_err(), KeyError::Scalar);
                assert_eq!(SigningKey::from_scalar(&[0xff; 32]).unwrap_err(), KeyError::Scalar);
                let mut point = SigningKey::from_scalar(&SCALAR).unwrap().verifying_key().to_sec1_point();
                point[64] ^= 1;
                assert_eq!(VerifyingKey::from_sec1_point(&point).unwrap_err(), KeyError::Point);
                assert_eq!(VerifyingKey::from_sec1_point(&[0]).unwrap_err(), KeyError::Point);
                assert_eq!(VerifyingKey::from_sec1_point(&[]).unwrap_err(), KeyError::Point);
                assert_eq!(
                    VerifyingKey::from_spki_der(&[0x30; 91]).unwrap_err(),
                    KeyError::Der("SubjectPublicKeyInfo")
                );
            }

            #[test]
            fn a_token_goes_round() {
                let key = SigningKey::from_scalar(&SCALAR).unwrap();
                let (mut buf, mut payload) = ([0; 512], [0; 256]);
                let token = jwt_core::sign(&Header::new(), &Claims::new().sub("d"), &key, &mut buf).unwrap();
                let token = UntrustedToken::parse(token).unwrap();
                token.verify(key.verifying_key(), &mut payload).unwrap();
                let other = SigningKey::from_scalar(&[8; 32]).unwrap();
                assert!(token.verify(other.verifying_key(), &mut payload).is_err());
            }

            #[cfg(feature = "pem")]
            #[test]
            fn pem_and_der_in_all_forms() {
                let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/jwt/keys/");
                let read = |file: &str| std::fs::read_to_string(format!("{folder}{file}")).unwrap();
                let key = SigningKey::from_scalar(&SCALAR).unwrap();
                for file in
                    ["pkcs8.pem", "pkcs8-v2.pem", "sec1.pem", "sec1-with-parameters.pem", "pkcs8-crlf.pem"]
                {
                    let found =
                        SigningKey::from_pem(&read(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
                    assert_eq!(found.verifying_key(), key.verifying_key(), "{file}");
                }
                assert_eq!(&VerifyingKey::from_pem(&read("spki.pem")).unwrap(), key.verifying_key());
                for (file, error) in [
                    ("p384.pem", KeyError::Algorithm),
                    ("rsa.pem", KeyError::TooLong),
                    ("secp256k1.pem", KeyError::Algorithm),
                    ("secp256k1-sec1.pem", KeyError::Algorithm),
                    ("foreign-public-key.pem", KeyError::Mismatch),
                    ("pkcs8-v2-foreign-public-key.pem", KeyError::Mismatch),
                    ("pkcs8-v2-compressed-public-key.pem", KeyError::Point),
                    ("spki.pem", KeyError::Pem),
                    ("truncated.pem", KeyError::Pem),
                ] {
                    assert_eq!(SigningKey::from_pem(&read(file)).unwrap_err(), error, "{file}");
                }
                assert_eq!(VerifyingKey::from_pem(&read("pkcs8.pem")).unwrap_err(), KeyError::Pem);
                assert_eq!(
                    KeyError::TooLong.to_string(),
                    "the key in the PEM text has more than 256 bytes of DER, which no P-256 key needs"
                );
            }
        }
    };
}

#[cfg(feature = "p256")]
backend!(p256, jwt_core::key::p256);
#[cfg(feature = "aws-lc-rs")]
backend!(aws_lc, jwt_core::key::aws_lc);

#[cfg(all(feature = "p256", feature = "aws-lc-rs"))]
#[test]
fn one_back_end_verifies_what_the_other_signs() {
    use jwt_core::{Claims, Header, UntrustedToken, key};
    let pure = key::p256::SigningKey::from_scalar(&SCALAR).unwrap();
    let fast = key::aws_lc::SigningKey::from_scalar(&SCALAR).unwrap();
    assert_eq!(pure.verifying_key().to_spki_der(), fast.verifying_key().to_spki_der());
    let claims = Claims::new().sub("d");
    let (mut one, mut two, mut payload) = ([0; 512], [0; 512], [0; 64]);
    let by_pure = jwt_core::sign(&Header::new(), &claims, &pure, &mut one).unwrap();
    let by_fast = jwt_core::sign(&Header::new(), &claims, &fast, &mut two).unwrap();
    UntrustedToken::parse(by_pure).unwrap().verify(fast.verifying_key(), &mut payload).unwrap();
    UntrustedToken::parse(by_fast).unwrap().verify(pure.verifying_key(), &mut payload).unwrap();
}

#[test]
fn a_key_id_is_the_hash_of_the_spki() {
    // openssl pkey -in fixtures/jwt/keys/pkcs8.pem -pubout -outform DER | sha256sum
    assert_eq!(
        keys::key().verifying_key().key_id().as_str(),
        include_str!("../../../fixtures/jwt/keys/kid.txt").trim()
    );
}
