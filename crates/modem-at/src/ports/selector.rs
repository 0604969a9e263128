//! Which port is meant.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use super::{Board, PortLister, PortsError, boards};
use crate::options::Options;
use crate::transport::rfc2217::Rfc2217Transport;
use crate::transport::serial::SerialTransport;
use crate::transport::tcp::TcpTransport;
use crate::transport::{Transport, TransportError};

/// A server on the same network answers in milliseconds, one far away within a second.
const CONNECT_TIME: Duration = Duration::from_secs(5);

/// Which port is meant, as a user says it: a path, the serial number of a kit, `VID:PID`, an address, or `auto`.
///
/// ```
/// use modem_at::ports::PortSelector;
///
/// assert_eq!("auto".parse(), Ok(PortSelector::Auto));
/// assert_eq!("/dev/ttyACM0".parse(), Ok(PortSelector::Path("/dev/ttyACM0".into())));
/// assert_eq!("1051202135".parse(), Ok(PortSelector::SerialNumber("1051202135".into())));
/// assert_eq!("1366:1059".parse(), Ok(PortSelector::Usb { vid: 0x1366, pid: 0x1059 }));
/// assert_eq!("tcp://bench-3:4000".parse(), Ok(PortSelector::Tcp("bench-3:4000".into())));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum PortSelector {
    /// `auto`: the one kit that is plugged in.
    Auto,
    /// A path or the name of a port: `/dev/ttyACM0`, `COM5`.
    Path(String),
    /// The serial number of a USB device; leading zeros do not count.
    SerialNumber(String),
    /// The vendor and the product of a USB device.
    Usb {
        /// Vendor.
        vid: u16,
        /// Product.
        pid: u16,
    },
    /// `tcp://host:port`: a plain stream.
    Tcp(String),
    /// `rfc2217://host:port`: a serial port of a server.
    Rfc2217(String),
}

impl PortSelector {
    /// The port that is meant, among those of the host.
    ///
    /// # Errors
    /// [`SelectError`] if it is not exactly one.
    pub fn resolve(&self, lister: &impl PortLister) -> Result<Target, SelectError> {
        let chosen: Vec<Board> = match self {
            Self::Path(path) => return Ok(Target::Serial(path.clone())),
            Self::Tcp(address) => return Ok(Target::Tcp(address.clone())),
            Self::Rfc2217(address) => return Ok(Target::Rfc2217(address.clone())),
            Self::Auto | Self::SerialNumber(_) | Self::Usb { .. } => {
                boards(lister)?.into_iter().filter(|board| self.means(board)).collect()
            }
        };
        let name = |board: &Board| {
            let port = board.command_port().or(board.ports.first());
            let path = port.map_or("", |port| port.path.as_str());
            match (board.kit, &board.serial_number) {
                (Some(kit), Some(serial)) => format!("{path} ({kit} {serial})"),
                (Some(kit), None) => format!("{path} ({kit})"),
                (None, _) => path.to_string(),
            }
        };
        match &chosen[..] {
            [] => Err(SelectError::NoBoard { selector: self.clone() }),
            [board] => match (board.command_port(), &board.ports[..]) {
                (Some(port), _) => Ok(Target::Serial(port.path.clone())),
                // A device that is no kit we know, but there is no choice.
                (None, [port]) if board.kit.is_none() => Ok(Target::Serial(port.path.clone())),
                _ => Err(SelectError::NoCommandPort { board: name(board) }),
            },
            several => Err(SelectError::Several {
                selector: self.clone(),
                boards: several.iter().map(name).collect(),
            }),
        }
    }

    fn means(&self, board: &Board) -> bool {
        match self {
            Self::SerialNumber(serial) => board.serial_number.as_deref().is_some_and(|found| {
                let bare = |text: &str| text.trim_start_matches('0').to_ascii_uppercase();
                bare(found) == bare(serial)
            }),
            Self::Usb { vid, pid } => {
                let usb = board.ports.first().and_then(|port| port.usb.as_ref());
                usb.is_some_and(|usb| (usb.vid, usb.pid) == (*vid, *pid))
            }
            _ => board.command_port().is_some(),
        }
    }
}

