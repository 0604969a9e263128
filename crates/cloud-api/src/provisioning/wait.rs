//! Follows a command to its end.

use std::time::Duration;

use super::{CommandStatus, ProvisioningCommand};
use crate::bulk::WaitPolicy;
use crate::client::Client;
use crate::error::Error;
use crate::identifier::Uuid;
use crate::poll::{self, GivenUp};

/// What [`wait`] tells while it waits.
#[derive(Debug)]
#[non_exhaustive]
pub enum Progress<'a> {
    /// A poll came back.
    Polled {
        /// The command as it is now.
        command: &'a ProvisioningCommand,
        /// Time since the call of [`wait`].
        elapsed: Duration,
    },
    /// A poll failed for a passing reason; another follows.
    Interrupted {
        /// The failure.
        error: &'a Error,
        /// Time since the call of [`wait`].
        elapsed: Duration,
    },
}

/// A command was not seen to end. It stays where it is until the device fetches it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WaitError {
    /// Not ended when the deadline was reached.
    #[error("command {id} had not ended after {} s{}", .waited.as_secs(), last_status(.last.as_ref()))]
    Deadline {
        /// The device.
        device: Uuid,
        /// The command.
        id: Uuid,
        /// Its status when it was seen last, if it was seen at all.
        last: Option<CommandStatus>,
        /// How long it was waited for.
        waited: Duration,
    },
    /// Polling failed.
    #[error("command {id} could not be followed")]
    Poll {
        /// The device.
        device: Uuid,
        /// The command.
        id: Uuid,
        /// Why.
        #[source]
        error: Error,
    },
}

fn last_status(last: Option<&CommandStatus>) -> String {
    last.map_or_else(String::new, |status| format!("; its last status is {status}"))
}

/// Polls until the command of a device is over, done or not.
///
/// Dropping the future ends the waiting, and nothing else.
///
/// # Errors
///
/// [`WaitError`]
pub async fn wait(
    client: &Client,
    device: &Uuid,
    id: &Uuid,
    policy: WaitPolicy,
    mut progress: impl FnMut(Progress<'_>),
) -> Result<ProvisioningCommand, WaitError> {
    let tell = |polled: Result<&ProvisioningCommand, &Error>, elapsed| {
        progress(match polled {
            Ok(command) => Progress::Polled { command, elapsed },
            Err(error) => Progress::Interrupted { error, elapsed },
        });
    };
    let ask = || client.fetch_device_provisioning_command(device, id);
    let is_final =
        |command: &ProvisioningCommand| command.status.as_ref().is_some_and(CommandStatus::is_final);
    poll::until(policy, ask, is_final, tell).await.map_err(|given_up| {
        let (device, id) = (device.clone(), id.clone());
        match given_up {
            GivenUp::Deadline { last, waited } => {
                WaitError::Deadline { device, id, last: last.and_then(|command| command.status), waited }
            }
            GivenUp::Failed(error) => WaitError::Poll { device, id, error },
        }
    })
}
