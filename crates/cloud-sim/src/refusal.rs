//! What the simulator refused, and why: kept beside the conversation, never on the wire.

use std::{
    collections::VecDeque,
    fmt,
    sync::{Arc, Mutex},
    time::SystemTime,
};

use crate::{clock::iso8601, cloud::lock};

/// How many refusals are kept; the oldest give way.
const KEPT: usize = 1000;

/// One request that was answered with a status of 400 or more.
///
/// nRF Cloud's own 401 says little, and so does the simulator's. The full reason is here. It never holds a token, a
/// signature or an API key.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Refusal {
    /// When the answer was made, by the simulator's clock.
    pub at: SystemTime,
    /// HTTP method of the request.
    pub method: String,
    /// Path of the request, without the query.
    pub path: String,
    /// HTTP status of the answer.
    pub status: u16,
    /// nRF Cloud's error code in the answer's body, such as 40100, where it carried one.
    pub code: Option<u32>,
    /// The device that the request named, as far as that was understood.
    pub device_id: Option<String>,
    /// Why, in a lower-case fragment.
    pub reason: String,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {} → {}", iso8601(self.at), self.method, self.path, self.status)?;
        if let Some(code) = self.code {
            write!(f, " ({code})")?;
        }
        if let Some(device) = &self.device_id {
            write!(f, " device {device}")?;
        }
        write!(f, ": {}", self.reason)
    }
}

/// Told of every refusal as it happens.
pub(crate) type Listener = Arc<dyn Fn(&Refusal) + Send + Sync>;

#[derive(Default)]
pub(crate) struct RefusalLog {
    kept: Mutex<VecDeque<Refusal>>,
    listener: Option<Listener>,
}

impl RefusalLog {
    pub(crate) fn new(listener: Option<Listener>) -> Self {
        Self { kept: Mutex::default(), listener }
    }

    pub(crate) fn record(&self, refusal: Refusal) {
        if let Some(listener) = &self.listener {
            listener(&refusal);
        }
        let mut kept = lock(&self.kept);
        if kept.len() == KEPT {
            kept.pop_front();
        }
        kept.push_back(refusal);
    }

    pub(crate) fn all(&self) -> Vec<Refusal> {
        lock(&self.kept).iter().cloned().collect()
    }
}
