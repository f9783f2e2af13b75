//! Responses to the public are equal to the byte for every unusable code, so that they do
//! not reveal which codes exist.

use std::ops::ControlFlow;

use chrono::{DateTime, Utc};
use invite::Reason;
use invite::Service;
use invite::client::Client;
use invite::invites::generate::{Expiry, Terms};
use invite::invites::list::{ListRequest, ListedInvite};
use invite::limits::LimitFilter;
use invite::model::reference::PublicCode;
use invite::public::{PublicAnswer, PublicOutcome, SignedIn};

use crate::fixture::{Fixture, days, hours, operator};
use crate::helpers::actions::{
    code, create_one, join, member, named_space, regenerate_code, revoke_references, space, terms_to,
    terms_with_expiry, terms_with_limit,
};
use crate::helpers::rate_limits::reset;
use crate::helpers::validation;

every_engine! {
    every_unusable_code_gets_equal_response,
    invitation_of_another_user_looks_unknown,
    public_lookup_refuses_id_and_fingerprint,
    usable_code_shows_space_role_and_expiry,
    membership_is_shown_only_for_usable_invite,
    limited_client_gets_equal_response_for_every_code,
    debug_output_contains_no_code,
}

const NOT_USABLE: (u16, &str) = (400, r#"{"success":false,"error":"This invite code is not valid"}"#);

fn visitor() -> Client {
    Client::parse("203.0.113.9").unwrap()
}

fn user(id: &str, email: Option<&str>) -> SignedIn {
    SignedIn::new(id).email(email)
}

async fn public_validation(service: &Service, text: &str, user: Option<&SignedIn>) -> PublicOutcome {
    service.validate_publicly(&visitor(), &PublicCode::read(text), user).await
}

async fn public_redemption(service: &Service, text: &str, user: &SignedIn) -> PublicOutcome {
    service.redeem_publicly(&operator(), &visitor(), &PublicCode::read(text), user).await
}

/// Returns the status and body of a response.
fn sent(answer: &PublicAnswer) -> (u16, String) {
    (answer.http_status(), serde_json::to_string(answer).unwrap())
}

fn assert_not_usable(outcome: &PublicOutcome, what: &str) {
    let (status, body) = sent(&outcome.answer);
    assert_eq!((status, body.as_str()), NOT_USABLE, "{what}");
}

/// Returns unusable codes, each with the logged reason.
async fn unusable_codes(fixture: &Fixture) -> Vec<(String, Reason)> {
    let service = &fixture.service;
    space(service, "container", "c1").await;
    space(service, "space", "s1").await;
    let text = |issued: invite::invites::Issued| issued.code.reveal().to_owned();
    let create = |terms: Terms| async move { text(create_one(service, "c1", terms).await) };

    let mut unusable = vec![("ABCDEFGH".to_owned(), Reason::NotFound), ("tree_nothing".to_owned(), Reason::NotFound)];
    unusable.push((create(terms_with_expiry(Expiry::After(hours(1)))).await, Reason::Expired));
    let used = create(terms_with_limit(1)).await;
    join(service, &code(&used), "first").await;
    unusable.push((used, Reason::UsedUp));
    let revoked = create(Terms::new()).await;
    assert_eq!(revoke_references(service, vec![code(&revoked)]).await.0.revoked, 1);
    unusable.push((revoked, Reason::Revoked));
    let starts_at = Some(fixture.now + days(7));
    unusable.push((create(Terms::new().starts_at(starts_at)).await, Reason::NotStarted));
    let standing = regenerate_code(service, "s1", None).await.unwrap().issued;
    regenerate_code(service, "s1", None).await.unwrap();
    unusable.push((text(standing), Reason::Replaced));
    unusable
}

async fn every_unusable_code_gets_equal_response(fixture: Fixture) {
    let unusable = unusable_codes(&fixture).await;
    let later = fixture.later(hours(2));
    for (text, reason) in &unusable {
        let ann = user("ann", Some("ann@example.org"));
        for outcome in [public_validation(&later, text, None).await, public_validation(&later, text, Some(&ann)).await]
        {
            assert_not_usable(&outcome, reason.as_str());
            assert_eq!(outcome.reasons, [*reason], "the log has the reason");
        }
        let outcome = public_redemption(&later, text, &ann).await;
        assert_not_usable(&outcome, reason.as_str());
        assert_eq!(outcome.reasons, [*reason]);
    }
    let mut raw = fixture.raw().await;
    assert_eq!(raw.number("SELECT count(*) FROM invite_uses").await, 1);
    raw.check_integrity().await;
}

async fn invitation_of_another_user_looks_unknown(fixture: Fixture) {
    space(&fixture.service, "tree", "t1").await;
    let token = create_one(&fixture.service, "t1", terms_to("ann@example.org")).await.code.reveal().to_owned();
    for other in [user("bob", Some("bob@example.org")), user("bob", None)] {
        let outcome = public_redemption(&fixture.service, &token, &other).await;
        assert_not_usable(&outcome, "another's");
        assert_eq!(outcome.reasons, [Reason::EmailMismatch]);
        assert_not_usable(&public_validation(&fixture.service, &token, Some(&other)).await, "another's");
        assert_not_usable(&public_redemption(&fixture.service, "tree_nothing", &other).await, "none");
    }
    let outcome = public_redemption(&fixture.service, &token, &user("ann", Some("Ann@Example.org"))).await;
    assert!(matches!(outcome.answer, PublicAnswer::Joined(_)), "{outcome:?}");
}

async fn public_lookup_refuses_id_and_fingerprint(fixture: Fixture) {
    space(&fixture.service, "tree", "t1").await;
    let issued = create_one(&fixture.service, "t1", terms_to("ann@example.org")).await;
    let key = issued.invite.code_key.reveal().to_owned();
    let ann = user("ann", Some("ann@example.org"));
    for text in [issued.invite.id.to_string(), issued.invite.code_key.fingerprint(), key] {
        assert_not_usable(&public_validation(&fixture.service, &text, None).await, &text);
        assert_not_usable(&public_redemption(&fixture.service, &text, &ann).await, &text);
        // Each text counts as a failed attempt, and a client has only five.
        reset(&fixture.service, &LimitFilter::new()).await;
    }
    // Texts that cannot be a code get the same response as unknown codes.
    for text in ["", " ", "A\u{7}B", &"x".repeat(5_000), "https://example.org/"] {
        assert_not_usable(&public_validation(&fixture.service, text, None).await, text);
        assert_not_usable(&public_redemption(&fixture.service, text, &ann).await, text);
    }
}

async fn usable_code_shows_space_role_and_expiry(fixture: Fixture) {
    named_space(&fixture.service, "container", "c1", "My Journal").await;
    let terms = terms_with_expiry(Expiry::After(hours(24))).note("for Ann");
    let text = create_one(&fixture.service, "c1", terms).await.code.reveal().to_owned();
    let seen = sent(&public_validation(&fixture.service, &text, None).await.answer);
    let body =
        r#"{"success":true,"data":{"space_name":"My Journal","role":"member","expires_at":"2026-09-22T14:13:20Z"}}"#;
    assert_eq!((seen.0, seen.1.as_str()), (200, body));
    assert_eq!(
        sent(&public_validation(&fixture.service, &format!(" /join/{text} "), None).await.answer),
        seen,
        "by a link"
    );

    let first = sent(&public_redemption(&fixture.service, &text, &user("ann", None)).await.answer);
    let body = r#"{"success":true,"data":{"space_id":"c1","space_name":"My Journal","role":"member","joined_at":"2026-09-21T14:13:20Z","repeated":false}}"#;
    assert_eq!((first.0, first.1.as_str()), (200, body));
    let again = sent(&public_redemption(&fixture.later(hours(1)), &text, &user("ann", None)).await.answer);
    assert_eq!(again, (200, body.replace("false", "true")), "the first result");
}

async fn membership_is_shown_only_for_usable_invite(fixture: Fixture) {
    space(&fixture.service, "container", "c1").await;
    member(&fixture.service, "c1", "ann", "admin", None).await;
    let text =
        create_one(&fixture.service, "c1", terms_with_expiry(Expiry::After(hours(1)))).await.code.reveal().to_owned();
    let ann = user("ann", None);
    for outcome in [
        public_validation(&fixture.service, &text, Some(&ann)).await,
        public_redemption(&fixture.service, &text, &ann).await,
    ] {
        let body = r#"{"success":false,"error":"You are already a member"}"#.to_owned();
        assert_eq!(sent(&outcome.answer), (400, body));
    }
    let later = fixture.later(hours(1));
    assert_not_usable(&public_validation(&later, &text, Some(&ann)).await, "expired");
    assert_not_usable(&public_redemption(&later, &text, &ann).await, "expired");
}

/// Returns the responses to this many guesses of a client at a text.
async fn guesses(service: &Service, text: &str, count: usize) -> Vec<(u16, String)> {
    let mut answers = Vec::new();
    for _ in 0..count {
        answers.push(sent(&public_validation(service, text, None).await.answer));
    }
    answers
}

async fn limited_client_gets_equal_response_for_every_code(fixture: Fixture) {
    named_space(&fixture.service, "director", "d1", "John Smith").await;
    let live = create_one(&fixture.service, "d1", Terms::new()).await.code.reveal().to_owned();
    let answers = guesses(&fixture.service, "Zzz-999", 7).await;
    let limited = answers.last().unwrap().clone();
    let end: DateTime<Utc> = "2026-09-21T15:00:00Z".parse().unwrap();
    assert_eq!(limited, sent(&PublicAnswer::RetryAfter { until: end }));
    assert_eq!(limited.0, 429);
    assert_eq!(answers.iter().filter(|answer| answer.0 == 400).count(), 5, "the limit of failed attempts");
    assert_eq!(guesses(&fixture.service, &live, 1).await, [limited], "an existing code gets the same answer");
}

async fn debug_output_contains_no_code(fixture: Fixture) {
    space(&fixture.service, "space", "s1").await;
    let issued = regenerate_code(&fixture.service, "s1", None).await.unwrap().issued;
    let text = issued.code.reveal().to_owned();
    assert!(issued.link.as_ref().unwrap().contains(&text));
    let seen = fixture.service.validate(&operator(), &validation::validation_request(&code(&text))).await.unwrap();
    let shown = fixture.service.show_invite(&operator(), &code(&text)).await.unwrap();
    let of_space = fixture.service.show_space(&operator(), "s1").await.unwrap();
    let mut lines = Vec::new();
    let each = |line: ListedInvite| {
        lines.push(format!("{line:?}"));
        ControlFlow::Continue(())
    };
    fixture.service.list_invites(&operator(), &ListRequest::new(), fixture.now, each).await.unwrap();
    lines.extend([format!("{issued:?} {seen:?} {shown:?} {of_space:?}"), format!("{:?}", PublicCode::read(&text))]);
    for line in lines {
        assert!(!line.contains(&text), "{line}");
    }
}
