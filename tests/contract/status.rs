//! One status, defined three times: in the library, in the filter of a list,
//! and in the view that people read. Here the three are compared.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use invite::actions::list::{Filter, ListRequest, Sort, count};
use invite::actions::{Service, validate::validate};
use invite::invite::Status;
use invite::invite::reference::Reference;
use uuid::Uuid;

use crate::raw::{Raw, micros};
use crate::steps::*;
use crate::steps_b::*;
use crate::world::{days, hours, noon, operator, worlds};

const REASONS: [&str; 4] = ["revoked", "expired", "used_up", "replaced"];

/// Every state that the columns can be in around an instant, one row each.
pub fn matrix(now: DateTime<Utc>, space: &str, first: u128) -> Vec<RawInvite> {
    // Hours apart: the view has a clock of its own.
    let (past, future) = (micros(now - hours(5)), micros(now + hours(5)));
    let around = [None, Some(past), Some(future)];
    let closings = std::iter::once(None)
        .chain([past, future].into_iter().flat_map(|at| REASONS.map(|reason| Some((at, reason)))))
        .collect::<Vec<_>>();
    let mut rows = Vec::new();
    for closed in closings {
        for (uses, max_uses) in [(0, None), (3, None), (0, Some(2)), (1, Some(2)), (2, Some(2)), (1, Some(1))] {
            for expires_at in around {
                for starts_at in around {
                    let number = first + rows.len() as u128;
                    let plain = RawInvite::new(number, space, format!("KEY{number}"));
                    rows.push(RawInvite { starts_at, expires_at, max_uses, uses, closed, ..plain });
                }
            }
        }
    }
    rows
}

/// The statuses by the library's function.
async fn by_function(service: &Service, now: DateTime<Utc>) -> BTreeMap<Uuid, &'static str> {
    let all = listed(service, &ListRequest::default()).await;
    all.iter().map(|invite| (invite.id, invite.status(now).as_str())).collect()
}

/// The statuses by the filter: each invite must be in one of the six lists.
async fn by_filter(service: &Service) -> BTreeMap<Uuid, &'static str> {
    let mut found = BTreeMap::new();
    for status in Status::ALL {
        let filter = Filter { statuses: vec![status], ..Filter::default() };
        let ids = picked(service, filter.clone()).await;
        assert_eq!(count(service, &operator(), &filter, service.now()).await.unwrap(), ids.len() as u64);
        for id in ids {
            assert_eq!(found.insert(id, status.as_str()), None, "{id} has two statuses");
        }
    }
    found
}

/// The statuses by the view.
async fn by_view(raw: &mut Raw) -> BTreeMap<Uuid, String> {
    let rows: Vec<(String, String)> = raw.rows("SELECT id, status FROM invite_overview").await;
    rows.into_iter().map(|(id, status)| (id.parse().unwrap(), status)).collect()
}

#[tokio::test]
async fn the_library_the_filter_and_the_view_agree_on_every_state() {
    for world in worlds().await {
        let mut raw = world.raw().await;
        space(&world.service, "container", "c1").await;
        let now = raw.now().await;
        let rows = matrix(now, "c1", 1);
        assert_eq!(rows.len(), 9 * 6 * 9);
        insert_raw(&mut raw, &rows).await;
        let service = world.at(now);
        let function = by_function(&service, now).await;
        assert_eq!(function.len(), rows.len());
        assert_eq!(by_filter(&service).await, function);
        let view = by_view(&mut raw).await;
        for row in &rows {
            assert_eq!(view[&row.id], function[&row.id], "{:?} {row_id}", row.closed, row_id = row.id);
        }
        // Each status occurs, or the comparison would say little.
        let seen: BTreeSet<&str> = function.into_values().collect();
        assert_eq!(seen, Status::ALL.map(Status::as_str).into_iter().collect());
    }
}

#[tokio::test]
async fn the_library_and_the_filter_agree_to_the_microsecond() {
    for world in worlds().await {
        let mut raw = world.raw().await;
        space(&world.service, "container", "c1").await;
        insert_raw(&mut raw, &matrix(noon(), "c1", 1)).await;
        let instant = chrono::TimeDelta::microseconds(1);
        for edge in [noon() - hours(5), noon() + hours(5)] {
            for now in [edge - instant, edge, edge + instant] {
                let service = world.at(now);
                assert_eq!(by_filter(&service).await, by_function(&service, now).await, "{now}");
            }
        }
    }
}

#[tokio::test]
async fn an_invite_is_live_exactly_if_nothing_speaks_against_its_use() {
    for world in worlds().await {
        let mut raw = world.raw().await;
        space(&world.service, "container", "c1").await;
        // Closed as expired or used up only where it is: the library writes
        // nothing else.
        let rows: Vec<RawInvite> = matrix(noon(), "c1", 1)
            .into_iter()
            .filter(|row| match row.closed {
                Some((_, "expired")) => row.expires_at.is_some_and(|end| end <= micros(noon())),
                Some((_, "used_up")) => row.max_uses == Some(row.uses),
                _ => true,
            })
            .collect();
        insert_raw(&mut raw, &rows).await;
        for row in &rows {
            let seen = validate(&world.service, &operator(), &look(&Reference::Id(row.id))).await.unwrap();
            let active = seen.invite.status(world.now) == Status::Active;
            assert_eq!(seen.denials.is_empty(), active, "{:?}: {:?}", row.closed, seen.denials);
        }
    }
}

#[tokio::test]
async fn several_statuses_pick_what_either_picks() {
    for world in worlds().await {
        let mut raw = world.raw().await;
        space(&world.service, "container", "c1").await;
        insert_raw(&mut raw, &matrix(noon(), "c1", 1)).await;
        let of = |statuses: &[Status]| Filter { statuses: statuses.to_vec(), ..Filter::default() };
        let mut either = picked(&world.service, of(&[Status::Revoked])).await;
        either.extend(picked(&world.service, of(&[Status::Scheduled])).await);
        either.sort();
        assert_eq!(picked(&world.service, of(&[Status::Scheduled, Status::Revoked])).await, either);
        assert_eq!(picked(&world.service, of(&Status::ALL)).await, picked(&world.service, of(&[])).await);
        let sorted = ListRequest { filter: of(&[Status::Active]), sort: Sort::Uses, limit: Some(7) };
        let first = listed(&world.later(days(0)), &sorted).await;
        assert!(first.len() == 7 && first.iter().all(|invite| invite.status(world.now) == Status::Active));
    }
}
