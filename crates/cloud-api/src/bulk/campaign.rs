//! Many uploads, each row exactly once, whatever happens in between.

mod in_flight;
mod part;
mod search;

use std::collections::{HashMap, HashSet};
use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::journal::{Event, Journal, PartKey};
use super::outcome::{BulkOutcome, Summary};
use super::patience::{Patience, is_passing};
use super::wait::{Progress, WaitError, WaitPolicy, wait};
use super::{BulkOpsRequest, RowError};
use crate::client::Client;
use crate::error::Error;
use crate::identifier::BulkOpId;
use crate::retry::RetryPolicy;
use crate::uploads::UploadKind;

use in_flight::InFlight;
pub use part::{FailedRow, PartReport, UploadPart};
use search::Search;

/// Sends any number of parts, several at a time, and follows each to its end.
///
/// Every step is recorded in the [`Journal`] before and after it is taken. A campaign that was killed, or dropped, is
/// made again with the same journal and the same parts and goes on: nothing is lost, nothing is sent twice. When the
/// answer to an upload is lost, the upload is looked for in the list of bulk operations, by endpoint, time and
/// uploaded content, before anything is sent again.
///
/// Dropping the future of [`run`](Self::run) is the way to cancel. It spawns no task.
///
/// ```no_run
/// use cloud_api::bulk::{Campaign, MemoryJournal, UploadPart};
/// use cloud_api::onboarding::{OnboardRow, PartReader};
/// use cloud_api::uploads::UploadKind;
///
/// # async fn example(client: cloud_api::Client, csv: std::fs::File) -> Result<(), Box<dyn std::error::Error>> {
/// let parts = PartReader::<OnboardRow, _>::new(csv).map(|part| part.map(UploadPart::from));
/// let campaign = Campaign::new(client, UploadKind::OnboardDevices, MemoryJournal::default());
/// let report = campaign.run(parts, |_| ()).await?;
/// for failed in report.failed_rows() {
///     println!("{:?}: {:?}", failed.device_id, failed.messages);
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Campaign<J> {
    client: Client,
    kind: UploadKind,
    journal: J,
    policy: CampaignPolicy,
}

/// How a [`Campaign`] works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CampaignPolicy {
    /// Parts under way at the same time, at least 1.
    pub in_flight: usize,
    /// How often a part is sent, or a question asked, before a failure is the answer.
    pub attempts: u32,
    /// Wait before the second attempt; doubled before each further one, and up to as much again is added at random.
    pub shortest_delay: Duration,
    /// Longest wait between two attempts, unless the service asks for a longer one by `Retry-After`.
    pub longest_delay: Duration,
    /// Longest sum of the waits between the attempts of one step. A `Retry-After` beyond it ends the attempts at once,
    /// and the part is left to a later run.
    pub budget: Duration,
    /// How often the list is looked through before an upload without answer counts as not taken.
    pub searches: u32,
    /// Wait before each of these looks: what was just taken may not be in the list yet.
    pub search_delay: Duration,
    /// How each bulk operation is followed.
    pub wait: WaitPolicy,
}

impl Default for CampaignPolicy {
    /// 4 parts at a time; 8 attempts, 0.5 s to 30 s apart, with 10 minutes of waiting in all; 3 looks for a lost upload, 2 s apart.
    fn default() -> Self {
        Self {
            in_flight: 4,
            attempts: 8,
            shortest_delay: Duration::from_millis(500),
            longest_delay: Duration::from_secs(30),
            budget: Duration::from_secs(600),
            searches: 3,
            search_delay: Duration::from_secs(2),
            wait: WaitPolicy::default(),
        }
    }
}

/// How far a campaign came.
#[derive(Debug)]
#[non_exhaustive]
pub struct CampaignReport {
    /// Parts whose bulk operation has ended, in the order of their rows.
    pub parts: Vec<PartReport>,
    /// Parts that did not come so far, with the index of their first row.
    pub errors: Vec<(usize, PartError)>,
    /// Whether every part was begun. After an error none is begun any more.
    pub is_complete: bool,
    /// Parts that the journal knows as sent, and that were not among the given ones: the input has changed since.
    pub strangers: Vec<PartKey>,
}

impl CampaignReport {
    /// Every row that failed, in order.
    pub fn failed_rows(&self) -> impl Iterator<Item = &FailedRow> {
        self.parts.iter().flat_map(|part| &part.failed)
    }

    /// Whether all rows have succeeded.
    #[must_use]
    pub fn succeeded(&self) -> bool {
        self.is_complete && self.errors.is_empty() && self.parts.iter().all(|part| part.outcome.succeeded())
    }
}

