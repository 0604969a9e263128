//! How a kit is put together.

use core::fmt;
use std::io;
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use pki::key::PublicKey;

use crate::board::{Board, Latencies, Machine};
use crate::cell::Cell;
use crate::credential_shell::CredentialShell;
use crate::device::{Device, Kit, Radio};
use crate::fault::{Fault, Faults};
use crate::front::{AtHost, Front, Shell, ShellKind, Terminator, V250, WhileBusy};
use crate::keys::Entropy;
use crate::kit::{Firmware, Imei, Model, Uuid};
use crate::mode::Mode;
use crate::nrf93::Nrf93;
use crate::state::StateFile;
use crate::wire::Wire;

/// A kit to be.
///
/// The default is an nRF9151-LACA with mfw_nrf91x1_2.0.2 and an AT host in CR mode. It boots offline (`CFUN=0`), knows
/// the time, and finds [`Cell::default`] as soon as it is told `CFUN=1`. IMEI, UUID and every key follow from the seed. It
/// answers as fast as it can.
pub struct Builder {
    seed: u64,
    mode: Mode,
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
    echo: Option<bool>,
    colours: bool,
    shell_buffer: usize,
    rx_ring: Option<usize>,
    while_busy: WhileBusy,
    baud: Option<NonZeroU32>,
    latencies: Latencies,
    boot_banner: bool,
    boot_time: Duration,
    state: Option<PathBuf>,
    faults: Vec<Fault>,
    pub(crate) listening: Listening,
}

/// Seconds since 1970.
pub(crate) type Clock = Box<dyn Fn() -> u64 + Send>;

/// Where a kit listens.
#[derive(Clone, Debug, Default)]
pub(crate) struct Listening {
    pub(crate) tcp: Option<SocketAddr>,
    pub(crate) rfc2217: Option<SocketAddr>,
    pub(crate) link: Option<PathBuf>,
}

/// What a builder makes: a line with a kit at its end, and who the kit is.
pub(crate) struct Assembled {
    pub(crate) wire: Wire,
    pub(crate) imei: Imei,
    pub(crate) uuid: Uuid,
    pub(crate) identity: PublicKey,
    pub(crate) boot_banner: bool,
}

impl Builder {
    pub(crate) fn new() -> Self {
        Self {
            seed: 0,
            mode: Mode::default(),
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
            echo: None,
            colours: true,
            shell_buffer: 4096,
            rx_ring: None,
            while_busy: WhileBusy::default(),
            baud: None,
            latencies: Latencies::default(),
            boot_banner: false,
            boot_time: Duration::from_millis(200),
            state: None,
            faults: Vec::new(),
            listening: Listening::default(),
        }
    }

