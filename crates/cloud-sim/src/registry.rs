//! The devices and keys of all teams, and the rules by which a row is taken or not.

use std::{
    collections::{BTreeMap, HashMap},
    ops::Bound,
    sync::Arc,
    time::SystemTime,
};

use serde::{Deserialize, Serialize};

use crate::{
    clock,
    credential::{Certificate, Credential, Fingerprint, PublicKey},
    devices::{image::Image, shadow::Shadow},
    store::{Found, Store, StoreError},
};

/// How devices and registered keys are called in the state file.
const DEVICE: &str = "device";
const REGISTERED: &str = "registered-key";

/// An onboarded device.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Device {
    pub(crate) id: String,
    pub(crate) tenant_id: Arc<str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) sub_type: Option<String>,
    pub(crate) tags: Vec<String>,
    pub(crate) firmware_types: Vec<String>,
    pub(crate) credential: Credential,
    pub(crate) created_at: SystemTime,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) updated_at: Option<SystemTime>,
    pub(crate) shadow: Shadow,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) image: Option<Image>,
}

/// What a row of an upload, or OnboardDevice, says of a device.
#[derive(Debug)]
pub(crate) struct NewDevice {
    pub(crate) id: String,
    pub(crate) sub_type: Option<String>,
    pub(crate) tags: Vec<String>,
    pub(crate) firmware_types: Vec<String>,
    pub(crate) credential: Credential,
}

/// A key of RegisterPublicKeys, of a device onboarded or not. One for each device.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Registered {
    tenant_id: Arc<str>,
    key: PublicKey,
}

#[derive(Default)]
pub(crate) struct Registry {
    devices: BTreeMap<String, Device>,
    registered: HashMap<String, Registered>,
    /// Which device each certificate is attached to.
    attached: HashMap<Fingerprint, String>,
    /// How many devices each team has.
    counts: HashMap<Arc<str>, usize>,
}

/// Why a row was not taken; the text goes into the error file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
pub(crate) enum RowRefusal {
    /// As seen in the real service's error files.
    #[error("The device certificate is already registered and attached to a different device.")]
    AttachedElsewhere,
    /// As seen; the published text is cut after "attributes".
    #[error("Thing {0} already exists in account with different attributes")]
    Exists(String),
    /// Wording of our own.
    #[error("Thing {0} belongs to another account")]
    OfAnotherTeam(String),
    /// Wording of our own.
    #[error("Thing {0} does not exist in account")]
    NotOnboarded(String),
    /// The meaning of 40005.
    #[error("The plan allows no more than {0} devices.")]
    Limit(u32),
    /// Wording of our own, with the reader's reason.
    #[error("The {what} cannot be used: {reason}.")]
    Credential { what: String, reason: String },
    /// Whatever a fault on demand says.
    #[error("{0}")]
    Other(String),
}

impl Registry {
    pub(crate) fn load(found: &mut Found) -> Result<Self, StoreError> {
        let mut registry = Self::default();
        for (_, device) in found.take::<Device>(DEVICE)? {
            registry.insert(device);
        }
        registry.registered = found.take(REGISTERED)?.into_iter().collect();
        Ok(registry)
    }

    /// Adds a device. The same again, in every respect, is taken and changes nothing.
    pub(crate) fn onboard(
        &mut self,
        tenant_id: &Arc<str>,
        device: NewDevice,
        limit: Option<u32>,
        now: SystemTime,
        store: &Store,
    ) -> Result<(), RowRefusal> {
        if self.of_another_team(&device.id, tenant_id) {
            return Err(RowRefusal::OfAnotherTeam(device.id));
        }
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
        if let Some(limit) = limit.filter(|limit| self.count(tenant_id) >= *limit as usize) {
            return Err(RowRefusal::Limit(limit));
        }
        let NewDevice { id, sub_type, tags, firmware_types, credential } = device;
        let device = Device {
            shadow: Shadow::onboarded(tenant_id, &id),
            id,
            tenant_id: Arc::clone(tenant_id),
            name: None,
            sub_type,
            tags,
            firmware_types,
            credential,
            created_at: now,
            updated_at: None,
            image: None,
        };
        store.put(DEVICE, &device.id, &device);
        self.insert(device);
        Ok(())
    }

    /// "One key per device; uploading again overwrites" (facts 3.1).
    pub(crate) fn register_key(
        &mut self,
        tenant_id: &Arc<str>,
        device_id: String,
        key: PublicKey,
        store: &Store,
    ) -> Result<(), RowRefusal> {
        if self.of_another_team(&device_id, tenant_id) {
            return Err(RowRefusal::OfAnotherTeam(device_id));
        }
        let registered = Registered { tenant_id: Arc::clone(tenant_id), key };
        store.put(REGISTERED, &device_id, &registered);
        self.registered.insert(device_id, registered);
        Ok(())
    }

    /// Replaces the certificate of an onboarded device (facts 3.2).
    pub(crate) fn register_certificate(
        &mut self,
        tenant_id: &str,
        device_id: &str,
        certificate: Certificate,
        now: SystemTime,
        store: &Store,
    ) -> Result<(), RowRefusal> {
        self.check_free(certificate.digest, device_id)?;
        let device = self.devices.get_mut(device_id).filter(|device| *device.tenant_id == *tenant_id);
        let device = device.ok_or_else(|| RowRefusal::NotOnboarded(device_id.to_owned()))?;
        if let Some(old) = device.credential.certificate_digest() {
            self.attached.remove(&old);
        }
        self.attached.insert(certificate.digest, device_id.to_owned());
        device.credential = Credential::Certificate(certificate);
        device.updated_at = Some(now);
        store.put(DEVICE, device_id, device);
        Ok(())
    }

