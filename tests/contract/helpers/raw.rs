//! SQL on a connection that bypasses the library.

use chrono::{DateTime, Utc};
use invite::DatabaseFile;
use sqlx::mysql::{MySqlConnectOptions, MySqlSslMode};
use sqlx::postgres::{PgConnectOptions, PgSslMode};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, MySqlConnection, PgConnection, SqliteConnection};

use crate::cells::{Cell, Cells, FromCell, FromCells};
use crate::fixture::Engine;
use crate::migrations::TABLES;

/// Foreign keys: table, column, referenced table.
const REFERENCES: [(&str, &str, &str); 4] = [
    ("invite_members", "space_id", "invite_spaces"),
    ("invites", "space_id", "invite_spaces"),
    ("invite_uses", "invite_id", "invites"),
    ("invite_changes", "invite_id", "invites"),
];

/// A connection that bypasses the library.
pub enum Raw {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
    Mariadb(MySqlConnection),
    Mysql(MySqlConnection),
}

/// Runs the same code on the connection of any engine.
macro_rules! on {
    ($raw:expr, |$inner:ident| $body:expr) => {
        match $raw {
            Raw::Sqlite($inner) => $body,
            Raw::Postgres($inner) => $body,
            Raw::Mariadb($inner) | Raw::Mysql($inner) => $body,
        }
    };
}

impl Raw {
    pub async fn of_file(file: &DatabaseFile) -> Self {
        // Foreign keys are off, because tests also write rows that the library never writes.
        let options = SqliteConnectOptions::new().filename(file.path()).create_if_missing(true).foreign_keys(false);
        Raw::Sqlite(options.connect().await.unwrap())
    }

    /// Opens a connection to a server.
    pub async fn of_server(engine: Engine, url: &str) -> Self {
        let raw = if engine == Engine::Postgres {
            let options = url.parse::<PgConnectOptions>().unwrap().ssl_mode(PgSslMode::Disable);
            Raw::Postgres(options.connect().await.unwrap())
        } else {
            let options = url.parse::<MySqlConnectOptions>().unwrap().ssl_mode(MySqlSslMode::Disabled);
            let connection = options.connect().await.unwrap();
            if engine == Engine::Mysql { Raw::Mysql(connection) } else { Raw::Mariadb(connection) }
        };
        raw.in_utc().await
    }

    async fn in_utc(mut self) -> Self {
        match self {
            Raw::Sqlite(_) => {}
            Raw::Postgres(_) => self.run("SET TIME ZONE 'UTC'").await,
            Raw::Mariadb(_) | Raw::Mysql(_) => {
                self.run("SET time_zone = '+00:00', sql_mode = CONCAT(@@sql_mode, ',PIPES_AS_CONCAT')").await;
            }
        }
        self
    }

    pub fn engine(&self) -> Engine {
        match self {
            Raw::Sqlite(_) => Engine::Sqlite,
            Raw::Postgres(_) => Engine::Postgres,
            Raw::Mariadb(_) => Engine::Mariadb,
            Raw::Mysql(_) => Engine::Mysql,
        }
    }

