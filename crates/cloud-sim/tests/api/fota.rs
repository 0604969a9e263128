//! FOTA jobs: their states, their executions, their numbers.

use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    firmware::{bundle, upload},
    support::{Bench, pem, token},
};

/// Three devices, of which `c` takes no application, and a bundle.
async fn bench() -> (Bench, String) {
    let bench = Bench::new().await;
    let csv = format!(
        "a,,red,APP|MODEM,\"{}\"\nb,,red,APP,\"{}\"\nc,,red,MODEM,\"{}\"\n",
        pem("device-1.crt"),
        pem("device-2.crt"),
        pem("device-1.public-key")
    );
    assert_eq!(bench.upload("/devices", csv).await["status"], "SUCCEEDED");
    let uri = upload(&bench, "application/zip", bundle(|_| {})).await.json()["uris"][0]
        .as_str()
        .unwrap()
        .to_owned();
    let id = uri.rsplit('/').nth(1).unwrap().to_owned();
    (bench, id)
}

async fn create(bench: &Bench, body: Value) -> String {
    let answer = bench.call(Method::POST, "/fota-jobs", &body).await;
    assert_eq!(answer.status, 201, "{:?}", answer.refusal());
    answer.json()["jobId"].as_str().unwrap().to_owned()
}

async fn update(bench: &Bench, device: &str, job: &str, status: &str) -> u16 {
    let path = format!("/fota-job-executions/{device}/{job}");
    bench.call(Method::PATCH, &path, &json!({"status": status, "details": "so"})).await.status
}

#[tokio::test]
async fn a_job_runs_to_its_end() {
    let (bench, bundle_id) = bench().await;
    let job =
        create(&bench, json!({"bundleId": bundle_id, "name": "n", "description": "d", "tags": ["red"]}))
            .await;
    let document = bench.get(&format!("/fota-jobs/{job}")).await.json();
    let path = format!("{}/{bundle_id}/app.bin", bench.sim.tenant_id());
    let host = bench.sim.url().trim_start_matches("http://").trim_end_matches("/v1").to_owned();
    assert_eq!(
        document,
        json!({
            "jobId": job, "name": "n", "description": "d", "status": "IN_PROGRESS", "statusDetail": "Job auto applied",
            "createdAt": "2026-07-03T12:14:43.250Z", "lastUpdatedAt": "2026-07-03T12:14:43.250Z",
            "target": {"deviceIds": [], "tags": ["red"]},
            "firmware": {
                "bundleId": bundle_id, "host": host, "fileSize": 600, "firmwareType": "APP", "version": "v1.2.3",
                "uris": [path],
            },
            "executionStats": {
                "completedExecutions": 0, "executions": 2, "devices": 2, "timedOut": 0, "removed": 0,
                "downloading": 0, "inProgress": 0, "queued": 2, "rejected": 0, "failed": 0, "succeeded": 0,
                "cancelled": 0,
            },
        })
    );
    let own = token("device-1", &json!({"sub": "a"}));
    let current = bench.send(bench.request(Method::GET, "/fota-job-executions/a/current", &own)).await;
    assert_eq!(current.status, 200);
    let execution = current.json();
    assert_eq!(execution["status"], "QUEUED");
    assert_eq!(execution.get("statusDetail"), None);
    assert_eq!(
        execution["jobDocument"],
        json!({"host": host, "path": path, "version": "v1.2.3", "bundleId": bundle_id, "fileSize": 600, "firmwareType": "APP"})
    );
    let file = bench.send(bench.http.get(format!("http://{host}/{path}"))).await;
    assert_eq!(file.body.len(), 600);
    assert_eq!(
        bench.send(bench.request(Method::GET, "/fota-job-executions/b/current", &own)).await.status,
        401
    );
    assert_eq!(bench.get("/fota-job-executions/c/current").await.refusal().1, 40499);
    assert_eq!(bench.get("/fota-job-executions/a/current?firmwareType=MODEM").await.status, 404);

    let answer = bench
        .json(
            Method::PATCH,
            &format!("/fota-job-executions/a/{job}"),
            &own,
            &json!({"status": "DOWNLOADING"}),
        )
        .await;
    assert_eq!((answer.status, answer.body.len()), (202, 0));
    assert_eq!(update(&bench, "a", &job, "SUCCEEDED").await, 202);
    assert_eq!(update(&bench, "a", &job, "FAILED").await, 422);
    assert_eq!(update(&bench, "c", &job, "FAILED").await, 404);
    assert_eq!(update(&bench, "b", &job, "BROKEN").await, 422);
    assert_eq!(bench.get(&format!("/fota-jobs/{job}")).await.json()["status"], "IN_PROGRESS");
    assert_eq!(update(&bench, "b", &job, "FAILED").await, 202);
    let done = bench.get(&format!("/fota-jobs/{job}")).await.json();
    assert_eq!(
        (&done["status"], &done["statusDetail"], &done["completedAt"]),
        (
            &json!("COMPLETED"),
            &json!("All executions in terminal status"),
            &json!("2026-07-03T12:14:43.250Z")
        )
    );
    assert_eq!(
        (
            &done["executionStats"]["succeeded"],
            &done["executionStats"]["failed"],
            &done["executionStats"]["completedExecutions"]
        ),
        (&json!(1), &json!(1), &json!(2))
    );
    assert_eq!(
        bench.get(&format!("/fota-job-execution-statuses/{job}?status=FAILED")).await.json()["items"],
        json!([{"deviceId": "b", "status": "FAILED", "statusDetail": "so", "lastUpdatedAt": "2026-07-03T12:14:43.250Z"}])
    );
    let of_device = bench.get("/fota-job-executions/a").await.json();
    assert_eq!(of_device["items"][0], bench.get(&format!("/fota-job-executions/a/{job}")).await.json());
    assert_eq!(bench.get("/fota-job-executions/a/current").await.status, 404);
}

