//! Dynamic completion, requested from bash by the shipped script.

use std::net::TcpListener;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::sandbox::{Engine, Sandbox, text, wait_for};

every_engine! {
    sqlite needs "needs bash: sh tests/run.sh";
    completion_offers_ids_but_no_codes,
}

/// Returns the `COMPREPLY` of the shipped completion script.
fn offered(sandbox: &Sandbox, words: &[&str]) -> Vec<String> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("completions/invite.bash");
    let binary = Path::new(env!("CARGO_BIN_EXE_invite"));
    let like = sandbox.command(&[]);
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

/// Repeats the completion until it offers something, because a busy machine exceeds its short
/// timeout.
fn offered_some(sandbox: &Sandbox, words: &[&str]) -> Vec<String> {
    let mut some = Vec::new();
    wait_for("an offer", || {
        some = offered(sandbox, words);
        !some.is_empty()
    });
    some
}

fn completion_offers_ids_but_no_codes(engine: Engine) {
    let sandbox = Sandbox::with_spaces(engine, 3);
    sandbox.succeed(&["backfill", "--yes"]);
    sandbox.succeed(&["member", "add", "s000001", "u-ann"]);
    let spaces = sandbox.texts("SELECT id FROM invite_spaces ORDER BY id");
    let invites = sandbox.texts("SELECT id FROM invites ORDER BY id DESC");
    let codes = sandbox.texts("SELECT code FROM invites");
    let sorted = |mut values: Vec<String>| {
        values.sort();
        values
    };
    assert_eq!(offered_some(&sandbox, &["generate", "--space", "s0"]), spaces);
    assert_eq!(offered_some(&sandbox, &["generate", "--space", &spaces[1]]), spaces[1..2]);
    assert_eq!(sorted(offered_some(&sandbox, &["show", "0"])), sorted(invites));
    assert_eq!(offered(&sandbox, &["list", "--policy", "sp"]), ["space"]);
    assert_eq!(offered(&sandbox, &["generate", "--role", "cont"]), ["contributor"]);
    assert_eq!(offered(&sandbox, &["help", "exit"]), ["exit-codes"]);
    // Texts chosen by users could be commands.
    for id in ["sx$(id)", "sx y", "sx*"] {
        sandbox.succeed(&["space", "add", id, "--policy", "space", "--name", "Odd"]);
    }
    sandbox.succeed(&["space", "add", "sxz", "--policy", "space", "--name", "Plain"]);
    assert_eq!(offered_some(&sandbox, &["space", "show", "sx"]), ["sxz"]);
    for code in codes {
        assert!(offered(&sandbox, &["show", &code[..6]]).is_empty(), "a code was completed");
    }
}

#[test]
#[ignore = "needs bash: sh tests/run.sh"]
#[expect(clippy::disallowed_methods, reason = "completion has a time limit")]
fn completion_is_silent_if_database_does_not_answer() {
    let sandbox = Sandbox::new();
    // Accepts connections and never responds.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("postgres://nobody@{}/nothing", silent.local_addr().unwrap());
    let asked = Instant::now();
    assert!(offered(&sandbox, &["--database-url", &url, "generate", "--space", ""]).is_empty());
    // The usual timeout is ten seconds or more.
    assert!(asked.elapsed() < Duration::from_secs(5), "{:?}", asked.elapsed());
    for url in ["sqlite:/nowhere/at/all.db", "nonsense", "postgres://nobody@127.0.0.1:1/nothing"] {
        assert!(offered(&sandbox, &["--database-url", url, "generate", "--space", ""]).is_empty(), "{url}");
    }
}

/// Completion must not block on a pipe without a writer.
#[test]
#[ignore = "needs bash: sh tests/run.sh"]
fn completion_does_not_read_pipe() {
    let sandbox = Sandbox::new();
    let pipe = sandbox.path("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let pipe = pipe.to_str().unwrap();
    for option in ["--database-url-file", "--config"] {
        assert!(offered(&sandbox, &[option, pipe, "generate", "--space", ""]).is_empty());
    }
}

/// Other values of the variable do not change a command.
#[test]
#[ignore = "needs bash: sh tests/run.sh"]
fn completion_variable_of_another_program_is_ignored() {
    let sandbox = Sandbox::new();
    for value in ["1", "", "bash"] {
        let output = sandbox.command(&["policy", "list"]).env("INVITE_COMPLETE", value).output().unwrap();
        assert!(text(&output.stdout).contains("container"), "{value}");
    }
}

#[test]
#[ignore = "needs bash: sh tests/run.sh"]
fn completion_creates_no_database() {
    let sandbox = Sandbox::new();
    let before = std::fs::read_dir(sandbox.path("")).unwrap().count();
    assert!(offered(&sandbox, &["generate", "--space", ""]).is_empty());
    assert_eq!(std::fs::read_dir(sandbox.path("")).unwrap().count(), before);
}
