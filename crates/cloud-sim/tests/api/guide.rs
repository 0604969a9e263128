//! Nordic's guide, with the very material that it prints.

use reqwest::Method;

use crate::support::{Bench, fixture, row};

const DEVICE: &str = "f69c0e45-7f04-4949-8def-bb2215b4223e";
const QUERY: &str =
    "?requestType=custom&customTypes=1%2C3%2C4%2C6%2C7%2C8%2C9&mcc=310&mnc=410&tac=36874&eci=84485647";

async fn walk(csv: String) {
    let bench = Bench::new().await;
    let token = fixture("guide/token.txt").trim().to_owned();

    // Before the upload nobody knows the device.
    assert_eq!(bench.agnss(&token, QUERY, Some("bytes=0-500")).await.status, 401);
    assert!(bench.last_reason().contains("no key is registered for this device"), "{}", bench.last_reason());

    let operation = bench.upload("/devices", csv).await;
    assert_eq!(
        (&operation["status"], &operation["endpoint"]),
        (&"SUCCEEDED".into(), &"ONBOARD_DEVICES".into())
    );

    let answer = bench.agnss(&token, QUERY, Some("bytes=0-500")).await;
    assert_eq!((answer.status, answer.body.len()), (206, 501));
    assert_eq!(answer.header("content-type"), Some("application/octet-stream"));
    assert!(answer.header("content-range").unwrap().starts_with("bytes 0-500/"));

    let device = bench.get(&format!("/devices/{DEVICE}")).await.json();
    assert_eq!(device["subType"], "my-thing-type");
    assert_eq!(device["tags"], serde_json::json!(["tag1", "tag2"]));
    assert_eq!(device["firmware"]["supports"], serde_json::json!(["APP", "MODEM"]));

    let uploaded = bench.send(bench.http.get(operation["uploadedDataUrl"].as_str().unwrap())).await;
    assert_eq!((uploaded.status, uploaded.header("content-type")), (200, Some("text/csv")));
    assert_eq!(String::from_utf8(uploaded.body).unwrap(), fixture("guide/onboard.csv"));
}

#[tokio::test]
async fn walks_with_the_raw_csv() {
    walk(fixture("guide/onboard.csv")).await;
}

#[tokio::test]
async fn walks_with_base64_under_text_csv_as_its_curl_line_has_it() {
    walk(fixture("guide/onboard.csv.b64").trim().to_owned()).await;
}

#[tokio::test]
async fn the_second_sample_is_refused_in_both_forms() {
    let bench = Bench::new().await;
    let printed = fixture("guide/public-keys-stray-letter.csv.b64");
    let answer = bench.post("/devices/public-keys", "text/csv", printed.trim().to_owned()).await;
    let (status, code, message) = answer.refusal();
    assert_eq!((status, code), (422, 42200));
    assert!(message.starts_with("The body has no comma, so it is no CSV, and it is not base64"), "{message}");

    let answer =
        bench.post("/devices/public-keys", "text/csv", fixture("guide/public-keys-unquoted.csv")).await;
    assert_eq!(
        answer.refusal(),
        (422, 42200, "[0]: keyPem must be a PEM public key that ends with a line break.".into())
    );
}

#[tokio::test]
async fn any_change_of_the_token_is_refused() {
    let bench = Bench::new().await;
    bench.upload("/devices", fixture("guide/onboard.csv")).await;
    let token = fixture("guide/token.txt").trim().to_owned();
    for at in 0..token.len() {
        let mut bytes = token.clone().into_bytes();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(bytes).unwrap();
        assert_eq!(bench.agnss(&changed, "", None).await.status, 401, "{at}: {changed}");
    }
    assert_eq!(bench.agnss(&token, "", None).await.status, 206);
}

#[tokio::test]
async fn the_certificate_serves_one_device_only() {
    let bench = Bench::new().await;
    bench.upload("/devices", fixture("guide/onboard.csv")).await;
    let csv = fixture("guide/onboard.csv");
    let certificate = csv.split('"').nth(1).unwrap();
    let operation = bench.upload("/devices", row("another", certificate)).await;
    assert_eq!(
        bench.errors(&operation).await,
        ["[0]: The device certificate is already registered and attached to a different device."]
    );
    let answer = bench.send(bench.request(Method::GET, "/devices/another", bench.sim.api_key())).await;
    assert_eq!(answer.status, 404);
}
