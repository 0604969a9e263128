//! The keys that a user has at hand: in files, in certificates and in the rows of a CSV.

use clap::Args;
use cloud_api::DeviceId;
use cloud_api::onboarding::{self, CertificateRow, Located, OnboardRow, PublicKeyRow, Reading, Row};
use jwt_core::{UntrustedToken, VerifyError};
use pki::certificate::Certificate;
use pki::input::{self, InputError};
use pki::key::{PrivateKey, PublicKey};

use crate::context::Context;
use crate::csv_file::{self, Kind};
use crate::diagnostic::{self, Diagnostic};
use crate::input::Source;
use crate::key_material;
use crate::passphrase::PassphraseOptions;

/// The options of every verb that compares with keys; each may be given several times.
#[derive(Args, Clone, Debug)]
#[group(skip)]
pub(crate) struct KnownKeyOptions {
    /// Key: public, private, certificate, request, JWK or answer to AT%KEYGEN; may be given again
    #[arg(long, value_name = "FILE")]
    key: Vec<Source>,
    /// Certificate whose key may have signed; may be given again
    #[arg(long, value_name = "FILE")]
    cert: Vec<Source>,
    /// CSV, as it was uploaded, with a key in each row; may be given again
    #[arg(long, value_name = "FILE")]
    csv: Vec<Source>,
    #[command(flatten)]
    passphrase: PassphraseOptions,
}

/// A key, and whose it is.
pub(crate) struct KnownKey {
    pub(crate) key: PublicKey,
    /// File, or file and line.
    pub(crate) name: String,
    /// The device ID beside it in a CSV.
    pub(crate) device_id: Option<DeviceId>,
    /// The CN of the certificate that it stands in.
    pub(crate) common_name: Option<String>,
    /// Its private half.
    pub(crate) secret: Option<PrivateKey>,
}

impl KnownKeyOptions {
    /// Every key of every file.
    pub(crate) fn load(&self, context: &Context) -> Result<Vec<KnownKey>, Diagnostic> {
        let mut keys = Vec::new();
        let passphrase = self.passphrase.read(context)?;
        for source in &self.key {
            let input =
                key_material::load_with(context, source, passphrase.as_ref().map(|text| text.as_str()))?;
            let key = key_material::public_key_of(context, source, &input)?;
            let common_name = input.certificate().ok().and_then(Certificate::common_name);
            let secret = input.private_key().ok().cloned();
            keys.push(KnownKey { key, name: source.to_string(), device_id: None, common_name, secret });
        }
        for source in &self.cert {
            let certificate = key_material::certificate(context, source)?;
            let key = certificate.public_key().map_err(|error| diagnostic::unusable_key(source, &error))?;
            let common_name = certificate.common_name();
            keys.push(KnownKey { key, name: source.to_string(), device_id: None, common_name, secret: None });
        }
        for source in &self.csv {
            keys.extend(of_csv(context, source)?);
        }
        Ok(keys)
    }
}

/// The key that signed a token. One key may stand in several places: that of the device `named` counts before others.
pub(crate) fn signer<'k>(
    token: &UntrustedToken<'_>,
    keys: &'k [KnownKey],
    named: Option<&str>,
) -> Option<&'k KnownKey> {
    let mut buffer = vec![0; token.payload_len()];
    let mut fitting =
        keys.iter().filter(|key| !matches!(token.verify(&key.key, &mut buffer), Err(VerifyError::Signature)));
    let first = fitting.next()?;
    let is_named = |key: &&KnownKey| key.device_id.as_ref().map(DeviceId::as_str) == named;
    if is_named(&first) { Some(first) } else { fitting.find(is_named).or(Some(first)) }
}

/// The key of every row. Rows without a key that can be used are named, and passed over: the others may fit all the same.
fn of_csv(context: &Context, source: &Source) -> Result<Vec<KnownKey>, Diagnostic> {
    let csv = context.input.bytes(source)?;
    match csv_file::kind_of(&csv) {
        Kind::PublicKeys => of_rows(context, source, &onboarding::read::<PublicKeyRow>(&csv)),
        Kind::Certificates => of_rows(context, source, &onboarding::read::<CertificateRow>(&csv)),
        Kind::Onboard => of_rows(context, source, &onboarding::read::<OnboardRow>(&csv)),
    }
}

fn of_rows<R: Row>(
    context: &Context,
    source: &Source,
    reading: &Reading<'_, R>,
) -> Result<Vec<KnownKey>, Diagnostic> {
    for problem in reading.problems() {
        context.out.warn(format_args!("{source}, {problem}"));
    }
    let mut keys = Vec::with_capacity(reading.rows().len());
    for row in reading.rows() {
        match of_row(source, row) {
            Ok(key) => keys.push(key),
            Err(error) => {
                context
                    .out
                    .warn(format_args!("{source}, {}: {error}; the row is passed over", row.pem_place));
            }
        }
    }
    if keys.is_empty() { Err(diagnostic::no_key_in_csv(source)) } else { Ok(keys) }
}

fn of_row<R: Row>(source: &Source, row: &Located<R>) -> Result<KnownKey, InputError> {
    let input = input::load(row.row.pem().unwrap_or_default().as_bytes())?;
    Ok(KnownKey {
        key: input.public_key()?,
        name: format!("{source}, line {}", row.place.line),
        device_id: Some(row.row.device_id().clone()),
        common_name: input.certificate().ok().and_then(Certificate::common_name),
        secret: None,
    })
}
