//! A simulated kit as a program, for `cargo xtask interop modem`: it says in a line of JSON where its port is and who it is, and then
//! answers what it is asked, a line of JSON each, until its standard input ends.
//!
//! What the kit holds is not looked up in the simulator: it is asked over the kit's port by `modem-at`, which shares no code with it.

use std::{
    error::Error,
    fs,
    io::{self, BufRead as _, Write as _},
};

use jwt_core::UntrustedToken;
use modem_at::{Dialect, JwtRequest, Modem, Options, SecTag, SerialTransport};
use modem_sim::ModemSim;
use pki::{attest::AttestationToken, key::PublicKey};
use serde_json::{Value, json};

fn main() -> Result<(), Box<dyn Error>> {
    let wanted: Value = match std::env::args().nth(1) {
        Some(text) => serde_json::from_str(&text)?,
        None => Value::Null,
    };
    let kit = kit(&wanted)?;
    let place = json!({
        "port": kit.path(),
        "imei": kit.imei().as_str(),
        "uuid": kit.device_uuid().to_string(),
    });
    writeln!(io::stdout(), "{place}")?;
    for line in io::stdin().lock().lines() {
        let answer = match answer(&kit, &serde_json::from_str(&line?)?) {
            Ok(answer) => answer,
            Err(error) => json!({ "error": error.to_string() }),
        };
        writeln!(io::stdout(), "{answer}")?;
    }
    Ok(kit.stop()?)
}

/// The kit that `wanted` describes.
fn kit(wanted: &Value) -> Result<ModemSim, Box<dyn Error>> {
    let text = |name: &str| wanted[name].as_str();
    let mut builder = ModemSim::builder().seed(wanted["seed"].as_u64().unwrap_or_default());
    if let Some(model) = text("model") {
        builder = builder.model(model.parse()?);
    }
    if let Some(firmware) = text("firmware") {
        builder = builder.firmware(firmware.parse()?);
    }
    if let Some(mode) = text("mode") {
        builder = builder.mode(mode.parse()?);
    }
    if let Some(terminator) = text("terminator") {
        builder = builder.terminator(terminator.parse()?);
    }
    for fault in wanted["faults"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        builder = builder.fault(fault.parse()?);
    }
    Ok(builder.start()?)
}

fn answer(kit: &ModemSim, question: &Value) -> Result<Value, Box<dyn Error>> {
    let text = |name: &str| question[name].as_str().unwrap_or_default();
    Ok(match text("ask") {
        // Every slot, as `<tag>,<type>,<SHA-256>`.
        "slots" => {
            let slots = modem(kit)?.list_credentials()?;
            let slot = |slot: &modem_at::CredentialEntry| {
                let digest = slot.sha256.map(|digest| digest.to_string()).unwrap_or_default();
                format!("{},{},{digest}", slot.tag, slot.credential_type.number())
            };
            slots.iter().map(slot).collect()
        }
        // What a command is answered.
        "say" => modem(kit)?.command(text("command"))?.into(),
        // Whether the private key in a slot is the one that a certificate or a request in a file is for.
        "owns" => {
            let tag = SecTag::try_from(u32::try_from(question["tag"].as_u64().unwrap_or_default())?)?;
            let public = pki::input::load(&fs::read(text("file"))?)?.public_key()?;
            owns(&mut modem(kit)?, tag, &public)?.into()
        }
        // Whether the kit's identity key has signed an attestation token for this kit.
        "attested" => {
            let token = AttestationToken::decode(text("token"))?;
            token.verify_with(&kit.identity_public_key())?;
            (token.device_uuid().to_string() == kit.device_uuid().to_string()).into()
        }
        other => return Err(format!("`{other}` is no question").into()),
    })
}

fn modem(kit: &ModemSim) -> Result<Modem<SerialTransport>, modem_at::Error> {
    Modem::open_path(&kit.path().to_string_lossy(), Options::default())
}

fn owns(modem: &mut Modem<SerialTransport>, tag: SecTag, public: &PublicKey) -> Result<bool, Box<dyn Error>> {
    if modem.dialect() == Dialect::CredentialShell {
        return Ok(modem.device_public_key(tag)? == *public.sec1_point());
    }
    let token = modem.jwt(&JwtRequest { sec_tag: Some(tag), ..JwtRequest::default() })?;
    let mut payload = [0; jwt_core::MAX_TOKEN_LEN];
    Ok(UntrustedToken::parse(&token)?.verify(public, &mut payload).is_ok())
}
