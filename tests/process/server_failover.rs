//! Failover of PostgreSQL: the primary is killed and its synchronous standby promoted, with one URL
//! of both hosts.

use std::process::Output;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, ScopedJoinHandle};

use serde_json::Value;
use servers::Server;

use crate::error_output::ErrorOutput;
use crate::sandbox::{Engine, Sandbox, succeeded, text, wait_for};

mysql_family! {
    replica_of_mysql_family_in_url_of_two_hosts_is_not_read,
}

const SESSIONS: &str = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'invite'";

const COUNT: &str = "SELECT count(*) FROM invites";

/// Number of uses that are stored before the primary is killed.
const USES_BEFORE: i64 = 20;

/// Stops the workers after their next command when dropped.
struct End<'a>(&'a AtomicBool);

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

/// A command and its outcome.
struct Run {
    /// The user of a `use` or the note of a `generate`.
    name: String,
    output: Output,
}

impl Run {
    fn succeeded(&self) -> bool {
        self.output.status.success()
    }

    /// The output of a successful command.
    fn json(&self) -> Value {
        serde_json::from_slice(&self.output.stdout).unwrap()
    }

    /// True if a failed command reported an unknown outcome of its commit.
    fn is_unknown(&self) -> bool {
        let said: Value = serde_json::from_slice(&self.output.stderr).unwrap();
        said["error"]["outcome"] == "unknown"
    }
}

/// A timeout shorter than the promotion of the standby.
const SHORT: &str = "1s";
const USUAL: &str = "60s";

/// Repeats a command with new names until one that began after the promotion has ended; that one
/// has the usual timeout and must succeed.
fn run_until(promoted: &AtomicBool, timeout: &str, worker: &str, run: impl Fn(&str, &str) -> Output) -> Vec<Run> {
    let mut runs = Vec::new();
    loop {
        let is_last = promoted.load(Ordering::SeqCst);
        let name = format!("{worker}-{}", runs.len());
        let output = run(&name, if is_last { USUAL } else { timeout });
        let said = text(&output.stderr);
        let exit = output.status.code();
        assert!(exit == Some(0) || (exit == Some(10) && !is_last), "{name} ended with {exit:?}: {said}");
        runs.push(Run { name, output });
        if is_last {
            return runs;
        }
    }
}

/// Asserts that each successful run is stored once, and a failed one only if its outcome was
/// unknown. Returns the number of stored runs.
fn assert_stored(runs: &[Run], count: impl Fn(&str) -> i64) -> i64 {
    let mut stored = 0;
    for run in runs {
        let found = count(&run.name);
        assert!(found <= 1, "{} is stored {found} times", run.name);
        if run.succeeded() {
            assert_eq!(found, 1, "{} was acknowledged and is lost", run.name);
        } else if !run.is_unknown() {
            assert_eq!(found, 0, "{} was reported as not done: {}", run.name, text(&run.output.stderr));
        }
        stored += found;
    }
    stored
}

/// Kills the primary and promotes the standby; writes fail in between.
fn fail_over(sandbox: &Sandbox, url: &str, code: &str, primary: &Server, standby: &Server) {
    wait_for("the first uses", || sandbox.number("SELECT count(*) FROM invite_uses") >= USES_BEFORE);
    primary.kill9();
    wait_for("commands to arrive at the standby", || standby.admin(SESSIONS) != "0");
    let early = sandbox.run_at_with_short_timeout(url, &["use", code, "--user", "early"]);
    ErrorOutput::parse(&early, 10).hint();
    standby.promote();
}

