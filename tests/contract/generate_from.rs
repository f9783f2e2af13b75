//! Invites for the rows of a file: valid rows get one, and invalid ones are reported.

use std::collections::HashSet;

use invite::Reason;

use crate::fixture::{Fixture, days};
use crate::helpers::actions::{create_one, member, space, terms_to};
use crate::helpers::imports::{failures_by_line, invite_rows, newest_operation, rows};

every_engine! {
    invalid_rows_are_reported_by_line_and_others_created,
    generate_from_file_operation_counts_match_summary,
    file_with_only_invalid_rows_changes_nothing,
    row_replaces_expired_invitation,
    file_without_space_is_refused,
    row_refused_by_database_fails_alone,
    file_of_2500_rows_creates_2500_invites,
}

/// Creates a tree with a member, a pending invitation and an expired one.
async fn tree(fixture: &Fixture) {
    space(&fixture.service, "tree", "t").await;
    space(&fixture.service, "container", "c").await;
    member(&fixture.service, "t", "m", "viewer", Some("member@example.org")).await;
    create_one(&fixture.service, "t", terms_to("pending@example.org")).await;
}

const MIXED: &str = "space_id,email,role,note\n\
    t,one@example.org,,first\n\
    nowhere,two@example.org,,\n\
    t,not an address,,\n\
    t,ONE@example.org,,again\n\
    t,member@example.org,,\n\
    t,pending@example.org,,\n\
    t,three@example.org,king,\n\
    t,,,\n\
    c,four@example.org,,\n\
    c,,,a container\n\
    t,five@example.org,custodian,\n\
    t,six@example.org\n\
    t,seven@example.org,contributor,last\n";

async fn invalid_rows_are_reported_by_line_and_others_created(fixture: Fixture) {
    tree(&fixture).await;
    let (summary, recorder) = invite_rows(&fixture.service, None, MIXED).await.unwrap();
    assert_eq!((summary.created, summary.failed, summary.interrupted), (4, 9, false));
    assert_eq!(recorder.failed_lines(), [3, 4, 5, 6, 7, 8, 9, 10, 13], "not in the order of the file");
    let subjects: Vec<&str> = recorder.failures.iter().map(|failure| failure.subject.as_str()).collect();
    assert_eq!((subjects[2], subjects[6], subjects[8]), ("one@example.org", "t", "line 13"));
    assert_eq!(
        failures_by_line(&recorder),
        [
            (3, Reason::NotFound),
            (4, Reason::InvalidInput),
            (5, Reason::Duplicate),
            (6, Reason::AlreadyMember),
            (7, Reason::Duplicate),
            (8, Reason::InvalidInput),
            (9, Reason::InvalidInput),
            (10, Reason::InvalidInput),
            (13, Reason::InvalidInput),
        ]
    );
    let mut raw = fixture.raw().await;
    let made = "SELECT coalesce(email, '-') || ' ' || role || ' ' || coalesce(note, '-') FROM invites \
        WHERE created_op = (SELECT id FROM invite_operations ORDER BY id DESC LIMIT 1) ORDER BY id";
    assert_eq!(
        raw.texts(made).await,
        [
            "one@example.org viewer first",
            "- member a container",
            "five@example.org custodian -",
            "seven@example.org contributor last"
        ]
    );
    raw.check_integrity().await;
}

async fn generate_from_file_operation_counts_match_summary(fixture: Fixture) {
    tree(&fixture).await;
    let (summary, _) = invite_rows(&fixture.service, None, MIXED).await.unwrap();
    let operation = newest_operation(&fixture.service).await;
    assert_eq!((operation.command.as_str(), operation.finished_at), ("generate", Some(fixture.now)));
    assert_eq!((operation.changed.unsigned_abs(), operation.failed.unsigned_abs()), (summary.created, summary.failed));
}

async fn file_with_only_invalid_rows_changes_nothing(fixture: Fixture) {
    tree(&fixture).await;
    let mut raw = fixture.raw().await;
    let before = raw.dump().await;
    let rows = "email\nmember@example.org\npending@example.org\nnobody\n";
    let (summary, recorder) = invite_rows(&fixture.service, Some("t"), rows).await.unwrap();
    assert_eq!((summary.created, summary.failed), (0, 3));
    assert_eq!(recorder.failed_lines().into_iter().collect::<HashSet<u64>>(), HashSet::from([2, 3, 4]));
    assert_eq!(raw.dump().await, before);
}

async fn row_replaces_expired_invitation(fixture: Fixture) {
    tree(&fixture).await;
    let later = fixture.later(days(7));
    let (summary, _) = invite_rows(&later, Some("t"), "email\npending@example.org\n").await.unwrap();
    assert_eq!((summary.created, summary.failed), (1, 0));
    let mut raw = fixture.raw().await;
    assert_eq!(raw.count("invites WHERE email = 'pending@example.org'").await, 2);
    assert_eq!(raw.count("invites WHERE closed_reason = 'expired'").await, 1);
    raw.check_integrity().await;
}

async fn file_without_space_is_refused(fixture: Fixture) {
    tree(&fixture).await;
    let mut raw = fixture.raw().await;
    let before = raw.dump().await;
    let rows = "email\nann@example.org\n";
    assert_eq!(invite_rows(&fixture.service, None, rows).await.err().unwrap().reason(), Reason::InvalidInput);
    let unknown = invite_rows(&fixture.service, Some("nowhere"), rows).await.err().unwrap();
    assert_eq!(unknown.reason(), Reason::NotFound);
    assert_eq!(raw.dump().await, before);
}

async fn row_refused_by_database_fails_alone(fixture: Fixture) {
    tree(&fixture).await;
    let mut raw = fixture.raw().await;
    raw.refuse("INSERT", "invites", "NEW.email = 'three@example.org'").await;
    let rows: String = ["one", "two", "three", "four"].map(|name| format!("{name}@example.org\n")).concat();
    let (summary, recorder) = invite_rows(&fixture.service, Some("t"), format!("email\n{rows}")).await.unwrap();
    assert_eq!((summary.created, summary.failed), (3, 1));
    assert_eq!(failures_by_line(&recorder), [(4, Reason::DatabaseFailed)]);
    raw.check_integrity().await;
}

async fn file_of_2500_rows_creates_2500_invites(fixture: Fixture) {
    tree(&fixture).await;
    // Far apart, the duplicate is in another transaction than its first row.
    let rows = rows(2_499, |number| format!("p{number}@example.org\n"));
    let rows = format!("email\n{rows}p0@example.org\n");
    let (summary, recorder) = invite_rows(&fixture.service, Some("t"), rows).await.unwrap();
    assert_eq!((summary.created, summary.failed), (2_499, 1));
    assert_eq!(failures_by_line(&recorder), [(2_501, Reason::Duplicate)]);
    assert_eq!(recorder.advanced, 2_500);
    let codes: HashSet<&str> = recorder.done.iter().map(|issued| issued.code.reveal()).collect();
    assert_eq!(codes.len(), 2_499);
    let addresses = recorder.done.iter().enumerate();
    let in_order = addresses
        .clone()
        .all(|(number, issued)| issued.invite.email.as_deref() == Some(format!("p{number}@example.org").as_str()));
    assert!(in_order, "rows are reported in the order of the file");
    let operation = newest_operation(&fixture.service).await;
    assert_eq!((operation.changed, operation.failed), (2_499, 1));
    let mut raw = fixture.raw().await;
    assert_eq!(raw.count("invites").await, 2_500);
    raw.check_integrity().await;
}
