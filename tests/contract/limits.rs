//! Hourly limits of clients: what is counted, refused and refunded.

use chrono::TimeDelta;
use invite::Denial;
use invite::invites::redeem::Redemption;
use invite::model::reference::Reference;
use uuid::Uuid;

use crate::fixture::{Engine, Fixture, hours, noon, operator};
use crate::helpers::actions::*;
use crate::helpers::rate_limits::*;
use crate::helpers::validation::*;

every_engine! {
    client_is_limited_after_five_failed_attempts,
    successful_attempt_does_not_count_as_failed,
    successful_validations_and_uses_are_limited,
    counters_restart_each_hour,
    counters_are_shared_between_processes,
    client_is_recognized_in_every_address_notation,
    nothing_is_counted_without_client,
    unknown_code_counts_for_policies_with_its_format,
    standing_codes_of_any_format_are_limited,
    valid_code_counts_for_its_own_policy_only,
    database_failure_is_not_counted_as_attempt,
    repeated_use_is_not_a_failed_attempt,
}

/// The end of the window in which every fixture begins.
fn three_o_clock() -> chrono::DateTime<chrono::Utc> {
    chrono::DateTime::from_timestamp(1_790_002_800, 0).unwrap()
}

async fn client_is_limited_after_five_failed_attempts(fixture: Fixture) {
    let issued = director(&fixture).await;
    guess_wrongly(&fixture.service, &issued, GUESSER, 3).await;
    for guess in guesses(&issued, 2) {
        let error = redeem_from(&fixture.service, &guess, "ann", GUESSER).await.unwrap_err();
        assert_eq!(error.reason(), invite::Reason::NotFound);
    }
    let wrong = guesses(&issued, 6).remove(5);
    let expected = Denial::RateLimited(three_o_clock());
    assert_eq!(limited(validate_from(&fixture.service, &wrong, GUESSER).await), expected);
    assert_eq!(limited(validate_from(&fixture.service, &code_of(&issued), GUESSER).await), expected);
    assert_eq!(limited(redeem_from(&fixture.service, &wrong, "ann", GUESSER).await), expected);
    assert_eq!(limited(redeem_from(&fixture.service, &code_of(&issued), "ann", GUESSER).await), expected);
    assert_eq!(
        all_counters(&fixture.service).await,
        [
            "guesses director Joh-###: 5",
            "failed director 203.0.113.9: 5",
            "use director 203.0.113.9: 2",
            "validate director 203.0.113.9: 3"
        ],
        "refused attempts are not counted"
    );
    // Other clients and operators are not limited.
    assert_valid_from(&fixture.service, &issued, "203.0.113.10").await;
    assert_eq!(reasons(&fixture.service, &validation_request(&code_of(&issued))).await, []);
}

async fn successful_attempt_does_not_count_as_failed(fixture: Fixture) {
    let issued = director(&fixture).await;
    for _ in 0..12 {
        assert_valid_from(&fixture.service, &issued, GUESSER).await;
    }
    assert_eq!(all_counters(&fixture.service).await, ["validate director 203.0.113.9: 12"]);
    accepted(redeem_from(&fixture.service, &code_of(&issued), "ann", GUESSER).await.unwrap());
    assert!(accepted(redeem_from(&fixture.service, &code_of(&issued), "ann", GUESSER).await.unwrap()).repeated);
    let all = ["use director 203.0.113.9: 2", "validate director 203.0.113.9: 12"];
    assert_eq!(all_counters(&fixture.service).await, all);
    // A refused use of an existing code is a failed attempt, too.
    let seen = validate_from(&fixture.service, &code_of(&issued), GUESSER).await.unwrap();
    assert_eq!(seen.denials, [Denial::UsedUp(1)]);
    let used = redeem_from(&fixture.service, &code_of(&issued), "bob", GUESSER).await.unwrap();
    assert!(matches!(used, Redemption::Refused(..)));
    assert_eq!(counters(&fixture.service, &of_client(GUESSER)).await[0], ("failed director 203.0.113.9".into(), 2));
}

async fn successful_validations_and_uses_are_limited(engine: Engine) {
    let fixture = Fixture::with_policies(engine, "[policy.container]\nlimit_validate = 3\nlimit_use = 2\n").await;
    space(&fixture.service, "container", "c").await;
    let issued = create_one(&fixture.service, "c", terms_with_limit(9)).await;
    for _ in 0..3 {
        assert_valid_from(&fixture.service, &issued, GUESSER).await;
    }
    limited(validate_from(&fixture.service, &code_of(&issued), GUESSER).await);
    for user in ["ann", "bob"] {
        accepted(redeem_from(&fixture.service, &code_of(&issued), user, GUESSER).await.unwrap());
    }
    limited(redeem_from(&fixture.service, &code_of(&issued), "eve", GUESSER).await);
    assert_eq!(reload(&fixture.service, issued.invite.id).await.uses, 2);
    let all = ["use container 203.0.113.9: 2", "validate container 203.0.113.9: 3"];
    assert_eq!(all_counters(&fixture.service).await, all);
}

