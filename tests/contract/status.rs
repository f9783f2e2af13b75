//! The status of the library, of list filters and of the view must agree.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use invite::Reason;
use invite::Service;
use invite::client::Client;
use invite::invites::generate::{Expiry, UsageLimit};
use invite::invites::list::{Filter, ListRequest, Sort};
use invite::invites::redeem::Redemption;
use invite::model::invite::Status;
use invite::model::reference::{PublicCode, Reference};
use invite::public::PublicAnswer;
use uuid::Uuid;

use crate::fixture::{Fixture, days, hours, noon, operator};
use crate::helpers::actions::*;
use crate::helpers::maintenance::terms_expiring_in;
use crate::helpers::raw::{Raw, micros};
use crate::helpers::validation::*;
use crate::removed::gone;

every_engine! {
    library_filter_and_view_agree_on_every_status,
    library_and_filter_agree_to_the_microsecond,
    validate_redeem_and_public_outcome_agree_with_status,
    invite_closed_by_fast_clock_is_expired_until_extended,
    several_status_filters_select_their_union,
}

const REASONS: [&str; 4] = ["revoked", "expired", "used_up", "replaced"];

/// Returns one row per combination of column values around a time.
pub fn matrix(now: DateTime<Utc>, space: &str, first: u128) -> Vec<RawInvite> {
    // The times are hours apart, because the view uses the engine's clock.
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

/// Creates a removed space without invites.
async fn removed_space(service: &Service, id: &str) {
    space(service, "container", id).await;
    gone(service, id).await;
}

/// Returns the statuses by the function of the library.
async fn by_function(service: &Service, now: DateTime<Utc>) -> BTreeMap<Uuid, &'static str> {
    let all = list_invites(service, &ListRequest::new()).await;
    all.iter().map(|invite| (invite.id, invite.status(now).as_str())).collect()
}

/// Returns the statuses by the filter: each invite must be in one of the six lists.
async fn by_filter(service: &Service) -> BTreeMap<Uuid, &'static str> {
    let mut found = BTreeMap::new();
    for status in Status::ALL {
        let filter = Filter::new().statuses([status]);
        let ids = matching_ids(service, filter.clone()).await;
        assert_eq!(service.count_invites(&operator(), &filter, service.now()).await.unwrap(), ids.len() as u64);
        for id in ids {
            assert_eq!(found.insert(id, status.as_str()), None, "{id} has two statuses");
        }
    }
    found
}

/// Returns the statuses by the view.
async fn by_view(raw: &mut Raw) -> BTreeMap<Uuid, String> {
    let rows: Vec<(String, String)> = raw.rows("SELECT id, status FROM invite_overview").await;
    rows.into_iter().map(|(id, status)| (id.parse().unwrap(), status)).collect()
}

async fn library_filter_and_view_agree_on_every_status(fixture: Fixture) {
    let mut raw = fixture.raw().await;
    space(&fixture.service, "container", "c1").await;
    let now = raw.now().await;
    let mut rows = matrix(now, "c1", 1);
    assert_eq!(rows.len(), 9 * 6 * 9);
    removed_space(&fixture.at(now - hours(1)), "c2").await;
    rows.extend(matrix(now, "c2", 1_000));
    insert_raw(&mut raw, &rows).await;
    let service = fixture.at(now);
    let function = by_function(&service, now).await;
    assert_eq!(function.len(), rows.len());
    assert_eq!(by_filter(&service).await, function);
    let view = by_view(&mut raw).await;
    for row in &rows {
        assert_eq!(view[&row.id], function[&row.id], "{:?} {row_id}", row.closed, row_id = row.id);
    }
    // Each status must occur for a meaningful comparison.
    let seen: BTreeSet<&str> = function.into_values().collect();
    assert_eq!(seen, Status::ALL.map(Status::as_str).into_iter().collect());
}

async fn library_and_filter_agree_to_the_microsecond(fixture: Fixture) {
    let mut raw = fixture.raw().await;
    space(&fixture.service, "container", "c1").await;
    insert_raw(&mut raw, &matrix(noon(), "c1", 1)).await;
    removed_space(&fixture.at(noon() - hours(1)), "c2").await;
    insert_raw(&mut raw, &matrix(noon(), "c2", 1_000)).await;
    let instant = chrono::TimeDelta::microseconds(1);
    for edge in [noon() - hours(5), noon() + hours(5)] {
        for now in [edge - instant, edge, edge + instant] {
            let service = fixture.at(now);
            assert_eq!(by_filter(&service).await, by_function(&service, now).await, "{now}");
        }
    }
}

/// Returns the reason of `validate` and `use` for a status; `None` for a valid invite.
fn reason_of(status: &str) -> Option<&str> {
    match status {
        "active" => None,
        "scheduled" => Some("not_started"),
        other => Some(other),
    }
}

