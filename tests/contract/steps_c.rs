//! More steps: for the tests of what closes, changes and deletes invites.

use std::ops::ControlFlow;

use chrono::{DateTime, Utc};
use invite::error::{Reason, Result};
use invite::invites::Issued;
use invite::invites::cleanup::{CleanupPlan, CleanupRequest, CleanupSummary, cleanup};
use invite::invites::generate::{Expiry, GenerateRequest, Terms, UsageLimit, generate};
use invite::invites::revoke::{RevokePlan, preview};
use invite::model::reference::Reference;
use invite::service::{Actor, Service};
use invite::spaces::{StoredSpace, list_spaces};
use uuid::Uuid;

use crate::fixture::{hours, operator};
use crate::raw::Raw;
use crate::recorder::{Recorder, Sweeper};
use crate::steps::member;

/// Gives a user the first of the roles that may create in a space.
pub async fn promote(service: &Service, space: &str, user: &str) {
    let mut policy = None;
    let each = |stored: StoredSpace, _| {
        if stored.space.id == space {
            policy = Some(stored.space.policy);
        }
        ControlFlow::Continue(())
    };
    list_spaces(service, &operator(), None, None, each).await.unwrap();
    let role = service.policies().get(&policy.unwrap()).unwrap().create_roles[0].clone();
    member(service, space, user, &role, None).await;
}

/// Invites that a user makes, and not the operator alone: they get the role for
/// it first.
pub async fn make_as(service: &Service, user: &str, space: &str, count: u32, terms: Terms) -> Vec<Issued> {
    promote(service, space, user).await;
    let actor = Actor { user: Some(user.to_owned()), ..Actor::operator("tester") };
    let request = GenerateRequest { space_id: space.into(), count, terms };
    let mut recorder = Recorder::new();
    generate(service, &actor, &request, &mut recorder).await.unwrap();
    recorder.done
}

/// Terms that end after so many hours.
pub fn lasting(count: i64) -> Terms {
    Terms { expiry: Expiry::After(hours(count)), ..Terms::default() }
}

/// Terms with an end after so many hours and a limit.
pub fn lasting_and_times(count: i64, limit: i64) -> Terms {
    Terms { expiry: Expiry::After(hours(count)), usage_limit: UsageLimit::Times(limit), ..Terms::default() }
}

/// Applies a plan, watched by nobody in particular.
pub async fn apply(service: &Service, request: &CleanupRequest, plan: CleanupPlan) -> CleanupSummary {
    cleanup(service, &operator(), request, plan, &mut Sweeper::default()).await.unwrap()
}

/// The reason of a failure.
pub fn reason<T>(result: Result<T>) -> Reason {
    match result {
        Ok(_) => panic!("it went through"),
        Err(error) => error.reason(),
    }
}

pub fn by_id(id: Uuid) -> Reference {
    Reference::Id(id)
}

/// Takes the last use of an invite with a limit of one as another program
/// might: the ledger and the counter agree, but nothing closed it.
pub async fn use_up_behind_the_back(raw: &mut Raw, id: Uuid) {
    raw.run(format!("UPDATE invites SET uses = 1 WHERE id = '{id}' AND max_uses = 1")).await;
    raw.run(format!(
        "INSERT INTO invite_uses (id, invite_id, user_id, role, used_at, operation_id) \
         SELECT id, id, 'stranger', role, created_at, created_op FROM invites WHERE id = '{id}'"
    ))
    .await;
}

/// The slot that an invite holds.
pub async fn slot_of(raw: &mut Raw, id: Uuid) -> Option<String> {
    raw.text(format!("SELECT slot FROM invites WHERE id = '{id}'")).await
}

/// How many operations of a command there were, and what they changed.
pub async fn operations_of(raw: &mut Raw, command: &str) -> Vec<i64> {
    let rows: Vec<(i64,)> =
        raw.rows(format!("SELECT changed FROM invite_operations WHERE command = '{command}' ORDER BY id")).await;
    rows.into_iter().map(|(changed,)| changed).collect()
}

/// An instant just before this one, as finely as the tables tell them apart.
pub fn just_before(instant: DateTime<Utc>) -> DateTime<Utc> {
    instant - chrono::TimeDelta::microseconds(1)
}

/// How many invites a dry run of a plan shows.
pub async fn previewed(service: &Service, plan: &RevokePlan) -> usize {
    let mut recorder = Recorder::new();
    preview(service, plan, &mut recorder).await.unwrap();
    recorder.done.len()
}
