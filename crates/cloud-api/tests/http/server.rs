//! A server that answers each connection with the bytes it is told to, and keeps what it was asked.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use cloud_api::client::ClientBuilder;
use cloud_api::{ApiKey, Client, RetryPolicy, Url};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

pub(crate) const KEY: &str = "d8be845e816e45d4a9529a6cfcd459c88e3c22b5";
pub(crate) const BULK_ID: &str = "01EZZJVDQJPWT7V4FWNVDHNMM5";

/// A request as it came.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) body: Vec<u8>,
    headers: Vec<(String, String)>,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

pub(crate) struct Server {
    pub(crate) url: Url,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl Server {
    /// `answer` gets the server's own address, the number of the request from 0, and the request; what it
    /// gives is sent as it is, and the connection closed.
    pub(crate) async fn start(
        answer: impl Fn(&Url, usize, &Request) -> Vec<u8> + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url: Url = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (own, log) = (url.clone(), Arc::clone(&requests));
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                // A client that gave up before it asked.
                let Some(request) = read_request(&mut stream).await else { continue };
                let number = {
                    let mut log = log.lock().unwrap();
                    log.push(request.clone());
                    log.len() - 1
                };
                stream.write_all(&answer(&own, number, &request)).await.unwrap();
                stream.shutdown().await.unwrap();
            }
        });
        Self { url, requests }
    }

    /// Always the same answer.
    pub(crate) async fn always(answer: Vec<u8>) -> Self {
        Self::start(move |_, _, _| answer.clone()).await
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }

    pub(crate) fn request(&self) -> Request {
        let mut requests = self.requests();
        assert_eq!(requests.len(), 1, "{requests:#?}");
        requests.remove(0)
    }

    pub(crate) fn client(&self) -> Client {
        quick(Client::builder()).base_url(self.url.clone()).build().unwrap()
    }
}

/// An API key, and retries without long waits.
pub(crate) fn quick(builder: ClientBuilder) -> ClientBuilder {
    builder.credentials(ApiKey::new(KEY).unwrap()).retry(RetryPolicy {
        retries: 2,
        first_delay: Duration::from_millis(1),
        longest_delay: Duration::from_millis(5),
        budget: Duration::from_secs(5),
    })
}

/// An answer with its length.
pub(crate) fn reply(status: u16, headers: &[(&str, &str)], body: impl AsRef<[u8]>) -> Vec<u8> {
    let body = body.as_ref();
    let mut answer = format!("HTTP/1.1 {status} Whatever\r\nContent-Length: {}\r\n", body.len()).into_bytes();
    for (name, value) in headers {
        answer.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
    }
    answer.extend_from_slice(b"Connection: close\r\n\r\n");
    answer.extend_from_slice(body);
    answer
}

pub(crate) fn json(status: u16, body: &str) -> Vec<u8> {
    reply(status, &[("Content-Type", "application/json")], body)
}

pub(crate) fn accepted() -> Vec<u8> {
    json(202, &format!(r#"{{"bulkOpsRequestId":"{BULK_ID}"}}"#))
}

async fn read_request(stream: &mut TcpStream) -> Option<Request> {
    let mut bytes = Vec::new();
    let head_end = loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break end;
        }
        if stream.read_buf(&mut bytes).await.unwrap() == 0 {
            assert!(bytes.is_empty(), "the request ended in its head");
            return None;
        }
    };
    let head = String::from_utf8(bytes[..head_end].to_vec()).unwrap();
    let mut lines = head.lines();
    let mut first = lines.next().unwrap().split(' ').map(str::to_owned);
    let (method, target) = (first.next().unwrap(), first.next().unwrap());
    let headers: Vec<(String, String)> = lines
        .map(|line| line.split_once(": ").unwrap())
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    let length =
        headers.iter().find(|(name, _)| name == "content-length").map_or(0, |(_, n)| n.parse().unwrap());
    let mut body = bytes.split_off(head_end + 4);
    while body.len() < length {
        assert_ne!(stream.read_buf(&mut body).await.unwrap(), 0, "the request ended in its body");
    }
    Some(Request { method, target, body, headers })
}
