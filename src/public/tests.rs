use chrono::TimeDelta;
use uuid::Uuid;

use crate::error::MailScope;
use crate::model::code::{Code, Storage};
use crate::public::*;

fn noon() -> DateTime<Utc> {
    DateTime::from_timestamp(1_790_000_000, 0).unwrap()
}

/// An invite with hidden text in every field that is not public.
fn invite() -> Invite {
    let code = Code::new("SECRET77");
    Invite {
        id: Uuid::from_u128(7),
        space_id: "s-hidden".into(),
        space_name: "Journal".into(),
        policy: "hidden policy".into(),
        role: "member".into(),
        code_key: code.key(Storage::Text),
        code: Some(code),
        email: Some("hidden@example.org".into()),
        note: Some("hidden note".into()),
        created_by: Some("hidden creator".into()),
        created_at: noon(),
        starts_at: None,
        expires_at: Some(noon() + TimeDelta::hours(24)),
        max_uses: Some(4_711),
        uses: 4_242,
        closed: None,
        sends: 3,
        resends: 0,
        last_sent_at: Some(noon()),
        last_send_error: Some("hidden error".into()),
        send_after: None,
        created_op: Uuid::from_u128(8),
        closed_op: None,
    }
}

fn validated(denials: Vec<Denial>) -> Validation {
    Validation { invite: invite(), link: Some("/join/SECRET77".into()), at: noon(), denials }
}

fn refused(denials: Vec<Denial>) -> Redemption {
    Redemption::Refused(Box::new(invite()), denials)
}

fn body(answer: &PublicAnswer) -> String {
    serde_json::to_string(answer).unwrap()
}

/// Returns one denial of each kind; a new kind does not compile until it is added here.
fn all_denials() -> Vec<Denial> {
    let kinds = vec![
        Denial::Expired(noon()),
        Denial::UsedUp(1),
        Denial::Revoked(noon()),
        Denial::Replaced(noon()),
        Denial::NotStarted(noon()),
        Denial::EmailMismatch { given: true },
        Denial::EmailMismatch { given: false },
        Denial::AlreadyMember { role: "hidden role".into() },
        Denial::UsedBefore(noon()),
        Denial::UsedCannotRevoke(1),
        Denial::ResendLimit(3),
        Denial::RateLimited(noon()),
        Denial::CreateLimit {
            user: "hidden user".into(),
            policy: "hidden policy".into(),
            created: 1,
            limit: 1,
            requested: 1,
            until: noon(),
        },
        Denial::MailLimit {
            scope: MailScope::User { user: "hidden user".into(), policy: "hidden policy".into() },
            limit: 1,
            until: noon(),
        },
    ];
    for kind in &kinds {
        match kind {
            Denial::Expired(_)
            | Denial::UsedUp(_)
            | Denial::Revoked(_)
            | Denial::Replaced(_)
            | Denial::NotStarted(_)
            | Denial::EmailMismatch { .. }
            | Denial::AlreadyMember { .. }
            | Denial::UsedBefore(_)
            | Denial::UsedCannotRevoke(_)
            | Denial::ResendLimit(_)
            | Denial::RateLimited(_)
            | Denial::CreateLimit { .. }
            | Denial::MailLimit { .. } => {}
        }
    }
    kinds
}

fn all_errors() -> Vec<Error> {
    vec![
        Error::invalid("hidden"),
        Error::forbidden("hidden"),
        Error::not_found("hidden"),
        Error::duplicate("hidden"),
        Error::no_free_code("hidden"),
        Error::mail_failed("hidden"),
        Error::database("hidden"),
        Error::unavailable("hidden"),
    ]
}

#[test]
fn every_denial_gives_not_usable_except_own_state() {
    for denial in all_denials() {
        let expected = match &denial {
            Denial::AlreadyMember { .. } => PublicAnswer::AlreadyMember,
            Denial::RateLimited(until) => PublicAnswer::RetryAfter { until: *until },
            _ => PublicAnswer::NotUsable,
        };
        let outcomes = [
            PublicOutcome::of_validation(Ok(validated(vec![denial.clone()]))),
            PublicOutcome::of_redemption(Ok(refused(vec![denial.clone()]))),
            PublicOutcome::of_validation(Err(Error::Refused(denial.clone()))),
            PublicOutcome::of_redemption(Err(Error::Refused(denial.clone()))),
        ];
        for outcome in outcomes {
            assert_eq!(outcome.answer, expected, "{denial:?}");
            assert_eq!(outcome.reasons, [denial.reason()]);
        }
    }
}

