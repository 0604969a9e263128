//! The second judge: openssl on the command line.

use std::io::Write;
use std::path::Path;
use std::process::Command;

/// A folder for openssl to read from, and openssl itself; `None` with a loud message where it is not installed.
pub(crate) struct OpenSsl {
    folder: tempfile::TempDir,
}

impl OpenSsl {
    pub(crate) fn find() -> Option<Self> {
        if Command::new("openssl").arg("version").output().is_ok_and(|output| output.status.success()) {
            return Some(Self { folder: tempfile::tempdir().expect("a temporary folder") });
        }
        // Past the capture of the test harness, which hides what a passing test prints.
        let _ = writeln!(std::io::stderr(), "!!! NOT TESTED BY A SECOND JUDGE: openssl is not installed");
        None
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        std::fs::write(self.folder.path().join(name), content).expect("the temporary folder takes a file");
    }

    /// Runs `openssl …` in the folder and gives what it printed on both streams; fails the test where it fails.
    pub(crate) fn run(&self, arguments: &[&str]) -> String {
        let output = Command::new("openssl")
            .args(arguments)
            .current_dir(self.path())
            .output()
            .expect("openssl ran before");
        let text = [output.stdout.as_slice(), output.stderr.as_slice()].concat();
        let text = String::from_utf8_lossy(&text).into_owned();
        assert!(output.status.success(), "openssl {arguments:?}: {text}");
        text
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }
}
