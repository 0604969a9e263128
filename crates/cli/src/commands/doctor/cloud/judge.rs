//! What nRF Cloud's answers mean.

use std::time::SystemTime;

use cloud_api::Url;
use cloud_api::account::{AccountInfo, ApiUsageSummary, PlanLimits, Role};
use cloud_api::client::Peer;
use cloud_api::devices::Device;
use cloud_api::error::{Error, ServiceError, TransportError, TransportKind};
use cloud_api::service::SystemStatus;
use pki::certificate::Certificate;

use crate::diagnostic::Diagnostic;
use crate::exit_code::ExitCode;
use crate::finding::Finding;

/// Something that sends every request elsewhere.
pub(super) fn portal(url: &Url, status: u16, location: &str) -> Finding {
    Finding::error(
        "cloud.portal",
        ExitCode::Network,
        format!("not nRF Cloud answers at {url}: it sends the client to {location} (status {status})"),
    )
    .next("log in to this network, or leave its proxy out for this host: NO_PROXY")
}

/// Whether the way is safe, and nRF Cloud at its end.
pub(super) fn way(
    url: &Url,
    peer: &Peer,
    status: Result<SystemStatus, Error>,
    now: SystemTime,
) -> (Vec<Finding>, bool) {
    let shown = peer.certificate.as_deref().and_then(|der| Certificate::from_der(der).ok());
    match status {
        Ok(status) => {
            let mut findings = vec![of_certificate(url, shown.as_ref())];
            if status.status.as_deref() == Some("offline") {
                findings.push(
                    Finding::warning(
                        "cloud.maintenance",
                        "nRF Cloud says that it is offline for maintenance",
                    )
                    .next("try again later; https://status.nrfcloud.com tells more"),
                );
            }
            (findings, true)
        }
        Err(Error::Transport(TransportError {
            kind: TransportKind::Tls { certificate: true, reason },
            ..
        })) => (vec![refused_certificate(url, shown.as_ref(), &reason, now)], false),
        Err(error) => (vec![Finding::of("cloud.no-answer", &Diagnostic::from(error))], false),
    }
}

/// Who vouches for the server. nRF Cloud's certificates are Amazon's (facts: 0.1 of the cloud's API).
fn of_certificate(url: &Url, shown: Option<&Certificate>) -> Finding {
    let Some(certificate) = shown else {
        return Finding::note(
            "cloud.plain-http",
            format!("{url} is plain http: nobody vouches for the server"),
        );
    };
    let (host, issuer) = (url.host_str().unwrap_or_default(), certificate.issuer().to_string());
    let is_nrf_cloud = host == "nrfcloud.com" || host.ends_with(".nrfcloud.com");
    if is_nrf_cloud && !issuer.contains("Amazon") {
        return Finding::warning(
            "cloud.tls-intercepted",
            format!("the certificate of {host} was issued by {issuer}, and nRF Cloud's are issued by Amazon: a proxy reads along, API keys and tokens included"),
        )
        .next("ask whoever runs the network to leave nrfcloud.com out");
    }
    Finding::ok("cloud.tls", format!("{host} is there, with a certificate issued by {issuer}"))
}

fn refused_certificate(url: &Url, shown: Option<&Certificate>, reason: &str, now: SystemTime) -> Finding {
    let host = url.host_str().unwrap_or_default();
    let refused = |id, message| Finding::error(id, ExitCode::Network, message);
    let Some(certificate) = shown else {
        return refused("cloud.tls-refused", format!("the certificate of {host} is not trusted: {reason}"));
    };
    let issuer = certificate.issuer();
    if now < certificate.not_before() || now > certificate.not_after() {
        return refused(
            "cloud.tls-dates",
            format!(
                "the certificate of {host} (issued by {issuer}) is valid from {} to {}: {reason}",
                crate::clock::rfc3339(certificate.not_before()),
                crate::clock::rfc3339(certificate.not_after())
            ),
        )
        .next("look at this host's clock first");
    }
    refused(
        "cloud.tls-untrusted",
        format!("the certificate of {host} was issued by {issuer}, which this host does not trust ({reason}): a proxy stands between, or the trust store is not complete"),
    )
    .next("if the issuer is your company's proxy, give its certificate: --ca-bundle FILE; otherwise: sudo apt install ca-certificates")
}

