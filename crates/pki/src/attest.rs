//! What a modem answers to `AT%ATTESTTOKEN`: which device it is, signed by its identity key.

use std::fmt::{self, Debug, Display, Formatter};
use std::str::FromStr;

use zeroize::Zeroizing;

use crate::cose::{self, CoseError, CoseSign1, Halves, Uuid};
use crate::key::PublicKey;

/// A decoded attestation token.
///
/// Whoever has the token of a device that nobody has claimed can claim it. So the text is not kept, what is kept is wiped
/// at the end, `Debug` shows neither nonce nor signature, and no error holds a part of it.
#[derive(Clone, PartialEq, Eq)]
pub struct AttestationToken {
    halves: Halves,
    device_uuid: Uuid,
    device_type: DeviceType,
    firmware_uuid: Uuid,
    nonce: Zeroizing<[u8; 16]>,
}

impl AttestationToken {
    /// Decodes `body.cose`, alone or in the whole answer `%ATTESTTOKEN: "…"`. The signature is checked by
    /// [`Self::verify_with`].
    ///
    /// # Errors
    /// [`AttestError`] names the part that is not as it should be.
    pub fn decode(text: &str) -> Result<Self, AttestError> {
        Self::from_halves(Halves::read(text, "%ATTESTTOKEN:")?)
    }

    pub(crate) fn from_halves(halves: Halves) -> Result<Self, AttestError> {
        if halves.cose.payload().is_some() {
            return Err(AttestError::Payload);
        }
        let (mut decoder, message_type) = cose::open_message("the attestation body", &halves.body, 5)?;
        if message_type != DEVICE_IDENTITY_V1 {
            return Err(AttestError::MessageType { found: message_type });
        }
        let device_uuid = Uuid(cose::fixed("the device UUID", &mut decoder)?);
        let number = decoder.u32().map_err(|error| CoseError::cbor("the device type", &error))?;
        let firmware_uuid = Uuid(cose::fixed("the firmware UUID", &mut decoder)?);
        let nonce = Zeroizing::new(cose::fixed("the nonce", &mut decoder)?);
        cose::close_message("the attestation body", &decoder)?;
        Ok(Self { device_uuid, device_type: DeviceType(number), firmware_uuid, nonce, halves })
    }

    /// Checks that the device with this identity key signed it.
    ///
    /// # Errors
    /// [`CoseError::Signature`].
    pub fn verify_with(&self, identity: &PublicKey) -> Result<(), AttestError> {
        Ok(self.halves.cose.verify(&self.halves.body, identity)?)
    }

    /// The device's UUID.
    #[must_use]
    pub fn device_uuid(&self) -> Uuid {
        self.device_uuid
    }

    /// The kind of chip.
    #[must_use]
    pub fn device_type(&self) -> DeviceType {
        self.device_type
    }

    /// The UUID of the modem firmware's build.
    #[must_use]
    pub fn firmware_uuid(&self) -> Uuid {
        self.firmware_uuid
    }

    /// The challenge that was given to the command, or else the modem's random number.
    #[must_use]
    pub fn nonce(&self) -> &[u8; 16] {
        &self.nonce
    }

    /// The first half.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        &self.halves.body
    }

    /// The second half.
    #[must_use]
    pub fn cose(&self) -> &CoseSign1 {
        &self.halves.cose
    }
}

impl FromStr for AttestationToken {
    type Err = AttestError;

    fn from_str(text: &str) -> Result<Self, AttestError> {
        Self::decode(text)
    }
}

impl Debug for AttestationToken {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("AttestationToken")
            .field("device_uuid", &self.device_uuid)
            .field("device_type", &self.device_type)
            .field("firmware_uuid", &self.firmware_uuid)
            .field("rest", &format_args!("[redacted]"))
            .finish()
    }
}

/// The kind of chip that an attestation token names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DeviceType(pub u32);

impl DeviceType {
    /// Its name, where it is known.
    #[must_use]
    pub fn name(self) -> Option<&'static str> {
        Some(match self.0 {
            1 => "nRF9160 SIAA",
            2 => "nRF9160 SIBA",
            3 => "nRF9160 SICA",
            4 => "nRF9161 LACA",
            5 => "nRF9131 LACA",
            6 => "nRF9151 LACA",
            0x11 => "nRF9220",
            _ => return None,
        })
    }
}

impl Display for DeviceType {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "unknown device type {}", self.0),
        }
    }
}

/// Why an attestation token cannot be read or trusted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AttestError {
    /// The frame is not as it should be.
    #[error(transparent)]
    Cose(#[from] CoseError),
    /// It is an answer to AT%KEYGEN.
    #[error("the COSE part has a payload: this is an answer to AT%KEYGEN, not an attestation token")]
    Payload,
    /// Another message.
    #[error("the message type is {found}; an attestation token has 1")]
    MessageType {
        /// The type found.
        found: u64,
    },
}

/// Device identity message, version 1.
const DEVICE_IDENTITY_V1: u64 = 1;
