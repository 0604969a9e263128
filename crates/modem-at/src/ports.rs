//! The serial ports of this host, grouped by kit.

use serialport::{SerialPortType, UsbPortInfo};

/// Where the list of ports comes from: the system, or a test.
pub trait PortLister {
    /// Every serial port that can be seen.
    ///
    /// # Errors
    /// [`PortsError`] if the system does not tell.
    fn list(&self) -> Result<Vec<Port>, PortsError>;
}

/// The ports of this host.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemPorts;

impl PortLister for SystemPorts {
    fn list(&self) -> Result<Vec<Port>, PortsError> {
        let ports =
            serialport::available_ports().map_err(|error| PortsError { reason: error.description })?;
        Ok(ports
            .into_iter()
            .map(|port| {
                let usb = match port.port_type {
                    SerialPortType::UsbPort(usb) => Some(Usb::from(usb)),
                    _ => None,
                };
                Port { path: port.port_name, usb }
            })
            .collect())
    }
}

/// One serial port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Port {
    /// What to open, such as `/dev/ttyACM0`.
    pub path: String,
    /// What USB tells about it; `None` for a port that is not on USB.
    pub usb: Option<Usb>,
}

/// What USB tells about a port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Usb {
    /// Vendor.
    pub vid: u16,
    /// Product.
    pub pid: u16,
    /// Serial number of the USB device, which for a J-Link has 12 digits.
    pub serial_number: Option<String>,
    /// Number of the USB interface.
    pub interface: Option<u8>,
}

impl From<UsbPortInfo> for Usb {
    fn from(usb: UsbPortInfo) -> Self {
        Self { vid: usb.vid, pid: usb.pid, serial_number: usb.serial_number, interface: usb.interface }
    }
}

/// A kit, or a USB device or port that is none we know.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Board {
    /// The name of the kit, if it is known by its USB data.
    pub kit: Option<&'static str>,
    /// Serial number of the USB device.
    pub serial_number: Option<String>,
    /// Its ports, in the order of their USB interfaces.
    pub ports: Vec<Port>,
    /// Which of them takes AT commands, if the kit is known and has that port.
    pub at_port: Option<usize>,
}

/// Groups the ports of a host by board: kits first, then the rest, each in the order of their paths.
///
/// # Errors
/// [`PortsError`] of the lister.
pub fn boards(lister: &impl PortLister) -> Result<Vec<Board>, PortsError> {
    let mut ports = lister.list()?;
    ports.sort_by(|a, b| a.path.cmp(&b.path));
    let mut groups: Vec<Vec<Port>> = Vec::new();
    for port in ports {
        let same_board = |group: &&mut Vec<Port>| match (&group[0].usb, &port.usb) {
            (Some(a), Some(b)) => {
                a.serial_number.is_some()
                    && (a.vid, a.pid, &a.serial_number) == (b.vid, b.pid, &b.serial_number)
            }
            _ => false,
        };
        match groups.iter_mut().find(same_board) {
            Some(group) => group.push(port),
            None => groups.push(vec![port]),
        }
    }
    let mut boards: Vec<Board> = groups.into_iter().map(board).collect();
    boards.sort_by_key(|board| board.kit.is_none());
    Ok(boards)
}

/// The system does not tell which ports there are.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the list of serial ports cannot be read: {reason}")]
pub struct PortsError {
    reason: String,
}

fn board(mut ports: Vec<Port>) -> Board {
    ports.sort_by_key(|port| port.usb.as_ref().and_then(|usb| usb.interface));
    let usb = ports[0].usb.as_ref();
    let kit = usb.and_then(recognise);
    Board {
        kit: kit.map(|kit| kit.name),
        serial_number: usb.and_then(|usb| usb.serial_number.clone()),
        at_port: kit.and_then(|kit| kit.at_port).filter(|&index| index < ports.len()),
        ports,
    }
}

/// A row of the table of kits.
struct Kit {
    vid: u16,
    serial_start: &'static str,
    name: &'static str,
    /// Counted from the first interface; `None` for kits without an nRF91 modem.
    at_port: Option<usize>,
}

const SEGGER: u16 = 0x1366;
const NORDIC: u16 = 0x1915;

