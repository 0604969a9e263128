//! What is in a state file outlives the process.

use std::{path::Path, time::Duration};

use cloud_sim::{Builder, CloudSim, Role, StartError, Team, TeamAccess};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    firmware::{bundle, upload},
    support::{Bench, pem, row, short_row, token},
};

async fn open(file: &Path) -> Bench {
    open_with(file, |builder| builder).await
}

async fn open_with(file: &Path, settings: impl FnOnce(Builder) -> Builder) -> Bench {
    Bench::with(|builder| settings(builder.state(file))).await
}

/// A copy of the file and its log as they are on disk now: what a process that is killed leaves.
fn killed(file: &Path) -> std::path::PathBuf {
    let copy = file.with_extension("copy");
    for suffix in ["", "-wal"] {
        let name = |path: &Path| format!("{}{suffix}", path.display());
        if Path::new(&name(file)).exists() {
            std::fs::copy(name(file), name(&copy)).unwrap();
        }
    }
    copy
}

#[tokio::test]
async fn everything_is_there_again() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("state.db");
    let second = || Team::new("Second").api_key("second", Role::Owner);
    let bench = open_with(&file, |builder| builder.team(second())).await;
    bench.upload("/devices", row("a", &pem("device-1.crt")) + &row("bad", &pem("p384.crt"))).await;
    bench.upload("/devices/public-keys", short_row("keyed", &pem("device-2.public-key"))).await;
    bench.call(Method::PUT, "/devices/a/name", &json!("Named")).await;
    bench.call(Method::PATCH, "/devices/a/state", &json!({"reported": {"x": [1, {"y": null}]}})).await;
    bench.call(Method::POST, "/devices/a/messages", &json!({"message": {"appId": "A"}})).await;
    let alert = json!({"topic": "d/a/d2c", "message": {"appId": "ALERT"}});
    bench.call(Method::POST, "/devices/a/messages", &alert).await;
    let uri = upload(&bench, "application/zip", bundle(|_| {})).await.json()["uris"][0]
        .as_str()
        .unwrap()
        .to_owned();
    let bundle_id = uri.rsplit('/').nth(1).unwrap();
    bench
        .call(
            Method::PATCH,
            "/devices/a/state",
            &json!({"reported": {"device": {"serviceInfo": {"fota_v2": ["APP"]}}}}),
        )
        .await;
    bench.call(Method::POST, "/fota-jobs", &json!({"bundleId": bundle_id, "deviceIds": ["a"]})).await;
    bench.call(Method::POST, "/devices/mqtt-team", &json!({})).await;
    bench.call(Method::POST, "/devices/board/certificates", &json!("code")).await;
    let service = bench.call(Method::POST, "/account/service-key-and-token", &json!({})).await.json();
    let evaluation = bench.call(Method::POST, "/account/service-evaluation-token", &json!({})).await.json();

    let paths = [
        "/account",
        "/devices?includeState=true&includeStateMeta=true",
        "/messages",
        "/alerts",
        "/firmwares",
        "/fota-jobs",
        "/account/service-token",
        "/account/service-evaluation-token",
        "/account/usage",
    ];
    let own = token("device-1", &json!({"sub": "a"}));
    let keyed = token("device-2", &json!({"sub": "keyed"}));
    bench.agnss(&own, "?types=7", None).await;
    let snapshot = async |bench: &Bench| -> Vec<Value> {
        let host = bench.sim.url().trim_start_matches("http://").trim_end_matches("/v1").to_owned();
        let mut found = Vec::new();
        for path in paths.iter().copied().chain(["/bulk-ops-requests", "/fota-job-executions/a"]) {
            let text = String::from_utf8(bench.get(path).await.body).unwrap();
            found.push(serde_json::from_str(&text.replace(&host, "HOST")).unwrap());
        }
        // The host of a job is the one by which it was made.
        found.retain(|value: &Value| !value.to_string().contains("jobDocument"));
        found[5]["items"][0]["firmware"]["host"] = json!("HOST");
        found
    };
    let before = snapshot(&bench).await;
    let (tenant, second_tenant) =
        (bench.sim.tenant_id().to_owned(), bench.sim.teams().nth(1).unwrap().tenant_id().to_owned());
    let oat = bench.sim.teams().next().unwrap().auth_token().to_owned();
    let copy = killed(&file);
    bench.sim.shutdown().await;

    // Both what was closed and what was killed; the second team comes back without being asked for.
    for file in [&file, &copy] {
        let bench = open(file).await;
        assert_eq!(bench.sim.tenant_id(), tenant);
        assert_eq!(bench.sim.teams().next().unwrap().auth_token(), oat);
        let teams: Vec<&str> = bench.sim.teams().map(TeamAccess::tenant_id).collect();
        assert_eq!(teams, [tenant.as_str(), second_tenant.as_str()]);
        assert_eq!(snapshot(&bench).await, before);
        for token in
            [own.as_str(), &keyed, service["token"].as_str().unwrap(), evaluation["token"].as_str().unwrap()]
        {
            assert_eq!(bench.agnss(token, "?types=7", None).await.status, 206);
        }
        let associated = bench.call(Method::PUT, "/association/board", &json!("code")).await;
        assert_eq!(associated.status, 202);
        let again = bench.upload("/devices", row("other", &pem("device-1.crt"))).await;
        assert_eq!(again["status"], "FAILED", "the certificate is attached to a");
        bench.sim.shutdown().await;
    }
}

