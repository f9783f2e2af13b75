//! Metrics of cleanups, as a collector with another account reads them.

use std::fs::{self, File};
use std::io::Read as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::Duration;

use crate::error_output::ErrorOutput;
use crate::sandbox::{Engine, Sandbox, signal, succeeded, text, wait_for};

every_engine! {
    runs_are_counted_in_metrics,
}

/// Runs a cleanup that writes metrics.
fn clean(sandbox: &Sandbox, file: &Path, more: &[&str]) -> Output {
    sandbox.command(&["cleanup", "-q", "--metrics-file", file.to_str().unwrap()]).args(more).output().unwrap()
}

/// Returns the path of a metrics file in a new folder.
fn metrics_file(sandbox: &Sandbox) -> PathBuf {
    fs::create_dir(sandbox.path("metrics")).unwrap();
    sandbox.path("metrics/invite.prom")
}

/// Returns the value of a metric; panics if the file is incomplete.
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
    let sandbox = Sandbox::with_container(engine);
    let file = metrics_file(&sandbox);
    for span in ["1h", "2d", "8d", "never"] {
        sandbox.succeed(&["generate", "--space", "1", "--expires-in", span]);
    }
    assert_eq!(succeeded(&clean(&sandbox, &file, &[])), "");
    let counts = |file: &Path| [EXPIRED, SUCCEEDED, FAILED, LAST].map(|name| number(file, name));
    let open_invites =
        |file: &Path| ["invite_open_invites", "invite_open_invites_expiring_soon"].map(|name| sample(file, name));
    assert_eq!(counts(&file), [0, 1, 0, 1]);
    assert_eq!(open_invites(&file), [Some("4".into()), Some("2".into())]);

    sandbox.set("UPDATE invites SET expires_at = created_at WHERE expires_at IS NOT NULL");
    succeeded(&clean(&sandbox, &file, &[]));
    assert_eq!(counts(&file), [3, 2, 0, 1]);
    assert_eq!(open_invites(&file), [Some("1".into()), Some("0".into())]);
    let success = number(&file, LAST_SUCCESS);

    // A missing --yes also triggers the alert.
    sandbox.succeed(&["generate", "--space", "1", "--expires-in", "1h"]);
    let purge = ["--purge-after", "1d"];
    sandbox.set(&format!("UPDATE invites SET closed_at = {} WHERE closed_at IS NOT NULL", days_ago(engine)));
    let refused = clean(&sandbox, &file, &purge);
    assert_eq!(refused.status.code(), Some(2), "{}", text(&refused.stderr));
    assert_eq!(counts(&file), [3, 2, 1, 0]);
    assert_eq!((number(&file, LAST_SUCCESS), open_invites(&file)), (success, [None, None]));

    succeeded(&clean(&sandbox, &file, &["--purge-after", "1d", "--yes"]));
    assert_eq!((counts(&file), number(&file, "invite_cleanup_purged_total")), ([3, 3, 1, 1], 3));
    assert!(number(&file, LAST_SUCCESS) >= success);
}

/// Returns the SQL of a time three days ago.
fn days_ago(engine: Engine) -> &'static str {
    match engine {
        Engine::Sqlite => "created_at - 3 * 86400000000",
        Engine::Postgres => "created_at - interval '3 days'",
        Engine::Mariadb | Engine::Mysql => "created_at - INTERVAL 3 DAY",
    }
}

#[test]
fn missing_database_is_recorded_as_failed_run() {
    let sandbox = Sandbox::with_container(Engine::Sqlite);
    let file = metrics_file(&sandbox);
    succeeded(&clean(&sandbox, &file, &[]));
    let success = number(&file, LAST_SUCCESS);
    let missing = format!("sqlite://{}", sandbox.path("missing.db").display());
    let output = clean(&sandbox, &file, &["--database-url", &missing]);
    assert_ne!(output.status.code(), Some(0));
    assert_eq!([SUCCEEDED, FAILED, LAST].map(|name| number(&file, name)), [1, 1, 0]);
    assert_eq!((number(&file, LAST_SUCCESS), sample(&file, "invite_open_invites")), (success, None));
}

