//! Bulk operations: their course, their rows, their files, their list.

use std::time::Duration;

use cloud_sim::ErrorFileFormat;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Bench, pem, row, short_row, token};

fn keys(document: &Value) -> Vec<&str> {
    document.as_object().unwrap().keys().map(String::as_str).collect()
}

#[tokio::test]
async fn one_bad_row_fails_the_operation_and_keeps_the_good_rows() {
    let bench = Bench::new().await;
    let csv = [
        row("good-1", &pem("device-1.crt")),
        row("wrong-curve", &pem("p384.crt")),
        row("good-2", &pem("device-2.public-key")),
        row("cut-short", &pem("cut-short.crt")),
        row("off-curve", &pem("off-curve.public-key")),
        row("rsa", &pem("rsa.public-key")),
        row("same-certificate", &pem("device-1.crt")),
    ]
    .concat();
    let operation = bench.upload("/devices", csv).await;
    assert_eq!(operation["status"], "FAILED");
    let errors = bench.errors(&operation).await;
    let rows: Vec<&str> = errors.iter().map(|error| error.split(':').next().unwrap()).collect();
    assert_eq!(rows, ["[1]", "[3]", "[4]", "[5]", "[6]"]);
    assert!(
        errors[0].contains("P-384") && errors[0].starts_with("[1]: The device certificate cannot be used"),
        "{errors:?}"
    );
    assert!(errors[2].starts_with("[4]: The public key cannot be used"), "{errors:?}");
    assert_eq!(
        errors[4],
        "[6]: The device certificate is already registered and attached to a different device."
    );

    for (key, id) in [("device-1", "good-1"), ("device-2", "good-2")] {
        assert_eq!(bench.get(&format!("/devices/{id}")).await.status, 200);
        let token = token(key, &json!({"sub": id}));
        assert_eq!(bench.agnss(&token, "?types=7", Some("bytes=0-100")).await.status, 206);
    }
    for id in ["wrong-curve", "cut-short", "off-curve", "rsa", "same-certificate"] {
        assert_eq!(bench.get(&format!("/devices/{id}")).await.status, 404, "{id}");
    }
}

#[tokio::test]
async fn values_are_strings_and_absent_ones_are_absent() {
    let bench = Bench::new().await;
    let done = bench.upload("/devices/public-keys", short_row("a", &pem("device-1.public-key"))).await;
    let id = done["bulkOpsRequestId"].as_str().unwrap();
    assert_eq!(
        keys(&done),
        [
            "bulkOpsRequestId",
            "completedAt",
            "endpoint",
            "requestedAt",
            "resultDataUrl",
            "status",
            "uploadedDataUrl"
        ]
    );
    let failed = bench.upload("/devices/public-keys", short_row("a", &pem("p384.public-key"))).await;
    assert_eq!(
        keys(&failed),
        [
            "bulkOpsRequestId",
            "completedAt",
            "endpoint",
            "errorSummaryUrl",
            "requestedAt",
            "resultDataUrl",
            "status",
            "uploadedDataUrl"
        ]
    );
    for document in [&done, &failed] {
        assert!(document.as_object().unwrap().values().all(Value::is_string), "{document}");
    }
    assert_eq!(done["requestedAt"], "2026-07-03T12:14:43.250Z");
    assert_eq!(done["endpoint"], "REGISTER_PUBLIC_KEYS");
    let origin = bench.sim.url().trim_end_matches("/v1").to_owned();
    let tenant = bench.sim.tenant_id();
    assert_eq!(done["uploadedDataUrl"], format!("{origin}/{tenant}/register_public_keys/{id}.csv"));
    assert!(id.len() == 26 && id.bytes().all(|b| b"0123456789ABCDEFGHJKMNPQRSTVWXYZ".contains(&b)), "{id}");
}

#[tokio::test]
async fn files_are_there_when_they_are_named_and_not_otherwise() {
    let bench = Bench::new().await;
    let done = bench.upload("/devices/public-keys", short_row("a", &pem("device-1.public-key"))).await;
    let csv_url = done["uploadedDataUrl"].as_str().unwrap();
    assert_eq!(bench.send(bench.http.get(csv_url)).await.status, 200);
    let result_url = done["resultDataUrl"].as_str().unwrap();
    assert_eq!(result_url, csv_url.replace(".csv", "-result.json"));
    assert_eq!(bench.send(bench.http.get(result_url)).await.json(), json!({"deviceIds": ["a"]}));
    for url in [
        csv_url.replace(".csv", ".json"),
        csv_url.replace(".csv", "-result.csv"),
        csv_url.replace("register_public_keys", "onboard_devices"),
        csv_url.replace(bench.sim.tenant_id(), "00000000-0000-4000-8000-000000000000"),
        csv_url.replace(".csv", ""),
    ] {
        let answer = bench.send(bench.http.get(&url)).await;
        assert_eq!((answer.status, answer.refusal().1), (404, 40420), "{url}");
    }
}

#[tokio::test]
async fn the_old_error_file_counts_from_one() {
    let bench = Bench::with(|builder| builder.error_file(ErrorFileFormat::Old)).await;
    let csv =
        row("a", &pem("device-1.crt")) + &row("b", &pem("device-1.crt")) + &row("c", &pem("device-1.crt"));
    let operation = bench.upload("/devices", csv).await;
    let url = operation["errorSummaryUrl"].as_str().unwrap();
    let text = String::from_utf8(bench.send(bench.http.get(url)).await.body).unwrap();
    let object =
        text.split_once("(1-based)]: ").unwrap().1.strip_suffix(".\"}").unwrap().replace("\\\"", "\"");
    assert_eq!(
        serde_json::from_str::<Value>(&object).unwrap(),
        json!({"The device certificate is already registered and attached to a different device.": [2, 3]})
    );
}

