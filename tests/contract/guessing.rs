//! Guessing codes that are built from a name: counters, locks, and the success rate.

use std::io::Write as _;

use chrono::TimeDelta;
use invite::Denial;
use invite::Reason;
use invite::invites::generate::{Expiry, Terms, UsageLimit};
use invite::invites::stats::StatsRequest;
use invite::limits::LimitFilter;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};

use crate::fixture::{Engine, Fixture, days, hours, plain_service_at};
use crate::helpers::actions::*;
use crate::helpers::rate_limits::*;

every_server! {
    guesser_succeeds_on_at_most_5_of_20_days,
}

every_engine! {
    failed_attempts_of_eight_clients_leave_ninth_unlimited,
    fifty_failed_attempts_lock_one_active_code_and_nothing_else,
    budget_falls_with_each_active_code_and_rises_with_none,
    attempts_count_over_lifetime_of_oldest_code,
    lock_shows_in_limits_and_stats_and_is_reset,
    cleanup_deletes_attempts_older_than_any_code,
    extended_code_counts_attempts_of_whole_lifetime,
    extend_refuses_code_with_exhausted_budget,
    extend_refuses_code_with_reusable_number,
    cleanup_without_policy_keeps_its_attempts,
}

/// Returns the address of a numbered client.
fn from(number: usize) -> String {
    format!("198.51.{}.{}", number / 250, number % 250)
}

/// Makes one failed attempt for each of `count` clients; none may be limited.
async fn fail(fixture: &Fixture, issued: &invite::invites::Issued, count: usize) {
    for (number, guess) in guesses(issued, count).iter().enumerate() {
        let error = validate_from(&fixture.service, guess, &from(number)).await.unwrap_err();
        assert_eq!(error.reason(), Reason::NotFound, "attempt {number}: {error}");
    }
}

async fn failed_attempts_of_eight_clients_leave_ninth_unlimited(fixture: Fixture) {
    let issued = director(&fixture).await;
    for client in 0..8 {
        for word in ["hello", "Joh", "12345", "joh-12-x", "JOHN-SMITH"] {
            let error = validate_from(&fixture.service, &code(word), &from(client)).await.unwrap_err();
            assert_eq!(error.reason(), Reason::NotFound);
        }
    }
    assert_valid_from(&fixture.service, &issued, "192.0.2.9").await;
    accepted(redeem_from(&fixture.service, &code_of(&issued), "ann", "192.0.2.9").await.unwrap());
    assert!(fixture.service.list_locked_groups(None).await.unwrap().is_empty());
}

async fn fifty_failed_attempts_lock_one_active_code_and_nothing_else(fixture: Fixture) {
    let issued = director(&fixture).await;
    assert_valid_from(&fixture.service, &issued, GUESSER).await;
    fail(&fixture, &issued, 50).await;
    let until = fixture.now + days(1);
    let Denial::RateLimited(at) = limited(validate_from(&fixture.service, &code_of(&issued), GUESSER).await) else {
        panic!()
    };
    assert!(at > until && at <= until + hours(1), "{at}");
    limited(redeem_from(&fixture.service, &code_of(&issued), "ann", "192.0.2.2").await);
    limited(validate_from(&fixture.service, &code("Joh-000"), "192.0.2.3").await);
    // Codes of another length or prefix are counted separately.
    named_space(&fixture.service, "director", "mary", "Mary").await;
    let mary = create_one(&fixture.service, "mary", Terms::new()).await;
    assert_valid_from(&fixture.service, &mary, GUESSER).await;
    let longer = create_one(&fixture.service, "john", Terms::new()).await;
    assert_eq!(longer.code.reveal().len(), 8, "a locked group gets no new code");
    accepted(redeem_from(&fixture.service, &code_of(&longer), "ann", GUESSER).await.unwrap());
    // The operator is not limited.
    join(&fixture.service, &code_of(&issued), "bob").await;
    fixture.raw().await.check_integrity().await;
}

