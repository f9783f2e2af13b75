//! The four systems: the examples, rules and errors of their documents, played
//! by the scripts in `tests/systems` from first to last.

use std::process::Command;

use servers::MailServer;

use crate::workshop::{Engine, Workshop, text};

on_each_engine!(spaces, trees, directors, containers);

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

/// Plays a script on a fresh database; what it printed is shown if it stops.
fn play(engine: Engine, name: &str, with: impl FnOnce(&mut Command) -> &mut Command) {
    let workshop = Workshop::on(engine);
    let mut script = Command::new("sh");
    script
        .arg(format!("{}/tests/systems/{name}", env!("CARGO_MANIFEST_DIR")))
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .env("TMPDIR", workshop.path(""))
        .env("INVITE", env!("CARGO_BIN_EXE_invite"));
    if engine != Engine::Sqlite {
        script.env("INVITE_DATABASE_URL", workshop.url_in_clear());
    }
    let output = with(&mut script).output().unwrap();
    assert!(output.status.success(), "{}\n{}", text(&output.stdout), text(&output.stderr));
    assert!(text(&output.stdout).contains("\nplayed: "), "{}", text(&output.stdout));
}
