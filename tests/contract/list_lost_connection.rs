//! A list whose connection is lost restarts before its first row, and fails after it.

use std::collections::HashSet;
use std::ops::ControlFlow;

use invite::Reason;
use invite::invites::generate::Terms;
use invite::invites::list::{ListRequest, ListedInvite, Sort};
use tokio::runtime::Handle;
use tokio::task::block_in_place;
use uuid::Uuid;

use crate::files::failed;
use crate::fixture::{Engine, Fixture, operator};
use crate::helpers::actions::*;
use crate::locks::{Holder, connections, kill, waiting};

every_server! {
    list_restarts_if_connection_breaks_before_first_row,
}

every_server! {
    threads 2;
    list_fails_if_connection_breaks_after_first_row,
}

/// More rows than fit into the buffers of the engines and the network.
const MANY: u32 = 10_000;

/// Lists all invites and passes each ID to a function.
async fn ids(fixture: &Fixture, mut each: impl FnMut(Uuid)) -> invite::Result<()> {
    let request = ListRequest::new().sort(Sort::Oldest);
    let each = |ListedInvite { invite, .. }: ListedInvite| {
        each(invite.id);
        ControlFlow::Continue(())
    };
    fixture.service.list_invites(&operator(), &request, fixture.now, each).await
}

async fn list_restarts_if_connection_breaks_before_first_row(engine: Engine) {
    let fixture = Fixture::new(engine).await;
    space(&fixture.service, "container", "c").await;
    let made: Vec<Uuid> =
        create(&fixture.service, "c", 20, Terms::new()).await.unwrap().iter().map(|one| one.invite.id).collect();
    let holder = Holder::of_whole_table(&fixture, "invites").await;
    let mut admin = fixture.database().admin().await;
    let ending = async {
        for _ in 0..2 {
            let waiting = waiting(&mut admin, &fixture).await;
            kill(&mut admin, waiting).await;
        }
        holder.let_go().await;
    };
    let mut seen = Vec::new();
    let (listed, ()) = tokio::join!(ids(&fixture, |id| seen.push(id)), ending);
    listed.unwrap();
    assert_eq!(seen, made, "{engine:?}");
}

async fn list_fails_if_connection_breaks_after_first_row(engine: Engine) {
    let fixture = Fixture::new(engine).await;
    space(&fixture.service, "container", "c").await;
    let terms = Terms::new().note("😀".repeat(500));
    create(&fixture.service, "c", MANY, terms).await.unwrap();
    let mut admin = fixture.database().admin().await;
    let mut seen = Vec::new();
    let listed = ids(&fixture, |id| {
        if seen.is_empty() {
            block_in_place(|| {
                Handle::current().block_on(async {
                    for number in connections(&mut admin, &fixture, false).await {
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
