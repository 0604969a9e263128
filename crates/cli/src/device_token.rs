//! The token of a device: given, or signed with its key.

use std::mem;

use clap::{ArgGroup, Args};
use cloud_api::{DeviceId, Token};
use jwt_core::{Claims, Header, nrfcloud};
use zeroize::Zeroizing;

use crate::context::Context;
use crate::diagnostic::{self, Diagnostic};
use crate::input::Source;
use crate::key_material;
use crate::passphrase::PassphraseOptions;
use crate::token::{self, Opened};

/// The options of every verb that speaks for a device.
#[derive(Args, Debug)]
#[command(group = ArgGroup::new("who").required(true).args(["token", "key"]))]
pub(crate) struct DeviceToken {
    /// Device token; `-` is standard input
    #[arg(long)]
    token: Option<String>,
    /// Private key of the device: a token that lives ten minutes is signed with it
    #[arg(long, value_name = "FILE", requires = "device_id")]
    key: Option<Source>,
    #[command(flatten)]
    passphrase: PassphraseOptions,
    /// Device that the key belongs to
    #[arg(long, value_name = "ID", requires = "key")]
    device_id: Option<DeviceId>,
    /// Device that the token's owner, a proxy, asks for
    #[arg(long, value_name = "ID")]
    for_device: Option<DeviceId>,
}

impl DeviceToken {
    /// The device that it is about, where that is not the one of the token.
    pub(crate) const fn asks_for(&self) -> Option<&DeviceId> {
        self.for_device.as_ref()
    }

    pub(crate) fn resolve(&self, context: &Context) -> Result<Token, Diagnostic> {
        let mut text = match (&self.token, &self.key, &self.device_id) {
            (Some(argument), _, _) => {
                let token = token::read(context, argument)?;
                // What is no token at all is not sent anywhere.
                Opened::new(&token).map_err(|error| diagnostic::bad_token(&error))?;
                token
            }
            (None, Some(source), Some(id)) => {
                let key = key_material::private_key_with(context, source, &self.passphrase)?;
                let now = context.unix_now();
                let claims = Claims::new()
                    .sub(id.as_str())
                    .iat(now)
                    .exp(now.saturating_add(nrfcloud::DEFAULT_LIFETIME));
                Zeroizing::new(jwt_core::sign_to_string(&Header::new(), &claims, &key)?)
            }
            _ => return Err(Diagnostic::usage("no token", "give --token, or --key and --device-id")),
        };
        // Moved, not copied: whoever holds it wipes it.
        Token::new(mem::take(&mut *text)).map_err(|error| diagnostic::bad_token(&error))
    }
}
