//! Devices that are claimed, and the commands that they are given.

use std::fmt::Display;
use std::path::Path;

use cloud_api::Error;
use cloud_api::provisioning::WaitError;
use modem_at::CmeCode;

use super::Diagnostic;
use crate::exit_code::ExitCode;

/// A text without a token that can be used. Nothing of it is told.
pub(crate) fn no_attestation_token(name: &dyn Display, reason: impl Display) -> Diagnostic {
    Diagnostic::new(ExitCode::BadInput, format!("no attestation token in {name}: {reason}"))
        .help_with("copy it again, whole; `nrfcloud modem attest` prints one, `nrfcloud claim gather --csv FILE` keeps them")
}

/// A file of tokens with lines that cannot be used.
pub(crate) fn bad_attestation_tokens(name: &dyn Display, problems: &[impl Display]) -> Diagnostic {
    Diagnostic::new(ExitCode::BadInput, format!("{name} is not as it should be; nothing was sent"))
        .because(problems)
        .help_with("mend these lines; `nrfcloud claim gather --csv FILE` writes such a file")
}

/// A CSV of tokens that cannot take a further row.
pub(crate) fn tokens_not_extended(path: &Path, problem: &dyn Display) -> Diagnostic {
    Diagnostic::new(ExitCode::BadInput, format!("no row was added to {}: {problem}", path.display()))
        .help_with("mend it, or take another --csv file")
}

/// A modem that cannot prove its identity.
pub(crate) fn no_attestation(model: &str) -> Diagnostic {
    Diagnostic::new(ExitCode::ModemRefused, format!("{model} has no attestation token"))
        .help_with("claiming is for nRF91x1 with mfw_nrf91x1_2.0.0 or later; this one is onboarded by its certificate: nrfcloud provision")
}

/// The service does not let this device be claimed.
pub(crate) fn claim_refused(error: &Error) -> Diagnostic {
    Diagnostic::new(ExitCode::CloudRefused, error).help_with(
        "a device of yours is released by `nrfcloud claim delete`, one of another team by that team; otherwise get a new token: nrfcloud modem attest",
    )
}

/// A claim that was not answered as it should be, for a reason that is none of the device's.
pub(crate) fn claims_stopped(error: Error) -> Diagnostic {
    let unsure = error.may_have_been_taken();
    let diagnostic = Diagnostic::from(error);
    if unsure {
        return diagnostic
            .help_with("it may have been taken: send the same again, which is safe: what is claimed already is told, and stays");
    }
    diagnostic
}

/// Claims of which not all were done. `first` is the first reason, `retry` the file with those that are to be sent again.
pub(crate) fn claims_failed(
    failed: usize,
    total: usize,
    first: Option<&str>,
    retry: Option<&Path>,
) -> Diagnostic {
    let (code, message) = match total {
        1 => (ExitCode::CloudRefused, "the device is not claimed".to_owned()),
        _ if failed == total => (ExitCode::CloudRefused, format!("none of the {total} devices is claimed")),
        _ => (ExitCode::Partly, format!("{failed} of {total} devices are not claimed")),
    };
    let help = match retry {
        Some(path) => format!(
            "look at each reason, and send those that can be mended: nrfcloud claim upload {}",
            path.display()
        ),
        None => "look at each reason, and send those again that can be mended".to_owned(),
    };
    Diagnostic::new(code, message).because(first).help_with(help)
}

/// A command that the device did not carry out.
pub(crate) fn command_failed(
    id: &dyn Display,
    status: &dyn Display,
    error: Option<&str>,
    cme: Option<CmeCode>,
) -> Diagnostic {
    let reasons = [error.map(str::to_owned), cme.map(|code| code.to_string())];
    let help =
        cme.and_then(CmeCode::cure).unwrap_or("mend what the reason names, and give the command again");
    let code = if cme.is_some() { ExitCode::ModemRefused } else { ExitCode::CloudRefused };
    Diagnostic::new(code, format!("command {id} ended with {status}"))
        .because(reasons.into_iter().flatten())
        .help_with(help)
}

impl From<WaitError> for Diagnostic {
    fn from(error: WaitError) -> Self {
        match error {
            WaitError::Deadline { ref device, ref id, .. } => {
                let help =
                    format!("the device fetches it when it connects: nrfcloud claim watch {device} {id}");
                Self::new(ExitCode::Network, error).help_with(help)
            }
            WaitError::Poll { error, .. } => not_commanded(error),
            other => Self::new(ExitCode::Unexpected, other),
        }
    }
}

/// A command that was not taken, or cannot be asked for.
pub(crate) fn not_commanded(error: Error) -> Diagnostic {
    let help = match error.status() {
        Some(404) => {
            "check the UUID, and the ID of the command; a device is claimed by `nrfcloud claim upload`"
        }
        Some(400 | 422) => "mend what the message names; a device has 20 commands at most that are not over",
        _ => return error.into(),
    };
    Diagnostic::new(ExitCode::CloudRefused, error).help_with(help)
}

/// A rule that would do again what another one does.
pub(crate) fn rule_exists(name: &str, tag: &str) -> Diagnostic {
    Diagnostic::new(ExitCode::CloudRefused, format!("the rule {name:?} is for the tag {tag} already"))
        .help_with("look at it with `nrfcloud claim rules`, or give another --tag")
}
