//! Composed messages: headers, encoding, and secrets that stay hidden.

use std::time::Duration;

use chrono::{TimeZone as _, Utc};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed};
use uuid::Uuid;

use crate::mail::compose::{SmtpMessage, compose};
use crate::mail::mailer::Mailer;
use crate::mail::message::Message;
use crate::mail::send_error::without_secrets;
use crate::mail::send_error::{Fault, SendError};
use crate::mail::sender::Sender;
use crate::mail::server::MailServer;
use crate::mail::templates::Templates;

const ID: &str = "<1@example.org>";

fn sample() -> Message {
    Message {
        to: "jane@example.org".to_owned(),
        space_id: "t1".to_owned(),
        space_name: "The Does".to_owned(),
        policy: "tree".to_owned(),
        role: "viewer".to_owned(),
        link: "https://example.org/invites/SECRETCODE".to_owned(),
        code: "X".to_owned(),
        expires_at: Some(Utc.with_ymd_and_hms(2026, 1, 9, 5, 4, 3).unwrap()),
        invited_by: Some("John Doe".to_owned()),
    }
}

fn sender() -> Sender {
    Sender::new("noreply@familytree.app", Some("Family Tree")).unwrap()
}

fn composed(message: &Message) -> Result<SmtpMessage, SendError> {
    compose(&sender(), &Templates::built_in(), message, ID)
}

fn text(message: &Message) -> String {
    String::from_utf8(composed(message).unwrap().bytes).unwrap()
}

/// Parses the headers in order, with their continuation lines.
fn headers(message: &str) -> Vec<(String, String)> {
    let (head, _) = message.split_once("\r\n\r\n").unwrap();
    let mut headers: Vec<(String, String)> = Vec::new();
    for line in head.split("\r\n") {
        if line.starts_with([' ', '\t']) {
            headers.last_mut().unwrap().1.push_str(line);
        } else {
            let (name, value) = line.split_once(": ").unwrap_or_else(|| panic!("no header: {line:?}"));
            headers.push((name.to_owned(), value.to_owned()));
        }
    }
    headers
}

fn names(message: &str) -> Vec<String> {
    let mut names: Vec<String> = headers(message).into_iter().map(|(name, _)| name).collect();
    names.sort();
    names
}

const NAMES: [&str; 8] =
    ["Auto-Submitted", "Content-Type", "Date", "From", "MIME-Version", "Message-ID", "Subject", "To"];

#[test]
fn message_has_the_expected_headers() {
    let message = text(&sample());
    assert_eq!(names(&message), NAMES);
    let header = |name: &str| headers(&message).into_iter().find(|header| header.0 == name).unwrap().1;
    assert_eq!(header("From"), "\"Family Tree\" <noreply@familytree.app>");
    assert_eq!(header("To"), "jane@example.org");
    assert_eq!(header("Subject"), "Invitation to The Does");
    assert_eq!(header("Message-ID"), ID);
    assert_eq!(header("Auto-Submitted"), "auto-generated");
    assert_eq!(header("MIME-Version"), "1.0");
    assert!(header("Content-Type").starts_with("multipart/alternative;"));
    assert!(header("Date").ends_with("+0000"));
    for part in ["Content-Type: text/plain; charset=utf-8", "Content-Type: text/html; charset=utf-8"] {
        assert!(message.contains(part), "{part}");
    }
}

#[test]
fn line_breaks_in_message_do_not_reach_headers() {
    let evil = "x\r\nBcc: spy@example.org\r\n\r\nbody\n.\r\n";
    let filled = |fill: &dyn Fn(&mut Message)| {
        let mut message = sample();
        fill(&mut message);
        text(&message)
    };
    for message in [
        filled(&|message| evil.clone_into(&mut message.space_name)),
        filled(&|message| evil.clone_into(&mut message.space_id)),
        filled(&|message| evil.clone_into(&mut message.role)),
        filled(&|message| evil.clone_into(&mut message.policy)),
        filled(&|message| message.invited_by = Some(evil.to_owned())),
    ] {
        assert_eq!(names(&message), NAMES);
        assert!(!headers(&message).iter().any(|(name, value)| name == "To" && value != "jane@example.org"));
    }
}

