//! One call: make the request, send it (again, where that is safe), sort the answer.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use reqwest::header::{
    ACCEPT, AUTHORIZATION, CONTENT_TYPE, DATE, HeaderMap, HeaderName, HeaderValue, IF_MATCH, LOCATION, RANGE,
    RETRY_AFTER,
};
use reqwest::{Method, StatusCode};
use serde::de::DeserializeOwned;
use url::Url;

use super::Client;
use crate::credentials::Credentials;
use crate::error::{AnswerError, AnswerProblem, Error, RequestError, ServiceError, TransportError, is_html};
use crate::identifier::DeviceId;
use crate::page::Page;
use crate::retry::{Repeat, parse_retry_after};
use crate::scope;

/// Longest body that is read. The largest answers known are pages of 100 devices with their state, below 5
/// MB.
const LONGEST_BODY: u64 = 32 << 20;

/// Statuses of a change that was made or taken. The API reference has one of them for each operation, mostly
/// 202; recorded and mocked answers differ among them.
pub(crate) const DONE: &[u16] = &[200, 201, 202, 204];

const CUSTOM_DEVICE_ID: HeaderName = HeaderName::from_static("x-custom-device-id");
const TENANT_ID: HeaderName = HeaderName::from_static("x-nrfcloud-tenantid");
const REQUEST_IDS: [HeaderName; 3] = [
    HeaderName::from_static("x-amzn-requestid"),
    HeaderName::from_static("x-request-id"),
    HeaderName::from_static("apigw-requestid"),
];

/// A request in the making.
pub(crate) struct Call {
    operation: &'static str,
    method: Method,
    url: Url,
    headers: HeaderMap,
    body: Option<(&'static str, Vec<u8>)>,
    success: &'static [u16],
    repeat: Repeat,
    authorised: bool,
    /// The client speaks for a project, and the operation has no known address there.
    not_in_project: bool,
    keeps_part: bool,
}

/// A whole answer with a status of success.
#[derive(Debug)]
pub(crate) struct Answer {
    operation: &'static str,
    pub(crate) status: u16,
    headers: HeaderMap,
    pub(crate) body: Vec<u8>,
    /// Why there is no more of the body, for a call that [keeps a part](Call::keep_part).
    pub(crate) cut: Option<TransportError>,
}

impl Call {
    /// A call to a path below the client's base URL, or below its project. Success is 200 until
    /// [`success`](Self::success) says otherwise.
    pub(crate) fn new(client: &Client, operation: &'static str, method: Method, path: &[&str]) -> Self {
        let project = client.credentials.as_ref().and_then(Credentials::project);
        match project.filter(|_| scope::has_project_form(path)) {
            Some(project) => {
                let path: Vec<&str> = project.prefix().iter().chain(path).copied().collect();
                let mut call = Self::at(&client.inner.base, operation, method, &path);
                if let Some(tenant) = project.tenant_id() {
                    call.headers.insert(TENANT_ID, identifier(tenant.as_str()));
                }
                call
            }
            None => Self {
                not_in_project: project.is_some(),
                ..Self::at(&client.inner.base, operation, method, path)
            },
        }
    }

    /// A call to a path of the provisioning service. It has no known address below a project.
    pub(crate) fn provisioning(
        client: &Client,
        operation: &'static str,
        method: Method,
        path: &[&str],
    ) -> Self {
        let project = client.credentials.as_ref().and_then(Credentials::project);
        Self {
            not_in_project: project.is_some(),
            ..Self::at(&client.inner.provisioning, operation, method, path)
        }
    }

    /// A plain download: any address, and no `Authorization` header.
    pub(crate) fn download(operation: &'static str, url: Url) -> Self {
        Self { authorised: false, ..Self::to(url, operation, Method::GET) }.accept("*/*")
    }

    fn at(base: &Url, operation: &'static str, method: Method, path: &[&str]) -> Self {
        let mut url = base.clone();
        url.path_segments_mut().expect("a base URL is http or https, which have a path").extend(path);
        Self::to(url, operation, method)
    }

    fn to(url: Url, operation: &'static str, method: Method) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        let repeat = Repeat::of(&method);
        Self {
            operation,
            method,
            url,
            headers,
            body: None,
            success: &[200],
            repeat,
            authorised: true,
            not_in_project: false,
            keeps_part: false,
        }
    }

