//! Every fault that the simulated cloud has, one at a time, and what it does to a campaign and to ordinary requests:
//! nothing is lost, and nothing is done twice.

use std::time::Duration;

use cloud_api::assistance::{AssistanceRequest, FetchPolicy};
use cloud_api::bulk::MemoryJournal;
use cloud_api::{Client, Credentials, DeviceId, Error, Tag, Token};
use cloud_sim::{CloudSim, Fault};

use crate::support::{campaign, client, csv, device_ids, operations, parts, rows, run, start};

/// What fails of thirty rows in three parts.
#[derive(Debug, Clone, Copy)]
enum Fails {
    Nothing,
    /// These rows of each part; the fault lets them in the next time.
    Rows(&'static [usize]),
}

use Fails::{Nothing, Rows};

/// `bulk stall` without an end is in `steps.rs`, for no campaign can see its end. Not here is `status 429 after`: 429 says
/// that nothing was done (RFC 6585 section 4), and a service that says so is believed.
const FAULTS: [(&str, Fails); 29] = [
    ("latency 20ms..60ms every 2 seed 1", Nothing),
    ("status 429 every 3", Nothing),
    ("status 429 retry-after 1 skip 1 times 2", Nothing),
    ("status 500 every 3", Nothing),
    ("status 501 every 3", Nothing),
    ("status 502 every 3", Nothing),
    ("status 503 every 3", Nothing),
    ("status 503 retry-after 1 skip 1 times 2", Nothing),
    ("status 504 every 3", Nothing),
    ("status 500 after every 3", Nothing),
    ("status 501 after every 3", Nothing),
    ("status 502 after every 3", Nothing),
    ("status 503 after every 3", Nothing),
    ("status 504 after every 3", Nothing),
    ("html every 3", Nothing),
    ("html 200 every 3", Nothing),
    ("html 503 every 3", Nothing),
    ("reset before every 3", Nothing),
    ("reset after every 3", Nothing),
    ("truncate 0 every 3", Nothing),
    ("truncate 5 every 3", Nothing),
    ("truncate 50% every 3", Nothing),
    ("slow 64 1ms every 2", Nothing),
    ("clock +90s every 2", Nothing),
    ("clock -1h every 2", Nothing),
    ("bulk stall 300ms every 2", Nothing),
    ("bulk fail 3", Rows(&[2, 5, 8])),
    ("bulk expired 4", Rows(&[3, 7])),
    ("bulk old-format", Nothing),
];

#[test]
fn no_fault_is_left_out() {
    let named =
        "?".parse::<Fault>().unwrap_err().to_string() + &"bulk ?".parse::<Fault>().unwrap_err().to_string();
    let (effects, bulk) = named.split_once("`bulk ?`").unwrap();
    let words = |text: &str, behind: &str| -> Vec<String> {
        let list = text.split_once("there are ").unwrap().1.replace(" and ", ", ");
        list.split(", ").map(|word| format!("{behind}{}", word.trim_start_matches("bulk "))).collect()
    };
    let known = [words(effects, ""), words(bulk, "bulk ")].concat();
    assert!(known.len() >= 12, "{known:?}");
    for word in known {
        assert!(FAULTS.iter().any(|(fault, _)| fault.starts_with(&word)), "{word}");
    }
}

#[tokio::test]
async fn each_row_is_done_once_whatever_the_fault() {
    for (fault, fails) in FAULTS {
        // A part that is sent, looked for twice and sent again could meet every third fault for ever.
        let fault = fault.replace("every 3", "chance 0.3 seed 7");
        let sim = start(&[&fault], |builder| builder.bulk_delay(Duration::from_millis(20))).await;
        let parts = parts(&rows(0..30), 10);
        let journal = MemoryJournal::default();
        let report = run(&campaign(&sim, &journal), &parts).await;
        assert!(report.is_complete && report.errors.is_empty(), "{fault}: {:?}", report.errors);
        assert!(report.parts.iter().all(|part| part.unknown_rows.is_empty()), "{fault}");
        assert!(sim.faults()[0].fired > 0, "{fault}");
        let expected: Vec<usize> = match fails {
            Nothing => Vec::new(),
            Rows(rows) => (0..3).flat_map(|part| rows.iter().map(move |row| part * 10 + row)).collect(),
        };
        let failed: Vec<usize> = report.failed_rows().map(|row| row.row).collect();
        assert_eq!(failed, expected, "{fault}");

        sim.set_faults([]);
        assert_eq!(operations(&sim).await.len(), 3, "{fault}: each part was taken once");
        assert_eq!(device_ids(&sim).await.len(), 30 - expected.len(), "{fault}");
    }
}

#[tokio::test]
async fn the_old_error_file_tells_the_same_rows() {
    let sim = start(&["bulk fail 3", "bulk old-format"], |builder| builder).await;
    let report = run(&campaign(&sim, MemoryJournal::default()), &parts(&rows(0..10), 10)).await;
    assert_eq!(report.failed_rows().map(|row| row.row).collect::<Vec<_>>(), [2, 5, 8]);
    assert_eq!(device_ids(&sim).await.len(), 7);
}

/// The faults that a client bears by itself in what is twice as once.
fn borne() -> impl Iterator<Item = &'static str> {
    let given_up = ["status 500", "status 501", "html 200", "bulk"];
    FAULTS
        .into_iter()
        .map(|(fault, _)| fault)
        .filter(move |fault| !given_up.iter().any(|word| fault.starts_with(word)))
}

