//! The files that a bulk operation points to. They lie outside the API, and are fetched without an `Authorization`
//! header.

use url::Url;

use super::BulkOpsRequest;
use crate::client::{Call, Client};
use crate::error::{AnswerError, AnswerProblem, Error};

impl Client {
    /// Downloads the rows of a bulk operation as they were uploaded: CSV, or the base64 of one
    /// ([`decode_base64`](crate::onboarding::decode_base64)). How long nRF Cloud keeps them is not published.
    ///
    /// # Errors
    ///
    /// [`Error`]; an [`AnswerError`] when the operation names no such file.
    pub async fn download_uploaded_rows(&self, request: &BulkOpsRequest) -> Result<Vec<u8>, Error> {
        let url = request.uploaded_data_url.as_deref().unwrap_or_default();
        fetch(self, "download of uploaded rows", "uploadedDataUrl", url).await
    }

    pub(super) async fn download_error_summary(&self, url: &str) -> Result<Vec<u8>, Error> {
        fetch(self, "download of the error summary", "errorSummaryUrl", url).await
    }
}

/// `field` is where the address stands in the answer of the API.
async fn fetch(client: &Client, operation: &'static str, field: &str, url: &str) -> Result<Vec<u8>, Error> {
    let url = url.parse::<Url>().map_err(|error| AnswerError {
        operation,
        status: 200,
        request_id: None,
        kind: AnswerProblem::Json { path: field.to_owned(), reason: error.to_string() },
    })?;
    Ok(Call::download(operation, url).send(client).await?.body)
}
