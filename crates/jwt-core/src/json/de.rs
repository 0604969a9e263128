//! serde's way from JSON that the reader has accepted to a type of the caller's own, without a heap.

use core::fmt;

use serde_core::de::{self, DeserializeSeed, Visitor};
use serde_core::forward_to_deserialize_any;

use super::read::{Elements, JsonError, Members};
use super::value::{JsonStr, JsonValue};

/// Why custom claims do not fit the caller's type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CustomClaimsError {
    /// A claim is absent.
    Missing(&'static str),
    /// A value has another JSON type than the one wanted, or is out of its range.
    Type {
        /// What it is.
        found: &'static str,
    },
    /// A string has escapes, and there is no heap to decode it on. With the feature `alloc` a `String` takes it.
    Escapes,
    /// The `Deserialize` of the type refused a value for a reason of its own.
    Custom,
}

impl fmt::Display for CustomClaimsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(name) => write!(f, "the claim `{name}` is absent"),
            Self::Type { found } => write!(f, "a claim is {found} that does not fit the type wanted"),
            Self::Escapes => f.write_str("a string has escapes and cannot be borrowed"),
            Self::Custom => f.write_str("a claim has a value that its type does not take"),
        }
    }
}

impl core::error::Error for CustomClaimsError {}

impl de::Error for CustomClaimsError {
    fn custom<T: fmt::Display>(_message: T) -> Self {
        Self::Custom
    }

    fn missing_field(field: &'static str) -> Self {
        Self::Missing(field)
    }
}

impl From<JsonError> for CustomClaimsError {
    fn from(_: JsonError) -> Self {
        // The text has been read before, so this does not come up.
        Self::Custom
    }
}

/// Reads a whole text, an object that the reader has accepted.
pub(crate) fn from_object<'de, T: de::Deserialize<'de>>(json: &'de str) -> Result<T, CustomClaimsError> {
    T::deserialize(Value(JsonValue::Object(json.trim_matches([' ', '\t', '\r', '\n']))))
}

/// One value.
struct Value<'de>(JsonValue<'de>);

impl<'de> Value<'de> {
    fn wrong_type(&self) -> CustomClaimsError {
        CustomClaimsError::Type { found: self.0.kind() }
    }

