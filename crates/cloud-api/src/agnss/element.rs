//! How a struct of raw fields is read from bytes and written to them.

use super::ElementType;

/// An element: a fixed number of bytes, little-endian, without padding.
pub trait Element: Sized + Copy {
    /// Size in bytes.
    const SIZE: usize;

    /// So many bytes.
    type Bytes: AsRef<[u8]>;

    /// Reads the element; `None` when the bytes are not [`SIZE`](Self::SIZE) long. Ranges are not checked.
    fn read(bytes: &[u8]) -> Option<Self>;

    /// The bytes that [`read`](Self::read) reads as this element.
    fn to_bytes(&self) -> Self::Bytes;

    /// Tells each field, in the order of the bytes.
    fn visit(&self, visit: impl FnMut(Field));

    /// The first field that cannot have its value in an element of this type.
    #[doc(hidden)]
    fn out_of_range(&self, kind: ElementType) -> Option<(&'static str, i64)>;
}

/// A field of an element, for who shows all of them.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Field {
    /// Name.
    pub name: &'static str,
    /// Raw value.
    pub raw: i128,
    /// The value in a physical unit; without, the raw value has no scale.
    pub quantity: Option<Quantity>,
}

/// A value in a physical unit.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Quantity {
    /// Name of the element's method, which ends with the unit: `toc_s`.
    pub name: &'static str,
    /// Unit in words, plural: `seconds`.
    pub unit: &'static str,
    /// What the method gives.
    pub value: f64,
}

/// 2 to the power of `exponent`, exactly. `exponent` must be a normal one, −1022 to 1023.
pub(super) const fn pow2(exponent: i32) -> f64 {
    #[expect(clippy::cast_sign_loss, reason = "an exponent of a normal number plus its bias is positive")]
    let biased = (exponent + 1023) as u64;
    f64::from_bits(biased << 52)
}

/// Why an element of one satellite cannot be one of this type: its number, or the size of its orbit.
pub(super) fn foreign_satellite(
    kind: ElementType,
    sv_id: u8,
    sqrt_a: Option<(i64, f64)>,
) -> Option<(&'static str, i64)> {
    if !kind.satellites().contains(&sv_id) {
        return Some(("sv_id", sv_id.into()));
    }
    let (raw, sqrt_m) = sqrt_a?;
    (!kind.sqrt_axes().contains(&sqrt_m)).then_some(("sqrt_a", raw))
}

/// Makes a struct of little-endian fields, its reader and its writer, and a method in a physical unit for each
/// field with a scale.
///
/// `field: type [range] => method("unit") * scale`: range and method may be missing. `check method` names what
/// else is checked.
macro_rules! element {
    (
        $(#[$meta:meta])*
        $name:ident: $size:literal, scales from $source:literal $(, check $check:ident)? {
            $(
                $(#[$field_meta:meta])*
                $field:ident: $type:ty $([$range:expr])? $(=> $method:ident($unit:literal) * $scale:expr)?,
            )+
        }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
        pub struct $name {
            $( $(#[$field_meta])* pub $field: $type, )+
        }

        impl $name {
            $( $(
                #[doc = concat!(
                    "[`", stringify!($field), "`](Self::", stringify!($field), ") in ", $unit, ": × `",
                    stringify!($scale), "`."
                )]
                #[doc = ""]
                #[doc = concat!("Source: ", $source, ".")]
                #[must_use]
                pub fn $method(&self) -> f64 {
                    f64::from(self.$field) * $scale
                }
            )? )+
        }

        impl $crate::agnss::Element for $name {
            const SIZE: usize = $size;

            type Bytes = [u8; $size];

            fn read(bytes: &[u8]) -> Option<Self> {
                const { assert!($size == 0 $( + size_of::<$type>() )+); }
                if bytes.len() != $size {
                    return None;
                }
                let mut rest = bytes;
                $(
                    let (field, after) = rest.split_first_chunk()?;
                    let $field = <$type>::from_le_bytes(*field);
                    rest = after;
                )+
                let _ = rest;
                Some(Self { $( $field, )+ })
            }

            fn to_bytes(&self) -> [u8; $size] {
                let mut bytes = [0; $size];
                let mut rest = &mut bytes[..];
                $(
                    let (field, after) = rest.split_at_mut(size_of::<$type>());
                    field.copy_from_slice(&self.$field.to_le_bytes());
                    rest = after;
                )+
                let _ = rest;
                bytes
            }

            fn visit(&self, mut visit: impl FnMut($crate::agnss::Field)) {
                $(
                    visit($crate::agnss::Field {
                        name: stringify!($field),
                        raw: self.$field.into(),
                        // None or one.
                        quantity: [$( $crate::agnss::Quantity {
                            name: stringify!($method),
                            unit: $unit,
                            value: self.$method(),
                        } )?].first().copied(),
                    });
                )+
            }

            fn out_of_range(&self, kind: $crate::agnss::ElementType) -> Option<(&'static str, i64)> {
                let _ = kind;
                $( if let Some(found) = self.$check(kind) {
                    return Some(found);
                } )?
                $( $(
                    if !($range).contains(&self.$field) {
                        return Some((stringify!($field), self.$field.into()));
                    }
                )? )+
                None
            }
        }
    };
}

pub(super) use element;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn powers_of_two_are_exact() {
        assert_eq!(pow2(0), 1.0);
        assert_eq!(pow2(-50), 2f64.powi(-50));
        assert_eq!(pow2(16), 65536.0);
    }
}
