//! Ctrl-C: put off while files or a modem are changed, waited for by a simulator.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
#[cfg(all(feature = "sim", unix))]
use std::task::Poll;

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

use crate::diagnostic::Diagnostic;
use crate::exit_code::ExitCode;

/// Set in the signal handler itself: a thread that it woke might come too late for a step that ends at the same moment.
static PENDING: LazyLock<Arc<AtomicBool>> = LazyLock::new(Arc::default);
static HOLDS: Mutex<Holds> = Mutex::new(Holds { count: 0, idle: None });

struct Holds {
    count: usize,
    /// Whether a signal may end the program, since nothing is half done; none until signals are handled.
    idle: Option<Arc<AtomicBool>>,
}

/// While this lives, Ctrl-C and SIGTERM do not end the program: the step in hand is finished, with all that it has to put back.
#[derive(Debug)]
pub(crate) struct Held(());

/// Puts signals off.
pub(crate) fn hold() -> io::Result<Held> {
    let mut holds = holds();
    match &holds.idle {
        Some(idle) => idle.store(false, Ordering::SeqCst),
        None => {
            let idle = Arc::new(AtomicBool::new(false));
            for signal in [SIGINT, SIGTERM] {
                flag::register(signal, Arc::clone(&PENDING))?;
                let status = ExitCode::Interrupted.number().into();
                flag::register_conditional_shutdown(signal, status, Arc::clone(&idle))?;
            }
            holds.idle = Some(idle);
        }
    }
    holds.count += 1;
    Ok(Held(()))
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut holds = holds();
        holds.count -= 1;
        if let (0, Some(idle)) = (holds.count, &holds.idle) {
            idle.store(true, Ordering::SeqCst);
        }
    }
}

fn holds() -> MutexGuard<'static, Holds> {
    HOLDS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What ends the waits of a session with a kit when there is a signal that is put off.
pub(crate) fn cancel() -> modem_at::Cancel {
    modem_at::Cancel::from(Arc::clone(&PENDING))
}

/// Whether there was a signal since the first [`hold`].
pub(crate) fn is_pending() -> bool {
    PENDING.load(Ordering::SeqCst)
}

/// Gives the exit code of an interrupted command, if there was a signal since the first [`hold`].
pub(crate) fn check() -> Result<(), Diagnostic> {
    if is_pending() { Err(Diagnostic::interrupted()) } else { Ok(()) }
}

/// The signals that end a simulator, from the moment this is made.
#[cfg(feature = "sim")]
pub(crate) struct Stop {
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    #[cfg(windows)]
    interrupt: tokio::signal::windows::CtrlC,
}

#[cfg(feature = "sim")]
impl Stop {
    /// Within a runtime.
    pub(crate) fn register() -> Result<Self, Diagnostic> {
        #[cfg(unix)]
        use tokio::signal::unix::{SignalKind, signal};

        Ok(Self {
            #[cfg(unix)]
            interrupt: signal(SignalKind::interrupt()).map_err(crate::diagnostic::unexpected)?,
            #[cfg(unix)]
            terminate: signal(SignalKind::terminate()).map_err(crate::diagnostic::unexpected)?,
            #[cfg(windows)]
            interrupt: tokio::signal::windows::ctrl_c().map_err(crate::diagnostic::unexpected)?,
        })
    }

    /// Waits for Ctrl-C or SIGTERM.
    pub(crate) async fn wait(mut self) {
        #[cfg(unix)]
        std::future::poll_fn(|context| {
            let either =
                self.interrupt.poll_recv(context).is_ready() || self.terminate.poll_recv(context).is_ready();
            if either { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
        #[cfg(windows)]
        self.interrupt.recv().await;
    }
}
