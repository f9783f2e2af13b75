//! The pages of a backfill: read, and made ready, while the one before is
//! written.

use std::time::Duration;

use crate::batch::Observer;
use crate::error::{Error, Result};
use crate::invites::issue::{Draft, generate_codes};
use crate::service::{Actor, Service};
use crate::spaces::backfill::request::BackfillRequest;
use crate::store::reading;
use crate::store::tables::spaces::{self, Scope, Space, Survey};

/// How many spaces one transaction looks at. In a file each commit writes every
/// page anew that it touched, and codes touch pages everywhere: fewer commits
/// write less, and more rows at once take more memory.
const BATCH: u32 = 8_000;
const BATCH_IN_FILE: u32 = 16_000;

/// How many spaces the first page holds at most: where it lacks nothing, chances
/// are that no other does, and it was to tell just that.
const FIRST: u32 = 500;

/// How often a long look asks whether it is to stop.
const ASK_EVERY: Duration = Duration::from_millis(100);

/// Which spaces are looked at, and how they become drafts.
pub(crate) struct SpacePages<'s> {
    service: &'s Service,
    actor: &'s Actor,
    request: &'s BackfillRequest,
    policies: Vec<String>,
}

/// A page that is ready to be written.
pub(crate) struct Page<'s> {
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
    pub(crate) fn missing(&self) -> u64 {
        (self.drafts.len() + self.refused.len()) as u64
    }
}

impl<'s> SpacePages<'s> {
    pub(crate) fn new(
        service: &'s Service,
        actor: &'s Actor,
        request: &'s BackfillRequest,
        policies: Vec<String>,
    ) -> Self {
        SpacePages { service, actor, request, policies }
    }

    fn scope(&self) -> Scope<'_> {
        let ids = (!self.request.spaces.is_empty()).then_some(self.request.spaces.as_slice());
        Scope { policies: &self.policies, ids }
    }

    fn size(&self) -> i64 {
        let default = if self.service.db().location().file().is_some() { BATCH_IN_FILE } else { BATCH };
        i64::from(self.request.batch_size.unwrap_or_else(|| self.service.batch_size(default)))
    }

    /// The first page, which is a small one.
    pub(crate) async fn first(&self) -> Result<Page<'s>> {
        self.page("", self.size().min(i64::from(FIRST))).await
    }

    /// The page behind a space.
    pub(crate) async fn after(&self, after: &str) -> Result<Page<'s>> {
        self.page(after, self.size()).await
    }

    async fn page(&self, after: &str, size: i64) -> Result<Page<'s>> {
        let now = self.service.now();
        let scope = self.scope();
        let page = reading!(self.service.db(), |session| {
            spaces::page_without_standing(session, &scope, after, size, now).await
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
            generate_codes(self.service, &mut drafts);
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
    pub(crate) async fn count(&self) -> Result<u64> {
        let scope = self.scope();
        let total = reading!(self.service.db(), |session| { spaces::count_in_scope(session, &scope).await })?;
        Ok(total.unsigned_abs())
    }

    /// Policies that are configured, if the run tells of spaces that have none of
    /// them: one that names a policy or spaces looks at no others.
    pub(crate) fn known_policies(&self) -> Option<Vec<String>> {
        let looks_at_all = self.request.policy.is_none() && self.request.spaces.is_empty();
        looks_at_all.then(|| self.service.policies().names_where(|_| true))
    }

    /// What one look at all spaces says; none: it was stopped.
    pub(crate) async fn survey<T>(&self, observer: &mut dyn Observer<T>) -> Result<Option<Survey>> {
        let (scope, known, now) = (self.scope(), self.known_policies(), self.service.now());
        let looking = async {
            reading!(self.service.db(), |session| { spaces::survey(session, &scope, known.as_deref(), now).await })
        };
        tokio::pin!(looking);
        loop {
            tokio::select! {
                seen = &mut looking => return seen.map(Some),
                () = tokio::time::sleep(ASK_EVERY) => {
                    if observer.stop_requested() {
                        return Ok(None);
                    }
                }
            }
        }
    }
}
