//! The running simulator.

use std::{
    fmt,
    net::{Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::Arc,
};

use tokio::{net::TcpListener, sync::watch, task::JoinHandle};

use crate::{
    builder::{Builder, StartError},
    cloud::{Cloud, Team},
    random,
    refusal::Refusal,
    routes,
};

/// A running nRF Cloud for one team. Dropping it stops it at once; [`CloudSim::shutdown`] lets requests finish.
pub struct CloudSim {
    address: SocketAddr,
    cloud: Arc<Cloud>,
    stop: watch::Sender<bool>,
    server: JoinHandle<()>,
}

impl CloudSim {
    /// Settings, all with defaults.
    #[must_use]
    pub fn builder() -> Builder {
        Builder::default()
    }

    pub(crate) async fn start_with(settings: Builder) -> Result<Self, StartError> {
        let address = settings.listen;
        let api_key = match &settings.api_key {
            Some(key) if key.is_empty() || !key.bytes().all(|b| b.is_ascii_graphic() && b != b'.') => {
                return Err(StartError::ApiKey);
            }
            Some(key) => key.clone(),
            None => random::api_key().map_err(StartError::Random)?,
        };
        let uuid = || random::uuid().map_err(StartError::Random);
        let team = Team { tenant_id: uuid()?, user_id: uuid()?, api_key };
        let listen_error = |source| StartError::Listen { address, source };
        let listener = TcpListener::bind(address).await.map_err(listen_error)?;
        let address = listener.local_addr().map_err(listen_error)?;

        let (stop, stopped) = watch::channel(false);
        let cloud = Arc::new(Cloud::new(settings, reachable(address).to_string(), team, stopped.clone()));
        let router = routes::router(Arc::clone(&cloud));
        let server = tokio::spawn(async move {
            let mut stopped = stopped;
            // Neither accepting nor serving returns an error (axum retries `accept`), so the result carries nothing.
            let _served = axum::serve(listener, router)
                .with_graceful_shutdown(async move {
                    // An error means that the sender is gone, which is a stop as well.
                    let _stopped = stopped.wait_for(|stop| *stop).await;
                })
                .await;
        });
        Ok(Self { address, cloud, stop, server })
    }

    /// The base URL of the REST API, such as `http://127.0.0.1:40123/v1`, without a final slash. A simulator that
    /// listens on every address is named by its loopback one.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}/v1", reachable(self.address))
    }

    /// The team's API key.
    #[must_use]
    pub fn api_key(&self) -> &str {
        &self.cloud.team.api_key
    }

    /// The team's tenant ID, a UUID made at the start.
    #[must_use]
    pub fn tenant_id(&self) -> &str {
        &self.cloud.team.tenant_id
    }

    /// The last 1000 refused requests with their reasons, oldest first.
    #[must_use]
    pub fn refusals(&self) -> Vec<Refusal> {
        self.cloud.refusals.all()
    }

    /// Stops: takes no new connection, lets the requests in hand finish, gives up bulk operations under way, and
    /// returns when the port is free again.
    pub async fn shutdown(mut self) {
        self.stop.send_replace(true);
        // The only error is a panic or an abort of the task; either way it serves no more.
        let _ended = (&mut self.server).await;
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
            .field("tenant_id", &self.cloud.team.tenant_id)
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
