//! The A-GNSS decoder against recorded payloads, damaged ones, and any bytes.

use std::time::Duration;

use cloud_api::agnss::{Agnss, Block, DecodeReason, Element, ElementType, Kind, kind};
use proptest::prelude::*;

use crate::encode::again;
use crate::vectors::{A, B, D, vector};

fn shape(agnss: &Agnss<'_>) -> Vec<(u8, usize)> {
    agnss.blocks().map(|block| (block.element_type().number(), block.len())).collect()
}

/// The only element of a kind.
fn only<E: Element>(agnss: &Agnss<'_>, kind: Kind<E>) -> E {
    let mut found = agnss.elements(kind);
    let element = found.next().unwrap();
    assert!(found.next().is_none());
    element
}

fn near(actual: f64, expected: f64, tolerance: f64) {
    assert!((actual - expected).abs() <= tolerance, "{actual} is not {expected}");
}

#[test]
fn payload_a_of_2024() {
    let Some(payload) = vector(A) else {
        return;
    };
    let agnss = Agnss::parse(&payload).unwrap();
    assert_eq!(shape(&agnss), [(1, 1), (3, 31), (4, 1), (6, 30), (7, 1), (9, 1), (8, 1)]);

    let utc = only(&agnss, kind::GPS_UTC);
    assert_eq!(
        (utc.a1, utc.a0, utc.tot, utc.wn_t, utc.delta_tls, utc.wn_lsf, utc.dn, utc.delta_tlsf),
        (-7, -2, 15, 123, 18, 137, 6, 18)
    );
    assert_eq!(utc.tot_s(), 61440.0);

    let k = only(&agnss, kind::KLOBUCHAR);
    assert_eq!(
        (k.alpha0, k.alpha1, k.alpha2, k.alpha3, k.beta0, k.beta1, k.beta2, k.beta3),
        (5, 2, -1, -2, 38, 3, -1, -4)
    );
    assert_eq!(k.beta0_s(), 77824.0);

    let clock = only(&agnss, kind::GPS_CLOCK);
    assert_eq!((clock.date_day, clock.time_full_s, clock.sv_mask), (15195, 48729, 0));
    assert_eq!(clock.since_gps_epoch(), Duration::from_secs(15195 * 86400 + 48729));

    let unhealthy: Vec<u8> = only(&agnss, kind::GPS_INTEGRITY).unhealthy_gps().collect();
    assert_eq!(unhealthy, [11, 28]);

    let location = only(&agnss, kind::LOCATION);
    assert_eq!((location.latitude, location.longitude, location.altitude), (5_911_231, 485_643, 0));
    near(location.latitude_degrees(), 63.42063, 1e-5);
    near(location.longitude_degrees(), 10.42077, 1e-5);
    assert_eq!((location.unc_semimajor, location.unc_semiminor), (65, 65));
    near(location.unc_semimajor_m().unwrap(), 4893.7, 0.1);
    assert_eq!((location.orientation_major, location.unc_altitude, location.confidence), (0, 127, 68));
}

#[test]
fn payload_b_of_2024() {
    let Some(payload) = vector(B) else {
        return;
    };
    let agnss = Agnss::parse(&payload).unwrap();
    assert_eq!(shape(&agnss), [(2, 30)]);
    let ephemerides = || agnss.elements(kind::GPS_EPHEMERIS);
    let first = ephemerides().next().unwrap();
    assert_eq!(
        (first.sv_id, first.iodc, first.toc, first.toe, first.af1, first.af0, first.tgd),
        (1, 100, 30150, 30150, -100, 1_286_021, 11)
    );
    assert_eq!(first.toe_s(), 482_400.0);
    let satellites: Vec<u8> = ephemerides().map(|element| element.sv_id).collect();
    let expected: Vec<u8> = (1..=32).filter(|sv| ![11, 28].contains(sv)).collect();
    assert_eq!(satellites, expected);
}

