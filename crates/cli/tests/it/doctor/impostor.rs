//! A proxy that opens every TLS connection, as those of companies do.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;

use rustls::pki_types::PrivateKeyDer;

/// It shows a certificate for nRF Cloud, and answers every request itself.
pub(super) struct Impostor {
    /// For `HTTPS_PROXY`.
    pub(super) proxy: String,
    /// The same server without the proxy's handshake.
    pub(super) direct: String,
    /// The certificate, PEM.
    pub(super) authority: String,
}

impl Impostor {
    pub(super) fn start(answer: &'static str) -> Self {
        let names = ["api.nrfcloud.com".to_owned(), "localhost".to_owned()];
        let rcgen::CertifiedKey { cert, signing_key } = rcgen::generate_simple_self_signed(names).unwrap();
        let key = PrivateKeyDer::try_from(signing_key.serialize_der()).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
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
                // A client that refuses the certificate is gone.
                let _ = serve(stream.unwrap(), &config, answer);
            }
        });
        Self {
            proxy: format!("http://127.0.0.1:{port}"),
            direct: format!("https://localhost:{port}/v1"),
            authority: cert.pem(),
        }
    }
}

fn serve(mut stream: TcpStream, config: &Arc<rustls::ServerConfig>, answer: &str) -> std::io::Result<()> {
    let mut first = [0];
    stream.peek(&mut first)?;
    if first == *b"C" {
        read_head(&mut stream)?;
        stream.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")?;
    }
    let connection = rustls::ServerConnection::new(Arc::clone(config)).unwrap();
    let mut tls = rustls::StreamOwned::new(connection, stream);
    read_head(&mut tls)?;
    tls.write_all(answer.as_bytes())?;
    tls.conn.send_close_notify();
    tls.flush()
}

fn read_head(stream: &mut impl Read) -> std::io::Result<()> {
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    Ok(())
}
