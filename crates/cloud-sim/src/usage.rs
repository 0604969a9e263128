//! What was used, by day: ListApiUsage and FetchApiUsageSummary, and the limits of the Developer plan (facts 7.2, 11.3).

use std::{collections::BTreeMap, sync::Arc, time::SystemTime};

use axum::{Json, extract::State, http::Uri};
use serde_json::{Map, Value, json};

use crate::{
    api_error::ApiError,
    auth::Member,
    clock::iso8601,
    cloud::{Cloud, lock},
    devices::document,
    query::{self, Page, Params},
    store::{Found, Store, StoreError},
    team::Tenant,
};

/// How it is called in the state file.
const KIND: &str = "usage";

/// An extension of a response: the location service that fulfilled the request, where that is not known before.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fulfilled(pub(crate) &'static str);

/// Counts for each team by `<date>/<service>/<type>`.
#[derive(Default)]
pub(crate) struct Usage(BTreeMap<String, BTreeMap<String, u64>>);

impl Usage {
    pub(crate) fn load(found: &mut Found) -> Result<Self, StoreError> {
        let by_team = found.take_by_team(KIND)?.into_iter();
        Ok(Self(by_team.map(|(team, counts)| (team, counts.into_iter().collect())).collect()))
    }

    pub(crate) fn record(
        &mut self,
        store: &Store,
        team: &Tenant,
        service: &str,
        kind: &str,
        count: u64,
        now: SystemTime,
    ) {
        let name = format!("{}/{service}/{kind}", date(now));
        let counts = self.0.entry(team.id().to_owned()).or_default();
        let sum = counts.entry(name.clone()).or_default();
        *sum += count;
        store.put(KIND, &team.key(&name), sum);
    }

    /// Refuses one more request to a location service than the plan allows.
    pub(crate) fn check_location(&self, team: &Tenant, now: SystemTime) -> Result<(), ApiError> {
        let limit = team.limits().map(|limits| limits.monthly_location_service_requests);
        self.check(team, "LOCATION", limit, 1, now)
    }

    /// Refuses `more` beyond a limit of the month.
    pub(crate) fn check(
        &self,
        team: &Tenant,
        service: &str,
        limit: Option<u32>,
        more: u64,
        now: SystemTime,
    ) -> Result<(), ApiError> {
        let Some(limit) = limit else { return Ok(()) };
        let month = &date(now)[..7];
        let used: u64 = self
            .counts(team)
            .filter(|count| count.date.starts_with(month) && count.service == service)
            .map(|count| count.sum)
            .sum();
        if used + more > u64::from(limit) { Err(ApiError::limit(service, limit)) } else { Ok(()) }
    }

    fn counts(&self, team: &Tenant) -> impl Iterator<Item = Count<'_>> {
        let counts = self.0.get(team.id()).into_iter().flatten();
        counts.filter_map(|(name, sum)| {
            let (date, rest) = name.split_once('/')?;
            let (service, kind) = rest.split_once('/')?;
            Some(Count { name, date, service, kind, sum: *sum })
        })
    }
}

struct Count<'a> {
    name: &'a str,
    date: &'a str,
    service: &'a str,
    kind: &'a str,
    sum: u64,
}

/// ListApiUsage.
pub(crate) async fn list(
    member: Member,
    State(cloud): State<Arc<Cloud>>,
    uri: Uri,
) -> Result<Json<Value>, ApiError> {
    let mut params = Params::of(&uri)?;
    let page = Page::of(&mut params)?;
    let (start, end) = (params.date("inclusiveStart")?, params.date("exclusiveEnd")?);
    let descending = params.descending(false)?;
    params.finish()?;
    let usage = lock(&cloud.usage);
    let matching = usage.counts(&member.team).filter(|count| {
        start.as_ref().is_none_or(|start| start.as_str() <= count.date)
            && end.as_ref().is_none_or(|end| count.date < end.as_str())
    });
    let mut counts: Vec<Count<'_>> = matching.collect();
    if descending {
        counts.reverse();
    }
    let (counts, next) = page.cut(counts.into_iter(), descending, |count| query::by_id(count.name));
    let items = counts.iter().map(|count| {
        json!({
            "date": count.date, "service": count.service, "serviceType": count.kind, "source": "REST",
            "sum": count.sum,
        })
    });
    Ok(Json(page.body(items.collect(), next)))
}

/// FetchApiUsageSummary: the devices of today, and the months in which something was used.
pub(crate) async fn summary(member: Member, State(cloud): State<Arc<Cloud>>) -> Json<Value> {
    let (mut generic, mut gateway) = (0, 0);
    for device in cloud.registry().all(member.team.id()) {
        if document::kind(device) == "Gateway" {
            gateway += 1;
        } else {
            generic += 1;
        }
    }
    let mut months = BTreeMap::<String, Month>::new();
    for count in lock(&cloud.usage).counts(&member.team) {
        let month = months.entry(count.date[..7].to_owned()).or_default();
        match count.service {
            "FOTA" => month.fota += count.sum,
            "MESSAGES" => month.messages += count.sum,
            _ => {
                let kind = count.kind.trim_end_matches("_EVAL").to_owned();
                *month.location.entry(kind).or_default() += count.sum;
            }
        }
    }
    let services = months.into_iter().map(|(date, month)| {
        let location: Map<String, Value> = month
            .location
            .into_iter()
            .map(|(kind, requests)| (kind, json!({ "requests": requests, "devicesUsing": 1 })))
            .collect();
        json!({
            "date": date, "fotaJobExecutions": month.fota, "locationServices": location,
            "storedDeviceMessages": month.messages, "messagesRouted": 0,
        })
    });
    Json(json!({
        "currentDevices": {
            "generic": generic, "gateway": gateway, "bluetoothLE": 0, "total": generic + gateway,
        },
        "services": services.collect::<Vec<_>>(),
    }))
}

#[derive(Default)]
struct Month {
    fota: u64,
    messages: u64,
    location: BTreeMap<String, u64>,
}

fn date(now: SystemTime) -> String {
    let mut text = iso8601(now);
    text.truncate(10);
    text
}
