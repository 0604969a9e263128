//! `nrfcloud claim tags`

use clap::Args;
use cloud_api::provisioning::{ClaimTag, ListProvisioningTags, ProvisioningTag};
use serde::Serialize;

use crate::cloud::{self, ProvisioningOptions};
use crate::context::Context;
use crate::diagnostic::Diagnostic;
use crate::text::Shown;

#[derive(Args, Debug)]
pub(crate) struct Tags {
    /// Make this tag
    #[arg(long, value_name = "TAG")]
    create: Option<ClaimTag>,
    /// What the tag is for, in words
    #[arg(long, value_name = "TEXT", requires = "create", default_value = "")]
    description: String,
    /// Say what would be made, and make nothing
    #[arg(long, requires = "create")]
    dry_run: bool,
    #[command(flatten)]
    api: ProvisioningOptions,
}

#[derive(Serialize)]
struct List {
    tags: Vec<ProvisioningTag>,
    #[serde(skip_serializing_if = "Option::is_none")]
    created: Option<ClaimTag>,
    dry_run: bool,
}

impl Tags {
    pub(crate) fn run(self, context: &Context) -> Result<(), Diagnostic> {
        let mut list = List { tags: Vec::new(), created: self.create, dry_run: self.dry_run };
        if let (Some(tag), true) = (&list.created, self.dry_run) {
            context.out.note(format_args!("would make the tag {tag}"));
        } else {
            let client = self.api.client(context)?;
            cloud::block_on(async {
                if let Some(tag) = &list.created {
                    return client.create_provisioning_tag(tag, &self.description).await;
                }
                let mut pages = client.pages(ListProvisioningTags::default());
                while let Some(page) = pages.next().await {
                    list.tags.extend(page?.items);
                }
                Ok(())
            })??;
        }
        // Tag, what it is for; separated by tabs.
        context.out.result("nrfcloud.claim.tags", &list, |list| {
            let line = |tag: &ProvisioningTag| {
                format!("{}\t{}\n", Shown(&tag.tag), Shown(tag.description.as_deref().unwrap_or_default()))
            };
            list.tags.iter().map(line).collect::<String>()
        });
        Ok(())
    }
}
