//! Revokes named invites, or all open invites of a filter. A revocation is planned, then
//! applied.

mod plan;
mod selection;

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::authorize::{Action, Roles};
use crate::batch::bisect::BisectingBatch;
use crate::batch::{Failure, Observer};
use crate::error::{Error, Result};
use crate::invites::extend::record_former_closing;
use crate::invites::revoke::plan::{check_revocable, guard};
pub use crate::invites::revoke::selection::{AlreadyClosed, RevokePlan, Selection};
use crate::invites::revoke::selection::{BATCH, MatchingInvites, PlannedSelection};
use crate::model::invite::{Closed, ClosedReason, Invite};
use crate::model::reference::Reference;
use crate::service::{Actor, Service};
use crate::store::tables::invites::{self, ChangeGuard};
use crate::store::tables::listing::{self, OpenScope};
use crate::store::tables::operations::{self, Operation};
use crate::store::{in_transaction, reading};

/// The counts of a run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RevokeSummary {
    /// Number of invites that were revoked.
    pub revoked: u64,
    /// Number of named invites that were closed already, and not changed.
    pub already_closed: u64,
    /// Number of invites that could not be revoked.
    pub failed: u64,
    /// True if the run was stopped before the end.
    pub interrupted: bool,
}

impl Service {
    /// Reports every invite that a plan would revoke, and changes nothing: the dry run.
    ///
    /// # Errors
    /// Any error of the database.
    pub async fn dry_run_revoke(&self, plan: &RevokePlan, observer: &mut dyn Observer<Invite>) -> Result<()> {
        match &plan.selection {
            PlannedSelection::Named(open) => {
                for (_, invite) in open {
                    observer.done(invite);
                }
            }
            PlannedSelection::Matching(matching) => {
                let mut after = Uuid::nil();
                loop {
                    let page = next_page(self, &matching.scope, (after, matching.last)).await?;
                    let Some(end) = page.last() else { break };
                    after = end.id;
                    for invite in &page {
                        observer.done(invite);
                    }
                }
            }
        }
        Ok(())
    }

    /// Applies a plan in batches, and reports each revoked invite after its commit.
    ///
    /// # Errors
    /// Any error of the database that does not concern a single invite.
    pub async fn revoke(
        &self,
        actor: &Actor,
        plan: RevokePlan,
        observer: &mut dyn Observer<Invite>,
    ) -> Result<RevokeSummary> {
        self.check_actor(actor)?;
        let run = Run {
            service: self,
            actor,
            guard: guard(self, actor),
            operation: self.operation(actor, "revoke", self.now()).on(plan.described()),
        };
        let mut summary = RevokeSummary {
            already_closed: plan.already_closed.len() as u64,
            failed: plan.failures.len() as u64,
            ..RevokeSummary::default()
        };
        observer.expect(plan.total);
        match plan.selection {
            PlannedSelection::Named(open) => {
                for page in open.chunks(self.batch_size(BATCH) as usize) {
                    if observer.stop_requested() {
                        summary.interrupted = true;
                        break;
                    }
                    let page = page.iter().map(|(place, invite)| (Some(*place), invite)).collect();
                    run.apply(page, &mut summary, observer).await?;
                }
            }
            PlannedSelection::Matching(matching) => run.apply_matching(&matching, &mut summary, observer).await?,
        }
        if summary.revoked > 0 {
            self.finish(&run.operation, summary.failed).await?;
        }
        Ok(summary)
    }
}

async fn next_page(service: &Service, scope: &OpenScope, range: (Uuid, Uuid)) -> Result<Vec<Invite>> {
    let size = i64::from(service.batch_size(BATCH));
    reading!(service.db(), |session| { listing::open_page(session, scope, range, size, service.now()).await })
}

struct Run<'s> {
    service: &'s Service,
    actor: &'s Actor,
    guard: ChangeGuard,
    operation: Operation,
}

