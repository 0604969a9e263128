//! Who the modem is.

use super::Modem;
use crate::command::Command;
use crate::dialect::Dialect;
use crate::engine::Line;
use crate::error::Error;
use crate::identity::{DeviceUuid, FirmwareUuid, Imei};
use crate::jwt::JwtRequest;
use crate::reply;
use crate::secret::AttestationToken;
use crate::transport::Transport;

impl<T: Transport> Modem<T> {
    /// `AT+CGSN`: the IMEI, with its check digit verified.
    ///
    /// # Errors
    /// [`Error`] of the exchange.
    pub fn imei(&mut self) -> Result<Imei, Error> {
        self.query(&Command::imei(), reply::imei)
    }

    /// `AT+CGMM`: chip and variant, such as `nRF9151-LACA`.
    ///
    /// # Errors
    /// [`Error`] of the exchange.
    pub fn model(&mut self) -> Result<String, Error> {
        self.query_twice(&Command::model(), |lines| reply::bare(lines, "a model"), PartialEq::eq)
    }

    /// `AT+CGMR`: the modem firmware, such as `mfw_nrf91x1_2.0.2`.
    ///
    /// # Errors
    /// [`Error`] of the exchange.
    pub fn firmware_version(&mut self) -> Result<String, Error> {
        let read = |lines: &[Line]| reply::bare(lines, "a firmware version");
        self.query_twice(&Command::firmware_version(), read, PartialEq::eq)
    }

    /// `AT%XMODEMUUID`: the build of the modem firmware.
    ///
    /// # Errors
    /// [`Error`] of the exchange.
    pub fn firmware_uuid(&mut self) -> Result<FirmwareUuid, Error> {
        self.query(&Command::firmware_uuid(), reply::firmware_uuid)
    }

    /// `AT%DEVICEUUID`; where the modem does not know it, as an nRF9160, `AT#XUUID` of Serial Modem, or the `iss` claim of a token
    /// of the identity key.
    ///
    /// # Errors
    /// [`Error`] of the exchange; [`Error::NoDeviceUuid`] if the token has no UUID.
    pub fn device_uuid(&mut self) -> Result<DeviceUuid, Error> {
        match self.query(&Command::device_uuid(), reply::device_uuid) {
            Err(Error::Refused { .. }) => {
                if self.dialect() == Dialect::SerialModem
                    && let Ok(uuid) = self.query(&Command::serial_modem_uuid(), reply::serial_modem_uuid)
                {
                    return Ok(uuid);
                }
                let token = self.query(&Command::jwt(&JwtRequest::default())?, reply::jwt)?;
                token.device_uuid().ok_or(Error::NoDeviceUuid)
            }
            result => result,
        }
    }

    /// `AT%JWT`: a token that the modem makes and signs. It is not verified here.
    ///
    /// # Errors
    /// [`Error`] of the exchange; [`Error::NoModemTime`] if a lifetime was asked for and the token has no `exp`.
    pub fn jwt(&mut self, request: &JwtRequest) -> Result<String, Error> {
        let token = self.query(&Command::jwt(request)?, reply::jwt)?;
        if request.expires_in.is_some() && !token.has_expiry() {
            return Err(Error::NoModemTime);
        }
        Ok(token.into_token())
    }

    /// `AT%ATTESTTOKEN`: proof of the device's identity, for claiming it. A challenge takes the place of the modem's random nonce.
    ///
    /// # Errors
    /// [`Error`] of the exchange.
    pub fn attestation_token(&mut self, challenge: Option<[u8; 16]>) -> Result<AttestationToken, Error> {
        self.query(&Command::attestation_token(challenge), reply::attestation_token)
    }

    /// `AT%REGJWT`: the token with which an nRF93M1 registers with a team. It is not verified here.
    ///
    /// # Errors
    /// [`Error`] of the exchange.
    pub fn registration_jwt(&mut self, tenant: &str) -> Result<String, Error> {
        Ok(self.query(&Command::registration_jwt(tenant)?, reply::registration_jwt)?.into_token())
    }

    /// `AT%CLOUDACCESSKEY`: the public key of an nRF93M1, a SubjectPublicKeyInfo in base64.
    ///
    /// # Errors
    /// [`Error`] of the exchange.
    pub fn cloud_access_key(&mut self) -> Result<String, Error> {
        self.query(&Command::cloud_access_key(), reply::cloud_access_key)
    }
}
