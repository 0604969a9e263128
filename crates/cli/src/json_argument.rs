//! A JSON value on the command line: as it is, from a file by `@FILE`, or from standard input by `-`.

use std::path::PathBuf;
use std::str::FromStr;

use serde_json::Value;

use crate::context::Context;
use crate::diagnostic::{self, Diagnostic};
use crate::input::Source;

/// Where a JSON value is.
#[derive(Clone, Debug)]
pub(crate) enum JsonArgument {
    /// In the argument itself.
    Here(Value),
    /// In a file or standard input.
    Source(Source),
}

impl FromStr for JsonArgument {
    type Err = JsonError;

    fn from_str(text: &str) -> Result<Self, JsonError> {
        match text.strip_prefix('@') {
            _ if text == "-" => Ok(Self::Source(Source::Stdin)),
            Some(path) => Ok(Self::Source(Source::Path(PathBuf::from(path)))),
            None => parse(text).map(Self::Here),
        }
    }
}

impl JsonArgument {
    /// The value.
    pub(crate) fn load(&self, context: &Context) -> Result<Value, Diagnostic> {
        match self {
            Self::Here(value) => Ok(value.clone()),
            Self::Source(source) => {
                let text = context.input.text(source)?;
                parse(&text).map_err(|error| diagnostic::bad_json(source, &error))
            }
        }
    }
}

fn parse(text: &str) -> Result<Value, JsonError> {
    serde_json::from_str(text).map_err(|error| JsonError { reason: error.to_string() })
}

/// A text that is no JSON.
#[derive(Clone, Debug, thiserror::Error)]
#[error("not JSON: {reason}")]
pub(crate) struct JsonError {
    reason: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_character_tells_where_the_value_is() {
        let read = |text: &str| text.parse::<JsonArgument>();
        assert!(matches!(read("-"), Ok(JsonArgument::Source(Source::Stdin))));
        assert!(
            matches!(read("@a.json"), Ok(JsonArgument::Source(Source::Path(path))) if path.ends_with("a.json"))
        );
        assert!(matches!(read("-1"), Ok(JsonArgument::Here(value)) if value == -1));
        assert!(matches!(read(r#"{"a":1}"#), Ok(JsonArgument::Here(value)) if value["a"] == 1));
        assert_eq!(
            read("{a:1}").unwrap_err().to_string(),
            "not JSON: key must be a string at line 1 column 2"
        );
    }
}
