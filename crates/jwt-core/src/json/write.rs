//! A streaming JSON writer and the serde serialiser on top of it.

use core::fmt;

use serde_core::ser::{self, Serialize};

use crate::error::SignError;

/// Takes the bytes of a JSON text as they come.
pub(crate) trait Sink {
    fn put(&mut self, bytes: &[u8]) -> Result<(), SignError>;
}

/// Counts instead of writing; this is what makes `encoded_len` exact.
pub(crate) struct Counter(pub(crate) usize);

impl Sink for Counter {
    fn put(&mut self, bytes: &[u8]) -> Result<(), SignError> {
        self.0 += bytes.len();
        Ok(())
    }
}

/// Writes one JSON object, member by member.
pub(crate) struct ObjectWriter<'s, S> {
    sink: &'s mut S,
    empty: bool,
}

impl<'s, S: Sink> ObjectWriter<'s, S> {
    pub(crate) fn begin(sink: &'s mut S) -> Result<Self, SignError> {
        sink.put(b"{")?;
        Ok(Self { sink, empty: true })
    }

    pub(crate) fn end(self) -> Result<(), SignError> {
        self.sink.put(b"}")
    }

    pub(crate) fn member<T: Serialize + ?Sized>(&mut self, key: &str, value: &T) -> Result<(), SignError> {
        self.key(key)?;
        value.serialize(ValueSerializer { sink: self.sink })
    }

    /// Adds each member of `value`, a struct or a map, as the last ones of this object; none may be named as one of `refused`.
    pub(crate) fn end_with<T: Serialize + ?Sized>(
        self,
        value: &T,
        refused: &'static [&'static str],
    ) -> Result<(), SignError> {
        let object = ObjectWriter { sink: &mut *self.sink, empty: self.empty };
        value.serialize(FlattenSerializer { object, refused })?;
        self.end()
    }

    fn key(&mut self, key: &str) -> Result<(), SignError> {
        if !self.empty {
            self.sink.put(b",")?;
        }
        self.empty = false;
        put_string(self.sink, key)?;
        self.sink.put(b":")
    }
}

fn put_string<S: Sink>(sink: &mut S, text: &str) -> Result<(), SignError> {
    sink.put(b"\"")?;
    put_escaped(sink, text)?;
    sink.put(b"\"")
}

/// What stands between a string's quotes.
fn put_escaped<S: Sink>(sink: &mut S, text: &str) -> Result<(), SignError> {
    let bytes = text.as_bytes();
    let mut written = 0;
    for (at, &byte) in bytes.iter().enumerate() {
        if byte >= 0x20 && byte != b'"' && byte != b'\\' {
            continue;
        }
        sink.put(&bytes[written..at])?;
        written = at + 1;
        let hex = |nibble: u8| b"0123456789abcdef"[usize::from(nibble & 0xf)];
        match byte {
            b'"' | b'\\' => sink.put(&[b'\\', byte])?,
            b'\n' => sink.put(b"\\n")?,
            b'\r' => sink.put(b"\\r")?,
            b'\t' => sink.put(b"\\t")?,
            _ => sink.put(&[b'\\', b'u', b'0', b'0', hex(byte >> 4), hex(byte)])?,
        }
    }
    sink.put(&bytes[written..])
}

/// Lets `core::fmt` write into a sink, and keeps the sink's error, which `fmt::Error` cannot carry.
struct Formatted<'s, S> {
    sink: &'s mut S,
    put: fn(&mut S, &str) -> Result<(), SignError>,
    result: Result<(), SignError>,
}

impl<S: Sink> fmt::Write for Formatted<'_, S> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.result = (self.put)(self.sink, text);
        self.result.map_err(|_| fmt::Error)
    }
}

fn put_display<S: Sink>(
    sink: &mut S,
    value: impl fmt::Display,
    put: fn(&mut S, &str) -> Result<(), SignError>,
) -> Result<(), SignError> {
    let mut out = Formatted { sink, put, result: Ok(()) };
    let written = fmt::write(&mut out, format_args!("{value}"));
    out.result?;
    // A `Display` that fails by itself has broken its promise; say so instead of ending the text here.
    written.map_err(|fmt::Error| SignError::CustomClaims)
}

