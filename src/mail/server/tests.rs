//! Parsing URLs of mail servers.

use crate::mail::server::*;

fn parse(url: &str) -> MailServer {
    MailServer::parse(url).unwrap()
}

#[test]
fn scheme_determines_encryption() {
    for (url, protection, port) in [
        ("smtp://mail.example.org", Protection::StartTls, 587),
        ("smtp://mail.example.org/", Protection::StartTls, 587),
        ("smtp://mail.example.org:25", Protection::StartTls, 25),
        ("smtp://mail.example.org?tls=required", Protection::StartTls, 587),
        ("smtp://mail.example.org?tls=none", Protection::None, 25),
        ("smtp://mail.example.org:2525?tls=none", Protection::None, 2525),
        ("smtps://mail.example.org", Protection::Tls, 465),
        ("SMTPS://mail.example.org:4650?tls=required", Protection::Tls, 4650),
    ] {
        let server = parse(url);
        assert_eq!((server.protection(), server.port()), (protection, port), "{url}");
        assert_eq!(server.host(), "mail.example.org", "{url}");
        assert!(server.account().is_none() && server.authority().is_none(), "{url}");
    }
}

#[test]
fn account_is_decoded_and_never_shown() {
    for (written, user, password) in [
        ("robot:hush", "robot", "hush"),
        ("robot:pencil%20sharpener", "robot", "pencil sharpener"),
        ("robot%40example.org:a%40b%3Ac%2Fd%25", "robot@example.org", "a@b:c/d%"),
        ("robot:a@b:c", "robot", "a@b:c"),
        ("robot:100%", "robot", "100%"),
        ("robot:gr%C3%BCn", "robot", "grün"),
    ] {
        let server = parse(&format!("smtp://{written}@mail.example.org"));
        let account = server.account().unwrap();
        assert_eq!((account.user.as_str(), account.password.as_str()), (user, password));
        let raw = written.split_once(':').unwrap();
        for shown in [server.url(), server.to_string(), format!("{server:?}")] {
            assert!(shown.contains("smtp://***@mail.example.org:587"), "{shown}");
            let secrets = [raw.0, raw.1, user, password];
            assert!(!secrets.iter().any(|secret| shown.contains(secret)), "{shown}");
        }
    }
}

#[test]
fn shown_url_names_the_same_server() {
    for url in [
        "smtp://mail.example.org:587",
        "smtps://[::1]:465?ca=/etc/mail/ca.pem",
        "smtp://127.0.0.1:2525?tls=none",
        "smtp://mail.example.org:587?tls=required&ca=/a%20b.pem",
    ] {
        assert_eq!(parse(url).url(), url);
        assert_eq!(parse(&parse(url).url()).url(), url);
    }
    assert_eq!(parse("smtp://mail.example.org?ca=/a%20b%40.pem").authority(), Some(Path::new("/a b@.pem")));
    assert_eq!(parse("smtps://[::1]").host(), "::1");
    assert_eq!(parse("smtps://[::1]").name(), "[::1]:465");
    assert_eq!(parse("smtp://m%C3%BCnchen.example").host(), "xn--mnchen-3ya.example");
}

#[test]
fn unencrypted_password_is_allowed_for_loopback_only() {
    for host in ["localhost", "127.0.0.1", "127.1.2.3", "[::1]"] {
        assert!(MailServer::parse(&format!("smtp://robot:hush@{host}?tls=none")).is_ok(), "{host}");
    }
    for host in ["mail.example.org", "10.0.0.1", "localhost.example.org", "[::2]", "0.0.0.0"] {
        let error = MailServer::parse(&format!("smtp://robot:hush@{host}?tls=none")).unwrap_err();
        assert_eq!(error.to_string(), "the URL of the mail server would send a password unencrypted", "{host}");
    }
}

#[test]
fn invalid_url_is_refused_without_repeating_it() {
    let wrong = [
        ("", "is not valid"),
        ("mail.example.org", "is not valid"),
        ("https://robot:hush@mail.example.org", "must begin with smtp"),
        ("mailto:hush@example.org", "must begin with smtp"),
        ("smtp:robot:hush@mail.example.org", "has parts other than an account"),
        ("smtp://robot:hush@", ""),
        ("smtp://?tls=none", "has no host"),
        ("smtp://robot:hu/sh@mail.example.org", ""),
        ("smtp://robot:12/hush@mail.example.org", "has parts other than an account"),
        ("smtp://robot:12?hush@mail.example.org", "has parts other than an account"),
        ("smtp://robot:12#hush@mail.example.org", "has parts other than an account"),
        ("smtp://mail.example.org/hush", "has parts other than an account"),
        ("smtp://robot:hush@mail.example.org:0", "has the port 0"),
        ("smtp://robot:hush@mail.example.org:99999", "is not valid"),
        ("smtp://robot:hush@mail example.org", ""),
        ("smtp://robot@mail.example.org", "has a user but no password"),
        ("smtp://:hush@mail.example.org", "has a password but no user"),
        ("smtp://robot:hush%0Ax@mail.example.org", "control characters"),
        ("smtp://robot:hush%00@mail.example.org", "control characters"),
        ("smtp://robot:hush%FF@mail.example.org", "not UTF-8"),
        ("smtp://robot:hush@mail.example.org?tsl=none", "unknown parameter"),
        ("smtp://robot:hush@mail.example.org?tls=opportunistic", "invalid value of tls"),
        ("smtp://robot:hush@mail.example.org?tls", "invalid value of tls"),
        ("smtp://robot:hush@mail.example.org?tls=required&tls=none", "repeats a parameter"),
        ("smtp://robot:hush@mail.example.org?ca=", "has an empty value of ca"),
        ("smtps://robot:hush@mail.example.org?tls=none", "combines smtps and tls=none"),
        ("smtp://mail.example.org?tls=none&ca=/ca.pem", "combines tls=none and ca"),
    ];
    for (url, expected) in wrong {
        let error = MailServer::parse(url).unwrap_err();
        let shown = error.to_string();
        assert!(shown.starts_with("the URL of the mail server ") && shown.contains(expected), "{url}: {shown}");
        assert!(error.hint().is_some() && !shown.contains('\n'), "{url}");
        assert!(!format!("{error:?}").contains("hush") && !shown.contains("12"), "{url}: {error:?}");
    }
}
