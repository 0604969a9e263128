//! The identity and provisioning service (facts 8): devices claimed by their attestation tokens, and commands that they fetch.

mod cbor;
pub(crate) mod claims;
mod command;
pub(crate) mod commands;
pub(crate) mod device;
mod identity;
pub(crate) mod play;
pub(crate) mod rules;

use std::{
    collections::{BTreeMap, HashMap},
    time::SystemTime,
};

use pki::cose::Uuid;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use self::{
    command::Command,
    identity::Identities,
    rules::{Rule, Tag},
};
use crate::{
    api_error::ApiError,
    clock::iso8601,
    store::{Found, Store, StoreError},
    team::Tenant,
};

/// How they are called in the state file.
const CLAIM: &str = "claimed-device";
const RULE: &str = "provisioning-rule";
const TAG: &str = "provisioning-tag";

/// All that the service knows. A device belongs to no team or to one.
pub(crate) struct Provisioning {
    identities: Identities,
    claimed: BTreeMap<String, Claimed>,
    rules: Vec<Rule>,
    tags: Vec<Tag>,
}

/// A device that a team has claimed.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Claimed {
    pub(crate) id: String,
    pub(crate) tenant_id: String,
    device_type: String,
    firmware_id: String,
    pub(crate) tags: Vec<String>,
    pub(crate) claimed_at: SystemTime,
    pub(crate) commands: Vec<Command>,
}

impl Provisioning {
    /// `known` are identity keys by device UUID, each an uncompressed point.
    pub(crate) fn load(
        found: &mut Found,
        known: &HashMap<Uuid, pki::key::PublicKey>,
        only_known: bool,
    ) -> Result<Self, StoreError> {
        let mut rules: Vec<Rule> = found.take(RULE)?.into_iter().map(|(_, rule)| rule).collect();
        rules.sort_by(|one, other| one.standing().cmp(&other.standing()));
        let mut tags: Vec<Tag> = found.take(TAG)?.into_iter().map(|(_, tag)| tag).collect();
        tags.sort_by(|one, other| one.standing().cmp(&other.standing()));
        Ok(Self {
            identities: Identities::load(found, known, only_known)?,
            claimed: found.take(CLAIM)?.into_iter().collect(),
            rules,
            tags,
        })
    }

    /// The devices of a team, in the order of their IDs.
    pub(crate) fn claimed<'a>(&'a self, tenant_id: &'a str) -> impl Iterator<Item = &'a Claimed> {
        self.claimed.values().filter(move |claimed| claimed.tenant_id == tenant_id)
    }

    /// A device of that team.
    fn of_team(&mut self, team: &Tenant, id: &str) -> Result<&mut Claimed, ApiError> {
        let not_claimed = || ApiError::entity_not_found("Claimed device", id).about(id);
        let uuid = uuid(id).ok_or_else(not_claimed)?;
        self.claimed.get_mut(&uuid).filter(|claimed| claimed.tenant_id == team.id()).ok_or_else(not_claimed)
    }
}

impl Claimed {
    /// What a person is shown of it.
    pub(crate) fn overview(&self) -> Value {
        let commands = self.commands.iter().map(|command| {
            json!({ "id": command.id, "request": command.order.request.name(), "status": command.status })
        });
        json!({
            "id": self.id,
            "deviceType": self.device_type,
            "tags": self.tags,
            "claimedAt": iso8601(self.claimed_at),
            "commands": commands.collect::<Vec<_>>(),
        })
    }

    fn save(&self, store: &Store) {
        store.put(CLAIM, &self.id, self);
    }
}

/// `^[a-f0-9]{8}-?[a-f0-9]{4}-?[a-f0-9]{4}-?[a-f0-9]{4}-?[a-f0-9]{12}$` (facts 0.3), with its hyphens.
fn uuid(text: &str) -> Option<String> {
    let mut rest = text;
    let mut groups = Vec::new();
    for (place, length) in [8, 4, 4, 4, 12].into_iter().enumerate() {
        if place > 0 {
            rest = rest.strip_prefix('-').unwrap_or(rest);
        }
        let (group, behind) = rest.split_at_checked(length)?;
        let is_hex = group.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        groups.push(is_hex.then_some(group)?);
        rest = behind;
    }
    rest.is_empty().then(|| groups.join("-"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uuids_have_hyphens_or_not() {
        let id = "50363154-3931-44f0-8022-121b64010001";
        assert_eq!(uuid(id).as_deref(), Some(id));
        assert_eq!(uuid(&id.replace('-', "")).as_deref(), Some(id));
        for wrong in [
            "",
            "x",
            &id.to_uppercase(),
            &id[1..],
            &format!("{id}0"),
            &format!("-{id}"),
            "ø0363154393144f08022121b64010001",
        ] {
            assert_eq!(uuid(wrong), None, "{wrong}");
        }
    }
}
