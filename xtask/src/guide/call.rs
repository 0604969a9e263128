//! One call of a program: what was typed, and what came back.

use std::{
    ffi::OsString,
    io::{self, Read, Write as _},
    path::PathBuf,
    process::{Command, Stdio},
    thread,
    time::Duration,
};

use super::{children::Running, failure::Failure};

/// Longer than any command of the guide may take, bulk operations of the real service included.
const LIMIT: Duration = Duration::from_secs(180);

/// A program to be run in the guide's folder.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) program: PathBuf,
    /// How the program is called in the report.
    pub(crate) name: &'static str,
    pub(crate) arguments: Vec<String>,
    pub(crate) folder: PathBuf,
    /// Set, or removed where there is no value.
    pub(crate) environment: Vec<(String, Option<OsString>)>,
    pub(crate) input: Option<Input>,
}

/// What a program reads from its standard input.
#[derive(Debug)]
pub(crate) struct Input {
    /// Where it comes from, as shown behind `<`.
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
}

/// What a program left behind.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) line: String,
    /// None when a signal ended it.
    pub(crate) code: Option<i32>,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: String,
}

impl Call {
    /// Gives these bytes to the program's standard input.
    pub(crate) fn input(mut self, name: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        self.input = Some(Input { name: name.into(), bytes: bytes.into() });
        self
    }

    /// The call as one would type it.
    pub(crate) fn line(&self) -> String {
        let mut line = self.name.to_owned();
        for argument in &self.arguments {
            line.push(' ');
            line.push_str(&quoted(argument));
        }
        if let Some(input) = &self.input {
            line.push_str(" < ");
            line.push_str(&quoted(&input.name));
        }
        line
    }

    /// The command behind it, with nothing said about its input and output yet.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments).current_dir(&self.folder);
        for (name, value) in &self.environment {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        command
    }

    /// Runs it to its end.
    pub(crate) fn run(self) -> Result<Answer, Failure> {
        let line = self.line();
        let not_run = |source| Failure::NotRun { command: line.clone(), source };
        let mut command = self.command();
        command.stdin(if self.input.is_some() { Stdio::piped() } else { Stdio::null() });
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut running = Running::spawn(&mut command).map_err(not_run)?;

        let stdout = collect(running.child().stdout.take());
        let stderr = collect(running.child().stderr.take());
        if let (Some(input), Some(mut pipe)) = (self.input, running.child().stdin.take()) {
            // A program that does not read all of its input is judged by its answer.
            thread::spawn(move || pipe.write_all(&input.bytes));
        }
        let status = running.wait(LIMIT).map_err(not_run)?;
        let Some(status) = status else {
            return Err(Failure::TimedOut { command: line, seconds: LIMIT.as_secs() });
        };
        let stdout = joined(stdout).map_err(not_run)?;
        let stderr = joined(stderr).map_err(not_run)?;
        Ok(Answer {
            code: status.code(),
            stdout,
            stderr: String::from_utf8_lossy(&stderr).into_owned(),
            line,
        })
    }
}

impl Answer {
    /// Standard output as text without the line break at its end.
    pub(crate) fn text(&self) -> Result<&str, Failure> {
        std::str::from_utf8(&self.stdout)
            .map(|text| text.trim_end_matches(['\r', '\n']))
            .map_err(|error| Failure::unreadable(format!("the output of `{}`", self.line), error))
    }

    /// Standard output as a JSON document.
    pub(crate) fn json(&self) -> Result<serde_json::Value, Failure> {
        serde_json::from_slice(&self.stdout)
            .map_err(|error| Failure::unreadable(format!("the JSON of `{}`", self.line), error))
    }
}

type Collector = thread::JoinHandle<io::Result<Vec<u8>>>;

fn collect(pipe: Option<impl Read + Send + 'static>) -> Collector {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut pipe) = pipe {
            pipe.read_to_end(&mut bytes)?;
        }
        Ok(bytes)
    })
}

fn joined(collector: Collector) -> io::Result<Vec<u8>> {
    collector.join().unwrap_or_else(|_| Err(io::Error::other("reading its output failed")))
}

/// An argument as a shell wants it.
fn quoted(argument: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=,@+".contains(c);
    if !argument.is_empty() && argument.chars().all(plain) {
        argument.to_owned()
    } else {
        format!("'{}'", argument.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(program: &'static str, arguments: &[&str]) -> Call {
        Call {
            program: program.into(),
            name: program,
            arguments: arguments.iter().map(|argument| (*argument).to_owned()).collect(),
            folder: std::env::temp_dir(),
            environment: Vec::new(),
            input: None,
        }
    }

    #[test]
    fn the_line_can_be_typed_into_a_shell() {
        let call =
            call("nrfcloud", &["ca", "create", "--subject", "/C=NO/O=Nordic Semiconductor", "it's", ""]);
        assert_eq!(
            call.input("token.jwt", "x").line(),
            r"nrfcloud ca create --subject '/C=NO/O=Nordic Semiconductor' 'it'\''s' '' < token.jwt"
        );
    }

    #[test]
    #[cfg(unix)]
    fn input_output_and_exit_code_come_back() {
        let answer = call("sh", &["-c", "cat; echo oh >&2; exit 3"]).input("here", "hello\n").run().unwrap();
        assert_eq!((answer.code, answer.text().unwrap()), (Some(3), "hello"));
        assert_eq!(answer.stderr, "oh\n");
    }

    #[test]
    fn a_program_that_is_not_there_is_named() {
        let failure = call("no-such-program", &["x"]).run().unwrap_err().to_string();
        assert!(failure.starts_with("`no-such-program x` could not be run: "), "{failure}");
    }
}
