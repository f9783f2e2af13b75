//! Members out of a file: new, known, changed and impossible ones.

use invite::error::Reason;
use invite::members::import::ImportMembersRequest;

use crate::steps::{member, one, space, to};
use crate::steps_a::{faults, newest_operation, rows, take_members};
use crate::world::{World, worlds};

const PLAIN: ImportMembersRequest = ImportMembersRequest { update: false, dry_run: false };
const UPDATE: ImportMembersRequest = ImportMembersRequest { update: true, dry_run: false };

async fn trees(world: &World) {
    space(&world.service, "tree", "t").await;
    space(&world.service, "tree", "t2").await;
    member(&world.service, "t", "known", "viewer", None).await;
    member(&world.service, "t", "other", "viewer", Some("other@example.org")).await;
}

async fn members(world: &World) -> Vec<String> {
    let sql = "SELECT space_id || ' ' || user_id || ' ' || role FROM invite_members ORDER BY space_id, user_id";
    world.raw().await.texts(sql).await
}

async fn user(world: &World, id: &str) -> (Option<String>, Option<String>) {
    let sql = format!("SELECT name, email FROM invite_users WHERE id = '{id}'");
    world.raw().await.rows(sql).await.pop().unwrap_or((None, None))
}

const MIXED: &str = "space_id,user_id,role,name,email\n\
    t,new,,Ann,Ann@Example.ORG\n\
    t,known,viewer,,\n\
    t,other,custodian,,\n\
    nowhere,u,,,\n\
    t,king,king,,\n\
    t,new,,,\n\
    t2,new,contributor,,\n\
    t,bad,,,not an address\n\
    t,,,,\n\
    t,few\n";

#[tokio::test]
async fn new_known_and_impossible_rows_are_told_apart() {
    for world in worlds().await {
        trees(&world).await;
        let (summary, recorder) = take_members(&world.service, PLAIN, MIXED).await;
        assert_eq!((summary.read, summary.added, summary.updated), (10, 2, 0));
        assert_eq!((summary.unchanged, summary.failed, summary.interrupted), (1, 7, false));
        assert_eq!(
            faults(&recorder),
            [
                (4, Reason::Duplicate),
                (5, Reason::NotFound),
                (6, Reason::InvalidInput),
                (7, Reason::Duplicate),
                (9, Reason::InvalidInput),
                (10, Reason::InvalidInput),
                (11, Reason::InvalidInput),
            ]
        );
        assert_eq!(members(&world).await, ["t known viewer", "t new viewer", "t other viewer", "t2 new contributor"]);
        world.raw().await.check_integrity().await;
    }
}

#[tokio::test]
async fn an_update_takes_roles_and_the_next_run_finds_nothing_to_do() {
    for world in worlds().await {
        trees(&world).await;
        let rows = "space_id,user_id,role\nt,known,custodian\nt,other,viewer\n";
        let (summary, recorder) = take_members(&world.service, UPDATE, rows).await;
        assert_eq!((summary.added, summary.updated, summary.unchanged), (0, 1, 1));
        assert_eq!(recorder.done, [("t".to_owned(), "known".to_owned(), "custodian".to_owned())]);
        assert_eq!(members(&world).await, ["t known custodian", "t other viewer"]);
        let operation = newest_operation(&world.service).await;
        assert_eq!((operation.command.as_str(), operation.changed), ("member import", 1));
        let mut raw = world.raw().await;
        let before = raw.dump().await;
        let (summary, _) = take_members(&world.service, UPDATE, rows).await;
        assert_eq!((summary.unchanged, summary.failed), (2, 0));
        assert_eq!(raw.dump().await, before);
    }
}

#[tokio::test]
async fn a_dry_run_changes_nothing_and_counts_what_the_run_counts() {
    for world in worlds().await {
        trees(&world).await;
        let mut raw = world.raw().await;
        for request in [PLAIN, UPDATE] {
            let before = raw.dump().await;
            let dry = ImportMembersRequest { dry_run: true, ..request };
            let (planned, told) = take_members(&world.service, dry, MIXED).await;
            assert_eq!(raw.dump().await, before);
            let (summary, recorder) = take_members(&world.service, request, MIXED).await;
            assert_eq!(planned, summary);
            assert_eq!((faults(&told), told.done), (faults(&recorder), recorder.done));
        }
        raw.check_integrity().await;
    }
}

