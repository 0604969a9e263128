//! The way of a CSV to nRF Cloud: check, split, send, wait, sort out what failed. The same for all kinds of rows.

mod campaign;
mod failed;
mod report;
mod results;
mod sent;

use std::path::{Path, PathBuf};

use clap::Args;
use cloud_api::bulk::{self, BulkEndpoint, RowResult, UploadPart, WaitPolicy};
use cloud_api::onboarding::{self, CsvBody, Reading, Row};
use cloud_api::uploads::UploadKind;
use cloud_api::{BulkOpId, Client, DeviceId};
use serde::Serialize;
use zeroize::Zeroizing;

use crate::clock::Seconds;
use crate::cloud::{self, ApiOptions};
use crate::context::Context;
use crate::csv_file;
use crate::diagnostic::{self, Diagnostic};
use crate::file::{self, Access, Batch, FileError, WriteOptions};
use crate::input::Source;
use crate::journal::JournalOptions;

use super::findings;

use campaign::Cargo;
pub(in crate::commands) use failed::FailedFile;
pub(super) use report::RowReport;
use sent::Sent;

/// The options of every upload.
#[derive(Args, Debug)]
pub(in crate::commands) struct UploadOptions {
    /// Wait for the bulk operation, and give the result of each device
    #[arg(long)]
    wait: bool,
    /// How long to wait
    #[arg(long, value_name = "TIME", default_value = "2m", requires = "wait")]
    timeout: Seconds,
    /// Send the rows as base64, as Nordic's guide prints it
    #[arg(long)]
    base64: bool,
    /// Send the rows as they are, also where they break the published rules; private keys are never sent
    #[arg(long)]
    no_check: bool,
    /// With --wait: file for the rows that failed [default: NAME.failed.csv beside NAME.csv, with a number if there is one already]
    #[arg(long, value_name = "FILE", requires = "wait")]
    failed: Option<PathBuf>,
    /// With --wait: CSV file for the result of each row
    #[arg(long, value_name = "FILE", requires = "wait")]
    results: Option<PathBuf>,
    #[command(flatten)]
    write: WriteOptions,
    #[command(flatten)]
    journal: JournalOptions,
    #[command(flatten)]
    api: ApiOptions,
}

/// Which operation takes the rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::commands) enum Operation {
    Onboard,
    RegisterKeys,
    RegisterCertificates,
}

impl Operation {
    const ALL: [Self; 3] = [Self::Onboard, Self::RegisterKeys, Self::RegisterCertificates];

    /// The one that a bulk operation of this kind comes from.
    pub(in crate::commands) fn of(endpoint: &BulkEndpoint) -> Option<Self> {
        Self::ALL.into_iter().find(|operation| operation.kind().is_endpoint(endpoint))
    }

    fn kind(self) -> UploadKind {
        match self {
            Self::Onboard => UploadKind::OnboardDevices,
            Self::RegisterKeys => UploadKind::RegisterPublicKeys,
            Self::RegisterCertificates => UploadKind::RegisterCertificates,
        }
    }

    /// Also what it is called in the ledger.
    fn schema(self) -> &'static str {
        match self {
            Self::Onboard => "nrfcloud.device.onboard",
            Self::RegisterKeys => "nrfcloud.device.register-key",
            Self::RegisterCertificates => "nrfcloud.device.register-cert",
        }
    }
}

/// Rows on their way to nRF Cloud.
pub(in crate::commands) struct Shipment<'s> {
    pub(in crate::commands) operation: Operation,
    pub(in crate::commands) csv: &'s [u8],
    /// What they are called in messages.
    pub(in crate::commands) name: &'s str,
    pub(in crate::commands) failed: Option<&'s FailedFile>,
    /// The bulk operation in which they failed before.
    pub(in crate::commands) retry_of: Option<&'s BulkOpId>,
}

/// One upload and what became of it.
#[derive(Serialize)]
struct Upload {
    bulk_ops_request_id: BulkOpId,
    rows: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    results: Vec<RowReport>,
}

/// The document of every verb that uploads.
#[derive(Default, Serialize)]
pub(super) struct Uploads {
    /// The bulk operation whose failed rows were sent again.
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_of: Option<BulkOpId>,
    uploads: Vec<Upload>,
    /// The one device that was onboarded without a bulk operation.
    #[serde(skip_serializing_if = "Option::is_none")]
    device_id: Option<DeviceId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failed: Option<PathBuf>,
    dry_run: bool,
}

impl Uploads {
    /// The document of a device that needed no bulk operation.
    pub(super) fn of_one(device_id: &DeviceId, dry_run: bool) -> Self {
        Self { device_id: Some(device_id.clone()), dry_run, ..Self::default() }
    }

    /// Gives the document. To people all has been told on the way.
    pub(super) fn give(&self, context: &Context, operation: Operation) {
        let schema = if self.retry_of.is_some() { "nrfcloud.bulk.retry" } else { operation.schema() };
        context.out.result(schema, self, |_| "");
    }

