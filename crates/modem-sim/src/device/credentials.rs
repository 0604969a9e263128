//! `%CMNG`: the credential store.

use x509_cert::time::Time;
use zeroize::Zeroizing;

use super::Device;
use super::answer::Reply;
use super::command::{BadParameter, Form, Parameters};
use super::refusal::Refusal;
use crate::content;
use crate::keys::hex;
use crate::store::{Content, Kind, TagError, user_tag};

impl Device {
    /// `%CMNG`
    pub(super) fn credentials(&mut self, form: Form<'_>) -> Result<Reply, Refusal> {
        let Form::Set(parameters) = form else {
            return Err(Refusal::PHONE_FAILURE);
        };
        let parameters = Parameters::parse(parameters).map_err(incorrect)?;
        match (parameters.required::<u8>(0).map_err(incorrect)?, parameters.len()) {
            (0, 4 | 5) => self.write_credential(&parameters),
            (1, 1..=3) => self.list_credentials(&parameters),
            (2, 3) => self.read_credential(&parameters),
            (3, 3) => self.delete_credential(&parameters),
            _ => Err(Refusal::INCORRECT_PARAMETERS),
        }
    }

    fn write_credential(&mut self, parameters: &Parameters<'_>) -> Result<Reply, Refusal> {
        let (tag, kind) = self.slot(parameters)?;
        let content = parameters.quoted(3).map_err(incorrect)?.filter(|content| !content.is_empty());
        let content = content.ok_or(Refusal::INCORRECT_PARAMETERS)?;
        parameters.quoted(4).map_err(incorrect)?;
        if !kind.is_writable() {
            return Err(Refusal::NO_ACCESS);
        }
        self.writable()?;
        match self.store.get(tag, kind) {
            Some(_) if kind.is_kept() => return Err(Refusal::ALREADY_EXISTS),
            None if self.store.is_full() || self.trouble.has_no_room() => return Err(Refusal::MEMORY_FULL),
            Some(_) | None => {}
        }
        if self.kit.firmware.checks_content() && !content::is_valid(kind, content) {
            return Err(Refusal::INVALID_CONTENT);
        }
        let mut content = Zeroizing::new(content.to_vec());
        self.trouble.damage(&mut content);
        self.store.put(tag, kind, Content::Written(content));
        Ok(Reply::default())
    }

    fn list_credentials(&self, parameters: &Parameters<'_>) -> Result<Reply, Refusal> {
        let tag = parameters.number::<u32>(1).map_err(incorrect)?;
        let kind = parameters.number::<u8>(2).map_err(incorrect)?;
        if kind.is_some() && tag.is_none() {
            return Err(Refusal::INCORRECT_PARAMETERS);
        }
        let lines: String = self
            .store
            .rows()
            .filter(|row| tag.is_none_or(|tag| row.0 == tag) && kind.is_none_or(|kind| row.1 == kind))
            .map(|(tag, kind, digest)| {
                format!("%CMNG: {tag},{kind},\"{}\"\r\n", hex(&digest).to_ascii_uppercase())
            })
            .collect();
        Ok(Reply::information(lines.into_bytes()))
    }

    fn read_credential(&self, parameters: &Parameters<'_>) -> Result<Reply, Refusal> {
        let (tag, kind) = self.slot(parameters)?;
        let content = self.store.get(tag, kind).ok_or(Refusal::NOT_FOUND)?;
        let Content::Written(bytes) = content else {
            return Err(Refusal::NO_ACCESS);
        };
        if kind.is_secret() {
            return Err(Refusal::NO_ACCESS);
        }
        let digest = hex(&content.digest()).to_ascii_uppercase();
        let head = format!("%CMNG: {tag},{},\"{digest}\",\"", kind.number());
        Ok(Reply::information([head.as_bytes(), bytes, b"\"\r\n"].concat()))
    }

    fn delete_credential(&mut self, parameters: &Parameters<'_>) -> Result<Reply, Refusal> {
        let (tag, kind) = self.slot(parameters)?;
        self.writable()?;
        if self.store.remove(tag, kind) { Ok(Reply::default()) } else { Err(Refusal::NOT_FOUND) }
    }

    /// `%CERTEXPIRY=<sec_tag>,<type>`: the serial number of the first certificate in the slot, and its validity.
    pub(super) fn expiry(&self, form: Form<'_>) -> Result<Reply, Refusal> {
        let Form::Set(parameters) = form else {
            return Err(Refusal::PHONE_FAILURE);
        };
        let parameters = Parameters::parse(parameters)?;
        let (tag, kind) =
            (self.tag(parameters.required(0)?, Refusal::PHONE_FAILURE)?, parameters.required(1)?);
        let kind = Kind::from_number(kind).filter(|_| parameters.len() == 2).ok_or(Refusal::PHONE_FAILURE)?;
        let Some(Content::Written(content)) = self.store.get(tag, kind) else {
            return Err(Refusal::NOT_FOUND);
        };
        let certificate = content::first_certificate(content).ok_or(Refusal::INVALID_CONTENT)?;
        let certificate = certificate.tbs_certificate();
        let serial = hex(certificate.serial_number().as_bytes()).to_ascii_uppercase();
        let validity = certificate.validity();
        let show = |time: Time| super::clock::show_compact(time.to_unix_duration().as_secs());
        let (from, until) = (show(validity.not_before), show(validity.not_after));
        Ok(Reply::line(&format!("%CERTEXPIRY: {serial},{from},{until}")))
    }

    /// Slots may be changed: LTE is off, and the supply is not about to go.
    pub(super) fn writable(&mut self) -> Result<(), Refusal> {
        if self.radio.is_active() {
            return Err(Refusal::NOT_WHILE_ACTIVE);
        }
        // The warning came with 1.3.2.
        if self.kit.firmware.version() >= (1, 3, 2) && self.trouble.is_powering_off() {
            return Err(Refusal::POWER_OFF_WARNING);
        }
        Ok(())
    }

    /// The tag and type of a write, a read or a delete.
    fn slot(&self, parameters: &Parameters<'_>) -> Result<(u32, Kind), Refusal> {
        let tag = self.tag(parameters.required(1).map_err(incorrect)?, Refusal::INCORRECT_PARAMETERS)?;
        let kind = parameters.required(2).map_err(incorrect)?;
        Ok((tag, Kind::from_number(kind).ok_or(Refusal::INCORRECT_PARAMETERS)?))
    }

    /// A tag that a host may use, or `out_of_range` where there is no such tag.
    pub(super) fn tag(&self, number: u64, out_of_range: Refusal) -> Result<u32, Refusal> {
        user_tag(number, !self.kit.model.is_nrf9160()).map_err(|error| match error {
            TagError::Reserved => Refusal::NO_ACCESS,
            TagError::OutOfRange => out_of_range,
        })
    }
}

/// `%CMNG` and `%JWT` document 50 for a wrong parameter.
pub(super) fn incorrect(_: BadParameter) -> Refusal {
    Refusal::INCORRECT_PARAMETERS
}
