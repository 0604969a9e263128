//! The certificate of one device, on its way to nRF Cloud.

use cloud_api::DeviceId;
use pki::certificate::Certificate;

use crate::context::Context;
use crate::diagnostic::{self, Diagnostic};
use crate::input::Source;

/// A clean PEM of a certificate whose key can be used. That it is for another device is told.
pub(super) fn certificate_pem(
    context: &Context,
    id: &DeviceId,
    source: &Source,
    certificate: &Certificate,
) -> Result<String, Diagnostic> {
    certificate.public_key().map_err(|error| diagnostic::unusable_key(source, &error))?;
    if certificate.common_name().as_deref() != Some(id.as_str()) {
        context.out.warn(format_args!(
            "{source}: the subject is {}, the device ID is {id}; over MQTT the CN must be the device ID",
            certificate.subject()
        ));
    }
    Ok(certificate.to_pem())
}
