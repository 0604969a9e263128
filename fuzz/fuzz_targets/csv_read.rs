//! Reading a CSV: it never panics, both forms of the reader find the same, and what is repaired is clean.
//!
//! The first byte of the input chooses how the text comes in pieces; the rest is the text.

#![no_main]

use std::io::Read;

use cloud_api::onboarding::{
    self, AttestationTokenRow, CertificateRow, Contents, OnboardRow, OnboardingTokenRow, PartReader,
    PublicKeyRow, Row,
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some((first, csv)) = data.split_first() else { return };
    let piece = usize::from(*first) + 1;
    check::<OnboardRow>(csv, piece);
    check::<PublicKeyRow>(csv, piece);
    check::<CertificateRow>(csv, piece);
    check::<OnboardingTokenRow>(csv, piece);
    check::<AttestationTokenRow>(csv, piece);
    let _ = onboarding::decode_base64(csv);
});

fn check<R: Row + PartialEq + std::fmt::Debug>(csv: &[u8], piece: usize) {
    let whole = onboarding::read::<R>(csv);
    let mut reader = PartReader::<R, _>::new(Pieces { rest: csv, piece });
    let (mut rows, mut problems, mut texts) = (Vec::new(), Vec::new(), Vec::new());
    while let Some(part) = reader.next_part().expect("memory can be read") {
        rows.extend(part.rows);
        problems.extend(part.problems);
        if part.row_count > 0 {
            texts.push(part.csv);
        }
    }
    assert_eq!(problems, whole.problems());
    assert_eq!(rows, whole.rows());
    assert_eq!(reader.row_count(), whole.row_count());
    assert!(whole.parts().map(|part| part.csv.into_owned()).eq(texts));
    let checked = onboarding::read_checking::<R>(csv, Contents::KeysAndNames);
    assert_eq!(checked.row_count(), whole.row_count());
    assert!(checked.rows().iter().all(|row| rows.contains(row)));
    assert!(checked.problems().len() >= problems.len() + rows.len() - checked.rows().len());
    // The message quotes the text: no control character of it may reach a terminal.
    for problem in problems.iter().chain(checked.problems()) {
        assert!(!problem.to_string().contains(char::is_control), "{problem}");
    }

    let repaired = onboarding::repair::<R, String>(csv, |_| None);
    let clean = onboarding::read::<R>(&repaired.csv);
    if repaired.row_count > 0 {
        assert!(clean.problems().is_empty(), "{:?}", clean.problems());
    }
    assert_eq!(clean.rows().len(), repaired.row_count);
    let again = onboarding::repair::<R, String>(&repaired.csv, |_| None);
    assert_eq!(again.csv, repaired.csv);
    assert!(again.changes.is_empty() && again.left_out.is_empty());
    if problems.is_empty() {
        assert!(repaired.left_out.is_empty(), "{:?}", repaired.left_out);
        assert_eq!(repaired.row_count, whole.row_count());
    }
}

/// Gives so many bytes at a time.
struct Pieces<'a> {
    rest: &'a [u8],
    piece: usize,
}

impl Read for Pieces<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let length = self.piece.min(buffer.len()).min(self.rest.len());
        buffer[..length].copy_from_slice(&self.rest[..length]);
        self.rest = &self.rest[length..];
        Ok(length)
    }
}
