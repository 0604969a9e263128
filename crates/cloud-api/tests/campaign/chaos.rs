//! 20,000 devices through a cloud that fails a third of its requests, killed and resumed twice.

use std::collections::BTreeSet;
use std::io;
use std::time::Duration;

use cloud_api::bulk::{BulkEndpoint, MemoryJournal};

use crate::support::{Mortal, campaign, client, csv, device_ids, operations, parts, rows, run, start};

/// Each way in which a request can fail; about a third of them do.
const FAILURES: [&str; 9] = [
    "status 429 chance 0.03 seed 1",
    "status 429 retry-after 0 chance 0.03 seed 2",
    "status 500..504 chance 0.04 seed 3",
    "status 500..504 after chance 0.06 seed 4",
    "reset before chance 0.05 seed 5",
    "reset after chance 0.06 seed 6",
    "html chance 0.03 seed 7",
    "html 200 chance 0.03 seed 8",
    "truncate 50% chance 0.06 seed 9",
];

/// What makes the rest late, or else than expected.
const HINDRANCES: [&str; 5] = [
    "latency 1ms..30ms chance 0.1 seed 10",
    "slow 16384 1ms chance 0.1 seed 11",
    "clock +90s",
    "bulk stall 300ms every 4",
    "bulk old-format every 3",
];

const DEVICES: usize = 20_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_device_once_and_every_failed_row_once() {
    // In the quiet before, some devices are onboarded with other attributes: their rows must fail.
    let quiet: Vec<String> = FAILURES
        .iter()
        .chain(&HINDRANCES)
        .map(|fault| if fault.starts_with("bulk") { (*fault).to_owned() } else { format!("{fault} skip 1") })
        .collect();
    let quiet: Vec<&str> = quiet.iter().map(String::as_str).collect();
    let sim = start(&quiet, |builder| builder.bulk_delay(Duration::from_millis(100))).await;
    let mut taken: Vec<_> = rows(0..DEVICES).into_iter().step_by(DEVICES / 60).collect();
    for row in &mut taken {
        row.tags = vec!["taken".parse().unwrap()];
    }
    client(&sim).onboard_devices(csv(&taken).as_slice()).await.unwrap();
    let taken: BTreeSet<String> = taken.iter().map(|row| row.device_id.to_string()).collect();

    let parts = parts(&rows(0..DEVICES), 1000);
    let journal = MemoryJournal::default();
    for events in [13, 17] {
        let mortal = Mortal::after(&journal, events);
        let campaign = campaign(&sim, &mortal);
        tokio::select! {
            report = campaign.run(parts.iter().cloned().map(io::Result::Ok), |_| ()) => panic!("{report:?}"),
            () = mortal.died.notified() => {}
        }
    }
    let report = run(&campaign(&sim, &journal), &parts).await;
    assert!(report.is_complete && report.errors.is_empty(), "{:?}", report.errors);
    assert_eq!(report.parts.len(), 20);
    assert!(report.parts.iter().all(|part| part.unknown_rows.is_empty()));

    let failed: Vec<String> =
        report.failed_rows().map(|row| row.device_id.as_ref().unwrap().to_string()).collect();
    assert_eq!(failed.len(), taken.len(), "no row twice");
    assert_eq!(failed.into_iter().collect::<BTreeSet<_>>(), taken);

    let expected: BTreeSet<String> = (0..DEVICES).map(|number| format!("dev-{number}")).collect();
    assert_eq!(device_ids(&sim).await, expected);
    let uploads = operations(&sim).await;
    assert!(uploads.iter().all(|upload| upload.endpoint == BulkEndpoint::OnboardDevices));
    assert_eq!(uploads.len(), 1 + 20, "each part was taken once");

    let faults = sim.faults();
    for fault in &faults {
        assert!(fault.fired > 0, "{fault}");
    }
    let fired: u64 = faults.iter().take(FAILURES.len()).map(|fault| fault.fired).sum();
    assert!(fired * 4 > faults[0].asked, "{fired} of {} requests failed", faults[0].asked);
}
