//! `cargo xtask guide`: Nordic's guide "JWT authentication for nRF Cloud", end to end, through the real `nrfcloud`.
//!
//! Every step is checked by something other than the code that made it: OpenSSL where it is installed, this task's
//! own reading of keys, certificates, tokens and bytes, the simulated cloud asked over a plain socket, or the values
//! that the guide prints.

mod assistance;
mod bulk;
mod call;
mod children;
mod cloud;
mod failure;
mod http;
mod keygen;
mod kit;
mod live;
mod part_a;
mod part_b;
mod part_c;
mod reading;
mod record;
mod redact;
mod report;
mod simulator;
mod token;

use std::{
    ffi::OsString,
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
    time::Instant,
};

pub(crate) use self::reading::sha256;

use self::{
    call::{Answer, Call},
    cloud::Cloud,
    failure::Failure,
    kit::Kit,
    record::Record,
    redact::Redactor,
    report::{Outcome, Told},
};
use crate::workspace::{self, ToolError};

#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Options {
    /// Use the real nRF Cloud, with the API key in NRFCLOUD_API_KEY
    #[arg(long)]
    live: bool,
    /// Create what --live says that it would create
    #[arg(long, requires = "live")]
    yes: bool,
    /// With --live: use the kit on this serial port instead of a simulated one
    #[arg(long, requires = "live", value_name = "PORT")]
    port: Option<String>,
}

/// One step of the guide.
#[derive(Debug)]
pub(crate) struct Step {
    pub(crate) part: char,
    /// As in the guide, as far as the guide has it.
    pub(crate) title: &'static str,
    pub(crate) run: fn(&mut Guide, &mut Record) -> Result<(), Failure>,
}

/// What the steps share. All else they leave to each other as files.
#[derive(Debug)]
pub(crate) struct Guide {
    options: Options,
    nrfcloud: PathBuf,
    /// Where the commands run, and everything they make stays.
    folder: PathBuf,
    /// Whether `openssl` can be asked.
    has_openssl: bool,
    /// The device of part A.
    device_id: String,
    /// The device of part B.
    registered_id: String,
    redactor: Redactor,
    cloud: Option<Cloud>,
    kit: Option<Kit>,
}

