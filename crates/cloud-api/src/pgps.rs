//! Reads and writes P-GPS files: GPS ephemerides predicted for days ahead.
//!
//! A file is a header of 16 bytes and predictions of 2006 bytes each, one for every period: a clock (type 7 of
//! [`crate::agnss`]) and the ephemerides (type 2) of 32 satellites; little-endian, without padding.
//! Source: nRF Connect SDK's P-GPS schema and its recorded file of 2026.
//!
//! [`Predictions::parse`] checks the whole file once; after that nothing can fail, and nothing is copied or
//! allocated. [`Encoder`] writes a file, and [`Client::download_predictions`](crate::Client::download_predictions)
//! fetches one.
//!
//! ```
//! use std::time::Duration;
//!
//! use cloud_api::gps_time::GpsTime;
//! use cloud_api::pgps::{Encoder, Predictions};
//!
//! let start = GpsTime::from_day(16_980, 28_800_000);
//! let mut encoder = Encoder::growing(start, 240)?;
//! encoder.prediction([])?.prediction([])?;
//! let file = encoder.finish();
//!
//! let predictions = Predictions::parse(&file)?;
//! assert_eq!(predictions.header().end().to_utc().to_string(), "2026-07-03T15:59:42.000Z");
//! let prediction = predictions.at(start.after(Duration::from_secs(5 * 3600))).ok_or("not covered")?;
//! assert_eq!(prediction.time(), start.after(Duration::from_secs(4 * 3600)));
//! assert_eq!(prediction.ephemerides().iter().filter(|satellite| !satellite.is_empty()).count(), 0);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod download;
mod encode;
mod header;

use std::fmt;

use crate::agnss::{self, Block, Blocks, Element as _, ElementType, Elements, Ephemeris, SystemClock};
use crate::gps_time::GpsTime;

pub use download::InvalidFileAddress;
pub use encode::{EncodeError, Encoder};
pub use header::Header;

/// Satellites in a prediction: all of GPS.
pub const SATELLITES: usize = 32;
/// Size of a prediction in bytes: two blocks.
pub const PREDICTION_SIZE: usize =
    2 * agnss::HEAD + SystemClock::SIZE + SATELLITES * <Ephemeris as agnss::Element>::SIZE;

/// A checked P-GPS file.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Predictions<'a> {
    header: Header,
    bytes: &'a [u8],
}

impl<'a> Predictions<'a> {
    /// Checks the header, that the file is as long as it says, and each prediction: its blocks, its time, which
    /// follows from the header, and its ephemerides as [`Agnss::parse`](crate::agnss::Agnss::parse) does.
    ///
    /// # Errors
    ///
    /// [`DecodeError`]: the first thing that is wrong, with its offset.
    pub fn parse(file: &'a [u8]) -> Result<Self, DecodeError> {
        let header = Header::parse(file)?;
        let (need, have) = (header.file_size(), file.len());
        if have < need {
            return Err(DecodeError { offset: have, reason: DecodeReason::Cut { need } });
        }
        if have > need {
            return Err(DecodeError { offset: need, reason: DecodeReason::TooLong { more: have - need } });
        }
        for index in 0..header.prediction_count {
            let offset = Header::SIZE + usize::from(index) * PREDICTION_SIZE;
            check(file, offset, header.time_of(index))?;
        }
        Ok(Self { header, bytes: &file[Header::SIZE..] })
    }

    /// The header.
    #[must_use]
    pub fn header(&self) -> Header {
        self.header
    }

    /// The predictions, from the first period on.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Prediction<'a>> + use<'a> {
        self.bytes.chunks_exact(PREDICTION_SIZE).map(Prediction::new)
    }

    /// The prediction for a moment: the one whose period it lies in.
    #[must_use]
    pub fn at(&self, time: GpsTime) -> Option<Prediction<'a>> {
        let elapsed = time.since_epoch().checked_sub(self.header.start().since_epoch())?;
        let index = elapsed.as_millis() / self.header.period().as_millis();
        self.iter().nth(usize::try_from(index).ok()?)
    }
}

