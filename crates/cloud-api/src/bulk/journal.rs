//! What a campaign must not forget.

use std::convert::Infallible;
use std::fmt;
use std::sync::{Mutex, PoisonError};

use base64::engine::{Engine as _, general_purpose::STANDARD};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use sha2::{Digest as _, Sha256};

use super::{BulkOpsRequest, RowError};
use crate::identifier::BulkOpId;
use crate::uploads::UploadKind;

/// Where one [`Campaign`](super::Campaign) writes down what it did, so that it can go on after it was killed.
///
/// An event is recorded when the future is ready, and no sooner: on disk, if the campaign is to survive a loss of
/// power. Events of several parts come in between each other. A journal belongs to one campaign; keep it as long as
/// the campaign is not over. Nothing in it is secret.
pub trait Journal {
    /// Why an event could not be recorded or read.
    type Error: std::error::Error + Send + Sync + 'static;

    /// All events so far, in the order in which they were recorded.
    fn events(&self) -> impl Future<Output = Result<Vec<Event>, Self::Error>> + Send;

    /// Records an event.
    fn record(&self, event: &Event) -> impl Future<Output = Result<(), Self::Error>> + Send;
}

impl<J: Journal + Sync> Journal for &J {
    type Error = J::Error;

    fn events(&self) -> impl Future<Output = Result<Vec<Event>, Self::Error>> + Send {
        (**self).events()
    }

    fn record(&self, event: &Event) -> impl Future<Output = Result<(), Self::Error>> + Send {
        (**self).record(event)
    }
}

/// A step of a campaign.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Event {
    /// The campaign begins. Recorded once, before anything is sent.
    Opened {
        /// The service's own time less an hour, ISO 8601 UTC: no upload of this campaign is older. `None` if the
        /// service did not tell the time.
        since: Option<String>,
    },
    /// A part is about to be sent. As long as nothing follows, nobody knows whether it was taken.
    Submitting {
        /// The part.
        part: PartKey,
        /// Index of its first row in the whole.
        first_row: usize,
        /// Number of its rows.
        row_count: usize,
    },
    /// The part was refused, or did not reach the service: it was not taken.
    Refused {
        /// The part.
        part: PartKey,
    },
    /// The part was taken.
    Submitted {
        /// The part.
        part: PartKey,
        /// The bulk operation that judges it.
        id: BulkOpId,
    },
    /// The bulk operation has ended, and its error file, if there is one, was read.
    Finished {
        /// The part.
        part: PartKey,
        /// The operation as it was last seen.
        request: Box<BulkOpsRequest>,
        /// Rows with an error; see [`BulkOutcome::rows`](super::BulkOutcome::rows).
        rows: Vec<RowError>,
        /// What the error file says beside that.
        unparsed: Vec<String>,
    },
}

/// What a part is known by: the operation, and the content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PartKey {
    /// The operation that it is sent to.
    pub kind: UploadKind,
    /// Digest of its rows.
    pub digest: ContentDigest,
}

impl Event {
    /// The part that the event is about.
    #[must_use]
    pub fn part(&self) -> Option<PartKey> {
        match self {
            Self::Opened { .. } => None,
            Self::Submitting { part, .. }
            | Self::Refused { part }
            | Self::Submitted { part, .. }
            | Self::Finished { part, .. } => Some(*part),
        }
    }
}

/// SHA-256 of rows, without the white space at their end. In text and JSON it is base64.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ContentDigest([u8; 32]);

impl ContentDigest {
    /// The digest of these rows.
    #[must_use]
    pub fn of(csv: &[u8]) -> Self {
        Self(Sha256::digest(csv.trim_ascii_end()).into())
    }

    /// The 32 octets.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for ContentDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&STANDARD.encode(self.0))
    }
}

impl fmt::Debug for ContentDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ContentDigest({self})")
    }
}

impl Serialize for ContentDigest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ContentDigest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let octets = STANDARD.decode(&text).ok().and_then(|octets| octets.try_into().ok());
        octets.map(Self).ok_or_else(|| de::Error::custom("a content digest is 32 octets in base64"))
    }
}

/// A journal in memory, for a campaign that need not survive the process.
#[derive(Debug, Default)]
pub struct MemoryJournal(Mutex<Vec<Event>>);

impl MemoryJournal {
    /// A journal that begins with these events.
    #[must_use]
    pub fn with(events: Vec<Event>) -> Self {
        Self(Mutex::new(events))
    }
}

impl Journal for MemoryJournal {
    type Error = Infallible;

    async fn events(&self) -> Result<Vec<Event>, Infallible> {
        Ok(self.0.lock().unwrap_or_else(PoisonError::into_inner).clone())
    }

    async fn record(&self, event: &Event) -> Result<(), Infallible> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(event.clone());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_kept_in_json() {
        let part = PartKey { kind: UploadKind::OnboardDevices, digest: ContentDigest::of(b"a,\"x\"\r\n") };
        assert_eq!(part.digest, ContentDigest::of(b"a,\"x\""));
        let event = Event::Submitted { part, id: "01EZZJVDQJPWT7V4FWNVDHNMM5".parse().unwrap() };
        let json = serde_json::to_string(&event).unwrap();
        assert_eq!(
            json,
            format!(
                "{{\"event\":\"submitted\",\"part\":{{\"kind\":\"OnboardDevices\",\"digest\":\"{}\"}},\
                 \"id\":\"01EZZJVDQJPWT7V4FWNVDHNMM5\"}}",
                part.digest
            )
        );
        assert_eq!(serde_json::from_str::<Event>(&json).unwrap(), event);
        let short = json.replace(&part.digest.to_string(), "AAAA");
        assert!(serde_json::from_str::<Event>(&short).unwrap_err().to_string().contains("32 octets"));
    }
}
