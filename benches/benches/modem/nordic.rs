//! Nordic's `device_credentials_installer`, as it is but for a list of ports that has the kit's.

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use benches::Operation;
use modem_sim::ModemSim;

use crate::authority::Authority;

/// What of the tool is timed.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Part {
    /// The whole program.
    Program,
    /// Its function `main`, with Python started and everything imported.
    Main,
}

pub(crate) struct Tool<'a> {
    pub(crate) python: &'a OsStr,
    pub(crate) authority: &'a Authority,
    pub(crate) arguments: &'a [&'a str],
    pub(crate) part: Part,
}

impl<'a> Tool<'a> {
    pub(crate) fn operation(self, name: &'static str, kit: &ModemSim) -> Operation<'a> {
        let port = kit.path();
        Operation::with_clock(name, move |iterations| {
            (0..iterations).map(|_| self.installs(&port)).sum::<Duration>()
        })
    }

    fn installs(&self, port: &Path) -> Duration {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let csv = folder.join("modem.csv");
        // The tool asks before it writes over one.
        let _ = std::fs::remove_file(&csv);
        let mut command = Command::new(self.python);
        command.args([
            "-c",
            PROGRAM,
            "-d",
            "--verify",
            "--coap",
            "--plain",
            "--log-level=critical",
            "--port",
        ]);
        command
            .arg(port)
            .arg("--ca")
            .arg(&self.authority.certificate)
            .arg("--ca-key")
            .arg(&self.authority.key);
        command.arg("--csv").arg(&csv).args(self.arguments).current_dir(folder);
        command.env("PYTHONPATH", PORT_MODULE).env("INTEROP_PORT", port).stderr(Stdio::inherit());
        let start = Instant::now();
        let output = command.output().unwrap();
        let whole = start.elapsed();
        assert!(output.status.success() && csv.is_file(), "the tool has failed: {output:?}");
        let text = String::from_utf8(output.stdout).unwrap();
        let own = Duration::from_secs_f64(text.lines().last().unwrap().trim().parse().unwrap());
        if self.part == Part::Main { own } else { whole }
    }
}

/// What the program of that name does, and how long its function took.
const PROGRAM: &str = "\
import sys, time
from nrfcloud_utils import device_credentials_installer
start = time.perf_counter()
device_credentials_installer.main(sys.argv[1:])
print(time.perf_counter() - start)";

/// What makes a port known to the tool.
const PORT_MODULE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../interop/python/port");
