//! The heap, and how much of it was in use at the most.
#![expect(unsafe_code, reason = "an allocator hands out memory, which is what this module is for")]

use core::{
    alloc::{GlobalAlloc, Layout},
    mem::MaybeUninit,
    sync::atomic::{AtomicUsize, Ordering},
};

use embedded_alloc::LlffHeap;

/// A first-fit heap that remembers its high-water mark.
pub(crate) struct Heap {
    memory: LlffHeap,
    most: AtomicUsize,
}

impl Heap {
    /// Without memory, from which nothing can be allocated.
    pub(crate) const fn empty() -> Self {
        Self { memory: LlffHeap::empty(), most: AtomicUsize::new(0) }
    }

    /// Gives it its memory. What was given before is forgotten.
    pub(crate) fn give(&self, arena: &'static mut [MaybeUninit<u8>]) {
        // SAFETY: nobody else has this memory, now or later. `singleton!`, from which it comes, gives it once, so this is called once.
        unsafe { self.memory.init(arena.as_mut_ptr().expose_provenance(), arena.len()) }
    }

    /// The most bytes that were in use at a time.
    pub(crate) fn most(&self) -> u32 {
        u32::try_from(self.most.load(Ordering::Relaxed)).unwrap_or(u32::MAX)
    }
}

// SAFETY: all of it is done by `LlffHeap`, which keeps the promises of this trait; counting changes no memory.
unsafe impl GlobalAlloc for Heap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller keeps what `alloc` asks of it.
        let place = unsafe { GlobalAlloc::alloc(&self.memory, layout) };
        self.most.fetch_max(self.memory.used(), Ordering::Relaxed);
        place
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        // SAFETY: the caller keeps what `dealloc` asks of it, and `place` comes from `alloc` above.
        unsafe { GlobalAlloc::dealloc(&self.memory, place, layout) }
    }
}
