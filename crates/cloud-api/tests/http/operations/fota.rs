//! Firmware bundles, jobs and executions.

use cloud_api::FirmwareType;
use cloud_api::firmware::ListFirmware;
use cloud_api::fota::{
    ExecutionStatus, FotaTarget, ListFotaJobExecutionStatuses, ListFotaJobExecutionsForDevice, ListFotaJobs,
    NewFotaJob,
};
use cloud_api::page::PageLimit;

use super::{Operation, operation};
use crate::server::{json, reply};

const ID: &str = "bc631093-7f7c-4c1b-aa63-a68c759bcd5c";
const EMPTY: &str = r#"{"items":[]}"#;
const JOB: &str = r#"{"jobId":"bc631093-7f7c-4c1b-aa63-a68c759bcd5c","status":"CREATED"}"#;
const EXECUTION: &str = r#"{"jobId":"bc631093-7f7c-4c1b-aa63-a68c759bcd5c","deviceId":"nrf-1",
    "status":"QUEUED","jobDocument":{"bundleId":"APP*1e29dfa3*v2.0.1"}}"#;

pub(crate) fn operations() -> Vec<Operation> {
    vec![
        operation!("ListFirmware", "GET /v1/firmwares?modemOnly=true", json(200, EMPTY), |client| client
            .list_firmware(&ListFirmware { modem_only: true, ..ListFirmware::default() })),
        operation!(
            "UploadFirmware",
            "POST /v1/firmwares",
            "application/zip" "PK",
            json(202, r#"{"uris":["https://firmware.nrfcloud.com/t/APP*1e29dfa3*v2.0.1/a.bin"]}"#),
            |client| client.upload_firmware("PK")
        ),
        operation!(
            "DeleteFirmware",
            "DELETE /v1/firmwares/APP*1e29dfa3*v2.0.1",
            reply(202, &[], ""),
            |client| client.delete_firmware(&"APP*1e29dfa3*v2.0.1".parse().unwrap())
        ),
        operation!(
            "CreateFOTAJob",
            "POST /v1/fota-jobs",
            "application/json" r#"{"bundleId":"APP*1e29dfa3*v2.0.1","autoApply":false,"name":"night","description":"all","deviceIds":["nrf-1"]}"#,
            json(201, r#"{"jobId":"bc631093-7f7c-4c1b-aa63-a68c759bcd5c"}"#),
            |client| client.create_fota_job(
                &NewFotaJob::new(
                    "APP*1e29dfa3*v2.0.1".parse().unwrap(),
                    FotaTarget::devices(vec!["nrf-1".parse().unwrap()]).unwrap()
                )
                .auto_apply(false)
                .named("night")
                .unwrap()
                .described("all")
                .unwrap()
            )
        ),
        operation!("ListFOTAJobs", "GET /v1/fota-jobs?pageLimit=7", json(200, EMPTY), |client| client
            .list_fota_jobs(&ListFotaJobs {
                page_limit: PageLimit::try_from(7).ok(),
                page_next_token: None,
            })),
        operation!(
            "FetchFOTAJob",
            "GET /v1/fota-jobs/bc631093-7f7c-4c1b-aa63-a68c759bcd5c",
            json(200, JOB),
            |client| client.fetch_fota_job(&ID.parse().unwrap())
        ),
        operation!(
            "ApplyFOTAJob",
            "POST /v1/fota-jobs/bc631093-7f7c-4c1b-aa63-a68c759bcd5c/apply",
            reply(202, &[], ""),
            |client| client.apply_fota_job(&ID.parse().unwrap())
        ),
        operation!(
            "CancelFOTAJob",
            "PUT /v1/fota-jobs/bc631093-7f7c-4c1b-aa63-a68c759bcd5c/cancel?reason=not+tonight",
            reply(202, &[], ""),
            |client| client.cancel_fota_job(&ID.parse().unwrap(), Some("not tonight"))
        ),
        operation!(
            "DeleteFOTAJob",
            "DELETE /v1/fota-jobs/bc631093-7f7c-4c1b-aa63-a68c759bcd5c",
            reply(202, &[], ""),
            |client| client.delete_fota_job(&ID.parse().unwrap())
        ),
        operation!(
            "FetchCurrentPendingFOTAJobExecution",
            "GET /v1/fota-job-executions/nrf-1/current?firmwareType=APP",
            json(200, EXECUTION),
            |client| client
                .fetch_current_pending_fota_job_execution(&"nrf-1".parse().unwrap(), Some(FirmwareType::App))
        ),
        operation!(
            "FetchFOTAJobExecution",
            "GET /v1/fota-job-executions/nrf-1/bc631093-7f7c-4c1b-aa63-a68c759bcd5c",
            json(200, EXECUTION),
            |client| client.fetch_fota_job_execution(&"nrf-1".parse().unwrap(), &ID.parse().unwrap())
        ),
        operation!(
            "ListFOTAJobExecutionsForDevice",
            "GET /v1/fota-job-executions/nrf-1",
            json(200, EMPTY),
            |client| client.list_fota_job_executions_for_device(&ListFotaJobExecutionsForDevice::of(
                "nrf-1".parse().unwrap()
            ))
        ),
        operation!(
            "ListFOTAJobExecutionStatuses",
            "GET /v1/fota-job-execution-statuses/bc631093-7f7c-4c1b-aa63-a68c759bcd5c?status=TIMED_OUT",
            json(200, EMPTY),
            |client| client.list_fota_job_execution_statuses(&ListFotaJobExecutionStatuses {
                status: Some(ExecutionStatus::TimedOut),
                ..ListFotaJobExecutionStatuses::of(ID.parse().unwrap())
            })
        ),
        operation!(
            "UpdateFOTAJobExecutionStatus",
            "PATCH /v1/fota-job-executions/nrf-1/bc631093-7f7c-4c1b-aa63-a68c759bcd5c",
            "application/json" r#"{"status":"SUCCEEDED","details":"ok"}"#,
            reply(202, &[], ""),
            |client| client.update_fota_job_execution_status(
                &"nrf-1".parse().unwrap(),
                &ID.parse().unwrap(),
                &ExecutionStatus::Succeeded,
                Some("ok")
            )
        ),
    ]
}