/// Times are the numbers of nearly every token, so they do not go through `core::fmt`.
fn put_unsigned<S: Sink>(sink: &mut S, mut number: u64) -> Result<(), SignError> {
    let mut digits = [0; 20];
    let mut at = digits.len();
    let mut put = |digit: u32| {
        at -= 1;
        digits[at] = b"0123456789"[digit as usize % 10];
    };
    let mut number = loop {
        match u32::try_from(number) {
            Ok(number) => break number,
            Err(_) => {
                let digit;
                (number, digit) = divide_by_ten(number);
                put(digit);
            }
        }
    };
    loop {
        put(number % 10);
        number /= 10;
        if number == 0 {
            return sink.put(&digits[at..]);
        }
    }
}

/// Quotient and remainder, by long division in limbs of 16 bits: a core of 32 bits has no instruction for 64, and would call 900
/// bytes of code that a signing image has no other use for.
#[expect(clippy::cast_possible_truncation, reason = "the two halves of the number")]
fn divide_by_ten(number: u64) -> (u64, u32) {
    let (high, low) = ((number >> 32) as u32, number as u32);
    let middle = ((high % 10) << 16) | (low >> 16);
    let last = ((middle % 10) << 16) | (low & 0xffff);
    let quotient = (u64::from(high / 10) << 32) | (u64::from(middle / 10) << 16) | u64::from(last / 10);
    (quotient, last % 10)
}

fn put_number<S: Sink>(sink: &mut S, number: impl fmt::Display) -> Result<(), SignError> {
    put_display(sink, number, |sink, text| sink.put(text.as_bytes()))
}

impl ser::Error for SignError {
    fn custom<T: fmt::Display>(_message: T) -> Self {
        SignError::CustomClaims
    }
}

struct ValueSerializer<'s, S> {
    sink: &'s mut S,
}

macro_rules! unsigned {
    ($($method:ident: $number:ty),*) => {$(
        fn $method(self, value: $number) -> Result<(), SignError> {
            put_unsigned(self.sink, value.into())
        }
    )*};
}

macro_rules! signed {
    ($($method:ident: $number:ty),*) => {$(
        fn $method(self, value: $number) -> Result<(), SignError> {
            if value < 0 {
                self.sink.put(b"-")?;
            }
            put_unsigned(self.sink, value.unsigned_abs().into())
        }
    )*};
}

macro_rules! floats {
    ($($method:ident: $number:ty),*) => {$(
        fn $method(self, value: $number) -> Result<(), SignError> {
            if !value.is_finite() {
                return Err(SignError::NotFinite);
            }
            put_number(self.sink, value)
        }
    )*};
}

impl<'s, S: Sink> ser::Serializer for ValueSerializer<'s, S> {
    type Ok = ();
    type Error = SignError;
    type SerializeSeq = ArrayWriter<'s, S>;
    type SerializeTuple = ArrayWriter<'s, S>;
    type SerializeTupleStruct = ArrayWriter<'s, S>;
    type SerializeTupleVariant = VariantWriter<ArrayWriter<'s, S>>;
    type SerializeMap = ObjectSerializer<'s, S>;
    type SerializeStruct = ObjectSerializer<'s, S>;
    type SerializeStructVariant = VariantWriter<ObjectSerializer<'s, S>>;

    unsigned!(serialize_u8: u8, serialize_u16: u16, serialize_u32: u32, serialize_u64: u64);
    signed!(serialize_i8: i8, serialize_i16: i16, serialize_i32: i32, serialize_i64: i64);
    floats!(serialize_f32: f32, serialize_f64: f64);

    fn serialize_i128(self, value: i128) -> Result<(), SignError> {
        put_number(self.sink, value)
    }

    fn serialize_u128(self, value: u128) -> Result<(), SignError> {
        put_number(self.sink, value)
    }

    fn serialize_bool(self, value: bool) -> Result<(), SignError> {
        self.sink.put(if value { b"true" } else { b"false" })
    }

