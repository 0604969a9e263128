//! Certificates and requests across implementations.
//!
//! Whatever `pki` makes must be accepted by openssl, strictly, and be read by Python's `cryptography` with the same content.
//! `create_device_credentials` of nRF Cloud Utils must take our requests and authorities, and we its requests and the
//! authorities of `create_ca_cert`, with the empty attributes that those have.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::{SystemTime, UNIX_EPOCH},
};

use serde_json::{Value, json};

use super::{
    InteropError,
    peers::{self, Peer},
    tally::Tally,
};
use crate::workspace;

pub(super) fn run() -> Result<(), InteropError> {
    let [ours] = peers::of_cargo("interop-pki", ["pki"])?;
    let bench = Bench {
        ours,
        python: peers::of_python("cryptography", "pki_peer.py")?,
        programs: peers::python_programs()?,
        folder: empty_folder()?,
    };
    if !workspace::answers(Command::new("openssl").arg("version")) {
        return Err(InteropError::Missing { program: "openssl", package: "openssl" });
    }
    let mut tally = Tally::default();

    let made = bench.ask_us(json!({"make": true}))?;
    let (chains, requests) = (array(&made["chains"])?, array(&made["requests"])?);
    bench.certificates(chains, &mut tally)?;
    bench.requests(requests, &mut tally)?;
    bench.our_requests_at_nordic(requests, &mut tally)?;
    bench.nordic_requests_at_us(requests, &mut tally)?;
    tally.finish()
}

struct Bench {
    ours: Peer,
    python: Peer,
    /// Where the programs of nRF Cloud Utils are.
    programs: PathBuf,
    folder: PathBuf,
}

impl Bench {
    /// Certificates of every kind, before openssl and Python.
    fn certificates(&self, chains: &[Value], tally: &mut Tally) -> Result<(), InteropError> {
        for chain in chains {
            let certificates = texts(&chain["certificates"])?;
            // The minimal profile has no authority key identifier, like the certificates of Nordic's own tools.
            let strict = chain["minimal"] == false;
            let verdict = self.verified_by_openssl(&certificates, strict, chain["at"].as_u64())?;
            tally.check(verdict.is_ok(), || format!("openssl refuses {}: {verdict:?}", chain["name"]));
            // And what stands above the device, up to the root by itself.
            for upper in 1..certificates.len() {
                let verdict = self.verified_by_openssl(&certificates[upper..], true, chain["at"].as_u64())?;
                tally.check(verdict.is_ok(), || format!("openssl refuses {}: {verdict:?}", chain["name"]));
            }
        }
        tally.tell("openssl accepts our certificates");
        let lists: Vec<&Value> = chains.iter().map(|chain| &chain["certificates"]).collect();
        let answer = self.ask_python(json!({"chains": lists}))?;
        for (chain, verdict) in chains.iter().zip(array(&answer["chains"])?) {
            tally.check(verdict["Ok"] == chain["facts"], || {
                format!("cryptography reads {} as {verdict}, not {}", chain["name"], chain["facts"])
            });
        }
        tally.tell("cryptography reads our certificates and verifies each by the next");
        Ok(())
    }

    /// Requests of every kind, before openssl and Python.
    fn requests(&self, requests: &[Value], tally: &mut Tally) -> Result<(), InteropError> {
        for made in requests {
            self.write("request.pem", text(&made["csr"])?)?;
            let verdict = openssl(&self.folder, &["req", "-verify", "-noout", "-in", "request.pem"]);
            tally.check(verdict.is_ok(), || format!("openssl refuses {}: {verdict:?}", made["csr"]));
        }
        tally.tell("openssl accepts our requests");
        let csrs: Vec<&Value> = requests.iter().map(|made| &made["csr"]).collect();
        let answer = self.ask_python(json!({"csrs": csrs}))?;
        for (made, verdict) in requests.iter().zip(array(&answer["csrs"])?) {
            tally.check(verdict["Ok"] == made["facts"], || {
                format!("cryptography reads {} as {verdict}, not {}", made["csr"], made["facts"])
            });
        }
        tally.tell("cryptography reads our requests");
        Ok(())
    }

