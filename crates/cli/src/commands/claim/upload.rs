//! `nrfcloud claim upload`

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use clap::Args;
use cloud_api::provisioning::{BulkClaim, ClaimRow, ClaimTag, claim_csv};
use cloud_api::{Client, DeviceId, Error, Uuid};
use serde::Serialize;
use serde_json::Value;
use zeroize::Zeroizing;

use super::token::{Claim, TokenInput};
use crate::cloud::{self, ProvisioningOptions};
use crate::commands::device::upload::FailedFile;
use crate::context::Context;
use crate::diagnostic::{self, Diagnostic};
use crate::file::{self, Access, Batch, FileError, WriteOptions};
use crate::input::Source;
use crate::text::Shown;

/// Rows in one upload, at most (facts: 11.3 of the cloud's API).
const MOST_ROWS: usize = 1000;

#[derive(Args, Debug)]
pub(crate) struct Upload {
    /// CSV with attestation tokens (that of claim gather, or tokens with tags behind a comma), or a token, or `-`
    #[arg(value_name = "CSV|TOKEN")]
    input: TokenInput,
    /// Tags for every device, as a,b; may be given again
    #[arg(long = "tag", value_name = "TAGS", value_delimiter = ',')]
    tags: Vec<ClaimTag>,
    /// File for what failed, to be sent again [default: NAME.failed.csv beside NAME.csv, with a number if there is one already]
    #[arg(long, value_name = "FILE")]
    failed: Option<PathBuf>,
    #[command(flatten)]
    write: WriteOptions,
    #[command(flatten)]
    api: ProvisioningOptions,
}

#[derive(Serialize)]
struct Document<'a> {
    devices: &'a [Report],
    #[serde(skip_serializing_if = "Option::is_none")]
    failed: Option<PathBuf>,
    dry_run: bool,
}

/// What became of one device.
#[derive(Debug, Serialize)]
struct Report {
    device_id: DeviceId,
    result: Outcome,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    tags: Vec<ClaimTag>,
    #[serde(skip)]
    row: ClaimRow,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Outcome {
    Claimed,
    Failed,
    /// The answer was lost.
    Unknown,
    NotTried,
}

impl Upload {
    pub(crate) fn run(self, context: &Context) -> Result<(), Diagnostic> {
        if self.failed.as_deref() == Some(Path::new("-")) {
            return Err(diagnostic::not_stdout("--failed"));
        }
        if let (Some(failed), Some(Source::Path(csv))) = (&self.failed, self.input.source())
            && file::is_same(failed, csv)
        {
            return Err(FileError::Twice { path: failed.clone() }.into());
        }
        let claims = self.input.load(context)?;
        let mut reports: Vec<Report> =
            claims.into_iter().map(|claim| Report::new(claim, &self.tags)).collect();
        if let Some(path) = &self.failed {
            file::probe(path, self.write)?;
        }
        if self.write.dry_run {
            for report in &reports {
                context.out.note(format_args!("would claim {}{}", report.device_id, report.tagged()));
            }
            self.give(context, &reports, None);
            return Ok(());
        }
        let client = self.api.client(context)?;
        let ended = cloud::block_on(send(context, &client, &mut reports))?;
        let failed = self.save_failed(context, &reports);
        if context.out.is_json() {
            self.give(context, &reports, failed.clone());
        }
        let count = reports.iter().filter(|report| report.result != Outcome::Claimed).count();
        match ended {
            // What stopped the whole, and not what failed before it.
            Err(error) if count == reports.len() => Err(error),
            Err(error) => {
                Err(diagnostic::claims_failed(count, reports.len(), Some(error.message()), failed.as_deref()))
            }
            Ok(()) if count == 0 => Ok(()),
            Ok(()) => {
                let first = reports.iter().find_map(|report| report.message.as_deref());
                Err(diagnostic::claims_failed(count, reports.len(), first, failed.as_deref()))
            }
        }
    }

    fn give(&self, context: &Context, reports: &[Report], failed: Option<PathBuf>) {
        let document = Document { devices: reports, failed, dry_run: self.write.dry_run };
        context.out.result("nrfcloud.claim.upload", &document, |_| "");
    }

    /// Writes down what is to be sent again. What cannot be written is told, and does not hide how the upload ended.
    fn save_failed(&self, context: &Context, reports: &[Report]) -> Option<PathBuf> {
        let rows: Vec<ClaimRow> = reports
            .iter()
            .filter(|report| report.result != Outcome::Claimed)
            .map(|report| report.row.clone())
            .collect();
        let source = match (&self.failed, self.input.source()) {
            (None, Some(source)) if reports.len() > 1 => source.clone(),
            (Some(_), source) => source.cloned().unwrap_or(Source::Stdin),
            // One that was typed can be typed again.
            (None, _) => return None,
        };
        if rows.is_empty() {
            return None;
        }
        let csv = rows.chunks(MOST_ROWS).map(claim_csv).collect::<Result<String, _>>().map(Zeroizing::new);
        let path = FailedFile::new(self.failed.as_deref(), &source, self.write).place();
        let written = csv.map_err(diagnostic::unexpected).and_then(|csv| {
            let mut batch = Batch::new(self.write);
            batch.add(&path, csv.as_bytes(), Access::Private);
            Ok(batch.commit(&context.out)?)
        });
        match written {
            Ok(()) => Some(path),
            Err(error) => {
                context.out.warn(format_args!("what failed is in no file of its own: {}", error.message()));
                None
            }
        }
    }
}

impl Report {
    fn new(claim: Claim, tags: &[ClaimTag]) -> Self {
        let Claim { device_id, mut row, .. } = claim;
        for tag in tags {
            if !row.tags.contains(tag) {
                row.tags.push(tag.clone());
            }
        }
        Self { device_id, result: Outcome::NotTried, message: None, tags: row.tags.clone(), row }
    }

