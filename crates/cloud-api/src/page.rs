//! Lists, page by page.
//!
//! Every listing operation gives one [`Page`]. [`Client::pages`] walks through all of them, and
//! [`Pages::items`] gives their entries one by one, as a [`Stream`].

use std::collections::HashSet;
use std::fmt;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use reqwest::Method;
use serde::Deserialize;

use crate::client::{Call, Client};
use crate::error::{AnswerError, AnswerProblem, Error};
use crate::json::open_enum;

/// One page of a listing operation.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Page<T> {
    /// The entries.
    pub items: Vec<T>,
    /// Number of results of this query, at most the page limit; not the number of all there are.
    #[serde(default)]
    pub total: Option<u64>,
    /// Present when there are more: give it back in the next request, as it is (it is encoded on the way).
    #[serde(default)]
    pub page_next_token: Option<String>,
    /// Hash of the body, by which a page is known again.
    #[serde(skip)]
    fingerprint: u64,
}

impl<T> Page<T> {
    pub(crate) fn of_body(mut self, body: &[u8]) -> Self {
        let mut hasher = DefaultHasher::new();
        body.hash(&mut hasher);
        self.fingerprint = hasher.finish();
        self
    }
}

/// A query for a list: [`ListDevices`](crate::devices::ListDevices),
/// [`ListBulkOpsRequests`](crate::bulk::ListBulkOpsRequests), and so on.
pub trait ListQuery: sealed::Query {}

impl<Q: sealed::Query> ListQuery for Q {}

pub(crate) mod sealed {
    /// What there is to know of a listing operation.
    pub trait Query {
        /// An entry of the list.
        type Item: serde::de::DeserializeOwned;
        /// Operation of nRF Cloud's API reference.
        const OPERATION: &'static str;
        /// Whether it is one of the provisioning service, which has a base URL of its own.
        const IS_PROVISIONING: bool = false;

        /// Path below the base URL.
        fn path(&self) -> Vec<&str>;

        /// Parameters, without empty ones.
        fn pairs(&self) -> Vec<(&'static str, String)>;
    }
}

impl Client {
    /// All pages that answer this query, from the one that it names (by default the first).
    ///
    /// ```no_run
    /// # async fn example(client: cloud_api::Client) -> Result<(), cloud_api::Error> {
    /// let mut devices = client.pages(cloud_api::devices::ListDevices::default()).items();
    /// while let Some(device) = devices.next().await {
    ///     println!("{}", device?.id);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn pages<Q: ListQuery>(&self, query: Q) -> Pages<Q> {
        Pages { client: self.clone(), query, token: None, seen: HashSet::new(), ended: false }
    }

    pub(crate) async fn page<Q: ListQuery>(&self, query: &Q) -> Result<Page<Q::Item>, Error> {
        self.page_of(query, query.pairs()).await
    }

    async fn page_of<Q: ListQuery>(
        &self,
        query: &Q,
        pairs: Vec<(&'static str, String)>,
    ) -> Result<Page<Q::Item>, Error> {
        let make = if Q::IS_PROVISIONING { Call::provisioning } else { Call::new };
        make(self, Q::OPERATION, Method::GET, &query.path()).query(pairs).send(self).await?.page()
    }
}

/// The pages of a list, one after the other.
///
/// The list ends with the first page without a token for the next. After an error it has ended too; begin
/// again with the [token](Self::next_token) in the query to go on. A token may be the same on several pages as
/// long as the pages differ; a page that comes again is [`AnswerProblem::Endless`].
#[derive(Debug)]
pub struct Pages<Q> {
    client: Client,
    query: Q,
    token: Option<String>,
    /// Hashes of the pages that named a next one.
    seen: HashSet<u64>,
    ended: bool,
}

impl<Q: ListQuery> Pages<Q> {
    /// The next page, or `None` after the last. Dropping the future loses nothing: the page comes next time.
    ///
    /// # Errors
    ///
    /// [`Error`]; the list has ended then.
    pub async fn next(&mut self) -> Option<Result<Page<Q::Item>, Error>> {
        if self.ended {
            return None;
        }
        let mut pairs = self.query.pairs();
        if let Some(token) = &self.token {
            pairs.retain(|(name, _)| *name != NEXT_TOKEN);
            pairs.push((NEXT_TOKEN, token.clone()));
        }
        let page = match self.client.page_of(&self.query, pairs).await {
            Ok(page) => page,
            Err(error) => {
                self.ended = true;
                return Some(Err(error));
            }
        };
        match page.page_next_token.as_ref().filter(|token| !token.is_empty()) {
            None => {
                self.ended = true;
                self.token = None;
            }
            Some(token) if self.seen.insert(page.fingerprint) => self.token = Some(token.clone()),
            Some(token) => {
                self.ended = true;
                let kind = AnswerProblem::Endless { token: token.clone() };
                return Some(Err(AnswerError {
                    operation: Q::OPERATION,
                    status: 200,
                    request_id: None,
                    kind,
                }
                .into()));
            }
        }
        Some(Ok(page))
    }

