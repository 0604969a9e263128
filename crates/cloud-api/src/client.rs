//! The client: where to, as whom, and how patiently.
//!
//! Its operations stand by area, each named as in nRF Cloud's API reference; the crate's front page lists the
//! areas.

mod base_url;
mod call;
mod peer;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use url::Url;

use crate::credentials::Credentials;
use crate::retry::RetryPolicy;

pub use base_url::InvalidBaseUrl;
pub(crate) use base_url::is_loopback;
pub(crate) use call::{Answer, Call, DONE};
pub use peer::Peer;

/// The address of nRF Cloud's REST API.
pub const DEFAULT_BASE_URL: &str = "https://api.nrfcloud.com/v1";

/// A client of nRF Cloud's REST API. Cheap to clone; clones share their connections.
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
    credentials: Option<Credentials>,
}

struct Inner {
    http: reqwest::Client,
    base: Url,
    provisioning: Url,
    retry: RetryPolicy,
    settings: HttpSettings,
}

/// What another HTTP client of the same kind is made by.
struct HttpSettings {
    user_agent: reqwest::header::HeaderValue,
    timeouts: Timeouts,
    is_loopback: bool,
}

impl Client {
    /// A builder with the defaults: [`DEFAULT_BASE_URL`], no credentials, [`Timeouts::default`],
    /// [`RetryPolicy::default`].
    #[must_use]
    pub fn builder() -> ClientBuilder {
        ClientBuilder {
            base_url: None,
            provisioning_url: None,
            credentials: None,
            user_agent: concat!("nrfcloud-rs/", env!("CARGO_PKG_VERSION")).to_owned(),
            timeouts: Timeouts::default(),
            ca_bundle: None,
            retry: RetryPolicy::default(),
        }
    }

    /// The same client (and the same connections) with other credentials: a back end that calls most
    /// operations with its API key and location services with a device's token needs both.
    #[must_use]
    pub fn with_credentials(&self, credentials: impl Into<Credentials>) -> Self {
        Self { inner: Arc::clone(&self.inner), credentials: Some(credentials.into()) }
    }

    pub(crate) fn retry_policy(&self) -> RetryPolicy {
        self.inner.retry
    }

    /// The base URL in use, with the version segment and without a final slash.
    #[must_use]
    pub fn base_url(&self) -> &Url {
        &self.inner.base
    }

    /// The base URL of the provisioning service in use.
    #[must_use]
    pub fn provisioning_url(&self) -> &Url {
        &self.inner.provisioning
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("base_url", &self.inner.base.as_str())
            .field("credentials", &self.credentials)
            .finish_non_exhaustive()
    }
}

/// How long a client waits. Each limit holds for one attempt; see [`RetryPolicy`] for the waits between
/// attempts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// For the connection: name, TCP and TLS.
    pub connect: Duration,
    /// Between two pieces of an answer.
    pub read: Duration,
    /// From the start of the request to the end of the answer.
    pub total: Duration,
}

impl Default for Timeouts {
    /// 10 s to connect, 30 s without progress, 120 s in all.
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            read: Duration::from_secs(30),
            total: Duration::from_secs(120),
        }
    }
}

/// Makes a [`Client`].
#[derive(Clone)]
pub struct ClientBuilder {
    base_url: Option<Url>,
    provisioning_url: Option<Url>,
    credentials: Option<Credentials>,
    user_agent: String,
    timeouts: Timeouts,
    ca_bundle: Option<Vec<u8>>,
    retry: RetryPolicy,
}

impl ClientBuilder {
    /// Another service than [`DEFAULT_BASE_URL`], for example a simulator.
    ///
    /// With or without version segment and final slash: `http://127.0.0.1:8080`, `…:8080/` and `…:8080/v1/`
    /// are the same. `/v1` is added when no segment of the path is `v` and a number. Plain `http` is taken as
    /// given and then sends the credentials in clear. A loopback address is never called through a proxy.
    #[must_use]
    pub fn base_url(mut self, url: Url) -> Self {
        self.base_url = Some(url);
        self
    }

    /// Where the provisioning service is, by the same rules as [`base_url`](Self::base_url); whether a proxy is
    /// used is decided by that one alone.
    ///
    /// By default it is beside the API: `https://api.provisioning.nrfcloud.com/v1` for nRF Cloud itself and
    /// `api.provisioning.STAGE.nrfcloud.com` for `api.STAGE.nrfcloud.com`; for every other address, such as a
    /// simulator's, it is the same as the base URL, so that nothing goes to nRF Cloud unasked.
    #[must_use]
    pub fn provisioning_url(mut self, url: Url) -> Self {
        self.provisioning_url = Some(url);
        self
    }

    /// Whom the client speaks for. Without, requests carry no `Authorization` header.
    #[must_use]
    pub fn credentials(mut self, credentials: impl Into<Credentials>) -> Self {
        self.credentials = Some(credentials.into());
        self
    }

    /// The `User-Agent` header; by default `nrfcloud-rs/` and this crate's version.
    #[must_use]
    pub fn user_agent(mut self, user_agent: impl Into<String>) -> Self {
        self.user_agent = user_agent.into();
        self
    }

    /// How long to wait for one attempt.
    #[must_use]
    pub fn timeouts(mut self, timeouts: Timeouts) -> Self {
        self.timeouts = timeouts;
        self
    }

    /// Certificates (PEM, one or more) of authorities to trust beside the platform's, as a company's TLS
    /// proxy needs.
    #[must_use]
    pub fn ca_bundle(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.ca_bundle = Some(pem.into());
        self
    }

