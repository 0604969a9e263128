//! Who is let in, who is not, and what is noted of it.

use cloud_sim::Refusal;
use reqwest::{Method, header::AUTHORIZATION};
use serde_json::{Value, json};

use crate::support::{Bench, NOW, pem, row, short_row, sign, system_time, token};

async fn bench_with_device() -> Bench {
    let bench = Bench::new().await;
    assert_eq!(bench.upload("/devices", row("device-1", &pem("device-1.crt"))).await["status"], "SUCCEEDED");
    bench
}

async fn is_let_in(bench: &Bench, token: &str) -> bool {
    let answer = bench.agnss(token, "?types=7", Some("bytes=0-100")).await;
    if answer.status == 206 {
        return true;
    }
    assert_eq!(answer.refusal(), (401, 40100, "Access denied.".into()));
    false
}

#[tokio::test]
async fn tokens_that_open_the_door() {
    let bench = bench_with_device().await;
    let week = 7 * 86_400;
    for claims in [
        json!({"sub": "device-1"}),
        json!({"sub": "device-1", "iat": NOW}),
        json!({"sub": "device-1", "iat": NOW - 5, "exp": NOW + 1}),
        json!({"sub": "device-1", "iat": NOW, "exp": NOW + week}),
        json!({"sub": "device-1", "exp": NOW + week}),
        json!({"sub": "device-1", "nbf": NOW}),
        json!({"sub": "device-1", "aud": "anyone", "jti": "nRF9160.x.y", "iss": "nRF9160.another"}),
        json!({"iss": "nRF9160.device-1"}),
    ] {
        assert!(is_let_in(&bench, &token("device-1", &claims)).await, "{claims}: {}", bench.last_reason());
    }
    let padded =
        sign("device-1", "{\"typ\":\"JWT\",\"alg\":\"ES256\",\"kid\":\"00\"} ", "{\"sub\":\"device-1\"}  ");
    assert!(is_let_in(&bench, &padded).await, "{}", bench.last_reason());
}

#[tokio::test]
async fn tokens_that_do_not() {
    let bench = bench_with_device().await;
    let week = 7 * 86_400;
    let refused = |claims: Value| token("device-1", &claims);
    let header = |header: &str| sign("device-1", header, "{\"sub\":\"device-1\"}");
    let cases = [
        (token("device-2", &json!({"sub": "device-1"})), "signature"),
        (refused(json!({"sub": "device-1", "exp": NOW})), "expired"),
        (refused(json!({"sub": "device-1", "nbf": NOW + 1})), "not valid for another 1 s"),
        (refused(json!({"sub": "device-1", "iat": NOW, "exp": NOW + week + 1})), "lives 604801 s"),
        (refused(json!({"sub": "device-1", "exp": NOW + week + 1})), "lives 604801 s"),
        (refused(json!({"sub": "device-2"})), "no key is registered for this device"),
        (refused(json!({"iss": "device-1"})), "neither `sub` nor `iss`"),
        (refused(json!({})), "neither `sub` nor `iss`"),
        (refused(json!({"sub": 1})), "`sub`"),
        (header("{\"alg\":\"HS256\"}"), "`alg` is not `ES256`"),
        (header("{\"alg\":\"none\"}"), "`alg` is `none`"),
        (header("{\"typ\":\"JWT\"}"), "no `alg`"),
        ("a.b".into(), "3 parts"),
        ("not-a-token".into(), "3 parts"),
    ];
    for (token, reason) in cases {
        assert!(!is_let_in(&bench, &token).await, "{reason}");
        assert!(bench.last_reason().contains(reason), "expected {reason}: {}", bench.last_reason());
    }
}

#[tokio::test]
async fn keys_and_tokens_are_not_exchanged() {
    let bench = bench_with_device().await;
    let token = token("device-1", &json!({"sub": "device-1"}));
    assert!(!is_let_in(&bench, bench.sim.api_key()).await);
    assert_eq!(bench.last_reason(), "an API key where only a JSON Web Token is accepted");

    for (method, path) in [
        (Method::GET, "/account"),
        (Method::GET, "/devices"),
        (Method::POST, "/devices"),
        (Method::POST, "/devices/device-9"),
        (Method::POST, "/devices/public-keys"),
        (Method::POST, "/devices/certificates"),
        (Method::DELETE, "/devices/device-1"),
        (Method::GET, "/bulk-ops-requests"),
        (Method::GET, "/bulk-ops-requests/01EZZJVDQJPWT7V4FWNVDHNMM5"),
    ] {
        let answer = bench.send(bench.request(method.clone(), path, &token)).await;
        assert_eq!(answer.refusal(), (401, 40100, "Access denied.".into()), "{method} {path}");
        assert_eq!(bench.last_reason(), "a JSON Web Token where only an API key is accepted");
        let answer = bench.send(bench.request(method.clone(), path, &"0".repeat(40))).await;
        assert_eq!(answer.refusal().0, 401, "{method} {path}");
        assert_eq!(bench.last_reason(), "unknown API key");
    }
}

