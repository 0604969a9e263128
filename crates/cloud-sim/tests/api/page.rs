//! The page for people, as far as it can be seen without a browser; `cargo xtask interop page` opens it in one.

use serde_json::json;

use crate::{
    modem::Modem,
    support::{Bench, pem, row, short_row},
};

fn root(bench: &Bench) -> String {
    bench.sim.url().replace("/v1", "")
}

#[tokio::test]
async fn the_page_lets_nothing_else_in() {
    let bench = Bench::new().await;
    let page = bench.send(bench.http.get(format!("{}/", root(&bench)))).await;
    assert_eq!((page.status, page.header("content-type")), (200, Some("text/html; charset=utf-8")));
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.starts_with("default-src 'none'; script-src 'sha256-"), "{policy}");
    assert!(!policy.contains("unsafe"), "{policy}");
    assert_eq!(page.header("x-content-type-options"), Some("nosniff"));
    let foreign = bench.http.get(format!("{}/", root(&bench))).header("host", "evil.example");
    assert_eq!(bench.send(foreign).await.status, 403);
}

#[tokio::test]
async fn the_state_is_whole_and_without_secrets() {
    let bench = Bench::new().await;
    let url = format!("{}/admin/state", root(&bench));
    bench.upload("/devices", row("dev", &pem("device-1.crt"))).await;
    let twice = row("dev", &pem("device-2.crt")) + &row("other", &pem("device-1.crt"));
    bench.upload("/devices", twice).await;
    bench.upload("/devices/public-keys", short_row("key", &pem("device-2.public-key"))).await;
    let modem = Modem::new(1);
    let claim = json!({"claimToken": modem.attestation_token(), "tags": ["a"]}).to_string();
    bench.post("/claimed-devices", "application/json", claim).await;
    let path = format!("/claimed-devices/{}/provisioning", modem.uuid);
    bench.post(&path, "application/json", r#"{"request":{"finished":{}}}"#).await;
    bench.get("/nothing").await;
    bench.sim.set_faults(["latency 1ms on GET /x".parse().unwrap()]);

    let answer = bench.send(bench.http.get(&url)).await;
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/json")));
    let state = answer.json();
    let team = &state["teams"][0];
    assert_eq!((&team["tenantId"], &team["deviceCount"]), (&json!(bench.sim.tenant_id()), &json!(1)));
    assert_eq!(
        team["devices"],
        json!([{
            "id": "dev", "name": "dev", "subType": "", "tags": [], "credential": "certificate",
            "createdAt": "2026-07-03T12:14:43.250Z",
        }])
    );
    assert_eq!((&team["registeredKeys"], &team["operationCount"]), (&json!(["key"]), &json!(3)));
    let failed = &team["operations"][1];
    assert_eq!(
        (&failed["status"], &failed["rows"], &failed["failedCount"]),
        (&json!("FAILED"), &json!(2), &json!(2))
    );
    assert_eq!(
        failed["failed"][1],
        json!({"row": 1, "message": "The device certificate is already registered and attached to a different device."})
    );
    assert_eq!(team["claimed"][0]["commands"][0]["request"], "finished");
    assert_eq!(team["claimedCount"], 1);
    assert_eq!(state["refusals"][0]["reason"], "Resource /v1/nothing not found.");
    assert_eq!(state["faults"], json!([{"fault": "latency 1ms on GET /x", "asked": 0, "fired": 0}]));

    let text = String::from_utf8(answer.body.clone()).unwrap();
    let token = bench.sim.teams().next().unwrap().auth_token().to_owned();
    for secret in [bench.sim.api_key(), &token, "BEGIN", "eyJ"] {
        assert!(!text.contains(secret), "{secret}");
    }

    let tag = answer.header("etag").unwrap();
    let again = bench.send(bench.http.get(&url).header("if-none-match", tag)).await;
    assert_eq!((again.status, again.body.len()), (304, 0));
    bench.delete("/devices/dev").await;
    assert_eq!(bench.send(bench.http.get(&url).header("if-none-match", tag)).await.status, 200);
}
