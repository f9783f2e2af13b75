//! Takes invites back: some that are named, or all live ones that a filter
//! picks. Planned first, then applied.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::extend::record_former_closing;
use super::list::checked;
use super::{Actor, Failure, Observer, Service};
use crate::error::{Denial, Error, Result};
use crate::invite::reference::Reference;
use crate::invite::{Closed, ClosedReason, Invite, Status};
use crate::store::listing::{self, Filter, LiveScope};
use crate::store::operations::{self, Operation};
use crate::store::{Session, in_transaction, invites, reading};

/// How many invites one transaction revokes.
const BATCH: usize = 10_000;

/// Which invites.
#[derive(Debug, Clone)]
pub enum Selection {
    /// These.
    Named(Vec<Reference>),
    /// Every live one that the filter picks.
    Matching(Box<Filter>),
}

/// What a revocation would do.
#[derive(Debug)]
pub struct RevokePlan {
    selection: PlannedSelection,
    /// How many live invites it would revoke.
    pub total: u64,
    /// Named ones that are dead already, with what they are.
    pub dead: Vec<(Invite, Status)>,
    /// Named ones that cannot be revoked, or that are not there.
    pub failures: Vec<Failure>,
}

#[derive(Debug)]
enum PlannedSelection {
    Named(Vec<Invite>),
    /// And the last of them: what is made after the plan is not in it.
    Matching(Box<LiveScope>, Uuid),
}

/// The counts of a run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RevokeSummary {
    /// Invites that were live and are revoked now.
    pub revoked: u64,
    /// Named ones that were dead already; nothing changed of them.
    pub already_dead: u64,
    /// Those that could not be revoked.
    pub failed: u64,
    /// Whether it was stopped before the end.
    pub interrupted: bool,
}

/// Looks what a selection would revoke.
///
/// # Errors
/// [`Error::NotFound`] for a space or a user that does not exist; named
/// invites that are not there are failures of the plan.
pub async fn plan_revoke(service: &Service, selection: Selection) -> Result<RevokePlan> {
    reading!(service.db(), |session| {
        match &selection {
            Selection::Named(references) => plan_named(service, session, references).await,
            Selection::Matching(filter) => plan_matching(service, session, filter).await,
        }
    })
}

async fn plan_matching(service: &Service, session: &mut Session, filter: &Filter) -> Result<RevokePlan> {
    let filter = checked(service, session, filter).await?;
    let scope = LiveScope { filter, keep_used_of: policies_that_keep_used(service) };
    let now = service.now();
    let (total, last) = listing::extent_of_live(session, &scope, now).await?;
    Ok(RevokePlan {
        selection: PlannedSelection::Matching(Box::new(scope), last),
        total: total.unsigned_abs(),
        dead: Vec::new(),
        failures: Vec::new(),
    })
}

fn policies_that_keep_used(service: &Service) -> Vec<String> {
    service.policies().names_where(|policy| !policy.revoke_used)
}

async fn plan_named(service: &Service, session: &mut Session, references: &[Reference]) -> Result<RevokePlan> {
    let now = service.now();
    let (mut live, mut dead, mut failures) = (Vec::new(), Vec::new(), Vec::new());
    // The same invite can be named by its code and by its id.
    let mut named = HashSet::new();
    let mut place = 0;
    for chunk in references.chunks(BATCH) {
        for (reference, found) in chunk.iter().zip(invites::find_many(session, chunk).await?) {
            place += 1;
            let invite = match found {
                Ok(invite) => invite,
                Err(error) => {
                    failures.push(Failure::of(reference.described(), &error).at_line(place));
                    continue;
                }
            };
            if !named.insert(invite.id) {
                continue;
            }
            if let Some(denial) = keeps_used(service, &invite) {
                let subject = format!("invite {}", invite.id);
                failures.push(Failure::of(subject, &Error::Refused(denial)).at_line(place));
                continue;
            }
            match invite.status(now) {
                status if status.is_live() => live.push(invite),
                status => dead.push((invite, status)),
            }
        }
    }
    Ok(RevokePlan { total: live.len() as u64, selection: PlannedSelection::Named(live), dead, failures })
}

/// Some policies keep used invites (seed 003: "Cannot revoke used code").
fn keeps_used(service: &Service, invite: &Invite) -> Option<Denial> {
    let keeps = service.policies().find(&invite.policy).is_some_and(|policy| !policy.revoke_used);
    (keeps && invite.uses > 0).then_some(Denial::UsedCannotRevoke(invite.uses))
}

