//! `nrfcloud account show`

use clap::Args;
use cloud_api::account::{AccountInfo, ApiUsageSummary, Plan, PlanLimits, Role, ServiceUsage};
use serde::Serialize;

use crate::clock;
use crate::cloud::{self, ApiOptions};
use crate::context::Context;
use crate::diagnostic::Diagnostic;
use crate::text::Table;

#[derive(Args, Debug)]
pub(crate) struct Show {
    /// Show too what was used, month by month
    #[arg(long)]
    usage: bool,
    #[command(flatten)]
    api: ApiOptions,
}

/// What nRF Cloud says, and where it was asked.
#[derive(Serialize)]
struct Account {
    api_url: String,
    #[serde(flatten)]
    info: AccountInfo,
    #[serde(skip_serializing_if = "Option::is_none")]
    usage: Option<ApiUsageSummary>,
}

impl Show {
    pub(crate) fn run(self, context: &Context) -> Result<(), Diagnostic> {
        let client = self.api.client(context)?;
        let account = cloud::block_on(async {
            let info = client.fetch_account_info().await?;
            let usage = if self.usage { Some(client.fetch_api_usage_summary().await?) } else { None };
            Ok::<_, Diagnostic>(Account { api_url: client.base_url().to_string(), info, usage })
        })??;
        context
            .out
            .result("nrfcloud.account.show", &account, |account| account.human(&clock::month(context.now)));
        Ok(())
    }
}

impl Account {
    /// `month` is the one that there is, as nRF Cloud writes it.
    fn human(&self, month: &str) -> Table {
        let Self { api_url, info, usage } = self;
        let mut table = Table::default();
        table.row("team", &info.team.tenant_id);
        let role = info.role.as_ref().map(Role::as_str);
        let optional = [
            ("name", info.team.name.as_deref()),
            ("role", role),
            ("user", info.user_id.as_deref()),
            ("plan", info.plan.as_ref().map(|plan| plan.name.as_str())),
        ];
        for (name, value) in optional {
            if let Some(value) = value {
                table.row(name, value);
            }
        }
        let this_month =
            usage.as_ref().and_then(|usage| usage.services.iter().find(|used| used.date == month));
        let devices = usage.as_ref().map(|usage| usage.current_devices.total);
        if let Some(plan) = &info.plan {
            if let Some(limits) = &plan.limits {
                show_limits(&mut table, limits, devices, usage.is_some().then_some(this_month).flatten());
            }
            show_costs(&mut table, plan);
        }
        if !info.tags.is_empty() {
            table.row("tags", info.tags.join("|"));
        }
        table.row("REST API", api_url);
        for (name, value) in [("MQTT", &info.mqtt_endpoint), ("topics begin with", &info.mqtt_topic_prefix)] {
            if let Some(value) = value {
                table.row(name, value);
            }
        }
        if let Some(usage) = usage {
            show_usage(&mut table, usage);
        }
        table
    }
}

/// Each limit, and how much of it is used where that is known.
fn show_limits(table: &mut Table, limits: &PlanLimits, devices: Option<u64>, used: Option<&ServiceUsage>) {
    let location = used.map(|used| used.location_services.values().map(|service| service.requests).sum());
    let rows: [(&str, Option<u64>, Option<u64>); 5] = [
        ("devices", devices, limits.devices),
        (
            "stored messages a month",
            used.map(|used| used.stored_device_messages),
            limits.monthly_stored_device_messages,
        ),
        ("location requests a month", location, limits.monthly_location_service_requests),
        (
            "FOTA executions a month",
            used.map(|used| used.fota_job_executions),
            limits.monthly_fota_job_executions,
        ),
        ("message routing destinations", None, limits.message_routing_service_destinations),
    ];
    for (name, used, limit) in rows {
        match (used, limit) {
            (Some(used), Some(limit)) => table.row(name, format_args!("{used} of {limit}")),
            (None, Some(limit)) => table.row(name, format_args!("at most {limit}")),
            (_, None) => {}
        }
    }
}

fn show_costs(table: &mut Table, plan: &Plan) {
    for (service, devices) in &plan.proxy_usage_declarations {
        table.row(format_args!("declared for {service} by proxy"), devices);
    }
    for key in &plan.service_keys {
        let state = if key.enabled { "enabled" } else { "disabled" };
        table.row("service key", format_args!("{state}, made {}", key.created_at));
    }
    if let Some(cost) = plan.current_month_total_cost {
        table.row("costs this month", cost);
    }
    for line in &plan.current_month_costs {
        let service = line.service_description.as_ref().unwrap_or(&line.service_id);
        table.row(
            format_args!("  {service}"),
            format_args!("{} ({} × {})", line.total, line.quantity, line.price),
        );
    }
}

fn show_usage(table: &mut Table, usage: &ApiUsageSummary) {
    let devices = &usage.current_devices;
    let kinds =
        [("generic", devices.generic), ("gateways", devices.gateway), ("Bluetooth LE", devices.bluetooth_le)];
    let kinds: Vec<String> =
        kinds.iter().filter(|(_, count)| *count > 0).map(|(name, count)| format!("{count} {name}")).collect();
    let kinds = if kinds.is_empty() { String::new() } else { format!(" ({})", kinds.join(", ")) };
    table.row("devices now", format_args!("{}{kinds}", devices.total));
    for used in &usage.services {
        let location = used.location_services.iter();
        let location = location.map(|(service, usage)| (format!("{service} requests"), usage.requests));
        let all = location.chain([
            ("messages stored".to_owned(), used.stored_device_messages),
            ("messages routed".to_owned(), used.messages_routed),
            ("FOTA executions".to_owned(), used.fota_job_executions),
        ]);
        let all: Vec<String> =
            all.filter(|(_, count)| *count > 0).map(|(name, count)| format!("{count} {name}")).collect();
        table.row(
            format_args!("used in {}", used.date),
            if all.is_empty() { "nothing".to_owned() } else { all.join(", ") },
        );
    }
}
