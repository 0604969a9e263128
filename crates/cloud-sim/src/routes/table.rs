//! Every endpoint of the API, with who may call it: the one table, in the order of the API reference (facts,
//! appendix B). K, KJ and JE there are [`Auth::Key`], [`Auth::KeyOrToken`] and [`Auth::Token`] here.

use std::sync::Arc;

use axum::{
    handler::Handler,
    http::Method,
    middleware,
    routing::{MethodFilter, MethodRouter, on},
};

use crate::{
    account, alerts, association,
    auth::{self, Auth},
    bulk,
    cloud::Cloud,
    devices, files, firmware, fota,
    location::{agnss, anchors, contribute, geo, gnss, ground_fix, history, pgps},
    messages, onboarding, openapi,
    provisioning::{self, claims, commands, rules},
    team::Role,
    team_device, usage,
};

/// What is known of an endpoint before it is called.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Endpoint {
    pub(crate) method: &'static str,
    /// Below `/v1`.
    pub(crate) path: &'static str,
    /// Its name in the API reference.
    pub(crate) operation: &'static str,
    pub(crate) auth: Auth,
    /// The least role that a key must have to change something with it; any may read.
    pub(crate) role: Role,
    /// The status of its success.
    pub(crate) success: u16,
    /// The location service that it counts as.
    pub(crate) meter: Option<&'static str>,
    /// Whether it can also be had for a project of an organization (facts 9.2).
    pub(crate) scoped: bool,
}

/// An endpoint and what answers it.
pub(crate) struct Row {
    pub(crate) endpoint: Endpoint,
    handler: Box<dyn Fn(MethodFilter) -> MethodRouter<Arc<Cloud>>>,
}

impl Row {
    /// What answers, behind its guard.
    pub(crate) fn route(&self, cloud: &Arc<Cloud>, auth: Auth) -> MethodRouter<Arc<Cloud>> {
        let endpoint = Endpoint { auth, ..self.endpoint };
        let filter = Method::from_bytes(endpoint.method.as_bytes())
            .ok()
            .and_then(|method| MethodFilter::try_from(method).ok())
            .unwrap_or(MethodFilter::GET);
        let route = (self.handler)(filter);
        if endpoint.auth == Auth::Open {
            return route;
        }
        route.route_layer(middleware::from_fn_with_state((Arc::clone(cloud), endpoint), auth::guard))
    }

    /// Only admins and owners may.
    pub(crate) fn for_admins(mut self) -> Self {
        self.endpoint.role = Role::Admin;
        self
    }

    /// Counts as that location service.
    pub(crate) fn metered(mut self, service: &'static str) -> Self {
        self.endpoint.meter = Some(service);
        self
    }

    /// Also to be had for a project of an organization.
    pub(crate) fn scoped(mut self) -> Self {
        self.endpoint.scoped = true;
        self
    }
}

pub(crate) fn row<H, T>(
    method: &'static str,
    path: &'static str,
    operation: &'static str,
    auth: Auth,
    success: u16,
    handler: H,
) -> Row
where
    H: Handler<T, Arc<Cloud>>,
    T: 'static,
{
    let endpoint =
        Endpoint { method, path, operation, auth, role: Role::Editor, success, meter: None, scoped: false };
    Row { endpoint, handler: Box::new(move |filter| on(filter, handler.clone())) }
}

