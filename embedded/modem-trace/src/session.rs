//! The session of `fixtures/modem-at`, step by step.

use alloc::{
    format,
    string::{String, ToString as _},
    vec::Vec,
};

use firmware::console;
use modem_at::{Engine, Event, FinalResult, Line};

use crate::question::Question;

include!(concat!(env!("OUT_DIR"), "/session.rs"));

/// What is sent, the pieces that come back, and what they mean.
struct Step {
    sent: &'static str,
    received: &'static [&'static str],
    meaning: &'static [&'static str],
}

/// How it went.
#[derive(Default)]
pub(crate) struct Tally {
    /// Answers and other lines that were understood rightly.
    pub(crate) answers: u32,
    pub(crate) wrong: u32,
    /// Bytes that were received.
    pub(crate) bytes: u32,
}

pub(crate) fn replay() -> Tally {
    let mut engine = Engine::new();
    let mut tally = Tally::default();
    for step in SESSION {
        let mut meaning = step.meaning.iter();
        for text in take(&mut engine, step, &mut tally) {
            tally.compare(&text, meaning.next().copied());
        }
        for missing in meaning {
            tally.compare("nothing", Some(missing));
        }
    }
    tally
}

/// What one step means, in words.
fn take(engine: &mut Engine, step: &Step, tally: &mut Tally) -> Vec<String> {
    let mut found = Vec::new();
    let mut question = None;
    if !step.sent.is_empty() {
        let asked = Question::of(step.sent.trim_end_matches('\r'));
        match asked
            .and_then(|asked| asked.map(|asked| Ok((engine.begin(&asked.command)?, asked))).transpose())
        {
            Ok(Some((bytes, asked))) => {
                if *bytes != step.sent.as_bytes() {
                    found.push("other bytes were sent".into());
                }
                question = Some(asked);
            }
            Ok(None) => found.push("a command without a type".into()),
            Err(error) => found.push(error.to_string()),
        }
    }
    let mut lines = Vec::new();
    for piece in step.received {
        tally.bytes += u32::try_from(piece.len()).unwrap_or(u32::MAX);
        for event in engine.receive(piece.as_bytes()) {
            match event {
                Event::Information(line) => lines.push(line),
                Event::Final(result) => found.push(answer(result, question.as_ref(), &lines)),
                Event::LateResult(_) => found.push("a late result".into()),
                Event::Notification(line) => found.push(format!("notification: {}", line.as_str())),
                Event::Log(line) => found.push(format!("log: {}", line.as_str())),
                Event::Boot(line) => found.push(format!("boot: {}", line.as_str())),
                Event::Noise(line) => found.push(format!("noise: {}", line.as_str())),
                Event::Torn => found.push("torn".into()),
                _ => {}
            }
        }
    }
    found
}

fn answer(result: FinalResult, question: Option<&Question>, lines: &[Line]) -> String {
    match (result, question) {
        (FinalResult::Ok, Some(question)) => match (question.read)(lines) {
            Ok(text) => format!("answer: {text}"),
            Err(error) => format!("damaged: {error}"),
        },
        (FinalResult::CmeError(code), _) => format!("refused: {}", code.number()),
        _ => "refused".into(),
    }
}

impl Tally {
    fn compare(&mut self, found: &str, expected: Option<&str>) {
        if Some(found) == expected {
            self.answers += 1;
        } else {
            self.wrong += 1;
            console::line(&["FAILED: found:    ", found]);
            console::line(&["        expected: ", expected.unwrap_or("nothing")]);
        }
    }
}
