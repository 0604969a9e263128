//! Where the modem is.

use super::Modem;
use crate::clock::ModemTime;
use crate::command::Command;
use crate::error::Error;
use crate::network::{Operator, Registration, RegistrationStatus, ServingCell};
use crate::reply;
use crate::transport::Transport;

impl<T: Transport> Modem<T> {
    /// The cell that the modem is camped on, or `None` without registration: by `AT%XMONITOR`, and where that is refused by
    /// `AT+CEREG?` and `AT+COPS?`.
    ///
    /// # Errors
    /// [`Error`] of the exchange; [`Error::Refused`] also if the modem is registered and tells the cell in neither way, as it does not
    /// by `AT+CEREG?` before an `AT+CEREG=2`.
    pub fn serving_cell(&mut self) -> Result<Option<ServingCell>, Error> {
        match self.query_twice(&Command::serving_cell(), reply::serving_cell, is_same_cell) {
            Err(refused @ Error::Refused { .. }) => {
                let RegistrationStatus { registration, tac, eci } = self.registration()?;
                if !matches!(registration, Registration::Home | Registration::Roaming) {
                    return Ok(None);
                }
                let (Some(tac), Some(eci)) = (tac, eci) else { return Err(refused) };
                let operator = self.operator()?;
                Ok(operator.map(|Operator { mcc, mnc }| ServingCell {
                    registration,
                    mcc,
                    mnc,
                    tac,
                    eci,
                    rsrp_dbm: None,
                }))
            }
            result => result,
        }
    }

    /// `AT+CEREG?`.
    ///
    /// # Errors
    /// [`Error`] of the exchange.
    pub fn registration(&mut self) -> Result<RegistrationStatus, Error> {
        self.query_twice(&Command::registration(), reply::registration, PartialEq::eq)
    }

    /// `AT+COPS?`: the operator, or `None` without one.
    ///
    /// # Errors
    /// [`Error`] of the exchange.
    pub fn operator(&mut self) -> Result<Option<Operator>, Error> {
        self.query_twice(&Command::operator(), reply::operator, PartialEq::eq)
    }

    /// `AT%CCLK?`: the modem's clock and how many hours of it are daylight saving time, or `None` without a valid time.
    ///
    /// # Errors
    /// [`Error`] of the exchange.
    pub fn network_clock(&mut self) -> Result<Option<(ModemTime, u8)>, Error> {
        match self.query(&Command::network_clock(), reply::network_clock) {
            Ok(time) => Ok(Some(time)),
            Err(Error::Refused { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// Whether two answers name the same cell. Its signal may have changed meanwhile, but not by much.
fn is_same_cell(one: &Option<ServingCell>, other: &Option<ServingCell>) -> bool {
    let (Some(one), Some(other)) = (one, other) else { return one.is_none() && other.is_none() };
    let is_near = match (one.rsrp_dbm, other.rsrp_dbm) {
        (Some(one), Some(other)) => one.abs_diff(other) <= 10,
        (one, other) => one == other,
    };
    is_near
        && (one.registration, &one.mcc, &one.mnc, one.tac, one.eci)
            == (other.registration, &other.mcc, &other.mnc, other.tac, other.eci)
}
