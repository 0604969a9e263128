//! Keys: made, written, read, signed with.

#[path = "support/fixtures.rs"]
mod fixtures;
#[path = "support/openssl.rs"]
mod openssl;

use fixtures::fixture_text;
use openssl::OpenSsl;
use p256::ecdsa::{SigningKey, VerifyingKey};
use pki::Signature;
use pki::input;
use pki::key::{KeyError, PrivateKey, PublicKey};
use pki::signature::{Keypair, Signer, Verifier};

#[test]
fn every_form_that_is_written_is_read_again() {
    let key = PrivateKey::generate().unwrap();
    let forms = [
        key.to_pkcs8_pem().to_string(),
        key.to_sec1_pem().to_string(),
        key.to_encrypted_pkcs8_pem(b"open sesame").unwrap().to_string(),
    ];
    for form in forms {
        let input = input::load_with_passphrase(form.as_bytes(), b"open sesame").unwrap();
        assert_eq!(input.private_key().unwrap().public_key(), key.public_key(), "{}", input.items().len());
        assert_eq!(input.repairs(), []);
        assert!(form.ends_with("-----\n"));
    }
    let public = key.public_key();
    assert_eq!(PublicKey::from_spki_der(&public.to_spki_der()).unwrap(), public);
    assert_eq!(input::load(public.to_spki_pem().as_bytes()).unwrap().public_key().unwrap(), public);
}

#[test]
fn openssl_reads_every_form() {
    let Some(openssl) = OpenSsl::find() else { return };
    let key = PrivateKey::generate().unwrap();
    openssl.write("pkcs8.pem", key.to_pkcs8_pem().as_bytes());
    openssl.write("sec1.pem", key.to_sec1_pem().as_bytes());
    openssl.write("encrypted.pem", key.to_encrypted_pkcs8_pem(b"open sesame").unwrap().as_bytes());
    let expected = key.public_key().to_spki_pem();
    for file in ["pkcs8.pem", "sec1.pem", "encrypted.pem"] {
        let text = openssl.run(&["pkey", "-in", file, "-passin", "pass:open sesame", "-pubout"]);
        assert_eq!(text, expected, "{file}");
    }
    // The very layout of `openssl ecparam -genkey`, which the guide shows.
    openssl.run(&["ec", "-in", "sec1.pem", "-out", "again.pem"]);
    let again = std::fs::read_to_string(openssl.path().join("again.pem")).unwrap();
    let parameters = "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n";
    assert_eq!(key.to_sec1_pem().as_str(), format!("{parameters}{again}"));
}

#[test]
fn another_implementation_verifies_and_is_verified() {
    let key = PrivateKey::generate().unwrap();
    let message = b"eyJhbGciOiJFUzI1NiJ9.e30";
    let theirs = VerifyingKey::from_sec1_bytes(key.public_key().sec1_point()).unwrap();
    let signature: Signature = key.sign(message);
    theirs.verify(message, &signature).unwrap();
    key.public_key().verify(message, &signature).unwrap();
    key.public_key().verify(b"another message", &signature).unwrap_err();

    let scalar = [7; 32];
    let rust = SigningKey::from_slice(&scalar).unwrap();
    let ours = PrivateKey::from_scalar(&scalar).unwrap();
    assert_eq!(
        ours.public_key().sec1_point().as_slice(),
        rust.verifying_key().to_sec1_point(false).as_bytes()
    );
    let signature: Signature = rust.sign(message);
    ours.verifying_key().verify(message, &signature).unwrap();
}

#[test]
fn the_key_id_is_that_of_the_modem() {
    // vectors/modem/index.json: the identity key of the device …627d.
    let point = hex_literal::hex!(
        "047b76ffcb0339a59c091651afe019a5f9ae5d0dc442994207bbb248f74cd80848"
        "61b98a7b0e8dea68ecfb04cb0985d1ee18686ee7b3f0af4bd1de51439c1f97bd"
    );
    let key = PublicKey::from_sec1_point(&point).unwrap();
    assert_eq!(key.key_id(), "13f696a2198b96d7a79f8a2ce301d5d007abfd40652e0fe2a9e38f78f248e383");
}

