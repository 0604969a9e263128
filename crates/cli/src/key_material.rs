//! Keys, certificates and modem messages from files, with every repair told.

use pki::certificate::Certificate;
use pki::csr::CertificateRequest;
use pki::input::{self, Input, InputError};
use pki::key::{PrivateKey, PublicKey};
use pki::keygen::KeygenMessage;
use pki::lint::{Finding, Severity};

use crate::context::Context;
use crate::diagnostic::{self, Diagnostic};
use crate::input::Source;
use crate::passphrase::PassphraseOptions;

/// Reads whatever is in the input.
pub(crate) fn load(context: &Context, source: &Source) -> Result<Input, Diagnostic> {
    load_with(context, source, None)
}

/// The same, and opens encrypted private keys.
pub(crate) fn load_with(
    context: &Context,
    source: &Source,
    passphrase: Option<&str>,
) -> Result<Input, Diagnostic> {
    let bytes = context.input.bytes(source)?;
    let input = match passphrase {
        Some(passphrase) => input::load_with_passphrase(&bytes, passphrase.as_bytes()),
        None => input::load(&bytes),
    };
    let input = input.map_err(|error| diagnostic::unusable(source, &error))?;
    for repair in input.repairs() {
        let message = format_args!("{source}: {repair}; read all the same");
        // Line ends that every modem and every Windows writes are no reason to worry anybody.
        match Finding::Repaired(repair.clone()).severity() {
            Severity::Note => context.out.trace(message),
            _ => context.out.warn(message),
        }
    }
    context.out.trace(format_args!("{source} is {input}"));
    Ok(input)
}

/// Reads a P-256 private key.
pub(crate) fn private_key(context: &Context, source: &Source) -> Result<PrivateKey, Diagnostic> {
    wanted(context, source, |input| input.private_key().cloned())
}

/// Reads a P-256 private key that may have a passphrase.
pub(crate) fn private_key_with(
    context: &Context,
    source: &Source,
    passphrase: &PassphraseOptions,
) -> Result<PrivateKey, Diagnostic> {
    let passphrase = passphrase.read(context)?;
    let input = load_with(context, source, passphrase.as_ref().map(|text| text.as_str()))?;
    input.private_key().cloned().map_err(|error| locked_or_unusable(source, &error))
}

/// Why there is no key in an input, for a verb that takes a passphrase.
fn locked_or_unusable(source: &Source, error: &InputError) -> Diagnostic {
    match error {
        InputError::PassphraseNeeded { .. } => diagnostic::passphrase_needed(source, error),
        error => diagnostic::unusable(source, error),
    }
}

/// The public key of an input that was [loaded](load_with) with a passphrase, where one is given.
pub(crate) fn public_key_of(
    context: &Context,
    source: &Source,
    input: &Input,
) -> Result<PublicKey, Diagnostic> {
    let key = input.public_key().map_err(|error| locked_or_unusable(source, &error))?;
    tell_of_the_first(context, source, input);
    Ok(key)
}

/// Reads the public key of whatever holds one.
pub(crate) fn public_key(context: &Context, source: &Source) -> Result<PublicKey, Diagnostic> {
    wanted(context, source, |input| {
        let key = input.public_key()?;
        tell_of_the_first(context, source, input);
        Ok(key)
    })
}

/// Reads a certificate.
pub(crate) fn certificate(context: &Context, source: &Source) -> Result<Certificate, Diagnostic> {
    wanted(context, source, |input| {
        let certificate = input.certificate()?;
        tell_of_the_first(context, source, input);
        Ok(certificate.clone())
    })
}

/// Says which one is meant in a file with several certificates.
pub(crate) fn tell_of_the_first(context: &Context, source: &Source, input: &Input) {
    let count = input.certificates().count();
    if count > 1
        && let Ok(first) = input.certificate()
    {
        context.out.warn(format_args!(
            "{source} holds {count} certificates; the first is used, that of {}",
            first.subject()
        ));
    }
}

/// Reads all certificates of an input, as one clean PEM text.
pub(crate) fn certificates_pem(context: &Context, source: &Source) -> Result<String, Diagnostic> {
    wanted(context, source, |input| {
        input.certificate()?;
        Ok(input.certificates().map(Certificate::to_pem).collect())
    })
}

/// Reads a certificate request.
pub(crate) fn certificate_request(
    context: &Context,
    source: &Source,
) -> Result<CertificateRequest, Diagnostic> {
    wanted(context, source, |input| input.certificate_request().cloned())
}

/// Reads a modem's answer to `AT%KEYGEN`.
pub(crate) fn keygen(context: &Context, source: &Source) -> Result<KeygenMessage, Diagnostic> {
    wanted(context, source, |input| input.keygen().cloned())
}

fn wanted<T>(
    context: &Context,
    source: &Source,
    get: impl FnOnce(&Input) -> Result<T, InputError>,
) -> Result<T, Diagnostic> {
    get(&load(context, source)?).map_err(|error| diagnostic::unusable(source, &error))
}
