//! `cloud-sim` as a program, for `cargo xtask interop cloud`, with simulated kits that it knows nothing of: it says in a line
//! of JSON where everything is and what opens it, and runs until its standard input ends.
//!
//! One kit has a port. What the provisioning service wants of that kit is done by its twin: the same seed, so the same keys.

use std::{
    error::Error,
    io::{self, Read as _, Write as _},
    time::Duration,
};

use cloud_sim::{CloudSim, DeviceAnswer, DeviceCommand};
use modem_sim::{Builder, Device, ModemSim, StartError};
use serde_json::json;

/// The seed of the kit with a port.
const KIT: u64 = 7;
/// Those of the kits that only have attestation tokens.
const OTHERS: std::ops::Range<u64> = 100..105;
/// How often the kit asks for commands.
const INTERVAL: Duration = Duration::from_millis(200);

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let sim = CloudSim::builder().bulk_delay(Duration::from_millis(500)).start().await?;
    let port = ModemSim::builder().seed(KIT).start()?;
    let mut kit = modem(KIT)?;
    let tokens = OTHERS.map(|seed| {
        let mut modem = modem(seed)?;
        let token = said(&mut modem, "AT%ATTESTTOKEN").unwrap_or_default();
        let token = token.trim_start_matches("%ATTESTTOKEN: ").trim_matches('"').to_owned();
        Ok(json!({ "uuid": modem.device_uuid().to_string(), "imei": modem.imei().as_str(), "token": token }))
    });
    let place = json!({
        "url": sim.url(),
        "apiKey": sim.api_key(),
        "tenantId": sim.tenant_id(),
        "port": port.path(),
        "uuid": port.device_uuid().to_string(),
        "tokens": tokens.collect::<Result<Vec<_>, StartError>>()?,
    });
    writeln!(io::stdout(), "{place}")?;

    let uuid = port.device_uuid().to_string();
    let mut ended = tokio::task::spawn_blocking(|| io::stdin().read_to_end(&mut Vec::new()));
    loop {
        tokio::select! {
            read = &mut ended => {
                read??;
                break;
            }
            () = tokio::time::sleep(INTERVAL) => {
                sim.play_commands(&uuid, |command| obey(&mut kit, command));
            }
        };
    }
    for refusal in sim.refusals() {
        writeln!(io::stderr(), "{refusal}")?;
    }
    port.stop()?;
    sim.shutdown().await;
    Ok(())
}

/// Offline, as the provisioning library puts it before it writes, and with numbers for its errors.
fn modem(seed: u64) -> Result<Device, StartError> {
    let mut modem = Builder::default().seed(seed).build_device()?;
    for command in ["AT+CFUN=4", "AT+CMEE=1"] {
        modem.execute(command.as_bytes(), 0);
    }
    Ok(modem)
}

fn obey(kit: &mut Device, command: &DeviceCommand) -> DeviceAnswer {
    let DeviceCommand::At { set_command, parameters, ignored_cme_errors } = command else {
        return DeviceAnswer::Done(String::new());
    };
    match said(kit, &format!("AT{set_command}={parameters}")) {
        Ok(message) => DeviceAnswer::Done(message),
        Err(error) if ignored_cme_errors.contains(&error) => DeviceAnswer::Done(String::new()),
        Err(cme_error) => DeviceAnswer::Error { cme_error, message: "ERROR".into() },
    }
}

/// What the modem says before `OK`, or the number of its error.
fn said(modem: &mut Device, command: &str) -> Result<String, u16> {
    let answer = modem.execute(command.as_bytes(), 0);
    let text = String::from_utf8_lossy(&answer.response()).into_owned();
    match text.trim_end().strip_suffix("OK") {
        Some(said) => Ok(said.trim().to_owned()),
        None => Err(text.trim().strip_prefix("+CME ERROR: ").and_then(|code| code.parse().ok()).unwrap_or(0)),
    }
}
