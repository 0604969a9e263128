//! nRF Cloud Utils against the simulated nRF Cloud.
//!
//! Nordic's own tools run as they were installed, save for where they think that nRF Cloud is. What each of them did is
//! looked up in the cloud, and held against what it said itself.

mod claiming;
mod device;
mod fleet;
mod onboarding;

use std::{fs, path::PathBuf, thread, time::Duration};

use serde_json::{Value, json};

use super::{
    InteropError,
    peers::{self, Peer},
    simulator::Simulator,
    tally::Tally,
};
use crate::workspace;

pub(super) fn run() -> Result<(), InteropError> {
    let python = peers::of_python("nRF Cloud Utils", "cloud_peer.py")?;
    let cloud = Cloud::start(python)?;
    let mut tally = Tally::default();
    onboarding::check(&cloud, &mut tally)?;
    fleet::check(&cloud, &mut tally)?;
    device::check(&cloud, &mut tally)?;
    claiming::check(&cloud, &mut tally)?;
    tally.finish()
}

/// A running simulator, and Nordic's tools that take it for nRF Cloud.
struct Cloud {
    python: Peer,
    _simulator: Simulator,
    /// With a slash at its end.
    base: String,
    api_key: String,
    tenant_id: String,
    /// The kit with a port, and attestation tokens of others.
    kits: Value,
    /// For the files that go to the tools and come back.
    folder: PathBuf,
}

/// What a tool did.
#[derive(Debug)]
struct Ran {
    status: i64,
    output: String,
}

/// What the cloud answered.
#[derive(Debug)]
struct Answer {
    status: u64,
    body: Value,
}

impl Cloud {
    fn start(python: Peer) -> Result<Self, InteropError> {
        let simulator = Simulator::start()?;
        let folder = peers::target_directory()?.join("interop/cloud");
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        fs::create_dir_all(&folder)?;
        let base = format!("{}/", simulator.text("url")?);
        let (api_key, tenant_id) = (simulator.text("apiKey")?, simulator.text("tenantId")?);
        Ok(Self {
            python,
            kits: simulator.place.clone(),
            _simulator: simulator,
            base,
            api_key,
            tenant_id,
            folder,
        })
    }

    /// Runs one of the tools, by its module.
    fn run(&self, module: &str, arguments: &[&str], typed: &str) -> Result<Ran, InteropError> {
        let request = json!({
            "run": module, "base": self.base, "arguments": arguments, "typed": typed, "port": self.kits["port"],
        });
        let answer = self.python.ask(&request)?;
        let status = answer["status"].as_i64().unwrap_or(-1);
        Ok(Ran { status, output: answer["output"].as_str().unwrap_or_default().to_owned() })
    }

    /// Calls a function of one of the tools with the API key before its arguments.
    fn call(&self, module: &str, function: &str, arguments: &Value) -> Result<Answer, InteropError> {
        let mut all = vec![json!(self.api_key)];
        all.extend(arguments.as_array().into_iter().flatten().cloned());
        let request = json!({ "call": module, "function": function, "base": self.base, "arguments": all });
        let answer = self.python.ask(&request)?;
        let body =
            if answer.get("value").is_some() { answer["value"].clone() } else { answer["body"].clone() };
        Ok(Answer { status: answer["status"].as_u64().unwrap_or_default(), body })
    }

    /// Looks something up.
    fn get(&self, path: &str) -> Result<Answer, InteropError> {
        self.ask(json!({ "get": path }))
    }

    /// Looks something up again and again until it is as wanted, but not for ever; the last answer.
    fn wait_for(&self, path: &str, wanted: impl Fn(&Answer) -> bool) -> Result<Answer, InteropError> {
        let mut found = self.get(path)?;
        for _ in 0..20 {
            if wanted(&found) {
                break;
            }
            thread::sleep(Duration::from_millis(500));
            found = self.get(path)?;
        }
        Ok(found)
    }

    /// Asks for a path, with the API key if no other `key` is named.
    fn ask(&self, mut request: Value) -> Result<Answer, InteropError> {
        request["base"] = self.base.as_str().into();
        if request.get("key").is_none() {
            request["key"] = self.api_key.as_str().into();
        }
        let answer = self.python.ask(&request)?;
        Ok(Answer { status: answer["status"].as_u64().unwrap_or_default(), body: answer["body"].clone() })
    }

    /// A token with these claims, signed with a key of `fixtures/cloud-sim`.
    fn sign(&self, claims: &Value, key: &str) -> Result<String, InteropError> {
        let answer = self.python.ask(&json!({ "sign": claims, "private_key": fixture(key)? }))?;
        Ok(answer["value"].as_str().unwrap_or_default().to_owned())
    }

    /// Writes a file and gives its path as a tool takes it.
    fn write(&self, name: &str, content: &str) -> Result<String, InteropError> {
        fs::write(self.folder.join(name), content)?;
        Ok(self.path(name))
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.folder.join(name)).unwrap_or_default()
    }

    fn path(&self, name: &str) -> String {
        self.folder.join(name).to_string_lossy().into_owned()
    }
}

/// A file of `fixtures/cloud-sim`.
pub(super) fn fixture(name: &str) -> Result<String, InteropError> {
    Ok(fs::read_to_string(workspace::root()?.join("fixtures/cloud-sim").join(name))?)
}
