//! The team behind an API key.

use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::client::{Call, Client};
use crate::error::Error;
use crate::json::{null_as_default, open_enum};

impl Client {
    /// FetchAccountInfo: `GET /account`. Credentials: an API key. The cheapest way to see whether a key is
    /// good.
    ///
    /// # Errors
    ///
    /// [`Error`]; status 401 for a key that is not known.
    pub async fn fetch_account_info(&self) -> Result<AccountInfo, Error> {
        Call::new(self, "FetchAccountInfo", Method::GET, &["account"]).send(self).await?.json()
    }
}

/// The team, and who asks.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct AccountInfo {
    /// The team.
    pub team: Team,
    /// Role of the key's user in the team.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// Host of the MQTT broker.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mqtt_endpoint: Option<String>,
    /// First part of the team's topics, `prod/<tenantId>/`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mqtt_topic_prefix: Option<String>,
    /// UUID of the user. Real answers leave it out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
    /// Tags of the team.
    #[serde(default, deserialize_with = "null_as_default")]
    pub tags: Vec<String>,
    /// The plan that is paid for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<Plan>,
    /// Fields that this crate has no name for.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// A team (tenant).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Team {
    /// UUID of the team, also its tenant ID.
    pub tenant_id: String,
    /// Name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// A plan, with its limits or declarations and this month's costs.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Plan {
    /// `DEVELOPER`, `PRO`, `ENTERPRISE` or another.
    pub name: String,
    /// Costs of this month; owners only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub current_month_total_cost: Option<f64>,
    /// What else comes with the plan.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

open_enum! {
    /// Role of a user in a team.
    Role {
        /// May do everything.
        Owner = "owner",
        /// May do everything but billing.
        Admin = "admin",
        /// May change devices.
        Editor = "editor",
        /// May look.
        Viewer = "viewer",
    }
}
