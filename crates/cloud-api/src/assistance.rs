//! Assistance data (A-GNSS): what a receiver needs for a quick first fix. [`agnss`](crate::agnss) reads it.

mod range;
mod request;
pub(crate) mod whole;

use reqwest::Method;
use reqwest::header::CONTENT_LENGTH;

use crate::client::{Answer, Call, Client};
use crate::error::{AnswerProblem, Error};

pub use range::{ByteRange, ContentRange, InvalidByteRange};
pub use request::{AssistanceRequest, InvalidParameter, Mnc, ServingCell};
pub use whole::{FetchEvent, FetchPolicy, RestartReason};

/// Most bytes of a whole answer. All types together are 6 kB.
const LONGEST_WHOLE: u64 = 16 << 20;

const PATH: [&str; 2] = ["location", "agnss"];
const OCTETS: &str = "application/octet-stream";

/// Assistance data, or a part of it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AssistanceData {
    /// HTTP status: 206 for a part, which is what nRF Cloud gives; 200 for the whole.
    pub status: u16,
    /// The bytes, as [`agnss::Agnss::parse`](crate::agnss::Agnss::parse) reads them when they are whole.
    /// Parts end anywhere, also inside an element.
    pub bytes: Vec<u8>,
    /// Which part of the whole this is.
    pub content_range: Option<ContentRange>,
}

impl Client {
    /// GetAssistanceData: `POST /location/agnss`. Credentials: a device's JWT.
    ///
    /// The end of the range may lie beyond the data. Tried again like a GET, for it changes nothing.
    ///
    /// # Errors
    ///
    /// [`Error`]; status 401 when the JWT is not accepted, 416 when the range begins behind the data.
    pub async fn get_assistance_data(
        &self,
        request: &AssistanceRequest,
        range: Option<ByteRange>,
    ) -> Result<AssistanceData, Error> {
        let call = self.assistance_call(request).range(range.map(|range| range.to_string()));
        data(call.send(self).await?, range)
    }

    /// GetAssistanceData in the deprecated form that Nordic's guide prints: `GET /location/agnss` with
    /// `requestType=custom&customTypes=…`. Credentials: a device's JWT.
    ///
    /// # Errors
    ///
    /// As [`get_assistance_data`](Client::get_assistance_data).
    pub async fn get_assistance_data_by_query(
        &self,
        request: &AssistanceRequest,
        range: Option<ByteRange>,
    ) -> Result<AssistanceData, Error> {
        let call = Call::new(self, "GetAssistanceData", Method::GET, &PATH)
            .query(request.deprecated_query())
            .accept(OCTETS)
            .range(range.map(|range| range.to_string()))
            .custom_device(request.device_id())
            .success(&[200, 206]);
        data(call.send(self).await?, range)
    }

    /// GetAssistanceDataSize: `HEAD /location/agnss`, the length in bytes of what the request would give.
    /// Credentials: a device's JWT.
    ///
    /// # Errors
    ///
    /// [`Error`]
    pub async fn get_assistance_data_size(&self, request: &AssistanceRequest) -> Result<u64, Error> {
        let call = Call::new(self, "GetAssistanceDataSize", Method::HEAD, &PATH)
            .query(request.query())
            .accept(OCTETS)
            .custom_device(request.device_id());
        let answer = call.send(self).await?;
        let value = answer.header(&CONTENT_LENGTH).unwrap_or_default();
        value.parse().map_err(|_| {
            answer.unfit(AnswerProblem::Header { name: "content-length", value: value.to_owned() })
        })
    }

    /// All of what GetAssistanceData gives, also where the connection breaks in the middle.
    ///
    /// The service may make the data anew for each request. What it sends after a break is taken for the rest
    /// of the same data when the length is the same, and the strong entity tag if there are two; otherwise, and after a 416,
    /// the fetch begins anew, and `on_event` is told so. An answer with status 200 is the whole, whatever was
    /// asked for.
    ///
    /// # Errors
    ///
    /// [`Error`]; [`AnswerProblem::Changed`] when the data has changed more often than
    /// [`FetchPolicy::restarts`], [`AnswerProblem::Range`] when another part came than was asked for.
    pub async fn get_whole_assistance_data(
        &self,
        request: &AssistanceRequest,
        policy: FetchPolicy,
        on_event: impl FnMut(FetchEvent<'_>),
    ) -> Result<AssistanceData, Error> {
        let call = || self.assistance_call(request);
        let (status, bytes) = whole::fetch(self, call, policy, LONGEST_WHOLE, on_event).await?;
        let content_range = if status == 206 { ContentRange::all(bytes.len() as u64) } else { None };
        Ok(AssistanceData { status, bytes, content_range })
    }

    fn assistance_call(&self, request: &AssistanceRequest) -> Call {
        Call::new(self, "GetAssistanceData", Method::POST, &PATH)
            .json(request)
            .accept(OCTETS)
            .custom_device(request.device_id())
            .success(&[200, 206])
            .repeatable()
    }
}

/// Checks that the part is the one that was asked for.
fn data(mut answer: Answer, asked: Option<ByteRange>) -> Result<AssistanceData, Error> {
    let content_range = match answer.status {
        206 => {
            let part = whole::content_range(&answer)?;
            whole::check_part(asked, part, &answer)?;
            Some(part)
        }
        _ => None,
    };
    Ok(AssistanceData { status: answer.status, bytes: std::mem::take(&mut answer.body), content_range })
}
