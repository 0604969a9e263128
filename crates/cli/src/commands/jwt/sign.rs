//! `nrfcloud jwt sign`

mod claims;
mod header;

use std::path::Path;
use std::str::FromStr;

use clap::{Args, ValueEnum};
use cloud_api::DeviceId;
use jwt_core::{JsonPayload, nrfcloud};
use modem_at::{JwtKeyType, JwtRequest, Lifetime, SecTag};
use serde::Serialize;
use zeroize::Zeroizing;

use crate::clock::{Seconds, SecondsError, Span};
use crate::context::Context;
use crate::diagnostic::Diagnostic;
use crate::file::{Access, Batch, WriteOptions};
use crate::input::Source;
use crate::key_material;
use crate::passphrase::PassphraseOptions;
use crate::serial::PortOptions;

use claims::{Claim, Payload};
use header::HeaderOptions;

#[derive(Args, Debug)]
pub(crate) struct Sign {
    /// Private key that signs
    #[arg(long, value_name = "FILE", conflicts_with_all = ["port", "sec_tag", "key_type"])]
    key: Option<Source>,
    #[command(flatten)]
    passphrase: PassphraseOptions,
    #[command(flatten)]
    token: TokenOptions,
    /// The claim `iss`
    #[arg(long)]
    iss: Option<String>,
    /// Leave the claim `iat` out
    #[arg(long)]
    no_iat: bool,
    /// Another claim; a value that is JSON is taken as such, any other as text
    #[arg(long, value_name = "NAME=VALUE")]
    claim: Vec<Claim>,
    /// JSON object to be signed just as it is, instead of all claims
    #[arg(
        long,
        value_name = "JSON",
        conflicts_with_all = ["device_id", "iss", "aud", "expires_in", "no_iat", "no_exp", "claim"]
    )]
    payload: Option<String>,
    #[command(flatten)]
    header: HeaderOptions,
    /// File for the token, which its owner alone may read; `-` is standard output
    #[arg(short, long, value_name = "FILE", default_value = "-")]
    out: Source,
    #[command(flatten)]
    write: WriteOptions,
    #[command(flatten)]
    modem: ModemKey,
}

/// The claims that a modem can make, too.
#[derive(Args, Debug)]
pub(crate) struct TokenOptions {
    /// Device ID, the claim `sub`
    #[arg(long, value_name = "ID")]
    device_id: Option<DeviceId>,
    /// The claim `aud`; a modem takes one, a key may be given several
    #[arg(long)]
    aud: Vec<String>,
    /// Lifetime, as 90s, 10m, 2h or 7d
    #[arg(long, value_name = "TIME", default_value = "10m", conflicts_with = "no_exp")]
    expires_in: LifetimeArgument,
    /// Leave the claim `exp` out: the token never expires
    #[arg(long)]
    no_exp: bool,
}

/// How long a token lives, on the command line.
#[derive(Clone, Copy, Debug)]
struct LifetimeArgument(Lifetime);

impl FromStr for LifetimeArgument {
    type Err = LifetimeError;

    fn from_str(text: &str) -> Result<Self, LifetimeError> {
        let seconds: Seconds = text.parse()?;
        let lifetime = Lifetime::new(seconds.duration());
        lifetime.map(Self).map_err(|_| LifetimeError::Range { value: text.to_owned() })
    }
}

/// A text that is no lifetime.
#[derive(Clone, Debug, thiserror::Error)]
enum LifetimeError {
    /// No duration at all.
    #[error(transparent)]
    Duration(#[from] SecondsError),
    /// One that no token has.
    #[error("lifetime {value:?}: is not from 1 s to 4294967295 s; --no-exp makes a token that never expires")]
    Range {
        /// As it was given.
        value: String,
    },
}

/// A key inside a modem.
#[derive(Args, Debug)]
pub(crate) struct ModemKey {
    /// Security tag of the modem's key [default: 16842753 with --key-type client, otherwise the identity key signs]
    #[arg(long, value_name = "TAG")]
    sec_tag: Option<SecTag>,
    /// Which of the modem's keys signs
    #[arg(long, value_enum)]
    key_type: Option<KeyType>,
    #[command(flatten)]
    port: PortOptions,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum KeyType {
    /// The client private key of the security tag
    Client,
    /// The device identity key
    Identity,
}

#[derive(Serialize)]
pub(crate) struct Signed {
    token: String,
    signed_by: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    key_id: Option<String>,
}

/// The document where the token goes into a file, and so is not in it.
#[derive(Serialize)]
struct Written<'a> {
    path: &'a Path,
    signed_by: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    key_id: Option<&'a str>,
    dry_run: bool,
}

impl Signed {
    /// Gives the token alone, or as a document.
    pub(crate) fn give(&self, context: &Context, schema: &str) {
        context.out.result(schema, self, |signed| format!("{}\n", signed.token));
    }