    /// The token of the page that comes next, to go on later from there. `None` for the first page, and after
    /// the last.
    #[must_use]
    pub fn next_token(&self) -> Option<&str> {
        self.token.as_deref()
    }

    /// The entries of all pages. A page is fetched when the one before is used up.
    #[must_use]
    pub fn items(self) -> Items<Q> {
        Items { state: State::Between(Box::new(self)), page: Vec::new().into_iter() }
    }
}

/// The entries of a list, fetched page by page: a [`Stream`], and by [`next`](Self::next) without one.
pub struct Items<Q: ListQuery> {
    state: State<Q>,
    page: std::vec::IntoIter<Q::Item>,
}

type Fetch<Q> = Pin<
    Box<dyn Future<Output = (Box<Pages<Q>>, Option<Result<Page<<Q as sealed::Query>::Item>, Error>>)> + Send>,
>;

enum State<Q: ListQuery> {
    Between(Box<Pages<Q>>),
    Fetching(Fetch<Q>),
    Ended,
}

impl<Q> Items<Q>
where
    Q: ListQuery + Send + Sync + Unpin + 'static,
    Q::Item: Send + Unpin,
{
    /// The next entry, or `None` after the last. Dropping the future loses nothing.
    ///
    /// # Errors
    ///
    /// [`Error`]; the list has ended then.
    pub async fn next(&mut self) -> Option<Result<Q::Item, Error>> {
        std::future::poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await
    }
}

impl<Q> Stream for Items<Q>
where
    Q: ListQuery + Send + Sync + Unpin + 'static,
    Q::Item: Send + Unpin,
{
    type Item = Result<Q::Item, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        loop {
            if let Some(item) = this.page.next() {
                return Poll::Ready(Some(Ok(item)));
            }
            this.state = match std::mem::replace(&mut this.state, State::Ended) {
                State::Between(mut pages) => State::Fetching(Box::pin(async move {
                    let page = pages.next().await;
                    (pages, page)
                })),
                State::Fetching(mut fetch) => match fetch.as_mut().poll(context) {
                    Poll::Pending => {
                        this.state = State::Fetching(fetch);
                        return Poll::Pending;
                    }
                    Poll::Ready((pages, Some(Ok(page)))) => {
                        this.page = page.items.into_iter();
                        State::Between(pages)
                    }
                    Poll::Ready((_, Some(Err(error)))) => return Poll::Ready(Some(Err(error))),
                    Poll::Ready((_, None)) => State::Ended,
                },
                State::Ended => return Poll::Ready(None),
            };
        }
    }
}

impl<Q: ListQuery> fmt::Debug for Items<Q> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Items").field("in_hand", &self.page.len()).finish_non_exhaustive()
    }
}

const NEXT_TOKEN: &str = "pageNextToken";

/// The parameters that have a value.
pub(crate) fn present<const N: usize>(
    pairs: [(&'static str, Option<String>); N],
) -> Vec<(&'static str, String)> {
    pairs.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}

/// A list in one parameter, by commas: for values that cannot hold one.
pub(crate) fn joined<T: AsRef<str>>(items: &[T]) -> Option<String> {
    if items.is_empty() {
        return None;
    }
    Some(items.iter().map(AsRef::as_ref).collect::<Vec<_>>().join(","))
}

/// Entries per page, 1 to 100.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageLimit(u8);

/// A number cannot be a page limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("page limit {0} is not in 1 to 100")]
pub struct InvalidPageLimit(pub u8);

impl PageLimit {
    /// 100.
    pub const MAX: Self = Self(100);
}

impl TryFrom<u8> for PageLimit {
    type Error = InvalidPageLimit;

    fn try_from(limit: u8) -> Result<Self, InvalidPageLimit> {
        if (1..=100).contains(&limit) { Ok(Self(limit)) } else { Err(InvalidPageLimit(limit)) }
    }
}

impl fmt::Display for PageLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

open_enum! {
    /// Order of a list, by time.
    PageSort {
        /// Oldest first.
        Ascending = "asc",
        /// Newest first.
        Descending = "desc",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_1_to_100() {
        assert_eq!(PageLimit::try_from(100).unwrap(), PageLimit::MAX);
        assert_eq!(PageLimit::try_from(0).unwrap_err().to_string(), "page limit 0 is not in 1 to 100");
        assert!(PageLimit::try_from(101).is_err());
    }

    #[test]
    fn lists_and_absent_values() {
        assert_eq!(joined(&["a", "b"]).as_deref(), Some("a,b"));
        assert_eq!(joined::<&str>(&[]), None);
        assert_eq!(present([("a", None), ("b", Some("1".to_owned()))]), [("b", "1".to_owned())]);
    }
}
