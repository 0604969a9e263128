//! Query strings and pages.

use std::time::SystemTime;

use axum::{extract::Query, http::Uri};
use base64ct::{Base64, Encoding};
use serde_json::{Value, json};

use crate::{
    api_error::ApiError,
    clock::{self, since_1970},
};

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

    /// The date of a date, or of a date-time; of a month its first.
    pub(crate) fn date(&mut self, name: &str) -> Result<Option<String>, ApiError> {
        let Some(text) = self.one(name)? else { return Ok(None) };
        let whole = match text.len() {
            7 => format!("{text}-01T00:00:00Z"),
            10 => format!("{text}T00:00:00Z"),
            _ => text,
        };
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

/// Where an item stands in its list, which a token tells: so a page goes on rightly also where the item that ended the
/// one before has gone since, or no longer fits. Nanoseconds since 1970, and the ID.
pub(crate) type Standing<'a> = (u128, &'a str);

/// Of what is kept in the order of its coming.
pub(crate) fn by_time(at: SystemTime, id: &str) -> Standing<'_> {
    (since_1970(at).as_nanos(), id)
}

/// Of a list in the order of its IDs.
pub(crate) fn by_id(id: &str) -> Standing<'_> {
    (0, id)
}

/// Puts an item where it stands among the others: nearly always at the end.
pub(crate) fn keep<T>(kept: &mut Vec<T>, item: T, standing: impl Fn(&T) -> Standing<'_>) {
    let place = kept.partition_point(|other| standing(other) <= standing(&item));
    kept.insert(place, item);
}

/// Which part of a list is asked for.
pub(crate) struct Page {
    limit: usize,
    after: Option<(u128, String)>,
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
        let after =
            match params.one("pageNextToken")? {
                None => None,
                Some(token) => {
                    let after = standing_in_token(&token);
                    Some(after.ok_or_else(|| {
                        ApiError::validation("pageNextToken is not one that was given out.")
                    })?)
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
        self.after.as_ref().map(|(_, id)| id.as_str())
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

    /// The items of this page, and the token for the next where there is more. `items` come in the order in which they
    /// stand, or with the last first.
    pub(crate) fn cut<T>(
        &self,
        items: impl Iterator<Item = T>,
        descending: bool,
        standing: impl Fn(&T) -> Standing<'_>,
    ) -> (Vec<T>, Option<String>) {
        let mut items = items.peekable();
        if let Some((at, id)) = &self.after {
            let after = (*at, id.as_str());
            let was_seen =
                |item: &T| if descending { standing(item) >= after } else { standing(item) <= after };
            while items.next_if(was_seen).is_some() {}
        }
        self.cut_here(items, standing)
    }

    /// The same of those that fit among what is kept oldest first.
    pub(crate) fn cut_kept<'a, T>(
        &self,
        kept: &'a [T],
        descending: bool,
        fits: impl Fn(&T) -> bool,
        standing: impl for<'s> Fn(&'s T) -> Standing<'s>,
    ) -> (Vec<&'a T>, Option<String>) {
        let fitting = kept.iter().filter(|item| fits(item));
        if descending {
            self.cut(fitting.rev(), true, |item| standing(item))
        } else {
            self.cut(fitting, false, |item| standing(item))
        }
    }

    /// The same of items that begin behind [`Self::after`].
    pub(crate) fn cut_here<T>(
        &self,
        items: impl Iterator<Item = T>,
        standing: impl Fn(&T) -> Standing<'_>,
    ) -> (Vec<T>, Option<String>) {
        let mut items = items.peekable();
        let page: Vec<T> = items.by_ref().take(self.limit).collect();
        let more = items.peek().is_some();
        let token = page.last().filter(|_| more).map(|item| token_of(standing(item)));
        (page, token)
    }
}

/// Real tokens may have `/`, `+` and `%`, so that a client must encode them (facts 11.4). These two bytes make
/// ours begin with `+/`.
const TOKEN_PREFIX: &[u8] = &[0xfb, 0xff];

fn token_of((at, id): Standing<'_>) -> String {
    Base64::encode_string(&[TOKEN_PREFIX, format!("{at}/{id}").as_bytes()].concat())
}

fn standing_in_token(token: &str) -> Option<(u128, String)> {
    let bytes = Base64::decode_vec(token).ok()?;
    let text = std::str::from_utf8(bytes.strip_prefix(TOKEN_PREFIX)?).ok()?;
    let (at, id) = text.split_once('/')?;
    Some((at.parse().ok()?, id.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_lead_back_and_need_encoding() {
        let token = token_of((17, "nrf-352656101397613/a"));
        assert!(token.starts_with("+/"), "{token}");
        assert_eq!(standing_in_token(&token), Some((17, "nrf-352656101397613/a".to_owned())));
        assert_eq!(standing_in_token(&token.replace('+', " ")), None);
    }

    type Item = (u128, &'static str);

    /// All pages, each of which sees the list as it is then.
    fn pages(descending: bool, mut change: impl FnMut(&mut Vec<Item>)) -> Vec<&'static str> {
        let mut kept: Vec<Item> = Vec::new();
        for item in [(2, "c"), (1, "x"), (1, "b"), (3, "a"), (3, "d"), (4, "y"), (5, "e")] {
            keep(&mut kept, item, |item| *item);
        }
        let mut page = Page { limit: 2, after: None };
        let mut seen = Vec::new();
        loop {
            let (items, token) = page.cut_kept(&kept, descending, |(_, id)| *id != "y", |item| *item);
            seen.extend(items.into_iter().map(|(_, id)| *id));
            let Some(token) = token else { return seen };
            page.after = standing_in_token(&token);
            change(&mut kept);
        }
    }

    #[test]
    fn pages_join_to_the_whole() {
        assert_eq!(pages(false, |_| ()), ["b", "x", "c", "a", "d", "e"]);
        assert_eq!(pages(true, |_| ()), ["e", "d", "a", "c", "x", "b"]);
    }

    #[test]
    fn an_item_that_has_gone_takes_no_other_with_it() {
        for gone in ["x", "a", "d", "e"] {
            for descending in [false, true] {
                let seen = pages(descending, |kept| kept.retain(|(_, id)| *id != gone));
                for (_, id) in [(1, "b"), (1, "x"), (2, "c"), (3, "a"), (3, "d"), (5, "e")] {
                    assert!(id == gone || seen.contains(&id), "{gone} {descending} {seen:?}");
                }
            }
        }
    }
}
