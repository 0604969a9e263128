//! `pki` as a program, for `cargo xtask interop pki`: a [`Request`] on standard input, a [`Response`] on standard output, both JSON.

use std::error::Error;
use std::io;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use pki::ca::{CaParams, CertificateAuthority, CsrOptions, DeviceCertRequest, Profile};
use pki::certificate::Certificate;
use pki::csr::CertificateRequest;
use pki::input;
use pki::key::PrivateKey;
use pki::subject::{Attribute, Subject};
use serde::{Deserialize, Serialize};

const DAY: u64 = 86_400;
/// The first second of 2050, from which on dates are written as GeneralizedTime.
const YEAR_2050: u64 = 2_524_608_000;

/// What is asked.
#[derive(Debug, Deserialize)]
struct Request {
    /// Seconds since 1970.
    now: u64,
    /// Whether to make [`Chain`]s and [`CertificateRequest`]s of every kind.
    make: bool,
    /// Requests of others, to be signed by authorities of others.
    issue: Vec<Issue>,
    /// Certificates of others under our authorities, to be verified.
    verify: Vec<Verify>,
}

#[derive(Debug, Deserialize)]
struct Issue {
    ca: String,
    ca_key: String,
    csr: String,
}

#[derive(Debug, Deserialize)]
struct Verify {
    certificate: String,
    ca: String,
}

/// What is answered, all texts PEM.
#[derive(Debug, Default, Serialize)]
struct Response {
    chains: Vec<Chain>,
    requests: Vec<Made>,
    issued: Vec<Result<String, String>>,
    verified: Vec<Result<Facts, String>>,
}

/// A device's certificate and those above it, the root last.
#[derive(Debug, Serialize)]
struct Chain {
    name: String,
    /// Without an authority key identifier, which openssl's `-x509_strict` asks of everything but a root.
    minimal: bool,
    /// When all of them are valid, in seconds since 1970.
    at: u64,
    certificates: Vec<String>,
    facts: Facts,
}

/// A request, and an authority of ours that may sign it.
#[derive(Debug, Serialize)]
struct Made {
    csr: String,
    facts: Facts,
    ca: String,
    ca_key: String,
}

/// What another reader has to find.
#[derive(Debug, Serialize)]
struct Facts {
    common_name: Option<String>,
    public_key: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    serial: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    not_after: Option<u64>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let request: Request = serde_json::from_reader(io::stdin())?;
    let now = UNIX_EPOCH + Duration::from_secs(request.now);
    let mut response = Response::default();
    if request.make {
        response.chains = chains(request.now)?;
        response.requests = requests(now)?;
    }
    response.issued =
        request.issue.iter().map(|one| issue(one, now).map_err(|error| error.to_string())).collect();
    response.verified =
        request.verify.iter().map(|one| verify(one, now).map_err(|error| error.to_string())).collect();
    serde_json::to_writer(io::stdout(), &response)?;
    Ok(())
}

/// Subjects of authorities: the guide's, every attribute, every kind of string, and the limits.
fn subjects() -> Vec<String> {
    vec![
        "/C=NO/ST=Norway/L=Trondheim/O=Nordic Semiconductor/OU=Test Devices".to_owned(),
        "/CN=Example".to_owned(),
        "/C=NO/ST=Trøndelag/L=Trondheim/O=Blåbær AS 🛰/CN=rot".to_owned(),
        "/DC=example/UID=42/title=CA/serialNumber=A-1 (x) '+,.:=?/emailAddress=ca@example.com/CN=x"
            .to_owned(),
        "/O=a, b = c + d \"e\" #f;<g>\\/h\\\\i".to_owned(),
        format!("/O={}/OU={}/CN={}", "o".repeat(64), "ü".repeat(64), "日".repeat(64)),
        format!("/ST={}/L={}", "s".repeat(128), "l".repeat(128)),
    ]
}

