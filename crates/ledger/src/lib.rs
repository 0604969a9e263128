#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod address;
mod claim;
mod error;
mod export;
mod holder;
mod id;
mod ledger;
mod record;
mod run;
mod sqlite;
mod subject;
mod time;

pub use address::{Address, AddressError};
pub use claim::{Claim, Claimed, Held};
pub use error::LedgerError;
pub use export::ExportError;
pub use holder::Holder;
pub use id::{RunId, RunIdError};
pub use ledger::{Filter, Ledger};
pub use record::{Entry, Outcome, RunRecord};
pub use run::Run;
pub use subject::{Subject, TextError};
