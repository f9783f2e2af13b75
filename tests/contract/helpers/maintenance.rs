//! Helpers of tests that close, change and delete invites.

use std::ops::ControlFlow;

use chrono::{DateTime, Utc};
use invite::invites::Issued;
use invite::invites::cleanup::{CleanupPlan, CleanupRequest, CleanupSummary};
use invite::invites::generate::{Expiry, GenerateRequest, Terms, UsageLimit};
use invite::invites::revoke::RevokePlan;
use invite::model::reference::Reference;
use invite::spaces::StoredSpace;
use invite::{Actor, Service};
use invite::{Reason, Result};
use uuid::Uuid;

use crate::fixture::{hours, operator};
use crate::helpers::actions::member;
use crate::helpers::raw::Raw;
use crate::helpers::recorder::{Recorder, Sweeper};

/// Gives a user the first role of the policy that can create invites.
pub async fn promote(service: &Service, space: &str, user: &str) {
    let mut policy = None;
    let each = |stored: StoredSpace, _| {
        if stored.space.id == space {
            policy = Some(stored.space.policy);
        }
        ControlFlow::Continue(())
    };
    service.list_spaces(&operator(), None, None, each).await.unwrap();
    let role = service.policies().get(&policy.unwrap()).unwrap().create_roles[0].clone();
    member(service, space, user, &role, None).await;
}

/// Creates invites as a user, who gets the role for it first.
pub async fn create_as(service: &Service, user: &str, space: &str, count: u32, terms: Terms) -> Vec<Issued> {
    promote(service, space, user).await;
    let actor = Actor::operator("tester").user(user);
    let request = GenerateRequest::new(space, count).terms(terms);
    let mut recorder = Recorder::new();
    service.generate(&actor, &request, &mut recorder).await.unwrap();
    recorder.done
}

/// Returns terms that expire after this many hours.
pub fn terms_expiring_in(count: i64) -> Terms {
    Terms::new().expiry(Expiry::After(hours(count)))
}

/// Returns terms that expire after this many hours, with a usage limit.
pub fn terms_expiring_in_with_limit(count: i64, limit: i64) -> Terms {
    Terms::new().expiry(Expiry::After(hours(count))).usage_limit(UsageLimit::Times(limit))
}

/// Applies a cleanup plan without recording what it reports.
pub async fn apply(service: &Service, request: &CleanupRequest, plan: CleanupPlan) -> CleanupSummary {
    service.cleanup(&operator(), request, plan, &mut Sweeper::default()).await.unwrap()
}

/// Returns the reason of an error; panics on success.
pub fn reason<T>(result: Result<T>) -> Reason {
    match result {
        Ok(_) => panic!("the action succeeded"),
        Err(error) => error.reason(),
    }
}

pub fn by_id(id: Uuid) -> Reference {
    Reference::Id(id)
}

/// Records the only use of an invite as another program could: the uses and the counter agree, but
/// the invite is not closed.
pub async fn use_up_externally(raw: &mut Raw, id: Uuid) {
    raw.run(format!("UPDATE invites SET uses = 1 WHERE id = '{id}' AND max_uses = 1")).await;
    raw.run(format!(
        "INSERT INTO invite_uses (id, invite_id, user_id, role, used_at, operation_id) \
         SELECT id, id, 'stranger', role, created_at, created_op FROM invites WHERE id = '{id}'"
    ))
    .await;
}

/// Returns the slot of an invite.
pub async fn slot_of(raw: &mut Raw, id: Uuid) -> Option<String> {
    raw.text(format!("SELECT slot FROM invites WHERE id = '{id}'")).await
}

/// Returns the number of changes of each operation of a command.
pub async fn operations_of(raw: &mut Raw, command: &str) -> Vec<i64> {
    let rows: Vec<(i64,)> =
        raw.rows(format!("SELECT changed FROM invite_operations WHERE command = '{command}' ORDER BY id")).await;
    rows.into_iter().map(|(changed,)| changed).collect()
}

/// Returns the time one microsecond earlier, the resolution of the tables.
pub fn just_before(instant: DateTime<Utc>) -> DateTime<Utc> {
    instant - chrono::TimeDelta::microseconds(1)
}

/// Returns the number of invites that a dry run of a plan shows.
pub async fn previewed(service: &Service, plan: &RevokePlan) -> usize {
    let mut recorder = Recorder::new();
    service.dry_run_revoke(plan, &mut recorder).await.unwrap();
    recorder.done.len()
}
