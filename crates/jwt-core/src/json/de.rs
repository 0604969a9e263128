//! serde's way from JSON that the reader has accepted to a type of the caller's own, without a heap.

use core::fmt;

use serde_core::de::{self, DeserializeSeed, Expected, Unexpected, Visitor};
use serde_core::forward_to_deserialize_any;

use super::error::JsonError;
use super::read::{Elements, Members};
use super::value::{JsonStr, JsonValue};

/// Why custom claims do not fit the caller's type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CustomClaimsError {
    /// A claim is absent.
    Missing(&'static str),
    /// A claim stands twice: under its name and under one of its aliases.
    Duplicate(&'static str),
    /// A value has another JSON type than the one wanted, or is out of its range.
    Type {
        /// What it is.
        found: &'static str,
    },
    /// An array has too few or too many elements.
    Length {
        /// How many it has, as far as they were read.
        found: usize,
    },
    /// There is a claim that the type denies.
    UnknownClaim,
    /// A string names no variant of an enum.
    UnknownVariant,
    /// A string has escapes, and there is no heap to decode it on. With the feature `alloc` a `String` takes it.
    Escapes,
    /// The `Deserialize` of the type refused a value for a reason of its own.
    Custom,
}

impl fmt::Display for CustomClaimsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(name) => write!(f, "the claim `{name}` is absent"),
            Self::Duplicate(name) => write!(f, "the claim `{name}` stands twice, under two names"),
            Self::Type { found } => write!(f, "a claim is {found} that does not fit the type wanted"),
            Self::Length { found } => {
                write!(f, "a claim is an array of another length, it ends after {found}")
            }
            Self::UnknownClaim => f.write_str("there is a claim that the type does not know"),
            Self::UnknownVariant => f.write_str("a claim is a string that is none of those wanted"),
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

    fn invalid_type(found: Unexpected<'_>, _wanted: &dyn Expected) -> Self {
        Self::Type { found: kind(found) }
    }

    fn invalid_value(found: Unexpected<'_>, _wanted: &dyn Expected) -> Self {
        Self::Type { found: kind(found) }
    }

    fn invalid_length(found: usize, _wanted: &dyn Expected) -> Self {
        Self::Length { found }
    }

    fn unknown_variant(_variant: &str, _known: &'static [&'static str]) -> Self {
        Self::UnknownVariant
    }

    fn unknown_field(_name: &str, _known: &'static [&'static str]) -> Self {
        Self::UnknownClaim
    }

    fn missing_field(name: &'static str) -> Self {
        Self::Missing(name)
    }

    fn duplicate_field(name: &'static str) -> Self {
        Self::Duplicate(name)
    }
}

/// The JSON type of what serde met.
fn kind(found: Unexpected<'_>) -> &'static str {
    match found {
        Unexpected::Bool(_) => "a boolean",
        Unexpected::Unsigned(_) | Unexpected::Signed(_) | Unexpected::Float(_) => "a number",
        Unexpected::Char(_) | Unexpected::Str(_) | Unexpected::Bytes(_) | Unexpected::UnitVariant => {
            "a string"
        }
        Unexpected::Unit | Unexpected::Option => "null",
        Unexpected::Seq => "an array",
        Unexpected::Map
        | Unexpected::NewtypeVariant
        | Unexpected::TupleVariant
        | Unexpected::StructVariant => "an object",
        _ => "a value",
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

/// A name of a field or of a variant, where those that are known are told: it is found by what it means, however it is written, and
/// without a heap.
fn visit_name<'de, V: Visitor<'de>>(
    name: JsonStr<'de>,
    known: &'static [&'static str],
    visitor: V,
) -> Result<V::Value, CustomClaimsError> {
    match known.iter().find(|known| name == **known) {
        Some(known) => visitor.visit_borrowed_str(known),
        // Nobody wants it. As it is written it will do, unless that is the name of another.
        None if cfg!(not(feature = "alloc")) && !known.contains(&name.raw()) => {
            visitor.visit_borrowed_str(name.raw())
        }
        None => visit_string(name, visitor),
    }
}

impl<'de> de::Deserializer<'de> for Value<'de> {
    type Error = CustomClaimsError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, CustomClaimsError> {
        match self.0 {
            JsonValue::Null => visitor.visit_unit(),
            JsonValue::Bool(value) => visitor.visit_bool(value),
            JsonValue::Number(digits) => visit_number(digits, visitor),
            JsonValue::String(text) => visit_string(text, visitor),
            JsonValue::Array(array) => visitor.visit_seq(ArrayAccess(Elements::of(array)?)),
            JsonValue::Object(object) => visitor.visit_map(ObjectAccess::of(object, None)?),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, CustomClaimsError> {
        match self.0 {
            JsonValue::Object(object) => visitor.visit_map(ObjectAccess::of(object, Some(fields))?),
            _ => self.deserialize_any(visitor),
        }
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
        known: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, CustomClaimsError> {
        match self.0 {
            JsonValue::String(name) => visitor.visit_enum(Variant { name, known, value: None }),
            JsonValue::Object(object) => {
                let mut members = Members::of(object)?;
                let Some((name, value)) = members.next()? else { return Err(self.wrong_type()) };
                if members.next()?.is_some() {
                    return Err(self.wrong_type());
                }
                visitor.visit_enum(Variant { name, known, value: Some(value) })
            }
            _ => Err(self.wrong_type()),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, CustomClaimsError> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map identifier
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
    /// The fields of the struct that is wanted; a map has none.
    fields: Option<&'static [&'static str]>,
    /// The value that belongs to the key handed out last.
    value: Option<JsonValue<'de>>,
}

impl<'de> ObjectAccess<'de> {
    fn of(object: &'de str, fields: Option<&'static [&'static str]>) -> Result<Self, CustomClaimsError> {
        Ok(Self { members: Members::of(object)?, fields, value: None })
    }
}

impl<'de> de::MapAccess<'de> for ObjectAccess<'de> {
    type Error = CustomClaimsError;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, CustomClaimsError> {
        let Some((name, value)) = self.members.next()? else { return Ok(None) };
        self.value = Some(value);
        match self.fields {
            None => seed.deserialize(Value(JsonValue::String(name))).map(Some),
            Some(known) => seed.deserialize(Name { name, known }).map(Some),
        }
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, CustomClaimsError> {
        seed.deserialize(Value(self.value.take().unwrap_or(JsonValue::Null)))
    }
}

/// The name of a field or of a variant.
struct Name<'de> {
    name: JsonStr<'de>,
    known: &'static [&'static str],
}

impl<'de> de::Deserializer<'de> for Name<'de> {
    type Error = CustomClaimsError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, CustomClaimsError> {
        visit_name(self.name, self.known, visitor)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

/// A variant of an enum: its name, and its data if it has any.
struct Variant<'de> {
    name: JsonStr<'de>,
    known: &'static [&'static str],
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
        Ok((seed.deserialize(Name { name: self.name, known: self.known })?, self))
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
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, CustomClaimsError> {
        de::Deserializer::deserialize_struct(self.data()?, "", fields, visitor)
    }
}