impl FromStr for PortSelector {
    type Err = PortSelectorError;

    fn from_str(text: &str) -> Result<Self, PortSelectorError> {
        let error = |rule| PortSelectorError { value: text.chars().take(100).collect(), rule };
        if text.is_empty() || text.contains(char::is_control) {
            return Err(error("it is empty or holds a control character"));
        }
        if text == "auto" {
            return Ok(Self::Auto);
        }
        for (scheme, make) in [("tcp://", Self::Tcp as fn(String) -> Self), ("rfc2217://", Self::Rfc2217)] {
            if let Some(address) = text.strip_prefix(scheme) {
                let (host, port) = address.rsplit_once(':').unwrap_or_default();
                let is_address = !host.is_empty() && port.parse::<u16>().is_ok_and(|port| port > 0);
                let is_plain = !address.contains(['/', ' ', '@']);
                return match is_address && is_plain {
                    true => Ok(make(address.to_string())),
                    false => Err(error("an address is HOST:PORT with a port from 1 to 65535")),
                };
            }
        }
        if text.contains("://") {
            return Err(error("an address begins with tcp:// or rfc2217://"));
        }
        let is_windows_name = text.get(..3).is_some_and(|start| start.eq_ignore_ascii_case("COM"))
            && text[3..].bytes().all(|byte| byte.is_ascii_digit());
        if text.contains(['/', '\\', '.']) || is_windows_name {
            return Ok(Self::Path(text.to_string()));
        }
        if let Some((vid, pid)) = text.split_once(':') {
            let is_hex = |text: &str| text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
            let hex = |text: &str| is_hex(text).then(|| u16::from_str_radix(text, 16).ok()).flatten();
            return match (hex(vid), hex(pid)) {
                (Some(vid), Some(pid)) => Ok(Self::Usb { vid, pid }),
                _ => Err(error("VID:PID are four hexadecimal digits each")),
            };
        }
        Ok(Self::SerialNumber(text.to_string()))
    }
}

impl fmt::Display for PortSelector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::Path(text) | Self::SerialNumber(text) => f.write_str(text),
            Self::Usb { vid, pid } => write!(f, "{vid:04x}:{pid:04x}"),
            Self::Tcp(address) => write!(f, "tcp://{address}"),
            Self::Rfc2217(address) => write!(f, "rfc2217://{address}"),
        }
    }
}

/// A text that selects no port.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{value}` is no port: {rule}")]
pub struct PortSelectorError {
    value: String,
    rule: &'static str,
}

/// Where a port is.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Target {
    /// A serial port of this host.
    Serial(String),
    /// A plain TCP stream, `host:port`.
    Tcp(String),
    /// A serial port of a server, `host:port`.
    Rfc2217(String),
}

impl Target {
    /// Opens the port.
    ///
    /// # Errors
    /// [`TransportError`] that says which of the usual reasons it was.
    pub fn open(&self, options: &Options) -> Result<Box<dyn Transport + Send>, TransportError> {
        Ok(match self {
            Self::Serial(path) => Box::new(SerialTransport::open(path, options.baud, options.flow_control)?),
            Self::Tcp(address) => Box::new(TcpTransport::connect(address, CONNECT_TIME)?),
            Self::Rfc2217(address) => {
                let (baud, flow_control) = (options.baud, options.flow_control);
                Box::new(Rfc2217Transport::connect(address, baud, flow_control, CONNECT_TIME)?)
            }
        })
    }
}

impl fmt::Display for Target {
    /// As a [`PortSelector`] reads it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Serial(path) => f.write_str(path),
            Self::Tcp(address) => write!(f, "tcp://{address}"),
            Self::Rfc2217(address) => write!(f, "rfc2217://{address}"),
        }
    }
}

