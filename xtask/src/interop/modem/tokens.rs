//! `gather_attestation_tokens`, and `modem_credentials_parser` on the messages of a simulated kit.

use serde_json::json;

use super::{Bench, Kit, Tally};
use crate::interop::InteropError;

const TAG: u32 = 77;

pub(super) fn check(bench: &Bench, tally: &mut Tally) -> Result<(), InteropError> {
    for mode in ["at", "at-shell"] {
        gather(bench, mode, tally)?;
    }
    let kit = bench.kit("gather-9160", &json!({ "model": "nRF9160-SICA", "seed": 41 }))?;
    let ran = kit.run("gather_attestation_tokens", &["--port", &kit.port, "--plain"])?;
    tally.check(ran.ended(1, "Device is nRF9160, not supported"), || format!("an nRF9160: {ran:?}"));
    tally.tell("gather_attestation_tokens");

    let mut kit = bench.kit("parser", &json!({ "seed": 42 }))?;
    key_messages(&mut kit, tally)?;
    attestation(&mut kit, tally)?;
    public_keys(&mut kit, tally)?;
    tally.tell("modem_credentials_parser");
    Ok(())
}

fn gather(bench: &Bench, mode: &str, tally: &mut Tally) -> Result<(), InteropError> {
    let mut kit = bench.kit(&format!("gather-{mode}"), &json!({ "mode": mode, "seed": 40 }))?;
    let arguments = ["--port", &kit.port, "--plain", "--csv", "tokens.csv"];
    let ran = kit.run("gather_attestation_tokens", &arguments)?;
    let rows = kit.read("tokens.csv");
    let fields: Vec<&str> = rows.trim_end().split(',').collect();
    let (imei, uuid) = (kit.text("imei")?, kit.text("uuid")?);
    let right = ran.ended(0, "saved, row count: 1") && fields[..] == [&imei, &uuid, fields[2], fields[3]];
    tally.check(right, || format!("gather_attestation_tokens, mode {mode}: {ran:?}, {rows:?}"));
    let attested = kit.attested(fields[2])?;
    tally.check(attested, || format!("the kit has not signed the token in {rows:?}"));
    Ok(())
}

/// The message in an answer such as `%KEYGEN: "<body>.<COSE>"`.
fn message(answer: &str) -> &str {
    answer.split('"').nth(1).unwrap_or_default()
}

fn key_messages(kit: &mut Kit<'_>, tally: &mut Tally) -> Result<(), InteropError> {
    let uuid = kit.text("uuid")?;
    let answer = kit.say(&format!("AT%KEYGEN={TAG},2,0"))?;
    let arguments = ["--plain", "--path", ".", "--keygen", message(&answer)];
    let ran = kit.run("modem_credentials_parser", &arguments)?;
    for said in [
        "Prot Hdr:   1 : -7 (ECDSA w/ SHA-256)",
        "Unprot Hdr: 4 : -2 (identity_key)",
        "Payload ID: CSR_msg_v1",
        &format!("Dev UUID:   {uuid}"),
        &format!("sec_tag:    {TAG}"),
        "COSE digest matches payload",
    ] {
        tally.check(ran.ended(0, said), || format!("no {said:?} in {ran:?}"));
    }
    for end in ["csr", "pub"] {
        let owns = kit.owns(TAG, &format!("{uuid}_{TAG}_{end}.pem"))?;
        tally.check(owns, || format!("the kit's key is not that of {uuid}_{TAG}_{end}.pem"));
    }
    Ok(())
}

fn attestation(kit: &mut Kit<'_>, tally: &mut Tally) -> Result<(), InteropError> {
    let uuid = kit.text("uuid")?;
    let answer = kit.say("AT%ATTESTTOKEN")?;
    let ran = kit.run("modem_credentials_parser", &["--plain", "--attest", message(&answer)])?;
    for said in [
        "Msg Type:    Device identity message v1",
        &format!("Dev UUID:    {uuid}"),
        "Dev Type:    nRF9151 LACA",
        "Unprot Hdr: 4 : -2 (identity_key)",
        "Not present",
    ] {
        tally.check(ran.ended(0, said), || format!("no {said:?} in {ran:?}"));
    }
    Ok(())
}

/// Its bug: what is no request is taken for one that has to be set right, which gives `None`, and that is encoded.
fn public_keys(kit: &mut Kit<'_>, tally: &mut Tally) -> Result<(), InteropError> {
    let source = kit.bench.source("nrfcloud_utils.modem_credentials_parser")?;
    let blind = "normalized: {base64.urlsafe_b64encode(normalized)}";
    tally.check(source.contains(blind), || format!("the tool does not say {blind:?}"));
    let answer = kit.say(&format!("AT%KEYGEN={},2,1", TAG + 1))?;
    let ran = kit.run("modem_credentials_parser", &["--plain", "--keygen", message(&answer)])?;
    let said = "TypeError: a bytes-like object is required, not 'NoneType'";
    tally.check(ran.ended(1, said), || format!("a public key: {ran:?}"));
    Ok(())
}
