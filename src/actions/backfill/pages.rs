//! The pages of a backfill: read, and made ready, while the one before is
//! written.

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::BackfillRequest;
use crate::actions::issue::{Draft, draw_ahead};
use crate::actions::{Actor, Observer, Service};
use crate::error::{Error, Result};
use crate::store::reading;
use crate::store::spaces::{self, Scope, Space};

/// How many spaces one transaction looks at. In a file each commit writes every
/// page anew that it touched, and codes touch pages everywhere: fewer commits
/// write less, and more rows at once take more memory.
const BATCH: u32 = 10_000;
const BATCH_IN_FILE: u32 = 16_000;

/// How often a long look asks whether it is to stop.
const ASK_EVERY: Duration = Duration::from_millis(100);

/// Which spaces are looked at, and how they become drafts.
pub(super) struct Pages<'s> {
    service: &'s Service,
    actor: &'s Actor,
    request: &'s BackfillRequest,
    policies: Vec<String>,
}

/// A page that is ready to be written.
pub(super) struct Page<'s> {
    /// How many spaces it holds.
    pub scanned: u64,
    /// The last of them: where the next page begins; none behind the last page.
    pub last: Option<String>,
    /// Whether it is shorter than it could be: none comes behind it.
    pub is_last: bool,
    /// What those that lack an invite are to get.
    pub drafts: Vec<Draft<'s>>,
    /// Those that can get none, and why.
    pub refused: Vec<(Space, Error)>,
}

impl Page<'_> {
    /// How many of its spaces lack an invite.
    pub(super) fn missing(&self) -> u64 {
        (self.drafts.len() + self.refused.len()) as u64
    }
}

impl<'s> Pages<'s> {
    pub(super) fn new(
        service: &'s Service,
        actor: &'s Actor,
        request: &'s BackfillRequest,
        policies: Vec<String>,
    ) -> Self {
        Pages { service, actor, request, policies }
    }

    fn scope(&self) -> Scope<'_> {
        let ids = (!self.request.spaces.is_empty()).then_some(self.request.spaces.as_slice());
        Scope { policies: &self.policies, ids }
    }

    fn size(&self) -> i64 {
        let default = if self.service.db().target().file().is_some() { BATCH_IN_FILE } else { BATCH };
        i64::from(self.request.batch_size.unwrap_or_else(|| self.service.batch_size(default)))
    }

    /// The page behind a space.
    pub(super) async fn after(&self, after: &str) -> Result<Page<'s>> {
        let now = self.service.now();
        let (scope, size) = (self.scope(), self.size());
        let page = reading!(self.service.db(), |session| {
            spaces::page_lacking_standing(session, &scope, after, size, now).await
        })?;
        let mut missing = page.missing;
        if let Some(shard) = self.request.shard {
            missing.retain(|space| shard.holds(&space.id));
        }
        let (mut drafts, mut refused) = (Vec::with_capacity(missing.len()), Vec::new());
        for space in missing {
            let policy = self.service.policy_of(&space)?;
            match Draft::standing(space.clone(), policy, self.actor, now) {
                Ok(draft) => drafts.push(draft),
                Err(error) => refused.push((space, error)),
            }
        }
        if !self.request.dry_run {
            draw_ahead(self.service, &mut drafts);
        }
        Ok(Page {
            scanned: page.scanned.unsigned_abs(),
            last: page.last,
            is_last: page.scanned < size,
            drafts,
            refused,
        })
    }

    /// How many spaces there are.
    pub(super) async fn count(&self) -> Result<u64> {
        let scope = self.scope();
        let total = reading!(self.service.db(), |session| { spaces::count_in_scope(session, &scope).await })?;
        Ok(total.unsigned_abs())
    }

    /// How many spaces come behind one, and how many of these lack an invite;
    /// none: it was stopped.
    pub(super) async fn survey<T>(&self, after: &str, observer: &mut dyn Observer<T>) -> Result<Option<(u64, u64)>> {
        let (scope, now): (Scope<'_>, DateTime<Utc>) = (self.scope(), self.service.now());
        let looking =
            async { reading!(self.service.db(), |session| { spaces::survey(session, &scope, after, now).await }) };
        tokio::pin!(looking);
        loop {
            tokio::select! {
                seen = &mut looking => return seen.map(|(all, missing)| Some((all.unsigned_abs(), missing.unsigned_abs()))),
                () = tokio::time::sleep(ASK_EVERY) => {
                    if observer.stop_requested() {
                        return Ok(None);
                    }
                }
            }
        }
    }
}
