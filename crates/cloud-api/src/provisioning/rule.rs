//! Rules: commands for every device that is claimed with certain tags; and those tags.

use reqwest::Method;
use serde::Serialize;
use serde_json::Value;

use super::{ClaimTag, NewCommand};
use crate::client::{Call, Client};
use crate::error::Error;
use crate::json::{answer, null_as_default};
use crate::page::{Page, PageLimit, present, sealed};

impl Client {
    /// Lists the rules: `GET /provisioning-rules`, one page.
    ///
    /// # Errors
    ///
    /// [`Error`]
    pub async fn list_provisioning_rules(
        &self,
        query: &ListProvisioningRules,
    ) -> Result<Page<ProvisioningRule>, Error> {
        self.page(query).await
    }

    /// Makes a rule: `POST /provisioning-rules`. Never sent twice.
    ///
    /// # Errors
    ///
    /// [`Error`]
    pub async fn create_provisioning_rule(&self, rule: &NewProvisioningRule) -> Result<(), Error> {
        Call::provisioning(self, "CreateProvisioningRule", Method::POST, &["provisioning-rules"])
            .json(rule)
            .done(self)
            .await
    }

    /// Lists the tags: `GET /provisioning/tags`, one page.
    ///
    /// # Errors
    ///
    /// [`Error`]
    pub async fn list_provisioning_tags(
        &self,
        query: &ListProvisioningTags,
    ) -> Result<Page<ProvisioningTag>, Error> {
        self.page(query).await
    }

    /// Makes a tag: `POST /provisioning/tags`. Never sent twice.
    ///
    /// # Errors
    ///
    /// [`Error`]
    pub async fn create_provisioning_tag(&self, tag: &ClaimTag, description: &str) -> Result<(), Error> {
        #[derive(Serialize)]
        struct Body<'a> {
            tag: &'a ClaimTag,
            description: &'a str,
        }

        Call::provisioning(self, "CreateProvisioningTag", Method::POST, &["provisioning", "tags"])
            .json(&Body { tag, description })
            .done(self)
            .await
    }
}

/// A rule to make.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NewProvisioningRule {
    /// Name.
    pub name: String,
    /// What it is for, in words.
    pub description: String,
    /// Whether it holds.
    pub active: bool,
    /// What each device is given.
    pub commands: Vec<NewCommand>,
    /// For which devices.
    pub tags: Vec<ClaimTag>,
}

answer! {
    /// A rule.
    ProvisioningRule {
        /// For which devices.
        #[serde(default, deserialize_with = "null_as_default")]
        tags: Vec<String>,
    }
    may {
        /// Its ID.
        id: Option<String>,
        /// Name.
        name: Option<String>,
        /// What it is for, in words.
        description: Option<String>,
        /// Whether it holds.
        active: Option<bool>,
        /// What each device is given, as the service tells it.
        commands: Vec<Value>,
    }
}

answer! {
    /// A tag of claimed devices.
    ProvisioningTag {
        /// The tag.
        tag: String,
    }
    may {
        /// What it is for, in words.
        description: Option<String>,
    }
}

/// The queries of the two lists. That they have pages like every other list is taken from the form of their answers.
macro_rules! query {
    ($(#[$doc:meta])* $name:ident, $operation:literal, $item:ty, $path:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Default)]
        pub struct $name {
            /// Entries per page.
            pub page_limit: Option<PageLimit>,
            /// From the page before.
            pub page_next_token: Option<String>,
        }

        impl sealed::Query for $name {
            type Item = $item;
            const OPERATION: &'static str = $operation;
            const IS_PROVISIONING: bool = true;

            fn path(&self) -> Vec<&str> {
                $path.to_vec()
            }

            fn pairs(&self) -> Vec<(&'static str, String)> {
                present([
                    ("pageLimit", self.page_limit.map(|limit| limit.to_string())),
                    ("pageNextToken", self.page_next_token.clone()),
                ])
            }
        }
    };
}

query! {
    /// Query of the list of rules.
    ListProvisioningRules, "ListProvisioningRules", ProvisioningRule, ["provisioning-rules"]
}

query! {
    /// Query of the list of tags.
    ListProvisioningTags, "ListProvisioningTags", ProvisioningTag, ["provisioning", "tags"]
}
