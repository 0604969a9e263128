//! Firmware updates over the air.

use std::fmt::Display;

use cloud_api::Error;
use cloud_api::fota::WaitError;

use super::Diagnostic;
use crate::exit_code::ExitCode;
use crate::input::Source;

impl From<WaitError> for Diagnostic {
    fn from(error: WaitError) -> Self {
        match error {
            WaitError::Deadline { ref id, .. } => {
                let help = format!("it goes on all the same: nrfcloud fota wait {id}");
                Self::new(ExitCode::Network, error).help_with(help)
            }
            // A refusal has a cure of its own: the ID may be wrong, or the key.
            WaitError::Poll { error, .. }
                if error.status().is_some_and(|status| status < 500) && !error.is_transient() =>
            {
                error.into()
            }
            WaitError::Poll { id, error } => {
                let help = format!("it goes on all the same: nrfcloud fota wait {id}");
                Self::from(error).help_with(help)
            }
            other => Self::new(ExitCode::Unexpected, other),
        }
    }
}

/// A job whose making was not answered. Made again, there might be two.
pub(crate) fn fota_job_lost(error: Error) -> Diagnostic {
    unsure(error, "it may have been made: look with `nrfcloud fota list` before you make another")
}

/// A bundle whose upload was not answered.
pub(crate) fn bundle_lost(error: Error) -> Diagnostic {
    unsure(error, "it may have been taken: look with `nrfcloud fota bundles` before you send it again")
}

fn unsure(error: Error, help: &'static str) -> Diagnostic {
    let may_be_done = error.may_have_been_taken();
    let diagnostic = Diagnostic::from(error);
    if may_be_done { diagnostic.help_with(help) } else { diagnostic }
}

/// A file that is no zip archive.
pub(crate) fn no_archive(source: &Source) -> Diagnostic {
    Diagnostic::new(ExitCode::BadInput, format!("{source}: this is no zip archive with files in it"))
        .help_with("the build writes one with its manifest.json: dfu_application.zip in the build directory")
}

/// A job that ended, and not well on every device. What became of each has been given.
pub(crate) fn devices_not_updated(id: &dyn Display, failed: usize, total: usize) -> Diagnostic {
    let (code, message) = match total {
        1 => (ExitCode::CloudRefused, format!("the device was not updated by FOTA job {id}")),
        total if failed == total => {
            (ExitCode::CloudRefused, format!("none of {total} devices was updated by FOTA job {id}"))
        }
        total => (ExitCode::Partly, format!("{failed} of {total} devices were not updated by FOTA job {id}")),
    };
    Diagnostic::new(code, message).help_with(
        "look at these devices, and make another job for them: nrfcloud fota create --device-id ID",
    )
}

/// A job that was complete at once, for want of devices.
pub(crate) fn fota_job_for_nobody(id: &dyn Display) -> Diagnostic {
    Diagnostic::new(ExitCode::CloudRefused, format!("FOTA job {id} was for no device at all")).help_with(
        "none that it names can be updated so: `nrfcloud device show ID` tells firmware types and tags",
    )
}

/// A job that ended in another way than by its end: cancelled, or deleted.
pub(crate) fn fota_job_ended(id: &dyn Display, status: &dyn Display, updated: usize) -> Diagnostic {
    let (code, before) = match updated {
        0 => (ExitCode::CloudRefused, "no device was updated before".to_owned()),
        1 => (ExitCode::Partly, "1 device was updated before".to_owned()),
        updated => (ExitCode::Partly, format!("{updated} devices were updated before")),
    };
    Diagnostic::new(code, format!("FOTA job {id} is {status}; {before}"))
        .help_with("make another job: nrfcloud fota create")
}
