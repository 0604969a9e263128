//! The file: SQLite with a write-ahead log, so that what was answered is there after the process was killed.

use std::path::Path;

use sqlx::{
    Connection, Row, SqliteConnection,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};
use tokio::{sync::mpsc, task::JoinHandle};

use super::{Change, Found, Store, StoreError};

/// The one version of the file so far.
const SCHEMA: &str = include_str!("schema.sql");
const VERSION: i64 = 1;

/// Opens or makes the file, and starts the task that writes to it; the task ends when the store is dropped.
pub(crate) async fn open(path: &Path) -> Result<(Store, Found, JoinHandle<()>), StoreError> {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Normal);
    let mut file = SqliteConnection::connect_with(&options).await.map_err(error)?;
    // Two simulators on one file would overwrite each other.
    sqlx::raw_sql("PRAGMA locking_mode = EXCLUSIVE; BEGIN IMMEDIATE; COMMIT")
        .execute(&mut file)
        .await
        .map_err(error)?;
    migrate(&mut file).await?;
    let mut found = Found::default();
    let rows = sqlx::query("SELECT kind, id, body FROM document ORDER BY kind, id").fetch_all(&mut file);
    for row in rows.await.map_err(error)? {
        let text = |column| row.try_get::<String, _>(column).map_err(error);
        found.add(text(0)?, text(1)?, text(2)?);
    }
    let (sender, receiver) = mpsc::unbounded_channel();
    let writer = tokio::spawn(write_all(file, receiver));
    Ok((Store { changes: Some(sender) }, found, writer))
}

async fn migrate(file: &mut SqliteConnection) -> Result<(), StoreError> {
    let version: i64 =
        sqlx::query_scalar("PRAGMA user_version").fetch_one(&mut *file).await.map_err(error)?;
    match version {
        VERSION => Ok(()),
        0 => sqlx::raw_sql(SCHEMA).execute(file).await.map(drop).map_err(error),
        newer => Err(StoreError(format!("the file has version {newer}, this program knows {VERSION}"))),
    }
}

async fn write_all(mut file: SqliteConnection, mut changes: mpsc::UnboundedReceiver<Change>) {
    // Once something is lost, nothing that is asked later is safe either.
    let mut state = Ok(());
    while let Some(first) = changes.recv().await {
        let mut batch = vec![first];
        while let Ok(next) = changes.try_recv() {
            batch.push(next);
        }
        if state.is_ok() {
            state = write(&mut file, &batch).await.map_err(|error| format!("the state file: {error}"));
        }
        for change in batch {
            if let Change::Settled(waiting) = change {
                // Whoever does not wait any more has gone.
                let _told = waiting.send(state.clone());
            }
        }
    }
    // What there was to say was said to those who waited.
    let _closed = file.close().await;
}

async fn write(file: &mut SqliteConnection, batch: &[Change]) -> Result<(), StoreError> {
    if batch.iter().all(|change| matches!(change, Change::Settled(_))) {
        return Ok(());
    }
    let mut transaction = file.begin().await.map_err(error)?;
    for change in batch {
        let query = match change {
            Change::Put { kind, id, body } => sqlx::query(
                "INSERT INTO document (kind, id, body) VALUES (?, ?, ?) \
                 ON CONFLICT (kind, id) DO UPDATE SET body = excluded.body",
            )
            .bind(*kind)
            .bind(id)
            .bind(body),
            Change::Remove { kind, id } => {
                sqlx::query("DELETE FROM document WHERE kind = ? AND id = ?").bind(*kind).bind(id)
            }
            Change::Settled(_) => continue,
            Change::Broken(what) => return Err(StoreError(what.clone())),
        };
        query.execute(&mut *transaction).await.map_err(error)?;
    }
    transaction.commit().await.map_err(error)
}

#[expect(clippy::needless_pass_by_value, reason = "what `map_err` calls")]
fn error(error: sqlx::Error) -> StoreError {
    StoreError(error.to_string())
}
