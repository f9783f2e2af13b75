//! Servers that keep us waiting: a lock of another connection, a server that
//! stands still, one whose connections all break. Every wait has an end.

use std::process::Child;
use std::time::{Duration, Instant};

use servers::Server;

use crate::holder::Holder;
use crate::proxy::{Cut, Proxy};
use crate::said::Said;
use crate::server_cut::by_way_of;
use crate::workshop::{Engine, Workshop, signal, text, wait_for};

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

/// What a process says that ends after about so long.
fn said_after(child: Child, seconds: u64) -> Said {
    let begin = now();
    let shown = std::fs::read_to_string(format!("/proc/{}/cmdline", child.id())).unwrap();
    assert!(!shown.contains("pencil"), "the list of processes shows a password: {shown}");
    let output = child.wait_with_output().unwrap();
    let waited = begin.elapsed();
    let said = Said::by(&output, 10);
    // Other tests run at the same time: it may take longer.
    let usual = Duration::from_secs(seconds);
    assert!(waited > usual / 2 && waited < usual + Duration::from_secs(20), "{waited:?}: {said:?}");
    said
}

#[expect(clippy::disallowed_methods, reason = "how long a run waits is measured here")]
fn now() -> Instant {
    Instant::now()
}

/// A workshop with a code that lets people in.
fn with_code(engine: Engine) -> (Workshop, String) {
    let workshop = Workshop::with_journal(engine);
    let code = workshop.succeed(&["generate", "--space", "1", "-o", "code"]).trim().to_owned();
    (workshop, code)
}

/// What finds the connection that holds a lock, as the hint has it.
fn assert_found(workshop: &Workshop, said: Said, its_words: &str) {
    match workshop.engine() {
        Engine::Sqlite => {
            said.names("is locked by another process", "fuser FILE");
        }
        Engine::Postgres => {
            let found = workshop
                .database()
                .admin(said.names("another connection holds a lock", "find the connection: ").advice());
            assert!(found.contains(its_words), "{found}");
        }
        Engine::Mariadb | Engine::Mysql => {
            let said =
                said.names("another connection holds a lock", "find the connection: SHOW PROCESSLIST, or SELECT ");
            // A locked table needs no transaction: the second statement is for locked rows.
            let of_rows = usize::from(!its_words.starts_with("LOCK TABLES"));
            for statement in said.advice().split(", or ").take(1 + of_rows) {
                let found = workshop.database().admin(statement);
                assert!(!found.is_empty(), "{statement}");
            }
        }
    }
}

fn held_lock_times_out_with_hint(engine: Engine) {
    let (workshop, code) = with_code(engine);
    let holder = workshop.hold_the_invites();
    let said = said_after(workshop.start(&["use", &code, "--user", "u1", "--timeout", "6s"]), 6);
    assert_found(&workshop, said, "UPDATE invites SET uses = uses");
    holder.release();
    workshop.succeed(&["use", &code, "--user", "u1"]);
    assert_eq!(workshop.number("SELECT count(*) FROM invite_operations WHERE command = 'use'"), 1);
}

fn locked_table_times_out_with_hint(engine: Engine) {
    let workshop = Workshop::with_journal(engine);
    let words = match engine {
        Engine::Postgres => "BEGIN; LOCK TABLE invites IN ACCESS EXCLUSIVE MODE",
        _ => "LOCK TABLES invites WRITE",
    };
    let holder = Holder::of(engine, &workshop.url(), words);
    let said = said_after(workshop.start(&["list", "--timeout", "6s"]), 6);
    assert_found(&workshop, said, words);
    holder.release();
    workshop.succeed(&["list"]);
}

