//! Mail errors: one error line, the exit code, and the stored state. Invalid settings are refused
//! before any change; after a server error the invite stays stored.

use std::process::{Command, Output};

use servers::MailServer;

use crate::error_output::ErrorOutput;
use crate::mail_sandbox::MailSandbox;
use crate::sandbox::{Engine, Sandbox, text};

every_engine! {
    sqlite needs "needs aiosmtpd: sh tests/run.sh";
    refused_mail_record_is_named_and_others_are_sent,
}

/// Makes the database refuse a change of the invite of one address.
fn refuse(sandbox: &Sandbox, condition: &str) {
    let address = "email = 'person1@example.org'";
    sandbox.set(&if sandbox.engine() == Engine::Sqlite {
        let condition = format!("NEW.{address} AND NEW.{condition}");
        format!(
            "CREATE TRIGGER unnoted BEFORE UPDATE ON invites WHEN {condition} BEGIN SELECT RAISE(ABORT, 'unnoted'); END"
        )
    } else {
        format!("ALTER TABLE invites ADD CONSTRAINT unnoted CHECK (NOT ({address} AND {condition}))")
    });
}

fn refuse_no_more(sandbox: &Sandbox) {
    let is_file = sandbox.engine() == Engine::Sqlite;
    sandbox.set(if is_file { "DROP TRIGGER unnoted" } else { "ALTER TABLE invites DROP CONSTRAINT unnoted" });
}

fn refused_mail_record_is_named_and_others_are_sent(engine: Engine) {
    let mail_sandbox = MailSandbox::on(engine);
    refuse(&mail_sandbox.sandbox, "last_sent_at IS NOT NULL");
    let file = mail_sandbox.people(5);
    let output = mail_sandbox.run(&["generate", "--space", "smith", "--from", &file]);
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(3), "{said}");
    let failed: Vec<&str> = said.lines().filter(|line| line.starts_with("failed: ")).collect();
    assert_eq!(failed.len(), 1, "{said}");
    assert!(failed[0].starts_with("failed: line 3: person1@example.org: the mail server accepted"), "{said}");
    assert!(failed[0].contains("the database refused a row: ") && failed[0].contains("unnoted"), "{said}");
    assert!(said.contains("5 invites created, 5 sent, 1 failed."), "{said}");
    assert_eq!(mail_sandbox.server.wait_for(5).len(), 5);
    assert_eq!(mail_sandbox.invites_where("last_sent_at IS NOT NULL"), 4);

    // For named invitations, failures name the argument as typed, and the other invitations are sent.
    refuse_no_more(&mail_sandbox.sandbox);
    refuse(&mail_sandbox.sandbox, "resends > 0");
    let ids = mail_sandbox.sandbox.texts("SELECT id FROM invites WHERE last_sent_at IS NOT NULL ORDER BY id");
    let refused = mail_sandbox.sandbox.texts("SELECT id FROM invites WHERE email = 'person1@example.org'").remove(0);
    // A sent but unrecorded message waits until its claim expires.
    mail_sandbox.sandbox.set("UPDATE invites SET send_after = NULL, sends = 1 WHERE email = 'person1@example.org'");
    let named = [&ids[0], &refused, &ids[2]];
    let output = mail_sandbox.run(&["resend", named[0], named[1], named[2]]);
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(3), "{said}");
    let failed: Vec<&str> = said.lines().filter(|line| line.starts_with("failed: ")).collect();
    let wanted = format!("failed: argument 2 (ID {refused}): the database refused a row: ");
    assert!(failed.len() == 1 && failed[0].starts_with(&wanted) && failed[0].contains("unnoted"), "{said}");
    assert_eq!(mail_sandbox.server.wait_for(7).len(), 7);
}

const ONE: [&str; 5] = ["generate", "--space", "smith", "--email", "bob@example.org"];

fn refused(command: &mut Command, wrong: &str, helps: &str) {
    ErrorOutput::parse(&command.output().unwrap(), 2).names(wrong, helps);
}

