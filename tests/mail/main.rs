//! Delivery to a real mail server and to misbehaving ones: received messages, errors, and
//! which party each error is attributed to.

#![expect(clippy::unwrap_used, reason = "the panic shows where a test failed")]

mod delivery;
mod killed;
mod pool;
mod protection;
mod refusals;
mod scripted_server;
mod timeouts;

use std::time::Duration;

use chrono::{TimeZone as _, Utc};
use invite::mail::{Fault, MailServer, Mailer, Message, SendError, Sender, Templates};
use uuid::Uuid;

/// The code in every link, which no error may contain.
const CODE: &str = "SECRETCODE42";

/// Timeout for servers that respond.
const USUAL_TIMEOUT: Duration = Duration::from_secs(10);

/// Timeout for servers that do not respond.
const SHORT_TIMEOUT: Duration = Duration::from_secs(1);

fn message(to: &str) -> Message {
    Message {
        to: to.to_owned(),
        space_id: "t1".to_owned(),
        space_name: "The Does".to_owned(),
        policy: "tree".to_owned(),
        role: "viewer".to_owned(),
        link: format!("https://example.org/invites/{CODE}"),
        code: CODE.to_owned(),
        expires_at: Some(Utc.with_ymd_and_hms(2026, 1, 9, 5, 4, 3).unwrap()),
        invited_by: Some("John Doe".to_owned()),
    }
}

fn mailer_from(sender: &str, url: &str, timeout: Duration) -> Mailer {
    let sender = Sender::new(sender, Some("Family Tree")).unwrap();
    Mailer::with_timeout(MailServer::parse(url).unwrap(), sender, Templates::built_in(), timeout).unwrap()
}

fn mailer_with(url: &str, templates: Templates) -> Mailer {
    let sender = Sender::new("noreply@familytree.app", None).unwrap();
    Mailer::new(MailServer::parse(url).unwrap(), sender, templates).unwrap()
}

fn mailer(url: &str) -> Mailer {
    mailer_from("noreply@familytree.app", url, USUAL_TIMEOUT)
}

fn mailer_with_short_timeout(url: &str) -> Mailer {
    mailer_from("noreply@familytree.app", url, SHORT_TIMEOUT)
}

/// Sends a message; panics if an error text is not printable.
async fn send(mailer: &Mailer, to: &str) -> Result<(), SendError> {
    let id = mailer.message_id(Uuid::from_u128(7));
    let outcome = mailer.send(&message(to), &id).await;
    if let Err(failed) = &outcome {
        assert!(failed.reason.starts_with("the mail server "), "{failed}");
        assert!(failed.reason.chars().count() <= 300 && !failed.reason.chars().any(char::is_control), "{failed}");
        assert!(!failed.reason.contains(CODE) && !failed.reason.contains("pencil"), "{failed}");
        assert!(!failed.perhaps_delivered || failed.fault == Fault::Server, "{failed}");
    }
    outcome
}

/// Sends a message that must fail permanently, and returns the error and its fault.
async fn fails(mailer: &Mailer, to: &str) -> (String, Fault) {
    let failed = send(mailer, to).await.unwrap_err();
    assert!(!failed.perhaps_delivered, "{failed}");
    (failed.reason, failed.fault)
}

/// Returns a URL of a server without TLS.
fn plaintext_url(port: u16) -> String {
    format!("smtp://127.0.0.1:{port}?tls=none")
}
