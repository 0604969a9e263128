//! The serial line in time: when a byte arrives, when one leaves, and what is lost meanwhile.
//!
//! Times are nanoseconds since the kit was started. They are worked out from the speed of the line and not from the moment at
//! which somebody looked, so that a late look delays nothing but itself.

use std::collections::VecDeque;
use std::num::NonZeroU32;
use std::time::Duration;

use crate::board::{Board, Ending};
#[cfg(unix)]
use crate::{sim::RunError, state::StateFile};

/// How often a line under way is looked at. The last byte of what is under way is looked for when it is due.
const TICK: u64 = 1_000_000;
/// A start bit, eight data bits, a stop bit.
const BITS_PER_BYTE: u128 = 10;
const NANOS: u128 = 1_000_000_000;

/// A kit and its line.
pub(crate) struct Wire {
    pub(crate) board: Board,
    to_kit: Lane,
    to_host: Lane,
    /// On its way to the kit, by the time of arrival.
    arriving: VecDeque<(u64, u8)>,
    /// Arrived, and not yet taken by the firmware.
    waiting: VecDeque<(u64, u8)>,
    capacity: usize,
    /// On its way to the host, by the time of arrival.
    leaving: VecDeque<(u64, u8)>,
    /// When the firmware takes the next byte.
    ready_at: Option<u64>,
    /// Before that the kit is starting, and hears nothing.
    deaf_until: u64,
    boot_time: u64,
    unplug: Option<(u64, Duration)>,
    lost: u64,
}

/// One direction of the line.
#[derive(Debug)]
struct Lane {
    baud: Option<NonZeroU32>,
    /// When the line began to be busy, and how many bytes it has carried since without a pause.
    begun: u64,
    bytes: u128,
}

impl Lane {
    const fn new(baud: Option<NonZeroU32>) -> Self {
        Self { baud, begun: 0, bytes: 0 }
    }

    /// When the last byte has passed.
    fn end(&self) -> u64 {
        let busy = self.baud.map_or(0, |baud| self.bytes * BITS_PER_BYTE * NANOS / u128::from(baud.get()));
        self.begun.saturating_add(u64::try_from(busy).unwrap_or(u64::MAX))
    }

    /// When a byte has passed that is given at `at`.
    fn pass(&mut self, at: u64) -> u64 {
        if at > self.end() {
            (self.begun, self.bytes) = (at, 0);
        }
        self.bytes += 1;
        self.end()
    }
}

impl Wire {
    /// A line of `baud` bits a second, or as fast as it goes, to a kit that keeps `capacity` bytes while it is busy.
    pub(crate) fn new(board: Board, baud: Option<NonZeroU32>, capacity: usize, boot_time: Duration) -> Self {
        Self {
            board,
            to_kit: Lane::new(baud),
            to_host: Lane::new(baud),
            arriving: VecDeque::new(),
            waiting: VecDeque::new(),
            capacity,
            leaving: VecDeque::new(),
            ready_at: None,
            deaf_until: 0,
            boot_time: nanos(boot_time),
            unplug: None,
            lost: 0,
        }
    }

    /// Starts the kit at `now`: its banner, and what it says when it is ready.
    pub(crate) fn start(&mut self, now: u64) {
        self.lost += self.waiting.len() as u64;
        self.waiting.clear();
        let (banner, ready) = self.board.restart();
        self.say(banner.as_bytes(), now);
        self.deaf_until = now.saturating_add(self.boot_time);
        self.say(&ready, self.deaf_until);
        self.ready_at = Some(self.deaf_until);
    }

    /// The host gave these bytes to its port at `now`.
    pub(crate) fn give(&mut self, bytes: &[u8], now: u64) {
        for byte in bytes {
            self.arriving.push_back((self.to_kit.pass(now), *byte));
        }
    }

    /// How many bytes of the host have not been taken.
    pub(crate) fn backlog(&self) -> usize {
        self.arriving.len() + self.waiting.len()
    }

    /// Lets everything happen that is due at `now`.
    pub(crate) fn advance(&mut self, now: u64) {
        while self.unplug.is_none() {
            let taken = self.next_taken().filter(|at| *at <= now);
            let arrives = self.arriving.front().map(|(at, _)| *at).filter(|at| *at <= now);
            match (taken, arrives) {
                (None, None) => return,
                (Some(taken), arrives) if arrives.is_none_or(|arrives| taken <= arrives) => {
                    if let Some((_, byte)) = self.waiting.pop_front() {
                        self.take(byte, taken);
                    }
                }
                _ => {
                    if let Some((at, byte)) = self.arriving.pop_front() {
                        self.arrive(byte, at);
                    }
                }
            }
        }
    }

