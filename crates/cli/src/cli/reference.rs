//! docs/cli.md: its second half is written from the parser, its first half is compared with it.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

use clap::Command;

use super::command;

/// What stands before the half that is written from the parser.
const MARK: &str =
    "<!-- From here on written from the parser, by `UPDATE_DOCS=1 cargo test --package cli reference`. -->\n";

/// The first half of the document, and the second one with the mark before it.
fn document() -> (String, String) {
    let document = fs::read_to_string(path()).expect("docs/cli.md can be read");
    let at = document.find(MARK).expect("docs/cli.md has the mark");
    (document[..at].to_owned(), document[at..].to_owned())
}

fn path() -> impl AsRef<Path> {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/cli.md")
}

/// What `--help` says of every command, with the options of all of them said once.
fn reference() -> String {
    let mut command = command().disable_help_subcommand(true);
    command.build();
    let mut text =
        format!("{MARK}\n## Every option\nWhat `--help` says.\n\n```text\n{}```\n", help(&command));
    let once = hide_global(command);
    for noun in once.get_subcommands() {
        let _ = write!(text, "\n### {}\n\n```text\n{}```\n", noun.get_name(), help(noun));
        for verb in noun.get_subcommands() {
            let _ = write!(
                text,
                "\n#### {} {}\n\n```text\n{}```\n",
                noun.get_name(),
                verb.get_name(),
                help(verb)
            );
        }
    }
    text
}

fn help(command: &Command) -> String {
    let help = command.clone().term_width(100).render_long_help().to_string();
    let lines: Vec<&str> = help.lines().map(str::trim_end).collect();
    format!("{}\n", lines.join("\n").trim_end())
}

fn hide_global(command: Command) -> Command {
    command
        .mut_args(|arg| {
            let hide = arg.is_hide_set() || arg.is_global_set() || arg.get_id() == "help";
            arg.hide(hide)
        })
        .mut_subcommands(hide_global)
}

#[test]
fn the_reference_is_what_the_parser_says() {
    let (overview, written) = document();
    let reference = reference();
    if env::var_os("UPDATE_DOCS").is_some_and(|value| value == "1") {
        fs::write(path(), format!("{overview}{reference}")).unwrap();
        return;
    }
    let differs = written.lines().zip(reference.lines()).position(|(old, new)| old != new);
    let at = differs.unwrap_or_else(|| written.lines().count().min(reference.lines().count()));
    assert!(
        written == reference,
        "docs/cli.md is not what the parser says; write it anew: UPDATE_DOCS=1 cargo test --package cli reference\n\
         document: {:?}\n  parser: {:?}",
        written.lines().nth(at),
        reference.lines().nth(at)
    );
}

/// The commands as `noun verb`, or as one word, and every option of all of them.
fn spoken() -> (BTreeSet<String>, BTreeSet<String>) {
    let command = command();
    // Clap adds this one later.
    let (mut commands, mut options) = (BTreeSet::new(), BTreeSet::from(["--help".to_owned()]));
    let mut take = |command: &Command| {
        for arg in command.get_arguments() {
            options.extend(arg.get_long().map(|long| format!("--{long}")));
            options.extend(arg.get_short().map(|short| format!("-{short}")));
        }
    };
    take(&command);
    for noun in command.get_subcommands() {
        take(noun);
        for verb in noun.get_subcommands() {
            take(verb);
            commands.insert(format!("{} {}", noun.get_name(), verb.get_name()));
        }
        if !noun.has_subcommands() {
            commands.insert(noun.get_name().to_owned());
        }
    }
    (commands, options)
}

#[test]
fn the_overview_has_every_command_and_no_other_option() {
    let (document, _) = document();
    let (commands, options) = spoken();
    let rows = document.lines().filter_map(|line| line.strip_prefix("| `")?.split_once(" | "));
    let mut told = BTreeSet::new();
    for (cell, _) in rows {
        for code in format!("`{cell}").split('`').skip(1).step_by(2) {
            let words: Vec<&str> = code.split(' ').take(2).collect();
            if commands.contains(words[0]) {
                told.insert(words[0].to_owned());
            } else if words.len() == 2 && !words[0].starts_with('-') {
                told.insert(words.join(" "));
            }
        }
    }
    assert_eq!(told, commands);
    let is_letter = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-';
    for code in document.split('`').skip(1).step_by(2) {
        for word in code.split([' ', '/', '|']).filter(|word| word.starts_with('-') && word.len() > 1) {
            let option = &word[..word.find(|letter| !is_letter(letter)).unwrap_or(word.len())];
            assert!(options.contains(option), "{option} in `{code}`");
        }
    }
}
