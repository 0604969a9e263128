//! The bulk operation of an upload, as the cloud itself tells it.

use serde_json::Value;

use super::{Guide, cloud::CLOUD, failure::Failure, record::Record};

/// Checks that an answer is a ULID, as every bulk operation's id is.
pub(crate) fn check_id(record: &mut Record, id: &str) -> Result<(), Failure> {
    let is_ulid = id.len() == 26
        && id.chars().all(|c| c.is_ascii_digit() || (c.is_ascii_uppercase() && !"ILOU".contains(c)));
    let found = if is_ulid { "a ULID" } else { id };
    record.equal("xtask", "the answer is the id of a bulk operation, and nothing else", "a ULID", found)
}

/// Asks for the operation, which is to have succeeded at this endpoint.
pub(crate) fn check_succeeded(
    guide: &Guide,
    record: &mut Record,
    id: &str,
    endpoint: &str,
) -> Result<Option<Value>, Failure> {
    let Some(answer) = guide.ask_with_key(record, &format!("/bulk-ops-requests/{id}"))? else {
        return Ok(None);
    };
    record.equal(CLOUD, "it knows the bulk operation", 200, answer.status)?;
    let operation = answer.json()?;
    record.equal(CLOUD, "the bulk operation succeeded", "SUCCEEDED", text(&operation, "status"))?;
    record.equal(CLOUD, "it was asked of the right endpoint", endpoint, text(&operation, "endpoint"))?;
    Ok(Some(operation))
}

/// What the cloud has received, from where the operation says that it is.
pub(crate) fn uploaded(guide: &Guide, record: &mut Record, operation: &Value) -> Result<String, Failure> {
    let url = text(operation, "uploadedDataUrl");
    let body = guide.ask(record, url, &[])?.map_or_else(Vec::new, |answer| answer.body);
    String::from_utf8(body).map_err(|error| Failure::unreadable("the uploaded data", error))
}

fn text<'a>(operation: &'a Value, name: &str) -> &'a str {
    operation[name].as_str().unwrap_or("none")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_ulid_is_an_id() {
        check_id(&mut Record::default(), "01EZZJVDQJPWT7V4FWNVDHNMM5").unwrap();
        for id in
            ["", "01EZZJVDQJPWT7V4FWNVDHNMM", "01EZZJVDQJPWT7V4FWNVDHNMMI", "id: 01EZZJVDQJPWT7V4FWNVDHNMM5"]
        {
            let failure = check_id(&mut Record::default(), id).unwrap_err().to_string();
            assert!(failure.ends_with(&format!("found:    {id}")), "{failure}");
        }
    }
}
