//! `nrfcloud sim modem`

use clap::Args;
use modem_sim::{Firmware, Imei, Model, ModemSim};
use serde::Serialize;

use crate::context::Context;
use crate::diagnostic::{self, Diagnostic};
use crate::interrupt;

#[derive(Args, Debug)]
pub(crate) struct Modem {
    /// Another seed is another kit; whoever knows the seed knows the keys
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Model, as nRF9151-LACA
    #[arg(long, default_value = "nRF9151-LACA")]
    model: Model,
    /// Modem firmware, as mfw_nrf91x1_2.0.2
    #[arg(long, value_name = "FIRMWARE")]
    mfw: Option<Firmware>,
    /// IMEI [default: one that follows from the seed]
    #[arg(long)]
    imei: Option<Imei>,
    /// Never answer
    #[arg(long)]
    mute: bool,
    /// Do not know the time until AT+CCLK tells it
    #[arg(long)]
    no_time: bool,
    /// Find no network
    #[arg(long)]
    no_network: bool,
}

#[derive(Serialize)]
struct Running {
    port: String,
    imei: String,
    device_uuid: String,
    identity_key_spki: String,
}

impl Modem {
    pub(crate) fn run(self, context: &Context) -> Result<(), Diagnostic> {
        let mut builder =
            ModemSim::builder().seed(self.seed).model(self.model).mute(self.mute).time_valid(!self.no_time);
        if let Some(firmware) = self.mfw {
            builder = builder.firmware(firmware);
        }
        if let Some(imei) = self.imei {
            builder = builder.imei(imei);
        }
        if self.no_network {
            builder = builder.network(None);
        }
        let sim = builder.start().map_err(|error| diagnostic::sim_modem(&error))?;
        let running = Running {
            port: sim.path().display().to_string(),
            imei: sim.imei().to_string(),
            device_uuid: sim.device_uuid().to_string(),
            identity_key_spki: sim.identity_public_key().to_spki_pem(),
        };
        context.out.result("nrfcloud.sim.modem", &running, |running| format!("{}\n", running.port));
        interrupt::wait()?;
        sim.stop().map_err(diagnostic::unexpected)
    }
}
