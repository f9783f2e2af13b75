//! The requirements of a redemption in a caller's transaction.
//!
//! The settings of the caller's connection are checked and not changed, since the caller's other
//! statements run with them. The exceptions are on `PostgreSQL`: `synchronous_commit` is set for the
//! transaction, and `lock_timeout` during the redemption.

use std::sync::Arc;

use sqlx::AssertSqlSafe;
use tokio::time::Instant;

use crate::error::{Error, Result};
use crate::store::db::connection::Connection;
use crate::store::db::host_state::HostState;
use crate::store::db::lent_connection::LentConnection;
use crate::store::db::options::Deadline;
use crate::store::db::pool::Pool;
use crate::store::db::row::Row;
use crate::store::db::session::handle::Session;
use crate::store::engine::Engine;
use crate::store::errors::{DbError, ErrorClass};
use crate::store::location::Location;

const SAVEPOINT: &str = "SAVEPOINT invite_redemption";
const RELEASE: &str = "RELEASE SAVEPOINT invite_redemption";
const ROLL_BACK: &str = "ROLLBACK TO SAVEPOINT invite_redemption";

/// Sets the savepoint on `MariaDB` and `MySQL`, which ignore the first statement outside of a
/// transaction; then the second one fails.
const SAVEPOINT_IN_TRANSACTION: &str =
    "SAVEPOINT invite_redemption; RELEASE SAVEPOINT invite_redemption; SAVEPOINT invite_redemption";

const OF_SQLITE: &str = "SELECT (SELECT file FROM pragma_database_list WHERE name = 'main') AS file, \
     (SELECT foreign_keys FROM pragma_foreign_keys) AS foreign_keys";

/// Acknowledged commits must be on disk. A setting that waits for standbys stays.
const OF_POSTGRES: &str = "SELECT current_setting('transaction_isolation') AS isolation, \
     current_database()::text AS name, current_setting('session_replication_role') AS replication_role, \
     (SELECT n.nspname::text FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace \
     WHERE c.oid = to_regclass('invites')) AS schema, \
     (EXTRACT(epoch FROM current_setting('lock_timeout')::interval) * 1000)::bigint AS lock_timeout, \
     set_config('synchronous_commit', CASE current_setting('synchronous_commit') WHEN 'off' THEN 'on' \
     ELSE current_setting('synchronous_commit') END, true) AS synchronous_commit";

const OF_MYSQL: &str = "SHOW VARIABLES WHERE Variable_name IN ('transaction_isolation', 'tx_isolation', 'sql_mode', \
     'foreign_key_checks', 'unique_checks', 'check_constraint_checks', 'autocommit', 'wsrep_on', 'wsrep_sync_wait')";

/// Releases the caller's savepoint and sets it again, which fails if the node of a cluster has rolled
/// the caller's transaction back.
const SAME_TRANSACTION: &str = "RELEASE SAVEPOINT invite_transaction; SAVEPOINT invite_transaction";

/// What ends with the redemption, although the transaction continues.
#[derive(Default)]
pub(crate) struct LentSettings {
    /// The `lock_timeout` of the caller on `PostgreSQL` in milliseconds, if the redemption needs a
    /// shorter one.
    lock_timeout: Option<i64>,
}

impl Session {
    /// Creates a session on a connection that a caller lent, inside the caller's transaction. When
    /// it is dropped, nothing is rolled back or returned to the pool.
    pub(crate) fn lent(pool: Arc<Pool>, connection: LentConnection, step: i64) -> Self {
        let (state, deadline) = (HostState::outside_pool(), Deadline::moving(pool.timeouts()));
        Session {
            connection: Some(Connection::Lent(connection)),
            pool,
            state,
            is_main: false,
            log: None,
            step,
            recorded: None,
            first_failure: None,
            is_dry_run: false,
            in_transaction: true,
            server_id: 0,
            deadline,
            answered_at: Instant::now(),
            is_busy: false,
            permits: Vec::new(),
        }
    }

    /// Checks that the caller's transaction is one in which a redemption is safe.
    ///
    /// # Errors
    /// [`Error::Invalid`] with the setting and its required value.
    pub(crate) async fn check_lent(&mut self) -> Result<LentSettings> {
        match self.engine() {
            Engine::Sqlite => self.check_lent_file().await?,
            Engine::Postgres => return self.check_lent_postgres().await,
            Engine::Mysql => self.check_lent_mysql().await?,
        }
        Ok(LentSettings::default())
    }

