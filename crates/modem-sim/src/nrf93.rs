//! The AT commands of an nRF93M1, as far as they are known.

use base64ct::{Base64, Encoding};

use crate::device::{Command, Form, Line, Parameters, Refusal};
use crate::keys::{Entropy, ModemKey};
use crate::kit::{Imei, Uuid};
use crate::message::jwt;
use crate::script::Part;

/// An nRF93M1.
pub(crate) struct Nrf93 {
    imei: Imei,
    uuid: Uuid,
    access_key: ModemKey,
    /// The device UUID and the key are made at the first question, which takes a line of its own.
    made: Made,
    mode: u8,
    /// `+CMEE`
    reports: u8,
}

/// What was made already; it outlives a restart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Made {
    pub(crate) uuid: bool,
    pub(crate) key: bool,
}

impl Nrf93 {
    pub(crate) fn new(imei: Imei, uuid: Uuid, entropy: &Entropy) -> Self {
        let access_key = entropy.fixed_key("cloud access");
        Self { imei, uuid, access_key, made: Made::default(), mode: 0, reports: 0 }
    }

    pub(crate) fn restart(&mut self) {
        (self.mode, self.reports) = (0, 0);
    }

    pub(crate) const fn access_key(&self) -> &ModemKey {
        &self.access_key
    }

    pub(crate) const fn made(&self) -> Made {
        self.made
    }

    pub(crate) const fn keep(&mut self, made: Made) {
        self.made = made;
    }

    /// Carries out a command line.
    pub(crate) fn execute(&mut self, line: &[u8]) -> Vec<Part> {
        let outcome = match Line::parse(line) {
            Line::Attention => Ok(Vec::new()),
            Line::Command(command) => self.dispatch(&command),
            Line::Unknown => Err(Refusal::PHONE_FAILURE),
        };
        match outcome {
            Err(refusal) => vec![self.result(refusal)],
            Ok(lines) => {
                let information: String = lines.iter().map(|line| format!("{line}\r\n")).collect();
                vec![Part::Information(information.into_bytes()), Part::Result("OK\r\n".to_owned())]
            }
        }
    }

    /// A command that was not carried out.
    pub(crate) fn refuse(&self, code: Option<u16>) -> Vec<Part> {
        vec![code.map_or_else(
            || Part::Result("ERROR\r\n".to_owned()),
            |code| self.result(Refusal::numbered(code)),
        )]
    }

    fn result(&self, refusal: Refusal) -> Part {
        Part::Result(if self.reports == 2 { refusal.in_words() } else { refusal.result(self.reports > 0) })
    }

    fn dispatch(&mut self, command: &Command<'_>) -> Result<Vec<String>, Refusal> {
        let one = |line: String| Ok(vec![line]);
        match (command.name.as_str(), command.form) {
            ("+CGMI", Form::Execute) => one("Nordic Semiconductor ASA".to_owned()),
            ("+CGMM", Form::Execute) => one("nRF93M1".to_owned()),
            ("+CGMR", Form::Execute) => one("mfw_nrf93m1_1.0.0".to_owned()),
            ("+CGSN", Form::Execute) => one(self.imei.to_string()),
            ("+CGSN", Form::Set(b"1")) => one(format!("+CGSN: \"{}\"", self.imei)),
            ("+CFUN", Form::Read) => one(format!("+CFUN: {}", self.mode)),
            ("+CFUN", Form::Test) => one("+CFUN: (0,1,4),(0,1)".to_owned()),
            ("+CFUN", Form::Set(parameters)) => {
                let parameters = Parameters::parse(parameters)?;
                match (parameters.len(), parameters.required::<u8>(0)?, parameters.number::<u8>(1)?) {
                    (1 | 2, mode @ (0 | 1 | 4), None | Some(0)) => self.mode = mode,
                    _ => return Err(Refusal::PHONE_FAILURE),
                }
                Ok(Vec::new())
            }
            ("+CMEE", Form::Read) => one(format!("+CMEE: {}", self.reports)),
            ("+CMEE", Form::Test) => one("+CMEE: (0-2)".to_owned()),
            ("+CMEE", Form::Set([level @ b'0'..=b'2'])) => {
                self.reports = level - b'0';
                Ok(Vec::new())
            }
            ("%DEVICEUUID", Form::Execute) => {
                let line = format!("%DEVICEUUID: {}", self.uuid);
                let first = !std::mem::replace(&mut self.made.uuid, true);
                Ok(with_creation(first, "%DEVICEUUID: creating device uuid...", line))
            }
            ("%CLOUDACCESSKEY", Form::Execute) => {
                let key = Base64::encode_string(&self.access_key.spki_der());
                let line = format!("%CLOUDACCESSKEY: {key}");
                let first = !std::mem::replace(&mut self.made.key, true);
                Ok(with_creation(first, "%CLOUDACCESSKEY: creating key...", line))
            }
            ("%REGJWT", Form::Set(parameters)) => {
                let parameters = Parameters::parse(parameters)?;
                let tenant = parameters.text(0)?.filter(|tenant| !tenant.is_empty() && parameters.len() == 1);
                let tenant = tenant.ok_or(Refusal::PHONE_FAILURE)?;
                one(format!("%REGJWT: {}", jwt::sign_registration(&self.uuid, tenant, &self.access_key)))
            }
            _ => Err(Refusal::PHONE_FAILURE),
        }
    }
}

fn with_creation(first: bool, creating: &str, line: String) -> Vec<String> {
    if first { vec![creating.to_owned(), line] } else { vec![line] }
}