#[tokio::test]
async fn the_header_must_be_one_bearer() {
    let bench = bench_with_device().await;
    let url = format!("{}/account", bench.sim.url());
    let key = bench.sim.api_key();
    let with = |value: String| bench.http.get(&url).header(AUTHORIZATION, value);
    for (request, reason) in [
        (bench.http.get(&url), "no Authorization header"),
        (with(key.into()), "the Authorization header does not begin with `Bearer `"),
        (with(format!("bearer {key}")), "the Authorization header does not begin with `Bearer `"),
        (with(format!("Basic {key}")), "the Authorization header does not begin with `Bearer `"),
        (with(format!("Bearer  {key}")), "unknown API key"),
        (
            with(format!("Bearer {key}")).header(AUTHORIZATION, "Bearer x"),
            "more than one Authorization header",
        ),
    ] {
        assert_eq!(bench.send(request).await.refusal().0, 401);
        assert_eq!(bench.last_reason(), reason);
    }
    assert_eq!(bench.send(with(format!("Bearer {key}"))).await.status, 200);
}

#[tokio::test]
async fn a_registered_key_wins_over_the_certificate() {
    let bench = bench_with_device().await;
    let by = |key: &str| token(key, &json!({"sub": "device-1"}));
    assert!(is_let_in(&bench, &by("device-1")).await);
    bench.upload("/devices/public-keys", short_row("device-1", &pem("device-2.public-key"))).await;
    assert!(is_let_in(&bench, &by("device-2")).await);
    assert!(!is_let_in(&bench, &by("device-1")).await);
    bench.upload("/devices/public-keys", short_row("device-1", &pem("device-1.public-key"))).await;
    assert!(is_let_in(&bench, &by("device-1")).await);
    assert!(!is_let_in(&bench, &by("device-2")).await);
}

#[tokio::test]
async fn a_registered_key_needs_no_onboarding() {
    let bench = Bench::new().await;
    bench.upload("/devices/public-keys", short_row("elsewhere", &pem("device-2.public-key"))).await;
    let token = token("device-2", &json!({"sub": "elsewhere"}));
    assert!(is_let_in(&bench, &token).await);
    let answer = bench.send(bench.request(Method::GET, "/devices/elsewhere", &token)).await;
    assert_eq!(answer.refusal().1, 40410);
}

#[tokio::test]
async fn a_replaced_certificate_changes_the_key() {
    let bench = bench_with_device().await;
    let operation = bench.upload("/devices/certificates", short_row("device-1", &pem("device-2.crt"))).await;
    assert_eq!(
        (&operation["status"], &operation["endpoint"]),
        (&"SUCCEEDED".into(), &"REGISTER_CERTIFICATES".into())
    );
    assert!(is_let_in(&bench, &token("device-2", &json!({"sub": "device-1"}))).await);
    assert!(!is_let_in(&bench, &token("device-1", &json!({"sub": "device-1"}))).await);
    // The old certificate is free again, but a device that is not onboarded gets none.
    let operation = bench.upload("/devices/certificates", short_row("nobody", &pem("device-1.crt"))).await;
    assert_eq!(bench.errors(&operation).await, ["[0]: Thing nobody does not exist in account"]);
    assert_eq!(bench.upload("/devices", row("next", &pem("device-1.crt"))).await["status"], "SUCCEEDED");
    let operation = bench.upload("/devices/certificates", short_row("next", &pem("device-2.crt"))).await;
    assert_eq!(
        bench.errors(&operation).await,
        ["[0]: The device certificate is already registered and attached to a different device."]
    );
}

#[tokio::test]
async fn refusals_are_noted_without_the_credential() {
    let bench = bench_with_device().await;
    let token = token("device-2", &json!({"sub": "device-1"}));
    assert!(!is_let_in(&bench, &token).await);
    let refusals = bench.sim.refusals();
    let [refusal] = refusals.as_slice() else { panic!("{refusals:?}") };
    let Refusal { at, method, path, status, code, device_id, .. } = refusal;
    assert_eq!(
        (method.as_str(), path.as_str(), *status, *code),
        ("GET", "/v1/location/agnss", 401, Some(40100))
    );
    assert_eq!(device_id.as_deref(), Some("device-1"));
    assert_eq!(at.duration_since(system_time(NOW)).unwrap().as_millis(), 250);
    let text = refusal.to_string();
    assert!(
        text.starts_with(
            "2026-07-03T12:14:43.250Z GET /v1/location/agnss → 401 (40100) device device-1: JSON Web Token: "
        ),
        "{text}"
    );
    assert!(!format!("{refusal:?}{text}").contains(token.rsplit('.').next().unwrap()));
}
