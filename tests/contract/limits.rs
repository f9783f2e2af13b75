//! Hourly limits of clients: what is counted, what is refused, what is given
//! back.

use chrono::TimeDelta;
use invite::error::Denial;
use invite::invites::redeem::Redemption;
use invite::invites::validate::{ValidateRequest, validate};
use invite::members::manage::remove_member;
use invite::model::reference::Reference;
use uuid::Uuid;

use crate::steps::*;
use crate::steps_b::*;
use crate::steps_d::*;
use crate::world::{hours, noon, operator, worlds, worlds_with};

/// The end of the hour in which every world begins.
fn three_o_clock() -> chrono::DateTime<chrono::Utc> {
    chrono::DateTime::from_timestamp(1_790_002_800, 0).unwrap()
}

#[tokio::test]
async fn after_five_failed_tries_a_client_gets_no_answer_whether_the_code_exists_or_not() {
    for world in worlds().await {
        let issued = director(&world).await;
        guess_wrong(&world.service, &issued, GUESSER, 3).await;
        for guess in guesses(&issued, 2) {
            let error = use_from(&world.service, &guess, "ann", GUESSER).await.unwrap_err();
            assert_eq!(error.reason(), invite::error::Reason::NotFound);
        }
        let wrong = guesses(&issued, 6).remove(5);
        let expected = Denial::RateLimited(three_o_clock());
        assert_eq!(limited(look_from(&world.service, &wrong, GUESSER).await), expected);
        assert_eq!(limited(look_from(&world.service, &code_of(&issued), GUESSER).await), expected);
        assert_eq!(limited(use_from(&world.service, &wrong, "ann", GUESSER).await), expected);
        assert_eq!(limited(use_from(&world.service, &code_of(&issued), "ann", GUESSER).await), expected);
        assert_eq!(
            all_counters(&world.service).await,
            [
                "guesses director Joh-###: 5",
                "failed director 203.0.113.9: 5",
                "use director 203.0.113.9: 2",
                "validate director 203.0.113.9: 3"
            ],
            "what is refused is not counted"
        );
        // Others are not kept from theirs, and nor are operators.
        sees(&world.service, &issued, "203.0.113.10").await;
        assert_eq!(reasons(&world.service, &look(&code_of(&issued))).await, []);
    }
}

#[tokio::test]
async fn a_try_that_succeeds_does_not_count_as_failed() {
    for world in worlds().await {
        let issued = director(&world).await;
        for _ in 0..12 {
            sees(&world.service, &issued, GUESSER).await;
        }
        assert_eq!(all_counters(&world.service).await, ["validate director 203.0.113.9: 12"]);
        accepted(use_from(&world.service, &code_of(&issued), "ann", GUESSER).await.unwrap());
        assert!(accepted(use_from(&world.service, &code_of(&issued), "ann", GUESSER).await.unwrap()).repeated);
        let all = ["use director 203.0.113.9: 2", "validate director 203.0.113.9: 12"];
        assert_eq!(all_counters(&world.service).await, all);
        // A code that exists and refuses is a failed try, too.
        let seen = look_from(&world.service, &code_of(&issued), GUESSER).await.unwrap();
        assert_eq!(seen.denials, [Denial::UsedUp(1)]);
        let used = use_from(&world.service, &code_of(&issued), "bob", GUESSER).await.unwrap();
        assert!(matches!(used, Redemption::Refused(..)));
        assert_eq!(counters(&world.service, &of_client(GUESSER)).await[0], ("failed director 203.0.113.9".into(), 2));
    }
}

#[tokio::test]
async fn validations_and_uses_are_limited_even_if_they_succeed() {
    for world in worlds_with("[policy.container]\nlimit_validate = 3\nlimit_use = 2\n").await {
        space(&world.service, "container", "c").await;
        let issued = one(&world.service, "c", times(9)).await;
        for _ in 0..3 {
            sees(&world.service, &issued, GUESSER).await;
        }
        limited(look_from(&world.service, &code_of(&issued), GUESSER).await);
        for user in ["ann", "bob"] {
            accepted(use_from(&world.service, &code_of(&issued), user, GUESSER).await.unwrap());
        }
        limited(use_from(&world.service, &code_of(&issued), "eve", GUESSER).await);
        assert_eq!(reload(&world.service, issued.invite.id).await.uses, 2);
        let all = ["use container 203.0.113.9: 2", "validate container 203.0.113.9: 3"];
        assert_eq!(all_counters(&world.service).await, all);
    }
}

