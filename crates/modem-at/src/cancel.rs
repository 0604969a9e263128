//! Giving up from another thread.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A flag that ends whatever a [`Modem`](crate::Modem) waits for, for a Ctrl-C handler or another thread.
///
/// It is looked at before each command and every 50 ms while the answer to a command is awaited that changes nothing. A write or a key
/// generation under way is finished first, and the modem's settings and its functional mode are put back all the same.
///
/// ```
/// let cancel = modem_at::Cancel::default();
/// let handle = cancel.clone();
/// handle.set();
/// assert!(cancel.is_set());
/// ```
#[derive(Debug, Clone, Default)]
pub struct Cancel(Arc<AtomicBool>);

impl From<Arc<AtomicBool>> for Cancel {
    /// The flag that a signal handler sets, such as `signal_hook::flag::register`'s.
    fn from(flag: Arc<AtomicBool>) -> Self {
        Self(flag)
    }
}

impl Cancel {
    /// Asks to give up. It is safe in a signal handler.
    pub fn set(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    /// Whether [`set`](Self::set) was called.
    #[must_use]
    pub fn is_set(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}
