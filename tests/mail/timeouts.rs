//! Unreachable and silent mail servers.

use std::net::{Ipv4Addr, TcpListener};
use std::time::Duration;

use invite::mail::Fault;
use servers::MailServer;

use crate::scripted_server::{SILENCE, ScriptedServer, TAKES};
use crate::{fails, mailer, mailer_from, mailer_with_short_timeout, plaintext_url, send};

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs aiosmtpd: sh tests/run.sh"]
async fn unreachable_server_is_temporary_failure() {
    let server = MailServer::start();
    let mailer = mailer(&server.url());
    server.stop();
    let (why, fault) = fails(&mailer, "jane@example.org").await;
    assert_eq!(fault, Fault::Server);
    assert!(why.contains("Connection refused"), "{why}");
    server.start_again();
    send(&mailer, "jane@example.org").await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_mail_host_is_reported() {
    let (why, fault) = fails(&mailer("smtp://no-such-host.invalid?tls=none"), "jane@example.org").await;
    assert_eq!(fault, Fault::Server);
    assert!(why.starts_with("the mail server no-such-host.invalid:25 cannot be reached: "), "{why}");
}

#[tokio::test(flavor = "multi_thread")]
async fn server_without_greeting_times_out() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    for url in [plaintext_url(port), format!("smtp://127.0.0.1:{port}"), format!("smtps://127.0.0.1:{port}")] {
        let (why, fault) = fails(&mailer_with_short_timeout(&url), "jane@example.org").await;
        assert_eq!(fault, Fault::Server, "{url}");
        assert!(why.ends_with("did not answer within 1 s"), "{url}: {why}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn silence_before_message_means_not_delivered() {
    for spoken in 1..TAKES.len() - 1 {
        let mut answers = TAKES[..spoken].to_vec();
        answers.push(SILENCE);
        let peer = ScriptedServer::replying(&[&answers]);
        let (why, fault) = fails(&mailer_with_short_timeout(&plaintext_url(peer.port)), "jane@example.org").await;
        assert_eq!(fault, Fault::Server, "{answers:?}");
        assert!(why.ends_with("did not answer within 1 s"), "{answers:?}: {why}");
        assert!(!peer.received_lines().contains(&"(message)".to_owned()));
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs aiosmtpd: sh tests/run.sh"]
async fn disconnect_after_message_is_unknown_and_not_retried() {
    let server = MailServer::start();
    let mailer = mailer(&server.url());
    // On a new and on an idle connection.
    for _ in 0..2 {
        let failed = send(&mailer, "lost@example.org").await.unwrap_err();
        assert!(failed.perhaps_delivered && failed.fault == Fault::Server, "{failed}");
        assert!(
            failed.reason.contains("connection") && failed.reason.ends_with("; the message may have been delivered"),
            "{failed}"
        );
        send(&mailer, "jane@example.org").await.unwrap();
    }
    let to: Vec<String> = server.messages().into_iter().map(|message| message.to).collect();
    assert_eq!(to, ["lost@example.org", "jane@example.org", "lost@example.org", "jane@example.org"]);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs aiosmtpd: sh tests/run.sh"]
async fn silence_after_message_is_unknown_and_not_retried() {
    let server = MailServer::start();
    let mailer = mailer_with_short_timeout(&server.url());
    send(&mailer, "jane@example.org").await.unwrap();
    let failed = send(&mailer, "mute@example.org").await.unwrap_err();
    assert!(failed.perhaps_delivered && failed.fault == Fault::Server, "{failed}");
    assert!(failed.reason.ends_with("did not answer within 12 s; the message may have been delivered"), "{failed}");
    send(&mailer, "jane@example.org").await.unwrap();
    let to: Vec<String> = server.messages().into_iter().map(|message| message.to).collect();
    assert_eq!(to, ["jane@example.org", "mute@example.org", "jane@example.org"]);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs aiosmtpd: sh tests/run.sh"]
async fn timed_out_deliveries_do_not_affect_others() {
    let server = MailServer::start();
    let mailer = mailer_from("noreply@familytree.app", &server.url(), Duration::from_secs(2));
    let attempts: Vec<_> = (0..12)
        .map(|index| {
            let mailer = mailer.clone();
            let to = format!("{}@example.org", if index % 2 == 0 { "slow" } else { "jane" });
            tokio::spawn(async move { send(&mailer, &to).await })
        })
        .collect();
    for (index, attempt) in attempts.into_iter().enumerate() {
        match attempt.await.unwrap() {
            Ok(()) => assert_eq!(index % 2, 1),
            Err(failed) => assert!(index % 2 == 0 && failed.fault == Fault::Server, "{index}: {failed}"),
        }
    }
    for _ in 0..3 {
        send(&mailer, "jane@example.org").await.unwrap();
    }
    assert_eq!(server.messages().len(), 9);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs aiosmtpd: sh tests/run.sh"]
async fn hanging_server_is_used_again_after_recovery() {
    let server = MailServer::start();
    let mailer = mailer_with_short_timeout(&server.url());
    send(&mailer, "jane@example.org").await.unwrap();
    server.pause();
    for _ in 0..2 {
        let (why, fault) = fails(&mailer, "jane@example.org").await;
        assert!(fault == Fault::Server && why.ends_with("did not answer within 1 s"), "{why}");
    }
    server.resume();
    send(&mailer_from("noreply@familytree.app", &server.url(), crate::USUAL_TIMEOUT), "jane@example.org")
        .await
        .unwrap();
    assert_eq!(server.messages().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs aiosmtpd: sh tests/run.sh"]
async fn delivery_continues_after_caller_is_dropped() {
    let server = MailServer::start();
    let mailer = mailer(&server.url());
    let attempt = tokio::spawn({
        let mailer = mailer.clone();
        async move { send(&mailer, "jane@example.org").await }
    });
    tokio::task::yield_now().await;
    attempt.abort();
    let _ = attempt.await;
    send(&mailer, "john@example.org").await.unwrap();
    let johns = |message: &servers::Message| message.to == "john@example.org";
    assert_eq!(server.messages().iter().filter(|message| johns(message)).count(), 1);
}
