//! Four processes migrate one new database concurrently.

use std::process::{Command, Output};
use std::thread;

use invite::Db;
use servers::Kind;

use crate::soak;

every_server! {
    four_processes_migrate_one_server_database,
}

const PROCESSES: usize = 4;

fn migrate(url: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_invite"));
    command.args(["migrate", "-o", "json"]).env("INVITE_DATABASE_URL", url).output().unwrap()
}

/// Asserts that all exit with 0, and that each migration was applied once.
fn check(url: &str) {
    let outputs: Vec<Output> = thread::scope(|scope| {
        let running: Vec<_> = (0..PROCESSES).map(|_| scope.spawn(|| migrate(url))).collect();
        running.into_iter().map(|process| process.join().unwrap()).collect()
    });
    let mut applied = 0;
    for output in outputs {
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        applied += report["applied"].as_i64().unwrap();
    }
    assert_eq!(applied, Db::newest_schema());
    let status = Command::new(env!("CARGO_BIN_EXE_invite"))
        .args(["migrate", "--status"])
        .env("INVITE_DATABASE_URL", url)
        .status()
        .unwrap();
    assert!(status.success());
}

async fn four_processes_migrate_one_server_database(kind: Kind) {
    let rounds = soak::rounds(3);
    for _ in 0..rounds {
        check(&servers::shared(kind).create_database().url());
    }
    soak::report(&format!("{kind:?}: {PROCESSES} concurrent migrations x {rounds} rounds: all exit 0"));
}

#[test]
fn four_processes_migrate_one_file() {
    let rounds = soak::rounds(3);
    for _ in 0..rounds {
        let folder = tempfile::tempdir().unwrap();
        check(&format!("sqlite:{}", folder.path().join("new.db").display()));
    }
    soak::report(&format!("SQLite: {PROCESSES} concurrent migrations x {rounds} rounds: all exit 0"));
}
