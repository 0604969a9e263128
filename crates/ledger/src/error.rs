//! Why the ledger did not do as asked.

use crate::address::Address;
use crate::holder::Holder;
use crate::id::RunId;

/// Why the ledger did not do as asked. Nothing was changed then, save where [`LedgerError::Store`] says that not even that is known.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LedgerError {
    /// It cannot be opened or made.
    #[error("cannot open the ledger {address}: {reason}")]
    Open {
        /// Where it is.
        address: Address,
        /// What the database said.
        reason: String,
    },
    /// It was brought up to date by a later version of this crate.
    #[error("the ledger {address} has version {found}, this program knows {known}")]
    TooNew {
        /// Where it is.
        address: Address,
        /// Its version.
        found: i64,
        /// The latest version known here.
        known: i64,
    },
    /// Others have kept the ledger busy for half a minute.
    #[error("the ledger is busy: others have written to it for too long")]
    Busy,
    /// The database failed, of a full disk for instance.
    #[error("the ledger failed: {0}")]
    Store(String),
    /// Something in it is not as this crate writes it.
    #[error("the ledger is damaged: {0}")]
    Damaged(String),
    /// The run is somebody else's by now, or has ended.
    #[error("run {run} is not ours any more: {}", match by {
        Some(holder) => format!("{holder} has taken it over"),
        None => "it has ended".to_owned(),
    })]
    Lost {
        /// The run.
        run: RunId,
        /// Who has it; `None` if nobody.
        by: Option<Holder>,
    },
    /// A private key was to be written down. Nothing of it is told.
    #[error("entry `{name}` holds a private key, and no secret is written down")]
    Secret {
        /// The name of the entry.
        name: String,
    },
    /// A value that is no JSON.
    #[error("entry `{name}` cannot be written as JSON: {reason}")]
    Json {
        /// The name of the entry.
        name: String,
        /// Why.
        reason: String,
    },
    /// The system gave no random bytes.
    #[error("no random bytes for the name of a run: {0}")]
    Random(String),
}