async fn budget_falls_with_each_active_code_and_rises_with_none(fixture: Fixture) {
    let first = director(&fixture).await;
    fail(&fixture, &first, 10).await;
    let second = create_one(&fixture.service, "john", Terms::new()).await;
    assert_eq!(second.code.reveal().len(), 7);
    // 10 attempts at one code, then 20 at two: 50 numbers of 1,000 were at risk.
    let wrong: Vec<_> = guesses(&first, 60).into_iter().filter(|guess| *guess != code_of(&second)).skip(10).collect();
    for (number, guess) in wrong.iter().take(20).enumerate() {
        let error = validate_from(&fixture.service, guess, &from(100 + number)).await.unwrap_err();
        assert_eq!(error.reason(), Reason::NotFound, "{number}");
    }
    limited(validate_from(&fixture.service, &wrong[20], &from(200)).await);
    // Without an active code nothing is locked.
    revoke_references(&fixture.service, vec![code_of(&first), code_of(&second)]).await;
    for (number, guess) in wrong.iter().take(60).enumerate() {
        let error = validate_from(&fixture.service, guess, &from(300 + number)).await.unwrap_err();
        assert_eq!(error.reason(), Reason::NotFound);
    }
    // Attempts count for the lifetime of a code, so the next code is longer.
    assert_eq!(create_one(&fixture.service, "john", Terms::new()).await.code.reveal().len(), 8);
    assert_eq!(create_one(&fixture.later(hours(26)), "john", Terms::new()).await.code.reveal().len(), 7);
}

async fn attempts_count_over_lifetime_of_oldest_code(fixture: Fixture) {
    director(&fixture).await;
    let week = Terms::new().expiry(Expiry::After(days(7)));
    let lasting = create_one(&fixture.service, "john", week).await;
    assert_eq!(lasting.code.reveal().len(), 7);
    // Two codes for the first day, then one: 10 attempts at two, 30 at one.
    fail(&fixture, &lasting, 10).await;
    for day in 2..5 {
        let service = fixture.later(days(day));
        // Guesses avoid the number of the expired code.
        let count = if day == 4 { 9 } else { 10 };
        for (number, guess) in guesses(&lasting, count).iter().enumerate() {
            let error = validate_from(&service, guess, &from(number)).await.unwrap_err();
            assert_eq!(error.reason(), Reason::NotFound, "day {day}");
        }
    }
    limited(validate_from(&fixture.later(days(6)), &code_of(&lasting), GUESSER).await);
}

async fn lock_shows_in_limits_and_stats_and_is_reset(fixture: Fixture) {
    let issued = director(&fixture).await;
    fail(&fixture, &issued, 49).await;
    assert!(fixture.service.list_locked_groups(None).await.unwrap().is_empty());
    limited_after_one_more(&fixture, &issued).await;
    let locks = fixture.service.list_locked_groups(Some("director")).await.unwrap();
    assert_eq!(locks.len(), 1);
    assert_eq!((locks[0].hits, locks[0].limit, locks[0].who.as_deref()), (50, Some(50), Some("Joh-###")));
    let counted = fixture.service.stats(&StatsRequest::new()).await.unwrap();
    assert_eq!(counted.locked, locks);
    assert!(fixture.service.list_locked_groups(Some("container")).await.unwrap().is_empty());
    let of_policy = LimitFilter::new().policy("director");
    assert!(counters(&fixture.service, &of_policy).await.contains(&("guesses director Joh-###".to_owned(), 50)));
    // Resetting the counters of a client unlocks nothing.
    reset(&fixture.service, &of_client(&from(3))).await;
    limited(validate_from(&fixture.service, &code_of(&issued), GUESSER).await);
    assert!(reset(&fixture.service, &of_policy).await > 50);
    assert_valid_from(&fixture.service, &issued, GUESSER).await;
    assert_eq!(counters(&fixture.service, &of_policy).await, [("validate director 203.0.113.9".to_owned(), 1)]);
}

async fn limited_after_one_more(fixture: &Fixture, issued: &invite::invites::Issued) {
    let guess = guesses(issued, 60).pop().unwrap();
    validate_from(&fixture.service, &guess, &from(400)).await.unwrap_err();
    limited(validate_from(&fixture.service, &code_of(issued), GUESSER).await);
}

