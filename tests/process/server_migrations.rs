//! `migrate` waits while the server reports its statement as running, and at most `--timeout` for a
//! server that does not respond.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Output};
use std::time::{Duration, Instant};

use servers::Pooler;

use crate::error_output::ErrorOutput;
use crate::lock_holder::LockHolder;
use crate::migrations::TABLES;
use crate::proxy::{Cut, Proxy, Swallow};
use crate::sandbox::{Engine, Sandbox, succeeded, text, wait_for};
use crate::server_lost_connection::by_way_of;

every_server! {
    migration_waits_for_lock_beyond_timeout,
    signal_ends_migration_that_waits_for_lock,
    silent_server_ends_migration_within_timeout,
}

/// Start of the first statement of migration 16, which needs an exclusive table lock.
const ALTERS: &str = "ALTER TABLE invite_spaces";

/// Creates a sandbox in which the migrations from 16 on are pending.
fn behind(engine: Engine) -> Sandbox {
    let sandbox = Sandbox::with_container(engine);
    sandbox.revert_from(16);
    sandbox
}

/// Opens a connection that locks every table against changes.
fn hold_every_table(sandbox: &Sandbox) -> LockHolder {
    let words = match sandbox.engine() {
        Engine::Postgres => format!("BEGIN; LOCK TABLE {} IN ROW EXCLUSIVE MODE", TABLES.join(", ")),
        _ => format!("LOCK TABLES {} READ", TABLES.join(" READ, ")),
    };
    LockHolder::of(sandbox.engine(), &sandbox.url(), &words)
}

/// Reads the log of a process until a line contains this text.
fn logs_until(child: &mut Child, wanted: &str) -> BufReader<std::process::ChildStderr> {
    let mut log = BufReader::new(child.stderr.take().unwrap());
    let mut lines = String::new();
    while !lines.lines().last().unwrap_or_default().contains(wanted) {
        assert_ne!(log.read_line(&mut lines).unwrap(), 0, "no {wanted:?} in\n{lines}");
    }
    log
}

fn migration_waits_for_lock_beyond_timeout(engine: Engine) {
    let sandbox = behind(engine);
    let holder = hold_every_table(&sandbox);
    let mut child = sandbox.start(&["migrate", "--timeout", "2s", "-v"]);
    // The server refused the lock three times: more than twice the timeout has passed.
    let _log = logs_until(&mut child, "attempts=3");
    holder.release();
    assert!(child.wait().unwrap().success());
    succeeded(&sandbox.run(&["migrate", "--status"]));
    assert_eq!(sandbox.succeed(&["space", "list", "-o", "csv"]).lines().count(), 2);
}

fn signal_ends_migration_that_waits_for_lock(engine: Engine) {
    let sandbox = behind(engine);
    let holder = hold_every_table(&sandbox);
    let mut child = sandbox.start(&["migrate", "--timeout", "2s", "-v"]);
    let _log = logs_until(&mut child, "attempts=1");
    crate::sandbox::signal(&child, "INT");
    assert_eq!(child.wait().unwrap().code(), Some(130));
    holder.release();
    sandbox.wait_until_sessions_end();
    assert_eq!(sandbox.run(&["migrate", "--status"]).status.code(), Some(8));
    sandbox.succeed(&["migrate"]);
}

/// The server runs a statement of the migration without waiting for a lock.
#[test]
#[ignore = "needs PostgreSQL: sh tests/run.sh"]
fn migration_longer_than_timeout_completes() {
    let sandbox = behind(Engine::Postgres);
    sandbox.set(
        "CREATE TABLE finished (is_so boolean); GRANT SELECT ON finished TO PUBLIC; \
         CREATE FUNCTION wait_until_finished() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN \
         WHILE NOT EXISTS (SELECT 1 FROM finished) LOOP PERFORM pg_sleep(0.02); END LOOP; END $$; \
         CREATE EVENT TRIGGER waits ON ddl_command_start EXECUTE FUNCTION wait_until_finished()",
    );
    let child = sandbox.start(&["migrate", "--timeout", "1s"]);
    let runs = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND usename = 'invite' \
                AND state = 'active' AND wait_event_type <> 'Lock' AND query_start < now() - interval '4 seconds'";
    wait_for("a statement that runs for four times the timeout", || sandbox.number(runs) == 1);
    sandbox.set("INSERT INTO finished VALUES (true)");
    succeeded(&child.wait_with_output().unwrap());
    sandbox.set("DROP EVENT TRIGGER waits");
    succeeded(&sandbox.run(&["migrate", "--status"]));
}

fn silent_server_ends_migration_within_timeout(engine: Engine) {
    let sandbox = behind(engine);
    let swallow = Swallow { from: ALTERS, is_heard: true, is_everything: true };
    let proxy = Proxy::before(engine.server().port(), Cut::Swallow(swallow));
    let url = by_way_of(&proxy, &sandbox);
    let output = ended_within(Duration::from_secs(3), || sandbox.run_at(&url, &["migrate", "--timeout", "3s"]));
    ErrorOutput::parse(&output, 10).names("stopped answering", "run the same command again");
    sandbox.succeed(&["migrate"]);
    sandbox.succeed(&["space", "list"]);
}

/// A pooler hides the activity of the server.
#[test]
#[ignore = "needs PgBouncer: sh tests/run.sh"]
fn migration_through_pooler_is_limited_by_timeout() {
    let pooler = Pooler::before(servers::postgres(), 2);
    let sandbox = behind(Engine::Postgres);
    let holder = hold_every_table(&sandbox);
    let url = pooler.url(sandbox.database().name()) + "?sslmode=disable";
    let run = |timeout: &str| sandbox.run_at(&url, &["migrate", "--timeout", timeout]);
    let output = ended_within(Duration::from_secs(3), || run("3s"));
    ErrorOutput::parse(&output, 10).names("holds a lock in", "find the connection: ");
    holder.release();
    succeeded(&run("60s"));
}

/// Returns the output of a command that must end within its timeout, with a tolerance for slow
/// machines.
#[expect(clippy::disallowed_methods, reason = "measures the wait of a run")]
fn ended_within(timeout: Duration, run: impl FnOnce() -> Output) -> Output {
    let began = Instant::now();
    let output = run();
    let took = began.elapsed();
    assert!(took < timeout + Duration::from_secs(4), "{took:?}: {}", text(&output.stderr));
    output
}
