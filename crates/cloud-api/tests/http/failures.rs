//! Refusals in every form, answers that are none, and no answers.

use std::time::Duration;

use cloud_api::client::Timeouts;
use cloud_api::error::{Error, TransportKind};
use cloud_api::{Client, DeviceId, NrfCode, Url};
use tokio::net::TcpListener;

use crate::server::{KEY, Server, json, quick, reply};

fn device() -> DeviceId {
    "nrf-1".parse().unwrap()
}

async fn refusal(answer: Vec<u8>) -> Error {
    let error = Server::always(answer).await.client().fetch_device(&device()).await.unwrap_err();
    let (shown, debug) = (error.to_string(), format!("{error:?}"));
    assert!(!shown.contains(KEY) && !debug.contains(KEY) && !debug.contains("Bearer"), "{debug}");
    error
}

fn transport(error: &Error) -> &TransportKind {
    match error {
        Error::Transport(error) => &error.kind,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_401_in_every_form() {
    let error = refusal(json(401, r#"{"code":40100,"message":"Denied"}"#)).await;
    assert_eq!(error.code(), Some(NrfCode::ACCESS_DENIED));
    assert_eq!(
        error.to_string(),
        "FetchDevice was refused with status 401, \
         nRF Cloud code 40100 (access denied, or the wrong kind of token): Denied"
    );
    assert_eq!(
        refusal(json(401, r#"["Denied","again"]"#)).await.to_string(),
        "FetchDevice was refused with status 401: Denied; again"
    );
    assert_eq!(
        refusal(reply(401, &[], "Unauthorized")).await.to_string(),
        "FetchDevice was refused with status 401: Unauthorized"
    );
    assert_eq!(
        refusal(reply(401, &[], "")).await.to_string(),
        "FetchDevice was refused with status 401 and an empty body"
    );
}

#[tokio::test]
async fn html_and_redirects_are_taken_for_a_proxy() {
    let page = reply(200, &[("Content-Type", "text/html")], "<html>Please log in</html>");
    assert_eq!(
        refusal(page).await.to_string(),
        "FetchDevice: answered with HTML, not JSON: is this a proxy? (status 200)"
    );
    let page = reply(403, &[], "<!doctype html><title>Blocked</title>");
    assert_eq!(
        refusal(page).await.to_string(),
        "FetchDevice was refused with status 403: answered with HTML, not JSON: is this a proxy?"
    );
    let redirect = reply(302, &[("Location", "https://login.example/")], "");
    assert_eq!(
        refusal(redirect).await.to_string(),
        "FetchDevice: answered with a redirect to \"https://login.example/\": is this a proxy? (status 302)"
    );
}

#[tokio::test]
async fn a_field_of_the_wrong_type_is_named() {
    let error = refusal(json(200, r#"{"id":"nrf-1","$meta":{"createdAt":12}}"#)).await;
    assert_eq!(
        error.to_string(),
        "FetchDevice: cannot read the answer at \"$meta.createdAt\": \
         invalid type: integer `12`, expected a string at line 1 column 37 (status 200)"
    );
    let error = refusal(json(200, "not json")).await;
    assert!(
        error.to_string().starts_with("FetchDevice: cannot read the answer at \".\": expected"),
        "{error}"
    );
}

#[tokio::test]
async fn a_refused_connection_is_tried_again_and_then_told() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let url: Url = format!("http://{address}").parse().unwrap();
    let client = quick(Client::builder()).base_url(url).build().unwrap();
    let error = client.fetch_device(&device()).await.unwrap_err();
    assert_eq!(*transport(&error), TransportKind::Connect);
    assert_eq!(error.to_string(), format!("FetchDevice at http://{address}: could not connect"));
    assert!(error.is_transient());
    assert!(!error.may_have_been_taken());
    assert!(!format!("{error:?}").contains(KEY));
}

#[tokio::test]
async fn a_host_without_an_address() {
    let client =
        quick(Client::builder()).base_url("http://no-such-host.invalid".parse().unwrap()).build().unwrap();
    let error = client.onboard_devices("x").await.unwrap_err();
    // Behind a proxy, or with a resolver that lies, it is another kind; it is never a service error.
    assert!(matches!(transport(&error), TransportKind::Dns | TransportKind::Connect), "{error:?}");
}

#[tokio::test]
async fn an_answer_cut_short() {
    let mut answer = json(200, r#"{"id":"nrf-1","name":"x"}"#);
    answer.truncate(answer.len() - 5);
    let error = refusal(answer).await;
    assert_eq!(*transport(&error), TransportKind::Truncated);
    assert!(error.may_have_been_taken());
}

#[tokio::test]
async fn a_connection_closed_without_an_answer() {
    let server = Server::always(Vec::new()).await;
    let error = server.client().onboard_devices("x").await.unwrap_err();
    assert_eq!(*transport(&error), TransportKind::Lost);
    assert!(error.may_have_been_taken());
    server.request();
}

#[tokio::test]
async fn something_that_is_not_http() {
    let server = Server::always(b"SSH-2.0-OpenSSH_9.6\r\n".to_vec()).await;
    let error = server.client().fetch_device(&device()).await.unwrap_err();
    assert_eq!(*transport(&error), TransportKind::Lost);
    assert!(format!("{error:?}").contains("Parse(Version)"), "{error:?}");
}

#[tokio::test]
async fn a_server_that_never_answers() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url: Url = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
    let timeouts = Timeouts {
        connect: Duration::from_secs(5),
        read: Duration::from_millis(50),
        total: Duration::from_secs(5),
    };
    let client = quick(Client::builder()).base_url(url).timeouts(timeouts).build().unwrap();
    let error = client.onboard_devices("x").await.unwrap_err();
    assert_eq!(*transport(&error), TransportKind::Timeout);
    assert!(error.may_have_been_taken());
}

#[tokio::test]
async fn retry_after_is_obeyed_and_ends_in_success() {
    let server = Server::start(|_, number, _| match number {
        0 => reply(429, &[("Retry-After", "1")], ""),
        1 => json(502, "{}"),
        _ => json(200, r#"{"id":"nrf-1"}"#),
    })
    .await;
    let start = std::time::Instant::now();
    server.client().fetch_device(&device()).await.unwrap();
    // Only a lower bound: the service asked for this second.
    assert!(start.elapsed() >= Duration::from_secs(1));
    assert_eq!(server.requests().len(), 3);
}

#[tokio::test]
async fn a_retry_after_beyond_the_budget_is_given_to_the_caller() {
    let error = refusal(reply(429, &[("Retry-After", "3600")], "")).await;
    let Error::Service(error) = error else { panic!("{error:?}") };
    assert_eq!(error.retry_after, Some(Duration::from_secs(3600)));
}
