//! FetchAccountInfo and what else belongs to the account (facts 7.2).

mod tokens;

use std::{collections::BTreeSet, sync::Arc};

use axum::{Json, extract::State, http::Uri};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use self::tokens::{Evaluation, ServiceKey};
pub(crate) use self::tokens::{
    evaluation_token, make_evaluation_token, make_service_key_and_token, service_token,
};
use crate::{
    api_error::ApiError,
    auth::Member,
    cloud::{Cloud, lock},
    credential::PublicKey,
    query::{self, Page},
    store::Store,
    team::{Plan, Role, Tenant},
};

/// How it is called in the state file, one for each team.
pub(crate) const KIND: &str = "account";

/// A team's keys and tokens for location services.
#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Account {
    #[serde(skip_serializing_if = "Option::is_none")]
    service: Option<ServiceKey>,
    #[serde(skip_serializing_if = "Option::is_none")]
    evaluation: Option<Evaluation>,
}

impl Account {
    pub(crate) fn service_key(&self) -> Option<PublicKey> {
        self.service.as_ref().map(|service| service.public_key.clone())
    }

    pub(crate) fn is_evaluation_subject(&self, subject: &str) -> bool {
        self.evaluation.as_ref().is_some_and(|evaluation| evaluation.subject == subject)
    }

    fn keep(&self, team: &Tenant, store: &Store) {
        store.put(KIND, team.id(), self);
    }
}

/// No costs: nothing is billed here. Only owners see that there are none.
pub(crate) async fn fetch(member: Member, State(cloud): State<Arc<Cloud>>) -> Json<Value> {
    let team = &member.team;
    let mut plan = match team.access.plan {
        Plan::Enterprise => json!({
            "name": "ENTERPRISE",
            "proxyUsageDeclarations": { "AGPS": 0, "PGPS": 0, "GROUND_FIX": 0 },
            "overages": { "type": "D2C" },
        }),
        Plan::Developer(limits) => {
            let mut limits = json!(limits);
            limits["messageRoutingServiceDestinations"] = 1.into();
            json!({ "name": "DEVELOPER", "limits": limits })
        }
    };
    if let (Plan::Enterprise, Some(service)) = (team.access.plan, &lock(&team.account).service) {
        plan["serviceKeys"] = json!([{ "service": "ALL", "enabled": true, "createdAt": service.created_at }]);
    }
    if member.role == Role::Owner {
        plan["currentMonthCosts"] = json!([]);
        plan["currentMonthTotalCost"] = 0.into();
    }
    Json(json!({
        "mqttEndpoint": "mqtt.nrfcloud.com",
        "mqttTopicPrefix": format!("prod/{}/", team.id()),
        "team": { "tenantId": team.id(), "name": team.access.name },
        "role": member.role.name(),
        "userId": member.user_id,
        "tags": tags(&cloud, team),
        "plan": plan,
    }))
}

/// ListTags: every tag that a device of the team has.
pub(crate) async fn list_tags(
    member: Member,
    State(cloud): State<Arc<Cloud>>,
    uri: Uri,
) -> Result<Json<Value>, ApiError> {
    let page = Page::alone(&uri)?;
    let tags = tags(&cloud, &member.team);
    let (items, next) = page.cut(tags.iter(), false, |tag| query::by_id(tag));
    Ok(Json(page.body(items.into_iter().map(|tag| tag.as_str().into()).collect(), next)))
}

/// ListInvoices: none.
pub(crate) async fn invoices(_member: Member, uri: Uri) -> Result<Json<Value>, ApiError> {
    let page = Page::alone(&uri)?;
    Ok(Json(page.body(Vec::new(), None)))
}

pub(crate) fn tags(cloud: &Cloud, team: &Tenant) -> BTreeSet<String> {
    cloud.registry().all(team.id()).flat_map(|device| device.tags.iter().cloned()).collect()
}
