//! Import of spaces: new, known, changed and invalid rows.

use invite::Reason;
use invite::spaces::import::ImportSpacesRequest;

use crate::fixture::{Fixture, operator};
use crate::helpers::actions::{csv, named_space};
use crate::helpers::imports::{default_import, failures_by_line, import_space_rows, newest_operation, rows};
use crate::helpers::recorder::Recorder;

every_engine! {
    space_import_counts_new_known_and_invalid_rows,
    space_import_updates_names_once,
    space_import_update_keeps_policy,
    space_import_dry_run_predicts_run,
    space_import_refuses_distant_duplicate_id,
    space_import_dry_run_finds_distant_duplicate_id,
    space_import_refuses_distant_duplicate_of_known_space,
    space_row_refused_by_database_fails_alone,
    refused_and_known_rows_leave_others_imported,
    stopped_space_import_keeps_reported_batches,
    space_import_refuses_unknown_default_policy,
}

/// Maximum number of rows per transaction.
const BATCH: usize = 10_000;

fn updating() -> ImportSpacesRequest {
    default_import().update(true)
}

/// Returns rows of new spaces.
fn filler(count: usize) -> String {
    rows(count, |number| format!("f{number},Filler\n"))
}

async fn known(fixture: &Fixture) {
    named_space(&fixture.service, "space", "a", "Alpha").await;
    named_space(&fixture.service, "space", "b", "Beta").await;
}

async fn name_of(fixture: &Fixture, id: &str) -> Option<String> {
    fixture.raw().await.text(format!("SELECT max(name) FROM invite_spaces WHERE id = '{id}'")).await
}

const MIXED: &str = "id,policy,name\n\
    a,,Alpha\n\
    b,,Bravo\n\
    c,,Gamma\n\
    t,tree,The Smiths\n\
    a,,Alpha\n\
    d,club,Delta\n\
    e,,\n\
    \"\",,Empty\n\
    f\n\
    g,space,\"Gamma, the second\"\n";

async fn space_import_counts_new_known_and_invalid_rows(fixture: Fixture) {
    known(&fixture).await;
    let (summary, recorder) = import_space_rows(&fixture.service, &default_import(), MIXED).await;
    assert_eq!((summary.read, summary.added, summary.updated), (10, 3, 0));
    assert_eq!((summary.unchanged, summary.failed, summary.interrupted), (1, 6, false));
    let invalid = [7, 8, 9, 10].map(|line| (line, Reason::InvalidInput));
    assert_eq!(failures_by_line(&recorder)[..2], [(3, Reason::Duplicate), (6, Reason::Duplicate)]);
    assert_eq!(failures_by_line(&recorder)[2..], invalid);
    assert_eq!(recorder.done, ["c", "t", "g"]);
    assert_eq!(name_of(&fixture, "b").await.as_deref(), Some("Beta"));
    assert_eq!(name_of(&fixture, "g").await.as_deref(), Some("Gamma, the second"));
    let mut raw = fixture.raw().await;
    assert_eq!(raw.texts("SELECT id FROM invite_spaces WHERE policy = 'tree'").await, ["t"]);
    assert_eq!(raw.count("invite_spaces").await, 5);
    raw.check_integrity().await;
}

async fn space_import_updates_names_once(fixture: Fixture) {
    known(&fixture).await;
    let rows = "id,name\na,Alpha\nb,Bravo\n";
    let (summary, recorder) = import_space_rows(&fixture.service, &updating(), rows).await;
    assert_eq!((summary.added, summary.updated, summary.unchanged), (0, 1, 1));
    assert_eq!(recorder.done, ["b"]);
    assert_eq!(name_of(&fixture, "b").await.as_deref(), Some("Bravo"));
    let operation = newest_operation(&fixture.service).await;
    assert_eq!((operation.command.as_str(), operation.changed), ("space import", 1));
    let mut raw = fixture.raw().await;
    let before = raw.dump().await;
    let (summary, _) = import_space_rows(&fixture.service, &updating(), rows).await;
    assert_eq!((summary.unchanged, summary.failed), (2, 0));
    assert_eq!(raw.dump().await, before);
    raw.check_integrity().await;
}

async fn space_import_update_keeps_policy(fixture: Fixture) {
    known(&fixture).await;
    let mut raw = fixture.raw().await;
    let before = raw.dump().await;
    let rows = "id,policy,name\na,tree,Alpha\nb,container,Bravo\n";
    let (summary, recorder) = import_space_rows(&fixture.service, &updating(), rows).await;
    assert_eq!((summary.updated, summary.failed), (0, 2));
    assert_eq!(failures_by_line(&recorder), [(2, Reason::Duplicate), (3, Reason::Duplicate)]);
    assert!(recorder.failures.iter().all(|failure| failure.hint().is_some()));
    assert_eq!(raw.dump().await, before);
}

async fn space_import_dry_run_predicts_run(fixture: Fixture) {
    known(&fixture).await;
    let mut raw = fixture.raw().await;
    for request in [default_import(), updating()] {
        let before = raw.dump().await;
        let dry = request.clone().dry_run(true);
        let (planned, plan_recorder) = import_space_rows(&fixture.service, &dry, MIXED).await;
        assert_eq!(raw.dump().await, before);
        let (summary, recorder) = import_space_rows(&fixture.service, &request, MIXED).await;
        assert_eq!(planned, summary);
        assert_eq!(
            (failures_by_line(&plan_recorder), plan_recorder.done),
            (failures_by_line(&recorder), recorder.done)
        );
    }
}

