//! A pseudo-terminal that looks like the port of a kit, and the loop that serves it.

use std::ffi::OsStr;
use std::io::{self, PipeReader};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use rustix::event::{PollFd, PollFlags, poll};
use rustix::fs::{Mode, OFlags, fcntl_setfl, open};
use rustix::io::{Errno, FdFlags, fcntl_setfd, read, write};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};

use crate::board::Board;
use crate::builder::{Clock, StartError};

/// A child process that is started meanwhile must not inherit the port. Not every system can say so in one call.
#[cfg(target_os = "linux")]
const MASTER_FLAGS: OpenptFlags = OpenptFlags::RDWR.union(OpenptFlags::NOCTTY).union(OpenptFlags::CLOEXEC);
#[cfg(not(target_os = "linux"))]
const MASTER_FLAGS: OpenptFlags = OpenptFlags::RDWR.union(OpenptFlags::NOCTTY);

/// Both ends of a pseudo-terminal.
#[derive(Debug)]
pub(crate) struct Pty {
    master: OwnedFd,
    /// Held open, since reading a master whose slave nobody holds is an error (EIO) on Linux.
    _slave: OwnedFd,
    path: PathBuf,
}

impl Pty {
    /// A new pair. The slave is raw before anyone else can open it: no echo, no translation, as on a serial port.
    pub(crate) fn open() -> Result<Self, StartError> {
        let at = |step: &'static str| move |errno: Errno| StartError::Pty { step, source: errno.into() };
        let master = openpt(MASTER_FLAGS).map_err(at("openpt"))?;
        fcntl_setfd(&master, FdFlags::CLOEXEC).map_err(at("fcntl(F_SETFD)"))?;
        grantpt(&master).map_err(at("grantpt"))?;
        unlockpt(&master).map_err(at("unlockpt"))?;
        let name = ptsname(&master, Vec::new()).map_err(at("ptsname"))?;
        let slave = open(&name, OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC, Mode::empty())
            .map_err(at("opening the slave"))?;
        let mut settings = tcgetattr(&slave).map_err(at("tcgetattr"))?;
        settings.make_raw();
        settings.set_speed(115_200).map_err(at("setting the speed"))?;
        tcsetattr(&slave, OptionalActions::Now, &settings).map_err(at("tcsetattr"))?;
        fcntl_setfl(&master, OFlags::RDWR | OFlags::NONBLOCK).map_err(at("fcntl(F_SETFL)"))?;
        let path = PathBuf::from(OsStr::from_bytes(name.as_bytes()));
        Ok(Self { master, _slave: slave, path })
    }

    /// What a host opens.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Serves `board` until the other end of `stop` is closed. While a host does not read its answers, no further
    /// command is taken.
    pub(crate) fn serve(&self, mut board: Board, clock: &Clock, stop: &PipeReader) -> io::Result<()> {
        let mut input = [0; 4096];
        let mut output: Vec<u8> = Vec::new();
        loop {
            let interest = if output.is_empty() { PollFlags::IN } else { PollFlags::OUT };
            let mut watched = [PollFd::new(&self.master, interest), PollFd::new(stop, PollFlags::IN)];
            match poll(&mut watched, None) {
                Ok(_) => {}
                Err(Errno::INTR) => continue,
                Err(errno) => return Err(errno.into()),
            }
            let [port, stop] = watched.map(|fd| fd.revents());
            if !stop.is_empty() {
                return Ok(());
            }
            if port.is_empty() {
                continue;
            }
            let done = if output.is_empty() {
                read(&self.master, &mut input).map(|count| output = board.receive(&input[..count], clock()))
            } else {
                write(&self.master, &output).map(|count| drop(output.drain(..count)))
            };
            match done {
                Ok(()) | Err(Errno::AGAIN | Errno::INTR) => {}
                Err(errno) => return Err(errno.into()),
            }
        }
    }
}
