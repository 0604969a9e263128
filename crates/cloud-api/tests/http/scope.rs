//! For whom a client speaks, and where to: teams, projects, tokens that are signed when they are needed.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use cloud_api::agnss::ElementType;
use cloud_api::assistance::{AssistanceRequest, Mnc};
use cloud_api::credentials::FreshToken;
use cloud_api::devices::ListDevices;
use cloud_api::error::{Error, RequestError};
use cloud_api::location::{FixOptions, GetLocationHistory, GroundFixRequest, LteCell};
use cloud_api::prediction::PredictionRequest;
use cloud_api::{Client, DeviceId, JwtSource, OrganizationToken, Project, Scope, Token, Url};

use crate::server::{Server, json, quick, reply};

fn project() -> Project {
    let token = OrganizationToken::new("oat_1234").unwrap();
    Project::new("acme".parse().unwrap(), "nrf-project".parse().unwrap(), token)
}

fn ground_fix() -> GroundFixRequest {
    LteCell::new(242, Mnc::try_from(2).unwrap(), 2305, 33_703_712).unwrap().into()
}

fn device() -> DeviceId {
    "nrf-1".parse().unwrap()
}

#[tokio::test]
async fn location_services_have_an_address_below_a_project() {
    let server = Server::always(json(200, r#"{"lat":1,"lon":2,"uncertainty":3}"#)).await;
    let tenant = "f183b251-25aa-4b61-97b5-473f730214ca".parse().unwrap();
    let client = server.client().with_credentials(Scope::Project(project().with_tenant_id(tenant)));
    let fix = client
        .get_location_from_cells_or_wifi_networks(&ground_fix(), &FixOptions::default())
        .await
        .unwrap()
        .unwrap();
    assert_eq!((fix.lat, fix.lon, fix.uncertainty, fix.fulfilled_with), (1.0, 2.0, 3.0, None));
    let request = server.request();
    assert_eq!(request.method, "POST");
    assert_eq!(request.target, "/v1/organizations/acme/projects/nrf-project/location/ground-fix");
    assert_eq!(request.header("authorization"), Some("Bearer oat_1234"));
    assert_eq!(request.header("x-nrfcloud-tenantid"), Some("f183b251-25aa-4b61-97b5-473f730214ca"));
}

#[tokio::test]
async fn assistance_and_predictions_too_and_without_a_tenant_none_is_named() {
    let server = Server::start(|_, number, _| match number {
        0 => reply(200, &[], [1; 8]),
        _ => json(200, r#"{"host":"h","path":"p"}"#),
    })
    .await;
    let client = server.client().with_credentials(project());
    let request = AssistanceRequest::new().types([ElementType::GpsUtc]);
    client.get_assistance_data(&request, None).await.unwrap();
    client.get_prediction_data(&PredictionRequest::default()).await.unwrap();
    let targets: Vec<String> = server.requests().into_iter().map(|request| request.target).collect();
    assert_eq!(
        targets,
        [
            "/v1/organizations/acme/projects/nrf-project/location/agnss",
            "/v1/organizations/acme/projects/nrf-project/location/pgnss"
        ]
    );
    assert_eq!(server.requests()[0].header("x-nrfcloud-tenantid"), None);
}

#[tokio::test]
async fn what_has_no_known_address_below_a_project_is_not_sent() {
    let server = Server::always(json(200, "{}")).await;
    let client = server.client().with_credentials(project());
    let refused = |error: Error| {
        assert!(!error.may_have_been_taken() && !error.is_transient());
        assert_eq!((error.status(), error.code()), (None, None));
        error.to_string()
    };
    let why = "has no known address below a project; it needs an API key or a device's token";
    assert_eq!(
        refused(client.list_devices(&ListDevices::default()).await.unwrap_err()),
        format!("ListDevices {why}")
    );
    assert_eq!(
        refused(client.get_location_history(&GetLocationHistory::default()).await.unwrap_err()),
        format!("GetLocationHistory {why}")
    );
    assert_eq!(refused(client.onboard_devices("x").await.unwrap_err()), format!("OnboardDevices {why}"));
    let token = "2dn3.0oRD".parse().unwrap();
    assert_eq!(refused(client.check_claim(&token).await.unwrap_err()), format!("ClaimDeviceOwnership {why}"));
    assert!(server.requests().is_empty());

    client.get_system_status().await.unwrap();
    let request = server.request();
    assert_eq!((request.target.as_str(), request.header("authorization")), ("/v1/status", None));
}

#[tokio::test]
async fn a_source_signs_once_for_many_requests_and_again_when_told() {
    let server = Server::always(json(200, r#"{"id":"nrf-1"}"#)).await;
    let count = Arc::new(AtomicU32::new(0));
    let calls = Arc::clone(&count);
    let source = JwtSource::new(move || {
        let number = calls.fetch_add(1, Ordering::Relaxed);
        let token = Token::new(format!("a.b.{number}")).unwrap();
        Ok::<_, io::Error>(FreshToken::valid_for(token, Duration::from_secs(300)))
    });
    let client = server.client().with_credentials(source.clone());
    client.fetch_device(&device()).await.unwrap();
    client.clone().fetch_device(&device()).await.unwrap();
    source.forget();
    client.fetch_device(&device()).await.unwrap();
    let sent: Vec<_> =
        server.requests().iter().map(|request| request.header("authorization").map(str::to_owned)).collect();
    assert_eq!(sent, ["Bearer a.b.0", "Bearer a.b.0", "Bearer a.b.1"].map(|text| Some(text.to_owned())));
    assert_eq!(count.load(Ordering::Relaxed), 2);
}

#[tokio::test]
async fn a_source_that_cannot_sign_is_told_with_its_own_error_and_nothing_is_sent() {
    let server = Server::always(json(200, "{}")).await;
    let source = JwtSource::new(|| Err(io::Error::new(io::ErrorKind::TimedOut, "the modem is silent")));
    let error = server.client().with_credentials(source).fetch_device(&device()).await.unwrap_err();
    assert_eq!(error.to_string(), "FetchDevice was not sent");
    assert!(!error.may_have_been_taken());
    let Error::Request(RequestError::Signing { error, .. }) = error else { panic!("{error:?}") };
    assert_eq!(error.downcast_ref::<io::Error>().unwrap().to_string(), "the modem is silent");
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn a_proxy_names_the_device_that_it_asks_for() {
    let server = Server::always(json(200, r#"{"lat":1,"lon":2,"uncertainty":3}"#)).await;
    let client = server.client().with_credentials(Token::new("a.b.c").unwrap());
    let options = FixOptions { device_id: Some(device()), ..FixOptions::default() };
    client.get_location_from_cells_or_wifi_networks(&ground_fix(), &options).await.unwrap();
    let request = server.request();
    assert_eq!(request.header("x-custom-device-id"), Some("nrf-1"));
    assert_eq!(request.target, "/v1/location/ground-fix");
}

#[tokio::test]
async fn without_a_reply_there_is_no_position() {
    let server = Server::always(reply(200, &[], "")).await;
    let options = FixOptions { do_reply: Some(false), ..FixOptions::default() };
    let fix =
        server.client().get_location_from_cells_or_wifi_networks(&ground_fix(), &options).await.unwrap();
    assert_eq!(fix, None);
    assert_eq!(server.request().target, "/v1/location/ground-fix?doReply=false");
}

#[tokio::test]
async fn the_provisioning_service_may_be_elsewhere() {
    let api = Server::always(json(200, "{}")).await;
    let service = Server::always(json(200, r#"{"items":[]}"#)).await;
    let client = quick(Client::builder())
        .base_url(api.url.clone())
        .provisioning_url(service.url.clone())
        .build()
        .unwrap();
    client.list_provisioning_rules(&Default::default()).await.unwrap();
    assert_eq!(service.request().target, "/v1/provisioning-rules");
    assert!(api.requests().is_empty());

    let default = Client::builder().build().unwrap();
    assert_eq!(default.provisioning_url().as_str(), "https://api.provisioning.nrfcloud.com/v1");
    let bad: Url = "ftp://h".parse().unwrap();
    assert!(Client::builder().provisioning_url(bad).build().is_err());
}
