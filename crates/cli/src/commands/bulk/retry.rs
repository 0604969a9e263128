//! `nrfcloud bulk retry`

mod rows;

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use cloud_api::bulk::{self, WaitPolicy};
use cloud_api::onboarding::{CertificateRow, OnboardRow, PublicKeyRow, Row};
use cloud_api::{BulkOpId, Client};

use super::uploaded;
use crate::cloud;
use crate::commands::device::upload::{Operation, Shipment, UploadOptions};
use crate::context::Context;
use crate::diagnostic::{self, Diagnostic};
use crate::input::Source;

use rows::Past;

#[derive(Args, Debug)]
pub(crate) struct Retry {
    /// The bulkOpsRequestId of an operation that has ended
    #[arg(value_name = "ID")]
    id: BulkOpId,
    /// CSV with the rows, mended or not [default: the rows as they were uploaded, from nRF Cloud]
    #[arg(long, value_name = "FILE")]
    csv: Option<Source>,
    #[command(flatten)]
    upload: UploadOptions,
}

impl Retry {
    pub(crate) fn run(self, context: &Context) -> Result<(), Diagnostic> {
        let client = self.upload.api().client(context)?;
        let past = cloud::block_on(self.look(context, &client))??;
        if past.outcome.succeeded() {
            return Err(diagnostic::nothing_to_retry(&self.id));
        }
        let endpoint = &past.outcome.request.endpoint;
        let operation = Operation::of(endpoint);
        match operation.ok_or_else(|| diagnostic::not_retried(&self.id, endpoint))? {
            operation @ Operation::Onboard => self.send::<OnboardRow>(context, operation, past),
            operation @ Operation::RegisterKeys => self.send::<PublicKeyRow>(context, operation, past),
            operation @ Operation::RegisterCertificates => {
                self.send::<CertificateRow>(context, operation, past)
            }
        }
    }

    /// All that nRF Cloud and the ledger still know of the operation. It must have ended.
    async fn look(&self, context: &Context, client: &Client) -> Result<Past, Diagnostic> {
        let policy = WaitPolicy { deadline: Duration::ZERO, ..WaitPolicy::default() };
        let report = cloud::report_progress(context);
        let outcome = bulk::wait(client, &self.id, policy, report).await?;
        let uploaded = client.download_uploaded_rows(&outcome.request).await;
        let uploaded = uploaded.map(uploaded::csv).map_err(Diagnostic::from);
        let known = match self.upload.journal().open(context).await {
            Ok(journal) => journal.operation(client.base_url(), &self.id).await,
            Err(error) => Err(error),
        };
        // The ledger only helps out.
        let known = known.unwrap_or_else(|error| {
            context.out.trace(format_args!("nothing from the ledger: {}", error.message()));
            None
        });
        Ok(Past { id: self.id.clone(), outcome, uploaded, known })
    }

    fn send<R: Row>(&self, context: &Context, operation: Operation, past: Past) -> Result<(), Diagnostic> {
        let given = self.csv.as_ref().map(|source| self.upload.read(context, source)).transpose()?;
        let given = self.csv.as_ref().zip(given.as_ref().map(|csv| csv.as_slice()));
        let rows = past.failed_rows::<R>(given)?;
        let place = self.csv.clone();
        let place = place.unwrap_or_else(|| Source::Path(PathBuf::from(format!("{}.csv", self.id))));
        let failed = self.upload.failed_file(&place);
        let shipment = Shipment {
            operation,
            csv: &rows,
            name: &format!("the failed rows of bulk operation {}", self.id),
            failed: failed.as_ref(),
            retry_of: Some(&self.id),
        };
        self.upload.send::<R>(context, &shipment)
    }
}
