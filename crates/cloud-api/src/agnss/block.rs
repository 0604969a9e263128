//! Blocks of elements of one type, borrowed from a payload.

use std::fmt;
use std::marker::PhantomData;

use super::{
    Almanac, Element, ElementType, Ephemeris, GalileoAlmanac, GalileoEphemeris, GalileoIntegrity,
    GpsGalileoOffset, Integrity, Klobuchar, Location, NeQuick, SystemClock, TimeOfWeek, UtcParameters,
};

/// The blocks of a checked payload.
#[derive(Debug, Clone)]
pub struct Blocks<'a> {
    rest: &'a [u8],
}

impl<'a> Blocks<'a> {
    pub(crate) fn new(blocks: &'a [u8]) -> Self {
        Self { rest: blocks }
    }

    /// The elements of all blocks of one type.
    pub(super) fn of<E: Element + 'a>(mut self, kind: Kind<E>) -> impl Iterator<Item = E> + use<'a, E> {
        std::iter::from_fn(move || self.next_raw())
            .filter(move |(of, _)| *of == kind.element_type)
            .flat_map(|(_, bytes)| ElementIter { rest: bytes, element: PhantomData })
    }

    fn next_raw(&mut self) -> Option<(ElementType, &'a [u8])> {
        let ([kind, low, high], rest) = self.rest.split_first_chunk()?;
        let kind = ElementType::try_from(*kind).ok()?;
        let need = usize::from(u16::from_le_bytes([*low, *high])) * kind.size();
        let (elements, rest) = rest.split_at_checked(need)?;
        self.rest = rest;
        Some((kind, elements))
    }
}

impl<'a> Iterator for Blocks<'a> {
    type Item = Block<'a>;

    fn next(&mut self) -> Option<Block<'a>> {
        self.next_raw().map(|(kind, elements)| Block::new(kind, elements))
    }
}

/// A type of assistance data together with the struct of its elements; one of [`kind`]'s constants.
pub struct Kind<E> {
    element_type: ElementType,
    element: PhantomData<fn() -> E>,
}

impl<E> Kind<E> {
    /// The type.
    #[must_use]
    pub const fn element_type(self) -> ElementType {
        self.element_type
    }

    const fn new(element_type: ElementType) -> Self {
        Self { element_type, element: PhantomData }
    }
}

impl<E> Clone for Kind<E> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<E> Copy for Kind<E> {}

impl<E> fmt::Debug for Kind<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Kind").field(&self.element_type).finish()
    }
}

/// The elements of a block, by type.
macro_rules! blocks {
    ($( $(#[$meta:meta])* $name:ident, $constant:ident: $element:ty; )+) => {
        /// Each type of assistance data with the struct of its elements.
        pub mod kind {
            use super::*;

            $( $(#[$meta])* pub const $constant: Kind<$element> = Kind::new(ElementType::$name); )+
        }

        /// One block: elements of one type.
        #[derive(Debug, Clone, Copy)]
        #[non_exhaustive]
        pub enum Block<'a> {
            $( $(#[$meta])* $name(Elements<'a, $element>), )+
        }

        impl<'a> Block<'a> {
            pub(super) fn new(kind: ElementType, bytes: &'a [u8]) -> Self {
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

            /// Gives the elements to a visitor.
            pub fn visit(&self, visitor: &mut impl BlockVisitor) {
                match self {
                    $( Self::$name(elements) => visitor.visit(kind::$constant, *elements), )+
                }
            }

            /// Number of elements.
            #[must_use]
            pub fn len(&self) -> usize {
                match self {
                    $( Self::$name(elements) => elements.len(), )+
                }
            }

            /// The elements as they stand in the payload.
            pub(super) fn bytes(&self) -> &'a [u8] {
                match self {
                    $( Self::$name(elements) => elements.bytes, )+
                }
            }

            /// Index, field and value of the first element that is out of range.
            pub(super) fn out_of_range(&self) -> Option<(usize, &'static str, i64)> {
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
    GpsUtc, GPS_UTC: UtcParameters;
    /// Type 2.
    GpsEphemeris, GPS_EPHEMERIS: Ephemeris;
    /// Type 3.
    GpsAlmanac, GPS_ALMANAC: Almanac;
    /// Type 4.
    Klobuchar, KLOBUCHAR: Klobuchar;
    /// Type 5.
    NeQuick, NEQUICK: NeQuick;
    /// Type 6.
    GpsTow, GPS_TOW: TimeOfWeek;
    /// Type 7.
    GpsClock, GPS_CLOCK: SystemClock;
    /// Type 8.
    Location, LOCATION: Location;
    /// Type 9.
    GpsIntegrity, GPS_INTEGRITY: Integrity;
    /// Type 11.
    QzssAlmanac, QZSS_ALMANAC: Almanac;
    /// Type 12.
    QzssEphemeris, QZSS_EPHEMERIS: Ephemeris;
    /// Type 13.
    QzssIntegrity, QZSS_INTEGRITY: Integrity;
    /// Type 14.
    GalileoAlmanac, GALILEO_ALMANAC: GalileoAlmanac;
    /// Type 15.
    GalileoEphemeris, GALILEO_EPHEMERIS: GalileoEphemeris;
    /// Type 16.
    GpsGalileoOffset, GPS_GALILEO_OFFSET: GpsGalileoOffset;
    /// Type 17.
    GalileoIntegrity, GALILEO_INTEGRITY: GalileoIntegrity;
}

impl Block<'_> {
    /// Whether the block has no element.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Does the same with elements of any type, by [`Block::visit`].
pub trait BlockVisitor {
    /// Takes the elements of a block.
    fn visit<E: Element>(&mut self, kind: Kind<E>, elements: Elements<'_, E>);
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

impl<E> Default for Elements<'_, E> {
    /// No elements.
    fn default() -> Self {
        Self { bytes: &[], element: PhantomData }
    }
}

impl<E: Element + fmt::Debug> fmt::Debug for Elements<'_, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_of_the_schema() {
        let sizes: Vec<usize> = ElementType::ALL.into_iter().map(ElementType::size).collect();
        assert_eq!(sizes, [14, 62, 31, 8, 8, 4, 16, 15, 4, 31, 62, 4, 24, 61, 8, 8]);
    }

    #[test]
    fn each_constant_has_its_type() {
        assert_eq!(kind::QZSS_EPHEMERIS.element_type(), ElementType::QzssEphemeris);
        assert_eq!(format!("{:?}", kind::NEQUICK), "Kind(NeQuick)");
    }
}
