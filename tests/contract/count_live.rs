//! How many invites live, and how many of them end soon: by the one rule of
//! what lives.

use invite::invites::count_active::{LiveCount, count_live};
use invite::invites::generate::Terms;
use invite::invites::list::ListRequest;

use crate::status::matrix;
use crate::steps::*;
use crate::steps_b::*;
use crate::steps_c::*;
use crate::world::{days, hours, worlds};

#[tokio::test]
async fn the_count_knows_what_lives_as_the_library_does() {
    for world in worlds().await {
        let service = &world.service;
        assert_eq!(count_live(service, days(7)).await.unwrap(), LiveCount::default());
        space(service, "container", "box").await;
        insert_raw(&mut world.raw().await, &matrix(world.now, "box", 1)).await;
        let all = listed(service, &ListRequest::default()).await;
        for span in [hours(1), days(7)] {
            let living = all.iter().filter(|invite| invite.status(world.now).is_live());
            let ends: Vec<_> = living
                .map(|invite| invite.expires_at.into_iter().chain(invite.closed.as_ref().map(|closed| closed.at)).min())
                .collect();
            let ending = ends.iter().flatten().filter(|end| **end <= world.now + span).count();
            let expected = LiveCount { live: ends.len() as u64, ending: ending as u64 };
            assert!(expected.live > expected.ending && (expected.ending > 0) == (span == days(7)));
            assert_eq!(count_live(service, span).await.unwrap(), expected);
        }
    }
}

#[tokio::test]
async fn an_invite_ends_soon_up_to_the_very_end_of_the_span() {
    for world in worlds().await {
        space(&world.service, "container", "box").await;
        one(&world.service, "box", lasting(24 * 7)).await;
        one(&world.service, "box", Terms::default()).await;
        let end = world.now + days(7);
        for (at, live, ending) in
            [(just_before(world.now), 2, 0), (world.now, 2, 1), (just_before(end), 2, 1), (end, 1, 0)]
        {
            assert_eq!(count_live(&world.at(at), days(7)).await.unwrap(), LiveCount { live, ending });
        }
        count_live(&world.service, chrono::TimeDelta::MAX).await.unwrap_err();
    }
}
