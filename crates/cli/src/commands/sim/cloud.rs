//! `nrfcloud sim cloud`

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use cloud_sim::{Builder, CloudSim, Fault, Refusal};
use serde::Serialize;

use crate::cloud;
use crate::context::Context;
use crate::diagnostic::{self, Diagnostic};
use crate::env;
use crate::interrupt;
use crate::output::Printer;
use crate::secret::{self, ApiKeyOptions};

#[derive(Args, Debug)]
pub(crate) struct Cloud {
    /// Address to listen on; port 0 is any free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// Milliseconds that a bulk operation takes
    #[arg(long, value_name = "MS", default_value_t = 3000)]
    bulk_delay: u64,
    /// Keep everything in this SQLite file, which is made where there is none, and go on from it the next time
    ///
    /// Its teams, keys, devices and operations outlive the process, also one that is killed. Who can read the file has
    /// all keys of the simulated cloud.
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// A fault on demand: EFFECT [on METHOD PATH] [every N | chance P] [seed N] [skip N] [times N]
    ///
    /// May be given several times. Effects:
    ///   latency 250ms | latency 1s..3s           the request waits
    ///   status 503 | status 500..504             refused
    ///   status 429 retry-after 2                 refused, with Retry-After in seconds
    ///   status 504 after                         done, and its answer replaced
    ///   html | html 200                          a proxy's page instead of an answer
    ///   reset before | reset after               connection reset before or after it is done
    ///   truncate 100 | truncate 50%              the answer breaks off
    ///   slow 64 100ms                            the answer comes in pieces of bytes
    ///   clock +90s | clock -1h                   the cloud's clock is off
    ///   bulk stall | bulk stall 5s               the bulk operation does not end, or late
    ///   bulk fail 3 | bulk expired 3             every third of its rows fails
    ///   bulk old-format                          its error file is in the old form
    /// Example: --fault "status 500..504 on POST /v1/devices* chance 0.3 seed 7". PUT to /admin/faults changes them
    /// while the simulator runs.
    #[arg(long = "fault", value_name = "FAULT", verbatim_doc_comment)]
    faults: Vec<Fault>,
    /// Let other machines see the page and use /admin as well
    #[arg(long)]
    admin_from_anywhere: bool,
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
    organization: &'a str,
    project: &'a str,
    /// Likewise.
    #[serde(skip_serializing_if = "Option::is_none")]
    auth_token: Option<&'a str>,
}

impl Cloud {
    pub(crate) fn run(self, context: &Context) -> Result<(), Diagnostic> {
        let key = self.key.find(&context.input, &context.out)?;
        let mut builder =
            CloudSim::builder().listen(self.listen).bulk_delay(Duration::from_millis(self.bulk_delay));
        if let Some(key) = &key {
            builder = builder.api_key(key.expose());
        }
        let auth_token = secret::variable(env::AUTH_TOKEN)?;
        if let Some(token) = &auth_token {
            builder = builder.auth_token(token.trim());
        }
        builder = builder.admin_from_anywhere(self.admin_from_anywhere);
        builder = self.faults.iter().cloned().fold(builder, Builder::fault);
        if let Some(file) = &self.state {
            builder = builder.state(file);
        }
        if self.log {
            let out = context.out.clone();
            builder = builder.on_refusal(move |refusal| log(&out, refusal));
        }
        cloud::block_on(self.serve(context, builder, key.is_none(), auth_token.is_none()))?
    }

    async fn serve(
        &self,
        context: &Context,
        builder: Builder,
        show_key: bool,
        show_token: bool,
    ) -> Result<(), Diagnostic> {
        let stop = interrupt::Stop::register()?;
        let sim = builder.start().await.map_err(|error| diagnostic::sim_cloud(&error))?;
        let Some(team) = sim.teams().next() else {
            return Err(diagnostic::unexpected("the simulated cloud has no team"));
        };
        let running = Running {
            url: sim.url(),
            tenant_id: team.tenant_id(),
            api_key: show_key.then(|| team.api_key()),
            organization: team.organization(),
            project: team.project(),
            auth_token: show_token.then(|| team.auth_token()),
        };
        context.out.result("nrfcloud.sim.cloud", &running, |running| {
            let key = running.api_key.map_or_else(String::new, |key| format!("api-key: {key}\n"));
            format!("{}\n{key}", running.url)
        });
        stop.wait().await;
        sim.shutdown().await;
        Ok(())
    }
}

fn log(out: &Printer, refusal: &Refusal) {
    let Refusal { status, method, path, reason, .. } = refusal;
    out.note(format_args!("{status} {method} {path}: {reason}"));
}
