//! From the ID of an upload to the fate of each row.

use std::time::Duration;

use cloud_api::bulk::{
    self, BulkEndpoint, BulkStatus, ListBulkOpsRequests, Progress, RowResult, Summary, WaitError, WaitPolicy,
};
use cloud_api::{BulkOpId, Url};

use crate::server::{BULK_ID, Request, Server, json, reply};

pub(crate) const QUICK: WaitPolicy = WaitPolicy {
    shortest_delay: Duration::from_millis(1),
    longest_delay: Duration::from_millis(4),
    share_percent: 5,
    deadline: Duration::from_secs(20),
    tolerated_failures: 1,
};

fn id() -> BulkOpId {
    BULK_ID.parse().unwrap()
}

fn operation(status: &str, error_summary: Option<&Url>) -> Vec<u8> {
    let mut body = serde_json::json!({
        "bulkOpsRequestId": BULK_ID, "endpoint": "ONBOARD_DEVICES", "status": status,
        "requestedAt": "2022-11-29T00:56:40.337Z", "uploadedDataUrl": "https://example.com/x.csv",
    });
    if let Some(url) = error_summary {
        body["errorSummaryUrl"] = url.join("/tenant/onboard_devices/x.json").unwrap().as_str().into();
    }
    json(200, &body.to_string())
}

/// PENDING, IN_PROGRESS, then FAILED with this error file.
async fn failing_with(error_file: Vec<u8>) -> Server {
    Server::start(move |own, number, request| match (number, request.target.as_str()) {
        (0, _) => operation("PENDING", None),
        (1, _) => operation("IN_PROGRESS", None),
        (_, "/tenant/onboard_devices/x.json") => error_file.clone(),
        _ => operation("FAILED", Some(own)),
    })
    .await
}

fn failed(message: &str) -> RowResult {
    RowResult::Failed { messages: vec![message.to_owned()] }
}

#[tokio::test]
async fn waits_until_success_and_tells_each_poll() {
    let server = Server::start(|_, number, _| match number {
        0 => operation("PENDING", None),
        1 => operation("IN_PROGRESS", None),
        _ => operation("SUCCEEDED", None),
    })
    .await;
    let mut seen = Vec::new();
    let outcome = bulk::wait(&server.client(), &id(), QUICK, |progress| {
        if let Progress::Polled { request, .. } = progress {
            seen.push(request.status.to_string());
        }
    })
    .await
    .unwrap();
    assert_eq!(seen, ["PENDING", "IN_PROGRESS", "SUCCEEDED"]);
    assert!(outcome.succeeded());
    assert!(matches!(outcome.summary, Summary::NotNeeded));
    assert_eq!(outcome.results(2), [RowResult::Succeeded, RowResult::Succeeded]);
    assert_eq!(server.requests()[0].target, format!("/v1/bulk-ops-requests/{BULK_ID}"));
}