#[test]
#[ignore = "needs PostgreSQL: sh tests/run.sh"]
fn failover_loses_and_duplicates_nothing() {
    let primary = Server::durable_postgres();
    let sandbox = Sandbox::migrated(primary.create_database(), Engine::Postgres);
    sandbox.add_container();
    let code = sandbox.succeed(&["generate", "--space", "1", "--note", "hot", "-o", "code"]).trim().to_owned();
    let database = sandbox.database().name();
    let standby = primary.synchronous_standby();
    let url = &primary.url_before(&standby, database);

    let promoted = AtomicBool::new(false);
    let run =
        |timeout: &str, args: &[&str]| sandbox.run_at(url, &[args, &["--timeout", timeout, "-o", "json"]].concat());
    let use_it = |user: &str, timeout: &str| run(timeout, &["use", &code, "--user", user]);
    let generate = |note: &str, timeout: &str| run(timeout, &["generate", "--space", "1", "--note", note]);
    let validate = |_: &str, timeout: &str| run(timeout, &["validate", &code]);
    let (uses, made, validated) = thread::scope(|scope| {
        let promoted = &promoted;
        let users = [("ann", USUAL), ("bob", USUAL), ("cid", SHORT), ("dan", SHORT)]
            .map(|(user, timeout)| scope.spawn(move || run_until(promoted, timeout, user, use_it)));
        let made = [("one", USUAL), ("two", SHORT)]
            .map(|(note, timeout)| scope.spawn(move || run_until(promoted, timeout, note, generate)));
        let validated = scope.spawn(move || run_until(promoted, USUAL, "look", validate));
        // A failed assertion must stop the workers.
        let end = End(promoted);
        fail_over(&sandbox, url, &code, &primary, &standby);
        drop(end);
        let all = |workers: Vec<ScopedJoinHandle<'_, Vec<Run>>>| -> Vec<Run> {
            workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
        };
        (all(users.into()), all(made.into()), validated.join().unwrap())
    });

    let number = |sql: &str| standby.admin_in(database, sql).parse::<i64>().unwrap();
    let stored = assert_stored(&uses, |user| {
        let rows = number(&format!("SELECT count(*) FROM invite_uses WHERE user_id = '{user}'"));
        assert_eq!(number(&format!("SELECT count(*) FROM invite_members WHERE user_id = '{user}'")), rows, "{user}");
        rows
    });
    for counted in ["SELECT max(uses) FROM invites", "SELECT count(*) FROM invite_uses"] {
        assert_eq!(number(counted), stored, "{counted}");
    }
    let stored = assert_stored(&made, |note| number(&format!("SELECT count(*) FROM invites WHERE note = '{note}'")));
    assert_eq!(number("SELECT count(*) FROM invites WHERE note <> 'hot'"), stored);
    assert_all_true(&uses, &made, &validated, |code| {
        number(&format!("SELECT count(*) FROM invites WHERE code = '{code}'"))
    });
    // A timed out command can be repeated, whatever its outcome.
    let failed: Vec<&Run> = uses.iter().filter(|run| !run.succeeded()).collect();
    assert!(!failed.is_empty(), "no command met the failover with a short timeout");
    for run in failed {
        let name = &run.name;
        let stored = number(&format!("SELECT count(*) FROM invite_uses WHERE user_id = '{name}'"));
        let again: Value = serde_json::from_str(&succeeded(&use_it(name, USUAL))).unwrap();
        assert_eq!(again["repeated"], stored == 1, "{again}");
    }
    let listed = succeeded(&sandbox.run_at(url, &["member", "list", "1", "-o", "csv", "--all"]));
    let members = number("SELECT count(*) FROM invite_members");
    assert_eq!(i64::try_from(listed.lines().count()).unwrap(), members + 1);
}

/// Returns the outputs of the successful commands.
fn assert_all_true(uses: &[Run], made: &[Run], validated: &[Run], count: impl Fn(&str) -> i64) {
    for run in uses.iter().filter(|run| run.succeeded()) {
        assert_eq!(run.json()["repeated"], false, "{}", run.json());
    }
    for run in made.iter().filter(|run| run.succeeded()) {
        let code = run.json()["invites"][0]["code"].as_str().unwrap().to_owned();
        assert_eq!(count(&code), 1, "{} printed {code}", run.name);
    }
    for run in validated.iter().filter(|run| run.succeeded()) {
        assert_eq!(run.json()["is_valid"], true, "{}", run.json());
    }
}

