//! A kit behind a network: a plain stream, and a server that speaks RFC 2217.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use modem_at::ports::SystemPorts;
use modem_at::{
    Error, FlowControl, Modem, Options, Rfc2217Transport, Terminator, Transport as _, TransportError,
};

use crate::kit::AtHost;

const IAC: u8 = 255;
const CTS: u8 = 0x10;

/// A server for one connection; `react` is given every byte.
fn server(mut react: impl FnMut(u8) -> Vec<u8> + Send + 'static) -> (String, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let thread = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut buffer = [0; 512];
        loop {
            let Ok(count @ 1..) = stream.read(&mut buffer) else { return };
            for &byte in &buffer[..count] {
                let answer = react(byte);
                if !answer.is_empty() && stream.write_all(&answer).is_err() {
                    return;
                }
            }
        }
    });
    (address, thread)
}

/// An AT host that is given bytes.
fn host() -> impl FnMut(u8) -> Vec<u8> + Send + 'static {
    let mut host = AtHost::new(Terminator::Cr);
    move |byte| match host.push(byte).as_deref() {
        None => Vec::new(),
        Some("AT+CGSN") => b"\n352656106647673\r\nOK\r\n".to_vec(),
        Some("AT+CMEE?") => b"\n+CMEE: 0\r\nOK\r\n".to_vec(),
        Some("AT%BYTES") => [b"\n%BYTES: \"", &[IAC, IAC, 0xc3, 0xa9][..], b"\"\r\nOK\r\n"].concat(),
        Some(_) => b"\nOK\r\n".to_vec(),
    }
}

/// The side of a server in RFC 2217; `refuse` takes no settings, `baud` is answered whatever was asked for, `lines` is the state of the
/// port's lines that it tells.
fn rfc2217(
    refuse: bool,
    baud: Option<u32>,
    lines: Option<u8>,
    log: Arc<Mutex<Vec<Vec<u8>>>>,
) -> impl FnMut(u8) -> Vec<u8> + Send {
    let mut host = host();
    let mut pending: Vec<u8> = Vec::new();
    move |byte| {
        pending.push(byte);
        let answer = match pending[..] {
            [IAC] | [IAC, 250..=254] => return Vec::new(),
            [IAC, 251, 44] if refuse => vec![IAC, 254, 44],
            // An option of its own comes with it, which nobody wants.
            [IAC, 251, 44] => {
                let state = lines.map(|lines| vec![IAC, 250, 44, 107, lines, IAC, 240]);
                [vec![IAC, 253, 44, IAC, 253, 31, IAC, 251, 1], state.unwrap_or_default()].concat()
            }
            [IAC, 251, option] => vec![IAC, 253, option],
            [IAC, 253, option] => vec![IAC, 251, option],
            [IAC, 252 | 254, _] => {
                log.lock().unwrap().push(pending.clone());
                Vec::new()
            }
            [IAC, 250, 44, command, .., IAC, 240] => {
                let value = pending[4..pending.len() - 2].to_vec();
                log.lock().unwrap().push([&[command], &value[..]].concat());
                let value = match (command, baud) {
                    (1, Some(baud)) => baud.to_be_bytes().to_vec(),
                    _ => value,
                };
                [&[IAC, 250, 44, command + 100], &value[..], &[IAC, 240]].concat()
            }
            [IAC, ..] => return Vec::new(),
            [byte] => {
                // What the kit says is data: an IAC in it is sent twice.
                host(byte).into_iter().flat_map(|byte| vec![byte; 1 + usize::from(byte == IAC)]).collect()
            }
            _ => unreachable!("a piece starts with IAC or is one byte"),
        };
        pending.clear();
        answer
    }
}

#[test]
fn a_plain_stream() {
    let (address, thread) = server(host());
    let selector = format!("tcp://{address}").parse().unwrap();
    let mut modem = Modem::open_port(&selector, &SystemPorts, Options::default()).unwrap();
    assert_eq!(modem.imei().unwrap().to_string(), "352656106647673");
    assert_eq!(modem.transport().name(), format!("tcp://{address}"));
    modem.close().unwrap();
    thread.join().unwrap();
    let error = Modem::open_port(&selector, &SystemPorts, Options::default()).map(drop).unwrap_err();
    assert!(matches!(error, Error::Transport(TransportError::Connect { .. })), "{error}");
    assert!(error.to_string().starts_with(&format!("cannot connect to `tcp://{address}`: ")), "{error}");
}

#[test]
fn a_stream_that_ends() {
    // Without the words and the backtrace of a panic, which may take longer than a probe.
    let (address, thread) = server(|_| std::panic::resume_unwind(Box::new("the end")));
    let selector = format!("tcp://{address}").parse().unwrap();
    let options = Options { probe_timeout: Duration::from_secs(30), ..Options::default() };
    let error = Modem::open_port(&selector, &SystemPorts, options).map(drop).unwrap_err();
    assert_eq!(error.to_string(), format!("port `tcp://{address}` was disconnected"));
    thread.join().unwrap_err();
}

#[test]
fn a_silent_stream_is_given_up() {
    let (address, _thread) = server(|_| Vec::new());
    let selector = format!("tcp://{address}").parse().unwrap();
    let options = Options { probe_timeout: Duration::from_millis(300), ..Options::default() };
    let error = Modem::open_port(&selector, &SystemPorts, options).map(drop).unwrap_err();
    assert!(matches!(error, Error::NoAnswer { .. }), "{error}");
}