    /// Gives the document where people have been told on the way.
    fn give_unless_told(&self, context: &Context, operation: Operation) {
        if context.out.is_json() {
            self.give(context, operation);
        }
    }

    fn results(&self) -> impl Iterator<Item = &RowReport> {
        self.uploads.iter().flat_map(|upload| &upload.results)
    }

    /// The exit code that all uploads together deserve.
    fn verdict(&self) -> Result<(), Diagnostic> {
        let ids: Vec<String> =
            self.uploads.iter().map(|upload| upload.bulk_ops_request_id.to_string()).collect();
        let ids = ids.join(", ");
        if self.results().any(RowReport::is_unknown) {
            return Err(diagnostic::rows_unknown(&ids));
        }
        match self.results().filter(|report| report.is_failed()).count() {
            0 => Ok(()),
            failed => {
                let path = self.failed.as_ref().map(|path| path.display());
                let path = path.as_ref().map(|path| path as &dyn std::fmt::Display);
                Err(diagnostic::rows_failed(&ids, failed, Some(self.results().count()), path))
            }
        }
    }
}

impl UploadOptions {
    pub(in crate::commands) fn api(&self) -> &ApiOptions {
        &self.api
    }

    pub(in crate::commands) fn journal(&self) -> &JournalOptions {
        &self.journal
    }

    pub(super) fn is_dry_run(&self) -> bool {
        self.write.dry_run
    }

    /// Sends the rows of a file.
    pub(super) fn send_file<R: Row>(
        &self,
        context: &Context,
        operation: Operation,
        source: &Source,
    ) -> Result<(), Diagnostic> {
        let csv = self.read(context, source)?;
        let failed = self.failed_file(source);
        let name = source.to_string();
        let shipment =
            Shipment { operation, csv: &csv, name: &name, failed: failed.as_ref(), retry_of: None };
        self.send::<R>(context, &shipment)
    }

    /// A CSV without secrets, that no file of failed rows overwrites.
    pub(in crate::commands) fn read(
        &self,
        context: &Context,
        source: &Source,
    ) -> Result<Zeroizing<Vec<u8>>, Diagnostic> {
        let csv = context.input.bytes(source)?;
        if let Some(line) = csv_file::line_of_private_key(&csv) {
            return Err(diagnostic::secret_in_csv(source, line));
        }
        if let (Some(failed), Source::Path(csv)) = (&self.failed, source)
            && file::is_same(failed, csv)
        {
            return Err(FileError::Twice { path: failed.clone() }.into());
        }
        Ok(csv)
    }

    /// Where rows of this CSV go that fail, if it will be known which those are.
    pub(in crate::commands) fn failed_file(&self, csv: &Source) -> Option<FailedFile> {
        self.wait.then(|| FailedFile::new(self.failed.as_deref(), csv, self.write))
    }

    /// Sends one row. Should it fail, there is no need of a file with it unless one was named.
    pub(super) fn send_row<R: Row>(
        &self,
        context: &Context,
        operation: Operation,
        row: &R,
    ) -> Result<(), Diagnostic> {
        let mut csv = Vec::new();
        onboarding::write_row(&mut csv, row).map_err(|error| diagnostic::bad_value(&error))?;
        let failed = self.failed.as_ref().map(|path| FailedFile::named(path, self.write));
        let name = format!("the row of {}", row.device_id());
        let shipment =
            Shipment { operation, csv: &csv, name: &name, failed: failed.as_ref(), retry_of: None };
        self.send::<R>(context, &shipment)
    }

    /// Sends rows.
    pub(in crate::commands) fn send<R: Row>(
        &self,
        context: &Context,
        shipment: &Shipment<'_>,
    ) -> Result<(), Diagnostic> {
        let Shipment { operation, csv, name, failed, retry_of } = *shipment;
        for (option, path) in [("--failed", &self.failed), ("--results", &self.results)] {
            if path.as_deref() == Some(Path::new("-")) {
                return Err(diagnostic::not_stdout(option));
            }
        }
        let reading = onboarding::read::<R>(csv);
        self.check(context, &reading, name)?;
        let mut uploads =
            Uploads { dry_run: self.write.dry_run, retry_of: retry_of.cloned(), ..Uploads::default() };
        if self.write.dry_run {
            let count =
                |number: usize, noun: &str| format!("{number} {noun}{}", if number == 1 { "" } else { "s" });
            context.out.note(format_args!(
                "would send {} in {}: {name}",
                count(reading.row_count(), "row"),
                count(reading.parts().count(), "upload")
            ));
            self.probe(failed)?;
            uploads.give(context, operation);
            return Ok(());
        }
        let client = self.api.client(context)?;
        // The form of Nordic's guide is for a lesson, and is sent once.
        if self.wait && !self.base64 {
            let cargo = Cargo { shipment, client: &client, reading: &reading };
            return cloud::block_on(self.send_campaign(context, &cargo))?;
        }
        self.probe(failed)?;
        let sent = cloud::block_on(self.send_parts(context, operation, &client, &reading, &mut uploads))?;
        if let Some(failed) = failed {
            let rows: Vec<usize> =
                uploads.results().filter(|report| report.is_failed()).map(RowReport::index).collect();
            uploads.failed = failed.save(context, &reading, &rows);
        }
        self.save_results(context, &uploads);
        uploads.give_unless_told(context, operation);
        sent.and_then(|()| uploads.verdict())
    }

