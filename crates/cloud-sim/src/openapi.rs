//! FetchOpenApiSpec and GetSystemStatus, which ask for no key (facts 0.2).

use axum::Json;
use serde_json::{Map, Value, json};

use crate::{
    auth::Auth,
    routes::table::{Endpoint, table},
};

/// The value of `status` in good times is not published.
pub(crate) async fn status() -> Json<Value> {
    Json(json!({ "status": "online", "login": true }))
}

/// An OpenAPI document of what the simulator answers: paths, methods, names, who may call, which status is success.
/// The shapes of bodies are in the real one.
pub(crate) async fn fetch() -> Json<Value> {
    let mut paths = Map::new();
    for row in table() {
        let endpoint = row.endpoint;
        let path = paths.entry(endpoint.path).or_insert_with(|| json!({}));
        path[endpoint.method.to_ascii_lowercase()] = operation(&endpoint);
    }
    let scheme =
        |description: &str| json!({ "type": "http", "scheme": "bearer", "description": description });
    Json(json!({
        "openapi": "3.0.3",
        "info": { "title": "nRF Cloud REST API, simulated", "version": "v1" },
        "servers": [{ "url": "/v1" }],
        "paths": paths,
        "components": { "securitySchemes": {
            KEY: scheme("An API key"),
            TOKEN: scheme("A token signed with ES256 by a device, or by a team's service key"),
            EVALUATION: scheme("A token made by GenerateServiceEvaluationToken"),
        } },
    }))
}

const KEY: &str = "Simple Token";
const TOKEN: &str = "JSON Web Token";
const EVALUATION: &str = "Service Evaluation Token";

fn operation(endpoint: &Endpoint) -> Value {
    let schemes: &[&str] = match endpoint.auth {
        Auth::Open | Auth::Organization => &[],
        Auth::Key => &[KEY],
        Auth::KeyOrToken => &[KEY, TOKEN],
        Auth::Token => &[TOKEN, EVALUATION],
    };
    let security: Vec<Value> = schemes.iter().map(|scheme| json!({ *scheme: [] })).collect();
    let names = endpoint.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let parameters: Vec<Value> = names
        .map(|name| json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } }))
        .collect();
    json!({
        "operationId": endpoint.operation,
        "parameters": parameters,
        "security": security,
        "responses": { endpoint.success.to_string(): { "description": "success" } },
    })
}