#[tokio::test]
async fn a_failed_operation_in_the_current_form_is_told_row_by_row() {
    let server = failing_with(json(200, r#"{"errors":["[1]: Already registered."]}"#)).await;
    let outcome = bulk::wait(&server.client(), &id(), QUICK, |_| {}).await.unwrap();
    assert_eq!(outcome.request.status, BulkStatus::Failed);
    assert_eq!(outcome.request.endpoint, BulkEndpoint::OnboardDevices);
    assert_eq!(
        outcome.results(3),
        [RowResult::Succeeded, failed("Already registered."), RowResult::Succeeded]
    );

    let requests = server.requests();
    let (download, polls) = requests.split_last().unwrap();
    assert_eq!(download.target, "/tenant/onboard_devices/x.json");
    assert_eq!(download.header("authorization"), None, "the key must not leave the API");
    assert!(polls.iter().all(|poll: &Request| poll.header("authorization").is_some()));
}

#[tokio::test]
async fn a_failed_operation_in_the_old_form_is_told_row_by_row() {
    let body = r#"{"error":"There were 2 errors [message: rows (1-based)]: {\"In use.\":[1,3]}."}"#;
    let server = failing_with(json(200, body)).await;
    let outcome = bulk::wait(&server.client(), &id(), QUICK, |_| {}).await.unwrap();
    assert_eq!(outcome.results(3), [failed("In use."), RowResult::Succeeded, failed("In use.")]);
}

#[tokio::test]
async fn an_unreadable_or_missing_error_file_is_no_crash_and_no_success() {
    let server = failing_with(json(200, "row two was bad")).await;
    let outcome = bulk::wait(&server.client(), &id(), QUICK, |_| {}).await.unwrap();
    assert_eq!(outcome.unparsed, ["row two was bad"]);
    assert_eq!(outcome.results(1), [RowResult::Unknown]);

    let server =
        failing_with(reply(403, &[("Content-Type", "application/xml")], "<Error>expired</Error>")).await;
    let outcome = bulk::wait(&server.client(), &id(), QUICK, |_| {}).await.unwrap();
    let Summary::Unavailable(error) = &outcome.summary else { panic!("{:?}", outcome.summary) };
    assert_eq!(
        error.to_string(),
        "download of the error summary was refused with status 403: <Error>expired</Error>"
    );
    assert_eq!(outcome.results(1), [RowResult::Unknown]);
}

#[tokio::test]
async fn an_error_file_may_be_behind_a_redirect() {
    let server = Server::start(|own, _, request| match request.target.as_str() {
        "/tenant/onboard_devices/x.json" => reply(302, &[("Location", "/elsewhere.json")], ""),
        "/elsewhere.json" => json(200, r#"{"errors":["[0]: a"]}"#),
        _ => operation("FAILED", Some(own)),
    })
    .await;
    let outcome = bulk::wait(&server.client(), &id(), QUICK, |_| {}).await.unwrap();
    assert_eq!(outcome.results(2), [failed("a"), RowResult::Succeeded]);
}

#[tokio::test]
async fn a_passing_failure_of_a_poll_is_survived_and_told() {
    // The client itself makes three attempts per poll.
    let server = Server::start(|_, number, _| match number {
        0..3 => json(503, "{}"),
        _ => operation("SUCCEEDED", None),
    })
    .await;
    let mut interruptions = Vec::new();
    let outcome = bulk::wait(&server.client(), &id(), QUICK, |progress| {
        if let Progress::Interrupted { error, .. } = progress {
            interruptions.push(error.status());
        }
    })
    .await
    .unwrap();
    assert!(outcome.succeeded());
    assert_eq!(interruptions, [Some(503)]);
}

#[tokio::test]
async fn a_lasting_failure_or_a_refusal_ends_the_wait_and_keeps_the_id() {
    let server = Server::always(json(503, "{}")).await;
    let error = bulk::wait(&server.client(), &id(), QUICK, |_| {}).await.unwrap_err();
    assert_eq!(error.to_string(), format!("bulk operation {BULK_ID} could not be followed"));
    assert_eq!(server.requests().len(), 6, "two polls of three attempts");

    let server = Server::always(json(404, r#"{"code":40410,"message":"Not found"}"#)).await;
    let error = bulk::wait(&server.client(), &id(), QUICK, |_| {}).await.unwrap_err();
    let WaitError::Poll { error, .. } = error else { panic!("{error:?}") };
    assert_eq!(
        error.to_string(),
        "FetchBulkOpsRequest was refused with status 404, nRF Cloud code 40410 (entity not found): Not found"
    );
}

#[tokio::test]
async fn the_deadline_ends_the_wait_with_the_last_status() {
    let server = Server::always(operation("PENDING", None)).await;
    let policy = WaitPolicy { deadline: Duration::from_millis(60), ..QUICK };
    let error = bulk::wait(&server.client(), &id(), policy, |_| {}).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("bulk operation {BULK_ID} had not ended after 0 s; its last status is PENDING")
    );
}

#[tokio::test]
async fn a_retry_after_is_waited_out_within_the_deadline_and_never_beyond_it() {
    // Beyond the client's own budget, which is five seconds.
    let busy = |seconds: &str| reply(503, &[("Retry-After", seconds)], "");
    for (seconds, deadline) in [("3600", 600), ("18446744073709551615", 600), ("601", 600)] {
        let server = Server::always(busy(seconds)).await;
        let policy = WaitPolicy { deadline: Duration::from_secs(deadline), tolerated_failures: 100, ..QUICK };
        let error = bulk::wait(&server.client(), &id(), policy, |_| {}).await.unwrap_err();
        let WaitError::Poll { error, .. } = error else { panic!("{error:?}") };
        assert_eq!((error.status(), server.requests().len()), (Some(503), 1), "{seconds}");
    }
    let server = Server::start(move |_, number, _| match number {
        0 => busy("6"),
        _ => operation("SUCCEEDED", None),
    })
    .await;
    let start = std::time::Instant::now();
    bulk::wait(&server.client(), &id(), QUICK, |_| {}).await.unwrap();
    // Only a lower bound: the service asked for these seconds.
    assert!(start.elapsed() >= Duration::from_secs(6));
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn listing_gives_a_page_and_sends_its_token_encoded() {
    let server = Server::always(json(200, r#"{"items":[],"total":0,"pageNextToken":"n/e+x%2F"}"#)).await;
    let client = server.client();
    let page = client.list_bulk_ops_requests(&ListBulkOpsRequests::default()).await.unwrap();
    assert!(page.items.is_empty());
    let query = ListBulkOpsRequests {
        status: Some(BulkStatus::Failed),
        page_next_token: page.page_next_token,
        ..ListBulkOpsRequests::default()
    };
    client.list_bulk_ops_requests(&query).await.unwrap();
    let targets: Vec<String> = server.requests().into_iter().map(|request| request.target).collect();
    assert_eq!(
        targets,
        ["/v1/bulk-ops-requests", "/v1/bulk-ops-requests?status=FAILED&pageNextToken=n%2Fe%2Bx%252F"]
    );
}

#[tokio::test]
async fn uploaded_rows_are_downloaded_without_credentials() {
    let server = Server::start(|own, _, request| match request.target.as_str() {
        "/tenant/x.csv" => reply(200, &[("content-type", "text/csv")], b"a,,,,\"x\""),
        _ => json(
            200,
            &serde_json::json!({
                "bulkOpsRequestId": BULK_ID, "endpoint": "ONBOARD_DEVICES", "status": "FAILED",
                "requestedAt": "2022-11-29T00:56:40.337Z", "uploadedDataUrl": own.join("/tenant/x.csv").unwrap().as_str(),
            })
            .to_string(),
        ),
    })
    .await;
    let client = server.client();
    let mut request = client.fetch_bulk_ops_request(&id()).await.unwrap();
    assert_eq!(client.download_uploaded_rows(&request).await.unwrap(), b"a,,,,\"x\"");
    assert_eq!(server.requests()[1].header("authorization"), None);
    request.uploaded_data_url = None;
    let error = client.download_uploaded_rows(&request).await.unwrap_err().to_string();
    assert!(error.contains("uploadedDataUrl"), "{error}");
    assert_eq!(server.requests().len(), 2);
}
