//! The assembly behind safe functions: the only module with `unsafe`.
//!
//! What all blocks below rest on, read in the sources of `p256-cortex-m4-sys` 0.1.0 (`p256-cortex-m4.h`, `.c`, `-asm-gcc.S`):
//! - A function reads and writes nothing but what its arguments point to, its own stack and constants. It keeps no pointer, has
//!   no state between calls, and takes no memory from elsewhere. So any thread or interrupt may call it at any time.
//! - A pointer to `u32` stands for 8 words, aligned to 4 bytes: what a reference to [`Words`] gives. Null, unaligned and short
//!   pointers, which the header leaves to the caller, cannot come out of a reference.
//! - A `bool` comes back as 0 or 1: from C by its `_Bool`, from the two range checks in assembly by a shift of the borrow to bit 0
//!   (`P256_check_range_n`, `P256_check_range_p`).
//! - Callee-saved registers are pushed and popped (AAPCS). No function unwinds.

use p256_cortex_m4_sys as sys;

use crate::POINT_LEN;
use crate::integer::Words;

/// Whether `scalar` lies in 1..n, n being the order of the curve. Constant time for all but zero.
pub(crate) fn is_scalar(scalar: &Words) -> bool {
    // SAFETY: the argument points to 8 words, which are read only; the answer is 0 or 1 (module head).
    unsafe { sys::P256_check_range_n(scalar.as_ptr()) }
}

/// The public point of a private scalar, or `None` if that is not in 1..n. Constant time.
pub(crate) fn public_point(scalar: &Words) -> Option<(Words, Words)> {
    let (mut x, mut y) = ([0; 8], [0; 8]);
    // SAFETY: `x` and `y` point to 8 words each that nothing else refers to, `scalar` to 8 words that are read only.
    let in_range = unsafe { sys::p256_keygen(x.as_mut_ptr(), y.as_mut_ptr(), scalar.as_ptr()) };
    in_range.then_some((x, y))
}

/// The coordinates of an uncompressed point, or `None` if one of them is not below the field's prime or the point is not on the
/// curve. The point at infinity has no such form.
pub(crate) fn point(octets: &[u8; POINT_LEN]) -> Option<(Words, Words)> {
    // The C function would also take the hybrid form, whose first octet is 6 or 7.
    if octets[0] != 4 {
        return None;
    }
    let (mut x, mut y) = ([0; 8], [0; 8]);
    // SAFETY: `x` and `y` point to 8 words each that nothing else refers to; `octets` points to 65 octets, which the length says,
    // and has no alignment to keep.
    let on_curve =
        unsafe { sys::p256_octet_string_to_point(x.as_mut_ptr(), y.as_mut_ptr(), octets.as_ptr(), 65) };
    on_curve.then_some((x, y))
}

/// Writes the signature over a hash, or is false if `k` is not in 1..n or `r` or `s` came out as zero. Constant time.
///
/// `scalar` must be in 1..n, which is not checked again: it is about the signature's meaning, not about memory.
#[must_use]
pub(crate) fn sign(hash: &[u8; 32], scalar: &Words, k: &Words, r: &mut Words, s: &mut Words) -> bool {
    // SAFETY: `r` and `s` point to 8 words each that nothing else refers to, `scalar` and `k` to 8 words that are read only, `hash`
    // to 32 octets, which the length says.
    unsafe { sys::p256_sign(r.as_mut_ptr(), s.as_mut_ptr(), hash.as_ptr(), 32, scalar.as_ptr(), k.as_ptr()) }
}

/// Whether `r` and `s` are the signature of a hash by the key at `x`, `y`. False, too, if `r` or `s` is not in 1..n, a coordinate
/// not below the prime, or the point not on the curve. The time depends on the arguments, all of which are public.
pub(crate) fn verify((x, y): (&Words, &Words), hash: &[u8; 32], (r, s): (&Words, &Words)) -> bool {
    // SAFETY: `x`, `y`, `r` and `s` point to 8 words each, `hash` to 32 octets, which the length says; all are read only. The tables
    // of points and digits are of fixed size on the function's stack, and each digit it looks up with is odd and within -15..=15
    // (`slide_257`).
    unsafe { sys::p256_verify(x.as_ptr(), y.as_ptr(), hash.as_ptr(), 32, r.as_ptr(), s.as_ptr()) }
}
