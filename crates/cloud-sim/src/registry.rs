//! The team's devices and keys, and the rules by which a row is taken or not.

use std::{
    collections::{BTreeMap, HashMap},
    time::SystemTime,
};

use crate::credential::{Certificate, Credential, PublicKey};

/// An onboarded device.
#[derive(Debug, Clone)]
pub(crate) struct Device {
    pub(crate) id: String,
    pub(crate) sub_type: Option<String>,
    pub(crate) tags: Vec<String>,
    pub(crate) firmware_types: Vec<String>,
    pub(crate) credential: Credential,
    pub(crate) created_at: SystemTime,
    pub(crate) updated_at: Option<SystemTime>,
}

#[derive(Debug, Default)]
pub(crate) struct Registry {
    devices: BTreeMap<String, Device>,
    /// Keys of RegisterPublicKeys, of devices onboarded or not. One for each device.
    registered: HashMap<String, PublicKey>,
    /// Which device each certificate is attached to, by the certificate's digest.
    attached: HashMap<[u8; 32], String>,
}

/// Why a row was not taken; the text goes into the error file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum RowRefusal {
    /// As seen in the real service's error files.
    #[error("The device certificate is already registered and attached to a different device.")]
    AttachedElsewhere,
    /// As seen; the published text is cut after "attributes".
    #[error("Thing {0} already exists in account with different attributes")]
    Exists(String),
    /// Wording of our own.
    #[error("Thing {0} does not exist in account")]
    NotOnboarded(String),
    /// Wording of our own, with the reader's reason.
    #[error("The {what} cannot be used: {reason}.")]
    Credential { what: &'static str, reason: String },
}

impl Registry {
    /// Adds a device. The same again, in every respect, is taken and changes nothing.
    pub(crate) fn onboard(&mut self, device: Device) -> Result<(), RowRefusal> {
        if let Some(digest) = device.credential.certificate_digest() {
            self.check_free(digest, &device.id)?;
        }
        if let Some(known) = self.devices.get(&device.id) {
            let same = known.sub_type == device.sub_type
                && known.tags == device.tags
                && known.firmware_types == device.firmware_types
                && known.credential == device.credential;
            return if same { Ok(()) } else { Err(RowRefusal::Exists(device.id)) };
        }
        if let Some(digest) = device.credential.certificate_digest() {
            self.attached.insert(digest, device.id.clone());
        }
        self.devices.insert(device.id.clone(), device);
        Ok(())
    }

    /// "One key per device; uploading again overwrites" (facts 3.1).
    pub(crate) fn register_key(&mut self, device_id: String, key: PublicKey) {
        self.registered.insert(device_id, key);
    }

    /// Replaces the certificate of an onboarded device (facts 3.2).
    pub(crate) fn register_certificate(
        &mut self,
        device_id: &str,
        certificate: Certificate,
        now: SystemTime,
    ) -> Result<(), RowRefusal> {
        self.check_free(certificate.digest, device_id)?;
        let device =
            self.devices.get_mut(device_id).ok_or_else(|| RowRefusal::NotOnboarded(device_id.to_owned()))?;
        if let Some(old) = device.credential.certificate_digest() {
            self.attached.remove(&old);
        }
        self.attached.insert(certificate.digest, device_id.to_owned());
        device.credential = Credential::Certificate(certificate);
        device.updated_at = Some(now);
        Ok(())
    }

    /// The key that a device's tokens are verified with: the registered one, else that of its onboarding.
    pub(crate) fn key(&self, device_id: &str) -> Option<&PublicKey> {
        let onboarded = || self.devices.get(device_id).map(|device| device.credential.public_key());
        self.registered.get(device_id).or_else(onboarded)
    }

    pub(crate) fn device(&self, device_id: &str) -> Option<&Device> {
        self.devices.get(device_id)
    }

    /// All devices in the order of their IDs.
    pub(crate) fn devices(&self) -> impl DoubleEndedIterator<Item = &Device> {
        self.devices.values()
    }

    /// Deletes a device with its certificate and its registered key. Whether there was one.
    pub(crate) fn delete(&mut self, device_id: &str) -> bool {
        let Some(device) = self.devices.remove(device_id) else { return false };
        if let Some(digest) = device.credential.certificate_digest() {
            self.attached.remove(&digest);
        }
        self.registered.remove(device_id);
        true
    }

    fn check_free(&self, digest: [u8; 32], device_id: &str) -> Result<(), RowRefusal> {
        match self.attached.get(&digest) {
            Some(holder) if holder != device_id => Err(RowRefusal::AttachedElsewhere),
            _ => Ok(()),
        }
    }
}
