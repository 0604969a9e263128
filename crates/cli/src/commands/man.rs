//! `nrfcloud man`

use std::io;
use std::path::{Path, PathBuf};

use clap::{Args, Command};
use clap_mangen::Man as Page;
use serde::Serialize;

use crate::cli;
use crate::context::Context;
use crate::diagnostic::{self, Diagnostic};
use crate::file::{self, Access, Batch, WriteOptions};

#[derive(Args, Debug)]
pub(crate) struct Man {
    /// Command whose page is printed, as `jwt sign` [default: the page of nrfcloud itself]
    #[arg(value_name = "COMMAND", conflicts_with = "out")]
    command: Vec<String>,
    /// Write the pages of all commands to this directory
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    #[command(flatten)]
    write: WriteOptions,
}

#[derive(Serialize)]
struct Printed {
    name: String,
    page: String,
}

#[derive(Serialize)]
struct Written {
    pages: Vec<PathBuf>,
    dry_run: bool,
}

impl Man {
    pub(crate) fn run(self, context: &Context) -> Result<(), Diagnostic> {
        // The parser makes `help` for every noun; a page for each would say nothing.
        let mut command = cli::command().disable_help_subcommand(true);
        command.build();
        match &self.out {
            Some(directory) => self.write(context, directory, &command),
            None => self.print(context, &command),
        }
    }

    fn print(&self, context: &Context, command: &Command) -> Result<(), Diagnostic> {
        let mut wanted = command;
        for word in &self.command {
            wanted = wanted.find_subcommand(word).ok_or_else(|| {
                Diagnostic::usage(
                    format_args!("no command `{}`", self.command.join(" ")),
                    "`nrfcloud --help` lists the nouns, `nrfcloud NOUN --help` its verbs",
                )
            })?;
        }
        let (name, page) = page(wanted).map_err(diagnostic::unexpected)?;
        let printed = Printed { name, page: String::from_utf8(page).map_err(diagnostic::unexpected)? };
        context.out.result("nrfcloud.man", &printed, |printed| printed.page.clone());
        Ok(())
    }

    fn write(&self, context: &Context, directory: &Path, command: &Command) -> Result<(), Diagnostic> {
        let mut pages = Vec::new();
        collect(command, &mut pages).map_err(diagnostic::unexpected)?;
        let mut batch = Batch::new(self.write);
        let mut written = Written { pages: Vec::new(), dry_run: self.write.dry_run };
        for (name, page) in &pages {
            let path = file::inside(directory, name);
            batch.add(&path, page, Access::Public);
            written.pages.push(path);
        }
        batch.commit(&context.out)?;
        context.out.result("nrfcloud.man", &written, |written| {
            if written.dry_run {
                return String::new();
            }
            written.pages.iter().map(|path| format!("{}\n", path.display())).collect()
        });
        Ok(())
    }
}

/// The pages of a command and of all below it, by their file names.
fn collect(command: &Command, pages: &mut Vec<(String, Vec<u8>)>) -> io::Result<()> {
    pages.push(page(command)?);
    command
        .get_subcommands()
        .filter(|command| !command.is_hide_set())
        .try_for_each(|command| collect(command, pages))
}

fn page(command: &Command) -> io::Result<(String, Vec<u8>)> {
    let version = env!("CARGO_PKG_VERSION");
    let page = Page::new(command.clone()).source(format!("nrfcloud {version}")).manual("nrfcloud");
    let mut bytes = Vec::new();
    page.render(&mut bytes)?;
    Ok((page.get_filename(), bytes))
}
