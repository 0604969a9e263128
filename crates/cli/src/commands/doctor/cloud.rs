//! nRF Cloud: the way there, the API key, the device, and whose key it has.

mod judge;

use std::time::SystemTime;

use cloud_api::client::Peer;
use cloud_api::{Client, DeviceId, Error, Token};
use jwt_core::{Claims, Header, nrfcloud};

use crate::cloud::{self, CloudOptions};
use crate::context::Context;
use crate::diagnostic::Diagnostic;
use crate::exit_code::ExitCode;
use crate::finding::Finding;
use crate::known_keys::KnownKey;
use crate::peer;
use crate::secret::ApiKeyOptions;

/// How far this host's clock may be off.
const LEEWAY: u64 = 60;

/// What is known before anybody is asked.
pub(super) struct Question<'a> {
    pub(super) device_id: Option<&'a DeviceId>,
    /// The IDs that a kit may have.
    pub(super) candidates: &'a [DeviceId],
    /// Tokens of the kit.
    pub(super) tokens: &'a [(DeviceId, String)],
    pub(super) keys: &'a [KnownKey],
}

impl Question<'_> {
    /// Asks, each thing only where what it needs is there.
    pub(super) fn ask(
        &self,
        context: &Context,
        options: &CloudOptions,
        api_key: &ApiKeyOptions,
    ) -> Result<Vec<Finding>, Diagnostic> {
        let client = match options.anonymous(context) {
            Ok(client) => client,
            Err(diagnostic) => return Ok(vec![Finding::of("host.trust-store", &diagnostic)]),
        };
        let (mut findings, reached) = the_way(context, &client)?;
        if !reached {
            return Ok(findings);
        }
        // What may not be sent in clear is not sent.
        let device = match api_key
            .find(&context.input, &context.out)
            .map(|key| key.map(|key| options.client(context, key)))
        {
            Ok(Some(Ok(client))) => {
                let (about, is_good) = team(&client)?;
                findings.extend(about);
                if is_good { self.device(&client, &mut findings)? } else { None }
            }
            Ok(Some(Err(diagnostic))) => {
                findings.push(Finding::of("cloud.clear-text", &diagnostic));
                return Ok(findings);
            }
            Ok(None) => {
                findings.push(
                    Finding::warning(
                        "cloud.no-api-key",
                        "there is no API key: neither the team nor its devices were looked at",
                    )
                    .next("set NRFCLOUD_API_KEY, or give --api-key-file"),
                );
                None
            }
            Err(error) => {
                findings.push(Finding::of("cloud.bad-api-key", &error.into()));
                None
            }
        };
        self.registered_key(context, options, device.as_ref(), &mut findings)?;
        Ok(findings)
    }

    /// The device, by the first of its IDs that the team has.
    fn device(&self, client: &Client, findings: &mut Vec<Finding>) -> Result<Option<DeviceId>, Diagnostic> {
        let ids = self.ids();
        for id in &ids {
            match cloud::block_on(client.fetch_device(id))? {
                Ok(device) => {
                    findings.extend(judge::device(&device));
                    return Ok(Some(id.clone()));
                }
                Err(error) if error.is_not_found() => {}
                Err(error) => {
                    findings.push(Finding::of("cloud.failed", &error.into()));
                    return Ok(None);
                }
            }
        }
        if let Some(first) = ids.first() {
            let names: Vec<&str> = ids.iter().map(DeviceId::as_str).collect();
            findings.push(
                Finding::error(
                    "cloud.device-unknown",
                    ExitCode::CloudRefused,
                    format!("the team has no device {}", names.join(" or ")),
                )
                .next(format!("onboard it: nrfcloud device onboard --device-id {first} --cert FILE")),
            );
        }
        Ok(None)
    }

    fn ids(&self) -> Vec<DeviceId> {
        match self.device_id {
            Some(id) => vec![id.clone()],
            None => self.candidates.to_vec(),
        }
    }

    /// Which of the keys at hand nRF Cloud has for the device: it takes the tokens of that one alone. There is no other way to
    /// ask (facts: 3.3 of the cloud's API).
    fn registered_key(
        &self,
        context: &Context,
        options: &CloudOptions,
        device: Option<&DeviceId>,
        findings: &mut Vec<Finding>,
    ) -> Result<(), Diagnostic> {
        let ids = device.map_or_else(|| self.ids(), |id| vec![id.clone()]);
        let Some(first) = ids.first() else { return Ok(()) };
        let mut tried = Vec::new();
        let of_kit = self.tokens.iter().filter(|(id, _)| ids.contains(id));
        let of_kit = of_kit.map(|(id, token)| (id.clone(), "the kit".to_owned(), token.clone()));
        let mut of_files = Vec::new();
        for known in self.keys {
            let Some(secret) = &known.secret else { continue };
            let now = context.unix_now();
            let claims = Claims::new()
                .sub(first.as_str())
                .iat(now)
                .exp(now.saturating_add(nrfcloud::DEFAULT_LIFETIME));
            let token = jwt_core::sign_to_string(&Header::new(), &claims, secret)?;
            of_files.push((first.clone(), known.name.clone(), token));
        }
        for (id, name, token) in of_kit.chain(of_files) {
            let Ok(token) = Token::new(token) else { continue };
            let client = options.client(context, token)?;
            match cloud::block_on(client.fetch_device(&id))? {
                Ok(_) => {
                    findings.push(Finding::ok(
                        "cloud.key",
                        format!("nRF Cloud takes a token of {name} for the device {id}: it has that key"),
                    ));
                    return Ok(());
                }
                Err(Error::Service(error)) if matches!(error.status, 401 | 403 | 404) => tried.push(name),
                Err(error) => {
                    findings.push(Finding::of("cloud.failed", &error.into()));
                    return Ok(());
                }
            }
        }
        if !tried.is_empty() {
            tried.dedup();
            findings.push(
                Finding::error(
                    "cloud.key-other",
                    ExitCode::CloudRefused,
                    format!(
                        "nRF Cloud takes no token of {} for the device {first}: it has another key, or none",
                        tried.join(" or ")
                    ),
                )
                .next(format!(
                    "register the right one: nrfcloud device register-key --device-id {first} --key FILE"
                )),
            );
        } else if device.is_some() {
            findings.push(
                Finding::note(
                    "cloud.key-not-looked-at",
                    "which key nRF Cloud has for the device was not looked at: no private key was given",
                )
                .next("nrfcloud doctor --online --key FILE, or --port for the kit's own"),
            );
        }
        Ok(())
    }
}

