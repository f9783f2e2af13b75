//! A database that returns to an earlier state during a command, as by a restore or a
//! failover that lost the last transactions: the command stops.

use std::fmt::Write as _;

use invite::invites::generate::{Expiry, GenerateRequest, Terms};
use invite::invites::list::Filter;
use invite::invites::resend::{ResendRequest, ResendSelection};
use invite::invites::revoke::Selection;
use invite::members::import::ImportMembersRequest;
use invite::model::reference::Reference;
use invite::spaces::import::ImportSpacesRequest;
use invite::{Reason, Result};
use tokio::runtime::Handle;
use tokio::task::block_in_place;

use crate::files::failed;
use crate::fixture::{Engine, Fixture, hours, operator};
use crate::helpers::actions::*;
use crate::helpers::imports::rows;
use crate::helpers::recorder::{Hook, Recorder, Sweeper};

every_engine! {
    threads 2;
    generate_and_revoke_stop_after_database_was_restored,
    backfill_and_cleanup_stop_after_database_was_restored,
    imports_stop_after_database_was_restored,
    generate_from_file_stops_after_database_was_restored,
    resend_stops_after_database_was_restored,
    command_fails_if_its_only_batch_was_undone,
}

/// Ways in which a restored database lacks the last step of the running operation: its row
/// is missing, or has the values of an earlier transaction.
const RESTORES: [&str; 2] = [
    "DELETE FROM invite_operations WHERE finished_at IS NULL",
    "UPDATE invite_operations SET last_step = 0, changed = 0 WHERE finished_at IS NULL",
];

/// Returns a hook that restores the database between two transactions of a command.
fn restoring(fixture: &Fixture, statement: &'static str) -> Hook {
    let mut raw = block_in_place(|| Handle::current().block_on(fixture.raw()));
    Box::new(move || block_in_place(|| Handle::current().block_on(raw.run(statement))))
}

fn stopped<T>(command: &str, outcome: Result<T>) {
    let error = failed(outcome, Reason::DatabaseFailed);
    assert!(error.to_string().contains("was reset to an earlier state during operation "), "{command}: {error}");
    assert!(error.hint().is_some_and(|hint| hint.contains("run the command again")), "{command}: {error:?}");
}

async fn generate_and_revoke_stop_after_database_was_restored(engine: Engine) {
    for statement in RESTORES {
        let fixture = Fixture::new(engine).await;
        space(&fixture.service, "container", "c1").await;
        let request = GenerateRequest::new("c1", 12_000);
        let mut recorder = Recorder::calling(restoring(&fixture, statement));
        stopped("generate", fixture.service.generate(&operator(), &request, &mut recorder).await);
        let mut raw = fixture.raw().await;
        assert_eq!(raw.count("invites").await, 10_000);

        create(&fixture.service, "c1", 2_500, Terms::new()).await.unwrap();
        let selection = Selection::Matching(Box::new(Filter::new().spaces(["c1"])));
        let plan = fixture.service.plan_revoke(&operator(), selection).await.unwrap();
        let mut recorder = Recorder::calling(restoring(&fixture, statement));
        stopped("revoke", fixture.service.revoke(&operator(), plan, &mut recorder).await);
        assert_eq!(raw.count("invites WHERE closed_at IS NOT NULL").await, 10_000);
    }
}

async fn backfill_and_cleanup_stop_after_database_was_restored(engine: Engine) {
    for statement in RESTORES {
        let fixture = Fixture::new(engine).await;
        many_spaces(&fixture.service, "space", 25).await;
        let request = backfill_all().batch_size(10);
        let mut recorder = Recorder::calling(restoring(&fixture, statement));
        stopped("backfill", fixture.service.backfill(&operator(), &request, &mut recorder).await);
        let mut raw = fixture.raw().await;
        assert_eq!(raw.count("invites").await, 10);

        space(&fixture.service, "container", "c1").await;
        create(&fixture.service, "c1", 250, terms_with_expiry(Expiry::After(hours(1)))).await.unwrap();
        let request = default_cleanup().batch_size(100);
        let service = fixture.later(hours(2));
        let plan = service.plan_cleanup(&request).await.unwrap();
        let mut sweeper = Sweeper { after_first: Some(restoring(&fixture, statement)), ..Sweeper::default() };
        stopped("cleanup", service.cleanup(&operator(), &request, plan, &mut sweeper).await);
        assert_eq!(raw.count("invites WHERE closed_reason = 'expired'").await, 100);
    }
}

