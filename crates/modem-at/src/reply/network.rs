//! Answers about the network.

use alloc::string::{String, ToString as _};
use core::str::FromStr;

use super::{Field, ReplyError, fields, number, single};
use crate::engine::Line;
use crate::network::{Operator, Registration, RegistrationStatus, ServingCell};

/// `AT%XMONITOR`: the serving cell, or `None` when the modem has none.
///
/// # Errors
/// [`ReplyError`] unless one such line came.
pub fn serving_cell(lines: &[Line]) -> Result<Option<ServingCell>, ReplyError> {
    let expected = "a serving cell";
    let line = single(lines, expected)?;
    cell(line.as_str()).ok_or_else(|| ReplyError::malformed(expected, line))
}

/// `AT+CEREG?`: registration, and area and cell where there are any.
///
/// # Errors
/// [`ReplyError`] unless one such line came.
pub fn registration(lines: &[Line]) -> Result<RegistrationStatus, ReplyError> {
    let expected = "a registration";
    let line = single(lines, expected)?;
    status(line.as_str()).ok_or_else(|| ReplyError::malformed(expected, line))
}

/// `AT+COPS?`: the operator by its number, or `None` when there is none.
///
/// # Errors
/// [`ReplyError`] unless one such line came, with the operator as digits (format 2).
pub fn operator(lines: &[Line]) -> Result<Option<Operator>, ReplyError> {
    let expected = "an operator as digits";
    let line = single(lines, expected)?;
    let fields = fields(line.as_str(), "+COPS");
    let is_number = |text: &str| number::<u8>(text).is_some();
    match fields.as_deref() {
        Some([Field::Bare(mode)]) if is_number(mode) => Some(None),
        Some([Field::Bare(mode), Field::Bare("2"), Field::Quoted(plmn), Field::Bare(technology)])
            if is_number(mode) && is_number(technology) =>
        {
            plmn_of(plmn).map(|(mcc, mnc)| Some(Operator { mcc, mnc }))
        }
        _ => None,
    }
    .ok_or_else(|| ReplyError::malformed(expected, line))
}

impl FromStr for ServingCell {
    type Err = ReplyError;

    /// Reads a `%XMONITOR` line of a modem that has a cell.
    fn from_str(text: &str) -> Result<Self, ReplyError> {
        let line = Line::new(text.to_string(), false);
        match cell(text) {
            Some(Some(cell)) => Ok(cell),
            Some(None) => Err(ReplyError::Missing { expected: "a serving cell" }),
            None => Err(ReplyError::malformed("a serving cell", &line)),
        }
    }
}

/// `None` is not an `%XMONITOR` line, `Some(None)` one without a cell.
fn cell(line: &str) -> Option<Option<ServingCell>> {
    let fields = fields(line, "%XMONITOR")?;
    let (Field::Bare(status), block) = fields.split_first()? else {
        return None;
    };
    let registration = Registration::from_number(number(status)?)?;
    if block.is_empty() {
        return Some(None);
    }
    // <full_name>,<short_name>,<plmn>,<tac>,<AcT>,<band>,<cell_id>,<phys_cell_id>,<EARFCN>,<rsrp>,…
    let (Field::Quoted(plmn), Field::Quoted(tac), Field::Quoted(cell_id)) =
        (block.get(2)?, block.get(3)?, block.get(6)?)
    else {
        return None;
    };
    // Bare numbers, or another message stands in the line and its strings have moved into these places.
    let is_number =
        |field: Option<&Field<'_>>| matches!(field, Some(Field::Bare(text)) if number::<u8>(text).is_some());
    if !is_number(block.get(4)) || !is_number(block.get(5)) {
        return None;
    }
    let (mcc, mnc) = plmn_of(plmn)?;
    let (tac, eci) = (hex(tac, 4)?, hex(cell_id, 8)?);
    if eci == u32::MAX || !matches!(registration, Registration::Home | Registration::Roaming) {
        return Some(None);
    }
    let rsrp_dbm = match block.get(9) {
        // 255 is "not known"; the index is in dB above -140 dBm.
        Some(Field::Bare(index)) => {
            number::<i16>(index).filter(|&index| index <= 97).map(|index| index - 140)
        }
        _ => None,
    };
    Some(Some(ServingCell {
        registration,
        mcc,
        mnc,
        tac: tac.try_into().ok()?,
        eci: (eci <= 0x0fff_ffff).then_some(eci)?,
        rsrp_dbm,
    }))
}