#[test]
fn invalid_address_or_link_is_recipients_fault() {
    let broken = |fill: &dyn Fn(&mut Message)| {
        let mut message = sample();
        fill(&mut message);
        let refused = composed(&message).err().unwrap();
        assert_eq!((refused.fault, refused.perhaps_delivered), (Fault::Recipient, false));
        assert!(!refused.reason.contains("SECRETCODE"));
        refused.reason
    };
    for to in [
        "",
        "jane",
        "@example.org",
        "jane@",
        "jane@exa mple.org",
        "jane@example.org\r\nRCPT TO:<spy@example.org>",
        "jane\n@example.org",
        "jane@example.org\0",
        "jane@example.org, spy@example.org",
        "Jane <jane@example.org>",
        "\"jane\r\n\"@example.org",
        "jane@example.org>",
    ] {
        let why = broken(&|message| to.clone_into(&mut message.to));
        assert_eq!(why, "the recipient is not an e-mail address", "{to}");
    }
    for link in ["", "https://example.org/a b", "https://example.org/\r\nSECRETCODE", "\0"] {
        let why = broken(&|message| link.clone_into(&mut message.link));
        assert!(why.starts_with("the link is empty, or contains"), "{link}");
    }
    for id in ["", "1@example.org", "<1>", "<@>", "<1@example.org>\r\nBcc: x@y.z", "<a b@c>", "<a@b>>"] {
        assert!(compose(&sender(), &Templates::built_in(), &sample(), id).is_err(), "{id}");
    }
}

#[test]
fn text_is_encoded_and_domain_is_ascii() {
    let full = Message {
        space_name: "Großmütter 山田".to_owned(), invited_by: Some("Grüße ✓".to_owned()), ..sample()
    };
    assert!(text(&full).is_ascii());
    let message = composed(&Message { to: "jane@münchen.example".to_owned(), ..sample() }).unwrap();
    assert_eq!(message.to.to_string(), "jane@xn--mnchen-3ya.example");
    assert_eq!(message.needs_smtputf8(), None);
    let message = composed(&Message { to: "jürgen@example.org".to_owned(), ..sample() }).unwrap();
    assert_eq!(message.needs_smtputf8(), Some(Fault::Recipient));
    let sender = Sender::new("büro@example.org", None).unwrap();
    let message = compose(&sender, &Templates::built_in(), &sample(), ID).unwrap();
    assert_eq!(message.needs_smtputf8(), Some(Fault::Sender));
}

#[test]
fn sender_accepts_address_and_one_line_name() {
    let plain = Sender::new(" noreply@example.org ", Some("  ")).unwrap();
    assert_eq!((plain.address(), plain.name()), ("noreply@example.org", None));
    for name in ["Tree, Family", "\"Tree\"", "A <b@c.d>", "Müller & Söhne", "山田", "a\\", "(x)", "a@b"] {
        let sender = Sender::new("noreply@example.org", Some(name)).unwrap();
        let message = compose(&sender, &Templates::built_in(), &sample(), ID).unwrap();
        let message = String::from_utf8(message.bytes).unwrap();
        assert_eq!(names(&message), NAMES, "{name}");
        let from = headers(&message).into_iter().find(|header| header.0 == "From").unwrap().1;
        assert!(from.ends_with("<noreply@example.org>"), "{from}");
    }
    for (address, name) in [
        ("", None),
        ("noreply", None),
        ("a@b\r\nBcc: c@d", None),
        ("Family Tree <noreply@example.org>", None),
        ("noreply@example.org", Some("a\r\nBcc: spy@example.org")),
        ("noreply@example.org", Some("a\0b")),
        ("noreply@example.org", Some("a\u{1b}[31m")),
    ] {
        assert!(Sender::new(address, name).is_err(), "{address} {name:?}");
    }
    assert!(Sender::new("noreply@example.org", Some(&"x".repeat(201))).is_err());
}

#[test]
fn debug_output_hides_link_and_password() {
    let server = MailServer::parse("smtp://robot:hush%21@mail.example.org").unwrap();
    let mailer = Mailer::new(server, sender(), Templates::built_in()).unwrap();
    let shown = format!("{mailer:?} {mailer:#?} {:?} {:#?} {}", sample(), sample(), mailer.server_url());
    for secret in ["SECRETCODE", "hush", "robot"] {
        assert!(!shown.contains(secret), "{shown}");
    }
    assert!(shown.contains("jane@example.org") && shown.contains("smtp://***@mail.example.org:587"));
    assert_eq!(mailer.message_id(Uuid::from_u128(7)), "<00000000-0000-0000-0000-000000000007@familytree.app>");
}

#[test]
fn reason_is_one_short_line_without_secrets() {
    let long = SendError::new(Fault::Server, &format!("a\r\nb\u{1b}[31m\u{202e}{}", "é".repeat(1000)));
    assert_eq!(long.reason.chars().count(), 300);
    assert!(long.reason.starts_with("a  b [31m é") && long.reason.ends_with("é…"), "{}", long.reason);
    let words = without_secrets("no: hush at https://x/CODE or CODE, \0 hush", ["hush", "https://x/CODE", "CODE", ""]);
    assert_eq!(words, "no: *** at *** or ***,   ***");
    assert_eq!(long.to_string(), long.reason);
}

#[test]
fn invalid_ca_file_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ca.pem");
    let new = || {
        let server = MailServer::parse(&format!("smtps://robot:hush@localhost?ca={}", file.display())).unwrap();
        Mailer::with_timeout(server, sender(), Templates::built_in(), Duration::from_secs(1)).unwrap_err()
    };
    assert!(new().to_string().starts_with("cannot read the file of the parameter ca"));
    for content in ["", "no certificate", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
        std::fs::write(&file, content).unwrap();
        let error = new();
        assert!(error.to_string().contains("contains no certificate"), "{content}: {error}");
    }
}

