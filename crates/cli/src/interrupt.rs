//! Ctrl-C: put off while a modem is changed, waited for by a simulator.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::diagnostic::{self, Diagnostic};

static PENDING: AtomicBool = AtomicBool::new(false);

/// From now on Ctrl-C and SIGTERM do not end the program: the step in hand is finished, with all that it has to put back.
pub(crate) fn put_off() -> Result<(), Diagnostic> {
    ctrlc::set_handler(|| PENDING.store(true, Ordering::SeqCst)).map_err(diagnostic::unexpected)
}

/// Gives the exit code of an interrupted command, if there was a Ctrl-C since [`put_off`].
pub(crate) fn check() -> Result<(), Diagnostic> {
    if PENDING.load(Ordering::SeqCst) { Err(Diagnostic::interrupted()) } else { Ok(()) }
}

/// Waits for Ctrl-C or SIGTERM.
#[cfg(all(feature = "sim", unix))]
pub(crate) fn wait() -> Result<(), Diagnostic> {
    let (sender, receiver) = std::sync::mpsc::channel();
    ctrlc::set_handler(move || {
        // A second signal finds nobody waiting, and nothing to do.
        let _ = sender.send(());
    })
    .map_err(diagnostic::unexpected)?;
    receiver.recv().map_err(diagnostic::unexpected)
}

/// What is notified of Ctrl-C or SIGTERM from now on.
#[cfg(feature = "sim")]
pub(crate) fn notify() -> Result<std::sync::Arc<tokio::sync::Notify>, Diagnostic> {
    let notify = std::sync::Arc::new(tokio::sync::Notify::new());
    let handle = std::sync::Arc::clone(&notify);
    ctrlc::set_handler(move || handle.notify_one()).map_err(diagnostic::unexpected)?;
    Ok(notify)
}
