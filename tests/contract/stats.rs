//! Counts of the statistics, compared with the lists and the functions of the library.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use invite::Service;
use invite::invites::generate::Terms;
use invite::invites::list::{Filter, ListRequest};
use invite::invites::stats::{DAYS_AHEAD, Day, PolicyStats, Stats, StatsRequest};
use invite::model::invite::Status;
use invite::{Error, Reason};
use uuid::Uuid;

use crate::fixture::{Fixture, days, hours, operator};
use crate::helpers::actions::*;
use crate::helpers::maintenance::reason;
use crate::helpers::raw::micros;
use crate::helpers::validation::{RawInvite, insert_raw};
use crate::status::matrix;

every_engine! {
    stats_of_empty_database_have_zero_for_every_day,
    stats_count_statuses_as_lists_do,
    stats_count_open_invites_that_expire_soon,
    stats_count_uses_and_joins_by_utc_day,
    stats_count_use_by_its_time,
    stats_refuse_invalid_request,
    stats_count_unknown_policy_by_name,
}

async fn counted(service: &Service, back: u32, policy: Option<&str>) -> Stats {
    service.stats(&StatsRequest::new().days(back).policy(policy)).await.unwrap()
}

/// Returns the start of a day relative to the day of the fixture.
fn midnight(fixture: &Fixture, away: i64) -> DateTime<Utc> {
    (fixture.now + days(away)).date_naive().and_time(NaiveTime::MIN).and_utc()
}

fn instant() -> TimeDelta {
    TimeDelta::microseconds(1)
}

async fn stats_of_empty_database_have_zero_for_every_day(fixture: Fixture) {
    let none = counted(&fixture.service, 14, None).await;
    assert_eq!((none.at, none.spaces(), none.invites().total()), (fixture.now, 0, 0));
    assert!(none.policies.is_empty());
    let dates: Vec<NaiveDate> = none.days.iter().map(|day| day.date).collect();
    let first = midnight(&fixture, -13).date_naive();
    assert_eq!(dates, first.iter_days().take(14).collect::<Vec<_>>());
    assert!(none.days.iter().all(|day| day.uses == 0 && day.joins == 0));
    let ahead: Vec<NaiveDate> = none.ending.iter().map(|day| day.date).collect();
    assert_eq!(ahead, fixture.now.date_naive().iter_days().take(8).collect::<Vec<_>>());
    assert!(none.ending.iter().all(|day| day.invites == 0));
}

async fn stats_count_statuses_as_lists_do(fixture: Fixture) {
    space(&fixture.service, "container", "c1").await;
    space(&fixture.service, "tree", "t1").await;
    space(&fixture.service, "tree", "t2").await;
    let rows = matrix(fixture.now, "c1", 1);
    let of_a_tree: Vec<RawInvite> = matrix(fixture.now, "t2", 10_000).into_iter().step_by(7).collect();
    insert_raw(&mut fixture.raw().await, &rows).await;
    insert_raw(&mut fixture.raw().await, &of_a_tree).await;
    // At the exact times of expiry and start.
    for edge in [fixture.now - hours(5), fixture.now, fixture.now + hours(5)] {
        for now in [edge - instant(), edge, edge + instant()] {
            let service = fixture.at(now);
            let all = counted(&service, 1, None).await;
            let names: Vec<(&str, u64)> = all.policies.iter().map(|of| (of.policy.as_str(), of.spaces)).collect();
            assert_eq!(names, [("container", 1), ("tree", 2)]);
            for of in &all.policies {
                for (status, number) in of.invites.iter() {
                    let filter = Filter::new().policy(of.policy.clone()).statuses([status]);
                    let listed = service.count_invites(&operator(), &filter, now).await.unwrap();
                    assert_eq!(number, listed, "{} {status:?} at {now}", of.policy);
                }
            }
            assert_eq!(all.invites().total(), (rows.len() + of_a_tree.len()) as u64);
            // Each status occurs before any expiry or start.
            assert!(now != fixture.now || Status::ALL.iter().all(|status| all.invites().of(*status) > 0));
            let tree = counted(&service, 1, Some("tree")).await;
            assert_eq!(tree.policies, all.policies[1..]);
            assert_eq!(tree.spaces(), 2);
        }
    }
}

