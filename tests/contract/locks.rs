//! Locks that the tool waits for, and queries that find the waiting connections.

use std::time::Duration;

use uuid::Uuid;

use crate::fixture::{Engine, Fixture};
use crate::helpers::raw::Raw;

/// Timeout for a wait of the tool to become visible.
const PATIENCE: Duration = Duration::from_secs(10);

/// Selects the threads of `MySQL` that wait for a row or table lock.
const WAITS_ON_MYSQL: &str = "AND (EXISTS (SELECT 1 FROM performance_schema.data_lock_waits AS w \
     WHERE w.requesting_thread_id = t.thread_id) OR EXISTS (SELECT 1 FROM performance_schema.metadata_locks AS m \
     WHERE m.owner_thread_id = t.thread_id AND m.lock_status = 'PENDING'))";

/// A connection that holds a lock until it is released.
pub struct Holder(Raw);

impl Holder {
    /// Begins a transaction and runs statements in it.
    pub async fn holding(fixture: &Fixture, statements: &[String]) -> Self {
        let mut raw = fixture.raw().await;
        raw.run("BEGIN").await;
        for statement in statements {
            raw.run(statement).await;
        }
        Holder(raw)
    }

    /// Locks a table against writes.
    pub async fn of_table(fixture: &Fixture, table: &str) -> Self {
        Holder::locking(fixture, table, ["SHARE", "READ"]).await
    }

    /// Locks a table against reads and writes.
    pub async fn of_whole_table(fixture: &Fixture, table: &str) -> Self {
        Holder::locking(fixture, table, ["ACCESS EXCLUSIVE", "WRITE"]).await
    }

    async fn locking(fixture: &Fixture, table: &str, [of_postgres, of_mariadb]: [&str; 2]) -> Self {
        let mut raw = fixture.raw().await;
        match fixture.engine() {
            Engine::Sqlite => panic!("a file has no tables to lock"),
            Engine::Postgres => raw.run(format!("BEGIN; LOCK TABLE {table} IN {of_postgres} MODE")).await,
            Engine::Mariadb | Engine::Mysql => raw.run(format!("LOCK TABLES {table} {of_mariadb}")).await,
        }
        Holder(raw)
    }

    /// Runs a statement that a deadlock may roll back: the engine chooses the victim.
    pub async fn run_or_be_ended(&mut self, sql: impl Into<String>) {
        let _ended_by_a_deadlock = self.0.try_run(sql).await;
    }

    /// Commits.
    pub async fn commit(mut self) {
        self.0.run("COMMIT").await;
        self.0.close().await;
    }

    /// Rolls back.
    pub async fn let_go(mut self) {
        let unlock = if self.0.engine().is_mysql_family() { "; UNLOCK TABLES" } else { "" };
        self.0.run(format!("ROLLBACK{unlock}")).await;
        self.0.close().await;
    }
}

/// Returns a statement that locks the row of an invite.
pub fn lock_of(invite: Uuid) -> String {
    format!("SELECT id FROM invites WHERE id = '{invite}' FOR UPDATE")
}

/// Returns the server's IDs of the tool's connections to a database: those that wait for a lock, or
/// all.
pub async fn connections(admin: &mut Raw, fixture: &Fixture, waiting: bool) -> Vec<i64> {
    let (name, user) = (fixture.database().name(), servers::USER);
    let sql = match fixture.engine() {
        Engine::Sqlite => panic!("a file has no connections"),
        Engine::Postgres => {
            let waiting = if waiting { "AND wait_event_type = 'Lock'" } else { "" };
            format!("SELECT pid FROM pg_stat_activity WHERE datname = '{name}' AND usename = '{user}' {waiting}")
        }
        Engine::Mariadb => {
            // No statement of the tests takes this long.
            let waiting = if waiting { "AND command IN ('Query', 'Execute') AND time_ms > 200" } else { "" };
            format!("SELECT id FROM information_schema.processlist WHERE db = '{name}' AND user = '{user}' {waiting}")
        }
        Engine::Mysql => {
            let waiting = if waiting { WAITS_ON_MYSQL } else { "" };
            format!(
                "SELECT processlist_id FROM performance_schema.threads AS t \
                 WHERE processlist_db = '{name}' AND processlist_user = '{user}' {waiting}"
            )
        }
    };
    admin.rows::<(i64,)>(sql).await.into_iter().map(|(number,)| number).collect()
}

/// Waits for a connection of the tool that waits for a lock, and returns its ID.
pub async fn waiting(admin: &mut Raw, fixture: &Fixture) -> i64 {
    let found = async {
        loop {
            if let Some(number) = connections(admin, fixture, true).await.first() {
                return *number;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, found).await.expect("the tool waits for nothing")
}

/// Kills a connection as an administrator; ignores one that has ended.
pub async fn kill(admin: &mut Raw, number: i64) {
    let _ = match admin.engine() {
        Engine::Sqlite => panic!("a file has no connections"),
        Engine::Postgres => admin.try_run(format!("SELECT pg_terminate_backend({number})")).await,
        Engine::Mariadb | Engine::Mysql => admin.try_run(format!("KILL {number}")).await,
    };
}

/// Kills all connections of the tool repeatedly. With growing pauses, long statements succeed
/// eventually.
pub async fn kill_connections_repeatedly(fixture: &Fixture, growth: u32) {
    let mut admin = fixture.database().admin().await;
    for turn in 0_u32.. {
        for number in connections(&mut admin, fixture, false).await {
            kill(&mut admin, number).await;
        }
        tokio::time::sleep(Duration::from_millis(150) * (1 + growth * turn)).await;
    }
}
