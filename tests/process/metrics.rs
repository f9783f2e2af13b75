//! The metrics of a cleanup, as a collector of another account finds them.

use std::fs::{self, File};
use std::io::Read as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::Duration;

use crate::said::Said;
use crate::workshop::{Engine, Workshop, signal, succeeded, text, wait_for};

every_engine! {
    runs_are_counted_in_metrics,
}

/// A cleanup that writes its metrics.
fn clean(workshop: &Workshop, file: &Path, more: &[&str]) -> Output {
    workshop.command(&["cleanup", "-q", "--metrics-file", file.to_str().unwrap()]).args(more).output().unwrap()
}

/// A file of metrics in a folder of its own.
fn metrics_file(workshop: &Workshop) -> PathBuf {
    fs::create_dir(workshop.path("metrics")).unwrap();
    workshop.path("metrics/invite.prom")
}

/// A sample of a whole file.
fn sample(file: &Path, name: &str) -> Option<String> {
    let text = fs::read_to_string(file).unwrap();
    assert!(text.ends_with('\n'), "{text}");
    let found = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    found.map(str::to_owned)
}

fn number(file: &Path, name: &str) -> u64 {
    sample(file, name).unwrap_or_else(|| panic!("no {name}")).parse().unwrap()
}

const SUCCEEDED: &str = "invite_cleanup_runs_total{result=\"success\"}";
const FAILED: &str = "invite_cleanup_runs_total{result=\"failure\"}";
const EXPIRED: &str = "invite_cleanup_closed_total{reason=\"expired\"}";
const LAST: &str = "invite_cleanup_last_run_success";
const LAST_SUCCESS: &str = "invite_cleanup_last_success_timestamp_seconds";

fn runs_are_counted_in_metrics(engine: Engine) {
    let workshop = Workshop::with_journal(engine);
    let file = metrics_file(&workshop);
    for span in ["1h", "2d", "8d", "never"] {
        workshop.succeed(&["generate", "--space", "1", "--expires-in", span]);
    }
    assert_eq!(succeeded(&clean(&workshop, &file, &[])), "");
    let counts = |file: &Path| [EXPIRED, SUCCEEDED, FAILED, LAST].map(|name| number(file, name));
    let living =
        |file: &Path| ["invite_live_invites", "invite_live_invites_ending_soon"].map(|name| sample(file, name));
    assert_eq!(counts(&file), [0, 1, 0, 1]);
    assert_eq!(living(&file), [Some("4".into()), Some("2".into())]);

    workshop.set("UPDATE invites SET expires_at = created_at WHERE expires_at IS NOT NULL");
    succeeded(&clean(&workshop, &file, &[]));
    assert_eq!(counts(&file), [3, 2, 0, 1]);
    assert_eq!(living(&file), [Some("1".into()), Some("0".into())]);
    let success = number(&file, LAST_SUCCESS);

    // Whoever forgot --yes is told by the alert, too.
    workshop.succeed(&["generate", "--space", "1", "--expires-in", "1h"]);
    let purge = ["--purge-after", "1d"];
    workshop.set(&format!("UPDATE invites SET closed_at = {} WHERE closed_at IS NOT NULL", days_ago(engine)));
    let refused = clean(&workshop, &file, &purge);
    assert_eq!(refused.status.code(), Some(2), "{}", text(&refused.stderr));
    assert_eq!(counts(&file), [3, 2, 1, 0]);
    assert_eq!((number(&file, LAST_SUCCESS), living(&file)), (success, [None, None]));

    succeeded(&clean(&workshop, &file, &["--purge-after", "1d", "--yes"]));
    assert_eq!((counts(&file), number(&file, "invite_cleanup_purged_total")), ([3, 3, 1, 1], 3));
    assert!(number(&file, LAST_SUCCESS) >= success);
}

/// An instant three days ago, as each engine writes it.
fn days_ago(engine: Engine) -> &'static str {
    match engine {
        Engine::Sqlite => "created_at - 3 * 86400000000",
        Engine::Postgres => "created_at - interval '3 days'",
        Engine::Mariadb | Engine::Mysql => "created_at - INTERVAL 3 DAY",
    }
}

#[test]
fn missing_database_is_recorded_as_failed_run() {
    let workshop = Workshop::with_journal(Engine::Sqlite);
    let file = metrics_file(&workshop);
    succeeded(&clean(&workshop, &file, &[]));
    let success = number(&file, LAST_SUCCESS);
    let missing = format!("sqlite://{}", workshop.path("missing.db").display());
    let output = clean(&workshop, &file, &["--database-url", &missing]);
    assert_ne!(output.status.code(), Some(0));
    assert_eq!([SUCCEEDED, FAILED, LAST].map(|name| number(&file, name)), [1, 1, 0]);
    assert_eq!((number(&file, LAST_SUCCESS), sample(&file, "invite_live_invites")), (success, None));
}

