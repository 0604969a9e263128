//! The answers and requests that were captured from nRF Cloud, its documents and Nordic's own tests.

#[path = "../vectors/folder.rs"]
mod folder;

use std::path::PathBuf;

use cloud_api::account::{AccountInfo, Role, ServiceEvaluationToken};
use cloud_api::bulk::{BulkOpsRequest, BulkStatus, ErrorFile};
use cloud_api::devices::{Device, DeviceState, StateChange};
use cloud_api::error::ServiceError;
use cloud_api::firmware::Firmware;
use cloud_api::fota::{ExecutionStatus, FotaJob, FotaJobExecution, FotaJobStatus};
use cloud_api::location::{
    AccessPoints, CellRequest, Coordinates, GeoAddress, GnssPosition, GroundFix, GroundFixRequest,
    LocationRecord, LocationSource, MacAddress, Place, Position, RecordSource,
};
use cloud_api::page::Page;
use cloud_api::prediction::PredictionFile;
use cloud_api::provisioning::ClaimedDevice;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use folder::folder;

struct Vectors(PathBuf);

impl Vectors {
    fn open() -> Option<Self> {
        folder().map(Self)
    }

    fn text(&self, path: &str) -> String {
        std::fs::read_to_string(self.0.join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    fn read<T: DeserializeOwned>(&self, path: &str) -> T {
        serde_json::from_str(&self.text(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// The member `data` of an MQTT or CoAP message, which is the body of the same thing by REST.
    fn data(&self, path: &str) -> Value {
        self.read::<Value>(&format!("application-protocols/{path}"))["data"].clone()
    }
}

fn from<T: DeserializeOwned>(value: &Value) -> T {
    serde_json::from_value(value.clone()).unwrap_or_else(|error| panic!("{value}: {error}"))
}

/// Reading and writing again loses nothing and adds nothing.
fn is_kept<T: DeserializeOwned + Serialize>(value: &Value) {
    let typed: T = from(value);
    assert_eq!(serde_json::to_value(&typed).unwrap(), *value);
}

#[test]
fn devices() {
    let Some(vectors) = Vectors::open() else { return };
    let device: Device = vectors.read("openapi-2025/generic_device.json");
    assert_eq!(device.id.as_str(), "nrf-123456789012345");
    assert_eq!(device.firmware.as_ref().unwrap().supports, ["BOOT", "APP", "MODEM", "SOFTDEVICE"]);
    assert_eq!(device.cloud_mqtt_enabled, Some(false));
    assert_eq!(device.is_paired(), Some(true));
    assert_eq!(device.tags, ["warehouse-east", "temperature"]);
    assert_eq!(device.state.as_ref().unwrap().desired.as_ref().unwrap()["pairing"]["state"], "paired");
    assert!(device.extra.is_empty(), "{:?}", device.extra);
    is_kept::<Device>(&vectors.read("openapi-2025/generic_device.json"));

    let page: Page<Device> = vectors.read("hello-nrfcloud/list_devices_with_state.json");
    assert_eq!(page.items[0].state.as_ref().unwrap().version, Some(8835));
    assert_eq!(page.total, Some(1));

    let shadow: DeviceState =
        vectors.read("application-protocols/deviceShadow/ipShadow/ipShadow-example.json");
    assert_eq!(shadow.reported.unwrap()["connection"]["status"], "connected");

    let info = vectors.data("deviceToCloud/device/device-example.json");
    let change = serde_json::to_value(StateChange::reported(json!({ "device": info.clone() }))).unwrap();
    assert_eq!(change["reported"]["device"], info);
}

#[test]
fn account_and_bulk_operations() {
    let Some(vectors) = Vectors::open() else { return };
    let account: AccountInfo = vectors.read("nrfcloud-api-helpers/account.json");
    assert_eq!(account.role, Some(Role::Owner));
    assert_eq!(account.user_id, None);
    let plan = account.plan.unwrap();
    assert_eq!((plan.name.as_str(), plan.current_month_total_cost), ("ENTERPRISE", Some(24.03)));
    assert_eq!(plan.proxy_usage_declarations["GROUND_FIX"], 0);
    assert!(plan.service_keys[0].enabled);
    let messages = &plan.current_month_costs[1];
    assert_eq!(
        (messages.service_id.as_str(), messages.quantity, messages.total),
        ("Messages", 70281.0, 7.03)
    );

    let token: ServiceEvaluationToken = vectors.read("openapi-2025/service_evaluation_token.json");
    assert_eq!(token.expires, "2021-10-28T18:10:40.000Z");
    assert_eq!(token.token.expose().split('.').count(), 3);

    let request: BulkOpsRequest = vectors.read("openapi-2025/bulk_ops_request_details.json");
    assert_eq!(request.status, BulkStatus::Succeeded);
    assert!(request.result_data_url.unwrap().ends_with("-result.json"));

    let errors = ErrorFile::parse(vectors.text("generated/errors-new-format.json").as_bytes());
    assert_eq!(errors.rows.iter().map(|error| error.row).collect::<Vec<_>>(), [0, 2]);
    assert!(errors.unparsed.is_empty());
}

#[test]
fn firmware_jobs_and_claims() {
    let Some(vectors) = Vectors::open() else { return };
    let page: Page<Firmware> = vectors.read("hello-nrfcloud/firmwares_page1.json");
    let firmware = &page.items[0];
    assert_eq!((firmware.bundle_id.as_str(), firmware.size), ("APP*0038b655*v1.1.1-debug", 418_565));
    assert!(page.page_next_token.unwrap().starts_with("102/B5f"));
    let page: Page<Firmware> = vectors.read("hello-nrfcloud/firmwares_page2.json");
    assert_eq!((page.items[0].version.as_str(), page.page_next_token), ("v1.1.2-sol-dbg", None));

    let job: FotaJob = vectors.read("hello-nrfcloud/fota_job_in_progress.json");
    assert_eq!(job.status, FotaJobStatus::InProgress);
    assert_eq!(job.status_detail.as_deref(), Some("Job auto applied"));
    assert_eq!(job.target.unwrap().device_ids, ["oob-352656108602296"]);
    assert_eq!(job.firmware.unwrap().file_size, Some(425_860));
    let job: FotaJob = vectors.read("hello-nrfcloud/fota_job_completed.json");
    assert_eq!(job.status, FotaJobStatus::Completed);
    assert_eq!(job.execution_stats, None);

    let execution: FotaJobExecution = vectors.read("openapi-2025/fota_job_execution.json");
    assert_eq!(execution.status, ExecutionStatus::Queued);
    assert_eq!(execution.job_document.host.as_deref(), Some("firmware.nrfcloud.com"));
    assert_eq!(execution.job_document.file_size, Some(512));

    let device: ClaimedDevice = vectors.read("provisioning-docs/claimed_device.json");
    assert_eq!(device.id.as_str(), "7b21b4bc-1cc9-41df-b05c-61b4605e5bb0");
    assert_eq!(device.tags, ["location=Trondheim"]);
    assert_eq!(device.imei.as_deref(), Some("352656106118683"));
    assert!(device.extra.is_empty());
}

#[test]
fn positions() {
    let Some(vectors) = Vectors::open() else { return };
    let fix: GroundFix = from(&vectors.data("cloudToDevice/ground_fix/ground-fix-example.json"));
    assert_eq!((fix.lat, fix.lon, fix.uncertainty), (-45.0, 100.0, 500.0));
    assert_eq!(fix.fulfilled_with, Some(LocationSource::Wifi));
    let fix: GroundFix = from(&vectors.data("cloudToDevice/ground_fix/ground-fix-example-with-extras.json"));
    assert_eq!(fix.anchors[0].name.as_deref(), Some("PDX office"));
    assert_eq!(fix.anchors[0].mac_address, "9F:11:7D:3A:4F:FF".parse::<MacAddress>().unwrap());
    let fix: GroundFix = from(&vectors.data("cloudToDevice/cell_position/cell-position-example.json"));
    assert_eq!(fix.fulfilled_with, None);
    let wifi: Position = from(&vectors.data("cloudToDevice/wifi/wifi-position-example-extras.json"));
    assert_eq!((wifi.lat, wifi.anchors.len()), (-45.392_954_02, 1));
    let cell: Position = from(&vectors.data("cloudToDevice/single_cell/single-cell-example.json"));
    assert_eq!(cell.uncertainty, 500.0);

    let page: Page<LocationRecord> = vectors.read("nrfcloud-api-helpers/location.json");
    let record = &page.items[1];
    assert_eq!((record.lat, record.lon, record.uncertainty), (59.921_250_2, 10.688_505_9, 15.066));
    assert_eq!(record.service_type, Some(RecordSource::Wifi));
    assert_eq!(record.meta.acc, None);
    assert_eq!(page.total, Some(100));
    let record: LocationRecord = vectors.read("openapi-2025/location_history_item.json");
    assert_eq!((record.meta.alt, record.meta.spd), (Some(12.0), Some(11.22)));
    assert_eq!(record.anchors[0].name.as_deref(), Some("Loading Dock 1"));

    let address: GeoAddress = vectors.read("openapi-2025/reverse_geo.json");
    assert_eq!(address.address.city.as_deref(), Some("Portland"));
    assert_eq!(address.address.street_number.as_deref(), Some("123"));

    let file: PredictionFile = vectors.read("openapi-2025/pgps_response.json");
    assert_eq!(
        (file.host.as_str(), file.path.as_str()),
        ("pgps.nrfcloud.com", "public/15131-0_15135-72000.bin")
    );
}

#[test]
fn requests_of_nordics_own_tests_and_examples() {
    let Some(vectors) = Vectors::open() else { return };
    for number in 1..=5 {
        is_kept::<GroundFixRequest>(
            &vectors.read(&format!("location-services-tests-js/mcellpayload{number}.json")),
        );
    }
    is_kept::<GroundFixRequest>(&vectors.read("location-services-tests-js/scellpayload1.json"));
    is_kept::<CellRequest>(
        &vectors.data("deviceToCloud/cell_position/cell-position-with-neighbors-example.json"),
    );
    is_kept::<CellRequest>(&vectors.data("deviceToCloud/cell_position/cell-position-example.json"));

    // The older form of Wi-Fi data is read, and written in today's.
    for (path, count) in [
        ("location-services-tests-js/wifipayload1.json", 2),
        ("location-services-tests-js/wifipayload2.json", 30),
        ("location-services-tests-js/combined-lte-wifi.json", 24),
    ] {
        let request: GroundFixRequest = vectors.read(path);
        assert_eq!(request.wifi.as_ref().unwrap().as_slice().len(), count);
        let written = serde_json::to_value(&request).unwrap();
        assert_eq!(written["wifi"], vectors.read::<Value>(path)["wifi"]["accessPoints"]);
    }
    let request: GroundFixRequest = vectors.read("location-services-tests-js/combined-lte-wifi.json");
    assert_eq!(request.cells.lte[0].neighbors().len(), 3);
    for path in
        ["ground-fix-example.json", "ground-fix-lte-only-example.json", "ground-fix-wifi-only-example.json"]
    {
        let request: GroundFixRequest = from(&vectors.data(&format!("deviceToCloud/ground_fix/{path}")));
        assert!(request.wifi.is_some() || !request.cells.lte.is_empty(), "{path}");
    }
    let points: AccessPoints = from(&vectors.data("deviceToCloud/wifi/wifi-position-example.json"));
    assert_eq!(points.as_slice()[1].mac_address().as_str(), "c5:ab:c7:55:8d:e3");

    let nmea = vectors.data("deviceToCloud/gnss/GPGGA-example.json");
    let position = GnssPosition::Nmea(nmea.as_str().unwrap().to_owned());
    assert_eq!(serde_json::to_value(position).unwrap(), nmea);
    // By MQTT the longitude is `lng`, by REST `lon`.
    let pvt = vectors.data("deviceToCloud/gnss/PVT-example.json");
    let number = |name: &str| pvt[name].as_f64().unwrap();
    let place = Place::new(number("lat"), number("lng")).unwrap();
    let position = Coordinates::from(place)
        .with_accuracy(number("acc"))
        .with_altitude(number("alt"))
        .with_movement(number("spd"), number("hdg"));
    let written = serde_json::to_value(GnssPosition::from(position)).unwrap();
    assert_eq!((&written["lon"], &written["acc"], &written["hdg"]), (&pvt["lng"], &pvt["acc"], &pvt["hdg"]));
}

#[test]
fn error_forms() {
    let Some(vectors) = Vectors::open() else { return };
    for (path, code) in [
        ("agnss/agnss-err-example.json", 42200),
        ("cell_position/cell-position-err-example.json", 50010),
        ("ground_fix/ground-fix-err-example.json", 50010),
        ("pgps-error/pgps-err-example.json", 42200),
        ("single_cell/single-cell-err-example.json", 42200),
        ("wifi/wifi-position-err-example.json", 42200),
    ] {
        let body = vectors.text(&format!("application-protocols/cloudToDevice/{path}"));
        let error = ServiceError::parse("GetPredictionData", 422, None, None, body.as_bytes());
        assert_eq!(error.code.unwrap().0, code, "{path}");
        assert!(error.code.unwrap().meaning().is_some());
    }
}
