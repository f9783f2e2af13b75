//! Making invites: what each policy gives, the places that live invites hold,
//! and many at once.

use std::collections::HashSet;

use invite::error::Denial;
use invite::error::{Error, Reason};
use invite::invites::generate::{End, GenerateRequest, Terms, generate};
use invite::model::invite::Status;
use sha2::{Digest, Sha256};

use crate::recorder::Recorder;
use crate::steps::{code_of, make, member, named_space, one, reload, revoke_these, space, to};
use crate::steps_a::{acting_for, make_in_vain, newest_operation};
use crate::world::{days, hours, operator, worlds};

fn sha256(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect::<Vec<String>>().concat()
}

#[tokio::test]
async fn a_space_gets_a_lasting_code_of_eight_letters_and_digits() {
    for world in worlds().await {
        space(&world.service, "space", "s").await;
        let issued = one(&world.service, "s", Terms::default()).await;
        let code = issued.code.reveal();
        assert_eq!(code.len(), 8);
        assert!(code.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit()), "{code}");
        assert_eq!(issued.link, Some(format!("https://example.org/join/{code}")));
        let invite = reload(&world.service, issued.invite.id).await;
        assert_eq!((invite.role.as_str(), invite.expires_at, invite.max_uses), ("member", None, None));
        assert_eq!(invite.code, Some(issued.code.clone()));
        assert_eq!((invite.created_at, invite.status(world.now)), (world.now, Status::Active));
        let mut raw = world.raw().await;
        assert_eq!(raw.texts("SELECT slot FROM invites").await, ["standing:s"]);
        raw.check_integrity().await;
    }
}

