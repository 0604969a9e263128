//! A simulated kit that runs.

use std::io::{self, PipeWriter};
use std::path::{Path, PathBuf};
use std::thread::{self, JoinHandle};

use pki::key::PublicKey;

use crate::builder::{Builder, StartError};
use crate::kit::{Imei, Uuid};
use crate::pty::Pty;

/// A kit on a pseudo-terminal, served by a thread of its own until it is stopped or dropped.
#[derive(Debug)]
pub struct ModemSim {
    path: PathBuf,
    imei: Imei,
    uuid: Uuid,
    identity: PublicKey,
    running: Option<Running>,
}

/// The thread, and the pipe whose closing ends it.
#[derive(Debug)]
struct Running {
    thread: JoinHandle<io::Result<()>>,
    stop: PipeWriter,
}

impl ModemSim {
    /// A kit of the default kind, to be changed and started.
    pub fn builder() -> Builder {
        Builder::new()
    }

    /// What a host opens as its serial port.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The IMEI, as `AT+CGSN` gives it.
    pub fn imei(&self) -> Imei {
        self.imei
    }

    /// The UUID of the device, the default device ID of nRF Cloud.
    pub fn device_uuid(&self) -> Uuid {
        self.uuid
    }

    /// The public half of the identity key: it verifies the COSE part of `%KEYGEN` and `%ATTESTTOKEN`, and tokens that
    /// name no tag.
    pub fn identity_public_key(&self) -> PublicKey {
        self.identity
    }

    /// Ends the thread and closes the port. Dropping does the same and keeps the error to itself.
    ///
    /// # Errors
    /// When the thread had ended by itself.
    pub fn stop(mut self) -> Result<(), RunError> {
        self.running.take().map_or(Ok(()), Running::join)
    }

    fn start(builder: Builder) -> Result<Self, StartError> {
        let (board, clock) = builder.assemble()?;
        let (imei, uuid) = (board.device.imei(), board.device.device_uuid());
        let identity = board.device.identity_public_key();
        let pty = Pty::open()?;
        let path = pty.path().to_owned();
        let thread_error = |source| StartError::Thread { source };
        let (stopped, stop) = io::pipe().map_err(thread_error)?;
        let thread = thread::Builder::new()
            .name("modem-sim".to_owned())
            .spawn(move || pty.serve(board, &clock, &stopped))
            .map_err(thread_error)?;
        Ok(Self { path, imei, uuid, identity, running: Some(Running { thread, stop }) })
    }
}

impl Drop for ModemSim {
    fn drop(&mut self) {
        if let Some(running) = self.running.take() {
            // A destructor has nobody to tell; `stop` does.
            let _ = running.join();
        }
    }
}

impl Running {
    fn join(self) -> Result<(), RunError> {
        drop(self.stop);
        match self.thread.join() {
            Ok(outcome) => outcome.map_err(|source| RunError::Port { source }),
            Err(_) => Err(RunError::Panic),
        }
    }
}

impl Builder {
    /// Opens a pseudo-terminal and starts the kit on it.
    ///
    /// # Errors
    /// [`StartError`] when the kit makes no sense, or the system gives no pseudo-terminal or thread.
    pub fn start(self) -> Result<ModemSim, StartError> {
        ModemSim::start(self)
    }
}

/// Why a kit stopped by itself.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// The pseudo-terminal failed.
    #[error("the simulated port failed: {source}")]
    Port {
        /// What the system said.
        source: io::Error,
    },
    /// A bug in the simulator.
    #[error("the simulated kit panicked")]
    Panic,
}
