//! What stands in the ledger.

use std::fmt::{self, Display, Formatter};
use std::str::FromStr;
use std::time::SystemTime;

use serde::de::DeserializeOwned;
use serde::ser::{Error as _, SerializeStruct};
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use crate::error::LedgerError;
use crate::holder::Holder;
use crate::id::RunId;
use crate::subject::Subject;
use crate::time::rfc3339;

/// A run, as it stands in the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RunRecord {
    /// What it is known by.
    pub id: RunId,
    /// What it works on.
    pub subject: Subject,
    /// When it was first claimed.
    pub started_at: SystemTime,
    /// When and how it ended; `None` while it is open.
    pub ended: Option<(SystemTime, Outcome)>,
    /// Who is at it, and until when unless there is a sign of life; `None` if nobody.
    pub held: Option<(Holder, SystemTime)>,
}

/// As in exports: `run`, `kind`, `subject`, `started_at`, `ended_at`, `outcome`, `holder`, `held_until`, with times in RFC 3339.
impl Serialize for RunRecord {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut run = serializer.serialize_struct("RunRecord", 8)?;
        run.serialize_field("run", &self.id.to_string())?;
        run.serialize_field("kind", self.subject.kind())?;
        run.serialize_field("subject", self.subject.name())?;
        run.serialize_field("started_at", &rfc3339(self.started_at))?;
        run.serialize_field("ended_at", &self.ended.map(|(at, _)| rfc3339(at)))?;
        run.serialize_field("outcome", &self.ended.map(|(_, outcome)| outcome.as_str()))?;
        run.serialize_field("holder", &self.held.as_ref().map(|(holder, _)| holder.as_str()))?;
        run.serialize_field("held_until", &self.held.as_ref().map(|(_, until)| rfc3339(*until)))?;
        run.end()
    }
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Outcome {
    /// All was done.
    Done,
    /// It was given up; a later run begins anew.
    Abandoned,
}

impl Outcome {
    const ALL: [Self; 2] = [Self::Done, Self::Abandoned];

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Abandoned => "abandoned",
        }
    }
}

impl Display for Outcome {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Outcome {
    type Err = LedgerError;

    fn from_str(text: &str) -> Result<Self, LedgerError> {
        let found = Self::ALL.into_iter().find(|outcome| outcome.as_str() == text);
        found.ok_or_else(|| LedgerError::Damaged(format!("no run ends as {text:?}")))
    }
}

/// One entry of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Entry {
    /// Its place in the run, from 0.
    pub number: u64,
    /// When it was written, by the clock of whoever wrote it.
    pub at: SystemTime,
    /// Who wrote it.
    pub holder: Holder,
    /// What it is about.
    pub name: String,
    /// Its JSON text.
    pub body: String,
}

impl Entry {
    /// The value that was written.
    ///
    /// # Errors
    /// [`LedgerError::Damaged`] where the entry holds something else.
    pub fn value<T: DeserializeOwned>(&self) -> Result<T, LedgerError> {
        serde_json::from_str(&self.body)
            .map_err(|error| LedgerError::Damaged(format!("entry {} ({}): {error}", self.number, self.name)))
    }
}

/// As in exports: `number`, `at` in RFC 3339, `holder`, `name`, and `body`, in JSON just as it was written.
impl Serialize for Entry {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let body: &RawValue = serde_json::from_str(&self.body)
            .map_err(|error| S::Error::custom(format_args!("entry {} is no JSON: {error}", self.number)))?;
        let mut entry = serializer.serialize_struct("Entry", 5)?;
        entry.serialize_field("number", &self.number)?;
        entry.serialize_field("at", &rfc3339(self.at))?;
        entry.serialize_field("holder", self.holder.as_str())?;
        entry.serialize_field("name", &self.name)?;
        entry.serialize_field("body", body)?;
        entry.end()
    }
}
