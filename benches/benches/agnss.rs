//! Assistance data against the bound of reading its bytes.

#![allow(clippy::unwrap_used, reason = "a benchmark that panics has failed")]

use std::hint::black_box;

use benches::{Operation, Target};
use cloud_api::agnss::{
    Agnss, Almanac, BlockVisitor, Buffer, Element, Elements, Encoder, Ephemeris, GalileoAlmanac,
    GalileoEphemeris, GalileoIntegrity, GpsGalileoOffset, Integrity, Kind, Klobuchar, Location, NeQuick,
    SystemClock, TimeOfWeek, UtcParameters, kind,
};
use cloud_api::gps_time::GpsTime;
use cloud_api::pgps::{self, Predictions};

/// Every target of the project for assistance data: 5,892 bytes within 20 µs.
const TARGETS: &[Target] = &[
    Target::at_most("decode/all values in physical units", 20_000.0),
    Target::at_most("decode/all elements", 20_000.0),
    Target::at_most("encode/all elements", 20_000.0),
];

fn main() {
    let payload = payload();
    let payload = payload.as_slice();
    let file = file();
    let file = file.as_slice();
    let mut buffer = vec![0; payload.len()];
    let operations = vec![
        Operation::new("decode/raw sum of the bytes", || sum(black_box(payload))),
        Operation::new("decode/check", || Agnss::parse(black_box(payload)).unwrap()),
        Operation::new("decode/all elements", || elements(black_box(payload))),
        Operation::new("decode/all values in physical units", || values(black_box(payload))),
        Operation::new("encode/all elements", || {
            let mut encoder = Encoder::new(&mut buffer).unwrap();
            encode(&mut encoder, black_box(payload));
            encoder.finish().len()
        }),
        Operation::new("predictions/raw sum of the bytes", || sum(black_box(file))),
        Operation::new("predictions/check", || Predictions::parse(black_box(file)).unwrap()),
    ];
    benches::run("agnss", operations, TARGETS);
}

/// What every reader of the bytes has to do at least.
fn sum(bytes: &[u8]) -> u64 {
    bytes.iter().map(|byte| u64::from(*byte)).sum()
}

fn elements(payload: &[u8]) {
    struct Read;

    impl BlockVisitor for Read {
        fn visit<E: Element>(&mut self, _: Kind<E>, elements: Elements<'_, E>) {
            for element in elements {
                black_box(element);
            }
        }
    }

    visit(payload, &mut Read);
}

fn values(payload: &[u8]) -> f64 {
    struct Sum(f64);

    impl BlockVisitor for Sum {
        fn visit<E: Element>(&mut self, _: Kind<E>, elements: Elements<'_, E>) {
            for element in elements {
                element.visit(|field| self.0 += field.quantity.map_or(0.0, |quantity| quantity.value));
            }
        }
    }

    let mut sum = Sum(0.0);
    visit(payload, &mut sum);
    sum.0
}

fn encode<B: Buffer>(encoder: &mut Encoder<B>, payload: &[u8]) {
    struct Write<'e, B>(&'e mut Encoder<B>);

    impl<B: Buffer> BlockVisitor for Write<'_, B> {
        fn visit<E: Element>(&mut self, kind: Kind<E>, elements: Elements<'_, E>) {
            self.0.block(kind, elements).unwrap();
        }
    }

    visit(payload, &mut Write(encoder));
}

fn visit(payload: &[u8], visitor: &mut impl BlockVisitor) {
    for block in Agnss::parse(payload).unwrap().blocks() {
        block.visit(visitor);
    }
}

/// As long as the recorded answer of 2026 with every type, and with as many elements.
fn payload() -> Vec<u8> {
    let ephemeris = |sv_id| Ephemeris { sv_id, sqrt_a: 5153 << 19, toe: 30_150, ..Ephemeris::default() };
    let almanac = |sv_id| Almanac { sv_id, sqrt_a: 5153 << 11, ..Almanac::default() };
    let qzss = [194, 195, 199];
    let galileo = |sv_id| GalileoEphemeris { sv_id, sqrt_a: 5440 << 19, ..GalileoEphemeris::default() };
    let mut encoder = Encoder::growing();
    let mut write = || {
        encoder.block(kind::GPS_CLOCK, [SystemClock { date_day: 16_980, ..SystemClock::default() }])?;
        encoder.block(kind::GPS_UTC, [UtcParameters { dn: 7, ..UtcParameters::default() }])?;
        encoder.block(kind::GPS_EPHEMERIS, (1..=31).map(ephemeris))?;
        encoder.block(kind::GPS_ALMANAC, (1..=32).map(almanac))?;
        encoder.block(kind::KLOBUCHAR, [Klobuchar::default()])?;
        encoder.block(kind::NEQUICK, [NeQuick::default()])?;
        encoder.block(kind::GPS_TOW, (1..=31).map(|sv_id| TimeOfWeek { sv_id, ..TimeOfWeek::default() }))?;
        encoder.block(kind::LOCATION, [Location::default()])?;
        encoder.block(kind::GPS_INTEGRITY, [Integrity::default()])?;
        encoder
            .block(kind::QZSS_ALMANAC, qzss.map(|sv_id| Almanac { sqrt_a: 6493 << 11, ..almanac(sv_id) }))?;
        encoder.block(
            kind::QZSS_EPHEMERIS,
            qzss.map(|sv_id| Ephemeris { sqrt_a: 6493 << 19, ..ephemeris(sv_id) }),
        )?;
        encoder.block(kind::QZSS_INTEGRITY, [Integrity::default()])?;
        encoder.block(
            kind::GALILEO_ALMANAC,
            (1..=28).map(|sv_id| GalileoAlmanac { sv_id, ..GalileoAlmanac::default() }),
        )?;
        encoder.block(kind::GALILEO_EPHEMERIS, (1..=29).map(galileo))?;
        encoder.block(kind::GPS_GALILEO_OFFSET, [GpsGalileoOffset::default()])?;
        encoder.block(kind::GALILEO_INTEGRITY, [GalileoIntegrity::default()])?;
        Ok::<_, cloud_api::agnss::EncodeError>(())
    };
    write().unwrap();
    let payload = encoder.finish();
    assert_eq!(payload.len(), 5892);
    payload
}

/// A week of predictions, as long as the recorded file of 2026.
fn file() -> Vec<u8> {
    let mut encoder = pgps::Encoder::growing(GpsTime::from_day(16_980, 28_800_000), 240).unwrap();
    let ephemeris = |sv_id| Ephemeris { sv_id, sqrt_a: 5153 << 19, ..Ephemeris::default() };
    for _ in 0..42 {
        encoder.prediction((1..=32).map(ephemeris)).unwrap();
    }
    encoder.finish()
}
