//! Waits for locks, paused servers and lost connections: every wait ends.

use std::process::Child;
use std::time::{Duration, Instant};

use servers::Server;

use crate::error_output::ErrorOutput;
use crate::lock_holder::LockHolder;
use crate::proxy::{Cut, Proxy};
use crate::sandbox::{Engine, Sandbox, signal, text, wait_for};
use crate::server_lost_connection::by_way_of;

every_engine! {
    signal_ends_command_that_waits_for_lock,
    timeouts_of_one_second_to_one_week_work,
    held_lock_times_out_with_hint,
}

every_server! {
    locked_table_times_out_with_hint,
    paused_server_times_out_with_hint,
    repeatedly_lost_connection_times_out_with_hint,
}

/// Returns the error output of a process, and asserts that it exits after about `seconds`.
fn said_after(child: Child, seconds: u64) -> ErrorOutput {
    let begin = now();
    let shown = std::fs::read_to_string(format!("/proc/{}/cmdline", child.id())).unwrap();
    assert!(!shown.contains("pencil"), "the list of processes shows a password: {shown}");
    let output = child.wait_with_output().unwrap();
    let waited = begin.elapsed();
    let said = ErrorOutput::parse(&output, 10);
    // Other tests run concurrently, so it may take longer.
    let usual = Duration::from_secs(seconds);
    assert!(waited > usual / 2 && waited < usual + Duration::from_secs(20), "{waited:?}: {said:?}");
    said
}

#[expect(clippy::disallowed_methods, reason = "measures the wait of a run")]
fn now() -> Instant {
    Instant::now()
}

/// Returns a sandbox with a valid code.
fn with_code(engine: Engine) -> (Sandbox, String) {
    let sandbox = Sandbox::with_container(engine);
    let code = sandbox.succeed(&["generate", "--space", "1", "-o", "code"]).trim().to_owned();
    (sandbox, code)
}

/// Asserts that the statement of the hint finds the connection that holds a lock.
fn assert_found(sandbox: &Sandbox, said: ErrorOutput, its_words: &str) {
    match sandbox.engine() {
        Engine::Sqlite => {
            said.names("is locked by another process", "fuser FILE");
        }
        Engine::Postgres => {
            let found = sandbox
                .database()
                .admin(said.names("another connection holds a lock", "find the connection: ").suggested_command());
            assert!(found.contains(its_words), "{found}");
        }
        Engine::Mariadb | Engine::Mysql => {
            let said =
                said.names("another connection holds a lock", "find the connection: SHOW PROCESSLIST, or SELECT ");
            // A table lock needs no transaction: the second statement finds row locks.
            let of_rows = usize::from(!its_words.starts_with("LOCK TABLES"));
            for statement in said.suggested_command().split(", or ").take(1 + of_rows) {
                let found = sandbox.database().admin(statement);
                assert!(!found.is_empty(), "{statement}");
            }
        }
    }
}

fn held_lock_times_out_with_hint(engine: Engine) {
    let (sandbox, code) = with_code(engine);
    let holder = sandbox.lock_invites();
    let said = said_after(sandbox.start(&["use", &code, "--user", "u1", "--timeout", "6s"]), 6);
    assert_found(&sandbox, said, "UPDATE invites SET uses = uses");
    holder.release();
    sandbox.succeed(&["use", &code, "--user", "u1"]);
    assert_eq!(sandbox.number("SELECT count(*) FROM invite_operations WHERE command = 'use'"), 1);
}

fn locked_table_times_out_with_hint(engine: Engine) {
    let sandbox = Sandbox::with_container(engine);
    let words = match engine {
        Engine::Postgres => "BEGIN; LOCK TABLE invites IN ACCESS EXCLUSIVE MODE",
        _ => "LOCK TABLES invites WRITE",
    };
    let holder = LockHolder::of(engine, &sandbox.url(), words);
    let said = said_after(sandbox.start(&["list", "--timeout", "6s"]), 6);
    assert_found(&sandbox, said, words);
    holder.release();
    sandbox.succeed(&["list"]);
}

