//! Gives every space that lacks one a standing invite (seed 001).

mod permitted;
mod shard;

use chrono::{DateTime, Utc};

pub use shard::Shard;

use permitted::{ids_of, sort_out};

use super::halves::Halves;
use super::issue::{Draft, Issued, issue, no_free_code};
use super::permission::{Roles, not_configured};
use super::{Actor, Failure, Observer, Service};
use crate::error::{Error, Result};
use crate::shell::word;
use crate::store::operations::{self, Operation};
use crate::store::spaces::{self, Scope, Space};
use crate::store::{in_transaction, reading};

/// How many spaces one transaction looks at.
const BATCH: u32 = 10_000;

/// What to look at and how.
#[derive(Debug, Clone)]
pub struct BackfillRequest {
    /// Only spaces of this policy.
    pub policy: Option<String>,
    /// Only these spaces.
    pub spaces: Vec<String>,
    /// Give codes to this part of them only; the others are looked at.
    pub shard: Option<Shard>,
    /// Give at most so many a code.
    pub limit: Option<u64>,
    /// How many spaces a transaction looks at; none: 10,000, or 1,000 on a
    /// cluster.
    pub batch_size: Option<u32>,
    /// Plan, and stop there.
    pub dry_run: bool,
}

/// A space that lacked a standing invite, with the one that it got; none in a
/// dry run.
#[derive(Debug)]
pub struct Backfilled {
    /// The space.
    pub space: Space,
    /// Its new invite.
    pub issued: Option<Issued>,
}

/// The counts of a run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct BackfillSummary {
    /// Spaces looked at.
    pub scanned: u64,
    /// Those of them that lacked a live standing invite.
    pub missing: u64,
    /// Those that got one; in a dry run, would get one.
    pub added: u64,
    /// Those that could not get one.
    pub failed: u64,
    /// Whether it was stopped before the end.
    pub interrupted: bool,
}

/// Runs a backfill: page by page, each page one transaction.
///
/// Run again it finds nothing to do; stopped anywhere it keeps what it
/// reported. Two at once never give a space two codes: the slot is unique.
///
/// # Errors
/// [`Error::Invalid`] for a policy without standing invites,
/// [`Error::NotFound`] for a space that is not there, and what the database
/// says; never for a single space, which is reported as failed (seed 001:
/// "Permission denied: logs error for that space, continues").
pub async fn backfill(
    service: &Service,
    actor: &Actor,
    request: &BackfillRequest,
    observer: &mut dyn Observer<Backfilled>,
) -> Result<BackfillSummary> {
    let policies = check(service, actor, request)?;
    check_spaces(service, request, &policies).await?;
    let mut run = Run {
        service,
        actor,
        request,
        operation: service.operation(actor, "backfill", service.now()),
        policies,
        summary: BackfillSummary::default(),
    };
    if request.policy.is_none() && request.spaces.is_empty() {
        run.report_unknown_policies(observer).await?;
    }
    run.walk(observer).await?;
    if !request.dry_run && run.summary.added > 0 {
        service.finish(&run.operation, run.summary.failed).await?;
    }
    Ok(run.summary)
}

/// What can be said of a request before anything is done; answers the policies
/// whose spaces it looks at.
///
/// # Errors
/// As [`backfill`], but for the spaces.
pub fn check(service: &Service, actor: &Actor, request: &BackfillRequest) -> Result<Vec<String>> {
    service.check_actor(actor)?;
    if request.batch_size == Some(0) {
        return Err(Error::invalid("a batch of 0 spaces gets nowhere"));
    }
    standing_policies(service, request)
}

fn standing_policies(service: &Service, request: &BackfillRequest) -> Result<Vec<String>> {
    let Some(name) = &request.policy else {
        return Ok(service.policies().names_where(|policy| policy.standing));
    };
    let policy = service.policies().get(name)?;
    if policy.standing {
        return Ok(vec![name.clone()]);
    }
    let standing = service.policies().names_where(|policy| policy.standing);
    Err(Error::invalid(format!("the policy {name} has no standing codes, so there is nothing to backfill"))
        .hint(format!("those that have are: {}", standing.join(", "))))
}

async fn check_spaces(service: &Service, request: &BackfillRequest, policies: &[String]) -> Result<()> {
    for id in &request.spaces {
        let stored = reading!(service.db(), |session| { spaces::get(session, id).await })?;
        if !policies.contains(&stored.space.policy) {
            service.policy_of(&stored.space)?;
            return Err(Error::invalid(format!(
                "the space {id} has the policy {}, which has no standing codes",
                stored.space.policy
            ))
            .hint(format!("make an invite for it: invite generate --space {}", word(id))));
        }
    }
    Ok(())
}

struct Run<'s> {
    service: &'s Service,
    actor: &'s Actor,
    request: &'s BackfillRequest,
    operation: Operation,
    policies: Vec<String>,
    summary: BackfillSummary,
}

