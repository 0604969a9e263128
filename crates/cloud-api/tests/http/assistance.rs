//! GetAssistanceData by POST, by the guide's GET, and by HEAD. `ranges.rs` has the whole out of ranges.

use cloud_api::agnss::ElementType;
use cloud_api::assistance::{AssistanceRequest, ByteRange, Mnc, ServingCell};
use cloud_api::{Credentials, NrfCode, Token};

use crate::server::{Request, Server, json, reply};

/// The request of Nordic's guide.
fn guide() -> AssistanceRequest {
    let types = [1, 3, 4, 6, 7, 8, 9].map(|number| ElementType::try_from(number).unwrap());
    let cell = ServingCell::new(310, Mnc::try_from(410).unwrap(), 36874, 84_485_647).unwrap();
    AssistanceRequest::new().types(types).cell(cell)
}

pub(crate) fn data() -> Vec<u8> {
    (0..=255).cycle().take(1160).collect()
}

/// Serves `data` by ranges, as nRF Cloud does: the end is clipped.
pub(crate) fn slice(request: &Request, data: &[u8]) -> Vec<u8> {
    let range = request.header("range").unwrap().strip_prefix("bytes=").unwrap();
    let (first, last) = range.split_once('-').unwrap();
    let first: usize = first.parse().unwrap();
    let last = last.parse().unwrap_or(usize::MAX).min(data.len() - 1);
    let content_range = format!("bytes {first}-{last}/{}", data.len());
    let headers = [("Content-Type", "application/octet-stream"), ("Content-Range", content_range.as_str())];
    reply(206, &headers, &data[first..=last])
}

#[tokio::test]
async fn the_guides_request_byte_for_byte() {
    let server = Server::start(|_, _, request| slice(request, &data())).await;
    let client = server.client().with_credentials(Credentials::Jwt(Token::new("a.b.c").unwrap()));
    let range = ByteRange::new(0, 500).unwrap();
    let part = client.get_assistance_data_by_query(&guide(), Some(range)).await.unwrap();
    assert_eq!(part.status, 206);
    assert_eq!(part.bytes, data()[..=500]);
    let content_range = part.content_range.unwrap();
    assert_eq!((content_range.first, content_range.last, content_range.total), (0, 500, 1160));

    let request = server.request();
    assert_eq!(request.method, "GET");
    assert_eq!(
        request.target,
        "/v1/location/agnss?requestType=custom&customTypes=1%2C3%2C4%2C6%2C7%2C8%2C9\
         &mcc=310&mnc=410&tac=36874&eci=84485647"
    );
    assert_eq!(request.header("accept"), Some("application/octet-stream"));
    assert_eq!(request.header("authorization"), Some("Bearer a.b.c"));
    assert_eq!(request.header("range"), Some("bytes=0-500"));
}

#[tokio::test]
async fn by_post_without_a_range_the_whole_may_come_as_200() {
    let server = Server::always(reply(200, &[], data())).await;
    let all = server.client().get_assistance_data(&guide(), None).await.unwrap();
    assert_eq!((all.status, all.content_range), (200, None));
    assert_eq!(all.bytes, data());
    let request = server.request();
    assert_eq!((request.method.as_str(), request.target.as_str()), ("POST", "/v1/location/agnss"));
    assert_eq!(request.header("range"), None);
    assert_eq!(
        String::from_utf8(request.body).unwrap(),
        r#"{"types":[1,3,4,6,7,8,9],"mcc":310,"mnc":410,"tac":36874,"eci":84485647}"#
    );
}

#[tokio::test]
async fn the_size_by_head() {
    let head = b"HTTP/1.1 200 OK\r\nContent-Length: 1160\r\nConnection: close\r\n\r\n".to_vec();
    let server = Server::always(head).await;
    assert_eq!(server.client().get_assistance_data_size(&guide()).await.unwrap(), 1160);
    let request = server.request();
    assert_eq!(request.method, "HEAD");
    assert_eq!(
        request.target,
        "/v1/location/agnss?types=1%2C3%2C4%2C6%2C7%2C8%2C9&mcc=310&mnc=410&tac=36874&eci=84485647"
    );

    let server = Server::always(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n".to_vec()).await;
    assert_eq!(
        server.client().get_assistance_data_size(&guide()).await.unwrap_err().to_string(),
        "GetAssistanceDataSize: header content-length is missing or malformed: \"\" (status 200)"
    );
}

#[tokio::test]
async fn a_proxy_names_the_device_in_every_form() {
    let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".to_vec();
    let server = Server::always(answer).await;
    let request = guide().device("nrf-352656100000000".parse().unwrap());
    server.client().get_assistance_data(&request, None).await.unwrap();
    server.client().get_assistance_data_by_query(&request, None).await.unwrap();
    server.client().get_assistance_data_size(&request).await.unwrap();
    let requests = server.requests();
    assert_eq!(requests.len(), 3);
    for request in requests {
        assert_eq!(request.header("x-custom-device-id"), Some("nrf-352656100000000"));
    }
}

#[tokio::test]
async fn another_part_than_asked_for_is_refused() {
    let server = Server::always(reply(206, &[("Content-Range", "bytes 0-9/1160")], [0; 10])).await;
    let range = Some(ByteRange::from_byte(10));
    assert_eq!(
        server.client().get_assistance_data(&guide(), range).await.unwrap_err().to_string(),
        "GetAssistanceData: asked for bytes from 10, got 10 bytes as bytes 0-9/1160 (status 206)"
    );
    let server = Server::always(reply(206, &[("Content-Range", "bytes 0-9/1160")], [0; 8])).await;
    assert_eq!(
        server.client().get_assistance_data(&guide(), None).await.unwrap_err().to_string(),
        "GetAssistanceData: asked for bytes from 0, got 8 bytes as bytes 0-9/1160 (status 206)"
    );
    let server = Server::always(reply(206, &[], [0; 8])).await;
    assert_eq!(
        server.client().get_assistance_data(&guide(), None).await.unwrap_err().to_string(),
        "GetAssistanceData: header content-range is missing or malformed: \"\" (status 206)"
    );
}

#[tokio::test]
async fn a_range_behind_the_data_and_a_foreign_token_are_refused() {
    let server = Server::always(json(416, r#"{"code":41600,"message":"Range"}"#)).await;
    let range = Some(ByteRange::from_byte(9999));
    let error = server.client().get_assistance_data(&guide(), range).await.unwrap_err();
    assert_eq!((error.status(), error.code()), (Some(416), Some(NrfCode::RANGE_NOT_SATISFIABLE)));
    let server = Server::always(json(401, r#"{"code":40100}"#)).await;
    let error = server.client().get_assistance_data_by_query(&guide(), None).await.unwrap_err();
    assert_eq!(error.status(), Some(401));
}

#[tokio::test]
async fn a_post_that_only_asks_is_tried_again() {
    let server = Server::start(|_, number, request| match number {
        0 => json(503, "{}"),
        _ => slice(request, &data()),
    })
    .await;
    let range = Some(ByteRange::from_byte(0));
    assert_eq!(server.client().get_assistance_data(&guide(), range).await.unwrap().bytes, data());
    assert_eq!(server.requests().len(), 2);
}
