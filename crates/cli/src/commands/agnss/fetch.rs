//! `nrfcloud agnss fetch`

use std::num::NonZeroU64;
use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, ValueEnum};
use cloud_api::agnss::{Agnss, DecodeReason, ElementType};
use cloud_api::assistance::{AssistanceData, AssistanceRequest, ByteRange, FetchPolicy};
use cloud_api::{Client, Error};
use serde::Serialize;

use crate::cell::{Cell, CellOptions};
use crate::cloud::{self, CloudOptions};
use crate::context::Context;
use crate::device_token::DeviceToken;
use crate::diagnostic::{self, Diagnostic};
use crate::download::{self, Download};

#[derive(Args, Debug)]
pub(crate) struct Fetch {
    /// Types of assistance data, as 1,3,4 [default: the service's choice]
    #[arg(long, value_delimiter = ',')]
    types: Vec<TypeNumber>,
    #[command(flatten)]
    cell: CellOptions,
    /// Ephemerides of those satellites only that stand above the horizon at the cell
    #[arg(long)]
    filtered: bool,
    /// How high above the horizon they must stand, in degrees, 0 to 90 [default: the service's choice, 5]
    #[arg(long, value_name = "DEGREES", requires = "filtered")]
    mask: Option<u8>,
    /// Bytes to fetch, as 0-500 or 501- [default: all]
    #[arg(long)]
    range: Option<RangeArgument>,
    /// Bytes to ask for at a time, as a device does for want of memory [default: all at once]
    #[arg(long, value_name = "BYTES", conflicts_with_all = ["range", "guide_query"])]
    fragment: Option<NonZeroU64>,
    /// HTTP method
    #[arg(long, value_enum, default_value_t = Method::Post)]
    method: Method,
    /// Send the deprecated query of Nordic's guide: requestType=custom&customTypes=…
    #[arg(long)]
    guide_query: bool,
    #[command(flatten)]
    download: Download,
    #[command(flatten)]
    who: DeviceToken,
    #[command(flatten)]
    cloud: CloudOptions,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Method {
    /// As the guide does; only with --guide-query
    Get,
    /// As the API reference says
    Post,
}

/// A type of assistance data by its number.
#[derive(Clone, Copy, Debug)]
struct TypeNumber(ElementType);

/// A text that is no type of assistance data.
#[derive(Clone, Debug, thiserror::Error)]
#[error("type {value:?}: is no type of assistance data; 1 to 9 and 11 to 17 are")]
struct TypeError {
    value: String,
}

impl FromStr for TypeNumber {
    type Err = TypeError;

    fn from_str(text: &str) -> Result<Self, TypeError> {
        let kind = text.parse::<u8>().ok().and_then(|number| ElementType::try_from(number).ok());
        kind.map(Self).ok_or_else(|| TypeError { value: text.to_owned() })
    }
}

/// `0-500` or `501-`.
#[derive(Clone, Copy, Debug)]
struct RangeArgument(ByteRange);

/// A text that is no range.
#[derive(Clone, Debug, thiserror::Error)]
#[error("range {value:?}: is not FIRST-LAST or FIRST-, as 0-500 is")]
struct RangeError {
    value: String,
}

impl FromStr for RangeArgument {
    type Err = RangeError;

    fn from_str(text: &str) -> Result<Self, RangeError> {
        let parse = || {
            let (first, last) = text.split_once('-')?;
            let number = |digits: &str| {
                digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())?
            };
            match last {
                "" => Some(ByteRange::from_byte(number(first)?)),
                last => ByteRange::new(number(first)?, number(last)?).ok(),
            }
        };
        parse().map(Self).ok_or_else(|| RangeError { value: text.to_owned() })
    }
}

const SCHEMA: &str = "nrfcloud.agnss.fetch";

#[derive(Default, Serialize)]
struct Fetched {
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    total: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    range: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<PathBuf>,
    dry_run: bool,
}

