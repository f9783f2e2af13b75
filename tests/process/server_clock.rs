//! Machines whose clock is years off: the server's clock judges, whoever asks.

use std::fs;
use std::io::{ErrorKind, Write as _};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

use crate::workshop::{Engine, Workshop, succeeded, text, wait_for};

every_server! {
    wrong_client_clock_changes_no_decision,
    wrong_client_clock_changes_no_lifetime,
    clock_step_during_import_changes_no_timestamp,
}

const CLOCKS: [&str; 2] = ["+3y", "-3y"];

fn run(workshop: &Workshop, clock: &str, args: &[&str]) -> Output {
    match workshop.command_at(clock, args).output() {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            panic!("the program faketime is missing: install the package faketime, or run: sh tests/run.sh")
        }
        output => output.unwrap(),
    }
}

/// A file has no clock of its own: there the machine's judges, and a test sees
/// that it is off.
#[test]
#[ignore = "needs faketime: sh tests/run.sh"]
fn faketime_changes_clock() {
    let workshop = Workshop::with_journal(Engine::Sqlite);
    succeeded(&run(&workshop, "-3y", &["generate", "--space", "1", "--expires-in", "1y"]));
    assert_eq!(workshop.texts("SELECT status FROM invite_overview"), ["expired"]);
}

/// Before 1970, no id and no date of a database is right: that is said.
#[test]
#[ignore = "needs faketime: sh tests/run.sh"]
fn clock_before_1970_is_refused() {
    let workshop = Workshop::with_journal(Engine::Sqlite);
    for args in [&["generate", "--space", "1"][..], &["list"], &["backfill"], &["use", "ABCDEFGH", "--user", "u1"]] {
        let output = run(&workshop, "-66y", args);
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains("years 1970 to 9999: 196") && said.contains("hint: set the clock"), "{said}");
    }
    assert_eq!(workshop.number("SELECT count(*) FROM invites"), 0);
}

