//! Guarantees of the mail server that other tests rely on.

#![expect(clippy::unwrap_used, reason = "the panic shows where a test failed")]

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpStream;

use servers::MailServer;

/// Sends these lines, each after the reply to the previous one; returns the first three
/// characters of each reply.
fn send_lines(port: u16, lines: &[&str]) -> Vec<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    let mut answers = BufReader::new(stream.try_clone().unwrap()).lines();
    let mut codes = Vec::new();
    let mut answer = || {
        let line = answers.by_ref().map_while(Result::ok).find(|line| line.as_bytes().get(3) != Some(&b'-'));
        codes.push(line.map_or_else(String::new, |line| line[..3].to_owned()));
    };
    answer();
    for line in lines {
        stream.write_all(format!("{line}\r\n").as_bytes()).unwrap();
        answer();
    }
    codes
}

const LETTER: &str = "Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\nMessage-ID: <1@example.org>\r\n\
    Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\nSGVsbG8g4pyTCg==\r\n.";

fn send(port: u16, from: &str, to: &str) -> Vec<String> {
    let (from, to) = (format!("MAIL FROM:<{from}>"), format!("RCPT TO:<{to}>"));
    send_lines(port, &["EHLO test", &from, &to, "DATA", LETTER])
}

#[test]
#[ignore = "needs aiosmtpd: sh tests/run.sh"]
fn message_is_stored_raw_and_decoded() {
    let server = MailServer::start();
    assert_eq!(server.url(), format!("smtp://127.0.0.1:{}?tls=none", server.port()));
    assert_eq!(server.messages(), []);
    assert_eq!(send(server.port(), "a@example.org", "b@example.org"), ["220", "250", "250", "250", "354", "250"]);
    let messages = server.messages();
    assert_eq!(messages.len(), 1);
    assert_eq!((messages[0].from.as_str(), messages[0].to.as_str()), ("a@example.org", "b@example.org"));
    assert_eq!((messages[0].subject.as_str(), messages[0].message_id.as_str()), ("Grüße", "<1@example.org>"));
    assert_eq!((messages[0].text.as_str(), messages[0].html.as_str()), ("Hello ✓\n", ""));
    assert!(messages[0].raw.contains("SGVsbG8g4pyTCg=="));
    assert!(!messages[0].encrypted && messages[0].user.is_empty());
}

#[test]
#[ignore = "needs aiosmtpd: sh tests/run.sh"]
fn addresses_select_server_behavior() {
    let server = MailServer::with(&["letters=2"]);
    let codes = |from: &str, to: &str| send(server.port(), from, to)[2..].join(" ");
    assert_eq!(codes("refused@example.org", "b@example.org"), "550 503 503 500");
    for (to, expected) in [
        ("refused@example.org", "250 550 503 500"),
        ("refused.too@example.org", "250 550 503 500"),
        ("refusedly@example.org", "250 250 354 250"),
        ("later@example.org", "250 451 503 500"),
        ("spam@example.org", "250 250 354 554"),
        ("goodbye@example.org", "250 250 354 250"),
        ("lost@example.org", "250 250 354 "),
    ] {
        assert_eq!(codes("a@example.org", to), expected, "{to}");
    }
    assert_eq!(server.wait_for(3).len(), 3);
}

#[test]
#[ignore = "needs aiosmtpd: sh tests/run.sh"]
fn login_or_tls_is_required() {
    let server = MailServer::with(&["login"]);
    assert_eq!(send(server.port(), "a@example.org", "b@example.org")[2], "530");
    assert!(server.url().starts_with("smtp://invite:pencil%20sharpener@127.0.0.1:"));
    let server = MailServer::with(&["starttls"]);
    assert_eq!(send(server.port(), "a@example.org", "b@example.org")[2], "530");
    assert_eq!(send_lines(server.port(), &["EHLO test", "STARTTLS"]), ["220", "250", "220"]);
    assert!(server.url().contains("?ca=/"));
}

#[test]
#[ignore = "needs aiosmtpd: sh tests/run.sh"]
fn server_restarts_with_its_messages() {
    let server = MailServer::start();
    let taken = ["220", "250", "250", "250", "354", "250"];
    for count in 1..3 {
        assert_eq!(send(server.port(), "a@example.org", "b@example.org"), taken);
        if count == 1 {
            server.stop();
        } else {
            server.kill9();
        }
        assert!(TcpStream::connect(("127.0.0.1", server.port())).is_err());
        server.start_again();
        assert_eq!(server.messages().len(), count);
    }
    server.pause();
    server.resume();
    assert_eq!(send(server.port(), "a@example.org", "b@example.org"), taken);
    let folder = server.folder().to_owned();
    drop(server);
    assert!(!folder.exists(), "{folder:?} is still there");
}
