//! Child processes that never outlive this one: not on an error, not on a panic, not on Ctrl-C.

use std::{
    io,
    process::{Child, Command, ExitStatus},
    sync::{Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};

#[cfg(unix)]
use signal_hook::{
    consts::{SIGINT, SIGTERM},
    iterator::Signals,
};

/// How long a child that was asked to end may take.
pub(crate) const GRACE: Duration = Duration::from_secs(5);
const POLL: Duration = Duration::from_millis(5);

/// The process ids of all children that were started and not yet waited for.
static LIVE: Mutex<Vec<u32>> = Mutex::new(Vec::new());

/// Ends all children, and then this process, when it is interrupted or asked to end.
#[cfg(unix)]
#[expect(clippy::exit, reason = "a thread of its own has no other way to end the program")]
pub(crate) fn end_with_this_process() -> io::Result<()> {
    let mut signals = Signals::new([SIGINT, SIGTERM])?;
    thread::spawn(move || {
        if signals.forever().next().is_some() {
            for &pid in live().iter() {
                terminate(pid);
            }
            std::process::exit(130);
        }
    });
    Ok(())
}

/// Elsewhere a child hears Ctrl-C by itself.
#[cfg(not(unix))]
pub(crate) fn end_with_this_process() -> io::Result<()> {
    Ok(())
}

/// A child, ended when this value is dropped.
#[derive(Debug)]
pub(crate) struct Running {
    child: Child,
}

impl Running {
    pub(crate) fn spawn(command: &mut Command) -> io::Result<Self> {
        // The lock is held meanwhile, so that no interruption falls between start and note.
        let mut live = live();
        let child = command.spawn()?;
        live.push(child.id());
        Ok(Self { child })
    }

    pub(crate) fn child(&mut self) -> &mut Child {
        &mut self.child
    }

    /// The exit status, or none when the child still runs after that time.
    pub(crate) fn wait(&mut self, limit: Duration) -> io::Result<Option<ExitStatus>> {
        let deadline = Instant::now() + limit;
        loop {
            if let Some(status) = self.ended()? {
                return Ok(Some(status));
            }
            if Instant::now() >= deadline {
                return Ok(None);
            }
            thread::sleep(POLL);
        }
    }

    /// Asks the child to end (SIGTERM), waits, and kills it when it does not. The status is the child's own answer,
    /// or none when it had to be killed.
    pub(crate) fn stop(&mut self) -> io::Result<Option<ExitStatus>> {
        if let Some(status) = self.ended()? {
            return Ok(Some(status));
        }
        terminate(self.child.id());
        let answer = self.wait(GRACE)?;
        if answer.is_none() {
            self.child.kill()?;
            self.child.wait()?;
            forget(&mut live(), self.child.id());
        }
        Ok(answer)
    }

    /// Whether the child has ended, taken off the list in the same moment: its id may soon be another process's.
    fn ended(&mut self) -> io::Result<Option<ExitStatus>> {
        let mut live = live();
        let status = self.child.try_wait()?;
        if status.is_some() {
            forget(&mut live, self.child.id());
        }
        Ok(status)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // There is no one left to tell.
        let _ = self.stop();
    }
}

fn live() -> MutexGuard<'static, Vec<u32>> {
    LIVE.lock().unwrap_or_else(PoisonError::into_inner)
}

fn forget(live: &mut Vec<u32>, pid: u32) {
    live.retain(|&other| other != pid);
}

#[cfg(unix)]
fn terminate(pid: u32) {
    let pid = i32::try_from(pid).ok().and_then(rustix::process::Pid::from_raw);
    if let Some(pid) = pid {
        // A child that has just ended by itself is what was wanted.
        let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
    }
}

/// Elsewhere there is no way to ask; [`Running::stop`] kills after its time of grace.
#[cfg(not(unix))]
fn terminate(_: u32) {}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_child_is_asked_to_end_and_forgotten() {
        let mut child = Running::spawn(Command::new("sleep").arg("60")).unwrap();
        let pid = child.child().id();
        assert!(live().contains(&pid));
        let status = child.stop().unwrap().expect("sleep ends on SIGTERM");
        assert!(!status.success());
        assert!(!live().contains(&pid));
    }

    #[test]
    fn a_child_that_runs_on_is_not_said_to_have_ended() {
        let mut child = Running::spawn(Command::new("sleep").arg("60")).unwrap();
        assert_eq!(child.wait(Duration::from_millis(20)).unwrap(), None);
    }
}
