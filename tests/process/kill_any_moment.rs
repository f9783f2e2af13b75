//! Kills at every point of a run: everything acknowledged is stored, nothing is half stored, and
//! the next run finishes.

use std::collections::HashSet;
use std::fs::{self, File};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::kill::assert_stored;
use crate::sandbox::{Engine, Sandbox};

every_engine! {
    killed_generate_reports_only_stored_codes,
    killed_use_is_stored_completely_or_not_at_all,
    killed_backfill_is_completed_by_next,
    killed_cleanup_deletes_only_archived_invites,
}

/// Returns delays spread over the duration of an undisturbed run.
fn moments(count: u32, undisturbed: impl FnOnce()) -> impl Iterator<Item = Duration> {
    let begin = now();
    undisturbed();
    let whole = begin.elapsed();
    (0..count).map(move |number| whole * (2 * number + 1) / (2 * count))
}

#[expect(clippy::disallowed_methods, reason = "measures the time of the kill")]
fn now() -> Instant {
    Instant::now()
}

/// Kills a run after a delay, and returns its complete output lines. The output goes to a file, so
/// that the run never blocks.
fn killed(sandbox: &Sandbox, args: &[&str], moment: Duration) -> Vec<String> {
    let printed = sandbox.path("printed");
    let mut child = sandbox.command(args).stdout(File::create(&printed).unwrap()).spawn().unwrap();
    // The delay is the subject of the test.
    thread::sleep(moment);
    child.kill().unwrap();
    child.wait().unwrap();
    sandbox.wait_until_sessions_end();
    sandbox.assert_intact();
    let printed = fs::read_to_string(printed).unwrap();
    printed.split_inclusive('\n').filter_map(|line| line.strip_suffix('\n')).map(str::to_owned).collect()
}

/// Asserts that the counts of the operations equal the stored rows.
fn assert_recorded(sandbox: &Sandbox, command: &str, there: &str, moment: Duration) {
    let recorded = format!("SELECT coalesce(sum(changed), 0) FROM invite_operations WHERE command = '{command}'");
    // Some engines have another type for sums.
    let recorded = sandbox.number(&format!("SELECT CAST(({recorded}) AS {})", whole_number(sandbox.engine())));
    assert_eq!(recorded, sandbox.number(there), "{command} killed after {moment:?}");
}

fn whole_number(engine: Engine) -> &'static str {
    match engine {
        Engine::Sqlite => "INTEGER",
        Engine::Postgres => "bigint",
        Engine::Mariadb | Engine::Mysql => "SIGNED",
    }
}

fn killed_generate_reports_only_stored_codes(engine: Engine) {
    let sandbox = Sandbox::with_container(engine);
    let generate = ["generate", "--space", "1", "--count", "12000", "-o", "code", "-q"];
    let moments = moments(3, || {
        sandbox.succeed(&generate);
    });
    for moment in moments {
        let codes = killed(&sandbox, &generate, moment);
        let stored: HashSet<String> = sandbox.texts("SELECT code FROM invites").into_iter().collect();
        assert!(codes.iter().all(|code| stored.contains(code)), "killed after {moment:?}");
        assert_recorded(&sandbox, "generate", "SELECT count(*) FROM invites", moment);
    }
}

fn killed_use_is_stored_completely_or_not_at_all(engine: Engine) {
    let sandbox = Sandbox::with_container(engine);
    let code = sandbox.succeed(&["generate", "--space", "1", "-o", "code"]).trim().to_owned();
    let moments = moments(6, || {
        sandbox.succeed(&["use", &code, "--user", "first"]);
    });
    let users: Vec<(String, Duration)> =
        moments.enumerate().map(|(number, moment)| (format!("u{number}"), moment)).collect();
    let members = "SELECT count(*) FROM invite_members";
    for (user, moment) in &users {
        let lines = killed(&sandbox, &["use", &code, "--user", user, "-o", "jsonl"], *moment);
        let joined = sandbox.number(&format!("{members} WHERE user_id = '{user}'"));
        assert!(lines.is_empty() || joined == 1, "{user} was accepted and is not stored, killed after {moment:?}");
        let count = sandbox.number(members);
        assert_eq!(sandbox.number("SELECT uses FROM invites"), count, "killed after {moment:?}");
        assert_eq!(sandbox.number("SELECT count(*) FROM invite_uses"), count, "killed after {moment:?}");
        assert_recorded(&sandbox, "use", members, *moment);
    }
    for (user, _) in &users {
        sandbox.succeed(&["use", &code, "--user", user]);
    }
    assert_eq!(sandbox.number(members), 7);
    assert_eq!(sandbox.number("SELECT uses FROM invites"), 7);
}

fn killed_backfill_is_completed_by_next(engine: Engine) {
    let sandbox = Sandbox::with_spaces(engine, 2_000);
    let backfill = ["backfill", "--batch-size", "50", "-o", "jsonl", "-q"];
    let moments = moments(4, || {
        let other = Sandbox::with_spaces(engine, 2_000);
        other.succeed(&backfill);
    });
    for moment in moments {
        let lines = killed(&sandbox, &backfill, moment / 4);
        assert_stored(&sandbox, &lines);
        assert_recorded(&sandbox, "backfill", "SELECT count(*) FROM invites", moment);
    }
    sandbox.succeed(&backfill);
    sandbox.assert_one_active_code_each(2_000);
}

fn killed_cleanup_deletes_only_archived_invites(engine: Engine) {
    let sandbox = Sandbox::with_container(engine);
    let generate = |count: &str, end: &str| {
        sandbox.succeed(&["generate", "--space", "1", "--count", count, "--expires-in", end, "-q", "-o", "code"])
    };
    let path = |name: String| sandbox.path(&name).to_str().unwrap().to_owned();
    let all = path("all".to_owned());
    generate("50", "never");
    generate("2000", "1ms");
    let moments = moments(6, || {
        sandbox.succeed(&cleanup(&all));
    });
    generate("2000", "1ms");
    let ids = || -> HashSet<String> {
        sandbox.texts("SELECT id FROM invites WHERE expires_at IS NOT NULL").into_iter().collect()
    };
    let made = ids();
    let archive = path("archive".to_owned());
    for moment in moments {
        killed(&sandbox, &cleanup(&archive), moment / 3);
        let archived: HashSet<String> = archived_ids(&archive).into_iter().collect();
        assert!(made.difference(&ids()).all(|id| archived.contains(id)), "killed after {moment:?}");
    }
    // Invites that the first run closes may be too recent to delete.
    for _ in 0..2 {
        sandbox.succeed(&cleanup(&archive));
    }
    assert!(ids().is_empty());
    let archived = archived_ids(&archive);
    assert_eq!(archived.len(), made.len(), "each is archived once");
    assert_eq!(archived.into_iter().collect::<HashSet<String>>(), made);
    let text = fs::read_to_string(&archive).unwrap();
    assert!(text.lines().all(|line| serde_json::from_str::<Value>(line).is_ok()), "each line is complete");
    assert_eq!(sandbox.number("SELECT count(*) FROM invite_overview WHERE status = 'active'"), 50);
}

fn cleanup(archive: &str) -> [&str; 9] {
    ["cleanup", "--purge-after", "1ms", "--yes", "--batch-size", "50", "-q", "--archive", archive]
}

/// Returns the invites of an archive, which may be missing or end in the middle of a line.
fn archived_ids(archive: &str) -> Vec<String> {
    let text = fs::read_to_string(archive).unwrap_or_default();
    let rows = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    rows.filter_map(|row| row["id"].as_str().map(str::to_owned)).collect()
}
