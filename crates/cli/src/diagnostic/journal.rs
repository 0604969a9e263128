//! The ledger, and boards that are provisioned.

use std::fmt::Display;
use std::time::SystemTime;

use cloud_api::DeviceId;
use cloud_api::bulk::{CampaignError, PartError};
use ledger::{AddressError, ExportError, Held, LedgerError, RunId, Subject};
use modem_at::SecTag;

use super::{Diagnostic, unexpected, upload_lost};
use crate::clock;
use crate::exit_code::ExitCode;

impl From<LedgerError> for Diagnostic {
    fn from(error: LedgerError) -> Self {
        let (code, help) = match &error {
            LedgerError::Open { .. } => (
                ExitCode::BadInput,
                "check the path, and who may write there; --ledger or NRFCLOUD_LEDGER names another file",
            ),
            LedgerError::TooNew { .. } => {
                (ExitCode::BadInput, "use the newer nrfcloud, or name another file by --ledger")
            }
            LedgerError::Busy => (ExitCode::Network, "run the same command again: it goes on"),
            LedgerError::Lost { .. } => {
                (ExitCode::NoDevice, "somebody else is at it now: look who, before you run it again")
            }
            LedgerError::Store(_) => (
                ExitCode::BadInput,
                "make room on the disk of the ledger, and run the same command again: it goes on",
            ),
            _ => return unexpected(error),
        };
        Self::new(code, error).help_with(help)
    }
}

/// The address of an option or a variable is none.
pub(crate) fn bad_ledger(name: &str, error: &AddressError) -> Diagnostic {
    Diagnostic::new(ExitCode::BadInput, format!("{name}: {error}"))
        .help_with("give the path of a file, or leave it out")
}

/// There is no such run in the ledger.
pub(crate) fn no_run(id: RunId, address: &dyn Display) -> Diagnostic {
    Diagnostic::new(ExitCode::BadInput, format!("no run {id} in the ledger {address}")).help_with(
        "`nrfcloud ledger list` tells which there are; --ledger or NRFCLOUD_LEDGER names another file",
    )
}

/// There is no ledger.
pub(crate) fn no_ledger(address: &dyn Display) -> Diagnostic {
    Diagnostic::new(ExitCode::BadInput, format!("there is no ledger {address} yet")).help_with(
        "provision a board or upload a CSV first, or name another file by --ledger or NRFCLOUD_LEDGER",
    )
}

impl From<ExportError> for Diagnostic {
    fn from(error: ExportError) -> Self {
        match error {
            ExportError::Ledger(error) => error.into(),
            other => unexpected(other),
        }
    }
}

/// There is no place for a ledger.
pub(crate) fn no_state(error: &dyn Display) -> Diagnostic {
    Diagnostic::new(ExitCode::Config, format!("no place for the ledger: {error}"))
        .help_with("name a file by --ledger or NRFCLOUD_LEDGER")
}

/// Another process is at the same board or file.
pub(crate) fn held(subject: &Subject, held: &Held) -> Diagnostic {
    let left = clock::Span(held.until.duration_since(SystemTime::now()).map_or(0, |left| left.as_secs()));
    Diagnostic::new(ExitCode::NoDevice, format!("{} is at {subject}", held.holder))
        .help_with(format!("let it end; if it is gone for good, this is free in {left}"))
}

/// An upload of which a part did not come to its end.
pub(crate) fn part_failed(error: PartError) -> Diagnostic {
    const AGAIN: &str =
        "run the same command again: it goes on, and looks for what was taken before it sends anything";
    match error {
        PartError::NotTaken(error) => error.into(),
        PartError::Unclear(error) => upload_lost(error).help_with(AGAIN),
        PartError::Wait(error) => error.into(),
        PartError::ErrorFile { error, .. } => Diagnostic::from(error).help_with(AGAIN),
        other => unexpected(other),
    }
}

