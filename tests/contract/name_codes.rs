//! Codes that are built from a name: their length depends on the odds of guessing one, and
//! their numbers are reused some time after they became invalid.

use std::collections::{BTreeMap, HashSet};

use invite::Reason;
use invite::invites::generate::{Expiry, Terms, UsageLimit};
use invite::model::reference::Reference;

use crate::fixture::{Engine, Fixture, days, hours, operator};
use crate::helpers::actions::*;
use crate::helpers::imports::create_refused;

every_engine! {
    third_active_code_of_prefix_gets_fourth_digit,
    creates_1000_codes_despite_900_expired_ones,
    numbers_of_invalid_codes_do_not_improve_odds,
    number_is_reused_30_days_after_code_became_invalid,
    expired_code_is_reopened_only_within_odds,
    fixed_length_reports_odds_and_uses_every_number,
}

every_engine! {
    threads 4;
    concurrently_created_codes_keep_odds,
}

const THREE_DIGITS: &str = "[policy.director]\nmax_digits = 3\n";

async fn john(fixture: &Fixture) {
    named_space(&fixture.service, "director", "john", "John Smith").await;
}

/// Returns the number of codes by number of digits.
fn lengths(made: &[invite::invites::Issued]) -> BTreeMap<usize, usize> {
    let mut lengths = BTreeMap::new();
    for issued in made {
        *lengths.entry(issued.code.reveal().len() - "Joh-".len()).or_default() += 1;
    }
    lengths
}

async fn third_active_code_of_prefix_gets_fourth_digit(fixture: Fixture) {
    john(&fixture).await;
    named_space(&fixture.service, "director", "johanna", "Johanna Wei\u{df}").await;
    let mut made = Vec::new();
    for director in ["john", "johanna", "john"] {
        made.push(create_one(&fixture.service, director, Terms::new()).await);
    }
    assert_eq!(made.iter().map(|issued| issued.code.reveal().len()).collect::<Vec<_>>(), [7, 7, 8]);
    // Used and revoked codes are not active, and another prefix counts separately.
    join(&fixture.service, &code_of(&made[0]), "ann").await;
    assert_eq!(create_one(&fixture.service, "john", Terms::new()).await.code.reveal().len(), 7);
    named_space(&fixture.service, "director", "mary", "Mary").await;
    assert_eq!(
        lengths(&create(&fixture.service, "mary", 30, Terms::new()).await.unwrap()),
        [(3, 2), (4, 25), (5, 3)].into()
    );
    fixture.raw().await.check_integrity().await;
}

async fn creates_1000_codes_despite_900_expired_ones(engine: Engine) {
    let fixture = Fixture::with_policies(
        engine,
        "[policy.wide]\ncode = \"name\"\nmax_digits = 3\nexpires = \"24h\"\nroles = [\"actor\"]\n",
    )
    .await;
    named_space(&fixture.service, "wide", "old", "John Old").await;
    create(&fixture.service, "old", 900, Terms::new()).await.unwrap();
    john(&fixture).await;
    for age in [days(2), days(40)] {
        let later = fixture.later(age);
        let made = create(&later, "john", 1_000, Terms::new()).await.unwrap();
        let different: HashSet<&str> = made.iter().map(|issued| issued.code.reveal()).collect();
        assert_eq!(different.len(), 1_000);
        let of_three = lengths(&made).get(&3).copied().unwrap_or(0);
        assert_eq!(of_three, if age == days(2) { 0 } else { 2 }, "100 numbers are too few, 1,000 are not");
        revoke_references(&later, made.iter().map(|issued| Reference::Id(issued.invite.id)).collect()).await;
    }
    fixture.raw().await.check_integrity().await;
}

/// A guesser who knows the invalid codes must not find the next one among few remaining numbers.
async fn numbers_of_invalid_codes_do_not_improve_odds(fixture: Fixture) {
    john(&fixture).await;
    let mut raw = fixture.raw().await;
    let issued = create_one(&fixture.service, "john", Terms::new()).await;
    revoke_references(&fixture.service, vec![code_of(&issued)]).await;
    let at = raw.at(fixture.now);
    let columns = "space_id, role, created_at, max_uses, uses, closed_at, closed_reason, created_op, closed_op";
    for number in 0..601 {
        let key = format!("JOH{number:03}");
        if format!("Joh-{number:03}") == issued.code.reveal() {
            continue;
        }
        let id = uuid::Uuid::from_u128(0x0100_0000_0000_7000_8000_0000_0000_0000 + number);
        raw.run(format!(
            "INSERT INTO invites (id, code, code_key, {columns}) SELECT '{id}', '{key}', '{key}', space_id, role, \
             {at}, max_uses, uses, {at}, closed_reason, created_op, closed_op FROM invites WHERE id = '{}'",
            issued.invite.id
        ))
        .await;
    }
    let next = create_one(&fixture.service, "john", Terms::new()).await;
    assert_eq!(next.code.reveal().len(), 8, "399 numbers are too few for the odds");
    raw.check_integrity().await;
}