impl fmt::Debug for Predictions<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Predictions").field("header", &self.header).finish_non_exhaustive()
    }
}

/// Checks the two blocks of a prediction.
fn check(file: &[u8], offset: usize, time: GpsTime) -> Result<(), DecodeError> {
    let block = |offset, expected: (ElementType, usize)| {
        let (block, length) = agnss::block_at(file, offset)
            .map_err(|error| DecodeError { offset: error.offset, reason: error.reason.into() })?;
        let found = (block.element_type(), block.len());
        if found != expected {
            let (kind, count) = expected;
            let reason = DecodeReason::Block { kind, count, found: found.0, found_count: found.1 };
            return Err(DecodeError { offset, reason });
        }
        Ok((block, offset + length))
    };
    let (clock, after) = block(offset, (ElementType::GpsClock, 1))?;
    block(after, (ElementType::GpsEphemeris, SATELLITES))?;
    match clock {
        Block::GpsClock(clock) if clock.get(0).is_some_and(|clock| clock.time() != time) => {
            Err(DecodeError { offset: offset + agnss::HEAD, reason: DecodeReason::Time { expected: time } })
        }
        _ => Ok(()),
    }
}

/// The prediction for one period.
#[derive(Debug, Clone, Copy)]
pub struct Prediction<'a> {
    bytes: &'a [u8],
}

impl<'a> Prediction<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        Self { bytes }
    }

    /// The clock element as it stands in the file.
    #[must_use]
    pub fn clock(&self) -> SystemClock {
        let clock = self.bytes.get(agnss::HEAD..agnss::HEAD + SystemClock::SIZE);
        clock.and_then(SystemClock::read).unwrap_or_default()
    }

    /// The beginning of the period.
    #[must_use]
    pub fn time(&self) -> GpsTime {
        self.clock().time()
    }

    /// The ephemerides of the 32 satellites. Those without a prediction stand last and are
    /// [empty](Ephemeris::is_empty); what is not [healthy](Ephemeris::is_healthy) is not to be used.
    #[must_use]
    pub fn ephemerides(&self) -> Elements<'a, Ephemeris> {
        let blocks = Blocks::new(self.bytes);
        let mut ephemerides = blocks.filter_map(|block| match block {
            Block::GpsEphemeris(elements) => Some(elements),
            _ => None,
        });
        ephemerides.next().unwrap_or_default()
    }
}

/// A file is not P-GPS data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("byte {offset}: {reason}")]
#[non_exhaustive]
pub struct DecodeError {
    /// Offset in the file, from 0.
    pub offset: usize,
    /// What is wrong there.
    pub reason: DecodeReason,
}

/// What is wrong with a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeReason {
    /// The data ends in the header.
    #[error("the data ends in the header, which has {} bytes", Header::SIZE)]
    HeaderCut,
    /// A field of the header that cannot have this value.
    #[error("{field} cannot be {value}")]
    Header {
        /// Name of the field.
        field: &'static str,
        /// Its raw value.
        value: i64,
    },
    /// The file ends too early.
    #[error("the data ends here, and the header announces {need} bytes in all")]
    Cut {
        /// Bytes that the header announces.
        need: usize,
    },
    /// There is something behind the last prediction.
    #[error("{more} bytes follow the last prediction")]
    TooLong {
        /// Number of bytes.
        more: usize,
    },
    /// A block of a prediction that is none, or has an element that cannot be.
    #[error(transparent)]
    Element(#[from] agnss::DecodeReason),
    /// Another block than the one that belongs here.
    #[error("{found_count} elements of type {found} where {count} of type {kind} belong")]
    Block {
        /// Type that belongs here.
        kind: ElementType,
        /// Number of elements that belongs here.
        count: usize,
        /// Type of the block.
        found: ElementType,
        /// Elements in the block.
        found_count: usize,
    },
    /// A prediction is for another time than its place in the file says.
    #[error("the prediction is not for day {} and second {} of GPS time, which its place is for",
        .expected.day(), .expected.millisecond_of_day() / 1000)]
    Time {
        /// The beginning of the period.
        expected: GpsTime,
    },
}
