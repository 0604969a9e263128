//! The credential store.

use super::Modem;
use crate::command::Command;
use crate::credential::{
    CertificateValidity, CredentialEntry, CredentialType, SecTag, Sha256Digest, TextVariant,
};
use crate::error::Error;
use crate::keygen::{KeygenRequest, KeygenResponse};
use crate::reply;
use crate::secret::CredentialContent;
use crate::transport::Transport;

impl<T: Transport> Modem<T> {
    /// `AT%CMNG=1`: every slot, with the modem's own. In a shell without AT, `cred list`.
    ///
    /// # Errors
    /// [`Error`] of the exchange.
    pub fn list_credentials(&mut self) -> Result<Vec<CredentialEntry>, Error> {
        if !self.has_at() {
            return self.list_tls_credentials(None);
        }
        self.query_twice(&Command::list_credentials(None), reply::credentials, PartialEq::eq)
    }

    /// `AT%CMNG=1,<sec_tag>`: the slots of one tag.
    ///
    /// # Errors
    /// [`Error`] of the exchange.
    pub fn list_credentials_of(&mut self, sec_tag: SecTag) -> Result<Vec<CredentialEntry>, Error> {
        if !self.has_at() {
            return self.list_tls_credentials(Some((sec_tag, None)));
        }
        self.query_twice(&Command::list_credentials(Some((sec_tag, None))), reply::credentials, PartialEq::eq)
    }

    /// `AT%CMNG=0`: writes `content` exactly as it is, and checks by SHA-256 that the slot holds it. The modem must be
    /// [offline](Self::offline). Returns the hash of what is stored, which is `content` itself save in an AT shell: it turns every
    /// line break into CR LF ([`Dialect::stored`](crate::Dialect::stored)).
    ///
    /// If the modem's `OK` is lost, the hash decides. In a shell without AT, `cred buf` and `cred add`.
    ///
    /// # Errors
    /// [`Error::WrittenDiffers`] or [`Error::WrittenUnconfirmed`] if the check fails; `+CME ERROR: 518` if the modem
    /// is active, 519 if the slot is taken and cannot be overwritten, 527 if the modem does not like the content.
    pub fn write_credential(
        &mut self,
        sec_tag: SecTag,
        credential_type: CredentialType,
        content: &str,
    ) -> Result<Sha256Digest, Error> {
        if !self.has_at() {
            return self.add_tls_credential(sec_tag, credential_type, content);
        }
        let command = Command::write_credential(sec_tag, credential_type, content)?;
        let lost = match self.run(&command) {
            Ok(_) => None,
            Err(error @ (Error::Timeout { .. } | Error::NoResult { .. })) => Some(error),
            Err(error) => return Err(error),
        };
        let expected = Sha256Digest::of(self.dialect().stored(content).as_bytes());
        let listed = self.list_slot(sec_tag, credential_type);
        match (listed, lost) {
            (Ok(Some(Some(found))), _) if found == expected => Ok(expected),
            (_, Some(lost)) => Err(lost),
            (Err(error), None) => Err(error),
            (Ok(Some(Some(found))), None) => Err(Error::WrittenDiffers {
                sec_tag,
                credential_type,
                expected,
                found,
                variant: TextVariant::find(content, found),
            }),
            (Ok(listed), None) => {
                Err(Error::WrittenUnconfirmed { sec_tag, credential_type, listed: listed.is_some() })
            }
        }
    }

    /// `AT%CMNG=2`: the content of a slot, checked against the SHA-256 that comes with it.
    ///
    /// # Errors
    /// [`Error`] of the exchange; `+CME ERROR: 513` for an empty slot, 514 for a private key.
    pub fn read_credential(
        &mut self,
        sec_tag: SecTag,
        credential_type: CredentialType,
    ) -> Result<CredentialContent, Error> {
        self.query(&Command::read_credential(sec_tag, credential_type), reply::credential_content)
    }

    /// `AT%CMNG=3`: empties a slot. The modem must be [offline](Self::offline).
    ///
    /// # Errors
    /// [`Error`] of the exchange; `+CME ERROR: 513` if the slot is empty already, 518 if the modem is active.
    pub fn delete_credential(
        &mut self,
        sec_tag: SecTag,
        credential_type: CredentialType,
    ) -> Result<(), Error> {
        if !self.has_at() {
            return self.delete_tls_credential(sec_tag, credential_type);
        }
        self.run(&Command::delete_credential(sec_tag, credential_type)).map(drop)
    }

    /// `AT%CERTEXPIRY`: from when until when the certificate in a slot is valid.
    ///
    /// # Errors
    /// [`Error`] of the exchange; `+CME ERROR: 513` for an empty slot, 527 for what is no certificate.
    pub fn certificate_validity(
        &mut self,
        sec_tag: SecTag,
        credential_type: CredentialType,
    ) -> Result<CertificateValidity, Error> {
        let command = Command::certificate_validity(sec_tag, credential_type);
        self.query_twice(&command, reply::certificate_validity, PartialEq::eq)
    }

    /// `AT%KEYGEN`: makes a private key that never leaves the modem. The modem must be [offline](Self::offline).
    /// `attributes` are those of a CSR's subject, such as `CN=nrf-352656106647673`; without them the CN is the device
    /// UUID.
    ///
    /// Returns the modem's message as it is, `<body>.<COSE signature>` in base64url: its signature covers every byte.
    ///
    /// # Errors
    /// [`Error`] of the exchange; `+CME ERROR: 518` if the modem is active, 519 if the tag holds a key. After
    /// [`Error::Timeout`] and [`Error::Reply`] the key may be stored, so the command is never repeated by itself; a message that is signed
    /// for another sec_tag is such a reply.
    pub fn keygen(
        &mut self,
        sec_tag: SecTag,
        response: KeygenResponse,
        attributes: Option<&str>,
    ) -> Result<String, Error> {
        self.query(&Command::keygen(sec_tag, response, attributes)?, |lines| reply::keygen_in(lines, sec_tag))
    }

    /// As [`keygen`](Self::keygen), in all its forms.
    ///
    /// # Errors
    /// As [`keygen`](Self::keygen).
    pub fn keygen_with(&mut self, request: &KeygenRequest) -> Result<String, Error> {
        self.query(&Command::keygen_with(request)?, |lines| match request.response {
            KeygenResponse::SelfSignedCertificate => reply::self_signed_certificate(lines),
            _ => reply::keygen_in(lines, request.sec_tag),
        })
    }

    /// `None` for no such slot, `Some(None)` for one without a hash.
    fn list_slot(
        &mut self,
        sec_tag: SecTag,
        credential_type: CredentialType,
    ) -> Result<Option<Option<Sha256Digest>>, Error> {
        let command = Command::list_credentials(Some((sec_tag, Some(credential_type))));
        let entries = self.query(&command, reply::credentials)?;
        let slot = |entry: &&CredentialEntry| {
            entry.tag == sec_tag.number() && entry.credential_type == credential_type
        };
        Ok(entries.iter().find(slot).map(|entry| entry.sha256))
    }
}
