//! The serial ports of this host, grouped by kit.

mod selector;

use std::path::Path;

use serialport::{SerialPortType, UsbPortInfo};

pub use selector::{PortSelector, PortSelectorError, SelectError, Target};

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
        let links = links(Path::new("/dev/serial/by-id"));
        let ports = ports
            .into_iter()
            .map(|port| {
                let usb = match port.port_type {
                    SerialPortType::UsbPort(usb) => Some(Usb::from(usb)),
                    _ => None,
                };
                let by_id = links.iter().find(|(_, target)| *target == port.port_name);
                Port { by_id: by_id.map(|(link, _)| link.clone()), path: port.port_name, usb }
            })
            .collect();
        Ok(without_twins(ports))
    }
}

/// One serial port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Port {
    /// What to open, such as `/dev/ttyACM0`.
    pub path: String,
    /// A name that stays the same when the kit is plugged in elsewhere, such as
    /// `/dev/serial/by-id/usb-SEGGER_J-Link_001051202135-if00`.
    pub by_id: Option<String>,
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
    /// Which of them has a shell for credentials, if the kit is known, has no modem, and has that port.
    pub shell_port: Option<usize>,
}

impl Board {
    /// The port to talk to.
    #[must_use]
    pub fn command_port(&self) -> Option<&Port> {
        self.at_port.or(self.shell_port).and_then(|index| self.ports.get(index))
    }
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
        shell_port: kit.and_then(|kit| kit.shell_port).filter(|&index| index < ports.len()),
        ports,
    }
}

/// A row of the table of kits.
struct Kit {
    vid: u16,
    /// Of a USB device that has no kit's serial number.
    pid: Option<u16>,
    serial_start: &'static str,
    name: &'static str,
    /// Counted from the first interface; `None` for kits without an nRF91 modem.
    at_port: Option<usize>,
    /// The same for the shell of a kit without one.
    shell_port: Option<usize>,
}

const SEGGER: u16 = 0x1366;
const NORDIC: u16 = 0x1915;

/// Kits by vendor and start of the serial number (facts, section 17). The first match counts.
const KITS: &[Kit] = &[
    modem(SEGGER, "0009600", "nRF9160 DK"),
    modem(SEGGER, "0010509", "nRF9161 DK"),
    modem(SEGGER, "0010510", "nRF9131 EK"),
    modem(SEGGER, "0010512", "nRF9151 DK"),
    modem(SEGGER, "0010520", "nRF9151 DK"),
    modem(SEGGER, "0010550", "Thingy:91 X (debug side)"),
    modem(SEGGER, "0010551", "Thingy:91 X (debug side)"),
    modem(SEGGER, "0010513", "Thingy:91 X (debug side)"),
    shell("0010500", "nRF5340 DK", 1),
    shell("0009601", "nRF7002 DK", 1),
    shell("0010507", "nRF7002 DK", 1),
    shell("0010577", "nRF54L15 DK", 1),
    shell("0010511", "nRF54H20 DK", 0),
    modem(SEGGER, "00105", "unknown Nordic kit"),
    Kit { pid: Some(0x520f), at_port: None, ..modem(NORDIC, "", "Thingy:91 (bootloader)") },
    modem(NORDIC, "THINGY91X_", "Thingy:91 X"),
    modem(NORDIC, "THINGY91_", "Thingy:91"),
    modem(NORDIC, "PCA20035", "Thingy:91"),
    modem(NORDIC, "NRFBLEGW", "gateway"),
];

const fn modem(vid: u16, serial_start: &'static str, name: &'static str) -> Kit {
    Kit { vid, pid: None, serial_start, name, at_port: Some(0), shell_port: None }
}

const fn shell(serial_start: &'static str, name: &'static str, port: usize) -> Kit {
    Kit { at_port: None, shell_port: Some(port), ..modem(SEGGER, serial_start, name) }
}

fn recognise(usb: &Usb) -> Option<&'static Kit> {
    // Some systems drop the leading zeros of a J-Link's serial number.
    let serial = usb.serial_number.as_deref().unwrap_or_default();
    let padded = if usb.vid == SEGGER { format!("{serial:0>12}") } else { serial.to_string() };
    KITS.iter().find(|kit| {
        kit.vid == usb.vid && kit.pid.is_none_or(|pid| pid == usb.pid) && padded.starts_with(kit.serial_start)
    })
}