    fn serialize_char(self, value: char) -> Result<(), SignError> {
        put_string(self.sink, value.encode_utf8(&mut [0; 4]))
    }

    fn serialize_str(self, value: &str) -> Result<(), SignError> {
        put_string(self.sink, value)
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<(), SignError> {
        use ser::SerializeSeq;
        let mut array = self.serialize_seq(Some(value.len()))?;
        value.iter().try_for_each(|byte| array.serialize_element(byte))?;
        array.end()
    }

    fn serialize_none(self) -> Result<(), SignError> {
        self.serialize_unit()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), SignError> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), SignError> {
        self.sink.put(b"null")
    }

    fn serialize_unit_struct(self, _name: &'static str) -> Result<(), SignError> {
        self.serialize_unit()
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<(), SignError> {
        self.serialize_str(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<(), SignError> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), SignError> {
        let mut object = ObjectWriter::begin(self.sink)?;
        object.member(variant, value)?;
        object.end()
    }

    fn serialize_seq(self, _len: Option<usize>) -> Result<ArrayWriter<'s, S>, SignError> {
        self.sink.put(b"[")?;
        Ok(ArrayWriter { sink: self.sink, empty: true })
    }

    fn serialize_tuple(self, len: usize) -> Result<ArrayWriter<'s, S>, SignError> {
        self.serialize_seq(Some(len))
    }

    fn serialize_tuple_struct(self, _: &'static str, len: usize) -> Result<ArrayWriter<'s, S>, SignError> {
        self.serialize_seq(Some(len))
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<VariantWriter<ArrayWriter<'s, S>>, SignError> {
        ObjectWriter::begin(&mut *self.sink)?.key(variant)?;
        Ok(VariantWriter { inner: self.serialize_seq(Some(len))? })
    }

    fn serialize_map(self, _len: Option<usize>) -> Result<ObjectSerializer<'s, S>, SignError> {
        Ok(ObjectSerializer { object: ObjectWriter::begin(self.sink)? })
    }

    fn serialize_struct(self, _: &'static str, len: usize) -> Result<ObjectSerializer<'s, S>, SignError> {
        self.serialize_map(Some(len))
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<VariantWriter<ObjectSerializer<'s, S>>, SignError> {
        ObjectWriter::begin(&mut *self.sink)?.key(variant)?;
        Ok(VariantWriter { inner: self.serialize_map(Some(len))? })
    }

    fn collect_str<T: fmt::Display + ?Sized>(self, value: &T) -> Result<(), SignError> {
        self.sink.put(b"\"")?;
        put_display(self.sink, value, put_escaped)?;
        self.sink.put(b"\"")
    }
}

struct ArrayWriter<'s, S> {
    sink: &'s mut S,
    empty: bool,
}

impl<S: Sink> ArrayWriter<'_, S> {
    fn element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), SignError> {
        if !self.empty {
            self.sink.put(b",")?;
        }
        self.empty = false;
        value.serialize(ValueSerializer { sink: self.sink })
    }
}

macro_rules! array_traits {
    ($($name:ident: $method:ident),*) => {$(
        impl<S: Sink> ser::$name for ArrayWriter<'_, S> {
            type Ok = ();
            type Error = SignError;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), SignError> {
                self.element(value)
            }

            fn end(self) -> Result<(), SignError> {
                self.sink.put(b"]")
            }
        }
    )*};
}

array_traits!(SerializeSeq: serialize_element, SerializeTuple: serialize_element, SerializeTupleStruct: serialize_field);

/// An object being filled by serde.
struct ObjectSerializer<'s, S> {
    object: ObjectWriter<'s, S>,
}

impl<S: Sink> ser::SerializeMap for ObjectSerializer<'_, S> {
    type Ok = ();
    type Error = SignError;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), SignError> {
        if !self.object.empty {
            self.object.sink.put(b",")?;
        }
        self.object.empty = false;
        key.serialize(KeySerializer { sink: self.object.sink, refused: &[] })
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), SignError> {
        self.object.sink.put(b":")?;
        value.serialize(ValueSerializer { sink: self.object.sink })
    }

    fn end(self) -> Result<(), SignError> {
        self.object.end()
    }
}