/// Who answers, by what certificate, at what time, and whether that is nRF Cloud.
fn the_way(context: &Context, client: &Client) -> Result<(Vec<Finding>, bool), Diagnostic> {
    let looked = peer::look(client)?;
    let url = client.base_url();
    let peer = match looked.peer {
        Ok(peer) => peer,
        Err(diagnostic) => return Ok((vec![Finding::of("cloud.unreachable", &diagnostic)], false)),
    };
    let mut findings = vec![peer::clock_finding(
        looked.ahead_seconds,
        crate::clock::unix_seconds(SystemTime::now()),
        LEEWAY,
    )];
    if let Peer { location: Some(location), status, .. } = &peer {
        findings.push(judge::portal(url, *status, location));
        return Ok((findings, false));
    }
    let status = cloud::block_on(client.get_system_status())?;
    let (about, is_there) = judge::way(url, &peer, status, context.now);
    findings.extend(about);
    Ok((findings, is_there))
}

/// Whose key it is, what its user may do, and how much of the plan is left.
fn team(client: &Client) -> Result<(Vec<Finding>, bool), Diagnostic> {
    let account = match cloud::block_on(client.fetch_account_info())? {
        Ok(account) => account,
        Err(Error::Service(error)) if matches!(error.status, 401 | 403) => {
            return Ok((vec![judge::key_refused(&error)], false));
        }
        Err(error) => return Ok((vec![Finding::of("cloud.failed", &error.into())], false)),
    };
    let mut findings = judge::team(&account);
    if let Some(limits) = account.plan.as_ref().and_then(|plan| plan.limits.as_ref()) {
        match cloud::block_on(client.fetch_api_usage_summary())? {
            Ok(usage) => {
                findings.extend(judge::limits(limits, &usage, &crate::clock::month(SystemTime::now())));
            }
            Err(error) => findings.push(Finding::of("cloud.failed", &error.into()).into_warning()),
        }
    }
    Ok((findings, true))
}
