//! What a kit says when it starts, and what USB says of it.

use std::fs;

use modem_at::{Engine, Event};

use crate::vectors;

#[test]
fn boot_messages() {
    let Some(folder) = vectors() else { return };
    let text = fs::read_to_string(folder.join("boot-banners.txt")).unwrap();
    let mut engine = Engine::new();
    let (mut boots, mut prompts) = (0, 0);
    for line in text.lines().filter(|line| !line.starts_with(['#', '-'])) {
        let line = line.replace("\\x1b", "\x1b").replace("<negative int>", "-14");
        // Two texts stand on one line.
        for line in line.replace("(or ", "\n").replace(['(', ')'], "").lines() {
            let line = line.trim_end().trim_end_matches("\\r\\n");
            if line.contains(":~$ ") {
                assert_eq!(engine.receive(line.as_bytes()), [Event::Prompt]);
                prompts += 1;
                continue;
            }
            let events = engine.receive(format!("{line}\r\n").as_bytes());
            assert!(
                matches!(&events[..], [Event::Boot(boot)] if boot.as_str() == line),
                "{line}: {events:?}"
            );
            boots += 1;
        }
    }
    assert_eq!((boots, prompts), (13, 1));
}

#[cfg(feature = "serial")]
#[test]
fn usb_names() {
    use modem_at::ports::{Port, PortLister, PortsError, Usb, boards};

    struct One(Usb);

    impl PortLister for One {
        fn list(&self) -> Result<Vec<Port>, PortsError> {
            Ok(vec![Port { path: "/dev/ttyACM0".into(), by_id: None, usb: Some(self.0.clone()) }])
        }
    }

    let Some(folder) = vectors() else { return };
    let text = fs::read_to_string(folder.join("usb-hwids.txt")).unwrap();
    let mut kits = Vec::new();
    for line in text.lines().filter_map(|line| line.strip_prefix("USB VID:PID=")) {
        let (ids, rest) = line.split_at(9);
        let hex = |text: &str| u16::from_str_radix(text, 16).unwrap();
        let serial = rest.strip_prefix(" SER=").map(|rest| rest.split("  ").next().unwrap());
        let serial = serial.map(|serial| serial.split(" LOCATION").next().unwrap());
        let usb = Usb {
            vid: hex(&ids[..4]),
            pid: hex(&ids[5..]),
            serial_number: serial.map(|serial| serial.replace("<4 hex><8 hex>", "F39CC1B120CA")),
            interface: None,
        };
        kits.push(boards(&One(usb)).unwrap()[0].kit.unwrap_or("none"));
    }
    assert_eq!(
        kits,
        [
            "nRF9151 DK",
            "nRF9151 DK",
            "nRF54L15 DK",
            "nRF54L15 DK",
            "nRF9151 DK",
            // A J-Link without its serial number may be on any board.
            "none",
            "none",
            "Thingy:91 X",
            "Thingy:91",
            "Thingy:91 (bootloader)",
        ]
    );
}
