//! One call: make the request, send it (again, where that is safe), sort the answer.

use reqwest::header::{
    ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, LOCATION, RANGE, RETRY_AFTER,
};
use reqwest::{Method, StatusCode};
use serde::de::DeserializeOwned;
use url::Url;

use super::Client;
use crate::error::{AnswerError, AnswerProblem, Error, ServiceError, TransportError, is_html};
use crate::retry::parse_retry_after;

/// Longest body that is read. The largest answers known are pages of 100 devices with their state, below 5
/// MB.
const LONGEST_BODY: u64 = 32 << 20;

/// A request in the making.
pub(crate) struct Call {
    operation: &'static str,
    method: Method,
    url: Url,
    accept: &'static str,
    body: Option<(&'static str, Vec<u8>)>,
    range: Option<String>,
    success: &'static [u16],
    repeatable: bool,
    authorised: bool,
}

/// A whole answer with a status of success.
#[derive(Debug)]
pub(crate) struct Answer {
    operation: &'static str,
    pub(crate) status: u16,
    headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Call {
    /// A call to a path below the client's base URL. Success is 200 until [`success`](Self::success) says
    /// otherwise.
    pub(crate) fn new(client: &Client, operation: &'static str, method: Method, path: &[&str]) -> Self {
        let mut url = client.inner.base.clone();
        url.path_segments_mut().expect("a base URL is http or https, which have a path").extend(path);
        let repeatable = method.is_safe();
        Self {
            operation,
            method,
            url,
            accept: "application/json",
            body: None,
            range: None,
            success: &[200],
            repeatable,
            authorised: true,
        }
    }

    /// A plain download: any address, and no `Authorization` header.
    pub(crate) fn download(operation: &'static str, url: Url) -> Self {
        Self {
            operation,
            method: Method::GET,
            url,
            accept: "*/*",
            body: None,
            range: None,
            success: &[200],
            repeatable: true,
            authorised: false,
        }
    }

    /// Adds query parameters, form-encoded (a comma becomes `%2C`). Nothing is added for an empty list.
    pub(crate) fn query<K, V>(mut self, pairs: impl IntoIterator<Item = (K, V)>) -> Self
    where
        K: AsRef<str>,
        V: AsRef<str>,
    {
        let mut pairs = pairs.into_iter().peekable();
        if pairs.peek().is_some() {
            self.url.query_pairs_mut().extend_pairs(pairs);
        }
        self
    }

    pub(crate) fn body(mut self, content_type: &'static str, body: Vec<u8>) -> Self {
        self.body = Some((content_type, body));
        self
    }

    pub(crate) fn json(self, body: &impl serde::Serialize) -> Self {
        let body = serde_json::to_vec(body).expect("request types have text keys and finite numbers only");
        self.body("application/json", body)
    }

    pub(crate) fn accept(mut self, accept: &'static str) -> Self {
        self.accept = accept;
        self
    }

    pub(crate) fn range(mut self, range: Option<String>) -> Self {
        self.range = range;
        self
    }

    pub(crate) fn success(mut self, statuses: &'static [u16]) -> Self {
        self.success = statuses;
        self
    }

    /// For a POST that only asks.
    pub(crate) fn repeatable(mut self) -> Self {
        self.repeatable = true;
        self
    }

    pub(crate) async fn send(mut self, client: &Client) -> Result<Answer, Error> {
        let request = self.request(client)?;
        client
            .inner
            .retry
            .run(self.repeatable, || {
                let request = request.try_clone().expect("a body in memory can be cloned");
                self.attempt(client, request)
            })
            .await
    }

    fn request(&mut self, client: &Client) -> Result<reqwest::Request, TransportError> {
        let mut request =
            client.inner.http.request(self.method.clone(), self.url.clone()).header(ACCEPT, self.accept);
        if let Some((content_type, body)) = self.body.take() {
            request = request.header(CONTENT_TYPE, content_type).body(body);
        }
        if let Some(range) = &self.range {
            request = request.header(RANGE, range);
        }
        if let Some(credentials) = client.credentials.as_ref().filter(|_| self.authorised) {
            request = request.header(AUTHORIZATION, credentials.header());
        }
        request.build().map_err(|error| self.transport(error))
    }

    async fn attempt(&self, client: &Client, request: reqwest::Request) -> Result<Answer, Error> {
        let mut response = client.inner.http.execute(request).await.map_err(|error| self.transport(error))?;
        let status = response.status();
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| self.transport(error))? {
            if (body.len() + chunk.len()) as u64 > LONGEST_BODY {
                return Err(self.unfit(status, AnswerProblem::TooLong { limit: LONGEST_BODY }));
            }
            body.extend_from_slice(&chunk);
        }
        let headers = std::mem::take(response.headers_mut());
        self.sort(status, headers, body)
    }

    fn sort(&self, status: StatusCode, headers: HeaderMap, body: Vec<u8>) -> Result<Answer, Error> {
        let content_type = text(&headers, &CONTENT_TYPE);
        if status.as_u16() >= 400 {
            let retry_after = text(&headers, &RETRY_AFTER).and_then(parse_retry_after);
            return Err(ServiceError::parse(
                self.operation,
                status.as_u16(),
                content_type,
                retry_after,
                &body,
            )
            .into());
        }
        if let (true, Some(location)) = (status.is_redirection(), text(&headers, &LOCATION)) {
            return Err(self.unfit(status, AnswerProblem::Redirect { location: location.to_owned() }));
        }
        if is_html(content_type, &body) {
            return Err(self.unfit(status, AnswerProblem::Html));
        }
        if !self.success.contains(&status.as_u16()) {
            return Err(self.unfit(status, AnswerProblem::Status));
        }
        Ok(Answer { operation: self.operation, status: status.as_u16(), headers, body })
    }

    fn unfit(&self, status: StatusCode, kind: AnswerProblem) -> Error {
        AnswerError { operation: self.operation, status: status.as_u16(), kind }.into()
    }

    fn transport(&self, error: reqwest::Error) -> TransportError {
        TransportError::new(self.operation, &self.url, error)
    }
}

impl Answer {
    /// The body as JSON. Unknown fields pass; a field of the wrong type is named by its path.
    pub(crate) fn json<T: DeserializeOwned>(&self) -> Result<T, Error> {
        if self.body.trim_ascii().is_empty() {
            return Err(self.unfit(AnswerProblem::Empty));
        }
        let reader = &mut serde_json::Deserializer::from_slice(&self.body);
        serde_path_to_error::deserialize(reader).map_err(|error| {
            self.unfit(AnswerProblem::Json {
                path: error.path().to_string(),
                reason: error.into_inner().to_string(),
            })
        })
    }

    /// A header as text.
    pub(crate) fn header(&self, name: &HeaderName) -> Option<&str> {
        text(&self.headers, name)
    }

    pub(crate) fn unfit(&self, kind: AnswerProblem) -> Error {
        AnswerError { operation: self.operation, status: self.status, kind }.into()
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}
