//! The kit of this run.

use super::simulator::Simulator;

/// The security tag of the credentials of part A. Not one that Nordic's samples use: a real kit keeps its own.
pub(crate) const CREDENTIALS_TAG: &str = "424201";
/// The security tag of the key that the modem makes in part B.
pub(crate) const KEYGEN_TAG: &str = "424202";

/// Where the kit is, and who it is.
#[derive(Debug)]
pub(crate) struct Kit {
    pub(crate) port: String,
    /// None with a real one that has not been asked yet.
    pub(crate) uuid: Option<String>,
    /// Its identity key, an SPKI in DER. Only a simulated kit shows it.
    pub(crate) identity_key: Option<Vec<u8>>,
    /// None with a real one.
    pub(crate) simulator: Option<Simulator>,
}
