//! Which runs are meant.

use std::time::{Duration, SystemTime};

use clap::Args;
use ledger::Filter;

use crate::clock::Moment;

/// The options that choose runs.
#[derive(Args, Debug)]
pub(super) struct Selection {
    /// Only this kind of work: provision, upload, sent (an upload that nobody waited for) or certificate
    #[arg(long)]
    kind: Option<String>,
    /// Only runs with this in their subject, such as the UUID of a board or the address of an API
    #[arg(long, value_name = "TEXT")]
    subject: Option<String>,
    /// Only runs that were begun at this time or later: seconds since 1970 or RFC 3339
    #[arg(long, value_name = "TIME")]
    since: Option<Moment>,
    /// Only runs that were begun up to this time
    #[arg(long, value_name = "TIME")]
    until: Option<Moment>,
    /// Only runs that have not ended
    #[arg(long)]
    open: bool,
}

impl Selection {
    pub(super) fn filter(&self) -> Filter {
        Filter {
            kind: self.kind.clone(),
            subject: self.subject.clone(),
            since: self.since.map(moment),
            // The whole second counts.
            until: self.until.map(|until| moment(until) + Duration::from_millis(999)),
            open: self.open,
        }
    }
}

/// Nothing was begun beyond the end of the system's own count.
fn moment(Moment(seconds): Moment) -> SystemTime {
    const MOST: u64 = 253_402_300_799;
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds.min(MOST))
}
