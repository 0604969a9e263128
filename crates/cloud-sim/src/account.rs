//! FetchAccountInfo (facts 7.2).

use std::sync::Arc;

use axum::{Json, extract::State};
use serde_json::{Value, json};

use crate::{auth::Team, cloud::Cloud};

/// The simulated team: one owner, an enterprise plan as in the recorded answer, no costs.
pub(crate) async fn fetch(_team: Team, State(cloud): State<Arc<Cloud>>) -> Json<Value> {
    Json(json!({
        "mqttEndpoint": "mqtt.nrfcloud.com",
        "mqttTopicPrefix": format!("prod/{}/", cloud.team.tenant_id),
        "team": { "tenantId": cloud.team.tenant_id, "name": "Simulated team" },
        "role": "owner",
        "userId": cloud.team.user_id,
        "tags": [],
        "plan": {
            "name": "ENTERPRISE",
            "proxyUsageDeclarations": { "AGPS": 0, "PGPS": 0, "GROUND_FIX": 0 },
            "overages": { "type": "D2C" },
        },
    }))
}