/// Counts the expiring invites of each day with the functions of the library.
async fn expiring_by_day(service: &Service, now: DateTime<Utc>) -> BTreeMap<NaiveDate, u64> {
    let mut found = BTreeMap::new();
    for invite in list_invites(service, &ListRequest::new()).await {
        if let Some(end) = invite.effective_expiry().filter(|_| invite.status(now).is_open()) {
            *found.entry(end.date_naive()).or_default() += 1;
        }
    }
    found
}

async fn stats_count_open_invites_that_expire_soon(fixture: Fixture) {
    space(&fixture.service, "container", "c1").await;
    space(&fixture.service, "tree", "t1").await;
    let mut raw = fixture.raw().await;
    insert_raw(&mut raw, &matrix(fixture.now, "c1", 1)).await;
    insert_raw(&mut raw, &matrix(midnight(&fixture, 1) - hours(5), "c1", 1_000)).await;
    let (last, beyond) = (midnight(&fixture, 8) - instant(), midnight(&fixture, 8));
    let ends =
        [fixture.now, fixture.now + instant(), midnight(&fixture, 1) - instant(), midnight(&fixture, 1), last, beyond];
    let terms_with_expiry = |number: u128, end: DateTime<Utc>| RawInvite {
        expires_at: Some(micros(end)),
        ..RawInvite::new(number, "t1", format!("END{number}"))
    };
    let mut rows: Vec<RawInvite> = (2_000..).zip(ends).map(|(number, end)| terms_with_expiry(number, end)).collect();
    // Grace periods that end before the expiry, after it, and after all days.
    for (number, grace) in (3_000..).zip([last - hours(30), last, beyond]) {
        let closed = Some((micros(grace), "replaced"));
        rows.push(RawInvite { closed, ..terms_with_expiry(number, last - hours(3)) });
    }
    insert_raw(&mut raw, &rows).await;
    for now in [fixture.now - hours(30), fixture.now - instant(), fixture.now, fixture.now + hours(5)] {
        let service = fixture.at(now);
        let (seen, expected) = (counted(&service, 1, None).await, expiring_by_day(&service, now).await);
        assert_eq!(seen.ending.len(), DAYS_AHEAD as usize + 1);
        assert_eq!(seen.ending[0].date, now.date_naive());
        for day in &seen.ending {
            assert_eq!(day.invites, expected.get(&day.date).copied().unwrap_or(0), "{} at {now}", day.date);
        }
        assert!(seen.ending.iter().map(|day| day.invites).sum::<u64>() > 0);
    }
    // The expiry itself is excluded, and the eighth day is outside the span.
    let tree = counted(&fixture.service, 1, Some("tree")).await.ending;
    assert_eq!(tree.iter().map(|day| day.invites).collect::<Vec<_>>(), [2, 1, 0, 0, 0, 0, 1, 3]);
}

/// Redeems a code as a new user at a given time.
async fn used_at(fixture: &Fixture, code: &invite::model::reference::Reference, at: DateTime<Utc>) {
    join(&fixture.at(at), code, &format!("u{}", at.timestamp_micros())).await;
}

