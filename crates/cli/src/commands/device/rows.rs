//! A CSV with something about each device, by a person or by Nordic's tools: `deviceId,…`.

use std::collections::HashMap;
use std::error::Error;

use cloud_api::DeviceId;
use cloud_api::devices::DeviceName;
use modem_at::Imei;

use crate::context::Context;
use crate::diagnostic::{self, Diagnostic};
use crate::input::Source;

/// What a row is refused for.
type Refusal = Box<dyn Error>;

/// What Nordic's tools write down of a device.
pub(super) struct DeviceInfo {
    pub(super) modem_firmware: String,
    pub(super) imei: Imei,
}

/// `deviceId,name`
pub(super) fn names(context: &Context, source: &Source) -> Result<Vec<(DeviceId, DeviceName)>, Diagnostic> {
    let text = context.input.text(source)?;
    let names = read(&text, |[_, name]| Ok(name.parse()?));
    names.map_err(|problems| diagnostic::bad_list(source, &problems, "deviceId,name"))
}

/// `deviceId,mfwVersion,imei`
pub(super) fn device_infos(
    context: &Context,
    source: &Source,
) -> Result<Vec<(DeviceId, DeviceInfo)>, Diagnostic> {
    let text = context.input.text(source)?;
    device_infos_of(&text)
        .map_err(|problems| diagnostic::bad_list(source, &problems, "deviceId,mfwVersion,imei"))
}

fn device_infos_of(text: &str) -> Result<Vec<(DeviceId, DeviceInfo)>, Vec<String>> {
    read(text, |[_, modem_firmware, imei]| {
        if modem_firmware.is_empty() {
            return Err("no modem firmware".into());
        }
        Ok(DeviceInfo { modem_firmware: modem_firmware.to_owned(), imei: imei.parse()? })
    })
}

/// Device and value of each row, or all that is wrong. A header row falls away, and so does white space around a field.
fn read<const N: usize, T>(
    text: &str,
    value: impl Fn([&str; N]) -> Result<T, Refusal>,
) -> Result<Vec<(DeviceId, T)>, Vec<String>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
    let mut first_lines = HashMap::new();
    let (mut rows, mut problems) = (Vec::new(), Vec::new());
    for (index, record) in reader.records().enumerate() {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                problems.push(error.to_string());
                continue;
            }
        };
        if index == 0 && record.get(0).is_some_and(|first| first.trim().eq_ignore_ascii_case("deviceId")) {
            continue;
        }
        let line = record.position().map_or(0, csv::Position::line);
        match row(&record, &value) {
            Ok((id, value)) => {
                let first = *first_lines.entry(id.clone()).or_insert(line);
                if first == line {
                    rows.push((id, value));
                } else {
                    problems.push(format!("line {line}: device {id} stands in line {first} already"));
                }
            }
            Err(problem) => problems.push(format!("line {line}: {problem}")),
        }
    }
    if rows.is_empty() && problems.is_empty() {
        problems.push("no row".to_owned());
    }
    if problems.is_empty() { Ok(rows) } else { Err(problems) }
}

fn row<const N: usize, T>(
    record: &csv::StringRecord,
    value: impl Fn([&str; N]) -> Result<T, Refusal>,
) -> Result<(DeviceId, T), Refusal> {
    let fields: Vec<&str> = record.iter().map(str::trim).collect();
    let fields: [&str; N] =
        fields.try_into().map_err(|fields: Vec<_>| format!("not {N} columns but {}", fields.len()))?;
    let id = fields.first().copied().unwrap_or_default().parse()?;
    Ok((id, value(fields)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Result<Vec<(String, String)>, Vec<String>> {
        let names = read(text, |[_, name]| Ok(name.parse::<DeviceName>()?))?;
        Ok(names.into_iter().map(|(id, name)| (id.to_string(), name.as_str().to_owned())).collect())
    }

    #[test]
    fn a_spreadsheet_is_read_as_it_is_saved() {
        let expected = [("a", "Kjøkken, 1. etasje"), ("b", "Bad")];
        let expected = expected.map(|(id, name)| (id.to_owned(), name.to_owned())).to_vec();
        for text in [
            "a,\"Kjøkken, 1. etasje\"\nb,Bad\n",
            "\u{feff}DeviceId,name\r\na,\"Kjøkken, 1. etasje\"\r\n\r\nb, Bad\r\n",
        ] {
            assert_eq!(names(text), Ok(expected.clone()));
        }
    }

    #[test]
    fn all_that_is_wrong_is_told_with_its_line() {
        assert_eq!(
            names("deviceId,name\na b,x\nc\nd,\nd,y\ne,z\ne,z\nf,1,2\n").unwrap_err(),
            [
                "line 2: device ID \"a b\": ' ' at position 2 is not allowed; the rule is ^[a-z0-9:_-]{1,128}$, upper or lower case",
                "line 3: not 2 columns but 1",
                "line 4: device name \"\": the rule is 1 to 128 characters in one line",
                "line 7: device e stands in line 6 already",
                "line 8: not 2 columns but 3",
            ]
        );
        assert_eq!(names("deviceId,name\n"), Err(vec!["no row".to_owned()]));
    }

    #[test]
    fn device_information_has_firmware_and_imei() {
        let infos = device_infos_of("a,mfw_nrf91x1_2.0.4,352656106647673\n").unwrap();
        assert_eq!(
            (infos[0].1.modem_firmware.as_str(), infos[0].1.imei.to_string().as_str()),
            ("mfw_nrf91x1_2.0.4", "352656106647673")
        );
        let Err(problems) = device_infos_of("a,,352656106647673\nb,mfw,1\n") else { panic!("it is wrong") };
        assert_eq!(problems[0], "line 1: no modem firmware");
        assert!(problems[1].starts_with("line 2: ") && problems.len() == 2, "{problems:?}");
    }
}