/// Hands over every invite that a plan would revoke, and changes nothing: the
/// dry run.
///
/// # Errors
/// What the database says.
pub async fn preview(service: &Service, plan: &RevokePlan, observer: &mut dyn Observer<Invite>) -> Result<()> {
    match &plan.selection {
        PlannedSelection::Named(live) => {
            for invite in live {
                observer.done(invite);
            }
        }
        PlannedSelection::Matching(scope, last) => {
            let mut after = Uuid::nil();
            loop {
                let page = next_page(service, scope, (after, *last)).await?;
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

async fn next_page(service: &Service, scope: &LiveScope, range: (Uuid, Uuid)) -> Result<Vec<Invite>> {
    let size = i64::try_from(service.batch_size(BATCH)).unwrap_or(i64::MAX);
    reading!(service.db(), |session| { listing::live_page(session, scope, range, size, service.now()).await })
}

/// Applies a plan in batches; tells of each revoked invite once it is
/// committed.
///
/// # Errors
/// What the database says.
pub async fn revoke(
    service: &Service,
    actor: &Actor,
    plan: RevokePlan,
    observer: &mut dyn Observer<Invite>,
) -> Result<RevokeSummary> {
    let run = Run {
        service,
        keep_used_of: policies_that_keep_used(service),
        operation: service.operation(actor, "revoke", service.now()),
    };
    let mut summary = RevokeSummary {
        already_dead: plan.dead.len() as u64,
        failed: plan.failures.len() as u64,
        ..RevokeSummary::default()
    };
    observer.expect(plan.total);
    match plan.selection {
        PlannedSelection::Named(live) => {
            for page in live.chunks(service.batch_size(BATCH)) {
                if observer.stop_requested() {
                    summary.interrupted = true;
                    break;
                }
                run.apply(page, true, &mut summary, observer).await?;
            }
        }
        PlannedSelection::Matching(scope, last) => run.sweep(&scope, last, &mut summary, observer).await?,
    }
    if summary.revoked > 0 {
        service.finish(&run.operation, summary.failed).await?;
    }
    Ok(summary)
}

struct Run<'s> {
    service: &'s Service,
    keep_used_of: Vec<String>,
    operation: Operation,
}

impl Run<'_> {
    async fn sweep(
        &self,
        scope: &LiveScope,
        last: Uuid,
        summary: &mut RevokeSummary,
        observer: &mut dyn Observer<Invite>,
    ) -> Result<()> {
        let mut after = Uuid::nil();
        loop {
            if observer.stop_requested() {
                summary.interrupted = true;
                return Ok(());
            }
            let page = next_page(self.service, scope, (after, last)).await?;
            let Some(end) = page.last() else { return Ok(()) };
            after = end.id;
            self.apply(&page, false, summary, observer).await?;
        }
    }

    async fn apply(
        &self,
        page: &[Invite],
        named: bool,
        summary: &mut RevokeSummary,
        observer: &mut dyn Observer<Invite>,
    ) -> Result<()> {
        let ids: Vec<Uuid> = page.iter().map(|invite| invite.id).collect();
        let operation = &self.operation;
        let (closed, now) = in_transaction!(self.service.db(), |session| {
            let before = invites::closings(session, &ids).await?;
            let now = self.service.now();
            let closed = invites::revoke(session, &ids, &self.keep_used_of, now, operation.id).await?;
            if closed == 0 {
                return Ok((HashSet::new(), now));
            }
            operations::record(session, operation, i64::try_from(closed).unwrap_or(i64::MAX), 0).await?;
            let closed: HashSet<Uuid> = invites::closed_by(session, &ids, operation.id).await?.into_iter().collect();
            for (graced, closing, by) in before.into_iter().filter(|(id, ..)| closed.contains(id)) {
                record_former_closing(session, operation.id, graced, closing, by).await?;
            }
            Ok((closed, now))
        })?;
        for invite in page {
            if closed.contains(&invite.id) {
                summary.revoked += 1;
                let closed = Some(Closed { at: now, reason: ClosedReason::Revoked });
                observer.done(&Invite { closed, closed_op: Some(operation.id), ..invite.clone() });
            } else if named {
                match self.why_not(invite.id, now).await? {
                    // Somebody else did at the same moment what was asked for.
                    Error::Refused(Denial::Revoked(_)) => summary.already_dead += 1,
                    error => {
                        summary.failed += 1;
                        observer.failed(&Failure::of(format!("invite {}", invite.id), &error));
                    }
                }
            }
        }
        observer.advance(page.len() as u64);
        Ok(())
    }

    /// Why one that the plan held for live was not revoked: it was used up,
    /// revoked, used or deleted since.
    async fn why_not(&self, id: Uuid, now: DateTime<Utc>) -> Result<Error> {
        let seen = reading!(self.service.db(), |session| { invites::get(session, &Reference::Id(id)).await });
        let seen = match seen {
            Err(error @ Error::NotFound(_)) => return Ok(error),
            other => other?,
        };
        let denial = keeps_used(self.service, &seen).or_else(|| seen.denials(now, None).into_iter().next());
        Ok(denial.map_or_else(|| Error::duplicate("the invite was changed at the same moment"), Error::Refused))
    }
}
