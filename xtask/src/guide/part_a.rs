//! Part A, "Key extraction from a device certificate".

mod assistance;
mod certificates;
mod injection;
mod onboarding;
mod tokens;

use super::{
    Guide, Step,
    cloud::{CLOUD, Cloud},
    failure::Failure,
    kit::Kit,
    live, reading,
    record::Record,
    simulator::Simulator,
};

pub(crate) const STEPS: &[Step] = &[
    Step { part: 'A', title: "An nRF Cloud account: the cloud is there, and wants a key", run: cloud },
    Step { part: 'A', title: "A kit: it answers on its serial port", run: kit },
    Step { part: 'A', title: "Create a CA certificate", run: certificates::ca },
    Step {
        part: 'A',
        title: "Create the device certificate using the CA certificate",
        run: certificates::device,
    },
    Step { part: 'A', title: "Inject the certificate to the device", run: injection::write },
    Step { part: 'A', title: "Read back what the device holds", run: injection::read_back },
    Step { part: 'A', title: "The CSV file that contains the certificate", run: onboarding::csv },
    Step { part: 'A', title: "OnboardDevices: upload the CSV data", run: onboarding::upload },
    Step { part: 'A', title: "FetchBulkOpsRequest: wait for the bulk operation", run: onboarding::wait },
    Step {
        part: 'A',
        title: "OnboardDevices once more as the guide prints it: base64 as text/csv",
        run: onboarding::base64,
    },
    Step { part: 'A', title: "Extract the public key of the certificate", run: certificates::public_key },
    Step {
        part: 'A',
        title: "Create a JWT using the private key of the device certificate",
        run: tokens::by_key_file,
    },
    Step { part: 'A', title: "Create a JWT using the %JWT AT command, with iss", run: tokens::by_modem },
    Step { part: 'A', title: "Verify the token's signature", run: tokens::verify },
    Step { part: 'A', title: "Verify the signature of the modem's token", run: tokens::verify_modems },
    Step {
        part: 'A',
        title: "GetAssistanceData as in the guide: GET, bytes 0-500, status 206",
        run: assistance::slice,
    },
    Step { part: 'A', title: "GetAssistanceData by POST, whole", run: assistance::whole },
    Step { part: 'A', title: "Decode the assistance data", run: assistance::decode },
    Step { part: 'A', title: "A token of a foreign key: 401, and why", run: assistance::foreign },
];

// The files by which the steps of this part know each other's work.
const CA: &str = "ca-cert.crt.pem";
const CA_KEY: &str = "ca-cert.key.pem";
const CSV: &str = "onboard.csv";
const TOKEN: &str = "token.jwt";
const MODEM_TOKEN: &str = "modem-token.jwt";

impl Guide {
    fn device_file(&self, kind: &str) -> String {
        format!("certs/{}.{kind}.pem", self.device_id)
    }
}

fn cloud(guide: &mut Guide, record: &mut Record) -> Result<(), Failure> {
    if guide.options.live {
        let key = std::env::var("NRFCLOUD_API_KEY").unwrap_or_default();
        guide.cloud = Some(Cloud { url: live::url(), key, simulator: None });
    } else {
        let call = guide.nrfcloud(&["sim", "cloud", "--bulk-delay", "200", "--log"]);
        record.note(format!("started: {} (its log: sim-cloud.log)", call.line()));
        let mut simulator = Simulator::start(&call, "sim-cloud.log")?;
        let url = simulator.next_line()?;
        let line = simulator.next_line()?;
        let key = line
            .strip_prefix("api-key: ")
            .ok_or_else(|| Failure::unreadable("the simulated cloud's second line", &line))?
            .to_owned();
        guide.redactor.hide(key.clone());
        guide.cloud = Some(Cloud { url, key, simulator: Some(simulator) });
    }
    let Some(open) = guide.ask(record, "/bulk-ops-requests", &[])? else {
        return Ok(());
    };
    record.equal(CLOUD, "without a key it answers 401", 401, open.status)?;
    let Some(answer) = guide.ask_with_key(record, "/bulk-ops-requests")? else {
        return Ok(());
    };
    record.equal(CLOUD, "with the key it answers 200", 200, answer.status)
}

fn kit(guide: &mut Guide, record: &mut Record) -> Result<(), Failure> {
    let mut expected_imei = None;
    if let Some(port) = guide.options.port.clone() {
        guide.kit = Some(Kit { port, uuid: None, identity_key: None, simulator: None });
    } else {
        let call = guide.nrfcloud(&["sim", "modem", "--json"]);
        record.note(format!("started: {} (its log: sim-modem.log)", call.line()));
        let mut simulator = Simulator::start(&call, "sim-modem.log")?;
        let line = simulator.next_line()?;
        let said: serde_json::Value = serde_json::from_str(&line).map_err(|error| {
            Failure::unreadable("the simulated kit's first line", format!("{error}: {line}"))
        })?;
        let text = |name: &str| {
            said[name].as_str().map(str::to_owned).ok_or_else(|| {
                Failure::unreadable("the simulated kit's first line", format!("it has no `{name}`: {line}"))
            })
        };
        expected_imei = Some(text("imei")?);
        let identity_key = reading::spki(&reading::public_key(&text("identity_key_spki")?)?)?;
        guide.kit = Some(Kit {
            port: text("port")?,
            uuid: Some(text("device_uuid")?),
            identity_key: Some(identity_key),
            simulator: Some(simulator),
        });
    }
    let port = guide.kit()?.port.clone();
    let info = record.run(guide.nrfcloud(&["modem", "info", "--port", &port, "--json"]))?.json()?;
    let imei = info["imei"].as_str().unwrap_or("none");
    match expected_imei {
        Some(expected) => record.equal("the simulator's own word", "the IMEI", expected, imei)?,
        None => record.equal("xtask", "the digits of the IMEI", 15, imei.len())?,
    }
    if guide.kit()?.uuid.is_none() {
        let uuid = info["device_uuid"].as_str().map(str::to_owned);
        if let Some(kit) = &mut guide.kit {
            kit.uuid = uuid;
        }
    }
    Ok(())
}
