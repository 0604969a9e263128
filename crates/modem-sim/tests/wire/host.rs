//! A host that opened the port as any program would.

use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;

use modem_sim::ModemSim;

pub(crate) struct Host(pub(crate) File);

impl Host {
    pub(crate) fn open(kit: &ModemSim) -> Self {
        Self::at(&kit.path())
    }

    pub(crate) fn at(path: &Path) -> Self {
        Self(File::options().read(true).write(true).open(path).unwrap())
    }

    pub(crate) fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.0.write_all(bytes.as_ref()).unwrap();
    }

    /// Reads exactly as much as is expected, so that a missing byte is a test that hangs and not one that passes.
    #[track_caller]
    pub(crate) fn expect(&mut self, expected: &str) {
        let mut got = vec![0; expected.len()];
        self.0.read_exact(&mut got).unwrap();
        assert_eq!(String::from_utf8_lossy(&got), expected);
    }

    /// Sends a command and expects this.
    #[track_caller]
    pub(crate) fn ask(&mut self, command: &str, expected: &str) {
        self.send(command);
        self.expect(expected);
    }

    /// Reads up to and with `end`.
    pub(crate) fn read_to(&mut self, end: &str) -> String {
        let mut got = Vec::new();
        while !got.ends_with(end.as_bytes()) {
            let mut byte = [0];
            self.0.read_exact(&mut byte).unwrap();
            got.push(byte[0]);
        }
        String::from_utf8_lossy(&got).into_owned()
    }

    /// Reads until the port is gone.
    pub(crate) fn read_to_the_end(mut self) -> String {
        let mut got = Vec::new();
        let mut buffer = [0; 256];
        // A hung-up terminal ends with an error on Linux and with nothing elsewhere.
        while let Ok(count @ 1..) = self.0.read(&mut buffer) {
            got.extend_from_slice(&buffer[..count]);
        }
        String::from_utf8_lossy(&got).into_owned()
    }
}
