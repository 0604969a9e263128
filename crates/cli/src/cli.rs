//! The command line: global options, nouns, and the way from arguments to an exit code.

#[cfg(all(test, feature = "sim", unix))]
mod reference;

use std::error::Error;
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::SystemTime;

use clap::error::{ContextKind, ErrorKind};
use clap::{Args, ColorChoice, Command, CommandFactory, FromArgMatches, Parser};

use crate::commands::Noun;
use crate::context::Context;
use crate::diagnostic::{self, Diagnostic};
use crate::exit_code::ExitCode;
use crate::input::Inputs;
use crate::interrupt;
use crate::output::{Color, Format, Printer};
use crate::profile;

/// Device credentials and ES256 JWT authentication for nRF Cloud
///
/// Data goes to stdout, everything else to stderr. `-` is standard input or output. Exit codes: docs/exit-codes.md.
#[derive(Parser, Debug)]
#[command(name = "nrfcloud", version, max_term_width = 100, arg_required_else_help = true)]
struct Cli {
    #[command(flatten)]
    global: GlobalOptions,
    #[command(subcommand)]
    noun: Noun,
}

#[derive(Args, Debug)]
#[command(next_help_heading = "Global options")]
struct GlobalOptions {
    /// Form of the data on stdout
    #[arg(long, global = true, value_enum, default_value_t = Format::Human)]
    format: Format,
    /// Short for --format json
    #[arg(long, global = true)]
    json: bool,
    /// Say nothing on stderr but errors
    #[arg(short, long, global = true)]
    quiet: bool,
    /// Say on stderr what is done, without secrets
    #[arg(short, long, global = true, conflicts_with = "quiet")]
    verbose: bool,
    /// Colour of messages
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto)]
    color: Color,
    /// Never wait for a person: refuse to read from a terminal
    #[arg(long, global = true)]
    no_input: bool,
    /// Profile of the configuration file [env: NRFCLOUD_PROFILE=]
    #[arg(long, global = true, value_name = "NAME")]
    profile: Option<String>,
    /// Configuration file [default: nrfcloud/config.toml where this system keeps such files]
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
}

/// Runs the command line `args`, program name first.
pub(crate) fn run(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let args: Vec<OsString> = args.into_iter().collect();
    let color = color_of(&args);
    let matches = match command().color(clap_color(color)).try_get_matches_from(args) {
        Ok(matches) => matches,
        Err(error) => return refuse(&error, color),
    };
    let cli = match Cli::from_arg_matches(&matches) {
        Ok(cli) => cli,
        Err(error) => return refuse(&error, color),
    };
    let GlobalOptions { format, json, quiet, verbose, color, no_input, profile, config } = cli.global;
    let format = if json { Format::Json } else { format };
    let context = Context {
        out: Printer::new(format, quiet, verbose, color),
        input: Inputs::new(no_input),
        now: SystemTime::now(),
    };
    let chosen = profile::choose(config.as_deref(), profile.as_deref()).map_err(Diagnostic::from);
    let ended = chosen.and_then(|()| cli.noun.run(&context)).and_then(|()| interrupt::check());
    let lost = context.out.failure().map(diagnostic::unexpected);
    for diagnostic in ended.as_ref().err().into_iter().chain(&lost) {
        context.out.error(diagnostic);
    }
    // What the command did counts for more than whether all of it could be printed.
    ended.err().or(lost).map_or(ExitCode::Ok, |diagnostic| diagnostic.code())
}

/// The whole parser.
pub(crate) fn command() -> Command {
    take_negative_numbers(Cli::command())
}

/// A number below zero is a bad value, not an unknown option.
fn take_negative_numbers(command: Command) -> Command {
    command
        .mut_args(|arg| {
            let takes_values = arg.get_action().takes_values();
            arg.allow_negative_numbers(takes_values)
        })
        .mut_subcommands(take_negative_numbers)
}

/// A command line that was not understood, or asked for help or version.
fn refuse(error: &clap::Error, color: Color) -> ExitCode {
    // Clap calls it a value error, the exit codes a bad value; its text is ours already.
    if error.kind() == ErrorKind::ValueValidation
        && let Some(source) = error.source()
    {
        let context = |kind| error.get(kind).map_or_else(String::new, ToString::to_string);
        let (argument, value) = (context(ContextKind::InvalidArg), context(ContextKind::InvalidValue));
        let diagnostic = Diagnostic::bad_argument(&argument, &value, source);
        Printer::new(Format::Human, false, false, color).error(&diagnostic);
        return diagnostic.code();
    }
    // A reader that is gone cannot be told so.
    let _ = error.print();
    if error.use_stderr() { ExitCode::Usage } else { ExitCode::Ok }
}

/// `--color` has to be known before the command line is parsed, since the parser prints too.
fn color_of(args: &[OsString]) -> Color {
    let mut args = args.iter().filter_map(|arg| arg.to_str());
    while let Some(arg) = args.next() {
        let value = match arg.strip_prefix("--color") {
            Some("") => args.next().unwrap_or_default(),
            Some(rest) => rest.strip_prefix('=').unwrap_or_default(),
            None if arg == "--" => break,
            None => continue,
        };
        match value {
            "always" => return Color::Always,
            "never" => return Color::Never,
            _ => {}
        }
    }
    Color::Auto
}

fn clap_color(color: Color) -> ColorChoice {
    match color {
        Color::Auto => ColorChoice::Auto,
        Color::Always => ColorChoice::Always,
        Color::Never => ColorChoice::Never,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parser_holds_together() {
        command().debug_assert();
    }

    #[test]
    fn color_is_found_before_parsing() {
        let color = |args: &[&str]| color_of(&args.iter().map(OsString::from).collect::<Vec<_>>());
        assert_eq!(color(&["nrfcloud", "jwt", "--color", "never"]), Color::Never);
        assert_eq!(color(&["nrfcloud", "--color=always"]), Color::Always);
        assert_eq!(color(&["nrfcloud", "--", "--color=always"]), Color::Auto);
        assert_eq!(color(&["nrfcloud", "--color"]), Color::Auto);
    }
}
