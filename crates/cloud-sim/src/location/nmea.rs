//! Sentences of NMEA 0183 with a position: GGA and RMC of any talker.

/// In degrees, metres and metres per second.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Fix {
    pub(super) latitude: f64,
    pub(super) longitude: f64,
    pub(super) altitude: Option<f64>,
    pub(super) speed: Option<f64>,
    pub(super) heading: Option<f64>,
}

/// The reason is a lower-case fragment.
pub(super) fn read(text: &str) -> Result<Fix, &'static str> {
    let sentence = text.trim_end_matches(['\r', '\n']).strip_prefix('$').ok_or("it does not begin with $")?;
    let (content, checksum) = sentence.rsplit_once('*').ok_or("the checksum is missing")?;
    let expected = content.bytes().fold(0, |sum, byte| sum ^ byte);
    if checksum.len() != 2 || u8::from_str_radix(checksum, 16) != Ok(expected) {
        return Err("the checksum is wrong");
    }
    let fields: Vec<&str> = content.split(',').collect();
    let kind = fields.first().and_then(|name| name.get(2..)).unwrap_or_default();
    let field = |place: usize| fields.get(place).copied().unwrap_or_default();
    let number = |place: usize| field(place).parse::<f64>().ok().filter(|value| value.is_finite());
    match kind {
        "GGA" => {
            if matches!(field(6), "" | "0") {
                return Err("it has no fix");
            }
            Ok(Fix {
                latitude: degrees(field(2), field(3), 2)?,
                longitude: degrees(field(4), field(5), 3)?,
                altitude: number(9),
                speed: None,
                heading: None,
            })
        }
        "RMC" => {
            /// Metres per second in a knot.
            const KNOT: f64 = 1852.0 / 3600.0;
            if field(2) != "A" {
                return Err("it has no fix");
            }
            Ok(Fix {
                latitude: degrees(field(3), field(4), 2)?,
                longitude: degrees(field(5), field(6), 3)?,
                altitude: None,
                speed: number(7).map(|knots| knots * KNOT),
                heading: number(8),
            })
        }
        _ => Err("it is neither GGA nor RMC"),
    }
}

/// `ddmm.mmm` or `dddmm.mmm` and a letter.
fn degrees(text: &str, letter: &str, digits: usize) -> Result<f64, &'static str> {
    const REASON: &str = "the position is malformed";
    if !text.bytes().all(|b| b.is_ascii_digit() || b == b'.') {
        return Err(REASON);
    }
    let (whole, minutes) = text.split_at_checked(digits).ok_or(REASON)?;
    let whole: f64 = whole.parse().map_err(|_| REASON)?;
    let minutes: f64 = minutes.parse().map_err(|_| REASON)?;
    let value = whole + minutes / 60.0;
    match letter {
        "N" | "E" if minutes < 60.0 => Ok(value),
        "S" | "W" if minutes < 60.0 => Ok(-value),
        _ => Err(REASON),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_gga_and_rmc() {
        let gga = read("$GPGGA,123519,4807.038,N,01131.000,E,1,08,0.9,545.4,M,46.9,M,,*47\r\n").unwrap();
        assert!((gga.latitude - 48.1173).abs() < 1e-9 && (gga.longitude - 11.516_666_7).abs() < 1e-6);
        assert_eq!(gga.altitude, Some(545.4));
        let rmc = read("$GPRMC,123519,A,4807.038,S,01131.000,W,022.4,084.4,230394,003.1,W*65");
        let rmc = rmc.unwrap();
        assert!(rmc.latitude < 0.0 && rmc.longitude < 0.0);
        assert_eq!(rmc.heading, Some(84.4));
    }

    #[test]
    fn says_what_is_wrong() {
        assert_eq!(read(""), Err("it does not begin with $"));
        assert_eq!(read("$GPGGA,1"), Err("the checksum is missing"));
        assert_eq!(read("$GPGGA,1*00"), Err("the checksum is wrong"));
        assert_eq!(read("$GPGSV*55"), Err("it is neither GGA nor RMC"));
        assert_eq!(read("$GPGGA,,,,,,0*66"), Err("it has no fix"));
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "\\$?(GP|GN)?(GGA|RMC)?[,0-9.NSEWA*\\PC]*") {
            // That it returns is the assertion.
            let _fix = read(&text);
        }
    }
}