impl Fetch {
    pub(crate) fn run(self, context: &Context) -> Result<(), Diagnostic> {
        let request = self.request(self.cell.given().as_ref())?;
        if self.method == Method::Get && !self.guide_query {
            return Err(Diagnostic::usage(
                "--method get is the deprecated form",
                "give --guide-query with it, or leave it out",
            ));
        }
        if self.method == Method::Post && self.guide_query {
            return Err(Diagnostic::usage("--guide-query goes by GET", "give --method get with it"));
        }
        let asker = self.who.resolve(context, self.cell.given().is_none())?;
        let request = match &asker.cell {
            Some(cell) => {
                context.out.note(format_args!("the modem's cell: {cell}"));
                self.request(Some(cell))?
            }
            None => request,
        };
        if self.filtered && self.cell.given().is_none() && asker.cell.is_none() {
            return Err(Diagnostic::usage(
                "--filtered needs to know where: no cell is given",
                "give --mcc, --mnc, --tac and --eci, or --port for the cell of a modem",
            ));
        }
        if asker.was_modem_asked && asker.cell.is_none() {
            context.out.warn("the modem has no cell: asking without one");
        }
        if self.download.check(context)? {
            context.out.note("would ask for assistance data");
            let fetched = Fetched { dry_run: true, ..Fetched::default() };
            context.out.result(SCHEMA, &fetched, |_| "");
            return Ok(());
        }
        let client = self.cloud.client(context, asker.credentials)?;
        let data = cloud::block_on(self.fetch(context, &client, &request))?
            .map_err(|error| diagnostic::location_failed(error, asker.is_project))?;
        check_beginning(&data)?;
        let path = self.download.save(context, &data.bytes)?;
        let range = data.content_range;
        let fetched = Fetched {
            status: Some(data.status),
            bytes: Some(data.bytes.len()),
            total: range.map(|range| range.total),
            range: range.map(|range| format!("{}-{}", range.first, range.last)),
            path,
            dry_run: false,
        };
        if context.out.is_json() {
            context.out.result(SCHEMA, &fetched, |_| "");
        } else {
            let of = fetched.total.map_or_else(String::new, |total| format!(" of {total}"));
            context.out.note(format_args!("status {}, {} bytes{of}", data.status, data.bytes.len()));
        }
        self.download.show(context, &data.bytes);
        Ok(())
    }

    fn request(&self, cell: Option<&Cell>) -> Result<AssistanceRequest, Diagnostic> {
        let mut request = AssistanceRequest::new().types(self.types.iter().map(|kind| kind.0));
        if let Some(cell) = cell {
            request = request.cell(cell.for_assistance().map_err(|error| diagnostic::bad_value(&error))?);
        }
        if self.filtered {
            request = request.filtered(self.mask).map_err(|error| diagnostic::bad_value(&error))?;
        }
        if let Some(device) = self.who.asks_for() {
            request = request.device(device.clone());
        }
        Ok(request)
    }

    async fn fetch(
        &self,
        context: &Context,
        client: &Client,
        request: &AssistanceRequest,
    ) -> Result<AssistanceData, Error> {
        let range = self.range.map(|range| range.0);
        Ok(match (self.method, range) {
            (Method::Get, range) => client.get_assistance_data_by_query(request, range).await?,
            (Method::Post, Some(range)) => client.get_assistance_data(request, Some(range)).await?,
            (Method::Post, None) => {
                let policy = FetchPolicy { fragment: self.fragment, ..FetchPolicy::default() };
                client.get_whole_assistance_data(request, policy, download::report(context)).await?
            }
        })
    }
}

/// Refuses an answer that is no assistance data but a text, as JSON and HTML are. What comes behind the first octet, the version, is the
/// decoder's affair: it may be newer than this program.
fn check_beginning(data: &AssistanceData) -> Result<(), Diagnostic> {
    if data.content_range.is_some_and(|range| range.first > 0) {
        return Ok(());
    }
    match Agnss::parse(&data.bytes).map_err(|error| error.reason) {
        Err(reason @ DecodeReason::Empty) => Err(diagnostic::no_assistance_data(data.status, &reason)),
        Err(reason @ DecodeReason::SchemaVersion(b'\t' | b'\n' | b'\r' | b' '..)) => {
            Err(diagnostic::no_assistance_data(data.status, &reason))
        }
        _ => Ok(()),
    }
}
