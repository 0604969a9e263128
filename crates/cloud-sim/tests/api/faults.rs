//! Every fault on demand, seen by a client.

use std::{
    error::Error,
    io,
    time::{Duration, Instant},
};

use cloud_sim::Fault;
use reqwest::{Method, header::CONTENT_TYPE};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::support::{Bench, NOW, pem, row, short_row, token};

async fn bench(faults: &[&str]) -> Bench {
    Bench::with(|builder| faults.iter().fold(builder, |builder, text| builder.fault(fault(text)))).await
}

fn fault(text: &str) -> Fault {
    text.parse().unwrap()
}

/// Three rows that nothing is wrong with.
fn three_rows() -> String {
    ["a", "b", "c"].map(|id| short_row(id, &pem("device-1.public-key"))).concat()
}

impl Bench {
    async fn statuses(&self, requests: usize) -> Vec<u16> {
        let mut statuses = Vec::new();
        for _ in 0..requests {
            statuses.push(self.get("/account").await.status);
        }
        statuses
    }

    /// How many bulk operations the simulator has.
    async fn operations(&self) -> usize {
        self.get("/bulk-ops-requests").await.json()["items"].as_array().unwrap().len()
    }

    fn counts(&self) -> Vec<String> {
        self.sim.faults().iter().map(ToString::to_string).collect()
    }
}

/// The system's error at the bottom of a failed request.
fn cause(error: &reqwest::Error) -> Option<io::ErrorKind> {
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    let mut kind = None;
    while let Some(error) = cause {
        kind = error.downcast_ref::<io::Error>().map(io::Error::kind).or(kind);
        cause = error.source();
    }
    kind
}

#[tokio::test]
async fn latency_delays_the_answer() {
    let bench = bench(&["latency 60ms..80ms on GET /v1/account times 1"]).await;
    let start = Instant::now();
    assert_eq!(bench.get("/account").await.status, 200);
    assert!(start.elapsed() >= Duration::from_millis(60));
    assert_eq!(bench.counts(), ["latency 60ms..80ms on GET /v1/account times 1: 1 of 1"]);
}

#[tokio::test]
async fn too_many_requests_with_and_without_retry_after() {
    let bench = bench(&["status 429 times 1", "status 429 retry-after 2 times 1"]).await;
    let without = bench.get("/account").await;
    assert_eq!((without.status, without.header("retry-after")), (429, None));
    assert_eq!(without.json(), json!({"message": "Too Many Requests"}));
    let with = bench.get("/account").await;
    assert_eq!((with.status, with.header("retry-after")), (429, Some("2")));
    assert_eq!(bench.get("/account").await.status, 200);
    assert_eq!(bench.last_reason(), "a fault on demand: status 429 retry-after 2 times 1");
}

#[tokio::test]
async fn server_errors_come_in_turn_and_the_same_in_every_run() {
    let every_third = bench(&["status 503 every 3"]).await;
    assert_eq!(every_third.statuses(7).await, [200, 200, 503, 200, 200, 503, 200]);

    let text = "status 500..504 chance 0.5 seed 42";
    let (one, two) = (bench(&[text]).await, bench(&[text]).await);
    let statuses = one.statuses(40).await;
    assert_eq!(statuses, two.statuses(40).await);
    assert!(statuses.contains(&200) && statuses.iter().any(|status| (500..=504).contains(status)));
}

#[tokio::test]
async fn a_status_before_takes_nothing_and_one_after_does() {
    let bench = bench(&["status 504 on POST * times 1", "status 504 after on POST * times 1"]).await;
    for taken in [0, 1] {
        let answer = bench.post("/devices/public-keys", "text/csv", three_rows()).await;
        assert_eq!((answer.status, answer.json()), (504, json!({"message": "Gateway Timeout"})));
        assert_eq!(bench.operations().await, taken);
    }
}

#[tokio::test]
async fn a_proxy_answers_in_html() {
    let bench = bench(&["html times 1", "html 200 times 1"]).await;
    for status in [502, 200] {
        let answer = bench.get("/account").await;
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (status, Some("text/html; charset=utf-8"))
        );
        assert!(answer.body.starts_with(b"<!DOCTYPE html>"));
    }
    assert_eq!(bench.sim.refusals().len(), 1);
}

#[tokio::test]
async fn a_reset_before_takes_nothing_and_one_after_does() {
    let bench = bench(&["reset before on POST * times 1", "reset after on POST * times 1"]).await;
    for taken in [0, 1] {
        let request = bench.request(Method::POST, "/devices/public-keys", bench.sim.api_key());
        let sent = request.header(CONTENT_TYPE, "text/csv").body(three_rows()).send().await;
        let error = sent.unwrap_err();
        assert_eq!(cause(&error), Some(io::ErrorKind::ConnectionReset), "{error:?}");
        assert_eq!(bench.operations().await, taken);
    }
}

