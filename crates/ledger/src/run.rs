//! A run that is ours.

use std::fmt::{self, Debug, Formatter};
use std::time::{Duration, SystemTime};

use serde::Serialize;

use crate::error::LedgerError;
use crate::holder::Holder;
use crate::id::RunId;
use crate::ledger::Ledger;
use crate::record::{Entry, Outcome};

/// An open run that is ours, as long as there are signs of life: each entry, and [`renew`](Self::renew), extends the lease.
///
/// Dropping it lets the lease run out; [`release`](Self::release) gives the run back at once.
pub struct Run<'l> {
    pub(crate) ledger: &'l Ledger,
    pub(crate) id: RunId,
    pub(crate) holder: Holder,
    pub(crate) lease: Duration,
    pub(crate) epoch: i64,
    pub(crate) is_new: bool,
}

impl Run<'_> {
    /// What it is known by.
    #[must_use]
    pub const fn id(&self) -> RunId {
        self.id
    }

    /// Whether it begins now, and was not taken up from an earlier process.
    #[must_use]
    pub const fn is_new(&self) -> bool {
        self.is_new
    }

    /// All its entries, in their order.
    ///
    /// # Errors
    /// [`LedgerError`]
    pub async fn entries(&self) -> Result<Vec<Entry>, LedgerError> {
        self.ledger.entries(self.id).await
    }

    /// Writes an entry down. When this returns, it is kept, also through a loss of power.
    ///
    /// # Errors
    /// [`LedgerError::Lost`] if the run is not ours any more: then nothing further may be done on its subject.
    /// [`LedgerError::Secret`] for a value with a private key in it.
    pub async fn append<T: Serialize + ?Sized>(
        &self,
        now: SystemTime,
        name: &str,
        value: &T,
    ) -> Result<(), LedgerError> {
        let body = serde_json::to_string(value)
            .map_err(|error| LedgerError::Json { name: name.to_owned(), reason: error.to_string() })?;
        if body.to_ascii_uppercase().contains("PRIVATE KEY-----") {
            return Err(LedgerError::Secret { name: name.to_owned() });
        }
        self.ledger.append(self, now, name, &body).await
    }

    /// A sign of life.
    ///
    /// # Errors
    /// As [`append`](Self::append).
    pub async fn renew(&self, now: SystemTime) -> Result<(), LedgerError> {
        self.ledger.hold(self, Some(now)).await
    }

    /// Gives the open run back: whoever comes next has it at once.
    ///
    /// # Errors
    /// As [`append`](Self::append).
    pub async fn release(self) -> Result<(), LedgerError> {
        self.ledger.hold(&self, None).await
    }

    /// Ends the run. The next claim begins a new one.
    ///
    /// # Errors
    /// As [`append`](Self::append).
    pub async fn finish(self, now: SystemTime, outcome: Outcome) -> Result<(), LedgerError> {
        self.ledger.finish(&self, now, outcome).await
    }
}

impl Debug for Run<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("Run").field("id", &self.id).field("holder", &self.holder).finish_non_exhaustive()
    }
}
