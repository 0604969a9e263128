//! Ctrl-C: put off while files or a modem are changed, waited for by a simulator.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

use crate::diagnostic::Diagnostic;
use crate::exit_code::ExitCode;

static PENDING: AtomicBool = AtomicBool::new(false);
static HELD: AtomicUsize = AtomicUsize::new(0);
static HANDLED: Mutex<bool> = Mutex::new(false);
static CANCEL: OnceLock<modem_at::Cancel> = OnceLock::new();

/// While this lives, Ctrl-C and SIGTERM do not end the program: the step in hand is finished, with all that it has to put back.
#[derive(Debug)]
pub(crate) struct Held(());

/// Puts signals off.
pub(crate) fn hold() -> Result<Held, ctrlc::Error> {
    HELD.fetch_add(1, Ordering::SeqCst);
    let held = Held(());
    let mut handled = HANDLED.lock().unwrap_or_else(PoisonError::into_inner);
    if !*handled {
        ctrlc::set_handler(on_signal)?;
        *handled = true;
    }
    Ok(held)
}

impl Drop for Held {
    fn drop(&mut self) {
        HELD.fetch_sub(1, Ordering::SeqCst);
    }
}

#[expect(clippy::exit, reason = "the handler has a thread of its own, and no way back to `main`")]
fn on_signal() {
    PENDING.store(true, Ordering::SeqCst);
    if let Some(cancel) = CANCEL.get() {
        cancel.set();
    }
    if HELD.load(Ordering::SeqCst) == 0 {
        // Nothing is half done.
        std::process::exit(ExitCode::Interrupted.number().into());
    }
}

/// What ends the waits of a session with a kit when there is a signal that is put off.
pub(crate) fn cancel() -> modem_at::Cancel {
    CANCEL.get_or_init(modem_at::Cancel::default).clone()
}

/// Whether there was a signal since the first [`hold`].
pub(crate) fn is_pending() -> bool {
    PENDING.load(Ordering::SeqCst)
}

/// Gives the exit code of an interrupted command, if there was a signal since the first [`hold`].
pub(crate) fn check() -> Result<(), Diagnostic> {
    if is_pending() { Err(Diagnostic::interrupted()) } else { Ok(()) }
}

/// Waits for Ctrl-C or SIGTERM.
#[cfg(all(feature = "sim", unix))]
pub(crate) fn wait() -> Result<(), Diagnostic> {
    let (sender, receiver) = std::sync::mpsc::channel();
    ctrlc::set_handler(move || {
        // A second signal finds nobody waiting, and nothing to do.
        let _ = sender.send(());
    })
    .map_err(crate::diagnostic::unexpected)?;
    receiver.recv().map_err(crate::diagnostic::unexpected)
}

/// What is notified of Ctrl-C or SIGTERM from now on.
#[cfg(feature = "sim")]
pub(crate) fn notify() -> Result<std::sync::Arc<tokio::sync::Notify>, Diagnostic> {
    let notify = std::sync::Arc::new(tokio::sync::Notify::new());
    let handle = std::sync::Arc::clone(&notify);
    ctrlc::set_handler(move || handle.notify_one()).map_err(crate::diagnostic::unexpected)?;
    Ok(notify)
}
