//! Scripts, as `shellcheck` reads them. Where one of ours means what it
//! complains of, a comment in the script says why.

use std::path::PathBuf;
use std::process::Command;

use crate::{assert_clean, files, read, root};

/// Where the files lie that scripts read in.
const READ_IN: [&str; 5] =
    ["-x", "--source-path=SCRIPTDIR", "--source-path=.", "--source-path=tests", "--source-path=tests/servers/scripts"];

/// Those that are run, and those that others read in.
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
    // What is read in is looked at with each script that does so.
    assert_clean(Command::new("shellcheck").args(READ_IN).arg("--check-sourced").args(run));
}

#[test]
fn every_script_is_executable_or_sourced() {
    let (run, parts) = scripts();
    let everything: String = run.iter().chain(&parts).map(|file| read(file.to_str().unwrap())).collect();
    for part in parts {
        let name = part.file_name().unwrap().to_str().unwrap();
        let is_read = everything.lines().any(|line| line.trim_start().starts_with(". ") && line.contains(name));
        assert!(is_read, "nothing reads {} in, so that nobody looks at it", part.display());
    }
}

#[test]
#[ignore = "needs shellcheck: sh tests/run.sh"]
fn cron_line_passes_shellcheck() {
    let lines = read("contrib/cron.d/invite");
    let commands: Vec<&str> = lines.lines().filter(|line| line.contains(" * ")).collect();
    let [line] = commands[..] else { panic!("{commands:?}") };
    assert!(!line.contains('%'), "cron makes a line end of each %: {line}");
    let command = line.splitn(7, ' ').nth(6).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("line.sh");
    std::fs::write(&script, format!("#!/bin/sh\n{command}\n")).unwrap();
    assert_clean(Command::new("shellcheck").arg(script));
}

/// `SC2207` and `SC2181`: the script is made by `clap_complete`, which splits what
/// it reads at a character of its own, and asks for `$?` behind a long command.
#[test]
#[ignore = "needs shellcheck: sh tests/run.sh"]
fn completions_pass_shellcheck() {
    let script = "completions/invite.bash";
    assert_clean(Command::new("shellcheck").args(["--shell=bash", "--exclude=SC2207,SC2181", script]));
}