#[tokio::test]
async fn a_delayed_operation_goes_through_its_states() {
    let bench = Bench::with(|builder| builder.bulk_delay(Duration::from_millis(60))).await;
    let answer = bench.post("/devices", "text/csv", row("a", &pem("device-1.crt"))).await;
    let id = answer.json()["bulkOpsRequestId"].as_str().unwrap().to_owned();
    let mut seen: Vec<String> = Vec::new();
    while seen.last().is_none_or(|status| status == "PENDING" || status == "IN_PROGRESS") {
        let document = bench.get(&format!("/bulk-ops-requests/{id}")).await.json();
        let status = document["status"].as_str().unwrap().to_owned();
        assert_eq!(document.get("completedAt").is_some(), status == "SUCCEEDED");
        if seen.last() != Some(&status) {
            seen.push(status);
        }
    }
    let course = ["PENDING", "IN_PROGRESS", "SUCCEEDED"];
    assert!(course.ends_with(&seen.iter().map(String::as_str).collect::<Vec<_>>()), "{seen:?}");
    assert_eq!(bench.get("/devices/a").await.status, 200);
}

#[tokio::test]
async fn nothing_is_done_before_the_delay_is_over() {
    let bench = Bench::with(|builder| builder.bulk_delay(Duration::from_secs(3600))).await;
    let operation = bench.upload("/devices", row("a", &pem("device-1.crt"))).await;
    assert_eq!(operation["status"], "PENDING");
    assert_eq!(
        keys(&operation),
        ["bulkOpsRequestId", "endpoint", "requestedAt", "status", "uploadedDataUrl"]
    );
    assert_eq!(bench.get("/devices/a").await.status, 404);
    // And the simulator does not wait for it.
    bench.sim.shutdown().await;
}

#[tokio::test]
async fn the_list_is_filtered_and_paged() {
    let bench = Bench::new().await;
    let mut ids = Vec::new();
    for number in 0..12 {
        let key = if number == 5 { "p384.public-key" } else { "device-1.public-key" };
        let operation = bench.upload("/devices/public-keys", short_row("a", &pem(key))).await;
        ids.insert(0, operation["bulkOpsRequestId"].as_str().unwrap().to_owned());
    }
    let listed = |page: &Value| -> Vec<String> {
        let items = page["items"].as_array().unwrap();
        items.iter().map(|item| item["bulkOpsRequestId"].as_str().unwrap().to_owned()).collect()
    };
    let first = bench.get("/bulk-ops-requests").await.json();
    assert_eq!((listed(&first).as_slice(), &first["total"]), (&ids[..10], &json!(10)));
    let token = first["pageNextToken"].as_str().unwrap();
    let encoded = token.replace('%', "%25").replace('+', "%2B").replace('/', "%2F").replace('=', "%3D");
    let second = bench.get(&format!("/bulk-ops-requests?pageNextToken={encoded}")).await.json();
    assert_eq!((listed(&second).as_slice(), second.get("pageNextToken")), (&ids[10..], None));
    // A client that forgets to encode the token is told so.
    assert_eq!(bench.get(&format!("/bulk-ops-requests?pageNextToken={token}")).await.status, 422);

    let failed = bench.get("/bulk-ops-requests?status=FAILED&pageLimit=100").await.json();
    assert_eq!(listed(&failed), [ids[6].clone()]);
    let since = |time: &str| format!("/bulk-ops-requests?pageLimit=100&startRequestedAt={time}");
    assert_eq!(listed(&bench.get(&since("2026-07-03T12:14:43Z")).await.json()).len(), 12);
    assert_eq!(listed(&bench.get(&since("2026-07-03T12:14:44Z")).await.json()).len(), 0);
    for bad in ["status=DONE", "pageLimit=0", "pageLimit=101", "startRequestedAt=2026-07-03", "sort=asc"] {
        assert_eq!(bench.get(&format!("/bulk-ops-requests?{bad}")).await.refusal().1, 42200, "{bad}");
    }
}

#[tokio::test]
async fn an_unknown_operation_is_not_found() {
    let bench = Bench::new().await;
    let answer = bench.get("/bulk-ops-requests/01EZZJVDQJPWT7V4FWNVDHNMM5").await;
    assert_eq!(answer.refusal(), (404, 40410, "Bulk operation 01EZZJVDQJPWT7V4FWNVDHNMM5 not found.".into()));
}

#[tokio::test]
async fn an_operation_ends_also_when_whoever_sent_it_is_gone() {
    let bench = Bench::new().await;
    let csv: String =
        (0..1000).map(|row| short_row(&format!("d{row}"), &pem("device-1.public-key"))).collect();
    let request = bench.request(Method::POST, "/devices/public-keys", bench.sim.api_key());
    let sender = tokio::spawn(request.header("content-type", "text/csv").body(csv).send());
    let newest = async || bench.get("/bulk-ops-requests").await.json()["items"][0].clone();
    while newest().await.is_null() {
        tokio::task::yield_now().await;
    }
    sender.abort();
    let ended = async {
        while newest().await["completedAt"].is_null() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), ended).await.unwrap();
    assert_eq!(newest().await["status"], "SUCCEEDED");
}
