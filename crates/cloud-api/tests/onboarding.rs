//! The reader against each bad fixture and the guide's own material, and the writer against two readers.

#![expect(clippy::unwrap_used, reason = "a helper of a test fails by panicking")]

use std::path::PathBuf;

use cloud_api::onboarding::{
    self, AttestationTokenRow, Base64Problem, CertificateRow, Credential, MAX_ROWS, OnboardRow,
    OnboardingTokenRow, Place, PublicKeyRow, Row, Rule, WriteError, decode_base64,
};
use cloud_api::{DeviceId, FirmwareType, SubType, Tag};
use proptest::prelude::*;

fn fixture(path: &str) -> Vec<u8> {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures"));
    std::fs::read(folder.join(path)).unwrap()
}

fn problems<R: Row>(csv: &[u8]) -> Vec<String> {
    onboarding::read::<R>(csv).problems().iter().map(ToString::to_string).collect()
}

fn written<'r, R: Row + 'r>(rows: impl IntoIterator<Item = &'r R>) -> Vec<u8> {
    let mut csv = Vec::new();
    onboarding::write(&mut csv, rows).unwrap();
    csv
}

fn rows<R: Row>(csv: &[u8]) -> Vec<R> {
    onboarding::read(csv).into_rows().unwrap().into_iter().map(|located| located.row).collect()
}

#[test]
fn the_guides_row_round_trips_byte_for_byte() {
    let csv = fixture("guide/onboard.csv");
    let read: Vec<OnboardRow> = rows(&csv);
    assert_eq!(read.len(), 1);
    assert_eq!(read[0].device_id.as_str(), "f69c0e45-7f04-4949-8def-bb2215b4223e");
    assert_eq!(read[0].sub_type.as_ref().unwrap().as_str(), "my-thing-type");
    assert_eq!(read[0].tags.iter().map(Tag::as_str).collect::<Vec<_>>(), ["tag1", "tag2"]);
    assert_eq!(read[0].fw_types, [FirmwareType::App, FirmwareType::Modem]);
    assert!(matches!(read[0].credential, Credential::Certificate(_)));
    assert_eq!(written(&read), csv);
    assert_eq!(decode_base64(fixture("guide/onboard.csv.b64")).unwrap(), csv);
}

#[test]
fn the_guides_unquoted_pem_is_found_as_one_problem() {
    assert_eq!(
        problems::<PublicKeyRow>(&fixture("guide/public-keys-unquoted.csv")),
        ["line 1, column 38: the PEM text has line breaks and so must stand in double quotes"]
    );
}

#[test]
fn the_guides_stray_letter_is_found() {
    let error = decode_base64(fixture("guide/public-keys-stray-letter.csv.b64")).unwrap_err();
    assert_eq!(error.problem, Base64Problem::AfterPadding('q'));
    assert_eq!(error.place, Place { line: 1, column: 289 });
    assert_eq!(
        error.to_string(),
        "line 1, column 289: stray 'q' after the base64 padding, where the text should have ended"
    );
}

#[test]
fn good_files_are_read_whatever_their_line_breaks() {
    let good: Vec<OnboardRow> = rows(&fixture("csv/good.csv"));
    assert_eq!(good.len(), 2);
    assert!(matches!(good[1].credential, Credential::PublicKey(_)));
    assert_eq!((good[1].sub_type.clone(), good[1].tags.len(), good[1].fw_types.len()), (None, 0, 0));
    let mut expected = written(&good);
    expected.push(b'\n');
    assert_eq!(expected, fixture("csv/good.csv"));

    // The line breaks inside the PEM stay as they are.
    let crlf: Vec<OnboardRow> = rows(&fixture("csv/crlf.csv"));
    assert_eq!(crlf[0].device_id, good[0].device_id);
    assert_eq!(crlf[0].credential.as_pem().replace("\r\n", "\n"), good[0].credential.as_pem());
    assert!(crlf[0].credential.as_pem().contains("\r\n"));

    let keys: Vec<PublicKeyRow> = rows(&fixture("csv/good-public-keys.csv"));
    assert_eq!(keys.len(), 2);
}

