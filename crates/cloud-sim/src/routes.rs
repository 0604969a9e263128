//! Which path leads where, and what every answer goes through.

pub(crate) mod table;

use std::sync::Arc;

use axum::{
    Router,
    extract::{DefaultBodyLimit, Request, State},
    http::{Method, Uri},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::get,
};

use crate::{
    admin,
    api_error::{ApiError, Why},
    auth::Auth,
    body,
    cloud::Cloud,
    fault, files,
    location::pgps,
    refusal::Refusal,
};

pub(crate) fn router(cloud: Arc<Cloud>) -> Router {
    let mut router = Router::new().route("/{tenantId}/{folder}/{file}", get(files::download));
    for row in table::table() {
        let path = row.endpoint.path;
        router = router.route(&format!("/v1{path}"), row.route(&cloud, row.endpoint.auth));
        if row.endpoint.scoped {
            let path = format!("/v1/organizations/{{organization}}/projects/{{project}}{path}");
            router = router.route(&path, row.route(&cloud, Auth::Organization));
        }
    }
    router
        .route("/public/{file}", get(pgps::download))
        .merge(admin::router(&cloud))
        .fallback(no_such_path)
        .method_not_allowed_fallback(wrong_method)
        .layer(DefaultBodyLimit::max(body::LIMIT))
        .layer(middleware::from_fn_with_state(Arc::clone(&cloud), fault::layer::apply))
        .layer(middleware::from_fn_with_state(Arc::clone(&cloud), finish))
        .with_state(cloud)
}

async fn no_such_path(uri: Uri) -> ApiError {
    ApiError::resource_not_found(uri.path())
}

async fn wrong_method(method: Method, uri: Uri) -> ApiError {
    ApiError::method_not_allowed(method.as_str(), uri.path())
}

/// Sees that what was changed is in the state file, and notes every answer of 400 or more. One that did not come from
/// this crate is written anew, in nRF Cloud's form.
async fn finish(State(cloud): State<Arc<Cloud>>, request: Request, next: Next) -> Response {
    let (method, uri) = (request.method().clone(), request.uri().clone());
    let mut response = next.run(request).await;
    // Also after a GET: those of location services are counted, and note where the device was.
    if let Err(error) = cloud.store.settled().await {
        response = ApiError::internal(error.to_string()).into_response();
    }
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
        method: method.to_string(),
        path: uri.path().to_owned(),
        status: status.as_u16(),
        code: why.code,
        device_id: why.device_id,
        reason: why.reason,
    });
    response
}
