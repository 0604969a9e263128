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
    /// [`Error`] of the exchange.
    pub fn serving_cell(&mut self) -> Result<Option<ServingCell>, Error> {
        match self.query(&Command::serving_cell(), reply::serving_cell) {
            Err(Error::Refused { .. }) => {
                let RegistrationStatus { registration, tac: Some(tac), eci: Some(eci) } =
                    self.registration()?
                else {
                    return Ok(None);
                };
                if !matches!(registration, Registration::Home | Registration::Roaming) {
                    return Ok(None);
                }
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
        self.query(&Command::registration(), reply::registration)
    }

    /// `AT+COPS?`: the operator, or `None` without one.
    ///
    /// # Errors
    /// [`Error`] of the exchange.
    pub fn operator(&mut self) -> Result<Option<Operator>, Error> {
        self.query(&Command::operator(), reply::operator)
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