/// The file is readable for other accounts, whatever the umask of the service.
#[test]
fn metrics_file_is_readable_by_all() {
    let sandbox = Sandbox::with_container(Engine::Sqlite);
    let file = metrics_file(&sandbox);
    let line = format!("umask 077; exec {} cleanup -q --metrics-file {}", env!("CARGO_BIN_EXE_invite"), file.display());
    let mut command = Command::new("sh");
    command.args(["-c", &line]).env_clear().env("HOME", sandbox.path("")).env("XDG_DATA_HOME", sandbox.path(""));
    succeeded(&command.output().unwrap());
    // The lock file is readable, too, so that runs of another account can wait for its lock.
    for written in [file, sandbox.path("metrics/.invite.prom.lock")] {
        assert_eq!(fs::metadata(written).unwrap().permissions().mode() & 0o7777, 0o644);
    }
}

#[test]
fn unwritable_metrics_file_is_refused_before_any_change() {
    let sandbox = Sandbox::with_container(Engine::Sqlite);
    sandbox.succeed(&["generate", "--space", "1", "--expires-in", "1h"]);
    sandbox.set("UPDATE invites SET expires_at = created_at");
    for (place, exit) in [("nowhere/invite.prom", 2), ("", 2), ("/proc/invite.prom", 1)] {
        let output = clean(&sandbox, &sandbox.path(place), &[]);
        assert_eq!(output.status.code(), Some(exit), "{}", text(&output.stderr));
        assert!(text(&output.stderr).starts_with("error: "), "{}", text(&output.stderr));
    }
    // A similar name may belong to the metrics of another tool.
    let other = sandbox.path("node.prom");
    fs::write(&other, "node_load1 0.5\n").unwrap();
    ErrorOutput::parse(&clean(&sandbox, &other, &[]), 2)
        .names("contains no metrics of invite cleanup", "name a new file");
    assert_eq!(fs::read_to_string(&other).unwrap(), "node_load1 0.5\n");
    assert_eq!(sandbox.number("SELECT count(*) FROM invites WHERE closed_at IS NULL"), 1);
    let both = sandbox.run(&["cleanup", "--dry-run", "--metrics-file", "invite.prom"]);
    assert_eq!(both.status.code(), Some(2));
}

/// A full disk for the file: the cleanup is still done and reported.
#[test]
#[ignore = "needs PostgreSQL: sh tests/run.sh"]
fn metrics_write_error_is_reported_after_the_report() {
    let sandbox = Sandbox::with_container(Engine::Postgres);
    sandbox.succeed(&["generate", "--space", "1", "--expires-in", "1h"]);
    sandbox.set("UPDATE invites SET expires_at = created_at");
    let file = metrics_file(&sandbox);
    let command = format!("{} cleanup --metrics-file {}", env!("CARGO_BIN_EXE_invite"), file.display());
    let mut limited = Command::new("sh");
    limited.args(["-c", &format!("trap '' XFSZ; ulimit -f 1; exec {command}")]).env_clear();
    let output = limited.env("INVITE_DATABASE_URL", sandbox.unencrypted_url()).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    assert_eq!(text(&output.stdout), "closed: 1 expired, 0 used up\n");
    assert!(text(&output.stderr).contains("cannot write the metrics file "), "{}", text(&output.stderr));
    assert_eq!(sandbox.number("SELECT count(*) FROM invites WHERE closed_at IS NULL"), 0);
    assert!(text(&output.stderr).ends_with("hint: the cleanup itself is complete\n"), "{}", text(&output.stderr));
    assert!(!file.exists(), "no file remains");
}

/// Returns the number of connections that wait for a lock in PostgreSQL.
const WAITING: &str =
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";

