//! The port of a kit: a pseudo-terminal, and beside it a socket. One host at a time has it.

mod pty;
mod telnet;

use std::io::{self, PipeReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::{Errno, read, write};

use self::pty::Pty;
use self::telnet::Telnet;
use crate::builder::{Listening, StartError};
use crate::sim::{RunError, Shown};
use crate::wire::{Wire, nanos};

/// No more is taken from a host while so much of it, or for it, is under way.
const BACKLOG: usize = 64 * 1024;

/// The port of a running kit.
#[derive(Debug)]
pub(crate) struct Port {
    pty: Pty,
    tcp: Option<TcpListener>,
    rfc2217: Option<TcpListener>,
    link: Option<PathBuf>,
    client: Option<Client>,
    /// On its way to the host.
    pending: Vec<u8>,
}

/// A host that came by the network. While it is there, nobody reads or writes the pseudo-terminal.
#[derive(Debug)]
struct Client {
    stream: TcpStream,
    telnet: Option<Telnet>,
}

impl Port {
    pub(crate) fn open(listening: Listening) -> Result<Self, StartError> {
        let pty = Pty::open()?;
        let listen = |address: Option<SocketAddr>| -> Result<Option<TcpListener>, StartError> {
            let Some(address) = address else {
                return Ok(None);
            };
            let bind = || {
                let listener = TcpListener::bind(address)?;
                listener.set_nonblocking(true)?;
                Ok(listener)
            };
            bind().map(Some).map_err(|source| StartError::Listen { address, source })
        };
        let (tcp, rfc2217) = (listen(listening.tcp)?, listen(listening.rfc2217)?);
        if let Some(link) = &listening.link {
            point(link, pty.path())?;
        }
        Ok(Self { pty, tcp, rfc2217, link: listening.link, client: None, pending: Vec::new() })
    }

    pub(crate) fn path(&self) -> &Path {
        self.pty.path()
    }

    pub(crate) fn tcp_address(&self) -> Option<SocketAddr> {
        self.tcp.as_ref()?.local_addr().ok()
    }

    pub(crate) fn rfc2217_address(&self) -> Option<SocketAddr> {
        self.rfc2217.as_ref()?.local_addr().ok()
    }

    /// Serves `wire` until the other end of `stop` is closed.
    pub(crate) fn serve(
        mut self,
        mut wire: Wire,
        shown: &Arc<Shown>,
        stop: &PipeReader,
    ) -> Result<(), RunError> {
        let begin = Instant::now();
        let port_failed = |source: io::Error| RunError::Port { source };
        loop {
            let now = nanos(begin.elapsed());
            wire.advance(now);
            wire.collect(now, &mut self.pending);
            shown.update(&wire);
            if let Some(gone) = wire.take_unplugged(now) {
                if !self.unplug(gone, stop).map_err(port_failed)? {
                    return wire.end();
                }
                self.plug_in(shown)?;
                wire.start(nanos(begin.elapsed()));
                continue;
            }
            self.send().map_err(port_failed)?;
            let look =
                wire.next_look(now).map(|at| Duration::from_nanos(at.saturating_sub(nanos(begin.elapsed()))));
            let hungry = wire.backlog() < BACKLOG && self.pending.len() < BACKLOG;
            let ready = self.wait(look, hungry, stop).map_err(port_failed)?;
            if ready.stopped {
                return wire.end();
            }
            if ready.caller {
                self.accept();
            }
            if ready.input {
                let heard = self.receive().map_err(port_failed)?;
                wire.give(&heard, nanos(begin.elapsed()));
            }
        }
    }

    /// Waits until there is something to do, or `look` has passed.
    fn wait(&self, look: Option<Duration>, hungry: bool, stop: &PipeReader) -> io::Result<Ready> {
        let mut interest = PollFlags::empty();
        // Nothing more is heard from a host that does not listen, as long as nothing else is due.
        let talking = !self.pending.is_empty() && !self.is_suspended();
        interest.set(PollFlags::OUT, talking);
        interest.set(PollFlags::IN, hungry);
        let host = match &self.client {
            Some(client) => PollFd::new(&client.stream, interest),
            None => PollFd::from_borrowed_fd(self.pty.as_fd(), interest),
        };
        let mut watched = vec![PollFd::new(stop, PollFlags::IN), host];
        if self.client.is_none() {
            watched.extend(self.tcp.iter().chain(&self.rfc2217).map(|door| PollFd::new(door, PollFlags::IN)));
        }
        let timeout = look.and_then(|look| Timespec::try_from(look).ok());
        match poll(&mut watched, timeout.as_ref()) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(errno) => return Err(errno.into()),
        }
        let happened = |index: usize| watched.get(index).map_or(PollFlags::empty(), PollFd::revents);
        Ok(Ready {
            stopped: !happened(0).is_empty(),
            // What is neither is a line that was hung up, which reading finds out.
            input: happened(1).intersects(PollFlags::HUP | PollFlags::ERR)
                || hungry && happened(1).contains(PollFlags::IN),
            caller: watched.iter().skip(2).any(|door| !door.revents().is_empty()),
        })
    }

    /// Sends as much as goes without waiting.
    fn send(&mut self) -> io::Result<()> {
        if self.is_suspended() {
            return Ok(());
        }
        while !self.pending.is_empty() {
            let sent = match &mut self.client {
                None => write(&self.pty, &self.pending).map_err(io::Error::from),
                Some(client) => client.send(&self.pending),
            };
            match sent {
                Ok(count) => drop(self.pending.drain(..count)),
                Err(error) if is_later(&error) => return Ok(()),
                Err(_) if self.client.is_some() => self.hang_up(),
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn receive(&mut self) -> io::Result<Vec<u8>> {
        let mut buffer = [0; 4096];
        let Some(client) = &mut self.client else {
            return match read(&self.pty, &mut buffer) {
                Ok(count) => Ok(buffer[..count].to_vec()),
                Err(Errno::AGAIN | Errno::INTR) => Ok(Vec::new()),
                Err(errno) => Err(errno.into()),
            };
        };
        match client.stream.read(&mut buffer) {
            Ok(count @ 1..) => {
                let Some(telnet) = &mut client.telnet else {
                    return Ok(buffer[..count].to_vec());
                };
                let (mut to_kit, mut to_client) = (Vec::new(), Vec::new());
                telnet.decode(&buffer[..count], &mut to_kit, &mut to_client);
                if telnet.take_purge() {
                    self.pending.clear();
                }
                // A few bytes of an agreement fit the buffer of any socket; a client that does not take them has none.
                if client.stream.write_all(&to_client).is_err() {
                    self.hang_up();
                }
                Ok(to_kit)
            }
            Err(error) if is_later(&error) => Ok(Vec::new()),
            Ok(0) | Err(_) => {
                self.hang_up();
                Ok(Vec::new())
            }
        }
    }

    fn accept(&mut self) {
        for (door, telnet) in [(&self.tcp, false), (&self.rfc2217, true)] {
            let Some(Ok((stream, _))) = door.as_ref().map(TcpListener::accept) else {
                continue;
            };
            if stream.set_nonblocking(true).is_ok() && stream.set_nodelay(true).is_ok() {
                self.client = Some(Client { stream, telnet: telnet.then(Telnet::default) });
                self.pending.clear();
                return;
            }
        }
    }

    fn hang_up(&mut self) {
        self.client = None;
        self.pending.clear();
    }

    fn is_suspended(&self) -> bool {
        let telnet = self.client.as_ref().and_then(|client| client.telnet.as_ref());
        telnet.is_some_and(Telnet::is_suspended)
    }

    /// The port is gone for so long. Says whether it comes back, which it does unless the kit is stopped meanwhile.
    fn unplug(&mut self, gone: Duration, stop: &PipeReader) -> io::Result<bool> {
        self.send()?;
        if self.client.is_none() {
            self.pty.let_drain(stop)?;
        }
        self.hang_up();
        if let Some(link) = &self.link {
            remove(link)?;
        }
        // The pair that a host holds is dead with its master. The other is not told of until it is there.
        self.pty = Pty::open().map_err(|error| match error {
            StartError::Pty { source, .. } => source,
            error => io::Error::other(error),
        })?;
        let mut watched = [PollFd::new(stop, PollFlags::IN)];
        match poll(&mut watched, Timespec::try_from(gone).ok().as_ref()) {
            Ok(0) | Err(Errno::INTR) => Ok(true),
            Ok(_) => Ok(false),
            Err(errno) => Err(errno.into()),
        }
    }

    fn plug_in(&mut self, shown: &Arc<Shown>) -> Result<(), RunError> {
        shown.set_path(self.pty.path());
        match &self.link {
            Some(link) => point(link, self.pty.path()).map_err(|source| RunError::Link { source }),
            None => Ok(()),
        }
    }
}

impl Drop for Port {
    fn drop(&mut self) {
        if let Some(link) = &self.link {
            // Nobody is left to be told.
            let _ = remove(link);
        }
    }
}

/// What `wait` found.
struct Ready {
    stopped: bool,
    caller: bool,
    input: bool,
}

impl Client {
    fn send(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.telnet.is_none() {
            return self.stream.write(bytes);
        }
        // Small enough that either all of it goes or none.
        let piece = &bytes[..bytes.len().min(1024)];
        let mut encoded = Vec::with_capacity(piece.len());
        Telnet::encode(piece, &mut encoded);
        let mut sent = self.stream.write(&encoded)?;
        while sent < encoded.len() {
            match self.stream.write(&encoded[sent..]) {
                Ok(count) => sent += count,
                Err(error) if is_later(&error) => {
                    let mut watched = [PollFd::new(&self.stream, PollFlags::OUT)];
                    poll(&mut watched, None)?;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(piece.len())
    }
}

fn is_later(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted)
}

/// Takes a link away, unless somebody else has done so.
fn remove(link: &Path) -> io::Result<()> {
    match std::fs::remove_file(link) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Makes `link` lead to `target`, in one step where it leads somewhere already.
fn point(link: &Path, target: &Path) -> Result<(), StartError> {
    let failed = |source| StartError::Link { path: link.to_owned(), source };
    match std::fs::symlink_metadata(link) {
        Ok(found) if !found.is_symlink() => {
            return Err(failed(io::Error::new(
                io::ErrorKind::AlreadyExists,
                "it is there, and is no symbolic link",
            )));
        }
        Ok(_) | Err(_) => {}
    }
    let mut fresh = link.as_os_str().to_owned();
    fresh.push(format!(".{}", std::process::id()));
    let fresh = PathBuf::from(fresh);
    std::os::unix::fs::symlink(target, &fresh).map_err(failed)?;
    std::fs::rename(&fresh, link).map_err(|source| {
        // The rename is what failed; a link that is left behind leads to a port that is there.
        let _ = std::fs::remove_file(&fresh);
        failed(source)
    })
}
