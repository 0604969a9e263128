//! Writes P-GPS files.

use super::{Header, SATELLITES};
use crate::agnss::{self, Buffer, Ephemeris, Filled, SystemClock, kind, write_block};
use crate::gps_time::GpsTime;

/// Writes a P-GPS file, one prediction after the other.
///
/// What it writes is what [`Predictions::parse`](super::Predictions::parse) reads as the same ephemerides; one
/// that would be refused there is refused here. An error leaves what was written before as it was.
#[derive(Debug)]
pub struct Encoder<B> {
    buffer: B,
    header: Header,
}

impl<'b> Encoder<Filled<'b>> {
    /// Writes into a buffer, without a heap. The first prediction begins at `start`; each is for `period_min`
    /// minutes.
    ///
    /// # Errors
    ///
    /// [`EncodeError`] when the header cannot have these values, or the buffer is shorter than it.
    pub fn new(buffer: &'b mut [u8], start: GpsTime, period_min: u16) -> Result<Self, EncodeError> {
        Self::begin(Filled::new(buffer), start, period_min)
    }
}

impl Encoder<Vec<u8>> {
    /// Writes into a `Vec`, which grows; otherwise as [`new`](Encoder::new).
    ///
    /// # Errors
    ///
    /// [`EncodeError`] when the header cannot have these values.
    pub fn growing(start: GpsTime, period_min: u16) -> Result<Self, EncodeError> {
        Self::begin(Vec::new(), start, period_min)
    }
}

impl<B: Buffer> Encoder<B> {
    fn begin(mut buffer: B, start: GpsTime, period_min: u16) -> Result<Self, EncodeError> {
        if period_min == 0 {
            return Err(EncodeError::Period);
        }
        let header = Header::new(start, period_min).ok_or(EncodeError::Start)?;
        buffer.push(&header.to_bytes())?;
        Ok(Self { buffer, header })
    }

    /// Writes the prediction for the next period. Satellites that `ephemerides` leaves out follow as
    /// [empty](Ephemeris::is_empty) ones, by number.
    ///
    /// # Errors
    ///
    /// [`EncodeError`]; then nothing of the prediction is written.
    pub fn prediction(
        &mut self,
        ephemerides: impl IntoIterator<Item = Ephemeris>,
    ) -> Result<&mut Self, EncodeError> {
        let all = complete(ephemerides)?;
        let count = self.header.prediction_count.checked_add(1).ok_or(EncodeError::Predictions)?;
        let time = self.header.time_of(self.header.prediction_count);
        let date_day = u16::try_from(time.day()).map_err(|_| EncodeError::Predictions)?;
        let time_full_s = u32::try_from(time.millisecond_of_day() / 1000).unwrap_or(u32::MAX);
        let clock = SystemClock { date_day, time_full_s, ..SystemClock::default() };
        let begin = self.buffer.length();
        let written = write_block(&mut self.buffer, kind::GPS_CLOCK, [clock])
            .and_then(|()| write_block(&mut self.buffer, kind::GPS_EPHEMERIS, all));
        if written.is_err() {
            self.buffer.shorten(begin);
        }
        written?;
        self.header.prediction_count = count;
        self.buffer.overwrite(4, count.to_le_bytes());
        Ok(self)
    }

    /// The file.
    #[must_use]
    pub fn finish(self) -> B::Payload {
        self.buffer.finish()
    }
}

/// The ephemerides and behind them an empty one for each satellite that is not among them.
fn complete(
    ephemerides: impl IntoIterator<Item = Ephemeris>,
) -> Result<[Ephemeris; SATELLITES], EncodeError> {
    let mut all = [Ephemeris::default(); SATELLITES];
    let mut places = all.iter_mut();
    let mut seen = 0_u64;
    for ephemeris in ephemerides {
        let bit = 1_u64.checked_shl(ephemeris.sv_id.into()).unwrap_or(0);
        if seen & bit != 0 {
            return Err(EncodeError::Twice { sv_id: ephemeris.sv_id });
        }
        seen |= bit;
        *places.next().ok_or(EncodeError::Satellites)? = ephemeris;
    }
    let missing = (1..=32).filter(|sv_id| seen & (1 << sv_id) == 0);
    for (place, sv_id) in places.zip(missing) {
        *place = Ephemeris { sv_id, ..Ephemeris::default() };
    }
    Ok(all)
}

/// A file cannot be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EncodeError {
    /// The start has no place in the header.
    #[error("predictions begin at a whole second, and within 32768 days from 1980-01-06")]
    Start,
    /// A period of no length.
    #[error("the period of a prediction is a minute at least")]
    Period,
    /// More predictions than can be counted, or dated.
    #[error("there are more predictions than a file counts, or days than a clock element does")]
    Predictions,
    /// More than 32 ephemerides.
    #[error("a prediction is for {SATELLITES} satellites")]
    Satellites,
    /// Two ephemerides of one satellite.
    #[error("satellite {sv_id} has two ephemerides in one prediction")]
    Twice {
        /// Number of the satellite.
        sv_id: u8,
    },
    /// The buffer is too short, or an ephemeris has a value that it cannot have.
    #[error(transparent)]
    Block(#[from] agnss::EncodeError),
}
