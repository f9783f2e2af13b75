//! A disk that fills up, and files of other accounts.

use std::process::Command;

use crate::workshop::{Workshop, text};

/// Runs the binary in a shell that lets no file grow beyond so many blocks of
/// 512 bytes.
fn limited(workshop: &Workshop, blocks: u32, args: &str) -> std::process::Output {
    let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec {} {args}", env!("CARGO_BIN_EXE_invite"));
    let mut command = Command::new("sh");
    command.args(["-c", &script]).env_clear().env("HOME", workshop.path("")).env("XDG_DATA_HOME", workshop.path(""));
    command.output().unwrap()
}

#[test]
fn a_full_disk_is_one_clear_line_and_what_was_reported_is_there() {
    let workshop = Workshop::with_spaces(20_000);
    let blocks = u32::try_from(std::fs::metadata(workshop.database()).unwrap().len() / 512).unwrap() + 2_000;
    let output = limited(&workshop, blocks, "backfill --batch-size 500 -o jsonl");
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    let said = text(&output.stderr);
    assert!(said.contains("\"reason\":\"database_failed\"") && said.contains("\"hint\""), "{said}");

    let reported = text(&output.stdout).lines().count();
    let stored = workshop.number("SELECT count(*) FROM invites");
    assert!(stored < 20_000, "the disk was not full");
    assert_eq!(i64::try_from(reported).unwrap(), stored, "what was stored is what was reported");
    assert_eq!(workshop.texts("PRAGMA integrity_check"), ["ok"]);

    assert!(workshop.run(&["backfill", "-q"]).status.success());
    workshop.assert_one_live_code_each(20_000);
}
