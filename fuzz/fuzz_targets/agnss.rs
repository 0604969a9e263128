//! Reading A-GNSS data: it never panics, and what is read is written as the same bytes, element by element.
//!
//! The input is the payload.

#![no_main]

use cloud_api::agnss::{Agnss, Block, Encoder, kind};
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
    let mut encoder = Encoder::growing();
    macro_rules! write {
        ($block:expr, $($variant:ident, $kind:ident;)+) => {
            match $block {
                $( Block::$variant(elements) => {
                    encoder.block(kind::$kind, elements).expect("what was read can be written");
                } )+
                _ => panic!("a new type"),
            }
        };
    }
    for block in agnss.blocks() {
        write!(block,
            GpsUtc, GPS_UTC;
            GpsEphemeris, GPS_EPHEMERIS;
            GpsAlmanac, GPS_ALMANAC;
            Klobuchar, KLOBUCHAR;
            NeQuick, NEQUICK;
            GpsTow, GPS_TOW;
            GpsClock, GPS_CLOCK;
            Location, LOCATION;
            GpsIntegrity, GPS_INTEGRITY;
            QzssAlmanac, QZSS_ALMANAC;
            QzssEphemeris, QZSS_EPHEMERIS;
            QzssIntegrity, QZSS_INTEGRITY;
            GalileoAlmanac, GALILEO_ALMANAC;
            GalileoEphemeris, GALILEO_EPHEMERIS;
            GpsGalileoOffset, GPS_GALILEO_OFFSET;
            GalileoIntegrity, GALILEO_INTEGRITY;
        );
    }
    for (clock, utc) in agnss.elements(kind::GPS_CLOCK).zip(agnss.elements(kind::GPS_UTC)) {
        assert!(!format!("{} {}", clock.time().to_utc(), clock.time().to_utc_by(&utc)).is_empty());
    }
    encoder.finish()
}
