//! The way of a CSV to nRF Cloud: check, split, send, wait, sort out what failed. The same for both kinds of rows.

mod report;

use std::path::{Path, PathBuf};

use clap::Args;
use cloud_api::bulk::{self, Progress, RowResult, WaitPolicy};
use cloud_api::onboarding::{self, CsvBody, Reading, Row};
use cloud_api::{BulkOpId, Client, Error};
use serde::Serialize;

use crate::clock::Seconds;
use crate::cloud::{self, ApiOptions};
use crate::context::Context;
use crate::csv_file;
use crate::diagnostic::{self, Diagnostic};
use crate::file::{Access, Batch, WriteOptions};
use crate::input::Source;
use crate::text::Shown;

use super::findings;

pub(super) use report::RowReport;

/// The options of both uploads.
#[derive(Args, Debug)]
pub(super) struct UploadOptions {
    /// Wait for the bulk operation, and give the result of each device
    #[arg(long)]
    wait: bool,
    /// How long to wait
    #[arg(long, value_name = "TIME", default_value = "2m")]
    timeout: Seconds,
    /// Send the rows as base64, as Nordic's guide prints it
    #[arg(long)]
    base64: bool,
    /// Send the rows as they are, also where they break the published rules
    #[arg(long)]
    no_check: bool,
    /// With --wait: file for the rows that failed [default: failed.csv beside the CSV]
    #[arg(long, value_name = "FILE", requires = "wait")]
    failed: Option<PathBuf>,
    #[command(flatten)]
    write: WriteOptions,
    #[command(flatten)]
    api: ApiOptions,
}

/// Which of the two operations takes the rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operation {
    Onboard,
    RegisterKeys,
}

impl Operation {
    async fn send(self, client: &Client, body: CsvBody) -> Result<BulkOpId, Error> {
        match self {
            Self::Onboard => client.onboard_devices(body).await,
            Self::RegisterKeys => client.register_public_keys(body).await,
        }
    }

    fn schema(self) -> &'static str {
        match self {
            Self::Onboard => "nrfcloud.device.onboard",
            Self::RegisterKeys => "nrfcloud.device.register-key",
        }
    }
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

#[derive(Serialize)]
struct Uploads {
    uploads: Vec<Upload>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failed: Option<PathBuf>,
    dry_run: bool,
}

impl UploadOptions {
    pub(super) fn api(&self) -> &ApiOptions {
        &self.api
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
        let csv = context.input.bytes(source)?;
        let failed = self.wait.then(|| self.failed_path(source));
        self.send::<R>(context, operation, &csv, &source.to_string(), failed.as_deref())
    }

    /// Sends one row. Should it fail there is no need of a file with it.
    pub(super) fn send_row<R: Row>(
        &self,
        context: &Context,
        operation: Operation,
        row: &R,
    ) -> Result<(), Diagnostic> {
        let mut csv = Vec::new();
        onboarding::write_row(&mut csv, row).map_err(|error| diagnostic::bad_value(&error))?;
        self.send::<R>(
            context,
            operation,
            &csv,
            &format!("the row of {}", row.device_id()),
            self.failed.as_deref(),
        )
    }

    fn failed_path(&self, source: &Source) -> PathBuf {
        match (&self.failed, source) {
            (Some(path), _) => path.clone(),
            (None, Source::Path(csv)) => csv.with_file_name("failed.csv"),
            (None, Source::Stdin) => PathBuf::from("failed.csv"),
        }
    }

