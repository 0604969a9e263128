//! Devices one by one, and their list.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Bench, pem, row, token};

async fn onboard(bench: &Bench, id: &str, body: &Value) -> crate::support::Answer {
    bench.post(&format!("/devices/{id}"), "application/json", body.to_string()).await
}

#[tokio::test]
async fn one_device_is_onboarded_at_once() {
    let bench = Bench::new().await;
    let body = json!({
        "certificate": pem("device-1.crt"), "subType": "soft-gateway", "tags": ["a", "b"],
        "supportedFirmwareTypes": ["APP", "SMP"],
    });
    let answer = onboard(&bench, "single", &body).await;
    assert_eq!((answer.status, answer.body.len()), (202, 0));
    let tenant = bench.sim.tenant_id();
    assert_eq!(
        bench.get("/devices/single").await.json(),
        json!({
            "id": "single", "name": "single", "type": "Gateway", "subType": "soft-gateway", "tags": ["a", "b"],
            "tenantId": tenant, "$meta": { "createdAt": "2026-07-03T12:14:43.250Z" },
            "firmware": { "supports": ["APP", "SMP"] },
            "state": {
                "desired": {
                    "nrfcloud_mqtt_topic_prefix": format!("prod/{tenant}/"),
                    "pairing": { "state": "paired", "topics": {
                        "d2c": format!("prod/{tenant}/m/d/single/d2c"),
                        "c2d": format!("prod/{tenant}/m/d/single/+/r"),
                    }},
                },
                "metadata": {}, "version": 1,
            },
        })
    );
    // The same again changes nothing; another certificate or tag is another device.
    assert_eq!(onboard(&bench, "single", &body).await.status, 202);
    let other = json!({"certificate": pem("device-1.crt")});
    assert_eq!(
        onboard(&bench, "single", &other).await.refusal(),
        (422, 42200, "Thing single already exists in account with different attributes".into())
    );
}

#[tokio::test]
async fn a_bad_single_device_is_refused() {
    let bench = Bench::new().await;
    let certificate = pem("device-1.crt");
    for (id, body, message) in [
        ("a", json!({}), "either certificate or onboardingToken must be there."),
        ("a%20b", json!({"certificate": certificate}), "deviceId must match /^[a-z0-9:_-]{1,128}$/i."),
        (
            "a",
            json!({"certificate": certificate.trim_end()}),
            "certPem must be a PEM certificate or public key that ends with a line break.",
        ),
        (
            "a",
            json!({"certificate": certificate, "tags": ["a b"]}),
            "each tag must match /^[a-zA-Z0-9_.@:#-]+$/.",
        ),
        (
            "a",
            json!({"certificate": certificate, "subType": "ø"}),
            r"subType must match /[a-zA-Z0-9_.,@\/:#-]{0,799}/.",
        ),
        (
            "a",
            json!({"certificate": certificate, "supportedFirmwareTypes": ["app"]}),
            "each firmware type must be APP, MODEM, BOOT, SOFTDEVICE, BOOTLOADER, MDM_FULL, SMP or CUSTOM.",
        ),
    ] {
        assert_eq!(onboard(&bench, id, &body).await.refusal(), (422, 42200, message.into()), "{body}");
    }
    let answer = onboard(&bench, "a", &json!({"certificate": pem("p384.crt")})).await;
    assert!(answer.refusal().2.starts_with("The device certificate cannot be used: "));
    let answer = bench.post("/devices/a", "text/csv", "{}").await;
    assert_eq!(answer.refusal().2, "Content-Type is not application/json.");
    assert_eq!(bench.get("/devices").await.json()["items"], json!([]));
}

#[tokio::test]
async fn a_deleted_device_is_gone_with_its_key() {
    let bench = Bench::new().await;
    bench.upload("/devices", row("gone", &pem("device-1.crt"))).await;
    let token = token("device-1", &json!({"sub": "gone"}));
    assert_eq!(bench.agnss(&token, "?types=7", None).await.status, 206);
    let answer = bench.delete("/devices/gone").await;
    assert_eq!((answer.status, answer.body.len()), (202, 0));
    assert_eq!(bench.agnss(&token, "?types=7", None).await.status, 401);
    assert_eq!(bench.get("/devices/gone").await.refusal(), (404, 40410, "Device gone not found.".into()));
    assert_eq!(bench.delete("/devices/gone").await.refusal(), (404, 40414, "Device gone not found.".into()));
    assert_eq!(bench.upload("/devices", row("new", &pem("device-1.crt"))).await["status"], "SUCCEEDED");
}

#[tokio::test]
async fn a_device_reads_itself_and_no_other() {
    let bench = Bench::new().await;
    bench.upload("/devices", row("a", &pem("device-1.crt")) + &row("b", &pem("device-2.crt"))).await;
    let token = token("device-1", &json!({"sub": "a"}));
    let answer = bench.send(bench.request(Method::GET, "/devices/a", &token)).await;
    assert_eq!((answer.status, &answer.json()["id"]), (200, &json!("a")));
    let answer = bench.send(bench.request(Method::GET, "/devices/b", &token)).await;
    assert_eq!(answer.refusal().0, 401);
    assert_eq!(bench.last_reason(), "a device's token for another device");
}

#[tokio::test]
async fn the_list_is_filtered_and_paged() {
    let bench = Bench::new().await;
    let key = pem("device-1.public-key");
    let csv = format!(
        "a,gateway-x,red|blue,APP,\"{key}\"\nb,,red,MODEM,\"{key}\"\nc,\"x,y\",blue,,\"{key}\"\nd,,,APP|MODEM,\"{key}\"\n"
    );
    assert_eq!(bench.upload("/devices", csv).await["status"], "SUCCEEDED");
    for (query, expected) in [
        ("", "abcd"),
        ("?pageSort=desc", "dcba"),
        ("?tags=red", "ab"),
        ("?tags=red,blue", "abc"),
        ("?deviceIds=a,d&pageLimit=1", "a"),
        ("?deviceIds=a&deviceIds=d", "ad"),
        ("?deviceTypes=Gateway", "a"),
        ("?subTypes=unknown", "bd"),
        ("?firmwareSupport=MODEM", "bd"),
        ("?deviceNameFuzzy=C", "c"),
        ("?firmwareSupportExclude=APP", "bc"),
        ("?deviceIdentifiers=b", "b"),
        ("?gatewayId=x", ""),
        ("?bleFirmwareSupport=false", "abcd"),
    ] {
        let page = bench.get(&format!("/devices{query}")).await.json();
        let items = page["items"].as_array().unwrap();
        let ids: String = items.iter().map(|item| item["id"].as_str().unwrap()).collect();
        assert_eq!(ids, expected, "{query}");
        assert!(items.iter().all(|item| item.get("state").is_none()));
        assert_eq!(page.get("pageNextToken").is_some(), query.contains("pageLimit"), "{query}");
    }
    let with_state = bench.get("/devices?includeState=true&deviceIds=a").await.json();
    assert_eq!(with_state["items"][0]["state"]["desired"]["pairing"]["state"], "paired");
    for query in [
        "transform=$sum(id)",
        "pageLimit=200",
        "includeState=yes",
        "pageSort=up",
        "deviceTypes=Toaster",
        "other=x",
    ] {
        assert_eq!(bench.get(&format!("/devices?{query}")).await.refusal().1, 42200, "{query}");
    }
}
