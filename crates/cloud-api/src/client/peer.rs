//! Who answers at the address of the service, whether it is trusted or not.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use reqwest::header::{DATE, LOCATION};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, SignatureScheme};

use super::{Client, HttpSettings};
use crate::error::{Error, TransportError};

const OPERATION: &str = "GetSystemStatus";

impl Client {
    /// Looks at who answers: `GET /status`, once, without credentials, whatever certificate is shown.
    ///
    /// It explains why [`TransportKind::Tls`](crate::error::TransportKind::Tls) came, names a proxy that reads along by the
    /// issuer of its certificate, and tells the service's clock, also to a host whose own clock makes every certificate
    /// invalid. Nothing of it is proven, so that nothing but an explanation may follow from it.
    ///
    /// # Errors
    ///
    /// [`Error::Transport`] when nobody answers. Any HTTP answer will do.
    #[expect(clippy::missing_panics_doc, reason = "the provider has the protocol versions that rustls has")]
    pub async fn look_at_peer(&self) -> Result<Peer, Error> {
        let HttpSettings { user_agent, timeouts, is_loopback } = &self.inner.settings;
        let mut url = self.inner.base.clone();
        url.path_segments_mut().expect("a base URL is http or https, which have a path").push("status");
        let failed = |error| TransportError::new(OPERATION, &url, error);
        let provider = Arc::new(aws_lc_rs::default_provider());
        let witness = Arc::new(Witness { provider: Arc::clone(&provider), shown: Mutex::new(None) });
        let tls = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("the provider has suites for TLS 1.2 and 1.3")
            .dangerous()
            .with_custom_certificate_verifier(Arc::clone(&witness) as Arc<dyn ServerCertVerifier>)
            .with_no_client_auth();
        let mut http = reqwest::Client::builder()
            .user_agent(user_agent.clone())
            .connect_timeout(timeouts.connect)
            .read_timeout(timeouts.read)
            .timeout(timeouts.total)
            .redirect(reqwest::redirect::Policy::none())
            .tls_backend_preconfigured(tls);
        if *is_loopback {
            http = http.no_proxy();
        }
        let http = http.build().map_err(failed)?;
        let response = http.get(url.clone()).send().await.map_err(failed)?;
        let header = |name| response.headers().get(name).and_then(|value| value.to_str().ok());
        Ok(Peer {
            date: header(DATE).and_then(|date| httpdate::parse_http_date(date).ok()),
            location: header(LOCATION).map(str::to_owned),
            status: response.status().as_u16(),
            certificate: witness.shown.lock().unwrap_or_else(PoisonError::into_inner).take(),
        })
    }
}

/// Who answers, by its own words. See [`Client::look_at_peer`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Peer {
    /// The `Date` of its answer.
    pub date: Option<SystemTime>,
    /// The certificate that it showed, DER; the first of its chain. `None` without TLS.
    pub certificate: Option<Vec<u8>>,
    /// HTTP status of its answer.
    pub status: u16,
    /// Where it would have the client go instead, as a captive portal does.
    pub location: Option<String>,
}

/// Keeps the certificate that is shown, and takes any. Through a proxy the HTTP client itself does not tell it.
#[derive(Debug)]
struct Witness {
    provider: Arc<CryptoProvider>,
    shown: Mutex<Option<Vec<u8>>>,
}

impl ServerCertVerifier for Witness {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        *self.shown.lock().unwrap_or_else(PoisonError::into_inner) = Some(end_entity.to_vec());
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signed, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signed, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
