//! Part B, "Public key registration": for devices that live on another platform.

use super::{
    Guide, Step, bulk, cloud::CLOUD, failure::Failure, keygen::Message, kit::KEYGEN_TAG, reading,
    reading::RUSTCRYPTO, record::Record, token::Token,
};

pub(crate) const STEPS: &[Step] = &[
    Step { part: 'B', title: "Create a key pair, in the guide's form", run: key_pair },
    Step { part: 'B', title: "The public key of the pair", run: public_key },
    Step { part: 'B', title: "RegisterPublicKeys: upload the CSV data", run: upload },
    Step { part: 'B', title: "Wait for the bulk operation", run: wait },
    Step { part: 'B', title: "Create a JWT with the registered key", run: sign },
    Step { part: 'B', title: "GetAssistanceData with it: status 206", run: fetch },
    Step {
        part: 'B',
        title: "Key generation by the modem: %KEYGEN, and its public key registered",
        run: keygen,
    },
    Step {
        part: 'B',
        title: "GetAssistanceData with the modem's own token, named by iss: status 206",
        run: fetch_by_modem,
    },
    Step { part: 'B', title: "Stop both simulators, and see that their logs hold no secret", run: stop },
];

const KEY: &str = "private-key.pem";
const PUBLIC_KEY: &str = "public-key.pem";
const CSV: &str = "public-keys.csv";
const OPERATION: &str = "public-keys.bulk-ops-request";
const TOKEN: &str = "registered.jwt";
const MESSAGE: &str = "keygen.txt";
const MODEM_PUBLIC_KEY: &str = "keygen.public-key.pem";
const ENDPOINT: &str = "REGISTER_PUBLIC_KEYS";

fn key_pair(guide: &mut Guide, record: &mut Record) -> Result<(), Failure> {
    record.run(guide.nrfcloud(&["key", "create", "--form", "sec1", "--out", KEY]))?;
    let pem = guide.read_text(KEY)?;
    record.contains("the guide", "the form is SEC1", "-----BEGIN EC PRIVATE KEY-----\n", &pem)?;
    reading::private_key(&pem)?;
    record.holds(RUSTCRYPTO, "it is a P-256 private key", true)?;
    guide.check_private(record, KEY)?;
    if let Some(verdict) = guide.openssl(record, &["ec", "-in", KEY, "-check", "-noout"])? {
        // OpenSSL 1 says so on its standard output, OpenSSL 3 on its standard error.
        let said = format!("{}{}", verdict.text()?, verdict.stderr);
        record.contains("openssl", "the key is valid", "EC Key valid", &said)?;
    }
    Ok(())
}

fn public_key(guide: &mut Guide, record: &mut Record) -> Result<(), Failure> {
    record.run(guide.nrfcloud(&["key", "public", KEY, "-o", PUBLIC_KEY]))?;
    let written = guide.read_text(PUBLIC_KEY)?;
    let private = reading::private_key(&guide.read_text(KEY)?)?;
    let half = reading::spki_pem(&reading::public_half(&private))?;
    record.equal(RUSTCRYPTO, "it is the other half of the pair", half, &written)?;
    let arguments = ["ec", "-in", KEY, "-outform", "PEM", "-pubout"];
    if let Some(theirs) = guide.openssl(record, &arguments)? {
        let theirs = String::from_utf8_lossy(&theirs.stdout).into_owned();
        record.equal("openssl", "it is the same to the byte", theirs, written)?;
    }
    Ok(())
}

fn upload(guide: &mut Guide, record: &mut Record) -> Result<(), Failure> {
    let row = format!("{},\"{}\"", guide.registered_id, guide.read_text(PUBLIC_KEY)?);
    guide.write(CSV, row)?;
    record.note(format!("{CSV} was written by hand, as the guide asks"));
    record.run(guide.nrfcloud(&["device", "check", CSV, "--kind", "public-keys"]))?;
    let answer = record.run(guide.nrfcloud(&["device", "register-key", CSV]))?;
    let id = answer.text()?;
    bulk::check_id(record, id)?;
    guide.write(OPERATION, id)
}

fn wait(guide: &mut Guide, record: &mut Record) -> Result<(), Failure> {
    let id = guide.read_text(OPERATION)?;
    record.run(guide.nrfcloud(&["bulk", "wait", &id]))?;
    let Some(operation) = bulk::check_succeeded(guide, record, &id, ENDPOINT)? else {
        return Ok(());
    };
    let uploaded = bulk::uploaded(guide, record, &operation)?;
    record.equal(CLOUD, "it has received the very bytes of the file", guide.read_text(CSV)?, uploaded)
}

