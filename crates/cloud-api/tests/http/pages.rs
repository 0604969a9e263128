//! Lists of many pages.

use cloud_api::account::ListTags;
use cloud_api::devices::ListDevices;
use cloud_api::page::PageLimit;
use cloud_api::provisioning::{ListProvisioningRules, ListProvisioningTags, NewProvisioningRule};
use cloud_api::{ApiKey, Client};

use crate::server::{Request, Server, json};

fn page(id: usize, next: &str) -> Vec<u8> {
    json(200, &format!(r#"{{"items":[{{"id":"d{id}"}},{{"id":"e{id}"}}],"total":2{next}}}"#))
}

fn next(token: &str) -> String {
    format!(r#","pageNextToken":"{token}""#)
}

/// Three pages; the tokens need encoding.
fn three(request: &Request) -> Vec<u8> {
    match request.target.as_str() {
        "/v1/devices?pageLimit=2" => page(0, &next("a/b+c%2F")),
        "/v1/devices?pageLimit=2&pageNextToken=a%2Fb%2Bc%252F" => page(1, &next("2")),
        "/v1/devices?pageLimit=2&pageNextToken=2" => page(2, r#","pageNextToken":null"#),
        other => json(404, &format!(r#"{{"message":"{other}"}}"#)),
    }
}

fn query() -> ListDevices {
    ListDevices { page_limit: PageLimit::try_from(2).ok(), ..ListDevices::default() }
}

#[tokio::test]
async fn all_entries_of_all_pages_one_by_one() {
    let server = Server::start(|_, _, request| three(request)).await;
    let mut items = server.client().pages(query()).items();
    let mut ids = Vec::new();
    while let Some(device) = items.next().await {
        ids.push(device.unwrap().id.to_string());
    }
    assert_eq!(ids, ["d0", "e0", "d1", "e1", "d2", "e2"]);
    assert!(items.next().await.is_none());
    assert_eq!(server.requests().len(), 3);
}

#[tokio::test]
async fn a_page_is_fetched_only_when_it_is_needed() {
    let server = Server::start(|_, _, request| three(request)).await;
    let mut items = server.client().pages(query()).items();
    for _ in 0..2 {
        items.next().await.unwrap().unwrap();
    }
    assert_eq!(server.requests().len(), 1);
    assert_eq!(items.next().await.unwrap().unwrap().id.as_str(), "d1");
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn page_by_page_and_on_from_a_token_that_was_kept() {
    let server = Server::start(|_, _, request| three(request)).await;
    let client = server.client();
    let mut pages = client.pages(query());
    assert_eq!(pages.next_token(), None);
    assert_eq!(pages.next().await.unwrap().unwrap().items.len(), 2);
    let kept = pages.next_token().map(str::to_owned);
    drop(pages);
    let mut pages = client.pages(ListDevices { page_next_token: kept, ..query() });
    assert_eq!(pages.next().await.unwrap().unwrap().items[0].id.as_str(), "d1");
    assert_eq!(pages.next().await.unwrap().unwrap().items[0].id.as_str(), "d2");
    assert_eq!(pages.next_token(), None);
    assert!(pages.next().await.is_none());
}

#[tokio::test]
async fn a_page_that_was_given_up_comes_next_time() {
    let server = Server::start(|_, _, request| three(request)).await;
    let mut pages = server.client().pages(query());
    {
        // Polled once, which does not bring an answer over a socket, and dropped.
        let mut given_up = std::pin::pin!(pages.next());
        std::future::poll_fn(|context| {
            assert!(given_up.as_mut().poll(context).is_pending());
            std::task::Poll::Ready(())
        })
        .await;
    }
    assert_eq!(pages.next().await.unwrap().unwrap().items[0].id.as_str(), "d0");
}

#[tokio::test]
async fn a_server_that_gives_the_same_page_for_ever_is_found_out() {
    let server = Server::always(page(0, &next("again"))).await;
    let mut pages = server.client().pages(query());
    pages.next().await.unwrap().unwrap();
    let error = pages.next().await.unwrap().unwrap_err();
    assert_eq!(
        error.to_string(),
        "ListDevices: the list does not end: page token \"again\" leads to a page that was there before \
         (status 200)"
    );
    assert!(pages.next().await.is_none());
    assert_eq!(server.requests().len(), 2);

    // In a circle of two.
    let server = Server::start(|_, number, _| page(number % 2, &next(&(number % 2).to_string()))).await;
    let mut items = server.client().pages(query()).items();
    let mut count = 0;
    while let Some(item) = items.next().await {
        match item {
            Ok(_) => count += 1,
            Err(error) => assert!(error.to_string().contains("does not end"), "{error}"),
        }
    }
    assert_eq!((count, server.requests().len()), (4, 3));
}

#[tokio::test]
async fn the_same_token_on_different_pages_and_empty_pages_are_no_end() {
    let server = Server::start(|_, number, _| match number {
        0 => page(0, &next("scroll")),
        1 => json(200, r#"{"items":[],"pageNextToken":"scroll"}"#),
        2 => page(1, &next("scroll")),
        _ => page(2, r#","pageNextToken":"""#),
    })
    .await;
    let mut items = server.client().pages(query()).items();
    let mut count = 0;
    while let Some(item) = items.next().await {
        item.unwrap();
        count += 1;
    }
    assert_eq!((count, server.requests().len()), (6, 4));
}

#[tokio::test]
async fn an_error_ends_the_list_and_the_token_leads_on() {
    let server = Server::start(|_, number, _| match number {
        0 => page(0, &next("t")),
        _ => json(401, r#"{"code":40100}"#),
    })
    .await;
    let mut pages = server.client().pages(query());
    pages.next().await.unwrap().unwrap();
    assert_eq!(pages.next().await.unwrap().unwrap_err().status(), Some(401));
    assert!(pages.next().await.is_none());
    assert_eq!(pages.next_token(), Some("t"));
}

#[tokio::test]
async fn lists_of_the_team_and_of_the_provisioning_service_are_walked_as_well() {
    let sim = cloud_sim::CloudSim::builder().bulk_delay(std::time::Duration::ZERO).start().await.unwrap();
    let client = Client::builder()
        .base_url(sim.url().parse().unwrap())
        .credentials(ApiKey::new(sim.api_key()).unwrap())
        .build()
        .unwrap();
    let key = include_str!("../../../../fixtures/cloud-sim/device-1.public-key.pem");
    let names = ["a", "b", "c", "d", "e"];
    client.onboard_devices(format!("dev-1,,{},,\"{key}\"", names.join("|"))).await.unwrap();
    for name in names {
        client.create_provisioning_tag(&name.parse().unwrap(), "for tests").await.unwrap();
        let rule = NewProvisioningRule {
            name: name.to_owned(),
            description: String::new(),
            active: true,
            commands: Vec::new(),
            tags: Vec::new(),
        };
        client.create_provisioning_rule(&rule).await.unwrap();
    }
    let page_limit = PageLimit::try_from(2).ok();

    let mut tags = client.pages(ListTags { page_limit, ..ListTags::default() }).items();
    let mut seen = Vec::new();
    while let Some(tag) = tags.next().await {
        seen.push(tag.unwrap());
    }
    assert_eq!(seen, names);

    let mut tags =
        client.pages(ListProvisioningTags { page_limit, ..ListProvisioningTags::default() }).items();
    let mut seen = Vec::new();
    while let Some(tag) = tags.next().await {
        seen.push(tag.unwrap().tag);
    }
    assert_eq!(seen, names);

    let mut rules =
        client.pages(ListProvisioningRules { page_limit, ..ListProvisioningRules::default() }).items();
    let mut seen = Vec::new();
    while let Some(rule) = rules.next().await {
        seen.push(rule.unwrap().name.unwrap());
    }
    assert_eq!(seen, names);
}