async fn number_is_reused_30_days_after_code_became_invalid(engine: Engine) {
    let fixture = Fixture::with_policies(engine, THREE_DIGITS).await;
    john(&fixture).await;
    let old = create(&fixture.service, "john", 999, Terms::new()).await.unwrap();
    join(&fixture.service, &code_of(&old[0]), "ann").await;
    // The codes of `old` expired after a day, and no cleanup has closed them.
    let early = fixture.later(days(31) - hours(1));
    create(&early, "john", 2, Terms::new()).await.unwrap();
    let error = create(&early, "john", 1, Terms::new()).await.unwrap_err();
    assert_eq!(error.reason(), Reason::NoFreeCode);
    let later = fixture.later(days(31));
    let new = create(&later, "john", 998, Terms::new()).await.unwrap();
    for issued in new.iter().take(20) {
        let found = later.show_invite(&operator(), &code_of(issued)).await.unwrap().invite;
        assert_eq!(found.id, issued.invite.id, "the active one is found");
    }
    // The earlier invites are closed in the same transaction and stay listed.
    let mut raw = fixture.raw().await;
    assert_eq!(raw.count("invites WHERE closed_at IS NULL AND expires_at < created_at").await, 0);
    let lost = old.iter().find(|old| new.iter().any(|new| new.code == old.code)).unwrap();
    let kept = reload(&later, lost.invite.id).await;
    assert!(kept.closed.is_some() && kept.code.as_ref().is_some_and(|code| code.reveal() == lost.code.reveal()));
    let error = extend_invite(&later, lost.invite.id, Expiry::After(hours(1)), UsageLimit::Default).await.unwrap_err();
    assert_eq!(error.reason(), Reason::Duplicate, "{error}");
    raw.check_integrity().await;
}

async fn expired_code_is_reopened_only_within_odds(fixture: Fixture) {
    john(&fixture).await;
    let old = create(&fixture.service, "john", 2, Terms::new()).await.unwrap();
    let later = fixture.later(days(2));
    let new = create(&later, "john", 1, Terms::new()).await.unwrap();
    assert_eq!(new[0].code.reveal().len(), 7);
    extend_invite(&later, old[0].invite.id, Expiry::After(hours(5)), UsageLimit::Default).await.unwrap();
    let error =
        extend_invite(&later, old[1].invite.id, Expiry::After(hours(5)), UsageLimit::Default).await.unwrap_err();
    assert_eq!(error.reason(), Reason::NoFreeCode, "{error}");
    assert!(error.hint().unwrap().contains("invite generate --space john"));
    // An active code does not change the odds.
    extend_invite(&later, old[0].invite.id, Expiry::After(hours(9)), UsageLimit::Default).await.unwrap();
    fixture.raw().await.check_integrity().await;
}

async fn fixed_length_reports_odds_and_uses_every_number(engine: Engine) {
    let fixture = Fixture::with_policies(engine, THREE_DIGITS).await;
    john(&fixture).await;
    assert!(fixture.service.high_guessing_odds("john").await.unwrap().is_none());
    create(&fixture.service, "john", 10, Terms::new()).await.unwrap();
    let (codes, active, odds) = fixture.service.high_guessing_odds("john").await.unwrap().unwrap();
    assert_eq!((codes.as_str(), active, odds.attempts, odds.text().as_str()), ("Joh-###", 10, 20, "1 in 5"));
    create(&fixture.service, "john", 990, Terms::new()).await.unwrap();
    let error = create_refused(&fixture, "john", 1, Terms::new()).await;
    assert_eq!(error.reason(), Reason::NoFreeCode);
}

async fn concurrently_created_codes_keep_odds(fixture: Fixture) {
    john(&fixture).await;
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..10 {
        let service = fixture.another_process().await;
        tasks.spawn(async move { create_one(&service, "john", Terms::new()).await });
    }
    let made: Vec<_> = tasks.join_all().await;
    assert_eq!(lengths(&made), [(3, 2), (4, 8)].into());
    fixture.raw().await.check_integrity().await;
}
