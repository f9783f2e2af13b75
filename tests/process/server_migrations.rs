//! `migrate` waits as long as the server shows its statement as running, and no
//! longer than `--timeout` for a server that shows nothing.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Output};
use std::time::{Duration, Instant};

use servers::Pooler;

use crate::holder::Holder;
use crate::proxy::{Cut, Proxy, Swallow};
use crate::said::Said;
use crate::server_cut::by_way_of;
use crate::workshop::{Engine, Workshop, succeeded, text, wait_for};

every_server! {
    migration_waits_for_lock_beyond_timeout,
    signal_ends_migration_that_waits_for_lock,
    silent_server_ends_migration_within_timeout,
}

const TABLES: [&str; 8] = [
    "invites",
    "invite_changes",
    "invite_limits",
    "invite_members",
    "invite_operations",
    "invite_spaces",
    "invite_users",
    "invite_uses",
];

/// The first statement of migration 16 begins with this; it needs the table for itself.
const ALTERS: &str = "ALTER TABLE invite_spaces";

/// Takes migration 18 back.
const FORMER_NAMES: &str = "ALTER TABLE invite_operations RENAME COLUMN actor TO acting_as; \
     ALTER TABLE invite_operations RENAME COLUMN operator TO actor";

/// A workshop in which the migrations from 16 on are pending.
fn behind(engine: Engine) -> Workshop {
    let workshop = Workshop::with_journal(engine);
    workshop.database().admin(FORMER_NAMES);
    workshop.database().admin("DROP VIEW invite_overview");
    workshop
        .database()
        .admin(&format!("{ALTERS} DROP COLUMN removed_at, DROP COLUMN removed_op, DROP COLUMN purge_op"));
    workshop.database().admin("DELETE FROM invite_migrations WHERE version >= 16");
    workshop
}

/// Another connection that keeps every table from being changed.
fn hold_every_table(workshop: &Workshop) -> Holder {
    let words = match workshop.engine() {
        Engine::Postgres => format!("BEGIN; LOCK TABLE {} IN ROW EXCLUSIVE MODE", TABLES.join(", ")),
        _ => format!("LOCK TABLES {} READ", TABLES.join(" READ, ")),
    };
    Holder::of(workshop.engine(), &workshop.url(), &words)
}

/// Reads what a process logs until a line holds this text.
fn logs_until(child: &mut Child, wanted: &str) -> BufReader<std::process::ChildStderr> {
    let mut log = BufReader::new(child.stderr.take().unwrap());
    let mut lines = String::new();
    while !lines.lines().last().unwrap_or_default().contains(wanted) {
        assert_ne!(log.read_line(&mut lines).unwrap(), 0, "no {wanted:?} in\n{lines}");
    }
    log
}

fn migration_waits_for_lock_beyond_timeout(engine: Engine) {
    let workshop = behind(engine);
    let holder = hold_every_table(&workshop);
    let mut child = workshop.start(&["migrate", "--timeout", "2s", "-v"]);
    // The server refused the lock three times: more than twice the timeout has passed.
    let _log = logs_until(&mut child, "tries=3");
    holder.release();
    assert!(child.wait().unwrap().success());
    succeeded(&workshop.run(&["migrate", "--status"]));
    assert_eq!(workshop.succeed(&["space", "list", "-o", "csv"]).lines().count(), 2);
}

fn signal_ends_migration_that_waits_for_lock(engine: Engine) {
    let workshop = behind(engine);
    let holder = hold_every_table(&workshop);
    let mut child = workshop.start(&["migrate", "--timeout", "2s", "-v"]);
    let _log = logs_until(&mut child, "tries=1");
    crate::workshop::signal(&child, "INT");
    assert_eq!(child.wait().unwrap().code(), Some(130));
    holder.release();
    workshop.wait_until_left();
    assert_eq!(workshop.run(&["migrate", "--status"]).status.code(), Some(8));
    workshop.succeed(&["migrate"]);
}

/// The server runs a statement of the migration, and waits for no lock.
#[test]
#[ignore = "needs PostgreSQL: sh tests/run.sh"]
fn migration_longer_than_timeout_completes() {
    let workshop = behind(Engine::Postgres);
    workshop.set(
        "CREATE TABLE finished (is_so boolean); GRANT SELECT ON finished TO PUBLIC; \
         CREATE FUNCTION wait_until_finished() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN \
         WHILE NOT EXISTS (SELECT 1 FROM finished) LOOP PERFORM pg_sleep(0.02); END LOOP; END $$; \
         CREATE EVENT TRIGGER waits ON ddl_command_start EXECUTE FUNCTION wait_until_finished()",
    );
    let child = workshop.start(&["migrate", "--timeout", "1s"]);
    let runs = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND usename = 'invite' \
                AND state = 'active' AND wait_event_type <> 'Lock' AND query_start < now() - interval '4 seconds'";
    wait_for("a statement that runs for four times the timeout", || workshop.number(runs) == 1);
    workshop.set("INSERT INTO finished VALUES (true)");
    succeeded(&child.wait_with_output().unwrap());
    workshop.set("DROP EVENT TRIGGER waits");
    succeeded(&workshop.run(&["migrate", "--status"]));
}

fn silent_server_ends_migration_within_timeout(engine: Engine) {
    let workshop = behind(engine);
    let swallow = Swallow { from: ALTERS, is_heard: true, is_everything: true };
    let proxy = Proxy::before(engine.server().port(), Cut::Swallow(swallow));
    let url = by_way_of(&proxy, &workshop);
    let output = ended_within(Duration::from_secs(3), || workshop.run_at(&url, &["migrate", "--timeout", "3s"]));
    Said::by(&output, 10).names("stopped answering", "run the same command again");
    workshop.succeed(&["migrate"]);
    workshop.succeed(&["space", "list"]);
}

/// A pooler hides what the server does for a client.
#[test]
#[ignore = "needs PgBouncer: sh tests/run.sh"]
fn migration_through_pooler_is_limited_by_timeout() {
    let pooler = Pooler::before(servers::postgres(), 2);
    let workshop = behind(Engine::Postgres);
    let holder = hold_every_table(&workshop);
    let url = pooler.url(workshop.database().name()) + "?sslmode=disable";
    let run = |timeout: &str| workshop.run_at(&url, &["migrate", "--timeout", timeout]);
    let output = ended_within(Duration::from_secs(3), || run("3s"));
    Said::by(&output, 10).names("holds a lock in", "find the connection: ");
    holder.release();
    succeeded(&run("60s"));
}

/// What a command said, which must end within its timeout; the machine that runs
/// the test may be slow.
#[expect(clippy::disallowed_methods, reason = "how long a run waits is measured here")]
fn ended_within(timeout: Duration, run: impl FnOnce() -> Output) -> Output {
    let began = Instant::now();
    let output = run();
    let took = began.elapsed();
    assert!(took < timeout + Duration::from_secs(4), "{took:?}: {}", text(&output.stderr));
    output
}
