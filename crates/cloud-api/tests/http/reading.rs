//! FetchDevice, ListDevices, FetchAccountInfo, and the answers that were captured from nRF Cloud.

use std::path::PathBuf;

use cloud_api::account::{AccountInfo, Role};
use cloud_api::bulk::{BulkOpsRequest, BulkStatus};
use cloud_api::devices::{Device, ListDevices};
use cloud_api::page::{Page, PageLimit};
use serde::de::DeserializeOwned;

use crate::server::{Server, json};

#[tokio::test]
async fn fetch_device_and_list_devices() {
    let server = Server::start(|_, _, request| match request.target.as_str() {
        "/v1/devices/nrf-1" => {
            json(200, r#"{"id":"nrf-1","state":{"desired":{"pairing":{"state":"paired"}},"version":3}}"#)
        }
        _ => json(200, r#"{"items":[{"id":"nrf-1"},{"id":"nrf-2","type":"Toaster"}],"pageNextToken":"t"}"#),
    })
    .await;
    let client = server.client();
    let device = client.fetch_device(&"nrf-1".parse().unwrap()).await.unwrap();
    assert_eq!(device.is_paired(), Some(true));

    let query = ListDevices {
        include_state: true,
        page_limit: Some(PageLimit::try_from(2).unwrap()),
        device_ids: vec!["nrf-1".parse().unwrap(), "nrf-2".parse().unwrap()],
        ..ListDevices::default()
    };
    let page = client.list_devices(&query).await.unwrap();
    assert_eq!(page.items[1].device_type.as_deref(), Some("Toaster"));
    assert_eq!(page.page_next_token.as_deref(), Some("t"));
    assert_eq!(
        server.requests()[1].target,
        "/v1/devices?includeState=true&pageLimit=2&deviceIds=nrf-1%2Cnrf-2"
    );
}

#[tokio::test]
async fn fetch_account_info() {
    let server =
        Server::always(json(200, r#"{"team":{"tenantId":"t"},"role":"emperor","plan":{"name":"PRO"}}"#))
            .await;
    let account = server.client().fetch_account_info().await.unwrap();
    assert_eq!(account.team.tenant_id, "t");
    assert_eq!(account.role, Some(Role::Other("emperor".to_owned())));
    assert_eq!(server.request().target, "/v1/account");
}

#[test]
fn captured_answers() {
    let Some(folder) = vectors() else { return };
    let read = |path: &str| std::fs::read_to_string(folder.join(path)).unwrap();

    let device: Device = parse(&read("openapi-2025/generic_device.json"));
    assert_eq!(device.id.as_str(), "nrf-123456789012345");
    assert_eq!(device.firmware.as_ref().unwrap().supports, ["BOOT", "APP", "MODEM", "SOFTDEVICE"]);
    assert_eq!(device.cloud_mqtt_enabled, Some(false));
    assert_eq!(device.is_paired(), Some(true));

    let page: Page<Device> = parse(&read("hello-nrfcloud/list_devices_with_state.json"));
    assert_eq!(page.items[0].state.as_ref().unwrap().version, Some(8835));
    assert_eq!(page.total, Some(1));

    let account: AccountInfo = parse(&read("nrfcloud-api-helpers/account.json"));
    assert_eq!(account.role, Some(Role::Owner));
    assert_eq!(account.user_id, None);
    let plan = account.plan.unwrap();
    assert_eq!((plan.name.as_str(), plan.current_month_total_cost), ("ENTERPRISE", Some(24.03)));

    let request: BulkOpsRequest = parse(&read("openapi-2025/bulk_ops_request_details.json"));
    assert_eq!(request.status, BulkStatus::Succeeded);

    let errors = cloud_api::bulk::ErrorFile::parse(read("generated/errors-new-format.json").as_bytes());
    assert_eq!(errors.rows.iter().map(|error| error.row).collect::<Vec<_>>(), [0, 2]);
    assert!(errors.unparsed.is_empty());
}

fn parse<T: DeserializeOwned>(text: &str) -> T {
    serde_json::from_str(text).unwrap()
}

fn vectors() -> Option<PathBuf> {
    let folder = std::env::var_os("NRFCLOUD_VECTORS").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/vectors")),
        PathBuf::from,
    );
    if !folder.is_dir() {
        eprintln!("SKIPPED: no captured data in {} (set NRFCLOUD_VECTORS)", folder.display());
        return None;
    }
    Some(folder)
}