/// A signal and a missing folder: the exit code is that of the signal, and the cleanup is not
/// reported as done.
#[test]
#[ignore = "needs PostgreSQL: sh tests/run.sh"]
fn interrupted_run_exits_as_such_without_metrics() {
    let sandbox = Sandbox::with_container(Engine::Postgres);
    sandbox.succeed(&["generate", "--space", "1", "--count", "500", "--expires-in", "1h", "-o", "code"]);
    sandbox.set("UPDATE invites SET expires_at = created_at");
    let file = metrics_file(&sandbox);
    let holder = sandbox.lock_invites();
    let cleanup = sandbox.start(&["cleanup", "--batch-size", "1", "--metrics-file", file.to_str().unwrap()]);
    wait_for("the lock to be waited for", || sandbox.number(WAITING) == 1);
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
    let left = sandbox.number("SELECT count(*) FROM invites WHERE closed_at IS NULL");
    assert!((1..500).contains(&left), "{left}");
}

/// An incomplete cleanup is not reported as done.
#[test]
#[ignore = "needs PostgreSQL: sh tests/run.sh"]
fn run_out_of_time_without_metrics_is_not_reported_done() {
    let sandbox = Sandbox::with_container(Engine::Postgres);
    sandbox.succeed(&["generate", "--space", "1", "--count", "500", "--expires-in", "1h", "-o", "code"]);
    sandbox.set("UPDATE invites SET expires_at = created_at");
    let file = metrics_file(&sandbox);
    let holder = sandbox.lock_invites();
    let slow = ["cleanup", "--batch-size", "1", "--max-duration", "500ms", "--metrics-file", file.to_str().unwrap()];
    let cleanup = sandbox.start(&slow);
    wait_for("the lock to be waited for", || sandbox.number(WAITING) == 1);
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

/// The tables become unreadable after the last change.
#[test]
#[ignore = "needs PostgreSQL: sh tests/run.sh"]
fn uncountable_values_are_omitted_from_metrics() {
    let sandbox = Sandbox::with_container(Engine::Postgres);
    let file = metrics_file(&sandbox);
    sandbox.succeed(&["generate", "--space", "1", "--expires-in", "1h"]);
    sandbox.set("UPDATE invites SET expires_at = created_at");
    sandbox.set(
        "CREATE FUNCTION lose() RETURNS trigger LANGUAGE plpgsql AS \
         $$ BEGIN PERFORM set_config('search_path', 'pg_catalog', false); RETURN NULL; END $$",
    );
    sandbox.set(
        "CREATE TRIGGER lose AFTER UPDATE OF finished_at ON invite_operations FOR EACH ROW EXECUTE FUNCTION lose()",
    );
    let output = clean(&sandbox, &file, &[]);
    assert_eq!(succeeded(&output), "");
    let said = text(&output.stderr);
    assert!(said.starts_with("warning: cannot count open invites: "), "{said}");
    assert_eq!([EXPIRED, SUCCEEDED, FAILED, LAST].map(|name| number(&file, name)), [1, 1, 0, 1]);
    assert_eq!(sample(&file, "invite_open_invites"), None);
    assert_eq!(sample(&file, "invite_open_invites_expiring_soon"), None);
}

/// Concurrent runs: readers always find a complete file, and each write replaces it.
#[test]
fn metrics_file_is_replaced_atomically() {
    let sandbox = Sandbox::with_container(Engine::Sqlite);
    let file = metrics_file(&sandbox);
    succeeded(&clean(&sandbox, &file, &[]));
    // Kept open, because a free inode would be reused.
    let mut first = File::open(&file).unwrap();
    let before = fs::read_to_string(&file).unwrap();
    let whole = before.lines().count();
    let start = || -> Child {
        let mut command = sandbox.command(&["cleanup", "-q", "--metrics-file", file.to_str().unwrap()]);
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
    assert_eq!(number(&file, SUCCEEDED), 31, "each run is counted");
    assert_eq!(first.metadata().unwrap().nlink(), 0, "a new file replaced it");
    let mut content = String::new();
    first.read_to_string(&mut content).unwrap();
    assert_eq!(content, before, "a reader of the replaced file reads all of it");
    assert_eq!(fs::read_dir(file.parent().unwrap()).unwrap().count(), 2, "the file and its lock");
}
