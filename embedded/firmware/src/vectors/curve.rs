//! Keys: which scalars and points are taken, and which public key belongs to which private one.

use hex_literal::hex;
use jwt_core::key::KeyError;

use super::{Tally, Text};
use crate::backend::Backend;

/// Scalars with their public points: the generator, its double, and their negatives, the last two scalars below the order
/// (SEC 2 section 2.4.2). The assembly computes with odd scalars only and negates for the even ones, and n - 2 is its special case.
const PAIRS: [(&str, [u8; 32], [u8; 65]); 4] = [
    (
        "1",
        hex!("0000000000000000000000000000000000000000000000000000000000000001"),
        hex!(
            "04 6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296
                4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"
        ),
    ),
    (
        "2",
        hex!("0000000000000000000000000000000000000000000000000000000000000002"),
        hex!(
            "04 7cf27b188d034f7e8a52380304b51ac3c08969e277f21b35a60b48fc47669978
                07775510db8ed040293d9ac69f7430dbba7dade63ce982299e04b79d227873d1"
        ),
    ),
    (
        "n - 1",
        hex!("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632550"),
        hex!(
            "04 6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296
                b01cbd1c01e58065711814b583f061e9d431cca994cea1313449bf97c840ae0a"
        ),
    ),
    (
        "n - 2",
        hex!("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc63254f"),
        hex!(
            "04 7cf27b188d034f7e8a52380304b51ac3c08969e277f21b35a60b48fc47669978
                f888aaee24712fc0d6c26539608bcf244582521ac3167dd661fb4862dd878c2e"
        ),
    ),
];

const BAD_SCALARS: [(&str, [u8; 32]); 4] = [
    ("zero", [0; 32]),
    ("the order", hex!("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551")),
    ("the order + 1", hex!("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632552")),
    ("all ones", [0xff; 32]),
];

const BAD_POINTS: [(&str, &[u8]); 8] = [
    ("empty", &[]),
    ("infinity", &[0]),
    ("compressed", &hex!("03 6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296")),
    (
        "hybrid",
        &hex!(
            "07 6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296
                4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"
        ),
    ),
    (
        "one octet short",
        &hex!(
            "04 6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296
                4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51"
        ),
    ),
    (
        "not on the curve",
        &hex!(
            "04 6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296
                4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f6"
        ),
    ),
    // A point with x = 5 is on the curve; written as 5 + p it is the same point, and must not be taken.
    (
        "x is not below the prime",
        &hex!(
            "04 ffffffff00000001000000000000000000000001000000000000000000000004
                459243b9aa581806fe913bce99817ade11ca503c64d9a3c533415c083248fbcc"
        ),
    ),
    ("zeros", &{
        let mut point = [0; 65];
        point[0] = 4;
        point
    }),
];

pub(super) fn run<B: Backend>(tally: &mut Tally) {
    for (name, scalar, point) in &PAIRS {
        let key = B::signing_key(scalar);
        let right = key.is_some_and(|key| B::point(&B::public(&key)) == *point);
        tally.check("public key of scalar", name, right);
        let right = B::verifying_key(point).is_some_and(|key| B::point(&key) == *point);
        tally.check("point of scalar", name, right);
    }
    for (name, scalar) in &BAD_SCALARS {
        tally.check("refused scalar", name, B::signing_key(scalar).is_none());
    }
    for (name, point) in &BAD_POINTS {
        tally.check("refused point", name, B::verifying_key(point).is_none());
    }
    match B::signing_key(&[7; 32]) {
        Some(key) => forms::<B>(tally, &key),
        None => tally.check("forms of a key", "the key was refused", false),
    }
}

/// The forms of a key that people and files see.
fn forms<B: Backend>(tally: &mut Tally, key: &B::SigningKey) {
    const GROUP: &str = "forms of a key";
    // Made by openssl and sha256sum.
    const KID: &str = include_str!("../../../../fixtures/jwt/keys/kid.txt");
    let public = B::public(key);
    let (_, spki, kid) = B::forms(&public);
    tally.check_text(GROUP, "kid", kid.as_str(), KID.trim());
    tally.check(GROUP, "SPKI and back", B::from_spki(&spki).as_ref() == Ok(&public));
    let short = B::from_spki(&spki[..90]).err();
    tally.check(GROUP, "SPKI without its end", short == Some(KeyError::Point));
    let mut foreign = spki;
    // The last octet of the curve's name.
    foreign[22] ^= 1;
    let foreign = B::from_spki(&foreign).err();
    tally.check(GROUP, "SPKI of another curve", foreign == Some(KeyError::Der("SubjectPublicKeyInfo")));
    let debug = Text::of(&format_args!("{key:?} {public:?}"));
    let expected = Text::of(&format_args!("SigningKey([redacted]) VerifyingKey(kid {kid})"));
    tally.check_text(GROUP, "Debug", debug.as_str(), expected.as_str());
}
