//! `nrfcloud ledger export`

use std::io::{self, BufWriter, Write};

use clap::{Args, ValueEnum};
use ledger::{ExportError, Filter, Ledger};

use super::selection::Selection;
use crate::cloud::block_on;
use crate::context::Context;
use crate::diagnostic::{self, Diagnostic};
use crate::journal::JournalOptions;
use crate::output::Printer;

#[derive(Args, Debug)]
pub(crate) struct Export {
    /// Form of the export [default: csv, and with --json json]
    #[arg(long = "as", value_enum, value_name = "FORM")]
    form: Option<Form>,
    #[command(flatten)]
    selection: Selection,
    #[command(flatten)]
    journal: JournalOptions,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Form {
    /// A row for each entry
    Csv,
    /// One document, with a line for each run
    Json,
}

impl Export {
    pub(crate) fn run(self, context: &Context) -> Result<(), Diagnostic> {
        let form = match (self.form, context.out.is_json()) {
            (Some(Form::Csv), true) => {
                return Err(Diagnostic::usage(
                    "--as csv is no JSON document",
                    "leave --json or --as csv out",
                ));
            }
            (None, false) => Form::Csv,
            (None, true) => Form::Json,
            (Some(form), _) => form,
        };
        block_on(self.export(context, form))?
    }

    async fn export(&self, context: &Context, form: Form) -> Result<(), Diagnostic> {
        let (address, journal) = self.journal.look_into(context).await?;
        let journal = journal.ok_or_else(|| diagnostic::no_ledger(&address))?;
        let filter = self.selection.filter();
        write(journal.ledger(), form, &filter, BufWriter::new(Stdout(&context.out))).await?;
        Ok(())
    }
}

async fn write(ledger: &Ledger, form: Form, filter: &Filter, to: impl Write) -> Result<(), ExportError> {
    match form {
        Form::Csv => ledger.export_csv(filter, to).await,
        Form::Json => ledger.export_json(filter, to).await,
    }
}

/// What is written goes to stdout, as it is. What cannot be written there is told when the command has ended.
struct Stdout<'o>(&'o Printer);

impl Write for Stdout<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.bytes(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
