//! Boards whose run is killed at each step.

use ledger::{Entry, Outcome};

use super::{Line, TAG, document};
use crate::killing::{End, Watched};

/// The entries of a run that nothing disturbs.
fn undisturbed(line: &Line) -> Vec<Entry> {
    assert_eq!(line.provision(&[]).code, 0);
    let watched = line.watched();
    watched.entries(&watched.runs()[0])
}

/// For each entry: everything before it is done, and it is not written. Then the command is run again.
#[test]
fn killed_before_any_entry_a_board_ends_the_same() {
    let total = undisturbed(&Line::new("100")).len();
    for number in 0..total {
        let line = Line::new("100");
        let watched = line.watched();
        assert_eq!(watched.kill_at(number, &mut line.command()), End::Killed, "{number}");
        goes_on(&line, &watched, number);
    }
}

/// For each step: its beginning is written, and nothing of it is done.
#[test]
fn killed_right_after_a_step_was_begun_a_board_ends_the_same() {
    let entries = undisturbed(&Line::new("101"));
    let begins = |entry: &Entry| entry.body.starts_with("{\"phase\":\"begins\"");
    for (number, entry) in entries.iter().enumerate().filter(|(_, entry)| begins(entry)) {
        let line = Line::new("101");
        let watched = line.watched();
        assert_eq!(watched.kill_at(number, &mut line.command()), End::Killed, "{number}");
        watched.append(entry);
        goes_on(&line, &watched, number);
    }
}

/// One board, and many processes that are killed at it, each after one entry more than the one before. (None gets on that is let write
/// one entry only: what it has to see again with its own eyes are two.)
#[test]
fn killed_again_and_again_a_board_ends_the_same() {
    let line = Line::new("102");
    let watched = line.watched();
    let mut killed = 0;
    while watched.kill_at(watched.count() + killed, &mut line.command()) == End::Killed {
        killed += 1;
        assert!(killed < 40, "it does not get on");
    }
    assert!(killed > 6, "{killed}");
    goes_on(&line, &watched, killed);
}

#[test]
fn killed_while_old_credentials_give_way_a_board_ends_the_same() {
    let line = Line::new("103");
    assert_eq!(line.provision(&["--root-ca", "ca-cert.crt.pem"]).code, 0);
    let before = line.slots();
    line.shop.ok(&["ca", "create", "--ou", "Others", "--out", "other"]);
    let replace = ["--if-exists", "replace", "--root-ca", "other/ca-cert.crt.pem"];
    let watched = line.watched();
    let mut killed = 0;
    let end = loop {
        let mut command = line.command();
        match watched.kill_at(watched.count() + killed, command.args(replace)) {
            End::Killed => killed += 1,
            end => break end,
        }
        assert!(killed < 40, "it does not get on");
    };
    assert_eq!((end, killed > 6), (End::Exit(Some(0)), true), "{killed}");
    line.is_online();
    let after = line.slots();
    assert_eq!(after.iter().map(|(kind, _)| *kind).collect::<Vec<_>>(), [0, 1, 2]);
    assert!(after.iter().zip(&before).all(|(new, old)| new.1 != old.1), "{before:?} {after:?}");
    // One row, of the key that the modem has now; and no other credential was made on the way.
    let id = &line.kit.device_uuid;
    let csv = line.shop.read("onboard.csv");
    assert_eq!(csv.matches("-----BEGIN CERTIFICATE-----").count(), 1, "{csv}");
    let token = line.shop.ok(&["modem", "jwt", "--sec-tag", TAG, "--device-id", id]);
    line.shop.ok(&["jwt", "verify", token.trim(), "--csv", "onboard.csv", "--device-id", id]);
    line.shop.ok(&["agnss", "fetch", "--token", token.trim(), "-o", "agnss.bin", "--types", "1,3"]);
    assert_eq!(watched.runs().len(), 2);
}

#[track_caller]
fn goes_on(line: &Line, watched: &Watched, number: usize) {
    let run = line.provision(&["--json"]);
    assert_eq!(run.code, 0, "killed at {number}: {run:#?}");
    assert_eq!(document(&run)["device_id"], line.kit.device_uuid.as_str());
    line.is_done(&line.kit.device_uuid);
    assert_eq!(line.uploads(), 1, "killed at {number}: sent once");
    let runs = watched.runs();
    let outcomes: Vec<_> = runs.iter().map(|run| run.ended.map(|(_, outcome)| outcome)).collect();
    assert_eq!(outcomes, [Some(Outcome::Done)], "killed at {number}");
    // One key, one certificate: what was made is used.
    let signed = watched.entries(&runs[0]);
    let signed =
        signed.iter().filter(|entry| entry.name == "sign" && entry.body.contains("BEGIN CERTIFICATE"));
    assert_eq!(signed.count(), 1, "killed at {number}");
}