    /// Moves what has reached the host by `now` to the end of `out`.
    pub(crate) fn collect(&mut self, now: u64, out: &mut Vec<u8>) {
        while let Some((_, byte)) = self.leaving.pop_front_if(|(at, _)| *at <= now) {
            out.push(byte);
        }
    }

    /// When to look again.
    pub(crate) fn next_look(&self, now: u64) -> Option<u64> {
        let soon = |first: u64, last: u64| last.min(first.max(now.saturating_add(TICK)));
        let first_in = self.next_taken().or(self.arriving.front().map(|(at, _)| *at));
        let last_in = self.arriving.back().map(|(at, _)| *at).or(first_in);
        let input = first_in.zip(last_in).filter(|_| self.unplug.is_none());
        let input = input.map(|(first, last)| soon(first, last.max(first)));
        let output = self.leaving.front().zip(self.leaving.back());
        let output = output.map(|((first, _), (last, _))| soon(*first, *last));
        [input, output, self.unplug.map(|(at, _)| at)].into_iter().flatten().min()
    }

    /// The port is gone by `now`, for so long.
    pub(crate) fn take_unplugged(&mut self, now: u64) -> Option<Duration> {
        let (_, gone) = self.unplug.take_if(|(at, _)| *at <= now)?;
        self.lost += self.backlog() as u64;
        self.arriving.clear();
        self.waiting.clear();
        self.leaving.clear();
        Some(gone)
    }

    /// Bytes of the host that the kit never took.
    pub(crate) const fn lost(&self) -> u64 {
        self.lost
    }

    /// What there is to say in the end: a state that was not saved.
    #[cfg(unix)]
    pub(crate) fn end(self) -> Result<(), RunError> {
        self.board.state.map_or(Ok(()), StateFile::close)
    }

    fn next_taken(&self) -> Option<u64> {
        self.waiting.front().map(|(at, _)| self.ready_at.map_or(*at, |ready| ready.max(*at)))
    }

    fn arrive(&mut self, byte: u8, at: u64) {
        let busy = !self.waiting.is_empty() || self.ready_at.is_some_and(|ready| at <= ready);
        if at < self.deaf_until || busy && self.waiting.len() >= self.capacity {
            self.lost += 1;
        } else {
            self.waiting.push_back((at, byte));
        }
    }

    fn take(&mut self, byte: u8, at: u64) {
        let mut echo = Vec::new();
        let reaction = self.board.hear(byte, &mut echo);
        self.say(&echo, at);
        let Some(reaction) = reaction else {
            if self.board.front.talks_before_it_listens() {
                self.ready_at = Some(self.to_host.end().max(at));
            }
            return;
        };
        let answered = at.saturating_add(nanos(reaction.latency));
        self.say(&reaction.answer, answered);
        let done = if reaction.answer.is_empty() { answered } else { self.to_host.end().max(answered) };
        self.ready_at = Some(done);
        match reaction.ending {
            None => {}
            Some(Ending::Restart) => self.start(done),
            Some(Ending::Unplug(gone)) => self.unplug = Some((done, gone)),
        }
    }

    fn say(&mut self, bytes: &[u8], at: u64) {
        for byte in bytes {
            self.leaving.push_back((self.to_host.pass(at), *byte));
        }
    }
}

