//! Concurrent processes.

use std::process::Output;

use crate::sandbox::{Engine, Sandbox, succeeded, text, wait_for};

every_engine! {
    ten_of_16_concurrent_users_redeem_limit_of_10,
    concurrent_backfills_create_one_code_per_space,
    eight_processes_create_database_concurrently,
    codes_created_by_concurrent_processes_are_unique,
    use_is_refused_if_invite_expires_while_it_waits,
    concurrent_cleanups_close_no_open_invite,
}

fn all(sandbox: &Sandbox, commands: Vec<Vec<String>>) -> Vec<Output> {
    let start = |args: &Vec<String>| sandbox.start(&args.iter().map(String::as_str).collect::<Vec<&str>>());
    let children: Vec<_> = commands.iter().map(start).collect();
    children.into_iter().map(|child| child.wait_with_output().unwrap()).collect()
}

fn words(line: &str) -> Vec<String> {
    line.split(' ').map(str::to_owned).collect()
}

fn ten_of_16_concurrent_users_redeem_limit_of_10(engine: Engine) {
    let sandbox = Sandbox::with_container(engine);
    let made = sandbox.run(&["generate", "--space", "1", "--max-uses", "10", "-o", "code"]);
    let code = text(&made.stdout).trim().to_owned();
    let outputs = all(&sandbox, (0..16).map(|user| words(&format!("use {code} --user u{user}"))).collect());

    let codes: Vec<i32> = outputs.iter().filter_map(|output| output.status.code()).collect();
    assert_eq!(codes.iter().filter(|code| **code == 0).count(), 10, "{codes:?}");
    assert_eq!(codes.iter().filter(|code| **code == 4).count(), 6, "{codes:?}");
    for refused in outputs.iter().filter(|output| !output.status.success()) {
        let said = text(&refused.stderr);
        assert!(said.starts_with("refused: the invite is used up: all 10 uses are taken"), "{said}");
    }
    assert_eq!(sandbox.number("SELECT uses FROM invites"), 10);
    assert_eq!(sandbox.number("SELECT count(*) FROM invite_uses"), 10);
    assert_eq!(sandbox.number("SELECT count(*) FROM invite_members"), 10);
}

fn concurrent_backfills_create_one_code_per_space(engine: Engine) {
    let sandbox = Sandbox::with_spaces(engine, 4_000);
    let backfill = words("backfill --batch-size 200 -o json");
    let outputs = all(&sandbox, vec![backfill.clone(), backfill]);
    let mut added = 0;
    for output in &outputs {
        assert!(output.status.success(), "{}", text(&output.stderr));
        let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(report["failed"], 0);
        added += report["added"].as_i64().unwrap();
    }
    assert_eq!(added, 4_000, "the reports of both runs add up");
    sandbox.assert_one_active_code_each(4_000);
}

fn eight_processes_create_database_concurrently(engine: Engine) {
    let sandbox = Sandbox::without_tables(engine);
    if engine != Engine::Sqlite {
        let outputs = all(&sandbox, vec![words("migrate -o json"); 8]);
        let applied = |output: &Output| {
            serde_json::from_str::<serde_json::Value>(&succeeded(output)).unwrap()["applied"].as_i64()
        };
        let applied: i64 = outputs.iter().filter_map(applied).sum();
        assert_eq!(
            applied,
            sandbox.number("SELECT count(*) FROM invite_migrations"),
            "each was applied by one of them"
        );
    }
    let add = |number: usize| words(&format!("space add s{number} --policy space --name Name{number}"));
    for output in all(&sandbox, (0..8).map(add).collect()) {
        assert!(output.status.success(), "{}", text(&output.stderr));
    }
    assert_eq!(sandbox.number("SELECT count(*) FROM invite_spaces"), 8);
}

fn codes_created_by_concurrent_processes_are_unique(engine: Engine) {
    let sandbox = Sandbox::on(engine);
    sandbox.run(&["space", "add", "john", "--policy", "director", "--name", "John Smith"]);
    let policy = sandbox.path("policy.toml");
    std::fs::write(&policy, "[policy.director]\nmax_digits = 3\n").unwrap();
    let policy = policy.to_str().unwrap();
    let mut make = words("generate --space john --count 120 -o code -q --config");
    make.push(policy.to_owned());
    let outputs = all(&sandbox, vec![make; 8]);
    let codes: Vec<String> =
        outputs.iter().flat_map(|output| text(&output.stdout).lines().map(str::to_owned).collect::<Vec<_>>()).collect();
    assert!(outputs.iter().all(|output| output.status.success()));
    assert_eq!(codes.len(), 960);
    assert_eq!(sandbox.number("SELECT count(DISTINCT upper(code)) FROM invites"), 960);
    // 40 numbers are free, so 41 codes cannot be created.
    let output = sandbox.run(&["generate", "--space", "john", "--count", "41", "--config", policy]);
    assert_eq!(output.status.code(), Some(6));
    assert!(text(&output.stderr).contains("no free code with the prefix Joh-: all 1000"));
    assert_eq!(sandbox.number("SELECT count(*) FROM invites"), 960);
}

/// The time that decides about an invite is taken after the wait for the write lock.
fn use_is_refused_if_invite_expires_while_it_waits(engine: Engine) {
    let sandbox = Sandbox::with_container(engine);
    let made = sandbox.run(&["generate", "--space", "1", "--expires-in", "1500ms", "-o", "code"]);
    let code = text(&made.stdout).trim().to_owned();
    let lock = sandbox.lock_invites();
    let waiting = sandbox.start(&["use", &code, "--user", "u1", "-o", "json"]);
    let expired = "SELECT count(*) FROM invite_overview WHERE status = 'expired'";
    wait_for("the end of the invite", || sandbox.number(expired) == 1);
    lock.release();
    let output = waiting.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(4), "{}", text(&output.stdout));
    assert!(text(&output.stderr).contains("\"reason\":\"expired\""), "{}", text(&output.stderr));
    assert_eq!(sandbox.number("SELECT count(*) FROM invite_members"), 0);
}

fn concurrent_cleanups_close_no_open_invite(engine: Engine) {
    let sandbox = Sandbox::with_container(engine);
    sandbox.run(&["generate", "--space", "1", "--count", "3000", "--expires-in", "1ms", "-q", "-o", "code"]);
    sandbox.run(&["generate", "--space", "1", "--count", "100", "-q", "-o", "code"]);
    let outputs = all(&sandbox, vec![words("cleanup --batch-size 200 -o json"); 5]);
    let closed: i64 = outputs
        .iter()
        .map(|output| serde_json::from_slice::<serde_json::Value>(&output.stdout).unwrap()["expired"].as_i64().unwrap())
        .sum();
    assert_eq!(closed, 3000);
    assert_eq!(sandbox.number("SELECT count(*) FROM invites WHERE closed_reason = 'expired'"), 3000);
    assert_eq!(sandbox.number("SELECT count(*) FROM invite_overview WHERE status = 'active'"), 100);
}