/// Another account collects, whatever the umask of the service is.
#[test]
fn metrics_file_is_readable_by_all() {
    let workshop = Workshop::with_journal(Engine::Sqlite);
    let file = metrics_file(&workshop);
    let line = format!("umask 077; exec {} cleanup -q --metrics-file {}", env!("CARGO_BIN_EXE_invite"), file.display());
    let mut command = Command::new("sh");
    command.args(["-c", &line]).env_clear().env("HOME", workshop.path("")).env("XDG_DATA_HOME", workshop.path(""));
    succeeded(&command.output().unwrap());
    // So that its runs can wait for those of this one, too.
    for written in [file, workshop.path("metrics/.invite.prom.lock")] {
        assert_eq!(fs::metadata(written).unwrap().permissions().mode() & 0o7777, 0o644);
    }
}

#[test]
fn unwritable_metrics_file_is_refused_before_any_change() {
    let workshop = Workshop::with_journal(Engine::Sqlite);
    workshop.succeed(&["generate", "--space", "1", "--expires-in", "1h"]);
    workshop.set("UPDATE invites SET expires_at = created_at");
    for (place, exit) in [("nowhere/invite.prom", 2), ("", 2), ("/proc/invite.prom", 1)] {
        let output = clean(&workshop, &workshop.path(place), &[]);
        assert_eq!(output.status.code(), Some(exit), "{}", text(&output.stderr));
        assert!(text(&output.stderr).starts_with("error: "), "{}", text(&output.stderr));
    }
    // One letter off, and the metrics of another tool are meant.
    let other = workshop.path("node.prom");
    fs::write(&other, "node_load1 0.5\n").unwrap();
    Said::by(&clean(&workshop, &other, &[]), 2).names("contains no metrics of invite cleanup", "name a new file");
    assert_eq!(fs::read_to_string(&other).unwrap(), "node_load1 0.5\n");
    assert_eq!(workshop.number("SELECT count(*) FROM invites WHERE closed_at IS NULL"), 1);
    let both = workshop.run(&["cleanup", "--dry-run", "--metrics-file", "invite.prom"]);
    assert_eq!(both.status.code(), Some(2));
}

/// A disk that has no room for the file: the cleanup is done and reported all
/// the same.
#[test]
#[ignore = "needs PostgreSQL: sh tests/run.sh"]
fn metrics_write_error_is_reported_after_the_report() {
    let workshop = Workshop::with_journal(Engine::Postgres);
    workshop.succeed(&["generate", "--space", "1", "--expires-in", "1h"]);
    workshop.set("UPDATE invites SET expires_at = created_at");
    let file = metrics_file(&workshop);
    let command = format!("{} cleanup --metrics-file {}", env!("CARGO_BIN_EXE_invite"), file.display());
    let mut limited = Command::new("sh");
    limited.args(["-c", &format!("trap '' XFSZ; ulimit -f 1; exec {command}")]).env_clear();
    let output = limited.env("INVITE_DATABASE_URL", workshop.url_in_clear()).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    assert_eq!(text(&output.stdout), "closed: 1 expired, 0 used up\n");
    assert!(text(&output.stderr).contains("cannot write the metrics file "), "{}", text(&output.stderr));
    assert_eq!(workshop.number("SELECT count(*) FROM invites WHERE closed_at IS NULL"), 0);
    assert!(text(&output.stderr).ends_with("hint: the cleanup itself is complete\n"), "{}", text(&output.stderr));
    assert!(!file.exists(), "nothing is left behind");
}

/// How many connections wait for a lock in `PostgreSQL`.
const WAITING: &str =
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";

/// A signal and a folder that went away: the exit code is the signal's, and
/// nobody says that the cleanup is done.
#[test]
#[ignore = "needs PostgreSQL: sh tests/run.sh"]
fn interrupted_run_exits_as_such_without_metrics() {
    let workshop = Workshop::with_journal(Engine::Postgres);
    workshop.succeed(&["generate", "--space", "1", "--count", "500", "--expires-in", "1h", "-o", "code"]);
    workshop.set("UPDATE invites SET expires_at = created_at");
    let file = metrics_file(&workshop);
    let holder = workshop.hold_the_invites();
    let cleanup = workshop.start(&["cleanup", "--batch-size", "1", "--metrics-file", file.to_str().unwrap()]);
    wait_for("the lock to be waited for", || workshop.number(WAITING) == 1);
    fs::remove_dir_all(file.parent().unwrap()).unwrap();
    signal(&cleanup, "TERM");
    holder.release();
    let output = cleanup.wait_with_output().unwrap();
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(143), "{said}");
    assert!(text(&output.stdout).starts_with("closed: "), "{}", text(&output.stdout));
    assert!(
        said.contains("warning: cannot write the metrics file ") && said.contains("invite.prom: No such file"),
        "{said}"
    );
    assert!(!said.contains("is done"), "{said}");
    let left = workshop.number("SELECT count(*) FROM invites WHERE closed_at IS NULL");
    assert!((1..500).contains(&left), "{left}");
}

