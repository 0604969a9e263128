//! The way to nRF Cloud: address, credentials, runtime.

use std::future::Future;
use std::path::PathBuf;

use clap::Args;
use cloud_api::{Client, Credentials, RetryPolicy, Url};

use crate::context::Context;
use crate::diagnostic::{self, Diagnostic};
use crate::env;
use crate::input::Source;
use crate::secret::ApiKeyOptions;

/// The options of every verb that calls nRF Cloud.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Connection")]
pub(crate) struct CloudOptions {
    /// Address of the REST API [default: https://api.nrfcloud.com/v1]
    #[arg(long, value_name = "URL", env = env::API_URL, hide_env_values = true)]
    api_url: Option<Url>,
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
        let mut builder = Client::builder()
            .credentials(credentials)
            // A person waits: two further attempts, not four.
            .retry(RetryPolicy { retries: 2, ..RetryPolicy::default() });
        if let Some(url) = &self.api_url {
            builder = builder.base_url(url.clone());
        }
        if let Some(path) = &self.ca_bundle {
            builder = builder.ca_bundle(context.input.bytes(&Source::Path(path.clone()))?.to_vec());
        }
        let client = builder.build()?;
        context.out.trace(format_args!("calling {}", client.base_url()));
        Ok(client)
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
