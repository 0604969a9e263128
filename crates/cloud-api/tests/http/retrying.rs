//! What is sent again and what is not; and what else an answer's headers say.

use std::time::Duration;

use cloud_api::Error;
use cloud_api::devices::StateChange;
use cloud_api::fota::ExecutionStatus;
use cloud_api::messages::OutgoingMessage;

use crate::server::{Server, json, reply};

#[tokio::test]
async fn what_is_twice_as_once_is_sent_again_until_it_is_answered() {
    let server = Server::start(|_, number, _| match number {
        0 => reply(429, &[], ""),
        1 => Vec::new(),
        _ => reply(202, &[], ""),
    })
    .await;
    server.client().update_device_tags(&"nrf-1".parse().unwrap(), &[]).await.unwrap();
    let requests = server.requests();
    assert_eq!(requests.len(), 3);
    assert!(requests.iter().all(|request| request.method == "PUT" && request.body == b"[]"));

    let server = Server::always(reply(503, &[], "")).await;
    let error = server.client().delete_device(&"nrf-1".parse().unwrap(), None).await.unwrap_err();
    assert_eq!((error.status(), server.requests().len()), (Some(503), 3));
}

#[tokio::test]
async fn a_deletion_whose_answer_was_lost_has_succeeded_when_nothing_is_left() {
    let gone = || json(404, r#"{"code":40414,"message":"No such device."}"#);
    let device = "nrf-1".parse().unwrap();
    for first in [Vec::new(), reply(504, &[], "")] {
        let server =
            Server::start(move |_, number, _| if number == 0 { first.clone() } else { gone() }).await;
        server.client().delete_device(&device, None).await.unwrap();
        assert_eq!(server.requests().len(), 2);
    }
    // What was surely not taken does not count.
    let server =
        Server::start(move |_, number, _| if number == 0 { reply(429, &[], "") } else { gone() }).await;
    assert_eq!(server.client().delete_device(&device, None).await.unwrap_err().status(), Some(404));
}

#[tokio::test]
async fn what_is_answered_otherwise_a_second_time_is_sent_again_only_when_it_was_not_taken() {
    let (device, job) = ("nrf-1".parse().unwrap(), "bc631093-7f7c-4c1b-aa63-a68c759bcd5c".parse().unwrap());
    for (answer, times) in [(reply(503, &[], ""), 1), (Vec::new(), 1), (reply(429, &[], ""), 3)] {
        let server = Server::always(answer).await;
        let client = server.client();
        let change = StateChange::reported(serde_json::json!({"a": 1}));
        client.update_device_state(&device, &change, Some(17)).await.unwrap_err();
        assert_eq!(server.requests().len(), times);
        client.cancel_fota_job(&job, None).await.unwrap_err();
        let status = ExecutionStatus::Succeeded;
        client.update_fota_job_execution_status(&device, &job, &status, None).await.unwrap_err();
        assert_eq!(server.requests().len(), 3 * times);
        // Without a version the same change may be made again.
        client.update_device_state(&device, &change, None).await.unwrap_err();
        assert_eq!(server.requests().len(), 3 * times + 3);
    }
}

#[tokio::test]
async fn a_message_and_a_new_certificate_are_sent_once() {
    let server = Server::always(reply(429, &[], "")).await;
    let client = server.client();
    let message = OutgoingMessage::new(serde_json::json!({"appId": "TEMP"}));
    client.send_device_message(&"nrf-1".parse().unwrap(), &message).await.unwrap_err();
    assert_eq!(server.requests().len(), 1);
    client.rotate_team_device_certificate(&"account-1".parse().unwrap()).await.unwrap_err();
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn a_state_is_changed_only_in_the_version_that_was_seen() {
    let server = Server::always(reply(202, &[], "")).await;
    let change = StateChange::reported(serde_json::json!({"a": 1}));
    server.client().update_device_state(&"nrf-1".parse().unwrap(), &change, Some(17)).await.unwrap();
    let request = server.request();
    assert_eq!(request.header("if-match"), Some("17"));
    assert_eq!(request.body, br#"{"reported":{"a":1}}"#);
}

#[tokio::test]
async fn no_pending_execution_is_no_error() {
    let server = Server::always(json(404, r#"{"code":40410,"message":"Not found"}"#)).await;
    let device = "nrf-1".parse().unwrap();
    let execution = server.client().fetch_current_pending_fota_job_execution(&device, None).await.unwrap();
    assert_eq!(execution, None);
}

#[tokio::test]
async fn a_retry_after_as_a_date_counts_from_the_answers_own_date() {
    let headers =
        [("Date", "Tue, 24 Nov 2026 08:00:00 GMT"), ("Retry-After", "Tue, 24 Nov 2026 09:00:00 GMT")];
    let server = Server::always(reply(503, &headers, "")).await;
    let Error::Service(error) = server.client().fetch_account_info().await.unwrap_err() else { panic!() };
    assert_eq!(error.retry_after, Some(Duration::from_secs(3600)));
    assert_eq!(server.requests().len(), 1, "an hour is beyond the budget");
}

#[tokio::test]
async fn a_refusal_tells_the_services_name_for_the_request() {
    for name in ["x-amzn-RequestId", "X-Request-Id", "apigw-requestid"] {
        let server = Server::always(reply(500, &[(name, "c6af9ac6-7b61")], "")).await;
        let error = server.client().fetch_account_info().await.unwrap_err();
        assert_eq!(
            error.to_string(),
            "FetchAccountInfo was refused with status 500 and an empty body (request c6af9ac6-7b61)"
        );
        let Error::Service(error) = error else { panic!("{error:?}") };
        assert_eq!(error.request_id.as_deref(), Some("c6af9ac6-7b61"));
    }

    let headers = [("Content-Type", "application/json"), ("x-request-id", "9-7b61")];
    let server = Server::always(reply(200, &headers, "{}")).await;
    assert_eq!(
        server.client().fetch_account_info().await.unwrap_err().to_string(),
        "FetchAccountInfo: cannot read the answer at \".\": missing field `team` at line 1 column 2 \
         (status 200, request 9-7b61)"
    );
}
