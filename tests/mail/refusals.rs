//! Refusals of mail servers: which party they are attributed to, and that other messages
//! are not affected.

use invite::mail::Fault;
use servers::MailServer;

use crate::scripted_server::{ScriptedServer, TAKES};
use crate::{USUAL_TIMEOUT, fails, mailer, mailer_from, plaintext_url, send};

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs aiosmtpd: sh tests/run.sh"]
async fn refused_recipient_does_not_affect_others() {
    let server = MailServer::start();
    let mailer = mailer(&server.url());
    let mut attempts = Vec::new();
    for index in 0..20 {
        let mailer = mailer.clone();
        let to =
            if index % 5 == 3 { format!("refused.{index}@example.org") } else { format!("jane.{index}@example.org") };
        attempts.push(tokio::spawn(async move { (to.clone(), send(&mailer, &to).await) }));
    }
    for attempt in attempts {
        let (to, outcome) = attempt.await.unwrap();
        match outcome {
            Ok(()) => assert!(to.starts_with("jane")),
            Err(failed) => {
                assert!(to.starts_with("refused"));
                assert_eq!(failed.fault, Fault::Recipient);
                let expected =
                    format!("127.0.0.1:{} refused the recipient: 550 5.1.1 no such user here", server.port());
                assert_eq!(failed.reason, format!("the mail server {expected}"));
            }
        }
    }
    let mut arrived: Vec<String> = server.messages().into_iter().map(|message| message.to).collect();
    arrived.sort();
    let mut expected: Vec<String> =
        (0..20).filter(|index| index % 5 != 3).map(|index| format!("jane.{index}@example.org")).collect();
    expected.sort();
    assert_eq!(arrived, expected);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs aiosmtpd: sh tests/run.sh"]
async fn connection_is_reused_after_refused_message() {
    let server = MailServer::start();
    let mailer = mailer(&server.url());
    for to in ["refused@example.org", "later@example.org", "spam@example.org"] {
        send(&mailer, "jane@example.org").await.unwrap();
        assert_eq!(fails(&mailer, to).await.1, Fault::Recipient, "{to}");
    }
    send(&mailer, "jane@example.org").await.unwrap();
    let messages = server.messages();
    assert_eq!(messages.len(), 4);
    assert!(messages.iter().all(|message| message.connection == messages[0].connection));
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs aiosmtpd: sh tests/run.sh"]
async fn temporary_failures_are_attributed() {
    let server = MailServer::start();
    let mailer = mailer(&server.url());
    let (why, fault) = fails(&mailer, "later@example.org").await;
    assert_eq!(fault, Fault::Recipient);
    assert!(why.ends_with("temporarily refused the recipient: 451 4.7.1 come back later"), "{why}");
    let (why, fault) = fails(&mailer, "busy@example.org").await;
    assert_eq!(fault, Fault::Server);
    assert!(why.ends_with("is not available: 421 4.3.2 going down"), "{why}");
    send(&mailer, "jane@example.org").await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs aiosmtpd: sh tests/run.sh"]
async fn echoed_message_is_not_reported() {
    let server = MailServer::start();
    let (why, fault) = fails(&mailer(&server.url()), "spam@example.org").await;
    assert_eq!(fault, Fault::Recipient);
    assert!(why.contains("refused the message: 554 5.7.1 spam: Hello, John Doe invites you"), "{why}");
    assert!(why.contains("open this link: *** "), "{why}");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs aiosmtpd: sh tests/run.sh"]
async fn refused_sender_and_recipient_are_distinguished() {
    let server = MailServer::start();
    let mailer = mailer_from("refused@example.org", &server.url(), USUAL_TIMEOUT);
    for _ in 0..2 {
        let (why, fault) = fails(&mailer, "jane@example.org").await;
        assert_eq!(fault, Fault::Sender);
        assert!(why.ends_with("refused the sender: 550 5.7.1 this sender may not"), "{why}");
    }
    assert_eq!(server.messages(), []);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs aiosmtpd: sh tests/run.sh"]
async fn wrong_password_is_configuration_error_and_not_repeated() {
    let server = MailServer::with(&["login"]);
    send(&mailer(&server.url()), "jane@example.org").await.unwrap();
    assert_eq!(server.messages()[0].user, server.account().0);
    let wrong = server.url().replace("pencil%20sharpener", "hush%20hush");
    let (why, fault) = fails(&mailer(&wrong), "jane@example.org").await;
    assert_eq!(fault, Fault::Sender);
    assert!(why.ends_with("refused the user or the password: 535 5.7.8 invite is not known with ***"), "{why}");
    let none = server.url().replace("invite:pencil%20sharpener@", "");
    let (why, fault) = fails(&mailer(&none), "jane@example.org").await;
    assert_eq!(fault, Fault::Sender);
    assert!(why.contains("refused the sender: 530 "), "{why}");
    assert_eq!(server.messages().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs aiosmtpd: sh tests/run.sh"]
async fn plain_and_login_authentication_work() {
    let server = MailServer::with(&["login", "no-plain"]);
    send(&mailer(&server.url()), "jane@example.org").await.unwrap();
    assert_eq!(server.messages()[0].user, server.account().0);
    let wrong = server.url().replace("pencil%20sharpener", "hush%20hush");
    assert_eq!(fails(&mailer(&wrong), "jane@example.org").await.1, Fault::Sender);
}

#[tokio::test(flavor = "multi_thread")]
async fn temporary_login_failure_is_server_error() {
    let secret = "AGludml0ZQBwZW5jaWwgc2hhcnBlbmVy";
    for (answer, fault, words) in [
        ("454 later", Fault::Server, "temporarily refused the user or the password: 454 later"),
        ("421 later", Fault::Server, "is not available"),
        ("334 VXNlcg==", Fault::Server, "is not understood"),
        ("535 no: AGludml0ZQBwZW5jaWwgc2hhcnBlbmVy", Fault::Sender, "refused the user or the password: 535 no: ***"),
    ] {
        let peer = ScriptedServer::replying(&[&[TAKES[0], "250-hi\n250 AUTH PLAIN", answer]]);
        let url = format!("smtp://invite:pencil%20sharpener@127.0.0.1:{}?tls=none", peer.port);
        let (why, found) = fails(&mailer(&url), "jane@example.org").await;
        assert_eq!(found, fault, "{answer}: {why}");
        assert!(why.contains(words) && !why.contains(secret), "{answer}: {why}");
        assert_eq!(peer.received_lines()[1], format!("AUTH PLAIN {secret}"));
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs aiosmtpd: sh tests/run.sh"]
async fn account_needs_server_with_authentication() {
    let server = MailServer::start();
    let url = server.url().replace("smtp://", "smtp://invite:pencil%20sharpener@");
    let (why, fault) = fails(&mailer(&url), "jane@example.org").await;
    assert_eq!(fault, Fault::Sender);
    assert!(why.contains("does not offer authentication with a password"), "{why}");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs aiosmtpd: sh tests/run.sh"]
async fn non_ascii_address_at_ascii_server_is_reported() {
    let server = MailServer::with(&["ascii"]);
    let mailer = mailer(&server.url());
    for _ in 0..2 {
        let (why, fault) = fails(&mailer, "jürgen@example.org").await;
        assert_eq!(fault, Fault::Recipient);
        assert!(why.contains("accepts only ASCII in addresses (it does not offer SMTPUTF8)"), "{why}");
    }
    send(&mailer, "jurgen@münchen.example").await.unwrap();
    assert_eq!(server.messages()[0].to, "jurgen@xn--mnchen-3ya.example");
    let sender = mailer_from("büro@example.org", &server.url(), USUAL_TIMEOUT);
    assert_eq!(fails(&sender, "jane@example.org").await.1, Fault::Sender);
}

#[tokio::test(flavor = "multi_thread")]
async fn refusal_is_attributed_by_smtp_stage() {
    let [greeting, hello, sender, recipient, data, _] = TAKES;
    for (answers, fault, words) in [
        (vec!["421 full"], Fault::Server, "is not available: 421 full"),
        (vec!["450 full"], Fault::Server, "temporarily refused the connection: 450 full"),
        (vec!["554 you may not"], Fault::Server, "refused the connection: 554 you may not"),
        (vec!["I am no mail server"], Fault::Server, "sent an invalid SMTP reply"),
        (vec![greeting, "500 what?"], Fault::Server, "refused the connection: 500 what?"),
        (vec![greeting, hello, "451 try later"], Fault::Server, "temporarily refused the sender: 451 try later"),
        (vec![greeting, hello, "553 not yours"], Fault::Sender, "refused the sender: 553 not yours"),
        (vec![greeting, hello, sender, "530 log in"], Fault::Sender, "refused the recipient: 530 log in"),
        (vec![greeting, hello, sender, "354 go on"], Fault::Server, "sent an unexpected reply: 354"),
        (vec![greeting, hello, sender, recipient, "554 no"], Fault::Recipient, "refused the message: 554 no"),
        (vec![greeting, hello, sender, recipient, "250 ok"], Fault::Server, "sent an unexpected reply: 250"),
        (vec![greeting, hello, sender, recipient], Fault::Server, "connection"),
        (vec![greeting, hello, sender, recipient, data, "552 full"], Fault::Recipient, "refused the message: 552 full"),
        (
            vec![greeting, hello, sender, recipient, data, "452 full"],
            Fault::Recipient,
            "temporarily refused the message",
        ),
        (vec![greeting, hello, sender, recipient, data, "421 bye"], Fault::Server, "is not available: 421 bye"),
    ] {
        let peer = ScriptedServer::replying(&[&answers]);
        let (why, found) = fails(&mailer(&plaintext_url(peer.port)), "jane@example.org").await;
        assert_eq!(found, fault, "{answers:?}: {why}");
        assert!(why.contains(words), "{answers:?}: {why}");
    }
}