#[test]
#[ignore = "needs aiosmtpd: sh tests/run.sh"]
fn invalid_mail_setting_is_refused_before_any_change() {
    let mail_sandbox = MailSandbox::on(Engine::Sqlite);
    refused(mail_sandbox.command(&ONE).env_remove("INVITE_SMTP_URL"), "no mail server is configured", "--no-send");
    refused(
        mail_sandbox.command(&ONE).env_remove("FROM_EMAIL"),
        "smtp_url is set but from_email is missing",
        "FROM_EMAIL",
    );
    refused(mail_sandbox.command(&ONE).env_remove("FRONTEND_URL"), "base_url is not set", "INVITE_BASE_URL");
    let name = "Ann\r\nBcc: all@example.org";
    for (variable, value, wrong) in [
        ("FROM_EMAIL", "Family <noreply@familytree.app>", "environment FROM_EMAIL: from_email is not"),
        ("FROM_NAME", name, "environment FROM_EMAIL: from_name"),
        ("INVITE_SMTP_URL", "smtp://u:hunter2@mail.example.org:587/?tls=perhaps", "environment INVITE_SMTP_URL: "),
        ("INVITE_SMTP_URL", "smtp://u:hunter2@mail.example.org?tls=none", "environment INVITE_SMTP_URL: "),
        ("INVITE_SMTP_URL", "imap://u:hunter2@mail.example.org", "environment INVITE_SMTP_URL: "),
    ] {
        let output = mail_sandbox.command(&ONE).env(variable, value).output().unwrap();
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.starts_with(&format!("error: {wrong}")) && !said.contains("hunter2"), "{value}: {said}");
    }
    assert_eq!(mail_sandbox.sandbox.number("SELECT count(*) FROM invites"), 0);
    assert_eq!(mail_sandbox.server.messages(), []);
}

#[test]
#[ignore = "needs aiosmtpd: sh tests/run.sh"]
fn no_send_needs_no_sender() {
    let mail_sandbox = MailSandbox::on(Engine::Sqlite);
    mail_sandbox.sandbox.succeed(&["space", "add", "box", "--policy", "container", "--name", "Box"]);
    for command in [&["generate", "--space", "box"][..], &["resend", "--failed", "--dry-run"]] {
        let output = mail_sandbox.command(command).env_remove("FROM_EMAIL").output().unwrap();
        assert!(output.status.success(), "{}", text(&output.stderr));
    }
    assert_eq!(mail_sandbox.sandbox.number("SELECT count(*) FROM invites"), 1);
    refused(
        mail_sandbox.command(&ONE).env_remove("FROM_EMAIL"),
        "smtp_url is set but from_email is missing",
        "FROM_EMAIL",
    );
    assert_eq!(mail_sandbox.sandbox.number("SELECT count(*) FROM invites"), 1);
}

#[test]
#[ignore = "needs aiosmtpd: sh tests/run.sh"]
fn template_folder_replaces_texts_or_is_refused() {
    let mail_sandbox = MailSandbox::on(Engine::Sqlite);
    let folder = mail_sandbox.sandbox.path("templates");
    let with = |name: &str, text: &str| {
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join(name), text).unwrap();
        mail_sandbox.command(&ONE).env("INVITE_MAIL_TEMPLATES", &folder).output().unwrap()
    };
    for (words, wrong) in [
        ("Hello {{ nickname }}", "nickname"),
        ("Hello {{ role", "invitation.txt"),
        ("{% if role %}Hello", "invitation.txt"),
    ] {
        let said = ErrorOutput::parse(&with("invitation.txt", words), 2);
        assert!(said.error.contains("invitation.txt") && format!("{said:?}").contains(wrong), "{said:?}");
    }
    assert_eq!(mail_sandbox.sandbox.number("SELECT count(*) FROM invites"), 0);
    let sent = with("invitation.txt", "Komm als {{ role }} nach {{ space_name }}:\n{{ link }}\n");
    assert!(sent.status.success(), "{}", text(&sent.stderr));
    let message = mail_sandbox.server.wait_for(1).remove(0);
    let text = message.text.replace("\r\n", "\n");
    assert!(text.starts_with("Komm als viewer nach Smith Family Tree:\nhttp"), "{text}");
    assert!(message.html.contains("invites you") || message.html.contains("invited"), "{}", message.html);
}

