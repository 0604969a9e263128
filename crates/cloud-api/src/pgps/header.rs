//! The first 16 bytes of a P-GPS file.

use std::time::Duration;

use super::{DecodeError, DecodeReason, PREDICTION_SIZE};
use crate::gps_time::GpsTime;

/// What a file holds: how many predictions, and for when. With it the beginning of a file tells how long the
/// whole is.
///
/// The fields that never change are checked and not kept: schema version 1, type 10, one item, predictions of
/// 2006 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Header {
    /// Number of predictions.
    pub prediction_count: u16,
    /// Length of a prediction's period in minutes.
    pub prediction_period_min: u16,
    /// Days from 1980-01-06 to the first prediction.
    pub gps_day: i16,
    /// Second of that day, GPS time, at which the first prediction begins.
    pub gps_time_of_day: i32,
}

const SCHEMA_VERSION: u8 = 1;
/// The type of element that stands for predictions.
const ARRAY_TYPE: u8 = 10;
const ITEMS: u16 = 1;
const MILLIS_PER_DAY: u64 = 86_400_000;

impl Header {
    /// Size in bytes.
    pub const SIZE: usize = 16;

    /// Reads the beginning of a file.
    ///
    /// # Errors
    ///
    /// [`DecodeError`]: the first field that is wrong, with its offset.
    pub fn parse(file: &[u8]) -> Result<Self, DecodeError> {
        let Some(bytes) = file.first_chunk::<{ Self::SIZE }>() else {
            return Err(DecodeError { offset: file.len(), reason: DecodeReason::HeaderCut });
        };
        let u16_at = |at: usize| u16::from_le_bytes([bytes[at], bytes[at + 1]]);
        let header = Self {
            prediction_count: u16_at(4),
            prediction_period_min: u16_at(8),
            gps_day: i16::from_le_bytes([bytes[10], bytes[11]]),
            gps_time_of_day: i32::from_le_bytes([bytes[12], bytes[13], bytes[14], bytes[15]]),
        };
        let only = |value: i64| value..=value;
        let size = i64::from(Self::PREDICTION_SIZE);
        let rules: [(usize, &'static str, i64, std::ops::RangeInclusive<i64>); 7] = [
            (0, "schema_version", bytes[0].into(), only(SCHEMA_VERSION.into())),
            (1, "array_type", bytes[1].into(), only(ARRAY_TYPE.into())),
            (2, "num_items", u16_at(2).into(), only(ITEMS.into())),
            (6, "prediction_size", u16_at(6).into(), only(size)),
            (8, "prediction_period_min", header.prediction_period_min.into(), 1..=i64::MAX),
            (10, "gps_day", header.gps_day.into(), 0..=i64::MAX),
            (12, "gps_time_of_day", header.gps_time_of_day.into(), 0..=86_399),
        ];
        match rules.into_iter().find(|(_, _, value, range)| !range.contains(value)) {
            Some((offset, field, value, _)) => {
                Err(DecodeError { offset, reason: DecodeReason::Header { field, value } })
            }
            None => Ok(header),
        }
    }

    /// A header for no predictions yet; `None` when the start is no whole second, or on a day beyond 15 bits.
    pub(super) fn new(start: GpsTime, prediction_period_min: u16) -> Option<Self> {
        let second = start.millisecond_of_day() / 1000;
        let header = Self {
            prediction_count: 0,
            prediction_period_min,
            gps_day: i16::try_from(start.day()).ok()?,
            gps_time_of_day: i32::try_from(second).ok()?,
        };
        (header.start() == start).then_some(header)
    }

    pub(super) fn to_bytes(self) -> [u8; Self::SIZE] {
        let mut bytes = [0; Self::SIZE];
        bytes[0] = SCHEMA_VERSION;
        bytes[1] = ARRAY_TYPE;
        bytes[2..4].copy_from_slice(&ITEMS.to_le_bytes());
        bytes[4..6].copy_from_slice(&self.prediction_count.to_le_bytes());
        bytes[6..8].copy_from_slice(&Self::PREDICTION_SIZE.to_le_bytes());
        bytes[8..10].copy_from_slice(&self.prediction_period_min.to_le_bytes());
        bytes[10..12].copy_from_slice(&self.gps_day.to_le_bytes());
        bytes[12..].copy_from_slice(&self.gps_time_of_day.to_le_bytes());
        bytes
    }

    /// [`PREDICTION_SIZE`] as the header has it.
    #[expect(clippy::cast_possible_truncation, reason = "2006")]
    const PREDICTION_SIZE: u16 = {
        assert!(PREDICTION_SIZE == 2006);
        PREDICTION_SIZE as u16
    };

    /// Size of the whole file in bytes.
    #[must_use]
    pub fn file_size(self) -> usize {
        Self::SIZE + usize::from(self.prediction_count) * PREDICTION_SIZE
    }

    /// The beginning of the first prediction.
    #[must_use]
    pub fn start(self) -> GpsTime {
        let day = u64::try_from(self.gps_day).unwrap_or(0);
        let second = u64::try_from(self.gps_time_of_day).unwrap_or(0);
        GpsTime::from_epoch(Duration::from_millis(day * MILLIS_PER_DAY + second * 1000))
    }

    /// Length of a prediction's period.
    #[must_use]
    pub fn period(self) -> Duration {
        Duration::from_secs(u64::from(self.prediction_period_min) * 60)
    }

    /// The end of the last prediction's period.
    #[must_use]
    pub fn end(self) -> GpsTime {
        self.time_of(self.prediction_count)
    }

    /// The beginning of a prediction's period.
    pub(super) fn time_of(self, index: u16) -> GpsTime {
        self.start().after(self.period() * index.into())
    }
}
