//! The steps at the modem, and at the file with its row.

use cloud_api::onboarding::{CertificatePem, OnboardRow};
use jwt_core::{UntrustedToken, nrfcloud};
use modem_at::{
    CmeCode, CredentialEntry, CredentialType, Error, FunctionalMode, JwtRequest, KeygenResponse, SecTag,
    Sha256Digest,
};
use pki::ca::{CsrOptions, Profile};
use pki::certificate::Certificate;
use pki::csr::CertificateRequest;
use pki::keygen::KeygenMessage;

use super::IfExists;
use super::board::Board;
use super::record::{Fact, RootCa, Slots};
use super::step::Step;
use crate::csv_file;
use crate::diagnostic::{self, Diagnostic};
use crate::file::{Batch, WriteOptions};
use crate::text::Hex;

/// A step for people, after "would" and "done:".
pub(super) fn in_words(step: Step, sec_tag: SecTag) -> String {
    match step {
        Step::Probe => "find the modem".to_owned(),
        Step::Identity => "ask who the modem is".to_owned(),
        Step::Slots => format!("look at sec_tag {sec_tag}"),
        Step::CloudLook => "ask nRF Cloud for the device".to_owned(),
        Step::Mode => "ask for the functional mode".to_owned(),
        Step::Offline => "take the modem offline".to_owned(),
        Step::ClearKey => format!("delete the old key of sec_tag {sec_tag}"),
        Step::Keygen => format!("let the modem make a key in sec_tag {sec_tag}"),
        Step::CheckKey => "check the digest, the possession and the name of the key".to_owned(),
        Step::Sign => "issue the certificate".to_owned(),
        Step::ClearCertificate => format!("delete the old certificate of sec_tag {sec_tag}"),
        Step::WriteCertificate => {
            format!("write the certificate to sec_tag {sec_tag}, and read its SHA-256 back")
        }
        Step::ClearRootCa => format!("delete the old root CA of sec_tag {sec_tag}"),
        Step::WriteRootCa => format!("write the root CA to sec_tag {sec_tag}, and read its SHA-256 back"),
        Step::Prove => "prove key and certificate by a token of the modem".to_owned(),
        Step::Restore => "bring the functional mode back".to_owned(),
        Step::Row => "add the row to the CSV".to_owned(),
        Step::Upload => "onboard the device, and wait for the result".to_owned(),
        Step::CloudCheck => "find the device on nRF Cloud".to_owned(),
    }
}

