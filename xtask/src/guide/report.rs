//! How the guide is shown: on the terminal as it goes, and in `report.md` afterwards. Both without secrets.

use std::{fmt::Write as _, time::Duration};

use super::{
    Step,
    call::Answer,
    failure::Failure,
    record::{Entry, Record},
    redact::Redactor,
};

/// Lines of one output that are shown.
const LINES: usize = 24;

/// A step, and what became of it.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) step: &'static Step,
    pub(crate) number: usize,
    pub(crate) record: Record,
    pub(crate) outcome: Outcome,
    pub(crate) time: Duration,
}

#[derive(Debug)]
pub(crate) enum Outcome {
    Passed,
    Failed(Failure),
    /// A step before it in its part failed.
    NotRun,
}

impl Told {
    fn heading(&self) -> String {
        format!("{}{} {}", self.step.part, self.number, self.step.title)
    }

    fn word(&self) -> &'static str {
        match self.outcome {
            Outcome::Passed => "ok",
            Outcome::Failed(_) => "FAILED",
            Outcome::NotRun => "not run",
        }
    }
}

/// One step for the terminal.
pub(crate) fn terminal(told: &Told, redactor: &Redactor) -> String {
    let mut text = format!("{}\n", told.heading());
    for entry in &told.record.entries {
        match entry {
            Entry::Ran(answer) => {
                text.push_str(&indented(&format!("$ {}\n{}", answer.line, shown(answer)), "    "));
            }
            Entry::Checked { judge, what } => push_line(&mut text, &format!("    ok: {what} ({judge})")),
            Entry::Noted(note) => push_line(&mut text, &format!("    note: {note}")),
        }
    }
    if let Outcome::Failed(failure) = &told.outcome {
        text.push_str(&indented(&format!("FAILED: {failure}"), "    "));
    }
    redactor.clean(&text)
}

/// All steps for a file, in Markdown.
pub(crate) fn markdown(all: &[Told], preface: &[String], redactor: &Redactor) -> String {
    let mut text = "# The guide, end to end\n\n".to_owned();
    for line in preface {
        push_line(&mut text, &format!("- {line}"));
    }
    for told in all {
        let _ = write!(text, "\n## {}\n\n", told.heading());
        for entry in &told.record.entries {
            match entry {
                Entry::Ran(answer) => {
                    if !text.ends_with("\n\n") {
                        text.push('\n');
                    }
                    let _ = write!(text, "```console\n$ {}\n{}```\n\n", answer.line, shown(answer));
                }
                Entry::Checked { judge, what } => push_line(&mut text, &format!("- ok: {what} ({judge})")),
                Entry::Noted(note) => push_line(&mut text, &format!("- note: {note}")),
            }
        }
        match &told.outcome {
            Outcome::Passed => {}
            Outcome::Failed(failure) => {
                let _ = write!(text, "\n**Failed**\n\n```text\n{failure}\n```\n");
            }
            Outcome::NotRun => push_line(&mut text, "Not run, because an earlier step failed."),
        }
    }
    text.push_str("\n## Summary\n\n| step | | judged by | result | time |\n|---|---|---|---|---|\n");
    for told in all {
        let _ = writeln!(
            text,
            "| {}{} | {} | {} | {} | {:.2} s |",
            told.step.part,
            told.number,
            told.step.title,
            told.record.judges().join(", "),
            told.word(),
            told.time.as_secs_f64(),
        );
    }
    let _ = write!(text, "\n{}\n", closing_line(all));
    redactor.clean(&text)
}

/// The table at the end, for the terminal.
pub(crate) fn table(all: &[Told]) -> String {
    let mut text = String::new();
    for told in all {
        let _ = writeln!(
            text,
            "{:<8}{}{:<3} {}  [{}]",
            told.word(),
            told.step.part,
            told.number,
            told.step.title,
            told.record.judges().join(", ")
        );
    }
    text
}

/// `guide: N of N steps passed`.
pub(crate) fn closing_line(all: &[Told]) -> String {
    let passed = all.iter().filter(|told| matches!(told.outcome, Outcome::Passed)).count();
    format!("guide: {passed} of {} steps passed", all.len())
}

