//! Import of members: new, known, changed and invalid rows.

use invite::Reason;
use invite::members::import::ImportMembersRequest;

use crate::fixture::Fixture;
use crate::helpers::actions::{create_one, member, space, terms_to};
use crate::helpers::imports::{failures_by_line, import_member_rows, newest_operation, rows};

every_engine! {
    member_import_counts_new_known_and_invalid_rows,
    member_import_updates_roles_once,
    member_import_dry_run_predicts_run,
    member_import_stores_names_and_lower_case_addresses,
    later_row_with_empty_fields_keeps_user_data,
    member_import_refuses_distant_duplicate_row,
    import_of_10000_members_is_one_operation,
    member_row_refused_by_database_fails_alone,
}

const PLAIN: ImportMembersRequest = ImportMembersRequest::new();
fn update() -> ImportMembersRequest {
    PLAIN.update(true)
}

async fn create_trees(fixture: &Fixture) {
    space(&fixture.service, "tree", "t").await;
    space(&fixture.service, "tree", "t2").await;
    member(&fixture.service, "t", "known", "viewer", None).await;
    member(&fixture.service, "t", "other", "viewer", Some("other@example.org")).await;
}

async fn members(fixture: &Fixture) -> Vec<String> {
    let sql = "SELECT space_id || ' ' || user_id || ' ' || role FROM invite_members ORDER BY space_id, user_id";
    fixture.raw().await.texts(sql).await
}

