//! How many authenticated requests the simulated cloud answers, with its client on the same machine.

use std::hint::black_box;
use std::time::{Duration, Instant, SystemTime};

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, ParsedPublicKey};
use benches::Operation;
use cloud_api::onboarding::{Credential, PublicKeyPem};
use cloud_api::uploads::OnboardDevice;
use cloud_api::{ApiKey, Client};
use cloud_sim::CloudSim;
use jwt_core::{Claims, Header, UntrustedToken};
use pki::key::PrivateKey;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::runtime::Runtime;

const DEVICE_ID: &str = "f69c0e45-7f04-4949-8def-bb2215b4223e";
/// Open at the same time, each with one request under way.
const CONNECTIONS: u64 = 16;

pub(crate) fn operations(runtime: &Runtime) -> Vec<Operation<'_>> {
    let cloud = runtime.block_on(CloudSim::builder().start()).unwrap();
    let key = PrivateKey::generate().unwrap();
    let pem: PublicKeyPem = key.public_key().to_spki_pem().parse().unwrap();
    let client = Client::builder()
        .base_url(cloud.url().parse().unwrap())
        .credentials(ApiKey::new(cloud.api_key()).unwrap())
        .build()
        .unwrap();
    let device = OnboardDevice::new(Credential::from(pem));
    runtime.block_on(client.onboard_device(&DEVICE_ID.parse().unwrap(), &device)).unwrap();

    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
    let claims = Claims::new().sub(DEVICE_ID).iat(now).exp(now + 86_400);
    let token = jwt_core::sign(&Header::new(), &claims, &key, &mut [0; 512]).unwrap().to_owned();
    let parsed = UntrustedToken::parse(&token).unwrap();
    let signature = parsed.signature().to_bytes().to_vec();
    let message = parsed.signing_input().as_bytes().to_vec();
    let point = *key.public_key().sec1_point();

    let by_key = gets(runtime, "requests/device by API key", &cloud, cloud.api_key());
    let by_token = gets(runtime, "requests/device by JWT", &cloud, &token);
    let verify = Operation::on_threads(
        "requests/raw verify on 2 threads",
        2,
        move || ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).unwrap(),
        move |public| public.verify_sig(black_box(&message), &signature).unwrap(),
    );
    // It runs as long as this process.
    std::mem::forget(cloud);
    vec![by_key, by_token, verify]
}

fn gets<'r>(runtime: &'r Runtime, name: &'static str, cloud: &CloudSim, secret: &str) -> Operation<'r> {
    let address = cloud.url().trim_start_matches("http://").trim_end_matches("/v1").to_owned();
    let request = format!(
        "GET /v1/devices/{DEVICE_ID} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {secret}\r\n\r\n"
    );
    let run = move |iterations: u64| {
        let open = || {
            let stream = runtime.block_on(TcpStream::connect(&address)).unwrap();
            stream.set_nodelay(true).unwrap();
            stream
        };
        let streams: Vec<TcpStream> = (0..CONNECTIONS).map(|_| open()).collect();
        let start = Instant::now();
        let tasks: Vec<_> = streams
            .into_iter()
            .map(|stream| runtime.spawn(ask(stream, request.clone(), iterations)))
            .collect();
        runtime.block_on(async {
            for task in tasks {
                task.await.unwrap();
            }
        });
        start.elapsed()
    };
    Operation::with_clock(name, run).of(CONNECTIONS).in_batches_of(Duration::from_millis(200))
}

/// One request after the other over one connection.
async fn ask(mut stream: TcpStream, request: String, times: u64) {
    let mut answer = Vec::with_capacity(4096);
    for _ in 0..times {
        stream.write_all(request.as_bytes()).await.unwrap();
        answer.clear();
        loop {
            assert_ne!(stream.read_buf(&mut answer).await.unwrap(), 0, "the connection ended");
            if is_whole(&answer) {
                break;
            }
        }
        assert!(answer.starts_with(b"HTTP/1.1 200 "), "{}", String::from_utf8_lossy(&answer));
    }
}

/// Whether the head and as much body as it tells are there.
fn is_whole(answer: &[u8]) -> bool {
    let Some(end) = answer.windows(4).position(|window| window == b"\r\n\r\n") else { return false };
    let head = String::from_utf8_lossy(&answer[..end]).to_ascii_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    let length: usize = length.expect("the simulator tells the length").trim().parse().unwrap();
    answer.len() >= end + 4 + length
}
