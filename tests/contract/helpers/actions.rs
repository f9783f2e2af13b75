//! Short functions for the actions that many tests use.

use std::io::Cursor;
use std::ops::ControlFlow;

use invite::Service;
use invite::invites::Issued;
use invite::invites::cleanup::{CleanupRequest, CleanupSummary};
use invite::invites::extend::{ExtendRequest, Extended};
use invite::invites::generate::{Expiry, GenerateRequest, Terms, UsageLimit};
use invite::invites::list::{Filter, ListRequest};
use invite::invites::redeem::{Joined, RedeemRequest, Redemption};
use invite::invites::revoke::{RevokeSummary, Selection};
use invite::members::{AddMember, User};
use invite::model::invite::Invite;
use invite::model::reference::Reference;
use invite::records::{FileFormat, Record, Records};
use invite::spaces::Space;
use invite::spaces::backfill::{BackfillRequest, BackfillSummary, Backfilled};
use invite::spaces::regenerate::{RegenerateRequest, Regenerated};
use invite::{Reason, Result};
use uuid::Uuid;

use crate::fixture::operator;
use crate::helpers::recorder::{Recorder, Sweeper};

pub async fn space(service: &Service, policy: &str, id: &str) {
    named_space(service, policy, id, "My Workspace").await;
}

pub async fn named_space(service: &Service, policy: &str, id: &str, name: &str) {
    let space = Space::new(id, policy, name);
    service.add_space(&operator(), &space).await.unwrap();
}

/// Imports this many spaces of a policy, from `s00000` on.
pub async fn many_spaces(service: &Service, policy: &str, count: usize) {
    use invite::spaces::import::ImportSpacesRequest;
    let rows: Vec<String> = (0..count).map(|number| format!("s{number:05},Space {number}\n")).collect();
    let request = ImportSpacesRequest::new().default_policy(policy);
    let rows = csv(format!("id,name\n{}", rows.concat()));
    let summary = service.import_spaces(&operator(), &request, rows, &mut Recorder::new()).await.unwrap();
    assert_eq!(summary.added, count as u64);
}

/// Adds a member with a role, and optionally an address.
pub async fn member(service: &Service, space: &str, user: &str, role: &str, email: Option<&str>) {
    let user = User::new(user).email(email);
    let request = AddMember::new(space, user).role(role);
    service.add_member(&operator(), &request).await.unwrap();
}

pub async fn create(service: &Service, space: &str, count: u32, terms: Terms) -> Result<Vec<Issued>> {
    let request = GenerateRequest::new(space, count).terms(terms);
    let mut recorder = Recorder::new();
    let summary = service.generate(&operator(), &request, &mut recorder).await?;
    assert_eq!(summary.created, recorder.done.len() as u64);
    Ok(recorder.done)
}

/// Creates one invite; panics if that fails.
pub async fn create_one(service: &Service, space: &str, terms: Terms) -> Issued {
    create(service, space, 1, terms).await.unwrap().remove(0)
}

/// Returns terms that are bound to an address.
pub fn terms_to(email: &str) -> Terms {
    Terms::new().email(email)
}

/// Returns terms with a usage limit.
pub fn terms_with_limit(count: i64) -> Terms {
    Terms::new().usage_limit(UsageLimit::Times(count))
}

/// Returns terms with an expiry.
pub fn terms_with_expiry(end: Expiry) -> Terms {
    Terms::new().expiry(end)
}

pub fn code(text: &str) -> Reference {
    Reference::parse(text).unwrap()
}

pub fn code_of(issued: &Issued) -> Reference {
    code(issued.code.reveal())
}

pub async fn try_redeem(service: &Service, reference: &Reference, user: &str) -> Redemption {
    let request = RedeemRequest::new(reference.clone(), user);
    service.redeem(&operator(), &request).await.unwrap()
}

/// Redeems an invite; panics if it is refused.
pub async fn join(service: &Service, reference: &Reference, user: &str) -> Joined {
    accepted(try_redeem(service, reference, user).await)
}

pub fn accepted(redemption: Redemption) -> Joined {
    match redemption {
        Redemption::Accepted(joined) => *joined,
        Redemption::Refused(_, denials) => panic!("refused: {denials:?}"),
    }
}

/// Returns the reasons of a refusal; panics if the redemption was accepted.
pub fn refused(redemption: Redemption) -> Vec<Reason> {
    match redemption {
        Redemption::Accepted(joined) => panic!("{} was accepted", joined.user_id),
        Redemption::Refused(_, denials) => denials.iter().map(invite::Denial::reason).collect(),
    }
}

pub async fn reload(service: &Service, id: Uuid) -> Invite {
    service.show_invite(&operator(), &Reference::Id(id)).await.unwrap().invite
}

pub fn backfill_all() -> BackfillRequest {
    BackfillRequest::new().batch_size(1_000)
}

pub async fn run_backfill(service: &Service, request: &BackfillRequest) -> (BackfillSummary, Recorder<Backfilled>) {
    let mut recorder = Recorder::new();
    let summary = service.backfill(&operator(), request, &mut recorder).await.unwrap();
    (summary, recorder)
}

pub fn default_cleanup() -> CleanupRequest {
    CleanupRequest::new().batch_size(1_000)
}

pub async fn run_cleanup(service: &Service, request: &CleanupRequest) -> CleanupSummary {
    let plan = service.plan_cleanup(request).await.unwrap();
    service.cleanup(&operator(), request, plan, &mut Sweeper::default()).await.unwrap()
}

pub async fn revoke_references(service: &Service, references: Vec<Reference>) -> (RevokeSummary, Recorder<Invite>) {
    revoke_selection(service, Selection::Named(references)).await
}

pub async fn revoke_selection(service: &Service, selection: Selection) -> (RevokeSummary, Recorder<Invite>) {
    let mut recorder = Recorder::new();
    let plan = service.plan_revoke(&operator(), selection).await.unwrap();
    let summary = service.revoke(&operator(), plan, &mut recorder).await.unwrap();
    (summary, recorder)
}

pub async fn regenerate_code(service: &Service, space: &str, grace: Option<chrono::TimeDelta>) -> Result<Regenerated> {
    let request = RegenerateRequest::new(space).grace(grace);
    let plan = service.plan_regenerate(&operator(), &request).await?;
    Box::pin(service.regenerate(&operator(), &plan)).await
}

pub async fn extend_invite(service: &Service, id: Uuid, end: Expiry, uses: UsageLimit) -> Result<Extended> {
    let request = ExtendRequest::new(Reference::Id(id)).expiry(end).usage_limit(uses);
    service.extend(&operator(), &request).await
}

/// Returns the listed invites, at the current time of the service.
pub async fn list_invites(service: &Service, request: &ListRequest) -> Vec<Invite> {
    let mut found = Vec::new();
    let each = |line: invite::invites::list::ListedInvite| {
        found.push(line.invite);
        ControlFlow::Continue(())
    };
    service.list_invites(&operator(), request, service.now(), each).await.unwrap();
    found
}

/// Returns the IDs of the matching invites, oldest first.
pub async fn matching_ids(service: &Service, filter: Filter) -> Vec<Uuid> {
    let request = ListRequest::new().filter(filter).sort(invite::invites::list::Sort::Oldest);
    list_invites(service, &request).await.iter().map(|invite| invite.id).collect()
}

pub fn csv<R: Record>(text: impl Into<String>) -> Records<R> {
    Records::open(Cursor::new(text.into().into_bytes()), FileFormat::Csv).unwrap()
}
