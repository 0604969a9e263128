//! A directory of its own for each test, the command in it, and the simulators as child processes.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use tempfile::TempDir;

/// Where the fixtures of the workspace are.
pub(crate) fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures").join(name)
}

/// The API key of the simulated team. Of our own making.
pub(crate) const API_KEY: &str = "0123456789abcdef0123456789abcdef01234567";

/// The device of most tests.
pub(crate) const DEVICE: &str = "1c9d6e0a-4f53-4b8e-9d54-2f6f5d0a7c11";

/// The command without any of the variables that the machine may have set.
pub(crate) fn nrfcloud() -> Command {
    without_variables(Command::new(env!("CARGO_BIN_EXE_nrfcloud")))
}

fn without_variables(mut command: Command) -> Command {
    for name in ["NRFCLOUD_API_KEY", "NRFCLOUD_API_KEY_FILE", "NRFCLOUD_API_URL", "NRFCLOUD_PORT", "NO_COLOR"]
    {
        command.env_remove(name);
    }
    for name in [
        "NRFCLOUD_PROFILE",
        "NRFCLOUD_AUTH_TOKEN",
        "NRFCLOUD_ORG",
        "NRFCLOUD_PROJECT",
        "NRFCLOUD_PROVISIONING_URL",
        "HTTPS_PROXY",
        "https_proxy",
        "HTTP_PROXY",
        "http_proxy",
        "ALL_PROXY",
        "all_proxy",
    ] {
        command.env_remove(name);
    }
    // No profile of the machine's either.
    command.env("XDG_CONFIG_HOME", "/does/not/exist");
    command
}

/// A directory in which commands run.
pub(crate) struct Shop {
    directory: TempDir,
    /// Apart, so that only what a command was asked to write is among its files.
    state: TempDir,
    env: BTreeMap<&'static str, String>,
}

/// What a command did.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) bytes: Vec<u8>,
    pub(crate) stderr: String,
}

impl Shop {
    pub(crate) fn new() -> Self {
        Self {
            directory: tempfile::tempdir().unwrap(),
            state: tempfile::tempdir().unwrap(),
            env: BTreeMap::new(),
        }
    }

    /// With an authority, `ca-cert.crt.pem` and `ca-cert.key.pem`.
    pub(crate) fn with_authority() -> Self {
        let shop = Self::new();
        shop.ok(&[
            "ca",
            "create",
            "--subject",
            "/C=NO/ST=Norway/L=Trondheim/O=Nordic Semiconductor",
            "--ou",
            "Test Devices",
        ]);
        shop
    }

    /// With an authority, and the certificate and key of [`DEVICE`] in `certs`, and its row in `onboard.csv`.
    pub(crate) fn with_device() -> Self {
        let shop = Self::with_authority();
        shop.issue(DEVICE, &["--csv", "onboard.csv"]);
        shop
    }

    pub(crate) fn issue(&self, device_id: &str, more: &[&str]) {
        let args = [
            "cert",
            "issue",
            "--ca",
            "ca-cert.crt.pem",
            "--ca-key",
            "ca-cert.key.pem",
            "--device-id",
            device_id,
        ];
        self.ok(&[&args, more].concat());
    }

    /// Sets a variable for all further commands.
    pub(crate) fn env(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.env.insert(name, value.into());
        self
    }

    /// Sends all further commands to a simulated cloud.
    pub(crate) fn at(self, cloud: &CloudSim) -> Self {
        self.env("NRFCLOUD_API_URL", &cloud.url).env("NRFCLOUD_API_KEY", API_KEY)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// The ledger of its commands.
    pub(crate) fn ledger(&self) -> PathBuf {
        self.state.path().join("ledger.sqlite")
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        fs::write(self.path(name), content).unwrap();
    }

    /// Every file and directory below, sorted.
    pub(crate) fn files(&self) -> Vec<String> {
        fn collect(root: &Path, directory: &Path, names: &mut Vec<String>) {
            for entry in fs::read_dir(directory).unwrap() {
                let path = entry.unwrap().path();
                names.push(path.strip_prefix(root).unwrap().to_str().unwrap().to_owned());
                if path.is_dir() {
                    collect(root, &path, names);
                }
            }
        }
        let mut names = Vec::new();
        collect(self.directory.path(), self.directory.path(), &mut names);
        names.sort();
        names
    }

    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = nrfcloud();
        command.current_dir(self.directory.path()).args(args);
        command.env("NRFCLOUD_LEDGER", self.ledger()).envs(&self.env);
        command
    }

    /// Another program, that finds ours on its path and in the same surroundings.
    pub(crate) fn program(&self, name: &str) -> Command {
        let mut command = without_variables(Command::new(name));
        let binary = Path::new(env!("CARGO_BIN_EXE_nrfcloud")).parent().unwrap();
        let path = format!("{}:{}", binary.display(), std::env::var("PATH").unwrap());
        command.current_dir(self.directory.path()).env("PATH", path).stdin(Stdio::null());
        command.env("NRFCLOUD_LEDGER", self.ledger()).envs(&self.env);
        command
    }

    pub(crate) fn run(&self, args: &[&str]) -> Run {
        self.run_with(args, b"")
    }

