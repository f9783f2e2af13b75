//! `shellcheck` reports no problem in any script. A script explains each disabled check in
//! a comment.

use std::path::PathBuf;
use std::process::Command;

use crate::{assert_clean, files, read, root};

/// Folders of the scripts that other scripts source.
const READ_IN: [&str; 5] =
    ["-x", "--source-path=SCRIPTDIR", "--source-path=.", "--source-path=tests", "--source-path=tests/servers/scripts"];

/// Returns the executable scripts and the sourced ones.
fn scripts() -> (Vec<PathBuf>, Vec<PathBuf>) {
    let begins_as_one = |file: &PathBuf| {
        let bytes = std::fs::read(root().join(file)).unwrap();
        ["#!/bin/sh\n", "#!/usr/bin/env bash\n"].iter().any(|first| bytes.starts_with(first.as_bytes()))
    };
    let (run, others): (Vec<PathBuf>, Vec<PathBuf>) = files("").into_iter().partition(begins_as_one);
    (run, others.into_iter().filter(|file| file.extension().is_some_and(|extension| extension == "sh")).collect())
}

#[test]
#[ignore = "needs shellcheck: sh tests/run.sh"]
fn scripts_pass_shellcheck() {
    let (run, _) = scripts();
    for known in [".ci/run", "contrib/debian/postinst", "tests/run.sh"] {
        assert!(run.contains(&PathBuf::from(known)), "{run:?}");
    }
    // A sourced script is checked with each script that sources it.
    assert_clean(Command::new("shellcheck").args(READ_IN).arg("--check-sourced").args(run));
}

#[test]
fn every_script_is_executable_or_sourced() {
    let (run, parts) = scripts();
    let everything: String = run.iter().chain(&parts).map(|file| read(file.to_str().unwrap())).collect();
    for part in parts {
        let name = part.file_name().unwrap().to_str().unwrap();
        let is_read = everything.lines().any(|line| line.trim_start().starts_with(". ") && line.contains(name));
        assert!(is_read, "no script sources {}, so it is not checked", part.display());
    }
}

#[test]
#[ignore = "needs shellcheck: sh tests/run.sh"]
fn cron_line_passes_shellcheck() {
    let lines = read("contrib/cron.d/invite");
    let commands: Vec<&str> = lines.lines().filter(|line| line.contains(" * ")).collect();
    let [line] = commands[..] else { panic!("{commands:?}") };
    assert!(!line.contains('%'), "cron replaces each % by a line end: {line}");
    let command = line.splitn(7, ' ').nth(6).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("line.sh");
    std::fs::write(&script, format!("#!/bin/sh\n{command}\n")).unwrap();
    assert_clean(Command::new("shellcheck").arg(script));
}

/// `SC2207` and `SC2181` are excluded, because `clap_complete` generates the script: it
/// splits words at its own separator, and tests `$?` after a long command.
#[test]
#[ignore = "needs shellcheck: sh tests/run.sh"]
fn completions_pass_shellcheck() {
    let script = "completions/invite.bash";
    assert_clean(Command::new("shellcheck").args(["--shell=bash", "--exclude=SC2207,SC2181", script]));
}
