//! `nrfcloud device register-key`

use clap::Args;
use cloud_api::onboarding::{PublicKeyPem, PublicKeyRow};

use super::register::RegisterOptions;
use super::upload::Operation;
use crate::context::Context;
use crate::diagnostic::{self, Diagnostic};
use crate::input::Source;
use crate::key_material;

#[derive(Args, Debug)]
pub(crate) struct RegisterKey {
    /// The key of --device-id: whatever holds one, as for `key public`
    #[arg(long, value_name = "FILE", requires = "device_id", group = "credential")]
    key: Option<Source>,
    #[command(flatten)]
    register: RegisterOptions,
}

impl RegisterKey {
    pub(crate) fn run(self, context: &Context) -> Result<(), Diagnostic> {
        self.register.run(context, Operation::RegisterKeys, self.key.as_ref(), |device_id, source| {
            let pem = key_material::public_key(context, source)?.to_spki_pem();
            let public_key = PublicKeyPem::normalized(&pem).map_err(diagnostic::unexpected)?;
            Ok(PublicKeyRow { device_id, public_key })
        })
    }
}
