//! What a wait for a kit costs the processor.

use std::time::{Duration, Instant};

use benches::Operation;
use modem_at::{Cancel, Modem, Options};
use modem_sim::ModemSim;
use rustix::time::{ClockId, clock_gettime};

/// The processor time of a second in which a modem is waited for, by a thread that can be told to stop. It is measured once, over
/// several seconds.
pub(crate) fn operation(name: &'static str) -> Operation<'static> {
    let mut measured = None;
    Operation::with_clock(name, move |iterations| {
        *measured.get_or_insert_with(one_second) * u32::try_from(iterations).unwrap()
    })
}

fn one_second() -> Duration {
    let slow = Duration::from_millis(1500);
    let kit = ModemSim::builder().seed(9).latency_of("AT+CGSN", slow).start().unwrap();
    let options = Options { cancel: Some(Cancel::default()), ..Options::default() };
    let mut modem = Modem::open_path(&kit.path().to_string_lossy(), options).unwrap();
    let (start, before) = (Instant::now(), processor_time());
    for _ in 0..2 {
        modem.imei().unwrap();
    }
    let (waited, used) = (start.elapsed(), processor_time() - before);
    used.div_f64(waited.as_secs_f64())
}

/// That of this thread.
fn processor_time() -> Duration {
    clock_gettime(ClockId::ThreadCPUTime).try_into().unwrap()
}
