//! The parameters of an information line.

use alloc::vec::Vec;

/// One parameter of an information line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field<'a> {
    Empty,
    Bare(&'a str),
    Quoted(&'a str),
}

/// Splits `NAME: a,"b",,c` at the commas outside quotes. `None` if the name differs or a quote is misplaced.
pub(super) fn fields<'a>(line: &'a str, name: &str) -> Option<Vec<Field<'a>>> {
    let mut rest = line.strip_prefix(name)?.strip_prefix(':')?;
    let mut fields = Vec::new();
    loop {
        rest = rest.trim_start_matches(' ');
        let field;
        if let Some(quoted) = rest.strip_prefix('"') {
            let (text, after) = quoted.split_once('"')?;
            field = Field::Quoted(text);
            rest = after.trim_start_matches(' ');
        } else {
            let end = rest.find(',').unwrap_or(rest.len());
            let text = rest[..end].trim_end_matches(' ');
            // A colon belongs to the name of another message, written into this one.
            if text.contains(['"', ':', '\r', '\n']) {
                return None;
            }
            field = if text.is_empty() { Field::Empty } else { Field::Bare(text) };
            rest = &rest[end..];
        }
        fields.push(field);
        if rest.is_empty() {
            return Some(fields);
        }
        rest = rest.strip_prefix(',')?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_split_outside_quotes() {
        assert_eq!(
            fields("+X: 5,\"a,b\",, 7", "+X").unwrap(),
            [Field::Bare("5"), Field::Quoted("a,b"), Field::Empty, Field::Bare("7")]
        );
        assert_eq!(fields("+X:", "+X").unwrap(), [Field::Empty]);
        for text in ["+X: \"a", "+X: \"a\"b", "+X: a\"b\"", "+X: 1+CEREG: 2", "+Y: 1", "+X 1"] {
            assert_eq!(fields(text, "+X"), None, "{text}");
        }
    }
}
