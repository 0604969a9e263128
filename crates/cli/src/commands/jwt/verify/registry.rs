//! The keys of a CSV, as nRF Cloud would know them after its upload.

use cloud_api::DeviceId;
use cloud_api::onboarding::{self, Located, OnboardRow, Problem, PublicKeyRow, Row};
use pki::input;

use super::Candidate;
use crate::context::Context;
use crate::csv_file;
use crate::diagnostic::{self, Diagnostic};
use crate::input::Source;
use crate::text::Shown;

/// The key of every row. Rows that cannot be read are named, and passed over: the others may fit all the same.
pub(super) fn candidates(context: &Context, source: &Source) -> Result<Vec<Candidate>, Diagnostic> {
    let csv = context.input.bytes(source)?;
    if csv_file::looks_like_public_keys(&csv) {
        let reading = onboarding::read::<PublicKeyRow>(&csv);
        keys(context, source, reading.rows(), reading.problems())
    } else {
        let reading = onboarding::read::<OnboardRow>(&csv);
        keys(context, source, reading.rows(), reading.problems())
    }
}

fn keys<R: Row>(
    context: &Context,
    source: &Source,
    rows: &[Located<R>],
    problems: &[Problem],
) -> Result<Vec<Candidate>, Diagnostic> {
    if rows.is_empty() {
        return Err(diagnostic::bad_csv(source, problems.len()));
    }
    for problem in problems {
        context.out.warn(format_args!("{source}, {}", Shown(problem)));
    }
    rows.iter().map(|row| candidate(source, row)).collect()
}

fn candidate<R: Row>(source: &Source, row: &Located<R>) -> Result<Candidate, Diagnostic> {
    let key = input::load(row.row.pem().as_bytes())
        .and_then(|input| input.public_key())
        .map_err(|error| diagnostic::unusable(source, &error))?;
    let device_id: DeviceId = row.row.device_id().clone();
    Ok(Candidate { key, name: format!("{source}, line {}", row.place.line), device_id: Some(device_id) })
}
