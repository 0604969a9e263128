//! What is wrong with rows that keep to the form of the CSV: what their PEM holds, and whose it is.

use std::fmt::{self, Display, Formatter};

use cloud_api::onboarding::{Located, Place, Row};
use pki::input::{self, Input, InputError, Item};
use pki::key::KeyError;

use crate::device_id::{self, ReservedPrefix};

/// Something wrong with a row.
pub(super) struct Finding {
    /// Where.
    pub(super) place: Place,
    /// Index of the row, from 0.
    pub(super) row: usize,
    /// What.
    pub(super) flaw: Flaw,
}

/// What is wrong.
#[derive(Debug, thiserror::Error)]
pub(super) enum Flaw {
    /// `nrf-` on something else than a kit.
    #[error(transparent)]
    Prefix(#[from] ReservedPrefix),
    /// The PEM holds nothing that can be read.
    #[error("{0}")]
    Unreadable(InputError),
    /// Another curve.
    #[error("{0}")]
    Key(KeyError),
    /// A certificate for another device.
    #[error(
        "the certificate's CN is {found:?}, the device ID is {expected:?}; over MQTT the two must be the same"
    )]
    CommonName {
        /// The device ID of the row.
        expected: String,
        /// The CN.
        found: String,
    },
    /// A certificate for nobody.
    #[error(
        "the certificate has no CN, and the device ID is {expected:?}; over MQTT the two must be the same"
    )]
    NoCommonName {
        /// The device ID of the row.
        expected: String,
    },
}

impl Flaw {
    /// Its name for programs.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Prefix(_) => "reserved-prefix",
            Self::Unreadable(_) => "pem-content",
            Self::Key(_) => "key",
            Self::CommonName { .. } | Self::NoCommonName { .. } => "common-name",
        }
    }
}

impl Display for Finding {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.flaw)
    }
}

/// All that is wrong with good rows, in their order.
pub(super) fn of_rows<R: Row>(rows: &[Located<R>], allow_nrf_prefix: bool) -> Vec<Finding> {
    rows.iter().flat_map(|row| of_row(row, allow_nrf_prefix)).collect()
}

/// All that is wrong with a good row.
pub(super) fn of_row<R: Row>(row: &Located<R>, allow_nrf_prefix: bool) -> Vec<Finding> {
    let id = row.row.device_id();
    let mut findings = Vec::new();
    if let Err(error) = device_id::check_prefix(id, allow_nrf_prefix) {
        findings.push(Finding { place: row.place, row: row.index, flaw: error.into() });
    }
    let flaws = match row.row.pem().map(|pem| input::load(pem.as_bytes())) {
        Some(Ok(input)) => of_input(&input, id.as_str()),
        Some(Err(error)) => vec![Flaw::Unreadable(error)],
        None => Vec::new(),
    };
    findings.extend(flaws.into_iter().map(|flaw| Finding { place: row.pem_place, row: row.index, flaw }));
    findings
}

fn of_input(input: &Input, device_id: &str) -> Vec<Flaw> {
    let mut flaws = Vec::new();
    for item in input.items() {
        let Item::Certificate(certificate) = item else { continue };
        if let Err(error) = certificate.public_key() {
            flaws.push(Flaw::Key(error));
        }
        let expected = device_id.to_owned();
        match certificate.common_name() {
            Some(name) if name == device_id => {}
            Some(found) => flaws.push(Flaw::CommonName { expected, found }),
            None => flaws.push(Flaw::NoCommonName { expected }),
        }
    }
    flaws
}
