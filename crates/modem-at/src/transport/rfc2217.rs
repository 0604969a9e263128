//! A serial port behind a network, with its speed and its lines: RFC 2217.

use std::time::{Duration, Instant};

use zeroize::Zeroizing;

use super::tcp::TcpTransport;
use super::telnet::{self, Decoder, Message};
use super::{FlowControl, Transport, TransportError};

/// Commands of a client (RFC 2217, section 3); a server answers with 100 more.
const SET_BAUDRATE: u8 = 1;
const SET_DATASIZE: u8 = 2;
const SET_PARITY: u8 = 3;
const SET_STOPSIZE: u8 = 4;
const SET_CONTROL: u8 = 5;
const NOTIFY_MODEMSTATE: u8 = 7;
const FLOWCONTROL_SUSPEND: u8 = 8;
const FLOWCONTROL_RESUME: u8 = 9;
const PURGE_DATA: u8 = 12;
const ANSWER: u8 = 100;

/// Values of `SET_CONTROL`.
const NO_FLOW_CONTROL: u8 = 1;
const XON_XOFF: u8 = 2;
const HARDWARE_FLOW_CONTROL: u8 = 3;
const DTR_ON: u8 = 8;
const RTS_ON: u8 = 11;

/// A bit of `NOTIFY_MODEMSTATE`.
const CLEAR_TO_SEND: u8 = 0x10;

/// A server that tells the state of the lines does so with its first answers.
const STATE_TIME: Duration = Duration::from_millis(200);

/// How much is sent before it is looked whether the server asks to wait.
const WRITE_PIECE: usize = 256;

/// A serial port of a server that speaks RFC 2217, such as `ser2net`: 8 data bits, no parity, 1 stop bit, DTR asserted. Nothing is
/// sent while the server asks to wait (`FLOWCONTROL-SUSPEND`).
///
/// It has no secrecy: whoever is on the way reads and writes the same bytes.
#[derive(Debug)]
pub struct Rfc2217Transport {
    tcp: TcpTransport,
    decoder: Decoder,
    unread: Zeroizing<Vec<u8>>,
    flow_control: FlowControl,
    /// Whether the server takes the port's settings, once it has said so.
    agreed: Option<bool>,
    /// The last answers of the server to `SET_BAUDRATE` and `SET_CONTROL`.
    baud: Option<u32>,
    controls: Vec<u8>,
    /// The lines of the port, once the server has told of them.
    modem_state: Option<u8>,
    /// The server asks to send nothing.
    suspended: bool,
}

impl Rfc2217Transport {
    /// Connects to `host:port` and sets up the serial port there. `timeout` is for both.
    ///
    /// # Errors
    /// [`TransportError::Connect`] if nobody answers, [`TransportError::NoComPort`] if the server does not speak RFC 2217,
    /// [`TransportError::Baud`] if it chose another speed.
    pub fn connect(
        address: &str,
        baud: u32,
        flow_control: FlowControl,
        timeout: Duration,
    ) -> Result<Self, TransportError> {
        let name = format!("rfc2217://{address}");
        let mut transport = Self {
            tcp: TcpTransport::connect_as(name, address, timeout)?,
            decoder: Decoder::default(),
            unread: Zeroizing::default(),
            flow_control: FlowControl::None,
            agreed: None,
            baud: None,
            controls: Vec::new(),
            modem_state: None,
            suspended: false,
        };
        transport.set_up(baud, flow_control, Instant::now() + timeout)?;
        Ok(transport)
    }

    /// The flow control that is in use, which is none where the server refused what was asked for, or did not say that CTS is asserted.
    #[must_use]
    pub const fn flow_control(&self) -> FlowControl {
        self.flow_control
    }

    fn set_up(
        &mut self,
        baud: u32,
        flow_control: FlowControl,
        deadline: Instant,
    ) -> Result<(), TransportError> {
        let offer = [
            telnet::will(telnet::COM_PORT),
            telnet::will(telnet::BINARY),
            telnet::please(telnet::BINARY),
            telnet::will(telnet::SUPPRESS_GO_AHEAD),
            telnet::please(telnet::SUPPRESS_GO_AHEAD),
        ];
        self.tcp.write_all(&offer.concat(), deadline)?;
        self.wait(deadline, |port| port.agreed.is_some())?;
        let port = || self.tcp.name().to_string();
        if self.agreed != Some(true) {
            return Err(TransportError::NoComPort { port: port() });
        }
        let settings = [
            telnet::com_port(SET_BAUDRATE, &baud.to_be_bytes()),
            telnet::com_port(SET_DATASIZE, &[8]),
            telnet::com_port(SET_PARITY, &[1]),
            telnet::com_port(SET_STOPSIZE, &[1]),
            telnet::com_port(SET_CONTROL, &[NO_FLOW_CONTROL]),
            telnet::com_port(SET_CONTROL, &[DTR_ON]),
            telnet::com_port(SET_CONTROL, &[RTS_ON]),
        ];
        self.tcp.write_all(&settings.concat(), deadline)?;
        self.wait(deadline, |port| port.baud.is_some() && port.controls.contains(&RTS_ON))?;
        match self.baud {
            Some(found) if found == baud => {}
            Some(_) => return Err(TransportError::Baud { port: self.tcp.name().to_string(), baud }),
            None => return Err(TransportError::NoComPort { port: self.tcp.name().to_string() }),
        }
        match flow_control {
            FlowControl::None => Ok(()),
            FlowControl::RtsCts => self.try_rts_cts(deadline),
            FlowControl::XonXoff => self.control_flow(FlowControl::XonXoff, XON_XOFF, deadline),
        }
    }

