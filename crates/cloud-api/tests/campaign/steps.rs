//! Each way in which a step can go wrong, one at a time.

use std::io;
use std::sync::Mutex;
use std::time::Duration;

use cloud_api::bulk::{
    BulkStatus, Campaign, CampaignError, CampaignPolicy, Cause, Event, Journal, MemoryJournal, PartError,
    UploadPart, WaitError, WaitPolicy,
};
use cloud_api::onboarding::{OnboardRow, PartReader};
use cloud_api::uploads::UploadKind;
use cloud_api::{ApiKey, Client};

use crate::support::{
    Full, Mortal, QUICK, campaign, client, csv, device_ids, operations, parts, rows, run, start,
};

async fn names(journal: &MemoryJournal) -> Vec<&'static str> {
    let name = |event: &Event| match event {
        Event::Opened { .. } => "opened",
        Event::Submitting { .. } => "submitting",
        Event::Refused { .. } => "refused",
        Event::Submitted { .. } => "submitted",
        Event::Finished { .. } => "finished",
        _ => "other",
    };
    journal.events().await.unwrap().iter().map(name).collect()
}

#[tokio::test]
async fn parts_from_a_file_are_sent_and_followed() {
    let sim = start(&[], |builder| builder).await;
    let file = csv(&rows(0..2500));
    let journal = MemoryJournal::default();
    let campaign = campaign(&sim, &journal);
    let mut ends = Vec::new();
    let parts = PartReader::<OnboardRow, _>::new(file.as_slice());
    let report = campaign.run(parts, |part| ends.push(part.row_count)).await.unwrap();
    assert!(report.succeeded());
    assert!(report.strangers.is_empty());
    let rows: Vec<_> = report.parts.iter().map(|part| (part.first_row, part.row_count)).collect();
    assert_eq!(rows, [(0, 1000), (1000, 1000), (2000, 500)]);
    ends.sort_unstable();
    assert_eq!(ends, [500, 1000, 1000]);
    assert_eq!(device_ids(&sim).await.len(), 2500);
    assert_eq!(names(&journal).await.len(), 1 + 3 * 3);

    // All is known, so nothing is asked or sent: not even the key is needed.
    let stranger = client(&sim).with_credentials(ApiKey::new("x").unwrap());
    let again = Campaign::new(stranger, UploadKind::OnboardDevices, &journal);
    let parts = PartReader::<OnboardRow, _>::new(file.as_slice());
    let report = again.run(parts, |_| ()).await.unwrap();
    assert!(report.succeeded());
    assert_eq!(report.parts.len(), 3);
    assert_eq!(operations(&sim).await.len(), 3);
}

#[tokio::test]
async fn an_upload_whose_answer_was_lost_is_found_and_not_sent_again() {
    for lost in ["reset after", "status 500..504 after", "truncate 5"] {
        let fault = format!("{lost} on POST /v1/devices times 1");
        let sim = start(&[&fault], |builder| builder).await;
        // The same rows to another endpoint, and other rows to the same one, are not it.
        let other = csv(&rows(100..110));
        client(&sim).register_public_keys(csv(&rows(0..10)).as_slice()).await.unwrap_err();
        let journal = MemoryJournal::default();
        let campaign = campaign(&sim, &journal);
        let report = run(&campaign, &parts(&rows(0..10), 10)).await;
        assert!(report.succeeded(), "{lost}: {report:?}");
        assert_eq!(names(&journal).await, ["opened", "submitting", "submitted", "finished"], "{lost}");
        client(&sim).onboard_devices(other).await.unwrap();
        assert_eq!(operations(&sim).await.len(), 2, "{lost}");
    }
}

#[tokio::test]
async fn an_upload_that_was_not_taken_is_sent_again() {
    for (fault, steps) in [
        ("reset before on POST * times 2", vec!["opened", "submitting", "submitting", "submitting"]),
        ("html 200 on POST * times 1", vec!["opened", "submitting", "submitting"]),
        ("status 503 on POST * times 1", vec!["opened", "submitting", "submitting"]),
        ("status 429 on POST * times 1", vec!["opened", "submitting", "refused", "submitting"]),
    ] {
        let sim = start(&[fault], |builder| builder).await;
        let journal = MemoryJournal::default();
        let report = run(&campaign(&sim, &journal), &parts(&rows(0..10), 10)).await;
        assert!(report.succeeded(), "{fault}: {report:?}");
        assert_eq!(names(&journal).await, [steps, vec!["submitted", "finished"]].concat(), "{fault}");
        assert_eq!(operations(&sim).await.len(), 1, "{fault}");
    }
}

