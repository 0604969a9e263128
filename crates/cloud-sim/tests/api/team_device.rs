//! Team devices of MQTT.

use reqwest::Method;
use serde_json::json;

use crate::support::Bench;

#[tokio::test]
async fn a_team_device_is_made_rotated_and_deleted() {
    let bench = Bench::new().await;
    let made = bench.call(Method::POST, "/devices/mqtt-team", &json!({})).await;
    assert_eq!(made.status, 201);
    let made = made.json();
    let id = made["clientId"].as_str().unwrap();
    let path = format!("/devices/mqtt-team/{id}");
    assert!(made["privateKey"].as_str().unwrap().starts_with("-----BEGIN PRIVATE KEY-----\n"));
    let certificate = pki::certificate::Certificate::from_pem(made["clientCert"].as_str().unwrap()).unwrap();
    let authority = pki::certificate::Certificate::from_pem(made["caCert"].as_str().unwrap()).unwrap();
    certificate.verify_signed_by(&authority.public_key().unwrap()).unwrap();
    assert_eq!(certificate.common_name().as_deref(), Some(id));

    let fetched = bench.get(&path).await.json();
    assert_eq!((&fetched["clientCert"], fetched.get("privateKey")), (&made["clientCert"], None));
    let rotated = bench.call(Method::PATCH, &path, &json!({})).await;
    assert_eq!(rotated.status, 201);
    assert_ne!(rotated.json()["clientCert"], made["clientCert"]);
    assert_eq!(bench.delete(&path).await.status, 202);
    for method in [Method::GET, Method::PATCH, Method::DELETE] {
        assert_eq!(bench.call(method, &path, &json!({})).await.refusal().1, 40410);
    }
}
