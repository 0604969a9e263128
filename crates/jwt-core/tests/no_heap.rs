//! Neither path touches the heap: an allocator that counts says so.

#![cfg(feature = "p256")]
#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use jwt_core::key::p256::SigningKey;
use jwt_core::{Claims, Header, UntrustedToken, nrfcloud};

thread_local!(static ALLOCATIONS: Cell<usize> = const { Cell::new(0) });

struct Counting;

// SAFETY: it counts and hands everything on to the system's allocator.
#[expect(unsafe_code, reason = "an allocator cannot be written without")]
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.with(|count| count.set(count.get() + 1));
        // SAFETY: the caller's promise is handed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise is handed on.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

fn allocations(work: impl FnOnce()) -> usize {
    let before = ALLOCATIONS.with(Cell::get);
    work();
    ALLOCATIONS.with(Cell::get) - before
}

#[test]
fn the_counter_counts() {
    assert!(allocations(|| drop(std::hint::black_box(vec![1_u8]))) > 0);
}

#[test]
fn signing_parsing_verifying_validating_without_heap() {
    #[derive(serde::Serialize, serde::Deserialize)]
    struct Custom<'a> {
        fw: &'a str,
        slots: [u8; 2],
    }
    let key = SigningKey::from_scalar(&[7; 32]).unwrap();
    let (mut buf, mut payload) = ([0; 512], [0; 256]);
    let count = allocations(|| {
        let custom = Custom { fw: "2.0.2", slots: [1, 2] };
        let claims = Claims::new().sub("a-device").iat(1000).exp(1600).aud_many(&["a", "b"]).custom(custom);
        let token = jwt_core::sign(&Header::new().with_kid("k"), &claims, &key, &mut buf).unwrap();
        let verified =
            UntrustedToken::parse(token).unwrap().verify(key.verifying_key(), &mut payload).unwrap();
        verified.validate(&nrfcloud::device_by_sub(1100, "a-device")).unwrap();
        let custom: Custom<'_> = verified.claims().custom().unwrap();
        assert!(custom.fw == "2.0.2" && custom.slots == [1, 2]);
        assert!(verified.validate(&nrfcloud::device_by_sub(9000, "b")).is_err());
    });
    assert_eq!(count, 0);
}
