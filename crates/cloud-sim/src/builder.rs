//! How a simulator is set up.

use std::{
    fmt, io,
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
    time::{Duration, SystemTime},
};

use crate::{
    clock::Clock,
    refusal::{Listener, Refusal},
    server::CloudSim,
};

/// The time that the real service was seen to take for small uploads (facts 2.1: 3 to 4.5 s).
const BULK_DELAY: Duration = Duration::from_secs(3);

/// Settings of a [`CloudSim`], made by [`CloudSim::builder`].
pub struct Builder {
    pub(crate) listen: SocketAddr,
    pub(crate) api_key: Option<String>,
    pub(crate) bulk_delay: Duration,
    pub(crate) clock: Clock,
    pub(crate) error_file: ErrorFileFormat,
    pub(crate) on_refusal: Option<Listener>,
}

impl Builder {
    /// The address to listen on. Default: 127.0.0.1 with a free port.
    #[must_use]
    pub fn listen(mut self, address: SocketAddr) -> Self {
        self.listen = address;
        self
    }

    /// The team's API key. Default: 40 random lower-case hex digits, the form of real ones.
    #[must_use]
    pub fn api_key(mut self, key: impl Into<String>) -> Self {
        self.api_key = Some(key.into());
        self
    }

    /// How long a bulk operation takes. Default: 3 s. With zero it is over before the upload is answered.
    #[must_use]
    pub fn bulk_delay(mut self, delay: Duration) -> Self {
        self.bulk_delay = delay;
        self
    }

    /// Where the time of day is read. Default: the system's clock. Delays are real time whatever it says.
    #[must_use]
    pub fn clock(mut self, source: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        self.clock = Clock::new(source);
        self
    }

    /// The form of the error files of bulk operations. Default: the current one.
    #[must_use]
    pub fn error_file(mut self, format: ErrorFileFormat) -> Self {
        self.error_file = format;
        self
    }

    /// Called with every refusal as it happens, before the client has the answer.
    #[must_use]
    pub fn on_refusal(mut self, listener: impl Fn(&Refusal) + Send + Sync + 'static) -> Self {
        self.on_refusal = Some(Arc::new(listener));
        self
    }

    /// Binds the address and starts to serve, on the tokio runtime of the caller.
    ///
    /// # Errors
    /// [`StartError`], when the API key cannot stand in a header, the address cannot be bound, or the system has no
    /// random bytes.
    pub async fn start(self) -> Result<CloudSim, StartError> {
        CloudSim::start_with(self).await
    }
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            api_key: None,
            bulk_delay: BULK_DELAY,
            clock: Clock::default(),
            error_file: ErrorFileFormat::default(),
            on_refusal: None,
        }
    }
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("listen", &self.listen)
            .field("api_key", &self.api_key.as_ref().map(|_| "[redacted]"))
            .field("bulk_delay", &self.bulk_delay)
            .field("error_file", &self.error_file)
            .finish_non_exhaustive()
    }
}

/// The two known forms of the file that lists the failed rows of a bulk operation (facts 2.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum ErrorFileFormat {
    /// Since December 2025: `{"errors":["[0]: message", …]}`, rows counted from 0.
    #[default]
    Current,
    /// Before: one text with an escaped object of message → rows, counted from 1.
    Old,
}

/// Why a simulator did not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The address is taken, not of this machine, or not allowed.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// The address asked for.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// The API key is empty or has a character other than visible ASCII, or a full stop, by which tokens are told
    /// from keys. The key itself is not repeated here.
    #[error("an API key is one or more visible ASCII characters without a full stop")]
    ApiKey,
    /// The operating system gave no random bytes.
    #[error("no random bytes from the operating system: {0}")]
    Random(getrandom::Error),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_hides_the_api_key() {
        let text = format!("{:?}", Builder::default().api_key("d8be845e816e45d4a9529a6cfcd459c88e3c22b5"));
        assert_eq!(
            text,
            "Builder { listen: 127.0.0.1:0, api_key: Some(\"[redacted]\"), bulk_delay: 3s, error_file: Current, .. }"
        );
    }
}
