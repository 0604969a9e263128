//! What survives the process: documents by kind and ID, written through before a request is answered.
//!
//! A change is handed over under the lock of what it changes, so that the file sees changes in their order. One task
//! writes them, as many as have come in one transaction, and [`Store::settled`] waits for it.

#[cfg(feature = "state")]
mod sqlite;

use std::collections::HashMap;

use serde::{Serialize, de::DeserializeOwned};
#[cfg(feature = "state")]
use tokio::sync::{mpsc, oneshot};

#[cfg(feature = "state")]
pub(crate) use self::sqlite::open;

/// The door to the state file, or to nothing.
#[derive(Default)]
pub(crate) struct Store {
    #[cfg(feature = "state")]
    changes: Option<mpsc::UnboundedSender<Change>>,
}

/// What was in the file at the start.
#[derive(Debug, Default)]
pub(crate) struct Found(HashMap<String, Vec<(String, String)>>);

/// The state file cannot be read, written or understood.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct StoreError(String);

#[cfg(feature = "state")]
enum Change {
    Put {
        kind: &'static str,
        id: String,
        body: String,
    },
    Remove {
        kind: &'static str,
        id: String,
    },
    /// Answers when all before it is in the file.
    Settled(oneshot::Sender<Result<(), String>>),
    Broken(String),
}

impl Store {
    /// Writes `value` under that name, in the place of what was there.
    pub(crate) fn put<T: Serialize>(&self, kind: &'static str, id: &str, value: &T) {
        #[cfg(feature = "state")]
        if let Some(changes) = &self.changes {
            let change = match serde_json::to_string(value) {
                Ok(body) => Change::Put { kind, id: id.to_owned(), body },
                Err(error) => Change::Broken(format!("{kind} {id}: {error}")),
            };
            // The writer lives as long as the store.
            let _sent = changes.send(change);
        }
        #[cfg(not(feature = "state"))]
        let _not_kept = (kind, id, value);
    }

    pub(crate) fn remove(&self, kind: &'static str, id: &str) {
        #[cfg(feature = "state")]
        if let Some(changes) = &self.changes {
            let _sent = changes.send(Change::Remove { kind, id: id.to_owned() });
        }
        #[cfg(not(feature = "state"))]
        let _not_kept = (kind, id);
    }

    /// Returns when every change made so far is in the file.
    #[cfg_attr(not(feature = "state"), expect(clippy::unused_async, reason = "the other half waits"))]
    pub(crate) async fn settled(&self) -> Result<(), StoreError> {
        #[cfg(feature = "state")]
        if let Some(changes) = &self.changes {
            let (sender, receiver) = oneshot::channel();
            let gone = || StoreError("the state file is closed".into());
            changes.send(Change::Settled(sender)).map_err(|_| gone())?;
            return receiver.await.map_err(|_| gone())?.map_err(StoreError);
        }
        Ok(())
    }
}

impl Found {
    #[cfg(feature = "state")]
    fn add(&mut self, kind: String, id: String, body: String) {
        self.0.entry(kind).or_default().push((id, body));
    }

    /// All of one kind, in the order of their IDs.
    pub(crate) fn take<T: DeserializeOwned>(&mut self, kind: &str) -> Result<Vec<(String, T)>, StoreError> {
        let documents = self.0.remove(kind).unwrap_or_default();
        let read = documents.into_iter().map(|(id, body)| match serde_json::from_str(&body) {
            Ok(value) => Ok((id, value)),
            Err(error) => Err(StoreError(format!("{kind} {id} in the state file: {error}"))),
        });
        read.collect()
    }

    /// All of one kind, for each team by its tenant ID.
    pub(crate) fn take_by_team<T: DeserializeOwned>(
        &mut self,
        kind: &str,
    ) -> Result<HashMap<String, Vec<(String, T)>>, StoreError> {
        let mut by_team = HashMap::<String, Vec<(String, T)>>::new();
        for (key, value) in self.take(kind)? {
            let (tenant_id, id) = key.split_once('/').unwrap_or(("", &key));
            by_team.entry(tenant_id.to_owned()).or_default().push((id.to_owned(), value));
        }
        Ok(by_team)
    }
}