#[tokio::test]
async fn names_and_addresses_are_kept_and_the_address_in_lower_case() {
    for world in worlds().await {
        trees(&world).await;
        let rows = "space,user,name,email\nt,ann,Ann Lee, Ann@Example.ORG \nt,bare,,\nt2,other,O. Ther,\n";
        let (summary, _) = take_members(&world.service, PLAIN, rows).await;
        assert_eq!((summary.added, summary.failed), (3, 0));
        assert_eq!(user(&world, "ann").await, (Some("Ann Lee".into()), Some("ann@example.org".into())));
        // What a row does not say stays as it was.
        assert_eq!(user(&world, "other").await, (Some("O. Ther".into()), Some("other@example.org".into())));
        assert_eq!(user(&world, "bare").await, (None, None));
        // The address counts at once: its owner needs no invitation.
        let error = crate::steps_a::make_in_vain(&world, "t", 1, to("ANN@example.org")).await;
        assert_eq!(error.reason(), Reason::AlreadyMember);
        one(&world.service, "t2", to("ann@example.org")).await;
        world.raw().await.check_integrity().await;
    }
}

#[tokio::test]
async fn a_later_row_that_says_less_of_a_user_takes_nothing_away() {
    for world in worlds().await {
        trees(&world).await;
        let rows = "space_id,user_id,name,email\n\
            t,ann,Ann,\nt2,ann,,ann@example.org\nt,bob,Bob,bob@example.org\nt2,bob,Robert,\n";
        let (summary, _) = take_members(&world.service, PLAIN, rows).await;
        assert_eq!((summary.added, summary.failed), (4, 0));
        assert_eq!(user(&world, "ann").await, (Some("Ann".into()), Some("ann@example.org".into())));
        assert_eq!(user(&world, "bob").await, (Some("Robert".into()), Some("bob@example.org".into())));
    }
}

#[tokio::test]
async fn a_member_who_stands_twice_far_apart_is_refused_the_second_time() {
    for world in worlds().await {
        trees(&world).await;
        let filler = rows(10_000, |number| format!("t,u{number},viewer\n"));
        let rows = format!("space_id,user_id,role\nt,twice,viewer\n{filler}t,twice,custodian\n");
        for dry_run in [true, false] {
            let request = ImportMembersRequest { dry_run, ..UPDATE };
            let (summary, recorder) = take_members(&world.service, request, rows.clone()).await;
            assert_eq!((summary.added, summary.updated, summary.failed), (10_001, 0, 1), "dry run: {dry_run}");
            assert_eq!(faults(&recorder), [(10_003, Reason::Duplicate)]);
        }
        let mut raw = world.raw().await;
        assert_eq!(raw.count("invite_members WHERE user_id = 'twice' AND role = 'viewer'").await, 1);
        raw.check_integrity().await;
    }
}

#[tokio::test]
async fn ten_thousand_members_come_in_with_their_names_as_one_operation() {
    for world in worlds().await {
        trees(&world).await;
        let rows: String = rows(10_500, |number| format!("t,u{number},Name {number},U{number}@example.org\n"));
        let (summary, _) = take_members(&world.service, PLAIN, format!("space_id,user_id,name,email\n{rows}")).await;
        assert_eq!((summary.added, summary.failed), (10_500, 0));
        let operation = newest_operation(&world.service).await;
        assert_eq!((operation.changed, operation.finished_at), (10_500, Some(world.now)));
        let mut raw = world.raw().await;
        assert_eq!(raw.count("invite_members").await, 10_502);
        let same = "invite_users WHERE name = 'Name ' || substr(id, 2) AND email = id || '@example.org'";
        assert_eq!(raw.count(same).await, 10_500);
        raw.check_integrity().await;
    }
}

#[tokio::test]
async fn a_row_that_the_database_refuses_costs_only_that_row() {
    for world in worlds().await {
        trees(&world).await;
        let mut raw = world.raw().await;
        raw.refuse("INSERT", "invite_members", "NEW.user_id = 'u3'").await;
        raw.refuse("UPDATE", "invite_members", "NEW.user_id = 'known'").await;
        let filler = rows(20, |number| format!("t,u{number},viewer,Name\n"));
        let rows = format!("space_id,user_id,role,name\n{filler}t,known,custodian,K\nt,other,custodian,O\n");
        let (summary, recorder) = take_members(&world.service, UPDATE, rows).await;
        assert_eq!((summary.added, summary.updated, summary.failed), (19, 1, 2));
        assert_eq!(faults(&recorder), [(5, Reason::DatabaseFailed), (22, Reason::DatabaseFailed)]);
        assert_eq!(raw.count("invite_members WHERE user_id = 'u3'").await, 0);
        // Of a row that failed nothing is kept, not even the name.
        assert_eq!(user(&world, "u3").await, (None, None));
        assert_eq!(newest_operation(&world.service).await.changed, 20);
        raw.check_integrity().await;
    }
}
