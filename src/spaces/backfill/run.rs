//! Runs a backfill, page by page, each page in one transaction.

use crate::authorize::{Roles, policy_not_configured};
use crate::batch::bisect::BisectingBatch;
use crate::batch::prefetch::prefetch;
use crate::batch::{Failure, Observer, report_done};
use crate::error::{Error, Result};
use crate::invites::issue::{Draft, issue, no_free_code};
use crate::service::{Actor, Service};
use crate::spaces::backfill::pages::{Page, SpacePages};
use crate::spaces::backfill::permission::{ids_of, split_by_permission};
use crate::spaces::backfill::request::{BackfillRequest, BackfillSummary, Backfilled};
use crate::store::tables::operations::{self, Operation};
use crate::store::tables::spaces::{self, Space};
use crate::store::{Session, in_transaction, reading};

pub(crate) struct Run<'s, 'p> {
    service: &'s Service,
    actor: &'s Actor,
    request: &'s BackfillRequest,
    pages: &'p SpacePages<'s>,
    operation: Operation,
    summary: BackfillSummary,
}

impl<'s, 'p> Run<'s, 'p> {
    pub(crate) fn new(
        service: &'s Service,
        actor: &'s Actor,
        request: &'s BackfillRequest,
        pages: &'p SpacePages<'s>,
    ) -> Self {
        let mut operation = service.operation(actor, "backfill", service.now());
        let named = request.policy.iter().map(|policy| format!("policy {policy}"));
        let named: Vec<String> = named.chain(request.spaces.iter().map(|space| format!("space {space}"))).collect();
        if !named.is_empty() {
            operation = operation.on(named.join(", "));
        }
        Run { service, actor, request, pages, operation, summary: BackfillSummary::default() }
    }

    /// Processes all pages; while one is written, the next one is read.
    pub(crate) async fn process_pages(&mut self, observer: &mut dyn Observer<Backfilled>) -> Result<()> {
        let pages = self.pages;
        let mut page = pages.first().await?;
        if self.is_complete_already(&page, observer).await? {
            return Ok(());
        }
        self.report_other_policies(observer).await?;
        let mut reads_ahead = true;
        loop {
            if observer.stop_requested() {
                self.summary.interrupted = true;
                return Ok(());
            }
            let Some(last) = page.last.clone() else { return Ok(()) };
            let (scanned, is_last) = (page.scanned, page.is_last);
            let ahead = async { if is_last || !reads_ahead { Ok(None) } else { pages.after(&last).await.map(Some) } };
            let process = async {
                self.process(page, observer).await?;
                // Report before the read of the next page is awaited, so that stored codes are
                // reported without delay.
                observer.advance(scanned);
                Ok(())
            };
            let ahead = prefetch(Box::pin(process), Box::pin(ahead)).await?;
            if is_last || self.left() == 0 {
                return Ok(());
            }
            page = match ahead {
                Ok(Some(next)) => next,
                Ok(None) => pages.after(&last).await?,
                // Reading ahead needs a second connection, and there is none.
                Err(Error::Unavailable(_)) => {
                    reads_ahead = false;
                    pages.after(&last).await?
                }
                Err(error) => return Err(error),
            };
        }
    }

    /// Returns true if the run is complete after its first page. If every space
    /// of that page has its code, probably all spaces do: then one statement for all of them is
    /// faster than pages.
    async fn is_complete_already(&mut self, first: &Page<'_>, observer: &mut dyn Observer<Backfilled>) -> Result<bool> {
        let survey = if first.is_last || first.missing() > 0 {
            None
        } else {
            match self.pages.survey(observer).await {
                // The statement takes too long for the server: continue with pages.
                Err(Error::Unavailable(_)) => None,
                Err(error) => return Err(error),
                Ok(None) => {
                    self.summary.interrupted = true;
                    return Ok(true);
                }
                Ok(survey) => survey,
            }
        };
        let total = match survey {
            Some(survey) => survey.in_scope.unsigned_abs(),
            None if first.is_last => first.scanned,
            None => self.pages.count().await?,
        };
        observer.expect(total);
        if !survey.is_some_and(|survey| survey.is_complete()) {
            return Ok(false);
        }
        self.summary.scanned += total;
        self.summary.skipped_by_policy = survey.map_or(0, |survey| survey.out_of_scope.unsigned_abs());
        observer.advance(total);
        Ok(true)
    }

    /// Counts spaces whose policy has no standing codes, and reports those whose policy is not
    /// configured, once per policy.
    async fn report_other_policies(&mut self, observer: &mut dyn Observer<Backfilled>) -> Result<()> {
        let Some(known) = self.pages.known_policies() else { return Ok(()) };
        let standing = self.service.policies().names_where(|policy| policy.standing);
        let others = reading!(self.service.db(), |session| { spaces::other_policies(session, &standing).await })?;
        for (policy, total) in others {
            if known.contains(&policy) {
                self.summary.skipped_by_policy += total.unsigned_abs();
                continue;
            }
            let spaces = if total == 1 { "space has" } else { "spaces have" };
            let error = policy_not_configured(format!("{total} {spaces} the policy {policy:?}"), &policy);
            let mut failure = Failure::of(format!("policy {policy}"), &error);
            failure.count = total.unsigned_abs();
            self.summary.scanned += failure.count;
            self.summary.failed += failure.count;
            observer.failed(&failure);
        }
        Ok(())
    }

