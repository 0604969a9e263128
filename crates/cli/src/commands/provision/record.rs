//! What stands in the ledger about the steps of a board, and what each has found or made.

use std::path::PathBuf;

use cloud_api::{BulkOpId, DeviceId};
use serde::{Deserialize, Serialize};

use super::step::Step;

/// What a step has found or made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub(super) enum Fact {
    Probe {
        model: String,
        firmware: String,
    },
    Identity {
        device_uuid: String,
        imei: String,
        device_id: DeviceId,
    },
    Slots(Slots),
    CloudLook {
        is_known: bool,
    },
    Mode {
        functional_mode: u8,
    },
    Offline,
    ClearKey,
    /// The modem's message, as it is.
    Keygen {
        keygen: String,
    },
    CheckKey {
        key_id: String,
    },
    /// The certificate in PEM.
    Sign {
        certificate: String,
    },
    ClearCertificate,
    WriteCertificate {
        sha256: String,
    },
    ClearRootCa,
    WriteRootCa {
        sha256: String,
    },
    Prove {
        key_id: String,
    },
    Restore {
        functional_mode: u8,
    },
    Row {
        csv: PathBuf,
    },
    Upload {
        bulk_ops_request_id: BulkOpId,
    },
    CloudCheck,
}

impl Fact {
    pub(super) const fn step(&self) -> Step {
        match self {
            Self::Probe { .. } => Step::Probe,
            Self::Identity { .. } => Step::Identity,
            Self::Slots(_) => Step::Slots,
            Self::CloudLook { .. } => Step::CloudLook,
            Self::Mode { .. } => Step::Mode,
            Self::Offline => Step::Offline,
            Self::ClearKey => Step::ClearKey,
            Self::Keygen { .. } => Step::Keygen,
            Self::CheckKey { .. } => Step::CheckKey,
            Self::Sign { .. } => Step::Sign,
            Self::ClearCertificate => Step::ClearCertificate,
            Self::WriteCertificate { .. } => Step::WriteCertificate,
            Self::ClearRootCa => Step::ClearRootCa,
            Self::WriteRootCa { .. } => Step::WriteRootCa,
            Self::Prove { .. } => Step::Prove,
            Self::Restore { .. } => Step::Restore,
            Self::Row { .. } => Step::Row,
            Self::Upload { .. } => Step::Upload,
            Self::CloudCheck => Step::CloudCheck,
        }
    }
}

/// What the slots held when the board came, and what is to become of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Slots {
    /// There was a private key.
    pub(super) key: bool,
    /// There was a client certificate.
    pub(super) certificate: bool,
    /// The certificate in PEM, if it and its key stay.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) keep: Option<String>,
    pub(super) root_ca: RootCa,
}

/// What is to become of the root CA slot.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum RootCa {
    /// It stays as it is.
    #[default]
    Stays,
    /// It is empty, and is written.
    Write,
    /// It holds something else, which gives way.
    Replace,
}

/// What stands in the ledger about a step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "phase", rename_all = "snake_case")]
pub(super) enum Record {
    Begins { step: Step },
    Ends { fact: Fact },
}

impl Record {
    pub(super) const fn step(&self) -> Step {
        match self {
            Self::Begins { step } => *step,
            Self::Ends { fact } => fact.step(),
        }
    }
}
