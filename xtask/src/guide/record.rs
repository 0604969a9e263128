//! What happened in one step: the commands, their answers, and the checks that passed.

use std::fmt::Display;

use super::{
    call::{Answer, Call},
    failure::Failure,
};

/// The story of one step, in the order in which it happened.
#[derive(Debug, Default)]
pub(crate) struct Record {
    pub(crate) entries: Vec<Entry>,
}

#[derive(Debug)]
pub(crate) enum Entry {
    /// A program was run.
    Ran(Answer),
    /// Something was found to be as it should, by someone other than who made it.
    Checked { judge: String, what: String },
    /// Something that a reader should know.
    Noted(String),
}

impl Record {
    /// Runs a command that is to succeed.
    pub(crate) fn run(&mut self, call: Call) -> Result<Answer, Failure> {
        self.run_expecting(0, call)
    }

    /// Runs a command that is to end with this exit code.
    pub(crate) fn run_expecting(&mut self, code: i32, call: Call) -> Result<Answer, Failure> {
        let answer = call.run()?;
        self.entries.push(Entry::Ran(answer.clone()));
        if answer.code == Some(code) {
            return Ok(answer);
        }
        Err(Failure::ExitCode {
            command: answer.line,
            expected: code,
            found: answer.code.map_or_else(|| "ended by a signal".into(), |code| code.to_string()),
            stderr: answer.stderr,
        })
    }

    /// Checks that two values are the same.
    pub(crate) fn equal(
        &mut self,
        judge: &str,
        what: &str,
        expected: impl Display,
        found: impl Display,
    ) -> Result<(), Failure> {
        let (expected, found) = (expected.to_string(), found.to_string());
        if expected != found {
            let (expected, found) = sides(&expected, &found);
            return Err(Failure::Differs { judge: judge.into(), what: what.into(), expected, found });
        }
        self.checked(judge, what);
        Ok(())
    }

    /// Checks something that is so or not.
    pub(crate) fn holds(&mut self, judge: &str, what: &str, holds: bool) -> Result<(), Failure> {
        let word = |holds| if holds { "yes" } else { "no" };
        self.equal(judge, what, word(true), word(holds))
    }

    /// Checks that a text has a part.
    pub(crate) fn contains(
        &mut self,
        judge: &str,
        what: &str,
        part: &str,
        text: &str,
    ) -> Result<(), Failure> {
        if !text.contains(part) {
            return Err(Failure::Differs {
                judge: judge.into(),
                what: what.into(),
                expected: format!("a text with {part:?}"),
                found: text.trim_end().to_owned(),
            });
        }
        self.checked(judge, what);
        Ok(())
    }

    pub(crate) fn note(&mut self, text: impl Into<String>) {
        self.entries.push(Entry::Noted(text.into()));
    }

    /// Who judged this step, each once.
    pub(crate) fn judges(&self) -> Vec<&str> {
        let mut judges = Vec::new();
        for entry in &self.entries {
            if let Entry::Checked { judge, .. } = entry
                && !judges.contains(&judge.as_str())
            {
                judges.push(judge.as_str());
            }
        }
        judges
    }

    fn checked(&mut self, judge: &str, what: &str) {
        self.entries.push(Entry::Checked { judge: judge.into(), what: what.into() });
    }
}

/// Two texts that differ. Of long ones, the first line that does, with its line break.
fn sides(expected: &str, found: &str) -> (String, String) {
    if !expected.contains('\n') && !found.contains('\n') {
        return (expected.to_owned(), found.to_owned());
    }
    let (expected, found): (Vec<&str>, Vec<&str>) =
        (expected.split_inclusive('\n').collect(), found.split_inclusive('\n').collect());
    let same = expected.iter().zip(&found).take_while(|(one, other)| one == other).count();
    let line = |lines: &[&str]| match lines.get(same) {
        Some(line) => format!("line {}: {line:?}", same + 1),
        None => format!("the end, after line {same}"),
    };
    (line(&expected), line(&found))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failing_check_shows_both_sides() {
        let mut record = Record::default();
        let failure = record.equal("openssl", "the subject", "/CN=a", "/CN=b").unwrap_err();
        assert_eq!(
            failure.to_string(),
            "the subject (judged by openssl)\n    expected: /CN=a\n    found:    /CN=b"
        );
        assert!(record.entries.is_empty(), "a failed check must not stand among those that passed");
    }

    #[test]
    fn of_two_long_texts_the_first_difference_is_shown() {
        let differ = |expected: &str, found: &str| {
            Record::default().equal("xtask", "the row", expected, found).unwrap_err().to_string()
        };
        assert_eq!(
            differ("a\nb\n", "a\nb"),
            "the row (judged by xtask)\n    expected: line 2: \"b\\n\"\n    found:    line 2: \"b\""
        );
        assert_eq!(
            differ("a\n", "a\nb"),
            "the row (judged by xtask)\n    expected: the end, after line 1\n    found:    line 2: \"b\""
        );
    }

    #[test]
    fn a_missing_part_shows_the_whole_text() {
        let failure = Record::default().contains("xtask", "the trap", "CN", "all is well\n").unwrap_err();
        assert_eq!(
            failure.to_string(),
            "the trap (judged by xtask)\n    expected: a text with \"CN\"\n    found:    all is well"
        );
    }

    #[test]
    fn judges_are_named_once() {
        let mut record = Record::default();
        record.holds("openssl", "one", true).unwrap();
        record.holds("openssl", "two", true).unwrap();
        record.equal("RustCrypto", "three", 3, 3).unwrap();
        assert_eq!(record.judges(), ["openssl", "RustCrypto"]);
    }

    #[test]
    #[cfg(unix)]
    fn a_wrong_exit_code_shows_both_and_what_the_command_said() {
        let call = Call {
            program: "sh".into(),
            name: "sh",
            arguments: vec!["-c".into(), "echo 'error: no' >&2; exit 3".into()],
            folder: std::env::temp_dir(),
            environment: Vec::new(),
            input: None,
        };
        let failure = Record::default().run(call).unwrap_err();
        assert_eq!(
            failure.to_string(),
            "`sh -c 'echo '\\''error: no'\\'' >&2; exit 3'` ended with the wrong exit code\n    expected: 0\n    \
             found:    3\nerror: no\n"
        );
    }
}
