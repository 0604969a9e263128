//! P-GPS files: the recorded beginning, whole files of our own making, damage, and any bytes.

use std::time::Duration;

use cloud_api::agnss::{Element, Ephemeris, SystemClock};
use cloud_api::gps_time::GpsTime;
use cloud_api::pgps::{DecodeReason, EncodeError, Encoder, Header, PREDICTION_SIZE, Predictions, SATELLITES};
use proptest::prelude::*;

use crate::elements::{Raw, gps_ephemeris};
use crate::vectors::{PGPS, vector};

fn start() -> GpsTime {
    GpsTime::from_day(16_980, 28_800_000)
}

/// Satellite 32 is unhealthy, and of 13 nothing is known.
fn ephemerides(period: u16) -> impl Iterator<Item = Ephemeris> {
    (1..=32).filter(|sv_id| *sv_id != 13).map(move |sv_id| Ephemeris {
        sv_id,
        health: if sv_id == 32 { 0x3f } else { 0 },
        toe: 30_150 + period,
        ..gps_ephemeris(&[0; 62])
    })
}

fn file(count: u16) -> Vec<u8> {
    let mut encoder = Encoder::growing(start(), 240).unwrap();
    for period in 0..count {
        encoder.prediction(ephemerides(period)).unwrap();
    }
    encoder.finish()
}

#[test]
fn the_recorded_beginning() {
    let Some(beginning) = vector(PGPS) else { return };
    let header = Header::parse(&beginning).unwrap();
    assert_eq!((header.prediction_count, header.prediction_period_min), (42, 240));
    assert_eq!((header.gps_day, header.gps_time_of_day), (16_980, 28_800));
    assert_eq!(header.file_size(), 84_268);
    assert_eq!(header.start(), start());
    assert_eq!(header.end(), start().after(Duration::from_secs(7 * 86_400)));

    let clock = SystemClock::read(&beginning[19..35]).unwrap();
    assert_eq!(clock.time(), start());
    assert_eq!(&beginning[35..38], [2, 32, 0]);
    let first = Ephemeris::read(&beginning[38..]).unwrap();
    assert_eq!((first.sv_id, first.health, first.toc_s(), first.toe_s()), (1, 0, 460_800.0, 460_800.0));
    assert!((first.sqrt_a_sqrt_m() - 5153.6).abs() < 0.2, "{first:?}");

    // Our own file begins with the same bytes, as far as they are not this satellite's.
    let mut own = Encoder::growing(start(), 240).unwrap();
    for _ in 0..42 {
        own.prediction([first]).unwrap();
    }
    let own = own.finish();
    assert_eq!(own[..100], beginning);
    assert_eq!(own.len(), 84_268);

    let error = Predictions::parse(&beginning).unwrap_err();
    assert_eq!(
        error.to_string(),
        "byte 100: the data ends here, and the header announces 84268 bytes in all"
    );
}

#[test]
fn predictions_of_a_file() {
    let file = file(42);
    let predictions = Predictions::parse(&file).unwrap();
    assert_eq!(predictions.iter().len(), 42);
    for (index, prediction) in (0..).zip(predictions.iter()) {
        assert_eq!(prediction.time(), start().after(Duration::from_secs(4 * 3600 * u64::from(index))));
        let satellites = prediction.ephemerides();
        assert_eq!(satellites.len(), SATELLITES);
        assert!(satellites.iter().take(31).eq(ephemerides(index)));
        let last = satellites.get(31).unwrap();
        assert_eq!((last.sv_id, last.is_empty()), (13, true));
        assert!(!satellites.get(30).unwrap().is_healthy());
    }
    let second = |seconds: u64| predictions.at(start().after(Duration::from_secs(seconds)));
    assert_eq!(second(0).unwrap().time(), start());
    assert_eq!(second(4 * 3600 - 1).unwrap().time(), start());
    assert_eq!(second(4 * 3600).unwrap().time(), start().after(Duration::from_secs(4 * 3600)));
    assert!(second(7 * 86_400).is_none());
    assert!(predictions.at(GpsTime::default()).is_none());
}

#[test]
fn a_file_without_a_heap_is_the_same() {
    let mut buffer = vec![0xaa; Header::SIZE + 2 * PREDICTION_SIZE + 100];
    let mut encoder = Encoder::new(&mut buffer, start(), 240).unwrap();
    encoder.prediction(ephemerides(0)).unwrap().prediction(ephemerides(1)).unwrap();
    let full = encoder.prediction(ephemerides(2)).unwrap_err();
    assert_eq!(full.to_string(), "a buffer of 4128 bytes is too short");
    assert_eq!(encoder.finish(), file(2));
}

#[test]
fn what_no_file_can_hold_is_not_written() {
    let refusal = |start, period| Encoder::growing(start, period).unwrap_err();
    assert_eq!(refusal(start(), 0), EncodeError::Period);
    assert_eq!(refusal(start().after(Duration::from_millis(1)), 240), EncodeError::Start);
    assert_eq!(refusal(GpsTime::from_day(32_768, 0), 240), EncodeError::Start);
    let mut encoder = Encoder::growing(start(), 240).unwrap();
    let mut refusal = |ephemerides: Vec<Ephemeris>| encoder.prediction(ephemerides).unwrap_err();
    let first = ephemerides(0).next().unwrap();
    assert_eq!(refusal(vec![first, first]), EncodeError::Twice { sv_id: 1 });
    let thirty_three = (0..33).map(|sv_id| Ephemeris { sv_id, ..first }).collect();
    assert_eq!(refusal(thirty_three), EncodeError::Satellites);
    assert_eq!(
        refusal(vec![Ephemeris { sv_id: 200, ..first }]).to_string(),
        "sv_id of element 0 of type 2 (GPS ephemerides) cannot be 200"
    );
    assert_eq!(encoder.finish(), file(0));
}