impl Board<'_> {
    pub(super) fn change_modem(&mut self, step: Step, was_begun: bool) -> Result<Fact, Diagnostic> {
        match step {
            Step::Slots => self.look_at_slots(),
            Step::Mode => Ok(Fact::Mode { functional_mode: self.kit.functional_mode()?.number() }),
            Step::Offline => self.go_offline(),
            Step::ClearKey => self.clear(CredentialType::ClientPrivateKey, Fact::ClearKey),
            Step::Keygen => self.make_key(was_begun),
            Step::CheckKey => self.check_key(),
            Step::Sign => self.sign(),
            Step::ClearCertificate => self.clear(CredentialType::ClientCertificate, Fact::ClearCertificate),
            Step::WriteCertificate => self.write_certificate(),
            Step::ClearRootCa => self.clear(CredentialType::RootCa, Fact::ClearRootCa),
            Step::WriteRootCa => self.write_root_ca(),
            Step::Prove => self.prove(),
            Step::Restore => self.restore(),
            other => Err(diagnostic::unexpected(format_args!("{other} is no step at the modem"))),
        }
    }

    /// Decides what stays and what gives way. Nothing is changed yet.
    fn look_at_slots(&mut self) -> Result<Fact, Diagnostic> {
        let (sec_tag, policy) = (self.asked.sec_tag, self.asked.if_exists);
        let entries = self.kit.list_credentials_of(sec_tag)?;
        let holds = |kind| entries.iter().any(|entry| entry.credential_type == kind);
        let (key, certificate) =
            (holds(CredentialType::ClientPrivateKey), holds(CredentialType::ClientCertificate));
        let what = match (key, certificate) {
            (true, true) => "a key and a certificate",
            (true, false) => "a key",
            (false, true) => "a certificate",
            (false, false) => "",
        };
        let keep = match policy {
            _ if what.is_empty() => None,
            IfExists::Fail => return Err(diagnostic::slot_taken(sec_tag, &what)),
            IfExists::Replace => None,
            IfExists::Keep if key && certificate => Some(self.keep()?),
            IfExists::Keep => return Err(diagnostic::not_kept(sec_tag, &format_args!("it is {what} alone"))),
        };
        let root_ca = self.decide_root_ca(&entries)?;
        Ok(Fact::Slots(Slots { key, certificate, keep, root_ca }))
    }

    /// The certificate that is there, if it is this device's and this authority's. That the key is its own, a token will prove.
    fn keep(&mut self) -> Result<String, Diagnostic> {
        let sec_tag = self.asked.sec_tag;
        let content = self.kit.read_credential(sec_tag, CredentialType::ClientCertificate)?;
        let refused = |why: &dyn std::fmt::Display| diagnostic::not_kept(sec_tag, why);
        let certificate = Certificate::from_pem(content.expose()).map_err(|error| refused(&error))?;
        self.check_certificate(&certificate).map_err(|why| refused(&why))?;
        Ok(content.expose().to_owned())
    }

    fn decide_root_ca(&self, entries: &[CredentialEntry]) -> Result<RootCa, Diagnostic> {
        let sec_tag = self.asked.sec_tag;
        let there = entries.iter().find(|entry| entry.credential_type == CredentialType::RootCa);
        let Some(wanted) = &self.shop.root_ca else {
            if there.is_none() {
                self.context.out.warn(format_args!(
                    "sec_tag {sec_tag} has no root CA, and a firmware that uses this tag trusts no server: give --root-ca"
                ));
            }
            return Ok(RootCa::Stays);
        };
        match (there, self.asked.if_exists) {
            (None, _) => Ok(RootCa::Write),
            (Some(entry), _) if entry.sha256 == Some(self.stored(wanted)) => Ok(RootCa::Stays),
            (Some(_), IfExists::Fail) => Err(diagnostic::slot_taken(sec_tag, &"another root CA")),
            (Some(_), IfExists::Keep) => Ok(RootCa::Stays),
            (Some(_), IfExists::Replace) => Ok(RootCa::Replace),
        }
    }

    /// The hash of a text as this kit keeps it.
    fn stored(&self, content: &str) -> Sha256Digest {
        Sha256Digest::of(self.kit.dialect().stored(content).as_bytes())
    }

    fn go_offline(&mut self) -> Result<Fact, Diagnostic> {
        if !self.kit.functional_mode()?.is_offline() {
            self.kit.set_functional_mode(FunctionalMode::Flight)?;
        }
        Ok(Fact::Offline)
    }

    fn restore(&mut self) -> Result<Fact, Diagnostic> {
        let now = self.kit.functional_mode()?;
        let number = self.state.mode.unwrap_or(now.number());
        let former = FunctionalMode::try_from(number).map_err(diagnostic::unexpected)?;
        if now != former {
            self.kit.set_functional_mode(former)?;
        }
        Ok(Fact::Restore { functional_mode: number })
    }

    /// Empties a slot. One that is empty was emptied by an earlier process, which could not write that down.
    fn clear(&mut self, kind: CredentialType, fact: Fact) -> Result<Fact, Diagnostic> {
        match self.kit.delete_credential(self.asked.sec_tag, kind) {
            Err(error) if error.cme_code() == Some(CmeCode::NOT_FOUND) => Ok(fact),
            result => Ok(result.map(|()| fact)?),
        }
    }

    fn make_key(&mut self, was_begun: bool) -> Result<Fact, Diagnostic> {
        let sec_tag = self.asked.sec_tag;
        if was_begun {
            // The slot was empty when this was begun. If a key is there now, it is ours, and nobody has seen its public half.
            self.clear(CredentialType::ClientPrivateKey, Fact::ClearKey)?;
        }
        let attributes = format!("CN={}", self.device_id);
        let keygen = self.kit.keygen(sec_tag, KeygenResponse::Csr, Some(&attributes))?;
        Ok(Fact::Keygen { keygen })
    }

    fn check_key(&self) -> Result<Fact, Diagnostic> {
        let message = self.keygen()?;
        let sec_tag = self.asked.sec_tag;
        message.check().map_err(|error| diagnostic::bad_keygen(sec_tag, &error))?;
        let name = message.certificate_request().and_then(CertificateRequest::common_name);
        if message.sec_tag() != sec_tag.number() {
            return Err(diagnostic::not_proved(format_args!(
                "the key was asked for in sec_tag {sec_tag} and made in {}",
                message.sec_tag()
            )));
        }
        if name.as_deref() != Some(self.device_id.as_str()) {
            return Err(diagnostic::not_proved(format_args!(
                "the request names {}, not {}",
                name.as_deref().unwrap_or("nobody"),
                self.device_id
            )));
        }
        Ok(Fact::CheckKey { key_id: message.public_key().key_id() })
    }

    fn keygen(&self) -> Result<KeygenMessage, Diagnostic> {
        let keygen = self.state.keygen.as_deref().unwrap_or_default();
        KeygenMessage::decode(keygen).map_err(|error| diagnostic::bad_keygen(self.asked.sec_tag, &error))
    }

    fn sign(&self) -> Result<Fact, Diagnostic> {
        let options = CsrOptions {
            device_id: Some(self.device_id.to_string()),
            subject: self.asked.subject.clone(),
            days: self.asked.days,
            profile: Profile::Default,
        };
        let certificate =
            self.shop.authority.issue_from_keygen(&self.keygen()?, &options, self.context.now)?;
        self.check_certificate(&certificate).map_err(diagnostic::not_proved)?;
        Ok(Fact::Sign { certificate: certificate.to_pem() })
    }

    fn write_certificate(&mut self) -> Result<Fact, Diagnostic> {
        let content = self.state.certificate().unwrap_or_default().to_owned();
        Ok(Fact::WriteCertificate { sha256: self.put(CredentialType::ClientCertificate, &content)? })
    }

    fn write_root_ca(&mut self) -> Result<Fact, Diagnostic> {
        let content = self.shop.root_ca.clone().unwrap_or_default();
        Ok(Fact::WriteRootCa { sha256: self.put(CredentialType::RootCa, &content)? })
    }

    /// Writes, unless the slot holds just that: then an earlier process has written it.
    fn put(&mut self, kind: CredentialType, content: &str) -> Result<String, Diagnostic> {
        let digest = match self.digest_of(kind)? {
            Some(found) if found == self.stored(content) => found,
            _ => self.kit.write_credential(self.asked.sec_tag, kind, content)?,
        };
        Ok(Hex(digest.as_bytes()).to_string())
    }

    fn digest_of(&mut self, kind: CredentialType) -> Result<Option<Sha256Digest>, Error> {
        let entries = self.kit.list_credentials_of(self.asked.sec_tag)?;
        Ok(entries.iter().find(|entry| entry.credential_type == kind).and_then(|entry| entry.sha256))
    }

    /// Whether the root CA that is asked for is there, if one is.
    pub(super) fn has_root_ca(&mut self) -> Result<bool, Error> {
        let wanted = self.shop.root_ca.as_deref().map(|pem| self.stored(pem));
        Ok(wanted.is_none() || self.digest_of(CredentialType::RootCa)? == wanted)
    }

    /// The slot holds the certificate, and its key signs what the modem says.
    pub(super) fn prove(&mut self) -> Result<Fact, Diagnostic> {
        let pem = self.state.certificate().unwrap_or_default().to_owned();
        let certificate = Certificate::from_pem(&pem).map_err(diagnostic::not_proved)?;
        let found = self.digest_of(CredentialType::ClientCertificate)?;
        // One that was kept is there as it was read.
        if ![Some(self.stored(&pem)), Some(Sha256Digest::of(pem.as_bytes()))].contains(&found) {
            let sec_tag = self.asked.sec_tag;
            return Err(diagnostic::not_proved(format_args!(
                "sec_tag {sec_tag} does not hold the certificate"
            )));
        }
        self.check_certificate(&certificate).map_err(diagnostic::not_proved)?;
        let key = certificate.public_key().map_err(diagnostic::not_proved)?;
        let request = JwtRequest {
            sub: Some(self.device_id.to_string()),
            sec_tag: Some(self.asked.sec_tag),
            ..JwtRequest::default()
        };
        let token = self.kit.jwt(&request)?;
        let token = UntrustedToken::parse(&token).map_err(diagnostic::not_proved)?;
        let mut buffer = vec![0; token.payload_len()];
        let verified = token.verify(&key, &mut buffer).map_err(|error| {
            diagnostic::not_proved(format_args!("a token of its key does not fit the certificate: {error}"))
        })?;
        match nrfcloud::device_id(verified.claims()) {
            Some(id) if id == *self.device_id.as_str() => Ok(Fact::Prove { key_id: key.key_id() }),
            Some(id) => Err(diagnostic::not_proved(format_args!("its token speaks for {id}"))),
            None => Err(diagnostic::not_proved("its token speaks for nobody")),
        }
    }

    /// The CN is the device ID, and our authority has issued it.
    fn check_certificate(&self, certificate: &Certificate) -> Result<(), String> {
        let name = certificate.common_name().unwrap_or_default();
        if name != self.device_id.as_str() {
            return Err(format!(
                "the CN of the certificate is {name:?}, the device ID is {}",
                self.device_id
            ));
        }
        certificate
            .verify_issued_by(self.shop.authority.certificate(), self.context.now)
            .map_err(|violations| violations.to_string())
    }

    /// The row of the device.
    pub(super) fn row(&self) -> Result<OnboardRow, Diagnostic> {
        let pem = CertificatePem::normalized(self.state.certificate().unwrap_or_default());
        Ok(OnboardRow {
            device_id: self.device_id.clone(),
            sub_type: self.asked.sub_type.clone(),
            tags: self.asked.tags.clone(),
            fw_types: self.asked.fw_types.clone(),
            credential: pem.map_err(diagnostic::unexpected)?.into(),
        })
    }

    pub(super) fn add_row(&self) -> Result<Fact, Diagnostic> {
        let path = self.asked.csv.clone().unwrap_or_default();
        let options = WriteOptions::default();
        let replace = self.asked.if_exists == IfExists::Replace;
        let row = self.row()?;
        if let Some((file, content)) = csv_file::with_row_once(self.context, &path, &row, replace, options)? {
            let mut batch = Batch::new(options);
            batch.update(file, content);
            batch.commit(&self.context.out)?;
        }
        Ok(Fact::Row { csv: path })
    }

    /// Whether the row is there.
    pub(super) fn has_row(&self) -> bool {
        let (Some(path), Ok(row)) = (&self.asked.csv, self.row()) else { return false };
        let options = WriteOptions { dry_run: true, ..WriteOptions::default() };
        matches!(csv_file::with_row_once(self.context, path, &row, false, options), Ok(None))
    }

    /// Finds out whether a row could be added, without one.
    pub(super) fn rehearse_row(&self) -> Result<(), Diagnostic> {
        let Some(path) = &self.asked.csv else { return Ok(()) };
        csv_file::check_room(self.context, path, self.device_id, self.asked.if_exists == IfExists::Fail)
    }
}