/// What the time did not suffice for is not said to be done.
#[test]
#[ignore = "needs PostgreSQL: sh tests/run.sh"]
fn run_out_of_time_without_metrics_is_not_reported_done() {
    let workshop = Workshop::with_journal(Engine::Postgres);
    workshop.succeed(&["generate", "--space", "1", "--count", "500", "--expires-in", "1h", "-o", "code"]);
    workshop.set("UPDATE invites SET expires_at = created_at");
    let file = metrics_file(&workshop);
    let holder = workshop.hold_the_invites();
    let slow = ["cleanup", "--batch-size", "1", "--max-duration", "500ms", "--metrics-file", file.to_str().unwrap()];
    let cleanup = workshop.start(&slow);
    wait_for("the lock to be waited for", || workshop.number(WAITING) == 1);
    fs::remove_dir_all(file.parent().unwrap()).unwrap();
    thread::sleep(Duration::from_millis(500));
    holder.release();
    let output = cleanup.wait_with_output().unwrap();
    let said = text(&output.stderr);
    assert_eq!((output.status.code(), text(&output.stdout).as_str()), (Some(1), "closed: 1 expired, 0 used up\n"));
    assert!(
        said.contains("The next run continues") && said.contains("error: cannot write the metrics file "),
        "{said}"
    );
    assert!(!said.contains("is done"), "{said}");
}

/// The tables are out of sight as soon as the last change is stored.
#[test]
#[ignore = "needs PostgreSQL: sh tests/run.sh"]
fn uncountable_values_are_omitted_from_metrics() {
    let workshop = Workshop::with_journal(Engine::Postgres);
    let file = metrics_file(&workshop);
    workshop.succeed(&["generate", "--space", "1", "--expires-in", "1h"]);
    workshop.set("UPDATE invites SET expires_at = created_at");
    workshop.set(
        "CREATE FUNCTION lose() RETURNS trigger LANGUAGE plpgsql AS \
         $$ BEGIN PERFORM set_config('search_path', 'pg_catalog', false); RETURN NULL; END $$",
    );
    workshop.set(
        "CREATE TRIGGER lose AFTER UPDATE OF finished_at ON invite_operations FOR EACH ROW EXECUTE FUNCTION lose()",
    );
    let output = clean(&workshop, &file, &[]);
    assert_eq!(succeeded(&output), "");
    let said = text(&output.stderr);
    assert!(said.starts_with("warning: cannot count active invites: "), "{said}");
    assert_eq!([EXPIRED, SUCCEEDED, FAILED, LAST].map(|name| number(&file, name)), [1, 1, 0, 1]);
    assert_eq!(sample(&file, "invite_live_invites"), None);
    assert_eq!(sample(&file, "invite_live_invites_ending_soon"), None);
}

/// Many at once: whoever reads meanwhile finds a whole file each time, and a new
/// one takes the place of the old.
#[test]
fn metrics_file_is_replaced_atomically() {
    let workshop = Workshop::with_journal(Engine::Sqlite);
    let file = metrics_file(&workshop);
    succeeded(&clean(&workshop, &file, &[]));
    // Held open: an inode that nobody holds is the next file's.
    let mut first = File::open(&file).unwrap();
    let before = fs::read_to_string(&file).unwrap();
    let whole = before.lines().count();
    let start = || -> Child {
        let mut command = workshop.command(&["cleanup", "-q", "--metrics-file", file.to_str().unwrap()]);
        command.stdout(Stdio::null()).spawn().unwrap()
    };
    for _ in 0..5 {
        let mut running: Vec<Child> = (0..6).map(|_| start()).collect();
        while running.iter_mut().any(|child| child.try_wait().unwrap().is_none()) {
            assert_eq!(fs::read_to_string(&file).unwrap().lines().count(), whole);
        }
        for child in running {
            let output = child.wait_with_output().unwrap();
            assert!(output.status.success(), "{}", text(&output.stderr));
        }
    }
    assert_eq!(number(&file, SUCCEEDED), 31, "each is counted");
    assert_eq!(first.metadata().unwrap().nlink(), 0, "a new file took its place");
    let mut kept = String::new();
    first.read_to_string(&mut kept).unwrap();
    assert_eq!(kept, before, "who reads the old one reads all of it");
    assert_eq!(fs::read_dir(file.parent().unwrap()).unwrap().count(), 2, "the file and its lock");
}