    fn write(&self, context: &Context, path: &Path, options: WriteOptions) -> Result<(), Diagnostic> {
        let line = Zeroizing::new(format!("{}\n", self.token));
        let mut batch = Batch::new(options);
        batch.add(path, line.as_bytes(), Access::Private);
        batch.commit(&context.out)?;
        let written = Written {
            path,
            signed_by: self.signed_by,
            key_id: self.key_id.as_deref(),
            dry_run: options.dry_run,
        };
        context.out.result("nrfcloud.jwt.sign", &written, |written| match written.dry_run {
            true => String::new(),
            false => format!("{}\n", written.path.display()),
        });
        Ok(())
    }
}

impl Sign {
    pub(crate) fn run(self, context: &Context) -> Result<(), Diagnostic> {
        let signed = match &self.key {
            Some(source) => self.with_key(context, source)?,
            None if self.modem.port.name().is_some() => {
                self.refuse_what_only_a_host_can()?;
                self.modem.sign(context, &self.token)?
            }
            None => {
                return Err(Diagnostic::usage(
                    "nothing to sign with",
                    "give --key FILE, or --port PORT for the modem's key",
                ));
            }
        };
        match &self.out {
            Source::Path(path) => signed.write(context, path, self.write),
            Source::Stdin => {
                signed.give(context, "nrfcloud.jwt.sign");
                Ok(())
            }
        }
    }

    fn with_key(&self, context: &Context, source: &Source) -> Result<Signed, Diagnostic> {
        let key = key_material::private_key_with(context, source, &self.passphrase)?;
        let key_id = key.public_key().key_id();
        let parameters = self.header.read(context, &key.public_key())?;
        let extra = parameters.extra();
        let header = parameters.of(&key_id).with_extra(&extra);
        let token = match &self.payload {
            Some(json) => jwt_core::sign_to_string(&header, &JsonPayload::new(json)?, &key)?,
            None => {
                let json = self.claims(context)?.to_json()?;
                jwt_core::sign_to_string(&header, &JsonPayload::new(&json)?, &key)?
            }
        };
        Ok(Signed { token, signed_by: "key", key_id: Some(key_id) })
    }

    fn claims(&self, context: &Context) -> Result<Payload, Diagnostic> {
        let TokenOptions { device_id, aud, expires_in: LifetimeArgument(lifetime), no_exp } = &self.token;
        let lifetime = u64::from(lifetime.as_secs());
        let now = context.unix_now();
        let mut payload = Payload::default();
        payload.text("sub", device_id.as_ref().map(DeviceId::as_str))?;
        payload.text("iss", self.iss.as_deref())?;
        match aud.as_slice() {
            [one] => payload.text("aud", Some(one))?,
            many => payload.texts("aud", many)?,
        }
        payload.time("iat", (!self.no_iat).then_some(now))?;
        payload.time("exp", (!no_exp).then(|| now.saturating_add(lifetime)))?;
        payload.claims(&self.claim)?;
        if !no_exp && lifetime > nrfcloud::MAX_LIFETIME {
            context.out.warn(format_args!(
                "the token lives {}; Nordic's SDK makes none that lives more than {}",
                Span(lifetime),
                Span(nrfcloud::MAX_LIFETIME)
            ));
        }
        if !payload.names_somebody() {
            context
                .out
                .warn("the token names no device, and nRF Cloud takes none that does not: give --device-id");
        }
        Ok(payload)
    }

    fn refuse_what_only_a_host_can(&self) -> Result<(), Diagnostic> {
        let host_only = [
            ("--iss", self.iss.is_some()),
            ("--no-iat", self.no_iat && !self.token.no_exp),
            ("--claim", !self.claim.is_empty()),
            ("--payload", self.payload.is_some()),
            ("--kid", self.header.is_kid()),
            ("--header", self.header.is_header()),
            ("--x5t", self.header.is_x5t()),
            ("--passphrase-file", self.passphrase.is_given()),
        ];
        match host_only.iter().find(|(_, given)| *given) {
            Some((option, _)) => Err(Diagnostic::usage(
                format_args!(
                    "{option} cannot be asked of a modem: AT%JWT takes sub, aud and a lifetime only"
                ),
                "leave it out, or sign by --key",
            )),
            None => Ok(()),
        }
    }
}

impl ModemKey {
    /// Lets the modem make a token.
    pub(crate) fn sign(&self, context: &Context, token: &TokenOptions) -> Result<Signed, Diagnostic> {
        let sec_tag = match (self.sec_tag, self.key_type) {
            (Some(tag), None | Some(KeyType::Client)) => Some(tag),
            (None, Some(KeyType::Client)) => Some(SecTag::NRF_CLOUD),
            (None, None | Some(KeyType::Identity)) => None,
            (Some(_), Some(KeyType::Identity)) => {
                return Err(Diagnostic::usage(
                    "the identity key has no --sec-tag",
                    "leave one of the two out",
                ));
            }
        };
        let aud = match token.aud.as_slice() {
            [] => None,
            [one] => Some(one.clone()),
            _ => {
                return Err(Diagnostic::usage(
                    "AT%JWT takes one --aud, not several",
                    "leave all but one out, or sign by --key",
                ));
            }
        };
        let request = JwtRequest {
            expires_in: (!token.no_exp).then_some(token.expires_in.0),
            sub: token.device_id.as_ref().map(ToString::to_string),
            aud,
            sec_tag,
            key_type: JwtKeyType::ClientPrivateKey,
        };
        let mut modem = self.port.open(context)?;
        let token = modem.jwt(&request)?;
        modem.close()?;
        Ok(Signed { token, signed_by: "modem", key_id: None })
    }
}