    /// What stands between the port and the modem.
    #[must_use]
    pub fn mode(mut self, mode: Mode) -> Self {
        self.mode = mode;
        self
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

    /// Whether every byte comes back. Without this, shells, the AT command mode and the nRF93M1 do so, and the others do not.
    #[must_use]
    pub fn echo(mut self, echo: bool) -> Self {
        self.echo = Some(echo);
        self
    }

    /// Whether a shell colours its prompt and its errors.
    #[must_use]
    pub fn colours(mut self, colours: bool) -> Self {
        self.colours = colours;
        self
    }

    /// The size of a shell's line buffer in bytes, the final NUL included (`CONFIG_SHELL_CMD_BUFF_SIZE`): what does not fit is
    /// lost without a word. Without this, 4096; Zephyr's own default is 256.
    #[must_use]
    pub fn shell_buffer(mut self, bytes: usize) -> Self {
        self.shell_buffer = bytes;
        self
    }

    /// How many bytes wait while a shell works, before the next are lost
    /// (`CONFIG_SHELL_BACKEND_SERIAL_RX_RING_BUFFER_SIZE`). Without this all do, as with RTS/CTS; Zephyr's own default is 64.
    #[must_use]
    pub fn rx_ring(mut self, bytes: Option<usize>) -> Self {
        self.rx_ring = bytes;
        self
    }

    /// What becomes of bytes that come before the answer is out, where no shell is.
    #[must_use]
    pub fn while_busy(mut self, rule: WhileBusy) -> Self {
        self.while_busy = rule;
        self
    }

    /// The speed of the line in bits a second, of which a byte takes ten, in both directions at once. Without this, and with 0,
    /// bytes take no time.
    #[must_use]
    pub fn baud(mut self, baud: Option<u32>) -> Self {
        self.baud = baud.and_then(NonZeroU32::new);
        self
    }

    /// How long the modem works on each command before it answers.
    #[must_use]
    pub fn latency(mut self, latency: Duration) -> Self {
        self.latencies.all = latency;
        self
    }

    /// How long it works on commands that begin so, capitals aside. Of several, the longest beginning counts.
    #[must_use]
    pub fn latency_of(mut self, command: &str, latency: Duration) -> Self {
        self.latencies.of.push((command.to_owned(), latency));
        self
    }

    /// Whether the kit says its boot messages at the start, and hears nothing before it is ready. It always does so when a fault
    /// makes it start again.
    #[must_use]
    pub fn boot_banner(mut self, banner: bool) -> Self {
        self.boot_banner = banner;
        self
    }

    /// How long a start takes. Without this, 200 ms.
    #[must_use]
    pub fn boot_time(mut self, time: Duration) -> Self {
        self.boot_time = time;
        self
    }

    /// Adds a fault.
    #[must_use]
    pub fn fault(mut self, fault: Fault) -> Self {
        self.faults.push(fault);
        self
    }

    /// A port that never answers, or not: the fault `silent`.
    #[must_use]
    pub fn mute(mut self, mute: bool) -> Self {
        self.faults.retain(|fault| *fault != Fault::mute());
        if mute {
            self.faults.push(Fault::mute());
        }
        self
    }

    /// A file in which a running kit keeps what a real one keeps without power: credentials, keys, and how many keys it has
    /// made. It is read at the start where it is there, and replaced as a whole after each change, before the answer; where that
    /// fails, the command is refused. **It holds private keys**, those of the kit and those that a host has written, and is for
    /// its owner only (mode 0600).
    #[must_use]
    pub fn state(mut self, path: impl Into<PathBuf>) -> Self {
        self.state = Some(path.into());
        self
    }

    /// A symbolic link that leads to the port as long as the kit runs. It is there again with a port that was gone, which has
    /// another path then.
    #[must_use]
    pub fn link(mut self, path: impl Into<PathBuf>) -> Self {
        self.listening.link = Some(path.into());
        self
    }

    /// Listens there too, for one host at a time that sends and gets the bytes of the port as they are. Port 0 takes any.
    #[must_use]
    pub fn tcp(mut self, address: SocketAddr) -> Self {
        self.listening.tcp = Some(address);
        self
    }

    /// Listens there too, for one host at a time that speaks RFC 2217. Port 0 takes any.
    #[must_use]
    pub fn rfc2217(mut self, address: SocketAddr) -> Self {
        self.listening.rfc2217 = Some(address);
        self
    }

    /// The modem alone, without firmware before it, a wire, a clock or faults.
    ///
    /// # Errors
    /// [`StartError::Firmware`] when the firmware does not run on the model.
    pub fn build_device(self) -> Result<Device, StartError> {
        let kit = self.kit()?;
        Ok(self.device(kit))
    }

    pub(crate) fn assemble(self) -> Result<Assembled, StartError> {
        let kit = self.kit()?;
        let (imei, uuid) = (kit.imei, kit.uuid);
        let entropy = Entropy::new(self.seed);
        let identity = entropy.fixed_key("identity").public_key();
        let mut machine = match self.mode {
            Mode::TlsShell | Mode::CredShell => {
                Machine::Credentials(Box::new(CredentialShell::new(uuid, entropy, self.capacity)))
            }
            Mode::Nrf93 => Machine::Nrf93(Box::new(Nrf93::new(imei, uuid, &entropy))),
            mode => Machine::Modem { device: Box::new(self.device(kit)), mode },
        };
        let identity = match &machine {
            Machine::Nrf93(modem) => modem.access_key().public_key(),
            Machine::Modem { .. } | Machine::Credentials(_) => identity,
        };
        let front = self.front();
        let state = match self.state {
            Some(path) => Some(StateFile::open(path, self.seed, &mut machine)?),
            None => None,
        };
        let board = Board {
            front,
            machine,
            state,
            faults: Faults::new(self.faults),
            latencies: self.latencies,
            clock: self.clock,
            noise: Entropy::new(self.seed),
            typed: Vec::new(),
        };
        let capacity = match (&board.front, self.while_busy) {
            (Front::Shell(_), _) => self.rx_ring.unwrap_or(usize::MAX),
            (_, WhileBusy::Keep) => usize::MAX,
            (_, WhileBusy::Drop) => 0,
        };
        let wire = Wire::new(board, self.baud, capacity, self.boot_time);
        Ok(Assembled { wire, imei, uuid, identity, boot_banner: self.boot_banner })
    }

    fn kit(&self) -> Result<Kit, StartError> {
        let firmware = self.firmware.clone().unwrap_or_else(|| self.model.default_firmware());
        if !firmware.runs_on(self.model) {
            return Err(StartError::Firmware { firmware, model: self.model });
        }
        let entropy = Entropy::new(self.seed);
        let [a, b, c, d, ..] = entropy.fixed("imei");
        let mut uuid = [0; 16];
        uuid.copy_from_slice(&entropy.fixed("uuid")[..16]);
        Ok(Kit {
            model: self.model,
            firmware,
            imei: self.imei.unwrap_or_else(|| Imei::with_serial(u32::from_be_bytes([a, b, c, d]))),
            uuid: self.uuid.unwrap_or_else(|| Uuid::of_device(uuid)),
        })
    }

    fn device(&self, kit: Kit) -> Device {
        let radio = Radio::new(self.cell.clone());
        Device::new(kit, Entropy::new(self.seed), radio, self.time_valid, self.capacity)
    }

    fn front(&self) -> Front {
        let echo = |by_default| self.echo.unwrap_or(by_default);
        let shell = |kind, at_commands| {
            let (colours, buffer) = (self.colours, self.shell_buffer);
            Front::Shell(Box::new(Shell::new(kind, echo(true), colours, buffer, at_commands)))
        };
        match self.mode {
            Mode::AtHost => Front::AtHost(AtHost::new(self.terminator, self.prefix, echo(false))),
            Mode::AtShell => shell(ShellKind::At, false),
            Mode::ModemShell => shell(ShellKind::Modem, false),
            Mode::AtCommandMode => shell(ShellKind::At, true),
            Mode::SerialModem => Front::V250(V250::new(echo(false), "Ready\r\n")),
            Mode::TlsShell => shell(ShellKind::Credentials { psa: false }, false),
            Mode::CredShell => shell(ShellKind::Credentials { psa: true }, false),
            Mode::Nrf93 => Front::V250(V250::new(echo(true), "")),
        }
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
            .field("mode", &self.mode)
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
    /// A state file that cannot be read, or is of another kit.
    #[error("state file {}: {reason}", path.display())]
    State {
        /// The file.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
    /// An address that cannot be listened on.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// A link that cannot be made.
    #[error("cannot make the link {}: {source}", path.display())]
    Link {
        /// The link.
        path: PathBuf,
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