#[test]
#[ignore = "needs PostgreSQL: sh tests/run.sh"]
fn lagging_standby_gives_no_outdated_answer() {
    let primary = Server::durable_postgres();
    let sandbox = Sandbox::migrated(primary.create_database(), Engine::Postgres);
    sandbox.add_container();
    let code = sandbox.succeed(&["generate", "--space", "1", "-o", "code"]).trim().to_owned();
    let standby = primary.synchronous_standby();
    let url = &primary.url_before(&standby, sandbox.database().name());
    let validate = ["validate", &code];
    wait_for("the standby to follow", || standby.admin_in(sandbox.database().name(), COUNT) == "1");

    // The standby stores the primary's write-ahead log but does not replay it.
    standby.admin("SELECT pg_wal_replay_pause()");
    succeeded(&sandbox.run_at(url, &["revoke", &code, "--yes"]));
    primary.kill9();
    // On a busy machine the timeout may end during the connection.
    wait_for("the reason", || {
        ErrorOutput::parse(&sandbox.run_at_with_short_timeout(url, &validate), 10).error.contains("has the latest data")
    });

    standby.admin("SELECT pg_wal_replay_resume()");
    let output = sandbox.run_at(url, &validate);
    assert_eq!(output.status.code(), Some(4), "{}", text(&output.stdout));
    assert!(text(&output.stdout).contains("revoked"), "{}", text(&output.stdout));
}

/// It restores from an archive and does not know what else the primary has acknowledged.
#[test]
#[ignore = "needs PostgreSQL: sh tests/run.sh"]
fn standby_without_replication_is_not_read() {
    let primary = Server::durable_postgres();
    let sandbox = Sandbox::migrated(primary.create_database(), Engine::Postgres);
    sandbox.add_container();
    let code = sandbox.succeed(&["generate", "--space", "1", "-o", "code"]).trim().to_owned();
    let standby = primary.synchronous_standby();
    let name = sandbox.database().name();
    let url = &primary.url_before(&standby, name);
    wait_for("the standby to follow", || standby.admin_in(name, COUNT) == "1");
    primary.kill9();
    let validate = ["validate", &code];
    succeeded(&sandbox.run_at(url, &validate));

    standby.admin("ALTER SYSTEM SET primary_conninfo = ''");
    standby.stop();
    standby.start();
    // On a busy machine the timeout may end during the connection.
    wait_for("the reason", || {
        let said = ErrorOutput::parse(&sandbox.run_at_with_short_timeout(url, &validate), 10);
        said.cause.is_some_and(|cause| cause.contains("has not received data from a primary server"))
    });
    // A URL of this host only, as in the hint.
    succeeded(&sandbox.run_at(&standby.url(name), &validate));
    standby.promote();
    succeeded(&sandbox.run_at(url, &validate));
    succeeded(&sandbox.run_at(url, &["use", &code, "--user", "ann"]));
}

/// Accounts of MariaDB and MySQL cannot see the replication status.
fn replica_of_mysql_family_in_url_of_two_hosts_is_not_read(engine: Engine) {
    let [primary, replica] = [(); 2].map(|()| Server::with_options(engine.kind(), &[]));
    let sandbox = Sandbox::migrated(primary.create_database(), engine);
    let name = sandbox.database().name();
    replica.admin(&format!("CREATE DATABASE {name}"));
    succeeded(&sandbox.run_at(&replica.url(name), &["migrate"]));
    replica.admin("SET GLOBAL read_only = 1");
    let url = &replica.url_before(&primary, name);
    succeeded(&sandbox.run_at(url, &["list"]));
    primary.kill9();
    wait_for("the reason", || {
        ErrorOutput::parse(&sandbox.run_at_with_short_timeout(url, &["list"]), 10)
            .error
            .contains("is known to have the latest data")
    });
    succeeded(&sandbox.run_at(&replica.url(name), &["list"]));
}