fn sign(guide: &mut Guide, record: &mut Record) -> Result<(), Failure> {
    let arguments =
        ["jwt", "sign", "--key", KEY, "--device-id", &guide.registered_id, "--no-iat", "--no-exp"];
    let answer = record.run(guide.nrfcloud(&arguments))?;
    let text = answer.text()?;
    guide.write(TOKEN, text)?;
    guide.check_signature(record, &Token::read(text)?, PUBLIC_KEY, TOKEN)
}

fn fetch(guide: &mut Guide, record: &mut Record) -> Result<(), Failure> {
    let text = guide.read_text(TOKEN)?;
    guide.fetch_slice(record, TOKEN, &text, "registered.bin")
}

fn keygen(guide: &mut Guide, record: &mut Record) -> Result<(), Failure> {
    let kit = guide.kit()?;
    let uuid = kit.uuid.clone().ok_or(Failure::Missing { what: "the kit's device UUID" })?;
    let arguments = ["modem", "keygen", "--port", &kit.port, "--sec-tag", KEYGEN_TAG, "--public-key"];
    let answer = record.run(guide.nrfcloud(&arguments))?;
    let text = answer.text()?;
    guide.write(MESSAGE, text)?;
    let message = Message::read(text)?;
    record.holds("xtask", "the COSE message holds the SHA-256 of the key", message.digest_fits())?;
    match &guide.kit()?.identity_key {
        Some(identity) => {
            let signed = message.is_signed_by(&reading::public_key_der(identity)?);
            record.holds(RUSTCRYPTO, "the COSE message is signed by the kit's identity key", signed)?;
        }
        None => {
            record.note("a real kit does not show its identity key: who signed the message is not checked");
        }
    }
    record.run(guide.nrfcloud(&["key", "public", MESSAGE, "-o", MODEM_PUBLIC_KEY]))?;
    let mine = reading::spki_pem(&reading::public_key_der(&message.body)?)?;
    record.equal(RUSTCRYPTO, "the public key in it", mine, guide.read_text(MODEM_PUBLIC_KEY)?)?;

    let arguments = ["device", "register-key", "--device-id", &uuid, "--key", MODEM_PUBLIC_KEY];
    let answer = record.run(guide.nrfcloud(&arguments))?;
    let id = answer.text()?;
    bulk::check_id(record, id)?;
    record.run(guide.nrfcloud(&["bulk", "wait", id]))?;
    bulk::check_succeeded(guide, record, id, ENDPOINT)?;
    Ok(())
}

fn fetch_by_modem(guide: &mut Guide, record: &mut Record) -> Result<(), Failure> {
    let port = guide.kit()?.port.clone();
    let answer = record.run(guide.nrfcloud(&["jwt", "sign", "--port", &port, "--sec-tag", KEYGEN_TAG]))?;
    let text = answer.text()?;
    let token = Token::read(text)?;
    let subject = token.claim("sub")?.unwrap_or_else(|| "none".into());
    record.equal("xtask", "the token has no sub: iss alone names the device", "none", subject)?;
    guide.write("keygen.jwt", text)?;
    guide.check_signature(record, &token, MODEM_PUBLIC_KEY, "keygen.jwt")?;
    guide.fetch_slice(record, "keygen.jwt", text, "keygen.bin")
}

fn stop(guide: &mut Guide, record: &mut Record) -> Result<(), Failure> {
    let simulators = [
        ("cloud", guide.cloud.as_mut().and_then(|cloud| cloud.simulator.take())),
        ("modem", guide.kit.as_mut().and_then(|kit| kit.simulator.take())),
    ];
    for (name, simulator) in simulators {
        let Some(simulator) = simulator else {
            record.note(format!("no `sim {name}` was started: a real one takes its place"));
            continue;
        };
        let status = simulator.stop()?.and_then(|status| status.code());
        let found = status.map_or_else(|| "killed".into(), |code| code.to_string());
        record.equal("the system", &format!("`sim {name}` ends with 0 when it is asked to"), 0, found)?;
        let log = guide.read_text(&format!("sim-{name}.log"))?;
        let what = format!("the log of `sim {name}` needs no redaction");
        record.equal("xtask", &what, guide.redactor.clean(&log), log)?;
    }
    Ok(())
}
