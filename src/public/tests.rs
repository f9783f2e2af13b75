use chrono::TimeDelta;
use uuid::Uuid;

use crate::error::MailScope;
use crate::model::code::{Code, KeptAs};
use crate::public::*;

fn noon() -> DateTime<Utc> {
    DateTime::from_timestamp(1_790_000_000, 0).unwrap()
}

/// Texts that nobody outside may read stand in every field that could hold one.
fn invite() -> Invite {
    let code = Code::new("SECRET77");
    Invite {
        id: Uuid::from_u128(7),
        space_id: "s-hidden".into(),
        space_name: "Journal".into(),
        policy: "hidden policy".into(),
        role: "member".into(),
        code_key: code.key(KeptAs::Text),
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

fn seen(denials: Vec<Denial>) -> Validation {
    Validation { invite: invite(), link: Some("/join/SECRET77".into()), at: noon(), denials }
}

fn refused(denials: Vec<Denial>) -> Redemption {
    Redemption::Refused(Box::new(invite()), denials)
}

fn body(answer: &PublicAnswer) -> String {
    serde_json::to_string(answer).unwrap()
}

/// One of each kind; the compiler asks for a new kind here.
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
fn every_refusal_has_the_one_answer_but_those_of_the_askers_own() {
    for denial in all_denials() {
        let expected = match &denial {
            Denial::AlreadyMember { .. } => PublicAnswer::AlreadyMember,
            Denial::RateLimited(until) => PublicAnswer::ComeBack { until: *until },
            _ => PublicAnswer::NotUsable,
        };
        let tolds = [
            Told::of_validation(Ok(seen(vec![denial.clone()]))),
            Told::of_redemption(Ok(refused(vec![denial.clone()]))),
            Told::of_validation(Err(Error::Refused(denial.clone()))),
            Told::of_redemption(Err(Error::Refused(denial.clone()))),
        ];
        for told in tolds {
            assert_eq!(told.answer, expected, "{denial:?}");
            assert_eq!(told.reasons, [denial.reason()]);
        }
    }
}

#[test]
fn a_member_learns_nothing_of_an_invite_that_is_dead_or_anothers() {
    let member = Denial::AlreadyMember { role: "member".into() };
    for denial in all_denials().into_iter().filter(|denial| *denial != member) {
        for denials in [vec![denial.clone(), member.clone()], vec![member.clone(), denial.clone()]] {
            assert_eq!(Told::of_validation(Ok(seen(denials.clone()))).answer, PublicAnswer::NotUsable);
            assert_eq!(Told::of_redemption(Ok(refused(denials))).answer, PublicAnswer::NotUsable);
        }
    }
    // No reason at all would be a mistake of ours, and is no yes.
    assert_eq!(Told::of_redemption(Ok(refused(Vec::new()))).answer, PublicAnswer::NotUsable);
}

#[test]
fn failures_are_told_from_refusals_and_from_nothing_else() {
    for error in all_errors() {
        let is_failure = error.http_status() >= 500 || matches!(error, Error::NoFreeCode(_));
        let expected = if is_failure { PublicAnswer::Unavailable } else { PublicAnswer::NotUsable };
        let reason = error.reason();
        let told = Told::of_validation(Err(error));
        assert_eq!((told.answer, &told.reasons[..]), (expected, &[reason][..]));
        assert!(told.error.is_some(), "the log has it");
    }
}

#[test]
fn the_bodies_and_statuses_are_these() {
    let come_back = PublicAnswer::ComeBack { until: noon() };
    for (answer, status, text) in [
        (PublicAnswer::NotUsable, 400, "This invite code is not valid"),
        (PublicAnswer::AlreadyMember, 400, "You are already a member"),
        (come_back, 429, "Too many attempts. Try again at 2026-09-21 14:13:20 UTC"),
        (PublicAnswer::Unavailable, 503, "The service is not available. Try again later"),
    ] {
        assert_eq!(answer.http_status(), status);
        assert_eq!(body(&answer), format!(r#"{{"success":false,"error":"{text}"}}"#));
    }
    let usable = Told::of_validation(Ok(seen(Vec::new()))).answer;
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
    let joined = Told::of_redemption(Ok(Redemption::Accepted(Box::new(joined)))).answer;
    assert_eq!(joined.http_status(), 200);
    assert_eq!(
        body(&joined),
        r#"{"success":true,"data":{"space_id":"s-hidden","space_name":"Journal","role":"member","joined_at":"2026-09-21T14:13:20Z","repeated":false}}"#
    );
}

#[test]
fn no_answer_shows_what_is_hidden() {
    let mut answers: Vec<PublicAnswer> = vec![Told::of_validation(Ok(seen(Vec::new()))).answer];
    for denial in all_denials() {
        answers.push(Told::of_validation(Ok(seen(vec![denial.clone()]))).answer);
        answers.push(Told::of_redemption(Ok(refused(vec![denial]))).answer);
    }
    answers.extend(all_errors().into_iter().map(|error| Told::of_redemption(Err(error)).answer));
    for answer in answers {
        let shown = format!("{} {answer:?}", body(&answer));
        for hidden in ["hidden", "SECRET77", "4711", "4242", "00000000"] {
            assert!(!shown.contains(hidden), "{shown}");
        }
    }
}