#[tokio::test]
async fn counting_begins_anew_with_each_hour() {
    for world in worlds().await {
        let issued = director(&world).await;
        let last = world.at(three_o_clock() - TimeDelta::microseconds(1));
        guess_wrong(&world.service, &issued, GUESSER, 3).await;
        guess_wrong(&last, &issued, GUESSER, 2).await;
        assert_eq!(limited(look_from(&last, &code_of(&issued), GUESSER).await), Denial::RateLimited(three_o_clock()));
        let next = world.at(three_o_clock());
        sees(&next, &issued, GUESSER).await;
        guess_wrong(&next, &issued, GUESSER, 5).await;
        let denial = limited(look_from(&next, &code_of(&issued), GUESSER).await);
        assert_eq!(denial, Denial::RateLimited(three_o_clock() + hours(1)));
        // The first of an hour takes the hours before along.
        let mut raw = world.raw().await;
        let before = raw.at(three_o_clock());
        let earlier = format!("invite_limits WHERE window_start < {before} AND bucket NOT LIKE 'guesses:%'");
        assert_eq!(raw.count(&earlier).await, 0);
        assert!(noon() < three_o_clock());
    }
}

#[tokio::test]
async fn another_process_counts_on() {
    for world in worlds().await {
        let issued = director(&world).await;
        let other = world.another_process().await;
        guess_wrong(&world.service, &issued, GUESSER, 3).await;
        guess_wrong(&other, &issued, GUESSER, 2).await;
        limited(look_from(&world.service, &code_of(&issued), GUESSER).await);
        limited(look_from(&other, &code_of(&issued), GUESSER).await);
    }
}

#[tokio::test]
async fn a_client_is_the_same_however_its_address_is_written() {
    for world in worlds().await {
        let issued = director(&world).await;
        for from in ["203.0.113.9", "::ffff:203.0.113.9", "::FFFF:CB00:7109", " 203.0.113.9", "203.0.113.9"] {
            guess_wrong(&world.service, &issued, from, 1).await;
        }
        limited(look_from(&world.service, &code_of(&issued), GUESSER).await);
        for number in 1..=5 {
            guess_wrong(&world.service, &issued, &format!("2001:db8:0:7::{number}"), 1).await;
        }
        limited(look_from(&world.service, &code_of(&issued), "2001:DB8:0:7:ffff::6").await);
        sees(&world.service, &issued, "2001:db8:0:8::6").await;
        // An identifier with colons and wildcards is as good.
        guess_wrong(&world.service, &issued, "user:4_2:~@", 5).await;
        limited(look_from(&world.service, &code_of(&issued), "user:4_2:~@").await);
        sees(&world.service, &issued, "user:4_2:~@x").await;
    }
}

#[tokio::test]
async fn without_a_client_nothing_is_counted_or_limited() {
    for world in worlds().await {
        let issued = director(&world).await;
        for guess in guesses(&issued, 120) {
            validate_in_vain(&world.service, &guess).await;
        }
        join(&world.service, &code_of(&issued), "ann").await;
        make(&world.service, "john", 30, invite::invites::generate::Terms::default()).await.unwrap();
        assert_eq!(all_counters(&world.service).await, Vec::<String>::new());
    }
}

async fn validate_in_vain(service: &invite::service::Service, reference: &Reference) {
    let error = invite::invites::validate::validate(service, &operator(), &look(reference)).await.unwrap_err();
    assert_eq!(error.reason(), invite::error::Reason::NotFound);
}

/// The limits of the policies that the text may have been meant for; as a
/// guess, for all of them where no policy makes such codes.
#[tokio::test]
async fn a_text_that_nobody_has_counts_for_the_policies_that_make_such_codes() {
    const STRICT: &str = "[policy.tree]\nlimit_failed = 3\n[policy.container]\nlimit_failed = 2\n";
    for world in worlds_with(STRICT).await {
        director(&world).await;
        let token = format!("tree_{}", "A".repeat(43));
        for text in ["joh 111", "ABCD2345", "ABCD0000", &token, "#3fa29c81", "tree_A", "joh 1111"] {
            let error = look_from(&world.service, &code(text), GUESSER).await.unwrap_err();
            assert_eq!(error.reason(), invite::error::Reason::NotFound, "{text}");
        }
        let unknown = Reference::Id(Uuid::from_u128(7));
        assert_eq!(
            look_from(&world.service, &unknown, GUESSER).await.unwrap_err().reason(),
            invite::error::Reason::NotFound
        );
        assert_eq!(
            all_counters(&world.service).await,
            [
                "guesses director Joh-###: 1",
                "failed container 203.0.113.9: 2",
                "failed director 203.0.113.9: 3",
                "failed tree 203.0.113.9: 3",
                "validate director 203.0.113.9: 2",
            ]
        );
        for text in [&token, "#3fa29c81", "ABCD2345", "friday"] {
            limited(look_from(&world.service, &code(text), GUESSER).await);
            limited(use_from(&world.service, &code(text), "ann", GUESSER).await);
        }
    }
}