/// Uploads that had to stop.
pub(crate) fn campaign_failed(error: CampaignError<LedgerError>) -> Diagnostic {
    match error {
        CampaignError::Journal(error) => error.into(),
        CampaignError::Begin(error) => error.into(),
        other => unexpected(other),
    }
}

/// A board with an unfinished run for something else.
pub(crate) fn other_run(found: &dyn Display, wanted: &dyn Display) -> Diagnostic {
    Diagnostic::new(ExitCode::BadInput, format!("the board has an unfinished run for {found}, and now {wanted} is asked for"))
        .help_with("finish it with the same options, or give it up: --start-over, and --if-exists for what is in the slots then")
}

/// A slot is taken, and may not be emptied.
pub(crate) fn slot_taken(sec_tag: SecTag, what: &dyn Display) -> Diagnostic {
    Diagnostic::new(ExitCode::ModemRefused, format!("sec_tag {sec_tag} holds {what} already; nothing was changed"))
        .help_with("--if-exists keep takes what is there, --if-exists replace deletes it for new ones, --sec-tag names another place")
}

/// What is in the slots cannot be kept.
pub(crate) fn not_kept(sec_tag: SecTag, why: &dyn Display) -> Diagnostic {
    Diagnostic::new(
        ExitCode::ModemRefused,
        format!("what sec_tag {sec_tag} holds cannot be kept: {why}; nothing was changed"),
    )
    .help_with("--if-exists replace deletes it for a new key and certificate")
}

/// A device that the cloud knows, while its board has no key for it.
pub(crate) fn known_to_cloud(id: &DeviceId) -> Diagnostic {
    Diagnostic::new(ExitCode::CloudRefused, format!("nRF Cloud knows a device {id} already, with another credential; nothing was changed"))
        .help_with("is it this board? then --if-exists replace registers the new certificate for it; otherwise give another --id")
}

/// A board that does not hold what it should.
pub(crate) fn not_proved(reason: impl Display) -> Diagnostic {
    Diagnostic::new(ExitCode::NotVerified, format!("the board is not proved: {reason}"))
        .help_with("no row was written for it; look with `nrfcloud modem slots`, and run it again with --start-over --if-exists replace")
}

/// A board for CoAP would not trust the CoAP server. The certificate is Nordic's, and no part of this program.
pub(crate) fn no_coap_ca() -> Diagnostic {
    Diagnostic::new(ExitCode::BadInput, "--coap is given, and no --root-ca holds nRF Cloud's CoAP CA").help_with(
        "Nordic publishes it in the Python package nrfcloud-utils, file ca_certs.py, as nrf_cloud_coap_ca: save that certificate and add --root-ca FILE; `nrfcloud cert show FILE` says CN=nRF Cloud",
    )
}

/// A kit whose modem makes no keys.
pub(crate) fn no_modem(dialect: &dyn Display) -> Diagnostic {
    Diagnostic::new(ExitCode::ModemRefused, format!("{dialect} is there, and no modem that makes keys"))
        .help_with("make the credentials here, and write them: nrfcloud cert issue, nrfcloud modem write")
}

/// The cloud does not know the device that it has just taken.
pub(crate) fn not_in_cloud(id: &DeviceId, found: &dyn Display) -> Diagnostic {
    Diagnostic::new(ExitCode::NotVerified, format!("device {id} was onboarded, and {found}"))
        .help_with("look with `nrfcloud device show`, and run the same command again: it looks once more")
}

/// The row of a board was refused.
pub(crate) fn board_refused(id: &DeviceId, operation: &dyn Display, reasons: &[String]) -> Diagnostic {
    Diagnostic::new(
        ExitCode::CloudRefused,
        format!("nRF Cloud refused device {id} in bulk operation {operation}"),
    )
    .because(reasons)
    .help_with(
        "the board itself is ready; mend what is named, and run the same command with --if-exists keep",
    )
}
