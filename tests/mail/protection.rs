//! TLS: required, trusted and for the right name; nothing is sent in plaintext otherwise.

use invite::mail::Fault;
use servers::MailServer;

use crate::scripted_server::{ScriptedServer, injecting_after_starttls};
use crate::{fails, mailer, send};

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs aiosmtpd: sh tests/run.sh"]
async fn message_is_sent_over_trusted_tls() {
    for options in [["starttls", "login"], ["tls", "login"]] {
        let server = MailServer::with(&options);
        for host in ["127.0.0.1", "localhost"] {
            let mailer = mailer(&server.url_at(host));
            for _ in 0..2 {
                send(&mailer, "jane@example.org").await.unwrap();
            }
        }
        let messages = server.messages();
        assert_eq!(messages.len(), 4, "{options:?}");
        assert!(messages.iter().all(|message| message.encrypted && message.user == "invite"), "{options:?}");
        assert_eq!(messages[0].connection, messages[1].connection);
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs aiosmtpd: sh tests/run.sh"]
async fn certificate_of_unknown_authority_is_refused() {
    for option in ["starttls", "tls"] {
        let server = MailServer::with(&[option, "login"]);
        let url = server.url();
        let (url, _) = url.split_once("?ca=").unwrap();
        let (why, fault) = fails(&mailer(url), "jane@example.org").await;
        assert_eq!(fault, Fault::Server);
        assert!(why.contains("has an untrusted certificate") && why.contains("UnknownIssuer"), "{why}");
        assert_eq!(server.messages(), []);
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs aiosmtpd: sh tests/run.sh"]
async fn certificate_for_other_name_is_refused() {
    for option in ["starttls", "tls"] {
        let server = MailServer::with(&[option, "second-address"]);
        let (why, fault) = fails(&mailer(&server.url_at("127.0.0.2")), "jane@example.org").await;
        assert_eq!(fault, Fault::Server);
        assert!(why.contains("has an untrusted certificate"), "{why}");
        assert!(why.contains("not valid for"), "{why}");
        send(&mailer(&server.url()), "jane@example.org").await.unwrap();
        assert_eq!(server.messages().len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs aiosmtpd: sh tests/run.sh"]
async fn nothing_is_sent_in_plaintext_without_starttls() {
    let peer = ScriptedServer::replying(&[&["220 hi", "250-hi\n250 AUTH PLAIN LOGIN", ""]]);
    let url = format!("smtp://invite:pencil%20sharpener@127.0.0.1:{}", peer.port);
    let (why, fault) = fails(&mailer(&url), "jane@example.org").await;
    assert_eq!(fault, Fault::Server);
    assert!(why.contains("does not offer STARTTLS, and an unencrypted connection is not allowed"), "{why}");
    let lines = peer.received_lines();
    assert!(lines.len() == 1 && lines[0].starts_with("EHLO "), "{lines:?}");

    let server = MailServer::start();
    let url = server.url().replace("?tls=none", "");
    assert_eq!(fails(&mailer(&url), "jane@example.org").await.1, Fault::Server);
    assert_eq!(server.messages(), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_sent_in_plaintext_if_starttls_fails() {
    for answer in ["454 not now", "220 go on\nno handshake", "502 what?"] {
        let peer = ScriptedServer::replying(&[&["220 hi", "250-hi\n250-STARTTLS\n250 AUTH PLAIN", answer]]);
        let url = format!("smtp://invite:pencil%20sharpener@127.0.0.1:{}", peer.port);
        assert_eq!(fails(&mailer(&url), "jane@example.org").await.1, Fault::Server, "{answer}");
        let lines = peer.received_lines();
        assert!(lines.len() == 2 && lines[1] == "STARTTLS", "{lines:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs aiosmtpd: sh tests/run.sh"]
async fn server_without_tls_is_distinguished_from_missing_one() {
    let server = MailServer::start();
    let url = server.url().replace("smtp://", "smtps://").replace("?tls=none", "");
    let (why, fault) = fails(&mailer(&url), "jane@example.org").await;
    assert_eq!(fault, Fault::Server);
    assert!(why.contains("violated the TLS protocol: "), "{why}");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs aiosmtpd: sh tests/run.sh"]
async fn replies_injected_before_tls_are_ignored() {
    let server = MailServer::with(&["starttls"]);
    let through = |lines: &'static str| {
        let port = injecting_after_starttls(server.port(), lines);
        mailer(&server.url().replace(&server.port().to_string(), &port.to_string()))
    };
    send(&through(""), "jane@example.org").await.unwrap();
    // Replies that would make a refused recipient look accepted.
    let all = "250 hi\r\n250 ok\r\n250 ok\r\n354 go on\r\n250 taken\r\n";
    for lines in [all, "250 hi\r\n250 o", "250 hi\r\n"] {
        let (why, fault) = fails(&through(lines), "john@example.org").await;
        assert_eq!(fault, Fault::Server, "{why}");
        // A single reply may not show before the first affected command.
        let is_late = lines == "250 hi\r\n" && why.contains("sent an unexpected reply");
        assert!(is_late || why.contains("sent data before the TLS handshake"), "{lines:?}: {why}");
    }
    assert_eq!(server.messages().len(), 1);
}
