//! The modem itself: a command in, an answer out. It reads no clock and touches no wire.

mod answer;
mod clock;
mod command;
mod credentials;
mod identity;
mod keygen;
mod radio;
mod refusal;
mod token;

pub use answer::Answer;
pub(crate) use command::{Command, Form, Line, Parameters};
pub(crate) use refusal::Refusal;

use core::fmt;

use pki::key::PublicKey;

use self::answer::Reply;
use self::clock::Clock;
pub(crate) use self::radio::Radio;
use crate::keys::{Entropy, ModemKey, sha256};
use crate::kit::{Firmware, Imei, Model, Uuid};
use crate::store::{Content, Kind, Store};
use crate::trouble::Trouble;

/// SHA-256 of Amazon Root CA 1 as PEM with LF, which is what every list shows for the modem's own root CA.
const ROOT_CA_DIGEST: [u8; 32] = [
    0x2c, 0x43, 0x95, 0x2e, 0xe9, 0xe0, 0x00, 0xff, 0x2a, 0xcc, 0x4e, 0x2e, 0xd0, 0x89, 0x7c, 0x0a, 0x72,
    0xad, 0x5f, 0xa7, 0x2c, 0x3d, 0x93, 0x4e, 0x81, 0x74, 0x1c, 0xbd, 0x54, 0xf0, 0x5b, 0xd1,
];

/// An nRF91-series modem as a pure state machine.
///
/// Made by [`Builder::build_device`](crate::Builder::build_device). Same seed, same commands, same times: same bytes.
pub struct Device {
    kit: Kit,
    identity: ModemKey,
    entropy: Entropy,
    store: Store,
    radio: Radio,
    clock: Option<Clock>,
    /// `+CMEE`: errors carry their number.
    numeric_errors: bool,
    time_valid: bool,
    pub(crate) trouble: Trouble,
}

/// What a kit is from the factory.
pub(crate) struct Kit {
    pub(crate) model: Model,
    pub(crate) firmware: Firmware,
    pub(crate) imei: Imei,
    pub(crate) uuid: Uuid,
}

impl Kit {
    /// The UUID of the firmware build: one for each firmware name.
    fn firmware_uuid(&self) -> Uuid {
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&sha256(&[b"modem-sim firmware", self.firmware.as_str().as_bytes()])[..16]);
        Uuid::version_4(bytes)
    }
}

impl Device {
    pub(crate) fn new(kit: Kit, entropy: Entropy, radio: Radio, time_valid: bool, capacity: usize) -> Self {
        let identity = entropy.fixed_key("identity");
        let reserved =
            [ROOT_CA_DIGEST, sha256(&[&identity.spki_der()]), sha256(&[b"modem-sim base public key"])];
        Self {
            identity,
            entropy,
            store: Store::new(capacity, reserved),
            radio,
            clock: time_valid.then(Clock::default),
            numeric_errors: false,
            time_valid,
            trouble: Trouble::default(),
            kit,
        }
    }

    /// What is in RAM is lost, what is stored is not.
    pub(crate) fn restart(&mut self) {
        self.radio.restart();
        self.clock = self.time_valid.then(Clock::default);
        self.numeric_errors = false;
        self.trouble = Trouble::default();
    }

    /// An answer of `+CME ERROR: <code>`, or of `ERROR`, to a command that was not carried out.
    pub(crate) fn refuse(&self, code: Option<u16>) -> Answer {
        Answer::new(Err(Refusal::numbered(code.unwrap_or(0))), self.numeric_errors && code.is_some())
    }

    /// An answer to a command whose outcome could not be kept.
    pub(crate) fn refuse_unsaved(&self) -> Answer {
        Answer::new(Err(Refusal::MEMORY_FAILURE), self.numeric_errors)
    }

    /// The IMEI, as `AT+CGSN` gives it.
    pub fn imei(&self) -> Imei {
        self.kit.imei
    }

    /// The UUID of the device, the default device ID of nRF Cloud.
    pub fn device_uuid(&self) -> Uuid {
        self.kit.uuid
    }

    /// The public half of the identity key: it verifies the COSE part of `%KEYGEN` and `%ATTESTTOKEN`, and tokens that
    /// name no tag. No real kit tells it; the service has it from the factory.
    pub fn identity_public_key(&self) -> PublicKey {
        self.identity.public_key()
    }

