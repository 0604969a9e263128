//! `cargo xtask hsm`: the example `pkcs11` of `pki`, whose certificate authority has its key in a SoftHSM2, judged by openssl.

use std::{
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
    process::Command,
};

use crate::workspace::{self, ToolError};

/// Where the Debian package `libsofthsm2`, Fedora, Arch and Homebrew put it.
const MODULES: &[&str] = &[
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib64/softhsm/libsofthsm2.so",
    "/usr/lib/libsofthsm2.so",
    "/usr/local/lib/softhsm/libsofthsm2.so",
    "/opt/homebrew/lib/softhsm/libsofthsm2.so",
];

/// Of a token that is made for this run and holds nothing else.
const PIN: &str = "1234";

pub(crate) fn run() -> Result<(), HsmError> {
    let module = MODULES.iter().map(Path::new).find(|path| path.is_file()).ok_or(HsmError::NoSoftHsm)?;
    if !workspace::answers(Command::new("openssl").arg("version")) {
        return Err(HsmError::NoOpenSsl);
    }
    let folder = empty_folder()?;
    let configuration = folder.join("softhsm2.conf");
    let tokens = folder.join("tokens");
    fs::create_dir(&tokens)?;
    fs::write(&configuration, format!("directories.tokendir = {}\nlog.level = ERROR\n", tokens.display()))?;

    let mut example =
        workspace::cargo(["run", "--locked", "--quiet", "--package=pki", "--example=pkcs11", "--"])?;
    example.arg(module).arg(&folder).env("SOFTHSM2_CONF", &configuration).env("PKCS11_PIN", PIN);
    workspace::run(&mut example)?;

    let openssl = |arguments: &[&str]| -> Result<(), ToolError> {
        workspace::run(Command::new("openssl").args(arguments).current_dir(&folder))
    };
    openssl(&["verify", "-x509_strict", "-CAfile", "ca.pem", "ca.pem"])?;
    openssl(&["verify", "-x509_strict", "-purpose", "sslclient", "-CAfile", "ca.pem", "device.pem"])?;
    // A closed stdout does not change what was found.
    let _ = writeln!(io::stdout(), "hsm: 2 passed, 0 failed");
    Ok(())
}

fn empty_folder() -> Result<PathBuf, HsmError> {
    let folder = workspace::root()?.join("target/hsm");
    match fs::remove_dir_all(&folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
        _ => {}
    }
    fs::create_dir_all(&folder)?;
    Ok(folder)
}

/// SoftHSM2 is missing, or a certificate that it signed is refused.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HsmError {
    #[error("hsm: SoftHSM2 is not installed: `apt-get install softhsm2`")]
    NoSoftHsm,
    #[error("hsm: openssl is not installed: `apt-get install openssl`")]
    NoOpenSsl,
    #[error("hsm: {0}")]
    Tool(#[from] ToolError),
    #[error("hsm: {0}")]
    Files(#[from] io::Error),
}
