//! The sans-IO engine: bytes in, [`Event`]s out.
//!
//! It knows no clock and no port. [`Engine::begin`] gives the bytes of a command; the caller sends them, feeds what arrives
//! ([`Engine::receive`]), and gives up when its own deadline has passed ([`Engine::abandon`]).
//!
//! ```
//! use modem_at::{Command, Engine, Event, FinalResult};
//!
//! let mut engine = Engine::new();
//! assert_eq!(*engine.begin(&Command::imei())?, b"AT+CGSN\r");
//! let events = engine.receive(b"\n+CEREG: 2\r\n\n352656106647673\r\n+CSCON: 1\r\nOK\r\n");
//! assert!(matches!(&events[0], Event::Notification(line) if line.as_str() == "+CEREG: 2"));
//! assert!(matches!(&events[1], Event::Information(line) if line.as_str() == "352656106647673"));
//! assert!(matches!(&events[2], Event::Notification(_)));
//! assert!(matches!(events[3], Event::Final(FinalResult::Ok)));
//! # Ok::<(), modem_at::CommandError>(())
//! ```

use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

mod classify;
mod echo;
mod framing;

use core::fmt;

use zeroize::Zeroizing;

use crate::cme::CmeCode;
use crate::command::{Command, CommandError, Expects, Terminator};
use crate::dialect::Dialect;
use crate::redact;

use echo::Echo;
use framing::{Frame, Framer};

/// Splits the modem's output into lines and says what each line is.
pub struct Engine {
    dialect: Dialect,
    terminator: Terminator,
    framer: Framer,
    in_flight: Option<InFlight>,
    /// The end of a secret answer that was given up has not come; pieces of it may still do.
    late_secret: bool,
    /// A blank line stood before the last final result.
    spaced: bool,
}

impl Engine {
    /// An engine for an AT host that ends its commands with CR, with nothing received and no command in flight.
    #[must_use]
    pub fn new() -> Self {
        Self {
            dialect: Dialect::AtHost,
            terminator: Terminator::Cr,
            framer: Framer::default(),
            in_flight: None,
            late_secret: false,
            spaced: false,
        }
    }

    /// What stands between the port and the modem.
    #[must_use]
    pub const fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// Says what stands between the port and the modem.
    pub const fn set_dialect(&mut self, dialect: Dialect) {
        self.dialect = dialect;
    }

    /// What ends a command; in a shell that is always CR.
    #[must_use]
    pub const fn terminator(&self) -> Terminator {
        if self.dialect.is_shell() { Terminator::Cr } else { self.terminator }
    }

    /// Says what ends a command.
    pub const fn set_terminator(&mut self, terminator: Terminator) {
        self.terminator = terminator;
    }

    /// Gives the bytes of `command`, to be sent now. What arrives from here on is judged as its answer.
    ///
    /// # Errors
    /// [`CommandError`] if the dialect cannot carry the command; then nothing is in flight.
    pub fn begin(&mut self, command: &Command) -> Result<Zeroizing<Vec<u8>>, CommandError> {
        let line = self.dialect.wrap(command)?;
        // The modem's lines start anew with an answer; half a line from before is not its beginning.
        self.framer.mark_start();
        self.in_flight = Some(InFlight {
            expects: command.expects().clone(),
            secret: command.has_secret_reply(),
            secret_text: command.has_secret_text(),
            read_form: command.text().ends_with('?'),
            echo: Echo::new(&line),
            loose_end: false,
            silence: Silence::Complete,
        });
        let end = self.terminator().as_bytes();
        let mut bytes = Zeroizing::new(Vec::with_capacity(line.len() + end.len()));
        bytes.extend_from_slice(line.as_bytes());
        bytes.extend_from_slice(end);
        Ok(bytes)
    }

