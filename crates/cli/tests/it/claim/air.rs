//! Commands over the air: given, fetched and carried out by a simulated kit, and watched.

use std::io::{Read, Write};
use std::net::TcpStream;

use crate::support::{CloudSim, ModemSim, Shop};

/// A claimed device, as Nordic's library plays it: it fetches its commands by HTTP, gives those of AT to the modem, and answers.
struct Device<'s> {
    shop: &'s Shop,
    cloud: &'s CloudSim,
}

impl Device<'_> {
    /// Carries out what there is, and gives the AT commands.
    fn connect(&self) -> Vec<String> {
        let mut asked = Vec::new();
        loop {
            let (status, body) = self.request("GET", "/v1/provisioning/commands?limit=10", b"");
            if status == 204 {
                return asked;
            }
            assert_eq!(status, 200);
            let mut input = Cbor(&body);
            let count = input.head(4);
            let mut answers = vec![0x80 | u8::try_from(count).unwrap()];
            for _ in 0..count {
                input.head(4);
                let id = input.text();
                match input.head(0) {
                    0 => {
                        let command = format!("AT{}={}", input.text(), input.text());
                        let ignored: Vec<u64> = (0..input.head(4)).map(|_| input.head(0)).collect();
                        self.carry_out(&id, &command, &ignored, &mut answers);
                        asked.push(command);
                    }
                    1 => {
                        for _ in 0..2 * input.head(5) {
                            input.text();
                        }
                        answer(&mut answers, &id, 101, &[]);
                    }
                    2 => answer(&mut answers, &id, 102, &[]),
                    other => panic!("command of type {other}"),
                }
            }
            assert_eq!(self.request("POST", "/v1/provisioning/response", &answers).0, 201);
        }
    }

    fn carry_out(&self, id: &str, command: &str, ignored: &[u64], answers: &mut Vec<u8>) {
        let run = self.shop.run(&["modem", "at", command]);
        let refusal = run.stderr.split("+CME ERROR: ").nth(1).and_then(|rest| rest.get(..3)?.parse().ok());
        match refusal {
            Some(error) if !ignored.contains(&error) => {
                answers.push(0x84);
                text(answers, id);
                answers.extend([0x18, 99, 0x19]);
                answers.extend(u16::try_from(error).unwrap().to_be_bytes());
                text(answers, "");
            }
            _ => answer(answers, id, 100, &[run.stdout.trim()]),
        }
    }

    fn request(&self, method: &str, path: &str, body: &[u8]) -> (u16, Vec<u8>) {
        let token = self.shop.ok(&["-q", "modem", "jwt"]);
        let address = self.cloud.url.strip_prefix("http://").unwrap().split('/').next().unwrap();
        let mut stream = TcpStream::connect(address).unwrap();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {}\r\nAccept: application/cbor\r\n\
             Content-Type: application/cbor\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
            token.trim(),
            body.len()
        )
        .unwrap();
        stream.write_all(body).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        let end = answer.windows(4).position(|window| window == b"\r\n\r\n").unwrap();
        let status = std::str::from_utf8(&answer[9..12]).unwrap().parse().unwrap();
        (status, answer.split_off(end + 4))
    }
}

/// As much of CBOR as there is in commands.
struct Cbor<'b>(&'b [u8]);

impl Cbor<'_> {
    /// The number in a head of this major type.
    fn head(&mut self, major: u8) -> u64 {
        let first = self.take(1)[0];
        assert_eq!(first >> 5, major);
        match first & 0x1f {
            small @ 0..24 => small.into(),
            code @ 24..27 => {
                let bytes = self.take(1 << (code - 24)).to_vec();
                bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte))
            }
            other => panic!("{other}"),
        }
    }

    fn text(&mut self) -> String {
        let length = self.head(3);
        String::from_utf8(self.take(usize::try_from(length).unwrap()).to_vec()).unwrap()
    }

    fn take(&mut self, length: usize) -> &[u8] {
        let (taken, rest) = self.0.split_at(length);
        self.0 = rest;
        taken
    }
}

fn answer(out: &mut Vec<u8>, id: &str, kind: u8, texts: &[&str]) {
    out.push(0x82 + u8::try_from(texts.len()).unwrap());
    text(out, id);
    out.extend([0x18, kind]);
    texts.iter().for_each(|value| text(out, value));
}