#[rustfmt::skip]
pub(crate) fn table() -> Vec<Row> {
    use Auth::{Key as K, KeyOrToken as KJ, Open, Token as JE};
    vec![
        row("GET", "/account", "FetchAccountInfo", K, 200, account::fetch),
        row("GET", "/account/usage/summary", "FetchApiUsageSummary", K, 200, usage::summary),
        row("GET", "/account/usage", "ListApiUsage", K, 200, usage::list),
        row("GET", "/account/invoices", "ListInvoices", K, 200, account::invoices),
        row("GET", "/account/tags", "ListTags", K, 200, account::list_tags),
        row("POST", "/account/service-key-and-token", "GenerateServiceKeyAndToken", K, 200, account::make_service_key_and_token).for_admins(),
        row("GET", "/account/service-token", "GetServiceToken", K, 200, account::service_token),
        row("POST", "/account/service-evaluation-token", "GenerateServiceEvaluationToken", K, 200, account::make_evaluation_token).for_admins(),
        row("GET", "/account/service-evaluation-token", "GetServiceEvaluationToken", K, 200, account::evaluation_token),

        row("GET", "/alerts", "ListDeviceAlerts", K, 200, alerts::list),
        row("PATCH", "/alerts/{id}/archive", "ArchiveDeviceAlert", K, 200, alerts::archive),
        row("PATCH", "/alerts/{id}/restore", "RestoreDeviceAlert", K, 200, alerts::restore),

        row("GET", "/devices", "ListDevices", K, 200, devices::list),
        row("POST", "/devices", "OnboardDevices", K, 202, onboarding::onboard_devices),
        row("GET", "/devices/tags", "ListDeviceTags", K, 200, devices::list_tags),
        row("POST", "/devices/public-keys", "RegisterPublicKeys", K, 202, onboarding::register_public_keys),
        row("POST", "/devices/certificates", "RegisterCertificates", K, 202, onboarding::register_certificates),
        row("GET", "/devices/{deviceId}", "FetchDevice", KJ, 200, devices::fetch),
        row("POST", "/devices/{deviceId}", "OnboardDevice", K, 202, onboarding::onboard_device),
        row("DELETE", "/devices/{deviceId}", "DeleteDevice", K, 202, devices::delete),
        row("PATCH", "/devices/{deviceId}/state", "UpdateDeviceState", KJ, 202, devices::change::state),
        row("PUT", "/devices/{deviceId}/name", "UpdateDeviceName", K, 202, devices::change::name),
        row("PUT", "/devices/{deviceId}/tags", "UpdateDeviceTags", K, 202, devices::change::tags),
        row("PUT", "/devices/{deviceId}/image", "UpdateDeviceImage", K, 202, devices::image::update),
        row("DELETE", "/devices/{deviceId}/image", "DeleteDeviceImage", K, 202, devices::image::delete),
        row("POST", "/devices/{deviceId}/messages", "SendDeviceMessage", KJ, 202, messages::send),
        row("POST", "/devices/{deviceId}/certificates", "CreateDeviceCertificate", K, 201, association::create_certificate),
        row("PUT", "/association/{deviceId}", "AssociateDevice", K, 202, association::associate),
        row("DELETE", "/association/{deviceId}", "DissociateDevice", K, 202, association::dissociate),

        row("POST", "/devices/mqtt-team", "CreateTeamDevice", K, 201, team_device::create).for_admins(),
        row("GET", "/devices/mqtt-team/{deviceId}", "GetTeamDeviceCertificate", K, 200, team_device::fetch),
        row("PATCH", "/devices/mqtt-team/{deviceId}", "RotateTeamDeviceCertificate", K, 201, team_device::rotate).for_admins(),
        row("DELETE", "/devices/mqtt-team/{deviceId}", "DeleteTeamDevice", K, 202, team_device::delete).for_admins(),

        row("GET", "/bulk-ops-requests", "ListBulkOpsRequests", K, 200, bulk::list),
        row("GET", "/bulk-ops-requests/{bulkOpsRequestId}", "FetchBulkOpsRequest", K, 200, bulk::fetch),
        row("GET", "/messages", "ListMessages", K, 200, messages::list),
        row("GET", "/binary-logs/url", "FetchBinaryLogsUrl", K, 200, files::binary_logs_url),

        row("GET", "/firmwares", "ListFirmware", K, 200, firmware::list),
        row("POST", "/firmwares", "UploadFirmware", K, 202, firmware::upload),
        row("DELETE", "/firmwares/{bundleId}", "DeleteFirmware", K, 202, firmware::delete),
        row("GET", "/fota-jobs", "ListFOTAJobs", K, 200, fota::list),
        row("POST", "/fota-jobs", "CreateFOTAJob", K, 201, fota::create),
        row("GET", "/fota-jobs/{jobId}", "FetchFOTAJob", K, 200, fota::fetch),
        row("DELETE", "/fota-jobs/{jobId}", "DeleteFOTAJob", K, 202, fota::delete),
        row("POST", "/fota-jobs/{jobId}/apply", "ApplyFOTAJob", K, 202, fota::apply),
        row("PUT", "/fota-jobs/{jobId}/cancel", "CancelFOTAJob", K, 202, fota::cancel),
        row("GET", "/fota-job-executions/{deviceId}", "ListFOTAJobExecutionsForDevice", K, 200, fota::executions::list_for_device),
        row("GET", "/fota-job-executions/{deviceId}/current", "FetchCurrentPendingFOTAJobExecution", KJ, 200, fota::executions::current),
        row("GET", "/fota-job-executions/{deviceId}/{jobId}", "FetchFOTAJobExecution", K, 200, fota::executions::fetch),
        row("PATCH", "/fota-job-executions/{deviceId}/{jobId}", "UpdateFOTAJobExecutionStatus", KJ, 202, fota::executions::update),
        row("GET", "/fota-job-execution-statuses/{jobId}", "ListFOTAJobExecutionStatuses", K, 200, fota::executions::list_statuses),

        row("GET", "/location/agnss", "GetAssistanceData", JE, 206, agnss::get).metered("AGPS").scoped(),
        row("POST", "/location/agnss", "GetAssistanceData", JE, 206, agnss::post).metered("AGPS").scoped(),
        row("HEAD", "/location/agnss", "GetAssistanceDataSize", JE, 200, agnss::head).scoped(),
        row("POST", "/location/ground-fix", "GetLocationFromCellsOrWifiNetworks", JE, 200, ground_fix::ground_fix).metered("SCELL").scoped(),
        row("POST", "/location/cell", "GetLocationFromCells", JE, 200, ground_fix::cell).metered("SCELL").scoped(),
        row("POST", "/location/wifi", "GetLocationFromWifiNetworks", JE, 200, ground_fix::wifi).metered("WIFI").scoped(),
        row("GET", "/location/single-cell", "GetSingleCellLocation", JE, 200, ground_fix::single_cell).metered("SCELL"),
        row("POST", "/location/gnss", "RecordGnssCoordinates", JE, 202, gnss::record).scoped(),
        row("GET", "/location/geo", "GetAddressDataFromCoordinates", JE, 200, geo::fetch).metered("REVERSE_GEO").scoped(),
        row("GET", "/location/pgnss", "GetPredictionData", JE, 200, pgps::fetch).metered("PGPS").scoped(),
        row("GET", "/location/pgps", "GetPredictedAssistanceData", JE, 200, pgps::fetch).metered("PGPS"),
        row("GET", "/location/contribute", "GetContributions", JE, 200, contribute::list).scoped(),
        row("POST", "/location/contribute", "ContributeLocationData", JE, 200, contribute::create).scoped(),
        row("DELETE", "/location/contribute/{id}", "DeleteContribution", JE, 202, contribute::delete).scoped(),
        row("GET", "/location/history", "GetLocationHistory", K, 200, history::list),
        row("DELETE", "/location/history/{deviceId}/{id}", "DeleteLocationHistory", K, 202, history::delete),
        row("GET", "/location/anchors", "ListAnchors", K, 200, anchors::list),
        row("POST", "/location/anchors", "CreateAnchor", K, 202, anchors::create),
        row("GET", "/location/anchors/{macAddress}", "FetchAnchor", K, 200, anchors::fetch),
        row("PATCH", "/location/anchors/{macAddress}", "UpdateAnchor", K, 202, anchors::update),
        row("DELETE", "/location/anchors/{macAddress}", "DeleteAnchor", K, 202, anchors::delete),
        row("GET", "/location/agps", "GetAssistanceData", JE, 206, agnss::get).metered("AGPS"),
        row("HEAD", "/location/agps", "GetFileSize", JE, 200, agnss::head),

        row("POST", "/claimed-devices", "ClaimDeviceOwnership", K, 201, claims::claim),
        row("POST", "/identities/claimed-devices", "ClaimDeviceOwnership", K, 201, claims::claim),
        row("POST", "/claimed-devices/bulk", "BulkClaimDeviceOwnership", K, 202, claims::claim_in_bulk),
        row("DELETE", "/claimed-devices/{deviceId}", "UnclaimDevice", K, 204, claims::unclaim),
        row("POST", "/claimed-devices/{deviceId}/provisioning", "CreateDeviceProvisioningCommand", K, 201, commands::create),
        row("GET", "/claimed-devices/{deviceId}/provisioning/{commandId}", "FetchDeviceProvisioningCommand", K, 200, commands::fetch),
        row("GET", "/provisioning-rules", "ListProvisioningRules", K, 200, rules::list),
        row("POST", "/provisioning-rules", "CreateProvisioningRule", K, 201, rules::create),
        row("GET", "/provisioning/tags", "ListProvisioningTags", K, 200, rules::list_tags),
        row("POST", "/provisioning/tags", "CreateProvisioningTag", K, 201, rules::create_tag),
        // These two see to the device's token themselves, for it is signed with an identity key.
        row("GET", "/provisioning/commands", "FetchProvisioningCommands", Open, 200, provisioning::device::fetch),
        row("POST", "/provisioning/response", "RespondToProvisioningCommands", Open, 201, provisioning::device::respond),

        row("GET", "/openapi.json", "FetchOpenApiSpec", Open, 200, openapi::fetch),
        row("GET", "/status", "GetSystemStatus", Open, 200, openapi::status),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_readme_names_every_operation() {
        let readme = include_str!("../../README.md");
        let words: Vec<&str> = readme.split(|c: char| !c.is_ascii_alphanumeric()).collect();
        for row in table() {
            assert!(words.contains(&row.endpoint.operation), "{}", row.endpoint.operation);
        }
    }
}
