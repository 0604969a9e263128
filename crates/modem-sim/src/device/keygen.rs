//! `%KEYGEN`: a key pair made inside the modem.

use super::Device;
use super::answer::Reply;
use super::command::{Form, Parameters};
use super::refusal::Refusal;
use crate::message::cose::{KeyMessage, key_message};
use crate::message::csr::{self, KeyUsage, Subject};
use crate::store::{Content, Kind};

/// What a command asks for.
struct Request {
    tag: u32,
    kind: Kind,
    wanted: Wanted,
}

enum Wanted {
    PublicKey,
    CertificateRequest { subject: Subject, usage: KeyUsage },
}

impl Device {
    /// `%KEYGEN`
    pub(super) fn generate_key(&mut self, form: Form<'_>) -> Result<Reply, Refusal> {
        let Form::Set(parameters) = form else {
            return Err(Refusal::PHONE_FAILURE);
        };
        let Request { tag, kind, wanted } = self.key_request(&Parameters::parse(parameters)?)?;
        self.writable()?;
        let key = match self.store.get(tag, kind) {
            // The one endorsement key is shown again; a client key is never lost to a second command.
            Some(Content::Made(key)) if kind == Kind::EndorsementKey => key.clone(),
            Some(_) => return Err(Refusal::ALREADY_EXISTS),
            None if self.store.is_full() || self.trouble.has_no_room() => return Err(Refusal::MEMORY_FULL),
            None => {
                let key = self.entropy.key();
                self.store.put(tag, kind, Content::Made(key.clone()));
                key
            }
        };
        let (message, body) = match wanted {
            Wanted::PublicKey => (KeyMessage::PublicKey, key.spki_der().to_vec()),
            Wanted::CertificateRequest { subject, usage } => {
                (KeyMessage::CertificateRequest, csr::build(&subject, &usage, &key))
            }
        };
        let nonce = self.entropy.nonce();
        let blob = key_message(&self.identity, &self.kit.uuid, message, tag, &body, &nonce);
        Ok(Reply::line(&format!("%KEYGEN: \"{blob}\"")))
    }

    /// `<sec_tag>,<key_type>[,<response_content>][,<attributes>][,<key_usage>]`
    fn key_request(&self, parameters: &Parameters<'_>) -> Result<Request, Refusal> {
        if !(2..=5).contains(&parameters.len()) {
            return Err(Refusal::PHONE_FAILURE);
        }
        let tag = self.tag(parameters.required(0)?, Refusal::PHONE_FAILURE)?;
        let subject = match parameters.text(3)? {
            None | Some("") => Subject::common_name(self.kit.uuid.to_string()),
            Some(attributes) => Subject::parse(attributes).ok_or(Refusal::PHONE_FAILURE)?,
        };
        let usage = match parameters.quoted(4)? {
            None | Some([]) => KeyUsage::default(),
            Some(bits) => KeyUsage::parse(bits).ok_or(Refusal::PHONE_FAILURE)?,
        };
        let (kind, wanted) = match (parameters.required::<u8>(1)?, parameters.number::<u8>(2)?) {
            (2, None | Some(0)) => (Kind::PrivateKey, Wanted::CertificateRequest { subject, usage }),
            (2, Some(1)) => (Kind::PrivateKey, Wanted::PublicKey),
            (8, None | Some(1)) => (Kind::EndorsementKey, Wanted::PublicKey),
            _ => return Err(Refusal::PHONE_FAILURE),
        };
        Ok(Request { tag, kind, wanted })
    }
}
