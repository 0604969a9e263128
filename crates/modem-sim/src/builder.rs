//! How a kit is put together.

use core::fmt;
use std::io;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::at_host::{AtHost, Terminator, WhileBusy};
use crate::board::Board;
use crate::cell::Cell;
use crate::device::{Device, Kit, Radio};
use crate::fault::{Fault, Faults};
use crate::keys::Entropy;
use crate::kit::{Firmware, Imei, Model, Uuid};

/// A kit to be.
///
/// The default is an nRF9151-LACA with mfw_nrf91x1_2.0.2 and an AT host in CR mode. It boots offline (`CFUN=0`), knows
/// the time, and finds [`Cell::default`] as soon as it is told `CFUN=1`. IMEI, UUID and every key follow from the seed.
pub struct Builder {
    seed: u64,
    model: Model,
    firmware: Option<Firmware>,
    imei: Option<Imei>,
    uuid: Option<Uuid>,
    cell: Option<Cell>,
    time_valid: bool,
    clock: Clock,
    capacity: usize,
    terminator: Terminator,
    prefix: bool,
    while_busy: WhileBusy,
    faults: Vec<Fault>,
}

/// Seconds since 1970.
pub(crate) type Clock = Box<dyn Fn() -> u64 + Send>;

impl Builder {
    pub(crate) fn new() -> Self {
        Self {
            seed: 0,
            model: Model::default(),
            firmware: None,
            imei: None,
            uuid: None,
            cell: Some(Cell::default()),
            time_valid: true,
            clock: Box::new(system_seconds),
            capacity: 64,
            terminator: Terminator::default(),
            prefix: true,
            while_busy: WhileBusy::default(),
            faults: Vec::new(),
        }
    }

    /// Another seed is another kit: other identity, other keys. **Test only**: who knows the seed knows the keys.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// The model that `AT+CGMM` names.
    #[must_use]
    pub fn model(mut self, model: Model) -> Self {
        self.model = model;
        self
    }

    /// The modem firmware that `AT+CGMR` names. Without this, mfw_nrf9160_1.3.7 or mfw_nrf91x1_2.0.2 after the model.
    #[must_use]
    pub fn firmware(mut self, firmware: Firmware) -> Self {
        self.firmware = Some(firmware);
        self
    }

    /// The IMEI, in place of the one that follows from the seed.
    #[must_use]
    pub fn imei(mut self, imei: Imei) -> Self {
        self.imei = Some(imei);
        self
    }

    /// The device UUID, in place of the one that follows from the seed.
    #[must_use]
    pub fn device_uuid(mut self, uuid: Uuid) -> Self {
        self.uuid = Some(uuid);
        self
    }

    /// The cell that the modem registers with in `CFUN=1`, or none: then it searches for ever.
    #[must_use]
    pub fn network(mut self, cell: Option<Cell>) -> Self {
        self.cell = cell;
        self
    }

    /// Whether the modem knows date and time before `AT+CCLK` tells it. Without, tokens carry no `iat` and `exp`.
    #[must_use]
    pub fn time_valid(mut self, valid: bool) -> Self {
        self.time_valid = valid;
        self
    }

    /// Where the running kit takes the time from, in seconds since 1970. Without this, the system clock.
    #[must_use]
    pub fn clock(mut self, clock: impl Fn() -> u64 + Send + 'static) -> Self {
        self.clock = Box::new(clock);
        self
    }

    /// How many credentials fit before `+CME ERROR: 515`. Without this, 64.
    #[must_use]
    pub fn credential_capacity(mut self, items: usize) -> Self {
        self.capacity = items;
        self
    }

    /// What ends a command.
    #[must_use]
    pub fn terminator(mut self, terminator: Terminator) -> Self {
        self.terminator = terminator;
        self
    }

    /// Whether answers and notifications begin with `\n` (in CR mode) or `\r` (in LF mode), as AT hosts of today do and
    /// older ones did not.
    #[must_use]
    pub fn response_prefix(mut self, prefix: bool) -> Self {
        self.prefix = prefix;
        self
    }

    /// What becomes of bytes that come before the answer is out.
    #[must_use]
    pub fn while_busy(mut self, rule: WhileBusy) -> Self {
        self.while_busy = rule;
        self
    }

    /// Adds a fault.
    #[must_use]
    pub fn fault(mut self, fault: Fault) -> Self {
        self.faults.push(fault);
        self
    }

    /// A port that never answers: [`Fault::Mute`], or not.
    #[must_use]
    pub fn mute(mut self, mute: bool) -> Self {
        self.faults.retain(|fault| *fault != Fault::Mute);
        if mute {
            self.faults.push(Fault::Mute);
        }
        self
    }

    /// The modem alone, without an AT host, a wire, a clock or faults.
    ///
    /// # Errors
    /// [`StartError::Firmware`] when the firmware does not run on the model.
    pub fn build_device(self) -> Result<Device, StartError> {
        self.assemble().map(|(board, _)| board.device)
    }

    pub(crate) fn assemble(self) -> Result<(Board, Clock), StartError> {
        let firmware = match self.firmware {
            Some(firmware) => firmware,
            None => self.model.default_firmware(),
        };
        if !firmware.runs_on(self.model) {
            return Err(StartError::Firmware { firmware, model: self.model });
        }
        let entropy = Entropy::new(self.seed);
        let [a, b, c, d, ..] = entropy.fixed("imei");
        let mut uuid = [0; 16];
        uuid.copy_from_slice(&entropy.fixed("uuid")[..16]);
        let kit = Kit {
            model: self.model,
            firmware,
            imei: self.imei.unwrap_or_else(|| Imei::with_serial(u32::from_be_bytes([a, b, c, d]))),
            uuid: self.uuid.unwrap_or_else(|| Uuid::of_device(uuid)),
        };
        let device = Device::new(kit, entropy, Radio::new(self.cell), self.time_valid, self.capacity);
        let board = Board {
            host: AtHost::new(self.terminator, self.prefix),
            device,
            faults: Faults::new(self.faults),
            while_busy: self.while_busy,
        };
        Ok((board, self.clock))
    }
}

impl Default for Builder {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("model", &self.model)
            .field("firmware", &self.firmware)
            .field("imei", &self.imei)
            .field("uuid", &self.uuid)
            .field("faults", &self.faults)
            .finish_non_exhaustive()
    }
}

/// Why a kit could not be started.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// A firmware of the other generation.
    #[error("firmware {firmware} does not run on {model}")]
    Firmware {
        /// The firmware asked for.
        firmware: Firmware,
        /// The model asked for.
        model: Model,
    },
    /// The system gave no pseudo-terminal.
    #[error("no pseudo-terminal: {step} failed: {source}")]
    Pty {
        /// The call that failed.
        step: &'static str,
        /// What the system said.
        source: io::Error,
    },
    /// The system gave no thread.
    #[error("no thread for the simulated kit: {source}")]
    Thread {
        /// What the system said.
        source: io::Error,
    },
}

/// The running kit stands in the place of hardware, so it may read the system clock where a library may not.
fn system_seconds() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |elapsed| elapsed.as_secs())
}
