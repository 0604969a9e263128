//! FetchDevice, ListDevices, FetchAccountInfo: what is made of their answers.

use cloud_api::account::Role;
use cloud_api::devices::ListDevices;
use cloud_api::page::PageLimit;

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
