//! The account, what was used of it, and the description of the API.

use reqwest::Method;
use serde_json::json;

use crate::support::{Bench, pem, row, token};

#[tokio::test]
async fn the_account_has_its_recorded_members() {
    let bench = Bench::new().await;
    let account = bench.get("/account").await.json();
    let tenant = bench.sim.tenant_id();
    assert_eq!(
        account,
        json!({
            "mqttEndpoint": "mqtt.nrfcloud.com", "mqttTopicPrefix": format!("prod/{tenant}/"),
            "team": {"tenantId": tenant, "name": "Simulated team"}, "role": "owner", "userId": account["userId"],
            "tags": [],
            "plan": {
                "name": "ENTERPRISE", "proxyUsageDeclarations": {"AGPS": 0, "PGPS": 0, "GROUND_FIX": 0},
                "overages": {"type": "D2C"}, "currentMonthCosts": [], "currentMonthTotalCost": 0,
            },
        })
    );
    assert_eq!(bench.get("/account/invoices").await.json(), json!({"items": [], "total": 0}));
}

#[tokio::test]
async fn what_was_used_is_counted() {
    let bench = Bench::new().await;
    let csv = format!("{}b,gateway,,,\"{}\"\n", row("a", &pem("device-1.crt")), pem("device-2.crt"));
    bench.upload("/devices", csv).await;
    let own = token("device-1", &json!({"sub": "a"}));
    for query in ["?types=7", "?types=7", "?types=99"] {
        bench.agnss(&own, query, None).await;
    }
    bench.call(Method::POST, "/devices/a/messages", &json!({"message": [{}, {}]})).await;
    let item = |service: &str, kind: &str, sum: u32| json!({"date": "2026-07-03", "service": service, "serviceType": kind, "source": "REST", "sum": sum});
    let both = json!([item("LOCATION", "AGPS", 2), item("MESSAGES", "MESSAGES", 2)]);
    assert_eq!(bench.get("/account/usage").await.json()["items"], both);
    let day = "inclusiveStart=2026-07-03&exclusiveEnd=2026-07-04T00:00:00Z";
    assert_eq!(bench.get(&format!("/account/usage?{day}")).await.json()["items"], both);
    let before = bench.get("/account/usage?exclusiveEnd=2026-07-03").await;
    assert_eq!(before.json(), json!({"items": [], "total": 0}));
    assert_eq!(bench.get("/account/usage?exclusiveEnd=yesterday").await.refusal().1, 42200);
    assert_eq!(
        bench.get("/account/usage/summary").await.json(),
        json!({
            "currentDevices": {"generic": 1, "gateway": 1, "bluetoothLE": 0, "total": 2},
            "services": [{
                "date": "2026-07", "fotaJobExecutions": 0, "storedDeviceMessages": 2, "messagesRouted": 0,
                "locationServices": {"AGPS": {"requests": 2, "devicesUsing": 1}},
            }],
        })
    );
}

#[tokio::test]
async fn the_api_describes_itself() {
    let bench = Bench::new().await;
    let answer = bench.send(bench.http.get(format!("{}/openapi.json", bench.sim.url()))).await;
    let document = answer.json();
    assert_eq!((answer.status, &document["openapi"]), (200, &json!("3.0.3")));
    let fetch = &document["paths"]["/devices/{deviceId}"]["get"];
    assert_eq!(fetch["operationId"], "FetchDevice");
    assert_eq!(fetch["parameters"][0]["name"], "deviceId");
    assert_eq!(fetch["security"], json!([{"Simple Token": []}, {"JSON Web Token": []}]));
    assert_eq!(document["paths"]["/devices"]["post"]["responses"]["202"]["description"], "success");
    assert_eq!(document["paths"]["/status"]["get"]["security"], json!([]));
}
