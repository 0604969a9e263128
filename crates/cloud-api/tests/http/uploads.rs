//! OnboardDevices, RegisterPublicKeys, RegisterCertificates, OnboardDevice.

use cloud_api::onboarding::{ContentType, Credential, CsvBody, OnboardingToken};
use cloud_api::uploads::OnboardDevice;
use cloud_api::{DeviceId, FirmwareType};

use crate::server::{BULK_ID, KEY, Server, accepted, json, reply};

const PUBLIC_KEY: &str = "-----BEGIN PUBLIC KEY-----\nMAMCAQE=\n-----END PUBLIC KEY-----\n";

#[tokio::test]
async fn onboard_devices_sends_the_rows_as_they_are() {
    let server = Server::always(accepted()).await;
    let csv = "a,,,,\"x\n\"";
    let id = server.client().onboard_devices(csv).await.unwrap();
    assert_eq!(id.as_str(), BULK_ID);

    let request = server.request();
    assert_eq!((request.method.as_str(), request.target.as_str()), ("POST", "/v1/devices"));
    assert_eq!(request.header("authorization"), Some(format!("Bearer {KEY}").as_str()));
    assert_eq!(request.header("content-type"), Some("text/csv"));
    assert_eq!(request.header("accept"), Some("application/json"));
    assert_eq!(request.header("user-agent"), Some(concat!("nrfcloud-rs/", env!("CARGO_PKG_VERSION"))));
    assert_eq!(request.body, csv.as_bytes());
}

#[tokio::test]
async fn the_body_that_the_guide_prints() {
    let fixtures = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/guide");
    let csv = std::fs::read(format!("{fixtures}/onboard.csv")).unwrap();
    let printed = std::fs::read_to_string(format!("{fixtures}/onboard.csv.b64")).unwrap();

    let server = Server::always(accepted()).await;
    server.client().onboard_devices(CsvBody::base64(csv)).await.unwrap();
    let request = server.request();
    assert_eq!(request.header("content-type"), Some("text/csv"));
    assert_eq!(String::from_utf8(request.body).unwrap(), printed.trim_end());
}

#[tokio::test]
async fn register_public_keys_under_another_content_type() {
    let server = Server::always(accepted()).await;
    let body = CsvBody::new("a,\"k\n\"").with_content_type(ContentType::OctetStream);
    server.client().register_public_keys(body).await.unwrap();
    let request = server.request();
    assert_eq!((request.method.as_str(), request.target.as_str()), ("POST", "/v1/devices/public-keys"));
    assert_eq!(request.header("content-type"), Some("application/octet-stream"));
}

#[tokio::test]
async fn onboard_device_leaves_out_what_is_empty() {
    let server = Server::always(reply(202, &[], "")).await;
    let id: DeviceId = "nrf:1".parse().unwrap();
    let mut device = OnboardDevice::new(PUBLIC_KEY.parse::<Credential>().unwrap());
    server.client().onboard_device(&id, &device).await.unwrap();
    let request = server.request();
    assert_eq!((request.method.as_str(), request.target.as_str()), ("POST", "/v1/devices/nrf:1"));
    assert_eq!(request.header("content-type"), Some("application/json"));
    assert_eq!(
        String::from_utf8(request.body).unwrap(),
        serde_json::json!({ "certificate": PUBLIC_KEY }).to_string()
    );

    let server = Server::always(reply(202, &[], "")).await;
    device.sub_type = Some("sensor".parse().unwrap());
    device.tags = vec!["lab".parse().unwrap()];
    device.supported_firmware_types = vec![FirmwareType::App, FirmwareType::Custom];
    server.client().onboard_device(&id, &device).await.unwrap();
    assert_eq!(
        serde_json::from_slice::<serde_json::Value>(&server.request().body).unwrap(),
        serde_json::json!({
            "certificate": PUBLIC_KEY, "subType": "sensor", "tags": ["lab"],
            "supportedFirmwareTypes": ["APP", "CUSTOM"],
        })
    );
}

#[tokio::test]
async fn register_certificates_sends_the_rows_as_they_are() {
    let server = Server::always(accepted()).await;
    server.client().register_certificates("a,\"c\n\"").await.unwrap();
    let request = server.request();
    assert_eq!((request.method.as_str(), request.target.as_str()), ("POST", "/v1/devices/certificates"));
    assert_eq!(request.header("content-type"), Some("text/csv"));
    assert_eq!(request.body, b"a,\"c\n\"");
}

#[tokio::test]
async fn an_nrf93m1_is_onboarded_by_its_token() {
    let server = Server::always(reply(201, &[], "")).await;
    let id: DeviceId = "50363154-3931-44f0-8022-121b6401627d".parse().unwrap();
    let mut device = OnboardDevice::new("eyJh.eyJz.c2ln".parse::<OnboardingToken>().unwrap());
    device.sub_type = Some("nRF93M1".parse().unwrap());
    device.tags = vec!["nRF93M1-EK".parse().unwrap()];
    device.supported_firmware_types = vec![FirmwareType::Modem];
    assert!(!format!("{device:?}").contains("eyJ"), "{device:?}");
    server.client().onboard_device(&id, &device).await.unwrap();
    assert_eq!(
        serde_json::from_slice::<serde_json::Value>(&server.request().body).unwrap(),
        serde_json::json!({
            "onboardingToken": "eyJh.eyJz.c2ln", "subType": "nRF93M1", "tags": ["nRF93M1-EK"],
            "supportedFirmwareTypes": ["MODEM"],
        })
    );
}

#[tokio::test]
async fn an_upload_is_never_sent_twice() {
    for status in [429, 502, 503, 504] {
        let server = Server::always(json(status, r#"{"message":"later"}"#)).await;
        let error = server.client().onboard_devices("x").await.unwrap_err();
        assert_eq!(error.status(), Some(status));
        assert_eq!(error.may_have_been_taken(), status >= 500);
        server.request();
    }
}

#[tokio::test]
async fn a_success_without_a_usable_id_is_an_error_that_says_so() {
    let server = Server::always(json(202, r#"{"bulkOpsRequestId":"12"}"#)).await;
    let error = server.client().onboard_devices("x").await.unwrap_err();
    assert!(error.may_have_been_taken());
    assert_eq!(
        error.to_string(),
        "OnboardDevices: cannot read the answer at \"bulkOpsRequestId\": bulk operation ID \"12\": \
         has 2 characters where 26 are allowed; the rule is ^[0-9A-HJKMNP-TV-Z]{26}$ \
         at line 1 column 25 (status 202)"
    );
    let server = Server::always(reply(202, &[], "")).await;
    assert_eq!(
        server.client().onboard_devices("x").await.unwrap_err().to_string(),
        "OnboardDevices: answered with an empty body, not JSON (status 202)"
    );
    let server = Server::always(json(200, "{}")).await;
    assert_eq!(
        server.client().onboard_devices("x").await.unwrap_err().to_string(),
        "OnboardDevices: the status is not one that this operation gives (status 200)"
    );
}
