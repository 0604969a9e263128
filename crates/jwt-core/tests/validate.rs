//! Every reason at once, with numbers.

#![cfg(any(feature = "p256", feature = "aws-lc-rs"))]
#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

use jwt_core::{
    Claims, ClaimsView, Header, Issuer, JsonPayload, Payload, Rules, UntrustedToken, Violation, nrfcloud,
};
use keys::key;
use proptest::prelude::*;

#[path = "support/keys.rs"]
mod keys;

/// What `look` says about the claims of a token with this payload.
fn with_claims<P: Payload, T>(payload: &P, look: impl FnOnce(&ClaimsView<'_>) -> T) -> T {
    let (mut token, mut claims) = ([0; 512], [0; 512]);
    let token = jwt_core::sign(&Header::new(), payload, &key(), &mut token).unwrap();
    let verified = UntrustedToken::parse(token).unwrap().verify(key().verifying_key(), &mut claims).unwrap();
    look(verified.claims())
}

fn check<P: Payload>(payload: &P, rules: &Rules<'_>) -> String {
    with_claims(payload, |claims| match rules.check(claims) {
        Ok(()) => "valid".into(),
        Err(violations) => violations.to_string(),
    })
}

fn json(text: &str) -> JsonPayload<'_> {
    JsonPayload::new(text).unwrap()
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
fn a_life_without_an_end_is_capped_too() {
    let week = nrfcloud::MAX_LIFETIME;
    let now = 10 * week;
    let rules = Rules::at(now).max_lifetime(week);
    let issued = |iat| Claims::new().iat(iat);
    assert_eq!(check(&issued(now - week - 60), &rules), "valid", "the leeway is for the issuer's clock");
    assert_eq!(
        check(&issued(now - week - 61), &rules),
        "is 604861 s old and has no `exp`, the longest life is 604800 s, leeway 60 s"
    );
    assert_eq!(
        check(&issued(now + 61), &rules),
        "issued 61 s in the future, leeway 60 s",
        "and is not too old"
    );
    assert_eq!(check(&issued(0), &Rules::at(now)), "valid", "nobody asked");
    assert_eq!(check(&Claims::new(), &rules), "`exp` and `iat` are absent, and the longest life is 604800 s");
    assert_eq!(check(&Claims::new(), &rules.allow_timeless()), "valid");
    assert_eq!(check(&Claims::new().nbf(now), &rules.allow_timeless()), "valid");
    assert_eq!(
        check(&issued(now - week - 61), &rules.allow_timeless()),
        "is 604861 s old and has no `exp`, the longest life is 604800 s, leeway 60 s",
        "it is not timeless"
    );
    assert_eq!(
        check(&Claims::new(), &rules.require_exp()),
        "`exp` is absent and required; `exp` and `iat` are absent, and the longest life is 604800 s"
    );
    assert_eq!(check(&Claims::new(), &Rules::at(now).max_lifetime(u64::MAX).allow_timeless()), "valid");
    assert_eq!(check(&issued(0), &Rules::at(u64::MAX).leeway(u64::MAX).max_lifetime(1)), "valid");
}

#[test]
fn device_presets_take_what_nrf_cloud_takes() {
    let now = 1_700_000_000;
    let by_sub = nrfcloud::device_by_sub(now, "d");
    // The guide's payload, and that of a modem without the time.
    assert_eq!(check(&Claims::new().sub("d"), &by_sub), "valid");
    assert_eq!(check(&Claims::new().iss("nRF9160.d"), &nrfcloud::device_by_iss(now, "d")), "valid");
    // Nordic's own test adds an `iat`, and leaves `exp` out.
    assert_eq!(check(&Claims::new().sub("d").iat(now - 3600), &by_sub), "valid");
    assert_eq!(
        check(&Claims::new().sub("d").iat(now - 8 * 86_400), &by_sub),
        "is 691200 s old and has no `exp`, the longest life is 604800 s, leeway 60 s"
    );
    let mut strict = by_sub;
    strict.timeless_allowed = false;
    assert_eq!(
        check(&Claims::new().sub("d"), &strict),
        "`exp` and `iat` are absent, and the longest life is 604800 s"
    );
}

/// A modem's token: the device is onboarded under its IMEI, and `iss` has the hardware's UUID all the same.
const TWO_NAMES: &str =
    r#"{"iss":"nRF9160.504e5353-3831-45c8-800a-2719d8ba39f5","sub":"nrf-352656106108148"}"#;

#[test]
fn sub_counts_where_sub_and_iss_differ() {
    let (uuid, imei) = ("504e5353-3831-45c8-800a-2719d8ba39f5", "nrf-352656106108148");
    with_claims(&json(TWO_NAMES), |claims| {
        assert_eq!(nrfcloud::device_id(claims).unwrap(), imei);
        nrfcloud::device_by_sub(0, imei).check(claims).unwrap();
        let violations = nrfcloud::device_by_iss(0, uuid).check(claims).unwrap_err();
        assert_eq!(
            violations.to_string(),
            format!("`sub` is {imei}, expected {uuid}"),
            "this is not the device's name"
        );
        Rules::at(0).sub(imei).iss(Issuer::Device(uuid)).check(claims).unwrap();
    });
    let same = format!(r#"{{"iss":"nRF9160.{uuid}","sub":"{uuid}"}}"#);
    assert_eq!(check(&json(&same), &nrfcloud::device_by_iss(0, uuid)), "valid");
    assert_eq!(check(&json(&same), &nrfcloud::device_by_sub(0, uuid)), "valid");
}

#[test]
fn an_issuer_is_a_device_only_with_chip_dot_and_id() {
    for (iss, device) in [
        ("nRF9160.a-b", Some("a-b")),
        ("nrf91x1.a.b", Some("a.b")),
        (r"nRF9160\u002ea\u002db", Some("a-b")),
        (".a-b", None),
        ("nRF9160.", None),
        (".", None),
        ("a-b", None),
        ("", None),
    ] {
        let text = format!(r#"{{"iss":"{iss}"}}"#);
        with_claims(&json(&text), |claims| {
            let found = nrfcloud::device_id(claims);
            assert_eq!(found.map(|id| id.to_string()).as_deref(), device, "{iss}");
            let accepted = nrfcloud::device_by_iss(0, "a-b").check(claims).is_ok();
            assert_eq!(accepted, device == Some("a-b"), "{iss}");
        });
    }
    with_claims(&json(r#"{"sub":"","iss":"nRF9160.a-b"}"#), |claims| {
        assert_eq!(nrfcloud::device_id(claims), None, "nobody is named, and it is not `iss` that counts");
        assert!(nrfcloud::device_by_iss(0, "a-b").check(claims).is_err());
    });
}

/// Text for a JSON string in which any character may be written as an escape.
fn spelt(text: &str, escaped: &[bool]) -> String {
    let spell =
        |(c, escaped): (char, &bool)| if *escaped { format!("\\u{:04x}", c as u32) } else { c.into() };
    text.chars().zip(escaped.iter().cycle()).map(spell).collect()
}

proptest! {
    /// Whoever asks the rules and whoever asks for the name get the same answer.
    #[test]
    fn the_rules_and_the_name_agree(
        sub in proptest::option::of("[ab]{0,2}"), iss in proptest::option::of("[ab]{0,1}[.]?[ab]{0,2}"), id in "[ab]{1,2}",
        escaped in proptest::collection::vec(any::<bool>(), 1..4),
    ) {
        let members: Vec<String> = [("sub", &sub), ("iss", &iss)]
            .into_iter()
            .filter_map(|(name, value)| Some(format!("\"{name}\":\"{}\"", spelt(value.as_ref()?, &escaped))))
            .collect();
        with_claims(&json(&format!("{{{}}}", members.join(","))), |claims| {
            let named = nrfcloud::device_id(claims).is_some_and(|name| name == id.as_str());
            let by_sub = nrfcloud::device_by_sub(0, &id).check(claims).is_ok();
            let by_iss = nrfcloud::device_by_iss(0, &id).check(claims).is_ok();
            prop_assert_eq!(named, by_sub || by_iss, "{:?} {:?} {}", sub, iss, id);
            Ok(())
        })?;
    }
}

#[test]
fn what_a_terminal_would_obey_is_escaped() {
    let sub = json(r#"{"sub":"a\u001b[2J\u202e\u2028\\","iss":"\u009b","aud":["\u200b","é"]}"#);
    let rules = Rules::at(0).sub("\u{7}").iss(Issuer::Device("\u{7f}")).aud("\u{2029}");
    assert_eq!(
        check(&sub, &rules),
        r"`sub` is a\u{1b}[2J\u{202e}\u{2028}\\, expected \u{7}; `iss` is \u{9b}, expected <chip>.\u{7f}; `aud` is \u{200b}, é, expected \u{2029}"
    );
    with_claims(&sub, |claims| {
        let sub = claims.sub().unwrap();
        assert_eq!(sub.to_string(), "a\u{1b}[2J\u{202e}\u{2028}\\", "its text is what it is");
        assert_eq!(sub.printable().to_string(), r"a\u{1b}[2J\u{202e}\u{2028}\\");
        assert_eq!(format!("{sub:?}"), r#""a\u{1b}[2J\u{202e}\u{2028}\\""#);
    });
}

#[test]
fn what_was_found_can_be_compared() {
    let rules = Rules::at(0).aud("a");
    let found = |text: &str| with_claims(&json(text), |claims| format!("{:?}", rules.check(claims)));
    assert_ne!(found(r#"{"aud":"b"}"#), found(r#"{"aud":"c"}"#));
    let many = json(r#"{"aud":["b","c"]}"#);
    let other = json(r#"{"aud":[ "\u0062","c" ]}"#);
    with_claims(&many, |one| {
        with_claims(&other, |two| {
            assert_eq!(one.aud(), two.aud());
            assert_ne!(one, two, "another text is another token");
            assert_eq!(rules.check(one), rules.check(two));
            let violations = rules.check(one).unwrap_err();
            let expected = Violation::Audience { expected: "a", found: one.aud() };
            assert_eq!(violations.iter().collect::<Vec<_>>(), [&expected]);
        });
    });
    assert_eq!(Claims::new().sub("a"), Claims::new().sub("a"));
    assert_ne!(Claims::new().sub("a"), Claims::new().sub("b"));
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
