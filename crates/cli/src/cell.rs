//! The LTE cell that serves a device: by options, or as its modem tells.

use std::fmt::{self, Display, Formatter};

use clap::Args;
use cloud_api::assistance::{Mnc, ServingCell};
use cloud_api::location::LteCell;
use cloud_api::parameter::InvalidParameter;

/// The options of every verb that is told of a cell.
#[derive(Args, Clone, Debug)]
pub(crate) struct CellOptions {
    /// Mobile country code of the serving cell
    #[arg(long, requires_all = ["mnc", "tac", "eci"])]
    mcc: Option<u16>,
    /// Mobile network code; leading zeros count
    #[arg(long, requires = "mcc")]
    mnc: Option<Mnc>,
    /// Tracking area code
    #[arg(long, requires = "mcc")]
    tac: Option<u32>,
    /// E-UTRAN cell identity
    #[arg(long, requires = "mcc")]
    eci: Option<u32>,
    /// Power of its reference signal in dBm, -157 to -44
    #[arg(long, value_name = "DBM", requires = "mcc")]
    rsrp: Option<i16>,
}

/// A cell.
#[derive(Clone, Debug)]
pub(crate) struct Cell {
    mcc: u16,
    mnc: Mnc,
    tac: u32,
    eci: u32,
    rsrp: Option<i16>,
}

impl CellOptions {
    /// The cell, where one is given.
    pub(crate) fn given(&self) -> Option<Cell> {
        let (Some(mcc), Some(mnc), Some(tac), Some(eci)) = (self.mcc, &self.mnc, self.tac, self.eci) else {
            return None;
        };
        Some(Cell { mcc, mnc: mnc.clone(), tac, eci, rsrp: self.rsrp })
    }
}

impl Cell {
    /// As its modem tells of it; `None` where the network has numbers that no request can name. A signal that none can tell of is left
    /// out.
    pub(crate) fn of_modem(cell: &modem_at::ServingCell) -> Option<Self> {
        Some(Self {
            mcc: cell.mcc.parse().ok()?,
            mnc: cell.mnc.parse().ok()?,
            tac: cell.tac.into(),
            eci: cell.eci,
            rsrp: cell.rsrp_dbm.filter(|dbm| (-157..=-44).contains(dbm)),
        })
    }

    /// For a request of assistance data.
    pub(crate) fn for_assistance(&self) -> Result<ServingCell, InvalidParameter> {
        let cell = ServingCell::new(self.mcc, self.mnc.clone(), self.tac, self.eci)?;
        self.rsrp.map_or(Ok(cell.clone()), |dbm| cell.with_rsrp(dbm))
    }

    /// For a request of a position.
    pub(crate) fn for_location(&self) -> Result<LteCell, InvalidParameter> {
        let cell = LteCell::new(self.mcc, self.mnc.clone(), self.tac, self.eci)?;
        self.rsrp.map_or(Ok(cell.clone()), |dbm| cell.with_rsrp(dbm.into()))
    }
}

impl Display for Cell {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}, area {}, cell {}", self.mcc, self.mnc, self.tac, self.eci)?;
        self.rsrp.map_or(Ok(()), |dbm| write!(f, ", {dbm} dBm"))
    }
}
