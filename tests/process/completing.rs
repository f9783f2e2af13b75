//! What a shell offers while somebody types, asked by bash as the script has it.

use std::net::TcpListener;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::workshop::{Engine, Workshop, text, wait_for};

every_engine! {
    sqlite needs "needs bash: sh tests/run.sh";
    completion_offers_ids_but_no_codes,
}

/// What the completion script that is shipped puts into `COMPREPLY`.
fn offered(workshop: &Workshop, words: &[&str]) -> Vec<String> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("completions/invite.bash");
    let binary = Path::new(env!("CARGO_BIN_EXE_invite"));
    let like = workshop.command(&[]);
    let ask = "source \"$1\"; shift; COMP_WORDS=(invite \"$@\"); COMP_CWORD=$#; COMP_TYPE=9; COMP_LINE=\"invite $*\"; \
               COMP_POINT=${#COMP_LINE}; _clap_complete_invite invite \"${COMP_WORDS[COMP_CWORD]}\" \
               \"${COMP_WORDS[COMP_CWORD-1]}\"; for reply in \"${COMPREPLY[@]}\"; do echo \"$reply\"; done";
    let mut command = Command::new("bash");
    command.args(["--norc", "-c", ask, "bash"]).arg(script).args(words).env_clear();
    for (name, value) in like.get_envs() {
        if let Some(value) = value {
            command.env(name, value);
        }
    }
    command.env("PATH", format!("{}:/usr/bin:/bin", binary.parent().unwrap().display()));
    let output = command.output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{words:?}: {}", text(&output.stderr));
    text(&output.stdout).lines().map(str::to_owned).collect()
}

/// The same, asked until something is offered: a machine that is busy takes longer
/// than whoever types would wait.
fn offered_some(workshop: &Workshop, words: &[&str]) -> Vec<String> {
    let mut some = Vec::new();
    wait_for("an offer", || {
        some = offered(workshop, words);
        !some.is_empty()
    });
    some
}

fn completion_offers_ids_but_no_codes(engine: Engine) {
    let workshop = Workshop::with_spaces(engine, 3);
    workshop.succeed(&["backfill", "--yes"]);
    workshop.succeed(&["member", "add", "s000001", "u-ann"]);
    let spaces = workshop.texts("SELECT id FROM invite_spaces ORDER BY id");
    let invites = workshop.texts("SELECT id FROM invites ORDER BY id DESC");
    let codes = workshop.texts("SELECT code FROM invites");
    let sorted = |mut values: Vec<String>| {
        values.sort();
        values
    };
    assert_eq!(offered_some(&workshop, &["generate", "--space", "s0"]), spaces);
    assert_eq!(offered_some(&workshop, &["generate", "--space", &spaces[1]]), spaces[1..2]);
    assert_eq!(sorted(offered_some(&workshop, &["show", "0"])), sorted(invites));
    assert_eq!(offered(&workshop, &["list", "--policy", "sp"]), ["space"]);
    assert_eq!(offered(&workshop, &["generate", "--role", "cont"]), ["contributor"]);
    assert_eq!(offered(&workshop, &["help", "exit"]), ["exit-codes"]);
    // What a user has chosen could be a command.
    for id in ["sx$(id)", "sx y", "sx*"] {
        workshop.succeed(&["space", "add", id, "--policy", "space", "--name", "Odd"]);
    }
    workshop.succeed(&["space", "add", "sxz", "--policy", "space", "--name", "Plain"]);
    assert_eq!(offered_some(&workshop, &["space", "show", "sx"]), ["sxz"]);
    for code in codes {
        assert!(offered(&workshop, &["show", &code[..6]]).is_empty(), "a code was completed");
    }
}

#[test]
#[ignore = "needs bash: sh tests/run.sh"]
#[expect(clippy::disallowed_methods, reason = "whoever types does not wait for a database")]
fn completion_is_silent_if_database_does_not_answer() {
    let workshop = Workshop::new();
    // Takes connections, and never says a word.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("postgres://nobody@{}/nothing", silent.local_addr().unwrap());
    let asked = Instant::now();
    assert!(offered(&workshop, &["--database-url", &url, "generate", "--space", ""]).is_empty());
    // It would be waited for ten seconds and more.
    assert!(asked.elapsed() < Duration::from_secs(5), "{:?}", asked.elapsed());
    for url in ["sqlite:/nowhere/at/all.db", "nonsense", "postgres://nobody@127.0.0.1:1/nothing"] {
        assert!(offered(&workshop, &["--database-url", url, "generate", "--space", ""]).is_empty(), "{url}");
    }
}

/// Whoever types does not wait for a pipe that nobody writes to.
#[test]
#[ignore = "needs bash: sh tests/run.sh"]
fn completion_does_not_read_pipe() {
    let workshop = Workshop::new();
    let pipe = workshop.path("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let pipe = pipe.to_str().unwrap();
    for option in ["--database-url-file", "--config"] {
        assert!(offered(&workshop, &[option, pipe, "generate", "--space", ""]).is_empty());
    }
}

/// A variable that somebody set otherwise changes nothing of what a command does.
#[test]
#[ignore = "needs bash: sh tests/run.sh"]
fn completion_variable_of_another_program_is_ignored() {
    let workshop = Workshop::new();
    for value in ["1", "", "bash"] {
        let output = workshop.command(&["policy", "list"]).env("INVITE_COMPLETE", value).output().unwrap();
        assert!(text(&output.stdout).contains("container"), "{value}");
    }
}

#[test]
#[ignore = "needs bash: sh tests/run.sh"]
fn completion_creates_no_database() {
    let workshop = Workshop::new();
    let before = std::fs::read_dir(workshop.path("")).unwrap().count();
    assert!(offered(&workshop, &["generate", "--space", ""]).is_empty());
    assert_eq!(std::fs::read_dir(workshop.path("")).unwrap().count(), before);
}
