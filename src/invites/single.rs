//! One invite at a time, for backends: what operators do in bulk, with one
//! answer instead of a plan and an observer.

use crate::batch::{Failure, Observer};
use crate::error::{Error, Result};
use crate::invites::generate::{GenerateRequest, Terms, generate};
use crate::invites::issue::Issued;
use crate::invites::resend::{ResendRequest, ResendSelection, plan_resend, resend};
use crate::invites::revoke::{NamedDead, Selection, plan_revoke, revoke};
use crate::model::invite::Status;
use crate::model::reference::Reference;
use crate::service::{Actor, Service};

/// An observer that keeps what it is told of.
#[derive(Debug)]
pub struct Gathered<T> {
    /// What is done, and stays done.
    pub done: Vec<T>,
    /// What failed.
    pub failures: Vec<Failure>,
}

impl<T> Default for Gathered<T> {
    fn default() -> Self {
        Gathered { done: Vec::new(), failures: Vec::new() }
    }
}

impl<T: Clone + Send> Observer<T> for Gathered<T> {
    fn done(&mut self, item: &T) {
        self.done.push(item.clone());
    }

    fn failed(&mut self, failure: &Failure) {
        self.failures.push(failure.clone());
    }
}

/// Makes one invite. Where it is to be sent and could not be, it is made all the
/// same, and `last_send_error` of the invite says why.
///
/// # Errors
/// As [`generate`], as a failure.
pub async fn generate_one(service: &Service, actor: &Actor, space: &str, terms: Terms) -> Result<Issued, Failure> {
    let mut told = Gathered::default();
    let request = GenerateRequest { space_id: space.to_owned(), count: 1, terms };
    generate(service, actor, &request, &mut told).await.map_err(whole)?;
    the_one(told)
}

/// Issues one invitation again and sends it, as [`resend`] does. Where the mail
/// server did not take it over, `last_send_error` of the invite says why.
///
/// # Errors
/// As [`plan_resend`] and [`resend`], and every reason against it, as a failure.
pub async fn resend_one(
    service: &Service,
    actor: &Actor,
    reference: Reference,
    request: ResendRequest,
) -> Result<Issued, Failure> {
    let selection = ResendSelection::Named(vec![reference]);
    let mut plan = plan_resend(service, actor, selection, request).await.map_err(whole)?;
    if let Some(failure) = plan.failures.pop() {
        return Err(failure);
    }
    let mut told = Gathered::default();
    resend(service, actor, plan, request, &mut told).await.map_err(whole)?;
    the_one(told)
}

/// What taking an invite back came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Revocation {
    /// It was live, and is revoked now.
    Revoked,
    /// It was dead already, as this, and nothing changed.
    DeadAlready(Status),
}

/// Takes one invite back.
///
/// # Errors
/// As [`plan_revoke`] and [`revoke`], and every reason against it, as a failure.
pub async fn revoke_one(service: &Service, actor: &Actor, reference: Reference) -> Result<Revocation, Failure> {
    let mut plan = plan_revoke(service, actor, Selection::Named(vec![reference])).await.map_err(whole)?;
    if let Some(failure) = plan.failures.pop() {
        return Err(failure);
    }
    if let Some(NamedDead { status, .. }) = plan.dead.first() {
        return Ok(Revocation::DeadAlready(*status));
    }
    let mut told = Gathered::default();
    revoke(service, actor, plan, &mut told).await.map_err(whole)?;
    match (told.done.is_empty(), told.failures.pop()) {
        (false, _) => Ok(Revocation::Revoked),
        (true, Some(failure)) => Err(failure),
        // Somebody else did at the same moment what was asked for.
        (true, None) => Ok(Revocation::DeadAlready(Status::Revoked)),
    }
}

fn the_one(told: Gathered<Issued>) -> Result<Issued, Failure> {
    let mut failures = told.failures.into_iter();
    told.done.into_iter().next().ok_or_else(|| {
        // Another run did it between the plan and the deed.
        failures.next().unwrap_or_else(|| whole(Error::duplicate("the invite was changed at the same time")))
    })
}

/// A failure of the whole request.
fn whole(error: Error) -> Failure {
    Failure::of("", &error)
}
