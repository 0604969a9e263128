//! Who the kit is: `+CGSN` and the commands with one fixed answer.

use super::Device;
use super::answer::Reply;
use super::command::{Form, Parameters};
use super::refusal::Refusal;

impl Device {
    /// `+CGSN`
    pub(super) fn serial_number(&self, form: Form<'_>) -> Result<Reply, Refusal> {
        let kind = match form {
            Form::Execute => 0,
            Form::Test => return Ok(Reply::line("+CGSN: (0-3)")),
            Form::Read => return Err(Refusal::PHONE_FAILURE),
            Form::Set(parameters) => {
                let parameters = Parameters::parse(parameters)?;
                if parameters.len() != 1 {
                    return Err(Refusal::PHONE_FAILURE);
                }
                parameters.required::<u8>(0)?
            }
        };
        let imei = self.kit.imei.as_str();
        let software = self.software_version();
        match kind {
            0 => Ok(Reply::line(imei)),
            1 => Ok(Reply::line(&format!("+CGSN: \"{imei}\""))),
            // An IMEISV has the software version in the place of the check digit (3GPP TS 23.003, 6.2.2).
            2 => Ok(Reply::line(&format!("+CGSN: \"{}{software}\"", &imei[..14]))),
            3 => Ok(Reply::line(&format!("+CGSN: \"{software}\""))),
            _ => Err(Refusal::PHONE_FAILURE),
        }
    }

    /// Two digits; which ones a firmware has is not known, so they are those of its version.
    fn software_version(&self) -> String {
        let (major, minor, _) = self.kit.firmware.version();
        format!("{}{}", major % 10, minor % 10)
    }
}

/// A command without parameters that always says the same; it has no other form.
pub(super) fn constant(form: Form<'_>, line: &str) -> Result<Reply, Refusal> {
    if form == Form::Execute { Ok(Reply::line(line)) } else { Err(Refusal::PHONE_FAILURE) }
}
