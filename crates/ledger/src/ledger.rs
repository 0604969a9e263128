//! The ledger itself.

use std::fmt::{self, Debug, Formatter};
use std::time::SystemTime;

use sqlx::query::Query;
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{Connection, Row, SqliteConnection, Transaction};
use tokio::sync::{Mutex, MutexGuard};

use crate::address::Address;
use crate::claim::{Claim, Claimed, Held};
use crate::error::LedgerError;
use crate::holder::Holder;
use crate::id::RunId;
use crate::record::{Entry, Outcome, RunRecord};
use crate::run::Run;
use crate::sqlite::{self, failure};
use crate::subject::Subject;
use crate::time::{millis, moment};

/// The journal of boards and uploads. See the [crate].
pub struct Ledger {
    file: Mutex<SqliteConnection>,
}

/// Which runs are meant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Those of this kind of work.
    pub kind: Option<String>,
    /// Those that have this in the name of their subject.
    pub subject: Option<String>,
    /// Those that were begun at this time or later.
    pub since: Option<SystemTime>,
    /// Those that were begun up to this time.
    pub until: Option<SystemTime>,
    /// Those that have not ended.
    pub open: bool,
}

type Write<'c> = Transaction<'c, sqlx::Sqlite>;
type Change<'q> = Query<'q, sqlx::Sqlite, SqliteArguments>;

impl Ledger {
    /// Opens a ledger. Where there is none yet, an empty one is made, in a directory that must be there.
    ///
    /// # Errors
    /// [`LedgerError::Open`], [`LedgerError::TooNew`], [`LedgerError::Busy`].
    pub async fn open(address: &Address) -> Result<Self, LedgerError> {
        Ok(Self { file: Mutex::new(sqlite::open(address.path()).await?) })
    }

