//! serde's way from a struct or a map into an object that is already open.

use core::fmt;

use serde_core::ser::{self, Serialize};

use super::value::ValueSerializer;
use super::{ObjectWriter, Sink, put_string};
use crate::error::SignError;

macro_rules! refuse {
    ($error:expr => $($method:ident($($argument:ty),*) -> $ok:ty;)*) => {$(
        fn $method(self, $(_: $argument),*) -> Result<$ok, SignError> {
            Err($error)
        }
    )*};
}

/// Writes a map's key; `refused` are the keys that may not stand here.
pub(super) struct KeySerializer<'s, S> {
    pub(super) sink: &'s mut S,
    pub(super) refused: &'static [&'static str],
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
pub(super) struct FlattenSerializer<'o, 's, S> {
    pub(super) object: &'o mut ObjectWriter<'s, S>,
    pub(super) refused: &'static [&'static str],
}

impl<S: Sink> FlattenSerializer<'_, '_, S> {
    fn field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<(), SignError> {
        if self.refused.contains(&key) {
            return Err(SignError::RegisteredClaim(key));
        }
        self.object.member(key, value)
    }
}

impl<S: Sink> ser::Serializer for FlattenSerializer<'_, '_, S> {
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

impl<S: Sink> ser::SerializeMap for FlattenSerializer<'_, '_, S> {
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

impl<S: Sink> ser::SerializeStruct for FlattenSerializer<'_, '_, S> {
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
