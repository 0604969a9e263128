//! `/admin/…` and the page at `/`: the simulator's own controls, which nRF Cloud does not have. For this machine only, unless opened.

mod faults;
mod local;

use std::sync::Arc;

use axum::{Router, middleware, routing::get};

use crate::{cloud::Cloud, page};

pub(crate) fn router(cloud: &Arc<Cloud>) -> Router<Arc<Cloud>> {
    Router::new()
        .route("/", get(page::page))
        .route("/admin/state", get(page::state))
        .route(
            "/admin/faults",
            get(faults::list).put(faults::replace).post(faults::add).delete(faults::clear),
        )
        .layer(middleware::from_fn_with_state(Arc::clone(cloud), local::guard))
}