#[test]
fn each_defect_has_its_offset_and_reason() {
    let good = file(2);
    let refusal = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut bad = good.clone();
        change(&mut bad);
        Predictions::parse(&bad).unwrap_err().to_string()
    };
    for (at, value, message) in [
        (0, 2, "byte 0: schema_version cannot be 2"),
        (1, 1, "byte 1: array_type cannot be 1"),
        (3, 1, "byte 2: num_items cannot be 257"),
        (6, 0, "byte 6: prediction_size cannot be 1792"),
        (8, 0, "byte 8: prediction_period_min cannot be 0"),
        (11, 0xff, "byte 10: gps_day cannot be -172"),
        (14, 9, "byte 12: gps_time_of_day cannot be 618624"),
        (
            19,
            0,
            "byte 19: the prediction is not for day 16980 and second 28800 of GPS time, which its place is for",
        ),
        (16, 9, "byte 16: 1 elements of type 9 (GPS integrity) where 1 of type 7 (GPS system clock) belong"),
        (35, 10, "byte 35: element type 10 does not exist"),
        (38, 33, "byte 38: sv_id of an element of type 2 (GPS ephemerides) cannot be 33"),
        (
            2022 + 5,
            9,
            "byte 2025: the prediction is not for day 16980 and second 43200 of GPS time, which its place is for",
        ),
    ] {
        let change = |file: &mut Vec<u8>| {
            if at == 8 {
                file[9] = 0;
            }
            file[at] = value;
        };
        assert_eq!(refusal(&change), message);
    }
    assert_eq!(refusal(&|file| file.truncate(9)), "byte 9: the data ends in the header, which has 16 bytes");
    assert_eq!(
        refusal(&|file| file.truncate(4000)),
        "byte 4000: the data ends here, and the header announces 4028 bytes in all"
    );
    assert_eq!(refusal(&|file| file.push(0)), "byte 4028: 1 bytes follow the last prediction");
    // A block head that was changed so that the next one is not where it belongs.
    assert_eq!(
        refusal(&|file| file[36] = 31),
        "byte 35: 31 elements of type 2 (GPS ephemerides) where 32 of type 2 (GPS ephemerides) belong"
    );
}

#[test]
fn cut_anywhere_it_is_refused_at_its_end() {
    let file = file(1);
    for length in 0..file.len() {
        let error = Predictions::parse(&file[..length]).unwrap_err();
        assert_eq!(error.offset, length);
    }
}

#[test]
fn a_file_that_went_through_a_text_encoding_is_refused() {
    let file = file(3);
    let replaced: Vec<u8> = file.iter().map(|byte| if byte.is_ascii() { *byte } else { 0xfd }).collect();
    Predictions::parse(&replaced).unwrap_err();
    Predictions::parse(String::from_utf8_lossy(&file).as_bytes()).unwrap_err();
    // Also where the header is not hit.
    let mut bad = file;
    for byte in bad[38..].iter_mut().filter(|byte| !byte.is_ascii()) {
        *byte = 0xfd;
    }
    let error = Predictions::parse(&bad).unwrap_err();
    assert!(matches!(error.reason, DecodeReason::Element(_)), "{error}");
}

/// What is read is written as the same bytes, save for what the encoder never writes.
fn read(file: &[u8]) {
    let Ok(predictions) = Predictions::parse(file) else { return };
    let header = predictions.header();
    let mut encoder = Encoder::growing(header.start(), header.prediction_period_min).unwrap();
    for prediction in predictions.iter() {
        let clock = prediction.clock();
        let satellites = prediction.ephemerides();
        match encoder.prediction(satellites) {
            Ok(_) if (clock.sv_mask, clock.reserved) == (0, 0) => {}
            Ok(_) => return,
            Err(error) => {
                let count = |sv_id| satellites.iter().filter(|satellite| satellite.sv_id == sv_id).count();
                assert!(matches!(error, EncodeError::Twice { sv_id } if count(sv_id) > 1), "{error}");
                return;
            }
        }
    }
    assert!(encoder.finish() == file);
}

proptest! {
    #[test]
    fn any_bytes_are_read(file in proptest::collection::vec(any::<u8>(), 0..100)) {
        prop_assert!(Predictions::parse(&file).is_err());
        if let Ok(header) = Header::parse(&file) {
            prop_assert!(header.end() >= header.start());
        }
    }

    #[test]
    fn files_are_read_as_they_were_written(
        count in 0..4_u16,
        day in 0..32_768_u32,
        second in 0..86_400_u32,
        period in 1..=u16::MAX,
        raw in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 62), 0..32)
    ) {
        let satellites: Vec<Ephemeris> = (1..)
            .zip(&raw)
            .map(|(sv_id, raw)| {
                let raw: Raw = raw.clone().try_into().unwrap();
                Ephemeris { sv_id, ..gps_ephemeris(&raw) }
            })
            .collect();
        let mut encoder = Encoder::growing(GpsTime::from_day(day, second * 1000), period).unwrap();
        for _ in 0..count {
            encoder.prediction(satellites.iter().copied()).unwrap();
        }
        let file = encoder.finish();
        let predictions = Predictions::parse(&file).unwrap();
        for prediction in predictions.iter() {
            let known = prediction.ephemerides().into_iter().filter(|ephemeris| !ephemeris.is_empty());
            prop_assert!(known.eq(satellites.iter().copied()));
        }
        read(&file);
    }

    #[test]
    fn a_file_with_other_bytes_in_it_is_read_or_refused(
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6)
    ) {
        let mut file = file(2);
        for (place, byte) in changes {
            let place = place.index(file.len());
            file[place] = byte;
        }
        read(&file);
    }
}