async fn stats_count_uses_and_joins_by_utc_day(fixture: Fixture) {
    let long_ago = fixture.at(fixture.now - days(30));
    space(&long_ago, "container", "c1").await;
    space(&long_ago, "director", "d1").await;
    let code = code_of(&create_one(&long_ago, "c1", Terms::new()).await);
    for at in [
        midnight(&fixture, -13) - instant(),
        midnight(&fixture, -13),
        midnight(&fixture, -1),
        midnight(&fixture, 0) - instant(),
        midnight(&fixture, 0),
        fixture.now,
    ] {
        used_at(&fixture, &code, at).await;
    }
    let directors = code_of(&create_one(&fixture.service, "d1", Terms::new()).await);
    join(&fixture.service, &directors, "actor").await;
    // Added members count as joins, not as uses.
    member(&fixture.at(midnight(&fixture, -2)), "c1", "added", "admin", None).await;
    let seen = counted(&fixture.service, 14, None).await;
    let counts = |seen: &Stats| -> Vec<(i64, u64, u64)> {
        let away = |day: &Day| (day.date - fixture.now.date_naive()).num_days();
        seen.days.iter().filter(|day| day.uses + day.joins > 0).map(|day| (away(day), day.uses, day.joins)).collect()
    };
    assert_eq!(seen.days.len(), 14);
    assert_eq!(counts(&seen), [(-13, 1, 1), (-2, 0, 1), (-1, 2, 2), (0, 3, 3)]);
    assert_eq!(counts(&counted(&fixture.service, 15, None).await)[0], (-14, 1, 1));
    assert_eq!(counts(&counted(&fixture.service, 1, None).await), [(0, 3, 3)]);
    assert_eq!(counts(&counted(&fixture.service, 366, Some("director")).await), [(0, 1, 1)]);
    assert_eq!(counts(&counted(&fixture.service, 2, Some("container")).await), [(-1, 2, 2), (0, 2, 2)]);
}

async fn stats_count_use_by_its_time(fixture: Fixture) {
    space(&fixture.service, "container", "c1").await;
    let invite = create_one(&fixture.service, "c1", Terms::new()).await.invite.id;
    let mut raw = fixture.raw().await;
    // Created by a machine whose clock was an hour slow, before midnight.
    let id = |at: DateTime<Utc>, noise: u8| {
        uuid::Builder::from_unix_timestamp_millis(micros(at).unsigned_abs() / 1_000, &[noise; 10]).into_uuid()
    };
    let uses: [(Uuid, DateTime<Utc>); 2] = [
        (id(midnight(&fixture, 0) - hours(1), 1), midnight(&fixture, 0)),
        (id(midnight(&fixture, 0), 2), midnight(&fixture, 0) - instant()),
    ];
    for (number, (id, at)) in uses.into_iter().enumerate() {
        let at = raw.at(at);
        raw.run(format!(
            "INSERT INTO invite_uses (id, invite_id, user_id, role, used_at, operation_id) \
             VALUES ('{id}', '{invite}', 'u{number}', 'member', {at}, '{invite}')"
        ))
        .await;
    }
    let days = counted(&fixture.service, 2, None).await.days;
    assert_eq!(days.iter().map(|day| day.uses).collect::<Vec<_>>(), [1, 1]);
    assert_eq!(counted(&fixture.service, 1, None).await.days[0].uses, 1);
}

async fn stats_refuse_invalid_request(fixture: Fixture) {
    for (days, policy) in [(0, None), (367, None), (14, Some("treee"))] {
        let request = StatsRequest::new().days(days).policy(policy);
        let error = fixture.service.stats(&request).await.unwrap_err();
        assert!(matches!(error, Error::Invalid(_)), "{error:?}");
    }
    // No role is needed, whatever the configuration requires.
    let strict = fixture.at(fixture.now).require_actor(true);
    assert_eq!(strict.stats(&StatsRequest::new()).await.unwrap().days.len(), 14);
    assert_eq!(reason(strict.stats(&StatsRequest::new().days(0)).await), Reason::InvalidInput);
}

async fn stats_count_unknown_policy_by_name(fixture: Fixture) {
    space(&fixture.service, "container", "c1").await;
    create_one(&fixture.service, "c1", Terms::new()).await;
    fixture.raw().await.run("UPDATE invite_spaces SET policy = '<b>old</b>'".to_owned()).await;
    let seen = counted(&fixture.service, 1, None).await;
    let [PolicyStats { policy, spaces: 1, invites, .. }] = &seen.policies[..] else { panic!("{seen:?}") };
    assert_eq!((policy.as_str(), invites.of(Status::Active)), ("<b>old</b>", 1));
}
