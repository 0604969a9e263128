//! `nrfcloud jwt sign`, also reached as `nrfcloud modem jwt`

mod claims;

use clap::{Args, ValueEnum};
use cloud_api::DeviceId;
use jwt_core::{Claims, Header, JsonPayload, nrfcloud};
use modem_at::{JwtKeyType, JwtRequest, SecTag};
use serde::Serialize;

use crate::clock::{self, Seconds};
use crate::context::Context;
use crate::diagnostic::Diagnostic;
use crate::input::Source;
use crate::key_material;
use crate::serial::PortOptions;

use claims::Claim;

#[derive(Args, Debug)]
pub(crate) struct Sign {
    /// Private key that signs
    #[arg(long, value_name = "FILE", conflicts_with_all = ["port", "sec_tag", "key_type"])]
    key: Option<Source>,
    #[command(flatten)]
    port: PortOptions,
    /// Security tag of the modem's key [default: 16842753 with --key-type client, otherwise the identity key signs]
    #[arg(long, value_name = "TAG")]
    sec_tag: Option<SecTag>,
    /// Which of the modem's keys signs
    #[arg(long, value_enum)]
    key_type: Option<KeyType>,
    /// Device ID, the claim `sub`
    #[arg(long, value_name = "ID")]
    device_id: Option<DeviceId>,
    /// The claim `iss`
    #[arg(long)]
    iss: Option<String>,
    /// The claim `aud`
    #[arg(long)]
    aud: Option<String>,
    /// Lifetime, as 90s, 10m, 2h or 7d
    #[arg(long, value_name = "TIME", default_value = "10m")]
    expires_in: Seconds,
    /// Leave the claim `iat` out
    #[arg(long)]
    no_iat: bool,
    /// Leave the claim `exp` out
    #[arg(long)]
    no_exp: bool,
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
    /// Put the key ID into the header, as a modem does
    #[arg(long)]
    kid: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum KeyType {
    /// The client private key of the security tag
    Client,
    /// The device identity key
    Identity,
}

#[derive(Serialize)]
struct Signed {
    token: String,
    signed_by: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    key_id: Option<String>,
}

impl Sign {
    pub(crate) fn run(self, context: &Context) -> Result<(), Diagnostic> {
        let signed = match &self.key {
            Some(source) => self.with_key(context, source)?,
            None if self.port.name().is_some() => self.with_modem(context)?,
            None => {
                return Err(Diagnostic::usage(
                    "nothing to sign with",
                    "give --key FILE, or --port PORT for the modem's key",
                ));
            }
        };
        Ok(context.out.result("nrfcloud.jwt.sign", &signed, |signed| format!("{}\n", signed.token))?)
    }

    fn with_key(&self, context: &Context, source: &Source) -> Result<Signed, Diagnostic> {
        let key = key_material::private_key(context, source)?;
        let key_id = key.public_key().key_id();
        let header = if self.kid { Header::new().with_kid(&key_id) } else { Header::new() };
        let token = match &self.payload {
            Some(json) => jwt_core::sign_to_string(&header, &JsonPayload::new(json)?, &key)?,
            None => {
                let mut texts = claims::Registered::default();
                let custom = claims::sort(&self.claim, &mut texts)?;
                let claims = self.claims(context, &texts);
                jwt_core::sign_to_string(&header, &claims.custom(custom), &key)?
            }
        };
        Ok(Signed { token, signed_by: "key", key_id: Some(key_id) })
    }

    fn claims<'a>(&'a self, context: &Context, texts: &'a claims::Registered) -> Claims<'a> {
        let mut claims = Claims::new();
        if let Some(id) = &self.device_id {
            claims = claims.sub(id.as_str());
        }
        if let Some(issuer) = &self.iss {
            claims = claims.iss(issuer);
        }
        if let Some(audience) = &self.aud {
            claims = claims.aud(audience);
        }
        let now = context.unix_now();
        if !self.no_iat {
            claims = claims.iat(now);
        }
        if let Some(start) = texts.nbf {
            claims = claims.nbf(start);
        }
        if !self.no_exp {
            if self.expires_in.0 > nrfcloud::MAX_LIFETIME {
                context.out.warn(format_args!(
                    "the token lives {}; Nordic's SDK makes none that lives more than {}",
                    clock::Span(self.expires_in.0),
                    clock::Span(nrfcloud::MAX_LIFETIME)
                ));
            }
            claims = claims.exp(now.saturating_add(self.expires_in.0));
        }
        if let Some(id) = &texts.jti {
            claims = claims.jti(id);
        }
        claims
    }

    fn with_modem(&self, context: &Context) -> Result<Signed, Diagnostic> {
        let host_only = [
            ("--iss", self.iss.is_some()),
            ("--no-iat", self.no_iat && !self.no_exp),
            ("--claim", !self.claim.is_empty()),
            ("--payload", self.payload.is_some()),
            ("--kid", self.kid),
        ];
        if let Some((option, _)) = host_only.iter().find(|(_, given)| *given) {
            return Err(Diagnostic::usage(
                format_args!(
                    "{option} cannot be asked of a modem: AT%JWT takes sub, aud and a lifetime only"
                ),
                "leave it out, or sign by --key",
            ));
        }
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
        let request = JwtRequest {
            expires_in: (!self.no_exp).then(|| self.expires_in.duration()),
            sub: self.device_id.as_ref().map(ToString::to_string),
            aud: self.aud.clone(),
            sec_tag,
            key_type: JwtKeyType::ClientPrivateKey,
        };
        let mut modem = self.port.open(context)?;
        let token = modem.jwt(&request)?;
        modem.close()?;
        Ok(Signed { token, signed_by: "modem", key_id: None })
    }
}
