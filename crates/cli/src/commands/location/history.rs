//! `nrfcloud location history`

use clap::Args;
use cloud_api::location::{GetLocationHistory, LocationRecord};
use cloud_api::{DeviceId, Tag};
use serde::Serialize;

use crate::clock::Moment;
use crate::cloud::{self, ApiOptions};
use crate::context::Context;
use crate::diagnostic::Diagnostic;
use crate::text::Shown;

#[derive(Args, Debug)]
pub(crate) struct History {
    /// Only of this device [default: of all, which asks for the API key of an admin]
    #[arg(long, value_name = "ID")]
    device_id: Option<DeviceId>,
    /// Only of devices with any of these tags, as a|b
    #[arg(long, value_delimiter = '|')]
    tags: Vec<Tag>,
    /// Only records of this time or later: seconds since 1970 or RFC 3339
    #[arg(long, value_name = "TIME")]
    since: Option<Moment>,
    /// Only records up to this time
    #[arg(long, value_name = "TIME")]
    until: Option<Moment>,
    /// Only the latest record of each device
    #[arg(long)]
    latest: bool,
    /// As many as this, the latest
    #[arg(long, value_name = "NUMBER", default_value_t = 100)]
    limit: usize,
    #[command(flatten)]
    api: ApiOptions,
}

#[derive(Serialize)]
struct Records {
    records: Vec<LocationRecord>,
    more: bool,
}

impl History {
    pub(crate) fn run(self, context: &Context) -> Result<(), Diagnostic> {
        let client = self.api.client(context)?;
        let limit = self.limit;
        let (records, more) = cloud::block_on(cloud::newest(&client, self.query(), limit))??;
        if more {
            context.out.note(format_args!("there are more than {limit}: --limit lists more"));
        }
        context.out.result("nrfcloud.location.history", &Records { records, more }, |list| {
            list.records.iter().map(line).collect::<String>()
        });
        Ok(())
    }

    fn query(self) -> GetLocationHistory {
        GetLocationHistory {
            device_id: self.device_id,
            tags: self.tags,
            latest: self.latest,
            inclusive_start: self.since.map(|since| since.to_string()),
            inclusive_end: self.until.map(|until| until.to_string()),
            page_limit: cloud::page_limit(self.limit),
            ..GetLocationHistory::default()
        }
    }
}

/// Time, device, latitude, longitude, uncertainty in metres, what it was found by; separated by tabs.
fn line(record: &LocationRecord) -> String {
    let source = record.service_type.as_ref().map_or("", |source| source.as_str());
    format!(
        "{}\t{}\t{}\t{}\t{}\t{}\n",
        Shown(&record.inserted_at),
        record.device_id,
        record.lat,
        record.lon,
        record.uncertainty,
        Shown(source)
    )
}
