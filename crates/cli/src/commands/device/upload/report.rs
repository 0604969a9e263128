//! What became of one row.

use std::fmt::{self, Display, Formatter};

use cloud_api::DeviceId;
use serde::Serialize;

use super::RowResult;
use crate::text::Shown;

/// What became of one row, for people and programs.
#[derive(Serialize)]
pub(in crate::commands::device) struct RowReport {
    /// Counted from 1, as people do.
    row: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    device_id: Option<DeviceId>,
    result: Outcome,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    messages: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Outcome {
    Succeeded,
    Failed,
    Unknown,
}

impl Outcome {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
        }
    }
}

impl RowReport {
    /// `index` is counted from 0 over the whole CSV.
    pub(super) fn new(index: usize, device_id: Option<DeviceId>, result: RowResult) -> Self {
        let (result, messages) = match result {
            RowResult::Succeeded => (Outcome::Succeeded, Vec::new()),
            RowResult::Failed { messages } => (Outcome::Failed, messages),
            _ => (Outcome::Unknown, Vec::new()),
        };
        Self { row: index + 1, device_id, result, messages }
    }

    /// Counted from 0.
    pub(super) fn index(&self) -> usize {
        self.row - 1
    }

    /// Row, device, result and messages, for a file.
    pub(super) fn fields(&self) -> [String; 4] {
        let device_id = self.device_id.as_ref().map_or_else(String::new, ToString::to_string);
        [self.row.to_string(), device_id, self.result.as_str().to_owned(), self.messages.join("; ")]
    }

    pub(super) fn is_failed(&self) -> bool {
        self.result == Outcome::Failed
    }

    pub(super) fn is_unknown(&self) -> bool {
        self.result == Outcome::Unknown
    }
}

impl Display for RowReport {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.device_id {
            Some(id) => write!(f, "{id}")?,
            None => write!(f, "row {}", self.row)?,
        }
        write!(f, "\t{}", self.result.as_str())?;
        for message in &self.messages {
            let message = if message.is_empty() { "no reason given" } else { message };
            write!(f, "\t{}", Shown(message))?;
        }
        Ok(())
    }
}