/// What a program answered, with its exit code where it is not 0.
fn shown(answer: &Answer) -> String {
    let mut text = match std::str::from_utf8(&answer.stdout) {
        Ok(stdout) => cut(stdout),
        Err(_) => format!("[{} bytes]\n", answer.stdout.len()),
    };
    text.push_str(&cut(&answer.stderr));
    if answer.code != Some(0) {
        let code = answer.code.map_or_else(|| "a signal".into(), |code| code.to_string());
        push_line(&mut text, &format!("[exit code: {code}]"));
    }
    text
}

/// The first lines of a text.
fn cut(text: &str) -> String {
    let count = text.lines().count();
    let mut short: String = text.lines().take(LINES).map(|line| format!("{line}\n")).collect();
    if count > LINES {
        push_line(&mut short, &format!("[{} more lines]", count - LINES));
    }
    short
}

fn indented(text: &str, by: &str) -> String {
    text.lines().map(|line| format!("{by}{line}\n")).collect()
}

fn push_line(text: &mut String, line: &str) {
    text.push_str(line);
    text.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guide::Guide;

    const KEY: &str = "d8be845e816e45d4a9529a6cfcd459c88e3c22b5";

    fn nothing(_: &mut Guide, _: &mut Record) -> Result<(), Failure> {
        Ok(())
    }

    static STEP: Step = Step { part: 'A', title: "Create the CA certificate", run: nothing };

    fn told(outcome: Outcome) -> Told {
        let mut record = Record::default();
        record.entries.push(Entry::Ran(Answer {
            line: format!("nrfcloud sim cloud --api-key {KEY}"),
            code: Some(3),
            stdout: b"ca-cert.crt.pem\n".to_vec(),
            stderr: format!("error: {KEY}\n-----BEGIN PRIVATE KEY-----\nMIGH\n-----END PRIVATE KEY-----\n"),
        }));
        record.holds("openssl", "the certificate is signed by the CA", true).unwrap();
        Told { step: &STEP, number: 3, record, outcome, time: Duration::from_millis(250) }
    }

    fn redactor() -> Redactor {
        let mut redactor = Redactor::default();
        redactor.hide(KEY);
        redactor
    }

    fn failed() -> Told {
        told(Outcome::Failed(Failure::Differs {
            judge: "openssl".into(),
            what: "the subject".into(),
            expected: "/CN=a".into(),
            found: KEY.into(),
        }))
    }

    #[test]
    fn the_terminal_shows_both_sides_of_a_failure_and_no_secret() {
        assert_eq!(
            terminal(&failed(), &redactor()),
            "A3 Create the CA certificate\n    \
             $ nrfcloud sim cloud --api-key [API key]\n    \
             ca-cert.crt.pem\n    \
             error: [API key]\n    \
             -----BEGIN PRIVATE KEY-----[private key]-----END PRIVATE KEY-----\n    \
             [exit code: 3]\n    \
             ok: the certificate is signed by the CA (openssl)\n    \
             FAILED: the subject (judged by openssl)\n        \
             expected: /CN=a\n        \
             found:    [API key]\n"
        );
    }

    #[test]
    fn the_report_holds_everything_but_secrets() {
        let report =
            markdown(&[failed(), told(Outcome::NotRun)], &["judge: OpenSSL".to_owned()], &redactor());
        assert!(!report.contains(KEY) && !report.contains("MIGH"), "{report}");
        for part in [
            "- judge: OpenSSL\n",
            "## A3 Create the CA certificate\n",
            "```console\n$ nrfcloud sim cloud --api-key [API key]\nca-cert.crt.pem\n",
            "- ok: the certificate is signed by the CA (openssl)\n",
            "expected: /CN=a\n    found:    [API key]\n",
            "Not run, because an earlier step failed.\n",
            "| A3 | Create the CA certificate | openssl | FAILED | 0.25 s |\n",
            "\nguide: 0 of 2 steps passed\n",
        ] {
            assert!(report.contains(part), "{part:?} is not in\n{report}");
        }
    }

    #[test]
    fn only_passed_steps_are_counted() {
        let all = [told(Outcome::Passed), failed(), told(Outcome::NotRun)];
        assert_eq!(closing_line(&all), "guide: 1 of 3 steps passed");
    }

    #[test]
    fn a_long_output_is_cut_and_bytes_are_counted() {
        assert!(cut(&"line\n".repeat(30)).ends_with("line\n[6 more lines]\n"));
        let answer =
            Answer { line: String::new(), code: Some(0), stdout: vec![0xff; 501], stderr: String::new() };
        assert_eq!(shown(&answer), "[501 bytes]\n");
    }
}
