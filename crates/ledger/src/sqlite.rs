//! The file: SQLite with a write-ahead log.

use std::path::Path;
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{Connection, Error, SqliteConnection};

use crate::address::Address;
use crate::error::LedgerError;

type Steps = &'static [&'static str];

/// What makes a file of each version out of one of the version before. What stands here is never changed, only added to.
const STEPS: Steps = &[include_str!("schema.sql")];

/// How long others are waited for.
const PATIENCE: Duration = Duration::from_secs(30);
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// Whether there is a file.
pub(crate) fn is_there(path: &Path) -> Result<bool, LedgerError> {
    path.try_exists()
        .map_err(|error| LedgerError::Open { address: Address::file(path), reason: error.to_string() })
}

/// Opens the file, or makes it, and brings it up to date.
pub(crate) async fn open(path: &Path) -> Result<SqliteConnection, LedgerError> {
    let mut waited = Duration::ZERO;
    loop {
        match open_once(path, STEPS).await {
            // While another process makes the file, the patience of the database itself does not count.
            Err(LedgerError::Busy) if waited < PATIENCE => {
                tokio::time::sleep(LOOK_AGAIN).await;
                waited += LOOK_AGAIN;
            }
            result => return result,
        }
    }
}

async fn open_once(path: &Path, steps: Steps) -> Result<SqliteConnection, LedgerError> {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .busy_timeout(PATIENCE)
        .journal_mode(SqliteJournalMode::Wal)
        // What `append` has taken is there also after a loss of power.
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true);
    let opened = async {
        let mut file = SqliteConnection::connect_with(&options).await?;
        Ok((migrate(&mut file, steps).await?, file))
    };
    let (found, file) = opened.await.map_err(|error| match failure(error) {
        LedgerError::Store(reason) => LedgerError::Open { address: Address::file(path), reason },
        busy => busy,
    })?;
    let known = version(steps);
    if found > known {
        return Err(LedgerError::TooNew { address: Address::file(path), found, known });
    }
    Ok(file)
}

/// Brings the file up to date, and gives the version that it has then.
async fn migrate(file: &mut SqliteConnection, steps: Steps) -> Result<i64, Error> {
    let found = version_of(file).await?;
    if found >= version(steps) {
        return Ok(found);
    }
    let mut transaction = file.begin_with("BEGIN IMMEDIATE").await?;
    // Another process may have been first.
    let found = version_of(&mut transaction).await?;
    for step in steps.iter().skip(usize::try_from(found).unwrap_or(usize::MAX)) {
        sqlx::raw_sql(*step).execute(&mut *transaction).await?;
    }
    let reached = found.max(version(steps));
    sqlx::raw_sql(sqlx::AssertSqlSafe(format!("PRAGMA user_version = {reached}")))
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await?;
    Ok(reached)
}

async fn version_of(file: &mut SqliteConnection) -> Result<i64, Error> {
    sqlx::query_scalar("PRAGMA user_version").fetch_one(file).await
}

fn version(steps: Steps) -> i64 {
    i64::try_from(steps.len()).unwrap_or(i64::MAX)
}

/// What an error of the database means here.
#[expect(clippy::needless_pass_by_value, reason = "what `map_err` calls")]
pub(crate) fn failure(error: Error) -> LedgerError {
    const BUSY: &str = "5";
    match &error {
        // Extended codes have the plain one in their low eight bits.
        Error::Database(database)
            if database
                .code()
                .and_then(|code| code.parse::<u32>().ok())
                .is_some_and(|code| (code & 0xff).to_string() == BUSY) =>
        {
            LedgerError::Busy
        }
        Error::Database(database) => LedgerError::Store(database.message().to_owned()),
        _ => LedgerError::Store(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO: Steps = &[STEPS[0], "ALTER TABLE run ADD COLUMN label TEXT; UPDATE run SET label = subject;"];

    const ROWS: &str = "INSERT INTO run (id, kind, subject, started_at, epoch, entries) \
        VALUES ('01ARYZ6S410000000000000000', 'provision', 'a', 1, 1, 0)";

    async fn label(file: &mut SqliteConnection) -> String {
        sqlx::query_scalar("SELECT label FROM run").fetch_one(file).await.unwrap()
    }

    #[tokio::test]
    async fn an_older_file_is_brought_up_to_date_with_all_that_is_in_it() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("ledger.sqlite");
        let mut old = open_once(&path, STEPS).await.unwrap();
        sqlx::raw_sql(ROWS).execute(&mut old).await.unwrap();
        // The older program may still have it open.
        let mut new = open_once(&path, TWO).await.unwrap();
        assert_eq!(label(&mut new).await, "a");
        assert_eq!(version_of(&mut old).await.unwrap(), 2);
        // And once more: there is nothing left to do.
        assert_eq!(label(&mut open_once(&path, TWO).await.unwrap()).await, "a");

        let error = open_once(&path, STEPS).await.unwrap_err();
        assert!(matches!(error, LedgerError::TooNew { found: 2, known: 1, .. }), "{error}");
    }

    #[tokio::test]
    async fn a_step_that_fails_changes_nothing() {
        const BROKEN: Steps =
            &[STEPS[0], "ALTER TABLE run ADD COLUMN label TEXT; INSERT INTO nowhere VALUES (1)"];
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("ledger.sqlite");
        drop(open_once(&path, STEPS).await.unwrap());
        let error = open_once(&path, BROKEN).await.unwrap_err();
        assert!(error.to_string().ends_with("no such table: nowhere"), "{error}");
        // Had the column been added, it could not be added again.
        open_once(&path, TWO).await.unwrap();
    }

    #[tokio::test]
    async fn what_is_no_database_is_named() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("ledger.sqlite");
        std::fs::write(&path, "a shopping list, and long enough to be taken for one".repeat(40)).unwrap();
        let error = open(&path).await.unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("cannot open the ledger {}: file is not a database", path.display())
        );
    }
}
