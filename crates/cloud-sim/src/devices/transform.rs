//! `transform`: the part of JSONata that is a plain path, such as `state.desired` or `` `$meta`.createdAt `` (facts 0.3).

use serde_json::Value;

use crate::{api_error::ApiError, query::Params};

/// Names one behind the other; without any it is `$`, the whole.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Transform(Vec<String>);

impl Transform {
    pub(crate) fn of(params: &mut Params) -> Result<Option<Self>, ApiError> {
        let Some(text) = params.one("transform")? else { return Ok(None) };
        let error = || {
            ApiError::validation(format!(
                "transform {text} is not simulated: only plain paths are, such as state.desired."
            ))
        };
        Self::parse(&text).map(Some).ok_or_else(error)
    }

    fn parse(text: &str) -> Option<Self> {
        let mut rest = text.trim();
        let mut names = Vec::new();
        if let Some(after) = rest.strip_prefix('$') {
            // `$` is the whole; `$$` is the same at the outermost level.
            rest = after.strip_prefix('$').unwrap_or(after);
            if rest.is_empty() {
                return Some(Self(names));
            }
            rest = rest.strip_prefix('.')?;
        }
        loop {
            let (name, quoted);
            ((name, rest), quoted) = match rest.strip_prefix('`') {
                Some(after) => (after.split_once('`')?, true),
                None => (rest.split_at(rest.find('.').unwrap_or(rest.len())), false),
            };
            if name.is_empty() || !(quoted || is_plain(name)) {
                return None;
            }
            names.push(name.to_owned());
            if rest.is_empty() {
                return Some(Self(names));
            }
            rest = rest.strip_prefix('.')?;
        }
    }

    /// What stands there, or without a transform all of it.
    pub(crate) fn apply(transform: Option<&Self>, document: Value) -> Value {
        match transform {
            Some(transform) => transform.find(document),
            None => document,
        }
    }

    /// A step into an array goes into each of its items; what is nowhere is null.
    fn find(&self, document: Value) -> Value {
        let found = self.0.iter().try_fold(document, |value, name| step(&value, name));
        found.unwrap_or(Value::Null)
    }
}

/// A name that needs no quotes, and is no word with a meaning of its own in JSONata.
fn is_plain(name: &str) -> bool {
    let first = |c: char| c.is_ascii_alphabetic() || c == '_';
    name.starts_with(first)
        && name.chars().all(|c| first(c) || c.is_ascii_digit())
        && !matches!(name, "and" | "or" | "in" | "true" | "false" | "null" | "function")
}

fn step(value: &Value, name: &str) -> Option<Value> {
    match value {
        Value::Array(items) => {
            let found: Vec<Value> = items.iter().filter_map(|item| step(item, name)).collect();
            match found.len() {
                0 => None,
                1 => found.into_iter().next(),
                _ => Some(Value::Array(found)),
            }
        }
        other => other.get(name).cloned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn plain_paths_are_followed() {
        let document =
            json!({"state": {"desired": {"a": [{"b": 1}, {"b": 2}, {}]}}, "$meta": {"createdAt": "t"}});
        for (path, expected) in [
            ("$", document.clone()),
            ("state.desired.a.b", json!([1, 2])),
            ("$.state.desired.a", json!([{"b": 1}, {"b": 2}, {}])),
            ("`$meta`.createdAt", json!("t")),
            ("state.reported", Value::Null),
        ] {
            let transform = Transform::parse(path).unwrap_or_else(|| panic!("{path}"));
            assert_eq!(transform.find(document.clone()), expected, "{path}");
        }
    }

    #[test]
    fn all_else_is_refused() {
        for other in [
            "",
            ".",
            "a.",
            "a..b",
            "a[0]",
            "$sum(a)",
            "a + b",
            "{\"x\": a}",
            "`a",
            "a and b",
            "$meta.x",
            "1",
            "a.*",
            "null",
        ] {
            assert_eq!(Transform::parse(other), None, "{other}");
        }
    }
}
