//! Hardware with an ownership code, and devices with an onboarding token.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Bench, pem, token};

async fn text(bench: &Bench, method: Method, path: &str, key: &str, body: &str) -> (u16, Value) {
    let request = bench.request(method, path, key).header("content-type", "text/plain").body(body.to_owned());
    let answer = bench.send(request).await;
    let json = serde_json::from_slice(&answer.body).unwrap_or(Value::Null);
    (answer.status, json)
}

#[tokio::test]
async fn whoever_knows_the_code_has_the_device() {
    let bench = Bench::with(|builder| {
        builder.api_key("one").team(cloud_sim::Team::new("Two").api_key("two", cloud_sim::Role::Owner))
    })
    .await;
    let (status, made) = text(&bench, Method::POST, "/devices/board/certificates", "one", "123456").await;
    assert_eq!(status, 201);
    let mut keys: Vec<&String> = made.as_object().unwrap().keys().collect();
    keys.sort();
    assert_eq!(keys, ["caCert", "clientCert", "clientId", "privateKey"]);
    let associate = |path: &'static str, key: &'static str, code: &'static str| {
        text(&bench, Method::PUT, path, key, code)
    };
    assert_eq!(associate("/association/board", "one", "654321").await.1["code"], 40102);
    assert_eq!(associate("/association/board?subType=x", "one", "123456").await.0, 202);
    assert_eq!(associate("/association/board?subType=y", "one", "123456").await.0, 202);
    assert_eq!(bench.get("/devices/board").await.json()["subType"], "y");
    assert_eq!(associate("/association/board", "two", "123456").await.1["code"], 40101);
    assert_eq!(associate("/association/nrf-1", "one", "123456").await.1["code"], 40411);
    assert_eq!(associate("/association/other", "one", "123456").await.1["code"], 40412);
    let dissociate = |id: &str, key: &'static str| {
        let path = format!("/association/{id}");
        let request = bench.request(Method::DELETE, &path, key);
        bench.send(request)
    };
    assert_eq!(dissociate("board", "two").await.refusal().1, 40103);
    assert_eq!(dissociate("board", "one").await.status, 202);
    assert_eq!(dissociate("board", "one").await.refusal().1, 40413);
    let (_, refused) = text(&bench, Method::POST, "/devices/nrf-1/certificates", "one", "123456").await;
    assert_eq!(refused["code"], 40411);
}

#[tokio::test]
async fn an_onboarding_token_names_device_and_team() {
    let bench = Bench::new().await;
    let registration = |sub: &str, id: &str| token("device-1", &json!({"sub": sub, "id": id}));
    let tenant = bench.sim.tenant_id();
    let good = registration("m1", tenant);
    let body = json!({
        "onboardingToken": good, "subType": "nRF93M1", "tags": ["nRF93M1-EK"], "supportedFirmwareTypes": ["MODEM"],
    });
    assert_eq!(bench.call(Method::POST, "/devices/m1", &body).await.status, 202);
    assert_eq!(bench.get("/devices/m1").await.json()["subType"], "nRF93M1");
    for (token, reason) in [
        (registration("other", tenant), "its `sub` is not the device ID"),
        (registration("m2", "other"), "its `id` is not the ID of this team"),
    ] {
        let answer = bench.call(Method::POST, "/devices/m2", &json!({"onboardingToken": token})).await;
        assert_eq!(answer.refusal().2, format!("The onboarding token cannot be used: {reason}."));
    }
    let both = json!({"onboardingToken": good, "certificate": pem("device-1.crt")});
    assert_eq!(bench.call(Method::POST, "/devices/m2", &both).await.status, 422);
    // Rows of two columns.
    let csv = format!("m3,{}\nm4,{}\n", registration("m3", tenant), registration("m3", tenant));
    let operation = bench.upload("/devices", csv).await;
    assert_eq!(
        bench.errors(&operation).await,
        ["[1]: The onboarding token cannot be used: its `sub` is not the device ID."]
    );
    assert_eq!(bench.get("/devices/m3").await.status, 200);
    // Its key is Nordic's secret, until one is registered.
    let own = token("device-1", &json!({"sub": "m3"}));
    assert_eq!(bench.agnss(&own, "?types=7", None).await.status, 401);
}
