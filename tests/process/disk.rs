//! Full disks: one error line, and everything reported is stored.

use std::process::{Command, Output};

use servers::{Kind, Server};

use crate::error_output::ErrorOutput;
use crate::sandbox::{Engine, Sandbox, text, wait_for};
use crate::unprivileged::run_as_server_account;

/// Runs the binary in a shell with a file size limit in blocks of 512 bytes.
fn limited(sandbox: &Sandbox, blocks: u32, args: &str) -> Output {
    let script = format!("ulimit -f {blocks}; exec {} {args}", env!("CARGO_BIN_EXE_invite"));
    let mut command = Command::new("sh");
    command.args(["-c", &script]).env_clear().env("HOME", sandbox.path("")).env("XDG_DATA_HOME", sandbox.path(""));
    command.output().unwrap()
}

/// Asserts that a full disk ended a backfill, and that it reported exactly what is stored.
fn assert_cut_short(sandbox: &Sandbox, output: &Output, spaces: i64) {
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    let said = text(&output.stderr);
    assert!(said.contains("\"reason\":\"database_failed\"") && said.contains("\"hint\""), "{said}");
    let reported = text(&output.stdout).lines().count();
    let stored = sandbox.number("SELECT count(*) FROM invites");
    assert!(stored < spaces, "the disk was not full");
    assert_eq!(i64::try_from(reported).unwrap(), stored, "the stored codes equal the reported ones");
    sandbox.assert_intact();
}

#[test]
fn full_disk_is_one_error_and_reported_codes_are_stored() {
    let sandbox = Sandbox::with_spaces(Engine::Sqlite, 12_000);
    let blocks = u32::try_from(std::fs::metadata(sandbox.file()).unwrap().len() / 512).unwrap() + 2_000;
    let output = limited(&sandbox, blocks, "backfill --batch-size 500 -o jsonl");
    assert_cut_short(&sandbox, &output, 12_000);

    sandbox.succeed(&["backfill", "-q"]);
    sandbox.assert_one_active_code_each(12_000);
}

/// The server has all tables in one file of limited size.
#[test]
#[ignore = "needs MariaDB: sh tests/run.sh"]
fn full_mariadb_is_one_error_and_reported_codes_are_stored() {
    let file = "--innodb-data-file-path=ibdata1:12M:autoextend:max:24M";
    let server = Server::with_options(Kind::MariaDb, &["--innodb-file-per-table=0", file]);
    let sandbox = Sandbox::migrated(server.create_database(), Engine::Mariadb);
    sandbox.import_spaces(5_000);
    let name = sandbox.database().name();
    sandbox.database().admin("CREATE TABLE much (text LONGTEXT); CREATE TABLE little (text LONGTEXT)");
    sandbox.database().admin("INSERT INTO little SELECT repeat('x', 8000) FROM seq_1_to_50");
    let more = "INSERT INTO much SELECT repeat('x', 8000) FROM seq_1_to_20";
    wait_for("the file to be full", || server.try_admin(Some(name), more).is_err());
    sandbox.database().admin("DROP TABLE little");
    let output = sandbox.run(&["backfill", "--batch-size", "100", "-o", "jsonl"]);
    assert_cut_short(&sandbox, &output, 5_000);
    assert!(text(&output.stderr).contains("the disk of the server is full"), "{}", text(&output.stderr));

    sandbox.database().admin("DROP TABLE much");
    // The server frees the dropped table asynchronously.
    wait_for("room in the file", || sandbox.run(&["backfill", "-q"]).status.success());
    sandbox.assert_one_active_code_each(5_000);
}

/// The server has a file size limit in the middle of a page, like a full disk.
#[test]
#[ignore = "needs PostgreSQL: sh tests/run.sh"]
fn full_postgres_is_one_error_and_reported_codes_are_stored() {
    let server = Server::with_options(Kind::Postgres, &[]);
    let sandbox = Sandbox::migrated(server.create_database(), Engine::Postgres);
    sandbox.add_container();
    let process = "prlimit --pid $(head -n 1 data/postmaster.pid)";
    // Its log files have 16 MiB.
    run_as_server_account(&server, &format!("{process} --fsize={}:", (17 << 20) + 4096));
    // A batch of ten thousand has 10 MiB.
    let note = "\u{1f600}".repeat(220);
    let generate = ["generate", "--space", "1", "--count", "20000", "--note", &note, "-o", "code", "-q"];
    let output = sandbox.run(&generate);
    ErrorOutput::parse_after_data(&output, 1).names("the disk of the server is full", "free some space");
    assert_eq!(text(&output.stdout).lines().count(), 10_000);
    assert_eq!(sandbox.number("SELECT count(*) FROM invites"), 10_000);

    run_as_server_account(&server, &format!("{process} --fsize=unlimited:"));
    sandbox.succeed(&generate);
    assert_eq!(sandbox.number("SELECT count(*) FROM invites"), 30_000);
}

/// The invites fit on the disk, but not all of their cards.
#[test]
fn sheet_that_exceeds_the_disk_loses_no_invite() {
    let sandbox = Sandbox::with_container(Engine::Sqlite);
    let (config, rows) = (sandbox.path("config.toml"), sandbox.path("rows.csv"));
    std::fs::write(&config, "base_url = \"https://example.org\"\n").unwrap();
    let lines: Vec<String> = (0..3_000).map(|number| format!("1,{number}")).collect();
    std::fs::write(&rows, format!("space_id,note\n{}\n", lines.join("\n"))).unwrap();
    let sheet = sandbox.path("cards.html");
    let generate = format!("generate --config {} --sheet {} -o code", config.display(), sheet.display());
    let output = limited(&sandbox, 7_000, &format!("{generate} --from {}", rows.display()));
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    let said = text(&output.stderr);
    let made = sandbox.number("SELECT count(*) FROM invites");
    assert_eq!(made, 1_000, "no invite is created after the batch that the sheet could not hold");
    assert!(said.contains("1,000 invites were created, but the file ") && said.contains("is incomplete"), "{said}");
    assert_eq!(text(&output.stdout).lines().count(), 1_000, "the codes are shown nevertheless");
    let hint = said.rsplit("list the codes: invite ").next().unwrap().trim();
    let listed = sandbox.succeed(&shlex::split(hint).unwrap().iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(listed.lines().count(), 1_000);
    // The written part of the sheet exists.
    let page = std::fs::read_to_string(sheet).unwrap();
    assert!(page.starts_with("<!DOCTYPE html>") && page.contains("<article>"));
}