pub(crate) fn run(options: &Options) -> Result<(), GuideError> {
    if options.live {
        live::consent(options)?;
    }
    children::end_with_this_process().map_err(GuideError::Interrupts)?;
    say("building nrfcloud");
    let mut guide = Guide::prepare(options.clone(), build()?)?;
    let preface = guide.preface();
    say(&preface.join("\n"));

    let parts: [&'static [Step]; 3] = [part_a::STEPS, part_b::STEPS, part_c::STEPS];
    let mut all = Vec::new();
    let started = Instant::now();
    for steps in parts {
        guide.walk(steps, &mut all, |text| say(&format!("\n{}", text.trim_end())));
    }
    guide.stop();

    let report = guide.folder.join("report.md");
    fs::write(&report, report::markdown(&all, &preface, &guide.redactor))
        .map_err(|source| GuideError::Folder { path: report.clone(), source })?;
    let seconds = started.elapsed().as_secs_f64();
    say(&format!("\n{}took {seconds:.1} s; report: {}", report::table(&all), shown_path(&report)));
    say(&report::closing_line(&all));
    match all.iter().find(|told| matches!(told.outcome, Outcome::Failed(_))) {
        None => Ok(()),
        Some(told) => {
            Err(GuideError::Step { step: format!("{}{} {}", told.step.part, told.number, told.step.title) })
        }
    }
}

impl Guide {
    /// A fresh folder, and what can be known before the first step.
    fn prepare(options: Options, built: Built) -> Result<Self, GuideError> {
        let folder = built.target.join("guide");
        let fresh = || {
            if folder.exists() {
                fs::remove_dir_all(&folder)?;
            }
            fs::create_dir_all(&folder)
        };
        fresh().map_err(|source| GuideError::Folder { path: folder.clone(), source })?;
        let mut guide = Self {
            options,
            nrfcloud: built.nrfcloud,
            folder,
            has_openssl: workspace::answers(std::process::Command::new("openssl").arg("version")),
            device_id: uuid()?,
            registered_id: uuid()?,
            redactor: Redactor::default(),
            cloud: None,
            kit: None,
        };
        if let Ok(key) = std::env::var("NRFCLOUD_API_KEY") {
            guide.redactor.hide(key);
        }
        Ok(guide)
    }

    fn preface(&self) -> Vec<String> {
        let cloud = if self.options.live { "the real nRF Cloud" } else { "simulated, on loopback" };
        let kit = self.options.port.as_deref().unwrap_or("simulated, on a pseudo-terminal");
        let openssl = if self.has_openssl { "OpenSSL, and " } else { "OpenSSL is not installed; " };
        vec![
            format!("cloud: {cloud}; kit: {kit}"),
            format!(
                "second judge: {openssl}this task's own reading with RustCrypto (nrfcloud itself uses aws-lc-rs)"
            ),
            format!("commands run in: {}", shown_path(&self.folder)),
        ]
    }

    /// Runs the steps of one part, and tells each when it is over. The first that fails ends the part.
    fn walk(&mut self, steps: &'static [Step], all: &mut Vec<Told>, mut tell: impl FnMut(&str)) {
        let mut failed = false;
        for step in steps {
            let started = Instant::now();
            let mut record = Record::default();
            let outcome = if failed {
                Outcome::NotRun
            } else {
                match (step.run)(self, &mut record) {
                    Ok(()) => Outcome::Passed,
                    Err(failure) => Outcome::Failed(failure),
                }
            };
            failed = !matches!(outcome, Outcome::Passed);
            let told = Told { step, number: all.len() + 1, record, outcome, time: started.elapsed() };
            tell(&report::terminal(&told, &self.redactor));
            all.push(told);
        }
    }

    /// Ends the simulators that a failed step left running.
    fn stop(&mut self) {
        self.cloud = None;
        self.kit = None;
    }

    fn cloud(&self) -> Result<&Cloud, Failure> {
        self.cloud.as_ref().ok_or(Failure::Missing { what: "the cloud" })
    }

    fn kit(&self) -> Result<&Kit, Failure> {
        self.kit.as_ref().ok_or(Failure::Missing { what: "the kit" })
    }

    /// A call of `nrfcloud`, with the cloud's address and key in its environment and nothing of the user's.
    fn nrfcloud(&self, arguments: &[&str]) -> Call {
        let mut environment: Vec<(String, Option<OsString>)> = std::env::vars_os()
            .filter_map(|(name, _)| name.into_string().ok())
            .filter(|name| name.starts_with("NRFCLOUD_"))
            .map(|name| (name, None))
            .collect();
        for (name, folder) in [("XDG_CONFIG_HOME", "config"), ("XDG_STATE_HOME", "state")] {
            environment.push((name.into(), Some(self.folder.join(folder).into())));
        }
        environment.push(("NO_COLOR".into(), Some("1".into())));
        if let Some(cloud) = &self.cloud {
            environment.push(("NRFCLOUD_API_URL".into(), Some(cloud.url.clone().into())));
            environment.push(("NRFCLOUD_API_KEY".into(), Some(cloud.key.clone().into())));
        }
        self.call(&self.nrfcloud, "nrfcloud", arguments, environment)
    }

    /// Runs openssl, which is to succeed. Nothing is run where it is not installed, and the record says so.
    fn openssl(&self, record: &mut Record, arguments: &[&str]) -> Result<Option<Answer>, Failure> {
        if !self.has_openssl {
            record.note("OpenSSL is not installed: judged by RustCrypto alone");
            return Ok(None);
        }
        record.run(self.call(Path::new("openssl"), "openssl", arguments, Vec::new())).map(Some)
    }

    fn call(
        &self,
        program: &Path,
        name: &'static str,
        arguments: &[&str],
        environment: Vec<(String, Option<OsString>)>,
    ) -> Call {
        Call {
            program: program.to_owned(),
            name,
            arguments: arguments.iter().map(|argument| (*argument).to_owned()).collect(),
            folder: self.folder.clone(),
            environment,
            input: None,
        }
    }

    /// A file that a step left in the guide's folder.
    fn read(&self, name: &str) -> Result<Vec<u8>, Failure> {
        fs::read(self.folder.join(name)).map_err(|source| Failure::File { what: name.to_owned(), source })
    }

    /// Likewise, as text.
    fn read_text(&self, name: &str) -> Result<String, Failure> {
        String::from_utf8(self.read(name)?).map_err(|error| Failure::unreadable(name, error))
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> Result<(), Failure> {
        fs::write(self.folder.join(name), bytes)
            .map_err(|source| Failure::File { what: name.to_owned(), source })
    }

    /// Permission bits of a file that holds a private key.
    #[cfg(unix)]
    fn check_private(&self, record: &mut Record, name: &str) -> Result<(), Failure> {
        use std::os::unix::fs::PermissionsExt as _;
        let metadata = fs::metadata(self.folder.join(name))
            .map_err(|source| Failure::File { what: name.to_owned(), source })?;
        let mode = format!("{:o}", metadata.permissions().mode() & 0o777);
        record.equal("file system", "only the owner may read the private key", "600", mode)
    }

    #[cfg(not(unix))]
    #[expect(clippy::unnecessary_wraps, reason = "the same shape as on Unix")]
    fn check_private(&self, record: &mut Record, name: &str) -> Result<(), Failure> {
        record.note(format!("who may read {name} is not checked on this system"));
        Ok(())
    }
}

struct Built {
    nrfcloud: PathBuf,
    target: PathBuf,
}

/// Builds the command, and asks cargo where it is.
fn build() -> Result<Built, GuideError> {
    let mut build = workspace::cargo([
        "build",
        "--locked",
        "--package=cli",
        "--bin=nrfcloud",
        "--message-format=json-render-diagnostics",
    ])?;
    let messages = workspace::output(&mut build)?;
    let nrfcloud = messages
        .split(|&byte| byte == b'\n')
        .filter_map(|line| serde_json::from_slice::<serde_json::Value>(line).ok())
        .filter(|message| message["target"]["name"] == "nrfcloud")
        .find_map(|message| message["executable"].as_str().map(PathBuf::from))
        .ok_or(GuideError::NoExecutable)?;
    let mut metadata = workspace::cargo(["metadata", "--locked", "--no-deps", "--format-version=1"])?;
    let metadata: serde_json::Value =
        serde_json::from_slice(&workspace::output(&mut metadata)?).map_err(|_| GuideError::NoExecutable)?;
    let target = metadata["target_directory"].as_str().ok_or(GuideError::NoExecutable)?;
    Ok(Built { nrfcloud, target: target.into() })
}

/// A random UUID (RFC 9562, version 4), as nRF Cloud recommends for device IDs.
fn uuid() -> Result<String, GuideError> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(GuideError::Random)?;
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex = reading::hex(&bytes);
    Ok(format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]))
}

