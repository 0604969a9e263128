//! Writes payloads, into a buffer of the caller's or a `Vec`.

use super::{Block, Element, ElementType, HEAD, Kind, SCHEMA_VERSION};

/// Writes an A-GNSS payload block by block.
///
/// What it writes is what [`Agnss::parse`](super::Agnss::parse) reads as the same elements; an element that would be refused there is
/// refused here. An error leaves what was written before as it was.
#[derive(Debug)]
pub struct Encoder<B> {
    buffer: B,
}

impl<'b> Encoder<Filled<'b>> {
    /// Writes into a buffer, without a heap.
    ///
    /// # Errors
    ///
    /// [`EncodeError::Full`] when the buffer is empty.
    pub fn new(buffer: &'b mut [u8]) -> Result<Self, EncodeError> {
        let mut buffer = Filled::new(buffer);
        buffer.push(&[SCHEMA_VERSION])?;
        Ok(Self { buffer })
    }
}

impl Encoder<Vec<u8>> {
    /// Writes into a `Vec`, which grows.
    #[must_use]
    pub fn growing() -> Self {
        Self { buffer: vec![SCHEMA_VERSION] }
    }
}

impl<B: Buffer> Encoder<B> {
    /// Writes a block of elements.
    ///
    /// # Errors
    ///
    /// [`EncodeError`]; then nothing of the block is written.
    pub fn block<E: Element>(
        &mut self,
        kind: Kind<E>,
        elements: impl IntoIterator<Item = E>,
    ) -> Result<&mut Self, EncodeError> {
        write_block(&mut self.buffer, kind, elements)?;
        Ok(self)
    }

    /// Writes a block of another payload as it is.
    ///
    /// # Errors
    ///
    /// [`EncodeError::Full`]; then nothing of the block is written.
    pub fn copy(&mut self, block: &Block<'_>) -> Result<&mut Self, EncodeError> {
        let kind = block.element_type();
        let begin = self.buffer.length();
        // A block of a payload was counted in 16 bits.
        let count = u16::try_from(block.len()).map_err(|_| EncodeError::TooMany { kind })?;
        let [low, high] = count.to_le_bytes();
        let head = self.buffer.push(&[kind.number(), low, high]);
        match head.and_then(|()| self.buffer.push(block.bytes())) {
            Ok(()) => Ok(self),
            Err(error) => {
                self.buffer.shorten(begin);
                Err(error)
            }
        }
    }

    /// The payload.
    #[must_use]
    pub fn finish(self) -> B::Payload {
        self.buffer.finish()
    }
}

/// Writes head and elements, or nothing.
pub(crate) fn write_block<E: Element>(
    buffer: &mut impl Buffer,
    kind: Kind<E>,
    elements: impl IntoIterator<Item = E>,
) -> Result<(), EncodeError> {
    let begin = buffer.length();
    let write = || {
        let kind = kind.element_type();
        buffer.push(&[kind.number(), 0, 0])?;
        let mut count = 0_u16;
        for element in elements {
            if let Some((field, value)) = element.out_of_range(kind) {
                return Err(EncodeError::OutOfRange { kind, index: count, field, value });
            }
            buffer.push(element.to_bytes().as_ref())?;
            count = count.checked_add(1).ok_or(EncodeError::TooMany { kind })?;
        }
        buffer.overwrite(begin + HEAD - 2, count.to_le_bytes());
        Ok(())
    };
    let written = write();
    if written.is_err() {
        buffer.shorten(begin);
    }
    written
}

/// What an [`Encoder`] writes into: [`Filled`] or a `Vec`.
pub trait Buffer: sealed::Sealed {
    /// What is given at the end.
    type Payload;

    #[doc(hidden)]
    fn push(&mut self, bytes: &[u8]) -> Result<(), EncodeError>;

    #[doc(hidden)]
    fn length(&self) -> usize;

    #[doc(hidden)]
    fn shorten(&mut self, length: usize);

    /// Two bytes that were pushed before get another value.
    #[doc(hidden)]
    fn overwrite(&mut self, at: usize, bytes: [u8; 2]);

    #[doc(hidden)]
    fn finish(self) -> Self::Payload;
}

mod sealed {
    pub trait Sealed {}

    impl Sealed for super::Filled<'_> {}
    impl Sealed for Vec<u8> {}
}

/// A caller's buffer, filled from its beginning.
#[derive(Debug)]
pub struct Filled<'b> {
    buffer: &'b mut [u8],
    length: usize,
}

impl<'b> Filled<'b> {
    pub(crate) fn new(buffer: &'b mut [u8]) -> Self {
        Self { buffer, length: 0 }
    }
}

impl<'b> Buffer for Filled<'b> {
    type Payload = &'b mut [u8];

    fn push(&mut self, bytes: &[u8]) -> Result<(), EncodeError> {
        let size = self.buffer.len();
        let end = self.length + bytes.len();
        let place = self.buffer.get_mut(self.length..end).ok_or(EncodeError::Full { size })?;
        place.copy_from_slice(bytes);
        self.length = end;
        Ok(())
    }

    fn length(&self) -> usize {
        self.length
    }

    fn shorten(&mut self, length: usize) {
        self.length = self.length.min(length);
    }

    fn overwrite(&mut self, at: usize, bytes: [u8; 2]) {
        overwrite(&mut self.buffer[..self.length], at, bytes);
    }

    fn finish(self) -> &'b mut [u8] {
        &mut self.buffer[..self.length]
    }
}

impl Buffer for Vec<u8> {
    type Payload = Self;

    fn push(&mut self, bytes: &[u8]) -> Result<(), EncodeError> {
        self.extend_from_slice(bytes);
        Ok(())
    }

    fn length(&self) -> usize {
        self.len()
    }

    fn shorten(&mut self, length: usize) {
        self.truncate(length);
    }

    fn overwrite(&mut self, at: usize, bytes: [u8; 2]) {
        overwrite(self, at, bytes);
    }

    fn finish(self) -> Self {
        self
    }
}

fn overwrite(written: &mut [u8], at: usize, bytes: [u8; 2]) {
    if let Some(place) = written.get_mut(at..at + 2) {
        place.copy_from_slice(&bytes);
    }
}

/// A block cannot be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EncodeError {
    /// The buffer is too short.
    #[error("a buffer of {size} bytes is too short")]
    Full {
        /// Size of the buffer.
        size: usize,
    },
    /// More elements than a block can count, 65,535.
    #[error("a block of type {kind} holds no more than 65535 elements")]
    TooMany {
        /// Type of the block.
        kind: ElementType,
    },
    /// A field that cannot have this value.
    #[error("{field} of element {index} of type {kind} cannot be {value}")]
    OutOfRange {
        /// Type of the block.
        kind: ElementType,
        /// Index of the element, from 0.
        index: u16,
        /// Name of the field.
        field: &'static str,
        /// Its raw value.
        value: i64,
    },
}
