//! What is encoded is decoded as the same, and what is decoded is encoded as the same bytes.

use cloud_api::agnss::{
    Agnss, BlockVisitor, Element, Elements, EncodeError, Encoder, Ephemeris, Kind, Klobuchar, SystemClock,
    kind,
};
use proptest::prelude::*;

use crate::elements::{self, Raw, write};
use crate::vectors::{A, B, D, vector};

/// The payload decoded to structs and encoded from them.
pub(crate) fn again(payload: &[u8]) -> Vec<u8> {
    struct Again(Encoder<Vec<u8>>);

    impl BlockVisitor for Again {
        fn visit<E: Element>(&mut self, kind: Kind<E>, elements: Elements<'_, E>) {
            let elements: Vec<E> = elements.iter().collect();
            self.0.block(kind, elements).unwrap();
        }
    }

    let mut encoder = Again(Encoder::growing());
    for block in Agnss::parse(payload).unwrap().blocks() {
        block.visit(&mut encoder);
    }
    encoder.0.finish()
}

#[test]
fn recorded_payloads_byte_for_byte() {
    for path in [A, B, D] {
        let Some(payload) = vector(path) else { return };
        assert_eq!(again(&payload), payload);

        // Without a heap, block by block.
        let mut buffer = vec![0xaa; payload.len()];
        let mut encoder = Encoder::new(&mut buffer).unwrap();
        for block in Agnss::parse(&payload).unwrap().blocks() {
            encoder.copy(&block).unwrap();
        }
        assert_eq!(encoder.finish(), payload);
    }
}

#[test]
fn a_buffer_that_is_too_short_keeps_the_blocks_that_fit() {
    let ionosphere = Klobuchar { alpha0: 5, ..Klobuchar::default() };
    let full = "a buffer of 16 bytes is too short";
    let mut buffer = [0xaa; 16];
    let mut encoder = Encoder::new(&mut buffer).unwrap();
    encoder.block(kind::KLOBUCHAR, [ionosphere]).unwrap();
    assert_eq!(encoder.block(kind::KLOBUCHAR, [ionosphere]).unwrap_err().to_string(), full);
    let other = [1, 4, 1, 0, 1, 2, 3, 4, 5, 6, 7, 8];
    let block = Agnss::parse(&other).unwrap().blocks().next().unwrap();
    assert_eq!(encoder.copy(&block).unwrap_err().to_string(), full);
    encoder.block(kind::GPS_CLOCK, []).unwrap();
    assert_eq!(encoder.finish(), [1, 4, 1, 0, 5, 0, 0, 0, 0, 0, 0, 0, 7, 0, 0]);
    assert_eq!(Encoder::new(&mut []).unwrap_err(), EncodeError::Full { size: 0 });
}

#[test]
fn what_would_be_refused_is_not_written() {
    let mut encoder = Encoder::growing();
    let mut refusal = |clock| {
        let good = SystemClock::default();
        encoder.block(kind::GPS_CLOCK, [good, clock]).unwrap_err().to_string()
    };
    assert_eq!(
        refusal(SystemClock { time_full_s: 86_400, ..SystemClock::default() }),
        "time_full_s of element 1 of type 7 (GPS system clock) cannot be 86400"
    );
    let ephemeris = elements::gps_ephemeris(&[0; 62]);
    assert_eq!(
        encoder.block(kind::QZSS_EPHEMERIS, [ephemeris]).unwrap_err().to_string(),
        "sv_id of element 0 of type 12 (QZSS ephemerides) cannot be 1"
    );
    let lost = Ephemeris { sqrt_a: 1, ..ephemeris };
    assert_eq!(
        encoder.block(kind::GPS_EPHEMERIS, [lost]).unwrap_err().to_string(),
        "sqrt_a of element 0 of type 2 (GPS ephemerides) cannot be 1"
    );
    let many = std::iter::repeat_n(Klobuchar::default(), 65_536);
    assert_eq!(
        encoder.block(kind::KLOBUCHAR, many).unwrap_err().to_string(),
        "a block of type 4 (Klobuchar ionosphere) holds no more than 65535 elements"
    );
    assert_eq!(encoder.finish(), [1]);
}

#[test]
fn a_satellite_of_which_nothing_is_known() {
    let empty = Ephemeris { sv_id: 13, ..Ephemeris::default() };
    assert!(empty.is_empty());
    let mut encoder = Encoder::growing();
    encoder.block(kind::GPS_EPHEMERIS, [empty]).unwrap();
    let payload = encoder.finish();
    let read: Vec<Ephemeris> = Agnss::parse(&payload).unwrap().elements(kind::GPS_EPHEMERIS).collect();
    assert_eq!(read, [empty]);
}

fn raw() -> impl Strategy<Value = Raw> {
    proptest::collection::vec(any::<u8>(), 62).prop_map(|bytes| bytes.try_into().unwrap())
}

/// One element: written, read, and the same.
macro_rules! identity {
    ($($name:ident: $kind:ident, $make:expr;)+) => {
        proptest! {
            $(
                #[test]
                fn $name(raw in raw()) {
                    let element = $make(&raw);
                    let mut encoder = Encoder::growing();
                    encoder.block(kind::$kind, [element]).unwrap();
                    let payload = encoder.finish();
                    let agnss = Agnss::parse(&payload).unwrap();
                    prop_assert_eq!(agnss.elements(kind::$kind).collect::<Vec<_>>(), [element]);
                    prop_assert_eq!(Element::read(element.to_bytes().as_ref()), Some(element));
                    prop_assert_eq!(again(&payload), payload);
                }
            )+
        }
    };
}

identity! {
    type_1: GPS_UTC, elements::utc;
    type_2: GPS_EPHEMERIS, elements::gps_ephemeris;
    type_3: GPS_ALMANAC, elements::gps_almanac;
    type_4: KLOBUCHAR, elements::from_raw;
    type_5: NEQUICK, elements::from_raw;
    type_6: GPS_TOW, elements::time_of_week;
    type_7: GPS_CLOCK, elements::clock;
    type_8: LOCATION, elements::location;
    type_9: GPS_INTEGRITY, elements::from_raw;
    type_11: QZSS_ALMANAC, elements::qzss_almanac;
    type_12: QZSS_EPHEMERIS, elements::qzss_ephemeris;
    type_13: QZSS_INTEGRITY, elements::from_raw;
    type_14: GALILEO_ALMANAC, elements::galileo_almanac;
    type_15: GALILEO_EPHEMERIS, elements::galileo_ephemeris;
    type_16: GPS_GALILEO_OFFSET, elements::from_raw;
    type_17: GALILEO_INTEGRITY, elements::from_raw;
}

proptest! {
    /// Blocks of any types in any order, several of one type among them.
    #[test]
    fn whole_messages(
        blocks in proptest::collection::vec((0..16_usize, proptest::collection::vec(raw(), 0..4)), 0..20)
    ) {
        let mut encoder = Encoder::growing();
        for (index, raw) in &blocks {
            write(&mut encoder, *index, raw).unwrap();
        }
        let payload = encoder.finish();
        prop_assert_eq!(Agnss::parse(&payload).unwrap().blocks().count(), blocks.len());
        prop_assert_eq!(again(&payload), &payload[..]);

        let mut buffer = vec![0; payload.len()];
        let mut encoder = Encoder::new(&mut buffer).unwrap();
        for (index, raw) in &blocks {
            write(&mut encoder, *index, raw).unwrap();
        }
        prop_assert_eq!(encoder.finish(), payload);
    }
}
