//! A kit for tests: an AT host on a pseudo-terminal, whose answers are written by the test.

use std::os::fd::OwnedFd;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use modem_at::{Modem, Options, SerialTransport, Terminator};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{Mode, OFlags, fcntl_setfl};
use rustix::io::Errno;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};

/// How often a kit looks whether it shall end.
const TICK: Timespec = Timespec { tv_sec: 0, tv_nsec: 10_000_000 };

/// What a kit does with a command.
pub(crate) enum Answer {
    /// Sends these bytes.
    Bytes(Vec<u8>),
    /// Sends these bytes after a time.
    Late(Duration, Vec<u8>),
    /// Goes away, as if its cable were pulled.
    Unplug,
}

impl From<&str> for Answer {
    fn from(text: &str) -> Self {
        Self::Bytes(text.into())
    }
}

impl From<String> for Answer {
    fn from(text: String) -> Self {
        Self::Bytes(text.into_bytes())
    }
}

/// A kit that runs until it is dropped.
pub(crate) struct Kit {
    pub(crate) path: String,
    commands: Arc<Mutex<Vec<String>>>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Kit {
    /// A kit that answers `AT` and `+CMEE` itself and everything else by `script`; `None` is `ERROR`.
    pub(crate) fn new(script: impl FnMut(&str) -> Option<Answer> + Send + 'static) -> Self {
        Self::with_host(AtHost::new(Terminator::Cr), script)
    }

    pub(crate) fn with_host(
        mut host: AtHost,
        mut script: impl FnMut(&str) -> Option<Answer> + Send + 'static,
    ) -> Self {
        let mut numeric = host.numeric_errors;
        Self::raw(move |byte| {
            let command = host.push(byte)?;
            let answer = match command.as_str() {
                "AT" => "OK\r\n".into(),
                "AT+CMEE?" => format!("+CMEE: {}\r\nOK\r\n", u8::from(numeric)).into(),
                "AT+CMEE=1" | "AT+CMEE=0" => {
                    numeric = command.ends_with('1');
                    "OK\r\n".into()
                }
                other => script(other).unwrap_or_else(|| "ERROR\r\n".into()),
            };
            Some((Some(command), answer))
        })
    }

    /// Something on a port that is given every byte.
    pub(crate) fn raw(
        mut react: impl FnMut(u8) -> Option<(Option<String>, Answer)> + Send + 'static,
    ) -> Self {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&master).unwrap();
        unlockpt(&master).unwrap();
        // A host that reads nothing must not hold the kit.
        fcntl_setfl(&master, OFlags::NONBLOCK).unwrap();
        let path = ptsname(&master, Vec::new()).unwrap().into_string().unwrap();
        // As long as one slave is open, reading the master does not fail.
        let slave = rustix::fs::open(&path, OFlags::RDWR | OFlags::NOCTTY, Mode::empty()).unwrap();
        let mut settings = tcgetattr(&slave).unwrap();
        settings.make_raw();
        tcsetattr(&slave, OptionalActions::Now, &settings).unwrap();

        let commands = Arc::new(Mutex::new(Vec::new()));
        let stop = Arc::new(AtomicBool::new(false));
        let (log, stopped) = (commands.clone(), stop.clone());
        let thread = std::thread::spawn(move || {
            let _slave = slave;
            loop {
                let bytes = read(&master);
                if bytes.is_empty() && stopped.load(Ordering::Relaxed) {
                    return;
                }
                for byte in bytes {
                    let Some((command, answer)) = react(byte) else {
                        continue;
                    };
                    log.lock().unwrap().extend(command);
                    match answer {
                        Answer::Bytes(bytes) => write(&master, &bytes, &stopped),
                        Answer::Late(time, bytes) => {
                            std::thread::sleep(time);
                            write(&master, &bytes, &stopped);
                        }
                        Answer::Unplug => return,
                    }
                }
            }
        });
        Self { path, commands, stop, thread: Some(thread) }
    }

    /// Waits until the kit has read what was sent, and ends it.
    pub(crate) fn stop(mut self) {
        self.end();
    }

    fn end(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }

    pub(crate) fn open(&self) -> Modem<SerialTransport> {
        Modem::open_path(&self.path, Options::default()).unwrap()
    }

    /// What the kit was asked, without `AT` and `+CMEE`.
    pub(crate) fn asked(&self) -> Vec<String> {
        let commands = self.commands.lock().unwrap();
        commands.iter().filter(|command| *command != "AT" && !command.contains("+CMEE")).cloned().collect()
    }

    /// Everything that the kit was asked.
    pub(crate) fn heard(&self) -> Vec<String> {
        self.commands.lock().unwrap().clone()
    }
}

impl Drop for Kit {
    fn drop(&mut self) {
        self.end();
    }
}

/// How the AT host library makes commands of bytes (facts, section 3).
pub(crate) struct AtHost {
    terminator: Terminator,
    line: Vec<u8>,
    pub(crate) quoted: bool,
    numeric_errors: bool,
}

impl AtHost {
    pub(crate) fn new(terminator: Terminator) -> Self {
        Self { terminator, line: Vec::new(), quoted: false, numeric_errors: false }
    }

    pub(crate) fn with_numeric_errors(mut self) -> Self {
        self.numeric_errors = true;
        self
    }

    pub(crate) fn push(&mut self, byte: u8) -> Option<String> {
        let end = match (self.terminator, byte) {
            _ if self.quoted => false,
            (Terminator::Cr, b'\r') | (Terminator::Lf, b'\n') | (Terminator::Nul, 0) => true,
            (Terminator::CrLf, b'\n') => self.line.last() == Some(&b'\r'),
            _ => false,
        };
        if !end {
            self.quoted ^= byte == b'"';
            self.line.push(byte);
            return None;
        }
        let line = std::mem::take(&mut self.line);
        let command = String::from_utf8(line).unwrap();
        let command = command.trim_matches(['\r', '\n']).to_string();
        (!command.is_empty()).then_some(command)
    }
}

fn read(master: &OwnedFd) -> Vec<u8> {
    let mut fds = [PollFd::new(master, PollFlags::IN)];
    if poll(&mut fds, Some(&TICK)).unwrap_or(0) == 0 {
        return Vec::new();
    }
    let mut buffer = [0; 512];
    let count = rustix::io::read(master, &mut buffer).unwrap_or(0);
    buffer[..count].to_vec()
}

/// Writes until all is written, or until nobody reads any more and the kit shall end.
fn write(master: &OwnedFd, mut bytes: &[u8], stopped: &AtomicBool) {
    while !bytes.is_empty() {
        match rustix::io::write(master, bytes) {
            Ok(count) => bytes = &bytes[count..],
            Err(Errno::AGAIN) if !stopped.load(Ordering::Relaxed) => {
                let mut fds = [PollFd::new(master, PollFlags::OUT)];
                let _ = poll(&mut fds, Some(&TICK));
            }
            Err(_) => return,
        }
    }
}
