//! `nrfcloud modem attest`

use std::str::FromStr;

use clap::Args;
use pki::attest::AttestationToken;
use serde::Serialize;

use crate::context::Context;
use crate::diagnostic::{self, Diagnostic};
use crate::serial::PortOptions;

#[derive(Args, Debug)]
pub(crate) struct Attest {
    /// 32 hexadecimal digits that the token is to hold in place of the modem's random number
    #[arg(long, value_name = "HEX")]
    challenge: Option<Challenge>,
    #[command(flatten)]
    port: PortOptions,
}

#[derive(Serialize)]
struct Attested<'a> {
    imei: String,
    device_uuid: String,
    firmware_uuid: String,
    token: &'a str,
}

impl Attest {
    pub(crate) fn run(self, context: &Context) -> Result<(), Diagnostic> {
        let challenge = self.challenge.map(|challenge| challenge.0);
        let mut modem = self.port.open(context)?;
        let imei = modem.imei()?.to_string();
        let token = modem.attestation_token(challenge)?;
        modem.close()?;
        let content = AttestationToken::decode(token.expose()).map_err(diagnostic::bad_attestation)?;
        if challenge.is_some_and(|challenge| challenge != *content.nonce()) {
            return Err(diagnostic::bad_attestation("it does not hold the challenge"));
        }
        context.out.note("whoever has this token can claim the device as long as nobody has");
        let attested = Attested {
            imei,
            device_uuid: content.device_uuid().to_string(),
            firmware_uuid: content.firmware_uuid().to_string(),
            token: token.expose(),
        };
        context.out.result("nrfcloud.modem.attest", &attested, |attested| format!("{}\n", attested.token));
        Ok(())
    }
}

/// 16 bytes in hexadecimal digits.
#[derive(Clone, Copy, Debug)]
struct Challenge([u8; 16]);

impl FromStr for Challenge {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_hex = text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let number = is_hex.then(|| u128::from_str_radix(text, 16).ok()).flatten();
        number.map(|number| Self(number.to_be_bytes())).ok_or("it is not 32 hexadecimal digits")
    }
}