#[test]
fn member_gets_not_usable_for_invalid_invite() {
    let member = Denial::AlreadyMember { role: "member".into() };
    for denial in all_denials().into_iter().filter(|denial| *denial != member) {
        for denials in [vec![denial.clone(), member.clone()], vec![member.clone(), denial.clone()]] {
            assert_eq!(PublicOutcome::of_validation(Ok(validated(denials.clone()))).answer, PublicAnswer::NotUsable);
            assert_eq!(PublicOutcome::of_redemption(Ok(refused(denials))).answer, PublicAnswer::NotUsable);
        }
    }
    // A refusal without reasons is a programming error, and must not count as a success.
    assert_eq!(PublicOutcome::of_redemption(Ok(refused(Vec::new()))).answer, PublicAnswer::NotUsable);
}

#[test]
fn only_failures_give_unavailable() {
    for error in all_errors() {
        let is_failure = error.http_status() >= 500 || matches!(error, Error::NoFreeCode(_));
        let expected = if is_failure { PublicAnswer::Unavailable } else { PublicAnswer::NotUsable };
        let reason = error.reason();
        let outcome = PublicOutcome::of_validation(Err(error));
        assert_eq!((outcome.answer, &outcome.reasons[..]), (expected, &[reason][..]));
        assert!(outcome.error.is_some(), "the error is kept for the log");
    }
}

#[test]
fn answers_have_documented_bodies_and_statuses() {
    let retry_after = PublicAnswer::RetryAfter { until: noon() };
    for (answer, status, text) in [
        (PublicAnswer::NotUsable, 400, "This invite code is not valid"),
        (PublicAnswer::AlreadyMember, 400, "You are already a member"),
        (retry_after, 429, "Too many attempts. Try again at 2026-09-21 14:13:20 UTC"),
        (PublicAnswer::Unavailable, 503, "The service is not available. Try again later"),
    ] {
        assert_eq!(answer.http_status(), status);
        assert_eq!(body(&answer), format!(r#"{{"success":false,"error":"{text}"}}"#));
    }
    let usable = PublicOutcome::of_validation(Ok(validated(Vec::new()))).answer;
    assert_eq!(usable.http_status(), 200);
    assert_eq!(
        body(&usable),
        r#"{"success":true,"data":{"space_name":"Journal","role":"member","expires_at":"2026-09-22T14:13:20Z"}}"#
    );
    let joined = Joined {
        invite: invite(),
        user_id: "u1".into(),
        role: "member".into(),
        used_at: noon(),
        joined_at: noon(),
        repeated: false,
    };
    let joined = PublicOutcome::of_redemption(Ok(Redemption::Accepted(Box::new(joined)))).answer;
    assert_eq!(joined.http_status(), 200);
    assert_eq!(
        body(&joined),
        r#"{"success":true,"data":{"space_id":"s-hidden","space_name":"Journal","role":"member","joined_at":"2026-09-21T14:13:20Z","repeated":false}}"#
    );
}

#[test]
fn answers_contain_no_hidden_data() {
    let mut answers: Vec<PublicAnswer> = vec![PublicOutcome::of_validation(Ok(validated(Vec::new()))).answer];
    for denial in all_denials() {
        answers.push(PublicOutcome::of_validation(Ok(validated(vec![denial.clone()]))).answer);
        answers.push(PublicOutcome::of_redemption(Ok(refused(vec![denial]))).answer);
    }
    answers.extend(all_errors().into_iter().map(|error| PublicOutcome::of_redemption(Err(error)).answer));
    for answer in answers {
        let shown = format!("{} {answer:?}", body(&answer));
        for hidden in ["hidden", "SECRET77", "4711", "4242", "00000000"] {
            assert!(!shown.contains(hidden), "{shown}");
        }
    }
}