#[tokio::test]
async fn nothing_is_sent_again_before_the_list_was_read() {
    let faults =
        ["reset after on POST /v1/devices times 1", "status 503 on GET /v1/bulk-ops-requests skip 1"];
    let sim = start(&faults, |builder| builder).await;
    let journal = MemoryJournal::default();
    let policy = CampaignPolicy { attempts: 2, ..QUICK };
    let campaign = campaign(&sim, &journal).with_policy(policy);
    let report = run(&campaign, &parts(&rows(0..30), 10)).await;
    let unclear = report.errors.iter().filter(|(_, error)| matches!(error, PartError::Unclear(_))).count();
    assert_eq!(unclear, 1, "{report:?}");
    assert!(!report.succeeded());
    // One part's answer was lost, and each part was taken once.
    assert_eq!(device_ids(&sim).await.len(), 30);
}

#[tokio::test]
async fn killed_between_answer_and_journal_it_goes_on() {
    let sim = start(&[], |builder| builder).await;
    let journal = MemoryJournal::default();
    let parts = parts(&rows(0..20), 10);
    // Events: opened, submitting, submitted, … : dies at each of them in turn.
    for events in 0..6 {
        let mortal = Mortal::after(&journal, 1);
        let campaign = campaign(&sim, &mortal).with_policy(CampaignPolicy { in_flight: 1, ..QUICK });
        let is_over = tokio::select! {
            report = campaign.run(parts.iter().cloned().map(io::Result::Ok), |_| ()) => Some(report.unwrap()),
            () = mortal.died.notified() => None,
        };
        assert!(is_over.is_none(), "after {events} events");
    }
    let report = run(&campaign(&sim, &journal), &parts).await;
    assert!(report.succeeded());
    assert_eq!(operations(&sim).await.len(), 2);
    assert_eq!(device_ids(&sim).await.len(), 20);
}

#[tokio::test]
async fn failed_rows_come_with_device_message_cause_and_text() {
    for fault in [&[][..], &["bulk old-format"]] {
        let sim = start(fault, |builder| builder).await;
        let mut taken = rows(0..20);
        taken[12].tags = vec!["lab".parse().unwrap()];
        client(&sim).onboard_devices(csv(&taken[12..13]).as_slice()).await.unwrap();
        let all = rows(0..20);
        let report = run(&campaign(&sim, MemoryJournal::default()), &parts(&all, 10)).await;
        assert!(!report.succeeded());
        assert_eq!(report.parts[1].outcome.request.status, BulkStatus::Failed);
        let failed: Vec<_> = report.failed_rows().collect();
        assert_eq!(failed.len(), 1);
        assert_eq!((failed[0].row, failed[0].causes.as_slice()), (12, &[Cause::DeviceDiffers][..]));
        assert_eq!(failed[0].device_id.as_ref().unwrap().as_str(), "dev-12");
        assert_eq!(failed[0].messages, ["Thing dev-12 already exists in account with different attributes"]);
        assert_eq!(report.parts[1].failed_csv, csv(&all[12..13]));
        assert!(report.parts[0].failed_csv.is_empty());
    }
}

#[tokio::test]
async fn the_rows_that_failed_are_sent_again_and_no_others() {
    let sim = start(&["bulk fail 3 times 1", "bulk expired 4 skip 1 times 1"], |builder| builder).await;
    let policy = CampaignPolicy { in_flight: 1, ..QUICK };
    let first = campaign(&sim, MemoryJournal::default()).with_policy(policy);
    let report = run(&first, &parts(&rows(0..20), 10)).await;
    assert_eq!(report.failed_rows().map(|failed| failed.row).collect::<Vec<_>>(), [2, 5, 8, 13, 17]);
    assert_eq!(device_ids(&sim).await.len(), 15);

    let failed: Vec<UploadPart> =
        report.parts.into_iter().map(|part| UploadPart::new(part.first_row, part.failed_csv)).collect();
    assert_eq!(failed.iter().map(UploadPart::row_count).collect::<Vec<_>>(), [3, 2]);
    let report = run(&campaign(&sim, MemoryJournal::default()), &failed).await;
    assert!(report.succeeded(), "{report:?}");
    assert_eq!(device_ids(&sim).await.len(), 20);
}

#[tokio::test]
async fn an_upload_that_is_refused_ends_the_beginning_of_others() {
    let sim = start(&[], |builder| builder).await;
    let mut parts = parts(&rows(0..30), 10);
    parts[1] = UploadPart::new(10, "no row");
    let journal = MemoryJournal::default();
    let campaign = campaign(&sim, &journal).with_policy(CampaignPolicy { in_flight: 1, ..QUICK });
    let report = run(&campaign, &parts).await;
    let [(10, PartError::NotTaken(error))] = report.errors.as_slice() else { panic!("{report:?}") };
    assert_eq!(error.status(), Some(422));
    assert!(!report.is_complete);
    assert_eq!(operations(&sim).await.len(), 1);

    // Mended, it goes on with what was not sent.
    parts[1] = crate::support::parts(&rows(10..20), 10).remove(0);
    let report = run(&campaign, &parts).await;
    assert!(report.is_complete && report.errors.is_empty());
    assert_eq!(device_ids(&sim).await.len(), 30);
    assert!(report.strangers.is_empty(), "the refused part was not sent");
}

