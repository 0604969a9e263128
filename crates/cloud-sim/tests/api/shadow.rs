//! What can be changed of a device: state, name, tags, image; and how much of it is shown.

use reqwest::{Method, header::CONTENT_TYPE};
use serde_json::{Value, json};

use crate::support::{Bench, NOW, pem, row, token};

async fn bench() -> Bench {
    let bench = Bench::new().await;
    bench.upload("/devices", row("a", &pem("device-1.crt")) + &row("b", &pem("device-2.crt"))).await;
    bench
}

async fn patch(bench: &Bench, body: Value) -> u16 {
    bench.call(Method::PATCH, "/devices/a/state", &body).await.status
}

#[tokio::test]
async fn the_state_is_merged_and_versioned() {
    let bench = bench().await;
    let answer = bench
        .call(Method::PATCH, "/devices/a/state", &json!({"reported": {"device": {"deviceInfo": {
            "modemFirmware": "mfw_nrf91x1_2.0.2", "appName": "app", "appVersion": "1.0.0", "imei": "352656106108148",
        }, "serviceInfo": {"fota_v2": ["APP", "MODEM"]}}}}))
        .await;
    assert_eq!((answer.status, answer.body.len()), (202, 0));
    assert_eq!(patch(&bench, json!({"desired": {"config": {"a": 1, "b": 2}}})).await, 202);
    assert_eq!(patch(&bench, json!({"desired": {"config": {"a": null}}})).await, 202);
    let device = bench.get("/devices/a").await.json();
    assert_eq!(device["state"]["desired"]["config"], json!({"b": 2}));
    assert_eq!(device["state"]["delta"]["config"], json!({"b": 2}));
    assert_eq!(device["state"]["version"], 4);
    assert_eq!(device["state"]["metadata"]["desired"], json!({"config": {"b": {"timestamp": NOW}}}));
    assert_eq!(
        device["firmware"],
        json!({"supports": ["APP", "MODEM"], "modem": "mfw_nrf91x1_2.0.2", "app": {"name": "app", "version": "1.0.0"}})
    );
    assert_eq!(device["$meta"]["updatedAt"], "2026-07-03T12:14:43.250Z");
    for (query, ids) in [
        ("deviceIdentifiers=352656106108148", "a"),
        ("firmwareSupport=MODEM", "a"),
        ("firmwareSupportExclude=MODEM", "b"),
    ] {
        let page = bench.get(&format!("/devices?{query}")).await.json();
        let found: String =
            page["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap()).collect();
        assert_eq!(found, ids, "{query}");
    }
}

#[tokio::test]
async fn if_match_holds_the_version() {
    let bench = bench().await;
    let with = |version: &str| {
        let request = bench.request(Method::PATCH, "/devices/a/state", bench.sim.api_key());
        bench.send(
            request
                .header("if-match", version)
                .header(CONTENT_TYPE, "application/json")
                .body("{\"desired\":{\"x\":1}}"),
        )
    };
    assert_eq!(with("1").await.status, 202);
    let answer = with("1").await;
    assert_eq!((answer.status, answer.json()), (412, json!({"message": "The version of the state is 2."})));
    assert_eq!(with("\"2\"").await.status, 202);
    assert_eq!(with("x").await.refusal().1, 42200);
}

#[tokio::test]
async fn a_device_patches_itself_and_no_other() {
    let bench = bench().await;
    let own = token("device-1", &json!({"sub": "a"}));
    let body = json!({"reported": {"x": 1}});
    assert_eq!(bench.json(Method::PATCH, "/devices/a/state", &own, &body).await.status, 202);
    assert_eq!(bench.json(Method::PATCH, "/devices/b/state", &own, &body).await.status, 401);
    assert_eq!(bench.call(Method::PATCH, "/devices/c/state", &body).await.refusal().1, 40410);
    for bad in [json!({}), json!({"reported": 1}), json!({"other": {}}), json!([])] {
        assert_eq!(patch(&bench, bad.clone()).await, 422, "{bad}");
    }
}

#[tokio::test]
async fn a_name_is_a_string_or_an_array_with_one() {
    let bench = bench().await;
    for (body, name) in [(json!("one"), "one"), (json!(["two ø"]), "two ø")] {
        let answer = bench.call(Method::PUT, "/devices/a/name", &body).await;
        assert_eq!((answer.status, answer.body.len()), (202, 0));
        assert_eq!(bench.get("/devices/a").await.json()["name"], name);
    }
    for bad in
        [json!(""), json!("x".repeat(129)), json!("a\nb"), json!(["a", "b"]), json!({"name": "a"}), json!(1)]
    {
        assert_eq!(bench.call(Method::PUT, "/devices/a/name", &bad).await.status, 422, "{bad}");
    }
    assert_eq!(bench.call(Method::PUT, "/devices/c/name", &json!("x")).await.refusal().1, 40410);
    assert_eq!(bench.get("/devices?deviceNameFuzzy=TWO").await.json()["items"][0]["id"], "a");
}

#[tokio::test]
async fn tags_are_replaced_and_listed() {
    let bench = bench().await;
    assert_eq!(bench.call(Method::PUT, "/devices/a/tags", &json!(["red", "blue"])).await.status, 202);
    assert_eq!(bench.call(Method::PUT, "/devices/b/tags", &json!(["red"])).await.status, 202);
    assert_eq!(bench.call(Method::PUT, "/devices/b/tags", &json!(["a b"])).await.status, 422);
    assert_eq!(bench.get("/devices?tags=blue").await.json()["total"], 1);
    assert_eq!(bench.get("/devices/tags").await.refusal().2, "Query parameter pageLimit is missing.");
    let first = bench.get("/devices/tags?pageLimit=1").await.json();
    assert_eq!((&first["items"], &first["total"]), (&json!(["blue"]), &json!(1)));
    let next =
        first["pageNextToken"].as_str().unwrap().replace('+', "%2B").replace('/', "%2F").replace('=', "%3D");
    let second = bench.get(&format!("/devices/tags?pageLimit=1&pageNextToken={next}")).await.json();
    assert_eq!(second, json!({"items": ["red"], "total": 1}));
    assert_eq!(bench.get("/account/tags").await.json()["items"], json!(["blue", "red"]));
}

#[tokio::test]
async fn a_picture_is_here_or_elsewhere() {
    let bench = bench().await;
    let source = json!({"sourceUrl": "https://example.com/a.png"});
    assert_eq!(bench.call(Method::PUT, "/devices/a/image", &source).await.status, 202);
    assert_eq!(bench.get("/devices/a").await.json()["image"], "https://example.com/a.png");
    let by_query = "/devices/a/image?sourceUrl=https%3A%2F%2Fexample.com%2Fb.png";
    let request = bench.request(Method::PUT, by_query, bench.sim.api_key());
    assert_eq!(bench.send(request).await.status, 202);
    assert_eq!(bench.get("/devices/a").await.json()["image"], "https://example.com/b.png");
    assert_eq!(bench.call(Method::PUT, "/devices/a/image", &json!("/9j/AQ==")).await.status, 202);
    assert_eq!(bench.get("/devices/a").await.json()["image"], "data:image/jpeg;base64,/9j/AQ==");
    let put = |content_type: &'static str, body: Vec<u8>| {
        let request = bench.request(Method::PUT, "/devices/a/image", bench.sim.api_key());
        bench.send(request.header(CONTENT_TYPE, content_type).body(body))
    };
    assert_eq!(put("application/octet-stream", b"\x89PNG\r\n".to_vec()).await.status, 202);
    assert_eq!(bench.get("/devices/a").await.json()["image"], "data:image/png;base64,iVBORw0K");
    assert_eq!(put("text/plain", b"/9j/AA==".to_vec()).await.status, 202);
    assert_eq!(bench.get("/devices/a").await.json()["image"], "data:image/jpeg;base64,/9j/AA==");
    for bad in [b"GIF89a".to_vec(), vec![0x89; 1_000_001]] {
        assert_eq!(put("application/octet-stream", bad).await.status, 422);
    }
    assert_eq!(bench.delete("/devices/a/image").await.status, 202);
    assert_eq!(bench.get("/devices/a").await.json().get("image"), None);
}

#[tokio::test]
async fn state_and_metadata_are_shown_when_asked_for() {
    let bench = bench().await;
    patch(&bench, json!({"reported": {"x": 1}})).await;
    let state = |page: &Value| page["items"][0].get("state").cloned();
    assert_eq!(state(&bench.get("/devices?includeState=false&includeStateMeta=false").await.json()), None);
    let plain = state(&bench.get("/devices?includeState=true").await.json()).unwrap();
    assert_eq!((&plain["reported"], plain.get("metadata")), (&json!({"x": 1}), None));
    let all = state(&bench.get("/devices?includeState=true&includeStateMeta=true").await.json()).unwrap();
    assert_eq!(all["metadata"], json!({"reported": {"x": {"timestamp": NOW}}}));
    assert_eq!(bench.get("/devices/a?transform=state.reported").await.json(), json!({"x": 1}));
    assert_eq!(bench.get("/devices?transform=id").await.json()["items"], json!(["a", "b"]));
    let refused = bench.get("/devices/a?transform=$sum(x)").await.refusal();
    assert_eq!(
        refused,
        (
            422,
            42200,
            "transform $sum(x) is not simulated: only plain paths are, such as state.desired.".into()
        )
    );
}
