//! The kit on a port. It is only asked: nothing is written, and its mode stays as it is.

mod judge;

use std::sync::{Arc, Mutex, PoisonError};

use cloud_api::DeviceId;
use jwt_core::UntrustedToken;
use modem_at::ports::{SystemPorts, Target};
use modem_at::{CredentialType, Dialect, FlowControl, JwtRequest, PortSelector, SecTag, SerialTransport};

use crate::commands::modem::slots::{self, LocalOptions, Slot};
use crate::context::Context;
use crate::diagnostic::Diagnostic;
use crate::finding::Finding;
use crate::known_keys::KnownKey;
use crate::serial::{Kit, PortOptions};

/// What came of it.
#[derive(Default)]
pub(super) struct Looked {
    pub(super) findings: Vec<Finding>,
    /// The IDs that the device may have, the likeliest first.
    pub(super) device_ids: Vec<DeviceId>,
    /// A token of the kit for each of them, where its key signs.
    pub(super) tokens: Vec<(DeviceId, String)>,
    /// What went over the wire, without secrets.
    pub(super) transcript: Vec<String>,
}

/// What the kit is compared with.
struct Given<'a> {
    sec_tag: SecTag,
    device_id: Option<&'a DeviceId>,
    keys: &'a [KnownKey],
}

/// Opens the port, and asks.
pub(super) fn look(
    context: &Context,
    port: &PortOptions,
    sec_tag: SecTag,
    device_id: Option<&DeviceId>,
    keys: &[KnownKey],
) -> Looked {
    let mut looked = Looked::default();
    looked.findings.extend(port.name().and_then(|name| flow_control(&name, port.baud())));
    let lines = Arc::new(Mutex::new(Vec::new()));
    let record = {
        let lines = Arc::clone(&lines);
        move |entry: &modem_at::transcript::Entry| {
            lines.lock().unwrap_or_else(PoisonError::into_inner).push(entry.to_string());
        }
    };
    match port.open_recorded(context, record) {
        Ok(mut modem) => {
            let given = Given { sec_tag, device_id, keys };
            if let Err(diagnostic) = looked.examine(context, &mut modem, &given) {
                looked.findings.push(Finding::of("kit.session", &diagnostic));
            }
            // Its settings are put back when it is dropped, too; by then nobody hears of a failure.
            if let Err(error) = modem.close() {
                looked.findings.push(Finding::of("kit.session", &error.into()));
            }
        }
        Err(diagnostic) => looked.findings.push(Finding::of("kit.port", &diagnostic)),
    }
    looked.transcript = std::mem::take(&mut lines.lock().unwrap_or_else(PoisonError::into_inner));
    looked
}

/// Whether the lines for flow control are there. Network ports do not tell; what cannot be opened is told by opening it.
fn flow_control(name: &str, baud: u32) -> Option<Finding> {
    let target = name.parse::<PortSelector>().ok()?.resolve(&SystemPorts).ok()?;
    let Target::Serial(path) = target else { return None };
    let port = SerialTransport::open(&path, baud, FlowControl::RtsCts).ok()?;
    let message = match port.flow_control() {
        FlowControl::RtsCts => {
            "the kit's CTS is up: flow control by RTS/CTS would work, and is not needed here"
        }
        _ => {
            "no CTS comes from the kit: a program that insists on flow control by RTS/CTS hangs; this one does without"
        }
    };
    Some(Finding::ok("kit.flow-control", message))
}

impl Looked {
    fn examine(&mut self, context: &Context, modem: &mut Kit, given: &Given<'_>) -> Result<(), Diagnostic> {
        let library = LocalOptions::default().load(context)?;
        let dialect = modem.dialect();
        self.findings.push(judge::dialect(dialect, modem.terminator()));
        if dialect == Dialect::CredentialShell {
            let slots = slots::slots(modem, Some(given.sec_tag), &library)?;
            self.findings.extend(judge::slots(given.sec_tag, &slots, context.now));
            return Ok(());
        }
        let (model, firmware) = (modem.model()?, modem.firmware_version()?);
        self.findings.push(judge::firmware(&model, &firmware));
        let (uuid, imei) = (modem.device_uuid()?.to_string(), modem.imei()?.to_string());
        let ids = [Some(uuid.clone()), Some(format!("nrf-{imei}"))];
        self.findings.push(Finding::ok(
            "kit.identity",
            format!("IMEI {imei}, device UUID {uuid}; the device ID is {uuid} or nrf-{imei}, as the firmware is built"),
        ));
        self.findings.extend(judge::mode(modem.functional_mode()?));
        self.findings.push(judge::clock(modem.clock()?.map(|time| time.unix_seconds()), context.unix_now()));

        let slots = slots::slots(modem, Some(given.sec_tag), &library)?;
        self.findings.extend(judge::slots(given.sec_tag, &slots, context.now));
        let certificate = slots::certificate(&slots);
        let common_name = certificate.and_then(pki::certificate::Certificate::common_name);
        let ids = ids.into_iter().flatten().chain(common_name.clone());
        let mut device_ids: Vec<DeviceId> = given.device_id.into_iter().cloned().collect();
        for id in ids.filter_map(|id| id.parse::<DeviceId>().ok()) {
            if !device_ids.contains(&id) {
                device_ids.push(id);
            }
        }
        if let Some(name) = &common_name {
            self.findings.push(judge::common_name(name, given.device_id, &[&uuid, &format!("nrf-{imei}")]));
        }
        if has_key(&slots) {
            self.try_key(modem, given, certificate, &device_ids)?;
        }
        self.device_ids = device_ids;
        Ok(())
    }

    /// Lets the kit's key sign, which proves whose it is.
    fn try_key(
        &mut self,
        modem: &mut Kit,
        given: &Given<'_>,
        certificate: Option<&pki::certificate::Certificate>,
        device_ids: &[DeviceId],
    ) -> Result<(), Diagnostic> {
        for id in device_ids {
            let request = JwtRequest {
                sub: Some(id.to_string()),
                sec_tag: Some(given.sec_tag),
                ..JwtRequest::default()
            };
            match modem.jwt(&request) {
                Ok(token) => self.tokens.push((id.clone(), token)),
                Err(error @ modem_at::Error::Refused { .. }) => {
                    self.findings.push(Finding::of("kit.no-token", &error.into()).into_warning());
                    return Ok(());
                }
                Err(error) => return Err(error.into()),
            }
        }
        if let Some((_, text)) = self.tokens.first()
            && let Ok(token) = UntrustedToken::parse(text)
        {
            self.findings.extend(judge::key(&token, certificate, given.keys));
        }
        Ok(())
    }
}

fn has_key(slots: &[Slot]) -> bool {
    slots.iter().any(|slot| slot.number == CredentialType::ClientPrivateKey.number())
}
