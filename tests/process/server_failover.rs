//! The binary while the primary of two `PostgreSQL` servers is killed and its synchronous standby is
//! promoted, with one URL that names both hosts.

use std::process::Output;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, ScopedJoinHandle};

use serde_json::Value;
use servers::Server;

use crate::said::Said;
use crate::workshop::{Engine, Workshop, succeeded, text, wait_for};

mysql_family! {
    replica_of_mysql_family_is_not_read_beside_others,
}

const SESSIONS: &str = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'invite'";

const COUNT: &str = "SELECT count(*) FROM invites";

/// The uses that are stored before the primary is killed.
const USES_BEFORE: i64 = 20;

/// Tells the workers, when it is dropped, that the next command is their last.
struct End<'a>(&'a AtomicBool);

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

/// A command, and what came of it.
struct Run {
    /// The user of a `use`, the note of a `generate`.
    name: String,
    output: Output,
}

impl Run {
    fn succeeded(&self) -> bool {
        self.output.status.success()
    }

    /// What a command that succeeded printed.
    fn json(&self) -> Value {
        serde_json::from_slice(&self.output.stdout).unwrap()
    }

    /// Whether a command that failed said that it does not know what became of its commit.
    fn is_unknown(&self) -> bool {
        let said: Value = serde_json::from_slice(&self.output.stderr).unwrap();
        said["error"]["outcome"] == "unknown"
    }
}

/// A timeout that ends before the standby is promoted.
const SHORT: &str = "1s";
const USUAL: &str = "60s";

/// Runs a command with another name each time, until one that began after the standby was
/// promoted has ended; that one has the usual timeout, and has to succeed.
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

/// Each run that succeeded is stored once, and each that failed is not, or is one whose outcome is
/// unknown. Answers how many are stored.
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

/// Kills the primary and promotes the standby; in between, nothing can be written.
fn fail_over(workshop: &Workshop, url: &str, code: &str, primary: &Server, standby: &Server) {
    wait_for("the first uses", || workshop.number("SELECT count(*) FROM invite_uses") >= USES_BEFORE);
    primary.kill9();
    wait_for("commands to arrive at the standby", || standby.admin(SESSIONS) != "0");
    let early = workshop.run_briefly_at(url, &["use", code, "--user", "early"]);
    Said::by(&early, 10).hint();
    standby.promote();
}

#[test]
#[ignore = "needs PostgreSQL: sh tests/run.sh"]
fn failover_loses_and_duplicates_nothing() {
    let primary = Server::durable_postgres();
    let workshop = Workshop::migrated(primary.create_database(), Engine::Postgres);
    workshop.add_journal();
    let code = workshop.succeed(&["generate", "--space", "1", "--note", "hot", "-o", "code"]).trim().to_owned();
    let database = workshop.database().name();
    let standby = primary.synchronous_standby();
    let url = &primary.url_before(&standby, database);

    let promoted = AtomicBool::new(false);
    let run =
        |timeout: &str, args: &[&str]| workshop.run_at(url, &[args, &["--timeout", timeout, "-o", "json"]].concat());
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
        // A failure must not leave the workers running.
        let end = End(promoted);
        fail_over(&workshop, url, &code, &primary, &standby);
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
    // A command whose timeout ran out can be run again, whatever became of it.
    let failed: Vec<&Run> = uses.iter().filter(|run| !run.succeeded()).collect();
    assert!(!failed.is_empty(), "no command met the failover with a short timeout");
    for run in failed {
        let name = &run.name;
        let stored = number(&format!("SELECT count(*) FROM invite_uses WHERE user_id = '{name}'"));
        let again: Value = serde_json::from_str(&succeeded(&use_it(name, USUAL))).unwrap();
        assert_eq!(again["repeated"], stored == 1, "{again}");
    }
    let listed = succeeded(&workshop.run_at(url, &["member", "list", "1", "-o", "csv", "--all"]));
    let members = number("SELECT count(*) FROM invite_members");
    assert_eq!(i64::try_from(listed.lines().count()).unwrap(), members + 1);
}

/// What the commands that succeeded printed.
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
    let workshop = Workshop::migrated(primary.create_database(), Engine::Postgres);
    workshop.add_journal();
    let code = workshop.succeed(&["generate", "--space", "1", "-o", "code"]).trim().to_owned();
    let standby = primary.synchronous_standby();
    let url = &primary.url_before(&standby, workshop.database().name());
    let validate = ["validate", &code];
    wait_for("the standby to follow", || standby.admin_in(workshop.database().name(), COUNT) == "1");

    // It stores what the primary acknowledges, and does not show it.
    standby.admin("SELECT pg_wal_replay_pause()");
    succeeded(&workshop.run_at(url, &["revoke", &code, "--yes"]));
    primary.kill9();
    // Where the machine is busy, the timeout may end while it connects.
    wait_for("the reason", || {
        Said::by(&workshop.run_briefly_at(url, &validate), 10).error.contains("has the latest data")
    });

    standby.admin("SELECT pg_wal_replay_resume()");
    let output = workshop.run_at(url, &validate);
    assert_eq!(output.status.code(), Some(4), "{}", text(&output.stdout));
    assert!(text(&output.stdout).contains("revoked"), "{}", text(&output.stdout));
}

/// It reads an archive, and does not know what else the primary has acknowledged.
#[test]
#[ignore = "needs PostgreSQL: sh tests/run.sh"]
fn standby_without_replication_is_not_read() {
    let primary = Server::durable_postgres();
    let workshop = Workshop::migrated(primary.create_database(), Engine::Postgres);
    workshop.add_journal();
    let code = workshop.succeed(&["generate", "--space", "1", "-o", "code"]).trim().to_owned();
    let standby = primary.synchronous_standby();
    let name = workshop.database().name();
    let url = &primary.url_before(&standby, name);
    wait_for("the standby to follow", || standby.admin_in(name, COUNT) == "1");
    primary.kill9();
    let validate = ["validate", &code];
    succeeded(&workshop.run_at(url, &validate));

    standby.admin("ALTER SYSTEM SET primary_conninfo = ''");
    standby.stop();
    standby.start();
    // Where the machine is busy, the timeout may end while it connects.
    wait_for("the reason", || {
        let said = Said::by(&workshop.run_briefly_at(url, &validate), 10);
        said.cause.is_some_and(|cause| cause.contains("has not received data from a primary server"))
    });
    // A URL of this host alone, as the hint says.
    succeeded(&workshop.run_at(&standby.url(name), &validate));
    standby.promote();
    succeeded(&workshop.run_at(url, &validate));
    succeeded(&workshop.run_at(url, &["use", &code, "--user", "ann"]));
}

/// Their accounts do not see what a replica has received.
fn replica_of_mysql_family_is_not_read_beside_others(engine: Engine) {
    let [primary, replica] = [(); 2].map(|()| Server::with_options(engine.kind(), &[]));
    let workshop = Workshop::migrated(primary.create_database(), engine);
    let name = workshop.database().name();
    replica.admin(&format!("CREATE DATABASE {name}"));
    succeeded(&workshop.run_at(&replica.url(name), &["migrate"]));
    replica.admin("SET GLOBAL read_only = 1");
    let url = &replica.url_before(&primary, name);
    succeeded(&workshop.run_at(url, &["list"]));
    primary.kill9();
    wait_for("the reason", || {
        Said::by(&workshop.run_briefly_at(url, &["list"]), 10).error.contains("is known to have the latest data")
    });
    succeeded(&workshop.run_at(&replica.url(name), &["list"]));
}
