//! `nrfcloud agnss fetch`

use std::io::{self, IsTerminal};
use std::mem;
use std::str::FromStr;

use clap::{ArgGroup, Args, ValueEnum};
use cloud_api::agnss::{Agnss, DecodeReason, ElementType};
use cloud_api::assistance::{AssistanceData, AssistanceRequest, ByteRange, Mnc, ServingCell};
use cloud_api::{Client, DeviceId, Token};
use jwt_core::{Claims, Header, nrfcloud};
use serde::Serialize;
use zeroize::Zeroizing;

use crate::cloud::{self, CloudOptions};
use crate::context::Context;
use crate::diagnostic::{self, Diagnostic};
use crate::file::{self, Access, Batch, WriteOptions};
use crate::input::Source;
use crate::key_material;
use crate::token::{self, Opened};

#[derive(Args, Debug)]
#[command(group = ArgGroup::new("who").required(true).args(["token", "key"]))]
pub(crate) struct Fetch {
    /// Device token; `-` is standard input
    #[arg(long)]
    token: Option<String>,
    /// Private key of the device: a token that lives ten minutes is signed with it
    #[arg(long, value_name = "FILE", requires = "device_id")]
    key: Option<Source>,
    /// Device that the key belongs to
    #[arg(long, value_name = "ID", requires = "key")]
    device_id: Option<DeviceId>,
    /// Types of assistance data, as 1,3,4 [default: the service's choice]
    #[arg(long, value_delimiter = ',')]
    types: Vec<TypeNumber>,
    /// Mobile country code of the serving cell
    #[arg(long, requires_all = ["mnc", "tac", "eci"])]
    mcc: Option<u16>,
    /// Mobile network code; leading zeros count
    #[arg(long, requires = "mcc")]
    mnc: Option<Mnc>,
    /// Tracking area code
    #[arg(long, requires = "mcc")]
    tac: Option<u32>,
    /// E-UTRAN cell identity
    #[arg(long, requires = "mcc")]
    eci: Option<u32>,
    /// Bytes to fetch, as 0-500 or 501- [default: all]
    #[arg(long)]
    range: Option<RangeArgument>,
    /// HTTP method
    #[arg(long, value_enum, default_value_t = Method::Post)]
    method: Method,
    /// Send the deprecated query of Nordic's guide: requestType=custom&customTypes=…
    #[arg(long)]
    guide_query: bool,
    /// File for the data; `-` is standard output
    #[arg(short, long, value_name = "FILE")]
    out: Option<Source>,
    #[command(flatten)]
    write: WriteOptions,
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
    path: Option<std::path::PathBuf>,
    dry_run: bool,
}

impl Fetch {
    pub(crate) fn run(self, context: &Context) -> Result<(), Diagnostic> {
        let request = self.request()?;
        if self.method == Method::Get && !self.guide_query {
            return Err(Diagnostic::usage(
                "--method get is the deprecated form",
                "give --guide-query with it, or leave it out",
            ));
        }
        if self.method == Method::Post && self.guide_query {
            return Err(Diagnostic::usage("--guide-query goes by GET", "give --method get with it"));
        }
        let to_stdout = matches!(self.out, Some(Source::Stdin));
        if to_stdout && context.out.is_json() {
            return Err(Diagnostic::usage("the bytes have no place in a JSON document", "give -o FILE"));
        }
        let token = self.token(context)?;
        if let Some(Source::Path(path)) = &self.out {
            // Found out before anything is asked for, not after.
            file::probe(path, self.write)?;
        }
        if self.write.dry_run {
            context.out.note("would ask for assistance data");
            self.save(context, &[])?;
            let fetched = Fetched { dry_run: true, ..Fetched::default() };
            context.out.result(SCHEMA, &fetched, |_| "");
            return Ok(());
        }
        let client = self.cloud.client(context, cloud_api::Credentials::Jwt(token))?;
        let data = cloud::block_on(self.fetch(&client, &request))??;
        check_beginning(&data)?;
        let path = self.save(context, &data.bytes)?;
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
        let to_pipe = self.out.is_none() && !context.out.is_json() && !io::stdout().is_terminal();
        if to_stdout || to_pipe {
            context.out.bytes(&data.bytes);
        } else if self.out.is_none() {
            context.out.note("the bytes themselves are not kept; -o FILE does that");
        }
        Ok(())
    }

    fn request(&self) -> Result<AssistanceRequest, Diagnostic> {
        let mut request = AssistanceRequest::new().types(self.types.iter().map(|kind| kind.0));
        if let (Some(mcc), Some(mnc), Some(tac), Some(eci)) = (self.mcc, &self.mnc, self.tac, self.eci) {
            let cell = ServingCell::new(mcc, mnc.clone(), tac, eci)
                .map_err(|error| diagnostic::bad_value(&error))?;
            request = request.cell(cell);
        }
        Ok(request)
    }

    fn token(&self, context: &Context) -> Result<Token, Diagnostic> {
        let mut text = match (&self.token, &self.key, &self.device_id) {
            (Some(argument), _, _) => {
                let token = token::read(context, argument)?;
                // What is no token at all is not sent anywhere.
                Opened::new(&token).map_err(|error| diagnostic::bad_token(&error))?;
                token
            }
            (None, Some(source), Some(id)) => {
                let key = key_material::private_key(context, source)?;
                let now = context.unix_now();
                let claims = Claims::new()
                    .sub(id.as_str())
                    .iat(now)
                    .exp(now.saturating_add(nrfcloud::DEFAULT_LIFETIME));
                Zeroizing::new(jwt_core::sign_to_string(&Header::new(), &claims, &key)?)
            }
            _ => return Err(Diagnostic::usage("no token", "give --token, or --key and --device-id")),
        };
        // Moved, not copied: whoever holds it wipes it.
        Token::new(mem::take(&mut *text)).map_err(|error| diagnostic::bad_token(&error))
    }

    async fn fetch(
        &self,
        client: &Client,
        request: &AssistanceRequest,
    ) -> Result<AssistanceData, Diagnostic> {
        let range = self.range.map(|range| range.0);
        Ok(match self.method {
            Method::Get => client.get_assistance_data_by_query(request, range).await?,
            Method::Post => client.get_assistance_data(request, range).await?,
        })
    }

    fn save(&self, context: &Context, bytes: &[u8]) -> Result<Option<std::path::PathBuf>, Diagnostic> {
        let Some(Source::Path(path)) = &self.out else { return Ok(None) };
        let mut batch = Batch::new(self.write);
        batch.add(path, bytes, Access::Public);
        batch.commit(&context.out)?;
        Ok(Some(path.clone()))
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