fn paused_server_times_out_with_hint(engine: Engine) {
    let server = Server::with_options(engine.kind(), &[]);
    let workshop = Workshop::migrated(server.create_database(), engine);
    server.pause();
    let said = said_after(workshop.start(&["list", "--timeout", "6s"]), 6)
        .names("no server answers at ", "check that the server");
    assert!(said.cause.is_some_and(|cause| cause.starts_with("no answer within ")));
    // Where there is another host, that one is asked next.
    let place = format!("127.0.0.1:{}", server.port());
    let both = workshop.url().replace(&place, &format!("{place},127.0.0.1:1"));
    let output = workshop.run_at(&both, &["list", "--timeout", "6s"]);
    let said = Said::by(&output, 10).names("no usable host in ", "that the servers are running");
    assert!(said.cause.is_some_and(|cause| cause.contains("no answer") && cause.contains("refused")));
    server.resume();
    workshop.succeed(&["list"]);
}

/// One of another kind, which waits for the client to speak first.
#[test]
#[ignore = "needs PostgreSQL: sh tests/run.sh"]
fn mysql_url_to_postgres_server_times_out() {
    let workshop = Workshop::without_tables(Engine::Postgres);
    let url = workshop.url().replace("postgres://", "mysql://");
    let child = workshop.command(&["list", "--timeout", "6s"]).env("INVITE_DATABASE_URL", url).spawn().unwrap();
    said_after(child, 6).names("no server answers at ", "check that the server");
}

/// Every connection breaks at the moment when a change would be stored.
fn repeatedly_lost_connection_times_out_with_hint(engine: Engine) {
    let (workshop, code) = with_code(engine);
    // As they put it; the isolation level, too, is named so.
    let commit = if engine == Engine::Postgres { "COMMIT\0" } else { "; COMMIT;" };
    let proxy = Proxy::before(engine.server().port(), Cut::Before(commit));
    let mut command = workshop.command(&["use", &code, "--user", "u1", "--timeout", "6s"]);
    let child = command.env("INVITE_DATABASE_URL", by_way_of(&proxy, &workshop)).spawn().unwrap();
    // Asking for the outcome of the last one may take longer than is left.
    said_after(child, 6).names("the connection to ", "again");
    workshop.wait_until_left();
    assert_eq!(workshop.number("SELECT count(*) FROM invite_members"), 0);
}

fn signal_ends_command_that_waits_for_lock(engine: Engine) {
    let (workshop, code) = with_code(engine);
    let holder = workshop.hold_the_invites();
    let child = workshop.start(&["use", &code, "--user", "u1"]);
    let waiting = match engine {
        // It holds the file open while it waits.
        Engine::Sqlite => None,
        Engine::Postgres => Some(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
        ),
        // Not innodb_trx: it is made anew only when nobody asked for it for a
        // tenth of a second, and several tests ask.
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
        Some(sql) => wait_for("the lock to be waited for", || workshop.number(sql) >= 1),
        None => wait_for("the file to be opened", || has_open(&child, "invite.db-wal")),
    }
    signal(&child, "INT");
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{}", text(&output.stderr));
    holder.release();
    workshop.wait_until_left();
    assert_eq!(workshop.number("SELECT count(*) FROM invite_members"), 0);
    workshop.succeed(&["use", &code, "--user", "u1"]);
}

fn has_open(child: &Child, name: &str) -> bool {
    let Ok(open) = std::fs::read_dir(format!("/proc/{}/fd", child.id())) else { return false };
    let mut files = open.filter_map(|entry| std::fs::read_link(entry.ok()?.path()).ok());
    files.any(|file| file.ends_with(name))
}

/// Each limit that follows from the timeout is one that the server takes.
fn timeouts_of_one_second_to_one_week_work(engine: Engine) {
    let (workshop, code) = with_code(engine);
    for timeout in ["1s", "24h", "7d"] {
        let user = format!("u{timeout}");
        workshop.succeed(&["use", &code, "--user", &user, "--timeout", timeout]);
        workshop.succeed(&["list", "--timeout", timeout]);
        let output = workshop.command(&["migrate"]).env("INVITE_TIMEOUT", timeout).output().unwrap();
        assert!(output.status.success(), "{timeout}: {}", text(&output.stderr));
    }
    assert_eq!(workshop.number("SELECT count(*) FROM invite_members"), 3);
}