pub(crate) fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::builder::Builder;
    use crate::front::WhileBusy;
    use crate::mode::Mode;

    fn wire(builder: Builder) -> Wire {
        builder.seed(1).response_prefix(false).colours(false).clock(|| 0).assemble().unwrap().wire
    }

    fn slow() -> Builder {
        Builder::default().baud(Some(115_200))
    }

    /// The time that `bytes` take at 115200 bits a second.
    fn line_time(bytes: u64) -> u64 {
        bytes * 10_000_000_000 / 115_200
    }

    /// Every byte that comes back for `text`, with the time of its arrival.
    fn answer(wire: &mut Wire, text: &str) -> Vec<(u64, u8)> {
        wire.give(text.as_bytes(), 0);
        wire.advance(u64::MAX - 1);
        wire.leaving.drain(..).collect()
    }

    fn text(bytes: &[(u64, u8)]) -> String {
        bytes.iter().map(|(_, byte)| char::from(*byte)).collect()
    }

    #[test]
    fn a_command_and_its_answer_take_the_time_of_their_bytes() {
        let bytes = answer(&mut wire(slow()), "AT\r");
        assert_eq!(text(&bytes), "OK\r\n");
        let times: Vec<u64> = bytes.iter().map(|(at, _)| *at).collect();
        // The second lane begins when the first has carried three bytes, which is a whole nanosecond.
        let begun = line_time(3);
        assert_eq!(times, [1, 2, 3, 4].map(|bytes| begun + line_time(bytes)));
    }

    #[test]
    fn the_mean_rate_of_a_long_answer_is_exact() {
        let mut wire = wire(slow());
        let content = "x".repeat(4000);
        wire.give(format!("AT%CMNG=0,1,4,\"{content}\"\r").as_bytes(), 0);
        wire.advance(u64::MAX - 1);
        wire.leaving.clear();
        wire.give(b"AT%CMNG=2,1,4\r", 10_000_000_000);
        wire.advance(u64::MAX - 1);
        let begun = 10_000_000_000 + line_time(14);
        for (index, (at, _)) in wire.leaving.iter().enumerate() {
            assert_eq!(*at, begun + line_time(index as u64 + 1));
        }
        assert_eq!(wire.leaving.len(), 4000 + "%CMNG: 1,4,\"\",\"\"\r\nOK\r\n".len() + 64);
    }

    #[test]
    fn both_directions_carry_at_once() {
        let bytes = answer(&mut wire(slow().mode(Mode::AtShell)), "at AT\r");
        assert_eq!(text(&bytes), "at AT\r\nOK\r\r\n\r\nuart:~$ ");
        // An echo comes back one byte behind what is typed, and the rest follows without a gap.
        let last = bytes.last().unwrap().0;
        assert!(last.abs_diff(line_time(1 + bytes.len() as u64)) <= bytes.len() as u64, "{last}");
    }

    #[test]
    fn without_a_speed_nothing_takes_time() {
        let bytes = answer(&mut wire(Builder::default()), "AT+CGMM\r");
        assert!(bytes.iter().all(|(at, _)| *at == 0));
    }

    #[test]
    fn a_modem_takes_its_time() {
        let builder = Builder::default()
            .latency(Duration::from_millis(3))
            .latency_of("AT+CG", Duration::from_millis(5))
            .latency_of("at+cgmm", Duration::from_millis(7));
        let bytes = answer(&mut wire(builder), "AT\rAT+CGSN\rAT+CGMM\rAT\r");
        let mut ends = bytes.iter().filter(|(_, byte)| *byte == b'K').map(|(at, _)| *at);
        // What comes early waits for the answer before it.
        assert!(ends.by_ref().eq([3_000_000, 8_000_000, 15_000_000, 18_000_000]));
    }

    #[test]
    fn an_at_host_without_flow_control_loses_what_comes_while_it_works() {
        let builder = slow().while_busy(WhileBusy::Drop).latency(Duration::from_millis(1));
        let mut wire = wire(builder);
        let bytes = answer(&mut wire, "AT\rAT+CGMM\rAT\r");
        // "AT+CGMM" comes while the first command is carried out and answered, which takes about 16 bytes; of the rest "\rAT\r"
        // the first byte comes in that time too.
        assert_eq!(text(&bytes), "OK\r\n");
        assert!(wire.lost() >= 8, "{}", wire.lost());
    }

    #[test]
    fn a_small_ring_overflows_where_echoes_are_longer_than_what_is_typed() {
        let typed = format!("at {}", "x".repeat(4000));
        for (ring, lost) in [(Some(64), true), (Some(256), false), (None, false)] {
            let mut wire = wire(slow().mode(Mode::AtShell).rx_ring(ring).shell_buffer(5000));
            let echo = text(&answer(&mut wire, &typed)).replace("\r\n", "");
            assert_eq!(wire.lost() > 0, lost, "{ring:?}");
            assert_eq!(echo.len() as u64 + wire.lost(), typed.len() as u64);
        }
    }

    #[test]
    fn a_kit_that_starts_hears_nothing() {
        let mut wire = wire(Builder::default().boot_time(Duration::from_millis(5)));
        wire.start(0);
        wire.give(b"AT\r", 4_999_999);
        wire.advance(4_999_999);
        wire.give(b"AT\r", 5_000_001);
        wire.advance(u64::MAX - 1);
        let said = text(&wire.leaving.drain(..).collect::<Vec<_>>());
        assert!(said.ends_with("The AT host sample started\r\nReady\r\nOK\r\n"), "{said}");
        assert_eq!(wire.lost(), 3);
    }

    #[test]
    fn a_line_under_way_is_looked_at_now_and_then() {
        let mut wire = wire(slow());
        wire.give(b"AT%ATTESTTOKEN\r", 0);
        let (mut now, mut looks, mut got) = (0, 0, Vec::new());
        while let Some(next) = wire.next_look(now) {
            assert!(next > now);
            (now, looks) = (next, looks + 1);
            wire.advance(now);
            wire.collect(now, &mut got);
        }
        // 15 bytes there and 202 back are 19 ms.
        assert_eq!((got.len(), now), (202, line_time(15) + line_time(202)));
        assert!(looks <= 22, "{looks}");
    }

    fn mode() -> impl Strategy<Value = Mode> {
        proptest::sample::select(&Mode::ALL[..])
    }

    /// Whole commands, pieces of them, and bytes.
    fn typed() -> impl Strategy<Value = Vec<u8>> {
        const WORDS: [&str; 12] = [
            "AT+CFUN=4\r",
            "at 'AT%CMNG=1'\r",
            "AT%KEYGEN=1,2,0\r\n",
            "cred buf load\n",
            "cred list\r",
            "\x03",
            "\"",
            "|",
            "\x18\x11",
            "AT%CMNG=0,1,4,\"x\"\r",
            "at at_cmd_mode start\r",
            "ATE1\r",
        ];
        let piece = prop_oneof![
            proptest::sample::select(&WORDS[..]).prop_map(|word| word.as_bytes().to_vec()),
            proptest::collection::vec(any::<u8>(), 0..20),
        ];
        proptest::collection::vec(piece, 0..20).prop_map(|pieces| pieces.concat())
    }

    fn faults() -> impl Strategy<Value = Vec<&'static str>> {
        const ALL: [&str; 13] = [
            "silent on AT*",
            "urc inside",
            "log after",
            "garbage 3",
            "drop",
            "double 2",
            "error 5",
            "wrong-sha",
            "memory-full",
            "power-off-warning",
            "reboot skip 3 times 2",
            "reboot inside skip 2 times 1",
            "unplug 1 1ms skip 4 times 1",
        ];
        proptest::collection::vec(proptest::sample::select(&ALL[..]), 0..4)
    }

    proptest! {
        /// Whatever a host sends, in whatever mode and with whatever fault, all of it is taken or lost, and the line comes to rest.
        #[test]
        fn no_input_hangs_a_kit(mode in mode(), typed in typed(), faults in faults(), baud in proptest::option::of(1..4_000_000_u32)) {
            let builder = Builder::default().mode(mode).baud(baud).shell_buffer(64).rx_ring(Some(8));
            let builder = faults.iter().fold(builder, |builder, fault| builder.fault(fault.parse().unwrap()));
            let mut wire = wire(builder);
            let mut got = Vec::new();
            wire.give(&typed, 0);
            let mut now = 0;
            while let Some(next) = wire.next_look(now) {
                prop_assert!(next > now || now == 0);
                now = next;
                wire.advance(now);
                wire.collect(now, &mut got);
                if wire.take_unplugged(now).is_some() {
                    wire.start(now);
                }
            }
            prop_assert_eq!(wire.backlog(), 0);
        }

        /// When somebody looks changes nothing.
        #[test]
        fn late_looks_delay_nothing(looks in proptest::collection::vec(1..5_000_000_u64, 0..40)) {
            let typed = "at AT+CGSN\r\nat 'AT+CEREG?'\rat AT%XMONITOR\r";
            let builder = || slow().mode(Mode::AtShell).rx_ring(Some(64)).latency(Duration::from_micros(700));
            let expected = answer(&mut wire(builder()), typed);
            let mut wire = wire(builder());
            wire.give(typed.as_bytes(), 0);
            let mut now = 0;
            for look in looks {
                now += look;
                wire.advance(now);
            }
            wire.advance(u64::MAX - 1);
            let got: Vec<_> = wire.leaving.drain(..).collect();
            prop_assert_eq!(got, expected);
        }
    }
}