impl<'s> Run<'s> {
    fn scope(&self) -> Scope<'_> {
        let ids = (!self.request.spaces.is_empty()).then_some(self.request.spaces.as_slice());
        Scope { policies: &self.policies, ids }
    }

    /// Spaces whose policy is not configured cannot get a code: said once a
    /// policy, not passed over.
    async fn report_unknown_policies(&mut self, observer: &mut dyn Observer<Backfilled>) -> Result<()> {
        let known = self.service.policies().names_where(|_| true);
        let unknown = reading!(self.service.db(), |session| { spaces::unknown_policies(session, &known).await })?;
        for (policy, total) in unknown {
            let spaces = if total == 1 { "space has" } else { "spaces have" };
            let error = not_configured(format!("{total} {spaces} the policy {policy:?}"), &policy);
            let mut failure = Failure::of(format!("policy {policy}"), &error);
            failure.count = total.unsigned_abs();
            self.summary.scanned += failure.count;
            self.summary.failed += failure.count;
            observer.failed(&failure);
        }
        Ok(())
    }

    async fn walk(&mut self, observer: &mut dyn Observer<Backfilled>) -> Result<()> {
        let scope = self.scope();
        let total = reading!(self.service.db(), |session| { spaces::count_in_scope(session, &scope).await })?;
        observer.expect(total.unsigned_abs());
        let mut after = String::new();
        loop {
            if observer.stop_requested() {
                self.summary.interrupted = true;
                return Ok(());
            }
            let now = self.service.now();
            let (scope, size) = (self.scope(), self.batch_size());
            let page = reading!(self.service.db(), |session| {
                spaces::page_lacking_standing(session, &scope, &after, size, now).await
            })?;
            let Some(last) = page.last else { return Ok(()) };
            after = last;
            self.summary.scanned += page.scanned.unsigned_abs();
            let mut missing = page.missing;
            if let Some(shard) = self.request.shard {
                missing.retain(|space| shard.holds(&space.id));
            }
            self.summary.missing += missing.len() as u64;
            self.give_within_limit(missing, now, observer).await?;
            observer.advance(page.scanned.unsigned_abs());
            if self.left() == 0 {
                return Ok(());
            }
        }
    }

    fn batch_size(&self) -> i64 {
        i64::from(self.request.batch_size.unwrap_or_else(|| self.service.batch_size(BATCH)))
    }

    /// How many more may get a code.
    fn left(&self) -> usize {
        let left = self.request.limit.map_or(u64::MAX, |limit| limit.saturating_sub(self.summary.added));
        usize::try_from(left).unwrap_or(usize::MAX)
    }

    /// Goes through a page until as many got a code as the limit allows: those
    /// that fail do not use it up.
    async fn give_within_limit(
        &mut self,
        mut missing: Vec<Space>,
        now: DateTime<Utc>,
        observer: &mut dyn Observer<Backfilled>,
    ) -> Result<()> {
        while !missing.is_empty() && self.left() > 0 {
            let rest = missing.split_off(missing.len().min(self.left()));
            self.give(missing, now, observer).await?;
            missing = rest;
        }
        Ok(())
    }

    /// Plans the page and applies it, unless this is a dry run.
    async fn give(
        &mut self,
        missing: Vec<Space>,
        now: DateTime<Utc>,
        observer: &mut dyn Observer<Backfilled>,
    ) -> Result<()> {
        let mut plan = Vec::with_capacity(missing.len());
        for space in missing {
            let policy = self.service.policy_of(&space)?;
            match Draft::standing(space.clone(), policy, self.actor, now) {
                Ok(draft) => plan.push(draft),
                Err(error) => self.fail(&space, &error, observer),
            }
        }
        if !self.request.dry_run {
            return self.apply(plan, observer).await;
        }
        let spaces = ids_of(&plan);
        let roles = reading!(self.service.db(), |session| { Roles::seen(session, self.actor, &spaces).await })?;
        let (permitted, refused) = sort_out(&plan, &roles);
        for (draft, error) in refused {
            self.fail(&draft.space, &error, observer);
        }
        for draft in permitted.into_owned() {
            self.summary.added += 1;
            observer.done(&Backfilled { space: draft.space, issued: None });
        }
        Ok(())
    }

    /// Applies a plan in one transaction. Where the database refuses a row, the
    /// plan is halved until that row stands alone: it fails, the others do not.
    async fn apply(&mut self, plan: Vec<Draft<'s>>, observer: &mut dyn Observer<Backfilled>) -> Result<()> {
        let mut parts = Halves::of(plan);
        while let Some(part) = parts.next() {
            if let Err(error) = self.apply_at_once(&part, observer).await
                && let Some((draft, error)) = parts.split(part, error)?
            {
                self.fail(&draft.space, &error, observer);
            }
        }
        Ok(())
    }

    async fn apply_at_once(&mut self, part: &[Draft<'s>], observer: &mut dyn Observer<Backfilled>) -> Result<()> {
        let (service, operation) = (self.service, &self.operation);
        let spaces = ids_of(part);
        let (part, refused, outcome) = in_transaction!(service.db(), |session| {
            let roles = Roles::held(session, self.actor, &spaces).await?;
            let (permitted, refused) = sort_out(part, &roles);
            let outcome = issue(service, session, &permitted, service.now(), operation).await?;
            let added = i64::try_from(outcome.issued.len()).unwrap_or(i64::MAX);
            if added > 0 {
                operations::record(session, operation, added, 0).await?;
            }
            Ok((permitted, refused, outcome))
        })?;
        for (draft, error) in refused {
            self.fail(&draft.space, &error, observer);
        }
        self.summary.added += outcome.issued.len() as u64;
        // Another run was faster: they lack nothing any more.
        self.summary.missing -= outcome.slot_taken.len() as u64;
        for (index, issued) in outcome.issued {
            observer.done(&Backfilled { space: part[index].space.clone(), issued: Some(issued) });
        }
        for index in outcome.no_free_code {
            self.fail(&part[index].space, &no_free_code(&part[index]), observer);
        }
        Ok(())
    }

    fn fail(&mut self, space: &Space, error: &Error, observer: &mut dyn Observer<Backfilled>) {
        self.summary.failed += 1;
        observer.failed(&Failure::of(format!("space {} ({})", space.id, space.name), error));
    }
}