    /// How often to try again what may be tried again.
    #[must_use]
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = policy;
        self
    }

    /// Makes the client. Nothing is sent yet.
    ///
    /// # Errors
    ///
    /// [`BuildError`] when the base URL, the CA bundle or the user agent cannot be used, or TLS cannot start.
    #[expect(clippy::missing_panics_doc, reason = "the default base URL is a URL, as the tests show")]
    pub fn build(self) -> Result<Client, BuildError> {
        let base = match self.base_url {
            Some(url) => base_url::normalise(url)?,
            None => DEFAULT_BASE_URL.parse().expect("the default base URL is a URL"),
        };
        let provisioning = match self.provisioning_url {
            Some(url) => base_url::normalise(url)?,
            None => base_url::provisioning_beside(&base),
        };
        let agent =
            reqwest::header::HeaderValue::from_str(&self.user_agent).map_err(|_| BuildError::UserAgent)?;
        let apis = [base.clone(), provisioning.clone()];
        let mut http = reqwest::Client::builder()
            .user_agent(agent.clone())
            .connect_timeout(self.timeouts.connect)
            .read_timeout(self.timeouts.read)
            .timeout(self.timeouts.total)
            .referer(false)
            // The API does not redirect, so a redirect of it is news that the caller must see. Downloads may.
            .redirect(reqwest::redirect::Policy::custom(move |attempt| {
                if attempt.previous().len() > 5 {
                    attempt.error("more than five redirects")
                } else if attempt
                    .previous()
                    .first()
                    .is_some_and(|first| apis.iter().any(|api| base_url::is_within(first, api)))
                {
                    attempt.stop()
                } else {
                    attempt.follow()
                }
            }));
        if is_loopback(&base) {
            http = http.no_proxy();
        }
        if let Some(pem) = &self.ca_bundle {
            let certificates = reqwest::Certificate::from_pem_bundle(pem)
                .map_err(|error| BuildError::CaBundle { reason: innermost(&error) })?;
            if certificates.is_empty() {
                return Err(BuildError::CaBundle { reason: "there is no PEM certificate in it".to_owned() });
            }
            http = http.tls_certs_merge(certificates);
        }
        let http = http.build().map_err(|error| match self.ca_bundle {
            Some(_) => BuildError::CaBundle { reason: innermost(&error) },
            None => BuildError::Tls { reason: innermost(&error) },
        })?;
        let settings =
            HttpSettings { user_agent: agent, timeouts: self.timeouts, is_loopback: is_loopback(&base) };
        Ok(Client {
            inner: Arc::new(Inner { http, base, provisioning, retry: self.retry, settings }),
            credentials: self.credentials,
        })
    }
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder")
            .field("base_url", &self.base_url.as_ref().map(Url::as_str))
            .field("provisioning_url", &self.provisioning_url.as_ref().map(Url::as_str))
            .field("credentials", &self.credentials)
            .field("user_agent", &self.user_agent)
            .field("timeouts", &self.timeouts)
            .finish_non_exhaustive()
    }
}

/// A client could not be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// The base URL cannot be one.
    #[error(transparent)]
    BaseUrl(#[from] InvalidBaseUrl),
    /// The user agent has a character that a header cannot have.
    #[error("the user agent has a character that no header can have")]
    UserAgent,
    /// The CA bundle holds no certificate that can be used.
    #[error("the CA bundle cannot be used: {reason}")]
    CaBundle {
        /// What the TLS library says.
        reason: String,
    },
    /// TLS cannot start, for example without a trust store.
    #[error("TLS cannot start: {reason}")]
    Tls {
        /// What the TLS library says.
        reason: String,
    },
}

fn innermost(error: &(dyn std::error::Error + 'static)) -> String {
    let mut cause = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credentials::{ApiKey, Token};

    const KEY: &str = "d8be845e816e45d4a9529a6cfcd459c88e3c22b5";

    #[test]
    fn debug_of_client_and_builder_hides_the_key() {
        let builder = Client::builder().credentials(ApiKey::new(KEY).unwrap());
        assert_eq!(
            format!("{builder:?}"),
            format!(
                "ClientBuilder {{ base_url: None, provisioning_url: None, \
                 credentials: Some(Scope(Team(ApiKey([redacted])))), \
                 user_agent: \"nrfcloud-rs/{}\", timeouts: Timeouts {{ connect: 10s, read: 30s, total: 120s }}, .. }}",
                env!("CARGO_PKG_VERSION")
            )
        );
        let client = builder.build().unwrap();
        assert_eq!(
            format!("{client:?}"),
            "Client { base_url: \"https://api.nrfcloud.com/v1\", \
             credentials: Some(Scope(Team(ApiKey([redacted])))), .. }"
        );
        let client = client.with_credentials(Credentials::Jwt(Token::new("a.b.c").unwrap()));
        assert!(format!("{client:?}").contains("Jwt(Token([redacted]))"));
    }

    #[test]
    fn a_ca_bundle_without_certificate_and_a_bad_user_agent_are_refused() {
        let error = Client::builder().ca_bundle("no certificate here").build().unwrap_err();
        assert_eq!(error.to_string(), "the CA bundle cannot be used: there is no PEM certificate in it");
        let error = Client::builder().user_agent("a\nb").build().unwrap_err();
        assert_eq!(error, BuildError::UserAgent);
    }
}