#[tokio::test]
async fn a_part_that_was_sent_and_is_no_longer_given_is_told() {
    let sim = start(&[], |builder| builder).await;
    let journal = MemoryJournal::default();
    let campaign = campaign(&sim, &journal);
    let parts = parts(&rows(0..20), 10);
    run(&campaign, &parts).await;
    let report = run(&campaign, &parts[..1]).await;
    assert_eq!(report.strangers, [parts[1].key(UploadKind::OnboardDevices)]);
}

#[tokio::test]
async fn without_a_journal_nothing_is_sent() {
    let sim = start(&[], |builder| builder).await;
    for (room, sent) in [(0, 0), (1, 0), (2, 1)] {
        let campaign = campaign(&sim, Full(Mutex::default(), room));
        let parts = parts(&rows(0..10), 10).into_iter().map(io::Result::Ok);
        let error = campaign.run(parts, |_| ()).await.unwrap_err();
        assert!(matches!(error, CampaignError::Journal(_)), "{error:?}");
        assert_eq!(operations(&sim).await.len(), sent);
    }
}

#[tokio::test]
async fn input_that_breaks_off_and_a_service_that_is_not_there() {
    let sim = start(&[], |builder| builder).await;
    let broken = std::iter::once(Err::<UploadPart, _>(io::Error::other("no disk")));
    let error = campaign(&sim, MemoryJournal::default()).run(broken, |_| ()).await.unwrap_err();
    assert!(matches!(error, CampaignError::Parts(_)), "{error:?}");

    let nobody = Client::builder()
        .base_url("http://127.0.0.1:1".parse().unwrap())
        .retry(cloud_api::RetryPolicy::NONE)
        .build()
        .unwrap();
    let policy = CampaignPolicy { attempts: 2, ..QUICK };
    let campaign = Campaign::new(nobody, UploadKind::OnboardDevices, MemoryJournal::default());
    let parts = parts(&rows(0..1), 1).into_iter().map(io::Result::Ok);
    let error = campaign.with_policy(policy).run(parts, |_| ()).await.unwrap_err();
    assert!(matches!(error, CampaignError::Begin(_)), "{error:?}");
}

#[tokio::test]
async fn several_parts_are_under_way_up_to_the_limit() {
    let sim = start(&[], |builder| builder.bulk_delay(Duration::from_millis(300))).await;
    let journal = MemoryJournal::default();
    let campaign = campaign(&sim, &journal).with_policy(CampaignPolicy { in_flight: 2, ..QUICK });
    run(&campaign, &parts(&rows(0..6), 1)).await;
    let (mut under_way, mut most) = (0_usize, 0);
    for name in names(&journal).await {
        match name {
            "submitting" => under_way += 1,
            "finished" => under_way -= 1,
            _ => {}
        }
        most = most.max(under_way);
    }
    assert_eq!(most, 2);
}

#[tokio::test]
async fn a_campaign_waits_no_longer_than_its_budget() {
    let hours = "status 429 retry-after 86400 on POST *";
    let sim = start(&[hours], |builder| builder).await;
    let journal = MemoryJournal::default();
    let report = run(&campaign(&sim, &journal), &parts(&rows(0..10), 10)).await;
    let [(0, PartError::NotTaken(error))] = report.errors.as_slice() else { panic!("{report:?}") };
    assert_eq!(error.status(), Some(429));
    assert_eq!(names(&journal).await, ["opened", "submitting", "refused"]);

    // The rest is for a later run.
    sim.set_faults([]);
    assert!(run(&campaign(&sim, &journal), &parts(&rows(0..10), 10)).await.succeeded());
    assert_eq!((device_ids(&sim).await.len(), operations(&sim).await.len()), (10, 1));
}

#[tokio::test]
async fn an_operation_that_stalls_without_end_is_left_at_the_deadline_and_found_again() {
    let sim = start(&["bulk stall times 1"], |builder| builder).await;
    let journal = MemoryJournal::default();
    let wait = WaitPolicy { deadline: Duration::from_millis(300), ..QUICK.wait };
    let hasty = campaign(&sim, &journal).with_policy(CampaignPolicy { wait, ..QUICK });
    for _ in 0..2 {
        let report = run(&hasty, &parts(&rows(0..10), 10)).await;
        let [(0, PartError::Wait(WaitError::Deadline { last: Some(last), .. }))] = report.errors.as_slice()
        else {
            panic!("{report:?}")
        };
        assert_eq!(last.status, BulkStatus::InProgress);
        assert!(report.parts.is_empty() && !report.succeeded());
    }
    assert_eq!(names(&journal).await, ["opened", "submitting", "submitted"]);
    assert_eq!(operations(&sim).await.len(), 1, "it was not sent again");
}
