//! Whether nRF Cloud takes the token.

use cloud_api::assistance::AssistanceRequest;
use cloud_api::{DeviceId, Error, ServiceError, Token};

use crate::cloud::{self, CloudOptions};
use crate::context::Context;
use crate::diagnostic::Diagnostic;
use crate::exit_code::ExitCode;
use crate::finding::Finding;
use crate::secret::ApiKeyOptions;

/// The question, and what is known before it is asked.
pub(super) struct Asked<'a> {
    pub(super) text: &'a str,
    pub(super) device_id: Option<&'a str>,
    pub(super) signed_by: Option<&'a str>,
    /// Whether nothing was found wrong so far.
    pub(super) is_good: bool,
}

impl Asked<'_> {
    /// Asks for the device by the token; where it is refused, and an API key is at hand, also by that.
    pub(super) fn ask(
        &self,
        context: &Context,
        options: &CloudOptions,
        api_key: &ApiKeyOptions,
    ) -> Result<Vec<Finding>, Diagnostic> {
        let Ok(token) = Token::new(self.text) else { return Ok(Vec::new()) };
        let client = options.client(context, token)?;
        let id = self.device_id.and_then(|id| id.parse::<DeviceId>().ok());
        let answer = cloud::block_on(async {
            match &id {
                Some(id) => client.fetch_device(id).await.map(drop),
                // Who names no device can still ask how much data there would be.
                None => client.get_assistance_data_size(&AssistanceRequest::new()).await.map(drop),
            }
        })?;
        let refusal = match answer {
            Ok(()) => return Ok(vec![self.accepted()]),
            Err(Error::Service(error)) if matches!(error.status, 401 | 403 | 404) => error,
            Err(error) => return Ok(vec![Finding::of("cloud.failed", &error.into())]),
        };
        let mut findings = vec![self.refused(&refusal)];
        if let (Some(id), Some(key)) = (&id, api_key.find(&context.input, &context.out)?) {
            let client = options.client(context, key)?;
            let known = cloud::block_on(client.fetch_device(id))?;
            findings.push(match known {
                Ok(device) => Finding::note(
                    "cloud.device-known",
                    format!(
                        "the API key's team has the device {id}{}; so it is the key, or a claim, that nRF Cloud does not like",
                        device.meta.created_at.map_or_else(String::new, |time| format!(", onboarded {time}"))
                    ),
                )
                .next(format!("register the key that signs: nrfcloud device register-key --device-id {id} --key FILE")),
                Err(error) if error.is_not_found() => Finding::error(
                    "cloud.device-unknown",
                    ExitCode::NotVerified,
                    format!("the API key's team has no device {id}"),
                )
                .next(format!("onboard it, nrfcloud device onboard --device-id {id} --cert FILE, or register its key alone")),
                Err(error) => Finding::of("cloud.api-key", &error.into()).into_warning(),
            });
        }
        Ok(findings)
    }

    fn accepted(&self) -> Finding {
        Finding::ok(
            "cloud.accepted",
            match self.device_id {
                Some(id) => format!("nRF Cloud takes this token, and has the device {id}"),
                None => "nRF Cloud takes this token".to_owned(),
            },
        )
    }

    /// The refusal in words.
    fn refused(&self, refusal: &ServiceError) -> Finding {
        let means = match (refusal.status, self.is_good, self.signed_by) {
            (404, ..) => "it does not have the device".to_owned(),
            (_, false, _) => "the reasons are above".to_owned(),
            (_, true, Some(name)) => {
                format!("the key that it has for this device is not that of {name}, or it does not have the device")
            }
            (_, true, None) => {
                "nothing is wrong with the token itself, so it has another key for this device, or no such device".to_owned()
            }
        };
        let message = format!("nRF Cloud does not take the token: {means} ({refusal})");
        Finding::error("cloud.refused", ExitCode::NotVerified, message)
            .next("compare with what was uploaded: nrfcloud jwt explain TOKEN --csv FILE; nrfcloud device list shows which devices there are")
    }
}
