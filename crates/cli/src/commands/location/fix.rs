//! `nrfcloud location fix`

use std::fmt::Write as _;

use clap::Args;
use cloud_api::location::{AccessPoint, FixOptions, GroundFix, GroundFixRequest, LocationSource};
use serde::Serialize;

use super::wifi::WifiArgument;
use crate::cell::CellOptions;
use crate::cloud::{self, CloudOptions};
use crate::context::Context;
use crate::device_token::DeviceToken;
use crate::diagnostic::{self, Diagnostic};
use crate::json_argument::JsonArgument;
use crate::text::Table;

#[derive(Args, Debug)]
pub(crate) struct Fix {
    #[command(flatten)]
    cell: CellOptions,
    /// Wi-Fi access point, as MAC or MAC,SIGNAL with the signal in dBm; to be given at least twice
    #[arg(long, value_name = "MAC[,DBM]")]
    wifi: Vec<WifiArgument>,
    /// All that the device sees as the API takes it, with lte, ltecatm, nbiot and wifi: JSON, @FILE, or `-` for standard input
    #[arg(long, value_name = "JSON", conflicts_with_all = ["mcc", "wifi"])]
    cells: Option<JsonArgument>,
    /// Take no rough estimate by the tracking area where nothing better is known
    #[arg(long)]
    no_fallback: bool,
    /// Give the uncertainty for a confidence of 95 %, and not of 68 %
    #[arg(long)]
    hi_conf: bool,
    /// Say what would be asked, and ask nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    who: DeviceToken,
    #[command(flatten)]
    cloud: CloudOptions,
}

#[derive(Serialize)]
struct Located {
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    fix: Option<GroundFix>,
    /// What was seen.
    request: GroundFixRequest,
    dry_run: bool,
}

const SCHEMA: &str = "nrfcloud.location.fix";

impl Fix {
    pub(crate) fn run(self, context: &Context) -> Result<(), Diagnostic> {
        let mut request = self.request(context)?;
        let has_cells = count_cells(&request) > 0;
        let asker = self.who.resolve(context, !has_cells && self.cells.is_none())?;
        if let Some(cell) = &asker.cell {
            context.out.note(format_args!("the modem's cell: {cell}"));
            request.cells.lte.push(cell.for_location().map_err(|error| diagnostic::bad_value(&error))?);
        }
        if count_cells(&request) == 0 && request.wifi.is_none() {
            return Err(if asker.was_modem_asked { diagnostic::no_cell() } else { nothing_seen() });
        }
        let seen = seen(&request);
        if self.dry_run {
            context.out.note(format_args!("would ask for the place of {seen}"));
            context.out.result(SCHEMA, &Located { fix: None, request, dry_run: true }, |_| "");
            return Ok(());
        }
        let options = FixOptions {
            fallback: self.no_fallback.then_some(false),
            hi_conf: self.hi_conf.then_some(true),
            device_id: self.who.asks_for().cloned(),
            ..FixOptions::default()
        };
        let client = self.cloud.client(context, asker.credentials)?;
        let fix = cloud::block_on(client.get_location_from_cells_or_wifi_networks(&request, &options))?
            .map_err(|error| diagnostic::location_failed(error, asker.is_project))?;
        let confidence = if self.hi_conf { "95 %" } else { "68 %" };
        let located = Located { fix, request, dry_run: false };
        context.out.result(SCHEMA, &located, |located| human(located.fix.as_ref(), confidence));
        Ok(())
    }

    fn request(&self, context: &Context) -> Result<GroundFixRequest, Diagnostic> {
        if let Some(argument) = &self.cells {
            let request: GroundFixRequest = serde_json::from_value(argument.load(context)?)
                .map_err(|error| diagnostic::bad_value(&format_args!("--cells: {error}")))?;
            if count_cells(&request) == 0 && request.wifi.is_none() {
                return Err(diagnostic::bad_value(&"--cells: has neither lte, ltecatm, nbiot nor wifi"));
            }
            return Ok(request);
        }
        let mut request = GroundFixRequest::default();
        if let Some(cell) = self.cell.given() {
            request.cells.lte.push(cell.for_location().map_err(|error| diagnostic::bad_value(&error))?);
        }
        if !self.wifi.is_empty() {
            let points: Vec<AccessPoint> = self.wifi.iter().map(|point| point.0.clone()).collect();
            for address in
                points.iter().map(AccessPoint::mac_address).filter(|mac| mac.is_locally_administered())
            {
                context.out.warn(format_args!(
                    "{address} was chosen by software: nRF Cloud passes over it or refuses it"
                ));
            }
            request.wifi = Some(points.try_into().map_err(|error| diagnostic::bad_value(&error))?);
        }
        Ok(request)
    }
}

fn nothing_seen() -> Diagnostic {
    Diagnostic::usage(
        "there is nothing to locate by",
        "give --mcc, --mnc, --tac and --eci; two or more --wifi; --cells; or --port for the cell of a modem",
    )
}

fn count_cells(request: &GroundFixRequest) -> usize {
    let cells = &request.cells;
    cells.lte.len() + cells.ltecatm.len() + cells.nbiot.len()
}

/// `1 cell and 2 access points`
fn seen(request: &GroundFixRequest) -> String {
    let count = |count: usize, name: &str| format!("{count} {name}{}", if count == 1 { "" } else { "s" });
    let cells = count_cells(request);
    let points = request.wifi.as_ref().map_or(0, |wifi| wifi.as_slice().len());
    match (cells, points) {
        (cells, 0) => count(cells, "cell"),
        (0, points) => count(points, "access point"),
        (cells, points) => format!("{} and {}", count(cells, "cell"), count(points, "access point")),
    }
}

fn human(fix: Option<&GroundFix>, confidence: &str) -> Table {
    let mut table = Table::default();
    let Some(fix) = fix else { return table };
    table.row("latitude", fix.lat);
    table.row("longitude", fix.lon);
    table.row("uncertainty", format_args!("{} m (confidence {confidence})", fix.uncertainty));
    if let Some(source) = &fix.fulfilled_with {
        table.row("found by", words(source));
    }
    if !fix.anchors.is_empty() {
        let anchors = fix.anchors.iter().fold(String::new(), |mut text, anchor| {
            let between = if text.is_empty() { "" } else { ", " };
            let name = anchor.name.as_deref().map_or_else(String::new, |name| format!(" {name}"));
            // A text takes whatever is written to it.
            let _ = write!(text, "{between}{}{name}", anchor.mac_address);
            text
        });
        table.row("anchors", anchors);
    }
    table
}

/// What a position was found by, in words.
fn words(source: &LocationSource) -> String {
    let words = match source {
        LocationSource::SingleCell => "one cell",
        LocationSource::MultiCell => "several cells",
        LocationSource::Wifi => "Wi-Fi access points",
        LocationSource::SingleCellEval => "one cell, on trial",
        LocationSource::MultiCellEval => "several cells, on trial",
        LocationSource::WifiEval => "Wi-Fi access points, on trial",
        LocationSource::Anchor => "access points of the team",
        other => return other.to_string(),
    };
    format!("{words} ({source})")
}
