//! What can be had by URL, without authentication, from the simulator's own origin: files of bulk operations, firmware,
//! binary logs (facts 2.3, 7.4 and 7.5).

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use axum::{
    Json,
    extract::{Path, State},
    http::{HeaderMap, Uri, header},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use crate::{
    api_error::ApiError,
    auth::Member,
    bulk,
    clock::{iso8601, parse_iso8601},
    cloud::Cloud,
    devices::no_such_device,
    firmware, messages,
    query::Params,
};

/// The folder of binary logs in URLs.
const BINARY_LOGS: &str = "binary_logs";

/// In milliseconds.
const A_DAY: u64 = 24 * 3_600_000;

/// FetchBinaryLogsUrl: at most 24 hours, and so many without an end, of what a device sent to its `…/d2c/bin` topic.
pub(crate) async fn binary_logs_url(
    member: Member,
    State(cloud): State<Arc<Cloud>>,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Json<Value>, ApiError> {
    let mut params = Params::of(&uri)?;
    let device_id = params.required("deviceId")?;
    let missing = |name: &str| ApiError::validation(format!("Query parameter {name} is missing."));
    let start = params.time("start")?.ok_or_else(|| missing("start"))?;
    let end = params.time("end")?;
    params.finish()?;
    let millis =
        |text: &str| parse_iso8601(text).ok_or_else(|| ApiError::validation("A time does not exist."));
    let from = millis(&start)?;
    let to = end.as_deref().map(millis).transpose()?.unwrap_or(from + A_DAY);
    if to < from || to - from > A_DAY {
        return Err(ApiError::validation("end must be after start, by at most 24 hours."));
    }
    if cloud.registry().device(member.team.id(), &device_id).is_none() {
        return Err(no_such_device(&device_id));
    }
    let end = iso8601(SystemTime::UNIX_EPOCH + Duration::from_millis(to));
    let content = messages::binary_log(&member.team, &device_id, &start, &end);
    let origin = origin(&cloud, &headers);
    let url = format!("{origin}/{}/{BINARY_LOGS}/{device_id}_{start}_{end}.bin", member.team.id());
    Ok(Json(json!({ "url": url, "contentLength": content.len() })))
}

/// `/<tenant ID>/<folder>/<file>`.
pub(crate) async fn download(
    State(cloud): State<Arc<Cloud>>,
    Path((owner, folder, file)): Path<(String, String, String)>,
    uri: Uri,
) -> Result<Response, ApiError> {
    let found = if folder.contains('*') {
        firmware::file(&cloud, &owner, &folder, &file).map(|content| (OCTETS, content))
    } else {
        cloud.team(&owner).and_then(|team| match folder.as_str() {
            BINARY_LOGS => {
                let mut parts = file.strip_suffix(".bin")?.rsplitn(3, '_');
                let (end, start, id) = (parts.next()?, parts.next()?, parts.next()?);
                Some((OCTETS, messages::binary_log(team, id, start, end)))
            }
            _ => bulk::file(&cloud, team, &folder, &file),
        })
    };
    let (content_type, content) = found.ok_or_else(|| ApiError::resource_not_found(uri.path()))?;
    Ok(([(header::CONTENT_TYPE, content_type)], content).into_response())
}

const OCTETS: &str = "application/octet-stream";

/// Scheme and host by which the client found the simulator, whatever name that was.
pub(crate) fn origin(cloud: &Cloud, headers: &HeaderMap) -> String {
    format!("http://{}", host(cloud, headers))
}

pub(crate) fn host<'a>(cloud: &'a Cloud, headers: &'a HeaderMap) -> &'a str {
    headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or(&cloud.authority)
}
