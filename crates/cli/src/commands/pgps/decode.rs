//! `nrfcloud pgps decode`

use std::time::Duration;

use clap::Args;
use cloud_api::gps_time::GpsTime;
use cloud_api::pgps::{Prediction, Predictions};
use serde::Serialize;

use super::fetch::Period;
use crate::clock::Moment;
use crate::commands::agnss::elements::{self, Values};
use crate::context::Context;
use crate::diagnostic::{self, Diagnostic};
use crate::input::Source;
use crate::text::Table;

#[derive(Args, Debug)]
pub(crate) struct Decode {
    /// Predictions, the whole file; `-` is standard input
    #[arg(value_name = "FILE")]
    source: Source,
    /// Only the prediction for this moment, as 2026-11-24T04:10:00Z
    #[arg(long, value_name = "TIME")]
    at: Option<Moment>,
    /// Show orbit and clock of each satellite, too
    #[arg(long)]
    ephemerides: bool,
}

#[derive(Serialize)]
struct Decoded {
    bytes: usize,
    #[serde(flatten)]
    period: Period,
    predictions: Vec<Shape>,
}

#[derive(Serialize)]
struct Shape {
    /// UTC.
    start: String,
    gps_day: u64,
    gps_time_of_day: u64,
    /// Satellites to use.
    satellites: Vec<u8>,
    unhealthy: Vec<u8>,
    /// Satellites of which nothing is known.
    empty: Vec<u8>,
    /// The values of each satellite of which something is known, in the unit that each name ends with.
    #[serde(skip_serializing_if = "Option::is_none")]
    ephemerides: Option<Vec<Values>>,
}

impl Decode {
    pub(crate) fn run(self, context: &Context) -> Result<(), Diagnostic> {
        let bytes = context.input.bytes(&self.source)?;
        let file =
            Predictions::parse(&bytes).map_err(|error| diagnostic::bad_predictions(&self.source, &error))?;
        let period = Period::of(file.header());
        let predictions = match self.at {
            None => file.iter().map(|prediction| self.shape(&prediction)).collect(),
            Some(at) => {
                let time = GpsTime::from_unix(Duration::from_secs(at.0));
                let Some(prediction) = file.at(time) else {
                    let asked = time.to_utc();
                    let covered = format_args!("from {} to {}", period.start, period.end);
                    return Err(diagnostic::bad_value(&format_args!(
                        "{}: there is no prediction for {asked}, only {covered}",
                        self.source
                    )));
                };
                vec![self.shape(&prediction)]
            }
        };
        let decoded = Decoded { bytes: bytes.len(), period, predictions };
        context.out.result("nrfcloud.pgps.decode", &decoded, human);
        Ok(())
    }

    fn shape(&self, prediction: &Prediction<'_>) -> Shape {
        let all = prediction.ephemerides();
        let mut shape = Shape {
            start: prediction.time().to_utc().to_string(),
            gps_day: prediction.time().day(),
            gps_time_of_day: prediction.time().millisecond_of_day() / 1000,
            satellites: Vec::new(),
            unhealthy: Vec::new(),
            empty: Vec::new(),
            ephemerides: self.ephemerides.then(|| {
                let values = elements::each(&all).into_iter().zip(all);
                values.filter(|(_, ephemeris)| !ephemeris.is_empty()).map(|(values, _)| values).collect()
            }),
        };
        for ephemeris in all {
            let list = if ephemeris.is_empty() {
                &mut shape.empty
            } else if ephemeris.is_healthy() {
                &mut shape.satellites
            } else {
                &mut shape.unhealthy
            };
            list.push(ephemeris.sv_id);
        }
        shape
    }
}

fn human(decoded: &Decoded) -> Table {
    let mut table = Table::default();
    for prediction in &decoded.predictions {
        let mut text = format!("satellites {}", listed(&prediction.satellites));
        for (name, list) in [("unhealthy", &prediction.unhealthy), ("empty", &prediction.empty)] {
            if !list.is_empty() {
                text.push_str(&format!("; {name} {}", listed(list)));
            }
        }
        table.row(&prediction.start, text);
        for ephemeris in prediction.ephemerides.iter().flatten() {
            elements::row(&mut table, ephemeris);
        }
    }
    table
}

fn listed(satellites: &[u8]) -> String {
    satellites.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}
