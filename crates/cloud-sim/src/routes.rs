//! Which path leads where. One table, in the order of the API reference.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, Request, State},
    http::{Method, Uri},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde_json::json;

use crate::{
    account,
    api_error::{ApiError, Why},
    body, bulk,
    cloud::Cloud,
    devices,
    location::agnss,
    onboarding,
    refusal::Refusal,
};

pub(crate) fn router(cloud: Arc<Cloud>) -> Router {
    let v1 = Router::new()
        .route("/status", get(status))
        .route("/account", get(account::fetch))
        .route("/devices", get(devices::list).post(onboarding::onboard_devices))
        .route("/devices/public-keys", post(onboarding::register_public_keys))
        .route("/devices/certificates", post(onboarding::register_certificates))
        .route(
            "/devices/{deviceId}",
            get(devices::fetch).post(onboarding::onboard_device).delete(devices::delete),
        )
        .route("/bulk-ops-requests", get(bulk::list))
        .route("/bulk-ops-requests/{bulkOpsRequestId}", get(bulk::fetch))
        .route("/location/agnss", get(agnss::get).head(agnss::head).post(agnss::post))
        .route("/location/agps", get(agnss::get).head(agnss::head));
    Router::new()
        .nest("/v1", v1)
        .route("/{tenantId}/{endpoint}/{file}", get(bulk::download))
        .fallback(no_such_path)
        .method_not_allowed_fallback(wrong_method)
        .layer(DefaultBodyLimit::max(body::LIMIT))
        .layer(middleware::from_fn_with_state(Arc::clone(&cloud), record_refusal))
        .with_state(cloud)
}

/// `GET /v1/status`, without authentication (facts 0.2; the value of `status` in good times is not published).
async fn status() -> Json<serde_json::Value> {
    Json(json!({ "status": "online", "login": true }))
}

async fn no_such_path(uri: Uri) -> ApiError {
    ApiError::resource_not_found(uri.path())
}

async fn wrong_method(method: Method, uri: Uri) -> ApiError {
    ApiError::method_not_allowed(method.as_str(), uri.path())
}

/// Notes every answer of 400 or more. One that did not come from this crate is written anew, in nRF Cloud's form.
async fn record_refusal(State(cloud): State<Arc<Cloud>>, request: Request, next: Next) -> Response {
    let (method, path) = (request.method().to_string(), request.uri().path().to_owned());
    let mut response = next.run(request).await;
    let status = response.status();
    if status.as_u16() < 400 {
        return response;
    }
    let why = match response.extensions().get::<Why>() {
        Some(why) => why.clone(),
        None => {
            let error = ApiError::by_library(status);
            let why = error.why().clone();
            response = error.into_response();
            why
        }
    };
    cloud.refusals.record(Refusal {
        at: cloud.clock.now(),
        method,
        path,
        status: status.as_u16(),
        code: why.code,
        device_id: why.device_id,
        reason: why.reason,
    });
    response
}