    /// Takes what has arrived and returns what it means, in order.
    pub fn receive(&mut self, bytes: &[u8]) -> Vec<Event> {
        let mut events = Vec::new();
        for &byte in bytes {
            let in_flight = self.in_flight.as_ref();
            let pending = self.framer.pending();
            // An AT host that echoes sends back the CR that ended the command, and its answer follows on the same line.
            let frame = if byte == b'\r' && in_flight.is_some_and(|command| command.echo.is_all_of(pending)) {
                self.framer.end_line()
            } else {
                self.framer.push(byte, |line| in_flight.is_some_and(|command| command.takes_text(line)))
            };
            if let Some(frame) = frame {
                self.judge(frame, &mut events);
            } else if byte == b' ' && classify::is_prompt(self.framer.pending()) {
                self.framer.clear();
                self.prompt(&mut events);
            }
        }
        events
    }

    /// Gives up on the command in flight, and says what was there instead of its answer.
    pub fn abandon(&mut self) -> Silence {
        let Some(command) = self.in_flight.take() else {
            return Silence::Complete;
        };
        self.late_secret |= command.may_show_secret();
        if self.framer.inside_quotes() && command.takes_text(self.framer.pending()) {
            self.framer.clear();
            return Silence::OpenQuote;
        }
        command.silence
    }

    /// Whether a command was begun whose final result has not come.
    #[must_use]
    pub const fn is_in_flight(&self) -> bool {
        self.in_flight.is_some()
    }

    /// What has arrived of a line that is not complete.
    #[must_use]
    pub fn pending(&self) -> &[u8] {
        self.framer.pending()
    }

    /// How many bytes of the command in flight have come back as its echo; white space is not counted. A host that sends to a
    /// shell no faster than its echo comes back does not lose bytes there.
    #[must_use]
    pub fn echoed(&self) -> usize {
        self.in_flight.as_ref().map_or(0, |command| command.echo.progress(self.framer.pending()))
    }

    /// Whether a blank line stood before the last final result, as in V.250: Serial Modem and the nRF93M1 send one.
    #[must_use]
    pub const fn is_spaced(&self) -> bool {
        self.spaced
    }

    /// A prompt has been printed: the shell is ready, or prints anew what was typed.
    fn prompt(&mut self, events: &mut Vec<Event>) {
        events.push(Event::Prompt);
        if let Some(command) = &mut self.in_flight {
            command.echo.restart();
            if command.ends_with_prompt() && command.echo.is_complete() {
                self.in_flight = None;
                self.late_secret = false;
                events.push(Event::Final(FinalResult::Ok));
            }
        }
    }

    fn judge(&mut self, frame: Frame, events: &mut Vec<Event>) {
        let Some(command) = &mut self.in_flight else {
            let event = classify::unasked(frame.text, self.late_secret);
            self.late_secret &= !matches!(event, Event::LateResult(_));
            events.push(event);
            return;
        };
        let mut text = frame.text;
        // Some shells break a long echo with a line feed.
        let may_break = frame.wrapped || self.dialect.is_shell();
        if let Some(rest) = command.echo.take(&text, may_break) {
            let rest = rest.to_string();
            if command.echo.is_complete() {
                events.push(Event::Echo);
                command.silence = Silence::EchoOnly;
            }
            text = Zeroizing::new(rest);
        }
        if text.is_empty() {
            return;
        }
        if text.contains('\n') {
            text = Zeroizing::new(self.dialect.unwrap_text(&text).into_owned());
        }
        match command.classify(text, self.late_secret) {
            Event::Final(result) => {
                self.in_flight = None;
                self.late_secret = false;
                self.spaced = frame.after_blank;
                events.push(Event::Final(result));
            }
            event => {
                if matches!(event, Event::Information(_)) && !frame.ends_in_crlf {
                    command.loose_end = true;
                } else if command.is_piece(&event) {
                    events.push(Event::Torn);
                }
                command.silence = Silence::OtherTraffic;
                events.push(event);
            }
        }
    }
}

impl Default for Engine {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine")
            .field("dialect", &self.dialect)
            .field("terminator", &self.terminator)
            .field("in_flight", &self.is_in_flight())
            .finish_non_exhaustive()
    }
}

