//! A database that goes back to an earlier state while a command runs, as by a
//! restore, or by a failover that lost the last transactions: the command stops.

use std::fmt::Write as _;

use invite::error::{Reason, Result};
use invite::invites::cleanup::{CleanupRequest, cleanup, plan_cleanup};
use invite::invites::generate::{End, GenerateRequest, Terms, generate};
use invite::invites::generate_from::generate_from;
use invite::invites::list::Filter;
use invite::invites::resend::{ResendRequest, ResendSelection, plan_resend, resend};
use invite::invites::revoke::{Selection, plan_revoke, revoke};
use invite::members::import::{ImportMembersRequest, import_members};
use invite::model::reference::Reference;
use invite::spaces::backfill::{BackfillRequest, backfill};
use invite::spaces::import::{ImportSpacesRequest, import_spaces};
use tokio::runtime::Handle;
use tokio::task::block_in_place;

use crate::files::failed;
use crate::recorder::{Hook, Recorder, Sweeper};
use crate::steps::*;
use crate::steps_a::rows;
use crate::world::{World, hours, operator, worlds};

/// How a restored database lacks the last step of the operation that runs: its
/// row is gone, or is as an earlier transaction left it.
const RESTORES: [&str; 2] = [
    "DELETE FROM invite_operations WHERE finished_at IS NULL",
    "UPDATE invite_operations SET last_step = 0, changed = 0 WHERE finished_at IS NULL",
];

/// Restores the database from within a command, between two transactions.
fn restoring(world: &World, statement: &'static str) -> Hook {
    let mut raw = block_in_place(|| Handle::current().block_on(world.raw()));
    Box::new(move || block_in_place(|| Handle::current().block_on(raw.run(statement))))
}

fn stopped<T>(command: &str, outcome: Result<T>) {
    let error = failed(outcome, Reason::DatabaseFailed);
    assert!(error.to_string().contains("was reset to an earlier state during operation "), "{command}: {error}");
    assert!(error.help().is_some_and(|hint| hint.contains("run the command again")), "{command}: {error:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn generate_and_revoke_stop_when_their_last_step_is_gone() {
    for statement in RESTORES {
        for world in worlds().await {
            space(&world.service, "container", "c1").await;
            let request = GenerateRequest { space_id: "c1".into(), count: 12_000, terms: Terms::default() };
            let mut recorder = Recorder::calling(restoring(&world, statement));
            stopped("generate", generate(&world.service, &operator(), &request, &mut recorder).await);
            let mut raw = world.raw().await;
            assert_eq!(raw.count("invites").await, 10_000);

            make(&world.service, "c1", 2_500, Terms::default()).await.unwrap();
            let selection = Selection::Matching(Box::new(Filter { spaces: vec!["c1".into()], ..Filter::default() }));
            let plan = plan_revoke(&world.service, &operator(), selection).await.unwrap();
            let mut recorder = Recorder::calling(restoring(&world, statement));
            stopped("revoke", revoke(&world.service, &operator(), plan, &mut recorder).await);
            assert_eq!(raw.count("invites WHERE closed_at IS NOT NULL").await, 10_000);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn backfill_and_cleanup_stop_when_their_last_step_is_gone() {
    for statement in RESTORES {
        for world in worlds().await {
            many_spaces(&world.service, "space", 25).await;
            let request = BackfillRequest { batch_size: Some(10), ..everywhere() };
            let mut recorder = Recorder::calling(restoring(&world, statement));
            stopped("backfill", backfill(&world.service, &operator(), &request, &mut recorder).await);
            let mut raw = world.raw().await;
            assert_eq!(raw.count("invites").await, 10);

            space(&world.service, "container", "c1").await;
            make(&world.service, "c1", 250, ending(End::After(hours(1)))).await.unwrap();
            let request = CleanupRequest { batch_size: Some(100), ..closing() };
            let service = world.later(hours(2));
            let plan = plan_cleanup(&service, &request).await.unwrap();
            let mut sweeper = Sweeper { after_first: Some(restoring(&world, statement)), ..Sweeper::default() };
            stopped("cleanup", cleanup(&service, &operator(), &request, plan, &mut sweeper).await);
            assert_eq!(raw.count("invites WHERE closed_reason = 'expired'").await, 100);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn imports_stop_when_their_last_step_is_gone() {
    for statement in RESTORES {
        for world in worlds().await {
            let lines = |head: &str, line: &dyn Fn(u32) -> String| {
                (0..11_000).fold(format!("{head}\n"), |mut text, number| {
                    writeln!(text, "{}", line(number)).unwrap();
                    text
                })
            };
            let text = lines("id,name", &|number| format!("s{number:05},Space {number}"));
            let request =
                ImportSpacesRequest { default_policy: Some("space".into()), ..ImportSpacesRequest::default() };
            let (service, actor) = (&world.service, operator());
            let mut recorder = Recorder::calling(restoring(&world, statement));
            stopped("space import", import_spaces(service, &actor, &request, csv(text), &mut recorder).await);
            assert_eq!(world.raw().await.count("invite_spaces").await, 10_000);

            let text = lines("space_id,user_id,role", &|number| format!("s00001,u{number},member"));
            let request = ImportMembersRequest::default();
            let mut recorder = Recorder::calling(restoring(&world, statement));
            stopped("member import", import_members(service, &actor, request, csv(text), &mut recorder).await);
            assert_eq!(world.raw().await.count("invite_members").await, 10_000);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn generate_from_a_file_stops_when_its_last_step_is_gone() {
    for statement in RESTORES {
        for world in worlds().await {
            space(&world.service, "tree", "oak").await;
            let text = rows(2_500, |number| format!("ann{number}@example.org\n"));
            let (service, actor, terms) = (&world.service, operator(), Terms::default());
            let mut recorder = Recorder::calling(restoring(&world, statement));
            let text = csv(format!("email\n{text}"));
            let outcome = generate_from(service, &actor, Some("oak"), &terms, text, &mut recorder).await;
            stopped("generate --from", outcome);
            assert_eq!((world.raw().await.count("invites").await, recorder.done.len()), (1_000, 1_000));
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn resend_stops_when_its_last_step_is_gone() {
    for statement in RESTORES {
        for world in worlds().await {
            space(&world.service, "tree", "oak").await;
            let mut ids = Vec::new();
            for number in 0..3 {
                ids.push(one(&world.service, "oak", to(&format!("ann{number}@example.org"))).await.invite.id);
            }
            let request = ResendRequest { keep_link: false, send: false };
            let selection = ResendSelection::Named(ids.iter().map(|id| Reference::Id(*id)).collect());
            let plan = plan_resend(&world.service, &operator(), selection, request).await.unwrap();
            let mut recorder = Recorder::calling(restoring(&world, statement));
            stopped("resend", resend(&world.service, &operator(), plan, request, &mut recorder).await);
            assert_eq!((world.raw().await.count("invites WHERE resends > 0").await, recorder.done.len()), (1, 1));
        }
    }
}

/// The last transaction of a run is the one that ends its operation.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn command_whose_only_batch_is_gone_does_not_end_well() {
    for statement in RESTORES {
        for world in worlds().await {
            many_spaces(&world.service, "space", 3).await;
            let mut recorder = Recorder::calling(restoring(&world, statement));
            stopped("backfill", backfill(&world.service, &operator(), &everywhere(), &mut recorder).await);
        }
    }
}
