//! Creating invites: the terms of each policy, the slots of open invites, and large
//! batches.

use std::collections::HashSet;

use invite::invites::generate::{Expiry, GenerateRequest, Terms};
use invite::model::invite::Status;
use invite::{Denial, Error, Reason};
use sha2::{Digest, Sha256};

use crate::fixture::{Fixture, days, hours, operator};
use crate::helpers::actions::{
    code_of, create, create_one, member, named_space, reload, revoke_references, space, terms_to,
};
use crate::helpers::imports::{acting_for, create_refused, newest_operation};
use crate::helpers::recorder::Recorder;

every_engine! {
    space_invite_is_permanent_code_of_eight_characters,
    tree_invite_is_token_for_one_address_and_a_week,
    director_invite_is_six_character_code_for_one_day,
    container_code_has_no_ambiguous_characters,
    only_hash_of_token_is_stored,
    batches_of_25000_codes_are_unique_in_one_operation,
    stopped_generate_keeps_reported_codes,
    generate_refuses_second_standing_code,
    generate_refuses_second_pending_invitation,
    generate_replaces_expired_invitation_without_cleanup,
    generate_refuses_address_of_member_with_role,
    invite_records_actor_and_note,
}

fn sha256(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect::<Vec<String>>().concat()
}

async fn space_invite_is_permanent_code_of_eight_characters(fixture: Fixture) {
    space(&fixture.service, "space", "s").await;
    let issued = create_one(&fixture.service, "s", Terms::new()).await;
    let code = issued.code.reveal();
    assert_eq!(code.len(), 8);
    assert!(code.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit()), "{code}");
    assert_eq!(issued.link, Some(format!("https://example.org/join/{code}")));
    let invite = reload(&fixture.service, issued.invite.id).await;
    assert_eq!((invite.role.as_str(), invite.expires_at, invite.max_uses), ("member", None, None));
    assert_eq!(invite.code, Some(issued.code.clone()));
    assert_eq!((invite.created_at, invite.status(fixture.now)), (fixture.now, Status::Active));
    let mut raw = fixture.raw().await;
    assert_eq!(raw.texts("SELECT slot FROM invites").await, ["standing:s"]);
    raw.check_integrity().await;
}

