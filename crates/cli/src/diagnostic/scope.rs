//! Who asks the location services, and what they say to that.

use cloud_api::Error;
use modem_at::CmeCode;

use super::Diagnostic;
use crate::exit_code::ExitCode;
use crate::scope::ScopeError;
use crate::secret::SecretError;

impl From<ScopeError> for Diagnostic {
    fn from(error: ScopeError) -> Self {
        let help = match &error {
            ScopeError::NoToken => {
                "set NRFCLOUD_AUTH_TOKEN, or give --auth-token-file; an admin of the organization makes it in the portal under Admin, Organization Auth Tokens"
            }
            ScopeError::NotNamed { .. } => {
                "give --org and --project, set NRFCLOUD_ORG and NRFCLOUD_PROJECT, or keep org and project in a profile"
            }
            ScopeError::WebToken { .. } => "give the token of a device with --token, or as `--token -`",
            ScopeError::Slug { .. } => "copy it from the portal's address",
            ScopeError::Secret(SecretError::File(_)) => {
                "check the path, and who may read it; `-` is standard input"
            }
            ScopeError::Secret(_) => "make another in the portal under Admin, Organization Auth Tokens",
        };
        Self::new(ExitCode::Config, error).help_with(help)
    }
}

/// Nothing says who asks.
pub(crate) fn nobody_asks() -> Diagnostic {
    Diagnostic::new(ExitCode::Config, "no device and no project to ask for").help_with(
        "give --token, --key with --device-id, --port for a modem that signs, or an organization auth token with --org and --project",
    )
}

/// The argument of `--token` is a secret of another kind, which must not stand there. It is not told.
pub(crate) fn organization_token_as_argument() -> Diagnostic {
    Diagnostic::usage(
        "--token takes a JSON Web Token, and this is an organization auth token",
        "put it into NRFCLOUD_AUTH_TOKEN, or into a file for --auth-token-file; arguments stand in the process list",
    )
}

/// The modem makes no token for want of a key or of the time. Unlike `jwt sign`, what asks for one cannot do without the time.
pub(crate) fn modem_token(error: modem_at::Error) -> Diagnostic {
    let help = match &error {
        modem_at::Error::NoModemTime => Some("set its clock: nrfcloud modem time --set now"),
        error if error.cme_code() == Some(CmeCode::NOT_FOUND) => Some(
            "it has no key in that slot: `nrfcloud provision` makes one, --sec-tag names another, `nrfcloud modem slots` lists them",
        ),
        _ => None,
    };
    let diagnostic = Diagnostic::from(error);
    match help {
        Some(help) => diagnostic.help_with(help),
        None => diagnostic,
    }
}

/// The modem is the only one to ask for a cell, and has none.
pub(crate) fn no_cell() -> Diagnostic {
    Diagnostic::new(ExitCode::ModemRefused, "the modem is not registered with a network, so it has no cell").help_with(
        "turn its radio on and give it a minute: nrfcloud modem at AT+CFUN=1; or name cells or access points",
    )
}

/// A location service that did not give what it should. What helps depends on who asked.
pub(crate) fn location_failed(error: Error, by_project: bool) -> Diagnostic {
    let status = error.status();
    let is_refusal = matches!(error, Error::Service(_));
    let is_fix = matches!(&error, Error::Service(error) if error.operation.starts_with("GetLocationFrom"));
    let diagnostic = Diagnostic::from(error);
    if !is_refusal || diagnostic.code() != ExitCode::CloudRefused {
        return diagnostic;
    }
    match (status, by_project) {
        (Some(401 | 403), true) => diagnostic.help_with(
            "the organization auth token is not accepted: is it one of this organization, and not revoked?",
        ),
        (Some(401 | 403), false) => diagnostic.help_with(
            "the token is not accepted: is the device onboarded, and with the key that signed? `nrfcloud jwt verify` compares",
        ),
        (Some(404), true) if !is_fix => {
            diagnostic.help_with("check --org and --project: they are as they stand in the portal's addresses")
        }
        (Some(404), true) => diagnostic.help_with(
            "nobody knows these cells or access points, or there is no such project: check --org and --project",
        ),
        (Some(404), false) if is_fix => {
            diagnostic.help_with("nobody knows these cells or access points; without --no-fallback the tracking area may do")
        }
        (Some(422), _) => diagnostic.help_with("mend what the message names; --help tells what each option takes"),
        _ => diagnostic,
    }
}