#[tokio::test]
async fn ordinary_requests_bear_what_passes() {
    for fault in borne() {
        let sim = start(&[], |builder| builder).await;
        let client = client(&sim);
        client.onboard_devices(csv(&rows(0..2)).as_slice()).await.unwrap();
        sim.set_faults([fault.parse().unwrap()]);
        let tags: Vec<Tag> = vec!["lab".parse().unwrap()];
        let device: DeviceId = "dev-0".parse().unwrap();
        for _ in 0..3 {
            client
                .update_device_tags(&device, &tags)
                .await
                .unwrap_or_else(|error| panic!("{fault}: {error:?}"));
            let read = client.fetch_device(&device).await;
            let read = read.unwrap_or_else(|error| panic!("{fault}: {error:?}"));
            assert_eq!(read.tags, ["lab"], "{fault}");
        }
        let gone = "dev-1".parse().unwrap();
        client.delete_device(&gone, None).await.unwrap_or_else(|error| panic!("{fault}: {error:?}"));
        assert!(sim.faults()[0].fired > 0, "{fault}");
        sim.set_faults([]);
        assert_eq!(device_ids(&sim).await.into_iter().collect::<Vec<_>>(), ["dev-0"], "{fault}");
    }
}

#[tokio::test]
async fn assistance_data_comes_whole_through_what_passes() {
    for fault in borne().filter(|fault| !fault.starts_with("clock")) {
        // The clock stands still, so the data does not change under the download.
        let now = std::time::UNIX_EPOCH + Duration::from_secs(1_783_080_883);
        let sim = start(&[], |builder| builder.clock(move || now)).await;
        let client = of_device(&sim).await;
        let request = AssistanceRequest::default();
        let fetch = || client.get_whole_assistance_data(&request, in_fragments(), |_| ());
        let quiet = fetch().await.unwrap();
        sim.set_faults([fault.parse().unwrap()]);
        let data = fetch().await.unwrap_or_else(|error: Error| panic!("{fault}: {error:?}"));
        assert_eq!(data.bytes, quiet.bytes, "{fault}");
        assert!(sim.faults()[0].fired > 0, "{fault}");
    }
}

fn in_fragments() -> FetchPolicy {
    FetchPolicy { fragment: std::num::NonZeroU64::new(700), ..FetchPolicy::default() }
}

async fn of_device(sim: &CloudSim) -> Client {
    let client = client(sim);
    let token = client.generate_service_evaluation_token().await.unwrap().token;
    client.with_credentials(Credentials::Jwt(Token::new(token.expose()).unwrap()))
}