    /// Finds out before anything is sent, not after, whether the files can be written.
    fn probe(&self, failed: Option<&FailedFile>) -> Result<(), FileError> {
        if let Some(failed) = failed {
            failed.probe()?;
        }
        self.results.as_deref().map_or(Ok(()), |path| file::probe(path, self.write))
    }

    /// Writes the result of each row. What cannot be written is told, and does not hide the results.
    fn save_results(&self, context: &Context, uploads: &Uploads) {
        let Some(path) = &self.results else { return };
        let written = results::csv(uploads).map_err(|error| error.to_string()).and_then(|csv| {
            // A run that was killed may have come as far as this.
            if std::fs::read(path).is_ok_and(|there| there == csv) {
                return Ok(());
            }
            let mut batch = Batch::new(self.write);
            batch.add(path, &csv, Access::Public);
            batch.commit(&context.out).map_err(|error| error.to_string())
        });
        if let Err(why) = written {
            context.out.warn(format_args!("the results are in no file: {why}"));
        }
    }

    fn check<R: Row>(
        &self,
        context: &Context,
        reading: &Reading<'_, R>,
        name: &str,
    ) -> Result<(), Diagnostic> {
        let (soft, hard): (Vec<_>, Vec<_>) =
            reading.problems().iter().partition(|problem| csv_file::falls_away(&problem.rule));
        for problem in soft {
            context.out.warn(format_args!("{name}, {problem}; it is not sent"));
        }
        if !hard.is_empty() {
            if !self.no_check || reading.row_count() == 0 {
                return Err(diagnostic::csv_not_sent(&name, &hard));
            }
            for problem in hard {
                context.out.warn(format_args!("{name}, {problem}"));
            }
        }
        // nRF Cloud takes these, and the device pays for them later.
        for finding in findings::of_rows(reading.rows(), true) {
            context.out.warn(format_args!("{name}, {finding}"));
        }
        Ok(())
    }

    async fn send_parts<R: Row>(
        &self,
        context: &Context,
        operation: Operation,
        client: &Client,
        reading: &Reading<'_, R>,
        uploads: &mut Uploads,
    ) -> Result<(), Diagnostic> {
        for part in reading.parts() {
            let part = UploadPart::from(part);
            let csv = part.csv().to_vec();
            let body = if self.base64 { CsvBody::base64(csv) } else { CsvBody::new(csv) };
            let id = client.upload(operation.kind(), body).await.map_err(diagnostic::upload_lost)?;
            // The ID is told before anything else can go wrong.
            if context.out.is_json() {
                context.out.note(format_args!("bulk operation {id}"));
            } else {
                context.out.text(&format!("{id}\n"));
            }
            let sent = Sent { client, operation, part: &part, id: &id, total: reading.row_count() };
            if let Err(error) = self.write_down(context, &sent).await {
                context.out.warn(format_args!("the upload is not in the ledger: {}", error.message()));
            }
            uploads.uploads.push(Upload {
                bulk_ops_request_id: id,
                rows: part.row_count(),
                status: None,
                results: Vec::new(),
            });
        }
        if self.wait {
            let mut first_row = 0;
            for upload in &mut uploads.uploads {
                self.follow(context, client, reading, first_row, upload).await?;
                first_row += upload.rows;
            }
        }
        Ok(())
    }

    async fn follow<R: Row>(
        &self,
        context: &Context,
        client: &Client,
        reading: &Reading<'_, R>,
        first_row: usize,
        upload: &mut Upload,
    ) -> Result<(), Diagnostic> {
        let policy = WaitPolicy { deadline: self.timeout.duration(), ..WaitPolicy::default() };
        let report = cloud::report_progress(context);
        let outcome = bulk::wait(client, &upload.bulk_ops_request_id, policy, report).await?;
        upload.status = Some(outcome.request.status.to_string());
        for entry in &outcome.unparsed {
            context.out.warn(format_args!("nRF Cloud says: {entry}"));
        }
        for (index, result) in outcome.results(upload.rows).into_iter().enumerate() {
            let row = first_row + index;
            let report = RowReport::new(row, device_id(reading, row), result);
            if !context.out.is_json() {
                context.out.text(&format!("{report}\n"));
            }
            upload.results.push(report);
        }
        Ok(())
    }
}

/// Whose a row is, if it is a good one. The good rows are in order.
pub(in crate::commands) fn device_id<R: Row>(reading: &Reading<'_, R>, index: usize) -> Option<DeviceId> {
    let rows = reading.rows();
    let at = rows.binary_search_by_key(&index, |row| row.index).ok()?;
    Some(rows[at].row.device_id().clone())
}