async fn counters_restart_each_hour(fixture: Fixture) {
    let issued = director(&fixture).await;
    let last = fixture.at(three_o_clock() - TimeDelta::microseconds(1));
    guess_wrongly(&fixture.service, &issued, GUESSER, 3).await;
    guess_wrongly(&last, &issued, GUESSER, 2).await;
    assert_eq!(limited(validate_from(&last, &code_of(&issued), GUESSER).await), Denial::RateLimited(three_o_clock()));
    let next = fixture.at(three_o_clock());
    assert_valid_from(&next, &issued, GUESSER).await;
    guess_wrongly(&next, &issued, GUESSER, 5).await;
    let denial = limited(validate_from(&next, &code_of(&issued), GUESSER).await);
    assert_eq!(denial, Denial::RateLimited(three_o_clock() + hours(1)));
    // The first attempt of a window deletes the counters of earlier windows.
    let mut raw = fixture.raw().await;
    let before = raw.at(three_o_clock());
    let earlier = format!("invite_limits WHERE window_start < {before} AND bucket NOT LIKE 'guesses:%'");
    assert_eq!(raw.count(&earlier).await, 0);
    assert!(noon() < three_o_clock());
}

async fn counters_are_shared_between_processes(fixture: Fixture) {
    let issued = director(&fixture).await;
    let other = fixture.another_process().await;
    guess_wrongly(&fixture.service, &issued, GUESSER, 3).await;
    guess_wrongly(&other, &issued, GUESSER, 2).await;
    limited(validate_from(&fixture.service, &code_of(&issued), GUESSER).await);
    limited(validate_from(&other, &code_of(&issued), GUESSER).await);
}

async fn client_is_recognized_in_every_address_notation(fixture: Fixture) {
    let issued = director(&fixture).await;
    for from in ["203.0.113.9", "::ffff:203.0.113.9", "::FFFF:CB00:7109", " 203.0.113.9", "203.0.113.9"] {
        guess_wrongly(&fixture.service, &issued, from, 1).await;
    }
    limited(validate_from(&fixture.service, &code_of(&issued), GUESSER).await);
    for number in 1..=5 {
        guess_wrongly(&fixture.service, &issued, &format!("2001:db8:0:7::{number}"), 1).await;
    }
    limited(validate_from(&fixture.service, &code_of(&issued), "2001:DB8:0:7:ffff::6").await);
    assert_valid_from(&fixture.service, &issued, "2001:db8:0:8::6").await;
    // Identifiers with colons and wildcards are accepted, too.
    guess_wrongly(&fixture.service, &issued, "user:4_2:~@", 5).await;
    limited(validate_from(&fixture.service, &code_of(&issued), "user:4_2:~@").await);
    assert_valid_from(&fixture.service, &issued, "user:4_2:~@x").await;
}

async fn nothing_is_counted_without_client(fixture: Fixture) {
    let issued = director(&fixture).await;
    for guess in guesses(&issued, 120) {
        validate_unknown(&fixture.service, &guess).await;
    }
    join(&fixture.service, &code_of(&issued), "ann").await;
    create(&fixture.service, "john", 30, invite::invites::generate::Terms::new()).await.unwrap();
    assert_eq!(all_counters(&fixture.service).await, Vec::<String>::new());
}

async fn validate_unknown(service: &invite::Service, reference: &Reference) {
    let error = service.validate(&operator(), &validation_request(reference)).await.unwrap_err();
    assert_eq!(error.reason(), invite::Reason::NotFound);
}

/// A failed attempt counts for each policy whose format the text matches, and for every
/// policy with limited failures if it matches none.
async fn unknown_code_counts_for_policies_with_its_format(engine: Engine) {
    const STRICT: &str = "[policy.tree]\nlimit_failed = 3\n[policy.container]\nlimit_failed = 2\n";
    let fixture = Fixture::with_policies(engine, STRICT).await;
    director(&fixture).await;
    let token = format!("tree_{}", "A".repeat(43));
    for text in ["joh 111", "ABCD2345", "ABCD0000", &token, "#3fa29c81", "tree_A", "joh 1111"] {
        let error = validate_from(&fixture.service, &code(text), GUESSER).await.unwrap_err();
        assert_eq!(error.reason(), invite::Reason::NotFound, "{text}");
    }
    let unknown = Reference::Id(Uuid::from_u128(7));
    assert_eq!(
        validate_from(&fixture.service, &unknown, GUESSER).await.unwrap_err().reason(),
        invite::Reason::NotFound
    );
    assert_eq!(
        all_counters(&fixture.service).await,
        [
            "guesses director Joh-###: 1",
            "failed container 203.0.113.9: 2",
            "failed director 203.0.113.9: 3",
            "failed tree 203.0.113.9: 3",
            "validate director 203.0.113.9: 2",
        ]
    );
    for text in [&token, "#3fa29c81", "ABCD2345", "friday"] {
        limited(validate_from(&fixture.service, &code(text), GUESSER).await);
        limited(redeem_from(&fixture.service, &code(text), "ann", GUESSER).await);
    }
}

