//! The key of a kit without a modem, made by its shell: `nrf_cloud_cred`.

use modem_at::{KeygenRequest, KeygenResponse};
use pki::key::PublicKey;

use super::made::{Made, MadeError};
use crate::diagnostic::{self, Diagnostic};
use crate::serial::Kit;

/// Makes a key, and gives its request or its public half. Nothing else is there, and no statement of the device.
pub(super) fn generate(modem: &mut Kit, request: &KeygenRequest) -> Result<Made, Diagnostic> {
    let tag = request.sec_tag;
    let wants_csr = match request.response {
        KeygenResponse::Csr if request.key_usage.is_none() => true,
        KeygenResponse::PublicKey => false,
        _ => {
            return Err(Diagnostic::usage(
                "this kit has no modem, and its shell makes no such key",
                "ask for a certificate request, with --attributes or without, or for --public-key",
            ));
        }
    };
    modem.make_device_key(tag)?;
    let made = if wants_csr {
        let der = modem.device_key_csr(tag, request.attributes.as_deref())?;
        Made::request(&der)
    } else {
        let point = modem.device_public_key(tag)?;
        PublicKey::from_sec1_point(&point).map(|key| Made::of_key(&key)).map_err(MadeError::from)
    };
    made.map_err(|error| diagnostic::bad_keygen(tag, &error))
}
