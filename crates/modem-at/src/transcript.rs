//! What went over the wire, without secrets, for whoever wants to watch, keep or replay it.

use std::fmt;
use std::io::Write;
use std::str::FromStr;
use std::time::{Duration, Instant};

/// A callback that sees each line that is sent or received, with credentials and tokens left out.
pub struct Transcript {
    callback: Box<Callback>,
    start: Option<Instant>,
}

type Callback = dyn FnMut(&Entry) + Send;

impl Transcript {
    /// Wraps the callback.
    #[must_use]
    pub fn new(callback: impl FnMut(&Entry) + Send + 'static) -> Self {
        Self { callback: Box::new(callback), start: None }
    }

    /// Writes each line as a line of JSON ([`Entry`]'s `Display`). What cannot be written is lost: it must not end a session.
    #[must_use]
    pub fn json_lines(mut writer: impl Write + Send + 'static) -> Self {
        Self::new(move |entry| {
            let _ = writeln!(writer, "{entry}");
        })
    }

    pub(crate) fn record(&mut self, direction: Direction, line: &str) {
        let time = self.start.get_or_insert_with(Instant::now).elapsed();
        (self.callback)(&Entry { time, direction, text: line.to_string() });
    }
}

impl fmt::Debug for Transcript {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Transcript")
    }
}

/// Which way a line went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// From this host to the modem.
    ToModem,
    /// From the modem to this host.
    FromModem,
}

/// One line of a transcript. It is shown, and read, as one line of JSON.
///
/// ```
/// use modem_at::transcript::{Direction, Entry};
///
/// let line = r#"{"time":0.001250,"direction":">","text":"AT%CMNG=0,42,3,\"[6 bytes]\""}"#;
/// let entry: Entry = line.parse()?;
/// assert_eq!((entry.direction, entry.time.as_micros()), (Direction::ToModem, 1250));
/// assert_eq!(entry.text, "AT%CMNG=0,42,3,\"[6 bytes]\"");
/// assert_eq!(entry.to_string(), line);
/// # Ok::<(), modem_at::transcript::EntryError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Since the first line of the transcript.
    pub time: Duration,
    /// Which way the line went.
    pub direction: Direction,
    /// The line without its end, its echo, and the secrets in it.
    pub text: String,
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mark = match self.direction {
            Direction::ToModem => '>',
            Direction::FromModem => '<',
        };
        write!(f, "{{\"time\":{:.6},\"direction\":\"{mark}\",\"text\":\"", self.time.as_secs_f64())?;
        for letter in self.text.chars() {
            match letter {
                '"' | '\\' => write!(f, "\\{letter}")?,
                '\0'..='\x1f' | '\x7f' => write!(f, "\\u{:04x}", u32::from(letter))?,
                letter => write!(f, "{letter}")?,
            }
        }
        f.write_str("\"}")
    }
}

impl FromStr for Entry {
    type Err = EntryError;

    fn from_str(line: &str) -> Result<Self, EntryError> {
        #[derive(serde::Deserialize)]
        struct Fields {
            time: f64,
            direction: String,
            text: String,
        }
        let error = || EntryError { line: line.chars().take(100).collect() };
        let mut unescaped = vec![0; line.len()];
        let (fields, length): (Fields, usize) =
            serde_json_core::from_str_escaped(line, &mut unescaped).map_err(|_| error())?;
        if !line[length..].trim().is_empty() {
            return Err(error());
        }
        Ok(Self {
            time: Duration::try_from_secs_f64(fields.time).map_err(|_| error())?,
            direction: match fields.direction.as_str() {
                ">" => Direction::ToModem,
                "<" => Direction::FromModem,
                _ => return Err(error()),
            },
            text: fields.text,
        })
    }
}

/// A line that is no [`Entry`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{line}` is no line of a transcript")]
pub struct EntryError {
    line: String,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_no_entry_is_refused() {
        for line in [
            "",
            "{}",
            r#"{"time":-1,"direction":">","text":""}"#,
            r#"{"time":1,"direction":"=","text":""}"#,
            r#"{"time":1,"direction":">","text":""} x"#,
            r#"{"time":1,"direction":">"}"#,
        ] {
            assert_eq!(
                line.parse::<Entry>().unwrap_err().to_string(),
                format!("`{line}` is no line of a transcript")
            );
        }
    }

    proptest! {
        #[test]
        fn entries_go_round(micros in 0u64..100_000_000, text in "[\\x00-\\x7fé]{0,60}") {
            let entry = Entry { time: Duration::from_micros(micros), direction: Direction::FromModem, text };
            let line = entry.to_string();
            prop_assert!(!line.contains(char::is_control));
            let read: Entry = line.parse().unwrap();
            prop_assert_eq!(read.to_string(), line);
            prop_assert_eq!(read.text, entry.text);
        }

        #[test]
        fn any_line_is_read_without_panic(line in ".{0,80}") {
            let _ = line.parse::<Entry>();
        }
    }
}
