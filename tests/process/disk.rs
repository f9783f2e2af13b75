//! Disks that fill up: one clear line, and what was reported is there.

use std::process::{Command, Output};

use servers::{Kind, Server};

use crate::said::Said;
use crate::unprivileged::as_the_server;
use crate::workshop::{Engine, Workshop, text, wait_for};

/// Runs the binary in a shell that lets no file grow beyond so many blocks of
/// 512 bytes.
fn limited(workshop: &Workshop, blocks: u32, args: &str) -> Output {
    let script = format!("ulimit -f {blocks}; exec {} {args}", env!("CARGO_BIN_EXE_invite"));
    let mut command = Command::new("sh");
    command.args(["-c", &script]).env_clear().env("HOME", workshop.path("")).env("XDG_DATA_HOME", workshop.path(""));
    command.output().unwrap()
}

/// Sees that a backfill was cut short by a full disk, and that what it reported
/// is what it stored.
fn assert_cut_short(workshop: &Workshop, output: &Output, spaces: i64) {
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    let said = text(&output.stderr);
    assert!(said.contains("\"reason\":\"database_failed\"") && said.contains("\"hint\""), "{said}");
    let reported = text(&output.stdout).lines().count();
    let stored = workshop.number("SELECT count(*) FROM invites");
    assert!(stored < spaces, "the disk was not full");
    assert_eq!(i64::try_from(reported).unwrap(), stored, "what was stored is what was reported");
    workshop.assert_whole();
}

#[test]
fn full_disk_is_one_error_and_reported_codes_are_stored() {
    let workshop = Workshop::with_spaces(Engine::Sqlite, 12_000);
    let blocks = u32::try_from(std::fs::metadata(workshop.file()).unwrap().len() / 512).unwrap() + 2_000;
    let output = limited(&workshop, blocks, "backfill --batch-size 500 -o jsonl");
    assert_cut_short(&workshop, &output, 12_000);

    workshop.succeed(&["backfill", "-q"]);
    workshop.assert_one_live_code_each(12_000);
}

/// A server whose tables are all in one file, which may not grow beyond a size.
#[test]
#[ignore = "needs MariaDB: sh tests/run.sh"]
fn full_mariadb_is_one_error_and_reported_codes_are_stored() {
    let file = "--innodb-data-file-path=ibdata1:12M:autoextend:max:24M";
    let server = Server::with_options(Kind::MariaDb, &["--innodb-file-per-table=0", file]);
    let workshop = Workshop::migrated(server.create_database(), Engine::Mariadb);
    workshop.import_spaces(5_000);
    let name = workshop.database().name();
    workshop.database().admin("CREATE TABLE much (text LONGTEXT); CREATE TABLE little (text LONGTEXT)");
    workshop.database().admin("INSERT INTO little SELECT repeat('x', 8000) FROM seq_1_to_50");
    let more = "INSERT INTO much SELECT repeat('x', 8000) FROM seq_1_to_20";
    wait_for("the file to be full", || server.try_admin(Some(name), more).is_err());
    workshop.database().admin("DROP TABLE little");
    let output = workshop.run(&["backfill", "--batch-size", "100", "-o", "jsonl"]);
    assert_cut_short(&workshop, &output, 5_000);
    assert!(text(&output.stderr).contains("the disk of the server is full"), "{}", text(&output.stderr));

    workshop.database().admin("DROP TABLE much");
    // The server clears away what was dropped when it has time.
    wait_for("room in the file", || workshop.run(&["backfill", "-q"]).status.success());
    workshop.assert_one_live_code_each(5_000);
}

/// A server that can let no file grow beyond a size: one that ends in the middle
/// of a page, as a full disk does.
#[test]
#[ignore = "needs PostgreSQL: sh tests/run.sh"]
fn full_postgres_is_one_error_and_reported_codes_are_stored() {
    let server = Server::with_options(Kind::Postgres, &[]);
    let workshop = Workshop::migrated(server.create_database(), Engine::Postgres);
    workshop.add_journal();
    let process = "prlimit --pid $(head -n 1 data/postmaster.pid)";
    // Its log is written in files of 16 MiB.
    as_the_server(&server, &format!("{process} --fsize={}:", (17 << 20) + 4096));
    // Ten thousand of them, which are a batch, are 10 MiB.
    let note = "\u{1f600}".repeat(220);
    let generate = ["generate", "--space", "1", "--count", "20000", "--note", &note, "-o", "code", "-q"];
    let output = workshop.run(&generate);
    Said::beside_data(&output, 1).names("the disk of the server is full", "free some space");
    assert_eq!(text(&output.stdout).lines().count(), 10_000);
    assert_eq!(workshop.number("SELECT count(*) FROM invites"), 10_000);

    as_the_server(&server, &format!("{process} --fsize=unlimited:"));
    workshop.succeed(&generate);
    assert_eq!(workshop.number("SELECT count(*) FROM invites"), 30_000);
}

/// The disk has room for the invites, and not for all of their cards.
#[test]
fn sheet_that_exceeds_the_disk_loses_no_invite() {
    let workshop = Workshop::with_journal(Engine::Sqlite);
    let (config, rows) = (workshop.path("config.toml"), workshop.path("rows.csv"));
    std::fs::write(&config, "base_url = \"https://example.org\"\n").unwrap();
    let lines: Vec<String> = (0..3_000).map(|number| format!("1,{number}")).collect();
    std::fs::write(&rows, format!("space_id,note\n{}\n", lines.join("\n"))).unwrap();
    let sheet = workshop.path("cards.html");
    let generate = format!("generate --config {} --sheet {} -o code", config.display(), sheet.display());
    let output = limited(&workshop, 7_000, &format!("{generate} --from {}", rows.display()));
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    let said = text(&output.stderr);
    let made = workshop.number("SELECT count(*) FROM invites");
    assert_eq!(made, 1_000, "nothing is made that cannot be on the sheet, after the batch that shows it");
    assert!(said.contains("1,000 invites were created, but the file ") && said.contains("is incomplete"), "{said}");
    assert_eq!(text(&output.stdout).lines().count(), 1_000, "the codes are shown all the same");
    let hint = said.rsplit("list the codes: invite ").next().unwrap().trim();
    let listed = workshop.succeed(&shlex::split(hint).unwrap().iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(listed.lines().count(), 1_000);
    // What was written of it is there.
    let page = std::fs::read_to_string(sheet).unwrap();
    assert!(page.starts_with("<!DOCTYPE html>") && page.contains("<article>"));
}
