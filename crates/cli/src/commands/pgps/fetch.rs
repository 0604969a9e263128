//! `nrfcloud pgps fetch`

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use cloud_api::assistance::FetchPolicy;
use cloud_api::gps_time::GpsTime;
use cloud_api::pgps::{Header, Predictions};
use cloud_api::prediction::PredictionRequest;
use cloud_api::{Client, Url};
use serde::Serialize;

use crate::clock::Moment;
use crate::cloud::{self, CloudOptions};
use crate::context::Context;
use crate::device_token::DeviceToken;
use crate::diagnostic::{self, Diagnostic};
use crate::download::{self, Download};

#[derive(Args, Debug)]
pub(crate) struct Fetch {
    /// Number of predictions, 1 to 84, or to 168 for every two hours [default: the service's choice]
    #[arg(long)]
    count: Option<u16>,
    /// Minutes from one prediction to the next, 120 to 480 in steps of 60 [default: the service's choice]
    #[arg(long, value_name = "MINUTES")]
    interval: Option<u16>,
    /// When the first prediction begins, today or within two weeks [default: now]
    #[arg(long, value_name = "TIME")]
    start: Option<Moment>,
    #[command(flatten)]
    download: Download,
    #[command(flatten)]
    who: DeviceToken,
    #[command(flatten)]
    cloud: CloudOptions,
}

const SCHEMA: &str = "nrfcloud.pgps.fetch";

#[derive(Default, Serialize)]
struct Fetched {
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes: Option<usize>,
    #[serde(flatten)]
    period: Option<Period>,
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<PathBuf>,
    dry_run: bool,
}

/// What a file covers.
#[derive(Serialize)]
pub(super) struct Period {
    prediction_count: u16,
    prediction_period_min: u16,
    pub(super) start: String,
    pub(super) end: String,
}

impl Period {
    pub(super) fn of(header: Header) -> Self {
        Self {
            prediction_count: header.prediction_count,
            prediction_period_min: header.prediction_period_min,
            start: header.start().to_utc().to_string(),
            end: header.end().to_utc().to_string(),
        }
    }
}

impl Fetch {
    pub(crate) fn run(self, context: &Context) -> Result<(), Diagnostic> {
        let request = self.request().map_err(|error| diagnostic::bad_value(&error))?;
        let asker = self.who.resolve(context, false)?;
        if self.download.check(context)? {
            context.out.note("would ask for predictions");
            context.out.result(SCHEMA, &Fetched { dry_run: true, ..Fetched::default() }, |_| "");
            return Ok(());
        }
        let client = self.cloud.client(context, asker.credentials)?;
        let (url, bytes) = cloud::block_on(fetch(context, &client, &request, asker.is_project))??;
        let predictions =
            Predictions::parse(&bytes).map_err(|error| diagnostic::no_predictions(&url, &error))?;
        let period = Period::of(predictions.header());
        let path = self.download.save(context, &bytes)?;
        if context.out.is_json() {
            let fetched = Fetched {
                url: Some(url.into()),
                bytes: Some(bytes.len()),
                period: Some(period),
                path,
                dry_run: false,
            };
            context.out.result(SCHEMA, &fetched, |_| "");
        } else {
            context.out.note(format_args!(
                "{} predictions from {} to {}, {} bytes",
                period.prediction_count,
                period.start,
                period.end,
                bytes.len()
            ));
        }
        self.download.show(context, &bytes);
        Ok(())
    }

    fn request(&self) -> Result<PredictionRequest, cloud_api::parameter::InvalidParameter> {
        let mut request = PredictionRequest::default();
        if let Some(minutes) = self.interval {
            request = request.interval_minutes(minutes)?;
        }
        if let Some(count) = self.count {
            request = request.count(count)?;
        }
        if let Some(start) = self.start {
            let time = GpsTime::from_unix(Duration::from_secs(start.0));
            let second = u32::try_from(time.millisecond_of_day() / 1000).unwrap_or(u32::MAX);
            request = request.start(u32::try_from(time.day()).unwrap_or(u32::MAX), Some(second))?;
        }
        if let Some(device) = self.who.asks_for() {
            request = request.device(device.clone());
        }
        Ok(request)
    }
}

async fn fetch(
    context: &Context,
    client: &Client,
    request: &PredictionRequest,
    by_project: bool,
) -> Result<(Url, Vec<u8>), Diagnostic> {
    let file = client
        .get_prediction_data(request)
        .await
        .map_err(|error| diagnostic::location_failed(error, by_project))?;
    let url = client
        .prediction_file_url(&file.host, &file.path)
        .map_err(|error| diagnostic::no_predictions(client.base_url(), &error))?;
    context.out.trace(format_args!("downloading {url}"));
    let bytes = client.download_predictions(&url, FetchPolicy::default(), download::report(context)).await?;
    Ok((url, bytes))
}
