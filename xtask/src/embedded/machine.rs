//! The simulated board: Arm's MPS2+ with application note AN505, which has a Cortex-M33.

use std::{
    io::{self, Read as _},
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

pub(super) const QEMU: &str = "qemu-system-arm";

/// Far more than the longest image takes. Not a measure: an image that hangs must not hang CI.
const PATIENCE: Duration = Duration::from_secs(600);

/// Runs an image until it ends itself, and gives what it has printed, whether or not it was content.
pub(super) fn run(image: &Path) -> Result<String, MachineError> {
    let mut child = Command::new(QEMU)
        .args(["-M", "mps2-an505", "-display", "none", "-monitor", "none", "-serial", "none"])
        // The console of the image, and its exit code.
        .args(["-semihosting-config", "enable=on,target=native"])
        // One instruction takes one nanosecond, which makes every run the same.
        .args(["-icount", "shift=0", "-kernel"])
        .arg(image)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(MachineError::Start)?;
    let reader = child.stdout.take().map(|mut stdout| {
        thread::spawn(move || {
            let mut text = Vec::new();
            stdout.read_to_end(&mut text).map(|_| String::from_utf8_lossy(&text).into_owned())
        })
    });
    let code = wait(&mut child)?;
    let output = reader.and_then(|reader| reader.join().ok()).ok_or(MachineError::NoOutput)?;
    let output = output.map_err(MachineError::Output)?;
    if code == Some(0) { Ok(output) } else { Err(MachineError::Failed { code, output }) }
}

fn wait(child: &mut Child) -> Result<Option<i32>, MachineError> {
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait().map_err(MachineError::Output)? {
            return Ok(status.code());
        }
        if start.elapsed() > PATIENCE {
            // It may have ended by itself just now.
            let _ = child.kill();
            let _ = child.wait();
            return Err(MachineError::Hangs);
        }
        thread::sleep(Duration::from_millis(20));
    }
}

/// Why an image gave no numbers.
#[derive(Debug, thiserror::Error)]
pub(super) enum MachineError {
    #[error("{QEMU} could not be started: {0}")]
    Start(io::Error),
    #[error("the image's output could not be read: {0}")]
    Output(io::Error),
    #[error("the image's output was lost")]
    NoOutput,
    #[error("the image does not end")]
    Hangs,
    #[error("the image failed (exit code {code:?}):\n{output}")]
    Failed { code: Option<i32>, output: String },
    #[error("the image could not be read: {0}")]
    Image(io::Error),
    #[error("the image is not a 32-bit little-endian ELF file")]
    NotElf,
}
