//! A client that knows no more than HTTP, JSON and JWS.

use std::{
    path::PathBuf,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use base64ct::{Base64UrlUnpadded, Encoding};
use cloud_sim::{Builder, CloudSim};
use p256::{
    ecdsa::{Signature, SigningKey, signature::Signer},
    pkcs8::DecodePrivateKey,
};
use reqwest::{
    Method, RequestBuilder,
    header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap},
};
use serde_json::{Value, json};

use crate::shapes;

/// 2026-07-03 12:14:43 UTC: GPS day 16980, second 44101.
pub(crate) const NOW: u64 = 1_783_080_883;

/// A file of the repository's `fixtures`.
pub(crate) fn fixture(path: &str) -> String {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/");
    std::fs::read_to_string(format!("{folder}{path}")).unwrap()
}

/// A folder of recorded data. Where there is none it says so, and there is nothing to check.
#[expect(clippy::print_stderr, reason = "a test that checks nothing says so")]
pub(crate) fn vectors(folder: &str) -> Option<PathBuf> {
    let all = std::env::var_os("NRFCLOUD_VECTORS").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/vectors")),
        PathBuf::from,
    );
    let folder = all.join(folder);
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("NOT CHECKED: there is no folder {}; set NRFCLOUD_VECTORS", folder.display());
    None
}

/// A file of `fixtures/cloud-sim`.
pub(crate) fn pem(name: &str) -> String {
    fixture(&format!("cloud-sim/{name}.pem"))
}

/// A row of OnboardDevices with nothing in the columns between.
pub(crate) fn row(id: &str, pem: &str) -> String {
    format!("{id},,,,\"{pem}\"\n")
}

/// A row of RegisterPublicKeys or RegisterCertificates.
pub(crate) fn short_row(id: &str, pem: &str) -> String {
    format!("{id},\"{pem}\"\n")
}

/// A token signed by the key of device 1 or 2, or any other `….key.pem`.
pub(crate) fn token(key: &str, claims: &Value) -> String {
    sign(key, &json!({"alg": "ES256", "typ": "JWT"}).to_string(), &claims.to_string())
}

/// The same from the JSON texts themselves.
pub(crate) fn sign(key: &str, header: &str, claims: &str) -> String {
    let key = SigningKey::from_pkcs8_pem(&pem(&format!("{key}.key"))).unwrap();
    let part = |text: &str| Base64UrlUnpadded::encode_string(text.as_bytes());
    let input = format!("{}.{}", part(header), part(claims));
    let signature: Signature = key.sign(input.as_bytes());
    format!("{input}.{}", Base64UrlUnpadded::encode_string(&signature.to_bytes()))
}

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// Status, code and message of a refusal.
    pub(crate) fn refusal(&self) -> (u16, u64, String) {
        let body = self.json();
        let text = body["message"].as_str().unwrap().to_owned();
        (self.status, body["code"].as_u64().unwrap(), text)
    }
}

/// A simulator without delays whose clock stands still at [`NOW`], and a client.
pub(crate) struct Bench {
    pub(crate) sim: CloudSim,
    pub(crate) http: reqwest::Client,
}

impl Bench {
    pub(crate) async fn new() -> Self {
        Self::with(|builder| builder).await
    }

    pub(crate) async fn with(settings: impl FnOnce(Builder) -> Builder) -> Self {
        let builder = CloudSim::builder()
            .bulk_delay(Duration::ZERO)
            .clock(|| UNIX_EPOCH + Duration::from_secs(NOW) + Duration::from_millis(250));
        let sim = settings(builder).start().await.unwrap();
        Self { sim, http: reqwest::Client::builder().no_proxy().build().unwrap() }
    }

    /// A request with `Authorization: Bearer …`.
    pub(crate) fn request(&self, method: Method, path: &str, credential: &str) -> RequestBuilder {
        let url = format!("{}{path}", self.sim.url());
        self.http.request(method, url).header(AUTHORIZATION, format!("Bearer {credential}"))
    }

    /// The answer, which has the shape that it should have.
    pub(crate) async fn send(&self, request: RequestBuilder) -> Answer {
        let request = request.build().unwrap();
        let (method, url) = (request.method().clone(), request.url().clone());
        let response = self.http.execute(request).await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = response.bytes().await.unwrap().to_vec();
        shapes::check(&method, &url, status, &body);
        Answer { status, headers, body }
    }

    /// With the API key.
    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path, self.sim.api_key())).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.send(self.request(Method::DELETE, path, self.sim.api_key())).await
    }

    pub(crate) async fn post(
        &self,
        path: &str,
        content_type: &str,
        body: impl Into<reqwest::Body>,
    ) -> Answer {
        let request = self.request(Method::POST, path, self.sim.api_key());
        self.send(request.header(CONTENT_TYPE, content_type).body(body)).await
    }

    /// A request with a JSON body and any credential.
    pub(crate) async fn json(&self, method: Method, path: &str, credential: &str, body: &Value) -> Answer {
        let request = self.request(method, path, credential).header(CONTENT_TYPE, "application/json");
        self.send(request.body(body.to_string())).await
    }

    /// The same with the API key.
    pub(crate) async fn call(&self, method: Method, path: &str, body: &Value) -> Answer {
        self.json(method, path, self.sim.api_key(), body).await
    }

    /// An upload that is taken; returns the operation as it then is.
    pub(crate) async fn upload(&self, path: &str, csv: impl Into<reqwest::Body>) -> Value {
        let answer = self.post(path, "text/csv", csv).await;
        assert_eq!(answer.status, 202, "{}", String::from_utf8_lossy(&answer.body));
        let id = answer.json()["bulkOpsRequestId"].as_str().unwrap().to_owned();
        let operation = self.get(&format!("/bulk-ops-requests/{id}")).await;
        assert_eq!(operation.status, 200);
        operation.json()
    }

    /// The lines of the error file of a failed operation.
    pub(crate) async fn errors(&self, operation: &Value) -> Vec<String> {
        let url = operation["errorSummaryUrl"].as_str().unwrap();
        let answer = self.send(self.http.get(url)).await;
        assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/json")));
        let errors = answer.json()["errors"].as_array().unwrap().clone();
        errors.iter().map(|error| error.as_str().unwrap().to_owned()).collect()
    }

    /// `GET /location/agnss` with a token.
    pub(crate) async fn agnss(&self, token: &str, query: &str, range: Option<&str>) -> Answer {
        let mut request = self.request(Method::GET, &format!("/location/agnss{query}"), token);
        if let Some(range) = range {
            request = request.header("range", range);
        }
        self.send(request).await
    }

    /// Why the last refused request was refused.
    pub(crate) fn last_reason(&self) -> String {
        self.sim.refusals().pop().unwrap().reason
    }
}

pub(crate) fn system_time(seconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(seconds)
}
