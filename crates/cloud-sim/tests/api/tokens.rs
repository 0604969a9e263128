//! Proxy tokens, evaluation tokens and organization auth tokens (facts 6.4, 6.5 and 9).

use base64ct::{Base64UrlUnpadded, Encoding};
use cloud_sim::{Role, Team};
use p256::{
    ecdsa::{Signature, SigningKey, signature::Signer},
    pkcs8::DecodePrivateKey,
};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Answer, Bench, NOW, pem, row, token};

fn sign_with(key_pem: &str, claims: &Value) -> String {
    let key = SigningKey::from_pkcs8_pem(key_pem).unwrap();
    let part = |text: &str| Base64UrlUnpadded::encode_string(text.as_bytes());
    let input = format!("{}.{}", part("{\"alg\":\"ES256\",\"typ\":\"JWT\"}"), part(&claims.to_string()));
    let signature: Signature = key.sign(input.as_bytes());
    format!("{input}.{}", Base64UrlUnpadded::encode_string(&signature.to_bytes()))
}

fn claims(token: &str) -> Value {
    let payload = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&Base64UrlUnpadded::decode_vec(payload).unwrap()).unwrap()
}

async fn post(bench: &Bench, path: &str) -> Answer {
    bench.send(bench.request(Method::POST, path, bench.sim.api_key())).await
}

#[tokio::test]
async fn a_proxy_speaks_for_its_team() {
    let bench = Bench::new().await;
    assert_eq!(bench.get("/account/service-token").await.refusal().1, 40410);
    let made = post(&bench, "/account/service-key-and-token").await;
    assert_eq!(made.status, 200);
    let made = made.json();
    let (key, service_token) = (made["key"].as_str().unwrap(), made["token"].as_str().unwrap());
    assert!(key.starts_with("-----BEGIN PRIVATE KEY-----\n"));
    let tenant = bench.sim.tenant_id();
    assert_eq!(claims(service_token), json!({"aud": tenant, "iat": NOW, "exp": NOW + 365 * 86_400}));
    assert_eq!(
        bench.get("/account/service-token").await.json(),
        json!({"createdAt": "2026-07-03T12:14:43.250Z", "token": service_token})
    );
    assert_eq!(
        bench.get("/account").await.json()["plan"]["serviceKeys"],
        json!([{"service": "ALL", "enabled": true, "createdAt": "2026-07-03T12:14:43.250Z"}])
    );

    bench.upload("/devices", row("a", &pem("device-1.crt")) + &row("b", &pem("device-2.crt"))).await;
    let plain = sign_with(key, &json!({"aud": tenant}));
    let for_a = sign_with(key, &json!({"aud": tenant, "sub": "a", "exp": NOW + 30 * 86_400}));
    for token in [service_token, &plain, &for_a] {
        assert_eq!(bench.agnss(token, "?types=7", None).await.status, 206, "{}", claims(token));
    }
    // For one device it is that device, for none it is the team.
    let fetch = |token: String, id: &'static str| {
        let request = bench.request(Method::GET, &format!("/devices/{id}"), &token);
        bench.send(request)
    };
    assert_eq!(fetch(for_a.clone(), "a").await.status, 200);
    assert_eq!(fetch(for_a.clone(), "b").await.refusal().0, 401);
    assert_eq!(fetch(plain.clone(), "b").await.status, 200);
    let header = bench.request(Method::GET, "/devices/a", &plain).header("x-custom-device-id", "b");
    assert_eq!(bench.send(header).await.refusal().0, 401);
    let header = bench.request(Method::GET, "/devices/a", &plain).header("x-custom-device-id", "a b");
    assert_eq!(bench.send(header).await.refusal().1, 42200);
    assert_eq!(bench.send(bench.request(Method::GET, "/devices", &plain)).await.refusal().0, 401);

    for (claims, reason) in [
        (json!({"aud": tenant, "exp": NOW}), "expired"),
        (json!({"aud": "another"}), "neither `sub` nor `iss`"),
        (json!({"aud": tenant, "sub": "a b"}), "no device ID"),
    ] {
        assert_eq!(bench.agnss(&sign_with(key, &claims), "?types=7", None).await.status, 401);
        assert!(bench.last_reason().contains(reason), "{}", bench.last_reason());
    }
    // A new key makes the old one void, and a device's token with `aud` is still a device's.
    post(&bench, "/account/service-key-and-token").await;
    assert_eq!(bench.agnss(&plain, "?types=7", None).await.status, 401);
    assert!(bench.last_reason().contains("service key did not sign"), "{}", bench.last_reason());
    let device = token("device-1", &json!({"sub": "a", "aud": tenant}));
    assert_eq!(bench.agnss(&device, "?types=7", None).await.status, 206);
}

