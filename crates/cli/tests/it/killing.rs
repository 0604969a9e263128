//! Kills a command at a certain entry of its ledger. The command is the released one, and knows nothing of this: the ledger gets a
//! trigger that never comes to an end, so the command stands still with everything done that comes before the entry, and the entry not
//! written.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use ledger::{Address, Entry, Filter, Ledger, RunRecord};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection, SqliteConnection};
use tokio::runtime::Runtime;

/// A ledger that commands write to, seen by the test.
pub(crate) struct Watched {
    path: PathBuf,
    runtime: Runtime,
}

/// How a command ended that was to be killed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// By SIGKILL, at the entry.
    Killed,
    /// By itself, since it wrote fewer entries.
    Exit(Option<i32>),
}

impl Watched {
    /// Makes the ledger, where there is none yet.
    pub(crate) fn new(path: PathBuf) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(Ledger::open(&Address::file(&path))).unwrap();
        Self { path, runtime }
    }

    /// Runs the command until it is about to write entry `number`, counted over all runs from 0, and kills it there.
    pub(crate) fn kill_at(&self, number: usize, command: &mut Command) -> End {
        self.set_trap(number);
        let mut child =
            command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let end = self.wait_until_trapped(number, &mut child);
        // SIGKILL: no handler runs, and nothing is put back.
        child.kill().unwrap();
        let status = child.wait().unwrap();
        self.remove_trap();
        end.unwrap_or_else(|| End::Exit(status.code()))
    }

    fn wait_until_trapped(&self, number: usize, child: &mut Child) -> Option<End> {
        const LONG: Duration = Duration::from_millis(150);
        let begun = Instant::now();
        let mut busy_since = None;
        while child.try_wait().unwrap().is_none() {
            assert!(begun.elapsed() < Duration::from_secs(120), "entry {number} is not reached");
            if self.count() == number && self.is_busy() {
                if busy_since.get_or_insert_with(Instant::now).elapsed() > LONG {
                    return Some(End::Killed);
                }
            } else {
                busy_since = None;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        None
    }

    fn set_trap(&self, number: usize) {
        self.execute(&format!(
            "CREATE VIEW without_end AS
                WITH RECURSIVE counted(number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM counted)
                SELECT number FROM counted;
             CREATE TRIGGER trap BEFORE INSERT ON entry WHEN (SELECT count(*) FROM entry) = {number}
                BEGIN SELECT count(*) FROM without_end; END"
        ));
    }

    fn remove_trap(&self) {
        self.execute("DROP TRIGGER trap; DROP VIEW without_end");
    }

    /// Writes an entry as the command would have done, and stops there.
    pub(crate) fn append(&self, like: &Entry) {
        self.runtime.block_on(async {
            let mut file = self.connect(Duration::from_secs(30)).await;
            let run: String = sqlx::query_scalar("SELECT id FROM run WHERE outcome IS NULL")
                .fetch_one(&mut file)
                .await
                .unwrap();
            sqlx::query(
                "INSERT INTO entry (run, number, at, holder, name, body) \
                 SELECT id, entries, 0, 'test', $1, $2 FROM run WHERE id = $3",
            )
            .bind(&like.name)
            .bind(&like.body)
            .bind(&run)
            .execute(&mut file)
            .await
            .unwrap();
            sqlx::query("UPDATE run SET entries = entries + 1 WHERE id = $1")
                .bind(&run)
                .execute(&mut file)
                .await
                .unwrap();
            file.close().await.unwrap();
        });
    }

    /// Lets the open run be somebody else's.
    pub(crate) fn pretend_holder(&self, name: &str) {
        self.execute(&format!("UPDATE run SET holder = '{name}' WHERE outcome IS NULL"));
    }

    fn execute(&self, sql: &str) {
        self.runtime.block_on(async {
            let mut file = self.connect(Duration::from_secs(30)).await;
            sqlx::raw_sql(sqlx::AssertSqlSafe(sql.to_owned())).execute(&mut file).await.unwrap();
            file.close().await.unwrap();
        });
    }

    async fn connect(&self, patience: Duration) -> SqliteConnection {
        let options = SqliteConnectOptions::new().filename(&self.path).busy_timeout(patience);
        SqliteConnection::connect_with(&options).await.unwrap()
    }

    /// How many entries there are, over all runs.
    pub(crate) fn count(&self) -> usize {
        let count: i64 = self.runtime.block_on(async {
            let mut file = self.connect(Duration::from_secs(30)).await;
            sqlx::query_scalar("SELECT count(*) FROM entry").fetch_one(&mut file).await.unwrap()
        });
        usize::try_from(count).unwrap()
    }

    fn is_busy(&self) -> bool {
        self.runtime.block_on(async {
            let mut file = self.connect(Duration::ZERO).await;
            sqlx::raw_sql("BEGIN IMMEDIATE; ROLLBACK").execute(&mut file).await.is_err()
        })
    }

    pub(crate) fn runs(&self) -> Vec<RunRecord> {
        self.runtime.block_on(async {
            let ledger = Ledger::open(&Address::file(&self.path)).await.unwrap();
            ledger.runs(&Filter::default()).await.unwrap()
        })
    }

    pub(crate) fn entries(&self, run: &RunRecord) -> Vec<Entry> {
        self.runtime.block_on(async {
            let ledger = Ledger::open(&Address::file(&self.path)).await.unwrap();
            ledger.entries(run.id).await.unwrap()
        })
    }
}
