//! Lists name the user of a single-use invite (seed 003: `used_by`, `used_at`), and have
//! one line per invite, used or not.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use invite::invites::generate::Terms;
use invite::invites::list::{ListRequest, Used};
use uuid::Uuid;

use crate::fixture::{Fixture, hours, operator};
use crate::helpers::actions::*;

every_engine! {
    list_names_user_of_single_use,
}

async fn used(fixture: &Fixture) -> BTreeMap<Uuid, Option<Used>> {
    let mut lines = Vec::new();
    fixture
        .service
        .list_invites(&operator(), &ListRequest::new(), fixture.service.now(), |listed| {
            lines.push((listed.invite.id, listed.used));
            ControlFlow::Continue(())
        })
        .await
        .unwrap();
    let count = lines.len();
    let by_id: BTreeMap<Uuid, Option<Used>> = lines.into_iter().collect();
    assert_eq!(by_id.len(), count, "an invite has several lines");
    by_id
}

async fn list_names_user_of_single_use(fixture: Fixture) {
    let service = &fixture.service;
    named_space(service, "director", "d1", "John Smith").await;
    named_space(service, "container", "1", "Journal").await;
    let taken = create_one(service, "d1", Terms::new()).await;
    let fresh = create_one(service, "d1", Terms::new()).await;
    let many = create_one(service, "1", terms_with_limit(2)).await;
    join(&fixture.later(hours(1)), &code_of(&taken), "u1").await;
    join(&fixture.later(hours(1)), &code_of(&many), "u1").await;
    join(&fixture.later(hours(2)), &code_of(&many), "u2").await;
    let used = used(&fixture).await;
    let by_one = used[&taken.invite.id].as_ref().map(|used| (used.by.as_str(), used.at));
    assert_eq!(by_one, Some(("u1", fixture.later(hours(1)).now())), "{:?}", fixture.engine());
    assert_eq!((&used[&fresh.invite.id], &used[&many.invite.id]), (&None, &None));
    assert_eq!(used.len(), 3);
    fixture.raw().await.check_integrity().await;
}
