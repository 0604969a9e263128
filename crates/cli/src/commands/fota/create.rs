//! `nrfcloud fota create`

use clap::{ArgGroup, Args};
use cloud_api::fota::{FotaCriteria, FotaTarget, NewFotaJob};
use cloud_api::parameter::InvalidParameter;
use cloud_api::{BundleId, DeviceId, FirmwareType, Tag, Uuid};
use serde::Serialize;

use crate::cloud::{self, ApiOptions};
use crate::commands::device::each;
use crate::context::Context;
use crate::diagnostic::{self, Diagnostic};

#[derive(Args, Debug)]
#[command(group = ArgGroup::new("target").required(true).multiple(true).args(["device_id", "tag", "if_version"]))]
pub(crate) struct Create {
    /// Bundle to send; `nrfcloud fota bundles` lists them
    #[arg(long, value_name = "ID")]
    bundle: BundleId,
    /// Device to update; may be given up to 100 times
    #[arg(long, value_name = "ID")]
    device_id: Vec<DeviceId>,
    /// Update all devices with this tag; may be given up to 100 times
    #[arg(long)]
    tag: Vec<Tag>,
    /// Update only devices that have this version of such firmware now, as a delta of modem firmware needs it; may be given up to 5 times
    #[arg(long, value_name = "VERSION")]
    if_version: Vec<String>,
    /// Firmware type that --if-version is about [default: that of the bundle, where its ID tells]
    #[arg(long, value_name = "TYPE", requires = "if_version")]
    fw_type: Option<FirmwareType>,
    /// Name of the job, at most 64 characters
    #[arg(long)]
    name: Option<String>,
    /// Description of the job, at most 1024 characters
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    /// Make the job, and begin it later by `nrfcloud fota apply`
    #[arg(long)]
    no_apply: bool,
    /// Say what would be made, and make nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    api: ApiOptions,
}

#[derive(Serialize)]
struct Created {
    #[serde(skip_serializing_if = "Option::is_none")]
    job_id: Option<Uuid>,
    request: NewFotaJob,
    dry_run: bool,
}

const SCHEMA: &str = "nrfcloud.fota.create";

impl Create {
    pub(crate) fn run(self, context: &Context) -> Result<(), Diagnostic> {
        let request = self.request()?;
        if self.dry_run {
            let begin = if self.no_apply { "" } else { " and begin" };
            let (bundle, whom) = (&self.bundle, self.whom());
            context.out.note(format_args!("would make{begin} a job that sends {bundle} to {whom}"));
            context.out.result(SCHEMA, &Created { job_id: None, request, dry_run: true }, |_| "");
            return Ok(());
        }
        let client = self.api.client(context)?;
        let job_id = cloud::block_on(client.create_fota_job(&request))?.map_err(diagnostic::fota_job_lost)?;
        if self.no_apply {
            context.out.note(format_args!("it has not begun: nrfcloud fota apply {job_id}"));
        } else {
            context.out.note(format_args!("it has begun: nrfcloud fota wait {job_id}"));
        }
        let created = Created { job_id: Some(job_id), request, dry_run: false };
        context.out.result(SCHEMA, &created, |created| {
            created.job_id.as_ref().map_or_else(String::new, |id| format!("{id}\n"))
        });
        Ok(())
    }

    fn request(&self) -> Result<NewFotaJob, Diagnostic> {
        let criteria = self.criteria()?;
        self.job(criteria).map_err(|error| diagnostic::bad_value(&error))
    }

    fn criteria(&self) -> Result<Option<FotaCriteria>, Diagnostic> {
        if self.if_version.is_empty() {
            return Ok(None);
        }
        let told = || self.bundle.as_str().split_once('*').and_then(|(kind, _)| kind.parse().ok());
        let Some(kind) = self.fw_type.or_else(told) else {
            return Err(Diagnostic::usage(
                format_args!("{} does not tell its firmware type", self.bundle),
                "say of which one --if-version is: --fw-type APP, MODEM, BOOT, …",
            ));
        };
        let criteria = FotaCriteria::default().firmware(kind, self.if_version.clone());
        criteria.map(Some).map_err(|error| diagnostic::bad_value(&error))
    }

    fn job(&self, criteria: Option<FotaCriteria>) -> Result<NewFotaJob, InvalidParameter> {
        let mut target = criteria.map_or_else(FotaTarget::default, FotaTarget::criteria);
        if !self.device_id.is_empty() {
            target = target.and(FotaTarget::devices(each::once(self.device_id.clone()))?)?;
        }
        if !self.tag.is_empty() {
            target = target.and(FotaTarget::tags(self.tag.clone())?)?;
        }
        let mut job = NewFotaJob::new(self.bundle.clone(), target).auto_apply(!self.no_apply);
        if let Some(name) = &self.name {
            job = job.named(name)?;
        }
        if let Some(description) = &self.description {
            job = job.described(description)?;
        }
        Ok(job)
    }

    /// `1 device and the devices with 2 tags, if they have 1.0`
    fn whom(&self) -> String {
        let count = |count: usize, name: &str| format!("{count} {name}{}", if count == 1 { "" } else { "s" });
        let whom = match (self.device_id.len(), self.tag.len()) {
            (0, 0) => "all devices".to_owned(),
            (devices, 0) => count(devices, "device"),
            (0, tags) => format!("the devices with {}", count(tags, "tag")),
            (devices, tags) => {
                format!("{} and the devices with {}", count(devices, "device"), count(tags, "tag"))
            }
        };
        match self.if_version.as_slice() {
            [] => whom,
            versions => format!("{whom}, if they have {}", versions.join(" or ")),
        }
    }
}
