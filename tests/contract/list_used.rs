//! Lists say who took the one use of a single-use invite (seed 003: `used_by`,
//! `used_at`), and one line an invite whatever was used.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use invite::invites::generate::Terms;
use invite::invites::list::{ListRequest, Used, list};
use uuid::Uuid;

use crate::steps::*;
use crate::world::{World, hours, operator, worlds};

async fn used(world: &World) -> BTreeMap<Uuid, Option<Used>> {
    let mut lines = Vec::new();
    list(&world.service, &operator(), &ListRequest::default(), world.service.now(), |listed| {
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

#[tokio::test]
async fn a_list_says_who_took_the_one_use() {
    for world in worlds().await {
        let service = &world.service;
        named_space(service, "director", "d1", "John Smith").await;
        named_space(service, "container", "1", "Journal").await;
        let taken = one(service, "d1", Terms::default()).await;
        let fresh = one(service, "d1", Terms::default()).await;
        let many = one(service, "1", times(2)).await;
        join(&world.later(hours(1)), &code_of(&taken), "u1").await;
        join(&world.later(hours(1)), &code_of(&many), "u1").await;
        join(&world.later(hours(2)), &code_of(&many), "u2").await;
        let used = used(&world).await;
        let by_one = Used { by: "u1".into(), at: world.later(hours(1)).now() };
        assert_eq!(used[&taken.invite.id], Some(by_one), "{:?}", world.engine());
        assert_eq!((&used[&fresh.invite.id], &used[&many.invite.id]), (&None, &None));
        assert_eq!(used.len(), 3);
        world.raw().await.check_integrity().await;
    }
}
