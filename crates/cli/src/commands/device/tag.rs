//! `nrfcloud device tag`

use clap::{ArgGroup, Args};
use cloud_api::{Client, DeviceId, Tag};
use serde::Serialize;

use super::each::{self, Failure};
use crate::cloud::ApiOptions;
use crate::context::Context;
use crate::diagnostic::{self, Diagnostic};

#[derive(Args, Debug)]
#[command(group = ArgGroup::new("change").required(true).multiple(true).args(["set", "add", "remove", "clear"]))]
pub(crate) struct TagDevices {
    /// Device IDs
    #[arg(value_name = "ID", required = true)]
    device_ids: Vec<DeviceId>,
    /// These tags and no others, as a|b
    #[arg(long, value_name = "TAGS", value_delimiter = '|', conflicts_with_all = ["add", "remove", "clear"])]
    set: Vec<Tag>,
    /// These tags too, as a|b
    #[arg(long, value_name = "TAGS", value_delimiter = '|', conflicts_with = "clear")]
    add: Vec<Tag>,
    /// These tags no more, as a|b
    #[arg(long, value_name = "TAGS", value_delimiter = '|', conflicts_with = "clear")]
    remove: Vec<Tag>,
    /// No tags
    #[arg(long)]
    clear: bool,
    /// Say what would be changed, and ask and change nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    api: ApiOptions,
}

/// What is to become of the tags of a device.
#[derive(Clone)]
enum Change {
    /// These, whatever there was.
    Set(Vec<Tag>),
    /// What there was, with some and without others.
    Edit { add: Vec<Tag>, remove: Vec<Tag> },
}

#[derive(Clone, Default, Serialize)]
struct Tagged {
    /// All tags of the device as they are now.
    #[serde(skip_serializing_if = "Option::is_none")]
    tags: Option<Vec<Tag>>,
}

const SCHEMA: &str = "nrfcloud.device.tag";

impl TagDevices {
    pub(crate) fn run(self, context: &Context) -> Result<(), Diagnostic> {
        let change = if self.clear || !self.set.is_empty() {
            Change::Set(self.set)
        } else {
            Change::Edit { add: self.add, remove: self.remove }
        };
        if let Change::Edit { add, remove } = &change
            && let Some(both) = add.iter().find(|tag| remove.contains(tag))
        {
            return Err(Diagnostic::usage(
                format_args!("{both} is to be added and to be removed"),
                "give it once",
            ));
        }
        let ids = each::once(self.device_ids);
        let devices = ids.into_iter().map(|id| (id, Tagged::default()));
        if self.dry_run {
            let devices: Vec<_> = devices.collect();
            for (id, _) in &devices {
                context.out.note(change.told(id));
            }
            each::give_dry_run(context, SCHEMA, devices);
            return Ok(());
        }
        let client = self.api.client(context)?;
        each::run(context, SCHEMA, devices.collect(), |id, _| change.clone().make(client.clone(), id))
    }
}

impl Change {
    /// The service replaces all tags, so an edit reads them first.
    async fn make(self, client: Client, id: DeviceId) -> Result<Tagged, Failure> {
        let tags = match self {
            Self::Set(tags) => tags,
            Self::Edit { add, remove } => {
                let device = client.fetch_device(&id).await?;
                let there = device.tags.iter().map(|tag| tag.parse::<Tag>());
                let there: Vec<Tag> =
                    there.collect::<Result<_, _>>().map_err(|error| diagnostic::bad_value(&error))?;
                let tags = edited(there.clone(), add, &remove);
                if tags == there {
                    return Ok(Tagged { tags: Some(tags) });
                }
                tags
            }
        };
        client.update_device_tags(&id, &tags).await?;
        Ok(Tagged { tags: Some(tags) })
    }

    /// What a dry run says.
    fn told(&self, id: &DeviceId) -> String {
        match self {
            Self::Set(tags) if tags.is_empty() => format!("would take all tags from {id}"),
            Self::Set(tags) => format!("would set the tags of {id} to {}", piped(tags)),
            Self::Edit { add, remove } => {
                let parts = [("add", add, "to"), ("remove", remove, "from")];
                let parts = parts.iter().filter(|(_, tags, _)| !tags.is_empty());
                let parts: Vec<String> =
                    parts.map(|(verb, tags, way)| format!("{verb} {} {way}", piped(tags))).collect();
                format!("would {} the tags of {id}", parts.join(" and "))
            }
        }
    }
}

/// What stays keeps its place; what is new comes last.
fn edited(mut tags: Vec<Tag>, add: Vec<Tag>, remove: &[Tag]) -> Vec<Tag> {
    tags.retain(|tag| !remove.contains(tag));
    for tag in add {
        if !tags.contains(&tag) {
            tags.push(tag);
        }
    }
    tags
}

fn piped(tags: &[Tag]) -> String {
    tags.iter().map(Tag::as_str).collect::<Vec<_>>().join("|")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(text: &str) -> Vec<Tag> {
        text.split('|').filter(|tag| !tag.is_empty()).map(|tag| tag.parse().unwrap()).collect()
    }

    #[test]
    fn an_edit_keeps_the_order_and_doubles_nothing() {
        for (there, add, remove, expected) in [
            ("a|b", "c", "", "a|b|c"),
            ("a|b", "b", "", "a|b"),
            ("a|b|c", "d|e", "b", "a|c|d|e"),
            ("a", "", "a|x", ""),
            ("", "a|a", "", "a"),
        ] {
            assert_eq!(
                edited(tags(there), tags(add), &tags(remove)),
                tags(expected),
                "{there} +{add} -{remove}"
            );
        }
    }

    #[test]
    fn a_dry_run_says_it_in_words() {
        let id = "d".parse().unwrap();
        let edit = Change::Edit { add: tags("a|b"), remove: tags("c") };
        assert_eq!(edit.told(&id), "would add a|b to and remove c from the tags of d");
        assert_eq!(Change::Set(tags("a")).told(&id), "would set the tags of d to a");
        assert_eq!(Change::Set(Vec::new()).told(&id), "would take all tags from d");
    }
}
