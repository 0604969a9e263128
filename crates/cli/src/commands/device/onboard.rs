//! `nrfcloud device onboard`

use clap::{ArgGroup, Args};
use cloud_api::onboarding::{Credential, OnboardRow};
use cloud_api::uploads::OnboardDevice;
use cloud_api::{DeviceId, FirmwareType, SubType, Tag};

use super::credential;
use super::upload::{Operation, UploadOptions, Uploads};
use crate::cloud;
use crate::context::Context;
use crate::device_id;
use crate::diagnostic::{self, Diagnostic};
use crate::input::Source;
use crate::key_material;

#[derive(Args, Debug)]
#[command(group = ArgGroup::new("what").required(true).args(["csv", "device_id"]))]
pub(crate) struct Onboard {
    /// Onboarding CSV: deviceId,subType,tags,fwTypes,"PEM"
    #[arg(value_name = "CSV")]
    csv: Option<Source>,
    /// Onboard this one device
    #[arg(long, value_name = "ID", requires = "cert", conflicts_with_all = ["wait", "base64", "failed", "no_check"])]
    device_id: Option<DeviceId>,
    /// Its certificate, or its public key
    #[arg(long, value_name = "FILE", requires = "device_id")]
    cert: Option<Source>,
    /// Its device type
    #[arg(long, requires = "device_id")]
    sub_type: Option<SubType>,
    /// Its tags, as a|b
    #[arg(long, requires = "device_id", value_delimiter = '|')]
    tags: Vec<Tag>,
    /// Its firmware types, as APP|MODEM
    #[arg(long, requires = "device_id", value_delimiter = '|')]
    fw_types: Vec<FirmwareType>,
    /// Take a device ID that begins with nrf- without an IMEI behind it
    #[arg(long, requires = "device_id")]
    allow_nrf_prefix: bool,
    #[command(flatten)]
    upload: UploadOptions,
}

impl Onboard {
    pub(crate) fn run(self, context: &Context) -> Result<(), Diagnostic> {
        match (&self.csv, &self.device_id, &self.cert) {
            (Some(csv), _, _) => self.upload.send_file::<OnboardRow>(context, Operation::Onboard, csv),
            (None, Some(id), Some(source)) => self.one(context, id, source),
            _ => Err(Diagnostic::usage("nothing to onboard", "give a CSV, or --device-id and --cert")),
        }
    }

    fn one(&self, context: &Context, id: &DeviceId, source: &Source) -> Result<(), Diagnostic> {
        device_id::check_prefix(id, self.allow_nrf_prefix)?;
        let mut device = OnboardDevice::new(credential(context, id, source)?);
        device.sub_type = self.sub_type.clone();
        device.tags = self.tags.clone();
        device.supported_firmware_types = self.fw_types.clone();
        let done = Uploads::of_one(id, self.upload.is_dry_run());
        if self.upload.is_dry_run() {
            context.out.note(format_args!("would onboard {id}"));
        } else {
            let client = self.upload.api().client(context)?;
            cloud::block_on(client.onboard_device(id, &device))??;
            if !context.out.is_json() {
                context.out.text(&format!("{id}\n"));
            }
        }
        done.give(context, Operation::Onboard);
        Ok(())
    }
}

/// A clean PEM of what the file holds.
fn credential(context: &Context, id: &DeviceId, source: &Source) -> Result<Credential, Diagnostic> {
    let input = key_material::load(context, source)?;
    let pem = match input.certificates().next() {
        Some(certificate) => {
            key_material::tell_of_the_first(context, source, &input);
            credential::certificate_pem(context, id, source, certificate)?
        }
        None => input.public_key().map_err(|error| diagnostic::unusable(source, &error))?.to_spki_pem(),
    };
    Credential::normalized(&pem).map_err(diagnostic::unexpected)
}
