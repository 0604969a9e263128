//! A host beside the modem that knows no operating system: it replays a session through modem-at's engine, compares what every line
//! and every answer means with what the session says, and counts the instructions, the deepest stack and the most heap.

#![no_std]
#![no_main]

extern crate alloc;

mod heap;
mod question;
mod session;

use core::mem::MaybeUninit;

use cortex_m::singleton;
use cortex_m_rt::entry;
use firmware::{console, meter::Meter, stack};

use heap::Heap;

#[global_allocator]
static HEAP: Heap = Heap::empty();

/// Bytes for the heap.
const HEAP_ROOM: usize = 8 * 1024;

#[entry]
fn main() -> ! {
    console::exit(run() == Some(true));
}

fn run() -> Option<bool> {
    let arena = singleton!(: [MaybeUninit<u8>; HEAP_ROOM] = [MaybeUninit::uninit(); HEAP_ROOM])?;
    HEAP.give(arena);
    let meter = Meter::start()?;
    let (tally, count) = meter.count(session::replay);
    console::number("answers", tally.answers);
    console::number("bytes", tally.bytes);
    console::number("replay", count);
    console::number("heap", HEAP.most());
    console::number("known", meter.count_known());
    console::number("stack", stack::deepest());
    Some(tally.wrong == 0)
}