/// Kits by vendor and start of the serial number (facts, section 17). The first match counts.
const KITS: &[Kit] = &[
    kit(SEGGER, "0009600", "nRF9160 DK", Some(0)),
    kit(SEGGER, "0010509", "nRF9161 DK", Some(0)),
    kit(SEGGER, "0010510", "nRF9131 EK", Some(0)),
    kit(SEGGER, "0010512", "nRF9151 DK", Some(0)),
    kit(SEGGER, "0010520", "nRF9151 DK", Some(0)),
    kit(SEGGER, "0010550", "Thingy:91 X (debug side)", Some(0)),
    kit(SEGGER, "0010551", "Thingy:91 X (debug side)", Some(0)),
    kit(SEGGER, "0010513", "Thingy:91 X (debug side)", Some(0)),
    kit(SEGGER, "0010500", "nRF5340 DK", None),
    kit(SEGGER, "0009601", "nRF7002 DK", None),
    kit(SEGGER, "0010507", "nRF7002 DK", None),
    kit(SEGGER, "0010577", "nRF54L15 DK", None),
    kit(SEGGER, "0010511", "nRF54H20 DK", None),
    kit(SEGGER, "00105", "unknown Nordic kit", Some(0)),
    kit(NORDIC, "THINGY91X_", "Thingy:91 X", Some(0)),
    kit(NORDIC, "THINGY91_", "Thingy:91", Some(0)),
    kit(NORDIC, "PCA20035", "Thingy:91", Some(0)),
];

const fn kit(vid: u16, serial_start: &'static str, name: &'static str, at_port: Option<usize>) -> Kit {
    Kit { vid, serial_start, name, at_port }
}

fn recognise(usb: &Usb) -> Option<&'static Kit> {
    // Some systems drop the leading zeros of a J-Link's serial number.
    let serial = usb.serial_number.as_deref()?;
    let padded = if usb.vid == SEGGER { format!("{serial:0>12}") } else { serial.to_string() };
    KITS.iter().find(|kit| kit.vid == usb.vid && padded.starts_with(kit.serial_start))
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Fixed(Vec<Port>);

    impl PortLister for Fixed {
        fn list(&self) -> Result<Vec<Port>, PortsError> {
            Ok(self.0.clone())
        }
    }

    fn usb(path: &str, vid: u16, pid: u16, serial: &str, interface: u8) -> Port {
        let serial_number = Some(serial.to_string());
        Port { path: path.into(), usb: Some(Usb { vid, pid, serial_number, interface: Some(interface) }) }
    }

    #[test]
    fn ports_are_grouped_by_kit() {
        let lister = Fixed(vec![
            Port { path: "/dev/ttyS0".into(), usb: None },
            Port { path: "/dev/ttyS1".into(), usb: None },
            usb("/dev/ttyACM3", SEGGER, 0x1069, "001051202135", 2),
            usb("/dev/ttyACM10", SEGGER, 0x1069, "001051202135", 0),
            usb("/dev/ttyACM0", NORDIC, 0x910a, "THINGY91X_F39CC1B120C", 4),
            usb("/dev/ttyACM1", NORDIC, 0x910a, "THINGY91X_F39CC1B120C", 1),
            usb("/dev/ttyACM2", SEGGER, 0x1059, "1057731013", 0),
        ]);
        let boards = boards(&lister).unwrap();
        let summary: Vec<_> = boards
            .iter()
            .map(|board| {
                (board.kit, board.at_port.map(|index| board.ports[index].path.as_str()), board.ports.len())
            })
            .collect();
        assert_eq!(
            summary,
            [
                (Some("Thingy:91 X"), Some("/dev/ttyACM1"), 2),
                (Some("nRF9151 DK"), Some("/dev/ttyACM10"), 2),
                (Some("nRF54L15 DK"), None, 1),
                (None, None, 1),
                (None, None, 1),
            ]
        );
    }

    #[test]
    fn boards_without_a_serial_number_stay_apart() {
        let mut first = usb("/dev/ttyUSB0", 0x0403, 0x6001, "", 0);
        let mut second = usb("/dev/ttyUSB1", 0x0403, 0x6001, "", 0);
        for port in [&mut first, &mut second] {
            port.usb.as_mut().unwrap().serial_number = None;
        }
        assert_eq!(boards(&Fixed(vec![first, second])).unwrap().len(), 2);
    }
}