#[test]
fn a_serial_port_of_a_server() {
    let log = Arc::new(Mutex::new(Vec::new()));
    let (address, thread) = server(rfc2217(false, None, Some(CTS), log.clone()));
    let selector = format!("rfc2217://{address}").parse().unwrap();
    let options = Options { baud: 1_000_000, flow_control: FlowControl::RtsCts, ..Options::default() };
    let mut modem = Modem::open_port(&selector, &SystemPorts, options).unwrap();
    assert_eq!(modem.imei().unwrap().to_string(), "352656106647673");
    let lines = modem.command("AT%BYTES").unwrap();
    assert_eq!(lines, ["%BYTES: \"\u{fffd}\u{fffd}é\""]);
    modem.close().unwrap();
    thread.join().unwrap();
    let log = log.lock().unwrap();
    for message in [
        &[1, 0, 0x0f, 0x42, 0x40][..], // 1 000 000 baud
        &[2, 8],                       // data bits
        &[3, 1],                       // no parity
        &[4, 1],                       // stop bit
        &[5, 3],                       // RTS/CTS
        &[5, 8],                       // DTR on
        &[5, 11],                      // RTS on
        &[12, 1],                      // input dropped
        &[IAC, 252, 31],               // no window size
        &[IAC, 254, 1],                // no echo
    ] {
        assert!(log.iter().any(|sent| sent == message), "{message:?} in {log:?}");
    }
}

#[test]
fn a_server_that_does_not_do_as_it_is_told() {
    let connect_with = |wanted, refuse, baud, lines| {
        let (address, _thread) = server(rfc2217(refuse, baud, lines, Arc::default()));
        let found = Rfc2217Transport::connect(&address, 115_200, wanted, Duration::from_secs(2));
        found
            .map(|transport| transport.flow_control())
            .map_err(|error| error.to_string().replace(&address, "ADDRESS"))
    };
    let connect = |refuse, baud, lines| connect_with(FlowControl::RtsCts, refuse, baud, lines);
    assert_eq!(connect(false, None, Some(CTS | 0x20)), Ok(FlowControl::RtsCts));
    // XON and XOFF need no lines.
    assert_eq!(connect_with(FlowControl::XonXoff, false, None, None), Ok(FlowControl::XonXoff));
    // A dead CTS, and one that nobody knows, would hold back every byte.
    assert_eq!(connect(false, None, Some(0x20)), Ok(FlowControl::None));
    assert_eq!(connect(false, None, None), Ok(FlowControl::None));
    assert_eq!(
        connect(false, Some(9600), None),
        Err("port `rfc2217://ADDRESS` does not take 115200 baud".into())
    );
    let no_settings =
        "the server at `rfc2217://ADDRESS` does not take the settings of a serial port (RFC 2217)";
    assert_eq!(connect(true, None, None), Err(no_settings.into()));
    let (address, _thread) = server(|_| Vec::new());
    let error = Rfc2217Transport::connect(&address, 115_200, FlowControl::None, Duration::from_millis(200));
    assert!(matches!(error, Err(TransportError::NoComPort { .. })));
}

/// A server that asks to wait (RFC 2217, section 3.10) gets nothing until it asks to go on.
#[test]
fn a_server_that_asks_to_wait() {
    const SUSPEND: [u8; 6] = [IAC, 250, 44, 108, IAC, 240];
    const RESUME: [u8; 6] = [IAC, 250, 44, 109, IAC, 240];
    let mut settings = rfc2217(false, None, None, Arc::default());
    let log = Arc::new(Mutex::new(Vec::new()));
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let heard = log.clone();
    let (go_on, wait) = std::sync::mpsc::channel::<()>();
    let thread = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut buffer = [0; 512];
        let mut suspended = false;
        stream.set_read_timeout(Some(Duration::from_millis(20))).unwrap();
        loop {
            match stream.read(&mut buffer) {
                Ok(0) => return,
                Ok(count) => {
                    for &byte in &buffer[..count] {
                        let mut answer = settings(byte);
                        if answer.starts_with(&[IAC, 250, 44, 105]) && answer[4] == 11 {
                            // RTS is on, and the settings are done.
                            answer.extend(SUSPEND);
                            suspended = true;
                        }
                        stream.write_all(&answer).unwrap();
                    }
                    let data = buffer[..count].iter().filter(|byte| byte.is_ascii_graphic() && **byte != 44);
                    heard.lock().unwrap().extend(data.map(|&byte| (byte, suspended)));
                }
                Err(_) if suspended && wait.try_recv().is_ok() => {
                    stream.write_all(&RESUME).unwrap();
                    suspended = false;
                }
                Err(_) => {}
            }
        }
    });
    let mut port =
        Rfc2217Transport::connect(&address, 115_200, FlowControl::None, Duration::from_secs(2)).unwrap();
    let soon = || Instant::now() + Duration::from_millis(100);
    // What is on its way is not told with the last setting; a read hears it.
    assert_eq!(port.read(&mut [0; 16], soon()).unwrap(), 0);
    let error = port.write_all(b"AT", soon()).unwrap_err();
    assert!(matches!(error, TransportError::WriteTimeout { .. }), "{error}");
    go_on.send(()).unwrap();
    port.write_all(b"ATI", Instant::now() + Duration::from_secs(5)).unwrap();
    drop(port);
    thread.join().unwrap();
    let log = log.lock().unwrap();
    let data: Vec<_> = log.iter().filter(|(byte, _)| b"ATI".contains(byte)).collect();
    assert_eq!(data, [&(b'A', false), &(b'T', false), &(b'I', false)], "{log:?}");
}
