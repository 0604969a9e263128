//! The port of a kit by the network, and many kits at once.

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use modem_sim::{ModemSim, StartError};

use crate::host::Host;

const ANY: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 0);

#[track_caller]
fn expect(stream: &mut TcpStream, expected: &[u8]) {
    let mut got = vec![0; expected.len()];
    stream.read_exact(&mut got).unwrap();
    assert_eq!(got, expected);
}

#[test]
fn a_socket_has_the_bytes_of_the_port_one_client_after_the_other() {
    let kit = ModemSim::builder().response_prefix(false).tcp(ANY).start().unwrap();
    let address = kit.tcp_address().unwrap();
    assert_eq!(kit.rfc2217_address(), None);
    for _ in 0..3 {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.write_all(b"AT+CGMM\r\n").unwrap();
        expect(&mut stream, b"nRF9151-LACA\r\nOK\r\n");
    }
    let mut first = TcpStream::connect(address).unwrap();
    first.write_all(b"AT\r").unwrap();
    expect(&mut first, b"OK\r\n");
    let mut second = TcpStream::connect(address).unwrap();
    second.write_all(b"AT+CGMM\r").unwrap();
    first.write_all(b"AT+CMEE?\r").unwrap();
    expect(&mut first, b"+CMEE: 0\r\nOK\r\n");
    drop(first);
    expect(&mut second, b"nRF9151-LACA\r\nOK\r\n");
    drop(second);
    // With the last client gone, the pseudo-terminal is the port again.
    Host::open(&kit).ask("AT\r", "OK\r\n");
    kit.stop().unwrap();
}

#[test]
fn an_access_server_agrees_and_passes_bytes() {
    const IAC: u8 = 255;
    let kit = ModemSim::builder().response_prefix(false).rfc2217(ANY).start().unwrap();
    let mut stream = TcpStream::connect(kit.rfc2217_address().unwrap()).unwrap();
    stream.write_all(&[IAC, 251, 44, IAC, 253, 0]).unwrap();
    expect(&mut stream, &[IAC, 253, 44, IAC, 251, 0]);
    stream.write_all(&[IAC, 250, 44, 1, 0, 1, 0xc2, 0, IAC, 240]).unwrap();
    expect(&mut stream, &[IAC, 250, 44, 101, 0, 1, 0xc2, 0, IAC, 240]);
    stream.write_all(b"AT\r").unwrap();
    expect(&mut stream, b"OK\r\n");
    // While the client does not want to be sent anything, the answer waits.
    stream.write_all(&[IAC, 250, 44, 8, IAC, 240, b'A', b'T', b'\r', IAC, 250, 44, 5, 0, IAC, 240]).unwrap();
    expect(&mut stream, &[IAC, 250, 44, 105, 0, IAC, 240]);
    stream.write_all(&[IAC, 250, 44, 9, IAC, 240]).unwrap();
    expect(&mut stream, b"OK\r\n");
}

#[test]
fn a_client_loses_its_connection_with_the_port() {
    let fault = "unplug 5 1ms on AT+CGMM times 1".parse().unwrap();
    let builder = ModemSim::builder().response_prefix(false).boot_time(Duration::from_millis(1));
    let kit = builder.tcp(ANY).fault(fault).start().unwrap();
    let mut stream = TcpStream::connect(kit.tcp_address().unwrap()).unwrap();
    stream.write_all(b"AT+CGMM\r").unwrap();
    let mut got = Vec::new();
    stream.read_to_end(&mut got).unwrap();
    assert_eq!(got, b"nRF91");
    let mut stream = TcpStream::connect(kit.tcp_address().unwrap()).unwrap();
    // The banner may have gone to the pseudo-terminal before this client came.
    stream.set_read_timeout(Some(Duration::from_millis(20))).unwrap();
    let mut got = Vec::new();
    while !got.ends_with(b"nRF9151-LACA\r\nOK\r\n") {
        stream.write_all(b"\rAT+CGMM\r").unwrap();
        let mut buffer = [0; 4096];
        let count = stream.read(&mut buffer).unwrap_or(0);
        got.extend_from_slice(&buffer[..count]);
    }
    assert_eq!(kit.fired(), [1]);
}

#[test]
fn an_address_that_is_taken_is_told() {
    let kit = ModemSim::builder().tcp(ANY).start().unwrap();
    let address = kit.tcp_address().unwrap();
    let error = ModemSim::builder().tcp(address).start().unwrap_err();
    assert!(error.to_string().starts_with(&format!("cannot listen on {address}: ")), "{error}");
}

#[test]
fn a_link_does_not_take_the_place_of_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    std::fs::write(&path, "mine").unwrap();
    let error = ModemSim::builder().link(&path).start().unwrap_err();
    assert!(matches!(error, StartError::Link { .. }));
    assert_eq!(
        error.to_string(),
        format!("cannot make the link {}: it is there, and is no symbolic link", path.display())
    );
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "mine");
}

#[test]
fn sixteen_kits_work_at_once() {
    let kits: Vec<_> = (0..16).map(|seed| ModemSim::builder().seed(seed).start().unwrap()).collect();
    let answers: Vec<_> = std::thread::scope(|scope| {
        let hosts = kits.iter().map(|kit| {
            scope.spawn(move || {
                let mut host = Host::open(kit);
                host.ask("AT+CGSN\r", &format!("\n{}\r\nOK\r\n", kit.imei()));
                host.ask("AT+CFUN=4\r", "\nOK\r\n");
                host.send("AT%KEYGEN=16842753,2,0\r");
                host.read_to("\r\nOK\r\n")
            })
        });
        hosts.collect::<Vec<_>>().into_iter().map(|host| host.join().unwrap()).collect()
    });
    assert!(answers.iter().all(|answer| answer.starts_with("\n%KEYGEN: \"MII")));
    assert_eq!(answers.iter().collect::<BTreeSet<_>>().len(), 16);
    assert_eq!(kits.iter().map(ModemSim::path).collect::<BTreeSet<_>>().len(), 16);
}
