//! A cleanup isolates rows that the database refuses to close or delete.

use invite::Service;
use invite::invites::Issued;
use invite::invites::cleanup::{CleanupRequest, CleanupSummary};
use invite::invites::generate::Terms;
use uuid::Uuid;

use crate::fixture::{Engine, Fixture, days, hours, operator};
use crate::helpers::actions::*;
use crate::helpers::maintenance::*;
use crate::helpers::raw::Raw;
use crate::helpers::recorder::Sweeper;
use crate::refused_rows::{Refusal, assert_words, refusals, set};

every_engine! {
    cleanup_closes_other_invites_if_one_is_refused,
    purge_deletes_other_invites_if_one_is_refused,
    purge_deletes_other_invites_if_one_is_referenced,
}

const SIZES: [Option<u32>; 2] = [Some(3), None];

fn kept(terms: Terms) -> Terms {
    terms.note("keep")
}

async fn run(service: &Service, request: &CleanupRequest) -> (CleanupSummary, Sweeper) {
    let mut sweeper = Sweeper { archived: Some(Vec::new()), ..Sweeper::default() };
    let plan = service.plan_cleanup(request).await.unwrap();
    let summary = service.cleanup(&operator(), request, plan, &mut sweeper).await.unwrap();
    (summary, sweeper)
}

async fn cleanup_closes_other_invites_if_one_is_refused(fixture: Fixture) {
    let mut raw = fixture.raw().await;
    space(&fixture.service, "container", "c").await;
    let condition = "NEW.note = 'keep' AND NEW.closed_at IS NOT NULL";
    for (number, refusal) in refusals(fixture.engine(), "UPDATE", "invites", condition).into_iter().enumerate() {
        create(&fixture.service, "c", 8, terms_expiring_in(1)).await.unwrap();
        let expired = create_one(&fixture.service, "c", kept(terms_expiring_in(1))).await.invite.id;
        create(&fixture.service, "c", 4, terms_expiring_in(1)).await.unwrap();
        let live = create_one(&fixture.service, "c", kept(terms_expiring_in(9))).await.invite.id;
        let used_up = create_one(&fixture.service, "c", kept(terms_with_limit(1))).await.invite.id;
        let other = create_one(&fixture.service, "c", terms_with_limit(1)).await.invite.id;
        for id in [used_up, other] {
            use_up_externally(&mut raw, id).await;
        }
        set(&mut raw, &refusal.set).await;
        let later = fixture.later(hours(2));
        let request = {
            let mut request = default_cleanup();
            request.batch_size = SIZES[number % 2];
            request
        };
        let (summary, sweeper) = run(&later, &request).await;
        assert_eq!((summary.expired, summary.used_up, summary.failed), (12, 1, 2), "{}", refusal.name);
        assert_words(&fixture, &refusal, &sweeper.failures, 2);
        let subjects: Vec<&str> = sweeper.failures.iter().map(|failure| failure.subject.as_str()).collect();
        assert_eq!(subjects, [format!("invite {expired}"), format!("invite {used_up}")]);
        assert!(reload(&later, live).await.closed.is_none());
        // A repeated run is refused again and has nothing else to do.
        let (summary, sweeper) = run(&later, &request).await;
        assert_eq!((summary.expired, summary.used_up, summary.failed), (0, 0, 2), "{}", refusal.name);
        assert_eq!(sweeper.failures.len(), 2);
        set(&mut raw, &refusal.unset).await;
        assert_eq!(run_cleanup(&later, &request).await.expired, 1);
        raw.run("DELETE FROM invite_uses").await;
        raw.run("DELETE FROM invites").await;
    }
    raw.check_integrity().await;
}

/// Creates closed invites, one with the refused note; returns all IDs and that one.
async fn closed(fixture: &Fixture) -> (Vec<Uuid>, Uuid) {
    let mut made = create(&fixture.service, "c", 7, Terms::new()).await.unwrap();
    let refused = create_one(&fixture.service, "c", kept(Terms::new())).await;
    let id = refused.invite.id;
    made.push(refused);
    made.extend(create(&fixture.service, "c", 5, Terms::new()).await.unwrap());
    // A new member per round, because nobody joins a space twice.
    join(&fixture.service, &code_of(&made[0]), &id.to_string()).await;
    revoke_references(&fixture.service, made.iter().map(code_of).collect()).await;
    (made.iter().map(|issued: &Issued| issued.invite.id).collect(), id)
}

/// Asserts that a purge archives and deletes all invites but one.
async fn purge_all_but_one(fixture: &Fixture, refusal: &Refusal, size: Option<u32>) {
    let (all, refused) = closed(fixture).await;
    let mut raw = fixture.raw().await;
    set(&mut raw, &refusal.set).await;
    let later = fixture.later(days(8));
    let request = {
        let mut request = default_cleanup().purge_after(days(7)).include_used(true);
        request.batch_size = size;
        request
    };
    let (summary, sweeper) = run(&later, &request).await;
    let what = format!("{} on {:?}", refusal.name, fixture.engine());
    assert_eq!((summary.purged, summary.failed), (all.len() as u64 - 1, 1), "{what}: {:?}", sweeper.failures);
    assert_words(fixture, refusal, &sweeper.failures, 1);
    assert_eq!(sweeper.failures[0].subject, format!("invite {refused}"), "{what}");
    let others: Vec<Uuid> = all.iter().copied().filter(|id| *id != refused).collect();
    assert_eq!(sweeper.archived, Some(others), "{what}");
    assert_eq!(raw.count("invites").await, 1, "{what}");
    raw.check_integrity().await;
    set(&mut raw, &refusal.unset).await;
    let (summary, sweeper) = run(&later, &request).await;
    assert_eq!((summary.purged, summary.failed, sweeper.archived), (1, 0, Some(vec![refused])), "{what}");
}

