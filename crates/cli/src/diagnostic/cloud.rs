//! nRF Cloud and the way to it.

use std::fmt::Display;

use cloud_api::Url;
use cloud_api::bulk::WaitError;
use cloud_api::client::BuildError;
use cloud_api::error::{AnswerError, BodyForm, Error, ServiceError, TransportError, TransportKind};

use super::Diagnostic;
use crate::exit_code::ExitCode;

impl From<Error> for Diagnostic {
    fn from(error: Error) -> Self {
        let transient = error.is_transient();
        match error {
            Error::Transport(error) => error.into(),
            Error::Service(error) => service(&error, transient),
            Error::Answer(error) => error.into(),
            other => Self::new(ExitCode::Unexpected, other),
        }
    }
}

impl From<TransportError> for Diagnostic {
    fn from(error: TransportError) -> Self {
        let help = match &error.kind {
            TransportKind::Dns | TransportKind::Connect | TransportKind::ConnectTimeout => {
                "check the network and the address: --api-url or NRFCLOUD_API_URL"
            }
            TransportKind::Tls { certificate: true, .. } => {
                "a proxy may stand between: give its authority by --ca-bundle, or check the clock"
            }
            TransportKind::Tls { .. } => "check that the address begins with the right one of http and https",
            _ => "try again",
        };
        Self::new(ExitCode::Network, error).help_with(help)
    }
}

impl From<AnswerError> for Diagnostic {
    fn from(error: AnswerError) -> Self {
        Self::new(ExitCode::Network, error)
            .help_with("this is not nRF Cloud's answer: check --api-url or NRFCLOUD_API_URL, and for a proxy")
    }
}

/// The service's refusal. What may be over in a minute is no refusal.
fn service(error: &ServiceError, transient: bool) -> Diagnostic {
    if error.form == BodyForm::Html {
        return Diagnostic::new(ExitCode::Network, error).help_with(
            "this is not nRF Cloud's answer: check --api-url or NRFCLOUD_API_URL, and for a proxy",
        );
    }
    let code = if transient { ExitCode::Network } else { ExitCode::CloudRefused };
    let help = match error.status {
        401 if error.operation == "GetAssistanceData" => {
            "the token is not accepted: is the device onboarded, and with the key that signed? `nrfcloud jwt verify` compares"
        }
        401 => "the API key is not accepted: copy it again from the portal, Team Details",
        403 => "the API key may not do this: check the role of its user, and the plan of the team",
        404 if error.operation == "CreateFOTAJob" => {
            "check the bundle: `nrfcloud fota bundles` shows what can be sent"
        }
        404 if error.operation.contains("FOTA") => {
            "check the ID: `nrfcloud fota list` and `nrfcloud device list` show what there is"
        }
        404 if error.operation.contains("Firmware") => {
            "check the ID: `nrfcloud fota bundles` shows what there is"
        }
        404 if error.operation.contains("BulkOps") => {
            "check the ID: `nrfcloud bulk list` shows what there is"
        }
        404 if error.operation == "UnclaimDevice" => {
            "check the UUID; a device is claimed by `nrfcloud claim upload`"
        }
        404 => "check the ID: `nrfcloud device list` shows what there is",
        412 => {
            "the state was changed meanwhile: look with `nrfcloud device state`, and give the version that it has now"
        }
        409 => "look at what is there already: nrfcloud device show",
        413 => "send less at once",
        416 => "ask for a --range that begins inside the data",
        422 if error.operation.contains("FOTA") => {
            "mend what the message names; `nrfcloud fota show JOB` tells where a job stands"
        }
        422 if error.operation == "UploadFirmware" => {
            "mend the archive: manifest.json names its version and its images, all of one type"
        }
        422 if is_upload(error.operation) => {
            "mend what the message names; `nrfcloud device check` finds most of it without a network"
        }
        422 if error.operation == "SendDeviceMessage" => {
            "mend what the message names; a topic has the device in it, as d/ID/d2c has"
        }
        422 => "mend what the message names",
        429 => "too many requests: wait a while and try again",
        500.. => "try again later; https://status.nrfcloud.com tells of known trouble",
        _ => "check the arguments",
    };
    Diagnostic::new(code, error).help_with(help)
}

fn is_upload(operation: &str) -> bool {
    matches!(operation, "OnboardDevice" | "OnboardDevices" | "RegisterPublicKeys" | "RegisterCertificates")
}