    /// Sets the savepoint to which a refusal or an error rolls back.
    ///
    /// # Errors
    /// [`Error::Invalid`] if the transaction has ended without the caller's driver knowing it.
    pub(crate) async fn set_savepoint(&mut self, settings: &LentSettings) -> Result<()> {
        match (self.engine(), settings.lock_timeout) {
            (Engine::Mysql, _) => {
                let set = self.run(SAVEPOINT_IN_TRANSACTION).await;
                return set.map_err(|failure| self.transaction_ended(failure));
            }
            (_, Some(_)) => {
                // An error of the server comes first, and a rollback to the savepoint ends the setting.
                let limit = self.pool.timeouts().lock().as_millis();
                // Safe: the text consists of constants and a number.
                self.run(AssertSqlSafe(format!("{SAVEPOINT}; SET LOCAL lock_timeout = {limit}"))).await
            }
            (_, None) => self.run(SAVEPOINT).await,
        }
        .map_err(|failure| failure.error)
    }

    /// Undoes what the redemption wrote.
    pub(crate) async fn roll_back_to_savepoint(&mut self) -> Result<()> {
        self.run(ROLL_BACK).await.map_err(|failure| failure.error)
    }

    /// Releases the savepoint. Fails on a node of a cluster that rolled the transaction back.
    pub(crate) async fn release_savepoint(&mut self, settings: &LentSettings) -> Result<()> {
        match settings.lock_timeout {
            // Safe: the text consists of constants and a number.
            Some(limit) => self.run(AssertSqlSafe(format!("SET LOCAL lock_timeout = {limit}; {RELEASE}"))).await,
            None => self.run(RELEASE).await,
        }
        .map_err(|failure| failure.error)
    }

    /// Undoes a redemption that failed, in case that the caller commits its transaction after all.
    /// Does nothing if the transaction has ended.
    pub(crate) async fn abandon_redemption(&mut self) {
        let failure = self.first_failure;
        let _ = self.roll_back_to_savepoint().await;
        let _ = self.run(RELEASE).await;
        self.first_failure = failure;
    }

    /// Returns the error for a savepoint that could not be set.
    fn transaction_ended(&mut self, failure: DbError) -> Error {
        // A missing savepoint has this class.
        if failure.class != ErrorClass::Retryable {
            return failure.error;
        }
        self.first_failure = Some(ErrorClass::Permanent);
        Error::invalid("the transaction of the connection has ended")
            .with_hint("statements such as CREATE TABLE commit it: run them before the transaction")
    }

    async fn check_lent_file(&mut self) -> Result<()> {
        let row = self.single_row(OF_SQLITE).await?;
        let path = row.maybe_text("file")?.unwrap_or_default();
        if !self.pool.file().is_some_and(|file| file.is_at(path.as_ref())) {
            return Err(other_database());
        }
        require(row.int("foreign_keys")? == 1, "foreign_keys is OFF", "PRAGMA foreign_keys = ON")
    }

    async fn check_lent_postgres(&mut self) -> Result<LentSettings> {
        let row = self.single_row(OF_POSTGRES).await?;
        let Location::Server(server) = self.pool.location() else { return Err(other_database()) };
        if row.text("name")? != server.database() {
            return Err(other_database());
        }
        let found = row.maybe_text("schema")?;
        let is_in_schema = match (server.schema(), &found) {
            (Some(wanted), Some(found)) => wanted.as_str() == found,
            (wanted, found) => wanted.is_none() && found.is_some(),
        };
        if !is_in_schema {
            let schema = server.schema().map_or("public", |schema| schema.as_str());
            return Err(Error::invalid("the search_path of the connection does not find the tables of invite")
                .with_hint(format!("set the search_path of the connections of your pool, first {schema}")));
        }
        let isolation = row.text("isolation")?;
        require_read_committed(
            &isolation.to_uppercase(),
            "begin the transaction with: BEGIN ISOLATION LEVEL READ COMMITTED",
        )?;
        require(
            row.text("replication_role")? != "replica",
            "session_replication_role does not check foreign keys",
            "SET session_replication_role = origin",
        )?;
        let limit = i64::try_from(self.pool.timeouts().lock().as_millis()).unwrap_or(i64::MAX);
        let lock_timeout = row.int("lock_timeout")?;
        Ok(LentSettings { lock_timeout: (lock_timeout == 0 || lock_timeout > limit).then_some(lock_timeout) })
    }

