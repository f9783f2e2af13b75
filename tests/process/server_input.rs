//! Invalid database URLs and missing databases: one error line, an exit code and a hint.

use serde_json::Value;

use crate::error_output::ErrorOutput;
use crate::sandbox::{Engine, Sandbox, text};

every_server! {
    wrong_account_or_address_is_named,
    error_is_json_if_json_is_requested,
}

/// An invalid host name, which needs no lookup.
pub const UNKNOWN: &str = "nowhere..invalid";

/// Replaces a part of the valid URL.
struct Mistake {
    right: String,
    wrong: &'static str,
    exit: i32,
    names: &'static str,
    helps: &'static str,
}

fn mistakes(engine: Engine, database: &str) -> [Mistake; 5] {
    let mistake =
        |right: &str, wrong, exit, names, helps| Mistake { right: right.to_owned(), wrong, exit, names, helps };
    let place = format!("127.0.0.1:{}", engine.server().port());
    let create =
        if engine == Engine::Postgres { "createdb invite_nowhere" } else { "CREATE DATABASE `invite_nowhere`" };
    [
        mistake("pencil%20sharpener", "wrong", 1, "denied for the user \"invite\"", "check the user and password"),
        mistake("//invite:", "//nobody:", 1, "denied for the user \"nobody\"", "check the user and password"),
        mistake(&place, UNKNOWN, 10, "unknown host in", "check the host name"),
        mistake(&place, "127.0.0.1:1", 10, "no server answers at", "that the server is running"),
        mistake(database, "invite_nowhere", 1, "database \"invite_nowhere\"", create),
    ]
}

fn wrong_account_or_address_is_named(engine: Engine) {
    let sandbox = Sandbox::with_container(engine);
    for mistake in mistakes(engine, sandbox.database().name()) {
        let url = sandbox.url().replace(&mistake.right, mistake.wrong);
        assert_ne!(url, sandbox.url());
        for args in [&["list"][..], &["use", "ABCDEFGH", "--user", "u1"], &["migrate"], &["migrate", "--status"]] {
            let said = ErrorOutput::parse(&sandbox.run_at_with_short_timeout(&url, args), mistake.exit)
                .names(mistake.names, mistake.helps);
            // The URL without the password identifies the database.
            let shown = if mistake.wrong == "//nobody:" { "//nobody@" } else { "//invite@" };
            assert!(said.error.contains(shown) || said.error.contains("does not exist on the server"), "{said:?}");
        }
    }
    assert_eq!(sandbox.number("SELECT count(*) FROM invite_users"), 0);
}

fn error_is_json_if_json_is_requested(engine: Engine) {
    let sandbox = Sandbox::on(engine);
    let url = sandbox.url().replace("pencil", "wrong");
    let output = sandbox.run_at(&url, &["list", "-o", "json"]);
    assert_eq!(output.status.code(), Some(1));
    let said: Value = serde_json::from_slice(&output.stderr).unwrap();
    assert_eq!((said["success"].as_bool(), said["reason"].as_str()), (Some(false), Some("database_failed")), "{said}");
    assert!(said["hint"].is_string(), "{said}");
    assert!(!text(&output.stderr).contains("wrong"), "{said}");
}