/// A path as seen from the root of the workspace, where it is inside.
fn shown_path(path: &Path) -> String {
    let root = workspace::root().unwrap_or_default();
    path.strip_prefix(root).unwrap_or(path).display().to_string()
}

fn say(text: &str) {
    // A closed stdout is no reason to leave the guide: the report and the exit code tell.
    let _ = writeln!(io::stdout(), "{text}");
}

/// Why the guide could not be walked to its end.
#[derive(Debug, thiserror::Error)]
pub(crate) enum GuideError {
    #[error(transparent)]
    Tool(#[from] ToolError),
    #[error(transparent)]
    Live(#[from] live::Refusal),
    #[error("cargo does not say where it built nrfcloud")]
    NoExecutable,
    #[error("{}: {source}", path.display())]
    Folder { path: PathBuf, source: io::Error },
    #[error("no random bytes from the operating system: {0}")]
    Random(getrandom::Error),
    #[error("interruptions cannot be caught: {0}")]
    Interrupts(io::Error),
    #[error("the guide failed in step {step}")]
    Step { step: String },
}

/// A file of the guide's own material.
#[cfg(test)]
pub(crate) fn fixture(name: &str) -> String {
    fs::read_to_string(workspace::root().unwrap().join("fixtures/guide").join(name)).unwrap()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guide(folder: &str) -> Guide {
        Guide {
            options: Options { live: false, yes: false, port: None },
            nrfcloud: "nrfcloud".into(),
            folder: std::env::temp_dir().join(folder),
            has_openssl: false,
            device_id: uuid().unwrap(),
            registered_id: uuid().unwrap(),
            redactor: Redactor::default(),
            cloud: None,
            kit: None,
        }
    }

    fn passes(_: &mut Guide, record: &mut Record) -> Result<(), Failure> {
        record.equal("xtask", "one is one", 1, 1)
    }

    fn fails(_: &mut Guide, record: &mut Record) -> Result<(), Failure> {
        record.equal("xtask", "one is two", 1, 2)
    }

    static FIRST: [Step; 3] = [
        Step { part: 'A', title: "passes", run: passes },
        Step { part: 'A', title: "fails", run: fails },
        Step { part: 'A', title: "after that", run: passes },
    ];
    static SECOND: [Step; 1] = [Step { part: 'B', title: "another part", run: passes }];

    #[test]
    fn a_failing_check_ends_its_part_and_the_next_part_runs() {
        let (mut all, mut shown) = (Vec::new(), String::new());
        let mut guide = guide("xtask-guide-test-walk");
        guide.walk(&FIRST, &mut all, |text| shown.push_str(text));
        guide.walk(&SECOND, &mut all, |text| shown.push_str(text));
        let failure = "    FAILED: one is two (judged by xtask)\n        expected: 1\n        found:    2\n";
        assert!(shown.contains(failure), "{shown}");
        let lines: Vec<String> = report::table(&all).lines().map(str::to_owned).collect();
        assert_eq!(
            lines,
            [
                "ok      A1   passes  [xtask]",
                "FAILED  A2   fails  []",
                "not run A3   after that  []",
                "ok      B4   another part  [xtask]"
            ]
        );
        assert_eq!(report::closing_line(&all), "guide: 2 of 4 steps passed");
        let Outcome::Failed(failure) = &all[1].outcome else { panic!("{:?}", all[1].outcome) };
        assert_eq!(failure.to_string(), "one is two (judged by xtask)\n    expected: 1\n    found:    2");
    }

    #[test]
    fn steps_that_need_the_cloud_say_that_it_is_not_there() {
        let error = guide("xtask-guide-test-cloud").cloud().map(|_| ()).unwrap_err();
        assert_eq!(error.to_string(), "the cloud is not there, because an earlier step failed");
    }

    #[test]
    fn the_absence_of_openssl_is_noted() {
        let mut record = Record::default();
        assert!(guide("xtask-guide-test-openssl").openssl(&mut record, &["version"]).unwrap().is_none());
        let [record::Entry::Noted(note)] = record.entries.as_slice() else { panic!("{record:?}") };
        assert_eq!(note, "OpenSSL is not installed: judged by RustCrypto alone");
    }

    #[test]
    fn device_ids_are_version_4_uuids() {
        let id = uuid().unwrap();
        assert_eq!(id.len(), 36);
        assert_eq!(id.as_bytes()[14], b'4');
        assert!(b"89ab".contains(&id.as_bytes()[19]), "{id}");
    }
}
