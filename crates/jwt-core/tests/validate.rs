//! Every reason at once, with numbers.

#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

use jwt_core::key::p256::SigningKey;
use jwt_core::{Claims, Header, Issuer, Payload, Rules, UntrustedToken, nrfcloud};

fn check<P: Payload>(payload: &P, rules: &Rules<'_>) -> String {
    let key = SigningKey::from_scalar(&[7; 32]).unwrap();
    let (mut token, mut claims) = ([0; 512], [0; 512]);
    let token = jwt_core::sign(&Header::new(), payload, &key, &mut token).unwrap();
    let verified = UntrustedToken::parse(token).unwrap().verify(key.verifying_key(), &mut claims).unwrap();
    match verified.validate(rules) {
        Ok(()) => "valid".into(),
        Err(violations) => violations.to_string(),
    }
}

#[test]
fn times_are_judged_to_the_second() {
    let claims = Claims::new().nbf(1000).iat(1000).exp(2000);
    assert_eq!(
        check(&claims, &Rules::at(939)),
        "not valid for another 61 s, leeway 60 s; issued 61 s in the future, leeway 60 s"
    );
    assert_eq!(check(&claims, &Rules::at(940)), "valid");
    assert_eq!(check(&claims, &Rules::at(2059)), "valid");
    assert_eq!(check(&claims, &Rules::at(2060)), "expired 60 s ago, leeway 60 s");
    assert_eq!(check(&claims, &Rules::at(2000).leeway(0)), "expired 0 s ago, leeway 0 s");
    assert_eq!(check(&claims, &Rules::at(1999).leeway(0)), "valid");
}

#[test]
fn lifetimes_are_capped() {
    let week = nrfcloud::MAX_LIFETIME;
    let rules = nrfcloud::device_by_sub(1000, "d");
    assert_eq!(check(&Claims::new().sub("d").iat(1000).exp(1000 + week), &rules), "valid");
    assert_eq!(
        check(&Claims::new().sub("d").iat(1000).exp(1001 + week), &rules),
        "lives 604801 s, the longest is 604800 s"
    );
    assert_eq!(
        check(&Claims::new().sub("d").exp(1001 + week), &rules),
        "lives 604801 s, the longest is 604800 s",
        "without iat its life is what is left of it"
    );
    assert_eq!(
        check(&Claims::new().sub("d").iat(1000).exp(990), &rules),
        "expires 10 s before it was issued"
    );
    assert_eq!(check(&Claims::new().sub("d"), &rules), "valid", "the guide's token has no exp");
    assert_eq!(check(&Claims::new().sub("d"), &rules.require_exp()), "`exp` is absent and required");
}

#[test]
fn presets_know_who_is_meant() {
    let id = "50363154-3931-44f0-8022-121b6401627d";
    let by_iss = nrfcloud::device_by_iss(0, id);
    assert_eq!(check(&Claims::new().iss(&format!("nRF9160.{id}")), &by_iss), "valid");
    assert_eq!(check(&Claims::new().iss(id), &by_iss), format!("`iss` is {id}, expected <chip>.{id}"));
    assert_eq!(check(&Claims::new().sub(id), &by_iss), format!("`iss` is absent, expected <chip>.{id}"));
    let exactly = Rules::at(0).iss(Issuer::Exactly("me"));
    assert_eq!(check(&Claims::new().iss("me"), &exactly), "valid");
    let proxy = nrfcloud::proxy(0, "team");
    assert_eq!(check(&Claims::new().aud("team"), &proxy), "valid");
    assert_eq!(check(&Claims::new().aud_many(&["other", "team"]), &proxy), "valid");
    assert_eq!(check(&Claims::new().aud_many(&["a", "b"]), &proxy), "`aud` is a, b, expected team");
    assert_eq!(check(&Claims::new(), &proxy), "`aud` is absent, expected team");
}

#[test]
fn all_reasons_come_together() {
    let claims = Claims::new().nbf(10_000_000).iat(9_000_000).exp(1).sub("x").iss("y").aud("z");
    let rules = Rules::at(1000).sub("a").iss(Issuer::Exactly("b")).aud("c").max_lifetime(1);
    assert_eq!(
        check(&claims, &rules),
        "expired 999 s ago, leeway 60 s; not valid for another 9999000 s, leeway 60 s; \
         issued 8999000 s in the future, leeway 60 s; expires 8999999 s before it was issued; \
         `sub` is x, expected a; `iss` is y, expected b; `aud` is z, expected c"
    );
}
