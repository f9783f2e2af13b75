//! Contents of delivered messages.

use invite::mail::Templates;
use servers::MailServer;

use crate::{CODE, mailer, mailer_from, mailer_with, message, send};

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs aiosmtpd: sh tests/run.sh"]
async fn message_arrives_unchanged() {
    let server = MailServer::start();
    send(&mailer(&server.url()), "jane@example.org").await.unwrap();
    let messages = server.messages();
    assert_eq!(messages.len(), 1);
    let message = &messages[0];
    assert_eq!((message.from.as_str(), message.to.as_str()), ("noreply@familytree.app", "jane@example.org"));
    assert_eq!(message.subject, "Invitation to The Does");
    assert_eq!(message.message_id, "<00000000-0000-0000-0000-000000000007@familytree.app>");
    assert!(message.text.contains("John Doe invites you to join The Does as viewer."));
    assert!(message.text.lines().any(|line| line == format!("https://example.org/invites/{CODE}")));
    assert!(message.text.contains("valid until 9 January 2026, 05:04 UTC"));
    assert!(message.html.contains("<b>The Does</b> as viewer") && message.html.contains(CODE));
    for line in ["To: jane@example.org", "Auto-Submitted: auto-generated", "MIME-Version: 1.0"] {
        assert!(message.raw.lines().any(|raw| raw == line), "{line}");
    }
    assert!(message.raw.contains("From: \"Family Tree\" <noreply@familytree.app>"));
    assert!(message.raw.contains("\r\nDate: ") && message.raw.contains("multipart/alternative"));
    assert!(!message.encrypted && message.user.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs aiosmtpd: sh tests/run.sh"]
async fn texts_of_all_scripts_arrive_unchanged() {
    let server = MailServer::start();
    let folder = tempfile::tempdir().unwrap();
    let lines =
        format!(".\n..\njoin {{{{ space_name }}}} as {{{{ role }}}}\n{}\n{{{{ link }}}}\nend", "long ".repeat(400));
    std::fs::write(folder.path().join("invitation.txt"), lines).unwrap();
    let mailer = mailer_with(&server.url(), Templates::in_folder(folder.path()).unwrap());
    let names =
        ["Großmütter 山田 ✓", "a.\n.\r\nQUIT", ".", "=?utf-8?q?x?=", "<b>&amp;\"'</b>", "x\r\nBcc: spy@example.org"];
    for name in names {
        let mut message = message("jane@example.org");
        name.clone_into(&mut message.space_name);
        message.link = format!("https://example.org/{}/{CODE}", "x".repeat(300));
        mailer.send(&message, "<1@example.org>").await.unwrap();
    }
    let messages = server.messages();
    assert_eq!(messages.len(), names.len());
    for (message, name) in messages.iter().zip(names) {
        let one_line = name.replace(['\r', '\n'], " ");
        assert!(message.text.contains(&format!("join {one_line} as viewer")), "{name}: {}", message.text);
        assert!(message.text.replace("\r\n", "\n").starts_with(".\n..\njoin "), "{name}: {}", message.text);
        assert!(message.text.contains(&format!("https://example.org/{}/{CODE}", "x".repeat(300))));
        assert!(!message.raw.split("\r\n\r\n").next().unwrap().contains("\nBcc:"));
        assert_eq!(message.to, "jane@example.org");
    }
    assert_eq!(messages[0].subject, "Invitation to Großmütter 山田 ✓");
    assert!(messages[4].html.contains("&lt;b&gt;&amp;amp;"), "{}", messages[4].html);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs aiosmtpd: sh tests/run.sh"]
async fn custom_templates_are_used() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("invitation.subject.txt"), "{{ role }} of {{ space_name }}\n").unwrap();
    std::fs::write(folder.path().join("invitation.txt"), "Go to {{ link }}").unwrap();
    let server = MailServer::start();
    send(&mailer_with(&server.url(), Templates::in_folder(folder.path()).unwrap()), "jane@example.org").await.unwrap();
    let messages = server.messages();
    assert_eq!(messages[0].subject, "viewer of The Does");
    assert_eq!(messages[0].text.trim_end(), format!("Go to https://example.org/invites/{CODE}"));
    assert!(messages[0].html.contains("If you did not expect this"));
    assert!(messages[0].raw.contains("From: noreply@familytree.app\r\n"));
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs aiosmtpd: sh tests/run.sh"]
async fn non_ascii_address_needs_server_support() {
    let server = MailServer::start();
    send(&mailer(&server.url()), "jürgen@münchen.example").await.unwrap();
    assert_eq!(server.messages()[0].to, "jürgen@xn--mnchen-3ya.example");
    send(&mailer_from("büro@example.org", &server.url(), crate::USUAL_TIMEOUT), "jane@example.org").await.unwrap();
    assert_eq!(server.messages()[1].from, "büro@example.org");
}
