//! The running simulator.

use std::{
    fmt,
    net::{Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::Arc,
};

use tokio::{net::TcpListener, sync::watch, task::JoinHandle};

use crate::{
    beginning,
    builder::{Builder, StartError},
    bulk,
    cloud::Cloud,
    fault::{
        Fault, FaultReport,
        connection::{Listener, Peer},
    },
    refusal::Refusal,
    routes,
    team::TeamAccess,
};

/// A running nRF Cloud with one team or more. Dropping it stops it at once; [`CloudSim::shutdown`] lets requests finish.
pub struct CloudSim {
    address: SocketAddr,
    pub(crate) cloud: Arc<Cloud>,
    stop: watch::Sender<bool>,
    server: JoinHandle<()>,
    /// Writes the state file, where there is one.
    writer: Option<JoinHandle<()>>,
}

impl CloudSim {
    /// Settings, all with defaults.
    #[must_use]
    pub fn builder() -> Builder {
        Builder::default()
    }

    pub(crate) async fn start_with(settings: Builder) -> Result<Self, StartError> {
        let address = settings.listen;
        let listen_error = |source| StartError::Listen { address, source };
        let listener = TcpListener::bind(address).await.map_err(listen_error)?;
        let address = listener.local_addr().map_err(listen_error)?;

        let (beginning, writer) = beginning::begin(&settings, settings.clock.now()).await?;
        let (stop, stopped) = watch::channel(false);
        let authority = reachable(address).to_string();
        let cloud = Arc::new(Cloud::new(settings, authority, beginning, stopped.clone()));
        bulk::resume(&cloud);
        let router = routes::router(Arc::clone(&cloud));
        let server = tokio::spawn(async move {
            let mut stopped = stopped;
            // Neither accepting nor serving returns an error (axum retries `accept`), so the result carries nothing.
            let _served =
                axum::serve(Listener(listener), router.into_make_service_with_connect_info::<Peer>())
                    .with_graceful_shutdown(async move {
                        // An error means that the sender is gone, which is a stop as well.
                        let _stopped = stopped.wait_for(|stop| *stop).await;
                    })
                    .await;
        });
        Ok(Self { address, cloud, stop, server, writer })
    }

    /// The base URL of the REST API, such as `http://127.0.0.1:40123/v1`, without a final slash. A simulator that
    /// listens on every address is named by its loopback one.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}/v1", reachable(self.address))
    }

    /// The API key of the first team's owner.
    #[must_use]
    pub fn api_key(&self) -> &str {
        self.first_team().map_or("", TeamAccess::api_key)
    }

    /// The first team's tenant ID, a UUID.
    #[must_use]
    pub fn tenant_id(&self) -> &str {
        self.first_team().map_or("", TeamAccess::tenant_id)
    }

    /// All teams, in the order in which they were asked for.
    pub fn teams(&self) -> impl ExactSizeIterator<Item = &TeamAccess> {
        self.cloud.teams.iter().map(|team| &team.access)
    }

    fn first_team(&self) -> Option<&TeamAccess> {
        self.teams().next()
    }

    /// The last 1000 refused requests with their reasons, oldest first.
    #[must_use]
    pub fn refusals(&self) -> Vec<Refusal> {
        self.cloud.refusals.all()
    }

    /// The faults that are set, and what each did so far, in their order.
    #[must_use]
    pub fn faults(&self) -> Vec<FaultReport> {
        self.cloud.faults.report()
    }

    /// Sets other faults in the place of those that are set; their counts begin anew.
    pub fn set_faults(&self, faults: impl IntoIterator<Item = Fault>) {
        self.cloud.faults.replace(faults.into_iter().collect());
    }

    /// Stops: takes no new connection, lets the requests in hand finish, gives up bulk operations under way, and
    /// returns when the port is free again and the state file is closed.
    pub async fn shutdown(mut self) {
        self.stop.send_replace(true);
        // The only error is a panic or an abort of the task; either way it serves no more.
        let _ended = (&mut self.server).await;
        let writer = self.writer.take();
        // With the last of those who change something the writer ends, and closes the file.
        drop(self);
        if let Some(writer) = writer {
            let _ended = writer.await;
        }
    }
}

impl Drop for CloudSim {
    fn drop(&mut self) {
        self.stop.send_replace(true);
        self.server.abort();
    }
}

impl fmt::Debug for CloudSim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CloudSim")
            .field("url", &self.url())
            .field("tenant_id", &self.tenant_id())
            .field("api_key", &"[redacted]")
            .finish_non_exhaustive()
    }
}

fn reachable(address: SocketAddr) -> SocketAddr {
    match address {
        SocketAddr::V4(v4) if v4.ip().is_unspecified() => (Ipv4Addr::LOCALHOST, v4.port()).into(),
        SocketAddr::V6(v6) if v6.ip().is_unspecified() => (Ipv6Addr::LOCALHOST, v6.port()).into(),
        other => other,
    }
}