    fn tagged(&self) -> String {
        let tags: Vec<&str> = self.tags.iter().map(ClaimTag::as_str).collect();
        if tags.is_empty() { String::new() } else { format!(" with the tags {}", tags.join(", ")) }
    }

    /// UUID, result, why not; separated by tabs.
    fn line(&self) -> String {
        let id = &self.device_id;
        match (self.result, &self.message) {
            (Outcome::Claimed, _) => format!("{id}\tclaimed\n"),
            (Outcome::Failed, message) => {
                format!("{id}\tfailed\t{}\n", Shown(message.as_deref().unwrap_or("no reason given")))
            }
            (Outcome::Unknown, _) => format!("{id}\tunknown\n"),
            (Outcome::NotTried, _) => format!("{id}\tnot tried\n"),
        }
    }
}

/// Claims each device, a thousand at a time. An error has stopped it: it is that of all devices that are not claimed then.
async fn send(context: &Context, client: &Client, reports: &mut [Report]) -> Result<(), Diagnostic> {
    if let [report] = reports {
        return match client.claim_device_ownership(&report.row.token, &report.row.tags).await {
            Ok(_) => {
                report.result = Outcome::Claimed;
                tell(context, std::slice::from_ref(report));
                Ok(())
            }
            // Told as the error that it is.
            Err(error) => {
                report.result = lost(&error);
                let (refused, _) = super::refused(error, &report.row.token);
                report.message = Some(refused.message().to_owned());
                Err(refused)
            }
        };
    }
    let total = reports.len();
    let line = context.out.progress();
    for first in (0..total).step_by(MOST_ROWS) {
        line.set(0, format_args!("{first} of {total} devices"));
        let (part, rest) = reports[first..].split_at_mut(MOST_ROWS.min(total - first));
        let rows: Vec<ClaimRow> = part.iter().map(|report| report.row.clone()).collect();
        let csv = claim_csv(&rows).map_err(diagnostic::unexpected)?;
        match client.claim_devices(csv).await {
            Ok(answer) => {
                settle(part, &answer);
                tell(context, part);
            }
            Err(error) => {
                let outcome = lost(&error);
                let stopped = diagnostic::claims_stopped(error);
                for report in part.iter_mut() {
                    report.result = outcome;
                    report.message = Some(stopped.message().to_owned());
                }
                tell(context, part);
                tell(context, rest);
                return Err(stopped);
            }
        }
    }
    Ok(())
}

/// Tells people of devices as soon as it is known what became of them.
fn tell(context: &Context, reports: &[Report]) {
    if !context.out.is_json() {
        context.out.text(&reports.iter().map(Report::line).collect::<String>());
    }
}

/// What a request that brought no answer that counts has done.
fn lost(error: &Error) -> Outcome {
    if error.may_have_been_taken() { Outcome::Unknown } else { Outcome::Failed }
}

/// Sorts the answer of the service to the devices that were sent. The form of what it says of a failure is not published: a number of
/// a row, the UUID or the token in it tell whose it is.
fn settle(part: &mut [Report], answer: &BulkClaim) {
    let claimed: HashSet<String> = answer.claimed_ids.iter().map(|id| bare(id)).collect();
    let all = answer.failed.is_empty() && claimed.len() == part.len();
    for (index, report) in part.iter_mut().enumerate() {
        if all || claimed.contains(&bare(report.device_id.as_str())) {
            report.result = Outcome::Claimed;
            continue;
        }
        report.result = Outcome::Failed;
        let token = report.row.token.expose();
        let entry = answer.failed.iter().find(|entry| {
            let texts =
                entry.as_object().into_iter().flat_map(|entry| entry.values()).filter_map(Value::as_str);
            let names = |text: &str| text == token || bare(text) == bare(report.device_id.as_str());
            entry.get("row").and_then(Value::as_u64) == u64::try_from(index).ok()
                || texts.into_iter().any(names)
        });
        let told = entry.and_then(|entry| {
            ["message", "error", "reason"].iter().find_map(|name| entry.get(name)?.as_str())
        });
        report.message = told.map(|message| message.replace(token, "[token]"));
    }
}

/// A UUID without hyphens and in lower case: both are taken with and without.
fn bare(uuid: &str) -> String {
    match uuid.parse::<Uuid>() {
        Ok(uuid) => uuid.as_str().replace('-', "").to_ascii_lowercase(),
        Err(_) => uuid.to_owned(),
    }
}
