//! Who issues the certificates, and the roots that go on every kit.

use std::ffi::OsStr;
use std::path::PathBuf;
use std::process::Command;
use std::time::SystemTime;

use pki::ca::{CaParams, CertificateAuthority, CsrOptions};
use pki::csr::CertificateRequest;
use pki::key::{PrivateKey, PublicKey};
use pki::keygen::KeygenMessage;

/// An authority in memory, and in files for Nordic's tool.
pub(crate) struct Authority {
    ca: CertificateAuthority,
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
    /// Both root certificates of nRF Cloud with the line ends that Nordic's tool gives them.
    pub(crate) roots: String,
}

impl Authority {
    pub(crate) fn new(python: Option<&OsStr>) -> Self {
        let key = PrivateKey::generate().unwrap();
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
        let files = ["modem-ca.crt.pem", "modem-ca.key.pem"].map(|name| folder.join(name));
        std::fs::write(&files[1], key.to_pkcs8_pem().as_bytes()).unwrap();
        let subject = "/C=NO/O=Nordic Semiconductor".parse().unwrap();
        let ca = CertificateAuthority::create(&CaParams::new(subject), key, SystemTime::now()).unwrap();
        std::fs::write(&files[0], ca.certificate().to_pem()).unwrap();
        let roots = match python {
            Some(python) => {
                let script =
                    "from nrfcloud_utils import ca_certs; print(ca_certs.get_ca_certs(True), end='')";
                let output = Command::new(python).args(["-c", script]).output().unwrap();
                assert!(output.status.success());
                String::from_utf8(output.stdout).unwrap()
            }
            // About as long.
            None => ca.certificate().to_pem().repeat(3),
        };
        let [certificate, key] = files;
        Self { ca, certificate, key, roots: roots.replace('\n', "\r\n") }
    }

    /// The certificate for what a modem answered to `AT%KEYGEN`.
    pub(crate) fn issue(&self, message: &str) -> String {
        let message = KeygenMessage::decode(message).unwrap();
        let issued = self.ca.issue_from_keygen(&message, &CsrOptions::default(), SystemTime::now());
        issued.unwrap().to_pem().replace('\n', "\r\n")
    }

    /// The certificate for a request in DER, which is by this key.
    pub(crate) fn issue_from_csr(&self, der: &[u8], key: &[u8; 65]) -> String {
        let request = CertificateRequest::from_der(der).unwrap();
        assert_eq!(request.public_key(), PublicKey::from_sec1_point(key).unwrap());
        let issued = self.ca.issue_from_csr(&request, &CsrOptions::default(), SystemTime::now());
        issued.unwrap().to_pem().replace('\n', "\r\n")
    }
}
