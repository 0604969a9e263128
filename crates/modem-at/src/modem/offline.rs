//! Taking the modem offline for a while.

use std::ops::{Deref, DerefMut};

use super::Modem;
use crate::error::Error;
use crate::functional_mode::FunctionalMode;
use crate::transport::Transport;

/// A modem that is offline as long as this guard lives.
///
/// It is a [`Modem`] in every other respect. The former functional mode comes back with [`restore`](Self::restore),
/// and on every other way out when the guard is dropped: an early return, a `?`, a panic, a [`Cancel`](crate::Cancel).
#[derive(Debug)]
pub struct Offline<'m, T: Transport> {
    modem: &'m mut Modem<T>,
    former: Option<FunctionalMode>,
    /// Whether another guard lives around this one.
    nested: bool,
}

impl<T: Transport> Modem<T> {
    /// Takes the modem to flight mode (`AT+CFUN=4`), unless it is in a mode in which credentials can be changed.
    ///
    /// A modem that does not stay there, because the kit restarted or its own program turned it on, is taken back when it refuses a
    /// command for that reason (`+CME ERROR: 518`), and the command is sent again.
    ///
    /// # Errors
    /// [`Error`] of the exchange.
    pub fn offline(&mut self) -> Result<Offline<'_, T>, Error> {
        // A shell without a modem has nothing to take offline.
        if !self.has_at() {
            return Ok(Offline::new(self, None));
        }
        let mode = self.functional_mode()?;
        if mode.is_offline() {
            return Ok(Offline::new(self, None));
        }
        // Made before the change, so that a change whose answer is lost is undone, too.
        let offline = Offline::new(self, Some(mode));
        offline.modem.set_functional_mode(FunctionalMode::Flight)?;
        Ok(offline)
    }

    pub(super) fn go_offline_again(&mut self) -> Result<(), Error> {
        // Not also for the very command that takes it offline.
        let before = std::mem::replace(&mut self.kept_offline, false);
        let done = self.set_functional_mode(FunctionalMode::Flight);
        self.kept_offline = before;
        done
    }
}

impl<'m, T: Transport> Offline<'m, T> {
    fn new(modem: &'m mut Modem<T>, former: Option<FunctionalMode>) -> Self {
        let nested = std::mem::replace(&mut modem.kept_offline, true);
        Self { modem, former, nested }
    }

    /// The mode that will be restored; `None` if the modem was offline before.
    #[must_use]
    pub const fn former_mode(&self) -> Option<FunctionalMode> {
        self.former
    }

    /// Brings the former mode back.
    ///
    /// # Errors
    /// [`Error`] of the exchange; then the modem is still offline.
    pub fn restore(mut self) -> Result<(), Error> {
        self.bring_back()
    }

    fn bring_back(&mut self) -> Result<(), Error> {
        self.modem.kept_offline = self.nested;
        match self.former.take() {
            Some(mode) => self.modem.while_putting_back(|modem| modem.set_functional_mode(mode)),
            None => Ok(()),
        }
    }
}

impl<T: Transport> Deref for Offline<'_, T> {
    type Target = Modem<T>;

    fn deref(&self) -> &Modem<T> {
        self.modem
    }
}

impl<T: Transport> DerefMut for Offline<'_, T> {
    fn deref_mut(&mut self) -> &mut Modem<T> {
        self.modem
    }
}

impl<T: Transport> Drop for Offline<'_, T> {
    fn drop(&mut self) {
        // Nobody is left to tell; `restore` is there for those who want to know.
        let _ = self.bring_back();
    }
}
