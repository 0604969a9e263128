//! What is repaired, what is said of it, and what is left out.

#![expect(clippy::unwrap_used, reason = "a helper of a test fails by panicking")]

use std::path::PathBuf;

use cloud_api::onboarding::{
    self, AttestationTokenRow, OnboardRow, OnboardingTokenRow, PublicKeyRow, Repaired, Row, repair,
};
use proptest::prelude::*;

const KEY: &str = "-----BEGIN PUBLIC KEY-----\nMAMCAQE=\n-----END PUBLIC KEY-----\n";
const OTHER: &str = "-----BEGIN PUBLIC KEY-----\nMAMCAQI=\n-----END PUBLIC KEY-----\n";

fn fixture(path: &str) -> Vec<u8> {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/csv"));
    std::fs::read(folder.join(path)).unwrap()
}

/// Repairs, and looks whether what comes out is clean and not changed by a second repair.
fn repaired<R: Row>(csv: &[u8]) -> Repaired<String> {
    let repaired = repair::<R, _>(csv, |_| None::<String>);
    check::<R>(&repaired).unwrap();
    repaired
}

fn check<R: Row>(repaired: &Repaired<String>) -> Result<(), TestCaseError> {
    if repaired.row_count > 0 {
        let reading = onboarding::read::<R>(&repaired.csv);
        prop_assert!(reading.problems().is_empty(), "{:?}", reading.problems());
        prop_assert_eq!(reading.rows().len(), repaired.row_count);
    } else {
        prop_assert!(repaired.csv.is_empty());
    }
    let again = repair::<R, _>(&repaired.csv, |_| None::<String>);
    prop_assert_eq!(&again.csv, &repaired.csv);
    prop_assert!(again.changes.is_empty() && again.left_out.is_empty(), "{:?}", again);
    Ok(())
}

fn changes<F>(repaired: &Repaired<F>) -> Vec<String> {
    repaired.changes.iter().map(ToString::to_string).collect()
}

fn left_out<F: std::fmt::Display>(repaired: &Repaired<F>) -> Vec<String> {
    repaired.left_out.iter().map(|left| format!("{}: {}", left.place, left.reason)).collect()
}

#[test]
fn a_clean_file_stays_byte_for_byte() {
    for name in ["good.csv", "crlf.csv"] {
        let csv = fixture(name);
        let repaired = repaired::<OnboardRow>(&csv);
        assert_eq!(repaired.csv, csv, "{name}");
        assert_eq!((repaired.row_count, changes(&repaired), left_out(&repaired)), (2, vec![], vec![]));
    }
}

#[test]
fn each_damaged_fixture_is_mended_or_named() {
    let good = fixture("good.csv");
    // What is mended gives the rows of `good.csv`, or the first of them.
    let mended: &[(&str, &[&str])] = &[
        ("header-row", &["line 1, column 1: the header row is taken away"]),
        ("byte-order-mark", &["line 1, column 1: the byte order mark is taken away"]),
        ("utf-16", &["line 1, column 1: rewritten from UTF-16"]),
        ("blank-line", &["line 14, column 1: a blank line is taken away"]),
        ("missing-final-line-break", &["line 1, column 73: the line break after the END line is set"]),
        ("pem-on-one-line", &["line 1, column 73: the line breaks of the PEM text are set anew"]),
        (
            "unquoted-pem",
            &[
                "line 1, column 41: the line break after the END line is set",
                "line 1, column 41: the PEM text is put in double quotes",
                "line 13, column 41: the line break after the END line is set",
                "line 13, column 41: the PEM text is put in double quotes",
            ],
        ),
        ("unclosed-quote", &["line 1, column 42: the closing double quote is set"]),
    ];
    let pems = |csv: &[u8]| -> Vec<String> {
        let rows = onboarding::read::<OnboardRow>(csv).into_rows().unwrap();
        rows.into_iter().map(|row| row.row.credential.as_pem().to_owned()).collect()
    };
    for (name, expected) in mended {
        let repaired = repaired::<OnboardRow>(&fixture(&format!("{name}.csv")));
        assert_eq!(left_out(&repaired), Vec::<String>::new(), "{name}");
        assert_eq!(changes(&repaired), *expected, "{name}");
        let (pems, good) = (pems(&repaired.csv), pems(&good));
        assert!(!pems.is_empty() && pems.iter().all(|pem| pem.ends_with("-----\n")), "{name}");
        if matches!(*name, "header-row" | "byte-order-mark" | "utf-16" | "blank-line") {
            assert_eq!(pems, good, "{name}");
        }
    }
    for (name, expected) in [
        ("empty-device-id", "device ID \"\": is empty"),
        ("device-id-129-characters", "has 129 characters"),
        ("device-id-with-space", "' ' at position 3 is not allowed"),
        ("duplicate-device-id", "stands in lines 1, 14 with different contents"),
        ("private-key", "PEM EC PRIVATE KEY where"),
        ("four-columns", "4 columns where 5 belong"),
        ("six-columns", "6 columns where 5 belong"),
        ("bad-tag", "' ' at position 4 is not allowed"),
        ("bad-firmware-type", "\"ROM\": is not one of the known words"),
        ("text-after-quote", "text after the closing quote"),
    ] {
        let repaired = repaired::<OnboardRow>(&fixture(&format!("{name}.csv")));
        let left_out = left_out(&repaired);
        assert!(left_out.iter().any(|reason| reason.contains(expected)), "{name}: {left_out:?}");
    }
}

