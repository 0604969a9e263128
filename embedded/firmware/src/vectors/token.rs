//! Tokens: signed, read, verified and validated, and each that must be refused, with its reason.

use hex_literal::hex;
use jwt_core::{Claims, Header, UntrustedToken, nrfcloud};

use super::{GUIDE_POINT, GUIDE_TOKEN, REFUSED, Refused, Tally, Text};
use crate::backend::Backend;

/// The private scalar of `fixtures/jwt`. Test only.
const SCALAR: [u8; 32] = [7; 32];

/// RFC 7515 appendix A.3.
const A3_TOKEN: &str = "eyJhbGciOiJFUzI1NiJ9\
    .eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ\
    .DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
const A3_POINT: [u8; 65] = hex!(
    "04 7fcdce2770f6c45d4183cbee6fdb4b7b580733357be9ef13bacf6e3c7bd15445
        c7f144cd1bbd9b7e872cdfedb9eeb9f4b3695d6ea90b24ad8a4623288588e5ad"
);

const WRONG_KEY: &str = "the signature does not belong to this key and this text";

pub(super) fn run<B: Backend>(tally: &mut Tally) {
    let Some(key) = B::signing_key(&SCALAR) else {
        return tally.check("tokens", "the key was refused", false);
    };
    let public = B::public(&key);
    refused::<B>(tally, &public);
    received::<B>(tally, &public);
    made::<B>(tally, &key, &public);
}

/// What a reader with this key says to a token: `accepted` or the reason.
fn answer<B: Backend>(token: &str, key: &B::VerifyingKey) -> Text {
    let mut payload = [0; 1024];
    match UntrustedToken::parse(token) {
        Ok(token) => match token.verify(key, &mut payload) {
            Ok(_) => Text::of(&"accepted"),
            Err(error) => Text::of(&error),
        },
        Err(error) => Text::of(&error),
    }
}

fn refused<B: Backend>(tally: &mut Tally, key: &B::VerifyingKey) {
    for Refused { name, token, message } in REFUSED {
        tally.check_text("refused token", name, answer::<B>(token, key).as_str(), message);
    }
    tally.check("refused token", "number of vectors", REFUSED.len() >= 60);
}

/// Tokens of others.
fn received<B: Backend>(tally: &mut Tally, foreign: &B::VerifyingKey) {
    let tokens = [("guide", GUIDE_TOKEN, &GUIDE_POINT), ("RFC 7515 A.3", A3_TOKEN, &A3_POINT)];
    for (name, token, point) in tokens {
        let Some(key) = B::verifying_key(point) else {
            tally.check("key of", name, false);
            continue;
        };
        tally.check_text("token of", name, answer::<B>(token, &key).as_str(), "accepted");
        tally.check_text("token with a foreign key", name, answer::<B>(token, foreign).as_str(), WRONG_KEY);
    }
}

/// A token of our own, and every reason why it is not valid elsewhere and later.
fn made<B: Backend>(tally: &mut Tally, key: &B::SigningKey, public: &B::VerifyingKey) {
    let now = 1_700_000_000;
    let claims = Claims::new().sub("my-device").iat(now).exp(now + 600);
    let mut buf = [0; 256];
    let mut payload = [0; 128];
    let Ok(token) = jwt_core::sign(&Header::new(), &claims, key, &mut buf) else {
        return tally.check("own token", "sign", false);
    };
    let verified = UntrustedToken::parse(token).map(|token| token.verify(public, &mut payload));
    let Ok(Ok(verified)) = verified else {
        return tally.check("own token", "verify", false);
    };
    let json = r#"{"sub":"my-device","iat":1700000000,"exp":1700000600}"#;
    tally.check_text("own token", "claims", verified.claims().json(), json);
    let valid = verified.validate(&nrfcloud::device_by_sub(now + 30, "my-device")).is_ok();
    tally.check("own token", "validate", valid);
    match verified.validate(&nrfcloud::device_by_sub(now + 755, "another")) {
        Ok(()) => tally.check("own token", "validate elsewhere", false),
        Err(reasons) => tally.check_text(
            "own token",
            "validate elsewhere",
            Text::of(&reasons).as_str(),
            "expired 155 s ago, leeway 60 s; `sub` is my-device, expected another",
        ),
    }
}