/// Asserts that one invitation is stored but not sent, with this reason.
fn stored_and_not_sent(mail_sandbox: &MailSandbox, output: &Output, why: &str) {
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(3), "{said}");
    let lines: Vec<&str> = said.lines().filter(|line| line.starts_with("failed: ")).collect();
    assert_eq!(lines.len(), 1, "{said}");
    assert!(lines[0].contains("the invite is stored, but its e-mail was not sent") && lines[0].contains(why), "{said}");
    assert!(lines[0].ends_with("(send it again: invite resend --failed)"), "{said}");
    let stored = mail_sandbox
        .sandbox
        .texts("SELECT last_send_error FROM invites WHERE send_after IS NOT NULL AND closed_at IS NULL");
    assert_eq!(stored.len(), 1);
    assert!(lines[0].contains(stored[0].as_str()), "{stored:?} is not what was reported: {said}");
    mail_sandbox.sandbox.succeed(&["revoke", "--space", "smith", "--yes"]);
}

#[test]
#[ignore = "needs aiosmtpd: sh tests/run.sh"]
fn server_reply_is_reported_and_stored() {
    let mail_sandbox = MailSandbox::with(Engine::Sqlite, MailServer::with(&["starttls", "login"]));
    let url = mail_sandbox.server.url();
    let trusted = mail_sandbox.run(&ONE);
    assert!(trusted.status.success(), "{}", text(&trusted.stderr));
    let message = mail_sandbox.server.wait_for(1).remove(0);
    assert!(message.encrypted && !message.user.is_empty());
    mail_sandbox.sandbox.succeed(&["revoke", "--space", "smith", "--yes"]);

    let untrusted = url.split('?').next().unwrap();
    stored_and_not_sent(&mail_sandbox, &mail_sandbox.command_to(untrusted, &ONE).output().unwrap(), "certificate");
    let (user, _) = mail_sandbox.server.account();
    let wrong = url.replacen(&format!("{user}:"), &format!("{user}:wrong"), 1);
    stored_and_not_sent(&mail_sandbox, &mail_sandbox.command_to(&wrong, &ONE).output().unwrap(), "535");
    let sender = mail_sandbox.command(&ONE).env("FROM_EMAIL", "refused@familytree.app").output().unwrap();
    stored_and_not_sent(&mail_sandbox, &sender, "this sender may not");
    let address = ["generate", "--space", "smith", "--email", "refused@example.org"];
    stored_and_not_sent(&mail_sandbox, &mail_sandbox.run(&address), "no such user here");
    mail_sandbox.server.pause();
    stored_and_not_sent(&mail_sandbox, &mail_sandbox.run(&ONE), "did not answer within 10 s");
    mail_sandbox.server.resume();
    assert_eq!(mail_sandbox.server.messages().len(), 1);
}

#[test]
#[ignore = "needs aiosmtpd: sh tests/run.sh"]
fn unreachable_server_is_not_tried_for_every_message() {
    let mail_sandbox = MailSandbox::on(Engine::Sqlite);
    mail_sandbox.server.stop();
    let file = mail_sandbox.people(300);
    let output = mail_sandbox.run(&["generate", "--space", "smith", "--from", &file, "--yes"]);
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(3), "{said}");
    assert!(
        said.contains("invitations: stored, but not sent: not attempted, because other e-mails failed: "),
        "{said}"
    );
    assert!(said.lines().count() < 12 && said.ends_with("300 invites created, 300 not sent.\n"), "{said}");
    assert_eq!(mail_sandbox.invites_where("send_after IS NOT NULL AND last_send_error IS NOT NULL"), 300);
}

#[test]
#[ignore = "needs aiosmtpd: sh tests/run.sh"]
fn non_ascii_address_needs_server_support() {
    let mail_sandbox = MailSandbox::on(Engine::Sqlite);
    let invite = mail_sandbox.invite("ЖЕНЯ@пример.example");
    assert_eq!(invite["email"], "ЖЕНЯ@xn--e1afmkfd.example", "letters are folded in ASCII only");
    let message = mail_sandbox.server.wait_for(1).remove(0);
    let link = crate::mail_sandbox::link_in(&message);
    mail_sandbox.sandbox.succeed(&["use", link, "--user", "u2", "--email", "ЖЕНЯ@ПРИМЕР.example"]);
    let narrow = MailSandbox::with(Engine::Sqlite, MailServer::with(&["ascii"]));
    let address = ["generate", "--space", "smith", "--email", "женя@пример.example"];
    stored_and_not_sent(&narrow, &narrow.run(&address), "SMTPUTF8");
}
