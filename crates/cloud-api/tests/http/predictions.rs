//! The download of a P-GPS file.

use cloud_api::assistance::FetchPolicy;
use cloud_api::gps_time::GpsTime;
use cloud_api::pgps::{Encoder, Predictions};
use cloud_api::{Client, Url};

use crate::ranges::Told;
use crate::server::{Server, reply};

fn file() -> Vec<u8> {
    let mut encoder = Encoder::growing(GpsTime::from_day(16_980, 28_800_000), 240).unwrap();
    for _ in 0..42 {
        encoder.prediction([]).unwrap();
    }
    encoder.finish()
}

#[tokio::test]
async fn a_download_goes_on_after_a_break_and_tells_nobody_who_asks() {
    let server = Server::start(|_, number, request| match number {
        0 => {
            let mut answer = reply(200, &[], file());
            answer.truncate(answer.len() - 40_000);
            answer
        }
        _ => {
            let first: usize =
                request.header("range").unwrap()[6..].strip_suffix('-').unwrap().parse().unwrap();
            let file = file();
            let content_range = format!("bytes {first}-{}/{}", file.len() - 1, file.len());
            reply(206, &[("Content-Range", content_range.as_str())], &file[first..])
        }
    })
    .await;
    let client = server.client();
    let host = server.url.as_str().strip_prefix("http://").unwrap().trim_end_matches('/').to_owned();
    let url = client.prediction_file_url(&host, "public/16980-28800_16987-28800.bin").unwrap();
    let mut events = Vec::new();
    let bytes =
        client.download_predictions(&url, FetchPolicy::default(), Told::note(&mut events)).await.unwrap();
    assert_eq!(Predictions::parse(&bytes).unwrap().iter().len(), 42);
    assert_eq!(events, ["44268, then the answer was cut short", "84268 of 84268"]);
    let requests = server.requests();
    assert_eq!(requests.len(), 2);
    for request in &requests {
        assert_eq!(request.method, "GET");
        assert_eq!(request.target, "/public/16980-28800_16987-28800.bin");
        assert_eq!(request.header("authorization"), None);
    }
    assert_eq!(requests[1].header("range"), Some("bytes=44268-"));
}

#[tokio::test]
async fn a_file_that_is_gone_is_told() {
    let server = Server::always(reply(404, &[("Content-Type", "application/xml")], "<Error/>")).await;
    let url = server.client().prediction_file_url("localhost:1", "a.bin").unwrap();
    assert_eq!(url.as_str(), "http://localhost:1/a.bin");
    let error =
        server.client().download_predictions(&server.url, FetchPolicy::default(), |_| {}).await.unwrap_err();
    assert_eq!(error.to_string(), "DownloadPredictions was refused with status 404: <Error/>");
}

#[test]
fn addresses_are_https_but_for_this_machine() {
    let cloud = Client::builder().build().unwrap();
    let url =
        |client: &Client, host, path| client.prediction_file_url(host, path).map(|url: Url| url.to_string());
    assert_eq!(
        url(&cloud, "pgps.nrfcloud.com", "public/15131-0_15135-72000.bin").unwrap(),
        "https://pgps.nrfcloud.com/public/15131-0_15135-72000.bin"
    );
    assert_eq!(url(&cloud, "h", "/a b?c#d/../e.bin").unwrap(), "https://h/e.bin");
    assert_eq!(url(&cloud, "127.0.0.1:8080", "a.bin").unwrap(), "https://127.0.0.1:8080/a.bin");
    let local = Client::builder().base_url("http://127.0.0.1:8080".parse().unwrap()).build().unwrap();
    assert_eq!(url(&local, "127.0.0.1:8080", "a.bin").unwrap(), "http://127.0.0.1:8080/a.bin");
    assert_eq!(url(&local, "[::1]:9", "a.bin").unwrap(), "http://[::1]:9/a.bin");
    assert_eq!(url(&local, "pgps.nrfcloud.com", "a.bin").unwrap(), "https://pgps.nrfcloud.com/a.bin");
    for (host, path) in [("", "a"), ("h", ""), ("user@h", "a"), ("h/x", "a"), ("h?x", "a"), ("h i", "a")] {
        let error = url(&cloud, host, path).unwrap_err();
        assert_eq!(error.to_string(), format!("predictions cannot be at host {host:?} and path {path:?}"));
    }
}
