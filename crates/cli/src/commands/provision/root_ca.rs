//! The root CA certificates that a board is given beside its own.

use modem_at::Sha256Digest;
use pki::certificate::Certificate;

use crate::commands::modem::slots;
use crate::context::Context;
use crate::diagnostic::{self, Diagnostic};
use crate::input::Source;
use crate::key_material;

/// The certificates of all files as one PEM text, each once, in the order in which they are given, with a blank line between them as
/// Nordic's tools write them; `None` without a file. With `coap` the authority of nRF Cloud's CoAP server must be among them.
pub(super) fn gather(
    context: &Context,
    sources: &[Source],
    coap: bool,
) -> Result<Option<String>, Diagnostic> {
    let mut all: Vec<String> = Vec::new();
    for source in sources {
        let text = key_material::certificates_pem(context, source)?;
        let input = pki::input::load(text.as_bytes()).map_err(diagnostic::unexpected)?;
        for pem in input.certificates().map(Certificate::to_pem) {
            if !all.contains(&pem) {
                all.push(pem);
            }
        }
    }
    if coap && !all.iter().any(|pem| is_of_coap(pem)) {
        return Err(diagnostic::no_coap_ca());
    }
    Ok((!all.is_empty()).then(|| all.join("\n")))
}

/// By the hash of its PEM: a certificate of Nordic's is not part of this program.
fn is_of_coap(pem: &str) -> bool {
    slots::is_nrf_cloud_coap_ca(Sha256Digest::of(pem.as_bytes()))
}
