//! `nrfcloud modem at`

mod console;
mod script;

use clap::Args;
use serde::Serialize;

use crate::context::Context;
use crate::diagnostic::{self, Diagnostic};
use crate::input::Source;
use crate::serial::PortOptions;

use script::Line;

#[derive(Args, Debug)]
pub(crate) struct At {
    /// The command, as 'AT+CGSN'; `-` is standard input, with a command in each line, which at a terminal is answered at once
    #[arg(value_name = "COMMAND", required_unless_present = "script")]
    command: Option<String>,
    /// File with a command in each line; the first that is refused ends it. What stands in quotes may hold line breaks, and a line
    /// that begins with # is for people
    #[arg(long, value_name = "FILE", conflicts_with = "command")]
    script: Option<Source>,
    #[command(flatten)]
    port: PortOptions,
}

#[derive(Serialize)]
struct Answer {
    lines: Vec<String>,
}

#[derive(Serialize)]
struct Answers {
    answers: Vec<LineAnswer>,
}

/// What the modem said to a line of a script.
#[derive(Serialize)]
struct LineAnswer {
    /// Counted from 1.
    line: usize,
    /// Without what is secret in it.
    command: String,
    lines: Vec<String>,
}

impl At {
    pub(crate) fn run(self, context: &Context) -> Result<(), Diagnostic> {
        let source = match (self.script, self.command) {
            (Some(source), _) => source,
            (None, Some(command)) if command == "-" && context.can_ask() && !context.out.is_json() => {
                return console::talk(context, &self.port);
            }
            (None, Some(command)) if command == "-" => Source::Stdin,
            (None, command) => return one(context, &self.port, &command.unwrap_or_default()),
        };
        let text = context.input.text(&source)?;
        let lines = script::read(&text).map_err(|error| diagnostic::bad_script(&source, &error))?;
        let mut modem = self.port.open(context)?;
        let mut answers = Vec::with_capacity(lines.len());
        let mut ended = Ok(());
        for Line { number, command, .. } in &lines {
            match modem.command(command.text()) {
                Ok(lines) => {
                    if !context.out.is_json() {
                        context.out.text(&text_of(&lines));
                    }
                    let command = command.label().to_owned();
                    answers.push(LineAnswer { line: *number, command, lines });
                }
                Err(error) => {
                    ended = Err(diagnostic::script_stopped(&source, *number, error));
                    break;
                }
            }
        }
        let closed = modem.close();
        if context.out.is_json() {
            context.out.result("nrfcloud.modem.at", &Answers { answers }, |_| "");
        }
        ended.and_then(|()| closed.map_err(Diagnostic::from))
    }
}

fn one(context: &Context, port: &PortOptions, command: &str) -> Result<(), Diagnostic> {
    let mut modem = port.open(context)?;
    let answer = Answer { lines: modem.command(command)? };
    modem.close()?;
    context.out.result("nrfcloud.modem.at", &answer, |answer| text_of(&answer.lines));
    Ok(())
}

fn text_of(lines: &[String]) -> String {
    lines.iter().map(|line| format!("{line}\n")).collect()
}