/// Spaces bring codes along in any form, so any text may be one of them.
#[tokio::test]
async fn a_standing_code_of_any_form_is_not_guessed_either() {
    for world in worlds_with("[policy.space]\nlimit_failed = 2\n").await {
        for text in ["friday", "Friday-2026"] {
            look_from(&world.service, &code(text), GUESSER).await.unwrap_err();
        }
        limited(look_from(&world.service, &code("x"), GUESSER).await);
        let all = ["failed director 203.0.113.9: 2", "failed space 203.0.113.9: 2"];
        assert_eq!(all_counters(&world.service).await, all);
    }
}

/// One that a space brought along is not held up by the limits of directors.
#[tokio::test]
async fn whoever_is_right_with_a_code_of_any_form_is_limited_by_its_own_policy_alone() {
    for world in worlds().await {
        director(&world).await;
        space(&world.service, "space", "s").await;
        let issued = one(&world.service, "s", invite::invites::generate::Terms::default()).await;
        world.raw().await.run("UPDATE invites SET code = 'friday', code_key = 'FRIDAY' WHERE space_id = 's'").await;
        for user in 0..12 {
            accepted(use_from(&world.service, &code("Friday"), &format!("u{user}"), GUESSER).await.unwrap());
        }
        assert_eq!(reload(&world.service, issued.invite.id).await.uses, 12);
        assert_eq!(all_counters(&world.service).await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn what_the_database_fails_to_answer_is_no_try_and_a_use_that_took_place_is_told() {
    for world in worlds().await {
        let issued = director(&world).await;
        let mut raw = world.raw().await;
        raw.refuse("INSERT", "invite_uses", "NEW.user_id = 'ann'").await;
        for _ in 0..6 {
            let error = use_from(&world.service, &code_of(&issued), "ann", GUESSER).await.unwrap_err();
            assert_eq!(error.reason(), invite::error::Reason::DatabaseFailed, "{error}");
        }
        assert_eq!(all_counters(&world.service).await, Vec::<String>::new());
        raw.refuse_no_more("INSERT", "invite_uses").await;
        raw.run("ALTER TABLE invite_uses RENAME TO away").await;
        let seen = ValidateRequest { client: Some(client(GUESSER)), ..look_for(&code_of(&issued), "ann") };
        for _ in 0..6 {
            let error = validate(&world.service, &operator(), &seen).await.unwrap_err();
            assert_eq!(error.reason(), invite::error::Reason::DatabaseFailed, "{error}");
        }
        assert_eq!(all_counters(&world.service).await, Vec::<String>::new());
        raw.run("ALTER TABLE away RENAME TO invite_uses").await;
        // Where nothing can be given back, whoever came in is in all the same.
        raw.refuse("UPDATE", "invite_limits", "NEW.hits = 0").await;
        let joined = accepted(use_from(&world.service, &code_of(&issued), "ann", GUESSER).await.unwrap());
        assert!(!joined.repeated);
        let counted = ["failed director 203.0.113.9: 1", "use director 203.0.113.9: 1"];
        assert_eq!(all_counters(&world.service).await, counted);
        raw.check_integrity().await;
    }
}

/// A page that polls, a second click, a look back: none of them guesses.
#[tokio::test]
async fn whoever_used_an_invite_does_not_fail_with_it() {
    for world in worlds().await {
        let issued = director(&world).await;
        accepted(use_from(&world.service, &code_of(&issued), "ann", GUESSER).await.unwrap());
        let seen = ValidateRequest { client: Some(client(GUESSER)), ..look_for(&code_of(&issued), "ann") };
        for _ in 0..6 {
            let seen = validate(&world.service, &operator(), &seen).await.unwrap();
            assert_eq!(seen.denials, [Denial::UsedUp(1), Denial::AlreadyMember { role: "actor".into() }]);
        }
        assert!(accepted(use_from(&world.service, &code_of(&issued), "ann", GUESSER).await.unwrap()).repeated);
        remove_member(&world.service, &operator(), "john", "ann").await.unwrap();
        let used = use_from(&world.service, &code_of(&issued), "ann", GUESSER).await.unwrap();
        assert!(matches!(used, Redemption::Refused(_, denials) if matches!(denials[..], [Denial::UsedBefore(_)])));
        let all = ["use director 203.0.113.9: 3", "validate director 203.0.113.9: 6"];
        assert_eq!(all_counters(&world.service).await, all);
        // Others do.
        use_from(&world.service, &code_of(&issued), "bob", GUESSER).await.unwrap();
        assert_eq!(counters(&world.service, &of_client(GUESSER)).await[0], ("failed director 203.0.113.9".into(), 1));
    }
}