#[test]
fn scalars_outside_the_order_are_refused() {
    let order = hex_literal::hex!("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
    for scalar in [[0; 32], order, [0xff; 32]] {
        let error = PrivateKey::from_scalar(&scalar).unwrap_err();
        assert_eq!(error.to_string(), "the private scalar is not between 1 and the order of P-256");
    }
    let mut largest = order;
    largest[31] -= 1;
    PrivateKey::from_scalar(&largest).unwrap();
    let mut smallest = [0; 32];
    smallest[31] = 1;
    PrivateKey::from_scalar(&smallest).unwrap();
}

#[test]
fn points_off_the_curve_are_refused() {
    let key = PrivateKey::generate().unwrap();
    let mut point = *key.public_key().sec1_point();
    point[64] ^= 1;
    let error = PublicKey::from_sec1_point(&point).unwrap_err();
    assert!(matches!(error, KeyError::Point));
    assert_eq!(error.to_string(), "the point is not on the curve P-256");
    let infinity = PublicKey::from_sec1_point(&[0]).unwrap_err();
    assert_eq!(
        infinity.to_string(),
        "a P-256 point is 65 octets that begin with 04; this is 1 octets of another form"
    );
}

#[test]
fn a_stored_public_half_that_does_not_belong_is_refused() {
    let one = PrivateKey::from_scalar(&[1; 32]).unwrap();
    let two = PrivateKey::from_scalar(&[2; 32]).unwrap();
    let der = one.to_pkcs8_der();
    let at = der.windows(65).position(|window| window == one.public_key().sec1_point()).unwrap();
    let mut forged = der.to_vec();
    forged[at..at + 65].copy_from_slice(two.public_key().sec1_point());
    let error = PrivateKey::from_pkcs8_der(&forged).unwrap_err();
    assert_eq!(error.to_string(), "the public key stored with this private key does not belong to it");

    // In version 2 of PKCS#8 it can also stand beside the SEC1 key.
    let read = |name: &str| input::load(fixture_text(&format!("jwt/keys/{name}.pem")).as_bytes());
    let key = PrivateKey::from_scalar(&[7; 32]).unwrap();
    assert_eq!(read("pkcs8-v2").unwrap().public_key().unwrap(), key.public_key());
    for (name, message) in [
        ("pkcs8-v2-foreign-public-key", "the public key stored with this private key does not belong to it"),
        (
            "pkcs8-v2-compressed-public-key",
            "the point is in compressed form; the uncompressed form of 65 octets is needed",
        ),
    ] {
        assert_eq!(read(name).unwrap_err().to_string(), format!("block 1, line 1: {message}"), "{name}");
    }
}

#[test]
fn debug_shows_no_secret() {
    let scalar = [0xab; 32];
    let key = PrivateKey::from_scalar(&scalar).unwrap();
    let public = format!("{:?}", key.public_key());
    assert_eq!(format!("{key:?}"), format!("PrivateKey {{ public: {public}, scalar: [redacted] }}"));
    let encrypted = key.to_encrypted_pkcs8_pem(b"x").unwrap();
    let input = input::load(encrypted.as_bytes()).unwrap();
    let item = input.items().next().unwrap();
    assert_eq!(format!("{item:?}"), "EncryptedPrivateKey(EncryptedPrivateKey([redacted]))");
    let plain = input::load(key.to_pkcs8_pem().as_bytes()).unwrap();
    assert!(!format!("{plain:?}").contains("abababab"));
}

#[test]
fn passphrases() {
    let pbkdf2 = fixture_text("pki/keys/encrypted-pbkdf2.pem");
    let old = fixture_text("pki/keys/encrypted-pbkdf2-sha1.pem");
    let scrypt = fixture_text("pki/keys/encrypted-scrypt.pem");
    let expected = input::load(fixture_text("pki/keys/public.pem").as_bytes()).unwrap().public_key().unwrap();
    for text in [&pbkdf2, &old, &scrypt] {
        let input = input::load_with_passphrase(text.as_bytes(), b"test only").unwrap();
        assert_eq!(input.public_key().unwrap(), expected);
        let wrong = input::load_with_passphrase(text.as_bytes(), b"test  only").unwrap_err();
        assert_eq!(wrong.to_string(), "block 1, line 1: wrong passphrase, or the encrypted key is damaged");
        let closed = input::load(text.as_bytes()).unwrap();
        let needed = "block 1, line 1: the private key is encrypted, a passphrase is needed";
        assert_eq!(closed.private_key().unwrap_err().to_string(), needed);
        assert_eq!(closed.public_key().unwrap_err().to_string(), needed);
        let input::Item::EncryptedPrivateKey(encrypted) = closed.items().next().unwrap() else { panic!() };
        assert_eq!(encrypted.decrypt(b"test only").unwrap().public_key(), expected);
    }
    let key = PrivateKey::generate().unwrap();
    assert_eq!(key.to_encrypted_pkcs8_pem(b"").unwrap_err().to_string(), "the passphrase is empty");
}

/// A file can ask for hours of hashing: that is not done.
#[test]
fn passphrase_hashing_has_a_limit() {
    let changed = |der: &[u8], from: &[u8], to: &[u8]| -> Vec<u8> {
        let at = der.windows(from.len()).position(|window| window == from).unwrap();
        [&der[..at], to, &der[at + from.len()..]].concat()
    };
    let key = PrivateKey::generate().unwrap();
    let pem = key.to_encrypted_pkcs8_pem(b"test only").unwrap();
    let (_, pbkdf2) = pem_rfc7468::decode_vec(pem.as_bytes()).unwrap();
    // INTEGER 600 000, INTEGER 8 388 607.
    let slow = changed(&pbkdf2, &[2, 3, 0x09, 0x27, 0xc0], &[2, 3, 0x7f, 0xff, 0xff]);
    assert_eq!(
        PrivateKey::from_encrypted_pkcs8_der(&slow, b"test only").unwrap_err().to_string(),
        "the passphrase hashing asks for 8388607 rounds of PBKDF2, which is more than this program will do"
    );
    let pem = fixture_text("pki/keys/encrypted-scrypt.pem");
    let (_, scrypt) = pem_rfc7468::decode_vec(pem.as_bytes()).unwrap();
    // N = 1024, r = 8, p = 1.
    let large = changed(&scrypt, &[2, 2, 4, 0, 2, 1, 8, 2, 1, 1], &[2, 2, 0x40, 0, 2, 1, 0x7f, 2, 1, 0x7f]);
    assert_eq!(
        PrivateKey::from_encrypted_pkcs8_der(&large, b"test only").unwrap_err().to_string(),
        "the passphrase hashing asks for 32258 MiB of scrypt, which is more than this program will do"
    );
}
