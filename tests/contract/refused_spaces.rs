//! A purge isolates removed spaces that the database refuses to delete.

use invite::invites::cleanup::CleanupSummary;

use crate::fixture::{Engine, Fixture, days, operator};
use crate::helpers::actions::*;
use crate::helpers::recorder::Sweeper;
use crate::refused_rows::{Refusal, assert_words, refusals, set};
use crate::removed::gone;

every_engine! {
    purge_deletes_other_spaces_if_one_is_refused,
    purge_deletes_other_spaces_if_one_is_referenced,
}

/// Creates removed spaces, and makes the database refuse to delete the middle one.
const IDS: [&str; 7] = ["a", "b", "c", "keep", "x", "y", "z"];

async fn purge(fixture: &Fixture, size: Option<u32>) -> (CleanupSummary, Sweeper) {
    let request = {
        let mut request = default_cleanup().purge_after(days(7));
        request.batch_size = size;
        request
    };
    let later = fixture.later(days(8));
    let plan = later.plan_cleanup(&request).await.unwrap();
    let mut sweeper = Sweeper::default();
    let summary = later.cleanup(&operator(), &request, plan, &mut sweeper).await.unwrap();
    (summary, sweeper)
}

/// Asserts that a purge deletes all spaces but one, and that one after the refusal is removed.
async fn purge_all_but_one(fixture: &Fixture, refusal: &Refusal, size: Option<u32>) {
    let what = format!("{} on {:?} with {size:?}", refusal.name, fixture.engine());
    for id in IDS {
        space(&fixture.service, "container", id).await;
        for user in ["ann", "bob"] {
            member(&fixture.service, id, user, "member", None).await;
        }
        gone(&fixture.service, id).await;
    }
    space(&fixture.service, "container", "active").await;
    let mut raw = fixture.raw().await;
    set(&mut raw, &refusal.set).await;
    let (summary, sweeper) = purge(fixture, size).await;
    assert_eq!((summary.spaces, summary.failed), (6, 1), "{what}: {:?}", sweeper.failures);
    assert_words(fixture, refusal, &sweeper.failures, 1);
    assert_eq!(sweeper.failures[0].subject, "space keep", "{what}");
    let left = raw.texts("SELECT id FROM invite_spaces ORDER BY id").await;
    assert_eq!(left, ["active", "keep"], "{what}");
    assert_eq!(raw.count("invite_members WHERE space_id <> 'keep'").await, 0, "{what}");
    raw.check_integrity().await;
    // A repeated run is refused again.
    let (summary, _) = purge(fixture, size).await;
    assert_eq!((summary.spaces, summary.failed), (0, 1), "{what}");
    set(&mut raw, &refusal.unset).await;
    let (summary, _) = purge(fixture, size).await;
    assert_eq!((summary.spaces, summary.failed), (1, 0), "{what}");
    assert_eq!(raw.count("invite_members").await, 0, "{what}");
    raw.run("DELETE FROM invite_spaces WHERE id = 'active'").await;
    raw.check_integrity().await;
}

async fn purge_deletes_other_spaces_if_one_is_refused(fixture: Fixture) {
    let all = refusals(fixture.engine(), "DELETE", "invite_spaces", "OLD.id = 'keep'");
    for refusal in all.iter().filter(|refusal| refusal.name != "CHECK") {
        purge_all_but_one(&fixture, refusal, None).await;
    }
    purge_all_but_one(&fixture, &all[0], Some(3)).await;
}

/// An application table references a space.
async fn purge_deletes_other_spaces_if_one_is_referenced(fixture: Fixture) {
    let copy = "CREATE TABLE app_rooms AS SELECT id AS space_id FROM invite_spaces WHERE id = 'keep'";
    let refer = "ALTER TABLE app_rooms ADD CONSTRAINT app_room FOREIGN KEY (space_id) REFERENCES invite_spaces (id)";
    let (set, words) = match fixture.engine() {
        Engine::Sqlite => (
            vec![
                "CREATE TABLE app_rooms (space_id TEXT REFERENCES invite_spaces (id))",
                "INSERT INTO app_rooms VALUES ('keep')",
            ],
            "FOREIGN KEY constraint failed",
        ),
        Engine::Postgres => (vec![copy, refer], "violates foreign key constraint \"app_room\""),
        Engine::Mariadb | Engine::Mysql => (vec![copy, refer], "app_room"),
    };
    let refusal = Refusal {
        name: "FOREIGN KEY",
        set: set.into_iter().map(str::to_owned).collect(),
        unset: vec!["DROP TABLE app_rooms".to_owned()],
        words,
    };
    for size in [None, Some(2)] {
        purge_all_but_one(&fixture, &refusal, size).await;
    }
}
