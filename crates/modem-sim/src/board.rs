//! A whole kit without a wire: the bytes of a host in, the bytes of the kit out.

use crate::at_host::{AtHost, WhileBusy};
use crate::device::{Answer, Device};
use crate::fault::Faults;

/// AT host, modem and faults together.
pub(crate) struct Board {
    pub(crate) host: AtHost,
    pub(crate) device: Device,
    pub(crate) faults: Faults,
    pub(crate) while_busy: WhileBusy,
}

impl Board {
    /// Takes what arrived in one burst at `now`, in seconds since 1970, and gives what goes back.
    pub(crate) fn receive(&mut self, input: &[u8], now: u64) -> Vec<u8> {
        let mut output = Vec::new();
        for byte in input {
            let Some(command) = self.host.push(*byte) else {
                continue;
            };
            if let Some(answer) = self.run(&command, now) {
                answer.pieces().for_each(|piece| self.host.frame(&piece, &mut output));
            }
            if self.while_busy == WhileBusy::Drop {
                break;
            }
        }
        output
    }

    fn run(&mut self, command: &[u8], now: u64) -> Option<Answer> {
        let answer = match self.faults.before(command) {
            Some(answer) => answer,
            None => self.device.execute(command, now),
        };
        self.faults.after(command, answer)
    }
}
