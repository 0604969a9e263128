//! `nrfcloud claim check`

use clap::Args;
use cloud_api::onboarding::AttestationToken;
use serde::Serialize;

use super::token::{Claim, TokenInput};
use crate::cloud::ProvisioningOptions;
use crate::commands::device::each::{self, Failure};
use crate::context::Context;
use crate::diagnostic::Diagnostic;

#[derive(Args, Debug)]
pub(crate) struct Check {
    /// CSV with attestation tokens, or a token, or `-`
    #[arg(value_name = "CSV|TOKEN")]
    input: TokenInput,
    #[command(flatten)]
    api: ProvisioningOptions,
}

/// What a token says.
#[derive(Clone, Serialize)]
struct Told {
    device_type: String,
    firmware_uuid: String,
    #[serde(skip)]
    token: AttestationToken,
}

impl Check {
    pub(crate) fn run(self, context: &Context) -> Result<(), Diagnostic> {
        let claims = self.input.load(context)?;
        let devices = claims.into_iter().map(|claim| (claim.device_id.clone(), Told::from(claim))).collect();
        let client = self.api.client(context)?;
        each::run(context, "nrfcloud.claim.check", devices, |_, told| {
            let client = client.clone();
            async move {
                match client.check_claim(&told.token).await {
                    Ok(()) => Ok(told),
                    Err(error) => {
                        let (diagnostic, ends_all) = super::refused(error, &told.token);
                        Err(Failure::new(diagnostic, ends_all))
                    }
                }
            }
        })
    }
}

impl From<Claim> for Told {
    fn from(claim: Claim) -> Self {
        let kind = claim.content.device_type();
        Self {
            device_type: kind.name().map_or_else(|| format!("type {}", kind.0), str::to_owned),
            firmware_uuid: claim.content.firmware_uuid().to_string(),
            token: claim.row.token,
        }
    }
}