#[test]
fn captured_bodies_are_good() {
    let folder = std::env::var_os("NRFCLOUD_VECTORS").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/vectors")),
        PathBuf::from,
    );
    if !folder.is_dir() {
        eprintln!("SKIPPED: no captured data in {} (set NRFCLOUD_VECTORS)", folder.display());
        return;
    }
    let csv = std::fs::read(folder.join("generated/onboard.csv")).unwrap();
    assert!(rows::<OnboardRow>(&csv).len() >= 2);
    let csv = std::fs::read(folder.join("generated/public-keys.csv")).unwrap();
    assert!(rows::<PublicKeyRow>(&csv).len() >= 2);
}

const RULE: &str = "the rule is ^[a-z0-9:_-]{1,128}$, upper or lower case";
const COLUMNS: &str = "deviceId, subType, tags, fwTypes, certPem";

#[test]
fn each_defect_is_told_with_its_place_and_rule_and_nothing_else() {
    let id = "00000001-0000-4000-8000-000000000000";
    let cases: &[(&str, &[&str])] = &[
        ("header-row", &["line 1, column 1: a header row; the first row must be a device"]),
        ("byte-order-mark", &["line 1, column 1: a byte order mark (BOM) stands before the first device ID"]),
        ("utf-16", &["line 1, column 1: the text is UTF-16; it must be plain ASCII"]),
        ("blank-line", &["line 14, column 1: a blank line"]),
        ("empty", &["line 1, column 1: there is no row"]),
        ("empty-device-id", &[&format!("line 1, column 1: device ID \"\": is empty; {RULE}")]),
        (
            "device-id-129-characters",
            &[&format!(
                "line 1, column 1: device ID \"{}\"…: has 129 characters where 128 are allowed; {RULE}",
                "d".repeat(48)
            )],
        ),
        (
            "device-id-with-space",
            &[&format!(
                "line 1, column 1: device ID \"my device\": ' ' at position 3 is not allowed; {RULE}"
            )],
        ),
        ("duplicate-device-id", &[&format!("line 14, column 1: device ID {id} is already in line 1")]),
        (
            "missing-final-line-break",
            &["line 12, column 26: the line break after the END line is missing; \
               it must be inside the quotes"],
        ),
        ("pem-on-one-line", &["line 1, column 100: the line breaks of the PEM text are lost"]),
        (
            "unquoted-pem",
            &[
                "line 1, column 41: the PEM text has line breaks and so must stand in double quotes",
                "line 13, column 41: the PEM text has line breaks and so must stand in double quotes",
            ],
        ),
        ("private-key", &["line 1, column 84: PEM EC PRIVATE KEY where CERTIFICATE or PUBLIC KEY belongs"]),
        ("four-columns", &[&format!("line 1, column 1: 4 columns where 5 belong ({COLUMNS})")]),
        ("six-columns", &[&format!("line 1, column 1: 6 columns where 5 belong ({COLUMNS})")]),
        (
            "bad-tag",
            &["line 1, column 44: tag \"not good\": ' ' at position 4 is not allowed; \
               the rule is ^[a-zA-Z0-9_.@:#-]+$"],
        ),
        (
            "bad-firmware-type",
            &[
                "line 1, column 44: firmware type \"ROM\": is not one of the known words; \
               the rule is ^(APP|MODEM|BOOT|SOFTDEVICE|BOOTLOADER|MDM_FULL|SMP|CUSTOM)$",
                "line 1, column 48: firmware type CUSTOM is not known in CSV; it is in OnboardDevice's JSON",
            ],
        ),
        ("unclosed-quote", &["line 1, column 41: the double quote that opens here is never closed"]),
        ("text-after-quote", &["line 13, column 2: text after the closing quote"]),
    ];
    for (name, expected) in cases {
        let csv = fixture(&format!("csv/{name}.csv"));
        let expected: Vec<String> = expected.iter().map(ToString::to_string).collect();
        assert_eq!(problems::<OnboardRow>(&csv), expected, "{name}");
    }
}

