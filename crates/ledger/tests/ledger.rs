//! Runs, leases, exports and old files, seen from outside.

#![expect(clippy::unwrap_used, reason = "a test ends where its ground gives way")]

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use ledger::{
    Address, Claim, Claimed, Filter, Held, Holder, Ledger, LedgerError, Outcome, Run, RunId, Subject,
};
use serde_json::{Value, json};
use sqlx::{Connection, SqliteConnection};
use tempfile::TempDir;

const LEASE: Duration = Duration::from_secs(600);

fn at(seconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_795_500_000 + seconds)
}

async fn ledger(directory: &TempDir) -> Ledger {
    Ledger::open(&Address::file(directory.path().join("ledger.sqlite"))).await.unwrap()
}

fn board(name: &str) -> Subject {
    Subject::new("provision", name).unwrap()
}

async fn claim<'l>(ledger: &'l Ledger, name: &str, holder: &str, now: SystemTime) -> Claimed<'l> {
    ledger.claim(Claim::new(&board(name), &Holder::new(holder).unwrap(), now, LEASE)).await.unwrap()
}

#[track_caller]
fn ours(claimed: Claimed<'_>) -> Run<'_> {
    match claimed {
        Claimed::Ours(run) => run,
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn held(claimed: Claimed<'_>) -> Held {
    match claimed {
        Claimed::Held(held) => held,
        other => panic!("{other:?}"),
    }
}

async fn names(run: &Run<'_>) -> Vec<String> {
    run.entries().await.unwrap().into_iter().map(|entry| entry.name).collect()
}

#[tokio::test]
async fn a_run_goes_on_where_it_was_left() {
    let directory = tempfile::tempdir().unwrap();
    let first = ledger(&directory).await;
    let run = ours(claim(&first, "a", "x", at(0)).await);
    assert!(run.is_new());
    run.append(at(1), "keygen", &json!({"phase": "begins"})).await.unwrap();
    run.append(at(2), "keygen", &json!({"phase": "ends", "tag": 16_842_753})).await.unwrap();
    let id = run.id();
    drop(first);

    let second = ledger(&directory).await;
    let run = ours(claim(&second, "a", "x", at(3)).await);
    assert!(!run.is_new());
    assert_eq!(run.id(), id);
    let entries = run.entries().await.unwrap();
    assert_eq!(
        entries.iter().map(|entry| (entry.number, entry.at)).collect::<Vec<_>>(),
        [(0, at(1)), (1, at(2))]
    );
    assert_eq!(entries[1].value::<Value>().unwrap()["tag"], 16_842_753);
    run.finish(at(4), Outcome::Done).await.unwrap();

    let last = second.last(&board("a")).await.unwrap().unwrap();
    assert_eq!((last.ended, last.held), (Some((at(4), Outcome::Done)), None));
    let run = ours(claim(&second, "a", "x", at(5)).await);
    assert!(run.is_new() && run.id() != id);
    assert_eq!(second.runs(&Filter::default()).await.unwrap().len(), 2);
    let open =
        Filter { open: true, kind: Some("provision".into()), subject: Some("a".into()), ..Filter::default() };
    assert_eq!(found(&second, &open).await, [run.id()]);
}

async fn found(ledger: &Ledger, filter: &Filter) -> Vec<RunId> {
    ledger.runs(filter).await.unwrap().iter().map(|record| record.id).collect()
}

#[tokio::test]
async fn runs_are_found_by_their_time_and_by_part_of_their_name() {
    let directory = tempfile::tempdir().unwrap();
    let ledger = ledger(&directory).await;
    let first = ours(claim(&ledger, "meter-1 (Oslo)", "x", at(0)).await).id();
    let second = ours(claim(&ledger, "meter-2 (50%_)", "x", at(10)).await).id();
    let third = ours(claim(&ledger, "pump-1", "x", at(20)).await).id();
    for (part, expected) in
        [("meter", vec![first, second]), ("-1", vec![first, third]), ("%_", vec![second]), ("Meter", vec![])]
    {
        let filter = Filter { subject: Some(part.into()), ..Filter::default() };
        assert_eq!(found(&ledger, &filter).await, expected, "{part}");
    }
    let since = Filter { since: Some(at(10)), ..Filter::default() };
    assert_eq!(found(&ledger, &since).await, [second, third]);
    let until = Filter { until: Some(at(10)), ..Filter::default() };
    assert_eq!(found(&ledger, &until).await, [first, second]);
    assert_eq!(ledger.run(second).await.unwrap().unwrap().subject, board("meter-2 (50%_)"));
    assert_eq!(ledger.run("01ARYZ6S410000000000000000".parse().unwrap()).await.unwrap(), None);
}

#[tokio::test]
async fn who_only_reads_makes_no_ledger() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("ledger.sqlite");
    assert!(Ledger::open_existing(&Address::file(&path)).await.unwrap().is_none());
    assert!(!path.exists());
    let run = ours(claim(&ledger(&directory).await, "a", "x", at(0)).await).id();
    let there = Ledger::open_existing(&Address::file(&path)).await.unwrap().unwrap();
    assert_eq!(found(&there, &Filter::default()).await, [run]);
}

#[tokio::test]
async fn a_board_is_one_holders_until_the_lease_is_over() {
    let directory = tempfile::tempdir().unwrap();
    let (here, there) = (ledger(&directory).await, ledger(&directory).await);
    let run = ours(claim(&here, "a", "x", at(0)).await);
    let other = held(claim(&there, "a", "y", at(599)).await);
    assert_eq!((other.holder.as_str(), other.until), ("x", at(600)));
    // Another board is free.
    ours(claim(&there, "b", "y", at(0)).await);
    // Each entry is a sign of life, and so is this.
    run.append(at(500), "step", &json!(1)).await.unwrap();
    assert_eq!(held(claim(&there, "a", "y", at(1099)).await).until, at(1100));
    run.renew(at(1000)).await.unwrap();
    held(claim(&there, "a", "y", at(1599)).await);

    let taken = ours(claim(&there, "a", "y", at(1600)).await);
    assert_eq!(names(&taken).await, ["step"]);
    // Who was away too long may not write any more.
    for refused in [run.append(at(1601), "step", &json!(2)).await, run.renew(at(1601)).await] {
        let error = refused.unwrap_err();
        assert_eq!(error.to_string(), format!("run {} is not ours any more: y has taken it over", run.id()));
    }
    assert!(matches!(run.finish(at(1602), Outcome::Done).await, Err(LedgerError::Lost { by: Some(_), .. })));
    taken.append(at(1603), "step", &json!(2)).await.unwrap();
    taken.finish(at(1604), Outcome::Abandoned).await.unwrap();
}

#[tokio::test]
async fn a_run_that_was_given_back_is_free_at_once() {
    let directory = tempfile::tempdir().unwrap();
    let ledger = ledger(&directory).await;
    ours(claim(&ledger, "a", "x", at(0)).await).release().await.unwrap();
    assert!(!ours(claim(&ledger, "a", "y", at(1)).await).is_new());
}

#[tokio::test]
async fn of_two_that_unseat_a_dead_holder_one_wins() {
    let directory = tempfile::tempdir().unwrap();
    let ledger = ledger(&directory).await;
    let dead = ours(claim(&ledger, "a", "dead", at(0)).await);
    let gone = held(claim(&ledger, "a", "y", at(1)).await);
    let (subject, y, z) = (board("a"), Holder::new("y").unwrap(), Holder::new("z").unwrap());
    let winner = ours(ledger.claim(Claim::new(&subject, &y, at(1), LEASE).unseat(&gone)).await.unwrap());
    let other = held(ledger.claim(Claim::new(&subject, &z, at(1), LEASE).unseat(&gone)).await.unwrap());
    assert_eq!(other.holder, y);
    winner.append(at(2), "step", &json!(1)).await.unwrap();
    dead.append(at(2), "step", &json!(1)).await.unwrap_err();
    assert_eq!(winner.entries().await.unwrap().len(), 1);
}

#[tokio::test]
async fn no_private_key_is_written_down() {
    let directory = tempfile::tempdir().unwrap();
    let ledger = ledger(&directory).await;
    let run = ours(claim(&ledger, "a", "x", at(0)).await);
    for label in ["PRIVATE KEY", "EC PRIVATE KEY", "ENCRYPTED PRIVATE KEY"] {
        let pem = format!("-----BEGIN {label}-----\nMC4CAQ==\n-----END {label}-----\n");
        let error = run.append(at(1), "signed", &json!({"key": pem})).await.unwrap_err();
        assert_eq!(error.to_string(), "entry `signed` holds a private key, and no secret is written down");
    }
    run.append(at(1), "signed", &json!({"key": "-----BEGIN PUBLIC KEY-----"})).await.unwrap();
    assert_eq!(names(&run).await, ["signed"]);
}

#[tokio::test]
async fn exports_tell_everything() {
    let directory = tempfile::tempdir().unwrap();
    let ledger = ledger(&directory).await;
    let a = ours(claim(&ledger, "a", "x", at(0)).await);
    a.append(at(1), "signed", &json!({"pem": "one,\n\"two\""})).await.unwrap();
    a.append(at(2), "row", &json!(null)).await.unwrap();
    let (first, second) = (a.id(), ours(claim(&ledger, "b", "y", at(4)).await).id());
    a.finish(at(3), Outcome::Done).await.unwrap();

    let mut json = Vec::new();
    ledger.export_json(&Filter::default(), &mut json).await.unwrap();
    let json = String::from_utf8(json).unwrap();
    assert_eq!(
        json,
        format!(
            r#"{{"schema":"ledger.runs","version":1,"runs":[
{{"run":"{first}","kind":"provision","subject":"a","started_at":"2026-11-24T06:00:00.000Z","ended_at":"2026-11-24T06:00:03.000Z","outcome":"done","holder":null,"held_until":null,"entries":[{{"number":0,"at":"2026-11-24T06:00:01.000Z","holder":"x","name":"signed","body":{{"pem":"one,\n\"two\""}}}},{{"number":1,"at":"2026-11-24T06:00:02.000Z","holder":"x","name":"row","body":null}}]}},
{{"run":"{second}","kind":"provision","subject":"b","started_at":"2026-11-24T06:00:04.000Z","ended_at":null,"outcome":null,"holder":"y","held_until":"2026-11-24T06:10:04.000Z","entries":[]}}
]}}
"#
        )
    );
    serde_json::from_str::<Value>(&json).unwrap();

    let mut csv = Vec::new();
    ledger.export_csv(&Filter::default(), &mut csv).await.unwrap();
    let run = format!("{first},provision,a,2026-11-24T06:00:00.000Z,2026-11-24T06:00:03.000Z,done");
    assert_eq!(
        String::from_utf8(csv).unwrap(),
        [
            "run,kind,subject,started_at,ended_at,outcome,number,at,holder,name,body\r\n",
            &run,
            ",0,2026-11-24T06:00:01.000Z,x,signed,\"{\"\"pem\"\":\"\"one,\\n\\\"\"two\\\"\"\"\"}\"\r\n",
            &run,
            ",1,2026-11-24T06:00:02.000Z,x,row,null\r\n",
            &format!("{second},provision,b,2026-11-24T06:00:04.000Z,,,,,,,\r\n"),
        ]
        .concat()
    );
}

/// A file that the first version of this crate wrote must be good for ever.
#[tokio::test]
async fn a_file_of_version_1_is_gone_on_with() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("ledger.sqlite");
    let fixture = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/ledger/version-1.sql");
    let sql = std::fs::read_to_string(fixture).unwrap();
    let url = format!("sqlite:{}?mode=rwc", path.display());
    let mut file = SqliteConnection::connect(&url).await.unwrap();
    sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&mut file).await.unwrap();
    file.close().await.unwrap();

    let ledger = Ledger::open(&Address::file(path)).await.unwrap();
    let runs = ledger.runs(&Filter::default()).await.unwrap();
    let ended: Vec<_> = runs.iter().map(|run| run.ended.map(|(_, outcome)| outcome)).collect();
    assert_eq!(ended, [Some(Outcome::Done), Some(Outcome::Abandoned), None]);
    let run = ours(claim(&ledger, "c", "x", at(1_000_000)).await);
    assert_eq!(names(&run).await, ["plan", "keygen"]);
    run.append(at(1_000_001), "keygen", &json!({"ends": true})).await.unwrap();
    assert_eq!(run.entries().await.unwrap()[2].number, 2);
    run.finish(at(1_000_002), Outcome::Done).await.unwrap();
}
