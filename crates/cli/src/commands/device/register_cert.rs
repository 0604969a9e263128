//! `nrfcloud device register-cert`

use clap::Args;
use cloud_api::onboarding::{CertificatePem, CertificateRow};

use super::credential;
use super::register::RegisterOptions;
use super::upload::Operation;
use crate::context::Context;
use crate::diagnostic::{self, Diagnostic};
use crate::input::Source;
use crate::key_material;

#[derive(Args, Debug)]
pub(crate) struct RegisterCert {
    /// The certificate of --device-id; the one that nRF Cloud has for it is deleted
    #[arg(long, value_name = "FILE", requires = "device_id", group = "credential")]
    cert: Option<Source>,
    #[command(flatten)]
    register: RegisterOptions,
}

impl RegisterCert {
    pub(crate) fn run(self, context: &Context) -> Result<(), Diagnostic> {
        let operation = Operation::RegisterCertificates;
        self.register.run(context, operation, self.cert.as_ref(), |device_id, source| {
            let certificate = key_material::certificate(context, source)?;
            let pem = credential::certificate_pem(context, &device_id, source, &certificate)?;
            let certificate = CertificatePem::normalized(&pem).map_err(diagnostic::unexpected)?;
            Ok(CertificateRow { device_id, certificate })
        })
    }
}
