//! The four systems: the scripts in `tests/systems` run the examples, rules and errors of their
//! documents.

use std::ffi::OsStr;
use std::process::Command;

use servers::MailServer;

use crate::sandbox::{Engine, Sandbox, text};

every_engine! {
    spaces,
    directors,
    containers,
}

every_engine! {
    sqlite needs "needs aiosmtpd: sh tests/run.sh";
    trees,
}

fn spaces(engine: Engine) {
    play(engine, "spaces.sh", |script| script);
}

fn trees(engine: Engine) {
    let server = MailServer::start();
    let folder = server.folder().join("mail");
    play(engine, "trees.sh", |script| {
        script
            .env("INVITE_SMTP_URL", server.url())
            .env("INVITE_MAIL", &folder)
            .env("FROM_EMAIL", "noreply@familytree.app")
            .env("FROM_NAME", "Family Tree")
            .env("FRONTEND_URL", "http://localhost:3000")
    });
}

fn directors(engine: Engine) {
    play(engine, "directors.sh", |script| script);
}

fn containers(engine: Engine) {
    play(engine, "containers.sh", |script| script);
}

#[test]
fn difference_stops_script_and_is_reported() {
    let sandbox = Sandbox::new();
    let words = "document D\nexample E\ndoes space add 1 --policy container --name J\nhas policy space\necho on\n";
    std::fs::write(sandbox.path("wrong.sh"), format!(". {FOLDER}/play.sh\n{words}")).unwrap();
    let output = script(&sandbox, sandbox.path("wrong.sh")).output().unwrap();
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    for line in ["document: D", "step:     E", "about:    policy", "expected: space", "got:      container"] {
        assert!(said.lines().any(|printed| printed == line), "no {line:?} in {said}");
    }
    assert!(!text(&output.stdout).contains("on\n"), "{}", text(&output.stdout));
}

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/systems");

/// Runs a script on a new database, and shows its output if it fails.
fn play(engine: Engine, name: &str, with: impl FnOnce(&mut Command) -> &mut Command) {
    let sandbox = Sandbox::on(engine);
    let mut script = script(&sandbox, format!("{FOLDER}/{name}"));
    if engine != Engine::Sqlite {
        script.env("INVITE_DATABASE_URL", sandbox.unencrypted_url());
    }
    let output = with(&mut script).output().unwrap();
    assert!(output.status.success(), "{}\n{}", text(&output.stdout), text(&output.stderr));
    assert!(text(&output.stdout).contains("\nplayed: "), "{}", text(&output.stdout));
}

/// Returns a command for a script with a clean environment.
fn script(sandbox: &Sandbox, path: impl AsRef<OsStr>) -> Command {
    let mut script = Command::new("sh");
    script
        .arg(path)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .env("TMPDIR", sandbox.path(""))
        .env("INVITE", env!("CARGO_BIN_EXE_invite"));
    script
}
