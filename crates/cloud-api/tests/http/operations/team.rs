//! Account, alerts, messages, team devices, and the service itself.

use cloud_api::account::{ListApiUsage, ListInvoices};
use cloud_api::alerts::{AlertStatus, ListDeviceAlerts};
use cloud_api::bulk::{BulkStatus, ListBulkOpsRequests};
use cloud_api::messages::{ListMessages, MessageFilter, OutgoingMessage};
use cloud_api::page::{PageLimit, PageSort};

use super::{Operation, operation};
use crate::server::{json, reply};

const ID: &str = "bc631093-7f7c-4c1b-aa63-a68c759bcd5c";
const EMPTY: &str = r#"{"items":[]}"#;
const ALERT: &str = r#"{"id":"bc631093-7f7c-4c1b-aa63-a68c759bcd5c","deviceId":"nrf-1","status":"ACTIVE"}"#;
const CERTIFICATE: &str = r#"{"clientId":"account-1","caCert":"a","clientCert":"b"}"#;
const BULK: &str = r#"{"bulkOpsRequestId":"01EZZJVDQJPWT7V4FWNVDHNMM5","endpoint":"ONBOARD_DEVICES",
    "status":"PENDING","requestedAt":"2022-11-29T00:56:40.337Z"}"#;

pub(crate) fn operations() -> Vec<Operation> {
    vec![
        operation!(
            "FetchAccountInfo",
            "GET /v1/account",
            json(200, r#"{"team":{"tenantId":"t"}}"#),
            |client| client.fetch_account_info()
        ),
        operation!(
            "FetchApiUsageSummary",
            "GET /v1/account/usage/summary",
            json(200, r#"{"currentDevices":{"total":2},"services":[]}"#),
            |client| client.fetch_api_usage_summary()
        ),
        operation!(
            "GenerateServiceEvaluationToken",
            "POST /v1/account/service-evaluation-token",
            json(200, r#"{"expires":"2021-10-28T18:10:40.000Z","token":"a.b.c"}"#),
            |client| client.generate_service_evaluation_token()
        ),
        operation!(
            "GenerateServiceKeyAndToken",
            "POST /v1/account/service-key-and-token",
            json(200, r#"{"key":"-----BEGIN","token":"a.b.c"}"#),
            |client| client.generate_service_key_and_token()
        ),
        operation!(
            "GetServiceEvaluationToken",
            "GET /v1/account/service-evaluation-token",
            json(200, r#"{"expires":"2021-10-28T18:10:40.000Z","token":"a.b.c"}"#),
            |client| client.get_service_evaluation_token()
        ),
        operation!(
            "GetServiceToken",
            "GET /v1/account/service-token",
            json(200, r#"{"createdAt":"2021-10-28T18:10:40.000Z","token":"a.b.c"}"#),
            |client| client.get_service_token()
        ),
        operation!(
            "ListApiUsage",
            "GET /v1/account/usage?inclusiveStart=2026-10&exclusiveEnd=2026-11&pageSort=asc&pageLimit=5",
            json(200, EMPTY),
            |client| client.list_api_usage(&ListApiUsage {
                page_sort: Some(PageSort::Ascending),
                page_limit: PageLimit::try_from(5).ok(),
                ..ListApiUsage::between("2026-10", "2026-11")
            })
        ),
        operation!("ListInvoices", "GET /v1/account/invoices?pageLimit=100", json(200, EMPTY), |client| {
            client.list_invoices(&ListInvoices { page_limit: Some(PageLimit::MAX), page_next_token: None })
        }),
        operation!("ListTags", "GET /v1/account/tags", json(200, EMPTY), |client| client
            .list_tags(&Default::default())),
        operation!(
            "ListDeviceAlerts",
            "GET /v1/alerts?deviceIds=a%2Cb&status=ARCHIVED&pageSort=desc",
            json(200, EMPTY),
            |client| client.list_device_alerts(&ListDeviceAlerts {
                device_ids: vec!["a".parse().unwrap(), "b".parse().unwrap()],
                status: Some(AlertStatus::Archived),
                page_sort: Some(PageSort::Descending),
                ..ListDeviceAlerts::default()
            })
        ),
        operation!(
            "ArchiveDeviceAlert",
            "PATCH /v1/alerts/bc631093-7f7c-4c1b-aa63-a68c759bcd5c/archive",
            json(200, ALERT),
            |client| client.archive_device_alert(&ID.parse().unwrap())
        ),
        operation!(
            "RestoreDeviceAlert",
            "PATCH /v1/alerts/bc631093-7f7c-4c1b-aa63-a68c759bcd5c/restore",
            json(200, ALERT),
            |client| client.restore_device_alert(&ID.parse().unwrap())
        ),
        operation!(
            "ListMessages",
            "GET /v1/messages?deviceId=nrf-1&appId=TEMP&inclusiveStart=2026-01-01T00%3A00%3A00.000Z",
            json(200, EMPTY),
            |client| client.list_messages(&ListMessages {
                filter: MessageFilter::DeviceAndApp("nrf-1".parse().unwrap(), "TEMP".to_owned()),
                inclusive_start: Some("2026-01-01T00:00:00.000Z".to_owned()),
                ..ListMessages::default()
            })
        ),
        operation!("ListMessages", "GET /v1/messages?topic=d%2Fnrf-1%2Fd2c", json(200, EMPTY), |client| {
            client.list_messages(&ListMessages {
                filter: MessageFilter::Topic("d/nrf-1/d2c".to_owned()),
                ..ListMessages::default()
            })
        }),
        operation!(
            "SendDeviceMessage",
            "POST /v1/devices/nrf-1/messages",
            "application/json" r#"{"topic":"d/nrf-1/d2c","message":{"appId":"TEMP","data":"21"}}"#,
            reply(202, &[], ""),
            |client| client.send_device_message(&"nrf-1".parse().unwrap(), &OutgoingMessage {
                topic: Some("d/nrf-1/d2c".to_owned()),
                message: serde_json::json!({"appId": "TEMP", "data": "21"}),
            })
        ),
        operation!("CreateTeamDevice", "POST /v1/devices/mqtt-team", json(201, CERTIFICATE), |client| client
            .create_team_device()),
        operation!(
            "GetTeamDeviceCertificate",
            "GET /v1/devices/mqtt-team/account-1",
            json(200, CERTIFICATE),
            |client| client.get_team_device_certificate(&"account-1".parse().unwrap())
        ),
        operation!(
            "RotateTeamDeviceCertificate",
            "PATCH /v1/devices/mqtt-team/account-1",
            json(201, CERTIFICATE),
            |client| client.rotate_team_device_certificate(&"account-1".parse().unwrap())
        ),
        operation!(
            "DeleteTeamDevice",
            "DELETE /v1/devices/mqtt-team/account-1",
            reply(202, &[], ""),
            |client| client.delete_team_device(&"account-1".parse().unwrap())
        ),
        operation!("GetSystemStatus", "GET /v1/status", json(200, r#"{"status":"online"}"#), |client| client
            .get_system_status()),
        operation!(
            "FetchOpenApiSpec",
            "GET /v1/openapi.json",
            json(200, r#"{"openapi":"3.0.0"}"#),
            |client| client.fetch_open_api_spec()
        ),
        operation!(
            "FetchBinaryLogsUrl",
            "GET /v1/binary-logs/url?deviceId=nrf-1&start=2026-01-01T00%3A00%3A00Z",
            json(200, r#"{"url":"https://example.com/x.zip","contentLength":12}"#),
            |client| client.fetch_binary_logs_url(
                &"nrf-1".parse().unwrap(),
                Some("2026-01-01T00:00:00Z"),
                None
            )
        ),
        operation!(
            "FetchBulkOpsRequest",
            "GET /v1/bulk-ops-requests/01EZZJVDQJPWT7V4FWNVDHNMM5",
            json(200, BULK),
            |client| client.fetch_bulk_ops_request(&"01EZZJVDQJPWT7V4FWNVDHNMM5".parse().unwrap())
        ),
        operation!(
            "ListBulkOpsRequests",
            "GET /v1/bulk-ops-requests?status=FAILED&pageLimit=100",
            json(200, EMPTY),
            |client| client.list_bulk_ops_requests(&ListBulkOpsRequests {
                status: Some(BulkStatus::Failed),
                page_limit: Some(PageLimit::MAX),
                ..ListBulkOpsRequests::default()
            })
        ),
    ]
}