#[test]
fn payload_d_of_2026_with_every_type() {
    let Some(payload) = vector(D) else {
        return;
    };
    let agnss = Agnss::parse(&payload).unwrap();
    assert_eq!(
        shape(&agnss),
        [
            (7, 1),
            (1, 1),
            (2, 31),
            (3, 32),
            (4, 1),
            (5, 1),
            (6, 31),
            (8, 1),
            (9, 1),
            (11, 3),
            (12, 3),
            (13, 1),
            (14, 28),
            (15, 29),
            (16, 1),
            (17, 1),
        ]
    );
    let clock = only(&agnss, kind::GPS_CLOCK);
    assert_eq!((clock.date_day, clock.time_full_s), (16980, 44101));

    let location = only(&agnss, kind::LOCATION);
    near(location.latitude_degrees(), 62.27998, 1e-5);
    near(location.longitude_degrees(), 21.41890, 1e-5);
    assert_eq!(location.unc_semimajor, 58);

    let unhealthy: Vec<u8> = only(&agnss, kind::GPS_INTEGRITY).unhealthy_gps().collect();
    assert_eq!(unhealthy, [13]);

    let first = agnss.elements(kind::GPS_EPHEMERIS).next().unwrap();
    assert_eq!(
        (first.sv_id, first.health, first.iodc, first.toc, first.af2, first.af1, first.af0, first.tgd),
        (1, 0, 485, 30150, 0, -86, 498_046, -19)
    );
    assert_eq!(first.sqrt_a, 2_701_974_107);
    near(first.sqrt_a_sqrt_m(), 5153.61, 0.005);

    let qzss: Vec<u8> = agnss.elements(kind::QZSS_ALMANAC).map(|element| element.sv_id).collect();
    assert_eq!(qzss, [194, 195, 199]);

    // Almanac and ephemeris of one satellite describe one orbit.
    let mut compared = 0;
    for ephemeris in agnss.elements(kind::GALILEO_EPHEMERIS) {
        near(ephemeris.toc_s(), 475_200.0, 4.0 * 3600.0);
        let almanac = agnss.elements(kind::GALILEO_ALMANAC).find(|almanac| almanac.sv_id == ephemeris.sv_id);
        if let Some(almanac) = almanac {
            near(almanac.sqrt_a_sqrt_m(), ephemeris.sqrt_a_sqrt_m(), 0.1);
            near(almanac.e_ratio(), ephemeris.e_ratio(), 1e-4);
            near(almanac.af0_s(), ephemeris.af0_s(), 1e-5);
            near(almanac.i0_semicircles(), ephemeris.i0_semicircles(), 1e-3);
            compared += 1;
        }
    }
    assert!(compared >= 20, "{compared}");
    let almanacs = agnss.elements(kind::GPS_ALMANAC).chain(agnss.elements(kind::QZSS_ALMANAC));
    let mut compared = 0;
    for almanac in almanacs {
        let ephemerides = agnss.elements(kind::GPS_EPHEMERIS).chain(agnss.elements(kind::QZSS_EPHEMERIS));
        for ephemeris in ephemerides.filter(|ephemeris| ephemeris.sv_id == almanac.sv_id) {
            near(almanac.sqrt_a_sqrt_m(), ephemeris.sqrt_a_sqrt_m(), 0.5);
            near(almanac.e_ratio(), ephemeris.e_ratio(), 1e-4);
            near(almanac.i0_semicircles(), ephemeris.i0_semicircles(), 1e-3);
            compared += 1;
        }
    }
    assert_eq!(compared, 31 + 3);

    let offset = only(&agnss, kind::GPS_GALILEO_OFFSET);
    assert_eq!((offset.t0g, offset.wn), (27000, 1401));
    assert_eq!(offset.t0g_s(), 432_000.0);
}

#[test]
fn recorded_data_cut_anywhere_is_refused_with_the_offset_of_the_block() {
    for path in [A, B, D] {
        let Some(payload) = vector(path) else { return };
        let starts: Vec<usize> = Agnss::parse(&payload)
            .unwrap()
            .blocks()
            .scan(1, |at, block| {
                let start = *at;
                *at += 3 + block.len() * block.element_type().size();
                Some(start)
            })
            .collect();
        for length in 0..payload.len() {
            let block = starts.iter().copied().rfind(|start| *start < length);
            match Agnss::parse(&payload[..length]) {
                Ok(_) => assert!(length == 1 || starts.contains(&length), "{length}"),
                Err(error) => assert_eq!(error.offset, block.unwrap_or(0), "{length}: {error}"),
            }
        }
    }
}

#[test]
fn data_that_went_through_a_text_encoding_is_refused() {
    for path in [A, B, D] {
        let Some(payload) = vector(path) else { return };
        let replaced: Vec<u8> =
            payload.iter().map(|byte| if byte.is_ascii() { *byte } else { 0xfd }).collect();
        let error = Agnss::parse(&replaced).unwrap_err();
        assert!(matches!(error.reason, DecodeReason::OutOfRange { .. }), "{error}");
        let lossy = String::from_utf8_lossy(&payload).into_owned();
        Agnss::parse(lossy.as_bytes()).unwrap_err();
    }
}

