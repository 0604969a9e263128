//! A job, followed to its end.

use std::time::Duration;

use cloud_api::Uuid;
use cloud_api::bulk::WaitPolicy;
use cloud_api::fota::{self, FotaJobStatus, Progress, WaitError};

use crate::bulk::QUICK;
use crate::server::{Server, json};

const JOB: &str = "9e4b5a2f-3a2c-4d4e-8a3b-0c1d2e3f4a5b";

fn id() -> Uuid {
    JOB.parse().unwrap()
}

fn job(status: &str) -> Vec<u8> {
    json(200, &serde_json::json!({ "jobId": JOB, "status": status }).to_string())
}

fn trouble() -> Vec<u8> {
    json(500, r#"{"code":50000,"message":"Internal Server Error"}"#)
}

#[tokio::test]
async fn waits_over_a_failure_to_the_end_and_tells_each_poll() {
    let server = Server::start(|_, number, _| match number {
        0 => job("CREATED"),
        1 => trouble(),
        2 => job("IN_PROGRESS"),
        _ => job("COMPLETED"),
    })
    .await;
    let mut seen = Vec::new();
    let ended = fota::wait(&server.client(), &id(), QUICK, |progress| {
        seen.push(match progress {
            Progress::Polled { job, .. } => job.status.to_string(),
            Progress::Interrupted { error, .. } => error.status().unwrap().to_string(),
            _ => "something else".to_owned(),
        });
    })
    .await
    .unwrap();
    assert_eq!(ended.status, FotaJobStatus::Completed);
    assert_eq!(seen, ["CREATED", "500", "IN_PROGRESS", "COMPLETED"]);
    assert!(server.requests().iter().all(|request| request.target == format!("/v1/fota-jobs/{JOB}")));
}

#[tokio::test]
async fn a_job_that_is_cancelled_or_deleted_has_ended_and_an_unknown_word_has_not() {
    for status in ["CANCELLED", "DELETION_IN_PROGRESS"] {
        let server = Server::always(job(status)).await;
        let ended = fota::wait(&server.client(), &id(), QUICK, |_| {}).await.unwrap();
        assert_eq!(ended.status.as_str(), status);
    }
    let server = Server::always(job("PAUSED")).await;
    let policy = WaitPolicy { deadline: Duration::ZERO, ..QUICK };
    let error = fota::wait(&server.client(), &id(), policy, |_| {}).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("FOTA job {JOB} had not ended after 0 s; its last status is PAUSED")
    );
    let WaitError::Deadline { last: Some(last), .. } = error else { panic!("{error:?}") };
    assert_eq!(last.job_id, id());
}

#[tokio::test]
async fn a_refusal_ends_the_waiting_at_once_and_trouble_after_a_while() {
    let server = Server::always(json(404, r#"{"code":40410,"message":"FOTA job not found"}"#)).await;
    let error = fota::wait(&server.client(), &id(), QUICK, |_| {}).await.unwrap_err();
    assert_eq!(error.to_string(), format!("FOTA job {JOB} could not be followed"));
    assert_eq!(server.requests().len(), 1);

    let server = Server::always(trouble()).await;
    let error = fota::wait(&server.client(), &id(), QUICK, |_| {}).await.unwrap_err();
    let WaitError::Poll { error, .. } = error else { panic!("{error:?}") };
    assert_eq!((error.status(), server.requests().len()), (Some(500), 2));
}