#[test]
fn all_problems_are_told_and_good_rows_kept() {
    let csv = fixture("csv/everything-at-once.csv");
    let reading = onboarding::read::<OnboardRow>(&csv);
    let found: Vec<(usize, usize, Option<usize>, &str)> = reading
        .problems()
        .iter()
        .map(|problem| {
            let rule = match &problem.rule {
                Rule::Identifier(error) => error.what,
                Rule::ByteOrderMark => "mark",
                Rule::HeaderRow => "header",
                Rule::BlankLine => "blank",
                Rule::Pem(_) => "pem",
                Rule::ColumnCount { .. } => "columns",
                Rule::DuplicateDeviceId { .. } => "duplicate",
                other => panic!("{other}"),
            };
            (problem.place.line, problem.place.column, problem.row, rule)
        })
        .collect();
    assert_eq!(
        found,
        [
            (1, 1, None, "mark"),
            (1, 2, None, "header"),
            (2, 1, None, "blank"),
            (3, 1, Some(0), "device ID"),
            (3, 12, Some(0), "tag"),
            (3, 16, Some(0), "firmware type"),
            (14, 26, Some(0), "pem"),
            (20, 1, Some(2), "columns"),
            (20, 1, Some(2), "duplicate"),
        ]
    );
    assert_eq!(reading.row_count(), 3);
    let [good] = reading.rows() else { panic!("{:?}", reading.rows()) };
    assert_eq!((good.index, good.place.line, good.pem_place), (1, 15, Place { line: 15, column: 42 }));
    assert_eq!(
        reading.into_rows().unwrap_err().to_string(),
        "line 1, column 1: a byte order mark (BOM) stands before the first device ID (and 8 more)"
    );
}

#[test]
fn more_rows_than_one_upload_takes_are_split_or_refused() {
    let key: Credential = rows::<OnboardRow>(&fixture("csv/good.csv"))[1].credential.clone();
    let many: Vec<OnboardRow> = (0..2 * MAX_ROWS + 1)
        .map(|number| OnboardRow::new(format!("nrf-{number}").parse().unwrap(), key.clone()))
        .collect();
    let csv = written(&many);
    let reading = onboarding::read::<OnboardRow>(&csv);
    assert!(reading.problems().is_empty());

    let parts: Vec<_> = reading.parts().collect();
    let counts: Vec<_> = parts.iter().map(|part| (part.first_row, part.row_count)).collect();
    assert_eq!(counts, [(0, 1000), (1000, 1000), (2000, 1)]);
    let together: Vec<OnboardRow> = parts.iter().flat_map(|part| rows::<OnboardRow>(&part.csv)).collect();
    assert_eq!(together, many);

    let refused = reading.limited_to_one_upload();
    let messages: Vec<String> = refused.problems().iter().map(ToString::to_string).collect();
    assert_eq!(messages, ["line 5001, column 1: 2001 rows where one upload may have 1000"]);
    assert_eq!(refused.problems()[0].row, Some(MAX_ROWS));
}

#[test]
fn exactly_one_thousand_rows_are_one_upload() {
    let key: Credential = rows::<OnboardRow>(&fixture("csv/good.csv"))[1].credential.clone();
    let many: Vec<OnboardRow> = (0..MAX_ROWS)
        .map(|number| OnboardRow::new(format!("nrf-{number}").parse().unwrap(), key.clone()))
        .collect();
    let csv = written(&many);
    let reading = onboarding::read::<OnboardRow>(&csv).limited_to_one_upload();
    assert!(reading.problems().is_empty());
    assert_eq!(reading.parts().count(), 1);
}

#[test]
fn a_firmware_type_of_json_only_is_refused_by_reader_and_writer() {
    let text = String::from_utf8(fixture("csv/bad-firmware-type.csv")).unwrap().replace("|ROM", "");
    assert_eq!(
        problems::<OnboardRow>(text.as_bytes()),
        ["line 1, column 44: firmware type CUSTOM is not known in CSV; it is in OnboardDevice's JSON"]
    );
    let mut row = rows::<OnboardRow>(&fixture("csv/good.csv")).remove(0);
    row.fw_types = vec![FirmwareType::Smp];
    let mut out = Vec::new();
    let error = onboarding::write_row(&mut out, &row).unwrap_err();
    assert!(matches!(error, WriteError::FirmwareNotInCsv { .. }));
    assert!(out.is_empty());
}

#[test]
fn certificates_alone_are_rows_of_register_certificates() {
    let pem = "-----BEGIN CERTIFICATE-----\nMAMCAQE=\n-----END CERTIFICATE-----\n";
    let csv = format!("nrf-1,\"{pem}\"\nnrf-2,\"{pem}\"");
    let read: Vec<CertificateRow> = rows(csv.as_bytes());
    assert_eq!(read[1].certificate.as_str(), pem);
    assert_eq!(written(&read), csv.as_bytes());
    assert_eq!(
        problems::<CertificateRow>(csv.replace("CERTIFICATE", "PUBLIC KEY").as_bytes())[0],
        "line 1, column 19: PEM PUBLIC KEY where CERTIFICATE belongs"
    );
}