#[test]
fn each_defect_has_its_offset_and_reason() {
    let refusal = |payload: &[u8]| Agnss::parse(payload).unwrap_err().to_string();
    assert_eq!(refusal(&[]), "byte 0: the payload is empty");
    assert_eq!(refusal(&[2, 1, 0, 0]), "byte 0: schema version 2 where 1 belongs");
    assert_eq!(refusal(b"{\"code\":40100}"), "byte 0: schema version 123 where 1 belongs");
    assert_eq!(refusal(&[1, 10, 1, 0]), "byte 1: element type 10 does not exist");
    assert_eq!(refusal(&[1, 9, 0, 0, 7]), "byte 4: the data ends after 1 of the 3 bytes of a block head");
    assert_eq!(
        refusal(&[1, 6, 2, 0, 1, 2, 3, 4, 5]),
        "byte 1: 2 elements of type 6 (GPS time of week) need 8 bytes, and 5 are left"
    );
    assert_eq!(
        refusal(&[1, 6, 2, 0, 32, 0, 0, 0, 33, 0, 0, 0]),
        "byte 8: sv_id of an element of type 6 (GPS time of week) cannot be 33"
    );
    let mut clock = vec![1, 7, 1, 0, 0, 0, 0x80, 0x51, 1, 0];
    clock.extend([0; 10]);
    assert_eq!(
        refusal(&clock),
        "byte 4: time_full_s of an element of type 7 (GPS system clock) cannot be 86400"
    );
    assert!(Agnss::parse(&[1]).unwrap().blocks().next().is_none());
    assert!(Agnss::parse(&[1, 2, 0, 0]).unwrap().blocks().next().unwrap().is_empty());
}

#[test]
fn missing_uncertainties_are_none() {
    let mut payload = vec![1, 8, 1, 0];
    payload.extend([0; 10]);
    payload.extend([255, 0, 0, 255, 68]);
    let agnss = Agnss::parse(&payload).unwrap();
    let location = only(&agnss, kind::LOCATION);
    assert_eq!((location.unc_semimajor_m(), location.unc_altitude_m()), (None, None));
    assert_eq!(location.unc_semiminor_m(), Some(0.0));
}

#[test]
fn elements_by_index_and_over_several_blocks() {
    let payload = [1, 9, 2, 0, 1, 0, 0, 0, 2, 0, 0, 0, 13, 0, 0, 9, 1, 0, 3, 0, 0, 0];
    let agnss = Agnss::parse(&payload).unwrap();
    let masks: Vec<u32> = agnss.elements(kind::GPS_INTEGRITY).map(|element| element.mask).collect();
    assert_eq!(masks, [1, 2, 3]);
    let Some(Block::GpsIntegrity(elements)) = agnss.blocks().next() else { panic!("{agnss:?}") };
    assert_eq!((elements.len(), elements.is_empty()), (2, false));
    assert_eq!(elements.get(1).unwrap().mask, 2);
    assert!(elements.get(2).is_none() && elements.get(usize::MAX).is_none());
    assert_eq!(elements.into_iter().len(), 2);
    assert_eq!(format!("{agnss:?}"), "[(GpsIntegrity, 2), (QzssIntegrity, 0), (GpsIntegrity, 1)]");
}

/// What is read is written as the same bytes.
fn read(payload: &[u8]) {
    if let Ok(agnss) = Agnss::parse(payload) {
        assert!(!format!("{agnss:?} {:?}", agnss.blocks()).is_empty());
        assert_eq!(again(payload), payload);
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read(payload in proptest::collection::vec(any::<u8>(), 0..300)) {
        read(&payload);
    }

    #[test]
    fn recorded_data_with_other_bytes_in_it_is_read_or_refused(
        path in 0..3_usize,
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8)
    ) {
        let Some(mut payload) = vector([A, B, D][path]) else { return Ok(()) };
        for (place, byte) in changes {
            let place = place.index(payload.len());
            payload[place] = byte;
        }
        read(&payload);
    }

    #[test]
    fn any_framed_bytes_are_read(
        blocks in proptest::collection::vec((0..16usize, proptest::collection::vec(any::<u8>(), 0..200)), 0..5)
    ) {
        let mut payload = vec![1];
        for (kind, bytes) in &blocks {
            let kind = ElementType::ALL[*kind];
            let count = bytes.len() / kind.size();
            payload.push(kind.number());
            payload.extend(u16::try_from(count).unwrap().to_le_bytes());
            payload.extend(&bytes[..count * kind.size()]);
        }
        match Agnss::parse(&payload) {
            Ok(agnss) => prop_assert_eq!(agnss.blocks().count(), blocks.len()),
            Err(error) => {
                let out_of_range = matches!(error.reason, DecodeReason::OutOfRange { .. });
                prop_assert!(out_of_range, "{}", error);
            }
        }
    }
}
