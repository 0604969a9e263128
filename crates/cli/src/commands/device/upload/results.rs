//! The result of each row as CSV, with a header row.

use std::io;

use super::Uploads;

const COLUMNS: [&str; 5] = ["row", "deviceId", "result", "message", "bulkOpsRequestId"];

pub(super) fn csv(uploads: &Uploads) -> io::Result<Vec<u8>> {
    let mut csv = csv::Writer::from_writer(Vec::new());
    csv.write_record(COLUMNS)?;
    for upload in &uploads.uploads {
        let id = upload.bulk_ops_request_id.as_str();
        for report in &upload.results {
            let [row, device_id, result, message] = report.fields();
            csv.write_record([row.as_str(), device_id.as_str(), result.as_str(), message.as_str(), id])?;
        }
    }
    csv.into_inner().map_err(csv::IntoInnerError::into_error)
}
