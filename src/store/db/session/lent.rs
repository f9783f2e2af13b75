//! The requirements of a redemption in a caller's transaction.
//!
//! The settings of the caller's connection are checked and not changed, since the caller's other
//! statements run with them. The exception is `synchronous_commit` of `PostgreSQL`, which can be set
//! for one transaction.

use sqlx::AssertSqlSafe;

use crate::error::{Error, Result};
use crate::store::db::row::Row;
use crate::store::db::session::handle::Session;
use crate::store::engine::Engine;
use crate::store::location::Location;

/// The savepoint of a redemption. A refusal rolls back to it.
const SAVEPOINT: &str = "SAVEPOINT invite_redemption";
const RELEASE: &str = "RELEASE SAVEPOINT invite_redemption";
const ROLL_BACK: &str = "ROLLBACK TO SAVEPOINT invite_redemption";

const OF_SQLITE: &str = "SELECT (SELECT file FROM pragma_database_list WHERE name = 'main') AS file, \
     (SELECT foreign_keys FROM pragma_foreign_keys) AS foreign_keys";

/// Acknowledged commits must be on disk. A setting that waits for standbys stays.
const OF_POSTGRES: &str = "SELECT current_setting('transaction_isolation') AS isolation, \
     current_database()::text AS name, current_setting('session_replication_role') AS replication_role, \
     (SELECT n.nspname::text FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace \
     WHERE c.oid = to_regclass('invites')) AS schema, \
     set_config('synchronous_commit', CASE current_setting('synchronous_commit') WHEN 'off' THEN 'on' \
     ELSE current_setting('synchronous_commit') END, true) AS synchronous_commit";

const OF_MYSQL: &str = "SHOW VARIABLES WHERE Variable_name IN ('transaction_isolation', 'tx_isolation', 'sql_mode', \
     'foreign_key_checks', 'unique_checks', 'check_constraint_checks', 'autocommit', 'wsrep_on', 'wsrep_sync_wait')";

/// Sets the savepoint that shows that the transaction on a node of a cluster is still the one that
/// the caller began. Fails if it is not.
const SAME_TRANSACTION: &str = "RELEASE SAVEPOINT invite_transaction; SAVEPOINT invite_transaction";

impl Session {
    /// Checks that the caller's transaction is one in which a redemption is safe, and sets the
    /// savepoint of the redemption.
    ///
    /// # Errors
    /// [`Error::Invalid`] with the setting and its required value.
    pub(crate) async fn begin_redemption(&mut self) -> Result<()> {
        match self.engine() {
            Engine::Sqlite => self.check_lent_file().await?,
            Engine::Postgres => self.check_lent_postgres().await?,
            Engine::Mysql => self.check_lent_mysql().await?,
        }
        self.run(SAVEPOINT).await.map_err(|failure| failure.error)
    }

    /// Ends the savepoint of the redemption and keeps its changes, or undoes them.
    pub(crate) async fn end_redemption(&mut self, keeps_changes: bool) -> Result<()> {
        if !keeps_changes {
            self.run(ROLL_BACK).await.map_err(|failure| failure.error)?;
        }
        // Fails on a node of a cluster that rolled the transaction back.
        self.run(RELEASE).await.map_err(|failure| failure.error)
    }

    async fn check_lent_file(&mut self) -> Result<()> {
        let row = self.single_row(OF_SQLITE).await?;
        let path = row.maybe_text("file")?.unwrap_or_default();
        if !self.pool.file().is_some_and(|file| file.is_at(path.as_ref())) {
            return Err(other_database());
        }
        require(row.int("foreign_keys")? == 1, "foreign_keys is OFF", "PRAGMA foreign_keys = ON")
    }

    async fn check_lent_postgres(&mut self) -> Result<()> {
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
        )
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
        let set = "run on every connection of your pool: SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED";
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
