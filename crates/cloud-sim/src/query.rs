//! Query strings and pages.

use axum::{extract::Query, http::Uri};
use base64ct::{Base64, Encoding};

use serde_json::{Value, json};

use crate::{api_error::ApiError, clock};

/// The pairs of a query string. What is understood is taken out; [`Params::finish`] refuses the rest.
pub(crate) struct Params(Vec<(String, String)>);

impl Params {
    pub(crate) fn of(uri: &Uri) -> Result<Self, ApiError> {
        let malformed = |_| ApiError::validation("The query string is malformed.");
        Query::try_from_uri(uri).map(|Query(pairs)| Self(pairs)).map_err(malformed)
    }

    /// The one value of `name`.
    pub(crate) fn one(&mut self, name: &str) -> Result<Option<String>, ApiError> {
        let mut values = self.all(name);
        let value = values.pop();
        if values.is_empty() {
            Ok(value)
        } else {
            Err(ApiError::validation(format!("Query parameter {name} stands more than once.")))
        }
    }

    /// The one value of a parameter that must be there.
    pub(crate) fn required(&mut self, name: &str) -> Result<String, ApiError> {
        let missing = || ApiError::validation(format!("Query parameter {name} is missing."));
        self.one(name)?.ok_or_else(missing)
    }

    /// `pageSort`.
    pub(crate) fn descending(&mut self, by_default: bool) -> Result<bool, ApiError> {
        match self.one("pageSort")?.as_deref() {
            None => Ok(by_default),
            Some("asc") => Ok(false),
            Some("desc") => Ok(true),
            Some(_) => Err(ApiError::validation("pageSort must be asc or desc.")),
        }
    }

    /// The date of a date, or of a date-time.
    pub(crate) fn date(&mut self, name: &str) -> Result<Option<String>, ApiError> {
        let Some(text) = self.one(name)? else { return Ok(None) };
        let whole = if text.len() == 10 { format!("{text}T00:00:00Z") } else { text };
        let error = || ApiError::validation(format!("Query parameter {name} is neither date nor date-time."));
        clock::with_millis(&whole).map(|text| Some(text[..10].to_owned())).ok_or_else(error)
    }

    /// Every value of `name`, repeated or separated by commas; the service is asked in both ways (facts 0.3).
    pub(crate) fn list(&mut self, name: &str) -> Vec<String> {
        self.all(name).iter().flat_map(|value| value.split(',')).map(str::to_owned).collect()
    }

    /// `true` or `false`; false when absent.
    pub(crate) fn flag(&mut self, name: &str) -> Result<bool, ApiError> {
        match self.one(name)?.as_deref() {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(_) => {
                Err(ApiError::validation(format!("Query parameter {name} is neither true nor false.")))
            }
        }
    }

    /// A date-time in the form that the service writes, with or without milliseconds.
    pub(crate) fn time(&mut self, name: &str) -> Result<Option<String>, ApiError> {
        let Some(text) = self.one(name)? else { return Ok(None) };
        let error = || ApiError::validation(format!("Query parameter {name} is not a date-time in UTC."));
        clock::with_millis(&text).map(Some).ok_or_else(error)
    }

    /// Refuses whatever was not asked for. A filter that is passed over would give a wrong answer.
    pub(crate) fn finish(self) -> Result<(), ApiError> {
        match self.0.first() {
            None => Ok(()),
            Some((name, _)) => {
                Err(ApiError::validation(format!("Query parameter {name} is unknown or not simulated.")))
            }
        }
    }

    fn all(&mut self, name: &str) -> Vec<String> {
        let (named, rest) = std::mem::take(&mut self.0).into_iter().partition(|(key, _)| key == name);
        self.0 = rest;
        let named: Vec<(String, String)> = named;
        named.into_iter().map(|(_, value)| value).collect()
    }
}

/// The default page of bulk operations (facts 2.2); taken for every list.
const DEFAULT_LIMIT: usize = 10;
const MAX_LIMIT: usize = 100;

/// Which part of a list is asked for.
pub(crate) struct Page {
    limit: usize,
    after: Option<String>,
}

