//! The serving cell, as location and A-GNSS requests want it.

use alloc::string::String;

/// The cell that the modem is camped on (`%XMONITOR`, facts section 12.4).
///
/// ```
/// use modem_at::{Registration, ServingCell};
///
/// let line = r#"%XMONITOR: 5,"Telia N@","Telia N@","24202","0901",7,20,"02024720",428,6300,53,22,"","11100000","11100000","01001001""#;
/// let cell: ServingCell = line.parse()?;
/// assert_eq!((cell.mcc.as_str(), cell.mnc.as_str(), cell.tac, cell.eci), ("242", "02", 2305, 33_703_712));
/// assert_eq!(cell.registration, Registration::Roaming);
/// assert_eq!(cell.rsrp_dbm, Some(-87));
/// # Ok::<(), modem_at::ReplyError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ServingCell {
    /// At home or roaming.
    pub registration: Registration,
    /// Mobile country code, three digits.
    pub mcc: String,
    /// Mobile network code; two or three digits, and `02` is not `002`.
    pub mnc: String,
    /// Tracking area code.
    pub tac: u16,
    /// E-UTRAN cell identity, 28 bits.
    pub eci: u32,
    /// Reference signal received power in dBm, where known.
    pub rsrp_dbm: Option<i16>,
}

/// What `AT+CEREG?` tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct RegistrationStatus {
    /// Whether the modem is registered.
    pub registration: Registration,
    /// Tracking area code.
    pub tac: Option<u16>,
    /// E-UTRAN cell identity, 28 bits.
    pub eci: Option<u32>,
}

/// The network operator, as `AT+COPS?` tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Operator {
    /// Mobile country code, three digits.
    pub mcc: String,
    /// Mobile network code; two or three digits, and `02` is not `002`.
    pub mnc: String,
}

/// Network registration, the first number of `%XMONITOR` and `+CEREG`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Registration {
    /// 0: not registered, not searching.
    NotRegistered,
    /// 1: registered with the home network.
    Home,
    /// 2: searching.
    Searching,
    /// 3: denied.
    Denied,
    /// 4: unknown, for example out of coverage.
    Unknown,
    /// 5: registered, roaming.
    Roaming,
    /// 90: the SIM failed.
    UiccFailure,
}

impl Registration {
    /// The registration of a number; `None` for a number that the facts do not list.
    #[must_use]
    pub const fn from_number(number: u8) -> Option<Self> {
        Some(match number {
            0 => Self::NotRegistered,
            1 => Self::Home,
            2 => Self::Searching,
            3 => Self::Denied,
            4 => Self::Unknown,
            5 => Self::Roaming,
            90 => Self::UiccFailure,
            _ => return None,
        })
    }
}