#[tokio::test]
async fn a_tree_gets_a_token_for_one_address_and_a_week() {
    for world in worlds().await {
        space(&world.service, "tree", "t").await;
        let issued = one(&world.service, "t", to(" Ann@Example.org ")).await;
        let token = issued.code.reveal();
        let secret = token.strip_prefix("tree_").unwrap();
        // 32 bytes are 43 characters of base64url.
        assert_eq!(secret.len(), 43);
        assert!(secret.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'));
        assert_eq!(issued.link, Some(format!("https://example.org/invites/{token}")));
        let invite = reload(&world.service, issued.invite.id).await;
        assert_eq!((invite.role.as_str(), invite.max_uses), ("viewer", Some(1)));
        assert_eq!(invite.expires_at, Some(world.now + days(7)));
        assert_eq!(invite.email.as_deref(), Some("ann@example.org"));
        let custodian = Terms { role: Some("custodian".into()), ..to("bob@example.org") };
        assert_eq!(one(&world.service, "t", custodian).await.invite.role, "custodian");
        world.raw().await.check_integrity().await;
    }
}

#[tokio::test]
async fn a_director_gets_three_letters_and_three_digits_for_one_actor_and_a_day() {
    for world in worlds().await {
        named_space(&world.service, "director", "d", "John Smith").await;
        let issued = one(&world.service, "d", Terms::default()).await;
        let digits = issued.code.reveal().strip_prefix("Joh-").unwrap();
        assert!(digits.len() == 3 && digits.bytes().all(|byte| byte.is_ascii_digit()), "{digits}");
        assert_eq!(issued.link, None);
        let invite = reload(&world.service, issued.invite.id).await;
        assert_eq!((invite.role.as_str(), invite.max_uses), ("actor", Some(1)));
        assert_eq!(invite.expires_at, Some(world.now + hours(24)));
        // Any number of them may be live at once.
        make(&world.service, "d", 5, Terms::default()).await.unwrap();
        world.raw().await.check_integrity().await;
    }
}

#[tokio::test]
async fn a_container_gets_codes_without_letters_that_look_alike() {
    for world in worlds().await {
        space(&world.service, "container", "c").await;
        let issued = make(&world.service, "c", 500, Terms::default()).await.unwrap();
        for one in &issued {
            let code = one.code.reveal();
            assert_eq!(code.len(), 8);
            assert!(code.bytes().all(|byte| b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789".contains(&byte)), "{code}");
            assert_eq!(one.link, Some(format!("https://example.org/invites/join?code={code}")));
        }
        let invite = reload(&world.service, issued[0].invite.id).await;
        assert_eq!((invite.role.as_str(), invite.expires_at, invite.max_uses), ("member", None, None));
        world.raw().await.check_integrity().await;
    }
}

#[tokio::test]
async fn of_a_token_only_the_hash_is_kept() {
    for world in worlds().await {
        space(&world.service, "tree", "t").await;
        let issued = one(&world.service, "t", to("ann@example.org")).await;
        let mut raw = world.raw().await;
        assert_eq!(raw.text("SELECT code FROM invites").await, None);
        let key = raw.text("SELECT code_key FROM invites").await.unwrap();
        assert_eq!(key, sha256(issued.code.reveal()));
        assert_eq!(issued.invite.code_key.fingerprint(), format!("#{}", &key[..8]));
        let secret = issued.code.reveal().strip_prefix("tree_").unwrap();
        assert!(raw.dump().await.iter().all(|row| !row.contains(secret)), "the token stands in a table");
        raw.check_integrity().await;
    }
}

#[tokio::test]
async fn twenty_five_thousand_codes_in_batches_are_all_different_and_one_operation() {
    for world in worlds().await {
        space(&world.service, "container", "c").await;
        let request = GenerateRequest { space_id: "c".into(), count: 25_000, terms: Terms::default() };
        let mut recorder = Recorder::new();
        let summary = generate(&world.service, &operator(), &request, &mut recorder).await.unwrap();
        assert_eq!((summary.made, summary.failed, summary.interrupted), (25_000, 0, false));
        assert_eq!((recorder.expected, recorder.advanced), (Some(25_000), 25_000));
        let codes: HashSet<&str> = recorder.done.iter().map(|issued| issued.code.reveal()).collect();
        assert_eq!(codes.len(), 25_000);
        let mut raw = world.raw().await;
        assert_eq!(raw.count("invites").await, 25_000);
        let stored: HashSet<String> = raw.texts("SELECT code FROM invites").await.into_iter().collect();
        assert!(codes.iter().all(|code| stored.contains(*code)));
        let operation = newest_operation(&world.service).await;
        assert_eq!((operation.command.as_str(), operation.changed), ("generate", 25_000));
        assert_eq!(operation.finished_at, Some(world.now));
        raw.check_integrity().await;
    }
}

#[tokio::test]
async fn a_stop_keeps_what_was_reported_and_makes_no_more() {
    for world in worlds().await {
        space(&world.service, "container", "c").await;
        let request = GenerateRequest { space_id: "c".into(), count: 10_001, terms: Terms::default() };
        let mut recorder = Recorder::stopping_after(1);
        let summary = generate(&world.service, &operator(), &request, &mut recorder).await.unwrap();
        assert_eq!((summary.made, summary.interrupted), (10_000, true));
        let mut raw = world.raw().await;
        assert_eq!(raw.count("invites").await, 10_000);
        assert_eq!(newest_operation(&world.service).await.changed, 10_000);
        raw.check_integrity().await;
    }
}

#[tokio::test]
async fn a_space_with_a_live_standing_code_gets_no_second_one() {
    for world in worlds().await {
        space(&world.service, "space", "s").await;
        let first = one(&world.service, "s", Terms::default()).await;
        let error = make_in_vain(&world, "s", 1, Terms::default()).await;
        assert!(matches!(error, Error::Duplicate(_)), "{error:?}");
        assert!(error.help().unwrap().contains("invite regenerate s"));
        // Once the first is dead, its place is free.
        revoke_these(&world.service, vec![code_of(&first)]).await;
        one(&world.service, "s", Terms::default()).await;
        world.raw().await.check_integrity().await;
    }
}

#[tokio::test]
async fn an_address_with_a_pending_invitation_gets_no_second_one_there() {
    for world in worlds().await {
        space(&world.service, "tree", "t").await;
        space(&world.service, "tree", "other").await;
        one(&world.service, "t", to("ann@example.org")).await;
        let error = make_in_vain(&world, "t", 1, to("ANN@Example.ORG")).await;
        assert!(matches!(error, Error::Duplicate(_)), "{error:?}");
        one(&world.service, "t", to("bob@example.org")).await;
        one(&world.service, "other", to("ann@example.org")).await;
        world.raw().await.check_integrity().await;
    }
}

#[tokio::test]
async fn an_expired_invitation_gives_way_before_any_cleanup() {
    for world in worlds().await {
        space(&world.service, "tree", "t").await;
        space(&world.service, "space", "s").await;
        let old = one(&world.service, "t", to("ann@example.org")).await;
        let standing = one(&world.service, "s", Terms { end: End::After(days(7)), ..Terms::default() }).await;
        let almost = world.later(days(7) - chrono::TimeDelta::microseconds(1));
        let error = make(&almost, "t", 1, to("ann@example.org")).await.unwrap_err();
        assert_eq!(error.reason(), Reason::Duplicate);
        // At the instant of its end it is dead.
        let after = world.later(days(7));
        one(&after, "t", to("ann@example.org")).await;
        one(&after, "s", Terms::default()).await;
        for dead in [old, standing] {
            let dead = reload(&after, dead.invite.id).await;
            assert_eq!(dead.status(after.now()), Status::Expired);
            assert_eq!(dead.expires_at, Some(world.now + days(7)));
        }
        let mut raw = world.raw().await;
        assert_eq!(raw.count("invites WHERE closed_reason = 'expired' AND slot IS NULL").await, 2);
        raw.check_integrity().await;
    }
}

#[tokio::test]
async fn the_address_of_a_member_is_refused_with_their_role() {
    for world in worlds().await {
        space(&world.service, "tree", "t").await;
        space(&world.service, "tree", "other").await;
        member(&world.service, "t", "u1", "contributor", Some("Ann@Example.org")).await;
        let error = make_in_vain(&world, "t", 1, to("ann@EXAMPLE.org")).await;
        let Error::Refused(Denial::AlreadyMember { role }) = &error else { panic!("{error:?}") };
        assert_eq!((role.as_str(), error.reason()), ("contributor", Reason::AlreadyMember));
        // Elsewhere they are no member.
        one(&world.service, "other", to("ann@example.org")).await;
        world.raw().await.check_integrity().await;
    }
}

#[tokio::test]
async fn an_invite_names_the_user_that_the_operator_acts_for_and_keeps_its_note() {
    for world in worlds().await {
        space(&world.service, "container", "c").await;
        member(&world.service, "c", "u7", "admin", None).await;
        let terms = Terms { note: Some("for the fair, 3rd hall".into()), ..Terms::default() };
        let request = GenerateRequest { space_id: "c".into(), count: 1, terms };
        let mut recorder = Recorder::new();
        generate(&world.service, &acting_for("u7"), &request, &mut recorder).await.unwrap();
        let invite = reload(&world.service, recorder.done[0].invite.id).await;
        assert_eq!(invite.created_by.as_deref(), Some("u7"));
        assert_eq!(invite.note.as_deref(), Some("for the fair, 3rd hall"));
        let plain = one(&world.service, "c", Terms::default()).await;
        assert_eq!(reload(&world.service, plain.invite.id).await.created_by, None);
        world.raw().await.check_integrity().await;
    }
}
