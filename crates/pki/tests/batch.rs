//! Batches: in order, on several threads, ended early where they must be.
#![expect(clippy::unwrap_used, reason = "a helper of tests may fail them")]

use std::collections::HashSet;
use std::convert::Infallible;
use std::num::NonZeroUsize;
use std::time::SystemTime;

use pki::batch::{self, BatchError, BatchOptions, IssuedDevice};
use pki::ca::{CaParams, CertificateAuthority};
use pki::key::PrivateKey;

fn ca() -> CertificateAuthority {
    let params = CaParams::new("/O=Nordic Semiconductor".parse().unwrap());
    CertificateAuthority::create(&params, PrivateKey::generate().unwrap(), SystemTime::now()).unwrap()
}

fn options(workers: usize) -> BatchOptions {
    BatchOptions { workers: NonZeroUsize::new(workers), ..BatchOptions::default() }
}

#[test]
fn devices_come_in_order_with_keys_of_their_own() {
    let ca = ca();
    let now = SystemTime::now();
    for (workers, count) in [(1, 70), (3, 500), (4, 1), (2, 0), (2, 64)] {
        let ids = (0..count).map(|n| format!("device-{n}"));
        let mut keys = Vec::new();
        let taken = batch::issue(
            &ca,
            ids,
            &options(workers),
            now,
            |device| device,
            |device: IssuedDevice| {
                assert_eq!(device.device_id, format!("device-{}", keys.len()));
                assert_eq!(device.certificate.common_name().as_ref(), Some(&device.device_id));
                assert_eq!(device.certificate.public_key().unwrap(), device.key.public_key());
                device.certificate.verify_issued_by(ca.certificate(), now).unwrap();
                keys.push(device.key.public_key());
                Ok::<_, Infallible>(())
            },
        );
        assert_eq!(taken.unwrap(), count);
        keys.sort();
        keys.dedup();
        assert_eq!(keys.len(), count);
    }
}

#[test]
fn a_number_of_workers_beyond_reason_is_cut() {
    let mut seen = HashSet::new();
    let taken = batch::issue(
        &ca(),
        (0..10).map(|n| format!("device-{n}")),
        &options(usize::MAX),
        SystemTime::now(),
        |device| device.device_id,
        |id| {
            seen.insert(id);
            Ok::<_, Infallible>(())
        },
    );
    assert_eq!((taken.unwrap(), seen.len()), (10, 10));
}

#[test]
fn a_bad_id_ends_the_batch_after_those_before_it() {
    let ids = (0..300).map(|n| if n == 137 { "not allowed".to_owned() } else { format!("device-{n}") });
    let mut taken = 0;
    let error = batch::issue(
        &ca(),
        ids,
        &options(3),
        SystemTime::now(),
        |device| device.device_id,
        |_| {
            taken += 1;
            Ok::<_, Infallible>(())
        },
    )
    .unwrap_err();
    assert_eq!(taken, 137);
    assert_eq!(
        error.to_string(),
        "device 138: the device ID `not allowed` has the character ' ' at position 4; allowed are letters, digits, `:`, `_` and `-`"
    );
    assert!(matches!(error, BatchError::Issue { index: 137, .. }));
}

#[test]
fn a_sink_that_fails_ends_the_batch() {
    let mut asked = 0;
    let ids = std::iter::repeat_with(|| {
        asked += 1;
        format!("device-{asked}")
    });
    let error = batch::issue(
        &ca(),
        ids,
        &options(2),
        SystemTime::now(),
        |device| device.device_id,
        |id| {
            if id == "device-50" { Err("the disk is full") } else { Ok(()) }
        },
    )
    .unwrap_err();
    assert_eq!(error.to_string(), "device 50: the disk is full");
    // Endless IDs, and yet only a few chunks were asked for: memory is constant.
    assert!(asked < 50 + (2 * 2 + 32) * 8 + 8, "{asked}");
}

#[test]
fn a_render_that_panics_ends_the_batch() {
    let ids = (0..300).map(|n| format!("device-{n}"));
    let ca = ca();
    let result = std::panic::catch_unwind(|| {
        batch::issue(
            &ca,
            ids,
            &options(2),
            SystemTime::now(),
            |_| -> u8 { panic!("rendering failed") },
            |_| Ok::<_, Infallible>(()),
        )
    });
    // A panic on a worker is a panic of the caller, in the same words.
    let words = result.unwrap_err();
    assert_eq!(words.downcast_ref::<&str>(), Some(&"rendering failed"));
}
