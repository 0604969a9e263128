//! Reads A-GNSS assistance data: GPS, QZSS and Galileo, element types 1 to 9 and 11 to 17.
//!
//! The payload is one byte of schema version, then blocks in any order: type (1 byte), count (2 bytes),
//! elements of fixed size; little-endian, without padding. Source: `nrf_cloud_agnss_schema_v1.h` of nRF
//! Connect SDK, scales from nrfxlib's `nrf_modem_gnss.h` (types 1 to 13) and the Galileo OS ICD (types 14 to
//! 17).
//!
//! [`Agnss::parse`] checks the whole payload once; after that nothing can fail, and nothing is copied or
//! allocated: an element is read from its bytes when the iterator comes to it. Raw fields are public; methods
//! give physical units, and `pow2(n)` in their documentation is 2ⁿ. [`Encoder`] writes a payload.
//!
//! ```
//! use cloud_api::agnss::{Agnss, Encoder, Klobuchar, kind};
//!
//! let mut buffer = [0; 32];
//! let mut encoder = Encoder::new(&mut buffer[..])?;
//! encoder.block(kind::KLOBUCHAR, [Klobuchar { alpha0: 5, beta0: 38, ..Klobuchar::default() }])?;
//! let payload = encoder.finish();
//! assert_eq!(payload, [1, 4, 1, 0, 5, 0, 0, 0, 38, 0, 0, 0]);
//!
//! let agnss = Agnss::parse(payload)?;
//! let ionosphere = agnss.elements(kind::KLOBUCHAR).next().ok_or("no ionosphere")?;
//! assert_eq!(ionosphere.beta0_s(), 77_824.0);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod block;
mod element;
mod element_type;
mod encode;
mod galileo;
mod gps;

use std::fmt;

pub use block::{Block, BlockVisitor, Blocks, ElementIter, Elements, Kind, kind};
pub use element::{Element, Field, Quantity};
pub use element_type::{ElementType, UnknownElementType};
pub use encode::{Buffer, EncodeError, Encoder, Filled};
pub use galileo::{GalileoAlmanac, GalileoEphemeris, GalileoIntegrity, GpsGalileoOffset};
pub use gps::{
    Almanac, Ephemeris, Integrity, Klobuchar, Location, NeQuick, SystemClock, TimeOfWeek, UtcParameters,
};

pub(crate) use encode::write_block;

/// The only schema version there is.
const SCHEMA_VERSION: u8 = 1;
/// Length of a block's head: type and count.
pub(crate) const HEAD: usize = 3;

/// A checked A-GNSS payload.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Agnss<'a> {
    blocks: &'a [u8],
}

impl<'a> Agnss<'a> {
    /// Checks schema version, block heads and lengths, and in each element what cannot be: satellite numbers,
    /// times beyond the day or the week, orbits that no satellite of the system has. So data that went
    /// through a text encoding (octets from 0x80 on replaced) is refused when it holds an orbit of types 2, 3,
    /// 11, 12 or 15; the other elements have nothing that gives such damage away.
    ///
    /// Blocks may come in any order, also several of one type, and there may be none.
    ///
    /// # Errors
    ///
    /// [`DecodeError`]: the first thing that is wrong, with its offset.
    pub fn parse(payload: &'a [u8]) -> Result<Self, DecodeError> {
        let (version, blocks) =
            payload.split_first().ok_or(DecodeError { offset: 0, reason: DecodeReason::Empty })?;
        if *version != SCHEMA_VERSION {
            return Err(DecodeError { offset: 0, reason: DecodeReason::SchemaVersion(*version) });
        }
        let mut offset = 1;
        while offset < payload.len() {
            let (_, length) = block_at(payload, offset)?;
            offset += length;
        }
        Ok(Self { blocks })
    }

    /// The blocks, in the order of the payload.
    #[must_use]
    pub fn blocks(&self) -> Blocks<'a> {
        Blocks::new(self.blocks)
    }

    /// The elements of one type, in the order of the payload.
    pub fn elements<E: Element + 'a>(&self, kind: Kind<E>) -> impl Iterator<Item = E> + use<'a, E> {
        self.blocks().of(kind)
    }
}

impl fmt::Debug for Agnss<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.blocks().map(|block| (block.element_type(), block.len()))).finish()
    }
}

/// The block at an offset, checked, and its length in bytes with its head.
pub(crate) fn block_at(payload: &[u8], offset: usize) -> Result<(Block<'_>, usize), DecodeError> {
    let fail = |offset, reason| Err(DecodeError { offset, reason });
    let Some([kind, low, high]) = payload.get(offset..offset + HEAD) else {
        return fail(offset, DecodeReason::HeadCut { have: payload.len() - offset });
    };
    let Ok(kind) = ElementType::try_from(*kind) else {
        return fail(offset, DecodeReason::UnknownType(*kind));
    };
    let count = u16::from_le_bytes([*low, *high]);
    let need = usize::from(count) * kind.size();
    let start = offset + HEAD;
    let Some(elements) = payload.get(start..start + need) else {
        let have = payload.len() - start;
        return fail(offset, DecodeReason::ElementsCut { kind, count, need, have });
    };
    let block = Block::new(kind, elements);
    if let Some((index, field, value)) = block.out_of_range() {
        return fail(start + index * kind.size(), DecodeReason::OutOfRange { kind, field, value });
    }
    Ok((block, HEAD + need))
}

/// A payload is not A-GNSS data of schema 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("byte {offset}: {reason}")]
#[non_exhaustive]
pub struct DecodeError {
    /// Offset in the payload, from 0, of the element, block or payload that is wrong.
    pub offset: usize,
    /// What is wrong there.
    pub reason: DecodeReason,
}

/// What is wrong with a payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeReason {
    /// No byte at all.
    #[error("the payload is empty")]
    Empty,
    /// Another schema.
    #[error("schema version {0} where 1 belongs")]
    SchemaVersion(u8),
    /// A type of element that does not exist, or 10, which marks predictions (P-GPS).
    #[error("element type {0} does not exist")]
    UnknownType(u8),
    /// The data ends in the head of a block.
    #[error("the data ends after {have} of the {HEAD} bytes of a block head")]
    HeadCut {
        /// Bytes left.
        have: usize,
    },
    /// The data ends before the block does.
    #[error("{count} elements of type {kind} need {need} bytes, and {have} are left")]
    ElementsCut {
        /// Type of the block.
        kind: ElementType,
        /// Elements announced.
        count: u16,
        /// Bytes they need.
        need: usize,
        /// Bytes left.
        have: usize,
    },
    /// A field that cannot have this value, as in data that went through a text encoding.
    #[error("{field} of an element of type {kind} cannot be {value}")]
    OutOfRange {
        /// Type of the block.
        kind: ElementType,
        /// Name of the field.
        field: &'static str,
        /// Its raw value.
        value: i64,
    },
}