/// Why there is not exactly one such port.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SelectError {
    /// Nothing like it is plugged in.
    #[error("{}", match selector {
        PortSelector::Auto => "no kit is plugged in".to_string(),
        selector => format!("no port of this host is `{selector}`"),
    })]
    NoBoard {
        /// What was asked for.
        selector: PortSelector,
    },
    /// More than one.
    #[error("`{selector}` may be any of {}", boards.join(", "))]
    Several {
        /// What was asked for.
        selector: PortSelector,
        /// Port, kit and serial number of each.
        boards: Vec<String>,
    },
    /// The board is there, and which of its ports takes commands is not known.
    #[error("which port of {board} takes commands is not known")]
    NoCommandPort {
        /// Port, kit and serial number.
        board: String,
    },
    /// The system does not tell.
    #[error(transparent)]
    Ports(#[from] PortsError),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::tests::{Fixed, bare, usb};

    fn bench() -> Fixed {
        Fixed(vec![
            usb("/dev/ttyACM1", 0x1366, 0x1059, "001051202135", 2),
            usb("/dev/ttyACM0", 0x1366, 0x1059, "001051202135", 0),
            usb("/dev/ttyUSB0", 0x0403, 0x6001, "A10KZ", 0),
            bare("/dev/ttyS0"),
        ])
    }

    fn resolve(text: &str, lister: &Fixed) -> Result<String, String> {
        let selector: PortSelector = text.parse().unwrap();
        assert_eq!(selector.to_string(), text);
        match selector.resolve(lister) {
            Ok(target) => Ok(target.to_string()),
            Err(error) => Err(error.to_string()),
        }
    }

    #[test]
    fn one_port_is_meant() {
        for (text, found) in [
            ("auto", "/dev/ttyACM0"),
            ("1051202135", "/dev/ttyACM0"),
            ("001051202135", "/dev/ttyACM0"),
            ("1366:1059", "/dev/ttyACM0"),
            ("0403:6001", "/dev/ttyUSB0"),
            ("A10KZ", "/dev/ttyUSB0"),
            ("/dev/ttyS0", "/dev/ttyS0"),
            ("COM12", "COM12"),
            ("tcp://[::1]:4000", "tcp://[::1]:4000"),
            ("rfc2217://bench:2217", "rfc2217://bench:2217"),
        ] {
            assert_eq!(resolve(text, &bench()), Ok(found.to_string()));
        }
    }

    #[test]
    fn none_or_several_are_named() {
        assert_eq!(resolve("auto", &Fixed(Vec::new())), Err("no kit is plugged in".into()));
        assert_eq!(resolve("42", &bench()), Err("no port of this host is `42`".into()));
        let mut two = bench();
        two.0.push(usb("/dev/ttyACM2", 0x1366, 0x1059, "000960012345", 0));
        let both = "/dev/ttyACM0 (nRF9151 DK 001051202135), /dev/ttyACM2 (nRF9160 DK 000960012345)";
        assert_eq!(resolve("auto", &two), Err(format!("`auto` may be any of {both}")));
        assert_eq!(resolve("1366:1059", &two), Err(format!("`1366:1059` may be any of {both}")));
        let boot = Fixed(vec![usb("/dev/ttyACM5", 0x1915, 0x520f, "THINGY91_1", 0)]);
        assert_eq!(
            resolve("THINGY91_1", &boot),
            Err("which port of /dev/ttyACM5 (Thingy:91 (bootloader) THINGY91_1) takes commands is not known"
                .into())
        );
    }

    #[test]
    fn what_selects_nothing_is_refused() {
        for (text, rule) in [
            ("", "it is empty or holds a control character"),
            ("a\nb", "it is empty or holds a control character"),
            ("tcp://bench", "an address is HOST:PORT with a port from 1 to 65535"),
            ("tcp://bench:0", "an address is HOST:PORT with a port from 1 to 65535"),
            ("rfc2217://:2217", "an address is HOST:PORT with a port from 1 to 65535"),
            ("http://bench:80", "an address begins with tcp:// or rfc2217://"),
            ("1366:10591", "VID:PID are four hexadecimal digits each"),
            ("+366:1059", "VID:PID are four hexadecimal digits each"),
        ] {
            let error = text.parse::<PortSelector>().unwrap_err();
            assert_eq!(error.to_string(), format!("`{text}` is no port: {rule}"));
        }
    }
}
