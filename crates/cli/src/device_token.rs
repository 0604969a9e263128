//! Who asks the location services: a device by its token, given or signed here or by its modem, or a project of an organization.

use std::mem;
use std::time::Duration;

use clap::{ArgGroup, Args};
use cloud_api::{Credentials, DeviceId, Token};
use jwt_core::{Claims, Header, nrfcloud};
use modem_at::{JwtKeyType, JwtRequest, Lifetime, SecTag};
use zeroize::Zeroizing;

use crate::cell::Cell;
use crate::context::Context;
use crate::diagnostic::{self, Diagnostic};
use crate::input::Source;
use crate::key_material;
use crate::passphrase::PassphraseOptions;
use crate::scope::{self, ProjectOptions};
use crate::serial::{Kit, PortOptions};
use crate::token::{self, Opened};

/// The options of every verb of the location services.
#[derive(Args, Debug)]
#[command(group = ArgGroup::new("who").args(["token", "key"]), next_help_heading = "Who asks")]
pub(crate) struct DeviceToken {
    /// Device token; `-` is standard input
    #[arg(long)]
    token: Option<String>,
    /// Private key of the device: a token that lives ten minutes is signed with it
    #[arg(long, value_name = "FILE", requires = "device_id")]
    key: Option<Source>,
    #[command(flatten)]
    passphrase: PassphraseOptions,
    /// Device that the key of --key or of the modem belongs to [default with --port: as the modem names itself]
    #[arg(long, value_name = "ID", conflicts_with_all = ["token", "org", "project", "auth_token_file"])]
    device_id: Option<DeviceId>,
    /// Device that is asked for, where the token is that of a proxy or of an organization
    #[arg(long, value_name = "ID")]
    for_device: Option<DeviceId>,
    /// Security tag of the modem's key that signs [default: 16842753]
    #[arg(long, value_name = "TAG", conflicts_with = "who")]
    sec_tag: Option<SecTag>,
    #[command(flatten)]
    project: ProjectOptions,
    #[command(flatten)]
    port: PortOptions,
}

/// Who asks, and what the modem has said beside it.
#[derive(Debug)]
pub(crate) struct Asker {
    pub(crate) credentials: Credentials,
    /// Whether it is a project.
    pub(crate) is_project: bool,
    /// Whether a modem was asked for its cell.
    pub(crate) was_modem_asked: bool,
    /// The cell of that modem, where it has one.
    pub(crate) cell: Option<Cell>,
}

/// How to get at a token.
#[derive(Clone, Copy)]
enum Way<'a> {
    Token(&'a str),
    Key(&'a Source, &'a DeviceId),
    Modem,
    Project,
}

impl DeviceToken {
    /// The device that it is about, where that is not the one of the token.
    pub(crate) const fn asks_for(&self) -> Option<&DeviceId> {
        self.for_device.as_ref()
    }

    /// Credentials; and by `wants_cell` the cell of the modem, where a modem is named or signs.
    pub(crate) fn resolve(&self, context: &Context, wants_cell: bool) -> Result<Asker, Diagnostic> {
        let way = self.way()?;
        let is_signed_by_modem = matches!(way, Way::Modem);
        let was_modem_asked = wants_cell && (is_signed_by_modem || self.port.is_given());
        if self.port.is_given() && !is_signed_by_modem && !was_modem_asked {
            return Err(Diagnostic::usage("there is nothing to ask of the kit on --port", "leave it out"));
        }
        if self.sec_tag.is_some() && !is_signed_by_modem {
            return Err(Diagnostic::usage(
                "--sec-tag says which key of a modem signs, and none is to sign",
                "give --port for the modem, or leave it out",
            ));
        }
        let mut cell = None;
        let mut modem_token = None;
        if is_signed_by_modem || was_modem_asked {
            let mut modem = self.port.open(context)?;
            if was_modem_asked {
                cell = modem.serving_cell()?.as_ref().and_then(Cell::of_modem);
            }
            if is_signed_by_modem {
                modem_token = Some(self.sign_by(&mut modem)?);
            }
            modem.close()?;
        }
        let credentials = match (way, modem_token) {
            (Way::Project, _) => self.project.resolve(context)?.into(),
            (_, Some(token)) => token.into(),
            (Way::Token(argument), None) => given(context, argument)?.into(),
            (Way::Key(source, id), None) => self.signed(context, source, id)?.into(),
            (Way::Modem, None) => return Err(diagnostic::nobody_asks()),
        };
        Ok(Asker { credentials, is_project: matches!(way, Way::Project), was_modem_asked, cell })
    }

    /// Options before the environment, and what is least likely to be there by chance first.
    fn way(&self) -> Result<Way<'_>, Diagnostic> {
        match (&self.token, &self.key, &self.device_id) {
            (Some(argument), _, _) => Ok(Way::Token(argument)),
            (None, Some(source), Some(id)) => Ok(Way::Key(source, id)),
            _ if self.project.is_given() => Ok(Way::Project),
            _ if self.port.is_given() => Ok(Way::Modem),
            (_, _, None) if scope::is_in_environment() => Ok(Way::Project),
            _ if self.port.name().is_some() => Ok(Way::Modem),
            _ => Err(diagnostic::nobody_asks()),
        }
    }

    fn signed(&self, context: &Context, source: &Source, id: &DeviceId) -> Result<Token, Diagnostic> {
        let key = key_material::private_key_with(context, source, &self.passphrase)?;
        let now = context.unix_now();
        let claims =
            Claims::new().sub(id.as_str()).iat(now).exp(now.saturating_add(nrfcloud::DEFAULT_LIFETIME));
        wrapped(Zeroizing::new(jwt_core::sign_to_string(&Header::new(), &claims, &key)?))
    }

    fn sign_by(&self, modem: &mut Kit) -> Result<Token, Diagnostic> {
        let request = JwtRequest {
            expires_in: Some(Lifetime::new(Duration::from_secs(nrfcloud::DEFAULT_LIFETIME))?),
            sub: self.device_id.as_ref().map(ToString::to_string),
            aud: None,
            sec_tag: Some(self.sec_tag.unwrap_or(SecTag::NRF_CLOUD)),
            key_type: JwtKeyType::ClientPrivateKey,
        };
        wrapped(Zeroizing::new(modem.jwt(&request).map_err(diagnostic::modem_token)?))
    }
}

fn given(context: &Context, argument: &str) -> Result<Token, Diagnostic> {
    let token = token::read(context, argument)?;
    if token.starts_with("oat_") {
        return Err(diagnostic::organization_token_as_argument());
    }
    // What is no token at all is not sent anywhere.
    Opened::new(&token).map_err(|error| diagnostic::bad_token(&error))?;
    wrapped(token)
}

/// Moved, not copied: whoever holds it wipes it.
fn wrapped(mut text: Zeroizing<String>) -> Result<Token, Diagnostic> {
    Token::new(mem::take(&mut *text)).map_err(|error| diagnostic::bad_token(&error))
}