fn chains(now: u64) -> Result<Vec<Chain>, Box<dyn Error>> {
    let ids = ["f69c0e45-7f04-4949-8def-bb2215b4223e", "nrf-350000000000001", "a:b_c-D", &"x".repeat(64)];
    // Ends before, at and after the change of the form of dates, and begins there.
    let validities = [
        (now, 1),
        (now, 3652),
        (YEAR_2050 - DAY, 1),
        (YEAR_2050 - DAY - 1, 1),
        (YEAR_2050 - 1, 3652),
        (YEAR_2050, 36_500),
    ];
    let mut chains = Vec::new();
    for subject in subjects() {
        for (index, (from, days)) in validities.into_iter().enumerate() {
            let at = UNIX_EPOCH + Duration::from_secs(from);
            let mut params = CaParams::new(subject.parse()?);
            params.days = days;
            let root = CertificateAuthority::create(&params, PrivateKey::generate()?, at)?;
            let mut params = CaParams::new("/O=Example/CN=Intermediate".parse()?);
            (params.days, params.path_len) = (days, Some(0));
            let below = root.create_intermediate(&params, PrivateKey::generate()?, at)?;
            let id = ids[index % ids.len()];
            for (issuer, above) in [(&root, vec![&root]), (&below, vec![&below, &root])] {
                for profile in [Profile::Default, Profile::Minimal] {
                    let mut request = DeviceCertRequest::new(id, PrivateKey::generate()?.public_key());
                    (request.days, request.profile) = (days, profile);
                    let certificate = issuer.issue(&request, at)?;
                    let mut certificates = vec![certificate.to_pem()];
                    certificates.extend(above.iter().map(|ca| ca.certificate().to_pem()));
                    chains.push(Chain {
                        name: format!(
                            "{subject}, {days} days from {from}, {} above, {profile:?}",
                            above.len()
                        ),
                        minimal: profile == Profile::Minimal,
                        at: from,
                        certificates,
                        facts: facts_of(&certificate)?,
                    });
                }
            }
        }
    }
    Ok(chains)
}

fn requests(now: SystemTime) -> Result<Vec<Made>, Box<dyn Error>> {
    let mut requests = Vec::new();
    for subject in subjects() {
        let ca =
            CertificateAuthority::create(&CaParams::new(subject.parse()?), PrivateKey::generate()?, now)?;
        // The device has a name of its own: with that of its issuer it would look self-signed.
        let mut subject: Subject = subject.parse()?;
        subject.set(Attribute::CommonName, "device-1 ü")?;
        let csr = CertificateRequest::create(&subject, &PrivateKey::generate()?)?;
        requests.push(Made {
            csr: csr.to_pem(),
            facts: Facts {
                common_name: csr.common_name(),
                public_key: csr.public_key().to_spki_pem(),
                serial: None,
                not_after: None,
            },
            ca: ca.certificate().to_pem(),
            ca_key: ca.key().to_pkcs8_pem().as_str().to_owned(),
        });
    }
    Ok(requests)
}

fn issue(issue: &Issue, now: SystemTime) -> Result<String, Box<dyn Error>> {
    let (ca, key) = (input::load(issue.ca.as_bytes())?, input::load(issue.ca_key.as_bytes())?);
    let ca = CertificateAuthority::load(ca.certificate()?.clone(), key.private_key()?.clone(), now)?;
    let csr = input::load(issue.csr.as_bytes())?;
    let issued = ca.issue_from_csr(csr.certificate_request()?, &CsrOptions::default(), now)?;
    if issued.issuer().der() != ca.certificate().subject().der() {
        return Err("the issuer is not octet for octet the subject of the authority".into());
    }
    Ok(issued.to_pem())
}

fn verify(verify: &Verify, now: SystemTime) -> Result<Facts, Box<dyn Error>> {
    let certificate = Certificate::from_pem(&verify.certificate)?;
    certificate.verify_issued_by(&Certificate::from_pem(&verify.ca)?, now)?;
    facts_of(&certificate)
}

fn facts_of(certificate: &Certificate) -> Result<Facts, Box<dyn Error>> {
    Ok(Facts {
        common_name: certificate.common_name(),
        public_key: certificate.public_key()?.to_spki_pem(),
        serial: Some(certificate.serial().to_string()),
        not_after: Some(certificate.not_after().duration_since(UNIX_EPOCH)?.as_secs()),
    })
}
