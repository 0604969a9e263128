//! TLS: a CA bundle is trusted, an unknown authority is told apart from a refused connection.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;

use cloud_api::error::{Error, TransportKind};
use cloud_api::{Client, Url};
use rustls::pki_types::PrivateKeyDer;

use crate::server::{json, quick};

/// Starts a TLS server on loopback that answers each request with an account; gives its address and its
/// authority.
fn start() -> (Url, String) {
    serve(|tls| {
        let _ = tls.write_all(&json(200, r#"{"team":{"tenantId":"t"}}"#));
        tls.conn.send_close_notify();
        let _ = tls.flush();
    })
}

type Tls = rustls::StreamOwned<rustls::ServerConnection, TcpStream>;

/// `answer` is called when the head of a request has come.
fn serve(answer: impl Fn(&mut Tls) + Send + 'static) -> (Url, String) {
    let rcgen::CertifiedKey { cert, signing_key } =
        rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let key = PrivateKeyDer::try_from(signing_key.serialize_der()).unwrap();
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], key)
        .unwrap();
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let connection = rustls::ServerConnection::new(Arc::clone(&config)).unwrap();
            let mut tls = rustls::StreamOwned::new(connection, stream.unwrap());
            let mut head = Vec::new();
            let mut byte = [0];
            while !head.ends_with(b"\r\n\r\n") {
                match tls.read(&mut byte) {
                    Ok(1) => head.push(byte[0]),
                    // The client refused the certificate.
                    _ => break,
                }
            }
            answer(&mut tls);
        }
    });
    (format!("https://localhost:{port}").parse().unwrap(), cert.pem())
}

fn kind(error: Error) -> TransportKind {
    match error {
        Error::Transport(error) => error.kind,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_ca_bundle_is_trusted() {
    let (url, authority) = start();
    let client = quick(Client::builder()).base_url(url).ca_bundle(authority).build().unwrap();
    assert_eq!(client.fetch_account_info().await.unwrap().team.tenant_id, "t");
}

#[tokio::test]
async fn an_unknown_authority_is_a_refused_certificate() {
    let (url, _) = start();
    let client = quick(Client::builder()).base_url(url).build().unwrap();
    let error = client.fetch_account_info().await.unwrap_err();
    assert!(!error.is_transient());
    let TransportKind::Tls { certificate, reason } = kind(error) else { panic!("not a TLS error") };
    assert!(certificate, "{reason}");
}

#[tokio::test]
async fn tls_that_breaks_after_the_request_was_sent_may_have_brought_it() {
    let (url, authority) = serve(|tls| {
        // No TLS record.
        let _ = tls.sock.write_all(b"HTTP/1.1 502 Bad Gateway\r\n\r\n");
    });
    let client = quick(Client::builder()).base_url(url).ca_bundle(authority).build().unwrap();
    let error = client.onboard_devices("row").await.unwrap_err();
    assert!(error.may_have_been_taken(), "{error:?}");
    assert_eq!(kind(error), TransportKind::Lost);
}

#[tokio::test]
async fn tls_to_a_server_without_tls() {
    let plain = TcpListener::bind("127.0.0.1:0").unwrap();
    let url: Url = format!("https://localhost:{}", plain.local_addr().unwrap().port()).parse().unwrap();
    std::thread::spawn(move || {
        for stream in plain.incoming() {
            let _ = stream.unwrap().write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
        }
    });
    let client = quick(Client::builder()).base_url(url).build().unwrap();
    let error = client.fetch_account_info().await.unwrap_err();
    assert!(!error.may_have_been_taken());
    let TransportKind::Tls { certificate, reason } = kind(error) else { panic!("not a TLS error") };
    assert!(!certificate, "{reason}");
}

#[tokio::test]
async fn a_peer_that_is_not_trusted_can_be_looked_at() {
    let (url, authority) = start();
    let client = quick(Client::builder()).base_url(url).build().unwrap();
    assert!(client.fetch_account_info().await.is_err());
    let peer = client.look_at_peer().await.unwrap();
    let shown = rustls::pki_types::pem::PemObject::from_pem_slice(authority.as_bytes());
    let shown: rustls::pki_types::CertificateDer<'_> = shown.unwrap();
    assert_eq!((peer.certificate.as_deref(), peer.status), (Some(&*shown), 200));
    assert_eq!((peer.date, peer.location), (None, None));
}
