//! Codes that are built from a name: as long as their odds ask for, and free again
//! some time after they became invalid.

use std::collections::{BTreeMap, HashSet};

use invite::error::Reason;
use invite::invites::generate::{End, Terms, Uses};
use invite::invites::show::show;
use invite::model::reference::Reference;

use crate::steps::*;
use crate::steps_a::make_in_vain;
use crate::world::{World, days, hours, operator, worlds, worlds_with};

const THREE_DIGITS: &str = "[policy.director]\ndigits_max = 3\n";

async fn john(world: &World) {
    named_space(&world.service, "director", "john", "John Smith").await;
}

/// How many of these codes have how many digits.
fn lengths(made: &[invite::invites::Issued]) -> BTreeMap<usize, usize> {
    let mut lengths = BTreeMap::new();
    for issued in made {
        *lengths.entry(issued.code.reveal().len() - "Joh-".len()).or_default() += 1;
    }
    lengths
}

#[tokio::test]
async fn third_active_code_of_a_prefix_gets_a_fourth_digit() {
    for world in worlds().await {
        john(&world).await;
        named_space(&world.service, "director", "johanna", "Johanna Wei\u{df}").await;
        let mut made = Vec::new();
        for director in ["john", "johanna", "john"] {
            made.push(one(&world.service, director, Terms::default()).await);
        }
        assert_eq!(made.iter().map(|issued| issued.code.reveal().len()).collect::<Vec<_>>(), [7, 7, 8]);
        // A code that was used or revoked is not active, another prefix has its own.
        join(&world.service, &code_of(&made[0]), "ann").await;
        assert_eq!(one(&world.service, "john", Terms::default()).await.code.reveal().len(), 7);
        named_space(&world.service, "director", "mary", "Mary").await;
        assert_eq!(
            lengths(&make(&world.service, "mary", 30, Terms::default()).await.unwrap()),
            [(3, 2), (4, 25), (5, 3)].into()
        );
        world.raw().await.check_integrity().await;
    }
}

#[tokio::test]
async fn thousand_codes_are_created_beside_nine_hundred_expired_ones() {
    for world in
        worlds_with("[policy.wide]\ncode = \"name\"\ndigits_max = 3\nexpires = \"24h\"\nroles = [\"actor\"]\n").await
    {
        named_space(&world.service, "wide", "old", "John Old").await;
        make(&world.service, "old", 900, Terms::default()).await.unwrap();
        john(&world).await;
        for age in [days(2), days(40)] {
            let later = world.later(age);
            let made = make(&later, "john", 1_000, Terms::default()).await.unwrap();
            let different: HashSet<&str> = made.iter().map(|issued| issued.code.reveal()).collect();
            assert_eq!(different.len(), 1_000);
            let of_three = lengths(&made).get(&3).copied().unwrap_or(0);
            assert_eq!(of_three, if age == days(2) { 0 } else { 2 }, "100 numbers are too few, 1,000 are not");
            revoke_these(&later, made.iter().map(|issued| Reference::Id(issued.invite.id)).collect()).await;
        }
        world.raw().await.check_integrity().await;
    }
}

/// A guesser who knows the codes that became invalid must not guess the next one among
/// the few numbers that are left.
#[tokio::test]
async fn numbers_of_invalid_codes_do_not_improve_the_odds() {
    for world in worlds().await {
        john(&world).await;
        let mut raw = world.raw().await;
        let issued = one(&world.service, "john", Terms::default()).await;
        revoke_these(&world.service, vec![code_of(&issued)]).await;
        let at = raw.at(world.now);
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
        let next = one(&world.service, "john", Terms::default()).await;
        assert_eq!(next.code.reveal().len(), 8, "399 numbers are too few for the odds");
        raw.check_integrity().await;
    }
}

#[tokio::test]
async fn number_is_reused_thirty_days_after_its_code_became_invalid() {
    for world in worlds_with(THREE_DIGITS).await {
        john(&world).await;
        let old = make(&world.service, "john", 999, Terms::default()).await.unwrap();
        join(&world.service, &code_of(&old[0]), "ann").await;
        // They expired after a day, and no cleanup has closed them.
        let early = world.later(days(31) - hours(1));
        make(&early, "john", 2, Terms::default()).await.unwrap();
        let error = make(&early, "john", 1, Terms::default()).await.unwrap_err();
        assert_eq!(error.reason(), Reason::NoFreeCode);
        let later = world.later(days(31));
        let new = make(&later, "john", 998, Terms::default()).await.unwrap();
        for issued in new.iter().take(20) {
            let found = show(&later, &operator(), &code_of(issued)).await.unwrap().invite;
            assert_eq!(found.id, issued.invite.id, "the active one is found");
        }
        // The old holders are closed in the same transaction, and stay in the lists.
        let mut raw = world.raw().await;
        assert_eq!(raw.count("invites WHERE closed_at IS NULL AND expires_at < created_at").await, 0);
        let lost = old.iter().find(|old| new.iter().any(|new| new.code == old.code)).unwrap();
        let kept = reload(&later, lost.invite.id).await;
        assert!(kept.closed.is_some() && kept.code.as_ref().is_some_and(|code| code.reveal() == lost.code.reveal()));
        let error = prolong(&later, lost.invite.id, End::After(hours(1)), Uses::Default).await.unwrap_err();
        assert_eq!(error.reason(), Reason::Duplicate, "{error}");
        raw.check_integrity().await;
    }
}

#[tokio::test]
async fn expired_code_becomes_valid_again_only_where_the_odds_have_room() {
    for world in worlds().await {
        john(&world).await;
        let old = make(&world.service, "john", 2, Terms::default()).await.unwrap();
        let later = world.later(days(2));
        let new = make(&later, "john", 1, Terms::default()).await.unwrap();
        assert_eq!(new[0].code.reveal().len(), 7);
        prolong(&later, old[0].invite.id, End::After(hours(5)), Uses::Default).await.unwrap();
        let error = prolong(&later, old[1].invite.id, End::After(hours(5)), Uses::Default).await.unwrap_err();
        assert_eq!(error.reason(), Reason::NoFreeCode, "{error}");
        assert!(error.help().unwrap().contains("invite generate --space john"));
        // One that is active anyway takes no room.
        prolong(&later, old[0].invite.id, End::After(hours(9)), Uses::Default).await.unwrap();
        world.raw().await.check_integrity().await;
    }
}

#[tokio::test]
async fn fixed_length_tells_its_odds_and_holds_every_number() {
    for world in worlds_with(THREE_DIGITS).await {
        john(&world).await;
        assert!(invite::limits::poor_odds(&world.service, "john").await.unwrap().is_none());
        make(&world.service, "john", 10, Terms::default()).await.unwrap();
        let (codes, active, odds) = invite::limits::poor_odds(&world.service, "john").await.unwrap().unwrap();
        assert_eq!((codes.as_str(), active, odds.attempts, odds.text().as_str()), ("Joh-###", 10, 20, "1 in 5"));
        make(&world.service, "john", 990, Terms::default()).await.unwrap();
        let error = make_in_vain(&world, "john", 1, Terms::default()).await;
        assert_eq!(error.reason(), Reason::NoFreeCode);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn codes_created_at_once_keep_the_odds() {
    for world in worlds().await {
        john(&world).await;
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..10 {
            let service = world.another_process().await;
            tasks.spawn(async move { one(&service, "john", Terms::default()).await });
        }
        let made: Vec<_> = tasks.join_all().await;
        assert_eq!(lengths(&made), [(3, 2), (4, 8)].into());
        world.raw().await.check_integrity().await;
    }
}