    /// Opens a ledger for one who only wants to read: where there is none yet, none is made.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub async fn open_existing(address: &Address) -> Result<Option<Self>, LedgerError> {
        match sqlite::is_there(address.path())? {
            true => Self::open(address).await.map(Some),
            false => Ok(None),
        }
    }

    /// Takes up the open run of a subject, or begins one.
    ///
    /// # Errors
    /// [`LedgerError`]
    pub async fn claim(&self, claim: Claim<'_>) -> Result<Claimed<'_>, LedgerError> {
        let Claim { subject, holder, now, lease, unseat } = claim;
        let until = millis(now + lease);
        let mut file = self.file.lock().await;
        let mut write = begin(&mut file).await?;
        let open = sqlx::query(
            "SELECT id, epoch, holder, lease_until FROM run WHERE kind = $1 AND subject = $2 AND outcome IS NULL",
        )
        .bind(subject.kind())
        .bind(subject.name())
        .fetch_optional(&mut *write)
        .await
        .map_err(failure)?;
        let (id, epoch, is_new) = match open {
            None => {
                let id = RunId::new(now)?;
                sqlx::query(
                    "INSERT INTO run (id, kind, subject, started_at, epoch, entries, holder, lease_until) \
                     VALUES ($1, $2, $3, $4, 1, 0, $5, $6)",
                )
                .bind(id.to_string())
                .bind(subject.kind())
                .bind(subject.name())
                .bind(millis(now))
                .bind(holder.as_str())
                .bind(until)
                .execute(&mut *write)
                .await
                .map_err(failure)?;
                (id, 1, true)
            }
            Some(row) => {
                let (id, epoch): (RunId, i64) = (run_id(&row, "id")?, get(&row, "epoch")?);
                if let Some((other, lease_until)) = held(&row)? {
                    let is_free = other == *holder
                        || lease_until <= now
                        || unseat.is_some_and(|gone| gone.run == id && gone.epoch == epoch);
                    if !is_free {
                        return Ok(Claimed::Held(Held { run: id, holder: other, until: lease_until, epoch }));
                    }
                }
                sqlx::query("UPDATE run SET holder = $1, lease_until = $2, epoch = $3 WHERE id = $4")
                    .bind(holder.as_str())
                    .bind(until)
                    .bind(epoch + 1)
                    .bind(id.to_string())
                    .execute(&mut *write)
                    .await
                    .map_err(failure)?;
                (id, epoch + 1, false)
            }
        };
        write.commit().await.map_err(failure)?;
        Ok(Claimed::Ours(Run { ledger: self, id, holder: holder.clone(), lease, epoch, is_new }))
    }

    /// The runs that are meant, the oldest first.
    ///
    /// # Errors
    /// [`LedgerError`]
    pub async fn runs(&self, filter: &Filter) -> Result<Vec<RunRecord>, LedgerError> {
        let rows = sqlx::query(
            "SELECT id, kind, subject, started_at, ended_at, outcome, holder, lease_until FROM run \
             WHERE ($1 IS NULL OR kind = $1) AND ($2 IS NULL OR instr(subject, $2) > 0) AND (NOT $3 OR outcome IS NULL) \
             AND ($4 IS NULL OR started_at >= $4) AND ($5 IS NULL OR started_at <= $5) ORDER BY id",
        )
        .bind(filter.kind.as_deref())
        .bind(filter.subject.as_deref())
        .bind(filter.open)
        .bind(filter.since.map(millis))
        .bind(filter.until.map(millis))
        .fetch_all(&mut *self.file.lock().await)
        .await
        .map_err(failure)?;
        rows.iter().map(run_record).collect()
    }

    /// One run; `None` where there is none of this ID.
    ///
    /// # Errors
    /// [`LedgerError`]
    pub async fn run(&self, id: RunId) -> Result<Option<RunRecord>, LedgerError> {
        let row = sqlx::query(
            "SELECT id, kind, subject, started_at, ended_at, outcome, holder, lease_until FROM run WHERE id = $1",
        )
        .bind(id.to_string())
        .fetch_optional(&mut *self.file.lock().await)
        .await
        .map_err(failure)?;
        row.as_ref().map(run_record).transpose()
    }

    /// The last run of a subject, open or not.
    ///
    /// # Errors
    /// [`LedgerError`]
    pub async fn last(&self, subject: &Subject) -> Result<Option<RunRecord>, LedgerError> {
        let row = sqlx::query(
            "SELECT id, kind, subject, started_at, ended_at, outcome, holder, lease_until FROM run \
             WHERE kind = $1 AND subject = $2 ORDER BY id DESC LIMIT 1",
        )
        .bind(subject.kind())
        .bind(subject.name())
        .fetch_optional(&mut *self.file.lock().await)
        .await
        .map_err(failure)?;
        row.as_ref().map(run_record).transpose()
    }

    /// The entries of a run, in their order.
    ///
    /// # Errors
    /// [`LedgerError`]
    pub async fn entries(&self, run: RunId) -> Result<Vec<Entry>, LedgerError> {
        let rows =
            sqlx::query("SELECT number, at, holder, name, body FROM entry WHERE run = $1 ORDER BY number")
                .bind(run.to_string())
                .fetch_all(&mut *self.file.lock().await)
                .await
                .map_err(failure)?;
        let entry = |row: &SqliteRow| {
            Ok(Entry {
                number: u64::try_from(get::<i64>(row, "number")?).map_err(damaged)?,
                at: moment(get(row, "at")?),
                holder: Holder::new(get::<String>(row, "holder")?).map_err(damaged)?,
                name: get(row, "name")?,
                body: get(row, "body")?,
            })
        };
        rows.iter().map(entry).collect()
    }

    pub(crate) async fn append(
        &self,
        run: &Run<'_>,
        now: SystemTime,
        name: &str,
        body: &str,
    ) -> Result<(), LedgerError> {
        let mut file = self.file.lock().await;
        let mut write = begin(&mut file).await?;
        let counted = sqlx::query_scalar::<_, i64>(
            "UPDATE run SET entries = entries + 1, lease_until = $1 \
             WHERE id = $2 AND epoch = $3 AND outcome IS NULL RETURNING entries",
        )
        .bind(millis(now + run.lease))
        .bind(run.id.to_string())
        .bind(run.epoch)
        .fetch_optional(&mut *write)
        .await
        .map_err(failure)?;
        let Some(count) = counted else { return Err(lost(&mut write, run).await?) };
        sqlx::query(
            "INSERT INTO entry (run, number, at, holder, name, body) VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(run.id.to_string())
        .bind(count - 1)
        .bind(millis(now))
        .bind(run.holder.as_str())
        .bind(name)
        .bind(body)
        .execute(&mut *write)
        .await
        .map_err(failure)?;
        write.commit().await.map_err(failure)
    }

    /// Extends the lease from `now` on, or gives the run back.
    pub(crate) async fn hold(&self, run: &Run<'_>, now: Option<SystemTime>) -> Result<(), LedgerError> {
        let change = sqlx::query(
            "UPDATE run SET holder = $3, lease_until = $4 WHERE id = $1 AND epoch = $2 AND outcome IS NULL",
        );
        self.change(run, change, |change| {
            change.bind(now.map(|_| run.holder.to_string())).bind(now.map(|now| millis(now + run.lease)))
        })
        .await
    }

    pub(crate) async fn finish(
        &self,
        run: &Run<'_>,
        now: SystemTime,
        outcome: Outcome,
    ) -> Result<(), LedgerError> {
        let change = sqlx::query(
            "UPDATE run SET ended_at = $3, outcome = $4, holder = NULL, lease_until = NULL \
             WHERE id = $1 AND epoch = $2 AND outcome IS NULL",
        );
        self.change(run, change, |change| change.bind(millis(now)).bind(outcome.as_str())).await
    }

    /// Changes a run that must be ours. The first two values of `change` are its ID and its epoch; `bind` gives the others.
    async fn change<'q>(
        &self,
        run: &Run<'_>,
        change: Change<'q>,
        bind: impl FnOnce(Change<'q>) -> Change<'q>,
    ) -> Result<(), LedgerError> {
        let mut file = self.file.lock().await;
        let mut write = begin(&mut file).await?;
        let change = bind(change.bind(run.id.to_string()).bind(run.epoch));
        if change.execute(&mut *write).await.map_err(failure)?.rows_affected() == 0 {
            return Err(lost(&mut write, run).await?);
        }
        write.commit().await.map_err(failure)
    }
}

impl Debug for Ledger {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ledger").finish_non_exhaustive()
    }
}

