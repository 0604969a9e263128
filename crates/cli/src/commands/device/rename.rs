//! `nrfcloud device rename`

use clap::{ArgGroup, Args};
use cloud_api::DeviceId;
use cloud_api::devices::DeviceName;
use serde::Serialize;

use super::{each, rows};
use crate::cloud::ApiOptions;
use crate::context::Context;
use crate::diagnostic::{self, Diagnostic};
use crate::input::Source;

#[derive(Args, Debug)]
#[command(group = ArgGroup::new("what").required(true).args(["device_id", "csv", "devinfo"]))]
pub(crate) struct Rename {
    /// Device ID
    #[arg(value_name = "ID", requires = "name")]
    device_id: Option<DeviceId>,
    /// Its new name, 1 to 128 characters
    #[arg(value_name = "NAME", requires = "device_id")]
    name: Option<DeviceName>,
    /// CSV of many devices: deviceId,name
    #[arg(long, value_name = "FILE")]
    csv: Option<Source>,
    /// CSV of Nordic's tools, deviceId,mfwVersion,imei: each device is named by its IMEI
    #[arg(long, value_name = "FILE")]
    devinfo: Option<Source>,
    /// What stands before the IMEI
    #[arg(long, value_name = "TEXT", requires = "devinfo", conflicts_with_all = ["device_id", "csv"])]
    prefix: Option<String>,
    /// Say what would be renamed, and rename nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    api: ApiOptions,
}

#[derive(Clone, Serialize)]
struct Renamed {
    name: DeviceName,
}

const SCHEMA: &str = "nrfcloud.device.rename";

impl Rename {
    pub(crate) fn run(self, context: &Context) -> Result<(), Diagnostic> {
        let names = match (self.device_id, self.name, &self.csv, &self.devinfo) {
            (Some(id), Some(name), ..) => vec![(id, name)],
            (_, _, Some(source), _) => rows::names(context, source)?,
            (_, _, _, Some(source)) => by_imei(context, source, self.prefix.as_deref().unwrap_or_default())?,
            _ => return Err(Diagnostic::usage("nothing to rename", "give an ID and a name, or --csv")),
        };
        let devices: Vec<_> = names.into_iter().map(|(id, name)| (id, Renamed { name })).collect();
        if self.dry_run {
            for (id, Renamed { name }) in &devices {
                context.out.note(format_args!("would name {id} {:?}", name.as_str()));
            }
            each::give_dry_run(context, SCHEMA, devices);
            return Ok(());
        }
        let client = self.api.client(context)?;
        each::run(context, SCHEMA, devices, |id, renamed| {
            let client = client.clone();
            async move {
                client.update_device_name(&id, &renamed.name).await?;
                Ok(renamed)
            }
        })
    }
}

fn by_imei(
    context: &Context,
    source: &Source,
    prefix: &str,
) -> Result<Vec<(DeviceId, DeviceName)>, Diagnostic> {
    let infos = rows::device_infos(context, source)?.into_iter();
    infos
        .map(|(id, info)| {
            let name =
                format!("{prefix}{}", info.imei).parse().map_err(|error| diagnostic::bad_value(&error))?;
            Ok((id, name))
        })
        .collect()
}
