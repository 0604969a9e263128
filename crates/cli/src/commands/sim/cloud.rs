//! `nrfcloud sim cloud`

use std::net::SocketAddr;
use std::time::Duration;

use clap::Args;
use cloud_sim::{Builder, CloudSim, Refusal};
use serde::Serialize;

use crate::cloud;
use crate::context::Context;
use crate::diagnostic::{self, Diagnostic};
use crate::interrupt;
use crate::output::Printer;
use crate::secret::ApiKeyOptions;

#[derive(Args, Debug)]
pub(crate) struct Cloud {
    /// Address to listen on; port 0 is any free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// Milliseconds that a bulk operation takes
    #[arg(long, value_name = "MS", default_value_t = 3000)]
    bulk_delay: u64,
    /// Say on stderr what is refused, and why
    #[arg(long)]
    log: bool,
    #[command(flatten)]
    key: ApiKeyOptions,
}

#[derive(Serialize)]
struct Running<'a> {
    url: String,
    tenant_id: &'a str,
    /// Only one that was made here; one that was given is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    api_key: Option<&'a str>,
}

impl Cloud {
    pub(crate) fn run(self, context: &Context) -> Result<(), Diagnostic> {
        let key = self.key.find(&context.input, &context.out)?;
        let mut builder =
            CloudSim::builder().listen(self.listen).bulk_delay(Duration::from_millis(self.bulk_delay));
        if let Some(key) = &key {
            builder = builder.api_key(key.expose());
        }
        if self.log {
            let out = context.out.clone();
            builder = builder.on_refusal(move |refusal| log(&out, refusal));
        }
        cloud::block_on(self.serve(context, builder, key.is_none()))?
    }

    async fn serve(&self, context: &Context, builder: Builder, show_key: bool) -> Result<(), Diagnostic> {
        let stopped = interrupt::notify()?;
        let sim = builder.start().await.map_err(|error| diagnostic::sim_cloud(&error))?;
        let running =
            Running { url: sim.url(), tenant_id: sim.tenant_id(), api_key: show_key.then(|| sim.api_key()) };
        context.out.result("nrfcloud.sim.cloud", &running, |running| {
            let key = running.api_key.map_or_else(String::new, |key| format!("api-key: {key}\n"));
            format!("{}\n{key}", running.url)
        });
        stopped.notified().await;
        sim.shutdown().await;
        Ok(())
    }
}

fn log(out: &Printer, refusal: &Refusal) {
    let Refusal { status, method, path, reason, .. } = refusal;
    out.note(format_args!("{status} {method} {path}: {reason}"));
}
