//! `nrfcloud claim rules`

use clap::Args;
use cloud_api::provisioning::{
    ClaimTag, CommandRequest, ListProvisioningRules, ListProvisioningTags, NewCommand, NewProvisioningRule,
    PemContent, ProvisioningRule, ProvisioningSecTag,
};
use cloud_api::{Client, Error};
use modem_at::SecTag;
use serde::Serialize;
use serde_json::Value;

use crate::cloud::{self, ProvisioningOptions};
use crate::context::Context;
use crate::diagnostic::{self, Diagnostic};
use crate::input::Source;
use crate::key_material;
use crate::text::Shown;

/// What Nordic's tools call the rule and its tag (facts: 8.2 of the cloud's API).
const NAME: &str = "nRF Cloud Onboarding";
const TAG: &str = "nrf-cloud-onboarding";

#[derive(Args, Debug)]
pub(crate) struct Rules {
    /// Make the rule of onboarding, and its tag: a device that is claimed with the tag makes keys, is onboarded by one, and keeps
    /// the authorities of nRF Cloud
    #[arg(long, requires = "server_cert")]
    create_onboarding: bool,
    /// Authorities that a device is to trust: Amazon Root CA 1, and for CoAP that of nRF Cloud
    #[arg(long, value_name = "FILE", requires = "create_onboarding")]
    server_cert: Option<Source>,
    /// Tag of the devices that the rule is for [default: nrf-cloud-onboarding]
    #[arg(long, value_name = "TAG", requires = "create_onboarding")]
    tag: Option<ClaimTag>,
    /// Security tag for keys and authorities [default: 16842753]
    #[arg(long, value_name = "SEC_TAG", requires = "create_onboarding")]
    sec_tag: Option<SecTag>,
    /// Say what would be made, and make nothing
    #[arg(long, requires = "create_onboarding")]
    dry_run: bool,
    #[command(flatten)]
    api: ProvisioningOptions,
}

#[derive(Serialize)]
struct List {
    rules: Vec<ProvisioningRule>,
    #[serde(skip_serializing_if = "Option::is_none")]
    created: Option<String>,
    dry_run: bool,
}

impl Rules {
    pub(crate) fn run(self, context: &Context) -> Result<(), Diagnostic> {
        let mut list = List { rules: Vec::new(), created: None, dry_run: self.dry_run };
        let rule = self.onboarding(context)?;
        if let (Some(rule), true) = (&rule, self.dry_run) {
            context.out.note(format_args!(
                "would make the rule {:?} for the tag {}",
                rule.name,
                rule.tags.iter().map(ClaimTag::as_str).collect::<String>()
            ));
        } else {
            let client = self.api.client(context)?;
            match rule {
                Some(rule) => {
                    cloud::block_on(create(&client, &rule))??;
                    list.created = Some(rule.name);
                }
                None => list.rules = cloud::block_on(all(&client))??,
            }
        }
        context
            .out
            .result("nrfcloud.claim.rules", &list, |list| list.rules.iter().map(line).collect::<String>());
        Ok(())
    }

    fn onboarding(&self, context: &Context) -> Result<Option<NewProvisioningRule>, Diagnostic> {
        let Some(source) = self.server_cert.as_ref().filter(|_| self.create_onboarding) else {
            return Ok(None);
        };
        let sec_tag = match self.sec_tag {
            None => ProvisioningSecTag::NRF_CLOUD,
            Some(tag) => {
                ProvisioningSecTag::try_from(tag.number()).map_err(|error| diagnostic::bad_value(&error))?
            }
        };
        let tag = match &self.tag {
            Some(tag) => tag.clone(),
            None => TAG.parse().map_err(diagnostic::unexpected)?,
        };
        let content = key_material::certificates_pem(context, source)?;
        let requests = [
            CommandRequest::ClientPrivateKeyGeneration { sec_tag },
            CommandRequest::CloudAccessKeyGeneration { sec_tag },
            CommandRequest::ServerCertificate(PemContent { sec_tag, content }),
        ];
        Ok(Some(NewProvisioningRule {
            name: NAME.to_owned(),
            description: "onboard the device to nRF Cloud".to_owned(),
            active: true,
            commands: requests.map(NewCommand::new).into(),
            tags: vec![tag],
        }))
    }
}

async fn all(client: &Client) -> Result<Vec<ProvisioningRule>, Error> {
    let mut pages = client.pages(ListProvisioningRules::default());
    let mut rules = Vec::new();
    while let Some(page) = pages.next().await {
        rules.extend(page?.items);
    }
    Ok(rules)
}

/// Makes a rule unless there is one for its tag already, and the tag where it is missing.
async fn create(client: &Client, rule: &NewProvisioningRule) -> Result<(), Diagnostic> {
    for known in all(client).await? {
        if let Some(tag) = known.tags.iter().find(|tag| rule.tags.iter().any(|new| new.as_str() == **tag)) {
            let name = known.name.as_deref().unwrap_or("without a name");
            return Err(diagnostic::rule_exists(name, tag));
        }
    }
    let mut pages = client.pages(ListProvisioningTags::default());
    let mut known = Vec::new();
    while let Some(page) = pages.next().await {
        known.extend(page?.items.into_iter().map(|tag| tag.tag));
    }
    for tag in rule.tags.iter().filter(|tag| !known.iter().any(|known| known == tag.as_str())) {
        client.create_provisioning_tag(tag, &rule.description).await?;
    }
    Ok(client.create_provisioning_rule(rule).await?)
}

/// Name, whether it holds, tags, what it asks for; separated by tabs.
fn line(rule: &ProvisioningRule) -> String {
    let requests = rule.commands.iter().flat_map(|command| {
        command.get("request").and_then(Value::as_object).into_iter().flat_map(|request| request.keys())
    });
    format!(
        "{}\t{}\t{}\t{}\n",
        Shown(rule.name.as_deref().unwrap_or("-")),
        match rule.active {
            Some(true) => "active",
            Some(false) => "not active",
            None => "-",
        },
        Shown(rule.tags.join("|")),
        Shown(requests.map(String::as_str).collect::<Vec<_>>().join(", "))
    )
}