async fn space_import_refuses_distant_duplicate_id(fixture: Fixture) {
    let rows = format!("id,name\ntwice,First\n{}twice,Second\n", filler(BATCH));
    let (summary, recorder) = import_space_rows(&fixture.service, &updating(), rows).await;
    assert_eq!((summary.added, summary.failed), (10_001, 1));
    assert_eq!(failures_by_line(&recorder), [(10_003, Reason::Duplicate)]);
    assert_eq!(name_of(&fixture, "twice").await.as_deref(), Some("First"));
    let operation = newest_operation(&fixture.service).await;
    assert_eq!((operation.changed, operation.failed), (10_001, 1));
    assert_eq!(operation.finished_at, Some(fixture.now));
    fixture.raw().await.check_integrity().await;
}

async fn space_import_dry_run_finds_distant_duplicate_id(fixture: Fixture) {
    let rows = format!("id,name\ntwice,First\n{}twice,Second\n", filler(BATCH));
    let dry = default_import().dry_run(true);
    let (summary, recorder) = import_space_rows(&fixture.service, &dry, rows).await;
    assert_eq!((summary.added, summary.failed), (10_001, 1));
    assert_eq!(failures_by_line(&recorder), [(10_003, Reason::Duplicate)]);
}

/// The distance of two rows must not decide which of them counts.
async fn space_import_refuses_distant_duplicate_of_known_space(fixture: Fixture) {
    known(&fixture).await;
    let rows = format!("id,name\na,Alpha\nb,Bravo\n{}a,Other\nb,Third\n", filler(BATCH));
    let (summary, recorder) = import_space_rows(&fixture.service, &updating(), rows).await;
    assert_eq!(name_of(&fixture, "b").await.as_deref(), Some("Bravo"));
    assert_eq!(failures_by_line(&recorder), [(10_004, Reason::Duplicate), (10_005, Reason::Duplicate)]);
    assert_eq!((summary.updated, summary.unchanged), (1, 1));
    assert_eq!(name_of(&fixture, "a").await.as_deref(), Some("Alpha"));
}

async fn space_row_refused_by_database_fails_alone(fixture: Fixture) {
    let mut raw = fixture.raw().await;
    raw.refuse("INSERT", "invite_spaces", "NEW.id IN ('f7', 'f93')").await;
    let (summary, recorder) =
        import_space_rows(&fixture.service, &default_import(), format!("id,name\n{}", filler(100))).await;
    assert_eq!((summary.added, summary.failed), (98, 2));
    assert_eq!(failures_by_line(&recorder), [(9, Reason::DatabaseFailed), (95, Reason::DatabaseFailed)]);
    assert!(recorder.failures[0].message().contains("unwanted"), "{}", recorder.failures[0].message());
    assert_eq!(raw.count("invite_spaces").await, 98);
    assert_eq!(newest_operation(&fixture.service).await.changed, 98);
    raw.check_integrity().await;
}

async fn refused_and_known_rows_leave_others_imported(fixture: Fixture) {
    import_space_rows(&fixture.service, &default_import(), "id,name\nf800,Filler\nf1260,Filler\n").await;
    let mut raw = fixture.raw().await;
    raw.refuse("INSERT", "invite_spaces", "NEW.id IN ('f7', 'f937', 'f1250')").await;
    let (summary, recorder) =
        import_space_rows(&fixture.service, &default_import(), format!("id,name\n{}", filler(1_300))).await;
    assert_eq!((summary.read, summary.added, summary.unchanged, summary.failed), (1_300, 1_295, 2, 3));
    assert_eq!(recorder.failed_lines(), [9, 939, 1_252]);
    assert_eq!((raw.count("invite_spaces").await, recorder.done.len()), (1_297, 1_295));
    raw.check_integrity().await;
}

async fn stopped_space_import_keeps_reported_batches(fixture: Fixture) {
    let mut recorder = Recorder::stopping_after(1);
    let rows = csv(format!("id,name\n{}", filler(BATCH + 1)));
    let summary = fixture.service.import_spaces(&operator(), &default_import(), rows, &mut recorder).await.unwrap();
    assert_eq!((summary.read, summary.added, summary.interrupted), (10_000, 10_000, true));
    let mut raw = fixture.raw().await;
    assert_eq!(raw.count("invite_spaces").await, 10_000);
    raw.check_integrity().await;
}

async fn space_import_refuses_unknown_default_policy(fixture: Fixture) {
    let mut raw = fixture.raw().await;
    for policy in [None, Some("club".to_owned())] {
        let request = ImportSpacesRequest::new().default_policy(policy);
        let rows = csv("id,name\na,Alpha\n");
        let mut recorder = Recorder::new();
        let error = fixture.service.import_spaces(&operator(), &request, rows, &mut recorder).await.unwrap_err();
        assert_eq!(error.reason(), Reason::InvalidInput);
        assert!(error.hint().is_some());
    }
    // The column is enough; a row with an empty field fails alone.
    let rows = "id,policy,name\na,space,Alpha\nb,,Beta\n";
    let (summary, recorder) = import_space_rows(&fixture.service, &ImportSpacesRequest::new(), rows).await;
    assert_eq!((summary.added, failures_by_line(&recorder)), (1, vec![(3, Reason::InvalidInput)]));
    raw.check_integrity().await;
}