    /// Runs one or more statements.
    pub async fn run(&mut self, sql: impl Into<String>) {
        let sql = sql.into();
        self.try_run(&sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
    }

    /// Runs one or more statements, and returns their error.
    pub async fn try_run(&mut self, sql: impl Into<String>) -> Result<(), sqlx::Error> {
        let query = sqlx::raw_sql(AssertSqlSafe(sql.into()));
        on!(self, |inner| query.execute(inner).await.map(|_| ()))
    }

    /// Returns the rows of a query as cells.
    pub async fn cells(&mut self, sql: impl Into<String>) -> Vec<Vec<Cell>> {
        let sql = sql.into();
        let query = sqlx::raw_sql(AssertSqlSafe(sql.clone()));
        let rows =
            on!(self, |inner| { query.fetch_all(inner).await.map(|rows| rows.iter().map(Cells::cells).collect()) });
        rows.unwrap_or_else(|error| panic!("{sql}: {error}"))
    }

    /// Returns the rows of a query.
    pub async fn rows<T: FromCells>(&mut self, sql: impl Into<String>) -> Vec<T> {
        self.cells(sql).await.into_iter().map(T::from_cells).collect()
    }

    async fn column<T: FromCell>(&mut self, sql: impl Into<String>) -> Vec<T> {
        self.rows::<(T,)>(sql).await.into_iter().map(|(value,)| value).collect()
    }

    async fn single_value<T: FromCell>(&mut self, sql: impl Into<String>) -> T {
        self.column(sql).await.into_iter().next().expect("the query gave no row")
    }

    /// Returns the number that a query selects.
    pub async fn number(&mut self, sql: impl Into<String>) -> i64 {
        self.single_value(sql).await
    }

    /// Returns the text that a query selects; `None` for null.
    pub async fn text(&mut self, sql: impl Into<String>) -> Option<String> {
        self.single_value(sql).await
    }

    /// Returns the texts that a query selects.
    pub async fn texts(&mut self, sql: impl Into<String>) -> Vec<String> {
        self.column(sql).await
    }

    /// Returns the number of rows of `TABLE` or `TABLE WHERE CONDITION`.
    pub async fn count(&mut self, table: &str) -> i64 {
        self.number(format!("SELECT count(*) FROM {table}")).await
    }

    /// Returns a time as an SQL literal of the engine.
    pub fn at(&self, instant: DateTime<Utc>) -> String {
        match self {
            Raw::Sqlite(_) => micros(instant).to_string(),
            Raw::Postgres(_) => instant.format("'%Y-%m-%d %H:%M:%S%.6f+00'").to_string(),
            Raw::Mariadb(_) | Raw::Mysql(_) => instant.format("'%Y-%m-%d %H:%M:%S%.6f'").to_string(),
        }
    }

    /// Returns the current time of the engine's clock.
    pub async fn now(&mut self) -> DateTime<Utc> {
        let clock = match self {
            Raw::Sqlite(_) => "CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER)",
            Raw::Postgres(_) => "clock_timestamp()",
            Raw::Mariadb(_) | Raw::Mysql(_) => "utc_timestamp(6)",
        };
        self.single_value(format!("SELECT {clock}")).await
    }

    /// Returns every row of every table as text. Equal dumps mean that nothing changed.
    pub async fn dump(&mut self) -> Vec<String> {
        let mut dump = Vec::new();
        for table in TABLES {
            let rows = self.cells(format!("SELECT * FROM {table}")).await;
            let mut rows: Vec<String> = rows.iter().map(|row| format!("{table}: {row:?}")).collect();
            rows.sort();
            dump.append(&mut rows);
        }
        dump
    }

    /// Asserts that counters, uses and limits agree, that only open invites hold slots, and that
    /// the engine reports no corruption.
    pub async fn check_integrity(&mut self) {
        if self.engine() == Engine::Sqlite {
            assert_eq!(self.texts("PRAGMA integrity_check").await, ["ok"]);
            assert_eq!(self.count("pragma_foreign_key_check").await, 0);
        }
        for (table, column, other) in REFERENCES {
            let orphans = format!("{table} WHERE {column} NOT IN (SELECT id FROM {other})");
            assert_eq!(self.count(&orphans).await, 0, "{table}.{column} references a missing row");
        }
        let miscounted = "invites AS i WHERE uses <> (SELECT count(*) FROM invite_uses WHERE invite_id = i.id)";
        assert_eq!(self.count(miscounted).await, 0, "a counter and its ledger differ");
        assert_eq!(self.count("invites WHERE uses > max_uses").await, 0, "a usage limit is exceeded");
        assert_eq!(self.count("invites WHERE closed_at IS NOT NULL AND slot IS NOT NULL").await, 0);
        let without_operation = "invites WHERE created_op NOT IN (SELECT id FROM invite_operations) \
             OR (closed_op IS NOT NULL AND closed_op NOT IN (SELECT id FROM invite_operations))";
        assert_eq!(self.count(without_operation).await, 0, "a change belongs to no operation");
        assert_eq!(self.count("invite_operations WHERE changed = 0").await, 0, "an operation changed nothing");
        let reopened = "invites WHERE closed_at IS NULL \
             AND space_id IN (SELECT id FROM invite_spaces WHERE removed_at IS NOT NULL)";
        assert_eq!(self.count(reopened).await, 0, "an invite of a removed space is open");
    }

    /// Makes the engine refuse the rows of an INSERT or UPDATE that match a condition on `NEW`.
    pub async fn refuse(&mut self, event: &str, table: &str, condition: &str) {
        let name = format!("refuse_{event}_{table}");
        let start = format!("CREATE TRIGGER {name} BEFORE {event} ON {table}");
        self.run(match self {
            Raw::Sqlite(_) => format!("{start} WHEN {condition} BEGIN SELECT RAISE(ABORT, 'unwanted'); END"),
            Raw::Postgres(_) => format!(
                "CREATE OR REPLACE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
                 RAISE 'unwanted' USING ERRCODE = 'check_violation', CONSTRAINT = 'unwanted'; END $$; \
                 {start} FOR EACH ROW WHEN ({condition}) EXECUTE FUNCTION refuse()"
            ),
            Raw::Mariadb(_) | Raw::Mysql(_) => format!(
                "{start} FOR EACH ROW IF {condition} THEN SIGNAL SQLSTATE '23000' SET MYSQL_ERRNO = 4025, \
                 MESSAGE_TEXT = 'CONSTRAINT `unwanted` failed'; END IF"
            ),
        })
        .await;
    }

    /// Removes the refusal.
    pub async fn refuse_no_more(&mut self, event: &str, table: &str) {
        let place = if self.engine() == Engine::Postgres { format!(" ON {table}") } else { String::new() };
        self.run(format!("DROP TRIGGER refuse_{event}_{table}{place}")).await;
    }

    /// Closes the connection.
    pub async fn close(self) {
        on!(self, |inner| inner.close().await).unwrap();
    }
}

/// Returns a time in microseconds, as the tables store it.
pub fn micros(instant: DateTime<Utc>) -> i64 {
    instant.timestamp_micros()
}