/// What the modem said.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// The command came back as it was sent.
    Echo,
    /// A shell printed its prompt, such as `uart:~$ `.
    Prompt,
    /// A line of the answer to the command in flight.
    Information(Line),
    /// The end of the answer.
    Final(FinalResult),
    /// A final result while no command is in flight: the late end of one that was given up.
    LateResult(FinalResult),
    /// An unsolicited result code, such as `+CEREG: 2`.
    Notification(Line),
    /// A line of the firmware's log.
    Log(Line),
    /// A line that is printed when the kit starts.
    Boot(Line),
    /// Anything else, such as a piece of a line.
    Noise(Line),
    /// Pieces were found that show that another message was written into a line of the answer.
    Torn,
}

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FinalResult {
    /// `OK`.
    Ok,
    /// `ERROR`, without a number: an unknown command, or `+CMEE` is 0.
    Error,
    /// `+CME ERROR: <n>`.
    CmeError(CmeCode),
    /// `+CMS ERROR: <n>`.
    CmsError(u16),
}

/// What was there instead of a final result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Silence {
    /// Nothing at all.
    Complete,
    /// The command itself and nothing more: the driver in the firmware failed, or this is not an AT port.
    EchoOnly,
    /// A quoted string that was never closed.
    OpenQuote,
    /// Other lines, but no final result.
    OtherTraffic,
}

impl fmt::Display for Silence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Complete => "nothing came",
            Self::EchoOnly => "only the command itself came back",
            Self::OpenQuote => "a quoted string was not closed",
            Self::OtherTraffic => "other lines came, but no final result",
        })
    }
}

/// One line from the modem, without its line break; wiped when dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct Line {
    text: Zeroizing<String>,
    secret: bool,
}

impl Line {
    pub(crate) fn new(text: impl Into<Zeroizing<String>>, secret: bool) -> Self {
        Self { text: text.into(), secret }
    }

    /// The whole text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The text without tokens and stored credentials, fit for a log.
    #[must_use]
    pub fn redacted(&self) -> String {
        redact::line(&self.text, self.secret)
    }
}

impl fmt::Debug for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Line({:?})", self.redacted())
    }
}

/// The command whose answer is awaited.
struct InFlight {
    expects: Expects,
    secret: bool,
    /// The command itself holds a secret, and so does its echo.
    secret_text: bool,
    /// `AT+NAME?`.
    read_form: bool,
    echo: Echo,
    /// An information line ended in a bare line feed.
    loose_end: bool,
    silence: Silence,
}

impl InFlight {
    /// Whether line breaks inside the quotes of this line belong to it.
    fn takes_text(&self, line: &[u8]) -> bool {
        let own = |name: &str| line.strip_prefix(name.as_bytes()).is_some_and(|rest| rest.starts_with(b": "));
        match &self.expects {
            Expects::PrefixedText(name) => own(name),
            Expects::Anything(names) => names.iter().any(|name| name == "%CMNG") && own("%CMNG"),
            Expects::Nothing
            | Expects::Prefixed(_)
            | Expects::PrefixedList(_)
            | Expects::Bare(_)
            | Expects::UntilPrompt => false,
        }
    }

    /// Whether a line that is neither a message of its own nor a named answer may be a piece of a secret: of the answer, or of an echo
    /// that is not complete.
    fn may_show_secret(&self) -> bool {
        self.secret || (self.secret_text && !self.echo.is_complete())
    }

    /// Whether a line shows that another one was torn: a piece that means nothing by itself, after a line break that is not the
    /// modem's own. In a list, where the number of lines is open, such a piece may be all that is left of a line; so may a
    /// notification that no modem is known to send.
    fn is_piece(&self, event: &Event) -> bool {
        let is_list = matches!(self.expects, Expects::PrefixedList(_));
        match event {
            Event::Noise(_) => self.loose_end || is_list,
            Event::Notification(line) => is_list && !classify::is_known_notice(line.as_str()),
            _ => false,
        }
    }

    /// Whether the next prompt of the shell ends the answer.
    fn ends_with_prompt(&self) -> bool {
        matches!(self.expects, Expects::UntilPrompt)
    }
}
