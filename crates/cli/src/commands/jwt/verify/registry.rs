//! The keys of a CSV, each with the device ID beside it.

use cloud_api::onboarding::{self, Located, OnboardRow, PublicKeyRow, Reading, Row};
use pki::input::{self, InputError};

use super::Candidate;
use crate::context::Context;
use crate::csv_file::{self, Kind};
use crate::diagnostic::{self, Diagnostic};
use crate::input::Source;

/// The key of every row. Rows without a key that can be used are named, and passed over: the others may fit all the same.
pub(super) fn candidates(context: &Context, source: &Source) -> Result<Vec<Candidate>, Diagnostic> {
    let csv = context.input.bytes(source)?;
    match csv_file::kind_of(&csv) {
        Kind::PublicKeys => keys(context, source, &onboarding::read::<PublicKeyRow>(&csv)),
        Kind::Onboard => keys(context, source, &onboarding::read::<OnboardRow>(&csv)),
    }
}

fn keys<R: Row>(
    context: &Context,
    source: &Source,
    reading: &Reading<'_, R>,
) -> Result<Vec<Candidate>, Diagnostic> {
    for problem in reading.problems() {
        context.out.warn(format_args!("{source}, {problem}"));
    }
    let mut candidates = Vec::with_capacity(reading.rows().len());
    for row in reading.rows() {
        match candidate(source, row) {
            Ok(candidate) => candidates.push(candidate),
            Err(error) => {
                context
                    .out
                    .warn(format_args!("{source}, {}: {error}; the row is passed over", row.pem_place));
            }
        }
    }
    if candidates.is_empty() { Err(diagnostic::no_key_in_csv(source)) } else { Ok(candidates) }
}

fn candidate<R: Row>(source: &Source, row: &Located<R>) -> Result<Candidate, InputError> {
    let key = input::load(row.row.pem().unwrap_or_default().as_bytes())?.public_key()?;
    let device_id = row.row.device_id().clone();
    Ok(Candidate { key, name: format!("{source}, line {}", row.place.line), device_id: Some(device_id) })
}
