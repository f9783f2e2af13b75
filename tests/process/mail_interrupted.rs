//! Interrupted sending: by the server, a signal, a kill or another run.

use std::collections::HashMap;

use servers::{MailServer, Message};

use crate::mail_sandbox::MailSandbox;
use crate::sandbox::{Engine, signal, text, wait_for};

every_engine! {
    sqlite needs "needs aiosmtpd: sh tests/run.sh";
    mail_server_stop_during_200_messages_loses_none,
    concurrent_runs_send_no_message_twice,
    signal_lets_started_deliveries_finish_and_rest_follow,
    claims_of_killed_run_expire,
}

/// Starts a slow mail server that needs at least two seconds for 200 messages, so that the run is
/// interrupted.
const UNHURRIED: &str = "pause=50";

/// Returns the number of messages per address.
fn messages_per_address(messages: &[Message]) -> HashMap<&str, usize> {
    messages.iter().fold(HashMap::new(), |mut counts, message| {
        *counts.entry(message.to.as_str()).or_default() += 1;
        counts
    })
}

fn mail_server_stop_during_200_messages_loses_none(engine: Engine) {
    let mail_sandbox = MailSandbox::with(engine, MailServer::with(&[UNHURRIED]));
    let file = mail_sandbox.people(200);
    let child = mail_sandbox
        .command(&["generate", "--space", "smith", "--from", &file, "--yes", "-o", "json"])
        .spawn()
        .unwrap();
    mail_sandbox.server.wait_for(60);
    mail_sandbox.server.kill9();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(3), "{}", text(&output.stderr));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let (sent, unsent) = (report["sent"].as_i64().unwrap(), report["unsent"].as_i64().unwrap());
    assert_eq!((report["created"].as_i64().unwrap(), sent + unsent), (200, 200));
    assert!(sent >= 50 && unsent > 0, "{sent} were sent, and the server was stopped after 60");
    assert_eq!(mail_sandbox.invites_where("last_sent_at IS NOT NULL AND sends = 1"), sent);
    assert_eq!(mail_sandbox.invites_where("last_sent_at IS NULL AND last_send_error IS NOT NULL"), unsent);
    let acknowledged: Vec<String> =
        mail_sandbox.sandbox.texts("SELECT email FROM invites WHERE last_sent_at IS NOT NULL");

    mail_sandbox.server.start_again();
    let again = mail_sandbox.json(&["resend", "--failed", "--yes"], 0);
    assert_eq!((again["sent"].as_i64(), again["in_progress"].as_i64()), (Some(unsent), Some(0)));
    let messages = mail_sandbox.server.messages();
    let messages_per_address = messages_per_address(&messages);
    assert_eq!(messages_per_address.len(), 200, "each address has one message");
    assert!(
        acknowledged.iter().all(|address| messages_per_address[address.as_str()] == 1),
        "one was sent twice: {messages_per_address:?}"
    );
    assert_eq!(
        mail_sandbox.invites_where("last_sent_at IS NOT NULL AND last_send_error IS NULL AND send_after IS NULL"),
        200
    );
}

fn concurrent_runs_send_no_message_twice(engine: Engine) {
    let mail_sandbox = MailSandbox::on(engine);
    mail_sandbox.server.stop();
    let file = mail_sandbox.people(60);
    mail_sandbox.json(&["generate", "--space", "smith", "--from", &file, "--yes"], 3);
    mail_sandbox.server.start_again();
    let runs: Vec<_> =
        (0..3).map(|_| mail_sandbox.command(&["resend", "--failed", "-o", "json", "--yes"]).spawn().unwrap()).collect();
    let mut sent = 0;
    for run in runs {
        let output = run.wait_with_output().unwrap();
        let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        sent += report["sent"].as_i64().unwrap();
    }
    // A run skips messages that another run has claimed.
    mail_sandbox.json(&["resend", "--failed", "--yes"], 0);
    assert_eq!(sent, 60);
    let messages = mail_sandbox.server.messages();
    assert_eq!((messages.len(), messages_per_address(&messages).len()), (60, 60));
    assert_eq!(mail_sandbox.invites_where("sends = 1 AND send_after IS NULL"), 60);
}

fn signal_lets_started_deliveries_finish_and_rest_follow(engine: Engine) {
    let mail_sandbox = MailSandbox::with(engine, MailServer::with(&[UNHURRIED]));
    let file = mail_sandbox.people(200);
    let child = mail_sandbox
        .command(&["generate", "--space", "smith", "--from", &file, "--yes", "-o", "json"])
        .spawn()
        .unwrap();
    mail_sandbox.server.wait_for(20);
    signal(&child, "INT");
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{}", text(&output.stderr));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let (sent, unsent) = (report["sent"].as_i64().unwrap(), report["unsent"].as_i64().unwrap());
    assert_eq!((sent + unsent, report["interrupted"].as_bool()), (200, Some(true)));
    assert_eq!(mail_sandbox.server.messages().len(), usize::try_from(sent).unwrap());
    assert_eq!(mail_sandbox.json(&["resend", "--failed", "--yes"], 0)["sent"].as_i64(), Some(unsent));
    assert_eq!(messages_per_address(&mail_sandbox.server.messages()).values().copied().max(), Some(1));
}

fn claims_of_killed_run_expire(engine: Engine) {
    let mail_sandbox = MailSandbox::with(engine, MailServer::start());
    let mut child =
        mail_sandbox.command(&["generate", "--space", "smith", "--email", "slow@example.org"]).spawn().unwrap();
    wait_for("the invite to be stored", || mail_sandbox.invites_where("send_after IS NOT NULL") == 1);
    child.kill().unwrap();
    child.wait().unwrap();
    mail_sandbox.sandbox.wait_until_sessions_end();
    assert_eq!(mail_sandbox.json(&["list"], 0)["invites"][0]["mail"], "sending");
    let report = mail_sandbox.json(&["resend", "--failed", "--yes"], 0);
    assert_eq!((report["sent"].as_i64(), report["in_progress"].as_i64()), (Some(0), Some(1)));
    // Moves the claims five minutes into the past.
    mail_sandbox.sandbox.set("UPDATE invites SET email = 'quick@example.org', send_after = created_at");
    assert_eq!(mail_sandbox.json(&["list"], 0)["invites"][0]["mail"], "not_sent");
    assert_eq!(mail_sandbox.json(&["resend", "--failed", "--yes"], 0)["sent"], 1);
    assert_eq!(mail_sandbox.server.wait_for(1)[0].to, "quick@example.org");
}