#[tokio::test]
async fn an_evaluation_lasts_thirty_days_and_is_for_location_only() {
    let bench = Bench::new().await;
    assert_eq!(bench.get("/account/service-evaluation-token").await.refusal().1, 40410);
    let made = post(&bench, "/account/service-evaluation-token").await.json();
    let evaluation = made["token"].as_str().unwrap();
    assert_eq!(made["expires"], "2026-08-02T12:14:43.000Z");
    let told = claims(evaluation);
    assert_eq!((&told["iat"], &told["exp"]), (&json!(NOW), &json!(NOW + 30 * 86_400)));
    assert!(told["sub"].as_str().unwrap().starts_with("nrfcloud-evaluation-device-"));
    assert_eq!(bench.get("/account/service-evaluation-token").await.json(), made);
    let again = post(&bench, "/account/service-evaluation-token").await.json();
    assert_eq!(again["expires"], made["expires"]);
    assert_eq!(bench.agnss(evaluation, "?types=7", None).await.status, 206);
    assert_eq!(bench.agnss(again["token"].as_str().unwrap(), "?types=7", None).await.status, 206);
    let answer = bench.send(bench.request(Method::GET, "/devices/a", evaluation)).await;
    assert_eq!(answer.refusal().0, 401);
    assert_eq!(bench.last_reason(), "an evaluation token is for location services only");
    let forged = token("device-1", &told);
    assert_eq!(bench.agnss(&forged, "?types=7", None).await.status, 401);
}

#[tokio::test]
async fn the_first_team_has_the_project_and_the_token_that_were_asked_for() {
    let bench = Bench::with(|builder| builder.project("acme", "line-1").auth_token("oat_1")).await;
    let team = bench.sim.teams().next().unwrap();
    assert_eq!((team.organization(), team.project(), team.auth_token()), ("acme", "line-1", "oat_1"));
    let path = "/organizations/acme/projects/line-1/location/agnss?types=7";
    assert_eq!(bench.send(bench.request(Method::GET, path, "oat_1")).await.status, 206);
}

#[tokio::test]
async fn an_organization_auth_token_opens_its_project_only() {
    let bench = Bench::with(|builder| {
        let team = Team::new("Org").api_key("k", Role::Owner).project("acme", "line-1").auth_token("oat_1");
        let other = Team::new("Other").project("other", "line-1").auth_token("oat_2");
        builder.first_team(team).team(other)
    })
    .await;
    let get = |project: &str, token: &str| {
        let path = format!("/organizations/{project}/location/agnss?types=7");
        bench.send(bench.request(Method::GET, &path, token))
    };
    assert_eq!(get("acme/projects/line-1", "oat_1").await.status, 206);
    assert_eq!(get("acme/projects/line-2", "oat_1").await.refusal().1, 40410);
    assert_eq!(get("other/projects/line-1", "oat_1").await.refusal().1, 40100);
    assert_eq!(get("acme/projects/line-1", "oat_3").await.refusal().1, 40100);
    for malformed in ["k", "a.b.c"] {
        let answer = get("acme/projects/line-1", malformed).await;
        assert_eq!((answer.status, answer.json()), (401, json!({"message": "Auth token is malformed"})));
    }
    let path = "/organizations/acme/projects/line-1/location/agnss?types=7";
    let with = |tenant: &str| bench.request(Method::GET, path, "oat_1").header("x-nrfcloud-tenantid", tenant);
    assert_eq!(bench.send(with(bench.sim.tenant_id())).await.status, 206);
    assert_eq!(bench.send(with("another")).await.refusal().1, 40100);
    // Nowhere else.
    assert_eq!(bench.send(bench.request(Method::GET, "/account", "oat_1")).await.refusal().1, 40100);
    assert!(bench.last_reason().starts_with("an organization auth token outside"));
    assert_eq!(bench.agnss("oat_1", "?types=7", None).await.status, 401);
}

#[tokio::test]
async fn a_team_has_slugs_and_a_token_of_its_own_making() {
    let bench = Bench::new().await;
    let team = bench.sim.teams().next().unwrap();
    let last = &team.tenant_id()[24..];
    assert_eq!(team.organization(), format!("nrfcloud-{last}"));
    assert_eq!(team.project(), "nrf-project");
    assert!(team.auth_token().starts_with("oat_") && team.auth_token().len() == 44);
}
