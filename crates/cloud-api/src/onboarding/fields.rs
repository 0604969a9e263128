//! The fields of one row while they are read.

use std::borrow::Cow;
use std::str::FromStr;

use super::pem::PemError;
use super::problem::Rule;
use super::scan::Field;
use super::token::TokenError;
use crate::identifier::InvalidIdentifier;

/// The fields of one row; collects what is wrong, by offset.
pub struct Fields<'r> {
    pub(super) window: &'r [u8],
    pub(super) fields: &'r [Field],
    pub(super) problems: &'r mut Vec<(usize, Rule)>,
}

impl<'r> Fields<'r> {
    /// The text of a field, unless the scanner or UTF-8 has found fault with it.
    fn text(&mut self, column: usize) -> Option<(usize, Cow<'r, str>)> {
        let field = &self.fields[column];
        if field.fault.is_some() {
            return None;
        }
        let text = match field.text(self.window) {
            Cow::Borrowed(bytes) => std::str::from_utf8(bytes).map(Cow::Borrowed),
            Cow::Owned(bytes) => String::from_utf8(bytes).map(Cow::Owned).map_err(|error| error.utf8_error()),
        };
        match text {
            Ok(text) => Some((field.start, text)),
            Err(error) => {
                self.problems.push((field.start + error.valid_up_to(), Rule::NotUtf8));
                None
            }
        }
    }

    fn parsed<T: FromStr<Err = InvalidIdentifier>>(&mut self, offset: usize, text: &str) -> Option<T> {
        text.parse().map_err(|error| self.problems.push((offset, Rule::Identifier(error)))).ok()
    }

    pub(super) fn identifier<T: FromStr<Err = InvalidIdentifier>>(&mut self, column: usize) -> Option<T> {
        let (offset, text) = self.text(column)?;
        self.parsed(offset, &text)
    }

    pub(super) fn optional<T: FromStr<Err = InvalidIdentifier>>(
        &mut self,
        column: usize,
    ) -> Option<Option<T>> {
        let (offset, text) = self.text(column)?;
        if text.is_empty() { Some(None) } else { self.parsed(offset, &text).map(Some) }
    }

    /// Items joined by `|`. `fault` may find a rule against an item that is good by itself.
    pub(super) fn list_where<T: FromStr<Err = InvalidIdentifier>>(
        &mut self,
        column: usize,
        fault: impl Fn(&T) -> Option<Rule>,
    ) -> Option<Vec<T>> {
        let (mut offset, text) = self.text(column)?;
        if text.is_empty() {
            return Some(Vec::new());
        }
        let mut items = Vec::new();
        let mut good = true;
        for part in text.split('|') {
            let rule = match part.parse::<T>() {
                Ok(item) => fault(&item).or_else(|| {
                    items.push(item);
                    None
                }),
                Err(error) => Some(Rule::Identifier(error)),
            };
            if let Some(rule) = rule {
                self.problems.push((offset, rule));
                good = false;
            }
            offset += part.len() + 1;
        }
        good.then_some(items)
    }

    pub(super) fn pem<T: FromStr<Err = PemError>>(&mut self, column: usize) -> Option<T> {
        let (offset, text) = self.text(column)?;
        let parsed = text.parse::<T>();
        parsed.map_err(|error| self.problems.push((offset + error.offset, Rule::Pem(error.problem)))).ok()
    }

    pub(super) fn token<T: FromStr<Err = TokenError>>(&mut self, column: usize) -> Option<T> {
        let (offset, text) = self.text(column)?;
        text.parse::<T>()
            .map_err(|error| self.problems.push((offset + error.offset, Rule::Token(error))))
            .ok()
    }
}
