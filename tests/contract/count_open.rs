//! Counts of open invites and of those that expire soon.

use invite::invites::count_open::OpenCount;
use invite::invites::generate::Terms;
use invite::invites::list::ListRequest;

use crate::fixture::{Fixture, days, hours};
use crate::helpers::actions::*;
use crate::helpers::maintenance::*;
use crate::helpers::validation::*;
use crate::status::matrix;

every_engine! {
    open_invite_count_agrees_with_library,
    expiring_soon_includes_end_of_span,
}

async fn open_invite_count_agrees_with_library(fixture: Fixture) {
    let service = &fixture.service;
    assert_eq!(service.count_open_invites(days(7)).await.unwrap(), OpenCount::default());
    space(service, "container", "box").await;
    insert_raw(&mut fixture.raw().await, &matrix(fixture.now, "box", 1)).await;
    let all = list_invites(service, &ListRequest::new()).await;
    for span in [hours(1), days(7)] {
        let open = all.iter().filter(|invite| invite.status(fixture.now).is_open());
        let ends: Vec<_> = open
            .map(|invite| invite.expires_at.into_iter().chain(invite.closed.as_ref().map(|closed| closed.at)).min())
            .collect();
        let ending = ends.iter().flatten().filter(|end| **end <= fixture.now + span).count();
        let expected = with!(OpenCount::default(); open: ends.len() as u64, expiring: ending as u64);
        assert!(expected.open > expected.expiring && (expected.expiring > 0) == (span == days(7)));
        assert_eq!(service.count_open_invites(span).await.unwrap(), expected);
    }
}

async fn expiring_soon_includes_end_of_span(fixture: Fixture) {
    space(&fixture.service, "container", "box").await;
    create_one(&fixture.service, "box", terms_expiring_in(24 * 7)).await;
    create_one(&fixture.service, "box", Terms::new()).await;
    let end = fixture.now + days(7);
    for (at, live, ending) in
        [(just_before(fixture.now), 2, 0), (fixture.now, 2, 1), (just_before(end), 2, 1), (end, 1, 0)]
    {
        assert_eq!(
            fixture.at(at).count_open_invites(days(7)).await.unwrap(),
            with!(OpenCount::default(); open: live, expiring: ending)
        );
    }
    fixture.service.count_open_invites(chrono::TimeDelta::MAX).await.unwrap_err();
}
