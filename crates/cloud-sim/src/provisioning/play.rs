//! Claimed devices played by a test.

use std::{collections::BTreeMap, fmt};

use super::{
    command::{Answer, Telling},
    commands, uuid,
};
use crate::{
    cloud::{Cloud, lock},
    server::CloudSim,
};

/// What a claimed device is told to do, as [`CloudSim::play_commands`] shows it.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum DeviceCommand {
    /// An AT set command, `AT<set_command>=<parameters>`. The device takes the errors of this list for a success.
    At {
        /// Such as `%KEYGEN`.
        set_command: String,
        /// Such as `16842753,2,1`.
        parameters: String,
        /// CME error numbers.
        ignored_cme_errors: Vec<u16>,
    },
    /// Properties to be set.
    Config(BTreeMap<String, String>),
    /// Provisioning is over.
    Finished,
}

/// Without what is quoted in the parameters: it may be a private key.
impl fmt::Debug for DeviceCommand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::At { set_command, parameters, ignored_cme_errors } => {
                let (plain, redacted) = match parameters.split_once('"') {
                    Some((plain, _)) => (plain, "[redacted]"),
                    None => (parameters.as_str(), ""),
                };
                f.debug_struct("At")
                    .field("set_command", set_command)
                    .field("parameters", &format_args!("{plain}{redacted}"))
                    .field("ignored_cme_errors", ignored_cme_errors)
                    .finish()
            }
            Self::Config(properties) => f.debug_tuple("Config").field(properties).finish(),
            Self::Finished => f.write_str("Finished"),
        }
    }
}

/// What the device answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeviceAnswer {
    /// It is done. For an AT command, what the modem said, such as `%KEYGEN: "…"`, or nothing.
    Done(String),
    /// It failed.
    Error {
        /// The number of the CME error, 0 for a plain ERROR.
        cme_error: u16,
        /// What the modem said.
        message: String,
    },
}

impl CloudSim {
    /// Plays a claimed device: hands it every command that waits for it, in their order and until none is left, and takes
    /// its answers. Returns how many there were; none for a device that is not claimed.
    pub fn play_commands(&self, device: &str, mut play: impl FnMut(&DeviceCommand) -> DeviceAnswer) -> usize {
        let Some(id) = uuid(device) else { return 0 };
        let mut played = 0;
        while let Some((correlation_id, command)) = next(&self.cloud, &id) {
            let answer = match (&command, play(&command)) {
                (_, DeviceAnswer::Error { cme_error, message }) => Answer::Error { cme_error, message },
                (DeviceCommand::At { .. }, DeviceAnswer::Done(message)) => Answer::At(message),
                (DeviceCommand::Config(_), DeviceAnswer::Done(_)) => Answer::ConfigDone,
                (DeviceCommand::Finished, DeviceAnswer::Done(_)) => Answer::FinishedDone,
            };
            let mut provisioning = lock(&self.cloud.provisioning);
            if !commands::answer(&self.cloud, &mut provisioning, &id, &correlation_id, answer) {
                break;
            }
            played += 1;
        }
        played
    }
}

fn next(cloud: &Cloud, id: &str) -> Option<(String, DeviceCommand)> {
    let mut provisioning = lock(&cloud.provisioning);
    let claimed = provisioning.claimed.get_mut(id)?;
    let step = claimed.open_steps("").next()?.clone();
    claimed.mark_sent(std::slice::from_ref(&step.correlation_id));
    let command = match step.telling {
        Telling::At { set_command, parameters, ignored_cme_errors } => {
            DeviceCommand::At { set_command, parameters, ignored_cme_errors }
        }
        Telling::Config(properties) => DeviceCommand::Config(properties),
        Telling::Finished => DeviceCommand::Finished,
    };
    Some((step.correlation_id, command))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_hides_what_may_be_a_private_key() {
        let at = |parameters: &str| DeviceCommand::At {
            set_command: "%CMNG".into(),
            parameters: parameters.into(),
            ignored_cme_errors: vec![513],
        };
        assert_eq!(
            format!("{:?}", at("0,7,2,\"-----BEGIN PRIVATE KEY-----\"")),
            "At { set_command: \"%CMNG\", parameters: 0,7,2,[redacted], ignored_cme_errors: [513] }"
        );
        assert_eq!(
            format!("{:?}", at("3,7,2")),
            "At { set_command: \"%CMNG\", parameters: 3,7,2, ignored_cme_errors: [513] }"
        );
    }
}
