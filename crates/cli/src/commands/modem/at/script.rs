//! A script of AT commands.

use modem_at::{Command, CommandError};

/// A command of a script.
#[derive(Debug)]
pub(super) struct Line {
    /// Where it begins, counted from 1.
    pub(super) number: usize,
    pub(super) command: Command,
}

/// A line that is no command. Nothing of it is told.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {number}: {error}")]
pub(crate) struct ScriptError {
    number: usize,
    error: CommandError,
}

/// Every command, before any is sent. One goes on over a line break for as long as a quote is open.
pub(super) fn read(text: &str) -> Result<Vec<Line>, ScriptError> {
    let mut lines = Vec::new();
    let mut open: Option<(usize, String)> = None;
    for (index, line) in text.split('\n').enumerate() {
        let (number, command) = match open.take() {
            Some((number, begun)) => (number, format!("{begun}\n{line}")),
            None if line.trim().is_empty() || line.trim_start().starts_with('#') => continue,
            None => (index + 1, line.to_owned()),
        };
        if command.matches('"').count() % 2 == 1 {
            open = Some((number, command));
            continue;
        }
        lines.push(parse(number, &command)?);
    }
    match open {
        Some((number, _)) => Err(ScriptError { number, error: CommandError::OpenQuote }),
        None => Ok(lines),
    }
}

fn parse(number: usize, text: &str) -> Result<Line, ScriptError> {
    let command = Command::raw(text.trim()).map_err(|error| ScriptError { number, error })?;
    Ok(Line { number, command })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quote_goes_on_over_line_breaks() {
        let lines = read("# who\r\nAT+CGSN\r\n\n  AT%CMNG=0,1,0,\"a\r\nb\n# c\n\"\nAT").unwrap();
        let found: Vec<_> = lines.iter().map(|line| (line.number, line.command.text())).collect();
        assert_eq!(found, [(2, "AT+CGSN"), (4, "AT%CMNG=0,1,0,\"a\r\nb\n# c\n\""), (8, "AT")]);
    }

    #[test]
    fn a_line_that_is_no_command_is_told_by_its_number() {
        for (text, number) in [("AT\nhello\n", 2), ("AT\nAT%CMNG=0,1,0,\"a\nb\n", 2)] {
            let error = read(text).unwrap_err();
            assert_eq!(error.number, number);
            assert!(error.to_string().starts_with("line 2: "), "{error}");
        }
        assert_eq!(read("\n# nothing\n").unwrap().len(), 0);
    }
}
