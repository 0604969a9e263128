//! What `device register-key` and `device register-cert` have in common.

use clap::{ArgGroup, Args};
use cloud_api::DeviceId;
use cloud_api::onboarding::Row;

use super::upload::{Operation, UploadOptions};
use crate::context::Context;
use crate::device_id;
use crate::diagnostic::Diagnostic;
use crate::input::Source;

/// Their options, but for the one that names the key or certificate of one device: that is in the group `credential`.
#[derive(Args, Debug)]
#[command(group = ArgGroup::new("what").required(true).args(["csv", "device_id"]))]
pub(super) struct RegisterOptions {
    /// CSV with a row for each device: deviceId,"PEM"
    #[arg(value_name = "CSV")]
    csv: Option<Source>,
    /// Register that of this one device
    #[arg(long, value_name = "ID", requires = "credential")]
    device_id: Option<DeviceId>,
    /// Take a device ID that begins with nrf- without an IMEI behind it
    #[arg(long, requires = "device_id")]
    allow_nrf_prefix: bool,
    #[command(flatten)]
    upload: UploadOptions,
}

impl RegisterOptions {
    /// Sends the CSV, or the row that `row` makes of the one device and its `credential`.
    pub(super) fn run<R: Row>(
        self,
        context: &Context,
        operation: Operation,
        credential: Option<&Source>,
        row: impl FnOnce(DeviceId, &Source) -> Result<R, Diagnostic>,
    ) -> Result<(), Diagnostic> {
        match (&self.csv, self.device_id, credential) {
            (Some(csv), _, _) => self.upload.send_file::<R>(context, operation, csv),
            (None, Some(device_id), Some(source)) => {
                device_id::check_prefix(&device_id, self.allow_nrf_prefix)?;
                self.upload.send_row(context, operation, &row(device_id, source)?)
            }
            _ => Err(Diagnostic::usage("nothing to register", "give a CSV, or --device-id and what is its")),
        }
    }
}
