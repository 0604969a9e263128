//! Assistance data over HTTP: sizes, parts, types, the clock, and what may not be asked.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use reqwest::{Method, header::CONTENT_TYPE};
use serde_json::{Value, json};

use crate::support::{Answer, Bench, NOW, pem, short_row, system_time, token, vectors};

/// Bytes of an element by its type, copied from facts 4.3.
const SIZES: [(u8, usize); 16] = [
    (1, 14),
    (2, 62),
    (3, 31),
    (4, 8),
    (5, 8),
    (6, 4),
    (7, 16),
    (8, 15),
    (9, 4),
    (11, 31),
    (12, 62),
    (13, 4),
    (14, 24),
    (15, 61),
    (16, 8),
    (17, 8),
];
const CELL: &str = "mcc=242&mnc=2&tac=2305&eci=33703712";
const EVERY_TYPE: &str = "types=1,2,3,4,5,6,7,8,9,11,12,13,14,15,16,17";

/// Walks the blocks: type → elements. Fails on anything that is left over.
fn blocks(payload: &[u8]) -> BTreeMap<u8, Vec<&[u8]>> {
    let (version, mut rest) = payload.split_first().unwrap();
    assert_eq!(*version, 1);
    let mut blocks = BTreeMap::new();
    while !rest.is_empty() {
        let (kind, count) = (rest[0], usize::from(u16::from_le_bytes([rest[1], rest[2]])));
        let size = SIZES.iter().find(|(known, _)| *known == kind).unwrap().1;
        let (elements, after) = rest[3..].split_at(size * count);
        assert!(blocks.insert(kind, elements.chunks(size).collect()).is_none(), "type {kind} twice");
        rest = after;
    }
    blocks
}

async fn bench() -> (Bench, String) {
    let bench = Bench::new().await;
    bench.upload("/devices/public-keys", short_row("a", &pem("device-1.public-key"))).await;
    (bench, token("device-1", &json!({"sub": "a"})))
}

async fn post(bench: &Bench, token: &str, body: &Value, range: Option<&str>) -> Answer {
    let request =
        bench.request(Method::POST, "/location/agnss", token).header(CONTENT_TYPE, "application/json");
    let request = range.into_iter().fold(request, |request, range| request.header("range", range));
    bench.send(request.body(body.to_string())).await
}

#[tokio::test]
async fn every_type_has_its_size_and_a_plausible_count() {
    let (bench, token) = bench().await;
    let answer = bench.agnss(&token, &format!("?{EVERY_TYPE}&{CELL}"), None).await;
    let blocks = blocks(&answer.body);
    let counts: Vec<(u8, usize)> = blocks.iter().map(|(kind, elements)| (*kind, elements.len())).collect();
    assert_eq!(
        counts,
        [
            (1, 1),
            (2, 31),
            (3, 32),
            (4, 1),
            (5, 1),
            (6, 31),
            (7, 1),
            (8, 1),
            (9, 1),
            (11, 3),
            (12, 3),
            (13, 1),
            (14, 27),
            (15, 27),
            (16, 1),
            (17, 1)
        ]
    );
    let ids = |kind: u8| blocks[&kind].iter().map(|element| element[0]).collect::<Vec<_>>();
    assert_eq!(ids(3), (1..=32).collect::<Vec<_>>());
    assert_eq!(ids(2), (1..=32).filter(|id| *id != 13).collect::<Vec<_>>());
    assert_eq!((ids(6), ids(15)), (ids(2), ids(14)));
    assert_eq!((ids(11), ids(12)), (vec![194, 195, 199], vec![194, 195, 199]));
    // Satellite 13 is the one that the integrity element names and the almanac marks.
    assert_eq!(blocks[&9][0], [0x00, 0x10, 0, 0]);
    assert_eq!(blocks[&3][12][10], 0x3f);
}

