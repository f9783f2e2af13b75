//! Helpers of tests that create invites and import files.

use invite::batch::import_summary::ImportSummary;
use invite::invites::Issued;
use invite::invites::generate::{GenerateSummary, Terms};
use invite::members::import::{ImportMembersRequest, ImportedMember};
use invite::operations::Operation;
use invite::spaces::import::{ImportSpacesRequest, ImportedSpace};
use invite::{Actor, Service};
use invite::{Error, Reason, Result};

use crate::fixture::{Fixture, operator};
use crate::helpers::actions::{create, csv};
use crate::helpers::recorder::{Noted, Recorder};

/// Returns an actor that acts for a user, with a reason.
pub fn acting_for(user: &str) -> Actor {
    Actor::operator("ops").user(user).reason("ticket 7")
}

/// Returns the rows of a file, each created from its number.
pub fn rows(count: usize, row: impl Fn(usize) -> String) -> String {
    (0..count).map(row).collect()
}

/// Returns the error of a request that must fail and change nothing.
pub async fn create_refused(fixture: &Fixture, space: &str, count: u32, terms: Terms) -> Error {
    let mut raw = fixture.raw().await;
    let before = raw.dump().await;
    let error = create(&fixture.service, space, count, terms).await.unwrap_err();
    assert_eq!(raw.dump().await, before, "a refused request changed something: {error}");
    raw.check_integrity().await;
    error
}

/// Imports spaces from CSV with a header.
pub async fn import_space_rows(
    service: &Service,
    request: &ImportSpacesRequest,
    rows: impl Into<String>,
) -> (ImportSummary, Recorder<ImportedSpace>) {
    let mut recorder = Recorder::new();
    let summary = service.import_spaces(&operator(), request, csv(rows), &mut recorder).await.unwrap();
    assert_eq!(summary.added + summary.updated, recorder.done.len() as u64);
    assert_eq!(summary.failed, recorder.failures.len() as u64);
    assert_eq!(summary.read, summary.added + summary.updated + summary.unchanged + summary.failed);
    (summary, recorder)
}

/// Returns an import request with the default policy `space`.
pub fn default_import() -> ImportSpacesRequest {
    ImportSpacesRequest::new().default_policy("space")
}

/// Imports members from CSV with a header.
pub async fn import_member_rows(
    service: &Service,
    request: ImportMembersRequest,
    rows: impl Into<String>,
) -> (ImportSummary, Recorder<ImportedMember>) {
    let mut recorder = Recorder::new();
    let summary = service.import_members(&operator(), request, csv(rows), &mut recorder).await.unwrap();
    assert_eq!(summary.added + summary.updated, recorder.done.len() as u64);
    assert_eq!(summary.failed, recorder.failures.len() as u64);
    assert_eq!(summary.read, summary.added + summary.updated + summary.unchanged + summary.failed);
    (summary, recorder)
}

/// Creates invitations from CSV with a header.
pub async fn invite_rows(
    service: &Service,
    space: Option<&str>,
    rows: impl Into<String>,
) -> Result<(GenerateSummary, Recorder<Issued>)> {
    let mut recorder = Recorder::new();
    let summary = service.generate_from(&operator(), space, &Terms::new(), csv(rows), &mut recorder).await?;
    assert_eq!(summary.created, recorder.done.len() as u64);
    assert_eq!(summary.failed, recorder.failures.len() as u64);
    Ok((summary, recorder))
}

/// Returns the line and the reason of each failure, ordered by line.
pub fn failures_by_line<T: Noted>(recorder: &Recorder<T>) -> Vec<(u64, Reason)> {
    let mut faults: Vec<(u64, Reason)> =
        recorder.failures.iter().map(|failure| (failure.line.unwrap(), failure.reason())).collect();
    faults.sort_by_key(|(line, _)| *line);
    faults
}

/// Returns all operations, newest first.
pub async fn all_operations(service: &Service) -> Vec<Operation> {
    let mut found = Vec::new();
    let each = |operation| {
        found.push(operation);
        std::ops::ControlFlow::Continue(())
    };
    service.list_operations(None, each).await.unwrap();
    found
}

/// Returns the newest operation.
pub async fn newest_operation(service: &Service) -> Operation {
    all_operations(service).await.remove(0)
}
