//! What Nordic's `device_credentials_installer -d --verify --coap` does, by `modem-at`: who the kit is, empty slots, a key that the kit
//! makes, its certificate and both roots written and read back by their hashes; from the opening of the port to its closing.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use benches::Operation;
use modem_at::{CredentialType, Dialect, Error, KeygenResponse, Modem, Options, SecTag};
use modem_sim::{Mode, ModemSim};

use crate::authority::Authority;
use crate::wire::{BAUD, Counted, Wire};

/// A kit that answers at once, over a wire that does not.
pub(crate) fn kit(mode: Mode, seed: u64) -> ModemSim {
    ModemSim::builder().mode(mode).seed(seed).baud(Some(BAUD)).start().unwrap()
}

/// An installation, and the bytes of the last one on the wire.
pub(crate) fn operations<'a>(
    [ours, wire]: [&'static str; 2],
    kit: &'a ModemSim,
    authority: &'a Authority,
) -> [Operation<'a>; 2] {
    let last = Rc::new(RefCell::new(Duration::ZERO));
    let told = Rc::clone(&last);
    let path = kit.path().to_string_lossy().into_owned();
    let is_psa = ours.starts_with("PSA");
    let echoes = !ours.starts_with("AT host");
    let ours = Operation::with_clock(ours, move |iterations| {
        let start = Instant::now();
        for _ in 0..iterations {
            let wire = if is_psa { on_shell(&path, authority) } else { on_modem(&path, echoes, authority) };
            *last.borrow_mut() = wire.time();
        }
        start.elapsed()
    });
    let wire =
        Operation::with_clock(wire, move |iterations| *told.borrow() * u32::try_from(iterations).unwrap());
    let batch = Duration::from_millis(300);
    [ours.in_batches_of(batch), wire.in_batches_of(batch)]
}

/// An installation on each of several kits, a thread each.
pub(crate) fn at_once<'a>(
    name: &'static str,
    kits: &'a [ModemSim],
    authority: &'a Authority,
) -> Operation<'a> {
    Operation::with_clock(name, move |iterations| {
        let start = Instant::now();
        std::thread::scope(|scope| {
            for kit in kits {
                scope.spawn(move || {
                    let path = kit.path().to_string_lossy().into_owned();
                    for _ in 0..iterations {
                        on_modem(&path, false, authority);
                    }
                });
            }
        });
        start.elapsed()
    })
    .in_batches_of(Duration::from_millis(300))
}

fn on_modem(path: &str, echoes: bool, authority: &Authority) -> Wire {
    let (port, wire) = Counted::open(path, echoes);
    let mut modem = Modem::open(port, Options::default()).unwrap();
    let mut offline = modem.offline().unwrap();
    offline.imei().unwrap();
    offline.firmware_version().unwrap();
    let tag = SecTag::NRF_CLOUD;
    for kind in [CredentialType::RootCa, CredentialType::ClientCertificate, CredentialType::ClientPrivateKey]
    {
        // The slots are empty the first time.
        match offline.delete_credential(tag, kind) {
            Ok(()) | Err(Error::Refused { .. }) => {}
            Err(error) => panic!("{error}"),
        }
    }
    let message = offline.keygen(tag, KeygenResponse::Csr, None).unwrap();
    let certificate = authority.issue(&message);
    offline.write_credential(tag, CredentialType::RootCa, &authority.roots).unwrap();
    offline.write_credential(tag, CredentialType::ClientCertificate, &certificate).unwrap();
    let key = offline.list_credentials_of(tag).unwrap();
    assert!(key.iter().any(|slot| slot.credential_type == CredentialType::ClientPrivateKey));
    offline.restore().unwrap();
    modem.close().unwrap();
    wire
}

fn on_shell(path: &str, authority: &Authority) -> Wire {
    let (port, wire) = Counted::open(path, true);
    let options = Options { dialect: Some(Dialect::CredentialShell), ..Options::default() };
    let mut modem = Modem::open(port, options).unwrap();
    let tag = SecTag::NRF_CLOUD;
    for kind in [CredentialType::RootCa, CredentialType::ClientCertificate] {
        match modem.delete_credential(tag, kind) {
            Ok(()) | Err(Error::ShellRefused { .. }) => {}
            Err(error) => panic!("{error}"),
        }
    }
    match modem.delete_device_key(tag) {
        Ok(()) | Err(Error::ShellRefused { .. }) => {}
        Err(error) => panic!("{error}"),
    }
    modem.make_device_key(tag).unwrap();
    let request = modem.device_key_csr(tag, Some("CN=bench")).unwrap();
    let key = modem.device_public_key(tag).unwrap();
    let certificate = authority.issue_from_csr(&request, &key);
    modem.write_credential(tag, CredentialType::RootCa, &authority.roots).unwrap();
    modem.write_credential(tag, CredentialType::ClientCertificate, &certificate).unwrap();
    modem.close().unwrap();
    wire
}
