//! A command: what a back end asks, what the device is told, and what became of it (facts 8.2 and 8.3).

use std::{collections::BTreeMap, time::SystemTime};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{clock::iso8601, random};

/// The body of CreateDeviceProvisioningCommand and each of a rule's commands.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Order {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) description: Option<String>,
    pub(super) request: Task,
}

/// `{"request":{"<one of>": …}}`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Task {
    ClientPrivateKeyGeneration(SecTag),
    CloudAccessKeyGeneration(SecTag),
    CertificateSigningRequest(CsrOrder),
    ClientCertificate(Content),
    ServerCertificate(Content),
    ClientPrivateKey(Content),
    Config(BTreeMap<String, String>),
    Finished {},
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SecTag {
    sec_tag: u32,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CsrOrder {
    sec_tag: u32,
    #[serde(default)]
    attributes: String,
    #[serde(default)]
    key_usage: String,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Content {
    sec_tag: u32,
    content: String,
}

/// It may be a private key.
impl std::fmt::Debug for Content {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Content").field("sec_tag", &self.sec_tag).field("content", &"[redacted]").finish()
    }
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Command {
    pub(super) id: String,
    pub(super) order: Order,
    pub(super) status: Status,
    created_at: SystemTime,
    #[serde(skip_serializing_if = "Option::is_none")]
    completed_at: Option<SystemTime>,
    pub(super) steps: Vec<Step>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) response: Option<Value>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(super) enum Status {
    Pending,
    InProgress,
    Succeeded,
    Failed,
}

/// One thing that the device is told. Without `Debug`, like what holds it: a private key may be in it.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Step {
    pub(super) correlation_id: String,
    pub(super) telling: Telling,
    pub(super) done: bool,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Telling {
    At { set_command: String, parameters: String, ignored_cme_errors: Vec<u16> },
    Config(BTreeMap<String, String>),
    Finished,
}

/// What the device answered to one step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Answer {
    At(String),
    Error { cme_error: u16, message: String },
    ConfigDone,
    FinishedDone,
}

impl Command {
    pub(super) fn new(order: Order, now: SystemTime) -> Result<Self, getrandom::Error> {
        let id = random::uuid()?;
        let steps = order.request.steps(&id);
        Ok(Self {
            id,
            order,
            status: Status::Pending,
            created_at: now,
            completed_at: None,
            steps,
            response: None,
        })
    }

    pub(super) fn is_over(&self) -> bool {
        matches!(self.status, Status::Succeeded | Status::Failed)
    }

    pub(super) fn finish(&mut self, status: Status, response: Option<Value>, now: SystemTime) {
        self.status = status;
        self.response = response;
        self.completed_at = Some(now);
    }

    pub(super) fn document(&self) -> Value {
        let mut document = json!({
            "id": self.id,
            "status": self.status,
            "createdAt": iso8601(self.created_at),
        });
        if let Some(description) = &self.order.description {
            document["description"] = description.as_str().into();
        }
        if let Some(response) = &self.response {
            document["response"] = response.clone();
        }
        if let Some(time) = self.completed_at {
            document["completedAt"] = iso8601(time).into();
        }
        document
    }
}

impl Task {
    /// Its name in JSON.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::ClientPrivateKeyGeneration(_) => "clientPrivateKeyGeneration",
            Self::CloudAccessKeyGeneration(_) => "cloudAccessKeyGeneration",
            Self::CertificateSigningRequest(_) => "certificateSigningRequest",
            Self::ClientCertificate(_) => "clientCertificate",
            Self::ServerCertificate(_) => "serverCertificate",
            Self::ClientPrivateKey(_) => "clientPrivateKey",
            Self::Config(_) => "config",
            Self::Finished {} => "finished",
        }
    }

    /// The rule that a well-formed request breaks.
    pub(super) fn check(&self) -> Result<(), &'static str> {
        match self {
            Self::CertificateSigningRequest(order) => {
                if !order.key_usage.bytes().all(|b| matches!(b, b'0' | b'1')) || order.key_usage.len() > 9 {
                    return Err("keyUsage is up to nine digits, each 0 or 1.");
                }
                quotable(&order.attributes)
            }
            Self::ClientCertificate(content)
            | Self::ServerCertificate(content)
            | Self::ClientPrivateKey(content) => {
                if content.content.is_empty() {
                    return Err("content is empty.");
                }
                quotable(&content.content)
            }
            Self::Config(properties) if !(1..=10).contains(&properties.len()) => {
                Err("config has 1 to 10 properties.")
            }
            _ => Ok(()),
        }
    }

    /// What the device is told. The letters behind the command's ID are those of recorded commands where there is one
    /// (d, e, f and 14), and the others follow them.
    fn steps(&self, id: &str) -> Vec<Step> {
        let step =
            |suffix: &str, telling| Step { correlation_id: format!("{id}.{suffix}"), telling, done: false };
        let at = |set_command: &str, parameters: String, ignored_cme_errors: &[u16]| Telling::At {
            set_command: set_command.into(),
            parameters,
            ignored_cme_errors: ignored_cme_errors.to_vec(),
        };
        // 513: there is no such credential.
        let delete_key = |tag: u32| at("%CMNG", format!("3,{tag},2"), &[513]);
        let write = |kind: u8, Content { sec_tag, content }: &Content| {
            at("%CMNG", format!("0,{sec_tag},{kind},\"{content}\""), &[])
        };
        match self {
            Self::ClientPrivateKeyGeneration(SecTag { sec_tag }) => vec![
                step("e.s", delete_key(*sec_tag)),
                step("e", at("%KEYGEN", format!("{sec_tag},2,1"), &[])),
            ],
            Self::CloudAccessKeyGeneration(SecTag { sec_tag }) => {
                vec![step("f", at("%KEYGEN", format!("{sec_tag},8,1"), &[]))]
            }
            Self::CertificateSigningRequest(CsrOrder { sec_tag, attributes, key_usage }) => {
                let mut parameters = format!("{sec_tag},2,0");
                if !attributes.is_empty() || !key_usage.is_empty() {
                    parameters += &format!(",\"{attributes}\"");
                }
                if !key_usage.is_empty() {
                    parameters += &format!(",\"{key_usage}\"");
                }
                vec![step("10.s", delete_key(*sec_tag)), step("10", at("%KEYGEN", parameters, &[]))]
            }
            Self::ServerCertificate(content) => vec![step("a", write(0, content))],
            Self::ClientCertificate(content) => vec![step("b", write(1, content))],
            Self::ClientPrivateKey(content) => vec![step("c", write(2, content))],
            Self::Config(properties) => vec![step("14", Telling::Config(properties.clone()))],
            Self::Finished {} => vec![step("d", Telling::Finished)],
        }
    }
}

fn quotable(text: &str) -> Result<(), &'static str> {
    if text.contains('"') { Err("a quote cannot stand in an AT command.") } else { Ok(()) }
}