impl From<BuildError> for Diagnostic {
    fn from(error: BuildError) -> Self {
        let help = match &error {
            BuildError::BaseUrl(_) => "give --api-url or NRFCLOUD_API_URL as https://api.nrfcloud.com",
            BuildError::CaBundle { .. } => "give PEM certificates as --ca-bundle",
            BuildError::Tls { .. } => {
                return Self::new(ExitCode::Config, error).help_with(
                    "this host has no certificates of authorities: sudo apt install ca-certificates, or give --ca-bundle",
                );
            }
            _ => return Self::new(ExitCode::Unexpected, error),
        };
        Self::new(ExitCode::BadInput, error).help_with(help)
    }
}

impl From<WaitError> for Diagnostic {
    fn from(error: WaitError) -> Self {
        match error {
            WaitError::Deadline { ref id, .. } => {
                let help = format!("it goes on all the same: nrfcloud bulk wait {id}");
                Self::new(ExitCode::Network, error).help_with(help)
            }
            // A refusal has a cure of its own: the ID may be wrong, or the key.
            WaitError::Poll { error: error @ Error::Service(_), .. } if !error.is_transient() => error.into(),
            WaitError::Poll { id, error } => {
                let help = format!("it goes on all the same: nrfcloud bulk wait {id}");
                Self::from(error).help_with(help)
            }
            other => Self::new(ExitCode::Unexpected, other),
        }
    }
}

/// An upload whose answer was lost. Sent again it might be done twice.
pub(crate) fn upload_lost(error: Error) -> Diagnostic {
    let unsure = error.may_have_been_taken();
    let diagnostic = Diagnostic::from(error);
    if unsure {
        diagnostic
            .help_with("it may have been taken: look with `nrfcloud bulk list` before you send it again")
    } else {
        diagnostic
    }
}

/// A bulk operation of which some or all rows failed. `total` is not known to who only waits, `retry` is the file with the failed rows.
pub(crate) fn rows_failed(
    id: &dyn Display,
    failed: usize,
    total: Option<usize>,
    retry: Option<&dyn Display>,
) -> Diagnostic {
    let all = total.is_some_and(|total| failed >= total);
    let (code, message) = match total {
        Some(1) => (ExitCode::CloudRefused, format!("the row failed in bulk operation {id}")),
        Some(total) if all => {
            (ExitCode::CloudRefused, format!("all {total} rows failed in bulk operation {id}"))
        }
        Some(total) => (ExitCode::Partly, format!("{failed} of {total} rows failed in bulk operation {id}")),
        None if failed == 0 => {
            return Diagnostic::new(
                ExitCode::CloudRefused,
                format!("bulk operation {id} failed and names no row"),
            )
            .help_with(format!("look for what is known of it: nrfcloud bulk show {id}"));
        }
        None => (ExitCode::Partly, format!("rows failed in bulk operation {id}: {failed}")),
    };
    let mend = match retry {
        Some(path) => format!("mend the rows in {path} and send that file"),
        None if total.is_none() => {
            format!("`nrfcloud bulk retry {id}` sends these rows again, --csv takes them mended")
        }
        None => "mend these rows and send them again".to_owned(),
    };
    let rest = match total {
        Some(_) if all => "",
        Some(_) => "; the others are done",
        None => "; any others are done",
    };
    Diagnostic::new(code, message).help_with(format!("{mend}{rest}"))
}

/// A bulk operation that did not succeed, and does not tell which rows did.
pub(crate) fn rows_unknown(id: &dyn Display) -> Diagnostic {
    Diagnostic::new(
        ExitCode::CloudRefused,
        format!("bulk operation {id} did not succeed, and does not tell which rows did"),
    )
    .help_with("look for the devices before you send anything again: nrfcloud device list")
}

/// A bulk operation without a row to send again.
pub(crate) fn nothing_to_retry(id: &dyn Display) -> Diagnostic {
    Diagnostic::new(ExitCode::BadInput, format!("no row failed in bulk operation {id}")).help_with(
        "there is nothing to send again; `nrfcloud bulk list --status failed` shows where there is",
    )
}

/// A bulk operation that no CSV of devices began.
pub(crate) fn not_retried(id: &dyn Display, kind: &dyn Display) -> Diagnostic {
    Diagnostic::new(
        ExitCode::BadInput,
        format!("bulk operation {id} is of the kind {kind}, which is not sent again"),
    )
    .help_with("only onboarding and the registration of keys and certificates are")
}

/// The uploaded rows are not to be had any more.
pub(crate) fn no_uploaded_rows(id: &dyn Display, error: Diagnostic) -> Diagnostic {
    Diagnostic::new(error.code, format!("the rows of bulk operation {id} are not to be had from nRF Cloud"))
        .because([error.message])
        .help_with("give the CSV that was sent: --csv FILE")
}

