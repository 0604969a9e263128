//! Bytes that were fetched, and where they go.

use std::io::{self, IsTerminal};
use std::path::PathBuf;

use clap::Args;
use cloud_api::assistance::FetchEvent;

use crate::context::Context;
use crate::diagnostic::Diagnostic;
use crate::file::{self, Access, Batch, WriteOptions};
use crate::input::Source;
use crate::progress;

/// The options of every verb that fetches bytes.
#[derive(Args, Debug)]
pub(crate) struct Download {
    /// File for the data; `-` is standard output
    #[arg(short, long, value_name = "FILE")]
    out: Option<Source>,
    #[command(flatten)]
    write: WriteOptions,
}

impl Download {
    /// Refuses a place that cannot take the bytes, before anything is asked for. Says whether this is a dry run.
    pub(crate) fn check(&self, context: &Context) -> Result<bool, Diagnostic> {
        if self.is_stdout() && context.out.is_json() {
            return Err(Diagnostic::usage("the bytes have no place in a JSON document", "give -o FILE"));
        }
        if let Some(Source::Path(path)) = &self.out {
            file::probe(path, self.write)?;
        }
        if self.write.dry_run {
            self.save(context, &[])?;
        }
        Ok(self.write.dry_run)
    }

    /// Writes the file, if there is one.
    pub(crate) fn save(&self, context: &Context, bytes: &[u8]) -> Result<Option<PathBuf>, Diagnostic> {
        let Some(Source::Path(path)) = &self.out else { return Ok(None) };
        let mut batch = Batch::new(self.write);
        batch.add(path, bytes, Access::Public);
        batch.commit(&context.out)?;
        Ok(Some(path.clone()))
    }

    /// Gives the bytes to standard output, where no file takes them.
    pub(crate) fn show(&self, context: &Context, bytes: &[u8]) {
        let to_pipe = self.out.is_none() && !context.out.is_json() && !io::stdout().is_terminal();
        if self.is_stdout() || to_pipe {
            context.out.bytes(bytes);
        } else if self.out.is_none() {
            context.out.note("the bytes themselves are not kept; -o FILE does that");
        }
    }

    fn is_stdout(&self) -> bool {
        matches!(self.out, Some(Source::Stdin))
    }
}

/// Tells of breaks and new beginnings; on a terminal and with `-v` of each part.
pub(crate) fn report(context: &Context) -> impl FnMut(FetchEvent<'_>) {
    let line = context.out.progress();
    move |event| match event {
        FetchEvent::Received { have, total: Some(total) } => {
            context.out.trace(format_args!("{have} of {total} bytes"));
            line.set(0, format_args!("{} of {total} bytes", progress::bar(have, total)));
        }
        FetchEvent::Interrupted { have, error, .. } => {
            context.out.warn(format_args!("{error}; {have} bytes are there, asking for the rest"));
        }
        FetchEvent::Restarted { lost, reason } => {
            context.out.warn(format_args!("{reason}; {lost} bytes are thrown away"));
        }
        _ => {}
    }
}
