//! From the start of the process `nrfcloud sim cloud` to the end of its first answer.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use benches::Operation;

pub(crate) const OPERATIONS: [&str; 2] = ["start/sim cloud", "start/sim cloud --state"];

/// In memory, and with a state file that is not there yet.
pub(crate) fn operations() -> Vec<Operation<'static>> {
    let Some(program) = std::env::var_os("NRFCLOUD").map(PathBuf::from) else {
        eprintln!("!!! NOT MEASURED: NRFCLOUD does not name the program `nrfcloud`");
        return Vec::new();
    };
    let [plain, with_state] = OPERATIONS;
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("start.sqlite");
    let same = program.clone();
    let of_state = move || {
        for suffix in ["", "-wal", "-shm"] {
            // Where there is none, that is as well.
            let _removed = std::fs::remove_file(format!("{}{suffix}", file.display()));
        }
        start(Command::new(&program).args(["sim", "cloud", "--state"]).arg(&file))
    };
    [
        Operation::with_clock(plain, move |iterations| {
            (0..iterations).map(|_| start(Command::new(&same).args(["sim", "cloud"]))).sum::<Duration>()
        }),
        Operation::with_clock(with_state, move |iterations| {
            (0..iterations).map(|_| of_state()).sum::<Duration>()
        }),
    ]
    .map(|operation| operation.in_batches_of(Duration::from_millis(100)))
    .into()
}

/// Ends with this value.
struct Simulator(Child);

impl Drop for Simulator {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

fn start(command: &mut Command) -> Duration {
    let start = Instant::now();
    let mut simulator = Simulator(command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap());
    let mut url = String::new();
    BufReader::new(simulator.0.stdout.take().unwrap()).read_line(&mut url).unwrap();
    let address = url.trim().trim_start_matches("http://").trim_end_matches("/v1");
    let mut stream = TcpStream::connect(address).unwrap();
    let request = format!("GET /v1/status HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let time = start.elapsed();
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    time
}
