//! Reuse of idle connections, which must never cause a failure.

use invite::mail::Fault;
use servers::MailServer;

use crate::scripted_server::{ScriptedServer, TAKES};
use crate::{fails, mailer, plaintext_url, send};

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs aiosmtpd: sh tests/run.sh"]
async fn messages_share_one_connection() {
    let server = MailServer::start();
    let mailer = mailer(&server.url());
    for _ in 0..5 {
        send(&mailer, "jane@example.org").await.unwrap();
    }
    let messages = server.messages();
    assert!(messages.iter().all(|message| message.connection == messages[0].connection), "{messages:?}");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs aiosmtpd: sh tests/run.sh"]
async fn restarted_server_gets_next_message() {
    for options in [&[][..], &["starttls", "login"], &["tls"]] {
        let server = MailServer::with(options);
        let mailer = mailer(&server.url());
        for restart in [MailServer::stop, MailServer::kill9] {
            send(&mailer, "jane@example.org").await.unwrap();
            restart(&server);
            server.start_again();
        }
        send(&mailer, "jane@example.org").await.unwrap();
        assert_eq!(server.messages().len(), 3, "{options:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs aiosmtpd: sh tests/run.sh"]
async fn closed_idle_connections_lose_no_message() {
    let server = MailServer::start();
    let mailer = mailer(&server.url());
    for _ in 0..3 {
        let attempts: Vec<_> = (0..16)
            .map(|_| {
                let mailer = mailer.clone();
                tokio::spawn(async move { send(&mailer, "jane@example.org").await })
            })
            .collect();
        for attempt in attempts {
            attempt.await.unwrap().unwrap();
        }
        server.kill9();
        server.start_again();
    }
    assert_eq!(server.messages().len(), 48);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs aiosmtpd: sh tests/run.sh"]
async fn connection_closed_after_reply_counts_as_delivered() {
    let server = MailServer::start();
    let mailer = mailer(&server.url());
    for _ in 0..3 {
        send(&mailer, "goodbye@example.org").await.unwrap();
        send(&mailer, "jane@example.org").await.unwrap();
    }
    assert_eq!(server.messages().len(), 6);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs aiosmtpd: sh tests/run.sh"]
async fn message_limit_of_server_opens_new_connection() {
    let server = MailServer::with(&["letters=2"]);
    let mailer = mailer(&server.url());
    for _ in 0..5 {
        send(&mailer, "jane@example.org").await.unwrap();
    }
    let mut connections: Vec<u16> = server.messages().into_iter().map(|message| message.connection).collect();
    assert_eq!(connections.len(), 5);
    connections.dedup();
    assert_eq!(connections.len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs aiosmtpd: sh tests/run.sh"]
async fn connection_is_replaced_after_maximum_use() {
    let server = MailServer::start();
    let mailer = mailer(&server.url());
    for _ in 0..101 {
        send(&mailer, "jane@example.org").await.unwrap();
    }
    let connections: Vec<u16> = server.messages().into_iter().map(|message| message.connection).collect();
    assert!(connections[..100].iter().all(|connection| *connection == connections[0]));
    assert_ne!(connections[100], connections[0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn refused_sender_on_old_connection_is_retried() {
    let first = [&TAKES[..], &["554 5.7.0 too many letters in this session"]].concat();
    let peer = ScriptedServer::replying(&[&first, &TAKES]);
    let mailer = mailer(&plaintext_url(peer.port));
    for _ in 0..2 {
        send(&mailer, "jane@example.org").await.unwrap();
    }
    assert_eq!(peer.received_lines().iter().filter(|line| *line == "(message)").count(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn stale_quit_reply_is_discarded() {
    let mut first = TAKES.to_vec();
    first.push("+421 4.4.2 you were silent for too long");
    let peer = ScriptedServer::replying(&[&first, &TAKES]);
    let mailer = mailer(&plaintext_url(peer.port));
    send(&mailer, "jane@example.org").await.unwrap();
    send(&mailer, "john@example.org").await.unwrap();
    let lines = peer.received_lines();
    assert_eq!(lines.iter().filter(|line| *line == "(message)").count(), 2, "{lines:?}");
    assert_eq!(lines.iter().filter(|line| *line == "RCPT TO:<john@example.org>").count(), 1, "{lines:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_command_follows_delivery_reply() {
    let peer = ScriptedServer::replying(&[&[TAKES[0], TAKES[1], TAKES[2], TAKES[3], TAKES[4], TAKES[5], "221 bye"]]);
    let mailer = mailer(&plaintext_url(peer.port));
    send(&mailer, "jane@example.org").await.unwrap();
    drop(mailer);
    let lines = peer.received_lines();
    assert_eq!(
        lines[1..],
        ["MAIL FROM:<noreply@familytree.app>", "RCPT TO:<jane@example.org>", "DATA", "(message)", "QUIT"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn server_that_closes_connections_is_retried_once() {
    let greets = &[TAKES[0], TAKES[1]][..];
    let peer = ScriptedServer::replying(&[&TAKES, greets]);
    let mailer = mailer(&plaintext_url(peer.port));
    send(&mailer, "jane@example.org").await.unwrap();
    let (why, fault) = fails(&mailer, "jane@example.org").await;
    assert!(fault == Fault::Server, "{why}");
    assert_eq!(peer.received_lines().iter().filter(|line| line.starts_with("EHLO ")).count(), 2);
}
