//! A pseudo-terminal that looks like the port of a kit.

use std::ffi::OsStr;
use std::io::{self, PipeReader};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{Mode, OFlags, fcntl_setfl, open};
use rustix::io::{Errno, FdFlags, fcntl_setfd, ioctl_fionread};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};

use crate::builder::StartError;

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
    slave: OwnedFd,
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
        Ok(Self { master, slave, path })
    }

    /// What a host opens.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Waits for the host to read what it was sent, since all that it did not read dies with the port. A host that does not
    /// read is not waited for longer than half a second.
    pub(crate) fn let_drain(&self, stop: &PipeReader) -> io::Result<()> {
        let step = Timespec { tv_sec: 0, tv_nsec: 2_000_000 };
        for _ in 0..250 {
            let mut watched = [PollFd::new(stop, PollFlags::IN)];
            // Also before the first look: what was written takes a moment to come through.
            if poll(&mut watched, Some(&step))? > 0 || ioctl_fionread(&self.slave)? == 0 {
                break;
            }
        }
        Ok(())
    }
}

impl AsFd for Pty {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.master.as_fd()
    }
}