/// It cannot be told which rows of a CSV are those that failed.
pub(crate) fn rows_not_told(id: &dyn Display, why: &dyn Display) -> Diagnostic {
    Diagnostic::new(
        ExitCode::BadInput,
        format!("it cannot be told which rows failed in bulk operation {id}: {why}; nothing was sent"),
    )
    .help_with("put the rows that failed into a file of their own, and send that: nrfcloud device onboard FILE --wait")
}

/// The ledger holds no bulk operation.
pub(crate) fn no_operation() -> Diagnostic {
    Diagnostic::new(
        ExitCode::Usage,
        "this machine has sent nothing to this address yet, as far as its ledger tells",
    )
    .help_with("give the ID of a bulk operation: nrfcloud bulk list")
}

/// A message whose answer was lost. Sent again it might come twice.
pub(crate) fn message_lost(error: Error) -> Diagnostic {
    let unsure = error.may_have_been_taken();
    let diagnostic = Diagnostic::from(error);
    if unsure {
        diagnostic
            .help_with("it may have been taken: look with `nrfcloud message list` before you send it again")
    } else {
        diagnostic
    }
}

/// A verb for several devices that did not do all. `first` is what became of the first that failed.
pub(crate) fn devices_failed(
    failed: usize,
    not_tried: usize,
    total: usize,
    first: &Diagnostic,
) -> Diagnostic {
    let (code, message) = if failed + not_tried < total {
        (ExitCode::Partly, format!("{failed} of {total} devices failed"))
    } else if not_tried == 0 {
        (first.code, format!("all {total} devices failed"))
    } else {
        (first.code, format!("{failed} of {total} devices failed, and none is done"))
    };
    let rest = if not_tried > 0 { format!("; {not_tried} were not tried") } else { String::new() };
    Diagnostic {
        code,
        message: format!("{message}{rest}"),
        reasons: vec![first.message.clone()],
        help: first.help.clone(),
    }
}

/// A bearer token that cannot be one.
pub(crate) fn bad_token(error: &dyn Display) -> Diagnostic {
    Diagnostic::new(ExitCode::BadInput, error)
        .help_with("give a device's token, whole; make one: nrfcloud jwt sign --key FILE --device-id ID")
}

/// The address in the environment is none.
pub(crate) fn bad_url_variable(variable: &str, value: &str, error: &dyn Display) -> Diagnostic {
    Diagnostic::new(ExitCode::BadInput, format!("{variable} {value:?}: {error}"))
        .help_with("set it to an address such as https://api.nrfcloud.com, or unset it")
}

/// The address in a profile is none.
pub(crate) fn bad_profile_url(key: &str, value: &str, error: &dyn Display) -> Diagnostic {
    Diagnostic::new(ExitCode::Config, format!("{key} {value:?} of the profile: {error}"))
        .help_with("set it to an address such as https://api.nrfcloud.com, or leave it out")
}

/// The credentials would go over the network in clear.
pub(crate) fn clear_text(url: &dyn Display) -> Diagnostic {
    Diagnostic::new(
        ExitCode::BadInput,
        format!("{url} is plain http: whoever is on the way reads the credentials"),
    )
    .help_with("give an https address; --allow-http sends them all the same")
}

/// An answer that should have been assistance data.
pub(crate) fn no_assistance_data(status: u16, error: &dyn Display) -> Diagnostic {
    Diagnostic::new(
        ExitCode::Network,
        format!("the answer with status {status} is no assistance data: {error}"),
    )
    .help_with("this is not nRF Cloud's answer: check --api-url or NRFCLOUD_API_URL, and for a proxy")
}

/// There are no predictions where the service says they are.
pub(crate) fn no_predictions(url: &Url, error: &dyn Display) -> Diagnostic {
    Diagnostic::new(ExitCode::Network, format!("no predictions at {url}: {error}")).help_with(
        "run it again; if that does not help, check --api-url or NRFCLOUD_API_URL, and for a proxy",
    )
}

/// A simulated cloud did not start.
#[cfg(feature = "sim")]
pub(crate) fn sim_cloud(error: &cloud_sim::StartError) -> Diagnostic {
    match error {
        cloud_sim::StartError::Listen { .. } => Diagnostic::new(ExitCode::Network, error)
            .help_with("give another --listen address; port 0 is any free one"),
        cloud_sim::StartError::AuthToken => Diagnostic::new(ExitCode::BadInput, error)
            .help_with("unset NRFCLOUD_AUTH_TOKEN to have a token made"),
        cloud_sim::StartError::ApiKey => {
            Diagnostic::new(ExitCode::BadInput, error).help_with("unset NRFCLOUD_API_KEY to have a key made")
        }
        _ => Diagnostic::new(ExitCode::Unexpected, error),
    }
}
