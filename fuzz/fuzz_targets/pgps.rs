//! Reading a P-GPS file: it never panics, and what is read is written and read again as the same.
//!
//! The input is the file. It is read as it is, and once more with a count in its header that fits its length.

#![no_main]

use cloud_api::pgps::{EncodeError, Encoder, Header, PREDICTION_SIZE, Predictions};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    read(data);
    // With a count that fits, the predictions themselves are reached.
    let mut file = data.to_vec();
    if let Some(predictions) = file.len().checked_sub(Header::SIZE) {
        let count = u16::try_from(predictions / PREDICTION_SIZE).expect("an input is shorter than 131 MB");
        file[4..6].copy_from_slice(&count.to_le_bytes());
        file.truncate(Header::SIZE + usize::from(count) * PREDICTION_SIZE);
        read(&file);
    }
});

fn read(file: &[u8]) {
    let predictions = match Predictions::parse(file) {
        Ok(predictions) => predictions,
        Err(error) => {
            assert!(error.offset <= file.len());
            assert!(!error.to_string().contains(char::is_control), "{error}");
            return;
        }
    };
    let header = predictions.header();
    assert_eq!(header.file_size(), file.len());
    let mut encoder = Encoder::growing(header.start(), header.prediction_period_min).expect("it was read");
    for prediction in predictions.iter() {
        let found = predictions.at(prediction.time()).expect("its own time is covered");
        assert_eq!(found.time(), prediction.time());
        match encoder.prediction(prediction.ephemerides()) {
            Ok(_) => {}
            Err(EncodeError::Twice { .. }) => return,
            Err(error) => panic!("{error}"),
        }
    }
    let again = encoder.finish();
    let again = Predictions::parse(&again).expect("what was written can be read");
    assert_eq!(again.header(), header);
    for (own, other) in again.iter().zip(predictions.iter()) {
        assert_eq!(own.time(), other.time());
        assert!(own.ephemerides().iter().eq(other.ephemerides().iter()));
    }
}
