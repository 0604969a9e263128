//! Predictions of satellite orbits (P-GPS): where the file is. [`pgps`](crate::pgps) fetches and reads it.

use reqwest::Method;

use crate::client::{Call, Client};
use crate::error::Error;
use crate::identifier::DeviceId;
use crate::json::answer;
use crate::page::present;
use crate::parameter::InvalidParameter;

impl Client {
    /// GetPredictionData: `GET /location/pgnss`. Credentials: a device's JWT, or a project.
    ///
    /// # Errors
    ///
    /// [`Error`]; status 422 for a start in the past or more than about two weeks ahead.
    pub async fn get_prediction_data(&self, request: &PredictionRequest) -> Result<PredictionFile, Error> {
        Call::new(self, "GetPredictionData", Method::GET, &["location", "pgnss"])
            .query(request.pairs())
            .custom_device(request.device_id.as_ref())
            .send(self)
            .await?
            .json()
    }
}

/// Which predictions to ask for. The default leaves everything to the service.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PredictionRequest {
    count: Option<u16>,
    interval_minutes: Option<u16>,
    start: Option<(u32, Option<u32>)>,
    device_id: Option<DeviceId>,
}

impl PredictionRequest {
    /// Number of predictions, 1 to 84; with an interval of 120 minutes, to 168.
    ///
    /// # Errors
    ///
    /// [`InvalidParameter`] for a value outside that range.
    pub fn count(self, count: u16) -> Result<Self, InvalidParameter> {
        Self { count: Some(count), ..self }.checked()
    }

    /// Minutes from one prediction to the next, 120 to 480, a multiple of 60.
    ///
    /// # Errors
    ///
    /// [`InvalidParameter`] for another value.
    pub fn interval_minutes(self, minutes: u16) -> Result<Self, InvalidParameter> {
        Self { interval_minutes: Some(minutes), ..self }.checked()
    }

    /// Day of the first prediction, counted from 1980-01-06, and second of that day (0 to 86399), both in GPS
    /// time.
    ///
    /// # Errors
    ///
    /// [`InvalidParameter`] for a second outside its range.
    pub fn start(self, gps_day: u32, gps_second: Option<u32>) -> Result<Self, InvalidParameter> {
        Self { start: Some((gps_day, gps_second)), ..self }.checked()
    }

    /// Names the device that a proxy asks for.
    #[must_use]
    pub fn device(self, device_id: DeviceId) -> Self {
        Self { device_id: Some(device_id), ..self }
    }

    fn checked(self) -> Result<Self, InvalidParameter> {
        if let Some(minutes) = self.interval_minutes
            && (minutes % 60 != 0 || !(120..=480).contains(&minutes))
        {
            let rule = "a multiple of 60 in 120 to 480";
            return Err(InvalidParameter::new("predictionIntervalMinutes", minutes, rule));
        }
        if let Some(count) = self.count {
            let most = if self.interval_minutes == Some(120) { 168 } else { 84 };
            InvalidParameter::check("predictionCount", count, 1, most)?;
        }
        if let Some((_, Some(second))) = self.start {
            InvalidParameter::check("startGpsTimeOfDaySeconds", second, 0, 86399)?;
        }
        Ok(self)
    }

    fn pairs(&self) -> Vec<(&'static str, String)> {
        present([
            ("predictionCount", self.count.map(|count| count.to_string())),
            ("predictionIntervalMinutes", self.interval_minutes.map(|minutes| minutes.to_string())),
            ("startGpsDay", self.start.map(|(day, _)| day.to_string())),
            (
                "startGpsTimeOfDaySeconds",
                self.start.and_then(|(_, second)| second).map(|second| second.to_string()),
            ),
        ])
    }
}

answer! {
    /// Where the predictions are: `https://<host>/<path>`, for everybody.
    PredictionFile {
        /// Host, for example `pgps.nrfcloud.com`.
        host: String,
        /// Path without leading slash, for example `public/15131-0_15135-72000.bin`: day and second of the
        /// beginning and of the end.
        path: String,
    }
    may {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_depend_on_the_interval_in_any_order() {
        let request = PredictionRequest::default;
        assert!(request().interval_minutes(120).and_then(|request| request.count(168)).is_ok());
        assert_eq!(request().count(85).unwrap_err().to_string(), "predictionCount \"85\" is not in 1 to 84");
        assert_eq!(
            request().interval_minutes(130).unwrap_err().to_string(),
            "predictionIntervalMinutes \"130\" is not a multiple of 60 in 120 to 480"
        );
        assert!(request().interval_minutes(540).is_err());
        assert!(request().start(17000, Some(86400)).is_err());
    }
}
