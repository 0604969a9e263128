//! Messages, and the binary logs made of them.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Bench, pem, row, token};

async fn bench() -> Bench {
    let bench = Bench::new().await;
    bench.upload("/devices", row("a", &pem("device-1.crt")) + &row("b", &pem("device-2.crt"))).await;
    bench
}

async fn send(bench: &Bench, id: &str, body: Value) -> u16 {
    bench.call(Method::POST, &format!("/devices/{id}/messages"), &body).await.status
}

#[tokio::test]
async fn messages_are_stored_and_found() {
    let bench = bench().await;
    let own = token("device-1", &json!({"sub": "a"}));
    let body = json!({"message": {"appId": "TEMP", "messageType": "DATA", "data": "21"}});
    let answer = bench.json(Method::POST, "/devices/a/messages", &own, &body).await;
    assert_eq!((answer.status, answer.body.len()), (202, 0));
    assert_eq!(bench.json(Method::POST, "/devices/b/messages", &own, &body).await.status, 401);
    assert_eq!(send(&bench, "a", json!({"topic": "m/d/a/c2d", "message": {"appId": "CFG"}})).await, 202);
    assert_eq!(
        send(
            &bench,
            "b",
            json!({"topic": "d/b/d2c/bulk", "message": [{"appId": "TEMP"}, {"appId": "HUMID"}]})
        )
        .await,
        202
    );
    for (query, apps) in [
        ("", "HUMID TEMP CFG TEMP"),
        ("?pageSort=asc", "TEMP CFG TEMP HUMID"),
        ("?appId=TEMP", "TEMP TEMP"),
        ("?appId=TEMP&deviceId=a", "TEMP"),
        ("?topic=d/a/d2c", "TEMP"),
        ("?topic=m/d/a/c2d&deviceId=a", "CFG"),
        ("?inclusiveStart=2026-07-03T12:14:43.251Z", ""),
        ("?start=2026-07-03T12:14:43.250Z&end=2026-07-03T12:14:43.251Z", "HUMID TEMP CFG TEMP"),
        ("?exclusiveEnd=2026-07-03T12:14:43.250Z", ""),
    ] {
        let page = bench.get(&format!("/messages{query}")).await.json();
        let items = page["items"].as_array().unwrap();
        let found: Vec<&str> = items.iter().map(|item| item["message"]["appId"].as_str().unwrap()).collect();
        assert_eq!(found.join(" "), apps, "{query}");
    }
    assert_eq!(
        bench.get("/messages?deviceId=a&pageSort=asc&pageLimit=1").await.json()["items"],
        json!([{
            "tenantId": bench.sim.tenant_id(), "topic": "d/a/d2c", "deviceId": "a",
            "receivedAt": "2026-07-03T12:14:43.250Z",
            "message": {"appId": "TEMP", "messageType": "DATA", "data": "21"},
        }])
    );
    for query in ["appId=A&topic=T", &format!("appId={}", "x".repeat(65)), "pageSort=up"] {
        assert_eq!(bench.get(&format!("/messages?{query}")).await.refusal().1, 42200, "{query}");
    }
    for bad in [
        json!({"message": 1}),
        json!({"message": []}),
        json!({"message": "text"}),
        json!({"topic": "d/b/d2c", "message": {}}),
        json!({"topic": "d/a/d2c/bin", "message": "no base64"}),
        json!({}),
    ] {
        assert_eq!(send(&bench, "a", bad.clone()).await, 422, "{bad}");
    }
    assert_eq!(send(&bench, "nobody", json!({"message": {}})).await, 404);
}

#[tokio::test]
async fn binary_messages_are_a_log() {
    let bench = bench().await;
    for text in ["AQI=", "AwQ="] {
        assert_eq!(send(&bench, "a", json!({"topic": "d/a/d2c/bin", "message": text})).await, 202);
    }
    let query = "start=2026-07-03T12:00:00Z&end=2026-07-04T12:00:00Z";
    let found = bench.get(&format!("/binary-logs/url?deviceId=a&{query}")).await.json();
    assert_eq!(found["contentLength"], 4);
    let file = bench.send(bench.http.get(found["url"].as_str().unwrap())).await;
    assert_eq!((file.status, file.body), (200, vec![1, 2, 3, 4]));
    for bad in [
        "deviceId=a".to_owned(),
        format!("deviceId=nobody&{query}"),
        "deviceId=a&start=2026-07-03T12:00:00Z&end=2026-07-04T12:00:01Z".into(),
        "deviceId=a&start=2026-07-03T12:00:00Z&end=2026-07-03T11:00:00Z".into(),
        "deviceId=a&start=2026-02-30T12:00:00Z&end=2026-07-03T11:00:00Z".into(),
    ] {
        let status = bench.get(&format!("/binary-logs/url?{bad}")).await.status;
        assert_eq!(status, if bad.contains("nobody") { 404 } else { 422 }, "{bad}");
    }
}
