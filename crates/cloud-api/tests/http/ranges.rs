//! A whole out of ranges: breaks in the middle, data that changes meanwhile, and answers that lie.

use std::num::NonZeroU64;

use cloud_api::assistance::{AssistanceRequest, FetchEvent, FetchPolicy};
use cloud_api::{Client, Error};

use crate::assistance::{data, slice};
use crate::server::{Request, Server, json, reply};

const AT_ONCE: FetchPolicy = FetchPolicy { fragment: None, restarts: 2 };

fn fragments(length: u64) -> FetchPolicy {
    FetchPolicy { fragment: NonZeroU64::new(length), restarts: 2 }
}

/// The whole, or why not, and what happened on the way.
pub(crate) struct Told {
    pub(crate) result: Result<Vec<u8>, Error>,
    pub(crate) events: Vec<String>,
}

impl Told {
    pub(crate) fn note(events: &mut Vec<String>) -> impl FnMut(FetchEvent<'_>) {
        |event| {
            events.push(match event {
                FetchEvent::Received { have, total: Some(total) } => format!("{have} of {total}"),
                FetchEvent::Received { have, .. } => format!("{have} of many"),
                FetchEvent::Interrupted { have, error, .. } => format!("{have}, then {}", error.kind),
                FetchEvent::Restarted { lost, reason } => format!("{lost} lost: {reason}"),
                other => panic!("{other:?}"),
            });
        }
    }

    fn message(&self) -> String {
        self.result.as_ref().unwrap_err().to_string()
    }
}

async fn fetch(client: &Client, policy: FetchPolicy) -> Told {
    let mut events = Vec::new();
    let request = AssistanceRequest::new();
    let whole = client.get_whole_assistance_data(&request, policy, Told::note(&mut events)).await;
    let result = whole.map(|whole| {
        let range = whole.content_range.map(|range| (range.first, range.length(), range.total));
        let length = whole.bytes.len() as u64;
        assert_eq!(range, (whole.status == 206).then_some((0, length, length)));
        whole.bytes
    });
    Told { result, events }
}

fn ranges(server: &Server) -> Vec<Option<String>> {
    server.requests().iter().map(|request| request.header("range").map(str::to_owned)).collect()
}

fn some(ranges: &[&str]) -> Vec<Option<String>> {
    ranges.iter().map(|range| (!range.is_empty()).then(|| (*range).to_owned())).collect()
}

/// The right answer without the last `lost` bytes of its body.
fn broken(request: &Request, lost: usize) -> Vec<u8> {
    let mut answer = part(request, &data(), &[]);
    answer.truncate(answer.len() - lost);
    answer
}

/// As [`slice`], also without a range, and with more headers.
fn part(request: &Request, data: &[u8], headers: &[(&str, &str)]) -> Vec<u8> {
    let (first, last) = match request.header("range") {
        Some(range) => {
            let (first, last) = range.strip_prefix("bytes=").unwrap().split_once('-').unwrap();
            (first.parse().unwrap(), last.parse().unwrap_or(usize::MAX).min(data.len() - 1))
        }
        None => (0, data.len() - 1),
    };
    let content_range = format!("bytes {first}-{last}/{}", data.len());
    reply(206, &[headers, &[("Content-Range", content_range.as_str())]].concat(), &data[first..=last])
}

#[tokio::test]
async fn in_fragments_of_every_size() {
    for (size, expected) in [(1, 1160), (500, 3), (1159, 2), (1160, 1), (1 << 16, 1)] {
        let server = Server::start(|_, _, request| slice(request, &data())).await;
        let told = fetch(&server.client(), fragments(size)).await;
        assert_eq!(told.result.unwrap(), data());
        assert_eq!((server.requests().len(), told.events.len()), (expected, expected));
    }
}

#[tokio::test]
async fn at_once_without_a_range() {
    for status in [200, 206] {
        let server = Server::start(move |_, _, request| match status {
            200 => reply(200, &[], data()),
            _ => part(request, &data(), &[]),
        })
        .await;
        let told = fetch(&server.client(), AT_ONCE).await;
        assert_eq!((told.result.unwrap(), told.events), (data(), vec!["1160 of 1160".to_owned()]));
        assert_eq!(ranges(&server), some(&[""]));
    }
}