    /// Turns RTS/CTS on if CTS is asserted: where it is dead, the server would hold every byte back.
    fn try_rts_cts(&mut self, deadline: Instant) -> Result<(), TransportError> {
        self.wait(deadline.min(Instant::now() + STATE_TIME), |port| port.modem_state.is_some())?;
        if self.modem_state.is_some_and(|state| state & CLEAR_TO_SEND != 0) {
            self.control_flow(FlowControl::RtsCts, HARDWARE_FLOW_CONTROL, deadline)?;
        }
        Ok(())
    }

    /// Asks for a flow control, which is in use once the server says so.
    fn control_flow(
        &mut self,
        wanted: FlowControl,
        code: u8,
        deadline: Instant,
    ) -> Result<(), TransportError> {
        self.tcp.write_all(&telnet::com_port(SET_CONTROL, &[code]), deadline)?;
        let told = self.controls.len();
        self.wait(deadline.min(Instant::now() + STATE_TIME), |port| port.controls.len() > told)?;
        if self.controls.last() == Some(&code) {
            self.flow_control = wanted;
        }
        Ok(())
    }

    /// Waits as long as the server wants nothing.
    fn await_resume(&mut self, deadline: Instant) -> Result<(), TransportError> {
        // What it has said by now, as far as it ever ends.
        for _ in 0..64 {
            if self.fill(Instant::now())? == 0 {
                break;
            }
        }
        while self.suspended {
            if self.fill(deadline)? == 0 && Instant::now() >= deadline {
                return Err(TransportError::WriteTimeout { port: self.tcp.name().to_string() });
            }
        }
        Ok(())
    }

    fn wait(&mut self, deadline: Instant, done: impl Fn(&Self) -> bool) -> Result<(), TransportError> {
        while !done(self) && Instant::now() < deadline {
            self.fill(deadline)?;
        }
        Ok(())
    }

    /// Reads once from the server, answers its options, and keeps the data.
    fn fill(&mut self, deadline: Instant) -> Result<usize, TransportError> {
        let mut buffer = Zeroizing::new([0; 1024]);
        let count = self.tcp.read(&mut buffer[..], deadline)?;
        let known = |option| matches!(option, telnet::BINARY | telnet::SUPPRESS_GO_AHEAD | telnet::COM_PORT);
        for message in self.decoder.decode(&buffer[..count], &mut self.unread) {
            let refusal = match message {
                Message::Do(telnet::COM_PORT) => {
                    self.agreed = Some(true);
                    continue;
                }
                Message::Dont(telnet::COM_PORT) => {
                    self.agreed = Some(false);
                    continue;
                }
                Message::ComPort(command, value) => {
                    self.note(command, &value);
                    continue;
                }
                Message::Do(option) if !known(option) => telnet::wont(option),
                Message::Will(option) if !known(option) => telnet::dont(option),
                _ => continue,
            };
            self.tcp.write_all(&refusal, Instant::now() + Duration::from_secs(1))?;
        }
        Ok(count)
    }

    fn note(&mut self, command: u8, value: &[u8]) {
        match (command.checked_sub(ANSWER), value) {
            (Some(SET_BAUDRATE), &[a, b, c, d]) => self.baud = Some(u32::from_be_bytes([a, b, c, d])),
            (Some(SET_CONTROL), &[control]) => self.controls.push(control),
            (Some(NOTIFY_MODEMSTATE), &[state]) => self.modem_state = Some(state),
            (Some(FLOWCONTROL_SUSPEND), _) => self.suspended = true,
            (Some(FLOWCONTROL_RESUME), _) => self.suspended = false,
            _ => {}
        }
        // A server that keeps telling must not fill the memory.
        self.controls.truncate(16);
    }
}

impl Transport for Rfc2217Transport {
    fn read(&mut self, buffer: &mut [u8], deadline: Instant) -> Result<usize, TransportError> {
        // A read may have brought nothing but options.
        while self.unread.is_empty() {
            if self.fill(deadline)? == 0 {
                return Ok(0);
            }
        }
        let count = buffer.len().min(self.unread.len());
        buffer[..count].copy_from_slice(&self.unread[..count]);
        self.unread.drain(..count);
        Ok(count)
    }

    fn write_all(&mut self, bytes: &[u8], deadline: Instant) -> Result<(), TransportError> {
        for piece in bytes.chunks(WRITE_PIECE) {
            self.await_resume(deadline)?;
            self.tcp.write_all(&Zeroizing::new(telnet::data(piece)), deadline)?;
        }
        Ok(())
    }

    fn drop_input(&mut self) -> Result<(), TransportError> {
        // What the server holds, and what is on its way.
        self.tcp.write_all(&telnet::com_port(PURGE_DATA, &[1]), Instant::now() + Duration::from_secs(1))?;
        for _ in 0..64 {
            if self.fill(Instant::now())? == 0 {
                break;
            }
        }
        self.unread.clear();
        Ok(())
    }

    fn name(&self) -> &str {
        self.tcp.name()
    }
}
