//! Reads A-GNSS assistance data: GPS, QZSS and Galileo, element types 1 to 9 and 11 to 17.
//!
//! The payload is one byte of schema version, then blocks in any order: type (1 byte), count (2 bytes),
//! elements of fixed size; little-endian, without padding. Source: `nrf_cloud_agnss_schema_v1.h` of nRF
//! Connect SDK, scales from nrfxlib's `nrf_modem_gnss.h` (types 1 to 13) and the Galileo OS ICD (types 14 to
//! 17).
//!
//! [`Agnss::parse`] checks the whole payload once; after that nothing can fail, and nothing is copied or
//! allocated: an element is read from its bytes when the iterator comes to it. Raw fields are public; methods
//! give physical units.

mod element;
mod galileo;
mod gps;

use std::fmt;
use std::marker::PhantomData;

pub use element::{Element, ElementType, UnknownElementType};
pub use galileo::{GalileoAlmanac, GalileoEphemeris, GalileoIntegrity, GpsGalileoOffset};
pub use gps::{
    Almanac, Ephemeris, Integrity, Klobuchar, Location, NeQuick, SystemClock, TimeOfWeek, UtcParameters,
};

use element::SCHEMA_VERSION;

/// Length of a block's head: type and count.
const HEAD: usize = 3;

/// A checked A-GNSS payload.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Agnss<'a> {
    blocks: &'a [u8],
}

impl<'a> Agnss<'a> {
    /// Checks schema version, block heads, lengths, and what in an element has a closed range (satellite
    /// numbers, time of day). A payload without blocks is good.
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
        Blocks { rest: self.blocks }
    }
}

impl fmt::Debug for Agnss<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.blocks().map(|block| (block.element_type(), block.len()))).finish()
    }
}

/// The block at an offset, checked, and its length in bytes.
fn block_at(payload: &[u8], offset: usize) -> Result<(Block<'_>, usize), DecodeError> {
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
    /// Offset in the payload, from 0.
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
        /// Its value.
        value: u32,
    },
}

/// The blocks of a payload.
#[derive(Debug, Clone)]
pub struct Blocks<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for Blocks<'a> {
    type Item = Block<'a>;

    fn next(&mut self) -> Option<Block<'a>> {
        let ([kind, low, high], rest) = self.rest.split_first_chunk()?;
        let kind = ElementType::try_from(*kind).ok()?;
        let need = usize::from(u16::from_le_bytes([*low, *high])) * kind.size();
        let (elements, rest) = rest.split_at_checked(need)?;
        self.rest = rest;
        Some(Block::new(kind, elements))
    }
}

/// The elements of a block, by type.
macro_rules! blocks {
    ($( $(#[$meta:meta])* $name:ident($element:ty) ),+ $(,)?) => {
        /// One block: elements of one type.
        #[derive(Debug, Clone, Copy)]
        #[non_exhaustive]
        pub enum Block<'a> {
            $( $(#[$meta])* $name(Elements<'a, $element>), )+
        }

        impl<'a> Block<'a> {
            fn new(kind: ElementType, bytes: &'a [u8]) -> Self {
                match kind {
                    $( ElementType::$name => Self::$name(Elements { bytes, element: PhantomData }), )+
                }
            }

            /// Type of the elements.
            #[must_use]
            pub fn element_type(&self) -> ElementType {
                match self {
                    $( Self::$name(_) => ElementType::$name, )+
                }
            }

            /// Number of elements.
            #[must_use]
            pub fn len(&self) -> usize {
                match self {
                    $( Self::$name(elements) => elements.len(), )+
                }
            }

            /// Index, field and value of the first element that is out of range.
            fn out_of_range(&self) -> Option<(usize, &'static str, u32)> {
                let kind = self.element_type();
                match self {
                    $( Self::$name(elements) => elements
                        .iter()
                        .enumerate()
                        .find_map(|(index, element)| {
                            element.out_of_range(kind).map(|(field, value)| (index, field, value))
                        }), )+
                }
            }
        }

        impl ElementType {
            /// Size of one element in bytes.
            #[must_use]
            pub const fn size(self) -> usize {
                match self {
                    $( Self::$name => <$element as Element>::SIZE, )+
                }
            }
        }
    };
}

blocks! {
    /// Type 1.
    GpsUtc(UtcParameters),
    /// Type 2.
    GpsEphemeris(Ephemeris),
    /// Type 3.
    GpsAlmanac(Almanac),
    /// Type 4.
    Klobuchar(Klobuchar),
    /// Type 5.
    NeQuick(NeQuick),
    /// Type 6.
    GpsTow(TimeOfWeek),
    /// Type 7.
    GpsClock(SystemClock),
    /// Type 8.
    Location(Location),
    /// Type 9.
    GpsIntegrity(Integrity),
    /// Type 11.
    QzssAlmanac(Almanac),
    /// Type 12.
    QzssEphemeris(Ephemeris),
    /// Type 13.
    QzssIntegrity(Integrity),
    /// Type 14.
    GalileoAlmanac(GalileoAlmanac),
    /// Type 15.
    GalileoEphemeris(GalileoEphemeris),
    /// Type 16.
    GpsGalileoOffset(GpsGalileoOffset),
    /// Type 17.
    GalileoIntegrity(GalileoIntegrity),
}

impl Block<'_> {
    /// Whether the block has no element.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Elements of one type, read one by one.
pub struct Elements<'a, E> {
    bytes: &'a [u8],
    element: PhantomData<E>,
}

impl<'a, E: Element> Elements<'a, E> {
    /// Number of elements.
    #[must_use]
    pub fn len(&self) -> usize {
        self.bytes.len() / E::SIZE
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// The element at an index.
    #[must_use]
    pub fn get(&self, index: usize) -> Option<E> {
        let start = index.checked_mul(E::SIZE)?;
        E::read(self.bytes.get(start..start.checked_add(E::SIZE)?)?)
    }

    /// The elements in their order.
    #[must_use]
    pub fn iter(&self) -> ElementIter<'a, E> {
        ElementIter { rest: self.bytes, element: PhantomData }
    }
}

impl<'a, E: Element> IntoIterator for Elements<'a, E> {
    type Item = E;
    type IntoIter = ElementIter<'a, E>;

    fn into_iter(self) -> ElementIter<'a, E> {
        self.iter()
    }
}

/// Reads elements one by one; without a heap.
pub struct ElementIter<'a, E> {
    rest: &'a [u8],
    element: PhantomData<E>,
}

impl<E: Element> Iterator for ElementIter<'_, E> {
    type Item = E;

    fn next(&mut self) -> Option<E> {
        let (bytes, rest) = self.rest.split_at_checked(E::SIZE)?;
        self.rest = rest;
        E::read(bytes)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.rest.len() / E::SIZE;
        (left, Some(left))
    }
}

impl<E: Element> ExactSizeIterator for ElementIter<'_, E> {}

impl<E> fmt::Debug for ElementIter<'_, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ElementIter").field("bytes_left", &self.rest.len()).finish()
    }
}

impl<E> Clone for Elements<'_, E> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<E> Copy for Elements<'_, E> {}

impl<E: Element + fmt::Debug> fmt::Debug for Elements<'_, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}
