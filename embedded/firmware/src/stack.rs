//! How deep the stack has been, and what was left there. `cortex-m-rt` has painted it before `main`.
#![expect(unsafe_code, reason = "the stack is read as plain memory, which is what this module is for")]

use core::ptr;

use cortex_m_rt::STACK_PAINT_VALUE;

unsafe extern "C" {
    /// Where the stack begins; it grows downwards. Given by the linker script, only its address means anything.
    static _stack_start: u32;
    /// The lowest address that it may come to.
    static _stack_end: u32;
}

/// Bytes from the top of the stack down to the lowest word that was ever written.
#[must_use]
pub fn deepest() -> u32 {
    let untouched = words_below(top()).take_while(|word| *word == STACK_PAINT_VALUE).count();
    u32::try_from(top() - bottom() - untouched * size_of::<u32>()).unwrap_or(u32::MAX)
}

/// Whether `pattern` stands somewhere below the caller's frame, where functions that have returned had theirs.
#[must_use]
#[inline(never)]
pub fn holds(pattern: &[u32; 4]) -> bool {
    let here = 0u32;
    let mut last = [0; 4];
    words_below(ptr::from_ref(&here) as usize).any(|word| {
        last = [last[1], last[2], last[3], word];
        last == *pattern
    })
}

fn top() -> usize {
    &raw const _stack_start as usize
}

fn bottom() -> usize {
    &raw const _stack_end as usize
}

/// All words from the bottom up to `end`, which must lie within the stack.
fn words_below(end: usize) -> impl Iterator<Item = u32> {
    let end = end.min(top());
    (bottom()..end).step_by(size_of::<u32>()).map(|address| {
        // SAFETY: the linker script aligns `_stack_end` to 4 bytes, and start-up code has written every word from there to
        // `_stack_start`, so the word is aligned, in RAM, and initialised. What Rust keeps there may change under this read or be
        // anything; a volatile read of a `u32` takes it as it is, and nothing is written.
        unsafe { ptr::with_exposed_provenance::<u32>(address).read_volatile() }
    })
}
