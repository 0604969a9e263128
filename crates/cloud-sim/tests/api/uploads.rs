//! What an upload may not be.

use crate::support::{Bench, pem, row, short_row};

async fn refusal(bench: &Bench, path: &str, body: impl Into<reqwest::Body>) -> String {
    let answer = bench.post(path, "text/csv", body).await;
    let (status, code, message) = answer.refusal();
    assert_eq!((status, code), (422, 42200), "{message}");
    message
}

#[tokio::test]
async fn a_bad_upload_is_refused_whole_and_the_message_says_why() {
    let bench = Bench::new().await;
    let certificate = pem("device-1.crt");
    let good = row("good", &certificate);
    let one_line = certificate.replace('\n', "");
    let cases = [
        (String::new(), "The body is empty."),
        ("\n".into(), "The body is empty."),
        (format!("a,,,,x\n\n{good}"), "[1]: line 2: blank line."),
        (
            format!("deviceId,subType,tags,fwTypes,certPem\n{good}"),
            "[0]: each firmware type must match /^(APP|MODEM|BOOT|SOFTDEVICE|BOOTLOADER|MDM_FULL)$/.",
        ),
        (format!("\u{feff}{good}"), "[0]: deviceId must match /^[a-z0-9:_-]{1,128}$/i."),
        (good.replace("good", ""), "[0]: deviceId must match /^[a-z0-9:_-]{1,128}$/i."),
        (good.replace("good", &"a".repeat(129)), "[0]: deviceId must match /^[a-z0-9:_-]{1,128}$/i."),
        (
            format!("{good}{}", good.replace("good", "a b")),
            "[1]: deviceId must match /^[a-z0-9:_-]{1,128}$/i.",
        ),
        (good.replace(",,,,", ",,,"), "[0]: a row has five columns."),
        (good.replace(",,,,", ",,,,,"), "[0]: a row has five columns."),
        (good.replace(",,,,", ",two words,,,"), r"[0]: subType must match /[a-zA-Z0-9_.,@\/:#-]{0,799}/."),
        (good.replace(",,,,", ",,a||b,,"), "[0]: each tag must match /^[a-zA-Z0-9_.@:#-]+$/."),
        (
            good.replace(",,,,", ",,,APP|SMP,"),
            "[0]: each firmware type must match /^(APP|MODEM|BOOT|SOFTDEVICE|BOOTLOADER|MDM_FULL)$/.",
        ),
        (
            good.replace("-----\n\"", "-----\""),
            "[0]: certPem must be a PEM certificate or public key that ends with a line break.",
        ),
        (
            format!("good,,,,\"{one_line}\n\"\n"),
            "[0]: certPem must be a PEM certificate or public key that ends with a line break.",
        ),
        (
            format!("good,,,,\"{}\"", pem("device-1.key")),
            "[0]: certPem must be a PEM certificate or public key that ends with a line break.",
        ),
        (
            format!("good,,,,{certificate}"),
            "[0]: certPem must be a PEM certificate or public key that ends with a line break.",
        ),
        (good.replace("good", "go\"od"), "[0]: line 1: quote inside a field that does not begin with one."),
        (
            good.trim_end().strip_suffix('"').unwrap().into(),
            "[0]: line 1: field begins with a quote that is never closed.",
        ),
        (good.repeat(1001), "1001 rows, but at most 1000 are allowed."),
    ];
    for (body, message) in cases {
        let start: String = body.chars().take(60).collect();
        assert_eq!(refusal(&bench, "/devices", body).await, message, "{start}");
    }
    assert_eq!(refusal(&bench, "/devices", &b"\xff,\n"[..]).await, "The body is not UTF-8 text.");
    assert_eq!(bench.get("/devices").await.json()["total"], 0);
    assert_eq!(bench.get("/bulk-ops-requests").await.json()["total"], 0);
}

#[tokio::test]
async fn the_short_uploads_have_their_own_rules() {
    let bench = Bench::new().await;
    let (certificate, key) = (pem("device-1.crt"), pem("device-1.public-key"));
    assert_eq!(
        refusal(&bench, "/devices/public-keys", short_row("a", &certificate)).await,
        "[0]: keyPem must be a PEM public key that ends with a line break."
    );
    assert_eq!(
        refusal(&bench, "/devices/certificates", short_row("a", &key)).await,
        "[0]: certPem must be a PEM certificate that ends with a line break."
    );
    assert_eq!(refusal(&bench, "/devices/public-keys", row("a", &key)).await, "[0]: a row has two columns.");
    assert_eq!(
        refusal(&bench, "/devices/certificates", "a").await,
        "The body has no comma, so it is no CSV, and it is not base64: invalid Base64 encoding."
    );
}

#[tokio::test]
async fn every_line_end_and_every_content_type_is_taken() {
    let bench = Bench::new().await;
    let key = pem("device-1.public-key");
    for (content_type, csv) in [
        ("text/csv", short_row("a", &key)),
        ("text/plain", short_row("a", &key).trim_end().to_owned()),
        ("application/octet-stream", short_row("a", &key).replace('\n', "\r\n")),
        ("text/plain;charset=UTF8", short_row("a", &key.replace('\n', "\r"))),
    ] {
        let answer = bench.post("/devices/public-keys", content_type, csv).await;
        assert_eq!(answer.status, 202, "{content_type}: {}", String::from_utf8_lossy(&answer.body));
    }
    let succeeded = bench.get("/bulk-ops-requests?status=SUCCEEDED").await.json();
    assert_eq!(succeeded["total"], 4);

    let answer = bench.post("/devices/public-keys", "application/json", "[]").await;
    assert_eq!(
        answer.refusal().2,
        "Content-Type application/json is not one of text/csv, text/plain, application/octet-stream."
    );
}

#[tokio::test]
async fn a_thousand_rows_are_taken() {
    let bench = Bench::new().await;
    let key = pem("device-1.public-key");
    let csv: String = (0..1000).map(|number| row(&format!("device-{number}"), &key)).collect();
    assert_eq!(bench.upload("/devices", csv).await["status"], "SUCCEEDED");
    assert_eq!(bench.get("/devices/device-999").await.status, 200);
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused_in_the_gateway_form() {
    let bench = Bench::new().await;
    let answer = bench.post("/devices", "text/csv", vec![b'a'; 10 * 1024 * 1024 + 1]).await;
    assert_eq!(answer.status, 413);
    assert_eq!(answer.json(), serde_json::json!({"message": "The body is larger than 10485760 bytes."}));
}
