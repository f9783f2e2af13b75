//! `--timeout`: every wait for a server ends within it, and the error states the outcome of the
//! change. docs/scaling.md lists the cases of this file.

use std::process::Output;
use std::time::{Duration, Instant};

use servers::Server;

use crate::error_output::ErrorOutput;
use crate::proxy::{Cut, Proxy, Swallow};
use crate::sandbox::{Engine, Sandbox, succeeded, text};
use crate::server_lost_connection::by_way_of;

every_server! {
    first_connection_waits_for_starting_server,
    first_connection_waits_for_free_connection,
    delayed_answers_are_waited_for,
    lost_commit_is_retried_within_timeout,
    lost_commit_reply_is_looked_up_within_timeout,
    silence_after_commit_ends_as_unknown_within_timeout,
    frozen_server_times_out,
}

const TIMEOUT: Duration = Duration::from_secs(9);
const OPTION: &str = "9s";

/// Returns the error output of a command that must end within the timeout, with a tolerance for
/// slow machines.
fn within_the_timeout(work: impl FnOnce() -> Output) -> Output {
    let began = now();
    let output = work();
    let took = began.elapsed();
    assert!(took < TIMEOUT + Duration::from_secs(4), "{took:?}: {}", text(&output.stderr));
    output
}

#[expect(clippy::disallowed_methods, reason = "measures the wait of a run")]
fn now() -> Instant {
    Instant::now()
}

/// Returns the exact COMMIT message of the tool, because READ COMMITTED contains the word too.
fn commit(engine: Engine) -> &'static str {
    if engine == Engine::Postgres { "COMMIT\0" } else { "; COMMIT;" }
}

fn with_code(engine: Engine) -> (Sandbox, String) {
    let sandbox = Sandbox::with_container(engine);
    let code = sandbox.succeed(&["generate", "--space", "1", "-o", "code"]).trim().to_owned();
    (sandbox, code)
}

fn joined(sandbox: &Sandbox) -> i64 {
    sandbox.number("SELECT count(*) FROM invite_members")
}

fn first_connection_waits_for_starting_server(engine: Engine) {
    let server = Server::with_options(engine.kind(), &[]);
    let sandbox = Sandbox::migrated(server.create_database(), engine);
    server.stop();
    let mut command = sandbox.command(&["list", "--timeout", "60s", "-v"]);
    let child = command.spawn().unwrap();
    server.start();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
}

fn first_connection_waits_for_free_connection(engine: Engine) {
    // PostgreSQL reserves connections for administrators.
    let options: &[&str] = match engine {
        Engine::Postgres => &["-c", "max_connections=5", "-c", "superuser_reserved_connections=3"],
        _ => &["--max-connections=10"],
    };
    let server = Server::with_options(engine.kind(), options);
    let sandbox = Sandbox::migrated(server.create_database(), engine);
    let holders: Vec<_> = (0..if engine == Engine::Postgres { 2 } else { 10 })
        .map(|_| crate::lock_holder::LockHolder::of(engine, &sandbox.url(), "SELECT 1"))
        .collect();
    let output = within_the_timeout(|| sandbox.run(&["list", "--timeout", "3s"]));
    ErrorOutput::parse(&output, 10).names("too many connections", "max_connections");
    let child = sandbox.start(&["list", "--timeout", "60s"]);
    for holder in holders {
        holder.release();
    }
    assert!(child.wait_with_output().unwrap().status.success());
}

fn delayed_answers_are_waited_for(engine: Engine) {
    let (sandbox, code) = with_code(engine);
    let proxy = Proxy::before(engine.server().port(), Cut::Delay(Duration::from_millis(100)));
    let args = ["use", code.as_str(), "--user", "u1", "--timeout", OPTION];
    succeeded(&sandbox.run_at(&by_way_of(&proxy, &sandbox), &args));
    assert_eq!(joined(&sandbox), 1);
}

fn swallowed(engine: Engine, is_heard: bool, is_everything: bool) -> (Sandbox, Output) {
    let (sandbox, code) = with_code(engine);
    let swallow = Swallow { from: commit(engine), is_heard, is_everything };
    let proxy = Proxy::before(engine.server().port(), Cut::Swallow(swallow));
    let args = ["use", code.as_str(), "--user", "u1", "--timeout", OPTION, "-o", "json"];
    let url = by_way_of(&proxy, &sandbox);
    let output = within_the_timeout(|| sandbox.run_at(&url, &args));
    (sandbox, output)
}

/// The server never receives the COMMIT, and ends the idle transaction itself.
fn lost_commit_is_retried_within_timeout(engine: Engine) {
    let (sandbox, output) = swallowed(engine, false, false);
    succeeded(&output);
    assert_eq!(joined(&sandbox), 1);
    assert_eq!(sandbox.number("SELECT count(*) FROM invite_operations WHERE command = 'use'"), 1);
}

fn lost_commit_reply_is_looked_up_within_timeout(engine: Engine) {
    let (sandbox, output) = swallowed(engine, true, false);
    succeeded(&output);
    assert_eq!(joined(&sandbox), 1);
    assert_eq!(sandbox.number("SELECT uses FROM invites"), 1);
}

fn silence_after_commit_ends_as_unknown_within_timeout(engine: Engine) {
    let (sandbox, output) = swallowed(engine, true, true);
    assert_eq!(output.status.code(), Some(10), "{}", text(&output.stderr));
    let error: serde_json::Value = serde_json::from_slice(&output.stderr).unwrap();
    assert_eq!((&error["outcome"], &error["status"]), (&"unknown".into(), &503.into()), "{error}");
    let operation = error["operation"].as_str().unwrap();
    assert!(error["error"].as_str().unwrap().contains(operation), "{error}");
    assert!(error["hint"].as_str().unwrap().contains(&format!("invite operations show {operation}")), "{error}");
    // The list of operations shows that the use was committed.
    assert_eq!(sandbox.number(&format!("SELECT count(*) FROM invite_operations WHERE id = '{operation}'")), 1);
}

fn frozen_server_times_out(engine: Engine) {
    let server = Server::with_options(engine.kind(), &[]);
    let sandbox = Sandbox::migrated(server.create_database(), engine);
    server.pause();
    let output = within_the_timeout(|| sandbox.run(&["list", "--timeout", OPTION]));
    server.resume();
    ErrorOutput::parse(&output, 10).names("no server answers at ", "check that the server");
}