#[test]
fn tokens_are_rows_without_quotes() {
    let csv = "nrf-1,eyJh.eyJz.c2ln\nnrf-2,eyJh.eyJz.c2lo";
    let read: Vec<OnboardingTokenRow> = rows(csv.as_bytes());
    assert_eq!(read[1].token.expose(), "eyJh.eyJz.c2lo");
    assert_eq!(written(&read), csv.as_bytes());
    assert!(!format!("{read:?}").contains("eyJ"));
    // The portal's lines have no header.
    let headed = format!("deviceId,onboardingToken\n{csv}\nnrf-3,a.b\n");
    assert_eq!(
        problems::<OnboardingTokenRow>(headed.as_bytes()),
        [
            "line 1, column 1: a header row; the first row must be a device",
            "line 4, column 7: onboarding token: 3 parts with a full stop between them belong there",
        ]
    );
}

#[test]
fn attestation_tokens_stand_below_a_header() {
    let csv = "deviceId,attestationToken\nnrf-1,2dn3.0oRD";
    let read: Vec<AttestationTokenRow> = rows(csv.as_bytes());
    assert_eq!((read.len(), read[0].token.expose()), (1, "2dn3.0oRD"));
    assert_eq!(written(&read), csv.as_bytes());
    assert_eq!(rows::<AttestationTokenRow>(b"nrf-1,2dn3.0oRD\n"), read);
    assert_eq!(
        problems::<AttestationTokenRow>(b"deviceId,attestationToken\n"),
        ["line 2, column 1: there is no row"]
    );
}

#[test]
fn the_rows_that_failed_come_byte_for_byte() {
    let csv = fixture("csv/crlf.csv");
    let reading = onboarding::read::<OnboardRow>(&csv);
    let count = reading.row_count();
    assert_eq!(reading.select(|_| true), csv.trim_ascii_end());
    assert_eq!(reading.select(|_| false), &b""[..]);
    let two = "a,x\r\n\r\nb,\"y\n\"\nc,z\n";
    let reading = onboarding::read::<PublicKeyRow>(two.as_bytes());
    assert_eq!(reading.select(|row| row != 1), &b"a,x\r\nc,z"[..]);
    assert_eq!(reading.select(|row| row == 1), &b"b,\"y\n\""[..]);
    assert_eq!(reading.select(|row| row != 2), &b"a,x\r\nb,\"y\n\""[..]);
    assert_eq!(reading.parts().next().unwrap().csv, &b"a,x\r\nb,\"y\n\"\nc,z"[..]);
    assert!(count > 0);
}

#[test]
fn bytes_that_are_not_utf_8_are_a_problem_of_their_field() {
    assert_eq!(
        problems::<PublicKeyRow>(b"nrf-\xff,\"x\"\n"),
        [
            "line 1, column 5: the field is not UTF-8 text",
            "line 1, column 8: not a PEM text: it does not begin with -----BEGIN",
        ]
    );
}

#[test]
fn quotes_where_none_belong() {
    assert_eq!(
        problems::<PublicKeyRow>(b"nrf\"1,x\n"),
        [
            "line 1, column 4: a double quote inside a field that is not quoted",
            "line 1, column 7: not a PEM text: it does not begin with -----BEGIN",
        ]
    );
}

prop_compose! {
    fn credential()(der in proptest::collection::vec(any::<u8>(), 1..100), certificate: bool, end in 0..3usize) -> Credential {
        use base64_of::encode;
        let end = ["\n", "\r\n", "\r"][end];
        let label = if certificate { "CERTIFICATE" } else { "PUBLIC KEY" };
        let mut sequence = vec![0x30, u8::try_from(der.len()).unwrap()];
        sequence.extend(der);
        let base64 = encode(&sequence);
        let lines: Vec<&str> = base64.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
        let text = format!("-----BEGIN {label}-----{end}{}{end}-----END {label}-----{end}", lines.join(end));
        text.parse().unwrap()
    }
}

mod base64_of {
    /// The crate's own encoder, by way of an upload body.
    pub(super) fn encode(bytes: &[u8]) -> String {
        let body = cloud_api::onboarding::CsvBody::base64(bytes);
        String::from_utf8(body.as_bytes().to_vec()).unwrap()
    }
}