/// The clock goes three years ahead between two batches of one connection.
fn clock_step_during_import_changes_no_timestamp(engine: Engine) {
    let workshop = Workshop::on(engine);
    let preload = Command::new("faketime").args(["-f", "+0", "printenv", "LD_PRELOAD"]).output().unwrap();
    let clock = workshop.path("clock");
    fs::write(&clock, "+0").unwrap();
    let mut command = workshop.command(&["space", "import", "-", "--policy", "space", "-q"]);
    command
        .env("LD_PRELOAD", text(&preload.stdout).trim())
        .env("FAKETIME_TIMESTAMP_FILE", &clock)
        .env("FAKETIME_NO_CACHE", "1")
        // Nobody steps the monotonic clock, which measures the timeouts.
        .env("FAKETIME_DONT_FAKE_MONOTONIC", "1")
        .env("DONT_FAKE_MONOTONIC", "1")
        .stdin(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    let rows = |from: u32, to: u32| (from..to).map(|id| format!("s{id},Space {id}\n")).collect::<Vec<_>>().concat();
    input.write_all(format!("id,name\n{}", rows(0, 20_001)).as_bytes()).unwrap();
    wait_for("the first batch", || workshop.number("SELECT count(*) FROM invite_spaces") >= 10_000);
    fs::write(&clock, "+3y").unwrap();
    input.write_all(rows(20_001, 40_000).as_bytes()).unwrap();
    drop(input);
    succeeded(&child.wait_with_output().unwrap());
    let tomorrow = match engine {
        Engine::Postgres => "now() + interval '1 day'",
        _ => "utc_timestamp() + INTERVAL 1 DAY",
    };
    for (table, column) in [("invite_spaces", "created_at"), ("invite_operations", "finished_at")] {
        let dated = workshop.number(&format!("SELECT count(*) FROM {table} WHERE {column} > {tomorrow}"));
        assert_eq!(dated, 0, "{table}");
    }
    assert_eq!(workshop.number("SELECT count(*) FROM invite_spaces"), 40_000);
}

/// A day of the server's calendar, so many months from now.
fn day(workshop: &Workshop, months: i32) -> String {
    let sql = match workshop.engine() {
        Engine::Postgres => format!("SELECT (now() AT TIME ZONE 'UTC' + interval '{months} months')::date"),
        _ => format!("SELECT date(utc_timestamp() + INTERVAL {months} MONTH)"),
    };
    workshop.texts(&sql).concat()
}

fn generate(workshop: &Workshop, args: &[&str]) -> String {
    let args = [&["generate", "--space", "1", "-o", "code"], args].concat();
    workshop.succeed(&args).trim().to_owned()
}

/// What is said of an invite, without the times.
fn verdict(output: &Output) -> (Option<i32>, Value) {
    let said: Value = serde_json::from_slice(&output.stderr).unwrap_or_default();
    (output.status.code(), said["reason"].clone())
}

fn wrong_client_clock_changes_no_decision(engine: Engine) {
    let workshop = Workshop::with_journal(engine);
    let (next_year, last_year) = (day(&workshop, 12), day(&workshop, -12));
    let lasting = generate(&workshop, &["--expires-at", &next_year]);
    let expired = generate(&workshop, &["--expires-in", "1ms"]);
    let scheduled = generate(&workshop, &["--starts-at", &next_year]);
    let begun = generate(&workshop, &["--starts-at", &last_year]);
    for clock in CLOCKS {
        for (code, exit, reason) in [
            (&lasting, 0, Value::Null),
            (&begun, 0, Value::Null),
            (&expired, 4, Value::from("expired")),
            (&scheduled, 4, Value::from("not_started")),
        ] {
            let output = run(&workshop, clock, &["validate", code, "-o", "json"]);
            assert_eq!(verdict(&output).0, Some(exit), "{clock}: {}", text(&output.stdout));
            // Each by one code, for they are in by the first.
            let user = format!("u{clock}{code}");
            let told = verdict(&run(&workshop, clock, &["use", code, "--user", &user, "-o", "json"]));
            assert_eq!(told, (Some(exit), reason), "{clock}");
        }
        let listed = |status| succeeded(&run(&workshop, clock, &["list", "--status", status, "-o", "code"]));
        assert_eq!(listed("expired").trim(), expired, "{clock}");
        assert_eq!(listed("scheduled").trim(), scheduled, "{clock}");
        let dry = run(&workshop, clock, &["cleanup", "--dry-run", "--exit-code", "-o", "json"]);
        assert_eq!(dry.status.code(), Some(8), "{clock}: {}", text(&dry.stdout));
    }
    // Only the first one finds what there is to close.
    for (clock, closed) in [("+3y", 1), ("-3y", 0), ("+0", 0)] {
        let report = succeeded(&run(&workshop, clock, &["cleanup", "-o", "json"]));
        let report: Value = serde_json::from_str(&report).unwrap();
        assert_eq!(report["expired"], closed, "{clock}: {report}");
    }
    assert_eq!(workshop.number("SELECT count(*) FROM invites WHERE closed_at IS NULL"), 3);
}

fn wrong_client_clock_changes_no_lifetime(engine: Engine) {
    let workshop = Workshop::with_journal(engine);
    let near = |column: &str, minutes: i32| match engine {
        Engine::Postgres => format!("abs(extract(epoch FROM {column} - now()) - 60 * {minutes}) < 60"),
        _ => format!("abs(timestampdiff(SECOND, utc_timestamp(), {column}) - 60 * {minutes}) < 60"),
    };
    for clock in CLOCKS {
        let args = ["generate", "--space", "1", "--expires-in", "1h", "-o", "code"];
        let code = succeeded(&run(&workshop, clock, &args)).trim().to_owned();
        succeeded(&run(&workshop, clock, &["use", &code, "--user", &format!("u{clock}")]));
        succeeded(&run(&workshop, clock, &["extend", &code, "--expires-in", "2h"]));
        workshop.succeed(&["validate", &code]);
    }
    for (table, column, minutes) in [
        ("invites", "created_at", 0),
        ("invites", "expires_at", 120),
        ("invite_uses", "used_at", 0),
        ("invite_members", "joined_at", 0),
        ("invite_operations WHERE command <> 'space add'", "at", 0),
    ] {
        let all = workshop.number(&format!("SELECT count(*) FROM {table}"));
        let glue = if table.contains("WHERE") { "AND" } else { "WHERE" };
        let right = workshop.number(&format!("SELECT count(*) FROM {table} {glue} {}", near(column, minutes)));
        assert_eq!(right, all, "{table}.{column}");
    }
}
