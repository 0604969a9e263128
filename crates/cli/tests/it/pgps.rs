use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex};

use crate::support::{Shop, fixture, nobody};

fn file() -> Vec<u8> {
    std::fs::read(fixture("assistance/two-predictions.bin")).unwrap()
}

fn token() -> String {
    std::fs::read_to_string(fixture("guide/token.txt")).unwrap().trim().to_owned()
}

/// A cloud that answers the first request with one of `answers`, the second with the next, and keeps what it was asked.
fn cloud(answers: impl FnOnce(SocketAddr) -> Vec<Vec<u8>>) -> (Shop, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let answers = answers(address);
    let asked = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&asked);
    std::thread::spawn(move || {
        for answer in answers {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = [0; 4096];
            let length = stream.read(&mut request).unwrap();
            log.lock().unwrap().push(String::from_utf8_lossy(&request[..length]).into_owned());
            stream.write_all(&answer).unwrap();
        }
    });
    (Shop::new().env("NRFCLOUD_API_URL", format!("http://{address}/v1")), asked)
}

fn reply(head: &str, length: usize, body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 {head}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n");
    [head.as_bytes(), body].concat()
}

fn address_of_the_file(address: SocketAddr) -> Vec<u8> {
    let body = format!(r#"{{"host":"{address}","path":"public/16980-28800_16980-57600.bin"}}"#);
    reply("200 OK\r\nContent-Type: application/json", body.len(), body.as_bytes())
}

#[test]
fn a_file_is_fetched_over_a_break_and_decoded() {
    let file = file();
    let (shop, asked) = cloud(|address| {
        vec![
            address_of_the_file(address),
            reply("200 OK", file.len(), &file[..1000]),
            reply(
                &format!(
                    "206 Partial Content\r\nContent-Range: bytes 1000-{}/{}",
                    file.len() - 1,
                    file.len()
                ),
                file.len() - 1000,
                &file[1000..],
            ),
        ]
    });
    let token = token();
    let start = "2026-07-03T07:59:42Z";
    let args = [
        "pgps",
        "fetch",
        "--token",
        &token,
        "--interval",
        "240",
        "--count",
        "2",
        "--start",
        start,
        "--for-device",
        "nrf-352656100000000",
        "-o",
        "p.bin",
        "--json",
    ];
    let run = shop.run(&args);
    assert_eq!(run.code, 0, "{run:?}");
    let document: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(document["schema"], "nrfcloud.pgps.fetch");
    assert_eq!(
        (&document["bytes"], &document["prediction_count"], &document["start"], &document["end"]),
        (&4028.into(), &2.into(), &"2026-07-03T07:59:42.000Z".into(), &"2026-07-03T15:59:42.000Z".into())
    );
    assert!(
        run.stderr.contains("the answer was cut short; 1000 bytes are there, asking for the rest"),
        "{run:?}"
    );
    assert_eq!(std::fs::read(shop.path("p.bin")).unwrap(), file);

    let asked = asked.lock().unwrap();
    assert!(
        asked[0].starts_with(
            "GET /v1/location/pgnss?predictionCount=2&predictionIntervalMinutes=240&startGpsDay=16980&startGpsTimeOfDaySeconds=28800 "
        ),
        "{asked:?}"
    );
    let head = |number: usize| asked[number].to_ascii_lowercase();
    assert!(head(0).contains("x-custom-device-id: nrf-352656100000000\r\n"), "{asked:?}");
    assert!(head(0).contains("authorization: bearer "), "{asked:?}");
    assert!(asked[2].starts_with("GET /public/16980-28800_16980-57600.bin "), "{asked:?}");
    assert!(head(2).contains("range: bytes=1000-\r\n"), "{asked:?}");
    for number in [1, 2] {
        assert!(!head(number).contains("authorization"), "{asked:?}");
    }
}

#[test]
fn what_is_no_file_of_predictions_is_not_kept() {
    let (shop, _) = cloud(|address| vec![address_of_the_file(address), reply("200 OK", 4, b"gone")]);
    let run = shop.run(&["pgps", "fetch", "--token", &token(), "-o", "p.bin"]);
    assert_eq!(run.code, 8, "{run:?}");
    assert!(run.stderr.starts_with("error: no predictions at http://127.0.0.1:"), "{run:?}");
    assert!(run.stderr.contains("byte 4: the data ends in the header, which has 16 bytes\n"), "{run:?}");
    assert!(shop.files().is_empty());
}

#[test]
fn arguments_that_cannot_be_are_refused_before_anything_is_sent() {
    let shop = Shop::new().env("NRFCLOUD_API_URL", nobody());
    shop.refused(
        &["pgps", "fetch", "--token", &token(), "--interval", "100"],
        3,
        "error: predictionIntervalMinutes \"100\" is not a multiple of 60 in 120 to 480\n\
         help: --help tells what the option takes\n",
    );
    let document = shop.json(&[
        "pgps",
        "fetch",
        "--token",
        &token(),
        "--interval",
        "120",
        "--count",
        "168",
        "--dry-run",
    ]);
    assert_eq!((&document["schema"], &document["dry_run"]), (&"nrfcloud.pgps.fetch".into(), &true.into()));
}

#[test]
fn predictions_are_shown() {
    let shop = Shop::new();
    let path = fixture("assistance/two-predictions.bin");
    let path = path.to_str().unwrap();
    let all: Vec<String> = (1..=31).map(|sv_id: u8| sv_id.to_string()).collect();
    let all = all.join(" ");
    assert_eq!(
        shop.ok(&["pgps", "decode", path]),
        format!(
            "2026-07-03T07:59:42.000Z  satellites {all}; empty 32\n2026-07-03T11:59:42.000Z  satellites {all}; empty 32\n"
        )
    );
    let at = ["pgps", "decode", path, "--at", "2026-07-03T12:00:00Z", "--ephemerides"];
    let document = shop.json(&at);
    assert_eq!(document["schema"], "nrfcloud.pgps.decode");
    assert_eq!(document["predictions"].as_array().unwrap().len(), 1);
    let prediction = &document["predictions"][0];
    assert_eq!((&prediction["gps_day"], &prediction["gps_time_of_day"]), (&16980.into(), &43200.into()));
    let first = &prediction["ephemerides"][0];
    assert_eq!(
        (&first["sv_id"], &first["toe_s"], &first["sqrt_a_sqrt_m"], &first["iodc"]),
        (&1.into(), &482_400.0.into(), &5153.0.into(), &100.into())
    );
    let human = shop.ok(&at);
    assert!(human.contains("\n   satellite 31           health 0; iodc 100; toc_s 482400.0; "), "{human}");
    assert!(!human.contains("satellite 32"), "{human}");
    shop.refused(
        &["pgps", "decode", path, "--at", "2026-07-03T16:00:00Z"],
        3,
        &format!(
            "error: {path}: there is no prediction for 2026-07-03T16:00:00.000Z, only from 2026-07-03T07:59:42.000Z to 2026-07-03T15:59:42.000Z\n\
             help: --help tells what the option takes\n"
        ),
    );
}

#[test]
fn a_file_that_is_cut_short_is_refused_at_its_end() {
    let path = fixture("assistance/bad-predictions-cut-short.bin");
    let path = path.to_str().unwrap();
    Shop::new().refused(
        &["pgps", "decode", path],
        3,
        &format!(
            "error: {path}: byte 2021: the data ends here, and the header announces 2022 bytes in all\n\
             help: fetch it again: nrfcloud pgps fetch -o FILE\n"
        ),
    );
}
