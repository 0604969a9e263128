//! Finds an upload whose answer was lost.

use std::collections::{HashMap, HashSet};
use std::sync::Mutex;
use std::time::{Duration, UNIX_EPOCH};

use reqwest::Method;
use reqwest::header::DATE;

use super::{Known, lock};
use crate::bulk::journal::{ContentDigest, PartKey};
use crate::bulk::patience::Patience;
use crate::bulk::{BulkOpsRequest, ListBulkOpsRequests};
use crate::client::{Call, Client};
use crate::error::Error;
use crate::identifier::BulkOpId;
use crate::onboarding::decode_base64;
use crate::page::PageLimit;

/// How much the clocks inside the service, or that of something before it, may differ.
const MARGIN: Duration = Duration::from_secs(3600);

/// Looks through the list of bulk operations for uploads of known content.
#[derive(Debug)]
pub(super) struct Search<'c> {
    client: &'c Client,
    since: Option<String>,
    seen: Mutex<Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    /// Operations that belong to parts whose answer was not lost.
    ours: HashSet<BulkOpId>,
    /// What was uploaded, of operations whose upload was read.
    contents: HashMap<BulkOpId, [ContentDigest; 2]>,
}

impl<'c> Search<'c> {
    pub(super) fn new(client: &'c Client, since: Option<String>, known: &HashMap<PartKey, Known>) -> Self {
        let ours = known.values().filter_map(|known| match known {
            Known::Submitted(id) => Some(id.clone()),
            Known::Finished(kept) => Some(kept.0.bulk_ops_request_id.clone()),
            Known::Unclear | Known::Refused => None,
        });
        Self { client, since, seen: Mutex::new(Seen { ours: ours.collect(), ..Seen::default() }) }
    }

    /// Notes that an operation need not be looked at.
    pub(super) fn is_ours(&self, id: &BulkOpId) {
        lock(&self.seen).ours.insert(id.clone());
    }

    /// The operation that took this part: of the same endpoint, since the campaign began, with the same content.
    pub(super) async fn find(&self, key: PartKey) -> Result<Option<BulkOpId>, Error> {
        let query = ListBulkOpsRequests {
            start_requested_at: self.since.clone(),
            page_limit: PageLimit::try_from(100).ok(),
            ..ListBulkOpsRequests::default()
        };
        let mut pages = self.client.pages(query);
        while let Some(page) = pages.next().await {
            for request in page?.items {
                let id = &request.bulk_ops_request_id;
                if !key.kind.is_endpoint(&request.endpoint) || lock(&self.seen).ours.contains(id) {
                    continue;
                }
                if self.contents(&request).await?.contains(&key.digest) {
                    self.is_ours(id);
                    return Ok(Some(id.clone()));
                }
            }
        }
        Ok(None)
    }

    /// Digests of what was uploaded, as it is and taken for base64.
    async fn contents(&self, request: &BulkOpsRequest) -> Result<[ContentDigest; 2], Error> {
        let id = &request.bulk_ops_request_id;
        if let Some(contents) = lock(&self.seen).contents.get(id) {
            return Ok(*contents);
        }
        let uploaded = self.client.download_uploaded_rows(request).await?;
        let plain = ContentDigest::of(&uploaded);
        let decoded = decode_base64(&uploaded).map_or(plain, |csv| ContentDigest::of(&csv));
        lock(&self.seen).contents.insert(id.clone(), [plain, decoded]);
        Ok([plain, decoded])
    }
}

/// The time of the service, less a margin, as its list takes it.
///
/// It is asked for before the first upload, so that no clock of ours can be wrong.
pub(super) async fn time_of_service(
    client: &Client,
    mut patience: Patience,
) -> Result<Option<String>, Error> {
    loop {
        let question = Call::new(client, "ListBulkOpsRequests", Method::GET, &["bulk-ops-requests"])
            .query([("pageLimit", "1")]);
        match question.send(client).await {
            Ok(answer) => return Ok(answer.header(&DATE).and_then(since)),
            Err(error) => patience.bear(error).await?,
        }
    }
}

/// The value of a `Date` header, less the margin, in ISO 8601.
fn since(date: &str) -> Option<String> {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let then = httpdate::parse_http_date(date).ok()?.checked_sub(MARGIN)?;
    // What lies before 1970 cannot be written, and is no time of a service.
    then.duration_since(UNIX_EPOCH).ok()?;
    // `Tue, 24 Nov 2026 07:54:56 GMT`, always.
    let text = httpdate::fmt_http_date(then);
    let parts: Vec<&str> = text.split(' ').collect();
    let [_, day, month, year, time, _] = parts.as_slice() else { return None };
    let month = MONTHS.iter().position(|name| name == month)? + 1;
    Some(format!("{year}-{month:02}-{day}T{time}.000Z"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_date_of_an_answer_becomes_a_time_of_the_list() {
        assert_eq!(since("Wed, 01 Mar 2028 00:02:03 GMT").unwrap(), "2028-02-29T23:02:03.000Z");
        assert_eq!(since("yesterday"), None);
        assert_eq!(since("Thu, 01 Jan 1970 00:00:00 GMT"), None);
    }
}