#[tokio::test]
async fn the_clock_is_the_one_given() {
    let (bench, token) = bench().await;
    let answer = bench.agnss(&token, "?types=7", None).await;
    // Day 16980, second 44101, 250 ms, an empty mask and four bytes.
    assert_eq!(answer.body, [1, 7, 1, 0, 0x54, 0x42, 0x45, 0xac, 0, 0, 0xfa, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    let answer = bench.agnss(&token, "?types=1", None).await;
    // a1 and a0; reference 10 · 4096 s in week 2426, two days ahead; 18 leap seconds since week 137, day 6.
    assert_eq!(answer.body, [1, 1, 1, 0, 7, 0, 0, 0, 1, 0, 0, 0, 10, 122, 18, 137, 6, 18]);
}

#[tokio::test]
async fn types_are_filtered_and_have_a_default() {
    let (bench, token) = bench().await;
    let kinds = |answer: &Answer| blocks(&answer.body).into_keys().collect::<Vec<_>>();
    for (query, expected) in [
        (String::new(), vec![1, 2, 3, 4, 6, 7, 9]),
        (format!("?{CELL}"), vec![1, 2, 3, 4, 6, 7, 9]),
        ("?types=9,1".into(), vec![1, 9]),
        ("?types=1%2C7".into(), vec![1, 7]),
        ("?types=1&types=7".into(), vec![1, 7]),
        ("?requestType=custom&customTypes=4,5".into(), vec![4, 5]),
        ("?customTypes=4".into(), vec![4]),
        ("?requestType=rtAssistance".into(), vec![1, 2, 3, 4, 6, 7, 9]),
        (format!("?requestType=rtLocation&{CELL}"), vec![8]),
        ("?types=7,8".into(), vec![7]),
        (format!("?types=7,8&{CELL}"), vec![7, 8]),
        ("?types=7,8&mcc=901&mnc=1&tac=1&eci=1".into(), vec![7]),
    ] {
        let answer = bench.agnss(&token, &query, None).await;
        assert_eq!(answer.status, 206, "{query}");
        assert_eq!(kinds(&answer), expected, "{query}");
    }
    for (body, expected) in [
        (json!({}), vec![1, 2, 3, 4, 6, 7, 9]),
        (json!({"types": [2]}), vec![2]),
        (json!({"types": [8], "mcc": 242, "mnc": "02", "tac": 2305, "eci": 33_703_712, "pci": 1}), vec![8]),
    ] {
        let answer = post(&bench, &token, &body, None).await;
        assert_eq!((answer.status, kinds(&answer)), (206, expected), "{body}");
    }
}

#[tokio::test]
async fn a_cell_has_a_place() {
    let (bench, token) = bench().await;
    let place = async |query: &str| {
        let answer = bench.agnss(&token, &format!("?types=8&{query}"), None).await;
        let element = &answer.body[4..];
        let number = |at: usize| f64::from(i32::from_le_bytes(element[at..at + 4].try_into().unwrap()));
        (number(0) * 90.0 / 23_f64.exp2(), number(4) * 360.0 / 24_f64.exp2(), element[8..].to_vec())
    };
    let (latitude, longitude, rest) = place(CELL).await;
    assert!(
        (latitude - 63.42374).abs() < 1e-4 && (longitude - 10.38332).abs() < 1e-4,
        "{latitude} {longitude}"
    );
    // Altitude 0, a circle of 10 · (1.1^58 - 1) m = 2.5 km, altitude not known, 68 %.
    assert_eq!(rest, [0, 0, 58, 58, 0, 255, 68]);
    let (latitude, longitude, _) = place("mcc=310&mnc=410&tac=36874&eci=84485647").await;
    assert!((latitude - 38.91).abs() < 0.3 && (longitude + 77.04).abs() < 0.3, "{latitude} {longitude}");
}

#[tokio::test]
async fn filtered_gives_the_satellites_in_view() {
    let (bench, token) = bench().await;
    let count = async |query: String| {
        let answer = bench.agnss(&token, &format!("?types=2,3,6,15&{query}"), None).await;
        let blocks = blocks(&answer.body);
        [2, 3, 6, 15].map(|kind| blocks[&kind].len())
    };
    let all = count(CELL.into()).await;
    let low = count(format!("{CELL}&filtered=true")).await;
    let high = count(format!("{CELL}&filtered=true&mask=40")).await;
    assert_eq!(all, [31, 32, 31, 27]);
    assert!((5..=16).contains(&low[0]) && low[1] == 32 && low[2] == low[0] && low[3] < 16, "{low:?}");
    assert!(high[0] < low[0] && high[3] < low[3], "{high:?} of {low:?}");
}

#[tokio::test]
async fn parts_join_to_the_whole() {
    let (bench, token) = bench().await;
    let whole = bench.agnss(&token, "", None).await;
    let size = whole.body.len();
    assert_eq!(whole.status, 206);
    assert_eq!(whole.header("content-range"), Some(format!("bytes 0-{}/{size}", size - 1).as_str()));
    let mut joined = Vec::new();
    while joined.len() < size {
        let (first, last) = (joined.len(), joined.len() + 699);
        let part = bench.agnss(&token, "", Some(&format!("bytes={first}-{last}"))).await;
        assert_eq!(part.status, 206);
        let end = last.min(size - 1);
        assert_eq!(part.header("content-range"), Some(format!("bytes {first}-{end}/{size}").as_str()));
        joined.extend(part.body);
    }
    assert_eq!(joined, whole.body);
}

#[tokio::test]
async fn the_range_is_exact() {
    let (bench, token) = bench().await;
    let size = bench.agnss(&token, "", None).await.body.len();
    for (range, expected) in [
        ("bytes=0-0".into(), (0, 0)),
        (format!("bytes=0-{size}"), (0, size - 1)),
        (format!("bytes={}-{}", size - 1, size - 1), (size - 1, size - 1)),
        ("bytes=10-".into(), (10, size - 1)),
        ("bytes=-10".into(), (size - 10, size - 1)),
    ] {
        let answer = post(&bench, &token, &json!({}), Some(&range)).await;
        assert_eq!((answer.status, answer.body.len()), (206, expected.1 - expected.0 + 1), "{range}");
        let content_range = format!("bytes {}-{}/{size}", expected.0, expected.1);
        assert_eq!(answer.header("content-range"), Some(content_range.as_str()));
        assert_eq!(answer.header("content-length"), Some(answer.body.len().to_string().as_str()));
    }
    for range in [
        format!("bytes={size}-"),
        format!("bytes={size}-9999"),
        "bytes=5-4".into(),
        "bytes=0-1,2-3".into(),
        "bytes=x-1".into(),
        "0-500".into(),
        "bytes=".into(),
    ] {
        let answer = post(&bench, &token, &json!({}), Some(&range)).await;
        assert_eq!((answer.refusal().0, answer.refusal().1), (416, 41600), "{range}");
        assert_eq!(answer.header("content-range"), Some(format!("bytes */{size}").as_str()));
    }
}

#[tokio::test]
async fn a_later_part_continues_the_answer_that_was_begun() {
    let clock = Arc::new(AtomicU64::new(NOW));
    let seen = Arc::clone(&clock);
    let bench = Bench::with(|builder| builder.clock(move || system_time(seen.load(Ordering::Relaxed)))).await;
    bench.upload("/devices/public-keys", short_row("a", &pem("device-1.public-key"))).await;
    let token = token("device-1", &json!({"sub": "a"}));
    let mut payload = bench.agnss(&token, "?types=2,7", Some("bytes=0-99")).await.body;
    clock.fetch_add(7200, Ordering::Relaxed);
    payload.extend(bench.agnss(&token, "?types=2,7", Some("bytes=100-")).await.body);
    let later = bench.agnss(&token, "?types=2,7", None).await.body;
    let blocks_of = |payload: &[u8]| {
        blocks(payload).remove(&2).unwrap().iter().map(|e| e[4..6].to_vec()).collect::<Vec<_>>()
    };
    // toc of all ephemerides: 14:00 throughout, and 16:00 in a new answer.
    assert_eq!(blocks_of(&payload), vec![30_150_u16.to_le_bytes().to_vec(); 31]);
    assert_eq!(blocks_of(&later), vec![30_600_u16.to_le_bytes().to_vec(); 31]);
}

#[tokio::test]
async fn the_same_clock_gives_the_same_bytes() {
    let ((one, token), (two, _)) = (bench().await, bench().await);
    let query = format!("?{EVERY_TYPE}&{CELL}");
    assert_eq!(one.agnss(&token, &query, None).await.body, two.agnss(&token, &query, None).await.body);
}

#[tokio::test]
async fn head_gives_the_size() {
    let (bench, token) = bench().await;
    for path in ["/location/agnss", "/location/agps"] {
        let answer = bench.send(bench.request(Method::HEAD, &format!("{path}?types=2"), &token)).await;
        assert_eq!((answer.status, answer.body.len()), (200, 0));
        assert_eq!(answer.header("content-length"), Some((1 + 3 + 31 * 62).to_string().as_str()));
        let answer = bench.send(bench.request(Method::GET, &format!("{path}?types=2"), &token)).await;
        assert_eq!((answer.status, answer.body.len()), (206, 1 + 3 + 31 * 62));
    }
    let answer = bench.send(bench.request(Method::HEAD, "/location/agnss", bench.sim.api_key())).await;
    assert_eq!((answer.status, answer.body.len()), (401, 0));
}

#[tokio::test]
async fn what_may_not_be_asked() {
    let (bench, token) = bench().await;
    for (query, message) in [
        ("types=", "types must be numbers with commas between."),
        ("types=0", "types must be 1 to 9 and 11 to 17."),
        ("types=10", "types must be 1 to 9 and 11 to 17."),
        ("types=18", "types must be 1 to 9 and 11 to 17."),
        ("types=1,1", "types must be unique and at least one."),
        ("types=8", "Type 8 needs a known cell: mcc, mnc, tac and eci."),
        ("requestType=custom", "requestType custom needs customTypes."),
        ("requestType=all", "requestType must be custom, rtAssistance or rtLocation."),
        ("mcc=242", "A cell is mcc, mnc, tac and eci together."),
        ("mcc=99&mnc=2&tac=1&eci=1", "mcc must be 100 to 999."),
        ("mcc=242&mnc=0002&tac=1&eci=1", "mnc must be 0 to 999."),
        ("mcc=242&mnc=2&tac=65536&eci=1", "tac must be 0 to 65535."),
        ("mcc=242&mnc=2&tac=1&eci=268435456", "eci must be 0 to 268435455."),
        ("mcc=242&mnc=2&tac=1&eci=x", "eci must be a number."),
        ("rsrp=-20", "rsrp must be -157 to -44."),
        ("filtered=true", "filtered needs a cell: mcc, mnc, tac and eci."),
        ("filtered=1", "Query parameter filtered is neither true nor false."),
        ("mask=91", "mask must be 0 to 90."),
        ("mask=5&mask=5", "Query parameter mask stands more than once."),
    ] {
        let answer = bench.agnss(&token, &format!("?{query}"), None).await;
        assert_eq!(answer.refusal(), (422, 42200, message.into()), "{query}");
    }
    let answer = post(&bench, &token, &json!({"types": "2"}), None).await;
    assert!(answer.refusal().2.starts_with("The body is refused: invalid type: string"));
    let answer = post(&bench, &token, &json!({"types": []}), None).await;
    assert_eq!(answer.refusal().2, "types must be unique and at least one.");
    let request = bench.request(Method::POST, "/location/agnss", &token).body("{}");
    assert_eq!(bench.send(request).await.refusal().2, "Content-Type is not application/json.");
}

/// The recorded answer of 2026 and ours have the same blocks in the same order.
#[tokio::test]
async fn the_blocks_stand_as_in_the_recorded_answer() {
    let Some(folder) = vectors("sdk-nrf") else { return };
    let recorded = std::fs::read(folder.join("agnss_all_types_5892.bin")).unwrap();
    let (bench, token) = bench().await;
    let ours = bench.agnss(&token, &format!("?{EVERY_TYPE}&{CELL}"), None).await.body;
    let order = |payload: &[u8]| {
        let (mut at, mut order) = (1, Vec::new());
        while at < payload.len() {
            let count: usize = u16::from_le_bytes([payload[at + 1], payload[at + 2]]).into();
            order.push(payload[at]);
            at += 3 + count * SIZES.iter().find(|(kind, _)| *kind == payload[at]).unwrap().1;
        }
        order
    };
    assert_eq!(order(&ours), order(&recorded));
    // The clocks were the same to the second, so the blocks of time are.
    assert_eq!(blocks(&ours)[&7][0][..6], blocks(&recorded)[&7][0][..6]);
    for kind in [2, 15] {
        // Both toc and toe of the first satellite of a constellation.
        let at = if kind == 2 { 4 } else { 1 };
        assert_eq!(
            blocks(&ours)[&kind][0][at..at + 2],
            blocks(&recorded)[&kind][0][at..at + 2],
            "type {kind}"
        );
    }
}