    /// With something on standard input.
    pub(crate) fn run_with(&self, args: &[&str], stdin: &[u8]) -> Run {
        let mut child = self
            .command(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A command that does not want it closes the pipe.
        let _ = child.stdin.take().unwrap().write_all(stdin);
        let output = child.wait_with_output().unwrap();
        Run {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            bytes: output.stdout,
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Runs a command whose stdout nobody reads.
    pub(crate) fn run_unread(&self, args: &[&str]) -> Run {
        let mut child = self
            .command(args)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        Run {
            code: output.status.code().unwrap_or(-1),
            stdout: String::new(),
            bytes: Vec::new(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Runs a command that must succeed, and gives its stdout.
    pub(crate) fn ok(&self, args: &[&str]) -> String {
        let run = self.run(args);
        assert_eq!(run.code, 0, "{args:?}: {run:#?}");
        run.stdout
    }

    /// Runs a command that must succeed with `--json`, and gives its document.
    pub(crate) fn json(&self, args: &[&str]) -> serde_json::Value {
        serde_json::from_str(&self.ok(&[args, &["--json"]].concat())).unwrap()
    }

    /// Runs a command that must fail, with nothing on stdout and just this on stderr.
    #[track_caller]
    pub(crate) fn refused(&self, args: &[&str], code: i32, stderr: &str) {
        self.refused_with(args, b"", code, stderr);
    }

    #[track_caller]
    pub(crate) fn refused_with(&self, args: &[&str], stdin: &[u8], code: i32, stderr: &str) {
        let run = self.run_with(args, stdin);
        assert_eq!(run.stderr, stderr, "{args:?}: {run:#?}");
        assert_eq!(run.stdout, "", "{args:?}");
        assert_eq!(run.code, code, "{args:?}");
    }
}

/// A simulator, ended when it is dropped.
pub(crate) struct Sim {
    child: Child,
    stdout: BufReader<ChildStdout>,
}

impl Sim {
    pub(crate) fn start(args: &[&str], env: &[(&str, &str)]) -> Self {
        Self::logged(args, env, Stdio::inherit())
    }

    /// With a place for its stderr.
    pub(crate) fn logged(args: &[&str], env: &[(&str, &str)], stderr: Stdio) -> Self {
        let mut child = nrfcloud()
            .arg("sim")
            .args(args)
            .envs(env.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(stderr)
            .spawn()
            .unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        Self { child, stdout }
    }

    pub(crate) fn line(&mut self) -> String {
        let mut line = String::new();
        self.stdout.read_line(&mut line).unwrap();
        assert!(line.ends_with('\n'), "the simulator ended: {:?}", self.child.wait());
        line.trim_end().to_owned()
    }

    /// Sends a signal, and gives the rest of stdout and the exit code.
    pub(crate) fn end(&mut self, signal: rustix::process::Signal) -> (String, Option<i32>) {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, signal).unwrap();
        let mut rest = String::new();
        self.stdout.read_to_string(&mut rest).unwrap();
        (rest, self.child.wait().unwrap().code())
    }
}

impl Drop for Sim {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A simulated nRF Cloud that takes [`API_KEY`].
pub(crate) struct CloudSim {
    pub(crate) url: String,
    _sim: Sim,
}

impl CloudSim {
    pub(crate) fn start() -> Self {
        Self::with_bulk_delay("100")
    }

    /// Bulk operations take so many milliseconds.
    pub(crate) fn with_bulk_delay(milliseconds: &str) -> Self {
        Self::with_args(&["--bulk-delay", milliseconds])
    }

    /// With further options of `sim cloud`.
    pub(crate) fn with_args(args: &[&str]) -> Self {
        let mut sim = Sim::start(&[&["cloud"], args].concat(), &[("NRFCLOUD_API_KEY", API_KEY)]);
        Self { url: sim.line(), _sim: sim }
    }
}

/// A simulated kit.
pub(crate) struct ModemSim {
    pub(crate) port: String,
    pub(crate) imei: String,
    pub(crate) device_uuid: String,
    pub(crate) identity_key: String,
    _sim: Sim,
}

impl ModemSim {
    pub(crate) fn start(args: &[&str]) -> Self {
        let mut sim = Sim::start(&[&["modem", "--json"], args].concat(), &[]);
        let document: serde_json::Value = serde_json::from_str(&sim.line()).unwrap();
        let field = |name: &str| document[name].as_str().unwrap().to_owned();
        Self {
            port: field("port"),
            imei: field("imei"),
            device_uuid: field("device_uuid"),
            identity_key: field("identity_key_spki"),
            _sim: sim,
        }
    }
}

/// Says loudly what could not be tested, and why.
pub(crate) fn not_tested(what: &str, why: impl std::fmt::Display) {
    let _ = writeln!(std::io::stderr(), "NOT TESTED: {what}: {why}");
}

/// The address of a server that answers each connection with `answer`, as long as the test runs.
pub(crate) fn server(answer: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut request = [0; 4096];
            let _ = stream.read(&mut request);
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    format!("http://{address}/v1")
}

/// The address of a server that is not there.
pub(crate) fn nobody() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}/v1", listener.local_addr().unwrap())
}