/// Imported standing codes have any form, so any text may be a guess of one.
async fn standing_codes_of_any_format_are_limited(engine: Engine) {
    let fixture = Fixture::with_policies(engine, "[policy.space]\nlimit_failed = 2\n").await;
    for text in ["friday", "Friday-2026"] {
        validate_from(&fixture.service, &code(text), GUESSER).await.unwrap_err();
    }
    limited(validate_from(&fixture.service, &code("x"), GUESSER).await);
    let all = ["failed director 203.0.113.9: 2", "failed space 203.0.113.9: 2"];
    assert_eq!(all_counters(&fixture.service).await, all);
}

/// The limits of directors do not apply to an imported standing code.
async fn valid_code_counts_for_its_own_policy_only(fixture: Fixture) {
    director(&fixture).await;
    space(&fixture.service, "space", "s").await;
    let issued = create_one(&fixture.service, "s", invite::invites::generate::Terms::new()).await;
    fixture.raw().await.run("UPDATE invites SET code = 'friday', code_key = 'FRIDAY' WHERE space_id = 's'").await;
    for user in 0..12 {
        accepted(redeem_from(&fixture.service, &code("Friday"), &format!("u{user}"), GUESSER).await.unwrap());
    }
    assert_eq!(reload(&fixture.service, issued.invite.id).await.uses, 12);
    assert_eq!(all_counters(&fixture.service).await, Vec::<String>::new());
}

async fn database_failure_is_not_counted_as_attempt(fixture: Fixture) {
    let issued = director(&fixture).await;
    let mut raw = fixture.raw().await;
    raw.refuse("INSERT", "invite_uses", "NEW.user_id = 'ann'").await;
    for _ in 0..6 {
        let error = redeem_from(&fixture.service, &code_of(&issued), "ann", GUESSER).await.unwrap_err();
        assert_eq!(error.reason(), invite::Reason::DatabaseFailed, "{error}");
    }
    assert_eq!(all_counters(&fixture.service).await, Vec::<String>::new());
    raw.refuse_no_more("INSERT", "invite_uses").await;
    raw.run("ALTER TABLE invite_uses RENAME TO away").await;
    let seen = validation_request_for(&code_of(&issued), "ann").client(client(GUESSER));
    for _ in 0..6 {
        let error = fixture.service.validate(&operator(), &seen).await.unwrap_err();
        assert_eq!(error.reason(), invite::Reason::DatabaseFailed, "{error}");
    }
    assert_eq!(all_counters(&fixture.service).await, Vec::<String>::new());
    raw.run("ALTER TABLE away RENAME TO invite_uses").await;
    // A use stays valid if its attempt cannot be refunded.
    raw.refuse("UPDATE", "invite_limits", "NEW.hits = 0").await;
    let joined = accepted(redeem_from(&fixture.service, &code_of(&issued), "ann", GUESSER).await.unwrap());
    assert!(!joined.repeated);
    let counted = ["failed director 203.0.113.9: 1", "use director 203.0.113.9: 1"];
    assert_eq!(all_counters(&fixture.service).await, counted);
    raw.check_integrity().await;
}

/// Polling pages, double clicks and reloads are not guesses.
async fn repeated_use_is_not_a_failed_attempt(fixture: Fixture) {
    let issued = director(&fixture).await;
    accepted(redeem_from(&fixture.service, &code_of(&issued), "ann", GUESSER).await.unwrap());
    let seen = validation_request_for(&code_of(&issued), "ann").client(client(GUESSER));
    for _ in 0..6 {
        let seen = fixture.service.validate(&operator(), &seen).await.unwrap();
        assert_eq!(seen.denials, [Denial::UsedUp(1), Denial::AlreadyMember { role: "actor".into() }]);
    }
    assert!(accepted(redeem_from(&fixture.service, &code_of(&issued), "ann", GUESSER).await.unwrap()).repeated);
    fixture.service.remove_member(&operator(), "john", "ann").await.unwrap();
    let used = redeem_from(&fixture.service, &code_of(&issued), "ann", GUESSER).await.unwrap();
    assert!(matches!(used, Redemption::Refused(_, denials) if matches!(denials[..], [Denial::UsedBefore(_)])));
    let all = ["use director 203.0.113.9: 3", "validate director 203.0.113.9: 6"];
    assert_eq!(all_counters(&fixture.service).await, all);
    // Uses by other users are counted.
    redeem_from(&fixture.service, &code_of(&issued), "bob", GUESSER).await.unwrap();
    assert_eq!(counters(&fixture.service, &of_client(GUESSER)).await[0], ("failed director 203.0.113.9".into(), 1));
}