impl<S: Sink> ser::SerializeStruct for ObjectSerializer<'_, S> {
    type Ok = ();
    type Error = SignError;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        key: &'static str,
        value: &T,
    ) -> Result<(), SignError> {
        self.object.member(key, value)
    }

    fn end(self) -> Result<(), SignError> {
        self.object.end()
    }
}

/// An enum's variant with data: one object around `inner`.
struct VariantWriter<W> {
    inner: W,
}

impl<S: Sink> ser::SerializeTupleVariant for VariantWriter<ArrayWriter<'_, S>> {
    type Ok = ();
    type Error = SignError;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), SignError> {
        self.inner.element(value)
    }

    fn end(self) -> Result<(), SignError> {
        self.inner.sink.put(b"]}")
    }
}

impl<S: Sink> ser::SerializeStructVariant for VariantWriter<ObjectSerializer<'_, S>> {
    type Ok = ();
    type Error = SignError;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        key: &'static str,
        value: &T,
    ) -> Result<(), SignError> {
        self.inner.object.member(key, value)
    }

    fn end(self) -> Result<(), SignError> {
        self.inner.object.sink.put(b"}}")
    }
}

macro_rules! refuse {
    ($error:expr => $($method:ident($($argument:ty),*) -> $ok:ty;)*) => {$(
        fn $method(self, $(_: $argument),*) -> Result<$ok, SignError> {
            Err($error)
        }
    )*};
}

/// Writes a map's key; `refused` are the keys that may not stand here.
struct KeySerializer<'s, S> {
    sink: &'s mut S,
    refused: &'static [&'static str],
}

impl<S: Sink> KeySerializer<'_, S> {
    fn key(self, key: &str) -> Result<(), SignError> {
        match self.refused.iter().find(|&&refused| refused == key) {
            Some(name) => Err(SignError::RegisteredClaim(name)),
            None => put_string(self.sink, key),
        }
    }
}