#[tokio::test]
async fn a_job_waits_is_cancelled_and_deleted() {
    let (bench, bundle_id) = bench().await;
    let job = create(&bench, json!({"bundleId": bundle_id, "autoApply": "false", "deviceIds": ["a"]})).await;
    let path = format!("/fota-jobs/{job}");
    let status = async || bench.get(&path).await.json()["status"].as_str().unwrap().to_owned();
    assert_eq!(status().await, "CREATED");
    assert_eq!(bench.get("/fota-job-executions/a/current").await.status, 404);
    assert_eq!(bench.call(Method::POST, &format!("{path}/apply"), &json!({})).await.status, 202);
    assert_eq!(status().await, "IN_PROGRESS");
    assert_eq!(bench.call(Method::POST, &format!("{path}/apply"), &json!({})).await.status, 422);
    assert_eq!(bench.delete(&path).await.refusal().2, "The job is IN_PROGRESS.");
    assert_eq!(bench.call(Method::PUT, &format!("{path}/cancel?reason=why"), &json!({})).await.status, 202);
    let cancelled = bench.get(&path).await.json();
    assert_eq!((&cancelled["status"], &cancelled["statusDetail"]), (&json!("CANCELLED"), &json!("why")));
    assert_eq!(cancelled["executionStats"]["cancelled"], 1);
    assert_eq!(bench.delete(&path).await.status, 202);
    assert_eq!(bench.get(&path).await.refusal().1, 40410);
    assert_eq!(bench.get("/fota-jobs").await.json(), json!({"items": [], "total": 0}));
}

#[tokio::test]
async fn jobs_find_their_devices_by_what_they_are() {
    let (bench, bundle_id) = bench().await;
    let reported =
        json!({"reported": {"device": {"deviceInfo": {"appVersion": "1", "imei": "352656106108148"}}}});
    bench.call(Method::PATCH, "/devices/a/state", &reported).await;
    for (target, ids) in [
        (json!({"deviceIdentifiers": ["352656106108148"]}), vec!["a"]),
        (json!({"tags": ["red"], "firmwareType": "APP", "firmwareVersions": ["1"]}), vec!["a"]),
        (
            json!({"firmwareVersions": ["1", "2"], "targetListType": "LOCKED", "schedule": {"startJobAtEpochMs": 1}}),
            vec!["a"],
        ),
        (json!({"deviceIds": ["a", "b", "c"]}), vec!["a", "b"]),
    ] {
        let mut body = target.clone();
        body["bundleId"] = json!(bundle_id);
        let job = create(&bench, body).await;
        let page = bench.get(&format!("/fota-job-execution-statuses/{job}")).await.json();
        let found: Vec<&str> =
            page["items"].as_array().unwrap().iter().map(|item| item["deviceId"].as_str().unwrap()).collect();
        assert_eq!(found, ids, "{target}");
        let document = bench.get(&format!("/fota-jobs/{job}")).await.json();
        assert_eq!(document.get("targetListType"), target.get("targetListType"));
        assert_eq!(document.get("schedule"), target.get("schedule"));
    }
    let modem = "MODEM*5c1d2a77*mfw_nrf91x1_2.0.2";
    create(&bench, json!({"bundleId": modem, "deviceIds": ["c"]})).await;
    let current = bench.get("/fota-job-executions/c/current").await.json();
    let job = &current["jobDocument"];
    let url = format!("http://{}/{}", job["host"].as_str().unwrap(), job["path"].as_str().unwrap());
    assert_eq!(bench.send(bench.http.get(url)).await.body.len(), 17 * 64);
}

#[tokio::test]
async fn a_bad_job_is_refused() {
    let (bench, bundle_id) = bench().await;
    let ids = |count: usize| -> Vec<String> { (0..count).map(|n| n.to_string()).collect() };
    for (body, code) in [
        (json!({"bundleId": "APP*00000000*x", "deviceIds": ["a"]}), 40410),
        (json!({"bundleId": bundle_id}), 42200),
        (json!({"deviceIds": ["a"]}), 42200),
        (json!({"bundleId": bundle_id, "deviceIds": ids(101)}), 42200),
        (json!({"bundleId": bundle_id, "deviceIds": ["a"], "name": "x".repeat(65)}), 42200),
        (json!({"bundleId": bundle_id, "deviceIds": ["a"], "description": "x".repeat(1025)}), 42200),
        (json!({"bundleId": bundle_id, "firmwareVersions": ids(6)}), 42200),
        (json!({"bundleId": bundle_id, "deviceIds": ["a"], "autoApply": "maybe"}), 42200),
        (json!({"bundleId": bundle_id, "deviceIds": ["a"], "firmwareType": "TOAST"}), 42200),
    ] {
        assert_eq!(bench.call(Method::POST, "/fota-jobs", &body).await.refusal().1, code, "{body}");
    }
    for path in [
        "/fota-jobs/x",
        "/fota-job-execution-statuses/x",
        "/fota-job-executions/a/x",
        "/fota-job-executions/x",
    ] {
        assert_eq!(bench.get(path).await.refusal().1, 40410, "{path}");
    }
}