    /// `create_device_credentials` with our requests and our authorities.
    fn our_requests_at_nordic(&self, requests: &[Value], tally: &mut Tally) -> Result<(), InteropError> {
        let mut verify = Vec::new();
        for (number, made) in requests.iter().enumerate() {
            for (file, part) in [("ca.pem", "ca"), ("ca.key.pem", "ca_key"), ("request.pem", "csr")] {
                self.write(file, text(&made[part])?)?;
            }
            let out = format!("nordic-{number}");
            fs::create_dir(self.folder.join(&out))?;
            let csv = format!("{out}/onboard.csv");
            let tool = self.nordic(
                "create_device_credentials",
                &[
                    "--ca",
                    "ca.pem",
                    "--ca-key",
                    "ca.key.pem",
                    "--csr",
                    "request.pem",
                    "-p",
                    &out,
                    "--csv",
                    &csv,
                ],
            );
            tally.check(tool.is_ok(), || format!("create_device_credentials: {tool:?}\n{}", made["csr"]));
            if let Some(certificate) = self.written(&out, "_crt.pem")? {
                verify.push((made, certificate));
            }
        }
        tally.tell("create_device_credentials takes our requests and our authorities");
        let asked: Vec<Value> = verify
            .iter()
            .map(|(made, certificate)| json!({"certificate": certificate, "ca": made["ca"]}))
            .collect();
        let answer = self.ask_us(json!({"verify": asked}))?;
        for ((made, certificate), verdict) in verify.iter().zip(array(&answer["verified"])?) {
            let right = verdict["Ok"]["public_key"] == made["facts"]["public_key"]
                && verdict["Ok"]["common_name"] == made["facts"]["common_name"];
            tally.check(right, || {
                format!("pki reads what create_device_credentials made as {verdict}:\n{certificate}")
            });
            let chain = [certificate.as_str(), text(&made["ca"])?];
            let verdict = self.verified_by_openssl(&chain, false, None)?;
            tally.check(verdict.is_ok(), || {
                format!("openssl refuses what create_device_credentials made: {verdict:?}\n{certificate}")
            });
        }
        tally.tell("pki and openssl verify what it made of them");
        Ok(())
    }

    /// Its requests and the authorities of `create_ca_cert` with us.
    fn nordic_requests_at_us(&self, ours: &[Value], tally: &mut Tally) -> Result<(), InteropError> {
        const REQUESTS: usize = 4;
        let made = self.ask_python(json!({"make": REQUESTS}))?;
        let csrs = array(&made["made"])?;
        // As it comes without options, with all of them, and with some of the attributes empty.
        let options: [&[&str]; 3] = [
            &[],
            &[
                "-c",
                "NO",
                "--st",
                "Norway",
                "-l",
                "Trondheim",
                "-o",
                "Example AS",
                "--ou",
                "Devices",
                "--cn",
                "Example CA",
                "-e",
                "ca@example.com",
            ],
            &["-o", "Example AS", "--cn", "Example CA", "--dv", "3652"],
        ];
        let mut authorities = Vec::new();
        for (number, options) in options.into_iter().enumerate() {
            let out = format!("nordic-ca-{number}");
            fs::create_dir(self.folder.join(&out))?;
            let tool = self.nordic("create_ca_cert", &[&["-p", out.as_str()], options].concat());
            tally.check(tool.is_ok(), || format!("create_ca_cert {options:?}: {tool:?}"));
            if let (Some(ca), Some(key)) = (self.written(&out, "_ca.pem")?, self.written(&out, "_prv.pem")?) {
                authorities.push((ca, key));
            }
        }
        let our_authorities =
            ours.iter().map(|made| Ok((text(&made["ca"])?.to_owned(), text(&made["ca_key"])?.to_owned())));
        authorities.extend(our_authorities.collect::<Result<Vec<_>, InteropError>>()?);
        let pairs: Vec<_> =
            authorities.iter().flat_map(|(ca, key)| csrs.iter().map(move |csr| (ca, key, csr))).collect();
        let asked: Vec<Value> =
            pairs.iter().map(|(ca, key, csr)| json!({"ca": ca, "ca_key": key, "csr": csr})).collect();
        let answer = self.ask_us(json!({"issue": asked}))?;
        let mut chains = Vec::new();
        for ((ca, _, csr), verdict) in pairs.iter().zip(array(&answer["issued"])?) {
            tally.check(verdict["Ok"].is_string(), || {
                format!("pki does not sign a request of Nordic's: {verdict}\n{csr}\n{ca}")
            });
            let Some(certificate) = verdict["Ok"].as_str() else { continue };
            let verdict = self.verified_by_openssl(&[certificate, ca], true, None)?;
            tally.check(verdict.is_ok(), || format!("openssl refuses {certificate} under {ca}: {verdict:?}"));
            chains.push(json!([certificate, ca]));
        }
        let answer = self.ask_python(json!({"chains": chains}))?;
        for (chain, verdict) in chains.iter().zip(array(&answer["chains"])?) {
            tally.check(verdict["Ok"].is_object(), || format!("cryptography refuses {chain}: {verdict}"));
        }
        tally.tell("pki signs requests of nRF Cloud Utils, also under authorities of create_ca_cert; openssl and cryptography verify");
        Ok(())
    }

