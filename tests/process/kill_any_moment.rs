//! Kills at every moment of a run, from its start to its end: what was
//! acknowledged is stored, nothing is there by half, and the next run ends the
//! work.

use std::collections::HashSet;
use std::fs::{self, File};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::kill::assert_stored;
use crate::workshop::{Engine, Workshop};

every_engine! {
    killed_generate_reports_only_stored_codes,
    killed_use_is_stored_completely_or_not_at_all,
    killed_backfill_is_completed_by_next,
    killed_cleanup_deletes_only_archived_invites,
}

/// The moments at which a run is killed: so many, spread over the time that one
/// takes which nobody kills.
fn moments(count: u32, undisturbed: impl FnOnce()) -> impl Iterator<Item = Duration> {
    let begin = now();
    undisturbed();
    let whole = begin.elapsed();
    (0..count).map(move |number| whole * (2 * number + 1) / (2 * count))
}

#[expect(clippy::disallowed_methods, reason = "when a run is killed is measured here")]
fn now() -> Instant {
    Instant::now()
}

/// Kills a run after a while; the whole lines that it printed. They go to a
/// file, so that it waits for nobody.
fn killed(workshop: &Workshop, args: &[&str], moment: Duration) -> Vec<String> {
    let printed = workshop.path("printed");
    let mut child = workshop.command(args).stdout(File::create(&printed).unwrap()).spawn().unwrap();
    // The moment is the test; nothing is waited for.
    thread::sleep(moment);
    child.kill().unwrap();
    child.wait().unwrap();
    workshop.wait_until_left();
    workshop.assert_whole();
    let printed = fs::read_to_string(printed).unwrap();
    printed.split_inclusive('\n').filter_map(|line| line.strip_suffix('\n')).map(str::to_owned).collect()
}

/// What the operations say they changed is what is there.
fn assert_recorded(workshop: &Workshop, command: &str, there: &str, moment: Duration) {
    let recorded = format!("SELECT coalesce(sum(changed), 0) FROM invite_operations WHERE command = '{command}'");
    // Sums have a type of their own on some engines.
    let recorded = workshop.number(&format!("SELECT CAST(({recorded}) AS {})", whole_number(workshop.engine())));
    assert_eq!(recorded, workshop.number(there), "{command} killed after {moment:?}");
}

fn whole_number(engine: Engine) -> &'static str {
    match engine {
        Engine::Sqlite => "INTEGER",
        Engine::Postgres => "bigint",
        Engine::Mariadb | Engine::Mysql => "SIGNED",
    }
}

fn killed_generate_reports_only_stored_codes(engine: Engine) {
    let workshop = Workshop::with_journal(engine);
    let generate = ["generate", "--space", "1", "--count", "12000", "-o", "code", "-q"];
    let moments = moments(3, || {
        workshop.succeed(&generate);
    });
    for moment in moments {
        let codes = killed(&workshop, &generate, moment);
        let stored: HashSet<String> = workshop.texts("SELECT code FROM invites").into_iter().collect();
        assert!(codes.iter().all(|code| stored.contains(code)), "killed after {moment:?}");
        assert_recorded(&workshop, "generate", "SELECT count(*) FROM invites", moment);
    }
}

fn killed_use_is_stored_completely_or_not_at_all(engine: Engine) {
    let workshop = Workshop::with_journal(engine);
    let code = workshop.succeed(&["generate", "--space", "1", "-o", "code"]).trim().to_owned();
    let moments = moments(6, || {
        workshop.succeed(&["use", &code, "--user", "first"]);
    });
    let users: Vec<(String, Duration)> =
        moments.enumerate().map(|(number, moment)| (format!("u{number}"), moment)).collect();
    let members = "SELECT count(*) FROM invite_members";
    for (user, moment) in &users {
        let lines = killed(&workshop, &["use", &code, "--user", user, "-o", "jsonl"], *moment);
        let joined = workshop.number(&format!("{members} WHERE user_id = '{user}'"));
        assert!(lines.is_empty() || joined == 1, "{user} came in and is not there, killed after {moment:?}");
        let count = workshop.number(members);
        assert_eq!(workshop.number("SELECT uses FROM invites"), count, "killed after {moment:?}");
        assert_eq!(workshop.number("SELECT count(*) FROM invite_uses"), count, "killed after {moment:?}");
        assert_recorded(&workshop, "use", members, *moment);
    }
    for (user, _) in &users {
        workshop.succeed(&["use", &code, "--user", user]);
    }
    assert_eq!(workshop.number(members), 7);
    assert_eq!(workshop.number("SELECT uses FROM invites"), 7);
}

fn killed_backfill_is_completed_by_next(engine: Engine) {
    let workshop = Workshop::with_spaces(engine, 2_000);
    let backfill = ["backfill", "--batch-size", "50", "-o", "jsonl", "-q"];
    let moments = moments(4, || {
        let other = Workshop::with_spaces(engine, 2_000);
        other.succeed(&backfill);
    });
    for moment in moments {
        let lines = killed(&workshop, &backfill, moment / 4);
        assert_stored(&workshop, &lines);
        assert_recorded(&workshop, "backfill", "SELECT count(*) FROM invites", moment);
    }
    workshop.succeed(&backfill);
    workshop.assert_one_live_code_each(2_000);
}

fn killed_cleanup_deletes_only_archived_invites(engine: Engine) {
    let workshop = Workshop::with_journal(engine);
    let generate = |count: &str, end: &str| {
        workshop.succeed(&["generate", "--space", "1", "--count", count, "--expires-in", end, "-q", "-o", "code"])
    };
    let path = |name: String| workshop.path(&name).to_str().unwrap().to_owned();
    let all = path("all".to_owned());
    generate("50", "never");
    generate("2000", "1ms");
    let moments = moments(6, || {
        workshop.succeed(&cleanup(&all));
    });
    generate("2000", "1ms");
    let ids = || -> HashSet<String> {
        workshop.texts("SELECT id FROM invites WHERE expires_at IS NOT NULL").into_iter().collect()
    };
    let made = ids();
    let archive = path("archive".to_owned());
    for moment in moments {
        killed(&workshop, &cleanup(&archive), moment / 3);
        let archived: HashSet<String> = archived_ids(&archive).into_iter().collect();
        assert!(made.difference(&ids()).all(|id| archived.contains(id)), "killed after {moment:?}");
    }
    // What the first of them closes may be too fresh for it to delete.
    for _ in 0..2 {
        workshop.succeed(&cleanup(&archive));
    }
    assert!(ids().is_empty());
    let archived = archived_ids(&archive);
    assert_eq!(archived.len(), made.len(), "each once");
    assert_eq!(archived.into_iter().collect::<HashSet<String>>(), made);
    let text = fs::read_to_string(&archive).unwrap();
    assert!(text.lines().all(|line| serde_json::from_str::<Value>(line).is_ok()), "each line whole");
    assert_eq!(workshop.number("SELECT count(*) FROM invite_overview WHERE status = 'active'"), 50);
}

fn cleanup(archive: &str) -> [&str; 9] {
    ["cleanup", "--purge-after", "1ms", "--yes", "--batch-size", "50", "-q", "--archive", archive]
}

/// The invites of an archive, which may end in the middle of a line, or not have
/// been begun.
fn archived_ids(archive: &str) -> Vec<String> {
    let text = fs::read_to_string(archive).unwrap_or_default();
    let rows = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    rows.filter_map(|row| row["id"].as_str().map(str::to_owned)).collect()
}
