//! Many processes on one ledger, and processes that are killed. The processes are this very program, started again.

#![expect(clippy::unwrap_used, reason = "a test ends where its ground gives way")]

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, SystemTime};

use ledger::{Address, Claim, Claimed, Filter, Holder, Ledger, Subject};
use serde_json::json;

/// What a process is to do, and on which file; read by [`process`].
const FILE: &str = "LEDGER_TEST_FILE";
const WORK: &str = "LEDGER_TEST_WORK";

const LEASE: Duration = Duration::from_secs(3600);

/// Not a test: what the other processes run.
#[test]
#[ignore = "started by the tests below as a process of its own"]
fn process() {
    let (Ok(file), Ok(work)) = (std::env::var(FILE), std::env::var(WORK)) else { return };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let ledger = Ledger::open(&Address::file(file)).await.unwrap();
        match work.split_once(' ').unwrap() {
            ("boards", count) => take_boards(&ledger, count.parse().unwrap()).await,
            (_, board) => write_for_ever(&ledger, board).await,
        }
    });
}

fn start(file: &Path, work: &str) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "process", "--ignored", "--nocapture"])
        .env(FILE, file)
        .env(WORK, work)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

fn me() -> Holder {
    Holder::new(format!("process {}", std::process::id())).unwrap()
}

const STEPS: u64 = 3;

/// Takes each board that nobody has, and does its steps.
async fn take_boards(ledger: &Ledger, count: usize) {
    for number in 0..count {
        let board = Subject::new("provision", format!("board-{number}")).unwrap();
        let me = me();
        let claim = Claim::new(&board, &me, SystemTime::now(), LEASE);
        let Claimed::Ours(run) = ledger.claim(claim).await.unwrap() else { continue };
        for step in 0..STEPS {
            run.append(SystemTime::now(), "step", &json!(step)).await.unwrap();
        }
    }
}

#[tokio::test]
async fn no_board_is_taken_twice_and_no_entry_is_lost() {
    const PROCESSES: usize = 8;
    const BOARDS: usize = 40;
    let directory = tempfile::tempdir().unwrap();
    // None of them finds a file: one makes it, all use it.
    let path = directory.path().join("ledger.sqlite");
    let processes: Vec<Child> = (0..PROCESSES).map(|_| start(&path, &format!("boards {BOARDS}"))).collect();
    for process in processes {
        let output = process.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    }
    let ledger = Ledger::open(&Address::file(path)).await.unwrap();
    let runs = ledger.runs(&Filter::default()).await.unwrap();
    let boards: BTreeSet<&str> = runs.iter().map(|run| run.subject.name()).collect();
    assert_eq!((runs.len(), boards.len()), (BOARDS, BOARDS));
    let mut by_holder = BTreeMap::new();
    for run in &runs {
        let entries = ledger.entries(run.id).await.unwrap();
        let (holder, _) = run.held.clone().unwrap();
        let steps: Vec<u64> = entries.iter().map(|entry| entry.value().unwrap()).collect();
        assert_eq!(steps, (0..STEPS).collect::<Vec<_>>());
        assert!(entries.iter().enumerate().all(|(index, entry)| entry.number == index as u64));
        assert!(entries.iter().all(|entry| entry.holder == holder), "two at {}", run.subject);
        *by_holder.entry(holder.to_string()).or_insert(0) += 1;
    }
    assert_eq!(by_holder.values().sum::<usize>(), BOARDS);
}

/// Writes entries without end, and says of each that it is written.
async fn write_for_ever(ledger: &Ledger, board: &str) {
    let board = Subject::new("provision", board).unwrap();
    let me = me();
    let claim = Claim::new(&board, &me, SystemTime::now(), LEASE);
    let Claimed::Ours(run) = ledger.claim(claim).await.unwrap() else { panic!("{board} is taken") };
    // So long that an entry is more than one page of the file.
    let body = "x".repeat(20_000);
    for number in 0_u64.. {
        run.append(SystemTime::now(), "step", &json!([number, body])).await.unwrap();
        say_written(number);
    }
}

/// Straight to stdout, which the test harness would keep back otherwise.
fn say_written(number: u64) {
    use std::io::Write as _;
    let mut stdout = std::io::stdout().lock();
    writeln!(stdout, "written {number}").unwrap();
    stdout.flush().unwrap();
}

#[tokio::test]
async fn what_was_written_is_there_after_kill_9() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("ledger.sqlite");
    for (index, more) in [1_u64, 5, 20, 33].into_iter().enumerate() {
        let board = format!("board-{index}");
        let mut child = start(&path, &format!("write {board}"));
        let lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
        let written = lines.filter_map(|line| line.strip_prefix("written ")?.parse::<u64>().ok());
        let last = written.take(usize::try_from(more).unwrap()).last().unwrap();
        // It is in the middle of the next one, or of the one behind that.
        child.kill().unwrap();
        child.wait().unwrap();

        let ledger = Ledger::open(&Address::file(&path)).await.unwrap();
        let (board, me) = (Subject::new("provision", &board).unwrap(), me());
        let claim = Claim::new(&board, &me, SystemTime::now(), LEASE);
        let Claimed::Held(dead) = ledger.claim(claim).await.unwrap() else { panic!("the dead hold on") };
        let Claimed::Ours(run) = ledger.claim(claim.unseat(&dead)).await.unwrap() else { panic!("unseated") };
        let entries = run.entries().await.unwrap();
        assert!(entries.len() as u64 > last, "{} of {last}", entries.len());
        for (index, entry) in (0..).zip(&entries) {
            assert_eq!(entry.number, index);
            let (number, body): (u64, String) = entry.value().unwrap();
            assert_eq!((number, body.len()), (index, 20_000));
        }
        run.append(SystemTime::now(), "step", &json!(["goes on"])).await.unwrap();
    }
}
