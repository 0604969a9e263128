//! `nrfcloud modem info`

use clap::Args;
use serde::Serialize;

use crate::clock::{self, Utc};
use crate::context::Context;
use crate::diagnostic::Diagnostic;
use crate::serial::PortOptions;
use crate::text::Table;

#[derive(Args, Debug)]
pub(crate) struct Info {
    #[command(flatten)]
    port: PortOptions,
}

#[derive(Serialize)]
struct About {
    model: String,
    firmware: String,
    imei: String,
    device_uuid: String,
    functional_mode: u8,
    #[serde(skip)]
    mode: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    time: Option<u64>,
    command_end: String,
}

impl Info {
    pub(crate) fn run(self, context: &Context) -> Result<(), Diagnostic> {
        let mut modem = self.port.open(context)?;
        let mode = modem.functional_mode()?;
        let about = About {
            model: modem.model()?,
            firmware: modem.firmware_version()?,
            imei: modem.imei()?.to_string(),
            device_uuid: modem.device_uuid()?.to_string(),
            functional_mode: mode.number(),
            mode: mode.to_string(),
            time: modem.clock()?.and_then(|time| u64::try_from(time.unix_seconds()).ok()),
            command_end: modem.terminator().to_string(),
        };
        modem.close()?;
        let now = context.unix_now();
        context.out.result("nrfcloud.modem.info", &about, |about| human(about, now));
        Ok(())
    }
}

fn human(about: &About, now: u64) -> Table {
    let mut table = Table::default();
    table.row("model", &about.model);
    table.row("firmware", &about.firmware);
    table.row("IMEI", &about.imei);
    table.row("device UUID", &about.device_uuid);
    table.row(
        "device ID",
        format_args!("{} or nrf-{}, as the firmware is built", about.device_uuid, about.imei),
    );
    table.row("mode", &about.mode);
    match about.time {
        Some(time) => {
            table.row("clock", format_args!("{}, {} by this host", Utc(time), clock::relative(time, now)));
        }
        None => table.row("clock", "not set: its tokens carry neither iat nor exp"),
    }
    table.row("commands end with", &about.command_end);
    table
}