#[tokio::test]
async fn after_a_break_the_rest_alone_is_asked_for() {
    let server = Server::start(|_, number, request| match number {
        0 => broken(request, 460),
        1 => broken(request, 160),
        _ => part(request, &data(), &[]),
    })
    .await;
    let told = fetch(&server.client(), AT_ONCE).await;
    assert_eq!(told.result.unwrap(), data());
    let cut = "then the answer was cut short";
    assert_eq!(told.events, [format!("700, {cut}"), format!("1000, {cut}"), "1160 of 1160".to_owned()]);
    assert_eq!(ranges(&server), some(&["", "bytes=700-", "bytes=1000-"]));

    // The same in fragments, and of an answer with status 200.
    let server = Server::start(|_, number, request| match number {
        1 => broken(request, 100),
        _ => part(request, &data(), &[]),
    })
    .await;
    let told = fetch(&server.client(), fragments(500)).await;
    assert_eq!(told.result.unwrap(), data());
    assert_eq!(ranges(&server), some(&["bytes=0-499", "bytes=500-999", "bytes=900-1399"]));

    let server = Server::start(|_, number, request| match number {
        0 => {
            let mut answer = reply(200, &[], data());
            answer.truncate(answer.len() - 60);
            answer
        }
        _ => part(request, &data(), &[]),
    })
    .await;
    let told = fetch(&server.client(), AT_ONCE).await;
    assert_eq!(told.result.unwrap(), data());
    assert_eq!(ranges(&server), some(&["", "bytes=1100-"]));
}

#[tokio::test]
async fn breaks_are_borne_as_long_as_each_brings_something() {
    // Two retries are allowed: eleven breaks that bring a hundred bytes each are well.
    let server = Server::start(|_, number, request| {
        let whole = part(request, &data(), &[]);
        let rest = 1160 - 100 * number;
        if rest > 100 { whole[..whole.len() - (rest - 100)].to_vec() } else { whole }
    })
    .await;
    let told = fetch(&server.client(), AT_ONCE).await;
    assert_eq!(told.result.unwrap(), data());
    assert_eq!(server.requests().len(), 12);

    // Two further attempts that bring nothing are enough, whether an answer begins or not.
    for (begins, message) in
        [(true, "the answer was cut short"), (false, "no HTTP answer came over the connection")]
    {
        let server = Server::start(move |_, number, request| match number {
            0 => broken(request, 160),
            _ if begins => broken(request, 160),
            _ => Vec::new(),
        })
        .await;
        let told = fetch(&server.client(), AT_ONCE).await;
        assert!(told.message().ends_with(message), "{}", told.message());
        assert_eq!(server.requests().len(), 3);
    }
}

#[tokio::test]
async fn data_that_changes_is_fetched_anew_and_that_is_told() {
    let server = Server::start(|_, number, request| {
        let length = if number == 0 { 1160 } else { 1100 };
        part(request, &data()[..length], &[])
    })
    .await;
    let told = fetch(&server.client(), fragments(700)).await;
    assert_eq!(told.result.unwrap(), data()[..1100]);
    assert_eq!(
        told.events,
        [
            "700 of 1160",
            "700 lost: the data changed: first 1160 bytes long, then 1100",
            "700 of 1100",
            "1100 of 1100",
        ]
    );
    let first = "bytes=0-699";
    assert_eq!(ranges(&server), some(&[first, "bytes=700-1399", first, "bytes=700-1399"]));
}

#[tokio::test]
async fn data_that_changes_for_ever_is_refused() {
    let server = Server::start(|_, number, request| part(request, &data()[..1160 - number], &[])).await;
    let told = fetch(&server.client(), fragments(700)).await;
    assert_eq!(
        told.message(),
        "GetAssistanceData: the data changed while it was read: first 1156 bytes long, then 1155 (status 206)"
    );
    assert_eq!(server.requests().len(), 6);
}

