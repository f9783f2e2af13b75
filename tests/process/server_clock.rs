//! Client clocks that are years off: only the server's clock decides.

use std::fs;
use std::io::{ErrorKind, Write as _};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

use crate::sandbox::{Engine, Sandbox, succeeded, text, wait_for};

every_server! {
    wrong_client_clock_changes_no_decision,
    wrong_client_clock_changes_no_lifetime,
    clock_step_during_import_changes_no_timestamp,
}

const CLOCKS: [&str; 2] = ["+3y", "-3y"];

fn run(sandbox: &Sandbox, clock: &str, args: &[&str]) -> Output {
    match sandbox.command_with_clock(clock, args).output() {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            panic!("the program faketime is missing: install the package faketime, or run: sh tests/run.sh")
        }
        output => output.unwrap(),
    }
}

/// With SQLite the machine's clock decides, which shows that faketime works.
#[test]
#[ignore = "needs faketime: sh tests/run.sh"]
fn faketime_changes_clock() {
    let sandbox = Sandbox::with_container(Engine::Sqlite);
    succeeded(&run(&sandbox, "-3y", &["generate", "--space", "1", "--expires-in", "1y"]));
    assert_eq!(sandbox.texts("SELECT status FROM invite_overview"), ["expired"]);
}

/// IDs and dates before 1970 are invalid, so the clock is refused.
#[test]
#[ignore = "needs faketime: sh tests/run.sh"]
fn clock_before_1970_is_refused() {
    let sandbox = Sandbox::with_container(Engine::Sqlite);
    for args in [&["generate", "--space", "1"][..], &["list"], &["backfill"], &["use", "ABCDEFGH", "--user", "u1"]] {
        let output = run(&sandbox, "-66y", args);
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains("years 1970 to 9999: 196") && said.contains("hint: set the clock"), "{said}");
    }
    assert_eq!(sandbox.number("SELECT count(*) FROM invites"), 0);
}

