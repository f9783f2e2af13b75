//! Counts for an operator's report, beside what the lists and the library's own
//! functions say of the same rows.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use invite::error::{Error, Reason};
use invite::invites::generate::Terms;
use invite::invites::list::{Filter, ListRequest, count};
use invite::invites::stats::{DAYS_AHEAD, Day, OfPolicy, Stats, StatsRequest, stats};
use invite::model::invite::Status;
use invite::service::Service;
use uuid::Uuid;

use crate::raw::micros;
use crate::status::matrix;
use crate::steps::*;
use crate::steps_b::{RawInvite, insert_raw};
use crate::steps_c::reason;
use crate::world::{World, days, hours, operator, worlds};

async fn counted(service: &Service, back: u32, policy: Option<&str>) -> Stats {
    stats(service, &StatsRequest { days: back, policy: policy.map(str::to_owned) }).await.unwrap()
}

/// The first instant of a day so far from the world's.
fn midnight(world: &World, away: i64) -> DateTime<Utc> {
    (world.now + days(away)).date_naive().and_time(NaiveTime::MIN).and_utc()
}

fn instant() -> TimeDelta {
    TimeDelta::microseconds(1)
}

#[tokio::test]
async fn an_empty_database_has_every_day_and_nothing_on_it() {
    for world in worlds().await {
        let none = counted(&world.service, 14, None).await;
        assert_eq!((none.at, none.spaces(), none.invites().total()), (world.now, 0, 0));
        assert!(none.policies.is_empty());
        let dates: Vec<NaiveDate> = none.days.iter().map(|day| day.date).collect();
        let first = midnight(&world, -13).date_naive();
        assert_eq!(dates, first.iter_days().take(14).collect::<Vec<_>>());
        assert!(none.days.iter().all(|day| day.uses == 0 && day.joins == 0));
        let ahead: Vec<NaiveDate> = none.ending.iter().map(|day| day.date).collect();
        assert_eq!(ahead, world.now.date_naive().iter_days().take(8).collect::<Vec<_>>());
        assert!(none.ending.iter().all(|day| day.invites == 0));
    }
}

#[tokio::test]
async fn invites_are_counted_in_every_state_as_the_lists_count_them() {
    for world in worlds().await {
        space(&world.service, "container", "c1").await;
        space(&world.service, "tree", "t1").await;
        space(&world.service, "tree", "t2").await;
        let rows = matrix(world.now, "c1", 1);
        let of_a_tree: Vec<RawInvite> = matrix(world.now, "t2", 10_000).into_iter().step_by(7).collect();
        insert_raw(&mut world.raw().await, &rows).await;
        insert_raw(&mut world.raw().await, &of_a_tree).await;
        // At the instants where what ends ends, and what begins begins.
        for edge in [world.now - hours(5), world.now, world.now + hours(5)] {
            for now in [edge - instant(), edge, edge + instant()] {
                let service = world.at(now);
                let all = counted(&service, 1, None).await;
                let names: Vec<(&str, u64)> = all.policies.iter().map(|of| (of.policy.as_str(), of.spaces)).collect();
                assert_eq!(names, [("container", 1), ("tree", 2)]);
                for of in &all.policies {
                    for (status, number) in of.invites.iter() {
                        let filter =
                            Filter { policy: Some(of.policy.clone()), statuses: vec![status], ..Filter::default() };
                        let listed = count(&service, &operator(), &filter, now).await.unwrap();
                        assert_eq!(number, listed, "{} {status:?} at {now}", of.policy);
                    }
                }
                assert_eq!(all.invites().total(), (rows.len() + of_a_tree.len()) as u64);
                // Each occurs while nothing has come to its end or beginning.
                assert!(now != world.now || Status::ALL.iter().all(|status| all.invites().of(*status) > 0));
                let tree = counted(&service, 1, Some("tree")).await;
                assert_eq!(tree.policies, all.policies[1..]);
                assert_eq!(tree.spaces(), 2);
            }
        }
    }
}