async fn tree_invite_is_token_for_one_address_and_a_week(fixture: Fixture) {
    space(&fixture.service, "tree", "t").await;
    let issued = create_one(&fixture.service, "t", terms_to(" Ann@Example.org ")).await;
    let token = issued.code.reveal();
    let secret = token.strip_prefix("tree_").unwrap();
    // 32 bytes are 43 characters of base64url.
    assert_eq!(secret.len(), 43);
    assert!(secret.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'));
    assert_eq!(issued.link, Some(format!("https://example.org/invites/{token}")));
    let invite = reload(&fixture.service, issued.invite.id).await;
    assert_eq!((invite.role.as_str(), invite.max_uses), ("viewer", Some(1)));
    assert_eq!(invite.expires_at, Some(fixture.now + days(7)));
    assert_eq!(invite.email.as_deref(), Some("ann@example.org"));
    let custodian = terms_to("bob@example.org").role("custodian");
    assert_eq!(create_one(&fixture.service, "t", custodian).await.invite.role, "custodian");
    fixture.raw().await.check_integrity().await;
}

async fn director_invite_is_six_character_code_for_one_day(fixture: Fixture) {
    named_space(&fixture.service, "director", "d", "John Smith").await;
    let issued = create_one(&fixture.service, "d", Terms::new()).await;
    let digits = issued.code.reveal().strip_prefix("Joh-").unwrap();
    assert!(digits.len() == 3 && digits.bytes().all(|byte| byte.is_ascii_digit()), "{digits}");
    assert_eq!(issued.link, None);
    let invite = reload(&fixture.service, issued.invite.id).await;
    assert_eq!((invite.role.as_str(), invite.max_uses), ("actor", Some(1)));
    assert_eq!(invite.expires_at, Some(fixture.now + hours(24)));
    // A space can have any number of active invites.
    create(&fixture.service, "d", 5, Terms::new()).await.unwrap();
    fixture.raw().await.check_integrity().await;
}

async fn container_code_has_no_ambiguous_characters(fixture: Fixture) {
    space(&fixture.service, "container", "c").await;
    let issued = create(&fixture.service, "c", 500, Terms::new()).await.unwrap();
    for one in &issued {
        let code = one.code.reveal();
        assert_eq!(code.len(), 8);
        assert!(code.bytes().all(|byte| b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789".contains(&byte)), "{code}");
        assert_eq!(one.link, Some(format!("https://example.org/invites/join?code={code}")));
    }
    let invite = reload(&fixture.service, issued[0].invite.id).await;
    assert_eq!((invite.role.as_str(), invite.expires_at, invite.max_uses), ("member", None, None));
    fixture.raw().await.check_integrity().await;
}

async fn only_hash_of_token_is_stored(fixture: Fixture) {
    space(&fixture.service, "tree", "t").await;
    let issued = create_one(&fixture.service, "t", terms_to("ann@example.org")).await;
    let mut raw = fixture.raw().await;
    assert_eq!(raw.text("SELECT code FROM invites").await, None);
    let key = raw.text("SELECT code_key FROM invites").await.unwrap();
    assert_eq!(key, sha256(issued.code.reveal()));
    assert_eq!(issued.invite.code_key.fingerprint(), format!("#{}", &key[..8]));
    let secret = issued.code.reveal().strip_prefix("tree_").unwrap();
    assert!(raw.dump().await.iter().all(|row| !row.contains(secret)), "the token stands in a table");
    raw.check_integrity().await;
}

async fn batches_of_25000_codes_are_unique_in_one_operation(fixture: Fixture) {
    space(&fixture.service, "container", "c").await;
    let request = GenerateRequest::new("c", 25_000);
    let mut recorder = Recorder::new();
    let summary = fixture.service.generate(&operator(), &request, &mut recorder).await.unwrap();
    assert_eq!((summary.created, summary.failed, summary.interrupted), (25_000, 0, false));
    assert_eq!((recorder.expected, recorder.advanced), (Some(25_000), 25_000));
    let codes: HashSet<&str> = recorder.done.iter().map(|issued| issued.code.reveal()).collect();
    assert_eq!(codes.len(), 25_000);
    let mut raw = fixture.raw().await;
    assert_eq!(raw.count("invites").await, 25_000);
    let stored: HashSet<String> = raw.texts("SELECT code FROM invites").await.into_iter().collect();
    assert!(codes.iter().all(|code| stored.contains(*code)));
    let operation = newest_operation(&fixture.service).await;
    assert_eq!((operation.command.as_str(), operation.changed), ("generate", 25_000));
    assert_eq!(operation.finished_at, Some(fixture.now));
    raw.check_integrity().await;
}

async fn stopped_generate_keeps_reported_codes(fixture: Fixture) {
    space(&fixture.service, "container", "c").await;
    let request = GenerateRequest::new("c", 10_001);
    let mut recorder = Recorder::stopping_after(1);
    let summary = fixture.service.generate(&operator(), &request, &mut recorder).await.unwrap();
    assert_eq!((summary.created, summary.interrupted), (10_000, true));
    let mut raw = fixture.raw().await;
    assert_eq!(raw.count("invites").await, 10_000);
    assert_eq!(newest_operation(&fixture.service).await.changed, 10_000);
    raw.check_integrity().await;
}

async fn generate_refuses_second_standing_code(fixture: Fixture) {
    space(&fixture.service, "space", "s").await;
    let first = create_one(&fixture.service, "s", Terms::new()).await;
    let error = create_refused(&fixture, "s", 1, Terms::new()).await;
    assert!(matches!(error, Error::Duplicate(_)), "{error:?}");
    assert!(error.hint().unwrap().contains("invite regenerate s"));
    // The slot is free after the first invite has expired.
    revoke_references(&fixture.service, vec![code_of(&first)]).await;
    create_one(&fixture.service, "s", Terms::new()).await;
    fixture.raw().await.check_integrity().await;
}

async fn generate_refuses_second_pending_invitation(fixture: Fixture) {
    space(&fixture.service, "tree", "t").await;
    space(&fixture.service, "tree", "other").await;
    create_one(&fixture.service, "t", terms_to("ann@example.org")).await;
    let error = create_refused(&fixture, "t", 1, terms_to("ANN@Example.ORG")).await;
    assert!(matches!(error, Error::Duplicate(_)), "{error:?}");
    create_one(&fixture.service, "t", terms_to("bob@example.org")).await;
    create_one(&fixture.service, "other", terms_to("ann@example.org")).await;
    fixture.raw().await.check_integrity().await;
}

async fn generate_replaces_expired_invitation_without_cleanup(fixture: Fixture) {
    space(&fixture.service, "tree", "t").await;
    space(&fixture.service, "space", "s").await;
    let old = create_one(&fixture.service, "t", terms_to("ann@example.org")).await;
    let standing = create_one(&fixture.service, "s", Terms::new().expiry(Expiry::After(days(7)))).await;
    let almost = fixture.later(days(7) - chrono::TimeDelta::microseconds(1));
    let error = create(&almost, "t", 1, terms_to("ann@example.org")).await.unwrap_err();
    assert_eq!(error.reason(), Reason::Duplicate);
    // An invite is invalid at the instant of its expiry.
    let after = fixture.later(days(7));
    create_one(&after, "t", terms_to("ann@example.org")).await;
    create_one(&after, "s", Terms::new()).await;
    for expired in [old, standing] {
        let expired = reload(&after, expired.invite.id).await;
        assert_eq!(expired.status(after.now()), Status::Expired);
        assert_eq!(expired.expires_at, Some(fixture.now + days(7)));
    }
    let mut raw = fixture.raw().await;
    assert_eq!(raw.count("invites WHERE closed_reason = 'expired' AND slot IS NULL").await, 2);
    raw.check_integrity().await;
}

async fn generate_refuses_address_of_member_with_role(fixture: Fixture) {
    space(&fixture.service, "tree", "t").await;
    space(&fixture.service, "tree", "other").await;
    member(&fixture.service, "t", "u1", "contributor", Some("Ann@Example.org")).await;
    let error = create_refused(&fixture, "t", 1, terms_to("ann@EXAMPLE.org")).await;
    let Error::Refused(Denial::AlreadyMember { role }) = &error else { panic!("{error:?}") };
    assert_eq!((role.as_str(), error.reason()), ("contributor", Reason::AlreadyMember));
    // In another space the user is no member.
    create_one(&fixture.service, "other", terms_to("ann@example.org")).await;
    fixture.raw().await.check_integrity().await;
}

async fn invite_records_actor_and_note(fixture: Fixture) {
    space(&fixture.service, "container", "c").await;
    member(&fixture.service, "c", "u7", "admin", None).await;
    let terms = Terms::new().note("for the fair, 3rd hall");
    let request = GenerateRequest::new("c", 1).terms(terms);
    let mut recorder = Recorder::new();
    fixture.service.generate(&acting_for("u7"), &request, &mut recorder).await.unwrap();
    let invite = reload(&fixture.service, recorder.done[0].invite.id).await;
    assert_eq!(invite.created_by.as_deref(), Some("u7"));
    assert_eq!(invite.note.as_deref(), Some("for the fair, 3rd hall"));
    let plain = create_one(&fixture.service, "c", Terms::new()).await;
    assert_eq!(reload(&fixture.service, plain.invite.id).await.created_by, None);
    fixture.raw().await.check_integrity().await;
}
