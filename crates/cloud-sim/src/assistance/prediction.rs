//! P-GPS: ephemerides for the hours and days to come, in one file (facts 5.1).

use super::{
    SCHEMA_VERSION, constellation, element,
    encoder::Encoder,
    gps_time::{DAY, GpsTime},
};

/// What stands in a header where an element's type would, for predictions.
const ARRAY_TYPE: u8 = 10;
/// Bytes of one prediction: a clock block and a block of 32 ephemerides.
const PREDICTION_SIZE: u16 = 2006;

/// How many predictions, from when, and how far apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Predictions {
    start: u64,
    count: u16,
    /// Minutes.
    interval: u16,
}

impl Predictions {
    /// `second` may be one whole day.
    pub(crate) fn new(day: u64, second: u64, count: u16, interval: u16) -> Self {
        Self { start: day * DAY + second, count, interval }
    }

    fn time(self, prediction: u16) -> GpsTime {
        GpsTime::from_seconds(self.start + u64::from(prediction) * u64::from(self.interval) * 60)
    }

    /// `<day>-<second>_<day>-<second>.bin`, from the start to the end.
    pub(crate) fn file_name(self) -> String {
        let (start, end) = (self.time(0), self.time(self.count));
        format!("{}-{}_{}-{}.bin", start.day(), start.second_of_day(), end.day(), end.second_of_day())
    }

    pub(super) fn write(self, out: &mut Encoder) {
        let start = self.time(0);
        out.u8(SCHEMA_VERSION);
        out.u8(ARRAY_TYPE);
        out.u16(1);
        out.u16(self.count);
        out.u16(PREDICTION_SIZE);
        out.u16(self.interval);
        out.low::<2>(start.day());
        out.low::<4>(start.second_of_day());
        // Satellites without a prediction stand at the end.
        let mut satellites = constellation::gps();
        satellites.sort_by_key(|sat| (sat.unhealthy, sat.sv_id));
        for prediction in 0..self.count {
            let time = self.time(prediction);
            out.block(7, &[()], |out, ()| element::system_clock(out, time));
            out.block(2, &satellites, |out, sat| {
                if sat.unhealthy {
                    element::no_ephemeris(out, sat);
                } else {
                    element::gps_prediction(out, sat, time);
                }
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(predictions: Predictions) -> Vec<u8> {
        let mut out = Encoder::default();
        predictions.write(&mut out);
        out.into_bytes()
    }

    #[test]
    fn has_the_recorded_header_and_size() {
        let predictions = Predictions::new(16_980, 28_800, 42, 240);
        let file = file(predictions);
        assert_eq!(file.len(), 84_268);
        assert_eq!(file[..16], [1, 10, 1, 0, 42, 0, 0xd6, 7, 0xf0, 0, 0x54, 0x42, 0x80, 0x70, 0, 0]);
        assert_eq!(file[16..19], [7, 1, 0]);
        assert_eq!(predictions.file_name(), "16980-28800_16987-28800.bin");
        // The second: clock of 43200 s, toe at its beginning, 32 ephemerides of which the last is empty.
        let second = &file[16 + 2006..][..2006];
        assert_eq!(u32::from_le_bytes(second[5..9].try_into().unwrap()), 43_200);
        let first = &second[22..84];
        assert_eq!(u16::from_le_bytes(first[16..18].try_into().unwrap()), 29_700); // 475 200 s of the week
        assert_eq!(second[1944], 13);
        assert!(second[1945..].iter().all(|byte| *byte == 0));
    }

    #[test]
    fn a_start_at_the_end_of_a_day_is_the_next_day() {
        assert_eq!(Predictions::new(16_980, 86_400, 1, 120).file_name(), "16981-0_16981-7200.bin");
    }
}
