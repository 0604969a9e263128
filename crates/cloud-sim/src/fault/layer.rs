//! The layer that every request passes on its way to an endpoint.

use std::{sync::Arc, time::Duration};

use axum::{
    body,
    extract::{ConnectInfo, Request, State},
    http::{HeaderValue, StatusCode, header},
    middleware::Next,
    response::{Html, IntoResponse, Response},
};
use tokio::time::sleep;

use super::{
    Amount,
    body::Damage,
    connection::Peer,
    date::imf_fixdate,
    in_hand::InHand,
    plan::{Plan, Verdict},
};
use crate::{
    api_error::{ApiError, Why},
    cloud::Cloud,
};

pub(crate) async fn apply(State(cloud): State<Arc<Cloud>>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    if path == "/" || path.starts_with("/admin/") {
        return next.run(request).await;
    }
    let (method, path) = (request.method().as_str().to_owned(), path.to_owned());
    let Some(plan) = cloud.faults.plan(&method, &path) else { return next.run(request).await };
    let peer = request.extensions().get::<ConnectInfo<Peer>>().map(|ConnectInfo(peer)| peer.clone());
    if !plan.latency.is_zero() {
        sleep(plan.latency).await;
    }
    if let Some((verdict, fault)) = plan.verdict.as_ref().filter(|(verdict, _)| !verdict.is_taken()) {
        return verdict.answer(fault, peer);
    }
    let in_hand = InHand { method, path, ahead: plan.ahead, behind: plan.behind };
    let response = in_hand.clone().scope(next.run(request)).await;
    let mut response = match &plan.verdict {
        Some((verdict, fault)) => verdict.answer(fault, peer),
        None => damage(response, &plan).await,
    };
    if !plan.ahead.is_zero() || !plan.behind.is_zero() {
        let date = imf_fixdate(in_hand.skewed(cloud.clock.now()));
        if let Ok(date) = HeaderValue::try_from(date) {
            response.headers_mut().insert(header::DATE, date);
        }
    }
    response
}

impl Verdict {
    fn answer(self, fault: &str, peer: Option<Peer>) -> Response {
        let (mut response, code) = match self {
            Self::Status { status, retry_after, .. } => {
                // The grammar has held it to 400 to 599.
                let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
                let error = ApiError::by_library(status);
                let code = error.why().code;
                let mut response = error.into_response();
                if let Some(seconds) = retry_after {
                    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
                }
                (response, code)
            }
            Self::Html(status) => {
                let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
                ((status, Html(PROXY_PAGE)).into_response(), None)
            }
            Self::Reset { .. } => {
                if let Some(peer) = peer {
                    peer.reset();
                }
                // Nobody will see it.
                (StatusCode::OK.into_response(), None)
            }
        };
        let why = Why { code, device_id: None, reason: format!("a fault on demand: {fault}") };
        response.extensions_mut().insert(why);
        response
    }
}

/// Lets the answer come slowly, or not whole.
async fn damage(response: Response, plan: &Plan) -> Response {
    if plan.truncate.is_none() && plan.slow.is_none() {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    // An error is a body that broke off by itself; the simulator's own are in memory and never do.
    let bytes = body::to_bytes(body, usize::MAX).await.unwrap_or_default();
    // The answer to HEAD keeps the length of a body that it does not have.
    if !bytes.is_empty() {
        parts.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(bytes.len()));
    }
    let end = plan.truncate.map(|amount| match amount {
        Amount::Bytes(bytes) => bytes,
        Amount::Percent(percent) => bytes.len() * usize::from(percent) / 100,
    });
    let (piece, pause) = plan.slow.unwrap_or((usize::MAX, Duration::ZERO));
    Response::from_parts(parts, Damage { piece, pause, end }.apply(bytes))
}

/// What a corporate proxy or a load balancer says.
const PROXY_PAGE: &str = "<!DOCTYPE html>\n<html><head><title>502 Bad Gateway</title></head>\n\
    <body><center><h1>502 Bad Gateway</h1></center><hr><center>proxy</center></body></html>\n";