    async fn check_lent_mysql(&mut self) -> Result<()> {
        let Location::Server(server) = self.pool.location() else { return Err(other_database()) };
        let wanted = server.database().to_owned();
        let name = self.single_row("SELECT DATABASE() AS name").await?.maybe_text("name")?;
        if name.as_deref() != Some(wanted.as_str()) {
            return Err(other_database());
        }
        let rows = self.fetch_unprepared(OF_MYSQL).await?;
        let mut variables = Vec::with_capacity(rows.len());
        for row in &rows {
            variables.push((row.text("Variable_name")?, row.text("Value")?));
        }
        let value = |name: &str| variables.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
        let isolation = value("transaction_isolation").or(value("tx_isolation")).unwrap_or_default();
        let set = "run on every connection of your pool, before a transaction begins: SET SESSION TRANSACTION ISOLATION \
                   LEVEL READ COMMITTED";
        require_read_committed(&isolation.replace('-', " "), set)?;
        let is_strict = value("sql_mode").is_some_and(|mode| mode.contains("STRICT_"));
        require(is_strict, "sql_mode is not strict", "SET SESSION sql_mode = 'STRICT_ALL_TABLES'")?;
        for name in ["foreign_key_checks", "unique_checks", "check_constraint_checks"] {
            let is_on = value(name).is_none_or(|value| value == "ON");
            require(is_on, &format!("{name} is OFF"), &format!("SET SESSION {name} = ON"))?;
        }
        if value("wsrep_on") != Some("ON") {
            return Ok(());
        }
        let sync_wait: u32 = value("wsrep_sync_wait").and_then(|value| value.parse().ok()).unwrap_or_default();
        require(
            sync_wait & 7 == 7,
            "wsrep_sync_wait does not wait for the changes of the other nodes",
            "SET SESSION wsrep_sync_wait = 7",
        )?;
        // A node that rolls a transaction back may not report it. With autocommit, the next
        // statements would then be committed alone.
        require(value("autocommit") == Some("OFF"), "autocommit is ON", "SET SESSION autocommit = 0")?;
        self.run(SAME_TRANSACTION).await.map_err(|_| {
            Error::invalid(
                "the node of the cluster has rolled the transaction back, or it has no savepoint invite_transaction",
            )
            .with_hint(
                "begin each transaction with SAVEPOINT invite_transaction, and commit it with RELEASE SAVEPOINT \
                     invite_transaction; COMMIT",
            )
            .of_retryable_transaction()
        })
    }

    async fn single_row(&mut self, sql: &'static str) -> Result<Row> {
        let row = self.fetch_unprepared(sql).await?.pop();
        row.ok_or_else(|| Error::database("the database did not report its settings"))
    }

    /// Sets the wait for the lock of a file to its usual limit, after it was changed.
    pub(crate) async fn restore_file_lock_timeout(&mut self) -> Result<()> {
        let milliseconds = self.pool.timeouts().file_lock().as_millis();
        // Safe: the text consists of a constant and a number.
        let sql = AssertSqlSafe(format!("PRAGMA busy_timeout = {milliseconds}"));
        let restored = self.run(sql).await.map_err(|failure| failure.error);
        if restored.is_err() {
            self.discard();
        }
        restored
    }
}

fn other_database() -> Error {
    Error::invalid("the connection belongs to another database than the service")
}

fn require_read_committed(isolation: &str, hint: &str) -> Result<()> {
    if isolation == "READ COMMITTED" {
        return Ok(());
    }
    let message = format!("the transaction has the isolation level {isolation}; a redemption requires READ COMMITTED");
    Err(Error::invalid(message).with_hint(hint))
}

fn require(holds: bool, what: &str, statement: &str) -> Result<()> {
    if holds {
        return Ok(());
    }
    Err(Error::invalid(format!("{what} on the connection, which a redemption does not allow"))
        .with_hint(format!("run on every connection of your pool: {statement}")))
}
