//! Fetches a P-GPS file from the address that GetPredictionData gives.

use url::Url;

use crate::assistance::whole;
use crate::assistance::{FetchEvent, FetchPolicy};
use crate::client::{Call, Client, is_loopback};
use crate::error::Error;

/// Most bytes of a file. The longest that can be asked for has 168 predictions and 0.4 MB.
const LONGEST_FILE: u64 = 16 << 20;

/// A host or path that is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("predictions cannot be at host {host:?} and path {path:?}")]
#[non_exhaustive]
pub struct InvalidFileAddress {
    /// The host.
    pub host: String,
    /// The path.
    pub path: String,
}

impl Client {
    /// The address of a file, from the `host` and the `path` that GetPredictionData gives: by https, or where
    /// both the client's base URL and the host are this machine, as with a simulator, by what the base URL has.
    ///
    /// # Errors
    ///
    /// [`InvalidFileAddress`] when the host is no host, with or without port.
    pub fn prediction_file_url(&self, host: &str, path: &str) -> Result<Url, InvalidFileAddress> {
        let invalid = || InvalidFileAddress { host: host.to_owned(), path: path.to_owned() };
        if host.contains(['/', '\\', '?', '#', '@']) || path.is_empty() {
            return Err(invalid());
        }
        let mut url: Url = format!("https://{host}/").parse().map_err(|_| invalid())?;
        let base = self.base_url();
        if is_loopback(&url) && is_loopback(base) {
            // Parsed again, for the port that goes without saying is another.
            url = format!("{}://{host}/", base.scheme()).parse().map_err(|_| invalid())?;
        }
        url.set_path(path);
        Ok(url)
    }

    /// Downloads a file of predictions, also where the connection breaks in the middle: then the rest alone is
    /// asked for. No `Authorization` header is sent. [`Predictions::parse`](super::Predictions::parse) checks
    /// what came against the size that the file itself tells.
    ///
    /// # Errors
    ///
    /// As [`get_whole_assistance_data`](Client::get_whole_assistance_data).
    pub async fn download_predictions(
        &self,
        file: &Url,
        policy: FetchPolicy,
        on_event: impl FnMut(FetchEvent<'_>),
    ) -> Result<Vec<u8>, Error> {
        let call = || Call::download("DownloadPredictions", file.clone());
        let (_, bytes) = whole::fetch(self, call, policy, LONGEST_FILE, on_event).await?;
        Ok(bytes)
    }
}