async fn user(fixture: &Fixture, id: &str) -> (Option<String>, Option<String>) {
    let sql = format!("SELECT name, email FROM invite_users WHERE id = '{id}'");
    fixture.raw().await.rows(sql).await.pop().unwrap_or((None, None))
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

async fn member_import_counts_new_known_and_invalid_rows(fixture: Fixture) {
    create_trees(&fixture).await;
    let (summary, recorder) = import_member_rows(&fixture.service, PLAIN, MIXED).await;
    assert_eq!((summary.read, summary.added, summary.updated), (10, 2, 0));
    assert_eq!((summary.unchanged, summary.failed, summary.interrupted), (1, 7, false));
    assert_eq!(
        failures_by_line(&recorder),
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
    assert_eq!(members(&fixture).await, ["t known viewer", "t new viewer", "t other viewer", "t2 new contributor"]);
    fixture.raw().await.check_integrity().await;
}

async fn member_import_updates_roles_once(fixture: Fixture) {
    create_trees(&fixture).await;
    let rows = "space_id,user_id,role\nt,known,custodian\nt,other,viewer\n";
    let (summary, recorder) = import_member_rows(&fixture.service, update(), rows).await;
    assert_eq!((summary.added, summary.updated, summary.unchanged), (0, 1, 1));
    assert_eq!(recorder.done, [("t".to_owned(), "known".to_owned(), "custodian".to_owned())]);
    assert_eq!(members(&fixture).await, ["t known custodian", "t other viewer"]);
    let operation = newest_operation(&fixture.service).await;
    assert_eq!((operation.command.as_str(), operation.changed), ("member import", 1));
    let mut raw = fixture.raw().await;
    let before = raw.dump().await;
    let (summary, _) = import_member_rows(&fixture.service, update(), rows).await;
    assert_eq!((summary.unchanged, summary.failed), (2, 0));
    assert_eq!(raw.dump().await, before);
}

async fn member_import_dry_run_predicts_run(fixture: Fixture) {
    create_trees(&fixture).await;
    let mut raw = fixture.raw().await;
    for request in [PLAIN, update()] {
        let before = raw.dump().await;
        let dry = request.dry_run(true);
        let (planned, told) = import_member_rows(&fixture.service, dry, MIXED).await;
        assert_eq!(raw.dump().await, before);
        let (summary, recorder) = import_member_rows(&fixture.service, request, MIXED).await;
        assert_eq!(planned, summary);
        assert_eq!((failures_by_line(&told), told.done), (failures_by_line(&recorder), recorder.done));
    }
    raw.check_integrity().await;
}

async fn member_import_stores_names_and_lower_case_addresses(fixture: Fixture) {
    create_trees(&fixture).await;
    let rows = "space,user,name,email\nt,ann,Ann Lee, Ann@Example.ORG \nt,bare,,\nt2,other,O. Ther,\n";
    let (summary, _) = import_member_rows(&fixture.service, PLAIN, rows).await;
    assert_eq!((summary.added, summary.failed), (3, 0));
    assert_eq!(user(&fixture, "ann").await, (Some("Ann Lee".into()), Some("ann@example.org".into())));
    // Empty fields keep the stored values.
    assert_eq!(user(&fixture, "other").await, (Some("O. Ther".into()), Some("other@example.org".into())));
    assert_eq!(user(&fixture, "bare").await, (None, None));
    // The address applies immediately: its owner needs no invitation.
    let error = crate::helpers::imports::create_refused(&fixture, "t", 1, terms_to("ANN@example.org")).await;
    assert_eq!(error.reason(), Reason::AlreadyMember);
    create_one(&fixture.service, "t2", terms_to("ann@example.org")).await;
    fixture.raw().await.check_integrity().await;
}

async fn later_row_with_empty_fields_keeps_user_data(fixture: Fixture) {
    create_trees(&fixture).await;
    let rows = "space_id,user_id,name,email\n\
        t,ann,Ann,\nt2,ann,,ann@example.org\nt,bob,Bob,bob@example.org\nt2,bob,Robert,\n";
    let (summary, _) = import_member_rows(&fixture.service, PLAIN, rows).await;
    assert_eq!((summary.added, summary.failed), (4, 0));
    assert_eq!(user(&fixture, "ann").await, (Some("Ann".into()), Some("ann@example.org".into())));
    assert_eq!(user(&fixture, "bob").await, (Some("Robert".into()), Some("bob@example.org".into())));
}

async fn member_import_refuses_distant_duplicate_row(fixture: Fixture) {
    create_trees(&fixture).await;
    let filler = rows(10_000, |number| format!("t,u{number},viewer\n"));
    let rows = format!("space_id,user_id,role\nt,twice,viewer\n{filler}t,twice,custodian\n");
    for dry_run in [true, false] {
        let request = update().dry_run(dry_run);
        let (summary, recorder) = import_member_rows(&fixture.service, request, rows.clone()).await;
        assert_eq!((summary.added, summary.updated, summary.failed), (10_001, 0, 1), "dry run: {dry_run}");
        assert_eq!(failures_by_line(&recorder), [(10_003, Reason::Duplicate)]);
    }
    let mut raw = fixture.raw().await;
    assert_eq!(raw.count("invite_members WHERE user_id = 'twice' AND role = 'viewer'").await, 1);
    raw.check_integrity().await;
}

async fn import_of_10000_members_is_one_operation(fixture: Fixture) {
    create_trees(&fixture).await;
    let rows: String = rows(10_500, |number| format!("t,u{number},Name {number},U{number}@example.org\n"));
    let (summary, _) =
        import_member_rows(&fixture.service, PLAIN, format!("space_id,user_id,name,email\n{rows}")).await;
    assert_eq!((summary.added, summary.failed), (10_500, 0));
    let operation = newest_operation(&fixture.service).await;
    assert_eq!((operation.changed, operation.finished_at), (10_500, Some(fixture.now)));
    let mut raw = fixture.raw().await;
    assert_eq!(raw.count("invite_members").await, 10_502);
    let same = "invite_users WHERE name = 'Name ' || substr(id, 2) AND email = id || '@example.org'";
    assert_eq!(raw.count(same).await, 10_500);
    raw.check_integrity().await;
}

async fn member_row_refused_by_database_fails_alone(fixture: Fixture) {
    create_trees(&fixture).await;
    let mut raw = fixture.raw().await;
    raw.refuse("INSERT", "invite_members", "NEW.user_id = 'u3'").await;
    raw.refuse("UPDATE", "invite_members", "NEW.user_id = 'known'").await;
    let filler = rows(20, |number| format!("t,u{number},viewer,Name\n"));
    let rows = format!("space_id,user_id,role,name\n{filler}t,known,custodian,K\nt,other,custodian,O\n");
    let (summary, recorder) = import_member_rows(&fixture.service, update(), rows).await;
    assert_eq!((summary.added, summary.updated, summary.failed), (19, 1, 2));
    assert_eq!(failures_by_line(&recorder), [(5, Reason::DatabaseFailed), (22, Reason::DatabaseFailed)]);
    assert_eq!(raw.count("invite_members WHERE user_id = 'u3'").await, 0);
    // Nothing of a failed row is stored, not even the name.
    assert_eq!(user(&fixture, "u3").await, (None, None));
    assert_eq!(newest_operation(&fixture.service).await.changed, 20);
    raw.check_integrity().await;
}
