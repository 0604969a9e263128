//! Reading A-GNSS data: it never panics, and what is read is written as the same bytes, element by element.
//!
//! The input is the payload.

#![no_main]

use cloud_api::agnss::{Agnss, BlockVisitor, Element, Elements, Encoder, Kind, kind};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let agnss = match Agnss::parse(data) {
        Ok(agnss) => agnss,
        Err(error) => {
            assert!(error.offset <= data.len());
            assert!(!error.to_string().contains(char::is_control), "{error}");
            return;
        }
    };
    assert!(!format!("{:?}", agnss.blocks()).is_empty());
    let mut copy = vec![0; data.len()];
    let mut copied = Encoder::new(&mut copy).expect("a payload has a byte at least");
    for block in agnss.blocks() {
        copied.copy(&block).expect("the buffer is as long as the payload");
    }
    assert_eq!(copied.finish(), data);
    assert_eq!(again(&agnss), data);
});

/// The payload decoded to elements and encoded from them.
fn again(agnss: &Agnss<'_>) -> Vec<u8> {
    struct Again(Encoder<Vec<u8>>);

    impl BlockVisitor for Again {
        fn visit<E: Element>(&mut self, kind: Kind<E>, elements: Elements<'_, E>) {
            self.0.block(kind, elements).expect("what was read can be written");
        }
    }

    let mut encoder = Again(Encoder::growing());
    for block in agnss.blocks() {
        block.visit(&mut encoder);
    }
    for (clock, utc) in agnss.elements(kind::GPS_CLOCK).zip(agnss.elements(kind::GPS_UTC)) {
        assert!(!format!("{} {}", clock.time().to_utc(), clock.time().to_utc_by(&utc)).is_empty());
    }
    encoder.0.finish()
}