    /// Returns the number of codes that may still be created.
    fn left(&self) -> usize {
        let left = self.request.limit.map_or(u64::MAX, |limit| limit.saturating_sub(self.summary.added));
        usize::try_from(left).unwrap_or(usize::MAX)
    }

    /// Processes a page up to the limit of created codes; failures do not count.
    async fn process(&mut self, page: Page<'s>, observer: &mut dyn Observer<Backfilled>) -> Result<()> {
        self.summary.scanned += page.scanned;
        self.summary.missing += page.missing();
        for (space, error) in &page.refused {
            self.fail(space, error, observer);
        }
        let mut drafts = page.drafts;
        while !drafts.is_empty() && self.left() > 0 {
            let rest = drafts.split_off(drafts.len().min(self.left()));
            if self.request.dry_run {
                self.plan(drafts, observer).await?;
            } else {
                self.apply(drafts, observer).await?;
            }
            drafts = rest;
        }
        Ok(())
    }

    /// Reports the codes that would be created.
    async fn plan(&mut self, drafts: Vec<Draft<'s>>, observer: &mut dyn Observer<Backfilled>) -> Result<()> {
        let spaces = ids_of(&drafts);
        let roles = reading!(self.service.db(), |session| { Roles::read(session, self.actor, &spaces).await })?;
        let (permitted, refused) = split_by_permission(&drafts, &roles);
        for (draft, error) in refused {
            self.fail(&draft.space, &error, observer);
        }
        self.summary.added += permitted.len() as u64;
        report_done(observer, permitted.iter().map(|draft| Backfilled { space: draft.space.clone(), issued: None }));
        Ok(())
    }

    /// Applies drafts in one transaction. If the database refuses a row, they are bisected
    /// until that row is alone.
    async fn apply(&mut self, plan: Vec<Draft<'s>>, observer: &mut dyn Observer<Backfilled>) -> Result<()> {
        let mut parts = BisectingBatch::new(plan);
        while let Some(part) = parts.next() {
            if let Err(error) = self.apply_in_transaction(&part, observer).await
                && let Some((draft, error)) = parts.split(part, error)?
            {
                self.fail(&draft.space, &error, observer);
            }
        }
        Ok(())
    }

    async fn apply_in_transaction(
        &mut self,
        part: &[Draft<'s>],
        observer: &mut dyn Observer<Backfilled>,
    ) -> Result<()> {
        let (service, operation) = (self.service, &self.operation);
        let spaces = ids_of(part);
        let (part, refused, outcome) = in_transaction!(service.db(), |session| {
            let roles = Roles::lock(session, self.actor, &spaces).await?;
            let (permitted, refused) = split_by_permission(part, &roles);
            let outcome = issue(service, session, &permitted, service.now(), operation).await?;
            refuse_removed(session, &permitted).await?;
            if outcome.count() > 0 {
                operations::record(session, operation, outcome.count(), 0).await?;
            }
            Ok((permitted, refused, outcome))
        })?;
        for (draft, error) in refused {
            self.fail(&draft.space, &error, observer);
        }
        self.summary.added += outcome.made.len() as u64;
        // Another run created these codes in the meantime.
        self.summary.missing -= outcome.slot_taken.len() as u64;
        let made = outcome.made.into_iter().map(|made| {
            let draft = &part[made.place];
            Backfilled { space: draft.space.clone(), issued: Some(made.issued(service, draft)) }
        });
        report_done(observer, made);
        for index in outcome.no_free_code {
            self.fail(&part[index].space, &no_free_code(&part[index]), observer);
        }
        Ok(())
    }

    fn fail(&mut self, space: &Space, error: &Error, observer: &mut dyn Observer<Backfilled>) {
        self.summary.failed += 1;
        observer.failed(&Failure::of(format!("space {} ({})", space.id, space.name), error));
    }

    /// Ends the run and returns its counts.
    pub(crate) async fn finish(self) -> Result<BackfillSummary> {
        if !self.request.dry_run && self.summary.added > 0 {
            self.service.finish(&self.operation, self.summary.failed).await?;
        }
        Ok(self.summary)
    }
}

/// Fails if one of the spaces was removed since its page was read. Their invites are inserted
/// already, so the foreign key prevents further removals.
async fn refuse_removed(session: &mut Session, drafts: &[Draft<'_>]) -> Result<()> {
    let ids = || drafts.iter().map(|draft| draft.space.id.as_str());
    let Some((least, greatest)) = ids().min().zip(ids().max()) else { return Ok(()) };
    let removed = spaces::removed_between(session, least, greatest).await?;
    match ids().find(|id| removed.iter().any(|removed| removed == id)) {
        None => Ok(()),
        // The other spaces of the page are processed without it.
        Some(id) => Err(Error::not_found(format!("Space {id} was removed at the same time")).of_row()),
    }
}
