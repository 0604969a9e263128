//! Every defect has its fixture and its whole message.

#[path = "support/fixtures.rs"]
mod fixtures;

use fixtures::{fixture, fixture_text};
use pki::input;

fn refusal(name: &str) -> String {
    match input::load_with_passphrase(&fixture(&format!("pki/{name}")), b"test only") {
        Ok(input) => panic!("{name} was read as {input}"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn keys_that_cannot_be_used_are_named() {
    let kinds = [
        ("secp384r1", "a P-384 key"),
        ("secp521r1", "a P-521 key"),
        ("secp224r1", "a P-224 key"),
        ("secp256k1", "a secp256k1 key"),
        ("brainpoolP256r1", "an EC key on the curve 1.3.36.3.3.2.8.1.1.7"),
    ];
    for (name, kind) in kinds {
        for form in ["sec1", "pkcs8", "public"] {
            assert_eq!(
                refusal(&format!("foreign/{name}-{form}.pem")),
                format!("block 1, line 1: this is {kind}; nRF Cloud needs P-256 (prime256v1)")
            );
        }
    }
    for name in ["rsa-2048-pkcs8", "rsa-2048-pkcs1", "rsa-2048-public", "rsa-2048-public-pkcs1"] {
        assert_eq!(
            refusal(&format!("foreign/{name}.pem")),
            "block 1, line 1: this is an RSA 2048 key; nRF Cloud needs P-256 (prime256v1)"
        );
    }
    for name in ["ed25519-pkcs8", "ed25519-public"] {
        assert_eq!(
            refusal(&format!("foreign/{name}.pem")),
            "block 1, line 1: this is an Ed25519 key; nRF Cloud needs P-256 (prime256v1)"
        );
    }
    // The curve's name is block 1, the key block 2.
    assert_eq!(
        refusal("foreign/secp384r1-sec1-with-parameters.pem"),
        "block 2, line 4: this is a P-384 key; nRF Cloud needs P-256 (prime256v1)"
    );
    assert_eq!(
        refusal("foreign/explicit-parameters-sec1.pem"),
        "block 1, line 1: this is an EC key without a named curve; nRF Cloud needs P-256 (prime256v1)"
    );
    assert_eq!(
        refusal("foreign/compressed-public.pem"),
        "block 1, line 1: the point is in compressed form; the uncompressed form of 65 octets is needed"
    );
    assert_eq!(
        refusal("requests/rsa-2048.csr.pem"),
        "block 1, line 1: the key of the certificate request cannot be used: this is an RSA 2048 key; \
         nRF Cloud needs P-256 (prime256v1)"
    );
    assert_eq!(
        refusal("requests/sha384.csr.pem"),
        "block 1, line 1: the certificate request is signed with the algorithm 1.2.840.10045.4.3.3, not with ecdsa-with-SHA256"
    );
}

#[test]
fn damaged_files_are_refused_with_place_and_rule() {
    let cases = [
        ("empty.pem", "file is empty"),
        ("white-space.pem", "file holds only white space"),
        ("text.pem", "not PEM, DER, JWK or a modem blob: begins with \"hell\""),
        ("octets.der", "not PEM, DER, JWK or a modem blob: begins with the octets 01 02 03 04"),
        ("no-end-line.pem", "block 1, line 1: PRIVATE KEY has no END line, the file is cut short"),
        ("no-begin-line.pem", "block 1, line 3: END PUBLIC KEY has no BEGIN line before it"),
        ("labels-differ.pem", "block 1, line 1: BEGIN PUBLIC KEY is closed by END CERTIFICATE"),
        ("four-hyphens.pem", "block 1, line 1: the BEGIN line has not five hyphens on both sides"),
        ("nothing-inside.pem", "block 1, line 1: PUBLIC KEY has nothing between BEGIN and END"),
        ("not-base64.pem", "block 1, line 2: PUBLIC KEY has '?' in column 2, which is not base64"),
        (
            "one-character-lost.pem",
            "block 1, line 1: PUBLIC KEY has 123 base64 characters, which is not a multiple of 4: some were lost",
        ),
        (
            "four-characters-lost.pem",
            "block 1, line 1: the DER is cut short: it announces 91 octets, there are 88",
        ),
        ("cut-short.der", "byte 0: the DER is cut short: it announces 138 octets, there are 60"),
        ("trailing-octet.der", "byte 0: 1 octets follow behind the end of the DER"),
        ("unknown.der", "byte 0: this is DER, but neither a key nor a certificate nor a certificate request"),
        ("point-not-on-curve.der", "byte 0: the point is not on the curve P-256"),
        (
            "encrypted-old-form.pem",
            "block 1, line 1: the key is encrypted in openssl's old form (Proc-Type: 4,ENCRYPTED), which is not read; PKCS#8 is",
        ),
        (
            "encrypted-pbes1.pem",
            "block 1, line 1: encrypted with the scheme pbeWithSHA1And3-KeyTripleDES-CBC (1.2.840.113549.1.12.1.3); only PBES2 \
             with AES-CBC or AES-GCM and PBKDF2 with HMAC-SHA-1 or HMAC-SHA-2, or scrypt, is read",
        ),
        (
            "encrypted-3des.pem",
            "block 1, line 1: encrypted with PBES2 of PBKDF2 with HMAC-SHA-1 and DES-EDE3-CBC (1.2.840.113549.3.7); only PBES2 \
             with AES-CBC or AES-GCM and PBKDF2 with HMAC-SHA-1 or HMAC-SHA-2, or scrypt, is read",
        ),
        (
            "certificate-extension-twice.pem",
            "block 1, line 1: the extension 2.5.29.15 stands in the certificate twice",
        ),
        (
            "certificate-v1-with-extensions.pem",
            "block 1, line 1: the certificate is X.509 v1 and has extensions, which only v3 can have",
        ),
        ("pkcs12.p12", "byte 0: this is a PKCS#12 container, which cannot be used here"),
        ("pkcs7.pem", "block 1, line 1: this is a PKCS#7 container, which cannot be used here"),
        (
            "revocation-list.pem",
            "block 1, line 1: this is a certificate revocation list, which cannot be used here",
        ),
        ("signature.der", "byte 0: this is an ECDSA signature, which cannot be used here"),
        ("html.pem", "block 1, line 1: this is an HTML or XML document, which cannot be used here"),
        ("jwk-without-x.jwk", "block 1, line 1: not a JSON Web Key: the field `x` is missing"),
        ("jwk-secp256k1.jwk", "block 1, line 1: this is a secp256k1 key; nRF Cloud needs P-256 (prime256v1)"),
        (
            "jwk-cut-short.jwk",
            "block 1, line 1: not a JSON Web Key: the JSON is not as it should be at its line 1, column 36",
        ),
        (
            "keygen-message-type.txt",
            "block 1, line 1: the message type is 7; an answer to AT%KEYGEN has 2, 3, 8 or 9",
        ),
        (
            "keygen-cut-short.txt",
            "block 1, line 1: the COSE part, behind the dot, is not base64url: cut short after 190 characters, or damaged",
        ),
        (
            "keygen-one-half.txt",
            "block 1, line 1: a modem message has two parts with a dot between them; there is no dot",
        ),
    ];
    for (name, message) in cases {
        assert_eq!(refusal(&format!("bad/{name}")), message, "{name}");
    }
}

#[test]
fn a_fault_inside_a_block_has_its_line_and_its_offset() {
    for (mark, problem) in [
        (':', "PUBLIC KEY has header lines, which PEM of today does not have"),
        ('!', "PUBLIC KEY has '!' in column 8, which is not base64"),
    ] {
        let header = format!("\nComment{mark} x\n");
        let text = fixture_text("pki/keys/public.pem").replacen('\n', &header, 1);
        let error = input::load(text.as_bytes()).unwrap_err();
        assert_eq!(error.to_string(), format!("block 1, line 2: {problem}"));
        assert_eq!(error.place().map(|place| place.offset), text.find(mark));
    }
}

#[test]
fn a_web_token_is_named() {
    let error = input::load(&fixture("guide/token.txt")).unwrap_err();
    assert_eq!(error.to_string(), "block 1, line 1: this is a JSON Web Token, which cannot be used here");
}

#[test]
fn hyphens_that_a_word_processor_changed_are_named() {
    let text = fixture_text("pki/keys/public.pem").replace("-----", "\u{2014}");
    let error = input::load(text.as_bytes()).unwrap_err();
    assert_eq!(error.to_string(), "block 1, line 1: the BEGIN line has not five hyphens on both sides");
}

#[test]
fn the_wrong_kind_of_file_is_named() {
    let load = |name: &str| input::load(&fixture(&format!("pki/{name}"))).unwrap();
    let cases = [
        (
            load("certificates/device.crt.pem").private_key().unwrap_err(),
            "this is a certificate, not a private key",
        ),
        (
            load("certificates/chain.pem").private_key().unwrap_err(),
            "this is 2 certificates, not a private key",
        ),
        (load("keys/public.pem").private_key().unwrap_err(), "this is a public key, not a private key"),
        (
            load("keys/sec1-with-parameters.pem").certificate().unwrap_err(),
            "this is a private key, not a certificate",
        ),
        (
            load("requests/device.csr.pem").certificate().unwrap_err(),
            "this is a certificate request, not a certificate",
        ),
        (
            load("modem/keygen-public-key.txt").certificate_request().unwrap_err(),
            "this is a KEYGEN answer, not a certificate request",
        ),
        (
            load("modem/attest.txt").public_key().unwrap_err(),
            "this is an attestation token, not a public key",
        ),
        (
            load("modem/attest.txt").keygen().unwrap_err(),
            "this is an attestation token, not an answer to AT%KEYGEN",
        ),
        (
            load("keys/public.pem").attestation_token().unwrap_err(),
            "this is a public key, not an attestation token",
        ),
    ];
    for (error, message) in cases {
        assert_eq!(error.to_string(), message);
    }
    assert_eq!(
        load("certificates/ca-rsa.crt.pem").public_key().unwrap_err().to_string(),
        "block 1, line 1: this is an RSA 2048 key; nRF Cloud needs P-256 (prime256v1)"
    );
}

#[test]
fn an_error_never_holds_the_secret() {
    let jwk = fixture_text("pki/keys/private.jwk");
    let secret = jwk.split("\"d\": \"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    for damaged in [
        jwk.replace("P-256", "P-384"),
        jwk.replace(&format!("\"{secret}\""), &format!("[\"{secret}\"]")),
        jwk.replace(&secret, &format!("{secret}A")),
        jwk.replace("\"d\": ", "\"d\" "),
    ] {
        let error = input::load(damaged.as_bytes()).unwrap_err();
        assert!(!format!("{error} {error:?}").contains(&secret[..12]), "{error:?}");
    }
}
