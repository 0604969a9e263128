//! Alerts: raised by messages, archived and restored by people.

use reqwest::Method;
use serde_json::json;

use crate::support::{Bench, pem, row, token};

#[tokio::test]
async fn an_alert_is_raised_archived_and_restored() {
    let bench = Bench::new().await;
    bench.upload("/devices", row("a", &pem("device-1.crt"))).await;
    let own = token("device-1", &json!({"sub": "a"}));
    let original =
        json!({"appId": "ALERT", "ts": 1_673_565_547_551_u64, "desc": "voltage", "type": 42, "value": 553});
    let body = json!({"message": original});
    assert_eq!(bench.json(Method::POST, "/devices/a/messages", &own, &body).await.status, 202);
    // What goes to the device is no alert.
    assert_eq!(bench.call(Method::POST, "/devices/a/messages", &body).await.status, 202);

    let page = bench.get("/alerts").await.json();
    let alert = page["items"][0].clone();
    let id = alert["id"].as_str().unwrap().to_owned();
    assert_eq!(page["total"], 1);
    assert_eq!(
        alert,
        json!({
            "id": id, "deviceId": "a", "createdAt": "2023-01-12T23:19:07.551Z",
            "receivedAt": "2026-07-03T12:14:43.250Z", "status": "ACTIVE", "originalMessage": original,
        })
    );
    let archived = bench.call(Method::PATCH, &format!("/alerts/{id}/archive"), &json!({})).await;
    assert_eq!((archived.status, &archived.json()["status"]), (200, &json!("ARCHIVED")));
    assert_eq!(archived.json()["statusChangedBy"], bench.get("/account").await.json()["userId"]);
    assert_eq!(bench.get("/alerts?status=ACTIVE").await.json()["items"], json!([]));
    let restored = bench.call(Method::PATCH, &format!("/alerts/{id}/restore"), &json!({})).await;
    assert_eq!(restored.json()["status"], "ACTIVE");
    assert_eq!(bench.get("/alerts?status=ACTIVE&deviceId=a").await.json()["total"], 1);
    assert_eq!(bench.call(Method::PATCH, "/alerts/x/archive", &json!({})).await.refusal().1, 40410);
    assert_eq!(bench.get("/alerts?status=open").await.refusal().1, 42200);
}

#[tokio::test]
async fn an_alert_that_left_the_list_takes_no_other_with_it() {
    let bench = Bench::new().await;
    bench.upload("/devices", row("a", &pem("device-1.crt"))).await;
    let own = token("device-1", &json!({"sub": "a"}));
    for number in 0..5 {
        let body = json!({"message": {"appId": "ALERT", "number": number}});
        assert_eq!(bench.json(Method::POST, "/devices/a/messages", &own, &body).await.status, 202);
    }
    for (order, expected) in [("desc", [4, 3, 2, 1, 0]), ("asc", [0, 1, 2, 3, 4])] {
        let mut seen = Vec::new();
        let mut next = String::new();
        loop {
            let path = format!("/alerts?status=ACTIVE&deviceIds=a,b&pageLimit=1&pageSort={order}{next}");
            let page = bench.get(&path).await.json();
            seen.push(page["items"][0]["originalMessage"]["number"].as_u64().unwrap());
            // The alert that the token names is no longer active when the token is used.
            let id = page["items"][0]["id"].as_str().unwrap();
            bench.call(Method::PATCH, &format!("/alerts/{id}/archive"), &json!({})).await;
            let Some(token) = page["pageNextToken"].as_str() else { break };
            next = format!("&pageNextToken={}", token.replace('+', "%2B").replace('/', "%2F"));
        }
        assert_eq!(seen, expected);
        for alert in bench.get("/alerts?pageLimit=100").await.json()["items"].as_array().unwrap() {
            let path = format!("/alerts/{}/restore", alert["id"].as_str().unwrap());
            bench.call(Method::PATCH, &path, &json!({})).await;
        }
    }
}