/// A campaign had to stop at once.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CampaignError<E> {
    /// The journal failed, and without it nothing may be sent.
    #[error("the journal of the campaign failed")]
    Journal(#[source] E),
    /// The parts could not be read.
    #[error("the rows could not be read")]
    Parts(#[source] io::Error),
    /// The service could not be asked for its time, or for the list.
    #[error("the campaign could not begin")]
    Begin(#[source] Error),
}

/// A part did not come to its end. Run the campaign again to go on with it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PartError {
    /// The service refuses the part, or cannot be reached. It was not taken.
    #[error("the upload was not taken")]
    NotTaken(#[source] Error),
    /// It is not known whether the part was taken, because the list or an upload in it could not be read. It is not
    /// sent again before that is known.
    #[error("it is not known whether the upload was taken")]
    Unclear(#[source] Error),
    /// The part was taken, and its operation could not be followed to the end.
    #[error(transparent)]
    Wait(WaitError),
    /// The operation failed, and its error file could not be read.
    #[error("the error file of bulk operation {id} could not be read")]
    ErrorFile {
        /// The operation.
        id: BulkOpId,
        /// Why.
        #[source]
        error: Error,
    },
}

/// What ends a part early: an error of its own, or one of the whole campaign.
enum Stop<E> {
    Part(PartError),
    Journal(E),
}

impl<E> From<PartError> for Stop<E> {
    fn from(error: PartError) -> Self {
        Self::Part(error)
    }
}

/// What the journal knows of a part.
#[derive(Debug, Clone)]
enum Known {
    /// It was about to be sent.
    Unclear,
    Refused,
    Submitted(BulkOpId),
    Finished(Box<(BulkOpsRequest, Vec<RowError>, Vec<String>)>),
}

impl<J: Journal + Sync> Campaign<J> {
    /// A campaign with the default [`CampaignPolicy`].
    pub fn new(client: Client, kind: UploadKind, journal: J) -> Self {
        Self { client, kind, journal, policy: CampaignPolicy::default() }
    }

    /// Another policy.
    #[must_use]
    pub fn with_policy(mut self, policy: CampaignPolicy) -> Self {
        self.policy = policy;
        self
    }

    /// The journal.
    pub fn journal(&self) -> &J {
        &self.journal
    }

    /// Sends what the journal does not know as sent, and follows everything to its end. `parts` is read as far as parts
    /// are under way, so a file of any size may stand behind it. `progress` sees each part that has come to its end,
    /// in the order of the ends.
    ///
    /// # Errors
    ///
    /// [`CampaignError`], when nothing can be done safely any more. What goes wrong with single parts is in the
    /// report.
    pub async fn run<P: Into<UploadPart>>(
        &self,
        parts: impl IntoIterator<Item = io::Result<P>>,
        progress: impl FnMut(&PartReport),
    ) -> Result<CampaignReport, CampaignError<J::Error>> {
        self.run_watched(parts, progress, &|_| ()).await
    }

    /// As [`run`](Self::run). `watch` sees in between what [`wait`] tells of each bulk operation.
    ///
    /// # Errors
    ///
    /// As [`run`](Self::run).
    pub async fn run_watched<P: Into<UploadPart>>(
        &self,
        parts: impl IntoIterator<Item = io::Result<P>>,
        mut progress: impl FnMut(&PartReport),
        watch: &(dyn Fn(Progress<'_>) + Sync),
    ) -> Result<CampaignReport, CampaignError<J::Error>> {
        let (since, known) = self.begin().await?;
        let run = Run { campaign: self, search: Search::new(&self.client, since, &known), known, watch };
        let mut report = CampaignReport {
            parts: Vec::new(),
            errors: Vec::new(),
            is_complete: false,
            strangers: Vec::new(),
        };
        let mut given = HashSet::new();
        let mut in_flight = InFlight::default();
        let mut parts = parts.into_iter();
        loop {
            while !report.is_complete
                && report.errors.is_empty()
                && in_flight.len() < self.policy.in_flight.max(1)
            {
                let Some(part) = parts.next() else {
                    report.is_complete = true;
                    break;
                };
                let part: UploadPart = part.map_err(CampaignError::Parts)?.into();
                // A part of a file that holds only blank lines, say.
                if part.row_count() > 0 {
                    given.insert(part.key(self.kind));
                    in_flight.push(run.part(part));
                }
            }
            match in_flight.next().await {
                None => break,
                Some((_, Ok(part))) => {
                    progress(&part);
                    report.parts.push(part);
                }
                Some((first_row, Err(Stop::Part(error)))) => report.errors.push((first_row, error)),
                Some((_, Err(Stop::Journal(error)))) => return Err(CampaignError::Journal(error)),
            }
        }
        report.parts.sort_by_key(|part| part.first_row);
        report.errors.sort_by_key(|(first_row, _)| *first_row);
        if report.is_complete {
            let is_sent = |known: &Known| !matches!(known, Known::Refused);
            let sent = run.known.iter().filter(|(_, known)| is_sent(known)).map(|(key, _)| *key);
            report.strangers = sent.filter(|key| !given.contains(key)).collect();
        }
        Ok(report)
    }

    /// The time since when to look for uploads, and what the journal knows.
    async fn begin(&self) -> Result<(Option<String>, HashMap<PartKey, Known>), CampaignError<J::Error>> {
        let events = self.journal.events().await.map_err(CampaignError::Journal)?;
        let mut opened = None;
        let mut known = HashMap::new();
        for event in events {
            let part = event.part();
            let state = match event {
                Event::Opened { since } => {
                    opened = Some(since);
                    continue;
                }
                Event::Submitting { .. } => Known::Unclear,
                Event::Refused { .. } => Known::Refused,
                Event::Submitted { id, .. } => Known::Submitted(id),
                Event::Finished { request, rows, unparsed, .. } => {
                    Known::Finished(Box::new((*request, rows, unparsed)))
                }
            };
            known.extend(part.map(|part| (part, state)));
        }
        let since = match opened {
            Some(since) => since,
            None => {
                let since = search::time_of_service(&self.client, self.patience())
                    .await
                    .map_err(CampaignError::Begin)?;
                let event = Event::Opened { since: since.clone() };
                self.journal.record(&event).await.map_err(CampaignError::Journal)?;
                since
            }
        };
        Ok((since, known))
    }

    fn patience(&self) -> Patience {
        let CampaignPolicy { attempts, shortest_delay, longest_delay, budget, .. } = self.policy;
        let retries = usize::try_from(attempts.saturating_sub(1)).unwrap_or(usize::MAX);
        Patience::new(RetryPolicy { retries, first_delay: shortest_delay, longest_delay, budget })
    }
}

/// What the parts of one run share.
struct Run<'c, J> {
    campaign: &'c Campaign<J>,
    search: Search<'c>,
    known: HashMap<PartKey, Known>,
    watch: &'c (dyn Fn(Progress<'_>) + Sync),
}

impl<J: Journal + Sync> Run<'_, J> {
    /// Brings one part to its end, from wherever the journal says it is.
    async fn part(&self, part: UploadPart) -> (usize, Result<PartReport, Stop<J::Error>>) {
        let first_row = part.first_row();
        (first_row, self.to_the_end(part).await)
    }

    async fn to_the_end(&self, part: UploadPart) -> Result<PartReport, Stop<J::Error>> {
        let key = part.key(self.campaign.kind);
        let id = match self.known.get(&key) {
            Some(Known::Finished(kept)) => {
                let (request, rows, unparsed) = (**kept).clone();
                return Ok(part.report(BulkOutcome::again(request, rows, unparsed)));
            }
            Some(Known::Submitted(id)) => id.clone(),
            Some(Known::Unclear) => self.submit(&part, key, true).await?,
            Some(Known::Refused) | None => self.submit(&part, key, false).await?,
        };
        let outcome = self.follow(&id).await?;
        let BulkOutcome { request, rows, unparsed, .. } = &outcome;
        self.record(Event::Finished {
            part: key,
            request: Box::new(request.clone()),
            rows: rows.clone(),
            unparsed: unparsed.clone(),
        })
        .await?;
        Ok(part.report(outcome))
    }

    /// Sends the part, once. `is_unclear` says that it may have been taken already.
    async fn submit(
        &self,
        part: &UploadPart,
        key: PartKey,
        mut is_unclear: bool,
    ) -> Result<BulkOpId, Stop<J::Error>> {
        let mut patience = self.campaign.patience();
        loop {
            if is_unclear {
                let found = self.find(key).await.map_err(PartError::Unclear)?;
                if let Some(id) = found {
                    self.record(Event::Submitted { part: key, id: id.clone() }).await?;
                    return Ok(id);
                }
            }
            let (first_row, row_count) = (part.first_row(), part.row_count());
            self.record(Event::Submitting { part: key, first_row, row_count }).await?;
            let error = match self.campaign.client.upload(key.kind, part.csv()).await {
                Ok(id) => {
                    self.search.is_ours(&id);
                    self.record(Event::Submitted { part: key, id: id.clone() }).await?;
                    return Ok(id);
                }
                Err(error) => error,
            };
            is_unclear = error.may_have_been_taken();
            if !is_unclear {
                self.record(Event::Refused { part: key }).await?;
            }
            patience.bear(error).await.map_err(|error| {
                if is_unclear { PartError::Unclear(error) } else { PartError::NotTaken(error) }
            })?;
        }
    }

    /// Looks for the part several times.
    async fn find(&self, key: PartKey) -> Result<Option<BulkOpId>, Error> {
        let policy = &self.campaign.policy;
        for _ in 0..policy.searches.max(1) {
            tokio::time::sleep(policy.search_delay).await;
            let mut patience = self.campaign.patience();
            loop {
                match self.search.find(key).await {
                    Ok(None) => break,
                    Ok(found) => return Ok(found),
                    Err(error) => patience.bear(error).await?,
                }
            }
        }
        Ok(None)
    }

    async fn follow(&self, id: &BulkOpId) -> Result<BulkOutcome, PartError> {
        let outcome =
            wait(&self.campaign.client, id, self.campaign.policy.wait, |progress| (self.watch)(progress))
                .await
                .map_err(PartError::Wait)?;
        match outcome.summary {
            // Read in a later run. What is refused for good is said in the outcome.
            Summary::Unavailable(error) if is_passing(&error) => {
                Err(PartError::ErrorFile { id: id.clone(), error })
            }
            _ => Ok(outcome),
        }
    }

    async fn record(&self, event: Event) -> Result<(), Stop<J::Error>> {
        self.campaign.journal.record(&event).await.map_err(Stop::Journal)
    }
}

/// A lock that cannot be broken: nothing that is done under it panics.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