#[tokio::test]
async fn an_operation_under_way_is_finished_by_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("state.db");
    let bench = open_with(&file, |builder| builder.bulk_delay(Duration::from_secs(3600))).await;
    let csv = row("a", &pem("device-1.crt")) + &row("b", &pem("p384.crt"));
    let accepted = bench.post("/devices", "text/csv", csv).await;
    let id = accepted.json()["bulkOpsRequestId"].as_str().unwrap().to_owned();
    let path = format!("/bulk-ops-requests/{id}");
    assert_eq!(bench.get(&path).await.json()["status"], "PENDING");
    let copy = killed(&file);
    drop(bench);

    let bench = open_with(&copy, |builder| builder.bulk_delay(Duration::from_millis(1))).await;
    let mut operation = bench.get(&path).await.json();
    while operation.get("completedAt").is_none() {
        tokio::time::sleep(Duration::from_millis(5)).await;
        operation = bench.get(&path).await.json();
    }
    assert_eq!(operation["status"], "FAILED");
    assert_eq!(bench.errors(&operation).await.len(), 1);
    assert_eq!(bench.get("/devices/a").await.status, 200);
}

#[tokio::test]
async fn what_is_deleted_stays_deleted() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("state.db");
    let bench = open(&file).await;
    bench.upload("/devices", row("a", &pem("device-1.crt"))).await;
    bench.delete("/devices/a").await;
    let copy = killed(&file);
    let bench = open(&copy).await;
    assert_eq!(bench.get("/devices/a").await.status, 404);
    assert_eq!(bench.upload("/devices", row("b", &pem("device-1.crt"))).await["status"], "SUCCEEDED");
}

#[tokio::test]
async fn a_file_that_cannot_be_used_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let start = |file: &Path| CloudSim::builder().state(file).start();
    let text = folder.path().join("text");
    std::fs::write(&text, "no database, but long enough to be taken for one, and then not to be one")
        .unwrap();
    let error = start(&text).await.unwrap_err();
    assert!(matches!(error, StartError::State(_)));
    assert!(error.to_string().contains("file is not a database"), "{error}");
    // One file, one simulator.
    let file = folder.path().join("state.db");
    let first = start(&file).await.unwrap();
    let error = start(&file).await.unwrap_err();
    assert!(error.to_string().contains("locked"), "{error}");
    first.shutdown().await;
    assert!(!file.with_extension("db-wal").exists(), "the file is closed");
    start(&file).await.unwrap();
}

#[tokio::test]
async fn teams_that_are_refused_do_not_stand_in_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("state.db");
    let with = |name: &str, key: &str| {
        let team = Team::new(name).api_key(key, Role::Owner);
        CloudSim::builder().api_key("first").team(team).state(&file).start()
    };
    let error = with("Second", "first").await.unwrap_err();
    assert_eq!(error.to_string(), "two teams have the same API key");
    let sim = with("Third", "third").await.unwrap();
    let names: Vec<&str> = sim.teams().map(TeamAccess::name).collect();
    assert_eq!(names, ["Simulated team", "Third"]);
}

/// What a GET notes is as safe as what a POST does.
#[tokio::test]
async fn where_a_device_was_is_there_again() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("state.db");
    let bench = open(&file).await;
    bench.upload("/devices", row("a", &pem("device-1.crt"))).await;
    let token = token("device-1", &json!({"sub": "a"}));
    let cell = "?types=7&mcc=242&mnc=2&tac=2305&eci=33703712";
    assert_eq!(bench.agnss(&token, cell, None).await.status, 206);
    let copy = killed(&file);
    let bench = open(&copy).await;
    let history = bench.get("/location/history?deviceId=a").await.json();
    assert_eq!(history["items"][0]["serviceType"], "SCELL", "{history}");
}
