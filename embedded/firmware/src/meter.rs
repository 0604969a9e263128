//! Counts instructions.
//!
//! QEMU with `-icount shift=0` lets each instruction take one nanosecond of the machine's time, and SysTick counts that time at
//! 20 MHz, so a tick is 50 instructions. On hardware it would count cycles.

use core::hint::black_box;

use cortex_m::{
    Peripherals, asm,
    peripheral::{SYST, syst::SystClkSource},
};

/// Instructions in a tick of SysTick.
const PER_TICK: u32 = 50;

/// SysTick counts down from here.
const RELOAD: u32 = 0x00ff_ffff;

/// Iterations of two instructions each with which the counter is checked.
const KNOWN_LOOPS: u32 = 1_000_000;

/// A running counter.
#[derive(Debug)]
pub struct Meter(());

impl Meter {
    /// Starts SysTick, or is `None` at the second call.
    #[must_use]
    pub fn start() -> Option<Self> {
        let mut timer = Peripherals::take()?.SYST;
        timer.set_clock_source(SystClkSource::Core);
        timer.set_reload(RELOAD);
        timer.clear_current();
        timer.enable_counter();
        Some(Self(()))
    }

    /// What `operation` gives, and how many instructions it took, to the next 50: up to 838 million.
    #[inline(never)]
    pub fn count<T>(&self, operation: impl FnOnce() -> T) -> (T, u32) {
        let before = SYST::get_current();
        let result = black_box(operation());
        let after = SYST::get_current();
        (result, (before.wrapping_sub(after) & RELOAD) * PER_TICK)
    }

    /// Counts a loop of two million instructions: whoever reads the other numbers can tell from this one what they are worth.
    #[must_use]
    pub fn count_known(&self) -> u32 {
        self.count(|| asm::delay(KNOWN_LOOPS)).1
    }
}
