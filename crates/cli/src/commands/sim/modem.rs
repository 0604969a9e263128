//! `nrfcloud sim modem`

use std::net::SocketAddr;
use std::num::{NonZeroU32, NonZeroUsize};
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use modem_sim::{Builder, Fault, Firmware, Imei, Mode, Model, ModemSim, Terminator, WhileBusy};
use serde::Serialize;

use crate::cloud;
use crate::context::Context;
use crate::diagnostic::{self, Diagnostic};
use crate::interrupt;

#[derive(Args, Debug)]
pub(crate) struct Modem {
    /// What answers on the port: at, at-shell, modem-shell, at-cmd-mode, serial-modem, tls-shell, cred-shell, nrf93
    ///
    /// `at` is the AT host of most kits. `tls-shell` is a kit without a modem that has the command `cred`; `cred-shell` has
    /// `nrf_cloud_cred` as well, whose keys stay inside.
    #[arg(long, default_value_t)]
    mode: Mode,
    /// Another seed is another kit; whoever knows the seed knows the keys
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Model, as nRF9151-LACA
    #[arg(long, default_value = "nRF9151-LACA")]
    model: Model,
    /// Modem firmware, as mfw_nrf91x1_2.0.2
    #[arg(long, value_name = "FIRMWARE")]
    mfw: Option<Firmware>,
    /// IMEI [default: one that follows from the seed]
    #[arg(long, conflicts_with = "boards")]
    imei: Option<Imei>,
    /// So many kits, each with a port of its own and the next seed. The second has .2 behind the paths given for the first, and
    /// the next port numbers
    #[arg(long, value_name = "N", default_value = "1")]
    boards: NonZeroUsize,
    /// Let bytes take their time, in bits a second [default: as fast as it goes]
    #[arg(long, value_name = "BAUD")]
    baud: Option<NonZeroU32>,
    /// Milliseconds that each command takes
    #[arg(long, value_name = "MS", default_value_t = 0)]
    latency: u64,
    /// What ends a command of an AT host: null, cr, lf or crlf
    #[arg(long, default_value_t)]
    terminator: Terminator,
    /// Answer without the line feed that an AT host of today puts first
    #[arg(long)]
    no_prefix: bool,
    /// Send back every byte, or not [default: as the mode has it]
    #[arg(long, value_name = "BOOL")]
    echo: Option<bool>,
    /// Lose what comes while the kit is busy, as without RTS/CTS; a shell keeps 64 bytes, or what --rx-ring says
    #[arg(long)]
    no_flow_control: bool,
    /// Size of a shell's line buffer in bytes; what is longer is lost
    #[arg(long, value_name = "BYTES", default_value_t = 4096)]
    shell_buffer: usize,
    /// Bytes that wait while a shell works; more are lost [default: all wait, as with RTS/CTS]
    #[arg(long, value_name = "BYTES")]
    rx_ring: Option<usize>,
    /// Say the boot messages at the start
    #[arg(long)]
    boot_banner: bool,
    /// Keep credentials and keys in this file, which is made where there is none, and go on from it the next time
    ///
    /// The file holds private keys.
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// A symbolic link that leads to the port, also after the fault `unplug`
    #[arg(long, value_name = "PATH")]
    link: Option<PathBuf>,
    /// Listen there too, for the bytes as they are; port 0 is any free one
    #[arg(long, value_name = "ADDRESS")]
    tcp: Option<SocketAddr>,
    /// Listen there too, for RFC 2217; port 0 is any free one
    #[arg(long, value_name = "ADDRESS")]
    rfc2217: Option<SocketAddr>,
    /// A fault on demand: EFFECT [on COMMAND] [skip N] [times N]
    ///
    /// May be given several times. Effects:
    ///   silent                                   done, and not answered
    ///   urc before | urc before TEXT             a notification; also between, inside or after the lines of the answer
    ///   log before | log before TEXT             a log line, likewise
    ///   garbage | garbage 100                    random bytes before the answer
    ///   drop | drop 5                            a byte of the answer is lost
    ///   double | double 5                        it comes twice
    ///   lose | lose 5                            on the way to the kit, the fifth byte behind COMMAND is lost
    ///   alter | alter 5                          it comes with its last bit changed
    ///   error | error 515                        not done, and ERROR or that +CME ERROR
    ///   wrong-sha                                a write stores something else
    ///   memory-full                              no empty slot can be filled
    ///   power-off-warning                        no slot can be changed (528)
    ///   reboot                                   the kit restarts in the place of the command
    ///   reboot inside                            done, and the kit restarts in the middle of the answer
    ///   unplug | unplug 10 | unplug 10 500ms     the port is gone behind that byte of the answer, for that time
    /// COMMAND may end with *. Example: --fault "error on AT%CMNG=0* skip 1 times 1" lets the second write fail.
    #[arg(long = "fault", value_name = "FAULT", verbatim_doc_comment)]
    faults: Vec<Fault>,
    /// Never answer
    #[arg(long)]
    mute: bool,
    /// Do not know the time until AT+CCLK tells it
    #[arg(long)]
    no_time: bool,
    /// Find no network
    #[arg(long)]
    no_network: bool,
}

