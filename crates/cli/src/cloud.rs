//! The way to nRF Cloud: address, credentials, runtime.

use std::future::Future;
use std::path::PathBuf;

use clap::Args;
use cloud_api::bulk::Progress;
use cloud_api::{Client, Credentials, RetryPolicy, Url};
use url::Host;

use crate::context::Context;
use crate::diagnostic::{self, Diagnostic};
use crate::env;
use crate::input::Source;
use crate::profile;
use crate::secret::ApiKeyOptions;

/// The options of every verb that calls nRF Cloud.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Connection")]
pub(crate) struct CloudOptions {
    /// Address of the REST API [default: that of nRF Cloud, `https://api.nrfcloud.com/v1`] [env: NRFCLOUD_API_URL=]
    #[arg(long, value_name = "URL")]
    api_url: Option<Url>,
    /// Send credentials also over plain http to another host, where whoever is on the way can read them
    #[arg(long)]
    allow_http: bool,
    /// PEM certificates to trust beside the system's, for a company's TLS proxy
    #[arg(long, value_name = "FILE")]
    ca_bundle: Option<PathBuf>,
}

/// The options of every verb that calls nRF Cloud with an API key.
#[derive(Args, Clone, Debug)]
pub(crate) struct ApiOptions {
    #[command(flatten)]
    cloud: CloudOptions,
    #[command(flatten)]
    key: ApiKeyOptions,
}

impl ApiOptions {
    /// A client that speaks for the team.
    pub(crate) fn client(&self, context: &Context) -> Result<Client, Diagnostic> {
        let key = self.key.resolve(&context.input, &context.out)?;
        self.cloud.client(context, key)
    }
}

impl CloudOptions {
    /// A client with these credentials. Nothing is sent yet.
    pub(crate) fn client(
        &self,
        context: &Context,
        credentials: impl Into<Credentials>,
    ) -> Result<Client, Diagnostic> {
        let client = self.anonymous(context)?.with_credentials(credentials);
        if !self.allow_http && is_clear_text(client.base_url()) {
            return Err(diagnostic::clear_text(client.base_url()));
        }
        Ok(client)
    }

    /// A client without credentials. Nothing is sent yet.
    pub(crate) fn anonymous(&self, context: &Context) -> Result<Client, Diagnostic> {
        let mut builder = Client::builder()
            // A person waits: two further attempts, not four.
            .retry(RetryPolicy { retries: 2, ..RetryPolicy::default() });
        if let Some(url) = self.url()? {
            builder = builder.base_url(url);
        }
        if let Some(path) = self.ca_bundle.as_ref().or(profile::chosen().ca_bundle.as_ref()) {
            builder = builder.ca_bundle(context.input.bytes(&Source::Path(path.clone()))?.to_vec());
        }
        let client = builder.build()?;
        context.out.trace(format_args!("calling {}", client.base_url()));
        Ok(client)
    }

    /// The address given by option or environment. The parser is not asked for the variable: to it an empty one is no address.
    fn url(&self) -> Result<Option<Url>, Diagnostic> {
        if let Some(url) = &self.api_url {
            return Ok(Some(url.clone()));
        }
        let Some(value) = std::env::var_os(env::API_URL).filter(|value| !value.is_empty()) else {
            let Some(value) = &profile::chosen().api_url else { return Ok(None) };
            return value.parse().map(Some).map_err(|error| diagnostic::bad_profile_url(value, &error));
        };
        let value = value.to_string_lossy();
        value.parse().map(Some).map_err(|error| diagnostic::bad_api_url(&value, &error))
    }
}

/// Whether what is sent there passes a network that others may listen to.
fn is_clear_text(url: &Url) -> bool {
    let is_loopback = match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    url.scheme() == "http" && !is_loopback
}

/// Tells on a terminal and with `-v` how a bulk operation goes on, and always that a poll failed.
pub(crate) fn report_progress(context: &Context) -> impl Fn(Progress<'_>) {
    let line = context.out.progress();
    move |progress| match progress {
        Progress::Polled { request, elapsed } => {
            let told = format!("{} after {:.1} s", request.status, elapsed.as_secs_f32());
            context.out.trace(&told);
            line.set(0, format_args!("bulk operation {}: {told}", request.bulk_ops_request_id));
        }
        Progress::Interrupted { error, .. } => context.out.warn(format_args!("{error}; asking again")),
        _ => {}
    }
}

/// Runs network calls on this thread.
pub(crate) fn block_on<F: Future>(future: F) -> Result<F::Output, Diagnostic> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| diagnostic::unexpected(format_args!("cannot start the network runtime: {error}")))?;
    Ok(runtime.block_on(future))
}
