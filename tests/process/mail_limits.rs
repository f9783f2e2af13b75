//! Rate limits of e-mails, from the command line to a real mail server.

use chrono::{DateTime, Utc};
use serde_json::Value;

use crate::mail_sandbox::MailSandbox;
use crate::sandbox::{Engine, text};

every_engine! {
    sqlite needs "needs aiosmtpd: sh tests/run.sh";
    address_is_mailed_four_times_a_day_despite_revoke,
}

#[expect(clippy::disallowed_methods, reason = "the windows are those of the real clock")]
fn utc_now() -> DateTime<Utc> {
    Utc::now()
}

/// Repeats a check with a new mail server until it runs within one rate limit window.
fn within_one_hour(engine: Engine, check: impl Fn(&MailSandbox)) {
    let hour = || utc_now().format("%F %H").to_string();
    for _ in 0..2 {
        let (mail_sandbox, begun) = (MailSandbox::on(engine), hour());
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| check(&mail_sandbox)));
        match outcome {
            Ok(()) => return,
            Err(panic) if begun == hour() => std::panic::resume_unwind(panic),
            Err(_) => {}
        }
    }
    panic!("an hour ended within both runs");
}

fn address_is_mailed_four_times_a_day_despite_revoke(engine: Engine) {
    within_one_hour(engine, |mail_sandbox| {
        let spellings = ["bob@example.org", "BOB@example.org", "bob@Example.ORG.", "Bob@example.org"];
        for (spelling, user) in spellings.iter().zip([Some("u1"), None, Some("u1"), None]) {
            let mut args = vec!["generate", "--space", "smith", "--email", spelling];
            args.extend(user.into_iter().flat_map(|user| ["--as", user]));
            let id = mail_sandbox.json(&args, 0)["invites"][0]["id"].as_str().unwrap().to_owned();
            mail_sandbox.sandbox.succeed(&["revoke", &id]);
        }
        let again = ["generate", "--space", "smith", "--email", "bob@EXAMPLE.org", "--as", "u1"];
        for args in [&again[..], &again[..5], &[&again[..], &["--dry-run"]].concat()] {
            let output = mail_sandbox.run(args);
            let said = text(&output.stderr);
            assert_eq!(output.status.code(), Some(4), "{said}");
            assert!(said.starts_with("refused: this address has reached the limit of 4 e-mails per day: retry after "));
            assert!(
                said.contains(
                    "hint: retry later, or print the link instead: --no-send; see the counters: invite limits"
                )
            );
            assert!(!said.to_lowercase().contains("bob"), "{said}");
        }
        let output = mail_sandbox.run(&[&again[..], &["-o", "json"]].concat());
        let refusal: Value = serde_json::from_slice(&output.stderr).unwrap();
        let midnight = format!("{}T00:00:00Z", utc_now().date_naive().succ_opt().unwrap());
        assert_eq!(
            (&refusal["reason"], &refusal["status"], &refusal["retry_at"]),
            (&"rate_limited".into(), &429.into(), &midnight.as_str().into())
        );
        assert_eq!(mail_sandbox.server.messages().len(), 4);
        let counted = mail_sandbox.json(&["limits", "--email", "Bob@Example.org"], 0)["limits"][0].clone();
        assert_eq!((&counted["counter"], &counted["policy"]), (&"mails_address".into(), &Value::Null));
        assert_eq!((&counted["count"], &counted["limit"], &counted["exhausted"]), (&4.into(), &4.into(), &true.into()));
        assert_eq!(counted["resets_at"], midnight.as_str());
        assert!(!mail_sandbox.json(&["limits"], 0).to_string().to_lowercase().contains("bob"));
        // The link is available, and an operator can reset the counter.
        let printed = mail_sandbox.json(&[&again[..], &["--no-send"]].concat(), 0);
        let id = printed["invites"][0]["id"].as_str().unwrap();
        let alone = mail_sandbox.run(&["resend", id]);
        assert_eq!(alone.status.code(), Some(4), "{}", text(&alone.stderr));
        assert_eq!(mail_sandbox.json(&["limits", "reset", "--email", "bob@example.org"], 0)["reset"], 1);
        mail_sandbox.json(&["resend", id], 0);
        assert_eq!(mail_sandbox.server.messages().len(), 5);
    });
}

#[test]
#[ignore = "needs aiosmtpd: sh tests/run.sh"]
fn custodian_sends_50_of_60_messages_in_an_hour() {
    within_one_hour(Engine::Sqlite, |mail_sandbox| {
        let people = mail_sandbox.people(60);
        let args = ["generate", "--space", "smith", "--from", &people, "--as", "u1", "--yes"];
        let refused = |said: &str| {
            let lines = said.lines().filter(|line| line.contains("u1 has reached the limit of 50 e-mails per hour"));
            lines.map(|line| line.split(": ").nth(1).unwrap_or_default().to_owned()).collect::<Vec<_>>()
        };
        let dry = mail_sandbox.run(&[&args[..], &["--dry-run"]].concat());
        let real = mail_sandbox.run(&args);
        let lines: Vec<String> = (52..=61).map(|line| format!("line {line}")).collect();
        for output in [&dry, &real] {
            assert_eq!(output.status.code(), Some(3), "{}", text(&output.stderr));
            assert_eq!(refused(&text(&output.stderr)), lines, "{}", text(&output.stderr));
        }
        assert_eq!(mail_sandbox.server.messages().len(), 50);
        assert_eq!(mail_sandbox.invites_where("sends = 1"), 50);
        assert_eq!(mail_sandbox.invites_where("sends = 0"), 0);
        // One of two arguments is refused and named.
        let ids = mail_sandbox.sandbox.texts("SELECT id FROM invites LIMIT 2");
        let output = mail_sandbox.run(&["resend", &ids[0], &ids[1], "--as", "u1"]);
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(3), "{said}");
        assert!(said.contains("argument 1 (") && said.contains("argument 2 ("), "{said}");
        assert_eq!(mail_sandbox.server.messages().len(), 50);
    });
}