/// What dies on which day, by the library's functions over every invite.
async fn dying(service: &Service, now: DateTime<Utc>) -> BTreeMap<NaiveDate, u64> {
    let mut found = BTreeMap::new();
    for invite in listed(service, &ListRequest::default()).await {
        if let Some(end) = invite.dies_at().filter(|_| invite.status(now).is_live()) {
            *found.entry(end.date_naive()).or_default() += 1;
        }
    }
    found
}

#[tokio::test]
async fn what_ends_soon_is_what_lives_and_dies_by_the_clock() {
    for world in worlds().await {
        space(&world.service, "container", "c1").await;
        space(&world.service, "tree", "t1").await;
        let mut raw = world.raw().await;
        insert_raw(&mut raw, &matrix(world.now, "c1", 1)).await;
        insert_raw(&mut raw, &matrix(midnight(&world, 1) - hours(5), "c1", 1_000)).await;
        let (last, beyond) = (midnight(&world, 8) - instant(), midnight(&world, 8));
        let ends =
            [world.now, world.now + instant(), midnight(&world, 1) - instant(), midnight(&world, 1), last, beyond];
        let ending = |number: u128, end: DateTime<Utc>| RawInvite {
            expires_at: Some(micros(end)),
            ..RawInvite::new(number, "t1", format!("END{number}"))
        };
        let mut rows: Vec<RawInvite> = (2_000..).zip(ends).map(|(number, end)| ending(number, end)).collect();
        // In a grace that is over before the end, after it, and after all days.
        for (number, grace) in (3_000..).zip([last - hours(30), last, beyond]) {
            let closed = Some((micros(grace), "replaced"));
            rows.push(RawInvite { closed, ..ending(number, last - hours(3)) });
        }
        insert_raw(&mut raw, &rows).await;
        for now in [world.now - hours(30), world.now - instant(), world.now, world.now + hours(5)] {
            let service = world.at(now);
            let (seen, expected) = (counted(&service, 1, None).await, dying(&service, now).await);
            assert_eq!(seen.ending.len(), DAYS_AHEAD as usize + 1);
            assert_eq!(seen.ending[0].date, now.date_naive());
            for day in &seen.ending {
                assert_eq!(day.invites, expected.get(&day.date).copied().unwrap_or(0), "{} at {now}", day.date);
            }
            assert!(seen.ending.iter().map(|day| day.invites).sum::<u64>() > 0);
        }
        // Of the tree: the instant itself is dead, and the eighth day too far.
        let tree = counted(&world.service, 1, Some("tree")).await.ending;
        assert_eq!(tree.iter().map(|day| day.invites).collect::<Vec<_>>(), [2, 1, 0, 0, 0, 0, 1, 3]);
    }
}

/// A use of a code by a user of its own, at an instant.
async fn used_at(world: &World, code: &invite::model::reference::Reference, at: DateTime<Utc>) {
    join(&world.at(at), code, &format!("u{}", at.timestamp_micros())).await;
}

