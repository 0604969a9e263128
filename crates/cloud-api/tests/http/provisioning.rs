//! A command for a device, followed to its end.

use std::time::Duration;

use cloud_api::Uuid;
use cloud_api::bulk::WaitPolicy;
use cloud_api::provisioning::{self, CommandStatus, Progress, WaitError};

use crate::bulk::QUICK;
use crate::server::{Server, json};

const DEVICE: &str = "7b21b4bc-1cc9-41df-b05c-61b4605e5bb0";
const COMMAND: &str = "9e4b5a2f-3a2c-4d4e-8a3b-0c1d2e3f4a5b";

fn command(status: &str) -> Vec<u8> {
    json(200, &serde_json::json!({ "id": COMMAND, "status": status }).to_string())
}

fn ids() -> (Uuid, Uuid) {
    (DEVICE.parse().unwrap(), COMMAND.parse().unwrap())
}

#[tokio::test]
async fn waits_over_a_failure_to_the_end_whatever_its_name_is() {
    for end in ["SUCCEEDED", "FAILED", "EXPIRED"] {
        let server = Server::start(move |_, number, _| match number {
            0 => command("PENDING"),
            1 => json(500, "{}"),
            2 => command("IN_PROGRESS"),
            _ => command(end),
        })
        .await;
        let (device, id) = ids();
        let (client, mut seen) = (server.client(), Vec::new());
        let ended = provisioning::wait(&client, &device, &id, QUICK, |progress| {
            seen.push(match progress {
                Progress::Polled { command, .. } => command.status.as_ref().unwrap().to_string(),
                Progress::Interrupted { error, .. } => error.status().unwrap().to_string(),
                _ => "something else".to_owned(),
            });
        });
        assert_eq!(ended.await.unwrap().status.unwrap().as_str(), end);
        assert_eq!(seen, ["PENDING", "500", "IN_PROGRESS", end]);
        let target = format!("/v1/claimed-devices/{DEVICE}/provisioning/{COMMAND}");
        assert!(server.requests().iter().all(|request| request.target == target));
    }
}

#[tokio::test]
async fn a_deadline_and_a_refusal_name_the_command() {
    let (device, id) = ids();
    let server = Server::always(command("PENDING")).await;
    let policy = WaitPolicy { deadline: Duration::ZERO, ..QUICK };
    let error = provisioning::wait(&server.client(), &device, &id, policy, |_| {}).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("command {COMMAND} had not ended after 0 s; its last status is PENDING")
    );
    assert!(matches!(error, WaitError::Deadline { last: Some(CommandStatus::Pending), .. }), "{error:?}");

    let server = Server::always(json(404, "{}")).await;
    let error = provisioning::wait(&server.client(), &device, &id, QUICK, |_| {}).await.unwrap_err();
    assert_eq!(error.to_string(), format!("command {COMMAND} could not be followed"));
    assert_eq!(server.requests().len(), 1);
}