/// Decodes the encoded words of a header, as a mail program does.
fn decoded(value: &str) -> String {
    use base64::Engine as _;
    let mut shown = String::new();
    let mut rest = value;
    while let Some((before, word)) = rest.split_once("=?") {
        let parts: Vec<&str> = word.splitn(3, '?').collect();
        let Some((text, after)) = parts.get(2).and_then(|part| part.split_once("?=")) else { break };
        let bytes = match parts[1] {
            "b" | "B" => base64::engine::general_purpose::STANDARD.decode(text).unwrap_or_default(),
            _ => quoted_printable(text),
        };
        shown.push_str(before.trim_start());
        shown.push_str(&String::from_utf8_lossy(&bytes));
        rest = after;
    }
    shown + rest
}

fn quoted_printable(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let hex = tail.get(..2).and_then(|hex| u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok());
        match (first, hex) {
            (b'=', Some(byte)) => {
                bytes.push(byte);
                rest = &tail[2..];
            }
            (b'_', _) => {
                bytes.push(b' ');
                rest = tail;
            }
            _ => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    bytes
}

#[test]
fn encoded_words_in_name_are_shown_literally() {
    for name in [
        "=?utf-8?q?Smith=0D=0ABcc:_eve@example.org?=",
        "=?utf-8?b?DQpCY2M6IGV2ZUBleGFtcGxlLm9yZw==?=",
        "a =?iso-8859-1?Q?=1B[2J?= b",
        "=?utf-8?q?=E2=80=AE?=",
        "=?",
        "1 =? 2 ?= 3",
        &"=?utf-8?q?=0A?= Grüße ".repeat(10),
    ] {
        let text = text(&Message { space_name: name.to_owned(), ..sample() });
        let subject = headers(&text).into_iter().find(|(name, _)| name == "Subject").unwrap().1;
        assert!(decoded(&subject).contains(name.trim()), "{subject}");
        assert!(text.split("\r\n\r\n").next().unwrap().split("\r\n").all(|line| line.len() <= 90), "{text}");
    }
    assert!(Sender::new("noreply@example.org", Some("=?utf-8?q?=0A?=")).is_err());
}

/// Generates texts that contain many dangerous parts.
fn any_text() -> impl Strategy<Value = String> {
    let nasty = prop::sample::select(vec![
        "\r\n",
        "\n",
        "\r",
        "\0",
        "Bcc: a@b.c",
        ": ",
        "\u{2028}",
        "=?",
        "?=",
        "=?utf-8?q?=0D=0ABcc:_x?=",
        "=?utf-8?b?Gw==?=",
        "\u{85}",
        ".",
    ]);
    let piece = prop_oneof![any::<char>().prop_map(String::from), nasty.prop_map(str::to_owned), "[a-zA-Z ]{0,40}"];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

fn any_message() -> impl Strategy<Value = Message> {
    let to = prop_oneof![Just("jane@example.org".to_owned()), any_text(), "[a-zé]{1,5}@[a-zü]{1,5}\\.org"];
    let link = prop_oneof![Just("https://example.org/X".to_owned()), any_text()];
    let texts = (any_text(), any_text(), any_text(), any_text());
    (to, link, texts, prop::option::of(any_text())).prop_map(
        |(to, link, (space_id, space_name, policy, role), invited_by)| Message {
            to,
            space_id,
            space_name,
            policy,
            role,
            code: link.clone(),
            link,
            expires_at: None,
            invited_by,
        },
    )
}

proptest! {
    #![proptest_config(Config { cases: 400, failure_persistence: None, rng_seed: RngSeed::Fixed(2026), ..Config::default() })]

    #[test]
    fn no_message_adds_a_header_or_a_long_line(message in any_message()) {
        match composed(&message) {
            Ok(message) => {
                let text = String::from_utf8(message.bytes.clone()).unwrap();
                prop_assert_eq!(names(&text), NAMES);
                for (name, value) in headers(&text) {
                    let shown = decoded(&value);
                    prop_assert!(!shown.chars().any(|c| c.is_control() && c != '\t'), "{}: {}", name, value);
                }
                let tight = text.replace("\r\n", "");
                prop_assert!(!tight.contains(['\r', '\n', '\0']));
                prop_assert!(text.split("\r\n").all(|line| line.len() <= 998));
                prop_assert!(!message.to.to_string().contains(|c: char| c.is_control() || c.is_whitespace()));
            }
            Err(refused) => {
                prop_assert_eq!(refused.fault, Fault::Recipient);
                prop_assert!(!refused.reason.chars().any(char::is_control));
            }
        }
    }
}
