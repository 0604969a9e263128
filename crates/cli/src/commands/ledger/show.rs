//! `nrfcloud ledger show`

use clap::Args;
use ledger::{Entry, RunId, RunRecord};
use serde::Serialize;

use super::list::state;
use crate::clock;
use crate::cloud::block_on;
use crate::context::Context;
use crate::diagnostic::{self, Diagnostic};
use crate::journal::JournalOptions;
use crate::text::{Shown, Table};

#[derive(Args, Debug)]
pub(crate) struct Show {
    /// The run, as `ledger list` names it
    #[arg(value_name = "ID")]
    id: RunId,
    #[command(flatten)]
    journal: JournalOptions,
}

#[derive(Serialize)]
struct Whole {
    ledger: String,
    #[serde(flatten)]
    run: RunRecord,
    entries: Vec<Entry>,
}

impl Show {
    pub(crate) fn run(self, context: &Context) -> Result<(), Diagnostic> {
        let whole = block_on(self.look(context))??;
        context.out.result("nrfcloud.ledger.show", &whole, human);
        Ok(())
    }

    async fn look(&self, context: &Context) -> Result<Whole, Diagnostic> {
        let (address, journal) = self.journal.look_into(context).await?;
        let journal = journal.ok_or_else(|| diagnostic::no_run(self.id, &address))?;
        let run = journal.ledger().run(self.id).await?;
        let run = run.ok_or_else(|| diagnostic::no_run(self.id, &address))?;
        let entries = journal.ledger().entries(self.id).await?;
        Ok(Whole { ledger: address.to_string(), run, entries })
    }
}

fn human(whole: &Whole) -> String {
    let run = &whole.run;
    let mut table = Table::default();
    table.row("run", run.id);
    table.row("kind", run.subject.kind());
    table.row("subject", run.subject.name());
    table.row("begun", clock::rfc3339(run.started_at));
    match (&run.ended, &run.held) {
        (Some((at, _)), _) => table.row(state(run), clock::rfc3339(*at)),
        (None, Some((holder, until))) => {
            table.row("held by", holder);
            table.row("held until", clock::rfc3339(*until));
        }
        (None, None) => table.row("state", "open, and nobody is at it"),
    }
    let mut text = table.to_string();
    for Entry { number, at, name, body, .. } in &whole.entries {
        text.push_str(&format!("{number}\t{}\t{}\t{}\n", clock::rfc3339(*at), Shown(name), Shown(body)));
    }
    text
}
