//! Actions on one invite, for backends: they return one result instead of a plan and
//! reports to an observer.

use crate::batch::{Failure, Observer};
use crate::error::{Error, Result};
use crate::invites::generate::{GenerateRequest, Terms};
use crate::invites::issue::Issued;
use crate::invites::resend::{ResendRequest, ResendSelection};
use crate::invites::revoke::{AlreadyClosed, Selection};
use crate::model::invite::Status;
use crate::model::reference::Reference;
use crate::service::{Actor, Service};

/// An observer that collects all items and failures.
#[derive(Debug)]
#[non_exhaustive]
pub struct Collected<T> {
    /// The completed items.
    pub done: Vec<T>,
    /// The failures.
    pub failures: Vec<Failure>,
}

impl<T> Default for Collected<T> {
    fn default() -> Self {
        Collected { done: Vec::new(), failures: Vec::new() }
    }
}

impl<T: Clone + Send> Observer<T> for Collected<T> {
    fn done(&mut self, item: &T) {
        self.done.push(item.clone());
    }

    fn failed(&mut self, failure: &Failure) {
        self.failures.push(failure.clone());
    }
}

/// The outcome of revoking an invite.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Revocation {
    /// The invite was open, and is revoked now.
    Revoked,
    /// The invite was closed already and has this status; nothing was changed.
    AlreadyClosed(Status),
}

impl Service {
    /// Creates one invite. If its e-mail cannot be sent, the invite is created nevertheless, and
    /// its `last_send_error` is set.
    ///
    /// # Errors
    /// As [`Service::generate`].
    pub async fn generate_one(&self, actor: &Actor, space: &str, terms: Terms) -> Result<Issued> {
        let mut collected = Collected::default();
        let request = GenerateRequest { space_id: space.to_owned(), count: 1, terms };
        self.generate(actor, &request, &mut collected).await?;
        into_single(collected)
    }

    /// Issues one invitation again and sends it, as [`Service::resend`] does. If its e-mail
    /// cannot be sent, `last_send_error` of the invite is set.
    ///
    /// # Errors
    /// As [`Service::plan_resend`] and [`Service::resend`]; also if the invitation cannot
    /// be sent again.
    pub async fn resend_one(&self, actor: &Actor, reference: Reference, request: ResendRequest) -> Result<Issued> {
        let selection = ResendSelection::Named(vec![reference]);
        let mut plan = self.plan_resend(actor, selection, request).await?;
        if let Some(failure) = plan.failures.pop() {
            return Err(failure.error);
        }
        let mut collected = Collected::default();
        self.resend(actor, plan, request, &mut collected).await?;
        into_single(collected)
    }

    /// Revokes one invite.
    ///
    /// # Errors
    /// As [`Service::plan_revoke`] and [`Service::revoke`]; also if the invite cannot be
    /// revoked.
    pub async fn revoke_one(&self, actor: &Actor, reference: Reference) -> Result<Revocation> {
        let mut plan = self.plan_revoke(actor, Selection::Named(vec![reference])).await?;
        if let Some(failure) = plan.failures.pop() {
            return Err(failure.error);
        }
        if let Some(AlreadyClosed { status, .. }) = plan.already_closed.first() {
            return Ok(Revocation::AlreadyClosed(*status));
        }
        let mut collected = Collected::default();
        self.revoke(actor, plan, &mut collected).await?;
        match (collected.done.is_empty(), collected.failures.pop()) {
            (false, _) => Ok(Revocation::Revoked),
            (true, Some(failure)) => Err(failure.error),
            // Another caller revoked the invite concurrently.
            (true, None) => Ok(Revocation::AlreadyClosed(Status::Revoked)),
        }
    }
}

/// Returns the only item, or the error of its failure.
fn into_single(collected: Collected<Issued>) -> Result<Issued> {
    let mut failures = collected.failures.into_iter();
    collected.done.into_iter().next().ok_or_else(|| match failures.next() {
        Some(failure) => failure.error,
        // Another run changed the invite after the plan.
        None => Error::duplicate("the invite was changed at the same time"),
    })
}