fn text(out: &mut Vec<u8>, value: &str) {
    out.push(0x79);
    out.extend(u16::try_from(value.len()).unwrap().to_be_bytes());
    out.extend(value.as_bytes());
}

/// What claim_and_provision_device of Nordic does, in steps of which each can be done again.
#[test]
fn a_device_is_claimed_and_provisioned_over_the_air() {
    let cloud = CloudSim::start();
    let kit = ModemSim::start(&["--seed", "14"]);
    let shop = Shop::with_authority().at(&cloud).env("NRFCLOUD_PORT", &kit.port);
    let uuid = kit.device_uuid.as_str();
    let device = Device { shop: &shop, cloud: &cloud };
    let token = shop.ok(&["-q", "modem", "attest"]);
    shop.ok(&["claim", "upload", token.trim()]);

    let csr = shop.ok(&["-q", "claim", "command", uuid, "--csr", "--attributes", &format!("CN={uuid}")]);
    let csr = csr.trim();
    shop.refused(
        &["claim", "watch", uuid, csr, "--timeout", "0s"],
        8,
        &format!(
            "error: command {csr} had not ended after 0 s; its last status is PENDING\n\
             help: the device fetches it when it connects: nrfcloud claim watch {uuid} {csr}\n"
        ),
    );
    assert_eq!(
        device.connect(),
        ["AT%CMNG=3,16842753,2", &format!("AT%KEYGEN=16842753,2,0,\"CN={uuid}\",\"101010000\"")]
    );
    let keygen = shop.ok(&["claim", "watch", uuid, csr]);
    // The answer goes right into the certificate.
    let issue = ["cert", "issue", "--ca", "ca-cert.crt.pem", "--ca-key", "ca-cert.key.pem"];
    let run =
        shop.run_with(&[&issue[..], &["--keygen", "-", "--csv", "onboard.csv"]].concat(), keygen.as_bytes());
    assert_eq!(run.code, 0, "{run:?}");
    let certificate = format!("certs/{uuid}.crt.pem");

    let mut commands = Vec::new();
    for request in [
        &["--client-cert", certificate.as_str()][..],
        &["--server-cert", "ca-cert.crt.pem"],
        &["--set", "provisioning/interval-sec=3600"],
        &["--finished"],
    ] {
        commands.push(shop.ok(&[&["-q", "claim", "command", uuid][..], request].concat()));
    }
    assert_eq!(device.connect().len(), 2);
    for command in &commands {
        let document = shop.json(&["-q", "claim", "watch", uuid, command.trim()]);
        assert_eq!(
            (&document["schema"], &document["status"]),
            (&"nrfcloud.claim.watch".into(), &"SUCCEEDED".into())
        );
    }
    shop.ok(&["device", "onboard", "onboard.csv", "--wait"]);
    // What the modem signs now is what the certificate that it was given verifies.
    let token = shop.ok(&["modem", "jwt", "--sec-tag", "16842753"]);
    shop.ok(&["jwt", "verify", token.trim(), "--cert", &certificate, "--device-id", uuid]);
    let slots = shop.ok(&["modem", "slots", "--sec-tag", "16842753"]);
    assert!(slots.contains(&format!("device certificate CN={uuid}")), "{slots}");
}

