//! `nrfcloud ledger`

mod certificates;
mod export;
mod list;
mod selection;
mod show;

use clap::Subcommand;

use crate::context::Context;
use crate::diagnostic::Diagnostic;

#[derive(Subcommand, Debug)]
pub(crate) enum Verb {
    /// List the runs: boards, uploads and certificates of this machine
    List(list::List),
    /// Show one run with all its entries
    Show(show::Show),
    /// Write runs and entries as CSV or JSON, for other programs
    Export(export::Export),
    /// List the certificates that were issued
    Certificates(certificates::Certificates),
}

impl Verb {
    pub(crate) fn run(self, context: &Context) -> Result<(), Diagnostic> {
        match self {
            Self::List(verb) => verb.run(context),
            Self::Show(verb) => verb.run(context),
            Self::Export(verb) => verb.run(context),
            Self::Certificates(verb) => verb.run(context),
        }
    }
}