fn paused_server_times_out_with_hint(engine: Engine) {
    let server = Server::with_options(engine.kind(), &[]);
    let sandbox = Sandbox::migrated(server.create_database(), engine);
    server.pause();
    let said = said_after(sandbox.start(&["list", "--timeout", "6s"]), 6)
        .names("no server answers at ", "check that the server");
    assert!(said.cause.is_some_and(|cause| cause.starts_with("no answer within ")));
    // The next host of the URL is tried.
    let place = format!("127.0.0.1:{}", server.port());
    let both = sandbox.url().replace(&place, &format!("{place},127.0.0.1:1"));
    let output = sandbox.run_at(&both, &["list", "--timeout", "6s"]);
    let said = ErrorOutput::parse(&output, 10).names("no usable host in ", "that the servers are running");
    assert!(said.cause.is_some_and(|cause| cause.contains("no answer") && cause.contains("refused")));
    server.resume();
    sandbox.succeed(&["list"]);
}

/// A PostgreSQL server waits for the client to send first.
#[test]
#[ignore = "needs PostgreSQL: sh tests/run.sh"]
fn wrong_scheme_for_postgres_server_times_out() {
    let sandbox = Sandbox::without_tables(Engine::Postgres);
    let url = sandbox.url().replace("postgres://", "mysql://");
    let child = sandbox.command(&["list", "--timeout", "6s"]).env("INVITE_DATABASE_URL", url).spawn().unwrap();
    said_after(child, 6).names("no server answers at ", "check that the server");
}

/// Every connection breaks at COMMIT.
fn repeatedly_lost_connection_times_out_with_hint(engine: Engine) {
    let (sandbox, code) = with_code(engine);
    // The exact COMMIT message, because READ COMMITTED contains the word too.
    let commit = if engine == Engine::Postgres { "COMMIT\0" } else { "; COMMIT;" };
    let proxy = Proxy::before(engine.server().port(), Cut::Before(commit));
    let mut command = sandbox.command(&["use", &code, "--user", "u1", "--timeout", "6s"]);
    let child = command.env("INVITE_DATABASE_URL", by_way_of(&proxy, &sandbox)).spawn().unwrap();
    // Looking up the outcome of the last attempt may exceed the timeout.
    said_after(child, 6).names("the connection to ", "again");
    sandbox.wait_until_sessions_end();
    assert_eq!(sandbox.number("SELECT count(*) FROM invite_members"), 0);
}

fn signal_ends_command_that_waits_for_lock(engine: Engine) {
    let (sandbox, code) = with_code(engine);
    let holder = sandbox.lock_invites();
    let child = sandbox.start(&["use", &code, "--user", "u1"]);
    let waiting = match engine {
        // The command has the file open while it waits.
        Engine::Sqlite => None,
        Engine::Postgres => Some(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
        ),
        // Not innodb_trx, which is cached while queries are less than 0.1 s apart.
        Engine::Mariadb => Some(
            "SELECT count(*) FROM information_schema.processlist WHERE db = database() AND user = 'invite' AND command \
             IN ('Query', 'Execute') AND time_ms > 200",
        ),
        Engine::Mysql => Some(
            "SELECT count(*) FROM performance_schema.data_lock_waits AS w JOIN performance_schema.threads AS t \
             ON t.thread_id = w.requesting_thread_id WHERE t.processlist_db = database()",
        ),
    };
    match waiting {
        Some(sql) => wait_for("the lock to be waited for", || sandbox.number(sql) >= 1),
        None => wait_for("the file to be opened", || has_open(&child, "invite.db-wal")),
    }
    signal(&child, "INT");
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{}", text(&output.stderr));
    holder.release();
    sandbox.wait_until_sessions_end();
    assert_eq!(sandbox.number("SELECT count(*) FROM invite_members"), 0);
    sandbox.succeed(&["use", &code, "--user", "u1"]);
}

fn has_open(child: &Child, name: &str) -> bool {
    let Ok(open) = std::fs::read_dir(format!("/proc/{}/fd", child.id())) else { return false };
    let mut files = open.filter_map(|entry| std::fs::read_link(entry.ok()?.path()).ok());
    files.any(|file| file.ends_with(name))
}

/// The server accepts every limit that is derived from the timeout.
fn timeouts_of_one_second_to_one_week_work(engine: Engine) {
    let (sandbox, code) = with_code(engine);
    for timeout in ["1s", "24h", "7d"] {
        let user = format!("u{timeout}");
        sandbox.succeed(&["use", &code, "--user", &user, "--timeout", timeout]);
        sandbox.succeed(&["list", "--timeout", timeout]);
        let output = sandbox.command(&["migrate"]).env("INVITE_TIMEOUT", timeout).output().unwrap();
        assert!(output.status.success(), "{timeout}: {}", text(&output.stderr));
    }
    assert_eq!(sandbox.number("SELECT count(*) FROM invite_members"), 3);
}
