//! What an A-GNSS request asks for, as JSON or as a query string (facts 4.1).

use axum::http::{HeaderMap, Uri};
use serde::Deserialize;

use super::cells::Cell;
use crate::{
    api_error::ApiError,
    body::{self, Body},
    query::Params,
};

/// "Default when absent"
const DEFAULT_TYPES: [u8; 7] = [1, 2, 3, 4, 6, 7, 9];
/// Degrees; for `filtered`.
const DEFAULT_MASK: u8 = 5;
/// 28 bits.
const MAX_ECI: u32 = 268_435_455;

/// A request that obeys every published rule.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Question {
    pub(super) types: Vec<u8>,
    pub(super) cell: Option<Cell>,
    pub(super) filtered: bool,
    pub(super) mask: u8,
}

/// The same before it is judged. Other members are passed over: devices send more of the cell than is needed.
#[derive(Debug, Default, Deserialize)]
struct Fields {
    types: Option<Vec<i64>>,
    mcc: Option<i64>,
    mnc: Option<Mnc>,
    tac: Option<i64>,
    eci: Option<i64>,
    rsrp: Option<f64>,
    filtered: Option<bool>,
    mask: Option<i64>,
}

/// `1`, `"01"`, `"001"` and `"000"` are all fine.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Mnc {
    Number(i64),
    Text(String),
}

impl Question {
    pub(super) fn from_json(headers: &HeaderMap, body: &Body) -> Result<Self, ApiError> {
        body::json::<Fields>(headers, body)?.judge()
    }

    /// Besides the current names, `requestType` and `customTypes` of the deprecated form, as the guide has them.
    pub(super) fn from_query(uri: &Uri) -> Result<Self, ApiError> {
        let mut params = Params::of(uri)?;
        let mut types = types(&mut params, "types")?;
        let custom = self::types(&mut params, "customTypes")?;
        match params.one("requestType")?.as_deref() {
            None => types = types.or(custom),
            Some("custom") if custom.is_some() => types = custom,
            Some("custom") => return Err(ApiError::validation("requestType custom needs customTypes.")),
            Some("rtAssistance") => types = None,
            Some("rtLocation") => types = Some(vec![8]),
            Some(_) => {
                return Err(ApiError::validation("requestType must be custom, rtAssistance or rtLocation."));
            }
        }
        Fields {
            types,
            mcc: number(&mut params, "mcc")?,
            mnc: params.one("mnc")?.map(Mnc::Text),
            tac: number(&mut params, "tac")?,
            eci: number(&mut params, "eci")?,
            rsrp: number(&mut params, "rsrp")?,
            filtered: Some(params.flag("filtered")?),
            mask: number(&mut params, "mask")?,
        }
        .judge()
    }
}

impl Question {
    /// The cell of a query that must have one, and nothing else but `rsrp`.
    pub(super) fn cell_of(mut params: Params) -> Result<Cell, ApiError> {
        let fields = Fields {
            mcc: number(&mut params, "mcc")?,
            mnc: params.one("mnc")?.map(Mnc::Text),
            tac: number(&mut params, "tac")?,
            eci: number(&mut params, "eci")?,
            rsrp: number(&mut params, "rsrp")?,
            ..Fields::default()
        };
        params.finish()?;
        fields.judge()?.cell.ok_or_else(|| ApiError::validation("mcc, mnc, tac and eci are missing."))
    }
}

impl Fields {
    fn judge(self) -> Result<Question, ApiError> {
        let types = match self.types {
            None => DEFAULT_TYPES.to_vec(),
            Some(types) => judge_types(&types)?,
        };
        let cell = judge_cell(self.mcc, self.mnc, self.tac, self.eci)?;
        if self.rsrp.is_some_and(|rsrp| !(-157.0..=-44.0).contains(&rsrp)) {
            return Err(ApiError::validation("rsrp must be -157 to -44."));
        }
        let filtered = self.filtered.unwrap_or_default();
        if filtered && cell.is_none() {
            return Err(ApiError::validation("filtered needs a cell: mcc, mnc, tac and eci."));
        }
        let mask = match self.mask {
            None => DEFAULT_MASK,
            Some(mask) => u8::try_from(mask)
                .ok()
                .filter(|mask| *mask <= 90)
                .ok_or_else(|| ApiError::validation("mask must be 0 to 90."))?,
        };
        Ok(Question { types, cell, filtered, mask })
    }
}

/// Unique, at least one, 1 to 17 without 10, which marks prediction data and is nothing that can be asked for.
fn judge_types(types: &[i64]) -> Result<Vec<u8>, ApiError> {
    let known = |kind: &i64| u8::try_from(*kind).ok().filter(|kind| matches!(kind, 1..=9 | 11..=17));
    let judged: Option<Vec<u8>> = types.iter().map(known).collect();
    let judged = judged.ok_or_else(|| ApiError::validation("types must be 1 to 9 and 11 to 17."))?;
    let mut sorted = judged.clone();
    sorted.sort_unstable();
    sorted.dedup();
    if sorted.is_empty() || sorted.len() != judged.len() {
        return Err(ApiError::validation("types must be unique and at least one."));
    }
    Ok(judged)
}

/// All four parts or none.
pub(super) fn judge_cell(
    mcc: Option<i64>,
    mnc: Option<Mnc>,
    tac: Option<i64>,
    eci: Option<i64>,
) -> Result<Option<Cell>, ApiError> {
    let (mcc, mnc, tac, eci) = match (mcc, mnc, tac, eci) {
        (None, None, None, None) => return Ok(None),
        (Some(mcc), Some(mnc), Some(tac), Some(eci)) => (mcc, mnc, tac, eci),
        _ => return Err(ApiError::validation("A cell is mcc, mnc, tac and eci together.")),
    };
    let error = |rule: &'static str| ApiError::validation(rule);
    let mnc = match mnc {
        Mnc::Number(number) => u16::try_from(number).ok(),
        Mnc::Text(digits)
            if (1..=3).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit()) =>
        {
            digits.parse().ok()
        }
        Mnc::Text(_) => None,
    };
    Ok(Some(Cell {
        mcc: u16::try_from(mcc)
            .ok()
            .filter(|mcc| (100..=999).contains(mcc))
            .ok_or_else(|| error("mcc must be 100 to 999."))?,
        mnc: mnc.filter(|mnc| *mnc <= 999).ok_or_else(|| error("mnc must be 0 to 999."))?,
        tac: u16::try_from(tac).map_err(|_| error("tac must be 0 to 65535."))?,
        eci: u32::try_from(eci)
            .ok()
            .filter(|eci| *eci <= MAX_ECI)
            .ok_or_else(|| error("eci must be 0 to 268435455."))?,
    }))
}

fn types(params: &mut Params, name: &str) -> Result<Option<Vec<i64>>, ApiError> {
    let texts = params.list(name);
    if texts.is_empty() {
        return Ok(None);
    }
    let numbers: Option<Vec<i64>> = texts.iter().map(|text| text.parse().ok()).collect();
    numbers
        .map(Some)
        .ok_or_else(|| ApiError::validation(format!("{name} must be numbers with commas between.")))
}

fn number<T: std::str::FromStr>(params: &mut Params, name: &str) -> Result<Option<T>, ApiError> {
    let Some(text) = params.one(name)? else { return Ok(None) };
    text.parse().map(Some).map_err(|_| ApiError::validation(format!("{name} must be a number.")))
}