#[derive(Serialize)]
struct Running {
    port: String,
    imei: String,
    device_uuid: String,
    identity_key_spki: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    tcp: Option<SocketAddr>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rfc2217: Option<SocketAddr>,
}

impl Modem {
    pub(crate) fn run(self, context: &Context) -> Result<(), Diagnostic> {
        let boards = (0..self.boards.get()).map(|index| self.board(index)).collect();
        cloud::block_on(serve(context, boards))?
    }

    /// The kit with that number, from 0.
    fn board(&self, index: usize) -> Builder {
        let mut builder = ModemSim::builder()
            .mode(self.mode)
            .seed(self.seed.wrapping_add(index as u64))
            .model(self.model)
            .baud(self.baud.map(NonZeroU32::get))
            .latency(Duration::from_millis(self.latency))
            .terminator(self.terminator)
            .shell_buffer(self.shell_buffer)
            .rx_ring(self.rx_ring.or(self.no_flow_control.then_some(64)))
            .while_busy(if self.no_flow_control { WhileBusy::Drop } else { WhileBusy::Keep })
            .response_prefix(!self.no_prefix)
            .boot_banner(self.boot_banner)
            .mute(self.mute)
            .time_valid(!self.no_time);
        builder = self.faults.iter().cloned().fold(builder, Builder::fault);
        if let Some(echo) = self.echo {
            builder = builder.echo(echo);
        }
        if let Some(firmware) = &self.mfw {
            builder = builder.firmware(firmware.clone());
        }
        if let Some(imei) = self.imei {
            builder = builder.imei(imei);
        }
        if let Some(path) = &self.state {
            builder = builder.state(numbered(path, index));
        }
        if let Some(path) = &self.link {
            builder = builder.link(numbered(path, index));
        }
        if let Some(address) = self.tcp {
            builder = builder.tcp(following(address, index));
        }
        if let Some(address) = self.rfc2217 {
            builder = builder.rfc2217(following(address, index));
        }
        if self.no_network {
            builder = builder.network(None);
        }
        builder
    }
}

async fn serve(context: &Context, boards: Vec<Builder>) -> Result<(), Diagnostic> {
    let stop = interrupt::Stop::register()?;
    let mut kits = Vec::with_capacity(boards.len());
    for builder in boards {
        let sim = builder.start().map_err(|error| diagnostic::sim_modem(&error))?;
        let running = Running {
            port: sim.path().display().to_string(),
            imei: sim.imei().to_string(),
            device_uuid: sim.device_uuid().to_string(),
            identity_key_spki: sim.identity_public_key().to_spki_pem(),
            tcp: sim.tcp_address(),
            rfc2217: sim.rfc2217_address(),
        };
        context.out.result("nrfcloud.sim.modem", &running, |running| {
            let also = [("tcp", running.tcp), ("rfc2217", running.rfc2217)];
            let also = also.iter().filter_map(|(name, address)| Some(format!("{name}: {}\n", (*address)?)));
            format!("{}\n{}", running.port, also.collect::<String>())
        });
        kits.push(sim);
    }
    stop.wait().await;
    for sim in kits {
        sim.stop().map_err(diagnostic::unexpected)?;
    }
    Ok(())
}

/// The path for the kit with that number, from 0.
fn numbered(path: &Path, index: usize) -> PathBuf {
    if index == 0 {
        return path.to_owned();
    }
    let mut path = path.as_os_str().to_owned();
    path.push(format!(".{}", index + 1));
    path.into()
}

/// The address for the kit with that number, from 0. Port 0 stays any.
fn following(mut address: SocketAddr, index: usize) -> SocketAddr {
    if let (1.., Ok(index)) = (address.port(), u16::try_from(index)) {
        address.set_port(address.port().saturating_add(index));
    }
    address
}
