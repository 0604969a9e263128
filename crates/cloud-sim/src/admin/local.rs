//! Who may look behind the curtain: this machine, by one of its own names.

use std::{net::IpAddr, sync::Arc};

use axum::{
    extract::{ConnectInfo, Request, State},
    http::{HeaderMap, header, uri::Authority},
    middleware::Next,
    response::Response,
};

use crate::{api_error::ApiError, cloud::Cloud, fault::connection::Peer};

/// The name is looked at as well as the address, for a page of another site that had its name point to this machine
/// would otherwise be served. Changes ask for a JSON body or DELETE, which a browser does not send across sites
/// without asking first, and the simulator never says yes.
pub(crate) async fn guard(
    State(cloud): State<Arc<Cloud>>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    request: Request,
    next: Next,
) -> Result<Response, ApiError> {
    if !cloud.admin_from_anywhere {
        if !peer.address.ip().to_canonical().is_loopback() {
            return Err(ApiError::for_this_machine_only("the request comes from another machine"));
        }
        if !host(request.headers()).is_some_and(|host| is_own_name(&host)) {
            return Err(ApiError::for_this_machine_only("the Host header does not name this machine"));
        }
    }
    Ok(next.run(request).await)
}

fn host(headers: &HeaderMap) -> Option<String> {
    let authority: Authority = headers.get(header::HOST)?.to_str().ok()?.parse().ok()?;
    Some(authority.host().to_ascii_lowercase())
}

fn is_own_name(host: &str) -> bool {
    let address: Option<IpAddr> = host.trim_start_matches('[').trim_end_matches(']').parse().ok();
    match address {
        Some(address) => address.to_canonical().is_loopback(),
        None => host == "localhost" || host.ends_with(".localhost"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_the_names_of_this_machine() {
        for host in ["localhost", "sim.localhost", "127.0.0.1", "127.1.2.3", "[::1]", "[::ffff:127.0.0.1]"] {
            assert!(is_own_name(host), "{host}");
        }
        for host in ["evil.example", "localhost.evil.example", "192.168.1.1", "[::2]", "0.0.0.0", ""] {
            assert!(!is_own_name(host), "{host}");
        }
    }
}