/// A transaction that writes from its beginning on, so that what it reads is still so when it writes.
async fn begin<'c>(file: &'c mut MutexGuard<'_, SqliteConnection>) -> Result<Write<'c>, LedgerError> {
    file.begin_with("BEGIN IMMEDIATE").await.map_err(failure)
}

/// Why a run could not be written to.
async fn lost(write: &mut Write<'_>, run: &Run<'_>) -> Result<LedgerError, LedgerError> {
    let by = sqlx::query_scalar::<_, Option<String>>("SELECT holder FROM run WHERE id = $1")
        .bind(run.id.to_string())
        .fetch_optional(&mut **write)
        .await
        .map_err(failure)?
        .flatten();
    Ok(LedgerError::Lost { run: run.id, by: by.map(Holder::new).transpose().map_err(damaged)? })
}

fn run_record(row: &SqliteRow) -> Result<RunRecord, LedgerError> {
    let ended = match (get::<Option<i64>>(row, "ended_at")?, get::<Option<String>>(row, "outcome")?) {
        (Some(at), Some(outcome)) => Some((moment(at), outcome.parse()?)),
        _ => None,
    };
    Ok(RunRecord {
        id: run_id(row, "id")?,
        subject: Subject::new(get::<String>(row, "kind")?, get::<String>(row, "subject")?)
            .map_err(damaged)?,
        started_at: moment(get(row, "started_at")?),
        ended,
        held: held(row)?,
    })
}

fn held(row: &SqliteRow) -> Result<Option<(Holder, SystemTime)>, LedgerError> {
    match (get::<Option<String>>(row, "holder")?, get::<Option<i64>>(row, "lease_until")?) {
        (Some(holder), Some(until)) => Ok(Some((Holder::new(holder).map_err(damaged)?, moment(until)))),
        _ => Ok(None),
    }
}

fn run_id(row: &SqliteRow, column: &str) -> Result<RunId, LedgerError> {
    get::<String>(row, column)?.parse().map_err(damaged)
}

fn get<'r, T>(row: &'r SqliteRow, column: &str) -> Result<T, LedgerError>
where
    T: sqlx::Decode<'r, sqlx::Sqlite> + sqlx::Type<sqlx::Sqlite>,
{
    row.try_get(column).map_err(damaged)
}

fn damaged(error: impl fmt::Display) -> LedgerError {
    LedgerError::Damaged(error.to_string())
}
