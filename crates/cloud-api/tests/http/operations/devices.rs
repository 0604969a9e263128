//! Devices: read, list, change, delete, associate.

use cloud_api::FirmwareType;
use cloud_api::devices::{DeviceImage, DeviceType, ListDeviceTags, ListDevices, StateChange};
use cloud_api::onboarding::Credential;
use cloud_api::page::{PageLimit, PageSort};
use cloud_api::uploads::OnboardDevice;

use super::{Operation, operation};
use crate::server::{json, reply};

const DEVICE: &str = r#"{"id":"nrf-1"}"#;
const EMPTY: &str = r#"{"items":[]}"#;
const PUBLIC_KEY: &str = "-----BEGIN PUBLIC KEY-----\nMAMCAQE=\n-----END PUBLIC KEY-----\n";

pub(crate) fn operations() -> Vec<Operation> {
    vec![
        operation!("FetchDevice", "GET /v1/devices/nrf-1", json(200, DEVICE), |client| client
            .fetch_device(&"nrf-1".parse().unwrap())),
        operation!(
            "FetchDevice",
            "GET /v1/devices/nrf-1?transform=state.desired",
            json(200, r#"{"pairing":{}}"#),
            |client| client.fetch_device_transformed(&"nrf-1".parse().unwrap(), "state.desired")
        ),
        operation!("ListDevices", "GET /v1/devices", json(200, EMPTY), |client| client
            .list_devices(&ListDevices::default())),
        operation!(
            "ListDevices",
            "GET /v1/devices?includeState=true&includeStateMeta=true&pageSort=desc&pageLimit=10\
             &pageNextToken=a%2Fb%2Bc%252F&deviceIds=a%2Cb&deviceIdentifiers=imei&tags=t%2Cu\
             &firmwareSupport=APP&firmwareSupport=MODEM&firmwareSupportExclude=BOOT&deviceTypes=Generic\
             &subTypes=x%2Cy&deviceNameFuzzy=kj%C3%B8kken",
            json(200, EMPTY),
            |client| client.list_devices(&ListDevices {
                include_state: true,
                include_state_meta: true,
                page_sort: Some(PageSort::Descending),
                page_limit: PageLimit::try_from(10).ok(),
                page_next_token: Some("a/b+c%2F".to_owned()),
                device_ids: vec!["a".parse().unwrap(), "b".parse().unwrap()],
                device_identifiers: vec!["imei".to_owned()],
                tags: vec!["t".parse().unwrap(), "u".parse().unwrap()],
                firmware_support: vec![FirmwareType::App, FirmwareType::Modem],
                firmware_support_exclude: vec![FirmwareType::Boot],
                device_types: vec![DeviceType::Generic],
                sub_types: vec!["x,y".parse().unwrap()],
                name_like: Some("kjøkken".to_owned()),
            })
        ),
        operation!(
            "ListDevices",
            "GET /v1/devices?pageLimit=100&transform=id",
            json(200, r#"{"items":["nrf-1",null]}"#),
            |client| client.list_devices_transformed(
                &ListDevices { page_limit: Some(PageLimit::MAX), ..ListDevices::default() }.transformed("id")
            )
        ),
        operation!("ListDeviceTags", "GET /v1/devices/tags?pageLimit=100", json(200, EMPTY), |client| client
            .list_device_tags(&ListDeviceTags::default())),
        operation!(
            "ListDeviceTags",
            "GET /v1/devices/tags?pageLimit=100&transform=%24count%28items%29",
            json(200, r#"{"items":[3]}"#),
            |client| client
                .list_device_tags_transformed(&ListDeviceTags::default().transformed("$count(items)"))
        ),
        operation!("DeleteDevice", "DELETE /v1/devices/nrf-1", reply(202, &[], ""), |client| client
            .delete_device(&"nrf-1".parse().unwrap(), None)),
        operation!(
            "DeleteDevice",
            "DELETE /v1/devices/nrf-1",
            "text/plain" "123456",
            reply(202, &[], ""),
            |client| client.delete_device(&"nrf-1".parse().unwrap(), Some("123456"))
        ),
        operation!(
            "UpdateDeviceState",
            "PATCH /v1/devices/nrf-1/state",
            "application/json" r#"{"desired":{"config":{"interval":60,"old":null}}}"#,
            reply(202, &[], ""),
            |client| client.update_device_state(
                &"nrf-1".parse().unwrap(),
                &StateChange::desired(serde_json::json!({"config": {"interval": 60, "old": null}})),
                None
            )
        ),
        operation!(
            "UpdateDeviceName",
            "PUT /v1/devices/nrf-1/name",
            "application/json" "\"Kjøkken\"",
            reply(202, &[], ""),
            |client| client.update_device_name(&"nrf-1".parse().unwrap(), &"Kjøkken".parse().unwrap())
        ),
        operation!(
            "UpdateDeviceTags",
            "PUT /v1/devices/nrf-1/tags",
            "application/json" r#"["lab","site.1"]"#,
            reply(202, &[], ""),
            |client| client.update_device_tags(
                &"nrf-1".parse().unwrap(),
                &["lab".parse().unwrap(), "site.1".parse().unwrap()]
            )
        ),
        operation!(
            "UpdateDeviceImage",
            "PUT /v1/devices/nrf-1/image?sourceUrl=https%3A%2F%2Fexample.com%2Fa.png",
            reply(202, &[], ""),
            |client| client.update_device_image(
                &"nrf-1".parse().unwrap(),
                &DeviceImage::At("https://example.com/a.png".parse().unwrap())
            )
        ),
        operation!(
            "UpdateDeviceImage",
            "PUT /v1/devices/nrf-1/image",
            "application/json" "\"iVBORw==\"",
            reply(202, &[], ""),
            |client| client.update_device_image(
                &"nrf-1".parse().unwrap(),
                &DeviceImage::Bytes(b"\x89PNG".to_vec())
            )
        ),
        operation!("DeleteDeviceImage", "DELETE /v1/devices/nrf-1/image", reply(202, &[], ""), |client| {
            client.delete_device_image(&"nrf-1".parse().unwrap())
        }),
        operation!(
            "AssociateDevice",
            "PUT /v1/association/nrf-1?subType=sensor",
            "text/plain" "123456",
            reply(202, &[], ""),
            |client| client.associate_device(
                &"nrf-1".parse().unwrap(),
                "123456",
                Some(&"sensor".parse().unwrap())
            )
        ),
        operation!(
            "OnboardDevice",
            "POST /v1/devices/nrf-1",
            "application/json" serde_json::json!({ "certificate": PUBLIC_KEY }),
            reply(202, &[], ""),
            |client| client.onboard_device(
                &"nrf-1".parse().unwrap(),
                &OnboardDevice::new(PUBLIC_KEY.parse::<Credential>().unwrap())
            )
        ),
    ]
}
