//! `nrfcloud doctor`

mod bundle;
mod cloud;
mod host;
mod kit;

use std::path::PathBuf;

use clap::Args;
use cloud_api::DeviceId;
use modem_at::SecTag;
use serde::Serialize;

use crate::cloud::CloudOptions;
use crate::context::Context;
use crate::diagnostic::{self, Diagnostic};
use crate::file::WriteOptions;
use crate::finding::{Finding, Findings};
use crate::known_keys::KnownKeyOptions;
use crate::secret::ApiKeyOptions;
use crate::serial::PortOptions;

use bundle::Bundle;

#[derive(Args, Debug)]
pub(crate) struct Doctor {
    /// Go on the network: look at nRF Cloud, the API key and the device
    #[arg(long)]
    online: bool,
    /// Device ID to look for [default: those that the kit may have]
    #[arg(long, value_name = "ID")]
    device_id: Option<DeviceId>,
    /// Security tag whose credentials are looked at
    #[arg(long, value_name = "TAG", default_value_t = SecTag::NRF_CLOUD)]
    sec_tag: SecTag,
    #[command(flatten)]
    known: KnownKeyOptions,
    /// File for all of it and what went over the wire, without secrets, to be sent to whoever helps
    #[arg(long, value_name = "FILE")]
    bundle: Option<PathBuf>,
    #[command(flatten)]
    write: WriteOptions,
    #[command(flatten)]
    port: PortOptions,
    #[command(flatten)]
    cloud: CloudOptions,
    #[command(flatten)]
    api_key: ApiKeyOptions,
}

#[derive(Serialize)]
struct Report {
    good: bool,
    findings: Findings,
}

impl Doctor {
    pub(crate) fn run(self, context: &Context) -> Result<(), Diagnostic> {
        if self.bundle.is_none() && (self.write.force || self.write.dry_run) {
            return Err(Diagnostic::usage(
                "nothing is written without --bundle",
                "give --bundle FILE, or leave the other away",
            ));
        }
        let keys = self.known.load(context)?;
        let mut findings = Findings::default();
        findings.extend(host::look(context.now, self.port.name().is_some()));
        let kit = if self.port.name().is_some() {
            kit::look(context, &self.port, self.sec_tag, self.device_id.as_ref(), &keys)
        } else {
            findings.push(
                Finding::note("kit.not-looked-at", "no kit was looked at: no port was given")
                    .next("nrfcloud doctor --port auto"),
            );
            kit::Looked::default()
        };
        findings.extend(kit.findings);
        if self.online {
            let question = cloud::Question {
                device_id: self.device_id.as_ref(),
                candidates: &kit.device_ids,
                tokens: &kit.tokens,
                keys: &keys,
            };
            findings.extend(question.ask(context, &self.cloud, &self.api_key)?);
        } else {
            findings.push(
                Finding::note("cloud.not-looked-at", "nRF Cloud was not looked at")
                    .next("nrfcloud doctor --online"),
            );
        }
        let report = Report { good: findings.error_count() == 0, findings };
        context.out.result("nrfcloud.doctor", &report, human);
        if let Some(path) = &self.bundle {
            Bundle::new(context.now, &report.findings, &kit.transcript).write(context, path, self.write)?;
        }
        match report.findings.error_count() {
            0 => Ok(()),
            count => Err(diagnostic::not_healthy(report.findings.exit_code(), count)),
        }
    }
}

fn human(report: &Report) -> String {
    let mut text = report.findings.to_string();
    if report.good {
        text.push_str(&match report.findings.warnings() {
            Some(warnings) => format!("no error, {warnings}\n"),
            None => "nothing is wrong\n".to_owned(),
        });
    }
    text
}