    /// Carries out one command line, given without its terminator, at `now` in seconds since 1970.
    pub fn execute(&mut self, command: &[u8], now: u64) -> Answer {
        let outcome = match Line::parse(command) {
            Line::Attention => Ok(Reply::default()),
            Line::Command(command) => self.dispatch(&command, now),
            Line::Unknown => Err(Refusal::PHONE_FAILURE),
        };
        Answer::new(outcome, self.numeric_errors)
    }

    /// Another number whenever what the modem keeps has changed.
    pub(crate) fn changes(&self) -> u64 {
        self.store.changes() + self.entropy.drawn()
    }

    /// What the modem keeps, for the state file.
    pub(crate) fn kept(&self) -> (&Store, u64) {
        (&self.store, self.entropy.drawn())
    }

    /// Puts back what it kept.
    pub(crate) fn keep(&mut self, slots: impl IntoIterator<Item = (u32, Kind, Content)>, drawn: u64) {
        slots.into_iter().for_each(|(tag, kind, content)| self.store.put(tag, kind, content));
        self.entropy.skip_to(drawn);
    }

    fn dispatch(&mut self, command: &Command<'_>, now: u64) -> Result<Reply, Refusal> {
        let form = command.form;
        match command.name.as_str() {
            "+CMEE" => self.error_reports(form),
            "+CFUN" => self.functional_mode(form),
            "+CEREG" => self.registration(form),
            "+COPS" => self.operator(form),
            "%MDMEV" => self.modem_events(form),
            "%XMONITOR" => self.monitor(form),
            "%XSYSTEMMODE" => self.system_mode(form),
            "+CGSN" => self.serial_number(form),
            "+CGMI" => identity::constant(form, "Nordic Semiconductor ASA"),
            "+CGMM" => identity::constant(form, self.kit.model.as_str()),
            "+CGMR" => identity::constant(form, self.kit.firmware.as_str()),
            "%SHORTSWVER" => identity::constant(form, &format!("%SHORTSWVER: {}", self.kit.firmware.short())),
            "%HWVERSION" => {
                identity::constant(form, &format!("%HWVERSION: {}", self.kit.model.hardware_version()))
            }
            "%XMODEMUUID" => identity::constant(form, &format!("%XMODEMUUID: {}", self.kit.firmware_uuid())),
            "%DEVICEUUID" if !self.kit.model.is_nrf9160() => {
                identity::constant(form, &format!("%DEVICEUUID: {}", self.kit.uuid))
            }
            "%CMNG" => self.credentials(form),
            "%CERTEXPIRY" if !self.kit.model.is_nrf9160() => self.expiry(form),
            // Before 1.3 a modem had no identity.
            "%KEYGEN" if self.kit.firmware.version() >= (1, 3, 0) => self.generate_key(form),
            "%JWT" if self.kit.firmware.version() >= (1, 3, 0) => self.sign_token(form, now),
            "%ATTESTTOKEN" if self.kit.firmware.version() >= (1, 3, 0) => self.attest(form),
            "%CLAIMTOKEN" if self.kit.firmware.version() >= (1, 3, 4) => self.claim(form),
            "+CCLK" => self.clock(form, "+CCLK", now),
            "%CCLK" => self.clock(form, "%CCLK", now),
            _ => Err(Refusal::PHONE_FAILURE),
        }
    }

    /// `+CMEE`
    fn error_reports(&mut self, form: Form<'_>) -> Result<Reply, Refusal> {
        match form {
            Form::Read => Ok(Reply::line(&format!("+CMEE: {}", u8::from(self.numeric_errors)))),
            Form::Test => Ok(Reply::line("+CMEE: (0,1)")),
            Form::Set(parameters) => {
                let parameters = Parameters::parse(parameters)?;
                self.numeric_errors = match (parameters.len(), parameters.required::<u8>(0)?) {
                    (1, 0) => false,
                    (1, 1) => true,
                    _ => return Err(Refusal::PHONE_FAILURE),
                };
                Ok(Reply::default())
            }
            Form::Execute => Err(Refusal::PHONE_FAILURE),
        }
    }
}

impl fmt::Debug for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Device")
            .field("model", &self.kit.model)
            .field("imei", &self.kit.imei)
            .field("uuid", &self.kit.uuid)
            .finish_non_exhaustive()
    }
}
