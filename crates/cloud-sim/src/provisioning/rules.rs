//! Rules, which give commands to every device that is claimed with one of their tags, and the tags (facts 8.2).

use std::{sync::Arc, time::SystemTime};

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode, Uri},
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    Provisioning, RULE, TAG,
    claims::is_tag,
    command::{Command, Order},
};
use crate::{
    api_error::ApiError,
    auth::Member,
    body::{self, Body},
    clock::iso8601,
    cloud::{Cloud, lock},
    query::{self, Page, Standing},
    random,
    team::Tenant,
};

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Rule {
    pub(super) id: String,
    tenant_id: String,
    pub(super) created_at: SystemTime,
    input: RuleInput,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct RuleInput {
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[serde(default = "active")]
    active: bool,
    commands: Vec<Order>,
    #[serde(default)]
    tags: Vec<String>,
}

fn active() -> bool {
    true
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Tag {
    tenant_id: String,
    input: TagInput,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct TagInput {
    tag: String,
    #[serde(default)]
    description: String,
}

pub(crate) async fn list(
    member: Member,
    State(cloud): State<Arc<Cloud>>,
    uri: Uri,
) -> Result<Json<Value>, ApiError> {
    let page = Page::alone(&uri)?;
    let provisioning = lock(&cloud.provisioning);
    let (rules, next) = page.cut(provisioning.rules_of(&member.team), false, |rule| rule.standing());
    Ok(Json(page.body(rules.into_iter().map(Rule::document).collect(), next)))
}

pub(crate) async fn create(
    member: Member,
    State(cloud): State<Arc<Cloud>>,
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    let input: RuleInput = body::json(&headers, &body)?;
    if !input.tags.iter().all(|tag| is_tag(tag)) {
        return Err(ApiError::validation("A tag is 1 to 100 characters without a comma."));
    }
    for order in &input.commands {
        order.request.check().map_err(ApiError::validation)?;
    }
    let rule = Rule {
        id: random::uuid()?,
        tenant_id: member.team.id().to_owned(),
        created_at: cloud.moment(),
        input,
    };
    let document = rule.document();
    cloud.store.put(RULE, &rule.id, &rule);
    query::keep(&mut lock(&cloud.provisioning).rules, rule, Rule::standing);
    Ok((StatusCode::CREATED, Json(document)))
}

pub(crate) async fn list_tags(
    member: Member,
    State(cloud): State<Arc<Cloud>>,
    uri: Uri,
) -> Result<Json<Value>, ApiError> {
    let page = Page::alone(&uri)?;
    let provisioning = lock(&cloud.provisioning);
    let of_team = provisioning.tags.iter().filter(|tag| tag.tenant_id == member.team.id());
    let (tags, next) = page.cut(of_team, false, |tag| tag.standing());
    Ok(Json(page.body(tags.into_iter().map(|tag| json!(tag.input)).collect(), next)))
}

pub(crate) async fn create_tag(
    member: Member,
    State(cloud): State<Arc<Cloud>>,
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    let input: TagInput = body::json(&headers, &body)?;
    if !is_tag(&input.tag) {
        return Err(ApiError::validation("A tag is 1 to 100 characters without a comma."));
    }
    let mut provisioning = lock(&cloud.provisioning);
    let mut of_team = provisioning.tags.iter().filter(|tag| tag.tenant_id == member.team.id());
    if of_team.any(|known| known.input.tag == input.tag) {
        return Err(ApiError::validation(format!("Tag {} already exists.", input.tag)));
    }
    let document = json!(input);
    let tag = Tag { tenant_id: member.team.id().to_owned(), input };
    cloud.store.put(TAG, &member.team.key(&tag.input.tag), &tag);
    query::keep(&mut provisioning.tags, tag, Tag::standing);
    Ok((StatusCode::CREATED, Json(document)))
}

impl Provisioning {
    fn rules_of<'a>(&'a self, team: &'a Tenant) -> impl Iterator<Item = &'a Rule> {
        self.rules.iter().filter(|rule| rule.tenant_id == team.id())
    }

    /// The commands of a device that is claimed with these tags.
    pub(super) fn commands_by_rule(
        &self,
        team: &Tenant,
        tags: &[String],
        now: SystemTime,
    ) -> Result<Vec<Command>, getrandom::Error> {
        let fits = |rule: &&Rule| rule.input.active && rule.input.tags.iter().any(|tag| tags.contains(tag));
        let orders = self.rules_of(team).filter(fits).flat_map(|rule| rule.input.commands.clone());
        orders.map(|order| Command::new(order, now)).collect()
    }
}

impl Tag {
    pub(super) fn standing(&self) -> Standing<'_> {
        query::by_id(&self.input.tag)
    }
}

impl Rule {
    pub(super) fn standing(&self) -> Standing<'_> {
        query::by_time(self.created_at, &self.id)
    }

    fn document(&self) -> Value {
        let mut document = json!(self.input);
        document["id"] = self.id.as_str().into();
        document["createdAt"] = iso8601(self.created_at).into();
        document
    }
}