    /// Calls one of serde's visitors. An error of its own that says nothing more is worded as a wrong type.
    fn visited<T>(
        self,
        visit: impl FnOnce(JsonValue<'de>) -> Result<T, CustomClaimsError>,
    ) -> Result<T, CustomClaimsError> {
        let wrong_type = self.wrong_type();
        visit(self.0).map_err(|error| if error == CustomClaimsError::Custom { wrong_type } else { error })
    }
}

fn visit_number<'de, V: Visitor<'de>>(digits: &str, visitor: V) -> Result<V::Value, CustomClaimsError> {
    if let Ok(number) = digits.parse() {
        return visitor.visit_u64(number);
    }
    if let Ok(number) = digits.parse() {
        return visitor.visit_i64(number);
    }
    match digits.parse::<f64>() {
        Ok(number) if number.is_finite() => visitor.visit_f64(number),
        _ => Err(CustomClaimsError::Type { found: "a number" }),
    }
}

fn visit_string<'de, V: Visitor<'de>>(text: JsonStr<'de>, visitor: V) -> Result<V::Value, CustomClaimsError> {
    match text.as_str() {
        Some(plain) => visitor.visit_borrowed_str(plain),
        #[cfg(feature = "alloc")]
        None => visitor.visit_string(alloc::string::ToString::to_string(&text)),
        #[cfg(not(feature = "alloc"))]
        None => Err(CustomClaimsError::Escapes),
    }
}

impl<'de> de::Deserializer<'de> for Value<'de> {
    type Error = CustomClaimsError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, CustomClaimsError> {
        self.visited(|value| match value {
            JsonValue::Null => visitor.visit_unit(),
            JsonValue::Bool(value) => visitor.visit_bool(value),
            JsonValue::Number(digits) => visit_number(digits, visitor),
            JsonValue::String(text) => visit_string(text, visitor),
            JsonValue::Array(array) => visitor.visit_seq(ArrayAccess(Elements::of(array)?)),
            JsonValue::Object(object) => {
                visitor.visit_map(ObjectAccess { members: Members::of(object)?, value: None })
            }
        })
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, CustomClaimsError> {
        match self.0 {
            JsonValue::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, CustomClaimsError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_u128<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, CustomClaimsError> {
        match self.0 {
            JsonValue::Number(digits) => visitor.visit_u128(digits.parse().map_err(|_| self.wrong_type())?),
            _ => Err(self.wrong_type()),
        }
    }

    fn deserialize_i128<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, CustomClaimsError> {
        match self.0 {
            JsonValue::Number(digits) => visitor.visit_i128(digits.parse().map_err(|_| self.wrong_type())?),
            _ => Err(self.wrong_type()),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, CustomClaimsError> {
        match self.0 {
            JsonValue::String(name) => visitor.visit_enum(Variant { name, value: None }),
            JsonValue::Object(object) => {
                let mut members = Members::of(object)?;
                let variant = members.next()?.map(|(name, value)| Variant { name, value: Some(value) });
                match (variant, members.next()?) {
                    (Some(variant), None) => visitor.visit_enum(variant),
                    _ => Err(self.wrong_type()),
                }
            }
            _ => Err(self.wrong_type()),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, CustomClaimsError> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map struct identifier
    }
}

struct ArrayAccess<'de>(Elements<'de>);

impl<'de> de::SeqAccess<'de> for ArrayAccess<'de> {
    type Error = CustomClaimsError;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, CustomClaimsError> {
        self.0.next()?.map(|value| seed.deserialize(Value(value))).transpose()
    }
}

struct ObjectAccess<'de> {
    members: Members<'de>,
    /// The value that belongs to the key handed out last.
    value: Option<JsonValue<'de>>,
}

impl<'de> de::MapAccess<'de> for ObjectAccess<'de> {
    type Error = CustomClaimsError;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, CustomClaimsError> {
        let Some((name, value)) = self.members.next()? else { return Ok(None) };
        self.value = Some(value);
        seed.deserialize(Value(JsonValue::String(name))).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, CustomClaimsError> {
        seed.deserialize(Value(self.value.take().unwrap_or(JsonValue::Null)))
    }
}

/// A variant of an enum: its name, and its data if it has any.
struct Variant<'de> {
    name: JsonStr<'de>,
    value: Option<JsonValue<'de>>,
}

impl<'de> Variant<'de> {
    fn data(self) -> Result<Value<'de>, CustomClaimsError> {
        self.value.map(Value).ok_or(CustomClaimsError::Type { found: "a string" })
    }
}

impl<'de> de::EnumAccess<'de> for Variant<'de> {
    type Error = CustomClaimsError;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), CustomClaimsError> {
        let name = self.name.as_str().ok_or(CustomClaimsError::Escapes)?;
        Ok((seed.deserialize(de::value::BorrowedStrDeserializer::<CustomClaimsError>::new(name))?, self))
    }
}

impl<'de> de::VariantAccess<'de> for Variant<'de> {
    type Error = CustomClaimsError;

    fn unit_variant(self) -> Result<(), CustomClaimsError> {
        match self.value {
            None => Ok(()),
            Some(value) => Err(CustomClaimsError::Type { found: value.kind() }),
        }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, CustomClaimsError> {
        seed.deserialize(self.data()?)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _len: usize, visitor: V) -> Result<V::Value, CustomClaimsError> {
        de::Deserializer::deserialize_any(self.data()?, visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, CustomClaimsError> {
        de::Deserializer::deserialize_any(self.data()?, visitor)
    }
}