/// The clock jumps three years between two batches of one connection.
fn clock_step_during_import_changes_no_timestamp(engine: Engine) {
    let sandbox = Sandbox::on(engine);
    let preload = Command::new("faketime").args(["-f", "+0", "printenv", "LD_PRELOAD"]).output().unwrap();
    let clock = sandbox.path("clock");
    fs::write(&clock, "+0").unwrap();
    let mut command = sandbox.command(&["space", "import", "-", "--policy", "space", "-q"]);
    command
        .env("LD_PRELOAD", text(&preload.stdout).trim())
        .env("FAKETIME_TIMESTAMP_FILE", &clock)
        .env("FAKETIME_NO_CACHE", "1")
        // The monotonic clock, which measures timeouts, is not changed.
        .env("FAKETIME_DONT_FAKE_MONOTONIC", "1")
        .env("DONT_FAKE_MONOTONIC", "1")
        .stdin(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    let rows = |from: u32, to: u32| (from..to).map(|id| format!("s{id},Space {id}\n")).collect::<Vec<_>>().concat();
    input.write_all(format!("id,name\n{}", rows(0, 20_001)).as_bytes()).unwrap();
    wait_for("the first batch", || sandbox.number("SELECT count(*) FROM invite_spaces") >= 10_000);
    fs::write(&clock, "+3y").unwrap();
    input.write_all(rows(20_001, 40_000).as_bytes()).unwrap();
    drop(input);
    succeeded(&child.wait_with_output().unwrap());
    let tomorrow = match engine {
        Engine::Postgres => "now() + interval '1 day'",
        _ => "utc_timestamp() + INTERVAL 1 DAY",
    };
    for (table, column) in [("invite_spaces", "created_at"), ("invite_operations", "finished_at")] {
        let dated = sandbox.number(&format!("SELECT count(*) FROM {table} WHERE {column} > {tomorrow}"));
        assert_eq!(dated, 0, "{table}");
    }
    assert_eq!(sandbox.number("SELECT count(*) FROM invite_spaces"), 40_000);
}

/// Returns the date that is this many months ahead on the server's clock.
fn day(sandbox: &Sandbox, months: i32) -> String {
    let sql = match sandbox.engine() {
        Engine::Postgres => format!("SELECT (now() AT TIME ZONE 'UTC' + interval '{months} months')::date"),
        _ => format!("SELECT date(utc_timestamp() + INTERVAL {months} MONTH)"),
    };
    sandbox.texts(&sql).concat()
}

fn generate(sandbox: &Sandbox, args: &[&str]) -> String {
    let args = [&["generate", "--space", "1", "-o", "code"], args].concat();
    sandbox.succeed(&args).trim().to_owned()
}

/// Returns the exit code and the output about an invite without its times.
fn verdict(output: &Output) -> (Option<i32>, Value) {
    let said: Value = serde_json::from_slice(&output.stderr).unwrap_or_default();
    (output.status.code(), said["reason"].clone())
}

fn wrong_client_clock_changes_no_decision(engine: Engine) {
    let sandbox = Sandbox::with_container(engine);
    let (next_year, last_year) = (day(&sandbox, 12), day(&sandbox, -12));
    let lasting = generate(&sandbox, &["--expires-at", &next_year]);
    let expired = generate(&sandbox, &["--expires-in", "1ms"]);
    let scheduled = generate(&sandbox, &["--starts-at", &next_year]);
    let begun = generate(&sandbox, &["--starts-at", &last_year]);
    for clock in CLOCKS {
        for (code, exit, reason) in [
            (&lasting, 0, Value::Null),
            (&begun, 0, Value::Null),
            (&expired, 4, Value::from("expired")),
            (&scheduled, 4, Value::from("not_started")),
        ] {
            let output = run(&sandbox, clock, &["validate", code, "-o", "json"]);
            assert_eq!(verdict(&output).0, Some(exit), "{clock}: {}", text(&output.stdout));
            // One code per user, because a user joins only once.
            let user = format!("u{clock}{code}");
            let actual = verdict(&run(&sandbox, clock, &["use", code, "--user", &user, "-o", "json"]));
            assert_eq!(actual, (Some(exit), reason), "{clock}");
        }
        let listed = |status| succeeded(&run(&sandbox, clock, &["list", "--status", status, "-o", "code"]));
        assert_eq!(listed("expired").trim(), expired, "{clock}");
        assert_eq!(listed("scheduled").trim(), scheduled, "{clock}");
        let dry = run(&sandbox, clock, &["cleanup", "--dry-run", "--exit-code", "-o", "json"]);
        assert_eq!(dry.status.code(), Some(8), "{clock}: {}", text(&dry.stdout));
    }
    // Only the first cleanup finds invites to close.
    for (clock, closed) in [("+3y", 1), ("-3y", 0), ("+0", 0)] {
        let report = succeeded(&run(&sandbox, clock, &["cleanup", "-o", "json"]));
        let report: Value = serde_json::from_str(&report).unwrap();
        assert_eq!(report["expired"], closed, "{clock}: {report}");
    }
    assert_eq!(sandbox.number("SELECT count(*) FROM invites WHERE closed_at IS NULL"), 3);
}

fn wrong_client_clock_changes_no_lifetime(engine: Engine) {
    let sandbox = Sandbox::with_container(engine);
    let near = |column: &str, minutes: i32| match engine {
        Engine::Postgres => format!("abs(extract(epoch FROM {column} - now()) - 60 * {minutes}) < 60"),
        _ => format!("abs(timestampdiff(SECOND, utc_timestamp(), {column}) - 60 * {minutes}) < 60"),
    };
    for clock in CLOCKS {
        let args = ["generate", "--space", "1", "--expires-in", "1h", "-o", "code"];
        let code = succeeded(&run(&sandbox, clock, &args)).trim().to_owned();
        succeeded(&run(&sandbox, clock, &["use", &code, "--user", &format!("u{clock}")]));
        succeeded(&run(&sandbox, clock, &["extend", &code, "--expires-in", "2h"]));
        sandbox.succeed(&["validate", &code]);
    }
    for (table, column, minutes) in [
        ("invites", "created_at", 0),
        ("invites", "expires_at", 120),
        ("invite_uses", "used_at", 0),
        ("invite_members", "joined_at", 0),
        ("invite_operations WHERE command <> 'space add'", "at", 0),
    ] {
        let all = sandbox.number(&format!("SELECT count(*) FROM {table}"));
        let glue = if table.contains("WHERE") { "AND" } else { "WHERE" };
        let right = sandbox.number(&format!("SELECT count(*) FROM {table} {glue} {}", near(column, minutes)));
        assert_eq!(right, all, "{table}.{column}");
    }
}