/// Returns the number of windows with failed attempts.
async fn guess_windows(fixture: &Fixture) -> i64 {
    let mut raw = fixture.raw().await;
    let epoch = raw.at(chrono::DateTime::UNIX_EPOCH);
    raw.count(&format!("invite_limits WHERE bucket LIKE 'guesses:%' AND hits > 0 AND window_start > {epoch}")).await
}

async fn cleanup_deletes_attempts_older_than_any_code(fixture: Fixture) {
    let issued = director(&fixture).await;
    fail(&fixture, &issued, 3).await;
    // The code expires after a day, and can be extended for 30 more.
    for (age, windows) in [(hours(12), 1), (days(2), 1), (days(30), 1), (days(32), 0)] {
        run_cleanup(&fixture.later(age), &default_cleanup()).await;
        assert_eq!(guess_windows(&fixture).await, windows, "{age}");
    }
    assert_eq!(fixture.raw().await.count("invite_limits").await, 0);
}

/// Makes one failed attempt for each of `count` further clients, after the first `skipped` guesses.
async fn fail_more(service: &invite::Service, issued: &invite::invites::Issued, skipped: usize, count: usize) {
    for (number, guess) in guesses(issued, skipped + count).iter().enumerate().skip(skipped) {
        let error = validate_from(service, guess, &from(1_000 + number)).await.unwrap_err();
        assert_eq!(error.reason(), Reason::NotFound, "attempt {number}: {error}");
    }
}

async fn extended_code_counts_attempts_of_whole_lifetime(fixture: Fixture) {
    let issued = director(&fixture).await;
    fail(&fixture, &issued, 30).await;
    let later = fixture.later(days(2));
    run_cleanup(&later, &default_cleanup()).await;
    // The first attempt of an hour also deletes windows of another code.
    let other = create_one(&later, "john", Terms::new()).await;
    assert_eq!(other.code.reveal().len(), 7);
    fail_more(&later, &other, 100, 1).await;
    revoke_references(&later, vec![code_of(&other)]).await;

    extend_invite(&later, issued.invite.id, Expiry::After(hours(5)), UsageLimit::Default).await.unwrap();
    // 999 numbers, of which the other code holds one, leave room for 49 attempts: 30, 1, and these.
    fail_more(&later, &issued, 200, 18).await;
    limited(validate_from(&later, &guesses(&issued, 300)[299], "192.0.2.1").await);
    fixture.raw().await.check_integrity().await;
}

async fn extend_refuses_code_with_exhausted_budget(fixture: Fixture) {
    let issued = director(&fixture).await;
    fail(&fixture, &issued, 50).await;
    for age in [days(2), days(20)] {
        let later = fixture.later(age);
        run_cleanup(&later, &default_cleanup()).await;
        let error =
            extend_invite(&later, issued.invite.id, Expiry::After(hours(5)), UsageLimit::Default).await.unwrap_err();
        assert_eq!(error.reason(), Reason::NoFreeCode, "{error}");
    }
}

async fn extend_refuses_code_with_reusable_number(fixture: Fixture) {
    let issued = director(&fixture).await;
    let kept = fixture.later(days(30));
    extend_invite(&kept, issued.invite.id, Expiry::After(hours(5)), UsageLimit::Default).await.unwrap();
    for cleaned in [false, true] {
        let later = fixture.later(days(61));
        if cleaned {
            run_cleanup(&later, &default_cleanup()).await;
            // It was closed just now, and had expired long before.
            assert!(reload(&later, issued.invite.id).await.closed.is_some());
        }
        let error =
            extend_invite(&later, issued.invite.id, Expiry::After(hours(5)), UsageLimit::Default).await.unwrap_err();
        assert_eq!(error.reason(), Reason::Duplicate, "{error}");
        assert!(error.hint().unwrap().contains("invite generate --space john"), "{error}");
    }
}