/// A damaged text, its repairs, and the rows that come out.
fn mended<R: Row>(damaged: &str, expected_changes: &[&str], expected: &str) {
    let repaired = repaired::<R>(damaged.as_bytes());
    assert_eq!(left_out(&repaired), Vec::<String>::new(), "{damaged:?}");
    assert_eq!(changes(&repaired), expected_changes, "{damaged:?}");
    assert_eq!(String::from_utf8(repaired.csv).unwrap(), expected, "{damaged:?}");
}

#[test]
fn what_spreadsheets_do_is_undone() {
    let clean = format!("a,s,t|u,APP,\"{KEY}\"\n");
    mended::<OnboardRow>(
        &format!("a;s;t|u;APP;\"{KEY}\"\n"),
        &["line 1, column 1: columns separated by ';' are separated by commas"],
        &clean,
    );
    mended::<OnboardRow>(
        &format!("a\ts\tt|u\tAPP\t\"{KEY}\"\n"),
        &["line 1, column 1: columns separated by '\\t' are separated by commas"],
        &clean,
    );
    mended::<OnboardRow>(
        &format!("\"a,s,t|u,APP,\"\"{KEY}\"\"\"\n"),
        &["line 1, column 1: the quotes around the whole row are taken away"],
        &clean,
    );
    mended::<OnboardRow>(
        &format!("a,s,t|u,APP,\"{KEY}\",,\n"),
        &["line 1, column 1: 2 empty columns at the end are taken away"],
        &clean,
    );
    mended::<OnboardRow>(
        &format!(" a ,s, t | u,APP , \"{KEY}\"\n"),
        &[
            "line 1, column 1: spaces around the value are taken away",
            "line 1, column 7: spaces around the value are taken away",
            "line 1, column 14: spaces around the value are taken away",
        ],
        &clean,
    );
    mended::<OnboardRow>(
        &format!("a,s,t|u,APP,\"\"\"{KEY}\"\"\"\n"),
        &["line 1, column 14: double quotes inside the field are taken away"],
        &clean,
    );
}

#[test]
fn lost_and_mixed_line_breaks_are_set() {
    let clean = format!("a,\"{KEY}\"\n");
    let anew = "the line breaks of the PEM text are set anew";
    for lost in ["", " ", "\\n", "\\r\\n"] {
        let pem = KEY.replace('\n', lost);
        mended::<PublicKeyRow>(&format!("a,\"{pem}\"\n"), &[&format!("line 1, column 4: {anew}")], &clean);
        mended::<PublicKeyRow>(&format!("a,{pem}\n"), &[&format!("line 1, column 3: {anew}")], &clean);
    }
    mended::<PublicKeyRow>(
        &format!("a,\"{}\"\nb,\"{KEY}\"\n", KEY.replace('\n', "\r\n")),
        &["line 4, column 2: line breaks of several kinds are all LF"],
        &format!("{clean}b,\"{KEY}\"\n"),
    );
    // A file with line breaks of one kind keeps them, in mended rows too.
    mended::<PublicKeyRow>(
        &format!("a,\"{KEY}\"\n\nb,\"{}\"", KEY.trim_end()).replace('\n', "\r\n"),
        &[
            "line 5, column 1: a blank line is taken away",
            "line 6, column 4: the line break after the END line is set",
        ],
        &format!("a,\"{KEY}\"\nb,\"{KEY}\"\n").replace('\n', "\r\n"),
    );
    mended::<PublicKeyRow>(
        &format!("a,\"\n\n{KEY}\n\"\n"),
        &["line 1, column 4: spaces around the value are taken away"],
        &clean,
    );
}

#[test]
fn rows_that_stand_twice() {
    let csv = format!("a,\"{KEY}\"\nb,\"{KEY}\"\na,\"{KEY}\"\nb,\"{OTHER}\"\nc,\"{OTHER}\"\n");
    let repaired = repaired::<PublicKeyRow>(csv.as_bytes());
    assert_eq!(changes(&repaired), ["line 9, column 1: a repetition of line 1 is taken away"]);
    let conflict = "device ID b stands in lines 5, 13 with different contents";
    assert_eq!(
        left_out(&repaired),
        [format!("line 5, column 1: {conflict}"), format!("line 13, column 1: {conflict}")]
    );
    assert_eq!(String::from_utf8(repaired.csv).unwrap(), format!("a,\"{KEY}\"\nc,\"{OTHER}\"\n"));
}

