//! The steps in the cloud.

use std::io;
use std::time::Duration;

use cloud_api::bulk::{Campaign, CampaignPolicy, UploadPart, WaitPolicy};
use cloud_api::onboarding::{self, CertificatePem, CertificateRow};
use cloud_api::uploads::UploadKind;
use cloud_api::{Client, Error};

use super::IfExists;
use super::board::Board;
use super::record::Fact;
use crate::diagnostic::{self, Diagnostic};
use crate::journal::CampaignJournal;

/// How often the cloud is asked for a device that it has just taken, and how long is waited in between.
const LOOKS: u32 = 5;
const BETWEEN_LOOKS: Duration = Duration::from_secs(1);

impl Board<'_> {
    fn client(&self) -> Result<&Client, Diagnostic> {
        self.shop.client.as_ref().ok_or_else(|| diagnostic::unexpected("there is no client of nRF Cloud"))
    }

    /// Also finds out that the API key is good, before anything is changed.
    pub(super) async fn look_in_cloud(&self) -> Result<Fact, Diagnostic> {
        let is_known = match self.client()?.fetch_device(self.device_id).await {
            Ok(_) => true,
            Err(Error::Service(error)) if error.status == 404 => false,
            Err(error) => return Err(error.into()),
        };
        // A new key would not be the one that the cloud knows.
        if is_known && self.asked.if_exists == IfExists::Fail {
            return Err(diagnostic::known_to_cloud(self.device_id));
        }
        Ok(Fact::CloudLook { is_known })
    }

    /// Sends the row and waits for its result. What was sent before is found, not sent again.
    pub(super) async fn upload(&self) -> Result<Fact, Diagnostic> {
        let run = self.run.ok_or_else(|| diagnostic::unexpected("nothing is sent without a ledger"))?;
        let is_replaced = self.state.is_known == Some(true) && self.asked.if_exists == IfExists::Replace;
        let mut csv = Vec::new();
        let kind = if is_replaced {
            let certificate = CertificatePem::normalized(self.state.certificate().unwrap_or_default())
                .map_err(diagnostic::unexpected)?;
            let row = CertificateRow { device_id: self.device_id.clone(), certificate };
            onboarding::write_row(&mut csv, &row).map_err(|error| diagnostic::bad_value(&error))?;
            UploadKind::RegisterCertificates
        } else {
            onboarding::write_row(&mut csv, &self.row()?).map_err(|error| diagnostic::bad_value(&error))?;
            UploadKind::OnboardDevices
        };
        let policy = CampaignPolicy {
            attempts: 3,
            wait: WaitPolicy { deadline: self.asked.timeout.duration(), ..WaitPolicy::default() },
            ..CampaignPolicy::default()
        };
        let campaign = Campaign::new(self.client()?.clone(), kind, CampaignJournal::new(run, None));
        let part = UploadPart::new(0, csv);
        let report = campaign.with_policy(policy).run([io::Result::Ok(part)], |_| ()).await;
        let report = report.map_err(diagnostic::campaign_failed)?;
        if let Some((_, error)) = report.errors.into_iter().next() {
            return Err(diagnostic::part_failed(error));
        }
        let Some(part) = report.parts.first() else {
            return Err(diagnostic::unexpected("the row is no part of the upload"));
        };
        let id = part.id().clone();
        if !part.outcome.succeeded() {
            let failed = part.failed.iter().flat_map(|row| row.messages.iter().cloned());
            let reasons: Vec<String> = failed.chain(part.outcome.unparsed.iter().cloned()).collect();
            return Err(diagnostic::board_refused(self.device_id, &id, &reasons));
        }
        Ok(Fact::Upload { bulk_ops_request_id: id })
    }

    /// The cloud knows the device by the very ID that the certificate has.
    pub(super) async fn check_cloud(&self) -> Result<Fact, Diagnostic> {
        let client = self.client()?;
        let mut looks = 1;
        loop {
            match client.fetch_device(self.device_id).await {
                Ok(device) if device.id.as_str() == self.device_id.as_str() => return Ok(Fact::CloudCheck),
                Ok(device) => {
                    let found = format!("nRF Cloud calls it {}", device.id);
                    return Err(diagnostic::not_in_cloud(self.device_id, &found));
                }
                Err(Error::Service(error)) if error.status == 404 => {
                    if looks >= LOOKS {
                        return Err(diagnostic::not_in_cloud(self.device_id, &"nRF Cloud does not know it"));
                    }
                    looks += 1;
                    tokio::time::sleep(BETWEEN_LOOKS).await;
                }
                Err(error) => return Err(error.into()),
            }
        }
    }
}
