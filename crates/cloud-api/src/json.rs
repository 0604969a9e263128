//! Reading JSON that says less, or more, than its description.

use serde::{Deserialize, Deserializer, Serializer, de};

/// `null` where a value should be counts as absent.
pub(crate) fn null_as_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// Whether a value may be left out.
pub(crate) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// A number that may be written as a text, as in the location history.
pub(crate) fn number_or_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    struct Visitor;

    impl de::Visitor<'_> for Visitor {
        type Value = f64;

        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("a number, or a text of one")
        }

        fn visit_f64<E>(self, value: f64) -> Result<f64, E> {
            Ok(value)
        }

        #[expect(clippy::cast_precision_loss, reason = "coordinates and metres are far below 2^53")]
        fn visit_u64<E>(self, value: u64) -> Result<f64, E> {
            Ok(value as f64)
        }

        #[expect(clippy::cast_precision_loss, reason = "coordinates and metres are far below 2^53")]
        fn visit_i64<E>(self, value: i64) -> Result<f64, E> {
            Ok(value as f64)
        }

        fn visit_str<E: de::Error>(self, value: &str) -> Result<f64, E> {
            value
                .parse()
                .ok()
                .filter(|number: &f64| number.is_finite())
                .ok_or_else(|| E::invalid_value(de::Unexpected::Str(value), &self))
        }
    }

    deserializer.deserialize_any(Visitor)
}

/// A whole number without a decimal point, as devices send them.
pub(crate) fn plain_number<S: Serializer>(value: &Option<f64>, serializer: S) -> Result<S::Ok, S::Error> {
    /// Up to here every whole number is its own `f64`.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    match *value {
        None => serializer.serialize_none(),
        #[expect(clippy::cast_possible_truncation, reason = "a whole number within 53 bits")]
        Some(number) if number.fract() == 0.0 && number.abs() < EXACT => {
            serializer.serialize_i64(number as i64)
        }
        Some(number) => serializer.serialize_f64(number),
    }
}

/// Makes the type of an answer. What stands in the first block is always there. What stands in the second may
/// be absent or `null`, and is then its default. Fields without a name here are kept in `extra`.
macro_rules! answer {
    (
        $(#[$meta:meta])*
        $name:ident { $( $(#[$field_meta:meta])* $field:ident: $type:ty, )* }
        may { $( $(#[$may_meta:meta])* $may:ident: $may_type:ty, )* }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, serde::Deserialize, serde::Serialize)]
        #[serde(rename_all = "camelCase")]
        #[non_exhaustive]
        pub struct $name {
            $( $(#[$field_meta])* pub $field: $type, )*
            $(
                $(#[$may_meta])*
                #[serde(
                    default,
                    deserialize_with = "crate::json::null_as_default",
                    skip_serializing_if = "crate::json::is_default"
                )]
                pub $may: $may_type,
            )*
            /// Fields that this crate has no name for.
            #[serde(flatten)]
            pub extra: serde_json::Map<String, serde_json::Value>,
        }
    };
}

pub(crate) use answer;

/// Makes an enum of published words that keeps a word it does not know in `Other`.
macro_rules! open_enum {
    (
        $(#[$meta:meta])*
        $name:ident { $( $(#[$variant_meta:meta])* $variant:ident = $word:literal, )+ }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $( $(#[$variant_meta])* $variant, )+
            /// A word that this crate does not know.
            Other(String),
        }

        impl $name {
            /// The word of the REST API.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    $( Self::$variant => $word, )+
                    Self::Other(word) => word,
                }
            }
        }

        impl From<&str> for $name {
            fn from(word: &str) -> Self {
                match word {
                    $( $word => Self::$variant, )+
                    other => Self::Other(other.to_owned()),
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let word = String::deserialize(deserializer)?;
                Ok(Self::from(word.as_str()))
            }
        }
    };
}

pub(crate) use open_enum;

#[cfg(test)]
mod tests {
    use super::*;

    #[expect(unreachable_pub, reason = "the macro is for public types")]
    mod made {
        use crate::json::number_or_text;

        super::answer! {
        /// A type of an answer.
        Answer {
            /// There always.
            #[serde(deserialize_with = "number_or_text")]
            sure: f64,
        }
        may {
            /// There sometimes.
            #[serde(rename = "$perhaps")]
            perhaps: Vec<u8>,
            /// A second.
            last_one: Option<String>,
        }
        }
    }

    use made::Answer;

    #[test]
    fn absent_null_and_unknown_are_no_errors_and_the_unknown_is_kept() {
        let answer: Answer =
            serde_json::from_str(r#"{"sure":"-1.5","$perhaps":null,"more":{"a":[1]}}"#).unwrap();
        assert_eq!((answer.sure, answer.perhaps.len(), answer.last_one.as_ref()), (-1.5, 0, None));
        assert_eq!(serde_json::to_string(&answer).unwrap(), r#"{"sure":-1.5,"more":{"a":[1]}}"#);
        let answer: Answer = serde_json::from_str(r#"{"sure":7,"$perhaps":[1],"lastOne":"x"}"#).unwrap();
        assert_eq!((answer.sure, answer.perhaps, answer.last_one.as_deref()), (7.0, vec![1], Some("x")));
    }

    #[test]
    fn a_text_that_is_no_finite_number_is_refused() {
        for bad in [r#""""#, r#""12 m""#, r#""NaN""#, r#""inf""#, "null", "[]"] {
            assert!(serde_json::from_str::<Answer>(&format!(r#"{{"sure":{bad}}}"#)).is_err(), "{bad}");
        }
    }

    #[test]
    fn whole_numbers_have_no_decimal_point() {
        #[derive(serde::Serialize)]
        struct Request(#[serde(serialize_with = "plain_number")] Option<f64>);
        for (number, text) in
            [(Some(-97.0), "-97"), (Some(-34.5), "-34.5"), (None, "null"), (Some(0.125), "0.125")]
        {
            assert_eq!(serde_json::to_string(&Request(number)).unwrap(), text);
        }
    }
}