impl<S: Sink> ser::Serializer for KeySerializer<'_, S> {
    type Ok = ();
    type Error = SignError;
    type SerializeSeq = ser::Impossible<(), SignError>;
    type SerializeTuple = ser::Impossible<(), SignError>;
    type SerializeTupleStruct = ser::Impossible<(), SignError>;
    type SerializeTupleVariant = ser::Impossible<(), SignError>;
    type SerializeMap = ser::Impossible<(), SignError>;
    type SerializeStruct = ser::Impossible<(), SignError>;
    type SerializeStructVariant = ser::Impossible<(), SignError>;

    fn serialize_str(self, key: &str) -> Result<(), SignError> {
        self.key(key)
    }

    fn serialize_char(self, key: char) -> Result<(), SignError> {
        self.key(key.encode_utf8(&mut [0; 4]))
    }

    fn collect_str<T: fmt::Display + ?Sized>(self, _: &T) -> Result<(), SignError> {
        // It would have to be held somewhere to be compared with `refused`.
        Err(SignError::KeyNotString)
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<(), SignError> {
        self.key(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<(), SignError> {
        value.serialize(self)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, _: &T) -> Result<(), SignError> {
        Err(SignError::KeyNotString)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<(), SignError> {
        Err(SignError::KeyNotString)
    }

    refuse! { SignError::KeyNotString =>
        serialize_bool(bool) -> (); serialize_i8(i8) -> (); serialize_i16(i16) -> (); serialize_i32(i32) -> ();
        serialize_i64(i64) -> (); serialize_u8(u8) -> (); serialize_u16(u16) -> (); serialize_u32(u32) -> ();
        serialize_u64(u64) -> (); serialize_f32(f32) -> (); serialize_f64(f64) -> (); serialize_bytes(&[u8]) -> ();
        serialize_none() -> (); serialize_unit() -> (); serialize_unit_struct(&'static str) -> ();
        serialize_seq(Option<usize>) -> Self::SerializeSeq;
        serialize_tuple(usize) -> Self::SerializeTuple;
        serialize_tuple_struct(&'static str, usize) -> Self::SerializeTupleStruct;
        serialize_tuple_variant(&'static str, u32, &'static str, usize) -> Self::SerializeTupleVariant;
        serialize_map(Option<usize>) -> Self::SerializeMap;
        serialize_struct(&'static str, usize) -> Self::SerializeStruct;
        serialize_struct_variant(&'static str, u32, &'static str, usize) -> Self::SerializeStructVariant;
    }
}

/// Takes a struct or a map and adds its members to an object that is already open.
struct FlattenSerializer<'s, S> {
    object: ObjectWriter<'s, S>,
    refused: &'static [&'static str],
}

impl<S: Sink> FlattenSerializer<'_, S> {
    fn field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<(), SignError> {
        if self.refused.contains(&key) {
            return Err(SignError::RegisteredClaim(key));
        }
        self.object.member(key, value)
    }
}

impl<'s, S: Sink> ser::Serializer for FlattenSerializer<'s, S> {
    type Ok = ();
    type Error = SignError;
    type SerializeSeq = ser::Impossible<(), SignError>;
    type SerializeTuple = ser::Impossible<(), SignError>;
    type SerializeTupleStruct = ser::Impossible<(), SignError>;
    type SerializeTupleVariant = ser::Impossible<(), SignError>;
    type SerializeMap = Self;
    type SerializeStruct = Self;
    type SerializeStructVariant = ser::Impossible<(), SignError>;

    fn serialize_map(self, _len: Option<usize>) -> Result<Self, SignError> {
        Ok(self)
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Self, SignError> {
        Ok(self)
    }

    fn collect_str<T: fmt::Display + ?Sized>(self, _: &T) -> Result<(), SignError> {
        Err(SignError::NotAnObject)
    }

    fn serialize_none(self) -> Result<(), SignError> {
        Ok(())
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), SignError> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), SignError> {
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), SignError> {
        Ok(())
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<(), SignError> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        mut self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), SignError> {
        self.field(variant, value)
    }

    refuse! { SignError::NotAnObject =>
        serialize_bool(bool) -> (); serialize_i8(i8) -> (); serialize_i16(i16) -> (); serialize_i32(i32) -> ();
        serialize_i64(i64) -> (); serialize_u8(u8) -> (); serialize_u16(u16) -> (); serialize_u32(u32) -> ();
        serialize_u64(u64) -> (); serialize_f32(f32) -> (); serialize_f64(f64) -> (); serialize_bytes(&[u8]) -> ();
        serialize_char(char) -> (); serialize_str(&str) -> ();
        serialize_unit_variant(&'static str, u32, &'static str) -> ();
        serialize_seq(Option<usize>) -> Self::SerializeSeq;
        serialize_tuple(usize) -> Self::SerializeTuple;
        serialize_tuple_struct(&'static str, usize) -> Self::SerializeTupleStruct;
        serialize_tuple_variant(&'static str, u32, &'static str, usize) -> Self::SerializeTupleVariant;
        serialize_struct_variant(&'static str, u32, &'static str, usize) -> Self::SerializeStructVariant;
    }
}

impl<S: Sink> ser::SerializeMap for FlattenSerializer<'_, S> {
    type Ok = ();
    type Error = SignError;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), SignError> {
        if !self.object.empty {
            self.object.sink.put(b",")?;
        }
        self.object.empty = false;
        key.serialize(KeySerializer { sink: self.object.sink, refused: self.refused })
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), SignError> {
        self.object.sink.put(b":")?;
        value.serialize(ValueSerializer { sink: self.object.sink })
    }

    fn end(self) -> Result<(), SignError> {
        Ok(())
    }
}

impl<S: Sink> ser::SerializeStruct for FlattenSerializer<'_, S> {
    type Ok = ();
    type Error = SignError;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        key: &'static str,
        value: &T,
    ) -> Result<(), SignError> {
        self.field(key, value)
    }

    fn end(self) -> Result<(), SignError> {
        Ok(())
    }
}
