//! The ledger of this machine, or of the line: what was begun and done on boards and uploads.

pub(crate) mod issued;
pub(crate) mod operations;

use std::time::{Duration, SystemTime};

use clap::Args;
use cloud_api::BulkOpId;
use cloud_api::bulk::{Event, Journal as Campaign};
use etcetera::BaseStrategy;
use ledger::{Address, Claim, Claimed, Entry, Holder, Ledger, LedgerError, Run, Subject};

use crate::context::Context;
use crate::diagnostic::{self, Diagnostic};
use crate::env;
use crate::output::Printer;
use crate::station;

/// The options of every verb that keeps a journal.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Journal")]
pub(crate) struct JournalOptions {
    /// Ledger in which every step is written down [default: ledger.sqlite among the user's state] [env: NRFCLOUD_LEDGER=]
    // Parsed here, not by the parser, which repeats what it refuses: in the address of a server there may be a password.
    #[arg(long, value_name = "FILE")]
    ledger: Option<String>,
}

impl JournalOptions {
    /// Opens the ledger, or makes it.
    pub(crate) async fn open(&self, context: &Context) -> Result<Journal, Diagnostic> {
        let address = self.address(true)?;
        context.out.trace(format_args!("writing down every step in {address}"));
        Ok(Journal { ledger: Ledger::open(&address).await?, me: station::me() })
    }

    /// Opens the ledger to read in it, and says where it is. Where there is none, none is made.
    pub(crate) async fn look_into(
        &self,
        context: &Context,
    ) -> Result<(Address, Option<Journal>), Diagnostic> {
        let address = self.address(false)?;
        let ledger = Ledger::open_existing(&address).await?;
        let there = if ledger.is_some() { "the ledger is" } else { "nothing was written down yet in" };
        context.out.note(format_args!("{there} {address}"));
        Ok((address, ledger.map(|ledger| Journal { ledger, me: station::me() })))
    }

    /// The one that is named, or the user's own, whose directory is made where something is to be written.
    fn address(&self, writes: bool) -> Result<Address, Diagnostic> {
        let named = self.ledger.clone().map(|address| ("--ledger", address));
        let variable = || std::env::var(env::LEDGER).ok().filter(|address| !address.is_empty());
        if let Some((name, address)) = named.or_else(|| Some((env::LEDGER, variable()?))) {
            return address.parse().map_err(|error| diagnostic::bad_ledger(name, &error));
        }
        let places = etcetera::choose_base_strategy().map_err(|error| diagnostic::no_state(&error))?;
        let directory = places.state_dir().unwrap_or_else(|| places.data_dir()).join("nrfcloud");
        if writes {
            std::fs::create_dir_all(&directory)
                .map_err(|error| diagnostic::no_state(&format_args!("{}: {error}", directory.display())))?;
        }
        Ok(Address::file(directory.join("ledger.sqlite")))
    }
}

/// An open ledger, and this process as its holder.
pub(crate) struct Journal {
    ledger: Ledger,
    me: Holder,
}

impl Journal {
    pub(crate) fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Takes up the open run of a subject, or begins one. A process of this machine that was killed holds nothing any more.
    pub(crate) async fn claim(&self, subject: &Subject, lease: Duration) -> Result<Run<'_>, Diagnostic> {
        let claim = Claim::new(subject, &self.me, SystemTime::now(), lease);
        let mut answer = self.ledger.claim(claim).await?;
        if let Claimed::Held(held) = &answer
            && station::is_gone(&held.holder)
        {
            let held = held.clone();
            answer = self.ledger.claim(claim.unseat(&held)).await?;
        }
        match answer {
            Claimed::Ours(run) => Ok(run),
            Claimed::Held(held) => Err(diagnostic::held(subject, &held)),
            other => Err(diagnostic::unexpected(format_args!("the ledger answers {other:?}"))),
        }
    }
}

/// What the events of a campaign are called among the entries of a run.
const CAMPAIGN: &str = "campaign";

/// The journal of one campaign, among the entries of a run.
pub(crate) struct CampaignJournal<'r> {
    run: &'r Run<'r>,
    /// Where the ID of each upload is told as soon as it is on disk.
    tell: Option<&'r Printer>,
}

impl<'r> CampaignJournal<'r> {
    pub(crate) fn new(run: &'r Run<'r>, tell: Option<&'r Printer>) -> Self {
        Self { run, tell }
    }

    /// Tells the ID of an upload that was taken.
    pub(crate) fn tell(&self, id: &BulkOpId) {
        match self.tell {
            Some(out) if out.is_json() => out.note(format_args!("bulk operation {id}")),
            Some(out) => out.text(&format!("{id}\n")),
            None => {}
        }
    }
}

impl Campaign for CampaignJournal<'_> {
    type Error = LedgerError;

    async fn events(&self) -> Result<Vec<Event>, LedgerError> {
        let entries = self.run.entries().await?;
        entries.iter().filter(|entry| entry.name == CAMPAIGN).map(Entry::value).collect()
    }

    async fn record(&self, event: &Event) -> Result<(), LedgerError> {
        self.run.append(SystemTime::now(), CAMPAIGN, event).await?;
        if let Event::Submitted { id, .. } = event {
            self.tell(id);
        }
        Ok(())
    }
}