async fn imports_stop_after_database_was_restored(engine: Engine) {
    for statement in RESTORES {
        let fixture = Fixture::new(engine).await;
        let lines = |head: &str, line: &dyn Fn(u32) -> String| {
            (0..11_000).fold(format!("{head}\n"), |mut text, number| {
                writeln!(text, "{}", line(number)).unwrap();
                text
            })
        };
        let text = lines("id,name", &|number| format!("s{number:05},Space {number}"));
        let request = ImportSpacesRequest::new().default_policy("space");
        let (service, actor) = (&fixture.service, operator());
        let mut recorder = Recorder::calling(restoring(&fixture, statement));
        stopped("space import", service.import_spaces(&actor, &request, csv(text), &mut recorder).await);
        assert_eq!(fixture.raw().await.count("invite_spaces").await, 10_000);

        let text = lines("space_id,user_id,role", &|number| format!("s00001,u{number},member"));
        let request = ImportMembersRequest::new();
        let mut recorder = Recorder::calling(restoring(&fixture, statement));
        stopped("member import", service.import_members(&actor, request, csv(text), &mut recorder).await);
        assert_eq!(fixture.raw().await.count("invite_members").await, 10_000);
    }
}

async fn generate_from_file_stops_after_database_was_restored(engine: Engine) {
    for statement in RESTORES {
        let fixture = Fixture::new(engine).await;
        space(&fixture.service, "tree", "oak").await;
        let text = rows(2_500, |number| format!("ann{number}@example.org\n"));
        let (service, actor, terms) = (&fixture.service, operator(), Terms::new());
        let mut recorder = Recorder::calling(restoring(&fixture, statement));
        let text = csv(format!("email\n{text}"));
        let outcome = service.generate_from(&actor, Some("oak"), &terms, text, &mut recorder).await;
        stopped("generate --from", outcome);
        assert_eq!((fixture.raw().await.count("invites").await, recorder.done.len()), (1_000, 1_000));
    }
}

async fn resend_stops_after_database_was_restored(engine: Engine) {
    for statement in RESTORES {
        let fixture = Fixture::new(engine).await;
        space(&fixture.service, "tree", "oak").await;
        let mut ids = Vec::new();
        for number in 0..3 {
            ids.push(
                create_one(&fixture.service, "oak", terms_to(&format!("ann{number}@example.org"))).await.invite.id,
            );
        }
        let request = ResendRequest::new();
        let selection = ResendSelection::Named(ids.iter().map(|id| Reference::Id(*id)).collect());
        let plan = fixture.service.plan_resend(&operator(), selection, request).await.unwrap();
        let mut recorder = Recorder::calling(restoring(&fixture, statement));
        stopped("resend", fixture.service.resend(&operator(), plan, request, &mut recorder).await);
        assert_eq!((fixture.raw().await.count("invites WHERE resends > 0").await, recorder.done.len()), (1, 1));
    }
}

/// The last transaction of a run finishes its operation.
async fn command_fails_if_its_only_batch_was_undone(engine: Engine) {
    for statement in RESTORES {
        let fixture = Fixture::new(engine).await;
        many_spaces(&fixture.service, "space", 3).await;
        let mut recorder = Recorder::calling(restoring(&fixture, statement));
        stopped("backfill", fixture.service.backfill(&operator(), &backfill_all(), &mut recorder).await);
    }
}