impl Page {
    pub(crate) fn of(params: &mut Params) -> Result<Self, ApiError> {
        let limit = match params.one("pageLimit")? {
            None => DEFAULT_LIMIT,
            Some(text) => {
                let limit = text.parse().ok().filter(|limit| (1..=MAX_LIMIT).contains(limit));
                limit.ok_or_else(|| ApiError::validation(format!("pageLimit must be 1 to {MAX_LIMIT}.")))?
            }
        };
        let after = match params.one("pageNextToken")? {
            None => None,
            Some(token) => {
                let id = id_in_token(&token);
                Some(id.ok_or_else(|| ApiError::validation("pageNextToken is not one that was given out."))?)
            }
        };
        Ok(Self { limit, after })
    }

    /// Of a list that takes no other parameters.
    pub(crate) fn alone(uri: &Uri) -> Result<Self, ApiError> {
        let mut params = Params::of(uri)?;
        let page = Self::of(&mut params)?;
        params.finish()?;
        Ok(page)
    }

    /// Of a list whose `pageLimit` must be said.
    pub(crate) fn with_required_limit(params: &mut Params) -> Result<Self, ApiError> {
        if !params.0.iter().any(|(name, _)| name == "pageLimit") {
            return Err(ApiError::validation("Query parameter pageLimit is missing."));
        }
        Self::of(params)
    }

    /// The ID behind which the page begins.
    pub(crate) fn after(&self) -> Option<&str> {
        self.after.as_deref()
    }

    /// The answer. `total` is the number of its items, as the service has it (facts 11.4).
    pub(crate) fn body(&self, items: Vec<Value>, next: Option<String>) -> Value {
        let mut body = json!({ "total": items.len() });
        body["items"] = items.into();
        if let Some(token) = next {
            body["pageNextToken"] = token.into();
        }
        body
    }

    /// The items of this page, and the token for the next where there is more. `items` come in their order, each
    /// with its ID.
    pub(crate) fn cut<T>(
        &self,
        items: impl Iterator<Item = T>,
        id: impl Fn(&T) -> &str,
    ) -> (Vec<T>, Option<String>) {
        let mut items = items.peekable();
        if let Some(after) = &self.after {
            while items.next_if(|item| id(item) != after).is_some() {}
            items.next();
        }
        self.cut_here(items, id)
    }

    /// The same of those that fit among what is kept oldest first.
    pub(crate) fn cut_kept<'a, T>(
        &self,
        kept: &'a [T],
        descending: bool,
        fits: impl Fn(&T) -> bool,
        id: impl Fn(&T) -> &str,
    ) -> (Vec<&'a T>, Option<String>) {
        let fitting = kept.iter().filter(|item| fits(item));
        if descending { self.cut(fitting.rev(), |item| id(item)) } else { self.cut(fitting, |item| id(item)) }
    }

    /// The same of items that begin behind [`Self::after`].
    pub(crate) fn cut_here<T>(
        &self,
        items: impl Iterator<Item = T>,
        id: impl Fn(&T) -> &str,
    ) -> (Vec<T>, Option<String>) {
        let mut items = items.peekable();
        let page: Vec<T> = items.by_ref().take(self.limit).collect();
        let more = items.peek().is_some();
        let token = page.last().filter(|_| more).map(|item| token_of(id(item)));
        (page, token)
    }
}

/// Real tokens may have `/`, `+` and `%`, so that a client must encode them (facts 11.4). These two bytes make
/// ours begin with `+/`.
const TOKEN_PREFIX: &[u8] = &[0xfb, 0xff];

fn token_of(id: &str) -> String {
    Base64::encode_string(&[TOKEN_PREFIX, id.as_bytes()].concat())
}

fn id_in_token(token: &str) -> Option<String> {
    let bytes = Base64::decode_vec(token).ok()?;
    String::from_utf8(bytes.strip_prefix(TOKEN_PREFIX)?.to_vec()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_lead_back_and_need_encoding() {
        let token = token_of("nrf-352656101397613");
        assert!(token.starts_with("+/"), "{token}");
        assert_eq!(id_in_token(&token).as_deref(), Some("nrf-352656101397613"));
        assert_eq!(id_in_token(&token.replace('+', " ")), None);
    }

    #[test]
    fn pages_join_to_the_whole() {
        let ids = ["a", "b", "c", "d", "e"];
        let mut page = Page { limit: 2, after: None };
        let mut seen: Vec<&&str> = Vec::new();
        loop {
            let (items, token) = page.cut(ids.iter(), |id| id);
            seen.extend(items);
            let Some(token) = token else { break };
            page.after = id_in_token(&token);
        }
        assert_eq!(seen, ids.iter().collect::<Vec<_>>());
    }
}
