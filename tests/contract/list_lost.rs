//! A list whose connection ends: before its first row it begins again, after
//! that nobody gets a row twice.

use std::collections::HashSet;
use std::ops::ControlFlow;

use invite::error::Reason;
use invite::invites::generate::Terms;
use invite::invites::list::{Filter, ListRequest, Listed, Sort, list};
use tokio::runtime::Handle;
use tokio::task::block_in_place;
use uuid::Uuid;

use crate::files::failed;
use crate::locks::{Holder, connections, kill, waiting};
use crate::steps::*;
use crate::world::{Engine, World, operator, world_on};

/// More rows than the engines and the network keep on their way.
const MANY: u32 = 10_000;

/// Lists all, and hands each id over.
async fn ids(world: &World, mut each: impl FnMut(Uuid)) -> invite::error::Result<()> {
    let request = ListRequest { filter: Filter::default(), sort: Sort::Oldest, limit: None };
    let each = |Listed { invite, .. }: Listed| {
        each(invite.id);
        ControlFlow::Continue(())
    };
    list(&world.service, &operator(), &request, world.now, each).await
}

#[tokio::test]
async fn a_list_that_loses_its_connection_before_its_first_row_begins_again() {
    for engine in Engine::servers() {
        let world = world_on(*engine).await;
        space(&world.service, "container", "c").await;
        let made: Vec<Uuid> =
            make(&world.service, "c", 20, Terms::default()).await.unwrap().iter().map(|one| one.invite.id).collect();
        let holder = Holder::of_whole_table(&world, "invites").await;
        let mut admin = world.database().admin().await;
        let ending = async {
            for _ in 0..2 {
                let waiting = waiting(&mut admin, &world).await;
                kill(&mut admin, waiting).await;
            }
            holder.let_go().await;
        };
        let mut seen = Vec::new();
        let (listed, ()) = tokio::join!(ids(&world, |id| seen.push(id)), ending);
        listed.unwrap();
        assert_eq!(seen, made, "{engine:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_that_loses_its_connection_in_the_middle_ends_and_repeats_no_row() {
    for engine in Engine::servers() {
        let world = world_on(*engine).await;
        space(&world.service, "container", "c").await;
        let terms = Terms { note: Some("😀".repeat(500)), ..Terms::default() };
        make(&world.service, "c", MANY, terms).await.unwrap();
        let mut admin = world.database().admin().await;
        let mut seen = Vec::new();
        let listed = ids(&world, |id| {
            if seen.is_empty() {
                block_in_place(|| {
                    Handle::current().block_on(async {
                        for number in connections(&mut admin, &world, false).await {
                            kill(&mut admin, number).await;
                        }
                    });
                });
            }
            seen.push(id);
        });
        failed(listed.await, Reason::Unavailable);
        let distinct: HashSet<&Uuid> = seen.iter().collect();
        assert!((1..MANY as usize).contains(&seen.len()), "{engine:?}: {}", seen.len());
        assert_eq!(distinct.len(), seen.len(), "{engine:?}");
    }
}