/// A code whose format belongs to no policy with a limit on attempts.
fn unlimited_code(number: usize) -> String {
    let letter = |digit: usize| char::from(b'A' + u8::try_from(digit % 8).unwrap());
    format!("CODE{}{}{}{}", letter(number / 512), letter(number / 64), letter(number / 8), letter(number))
}

async fn validate_redeem_and_public_outcome_agree_with_status(fixture: Fixture) {
    let mut raw = fixture.raw().await;
    space(&fixture.service, "container", "c1").await;
    removed_space(&fixture.at(noon() - hours(1)), "c2").await;
    let mut rows = matrix(noon(), "c1", 1);
    rows.extend(matrix(noon(), "c2", 1_000));
    for (number, row) in rows.iter_mut().enumerate() {
        row.code_key = unlimited_code(number);
    }
    insert_raw(&mut raw, &rows).await;
    let statuses = by_function(&fixture.service, fixture.now).await;
    let client = Client::parse("203.0.113.9").unwrap();
    for row in &rows {
        let (reference, wanted) = (Reference::Id(row.id), reason_of(statuses[&row.id]));
        let seen = fixture.service.validate(&operator(), &validation_request(&reference)).await.unwrap();
        let words: Vec<&str> = seen.denials.iter().map(|denial| denial.reason().as_str()).collect();
        assert_eq!(words.first().copied(), wanted, "{:?}: {words:?}", row.closed);
        let code = PublicCode::read(&row.code_key);
        let told = fixture.service.validate_publicly(&client, &code, None).await;
        assert_eq!(told.reasons.first().map(|reason| reason.as_str()), wanted, "{:?}", row.closed);
        assert_eq!(matches!(told.answer, PublicAnswer::Usable(_)), wanted.is_none());
    }
    // The use comes last: the last use of an invite changes its status.
    for row in &rows {
        let wanted = reason_of(statuses[&row.id]);
        let used = try_redeem(&fixture.service, &Reference::Id(row.id), &format!("u{}", row.id)).await;
        match (used, wanted) {
            (Redemption::Accepted(_), None) => {}
            (Redemption::Refused(_, denials), Some(wanted)) => {
                assert_eq!(denials[0].reason().as_str(), wanted, "{:?}: {denials:?}", row.closed);
            }
            (used, wanted) => panic!("{:?}: {used:?}, and the status says {wanted:?}", row.closed),
        }
    }
}

async fn invite_closed_by_fast_clock_is_expired_until_extended(fixture: Fixture) {
    space(&fixture.service, "container", "c1").await;
    let issued = create_one(&fixture.service, "c1", terms_expiring_in(10)).await;
    assert_eq!(run_cleanup(&fixture.later(hours(11)), &default_cleanup()).await.expired, 1);
    let (service, id) = (&fixture.service, issued.invite.id);
    let closed = reload(service, id).await;
    assert!(closed.expires_at.is_some_and(|end| end > fixture.now), "its expiry is in the future by this clock");
    assert_eq!(closed.status(fixture.now), Status::Expired);
    assert_eq!(reasons(service, &validation_request(&code_of(&issued))).await, [Reason::Expired]);
    assert_eq!(refused(try_redeem(service, &code_of(&issued), "u1").await), [Reason::Expired]);
    // Setting the same expiry again is enough to reopen the invite.
    let extended = extend_invite(service, id, Expiry::At(fixture.now + hours(10)), UsageLimit::Default).await.unwrap();
    assert_eq!(extended.before.status(fixture.now), Status::Expired);
    assert_eq!(extended.after.status(fixture.now), Status::Active);
    assert_eq!(reasons(service, &validation_request(&code_of(&issued))).await, []);
    join(service, &code_of(&issued), "u1").await;
}

async fn several_status_filters_select_their_union(fixture: Fixture) {
    let mut raw = fixture.raw().await;
    space(&fixture.service, "container", "c1").await;
    insert_raw(&mut raw, &matrix(noon(), "c1", 1)).await;
    let of = |statuses: &[Status]| Filter::new().statuses(statuses.to_vec());
    let mut either = matching_ids(&fixture.service, of(&[Status::Revoked])).await;
    either.extend(matching_ids(&fixture.service, of(&[Status::Scheduled])).await);
    either.sort();
    assert_eq!(matching_ids(&fixture.service, of(&[Status::Scheduled, Status::Revoked])).await, either);
    assert_eq!(matching_ids(&fixture.service, of(&Status::ALL)).await, matching_ids(&fixture.service, of(&[])).await);
    let sorted = ListRequest::new().filter(of(&[Status::Active])).sort(Sort::Uses).limit(7);
    let first = list_invites(&fixture.later(days(0)), &sorted).await;
    assert!(first.len() == 7 && first.iter().all(|invite| invite.status(fixture.now) == Status::Active));
}
