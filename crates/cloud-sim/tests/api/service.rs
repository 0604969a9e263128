//! Start and stop, and everything that is no endpoint.

use std::net::SocketAddr;

use cloud_sim::{CloudSim, StartError};
use reqwest::Method;
use serde_json::json;

use crate::support::Bench;

#[tokio::test]
async fn starts_with_a_key_a_tenant_and_a_port_of_its_own() {
    let (one, two) = (Bench::new().await, Bench::new().await);
    for bench in [&one, &two] {
        let key = bench.sim.api_key();
        assert!(
            key.len() == 40 && key.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)),
            "{key}"
        );
        let account = bench.get("/account").await.json();
        assert_eq!(account["team"]["tenantId"], bench.sim.tenant_id());
        assert_eq!(account["mqttTopicPrefix"], format!("prod/{}/", bench.sim.tenant_id()));
        assert_eq!(account["role"], "owner");
    }
    assert_ne!(one.sim.api_key(), two.sim.api_key());
    assert_ne!(one.sim.tenant_id(), two.sim.tenant_id());
    assert_ne!(one.sim.url(), two.sim.url());
}

#[tokio::test]
async fn a_taken_address_and_a_bad_key_are_said() {
    let bench = Bench::new().await;
    let address = address(&bench.sim);
    let error = CloudSim::builder().listen(address).start().await.unwrap_err();
    assert!(matches!(error, StartError::Listen { .. }));
    assert!(error.to_string().starts_with(&format!("cannot listen on {address}: ")), "{error}");
    for key in ["", "a b", "a.b", "ø"] {
        let error = CloudSim::builder().api_key(key).start().await.unwrap_err();
        assert_eq!(
            error.to_string(),
            "an API key is one or more visible ASCII characters without a full stop"
        );
    }
}

fn address(sim: &CloudSim) -> SocketAddr {
    sim.url().trim_start_matches("http://").trim_end_matches("/v1").parse().unwrap()
}

#[tokio::test]
async fn the_port_is_free_after_shutdown() {
    let bench = Bench::with(|builder| builder.api_key("mine")).await;
    assert_eq!(bench.get("/account").await.status, 200);
    let address = address(&bench.sim);
    // The client keeps its connection open; that must not hold the server up.
    bench.sim.shutdown().await;
    let again = CloudSim::builder().listen(address).start().await.unwrap();
    assert!(again.url().contains(&address.to_string()));
}

#[tokio::test]
async fn a_dropped_simulator_gives_its_port_back() {
    let bench = Bench::new().await;
    assert_eq!(bench.get("/account").await.status, 200);
    let address = address(&bench.sim);
    drop(bench.sim);
    // The runtime drops the listener when it next can.
    while CloudSim::builder().listen(address).start().await.is_err() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn debug_shows_no_key() {
    let bench = Bench::with(|builder| builder.api_key("d8be845e816e45d4a9529a6cfcd459c88e3c22b5")).await;
    let text = format!("{:?}", bench.sim);
    assert_eq!(
        text,
        format!(
            "CloudSim {{ url: \"{}\", tenant_id: \"{}\", api_key: \"[redacted]\", .. }}",
            bench.sim.url(),
            bench.sim.tenant_id()
        )
    );
}

#[tokio::test]
async fn status_needs_no_key() {
    let bench = Bench::new().await;
    let answer = bench.send(bench.http.get(format!("{}/status", bench.sim.url()))).await;
    assert_eq!((answer.status, answer.json()), (200, json!({"status": "online", "login": true})));
}

#[tokio::test]
async fn what_is_no_endpoint_is_said_in_json() {
    let bench = Bench::new().await;
    let root = bench.sim.url().trim_end_matches("/v1").to_owned();
    for path in ["/index.html", "/v1", "/v1/", "/v1/nothing", "/v2/devices", "/v1/devices/a/b"] {
        let answer = bench.send(bench.http.get(format!("{root}{path}"))).await;
        assert_eq!(answer.refusal(), (404, 40420, format!("Resource {path} not found.")));
    }
    for (method, path) in
        [(Method::PUT, "/devices"), (Method::DELETE, "/account"), (Method::POST, "/location/agps")]
    {
        let answer = bench.send(bench.request(method.clone(), path, bench.sim.api_key())).await;
        assert_eq!(answer.status, 405);
        assert!(answer.header("allow").is_some_and(|allow| allow.contains("GET")), "{path}");
        assert_eq!(
            answer.json(),
            json!({"message": format!("Method {method} is not allowed on /v1{path}.")})
        );
    }
    assert_eq!(bench.sim.refusals().len(), 9);

    let answer = bench.get("/devices/%ff").await;
    assert_eq!(answer.refusal(), (400, 40000, "Bad Request".into()));
    assert_eq!(bench.last_reason(), "Bad Request");
}

#[tokio::test]
async fn the_listener_hears_every_refusal() {
    let (sender, receiver) = std::sync::mpsc::channel();
    let bench = Bench::with(|builder| {
        builder.on_refusal(move |refusal| {
            let _sent = sender.send(refusal.clone());
        })
    })
    .await;
    bench.get("/nothing").await;
    assert_eq!(receiver.try_recv().unwrap().path, "/v1/nothing");
    bench.get("/account").await;
    assert!(receiver.try_recv().is_err());
}