impl Run<'_> {
    async fn apply_matching(
        &self,
        matching: &MatchingInvites,
        summary: &mut RevokeSummary,
        observer: &mut dyn Observer<Invite>,
    ) -> Result<()> {
        let mut after = Uuid::nil();
        loop {
            if observer.stop_requested() {
                summary.interrupted = true;
                return Ok(());
            }
            let page = next_page(self.service, &matching.scope, (after, matching.last)).await?;
            let Some(end) = page.last() else { break };
            after = end.id;
            self.apply(page.iter().map(|invite| (None, invite)).collect(), summary, observer).await?;
        }
        if summary.revoked < matching.total {
            self.report_lost_permissions(matching, summary, observer).await
        } else {
            Ok(())
        }
    }

    /// Reports the spaces in which the actor may not revoke any more, if fewer invites were
    /// revoked than planned.
    async fn report_lost_permissions(
        &self,
        matching: &MatchingInvites,
        summary: &mut RevokeSummary,
        observer: &mut dyn Observer<Invite>,
    ) -> Result<()> {
        let ids: Vec<&str> = matching.spaces.iter().map(|(space, _)| space.as_str()).collect();
        let roles = reading!(self.service.db(), |session| { Roles::read(session, self.actor, &ids).await })?;
        for (space, policy) in &matching.spaces {
            let policy = self.service.stored_policy(space, policy)?;
            if let Err(error) = roles.authorize(Action::Revoke, policy, space, None) {
                summary.failed += 1;
                observer.failed(&Failure::of(format!("space {space}"), &error));
            }
        }
        Ok(())
    }

    /// Revokes a batch in one transaction. If the database refuses a row, the batch is
    /// bisected until that row is alone.
    async fn apply(
        &self,
        page: Vec<Planned<'_>>,
        summary: &mut RevokeSummary,
        observer: &mut dyn Observer<Invite>,
    ) -> Result<()> {
        let size = page.len() as u64;
        let mut parts = BisectingBatch::new(page);
        while let Some(part) = parts.next() {
            match self.apply_in_transaction(&part).await {
                Ok((closed, now)) => self.report(&part, &closed, now, summary, observer).await?,
                Err(error) => {
                    if let Some((planned, error)) = parts.split(part, error)? {
                        fail(planned, &error, summary, observer);
                    }
                }
            }
        }
        observer.advance(size);
        Ok(())
    }

    /// Revokes invites in one transaction. Returns those that were closed, and when.
    async fn apply_in_transaction(&self, part: &[Planned<'_>]) -> Result<(HashSet<Uuid>, DateTime<Utc>)> {
        let ids: Vec<Uuid> = part.iter().map(|(_, invite)| invite.id).collect();
        let operation = &self.operation;
        in_transaction!(self.service.db(), |session| {
            let before = invites::closings(session, &ids).await?;
            let now = self.service.now();
            let closed = invites::revoke(session, &ids, &self.guard, now, operation.id).await?;
            if closed == 0 {
                return Ok((HashSet::new(), now));
            }
            operations::record(session, operation, i64::try_from(closed).unwrap_or(i64::MAX), 0).await?;
            let closed: HashSet<Uuid> = invites::closed_by(session, &ids, operation.id).await?.into_iter().collect();
            for (graced, closing, by) in before.into_iter().filter(|(id, ..)| closed.contains(id)) {
                record_former_closing(session, operation.id, graced, closing, by).await?;
            }
            Ok((closed, now))
        })
    }

    async fn report(
        &self,
        part: &[Planned<'_>],
        closed: &HashSet<Uuid>,
        now: DateTime<Utc>,
        summary: &mut RevokeSummary,
        observer: &mut dyn Observer<Invite>,
    ) -> Result<()> {
        for planned @ (place, invite) in part {
            if closed.contains(&invite.id) {
                summary.revoked += 1;
                let closed = Some(Closed { at: now, reason: ClosedReason::Revoked });
                observer.done(&Invite { closed, closed_op: Some(self.operation.id), ..(*invite).clone() });
            } else if place.is_some() {
                match self.failure_reason(invite, now).await? {
                    None => summary.already_closed += 1,
                    Some(error) => fail(*planned, &error, summary, observer),
                }
            }
        }
        Ok(())
    }

    /// Returns the reason why an invite of the plan was not revoked: the actor may not, its
    /// policy keeps used invites, or it was deleted. `None` if it was closed since.
    async fn failure_reason(&self, planned: &Invite, now: DateTime<Utc>) -> Result<Option<Error>> {
        let named = Reference::Id(planned.id);
        let current = reading!(self.service.db(), |session| {
            let roles = Roles::read(session, self.actor, &[planned.space_id.as_str()]).await?;
            Ok((invites::get(session, &named).await?, roles))
        });
        let (current, roles) = match current {
            Err(error @ Error::NotFound(_)) => return Ok(Some(error)),
            other => other?,
        };
        if let Err(error) = check_revocable(self.service, &roles, &named, &current) {
            return Ok(Some(error));
        }
        let is_open = current.status(now).is_open();
        Ok(is_open.then(|| Error::duplicate("the invite was changed at the same time").with_hint("run it again")))
    }
}

/// An invite of a batch, with its position if it was named.
type Planned<'i> = (Option<u64>, &'i Invite);

fn fail((place, invite): Planned<'_>, error: &Error, summary: &mut RevokeSummary, observer: &mut dyn Observer<Invite>) {
    summary.failed += 1;
    let failure = Failure::of(format!("invite {}", invite.id), error).hiding(invite.code.as_ref());
    observer.failed(&Failure { line: place, ..failure });
}