/// What comes over the wire in answer to `GET /v1/status`, by a socket of its own: head and body.
async fn raw_status(bench: &Bench) -> (String, String) {
    let address = bench.sim.url().replace("http://", "").replace("/v1", "");
    let mut socket = TcpStream::connect(&address).await.unwrap();
    let request = format!("GET /v1/status HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    socket.write_all(request.as_bytes()).await.unwrap();
    let mut received = Vec::new();
    // A reset after the data is as good as an end.
    let _ended = socket.read_to_end(&mut received).await;
    let text = String::from_utf8(received).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    (head.to_owned(), body.to_owned())
}

#[tokio::test]
async fn a_body_breaks_off() {
    let bench = Bench::new().await;
    let (_, whole) = raw_status(&bench).await;
    for (text, kept) in [("truncate 50%", whole.len() / 2), ("truncate 10", 10), ("truncate 0", 0)] {
        bench.sim.set_faults([fault(text)]);
        let (head, body) = raw_status(&bench).await;
        assert!(head.contains(&format!("content-length: {}", whole.len())), "{head}");
        assert_eq!(body, whole[..kept]);
    }
    let response = bench.http.get(format!("{}/status", bench.sim.url())).send().await.unwrap();
    assert!(response.bytes().await.unwrap_err().is_decode());
}

#[tokio::test]
async fn a_body_comes_in_pieces() {
    let bench = bench(&["slow 100 2ms times 1"]).await;
    let mut response = bench.request(Method::GET, "/account", bench.sim.api_key()).send().await.unwrap();
    let announced = response.content_length().unwrap();
    let mut pieces = Vec::new();
    while let Some(piece) = response.chunk().await.unwrap() {
        pieces.push(piece.len());
    }
    assert!(pieces.len() > 1, "{pieces:?}");
    assert_eq!(pieces.iter().sum::<usize>() as u64, announced);
    let quick = bench.get("/account").await;
    assert_eq!(quick.body.len() as u64, announced);
}

#[tokio::test]
async fn a_clock_that_is_off_shows_in_the_date_and_refuses_tokens() {
    let bench = bench(&["clock +10m on * *agnss* times 1", "clock -10m on * *agnss* skip 1 times 1"]).await;
    bench.upload("/devices", row("dev", &pem("device-1.crt"))).await;
    let token = token("device-1", &json!({"sub": "dev", "iat": NOW - 60, "exp": NOW + 300}));
    let ahead = bench.agnss(&token, "?types=4", None).await;
    assert_eq!((ahead.status, ahead.header("date")), (401, Some("Fri, 03 Jul 2026 12:24:43 GMT")));
    assert!(bench.last_reason().contains("expired"), "{}", bench.last_reason());
    let behind = bench.agnss(&token, "?types=4", None).await;
    assert_eq!((behind.status, behind.header("date")), (401, Some("Fri, 03 Jul 2026 12:04:43 GMT")));
    assert!(bench.last_reason().contains("in the future"), "{}", bench.last_reason());
    assert_eq!(bench.agnss(&token, "?types=4", None).await.status, 206);
}

#[tokio::test]
async fn bulk_operations_stall() {
    let bench = bench(&["bulk stall times 1", "bulk stall 20ms skip 1 times 1"]).await;
    let stalled = bench.upload("/devices/public-keys", three_rows()).await;
    assert!(["PENDING", "IN_PROGRESS"].contains(&stalled["status"].as_str().unwrap()), "{stalled}");
    let late = bench.upload("/devices/public-keys", three_rows()).await;
    let path =
        |operation: &Value| format!("/bulk-ops-requests/{}", operation["bulkOpsRequestId"].as_str().unwrap());
    while bench.get(&path(&late)).await.json()["status"] != "SUCCEEDED" {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    assert_eq!(bench.get(&path(&stalled)).await.json()["status"], "IN_PROGRESS");
    let quick = bench.upload("/devices/public-keys", three_rows()).await;
    assert_eq!(quick["status"], "SUCCEEDED");
    assert_eq!(bench.counts(), ["bulk stall times 1: 1 of 3", "bulk stall 20ms skip 1 times 1: 1 of 3"]);
}

#[tokio::test]
async fn rows_of_bulk_operations_fail_and_the_others_are_done() {
    let bench = bench(&["bulk fail 2 times 1", "bulk expired 3 skip 1 times 1"]).await;
    let rows = || ["a", "b", "c"].map(|id| row(id, &pem("device-1.public-key"))).concat();
    let failed = bench.upload("/devices", rows()).await;
    assert_eq!(bench.errors(&failed).await, ["[1]: Internal failure, the row was not processed."]);
    for (id, status) in [("a", 200), ("b", 404), ("c", 200)] {
        assert_eq!(bench.get(&format!("/devices/{id}")).await.status, status, "{id}");
    }
    let expired = bench.upload("/devices", rows()).await;
    assert_eq!(bench.errors(&expired).await, ["[2]: The device certificate has expired."]);
    assert_eq!(bench.upload("/devices", rows()).await["status"], "SUCCEEDED");
}

#[tokio::test]
async fn an_error_file_has_the_old_form() {
    let bench = bench(&["bulk old-format", "bulk fail 3"]).await;
    let failed = bench.upload("/devices/public-keys", three_rows()).await;
    let answer = bench.send(bench.http.get(failed["errorSummaryUrl"].as_str().unwrap())).await;
    let text = String::from_utf8(answer.body).unwrap();
    assert!(
        text.contains("(1-based)]: {\\\"Internal failure, the row was not processed.\\\":[3]}"),
        "{text}"
    );
}

#[tokio::test]
async fn faults_change_while_the_simulator_runs() {
    let bench = bench(&["status 500"]).await;
    assert_eq!(bench.statuses(1).await, [500]);
    bench.sim.set_faults([fault("status 501"), fault("status 502")]);
    assert_eq!(bench.statuses(1).await, [501]);
    assert_eq!(bench.counts(), ["status 501: 1 of 1", "status 502: 0 of 0"]);
    bench.sim.set_faults([]);
    assert_eq!(bench.statuses(1).await, [200]);
}

#[tokio::test]
async fn the_admin_endpoint_sets_lists_and_clears() {
    let bench = bench(&["status 503"]).await;
    let url = bench.sim.url().replace("/v1", "/admin/faults");
    let listed = bench.send(bench.http.get(&url)).await;
    assert_eq!(listed.json(), json!({"faults": [{"fault": "status 503", "asked": 0, "fired": 0}]}));

    let set = bench
        .send(
            bench
                .http
                .put(&url)
                .header(CONTENT_TYPE, "application/json")
                .body(r#"{"faults":["html on GET /v1/account"]}"#),
        )
        .await;
    assert_eq!((set.status, &set.json()["faults"][0]["fault"]), (200, &json!("html 502 on GET /v1/account")));
    let added = bench
        .send(
            bench.http.post(&url).header(CONTENT_TYPE, "application/json").body(r#"{"fault":"latency 1ms"}"#),
        )
        .await;
    assert_eq!(added.status, 201);
    assert_eq!(bench.statuses(1).await, [502]);
    assert_eq!(bench.send(bench.http.delete(&url)).await.status, 204);
    assert_eq!(bench.statuses(1).await, [200]);
    assert_eq!(bench.send(bench.http.get(&url)).await.json(), json!({"faults": []}));
}

#[tokio::test]
async fn the_admin_endpoint_refuses_what_is_wrong_and_who_is_elsewhere() {
    let bench = Bench::new().await;
    let url = bench.sim.url().replace("/v1", "/admin/faults");
    let put = |body: &'static str| bench.http.put(&url).header(CONTENT_TYPE, "application/json").body(body);
    let answer = bench.send(put(r#"{"faults":["html","status 1"]}"#)).await;
    assert_eq!(
        answer.refusal(),
        (
            422,
            42200,
            "Fault `status 1`: `1` after `status` is not a status of 400 to 599, or two such as 500..504."
                .into()
        )
    );
    assert_eq!(bench.counts(), Vec::<String>::new());
    let plain = bench.http.put(&url).header(CONTENT_TYPE, "text/plain").body(r#"{"faults":[]}"#);
    assert_eq!(bench.send(plain).await.status, 422);

    let foreign = bench.http.get(&url).header("host", "evil.example");
    let answer = bench.send(foreign).await;
    assert_eq!((answer.status, answer.json()), (403, json!({"message": "For this machine only."})));
    assert_eq!(bench.last_reason(), "the Host header does not name this machine");

    let open = Bench::with(|builder| builder.admin_from_anywhere(true)).await;
    let url = open.sim.url().replace("/v1", "/admin/faults");
    assert_eq!(open.send(open.http.get(&url).header("host", "lab.example")).await.status, 200);
}
