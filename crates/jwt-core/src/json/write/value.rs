//! serde's way from any value to JSON.

use core::fmt;

use serde_core::ser::{self, Serialize};

use super::flatten::KeySerializer;
use super::{ObjectWriter, Sink, put_display, put_escaped, put_number, put_string, put_unsigned};
use crate::error::SignError;

impl ser::Error for SignError {
    fn custom<T: fmt::Display>(_message: T) -> Self {
        SignError::CustomClaims
    }
}

pub(super) struct ValueSerializer<'s, S> {
    pub(super) sink: &'s mut S,
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

pub(super) struct ArrayWriter<'s, S> {
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
pub(super) struct ObjectSerializer<'s, S> {
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
pub(super) struct VariantWriter<W> {
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
