//! The way to nRF Cloud: address, credentials, runtime.

use std::future::Future;
use std::path::PathBuf;

use clap::Args;
use cloud_api::bulk::Progress;
use cloud_api::client::ClientBuilder;
use cloud_api::page::{ListQuery, PageLimit};
use cloud_api::{Client, Credentials, Error, RetryPolicy, Url};
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

/// The options of every verb that calls the provisioning service.
#[derive(Args, Clone, Debug)]
pub(crate) struct ProvisioningOptions {
    #[command(flatten)]
    api: ApiOptions,
    /// Address of the provisioning service [default: that beside the REST API, `https://api.provisioning.nrfcloud.com/v1`] [env: NRFCLOUD_PROVISIONING_URL=]
    #[arg(long, value_name = "URL", help_heading = "Connection")]
    provisioning_url: Option<Url>,
}

impl ProvisioningOptions {
    /// A client that speaks for the team.
    pub(crate) fn client(&self, context: &Context) -> Result<Client, Diagnostic> {
        let key = self.api.key.resolve(&context.input, &context.out)?;
        let mut builder = self.api.cloud.builder(context)?;
        let profile = &profile::chosen().provisioning_url;
        if let Some(url) =
            address(&self.provisioning_url, env::PROVISIONING_URL, "provisioning-url", profile)?
        {
            builder = builder.provisioning_url(url);
        }
        let client = builder.build()?.with_credentials(key);
        context.out.trace(format_args!("calling {}", client.provisioning_url()));
        self.api.cloud.check_secrecy(client.provisioning_url())?;
        Ok(client)
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
        self.check_secrecy(client.base_url())?;
        Ok(client)
    }

    /// A client without credentials. Nothing is sent yet.
    pub(crate) fn anonymous(&self, context: &Context) -> Result<Client, Diagnostic> {
        let client = self.builder(context)?.build()?;
        context.out.trace(format_args!("calling {}", client.base_url()));
        Ok(client)
    }

    fn builder(&self, context: &Context) -> Result<ClientBuilder, Diagnostic> {
        let mut builder = Client::builder()
            // A person waits: two further attempts, not four.
            .retry(RetryPolicy { retries: 2, ..RetryPolicy::default() });
        let profile = &profile::chosen().api_url;
        if let Some(url) = address(&self.api_url, env::API_URL, "api-url", profile)? {
            builder = builder.base_url(url);
        }
        if let Some(path) = self.ca_bundle.as_ref().or(profile::chosen().ca_bundle.as_ref()) {
            builder = builder.ca_bundle(context.input.bytes(&Source::Path(path.clone()))?.to_vec());
        }
        Ok(builder)
    }

    /// Refuses to send credentials where others may listen.
    fn check_secrecy(&self, url: &Url) -> Result<(), Diagnostic> {
        if self.allow_http || !is_clear_text(url) { Ok(()) } else { Err(diagnostic::clear_text(url)) }
    }
}

/// The address given by option, variable or profile, where it stands under `key`. The parser is not asked for the variable: to it an
/// empty one is no address.
fn address(
    option: &Option<Url>,
    variable: &'static str,
    key: &'static str,
    profile: &Option<String>,
) -> Result<Option<Url>, Diagnostic> {
    if let Some(url) = option {
        return Ok(Some(url.clone()));
    }
    let Some(value) = std::env::var_os(variable).filter(|value| !value.is_empty()) else {
        let Some(value) = profile else { return Ok(None) };
        return value.parse().map(Some).map_err(|error| diagnostic::bad_profile_url(key, value, &error));
    };
    let value = value.to_string_lossy();
    value.parse().map(Some).map_err(|error| diagnostic::bad_url_variable(variable, &value, &error))
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

/// The entries of a list from its beginning, `limit` at most, and whether there are more.
pub(crate) async fn newest<Q: ListQuery>(
    client: &Client,
    query: Q,
    limit: usize,
) -> Result<(Vec<Q::Item>, bool), Error> {
    let mut pages = client.pages(query);
    let mut items = Vec::new();
    while items.len() <= limit
        && let Some(page) = pages.next().await
    {
        items.extend(page?.items);
    }
    let more = items.len() > limit;
    items.truncate(limit);
    Ok((items, more))
}

/// All entries of a list.
pub(crate) async fn all<Q: ListQuery>(client: &Client, query: Q) -> Result<Vec<Q::Item>, Error> {
    Ok(newest(client, query, usize::MAX).await?.0)
}

/// Entries of a page for a list of `limit`. One more than wanted tells whether there are more.
pub(crate) fn page_limit(limit: usize) -> Option<PageLimit> {
    u8::try_from(limit.saturating_add(1))
        .ok()
        .and_then(|limit| PageLimit::try_from(limit).ok())
        .or(Some(PageLimit::MAX))
}

/// Runs network calls on this thread.
pub(crate) fn block_on<F: Future>(future: F) -> Result<F::Output, Diagnostic> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| diagnostic::unexpected(format_args!("cannot start the network runtime: {error}")))?;
    Ok(runtime.block_on(future))
}