    fn send<R: Row>(
        &self,
        context: &Context,
        operation: Operation,
        csv: &[u8],
        name: &str,
        failed: Option<&Path>,
    ) -> Result<(), Diagnostic> {
        let reading = onboarding::read::<R>(csv);
        self.check(context, &reading, name)?;
        // Found out before anything is sent, not after.
        if let Some(path) = failed {
            let mut probe = Batch::new(WriteOptions { dry_run: true, ..self.write });
            probe.add(path, b"", Access::Public);
            probe.commit(&context.out.silent())?;
        }
        let mut uploads = Uploads { uploads: Vec::new(), failed: None, dry_run: self.write.dry_run };
        if self.write.dry_run {
            context.out.note(format_args!(
                "would send {} rows of {name} in {} uploads",
                reading.row_count(),
                reading.parts().count()
            ));
        } else {
            let client = self.api.client(context)?;
            let sent = cloud::block_on(self.send_parts(context, operation, &client, &reading, &mut uploads))?;
            self.save_failed(context, &reading, failed, &mut uploads)?;
            if context.out.is_json() {
                context.out.result(operation.schema(), &uploads, |_| "")?;
            }
            return sent.and_then(|()| verdict(&uploads));
        }
        Ok(context.out.result(operation.schema(), &uploads, |_| "")?)
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
                let shown: Vec<_> = hard.into_iter().map(Shown).collect();
                return Err(diagnostic::csv_not_sent(&name, &shown));
            }
            for problem in hard {
                context.out.warn(format_args!("{name}, {}", Shown(problem)));
            }
        }
        // nRF Cloud takes these, and the device pays for them later.
        for finding in findings::of_rows(reading.rows(), true) {
            context.out.warn(format_args!("{name}, {}", Shown(finding)));
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
            let body = if self.base64 { CsvBody::base64(part.csv) } else { CsvBody::new(part.csv) };
            let id = operation.send(client, body).await.map_err(diagnostic::upload_lost)?;
            // The ID is told before anything else can go wrong.
            if context.out.is_json() {
                context.out.note(format_args!("bulk operation {id}"));
            } else {
                context.out.text(&format!("{id}\n"))?;
            }
            uploads.uploads.push(Upload {
                bulk_ops_request_id: id,
                rows: part.row_count,
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
        let outcome = bulk::wait(client, &upload.bulk_ops_request_id, policy, |progress| match progress {
            Progress::Polled { request, elapsed } => {
                context.out.trace(format_args!("{} after {:.1} s", request.status, elapsed.as_secs_f32()));
            }
            Progress::Interrupted { error, .. } => context.out.warn(format_args!("{error}; asking again")),
            _ => {}
        })
        .await?;
        upload.status = Some(outcome.request.status.to_string());
        for entry in &outcome.unparsed {
            context.out.warn(format_args!("nRF Cloud says: {}", Shown(entry)));
        }
        for (index, result) in outcome.results(upload.rows).into_iter().enumerate() {
            let row = first_row + index;
            let device_id =
                reading.rows().iter().find(|good| good.index == row).map(|good| good.row.device_id().clone());
            let report = RowReport::new(row, device_id, result);
            if !context.out.is_json() {
                context.out.text(&format!("{report}\n"))?;
            }
            upload.results.push(report);
        }
        Ok(())
    }

    /// Writes the failed rows to a file of their own, so that they can be mended and sent again.
    fn save_failed<R: Row>(
        &self,
        context: &Context,
        reading: &Reading<'_, R>,
        path: Option<&Path>,
        uploads: &mut Uploads,
    ) -> Result<(), Diagnostic> {
        let Some(path) = path else { return Ok(()) };
        let failed: Vec<usize> = uploads
            .uploads
            .iter()
            .flat_map(|upload| &upload.results)
            .filter(|report| report.is_failed())
            .map(RowReport::index)
            .collect();
        let rows: Vec<&R> =
            reading.rows().iter().filter(|row| failed.contains(&row.index)).map(|row| &row.row).collect();
        if rows.len() < failed.len() {
            context.out.warn(format_args!(
                "{} failed rows that break the rules are not in {}; look for them in the CSV",
                failed.len() - rows.len(),
                path.display()
            ));
        }
        if rows.is_empty() {
            return Ok(());
        }
        let mut csv = Vec::new();
        onboarding::write(&mut csv, rows).map_err(diagnostic::unexpected)?;
        let mut batch = Batch::new(self.write);
        batch.add(path, &csv, Access::Public);
        batch.commit(&context.out)?;
        uploads.failed = Some(path.to_owned());
        Ok(())
    }
}

/// The exit code that all uploads together deserve.
fn verdict(uploads: &Uploads) -> Result<(), Diagnostic> {
    let results = || uploads.uploads.iter().flat_map(|upload| &upload.results);
    let ids = uploads
        .uploads
        .iter()
        .map(|upload| upload.bulk_ops_request_id.to_string())
        .collect::<Vec<_>>()
        .join(", ");
    if results().any(RowReport::is_unknown) {
        return Err(diagnostic::rows_unknown(&ids));
    }
    match results().filter(|report| report.is_failed()).count() {
        0 => Ok(()),
        failed => {
            let path = uploads.failed.as_ref().map(|path| path.display());
            let path = path.as_ref().map(|path| path as &dyn std::fmt::Display);
            Err(diagnostic::rows_failed(&ids, failed, Some(results().count()), path))
        }
    }
}
