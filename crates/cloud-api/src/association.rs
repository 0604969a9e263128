//! Nordic's own products, added to a team by the code on their label.

use reqwest::Method;

use crate::client::{Call, Client};
use crate::error::Error;
use crate::identifier::{DeviceId, SubType};

impl Client {
    /// AssociateDevice: `PUT /association/{deviceId}`, by PIN or HWID of the label. Credentials: an API key.
    /// May be called again, to change the sub-type.
    ///
    /// # Errors
    ///
    /// [`Error`]; code 40102 for a wrong ownership code, 40101 when another team has the device.
    pub async fn associate_device(
        &self,
        device_id: &DeviceId,
        ownership_code: &str,
        sub_type: Option<&SubType>,
    ) -> Result<(), Error> {
        Call::new(self, "AssociateDevice", Method::PUT, &["association", device_id.as_str()])
            .query(sub_type.map(|sub_type| ("subType", sub_type.as_str())))
            .body("text/plain", ownership_code.as_bytes().to_vec())
            .done(self)
            .await
    }
}
