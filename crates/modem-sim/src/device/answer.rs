//! What comes back for a command.

use super::refusal::Refusal;
use crate::script::Part;

/// The modem's whole answer to one command, with the notifications around it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    before: Vec<String>,
    information: Vec<u8>,
    result: String,
    after: Vec<String>,
}

impl Answer {
    pub(crate) fn new(outcome: Result<Reply, Refusal>, numeric_errors: bool) -> Self {
        match outcome {
            Ok(Reply { before, information, after }) => {
                Self { before, information, result: "OK\r\n".to_owned(), after }
            }
            Err(refusal) => Self {
                result: refusal.result(numeric_errors),
                before: vec![],
                information: vec![],
                after: vec![],
            },
        }
    }

    /// Information lines and the final result, each ended by CR LF, exactly as the modem gives them.
    pub fn response(&self) -> Vec<u8> {
        [&self.information, self.result.as_bytes()].concat()
    }

    /// The final result alone: `OK`, `ERROR` or `+CME ERROR: <n>`.
    pub fn result(&self) -> &str {
        self.result.trim_ascii_end()
    }

    /// Everything in the order of its coming, one piece for each write of the AT host: notifications, response,
    /// notifications.
    pub fn pieces(&self) -> impl Iterator<Item = Vec<u8>> {
        let notification = |line: &String| line.clone().into_bytes();
        let before = self.before.iter().map(notification);
        before.chain([self.response()]).chain(self.after.iter().map(notification))
    }

    /// Everything in the order of its coming, without the frame of a mode. Notifications only where the host hears them.
    pub(crate) fn into_script(self, with_notifications: bool) -> Vec<Part> {
        let notification = |line: String| Part::Notification(line.trim_ascii_end().to_owned());
        let mut script: Vec<_> = self.before.into_iter().map(notification).collect();
        if !self.information.is_empty() {
            script.push(Part::Information(self.information));
        }
        script.push(Part::Result(self.result));
        script.extend(self.after.into_iter().map(notification));
        script.retain(|part| with_notifications || !matches!(part, Part::Notification(_)));
        script
    }
}

/// What a command that was carried out has to say.
#[derive(Debug, Default)]
pub(crate) struct Reply {
    before: Vec<String>,
    information: Vec<u8>,
    after: Vec<String>,
}

impl Reply {
    /// One information line, given without its end.
    pub(crate) fn line(text: &str) -> Self {
        Self { information: format!("{text}\r\n").into_bytes(), ..Self::default() }
    }

    /// Information as it is, line ends included.
    pub(crate) fn information(information: Vec<u8>) -> Self {
        Self { information, ..Self::default() }
    }

    /// Adds a notification in front of the answer.
    pub(crate) fn notify_before(&mut self, text: &str) {
        self.before.push(format!("{text}\r\n"));
    }

    /// Adds a notification behind the answer.
    pub(crate) fn notify_after(&mut self, text: &str) {
        self.after.push(format!("{text}\r\n"));
    }
}