#[tokio::test]
async fn uses_and_joins_are_counted_by_days_in_utc() {
    for world in worlds().await {
        let long_ago = world.at(world.now - days(30));
        space(&long_ago, "container", "c1").await;
        space(&long_ago, "director", "d1").await;
        let code = code_of(&one(&long_ago, "c1", Terms::default()).await);
        for at in [
            midnight(&world, -13) - instant(),
            midnight(&world, -13),
            midnight(&world, -1),
            midnight(&world, 0) - instant(),
            midnight(&world, 0),
            world.now,
        ] {
            used_at(&world, &code, at).await;
        }
        let directors = code_of(&one(&world.service, "d1", Terms::default()).await);
        join(&world.service, &directors, "actor").await;
        // Members who are added join, and use nothing.
        member(&world.at(midnight(&world, -2)), "c1", "added", "admin", None).await;
        let seen = counted(&world.service, 14, None).await;
        let counts = |seen: &Stats| -> Vec<(i64, u64, u64)> {
            let away = |day: &Day| (day.date - world.now.date_naive()).num_days();
            seen.days
                .iter()
                .filter(|day| day.uses + day.joins > 0)
                .map(|day| (away(day), day.uses, day.joins))
                .collect()
        };
        assert_eq!(seen.days.len(), 14);
        assert_eq!(counts(&seen), [(-13, 1, 1), (-2, 0, 1), (-1, 2, 2), (0, 3, 3)]);
        assert_eq!(counts(&counted(&world.service, 15, None).await)[0], (-14, 1, 1));
        assert_eq!(counts(&counted(&world.service, 1, None).await), [(0, 3, 3)]);
        assert_eq!(counts(&counted(&world.service, 366, Some("director")).await), [(0, 1, 1)]);
        assert_eq!(counts(&counted(&world.service, 2, Some("container")).await), [(-1, 2, 2), (0, 2, 2)]);
    }
}

#[tokio::test]
async fn a_use_is_counted_by_its_time_and_not_by_its_id() {
    for world in worlds().await {
        space(&world.service, "container", "c1").await;
        let invite = one(&world.service, "c1", Terms::default()).await.invite.id;
        let mut raw = world.raw().await;
        // Made by a machine whose clock was an hour behind, before midnight.
        let id = |at: DateTime<Utc>, noise: u8| {
            uuid::Builder::from_unix_timestamp_millis(micros(at).unsigned_abs() / 1_000, &[noise; 10]).into_uuid()
        };
        let uses: [(Uuid, DateTime<Utc>); 2] = [
            (id(midnight(&world, 0) - hours(1), 1), midnight(&world, 0)),
            (id(midnight(&world, 0), 2), midnight(&world, 0) - instant()),
        ];
        for (number, (id, at)) in uses.into_iter().enumerate() {
            let at = raw.at(at);
            raw.run(format!(
                "INSERT INTO invite_uses (id, invite_id, user_id, role, used_at, operation_id) \
                 VALUES ('{id}', '{invite}', 'u{number}', 'member', {at}, '{invite}')"
            ))
            .await;
        }
        let days = counted(&world.service, 2, None).await.days;
        assert_eq!(days.iter().map(|day| day.uses).collect::<Vec<_>>(), [1, 1]);
        assert_eq!(counted(&world.service, 1, None).await.days[0].uses, 1);
    }
}

#[tokio::test]
async fn a_request_that_cannot_be_right_is_refused() {
    for world in worlds().await {
        for (days, policy) in [(0, None), (367, None), (14, Some("treee"))] {
            let request = StatsRequest { days, policy: policy.map(str::to_owned) };
            let error = stats(&world.service, &request).await.unwrap_err();
            assert!(matches!(error, Error::Invalid(_)), "{error:?}");
        }
        // No role governs it, whatever the configuration demands.
        let strict = world.at(world.now).require_actor(true);
        assert_eq!(stats(&strict, &StatsRequest::default()).await.unwrap().days.len(), 14);
        assert_eq!(reason(stats(&strict, &StatsRequest { days: 0, policy: None }).await), Reason::InvalidInput);
    }
}

#[tokio::test]
async fn a_policy_that_nobody_configured_is_counted_under_its_name() {
    for world in worlds().await {
        space(&world.service, "container", "c1").await;
        one(&world.service, "c1", Terms::default()).await;
        world.raw().await.run("UPDATE invite_spaces SET policy = '<b>old</b>'".to_owned()).await;
        let seen = counted(&world.service, 1, None).await;
        let [OfPolicy { policy, spaces: 1, invites }] = &seen.policies[..] else { panic!("{seen:?}") };
        assert_eq!((policy.as_str(), invites.of(Status::Active)), ("<b>old</b>", 1));
    }
}