async fn purge_deletes_other_invites_if_one_is_refused(fixture: Fixture) {
    space(&fixture.service, "container", "c").await;
    let all = refusals(fixture.engine(), "DELETE", "invites", "OLD.note = 'keep'");
    for (number, refusal) in all.iter().filter(|refusal| refusal.name != "CHECK").enumerate() {
        purge_all_but_one(&fixture, refusal, SIZES[number % 2]).await;
    }
}

/// An application table references an invite.
async fn purge_deletes_other_invites_if_one_is_referenced(fixture: Fixture) {
    space(&fixture.service, "container", "c").await;
    let refer = "ALTER TABLE app_uses ADD CONSTRAINT app_invite FOREIGN KEY (invite_id) REFERENCES invites (id)";
    let copy = "CREATE TABLE app_uses AS SELECT id AS invite_id FROM invites WHERE note = 'keep'";
    let (set, words) = match fixture.engine() {
        Engine::Sqlite => (
            vec![
                "CREATE TABLE app_uses (invite_id TEXT REFERENCES invites (id))",
                "INSERT INTO app_uses SELECT id FROM invites WHERE note = 'keep'",
            ],
            "FOREIGN KEY constraint failed",
        ),
        Engine::Postgres => (vec![copy, refer], "violates foreign key constraint \"app_invite\""),
        Engine::Mariadb | Engine::Mysql => (vec![copy, refer], "app_invite"),
    };
    let refusal = Refusal {
        name: "FOREIGN KEY",
        set: set.into_iter().map(str::to_owned).collect(),
        unset: vec!["DROP TABLE app_uses".to_owned()],
        words,
    };
    for size in SIZES {
        purge_all_but_one(&fixture, &refusal, size).await;
    }
}

async fn set_policies(raw: &mut Raw, delete: &str, update: &str) {
    raw.run("ALTER TABLE invites ENABLE ROW LEVEL SECURITY").await;
    raw.run("ALTER TABLE invites FORCE ROW LEVEL SECURITY").await;
    raw.run("CREATE POLICY seen ON invites FOR SELECT USING (true)").await;
    raw.run("CREATE POLICY made ON invites FOR INSERT WITH CHECK (true)").await;
    raw.run(format!("CREATE POLICY removed ON invites FOR DELETE USING ({delete})")).await;
    raw.run(format!("CREATE POLICY changed ON invites FOR UPDATE {update}")).await;
}

async fn drop_policies(raw: &mut Raw) {
    for policy in ["seen", "made", "removed", "changed"] {
        raw.run(format!("DROP POLICY {policy} ON invites")).await;
    }
    raw.run("ALTER TABLE invites DISABLE ROW LEVEL SECURITY").await;
}

/// Row-level security refuses a row with an error, or skips it silently.
#[tokio::test]
#[ignore = "needs PostgreSQL: sh tests/run.sh"]
async fn cleanup_reports_rows_kept_by_row_level_security() {
    let fixture = Fixture::new(Engine::Postgres).await;
    let mut raw = fixture.raw().await;
    space(&fixture.service, "container", "c").await;
    let later = fixture.later(hours(2));
    for (update, words) in [
        ("USING (true) WITH CHECK (note IS DISTINCT FROM 'keep')", "row-level security"),
        ("USING (note IS DISTINCT FROM 'keep')", "no reason was given"),
    ] {
        create(&fixture.service, "c", 5, terms_expiring_in(1)).await.unwrap();
        create_one(&fixture.service, "c", kept(terms_expiring_in(1))).await;
        set_policies(&mut raw, "true", update).await;
        let (summary, sweeper) = run(&later, &default_cleanup()).await;
        assert_eq!((summary.expired, summary.failed), (5, 1), "{update}");
        assert!(sweeper.failures[0].message().contains(words), "{:?}", sweeper.failures);
        drop_policies(&mut raw).await;
        assert_eq!(run_cleanup(&later, &default_cleanup()).await.expired, 1);
    }
    raw.run("DELETE FROM invites").await;
    for size in SIZES {
        let (all, refused) = closed(&fixture).await;
        set_policies(&mut raw, "note IS DISTINCT FROM 'keep'", "USING (true)").await;
        let request = {
            let mut request = default_cleanup().purge_after(days(7)).include_used(true);
            request.batch_size = size;
            request
        };
        let (summary, sweeper) = run(&fixture.later(days(8)), &request).await;
        assert_eq!((summary.purged, summary.failed), (all.len() as u64 - 1, 1), "{:?}", sweeper.failures);
        assert!(sweeper.failures[0].message().contains("no reason was given"), "{:?}", sweeper.failures);
        assert!(!sweeper.archived.unwrap().contains(&refused));
        drop_policies(&mut raw).await;
        raw.run("DELETE FROM invites").await;
    }
}
