//! What is told when a command fails: one message, its reasons, an exit code, and `help:` with the next step.
//!
//! Libraries and the modules beside this one say what happened. What to do about it is said here and nowhere else.

mod claim;
mod cloud;
mod fota;
mod journal;
mod local;
mod modem;
mod scope;

pub(crate) use claim::{
    bad_attestation_tokens, claim_refused, claims_failed, claims_stopped, command_failed, no_attestation,
    no_attestation_token, not_commanded, rule_exists, tokens_not_extended,
};
#[cfg(feature = "sim")]
pub(crate) use cloud::sim_cloud;
pub(crate) use cloud::{
    bad_profile_url, bad_token, bad_url_variable, clear_text, devices_failed, message_lost,
    no_assistance_data, no_operation, no_predictions, no_uploaded_rows, not_retried, nothing_to_retry,
    rows_failed, rows_not_told, rows_unknown, upload_lost,
};
pub(crate) use fota::{
    bundle_lost, devices_not_updated, fota_job_ended, fota_job_for_nobody, fota_job_lost, no_archive,
};
pub(crate) use journal::{
    bad_ledger, board_refused, campaign_failed, held, known_to_cloud, no_coap_ca, no_ledger, no_modem,
    no_run, no_state, not_in_cloud, not_kept, not_proved, other_run, part_failed, slot_taken,
};
pub(crate) use local::{
    bad_assistance_data, bad_claim, bad_csv, bad_ids, bad_json, bad_list, bad_predictions, bad_value,
    certificate_not_verified, certificate_of_another_key, csv_not_extended, csv_not_sent, device_in_csv,
    no_key_in_csv, no_message, no_object, no_token, not_confirmed, not_healthy, not_repaired, not_stdout,
    other_device_id, passphrase_needed, secret_in_csv, token_explained, token_not_verified, unusable,
    unusable_key,
};
#[cfg(all(feature = "sim", unix))]
pub(crate) use modem::sim_modem;
pub(crate) use modem::{
    attributes_refused, bad_attestation, bad_keygen, bad_psk, bad_script, clock_not_set, no_port,
    no_self_signed, script_stopped, slots_not_deleted,
};
pub(crate) use scope::{location_failed, modem_token, no_cell, nobody_asks, organization_token_as_argument};

use std::borrow::Cow;
use std::error::Error;
use std::fmt::Display;

use crate::exit_code::ExitCode;

/// The end of a command that did not do all it should.
#[derive(Debug)]
pub(crate) struct Diagnostic {
    code: ExitCode,
    message: String,
    reasons: Vec<String>,
    help: Option<Cow<'static, str>>,
}

impl Diagnostic {
    fn new(code: ExitCode, message: impl Display) -> Self {
        Self { code, message: message.to_string(), reasons: Vec::new(), help: None }
    }

    fn help_with(mut self, help: impl Into<Cow<'static, str>>) -> Self {
        self.help = Some(help.into());
        self
    }

    fn because(mut self, reasons: impl IntoIterator<Item = impl Display>) -> Self {
        self.reasons.extend(reasons.into_iter().map(|reason| reason.to_string()));
        self
    }

    /// The exit code.
    pub(crate) fn code(&self) -> ExitCode {
        self.code
    }

    /// With `secret` taken out of the message, should somebody have sent it back.
    pub(crate) fn without(mut self, secret: &str) -> Self {
        self.message = self.message.replace(secret, "[redacted]");
        self
    }

    /// What happened, to which thing.
    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    /// Each reason, where there may be several.
    pub(crate) fn reasons(&self) -> &[String] {
        &self.reasons
    }

    /// What to do next.
    pub(crate) fn help(&self) -> Option<&str> {
        self.help.as_deref()
    }
}

/// Something that should not happen, and is not the user's doing.
pub(crate) fn unexpected(error: impl Display) -> Diagnostic {
    Diagnostic::new(ExitCode::Unexpected, error)
}

impl Diagnostic {
    /// A value on the command line that breaks a rule.
    pub(crate) fn bad_argument(argument: &str, value: &str, error: &dyn Error) -> Self {
        let error = error.to_string();
        // Our own rules name the value, a long one by its beginning; those of the standard library do not.
        let beginning: String = value.chars().take(40).collect();
        let message = if error.contains(&beginning) { error } else { format!("{beginning:?}: {error}") };
        Self::new(ExitCode::BadInput, message)
            .help_with(format!("the value of `{argument}` is refused; --help tells what it takes"))
    }

    /// Arguments that do not go together, where the parser cannot know.
    pub(crate) fn usage(message: impl Display, help: &'static str) -> Self {
        Self::new(ExitCode::Usage, message).help_with(help)
    }

    /// The user pressed Ctrl-C, and what had to be put back has been.
    pub(crate) fn interrupted() -> Self {
        Self::new(ExitCode::Interrupted, "interrupted; the step in hand was finished first")
            .help_with("look at what is done before you run it again")
    }
}