    /// For an operation that anybody may call, in any scope.
    pub(crate) fn open(mut self) -> Self {
        self.authorised = false;
        self.not_in_project = false;
        self
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

    pub(crate) fn json(self, body: &(impl serde::Serialize + ?Sized)) -> Self {
        let body = serde_json::to_vec(body).expect("request types have text keys and finite numbers only");
        self.body("application/json", body)
    }

    pub(crate) fn accept(mut self, accept: &'static str) -> Self {
        self.headers.insert(ACCEPT, HeaderValue::from_static(accept));
        self
    }

    pub(crate) fn range(mut self, range: Option<String>) -> Self {
        if let Some(range) = range {
            self.headers.insert(RANGE, identifier(&range));
        }
        self
    }

    /// Only if the version is still this one. A second sending would find the version that the first has made.
    pub(crate) fn if_match(mut self, version: Option<u64>) -> Self {
        if let Some(version) = version {
            self.headers.insert(IF_MATCH, HeaderValue::from(version));
            return self.unless_taken();
        }
        self
    }

    /// The device that a proxy asks for.
    pub(crate) fn custom_device(mut self, device_id: Option<&DeviceId>) -> Self {
        if let Some(device_id) = device_id {
            self.headers.insert(CUSTOM_DEVICE_ID, identifier(device_id.as_str()));
        }
        self
    }

    pub(crate) fn success(mut self, statuses: &'static [u16]) -> Self {
        self.success = statuses;
        self
    }

    /// For a POST that only asks.
    pub(crate) fn repeatable(mut self) -> Self {
        self.repeat = Repeat::Idempotent;
        self
    }

    /// For a body that can be continued: where the connection breaks in it, what came is an answer, too.
    pub(crate) fn keep_part(mut self) -> Self {
        self.keeps_part = true;
        self.repeat = Repeat::Resumed;
        self
    }

    /// For a change whose second sending is answered otherwise than the first.
    pub(crate) fn unless_taken(mut self) -> Self {
        self.repeat = Repeat::UnlessTaken;
        self
    }

    /// For a change that makes something new each time.
    pub(crate) fn once(mut self) -> Self {
        self.repeat = Repeat::Never;
        self
    }

    /// Sends a change whose answer says nothing but that it was taken.
    pub(crate) async fn done(self, client: &Client) -> Result<(), Error> {
        self.success(DONE).send(client).await?;
        Ok(())
    }

    pub(crate) async fn send(mut self, client: &Client) -> Result<Answer, Error> {
        if self.not_in_project {
            return Err(RequestError::NotInProject { operation: self.operation }.into());
        }
        let request = self.request(client)?;
        let may_be_taken = AtomicBool::new(false);
        let attempt = || {
            let request = request.try_clone().expect("a body in memory can be cloned");
            self.attempt_after(client, request, &may_be_taken)
        };
        client.inner.retry.run(self.repeat, attempt).await
    }

    /// An attempt after others, of which one may have been taken.
    async fn attempt_after(
        &self,
        client: &Client,
        request: reqwest::Request,
        may_be_taken: &AtomicBool,
    ) -> Result<Answer, Error> {
        let result = self.attempt(client, request).await;
        let Err(error) = &result else { return result };
        if self.method == Method::DELETE && error.status() == Some(404) && may_be_taken.load(Relaxed) {
            // What was to go is gone.
            let (headers, body) = (HeaderMap::new(), Vec::new());
            return Ok(Answer { operation: self.operation, status: 204, headers, body, cut: None });
        }
        may_be_taken.fetch_or(error.may_have_been_taken(), Relaxed);
        result
    }

    fn request(&mut self, client: &Client) -> Result<reqwest::Request, TransportError> {
        let mut request = client
            .inner
            .http
            .request(self.method.clone(), self.url.clone())
            .headers(std::mem::take(&mut self.headers));
        if let Some((content_type, body)) = self.body.take() {
            request = request.header(CONTENT_TYPE, content_type).body(body);
        }
        request.build().map_err(|error| self.transport(error))
    }

    async fn attempt(&self, client: &Client, mut request: reqwest::Request) -> Result<Answer, Error> {
        if let Some(credentials) = client.credentials.as_ref().filter(|_| self.authorised) {
            let header = credentials
                .header()
                .map_err(|error| RequestError::Signing { operation: self.operation, error })?;
            request.headers_mut().insert(AUTHORIZATION, header);
        }
        let mut response = client.inner.http.execute(request).await.map_err(|error| self.transport(error))?;
        let status = response.status();
        let mut body = Vec::new();
        let mut cut = None;
        loop {
            match response.chunk().await {
                Ok(Some(chunk)) if (body.len() + chunk.len()) as u64 > LONGEST_BODY => {
                    let kind = AnswerProblem::TooLong { limit: LONGEST_BODY };
                    return Err(self.unfit(status, response.headers(), kind));
                }
                Ok(Some(chunk)) => body.extend_from_slice(&chunk),
                Ok(None) => break,
                Err(error) if self.keeps_part && status.is_success() => {
                    cut = Some(self.transport(error));
                    break;
                }
                Err(error) => return Err(self.transport(error).into()),
            }
        }
        let headers = std::mem::take(response.headers_mut());
        let answer = self.sort(status, headers, body)?;
        Ok(Answer { cut, ..answer })
    }

    fn sort(&self, status: StatusCode, headers: HeaderMap, body: Vec<u8>) -> Result<Answer, Error> {
        let content_type = text(&headers, &CONTENT_TYPE);
        if status.as_u16() >= 400 {
            let retry_after = text(&headers, &RETRY_AFTER)
                .and_then(|value| parse_retry_after(value, text(&headers, &DATE)));
            let mut error =
                ServiceError::parse(self.operation, status.as_u16(), content_type, retry_after, &body);
            error.request_id = request_id(&headers);
            return Err(error.into());
        }
        if let (true, Some(location)) = (status.is_redirection(), text(&headers, &LOCATION)) {
            let location = location.to_owned();
            return Err(self.unfit(status, &headers, AnswerProblem::Redirect { location }));
        }
        if is_html(content_type, &body) {
            return Err(self.unfit(status, &headers, AnswerProblem::Html));
        }
        if !self.success.contains(&status.as_u16()) {
            return Err(self.unfit(status, &headers, AnswerProblem::Status));
        }
        Ok(Answer { operation: self.operation, status: status.as_u16(), headers, body, cut: None })
    }

    fn unfit(&self, status: StatusCode, headers: &HeaderMap, kind: AnswerProblem) -> Error {
        let request_id = request_id(headers);
        AnswerError { operation: self.operation, status: status.as_u16(), request_id, kind }.into()
    }

    fn transport(&self, error: reqwest::Error) -> TransportError {
        TransportError::new(self.operation, &self.url, error)
    }
}

impl Answer {
    /// The body as JSON. Unknown fields pass; a field of the wrong type is named by its path.
    pub(crate) fn json<T: DeserializeOwned>(&self) -> Result<T, Error> {
        if self.is_empty() {
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

    /// As [`json`](Self::json); no body is nothing.
    pub(crate) fn json_if_any<T: DeserializeOwned>(&self) -> Result<Option<T>, Error> {
        if self.is_empty() { Ok(None) } else { self.json().map(Some) }
    }

    /// One page of a list.
    pub(crate) fn page<T: DeserializeOwned>(&self) -> Result<Page<T>, Error> {
        Ok(self.json::<Page<T>>()?.of_body(&self.body))
    }

    fn is_empty(&self) -> bool {
        self.body.trim_ascii().is_empty()
    }

    /// A header as text.
    pub(crate) fn header(&self, name: &HeaderName) -> Option<&str> {
        text(&self.headers, name)
    }

    pub(crate) fn unfit(&self, kind: AnswerProblem) -> Error {
        let request_id = request_id(&self.headers);
        AnswerError { operation: self.operation, status: self.status, request_id, kind }.into()
    }
}

/// A value whose type allows no character that a header cannot have.
fn identifier(value: &str) -> HeaderValue {
    HeaderValue::from_str(value).expect("identifiers and ranges are visible ASCII")
}

fn request_id(headers: &HeaderMap) -> Option<String> {
    REQUEST_IDS.iter().find_map(|name| text(headers, name)).map(str::to_owned)
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}