#[test]
fn the_judge_has_the_last_word_and_sees_mended_rows() {
    let csv = format!("a,\"{}\"\nb,\"{KEY}\"\n", KEY.trim_end());
    let mut seen = Vec::new();
    let repaired = repair::<PublicKeyRow, _>(csv.as_bytes(), |row| {
        seen.push((row.row.device_id.to_string(), row.index, row.pem_place.to_string()));
        (row.row.device_id.as_str() == "a").then_some("the curve is another")
    });
    assert_eq!(
        seen,
        [
            ("a".to_owned(), 0, "line 1, column 4".to_owned()),
            ("b".to_owned(), 1, "line 4, column 4".to_owned())
        ]
    );
    assert_eq!(left_out(&repaired), ["line 1, column 4: the curve is another"]);
    assert_eq!(repaired.csv, format!("b,\"{KEY}\"\n").into_bytes());
}

#[test]
fn damage_of_the_content_is_named_where_it_is() {
    let cut = KEY.replace("MAMCAQE=", "MAMCAQ==");
    let repaired = repaired::<PublicKeyRow>(format!("a,\"{cut}\"\n x y ,\"{KEY}\"\n").as_bytes());
    assert_eq!(
        left_out(&repaired),
        [
            "line 2, column 1: the content of the PEM text is not DER",
            "line 5, column 1: device ID \"x y\": ' ' at position 2 is not allowed; \
             the rule is ^[a-z0-9:_-]{1,128}$, upper or lower case",
        ]
    );
    assert_eq!(repaired.row_count, 0);
}

#[test]
fn tokens_keep_their_header_only_where_it_belongs() {
    mended::<OnboardingTokenRow>(
        "deviceId;onboardingToken\na; b.c.d \n",
        &[
            "line 1, column 1: columns separated by ';' are separated by commas",
            "line 1, column 1: the header row is taken away",
            "line 2, column 3: spaces around the value are taken away",
        ],
        "a,b.c.d\n",
    );
    mended::<AttestationTokenRow>("a,b.c\n", &[], "deviceId,attestationToken\na,b.c\n");
}

proptest! {
    #[test]
    fn whatever_comes_out_is_clean(
        pieces in proptest::collection::vec(prop::sample::select(vec![
            "a", "b", ",", ";", "\"", "\"\"", "\n", "\r\n", "\r", " ", "é", "deviceId", "\u{feff}", "|", "\\n",
            "a,\"", "\"\n", KEY, OTHER, "-----BEGIN PUBLIC KEY-----", "-----END PUBLIC KEY-----", "MAMCAQE=",
            "a,-----BEGIN PUBLIC KEY-----MAMCAQE=-----END PUBLIC KEY-----", ",,,,",
        ]), 0..16),
        judged in any::<bool>(),
    ) {
        let csv = pieces.concat();
        check::<PublicKeyRow>(&repair::<PublicKeyRow, _>(csv.as_bytes(), |_| judged.then(String::new)))?;
        check::<OnboardRow>(&repair::<OnboardRow, _>(csv.as_bytes(), |_| None))?;
    }

    /// A file that was clean before it was damaged in one of the known ways gives the same rows again.
    #[test]
    fn known_damage_is_undone(ids in proptest::collection::btree_set("[a-z0-9:_-]{1,20}", 1..20), damage in 0..8usize) {
        let clean: String = ids.iter().map(|id| format!("{id},\"{KEY}\"\n")).collect();
        let damaged = match damage {
            0 => format!("\u{feff}{clean}").into_bytes(),
            1 => {
                let text = format!("\u{feff}{clean}");
                text.encode_utf16().flat_map(u16::to_le_bytes).collect()
            }
            2 => clean.replace(',', ";").into_bytes(),
            3 => clean.replace("-\n\"", "-\"").into_bytes(),
            4 => clean.replace('"', "").into_bytes(),
            5 => clean.replace("\"\n", "\",,,\r\n").into_bytes(),
            6 => format!("deviceId,keyPem\n\n{}\n", clean.replace("\"\n", "\"\n\n")).into_bytes(),
            _ => clean.replace("-\n\"", "-\"").replace("-\nMAMCAQE=\n-", "- MAMCAQE= -").into_bytes(),
        };
        let repaired = repair::<PublicKeyRow, _>(&damaged, |_| None::<String>);
        prop_assert!(repaired.left_out.is_empty(), "{:?}", repaired.left_out);
        prop_assert_eq!(String::from_utf8(repaired.csv).unwrap(), clean);
    }
}