/// An API key that is none.
pub(super) fn key_refused(error: &ServiceError) -> Finding {
    Finding::error("cloud.api-key-refused", ExitCode::CloudRefused, format!("the API key is not accepted: {error}")).next(
        "copy it from the portal, Team Details; the \"User API key\" of the new portal's profile page is another, and is refused here",
    )
}

/// Whose key it is, and what it may do.
pub(super) fn team(account: &AccountInfo) -> Vec<Finding> {
    let team = &account.team;
    let name = team.name.as_ref().map_or_else(String::new, |name| format!(" {name:?}"));
    let role = account.role.as_ref().map_or_else(String::new, |role| format!(", role {role}"));
    let plan = account.plan.as_ref().map_or_else(String::new, |plan| format!(", plan {}", plan.name));
    let mut findings = vec![Finding::ok(
        "cloud.team",
        format!("the API key is that of the team{name} {}{role}{plan}", team.tenant_id),
    )];
    if account.role == Some(Role::Viewer) {
        findings.push(
            Finding::warning(
                "cloud.role",
                "the API key's user is a viewer: it cannot onboard devices, nor register keys",
            )
            .next("ask an owner or admin of the team for the role editor"),
        );
    }
    findings
}

/// What is left of a plan's limits in the month, `2026-11`.
pub(super) fn limits(limits: &PlanLimits, usage: &ApiUsageSummary, month: &str) -> Vec<Finding> {
    let of_month = usage.services.iter().filter(|service| service.date.starts_with(month));
    let (mut executions, mut messages, mut requests) = (0, 0, 0);
    for service in of_month {
        executions += service.fota_job_executions;
        messages += service.stored_device_messages;
        let locations = service.location_services.values();
        requests += locations.map(|used| used.requests).sum::<u64>();
    }
    let devices = usage.current_devices.total;
    [
        ("devices", devices, limits.devices),
        ("location requests of this month", requests, limits.monthly_location_service_requests),
        ("FOTA jobs of this month", executions, limits.monthly_fota_job_executions),
        ("stored messages of this month", messages, limits.monthly_stored_device_messages),
    ]
    .into_iter()
    .filter_map(|(what, used, limit)| Some(limit_of(what, used, limit?)))
    .collect()
}

fn limit_of(what: &str, used: u64, limit: u64) -> Finding {
    let message = format!("{what}: {used} of {limit}");
    let next = "a larger plan has no such limit; until then nRF Cloud refuses with code 40005";
    if used >= limit {
        Finding::error("cloud.limit-reached", ExitCode::CloudRefused, message).next(next)
    } else if used.saturating_mul(10) >= limit.saturating_mul(9) {
        Finding::warning("cloud.limit-near", message).next(next)
    } else {
        Finding::ok("cloud.limit", message)
    }
}

