//! The cell on which the simulated modem camps.

use core::fmt;
use core::str::FromStr;

/// A serving LTE-M cell. Signal, band and timers are those of the captured cell that is the default.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    plmn: Plmn,
    tac: u16,
    eci: u32,
    operator: &'static str,
    roaming: bool,
}

impl Cell {
    /// A home cell in `plmn`, with tracking area code `tac` and E-UTRAN cell identity `eci`.
    ///
    /// # Errors
    /// When `eci` needs more than 28 bits (3GPP TS 36.413, 9.2.1.38) or is the 0x0FFFFFFF that stands for none.
    pub fn new(plmn: Plmn, tac: u16, eci: u32) -> Result<Self, CellError> {
        if eci >= 0x0fff_ffff {
            return Err(CellError::Eci { value: eci });
        }
        Ok(Self { plmn, tac, eci, operator: "", roaming: false })
    }

    /// Says whether the SIM is away from home: `+CEREG` state 5 and not 1.
    #[must_use]
    pub fn roaming(mut self, roaming: bool) -> Self {
        self.roaming = roaming;
        self
    }

    pub(crate) fn registration(&self) -> u8 {
        if self.roaming { 5 } else { 1 }
    }

    pub(crate) fn plmn(&self) -> &Plmn {
        &self.plmn
    }

    /// `"<tac>","<ci>",<AcT>`, the middle of every `+CEREG` line.
    pub(crate) fn cereg_fields(&self) -> String {
        format!("\"{:04X}\",\"{:08X}\",7", self.tac, self.eci)
    }

    /// The parameters of `%XMONITOR`.
    pub(crate) fn xmonitor_fields(&self) -> String {
        format!(
            "{},\"{1}\",\"{1}\",\"{2}\",\"{3:04X}\",7,20,\"{4:08X}\",428,6300,53,22,\"\",\"11100000\",\"11100000\",\"01001001\"",
            self.registration(),
            self.operator,
            self.plmn,
            self.tac,
            self.eci,
        )
    }
}

impl Default for Cell {
    /// The cell of a public trace of a real modem: MCC 242, MNC 02, TAC 2305, ECI 33703712, roaming.
    fn default() -> Self {
        Self {
            plmn: Plmn("24202".to_owned()),
            tac: 0x0901,
            eci: 0x0202_4720,
            operator: "Telia N@",
            roaming: true,
        }
    }
}

/// A network code: three digits of country and two or three of network, which differ ("02" is not "002").
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Plmn(String);

impl fmt::Display for Plmn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Plmn {
    type Err = CellError;

    fn from_str(text: &str) -> Result<Self, CellError> {
        if !matches!(text.len(), 5 | 6) || !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(CellError::Plmn { value: text.to_owned() });
        }
        Ok(Self(text.to_owned()))
    }
}

/// A cell that cannot be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CellError {
    /// Not five or six digits.
    #[error("`{value}` is not a network code of 5 or 6 digits")]
    Plmn {
        /// What was given.
        value: String,
    },
    /// A cell identity outside its 28 bits.
    #[error("cell identity {value} is not below 268435455")]
    Eci {
        /// What was given.
        value: u32,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_out_of_range_is_refused() {
        let plmn: Plmn = "310260".parse().unwrap();
        assert!(Cell::new(plmn.clone(), 0xffff, 0x0fff_fffe).is_ok());
        assert_eq!(
            Cell::new(plmn, 1, 0x0fff_ffff).unwrap_err().to_string(),
            "cell identity 268435455 is not below 268435455"
        );
        for bad in ["2420", "2420200", "24a02", ""] {
            assert_eq!(
                bad.parse::<Plmn>().unwrap_err().to_string(),
                format!("`{bad}` is not a network code of 5 or 6 digits")
            );
        }
    }
}
