//! The file behind `errorSummaryUrl`, in both known forms (facts 2.4).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{builder::ErrorFileFormat, registry::RowRefusal};

/// A row that failed, by its index from 0.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct FailedRow {
    pub(crate) row: usize,
    pub(crate) refusal: RowRefusal,
}

pub(super) fn text(format: ErrorFileFormat, failed: &[FailedRow]) -> String {
    match format {
        ErrorFileFormat::Current => current(failed),
        ErrorFileFormat::Old => old(failed),
    }
}

fn current(failed: &[FailedRow]) -> String {
    let errors: Vec<String> =
        failed.iter().map(|FailedRow { row, refusal }| format!("[{row}]: {refusal}")).collect();
    json!({ "errors": errors }).to_string()
}

/// A JSON string that ends in an object as text. Of the sentence only the count, the marker and the end are known.
fn old(failed: &[FailedRow]) -> String {
    let mut rows_of = BTreeMap::<String, Vec<usize>>::new();
    for FailedRow { row, refusal } in failed {
        rows_of.entry(refusal.to_string()).or_default().push(row + 1);
    }
    let count = failed.len();
    let message = format!("There were {count} errors [message: rows (1-based)]: {}.", json!(rows_of));
    json!({ "message": message }).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed() -> [FailedRow; 3] {
        [
            (0, RowRefusal::AttachedElsewhere),
            (2, RowRefusal::Exists("a".into())),
            (4, RowRefusal::AttachedElsewhere),
        ]
        .map(|(row, refusal)| FailedRow { row, refusal })
    }

    #[test]
    fn writes_the_current_form() {
        assert_eq!(
            text(ErrorFileFormat::Current, &failed()),
            "{\"errors\":[\
             \"[0]: The device certificate is already registered and attached to a different device.\",\
             \"[2]: Thing a already exists in account with different attributes\",\
             \"[4]: The device certificate is already registered and attached to a different device.\"]}"
        );
    }

    #[test]
    fn writes_the_old_form() {
        let text = text(ErrorFileFormat::Old, &failed());
        let (sentence, rest) = text.split_once("(1-based)]: ").unwrap();
        assert_eq!(sentence.split(' ').find(|word| word.bytes().all(|b| b.is_ascii_digit())), Some("3"));
        let object = rest.strip_suffix(".\"}").unwrap().replace("\\\"", "\"");
        let rows: BTreeMap<String, Vec<usize>> = serde_json::from_str(&object).unwrap();
        assert_eq!(
            rows["The device certificate is already registered and attached to a different device."],
            [1, 5]
        );
        assert_eq!(rows["Thing a already exists in account with different attributes"], [3]);
    }
}