    /// The key that a device's tokens are verified with, and whose device it is: the registered key, else that of its
    /// onboarding.
    pub(crate) fn key(&self, device_id: &str) -> Option<(&Arc<str>, &PublicKey)> {
        match self.registered.get(device_id) {
            Some(registered) => Some((&registered.tenant_id, &registered.key)),
            None => {
                let device = self.devices.get(device_id)?;
                Some((&device.tenant_id, device.credential.public_key()?))
            }
        }
    }

    /// A device of that team.
    pub(crate) fn device(&self, tenant_id: &str, device_id: &str) -> Option<&Device> {
        self.devices.get(device_id).filter(|device| *device.tenant_id == *tenant_id)
    }

    /// Changes a device of that team. None where there is no such device.
    pub(crate) fn change<R>(
        &mut self,
        tenant_id: &str,
        device_id: &str,
        store: &Store,
        change: impl FnOnce(&mut Device) -> R,
    ) -> Option<R> {
        let device = self.devices.get_mut(device_id).filter(|device| *device.tenant_id == *tenant_id)?;
        let result = change(device);
        store.put(DEVICE, device_id, device);
        Some(result)
    }

    /// The devices of a team whose IDs lie behind `after`, in the order of their IDs.
    pub(crate) fn devices<'a>(
        &'a self,
        tenant_id: &'a str,
        after: Bound<&str>,
    ) -> impl Iterator<Item = &'a Device> + use<'a> {
        let devices = self.devices.range::<str, _>((after, Bound::Unbounded)).map(|(_, device)| device);
        devices.filter(move |device| *device.tenant_id == *tenant_id)
    }

    /// The same from the other end, with IDs that lie before `before`.
    pub(crate) fn devices_backwards<'a>(
        &'a self,
        tenant_id: &'a str,
        before: Bound<&str>,
    ) -> impl Iterator<Item = &'a Device> + use<'a> {
        let devices =
            self.devices.range::<str, _>((Bound::Unbounded, before)).rev().map(|(_, device)| device);
        devices.filter(move |device| *device.tenant_id == *tenant_id)
    }

    /// All devices of a team.
    pub(crate) fn all<'a>(&'a self, tenant_id: &'a str) -> impl Iterator<Item = &'a Device> + use<'a> {
        self.devices(tenant_id, Bound::Unbounded)
    }

    /// The devices for which a team has registered keys, in no order.
    pub(crate) fn registered(&self, tenant_id: &str) -> Vec<&str> {
        let of_team = self.registered.iter().filter(|(_, registered)| *registered.tenant_id == *tenant_id);
        of_team.map(|(id, _)| id.as_str()).collect()
    }

    /// How many devices a team has.
    pub(crate) fn count(&self, tenant_id: &str) -> usize {
        self.counts.get(tenant_id).copied().unwrap_or_default()
    }

    /// Deletes a device with its certificate and its registered key. Whether there was one.
    pub(crate) fn delete(&mut self, tenant_id: &str, device_id: &str, store: &Store) -> bool {
        if self.device(tenant_id, device_id).is_none() {
            return false;
        }
        if let Some(device) = self.devices.remove(device_id) {
            if let Some(digest) = device.credential.certificate_digest() {
                self.attached.remove(&digest);
            }
            if let Some(count) = self.counts.get_mut(&device.tenant_id) {
                *count = count.saturating_sub(1);
            }
        }
        store.remove(DEVICE, device_id);
        if self.registered.remove(device_id).is_some() {
            store.remove(REGISTERED, device_id);
        }
        true
    }

    fn insert(&mut self, device: Device) {
        if let Some(digest) = device.credential.certificate_digest() {
            self.attached.insert(digest, device.id.clone());
        }
        *self.counts.entry(Arc::clone(&device.tenant_id)).or_default() += 1;
        self.devices.insert(device.id.clone(), device);
    }

    /// "Globally unique over all of nRF Cloud" (facts 1.1).
    fn of_another_team(&self, device_id: &str, tenant_id: &str) -> bool {
        let device = self.devices.get(device_id).map(|device| &device.tenant_id);
        let registered = self.registered.get(device_id).map(|registered| &registered.tenant_id);
        [device, registered].into_iter().flatten().any(|owner| **owner != *tenant_id)
    }

    fn check_free(&self, digest: Fingerprint, device_id: &str) -> Result<(), RowRefusal> {
        match self.attached.get(&digest) {
            Some(holder) if holder != device_id => Err(RowRefusal::AttachedElsewhere),
            _ => Ok(()),
        }
    }
}

impl Device {
    pub(crate) fn name(&self) -> &str {
        self.name.as_deref().unwrap_or(&self.id)
    }

    /// Notes when it was changed.
    pub(crate) fn touch(&mut self, now: SystemTime) {
        self.updated_at = Some(now);
    }

    /// The firmware types that updates may have: what the device last said, else what it was onboarded with.
    pub(crate) fn supports(&self) -> Vec<String> {
        let said =
            self.shadow.reported_at(&["device", "serviceInfo", "fota_v2"]).and_then(|said| said.as_array());
        match said {
            Some(types) => types.iter().filter_map(|kind| kind.as_str().map(str::to_owned)).collect(),
            None => self.firmware_types.clone(),
        }
    }

    /// When it was made, as the API writes it.
    pub(crate) fn created(&self) -> String {
        clock::iso8601(self.created_at)
    }
}
