//! Firmware bundles: what can be sent to devices over the air.

use reqwest::Method;
use serde::{Deserialize, Serialize};

use crate::client::{Call, Client, DONE};
use crate::error::Error;
use crate::identifier::BundleId;
use crate::json::answer;
use crate::page::{Page, PageLimit, present, sealed};

impl Client {
    /// ListFirmware: `GET /firmwares`, one page. Credentials: an API key.
    ///
    /// # Errors
    ///
    /// [`Error`]
    pub async fn list_firmware(&self, query: &ListFirmware) -> Result<Page<Firmware>, Error> {
        self.page(query).await
    }

    /// UploadFirmware: `POST /firmwares` with a zip archive that holds `manifest.json` and the images it
    /// names, all of one type. Credentials: an API key. Modem firmware cannot be uploaded. Never sent twice.
    ///
    /// # Errors
    ///
    /// [`Error`]; status 422 when the archive or its manifest is refused.
    pub async fn upload_firmware(&self, zip: impl Into<Vec<u8>>) -> Result<UploadedFirmware, Error> {
        Call::new(self, "UploadFirmware", Method::POST, &["firmwares"])
            .body("application/zip", zip.into())
            .success(DONE)
            .send(self)
            .await?
            .json()
    }

    /// DeleteFirmware: `DELETE /firmwares/{bundleId}`. Credentials: an API key.
    ///
    /// # Errors
    ///
    /// [`Error`]
    pub async fn delete_firmware(&self, bundle_id: &BundleId) -> Result<(), Error> {
        Call::new(self, "DeleteFirmware", Method::DELETE, &["firmwares", bundle_id.as_str()]).done(self).await
    }
}

answer! {
    /// A firmware bundle.
    Firmware {
        /// Its ID.
        bundle_id: BundleId,
        /// Version.
        version: String,
    }
    may {
        /// Firmware type; words that this crate does not know included.
        #[serde(rename = "type")]
        firmware_type: Option<String>,
        /// The images.
        filenames: Vec<String>,
        /// Size in bytes.
        size: u64,
        /// Name.
        name: Option<String>,
        /// Description.
        description: Option<String>,
        /// When it was uploaded, ISO 8601 UTC.
        last_modified: Option<String>,
    }
}

/// Where the images of an uploaded bundle are.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[non_exhaustive]
pub struct UploadedFirmware {
    /// Addresses of the images.
    pub uris: Vec<String>,
}

impl UploadedFirmware {
    /// The bundle's ID, which stands in the address of each image: second in the path at
    /// `firmware.nrfcloud.com`, first at `bundles.nrfcloud.com`. The answer does not name it otherwise.
    #[must_use]
    pub fn bundle_id(&self) -> Option<BundleId> {
        self.uris.iter().find_map(|uri| {
            let url: url::Url = uri.parse().ok()?;
            let at = if url.host_str()?.starts_with("bundles.") { 0 } else { 1 };
            url.path_segments()?.nth(at)?.replace("%2A", "*").parse().ok()
        })
    }
}

/// Query of ListFirmware. The default asks for the first page of all.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ListFirmware {
    /// Only modem firmware, which Nordic provides.
    pub modem_only: bool,
    /// Entries per page.
    pub page_limit: Option<PageLimit>,
    /// From the page before.
    pub page_next_token: Option<String>,
}

impl sealed::Query for ListFirmware {
    type Item = Firmware;
    const OPERATION: &'static str = "ListFirmware";

    fn path(&self) -> Vec<&str> {
        vec!["firmwares"]
    }

    fn pairs(&self) -> Vec<(&'static str, String)> {
        present([
            ("modemOnly", self.modem_only.then(|| "true".to_owned())),
            ("pageLimit", self.page_limit.map(|limit| limit.to_string())),
            ("pageNextToken", self.page_next_token.clone()),
        ])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bundle_id_is_in_the_address() {
        for (uri, expected) in [
            ("https://firmware.nrfcloud.com/t/APP*1e29dfa3*v2.0.1/a.bin", Some("APP*1e29dfa3*v2.0.1")),
            ("https://firmware.nrfcloud.com/t/APP%2A1e29dfa3%2Av2.0.1/a.bin", Some("APP*1e29dfa3*v2.0.1")),
            (
                "https://bundles.nrfcloud.com/bc631093-7f7c-4c1b-aa63-a68c759bcd5c/a.bin",
                Some("bc631093-7f7c-4c1b-aa63-a68c759bcd5c"),
            ),
            ("https://elsewhere.example/a", None),
            ("not an address", None),
        ] {
            let uploaded = UploadedFirmware { uris: vec![uri.to_owned()] };
            assert_eq!(uploaded.bundle_id().as_ref().map(BundleId::as_str), expected, "{uri}");
        }
    }
}