    fn ask_us(&self, mut request: Value) -> Result<Value, InteropError> {
        // Read each time, as the peers do: what they have just made must have begun.
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |past| past.as_secs());
        let all = json!({"now": now, "make": false, "issue": [], "verify": []});
        fill(&mut request, &all);
        self.ours.ask(&request)
    }

    fn ask_python(&self, mut request: Value) -> Result<Value, InteropError> {
        fill(&mut request, &json!({"chains": [], "csrs": [], "make": 0}));
        self.python.ask(&request)
    }

    /// The first of the certificates by the last, over those between.
    fn verified_by_openssl(
        &self,
        chain: &[&str],
        strict: bool,
        at: Option<u64>,
    ) -> Result<Result<(), String>, InteropError> {
        let mut arguments = vec!["verify", "-CAfile", "root.pem"];
        let at = at.map(|seconds| seconds.to_string());
        if let Some(at) = &at {
            arguments.extend(["-attime", at]);
        }
        if let ([leaf, between @ ..], Some(root)) = (&chain[..chain.len() - 1], chain.last()) {
            self.write("leaf.pem", leaf)?;
            self.write("between.pem", &between.concat())?;
            self.write("root.pem", root)?;
            if !between.is_empty() {
                arguments.extend(["-untrusted", "between.pem"]);
            }
        } else {
            // A root by itself.
            self.write("leaf.pem", chain[0])?;
            self.write("root.pem", chain[0])?;
        }
        if strict {
            arguments.push("-x509_strict");
        }
        arguments.push("leaf.pem");
        Ok(openssl(&self.folder, &arguments))
    }

    fn nordic(&self, program: &str, arguments: &[&str]) -> Result<(), String> {
        outcome(Command::new(self.programs.join(program)).args(arguments).current_dir(&self.folder))
    }

    /// The file in a folder whose name ends so.
    fn written(&self, folder: &str, end: &str) -> Result<Option<String>, InteropError> {
        for entry in fs::read_dir(self.folder.join(folder))? {
            let path = entry?.path();
            if path.to_string_lossy().ends_with(end) {
                return Ok(Some(fs::read_to_string(path)?));
            }
        }
        Ok(None)
    }

    fn write(&self, name: &str, content: &str) -> Result<(), InteropError> {
        Ok(fs::write(self.folder.join(name), content)?)
    }
}

fn openssl(folder: &Path, arguments: &[&str]) -> Result<(), String> {
    outcome(Command::new("openssl").args(arguments).current_dir(folder))
}

/// Whether it succeeded, or what it said.
fn outcome(command: &mut Command) -> Result<(), String> {
    let output = command.output().map_err(|error| error.to_string())?;
    if output.status.success() {
        return Ok(());
    }
    Err(String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned())
}

/// Adds what is not there.
fn fill(request: &mut Value, all: &Value) {
    for (name, value) in all.as_object().into_iter().flatten() {
        if request.get(name).is_none() {
            request[name] = value.clone();
        }
    }
}

fn empty_folder() -> Result<PathBuf, InteropError> {
    let folder = peers::target_directory()?.join("interop/pki");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    Ok(folder)
}

fn array(value: &Value) -> Result<&[Value], InteropError> {
    value.as_array().map(Vec::as_slice).ok_or_else(|| unreadable("no list", value))
}

fn text(value: &Value) -> Result<&str, InteropError> {
    value.as_str().ok_or_else(|| unreadable("no text", value))
}

fn texts(value: &Value) -> Result<Vec<&str>, InteropError> {
    array(value)?.iter().map(text).collect()
}

fn unreadable(what: &str, value: &Value) -> InteropError {
    InteropError::Answer { who: "a peer", fault: format!("{what} but {value}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_asked_is_filled_in() {
        let mut request = json!({"make": true});
        fill(&mut request, &json!({"make": false, "verify": []}));
        assert_eq!(request, json!({"make": true, "verify": []}));
    }
}
