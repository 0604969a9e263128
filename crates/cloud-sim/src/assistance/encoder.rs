//! Little-endian numbers, plain and scaled by powers of two.

use std::f64::consts::PI;

/// A payload under construction.
#[derive(Debug, Default)]
pub(super) struct Encoder(Vec<u8>);

impl Encoder {
    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    /// The type, the count, then each element.
    pub(super) fn block<T>(&mut self, kind: u8, elements: &[T], write: impl Fn(&mut Self, &T)) {
        // No constellation has 65 536 satellites.
        let count = u16::try_from(elements.len()).unwrap_or(u16::MAX);
        self.u8(kind);
        self.u16(count);
        for element in elements.iter().take(count.into()) {
            write(self, element);
        }
    }

    pub(super) fn u8(&mut self, value: u8) {
        self.0.push(value);
    }

    pub(super) fn i8(&mut self, value: i8) {
        self.0.extend(value.to_le_bytes());
    }

    pub(super) fn u16(&mut self, value: u16) {
        self.0.extend(value.to_le_bytes());
    }

    pub(super) fn i16(&mut self, value: i16) {
        self.0.extend(value.to_le_bytes());
    }

    pub(super) fn u32(&mut self, value: u32) {
        self.0.extend(value.to_le_bytes());
    }

    pub(super) fn i32(&mut self, value: i32) {
        self.0.extend(value.to_le_bytes());
    }

    pub(super) fn u64(&mut self, value: u64) {
        self.0.extend(value.to_le_bytes());
    }

    /// The low `8 * BYTES` bits of a count that is known to be small.
    pub(super) fn low<const BYTES: usize>(&mut self, value: u64) {
        self.0.extend_from_slice(&value.to_le_bytes()[..BYTES]);
    }

    /// `value` in units of `2^exponent`, as a signed number of `BYTES` bytes; held to the ends of its range.
    pub(super) fn signed<const BYTES: usize>(&mut self, value: f64, exponent: i32) {
        let end = 1_i64 << (8 * BYTES - 1);
        self.scaled::<BYTES>(value, exponent, -end, end - 1);
    }

    /// The same without sign.
    pub(super) fn unsigned<const BYTES: usize>(&mut self, value: f64, exponent: i32) {
        self.scaled::<BYTES>(value, exponent, 0, (1_i64 << (8 * BYTES)) - 1);
    }

    /// An angle in radians as signed semicircles (half turns) of -1 to 1, in units of `2^exponent`.
    pub(super) fn semicircles<const BYTES: usize>(&mut self, radians: f64, exponent: i32) {
        let half_turns = (radians / PI + 1.0).rem_euclid(2.0) - 1.0;
        self.signed::<BYTES>(half_turns, exponent);
    }

    fn scaled<const BYTES: usize>(&mut self, value: f64, exponent: i32, low: i64, high: i64) {
        let units = (value * f64::from(-exponent).exp2()).round();
        #[expect(
            clippy::cast_possible_truncation,
            reason = "saturates, and is then held to a narrower range"
        )]
        let units = (units as i64).clamp(low, high);
        self.0.extend_from_slice(&units.to_le_bytes()[..BYTES]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(write: impl Fn(&mut Encoder)) -> Vec<u8> {
        let mut out = Encoder::default();
        write(&mut out);
        out.into_bytes()
    }

    #[test]
    fn scales_rounds_and_saturates() {
        assert_eq!(bytes(|out| out.signed::<2>(-0.5, -3)), [0xfc, 0xff]);
        assert_eq!(bytes(|out| out.signed::<1>(1e9, 0)), [0x7f]);
        assert_eq!(bytes(|out| out.signed::<1>(-1e9, 0)), [0x80]);
        assert_eq!(bytes(|out| out.unsigned::<4>(5153.6, -19)), 2_701_970_637_u32.to_le_bytes());
        assert_eq!(bytes(|out| out.unsigned::<2>(-1.0, 0)), [0, 0]);
        assert_eq!(bytes(|out| out.signed::<2>(4096.0, 12)), [1, 0]);
    }

    #[test]
    fn wraps_angles() {
        assert_eq!(bytes(|out| out.semicircles::<4>(3.0 * PI / 2.0, -31)), (-0x4000_0000_i32).to_le_bytes());
        assert_eq!(bytes(|out| out.semicircles::<4>(-PI / 4.0, -31)), (-0x2000_0000_i32).to_le_bytes());
        assert_eq!(bytes(|out| out.semicircles::<4>(PI, -31)), i32::MIN.to_le_bytes());
    }
}
