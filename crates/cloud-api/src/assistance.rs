//! Assistance data (A-GNSS): what a receiver needs for a quick first fix. [`agnss`](crate::agnss) reads it.

mod range;
mod request;

use reqwest::Method;
use reqwest::header::{CONTENT_LENGTH, CONTENT_RANGE};

use crate::client::{Answer, Call, Client};
use crate::error::{AnswerProblem, Error};

pub use range::{ByteRange, ContentRange, InvalidByteRange};
pub use request::{AssistanceRequest, InvalidParameter, Mnc, ServingCell};

/// Most bytes of a whole answer. All types together are 6 kB.
const LONGEST_WHOLE: u64 = 16 << 20;

const PATH: [&str; 2] = ["location", "agnss"];
const OCTETS: &str = "application/octet-stream";

/// Assistance data, or a slice of it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AssistanceData {
    /// HTTP status: 206 for a slice, which is what nRF Cloud gives; 200 for the whole.
    pub status: u16,
    /// The bytes, as [`agnss::Agnss::parse`](crate::agnss::Agnss::parse) reads them when they are whole.
    /// Slices end anywhere, also inside an element.
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
        let answer = Call::new(self, "GetAssistanceData", Method::POST, &PATH)
            .json(request)
            .accept(OCTETS)
            .range(range.map(|range| range.to_string()))
            .success(&[200, 206])
            .repeatable()
            .send(self)
            .await?;
        data(answer, range)
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
        let answer = Call::new(self, "GetAssistanceData", Method::GET, &PATH)
            .query(request.deprecated_query())
            .accept(OCTETS)
            .range(range.map(|range| range.to_string()))
            .success(&[200, 206])
            .send(self)
            .await?;
        data(answer, range)
    }

    /// GetAssistanceDataSize: `HEAD /location/agnss`, the length in bytes of what the request would give.
    /// Credentials: a device's JWT.
    ///
    /// # Errors
    ///
    /// [`Error`]
    pub async fn get_assistance_data_size(&self, request: &AssistanceRequest) -> Result<u64, Error> {
        let answer = Call::new(self, "GetAssistanceDataSize", Method::HEAD, &PATH)
            .query(request.query())
            .accept(OCTETS)
            .send(self)
            .await?;
        let value = answer.header(&CONTENT_LENGTH).unwrap_or_default();
        value.parse().map_err(|_| {
            answer.unfit(AnswerProblem::Header { name: "content-length", value: value.to_owned() })
        })
    }

    /// The whole answer of GetAssistanceData, by consecutive ranges of `slice` bytes (at least 1).
    ///
    /// A device takes small slices for want of memory; on a host 64 KiB gives the whole at once.
    ///
    /// # Errors
    ///
    /// [`Error`]; [`AnswerProblem::Changed`] when the total size changes between two slices.
    pub async fn get_whole_assistance_data(
        &self,
        request: &AssistanceRequest,
        slice: u64,
    ) -> Result<Vec<u8>, Error> {
        let mut whole: Vec<u8> = Vec::new();
        let mut total = None;
        loop {
            let range = ByteRange::starting_at(whole.len() as u64, slice.max(1));
            let part = self.get_assistance_data(request, Some(range)).await?;
            let Some(content_range) = part.content_range else {
                return Ok(part.bytes);
            };
            let before = *total.get_or_insert(content_range.total);
            if before != content_range.total {
                let kind = AnswerProblem::Changed { before, after: content_range.total };
                return Err(part.unfit(kind));
            }
            if before > LONGEST_WHOLE {
                return Err(part.unfit(AnswerProblem::TooLong { limit: LONGEST_WHOLE }));
            }
            whole.extend_from_slice(&part.bytes);
            if whole.len() as u64 >= before {
                return Ok(whole);
            }
            if part.bytes.is_empty() {
                let kind = AnswerProblem::Range {
                    asked_first: range.first(),
                    got: 0,
                    content_range: content_range.to_string(),
                };
                return Err(part.unfit(kind));
            }
        }
    }
}

impl AssistanceData {
    fn unfit(&self, kind: AnswerProblem) -> Error {
        crate::error::AnswerError { operation: "GetAssistanceData", status: self.status, kind }.into()
    }
}

/// Checks that the slice is the one that was asked for.
fn data(mut answer: Answer, asked: Option<ByteRange>) -> Result<AssistanceData, Error> {
    let content_range = match answer.status {
        206 => {
            let value = answer.header(&CONTENT_RANGE).unwrap_or_default();
            let range = value.parse::<ContentRange>().map_err(|_| {
                answer.unfit(AnswerProblem::Header { name: "content-range", value: value.to_owned() })
            })?;
            let asked_first = asked.map_or(0, ByteRange::first);
            if range.first != asked_first || range.length() != answer.body.len() as u64 {
                return Err(answer.unfit(AnswerProblem::Range {
                    asked_first,
                    got: answer.body.len(),
                    content_range: range.to_string(),
                }));
            }
            Some(range)
        }
        _ => None,
    };
    Ok(AssistanceData { status: answer.status, bytes: std::mem::take(&mut answer.body), content_range })
}
