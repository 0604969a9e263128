//! `nrfcloud device register-key`

use clap::{ArgGroup, Args};
use cloud_api::DeviceId;
use cloud_api::onboarding::{PublicKeyPem, PublicKeyRow};

use super::upload::{Operation, UploadOptions};
use crate::context::Context;
use crate::device_id;
use crate::diagnostic::{self, Diagnostic};
use crate::input::Source;
use crate::key_material;

#[derive(Args, Debug)]
#[command(group = ArgGroup::new("what").required(true).args(["csv", "device_id"]))]
pub(crate) struct RegisterKey {
    /// CSV of public keys: deviceId,"PEM"
    #[arg(value_name = "CSV")]
    csv: Option<Source>,
    /// Register the key of this one device
    #[arg(long, value_name = "ID", requires = "key")]
    device_id: Option<DeviceId>,
    /// Its key: whatever holds one, as for `key public`
    #[arg(long, value_name = "FILE", requires = "device_id")]
    key: Option<Source>,
    /// Take a device ID that begins with nrf- without an IMEI behind it
    #[arg(long, requires = "device_id")]
    allow_nrf_prefix: bool,
    #[command(flatten)]
    upload: UploadOptions,
}

impl RegisterKey {
    pub(crate) fn run(self, context: &Context) -> Result<(), Diagnostic> {
        match (&self.csv, self.device_id, &self.key) {
            (Some(csv), _, _) => self.upload.send_file::<PublicKeyRow>(context, Operation::RegisterKeys, csv),
            (None, Some(device_id), Some(source)) => {
                device_id::check_prefix(&device_id, self.allow_nrf_prefix)?;
                let pem = key_material::public_key(context, source)?.to_spki_pem();
                let public_key = PublicKeyPem::normalized(&pem).map_err(diagnostic::unexpected)?;
                self.upload.send_row(
                    context,
                    Operation::RegisterKeys,
                    &PublicKeyRow { device_id, public_key },
                )
            }
            _ => Err(Diagnostic::usage("nothing to register", "give a CSV, or --device-id and --key")),
        }
    }
}