#[test]
fn a_rule_onboards_whoever_is_claimed_with_its_tag() {
    let cloud = CloudSim::start();
    let kit = ModemSim::start(&["--seed", "15"]);
    let shop = Shop::with_authority().at(&cloud).env("NRFCLOUD_PORT", &kit.port);
    let create = ["claim", "rules", "--create-onboarding", "--server-cert", "ca-cert.crt.pem"];
    let dry = shop.run(&[&create[..], &["--dry-run"]].concat());
    assert_eq!(
        (dry.code, dry.stderr.as_str()),
        (0, "note: would make the rule \"nRF Cloud Onboarding\" for the tag nrf-cloud-onboarding\n")
    );
    assert_eq!(shop.ok(&["claim", "rules"]), "");
    assert_eq!(shop.json(&create)["created"], "nRF Cloud Onboarding");
    assert_eq!(
        shop.ok(&["claim", "rules"]),
        "nRF Cloud Onboarding\tactive\tnrf-cloud-onboarding\t\
         clientPrivateKeyGeneration, cloudAccessKeyGeneration, serverCertificate\n"
    );
    shop.refused(
        &create,
        7,
        "error: the rule \"nRF Cloud Onboarding\" is for the tag nrf-cloud-onboarding already\n\
         help: look at it with `nrfcloud claim rules`, or give another --tag\n",
    );
    shop.ok(&["claim", "tags", "--create", "bench", "--description", "the one by the window"]);
    assert_eq!(
        shop.ok(&["claim", "tags"]),
        "bench\tthe one by the window\nnrf-cloud-onboarding\tonboard the device to nRF Cloud\n"
    );
    let token = shop.ok(&["-q", "modem", "attest"]);
    // Nordic's tool would make one tag of the two, and no rule would fit.
    shop.ok(&["claim", "upload", token.trim(), "--tag", "bench,nrf-cloud-onboarding"]);
    let device = Device { shop: &shop, cloud: &cloud };
    assert_eq!(device.connect().len(), 4);
    assert!(shop.ok(&["device", "list"]).starts_with(&kit.device_uuid));
}

#[test]
fn a_command_that_the_modem_refuses_is_explained() {
    let cloud = CloudSim::start();
    let kit = ModemSim::start(&["--seed", "16", "--fault", "error 528 on AT%KEYGEN*"]);
    let shop = Shop::new().at(&cloud).env("NRFCLOUD_PORT", &kit.port);
    let uuid = kit.device_uuid.as_str();
    shop.ok(&["claim", "upload", shop.ok(&["-q", "modem", "attest"]).trim()]);
    let id = shop.ok(&["-q", "claim", "command", uuid, "--key-generation", "--sec-tag", "42"]);
    Device { shop: &shop, cloud: &cloud }.connect();
    let run = shop.run(&["claim", "watch", uuid, id.trim()]);
    assert_eq!(run.code, 6, "{run:?}");
    assert!(
        run.stderr
            .contains(&format!("error: command {} ended with FAILED\nreason: +CME ERROR: 528", id.trim()))
    );
    assert!(run.stderr.contains("\nhelp: "), "{run:?}");
}

#[test]
fn what_cannot_be_commanded_is_refused() {
    let cloud = CloudSim::start();
    let shop = Shop::with_authority().at(&cloud);
    let uuid = "50363154-3931-44f0-8022-121b6401627d";
    let run = shop.run(&["claim", "command", uuid, "--finished"]);
    assert_eq!(run.code, 7, "{run:?}");
    assert!(
        run.stderr.ends_with(
            "help: check the UUID, and the ID of the command; a device is claimed by `nrfcloud claim upload`\n"
        ),
        "{run:?}"
    );
    for args in [
        &["claim", "command", uuid][..],
        &["claim", "command", uuid, "--csr", "--finished"],
        &["claim", "command", uuid, "--finished", "--sec-tag", "1"],
        &["claim", "command", uuid, "--key-generation", "--attributes", "CN=x"],
        &["claim", "rules", "--create-onboarding"],
        &["claim", "tags", "--description", "x"],
    ] {
        assert_eq!(shop.run(args).code, 2, "{args:?}");
    }
    shop.refused(
        &["claim", "command", uuid, "--set", "novalue"],
        3,
        "error: \"novalue\": it is not KEY=VALUE\n\
         help: the value of `--set <KEY=VALUE>` is refused; --help tells what it takes\n",
    );
    shop.refused(
        &["claim", "command", uuid, "--client-cert", "ca-cert.key.pem"],
        3,
        "error: ca-cert.key.pem: this is a private key, not a certificate\n\
         help: `nrfcloud cert show ca-cert.key.pem` says what is in it\n",
    );
    let dry = shop.run(&["claim", "command", uuid, "--cloud-access-key", "--dry-run", "--json"]);
    let told = format!("note: would give {uuid} the command cloudAccessKeyGeneration\n");
    assert_eq!((dry.code, dry.stderr), (0, told));
    assert!(dry.stdout.contains("\"dry_run\":true"), "{}", dry.stdout);
}
