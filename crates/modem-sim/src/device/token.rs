//! `%JWT`, `%ATTESTTOKEN` and `%CLAIMTOKEN`: what the modem says of itself, signed.

use super::Device;
use super::answer::Reply;
use super::command::{Form, Parameters};
use super::credentials::incorrect;
use super::refusal::Refusal;
use crate::keys::ModemKey;
use crate::kit::decode_hex;
use crate::message::{cose, jwt};
use crate::store::{Content, Kind};

impl Device {
    /// `%JWT=[<alg>],[<exp_delta>],[<subject>],[<audience>][,<sec_tag>,<key_type>]`
    pub(super) fn sign_token(&mut self, form: Form<'_>, now: u64) -> Result<Reply, Refusal> {
        let Form::Set(parameters) = form else {
            return Err(Refusal::PHONE_FAILURE);
        };
        let parameters = Parameters::parse(parameters).map_err(incorrect)?;
        if !matches!(parameters.len(), 4 | 6) || !matches!(parameters.number::<u8>(0), Ok(None | Some(0))) {
            return Err(Refusal::INCORRECT_PARAMETERS);
        }
        let lifetime = parameters.number::<u32>(1).map_err(incorrect)?.unwrap_or(0);
        let subject = parameters.text(2).map_err(incorrect)?.unwrap_or_default();
        let audience = parameters.text(3).map_err(incorrect)?.unwrap_or_default();
        let key = self.token_key(&parameters)?;
        let times = self.clock.filter(|_| lifetime > 0).map(|clock| {
            let issued = clock.seconds(now);
            (issued, issued.saturating_add(lifetime.into()))
        });
        let claims = jwt::Claims {
            model: self.kit.model,
            device: &self.kit.uuid,
            firmware: &self.kit.firmware_uuid(),
            random: self.entropy.nonce(),
            times,
            subject,
            audience,
        };
        Ok(Reply::line(&format!("%JWT: \"{}\"", jwt::sign(&claims, &key))))
    }

    /// The key of the named slot, or the identity key where none is named.
    fn token_key(&self, parameters: &Parameters<'_>) -> Result<ModemKey, Refusal> {
        if parameters.len() == 4 {
            return Ok(self.identity.clone());
        }
        let number = parameters.required(4).map_err(incorrect)?;
        let tag = self.tag(number, Refusal::INCORRECT_PARAMETERS)?;
        let kind = match parameters.required::<u8>(5).map_err(incorrect)? {
            2 => Kind::PrivateKey,
            8 if self.kit.model.is_nrf9160() => Kind::EndorsementKey,
            _ => return Err(Refusal::INCORRECT_PARAMETERS),
        };
        match self.store.get(tag, kind).ok_or(Refusal::NOT_FOUND)? {
            Content::Made(key) => Ok(key.clone()),
            Content::Written(pem) => ModemKey::from_pem(pem).ok_or(Refusal::JWT_FAILED),
        }
    }

    /// `%ATTESTTOKEN[="<32 hex digits>"]`
    pub(super) fn attest(&mut self, form: Form<'_>) -> Result<Reply, Refusal> {
        let nonce = match form {
            Form::Execute => self.entropy.nonce(),
            Form::Set(parameters) => {
                let parameters = Parameters::parse(parameters)?;
                let challenge = parameters.quoted(0)?.filter(|_| parameters.len() == 1);
                challenge.and_then(decode_hex).ok_or(Refusal::PHONE_FAILURE)?
            }
            Form::Read | Form::Test => return Err(Refusal::PHONE_FAILURE),
        };
        let firmware = self.kit.firmware_uuid();
        let token = cose::attestation(&self.identity, &self.kit.uuid, self.kit.model, &firmware, &nonce);
        Ok(Reply::line(&format!("%ATTESTTOKEN: \"{token}\"")))
    }

    /// `%CLAIMTOKEN=<sec_tag>[,"<32 hex digits>"]`. The token names the ownership public key of the tag, and nothing gives a
    /// kit such a key here.
    pub(super) fn claim(&self, form: Form<'_>) -> Result<Reply, Refusal> {
        let Form::Set(parameters) = form else {
            return Err(Refusal::PHONE_FAILURE);
        };
        let parameters = Parameters::parse(parameters)?;
        self.tag(parameters.required(0)?, Refusal::PHONE_FAILURE)?;
        let challenge = parameters.quoted(1)?.map(decode_hex::<16>);
        if parameters.len() > 2 || challenge == Some(None) {
            return Err(Refusal::PHONE_FAILURE);
        }
        Err(Refusal::NO_CLAIM_TOKEN)
    }
}