async fn cleanup_without_policy_keeps_its_attempts(engine: Engine) {
    let wide = "[policy.wide]\ncode = \"name\"\nexpires = \"24h\"\nroles = [\"actor\"]\n";
    let fixture = Fixture::with_policies(engine, wide).await;
    named_space(&fixture.service, "wide", "john", "John Smith").await;
    let issued = create_one(&fixture.service, "john", Terms::new()).await;
    fail(&fixture, &issued, 30).await;
    let elsewhere = |age: TimeDelta| plain_service_at(&fixture, age);
    run_cleanup(&elsewhere(hours(2)).await, &default_cleanup()).await;
    assert_eq!(guess_windows(&fixture).await, 1);
    let later = fixture.later(hours(3));
    fail_more(&later, &issued, 200, 20).await;
    limited(validate_from(&later, &guesses(&issued, 300)[299], "192.0.2.1").await);
    run_cleanup(&elsewhere(days(40)).await, &default_cleanup()).await;
    assert_eq!(fixture.raw().await.count("invite_limits").await, 0);
}

/// Lets 8 clients guess for a day at the one active code of a prefix; returns true if one succeeds.
async fn guess_for_a_day(fixture: &Fixture, day: u32, rng: &mut StdRng) -> bool {
    let morning = days(i64::from(day) * 32);
    create_one(&fixture.later(morning), "john", Terms::new()).await;
    let mut numbers: Vec<u32> = (0..1_000).collect();
    numbers.shuffle(rng);
    let mut numbers = numbers.into_iter();
    for hour in 0..24 {
        let service = fixture.later(morning + hours(hour) + TimeDelta::minutes(rng.random_range(0..30)));
        for client in 0..8 {
            for _ in 0..5 {
                let Some(number) = numbers.next() else { return false };
                match validate_from(&service, &code(&format!("Joh-{number:03}")), &from(client)).await {
                    Ok(seen) if seen.denials.is_empty() => return true,
                    // An expired code: a failed attempt.
                    Ok(_) => {}
                    Err(error) if error.reason() == Reason::NotFound => {}
                    Err(error) => {
                        assert_eq!(error.reason(), Reason::RateLimited, "{error}");
                        // Locked for the rest of the day, or this client is limited for the hour.
                        if service.list_locked_groups(None).await.unwrap().len() == 1 {
                            return false;
                        }
                    }
                }
            }
        }
    }
    false
}

/// Returns the number of days on which a guesser succeeded.
async fn won(fixture: &Fixture, days: u32) -> u32 {
    named_space(&fixture.service, "director", "john", "John Smith").await;
    let mut rng = StdRng::seed_from_u64(20);
    let mut won = 0;
    for day in 0..days {
        won += u32::from(guess_for_a_day(fixture, day, &mut rng).await);
    }
    won
}

/// The printed and the observed rate, with the standard deviation.
struct Rate {
    won: f64,
    expected: f64,
    deviation: f64,
}

impl Rate {
    fn of(won: u32, days: u32, probability: f64) -> Self {
        let expected = probability * f64::from(days);
        Rate { won: f64::from(won), expected, deviation: (expected * (1.0 - probability)).sqrt() }
    }

    /// Prints the rates to the uncaptured standard error.
    fn print(&self, what: &str, days: u32) {
        let percent = |count: f64| 100.0 * count / f64::from(days);
        let _ = writeln!(
            std::io::stderr().lock(),
            "{what}: a guesser got in on {} of {days} days, {:.2} %; expected {:.2} % with a standard error of {:.2} %",
            self.won,
            percent(self.won),
            percent(self.expected),
            percent(self.deviation)
        );
    }
}

/// `INVITE_SOAK_DAYS=1000 cargo test --release --test contract guesser_succeeds` simulates more
/// days and prints the rates.
#[tokio::test]
async fn guesser_succeeds_with_printed_probability() {
    let soak = std::env::var("INVITE_SOAK_DAYS").ok().map(|days| days.parse::<u32>().unwrap());
    let days = soak.unwrap_or(400);
    let fixture = Fixture::new(Engine::Sqlite).await;
    let printed = invite::policy::Policies::built_in().unwrap().get("director").unwrap().odds().unwrap();
    let rate = Rate::of(won(&fixture, days).await, days, printed.probability);
    rate.print("one active code of a director", days);
    assert!((rate.won - rate.expected).abs() < 3.0 * rate.deviation, "{} of {days}", rate.won);
}

async fn guesser_succeeds_on_at_most_5_of_20_days(fixture: Fixture) {
    let won = won(&fixture, 20).await;
    assert!(won <= 5, "{won} of 20");
}