#[tokio::test]
async fn an_entity_tag_tells_of_a_change_if_it_is_a_strong_one() {
    for (tags, requests) in [(["\"a\"", "\"b\""], 4), (["W/\"a\"", "W/\"b\""], 2), (["\"a\"", "\"a\""], 2)] {
        let server =
            Server::start(move |_, number, request| part(request, &data(), &[("ETag", tags[number.min(1)])]))
                .await;
        let told = fetch(&server.client(), fragments(700)).await;
        assert_eq!(told.result.unwrap(), data());
        assert_eq!(server.requests().len(), requests, "{tags:?}");
        let lost = "700 lost: the data changed: it has another entity tag".to_owned();
        assert_eq!(told.events.contains(&lost), requests == 4);
    }
}

#[tokio::test]
async fn a_416_in_the_middle_is_a_change_and_at_the_beginning_a_refusal() {
    let refusal = || json(416, r#"{"code":41600,"message":"Range"}"#);
    let server = Server::start(move |_, number, request| match number {
        1 => refusal(),
        _ => part(request, &data(), &[]),
    })
    .await;
    let told = fetch(&server.client(), fragments(700)).await;
    assert_eq!(told.result.unwrap(), data());
    assert_eq!(told.events[1], "700 lost: the data changed: it ends before byte 700");

    let server = Server::always(refusal()).await;
    let told = fetch(&server.client(), fragments(700)).await;
    assert_eq!(told.result.unwrap_err().status(), Some(416));
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_200_where_the_rest_was_asked_for_is_the_whole() {
    let server = Server::start(|_, number, request| match number {
        0 => broken(request, 460),
        _ => reply(200, &[], data()),
    })
    .await;
    let told = fetch(&server.client(), AT_ONCE).await;
    assert_eq!(told.result.unwrap(), data());
    assert_eq!(
        told.events[1],
        "700 lost: the service sent all of the data where only the rest was asked for"
    );
}

#[tokio::test]
async fn a_part_that_is_shorter_than_asked_for_is_taken() {
    let server = Server::start(|_, number, request| {
        let end = if number == 0 { 100 } else { 1160 };
        let whole = data();
        let first: usize = request.header("range").unwrap()[6..].split('-').next().unwrap().parse().unwrap();
        let last = end.min(first + 700) - 1;
        let content_range = format!("bytes {first}-{last}/1160");
        reply(206, &[("Content-Range", content_range.as_str())], &whole[first..=last])
    })
    .await;
    let told = fetch(&server.client(), fragments(700)).await;
    assert_eq!(told.result.unwrap(), data());
    assert_eq!(told.events, ["100 of 1160", "800 of 1160", "1160 of 1160"]);
}

#[tokio::test]
async fn content_ranges_that_lie_are_refused() {
    for (content_range, got, message) in [
        ("bytes 1-500/1160", 500, "asked for bytes from 0, got 500 bytes as bytes 1-500/1160"),
        ("bytes 0-500/1160", 501, "asked for bytes from 0, got 501 bytes as bytes 0-500/1160"),
        ("bytes 0-499/1160", 499, "asked for bytes from 0, got 499 bytes as bytes 0-499/1160"),
        ("bytes 0-498/1160", 500, "asked for bytes from 0, got 500 bytes as bytes 0-498/1160"),
        ("bytes 0-499/400", 500, "header content-range is missing or malformed: \"bytes 0-499/400\""),
        ("bytes */1160", 0, "header content-range is missing or malformed: \"bytes */1160\""),
        ("bytes 0-499/16777217", 500, "the body is longer than 16777216 bytes"),
    ] {
        let server = Server::always(reply(206, &[("Content-Range", content_range)], vec![0; got])).await;
        let told = fetch(&server.client(), fragments(500)).await;
        assert_eq!(told.message(), format!("GetAssistanceData: {message} (status 206)"));
        assert_eq!(server.requests().len(), 1);
    }
}

#[tokio::test]
async fn a_busy_service_is_asked_again() {
    let server = Server::start(|_, number, request| match number {
        1 => json(429, "{}"),
        2 => json(503, "{}"),
        _ => part(request, &data(), &[]),
    })
    .await;
    let told = fetch(&server.client(), fragments(700)).await;
    assert_eq!(told.result.unwrap(), data());
    assert_eq!(server.requests().len(), 4);
}