/// `+CEREG: <n>,<stat>[,"<tac>","<ci>",<AcT>,…]`. A notification, which has no `<n>`, is `None`.
fn status(line: &str) -> Option<RegistrationStatus> {
    let fields = fields(line, "+CEREG")?;
    let (Field::Bare(setting), Field::Bare(stat)) = (fields.first()?, fields.get(1)?) else {
        return None;
    };
    number::<u8>(setting).filter(|&setting| setting <= 5)?;
    let registration = Registration::from_number(number(stat)?)?;
    let (tac, eci) = match (fields.get(2), fields.get(3)) {
        (None | Some(Field::Empty), _) => (None, None),
        (Some(Field::Quoted(tac)), Some(Field::Quoted(cell))) => {
            let eci = hex(cell, 8)?;
            (Some(hex(tac, 4)?.try_into().ok()?), (eci <= 0x0fff_ffff).then_some(eci))
        }
        _ => return None,
    };
    Some(RegistrationStatus { registration, tac, eci })
}

/// Mobile country code and mobile network code of five or six digits.
fn plmn_of(plmn: &str) -> Option<(String, String)> {
    let is_plmn = matches!(plmn.len(), 5 | 6) && plmn.bytes().all(|byte| byte.is_ascii_digit());
    is_plmn.then(|| (plmn[..3].to_string(), plmn[3..].to_string()))
}

/// Exactly so many hexadecimal digits.
fn hex(text: &str, digits: usize) -> Option<u32> {
    let is_hex = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_hex.then(|| u32::from_str_radix(text, 16).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str) -> [Line; 1] {
        [Line::new(text.to_string(), false)]
    }

    #[test]
    fn a_registration_has_a_setting_before_it() {
        let read = |text: &str| registration(&line(text)).ok();
        let none = |registration| Some(RegistrationStatus { registration, tac: None, eci: None });
        assert_eq!(read("+CEREG: 5,4"), none(Registration::Unknown));
        assert_eq!(
            read("+CEREG: 5,2,\"0901\",\"02024720\",7"),
            Some(RegistrationStatus {
                registration: Registration::Searching,
                tac: Some(0x0901),
                eci: Some(0x0202_4720)
            })
        );
        assert_eq!(read("+CEREG: 2,\"76C1\",\"0102DA04\", 7"), None);
        for text in [
            "+CEREG: 0",
            "+CEREG: 9,1",
            "+CEREG: 5,7",
            "+CEREG: 5,1,\"901\",\"02024720\",7",
            "+CEREG: 5,1,\"0901\"",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn an_operator_is_digits() {
        let read = |text: &str| operator(&line(text));
        let found = read("+COPS: 0,2,\"26201\",7").unwrap().unwrap();
        assert_eq!((found.mcc.as_str(), found.mnc.as_str()), ("262", "01"));
        assert_eq!(read("+COPS: 0"), Ok(None));
        assert_eq!(
            read("+COPS: 0,0,\"Telia\",7").unwrap_err().to_string(),
            "`+COPS: 0,0,\"Telia\",7` is not an operator as digits"
        );
        assert!(read("+COPS: 0,2,\"2620\",7").is_err());
    }

    #[test]
    fn a_cell_needs_a_registration_and_a_cell_identity() {
        assert_eq!(cell("%XMONITOR: 0"), Some(None));
        assert_eq!(cell("%XMONITOR: 2"), Some(None));
        assert_eq!(cell("%XMONITOR: 1,\"\",\"\",\"24201\",\"81AE\",7,20,\"FFFFFFFF\""), Some(None));
        assert_eq!(cell("%XMONITOR: 1,\"\",\"\",\"24201\",\"81AE\",7,20,\"1FFFFFFF\""), None);
        assert_eq!(cell("%XMONITOR: 1,\"\",\"\",\"2420\",\"81AE\",7,20,\"0331C805\""), None);
        assert_eq!(cell("%XMONITOR: 1,\"\",\"\",\"24201\""), None);
        assert_eq!(cell("%XMONITOR: 7"), None);
    }
}