/// The device, and whether it can connect.
pub(super) fn device(device: &Device) -> Vec<Finding> {
    let since =
        device.meta.created_at.as_ref().map_or_else(String::new, |time| format!(", onboarded {time}"));
    let mut findings =
        vec![Finding::ok("cloud.device", format!("the team has the device {}{since}", device.id))];
    if device.cloud_mqtt_enabled == Some(false) {
        findings.push(
            Finding::warning("cloud.mqtt", "the device's certificate is not active for MQTT yet, which takes up to five minutes after onboarding")
                .next("wait, and look again"),
        );
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url() -> Url {
        "https://api.nrfcloud.com/v1".parse().unwrap()
    }

    /// A certificate that an authority of this name issued.
    fn issued_by(name: &str) -> Certificate {
        use pki::ca::{CaParams, CertificateAuthority, DeviceCertRequest};
        use pki::key::PrivateKey;
        use pki::subject::{Attribute, Subject};
        let now = SystemTime::now();
        let subject = Subject::new().with(Attribute::Organization, name).unwrap();
        let authority =
            CertificateAuthority::create(&CaParams::new(subject), PrivateKey::generate().unwrap(), now)
                .unwrap();
        let key = PrivateKey::generate().unwrap();
        authority.issue(&DeviceCertRequest::new("api", key.public_key()), now).unwrap()
    }

    #[test]
    fn a_proxy_that_is_trusted_and_reads_along_is_named() {
        let line = |name: &str| of_certificate(&url(), Some(&issued_by(name))).to_string();
        assert!(
            line("Amazon")
                .starts_with("ok[cloud.tls]: api.nrfcloud.com is there, with a certificate issued by ")
        );
        let intercepted = line("Example Corp TLS Proxy");
        assert!(intercepted.starts_with("warning[cloud.tls-intercepted]: "), "{intercepted}");
        assert!(intercepted.contains("/O=Example Corp TLS Proxy"), "{intercepted}");
    }

    #[test]
    fn a_certificate_that_is_refused_is_told_by_its_issuer_or_its_dates() {
        let certificate = issued_by("Example Corp");
        let line = |shown, now| refused_certificate(&url(), shown, "UnknownIssuer", now).to_string();
        let untrusted = line(Some(&certificate), SystemTime::now());
        assert!(untrusted.starts_with("error[cloud.tls-untrusted]: "), "{untrusted}");
        assert!(
            untrusted
                .contains("was issued by /O=Example Corp, which this host does not trust (UnknownIssuer)"),
            "{untrusted}"
        );
        let early = line(Some(&certificate), SystemTime::UNIX_EPOCH);
        assert!(early.starts_with("error[cloud.tls-dates]: "), "{early}");
        assert!(line(None, SystemTime::now()).starts_with("error[cloud.tls-refused]: "));
    }

    #[test]
    fn limits_are_near_or_reached() {
        let limits_of: PlanLimits = serde_json::from_str(
            r#"{"devices":10,"monthlyLocationServiceRequests":100,"monthlyFOTAJobExecutions":50}"#,
        )
        .unwrap();
        let usage: ApiUsageSummary = serde_json::from_str(
            r#"{"currentDevices":{"total":10},"services":[
                {"date":"2026-11-01","locationServices":{"AGPS":{"requests":60}}},
                {"date":"2026-11-02","locationServices":{"AGPS":{"requests":30},"MCELL":{"requests":1}}},
                {"date":"2026-10-31","locationServices":{"AGPS":{"requests":900}}}]}"#,
        )
        .unwrap();
        let lines: Vec<String> =
            limits(&limits_of, &usage, "2026-11").iter().map(ToString::to_string).collect();
        assert!(lines[0].starts_with("error[cloud.limit-reached]: devices: 10 of 10\n"), "{lines:?}");
        assert!(
            lines[1].starts_with("warning[cloud.limit-near]: location requests of this month: 91 of 100\n"),
            "{lines:?}"
        );
        assert_eq!(lines[2], "ok[cloud.limit]: FOTA jobs of this month: 0 of 50");
    }

    #[test]
    fn a_viewer_and_a_device_without_mqtt_are_told() {
        let account: AccountInfo = serde_json::from_str(
            r#"{"team":{"tenantId":"t","name":"ours"},"role":"viewer","plan":{"name":"PRO"}}"#,
        )
        .unwrap();
        let lines: Vec<String> = team(&account).iter().map(ToString::to_string).collect();
        assert_eq!(
            lines[0],
            "ok[cloud.team]: the API key is that of the team \"ours\" t, role viewer, plan PRO"
        );
        assert!(lines[1].starts_with("warning[cloud.role]: "), "{lines:?}");
        let found: Device = serde_json::from_str(r#"{"id":"x","cloudMqttEnabled":false}"#).unwrap();
        assert!(device(&found)[1].to_string().starts_with("warning[cloud.mqtt]: "));
    }

    #[test]
    fn maintenance_is_told() {
        let status: SystemStatus = serde_json::from_str(r#"{"status":"offline"}"#).unwrap();
        let peer = Peer::default();
        let (findings, is_there) = way(&url(), &peer, Ok(status), SystemTime::now());
        assert!(is_there && findings[1].to_string().starts_with("warning[cloud.maintenance]: "));
    }
}
