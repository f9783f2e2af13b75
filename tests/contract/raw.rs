//! The tables themselves, by a connection that the library knows nothing of.

use chrono::{DateTime, Utc};
use invite::actions::DatabaseFile;
use sqlx::sqlite::{SqliteConnectOptions, SqliteRow};
use sqlx::{AssertSqlSafe, ConnectOptions, FromRow, SqliteConnection};

/// Every table that a change can show in.
const TABLES: [&str; 8] = [
    "invite_spaces",
    "invite_users",
    "invite_members",
    "invite_operations",
    "invites",
    "invite_uses",
    "invite_changes",
    "invite_limits",
];

/// A connection of the test's own.
pub struct Raw(SqliteConnection);

impl Raw {
    pub async fn open(file: &DatabaseFile) -> Self {
        // Foreign keys are off: tests also write what the library never would.
        let options = SqliteConnectOptions::new().filename(file.path()).foreign_keys(false);
        Raw(options.connect().await.unwrap())
    }

    /// Runs a statement, or several.
    pub async fn run(&mut self, sql: impl Into<String>) {
        sqlx::raw_sql(AssertSqlSafe(sql.into())).execute(&mut self.0).await.unwrap();
    }

    /// The rows of a query.
    pub async fn rows<T>(&mut self, sql: impl Into<String>) -> Vec<T>
    where
        T: for<'r> FromRow<'r, SqliteRow> + Send + Unpin,
    {
        sqlx::query_as(AssertSqlSafe(sql.into())).fetch_all(&mut self.0).await.unwrap()
    }

    /// The number that a query answers.
    pub async fn number(&mut self, sql: impl Into<String>) -> i64 {
        sqlx::query_scalar(AssertSqlSafe(sql.into())).fetch_one(&mut self.0).await.unwrap()
    }

    /// The text that a query answers; none for null.
    pub async fn text(&mut self, sql: impl Into<String>) -> Option<String> {
        sqlx::query_scalar(AssertSqlSafe(sql.into())).fetch_one(&mut self.0).await.unwrap()
    }

    /// The texts that a query answers.
    pub async fn texts(&mut self, sql: impl Into<String>) -> Vec<String> {
        sqlx::query_scalar(AssertSqlSafe(sql.into())).fetch_all(&mut self.0).await.unwrap()
    }

    /// How many rows a table has, or those of it that a condition picks.
    pub async fn count(&mut self, table: &str) -> i64 {
        self.number(format!("SELECT count(*) FROM {table}")).await
    }

    /// Every row of every table, as text: equal dumps mean that nothing
    /// changed, not even in place.
    pub async fn dump(&mut self) -> Vec<String> {
        let mut dump = Vec::new();
        for table in TABLES {
            let columns = self.texts(format!("SELECT name FROM pragma_table_info('{table}')")).await;
            let row = columns.iter().map(|name| format!("quote({name})")).collect::<Vec<_>>().join(" || '|' || ");
            let mut rows = self.texts(format!("SELECT '{table}: ' || {row} FROM {table}")).await;
            rows.sort();
            dump.append(&mut rows);
        }
        dump
    }

    /// What must hold after whatever happened: the counter, the ledger and the
    /// limits agree, slots are held by live invites alone, and the engine finds
    /// nothing broken.
    pub async fn check_integrity(&mut self) {
        assert_eq!(self.texts("PRAGMA integrity_check").await, ["ok"]);
        assert_eq!(self.count("pragma_foreign_key_check").await, 0);
        let miscounted = "invites AS i WHERE uses <> (SELECT count(*) FROM invite_uses WHERE invite_id = i.id)";
        assert_eq!(self.count(miscounted).await, 0, "a counter and its ledger differ");
        assert_eq!(self.count("invites WHERE uses > max_uses").await, 0, "an invite is over-redeemed");
        assert_eq!(self.count("invites WHERE closed_at IS NOT NULL AND slot IS NOT NULL").await, 0);
        let strangers = "invites WHERE created_op NOT IN (SELECT id FROM invite_operations) \
             OR (closed_op IS NOT NULL AND closed_op NOT IN (SELECT id FROM invite_operations))";
        assert_eq!(self.count(strangers).await, 0, "a change belongs to no operation");
        assert_eq!(self.count("invite_operations WHERE changed = 0").await, 0, "an operation changed nothing");
    }
}

/// An instant as the tables hold it.
pub fn micros(instant: DateTime<Utc>) -> i64 {
    instant.timestamp_micros()
}