fn onboard_row() -> impl Strategy<Value = OnboardRow> {
    (
        "[a-zA-Z0-9:_-]{1,128}",
        proptest::option::of("[a-zA-Z0-9_.,@/:#-]{1,40}"),
        proptest::collection::vec("[a-zA-Z0-9_.@:#-]{1,12}", 0..4),
        proptest::collection::vec(0..6usize, 0..4),
        credential(),
    )
        .prop_map(|(id, sub_type, tags, firmware, credential)| OnboardRow {
            device_id: id.parse().unwrap(),
            sub_type: sub_type.map(|text| text.parse::<SubType>().unwrap()),
            tags: tags.iter().map(|text| text.parse::<Tag>().unwrap()).collect(),
            fw_types: firmware.into_iter().map(|index| FirmwareType::ALL[index]).collect(),
            credential,
        })
}

proptest! {
    #[test]
    fn rows_round_trip_and_another_reader_agrees(mut rows in proptest::collection::vec(onboard_row(), 1..12)) {
        rows.sort_by(|a, b| a.device_id.cmp(&b.device_id));
        rows.dedup_by(|a, b| a.device_id == b.device_id);
        let csv = written(&rows);
        prop_assert_eq!(&super_rows(&csv)?, &rows);

        let mut peer = csv::ReaderBuilder::new().has_headers(false).from_reader(csv.as_slice());
        let records: Vec<csv::StringRecord> = peer.records().collect::<Result<_, _>>().unwrap();
        prop_assert_eq!(records.len(), rows.len());
        for (record, row) in records.iter().zip(&rows) {
            prop_assert_eq!(record.len(), 5);
            prop_assert_eq!(&record[0], row.device_id.as_str());
            prop_assert_eq!(&record[1], row.sub_type.as_ref().map_or("", SubType::as_str));
            prop_assert_eq!(record[2].split('|').filter(|tag| !tag.is_empty()).count(), row.tags.len());
            prop_assert_eq!(&record[4], row.credential.as_pem());
        }
    }

    #[test]
    fn public_keys_round_trip(id in "[a-zA-Z0-9:_-]{1,128}", credential in credential()) {
        if let Credential::PublicKey(public_key) = credential {
            let row = PublicKeyRow { device_id: id.parse::<DeviceId>().unwrap(), public_key };
            prop_assert_eq!(rows::<PublicKeyRow>(&written([&row])), vec![row]);
        }
    }

    #[test]
    fn any_bytes_are_read(csv in proptest::collection::vec(any::<u8>(), 0..400)) {
        check_reading(&csv)?;
    }

    #[test]
    fn any_mix_of_what_rows_are_made_of_is_read(
        pieces in proptest::collection::vec(prop::sample::select(vec![
            "a", ",", "\"", "\"\"", "\n", "\r\n", "\r", " ", "-----BEGIN PUBLIC KEY-----", "MAMCAQE=", "é",
            "-----END PUBLIC KEY-----", "deviceId", "\u{feff}", "APP|MODEM", "|",
        ]), 0..40)
    ) {
        check_reading(pieces.concat().as_bytes())?;
    }
}

fn super_rows(csv: &[u8]) -> Result<Vec<OnboardRow>, TestCaseError> {
    let located =
        onboarding::read(csv).into_rows().map_err(|problems| TestCaseError::fail(problems.to_string()))?;
    Ok(located.into_iter().map(|row| row.row).collect())
}

/// What must hold for any input: every row is good or has a problem, and problems stand in order inside the
/// text.
fn check_reading(csv: &[u8]) -> Result<(), TestCaseError> {
    let reading = onboarding::read::<PublicKeyRow>(csv).limited_to_one_upload();
    let lines = csv.iter().filter(|byte| matches!(byte, b'\n' | b'\r')).count() + 1;
    prop_assert!(reading.problems().is_sorted_by_key(|problem| problem.place));
    prop_assert!(reading.problems().iter().all(|problem| (1..=lines).contains(&problem.place.line)));
    let good: Vec<usize> = reading.rows().iter().map(|row| row.index).collect();
    for index in 0..reading.row_count() {
        let has_problem = reading.problems().iter().any(|problem| problem.row == Some(index));
        prop_assert!(has_problem != good.contains(&index), "row {}", index);
    }
    let kept: usize = reading.parts().map(|part| part.row_count).sum();
    prop_assert_eq!(kept, reading.row_count());
    Ok(())
}