/// The links in a folder, each with the path that it leads to.
fn links(folder: &Path) -> Vec<(String, String)> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let text = |path: &Path| path.to_str().map(str::to_string);
    entries
        .filter_map(|entry| {
            let link = entry.ok()?.path();
            Some((text(&link)?, text(&std::fs::canonicalize(&link).ok()?)?))
        })
        .collect()
}

/// On macOS each port has two names. That with `tty` waits for a carrier when it is opened; no kit has one.
fn without_twins(ports: Vec<Port>) -> Vec<Port> {
    let names: Vec<String> = ports.iter().map(|port| port.path.clone()).collect();
    ports
        .into_iter()
        .filter(|port| match port.path.strip_prefix("/dev/tty.") {
            Some(name) => !names.contains(&format!("/dev/cu.{name}")),
            None => true,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) struct Fixed(pub(super) Vec<Port>);

    impl PortLister for Fixed {
        fn list(&self) -> Result<Vec<Port>, PortsError> {
            Ok(self.0.clone())
        }
    }

    pub(super) fn usb(path: &str, vid: u16, pid: u16, serial: &str, interface: u8) -> Port {
        let serial_number = Some(serial.to_string());
        Port {
            path: path.into(),
            by_id: None,
            usb: Some(Usb { vid, pid, serial_number, interface: Some(interface) }),
        }
    }

    pub(super) fn bare(path: &str) -> Port {
        Port { path: path.into(), by_id: None, usb: None }
    }

    #[test]
    fn ports_are_grouped_by_kit() {
        let lister = Fixed(vec![
            bare("/dev/ttyS0"),
            bare("/dev/ttyS1"),
            usb("/dev/ttyACM3", SEGGER, 0x1069, "001051202135", 2),
            usb("/dev/ttyACM10", SEGGER, 0x1069, "001051202135", 0),
            usb("/dev/ttyACM0", NORDIC, 0x910a, "THINGY91X_F39CC1B120C", 4),
            usb("/dev/ttyACM1", NORDIC, 0x910a, "THINGY91X_F39CC1B120C", 1),
            usb("/dev/ttyACM2", SEGGER, 0x1059, "1057731013", 0),
            usb("/dev/ttyACM4", SEGGER, 0x1059, "1057731013", 2),
            usb("/dev/ttyACM5", NORDIC, 0x520f, "THINGY91_0", 0),
        ]);
        let boards = boards(&lister).unwrap();
        let summary: Vec<_> = boards
            .iter()
            .map(|board| (board.kit, board.command_port().map(|port| port.path.as_str()), board.ports.len()))
            .collect();
        assert_eq!(
            summary,
            [
                (Some("Thingy:91 X"), Some("/dev/ttyACM1"), 2),
                (Some("nRF9151 DK"), Some("/dev/ttyACM10"), 2),
                (Some("nRF54L15 DK"), Some("/dev/ttyACM4"), 2),
                (Some("Thingy:91 (bootloader)"), None, 1),
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

    #[test]
    fn of_two_names_of_a_port_one_is_listed() {
        let ports = ["/dev/cu.usbmodem1", "/dev/tty.usbmodem1", "/dev/tty.alone", "/dev/ttyACM0"];
        let paths: Vec<_> =
            without_twins(ports.map(bare).to_vec()).into_iter().map(|port| port.path).collect();
        assert_eq!(paths, ["/dev/cu.usbmodem1", "/dev/tty.alone", "/dev/ttyACM0"]);
    }

    #[cfg(unix)]
    #[test]
    fn links_lead_to_ports() {
        let folder = std::env::temp_dir().join(format!("modem-at-links-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let link = folder.join("usb-SEGGER_J-Link_001051202135-if00");
        let _ = std::fs::remove_file(&link);
        std::os::unix::fs::symlink("/dev/null", &link).unwrap();
        assert_eq!(links(&folder), [(link.to_str().unwrap().to_string(), "/dev/null".to_string())]);
        std::fs::remove_dir_all(&folder).unwrap();
        assert_eq!(links(&folder), []);
    }
}
