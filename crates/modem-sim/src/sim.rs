//! A simulated kit that runs.

use std::io::{self, PipeWriter};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use pki::key::PublicKey;

use crate::builder::{Assembled, Builder, StartError};
use crate::kit::{Imei, Uuid};
use crate::port::Port;
use crate::wire::Wire;

/// A kit on a pseudo-terminal, served by a thread of its own until it is stopped or dropped.
#[derive(Debug)]
pub struct ModemSim {
    shown: Arc<Shown>,
    tcp: Option<SocketAddr>,
    rfc2217: Option<SocketAddr>,
    imei: Imei,
    uuid: Uuid,
    identity: PublicKey,
    running: Option<Running>,
}

/// The thread, and the pipe whose closing ends it.
#[derive(Debug)]
struct Running {
    thread: JoinHandle<Result<(), RunError>>,
    stop: PipeWriter,
}

/// What a running kit tells of itself.
#[derive(Debug, Default)]
pub(crate) struct Shown(Mutex<Facts>);

#[derive(Debug, Default)]
struct Facts {
    path: PathBuf,
    fired: Vec<u32>,
    lost: u64,
}

impl Shown {
    pub(crate) fn update(&self, wire: &Wire) {
        self.with(|facts| {
            facts.lost = wire.lost();
            wire.board.faults.fired_into(&mut facts.fired);
        });
    }

    pub(crate) fn set_path(&self, path: &Path) {
        self.with(|facts| facts.path = path.to_owned());
    }

    /// A thread that panicked while it held the lock leaves numbers behind, which no half of is wrong.
    fn with<T>(&self, look: impl FnOnce(&mut Facts) -> T) -> T {
        look(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl ModemSim {
    /// A kit of the default kind, to be changed and started.
    pub fn builder() -> Builder {
        Builder::new()
    }

    /// What a host opens as its serial port. After the fault `unplug` it is another one.
    pub fn path(&self) -> PathBuf {
        self.shown.with(|facts| facts.path.clone())
    }

    /// Where it listens, if it was told to by [`Builder::tcp`].
    pub fn tcp_address(&self) -> Option<SocketAddr> {
        self.tcp
    }

    /// Where it listens, if it was told to by [`Builder::rfc2217`].
    pub fn rfc2217_address(&self) -> Option<SocketAddr> {
        self.rfc2217
    }

    /// How often each fault has had its effect, in the order in which they were given to the builder.
    pub fn fired(&self) -> Vec<u32> {
        self.shown.with(|facts| facts.fired.clone())
    }

    /// How many bytes of the host were lost: to a full buffer, to a busy AT host, to a kit that was starting.
    pub fn lost_bytes(&self) -> u64 {
        self.shown.with(|facts| facts.lost)
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

    fn start(mut builder: Builder) -> Result<Self, StartError> {
        let listening = core::mem::take(&mut builder.listening);
        let Assembled { mut wire, imei, uuid, identity, boot_banner } = builder.assemble()?;
        let port = Port::open(listening)?;
        let (tcp, rfc2217) = (port.tcp_address(), port.rfc2217_address());
        let shown = Arc::new(Shown::default());
        shown.set_path(port.path());
        shown.update(&wire);
        if boot_banner {
            wire.start(0);
        }
        let thread_error = |source| StartError::Thread { source };
        let (stopped, stop) = io::pipe().map_err(thread_error)?;
        let seen = Arc::clone(&shown);
        let thread = thread::Builder::new()
            .name("modem-sim".to_owned())
            .spawn(move || port.serve(wire, &seen, &stopped))
            .map_err(thread_error)?;
        Ok(Self { shown, tcp, rfc2217, imei, uuid, identity, running: Some(Running { thread, stop }) })
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
            Ok(outcome) => outcome,
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
    /// The link to the port could not be made again.
    #[error("the simulated port came back without its link: {source}")]
    Link {
        /// Why.
        source: StartError,
    },
    /// A change could not be saved. The command that made it was refused.
    #[error("cannot write the state file {}: {source}", path.display())]
    State {
        /// The file.
        path: PathBuf,
        /// What the system said first.
        source: io::Error,
    },
    /// A bug in the simulator.
    #[error("the simulated kit panicked")]
    Panic,
}
