//! The pages of a backfill. A page is read and its codes are generated while the previous one
//! is written.

use std::time::Duration;

use crate::batch::Observer;
use crate::error::{Error, Result};
use crate::invites::issue::{Draft, generate_codes};
use crate::service::{Actor, Service};
use crate::spaces::backfill::request::BackfillRequest;
use crate::store::reading;
use crate::store::tables::spaces::{self, Scope, Space, Survey};

/// Default number of spaces per transaction. In a local file, each commit writes every
/// changed page of the index, and codes are spread over all of them: larger batches write
/// less but need more memory.
const BATCH: u32 = 8_000;
const BATCH_IN_FILE: u32 = 16_000;

/// Maximum number of spaces of the first page. If none of them lacks a code, the run is
/// probably complete, and a survey answers faster than more pages.
const FIRST_PAGE: u32 = 500;

/// Interval at which a survey checks whether to stop.
const STOP_CHECK_INTERVAL: Duration = Duration::from_millis(100);

/// Reads the pages of a backfill and creates their drafts.
pub(crate) struct SpacePages<'s> {
    service: &'s Service,
    actor: &'s Actor,
    request: &'s BackfillRequest,
    policies: Vec<String>,
}

/// A page that is ready to be written.
pub(crate) struct Page<'s> {
    /// Number of spaces of the page.
    pub scanned: u64,
    /// The last of its spaces, after which the next page begins; `None` for an empty page.
    pub last: Option<String>,
    /// True if no page follows.
    pub is_last: bool,
    /// The drafts of the missing codes.
    pub drafts: Vec<Draft<'s>>,
    /// The spaces for which no draft could be created, with their errors.
    pub refused: Vec<(Space, Error)>,
}

impl Page<'_> {
    /// Returns the number of its spaces without a standing code.
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

    /// Reads the first page, which is small.
    pub(crate) async fn first(&self) -> Result<Page<'s>> {
        self.page("", self.size().min(i64::from(FIRST_PAGE))).await
    }

    /// Reads the page after a space.
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

    /// Counts the spaces of the request.
    pub(crate) async fn count(&self) -> Result<u64> {
        let scope = self.scope();
        let total = reading!(self.service.db(), |session| { spaces::count_in_scope(session, &scope).await })?;
        Ok(total.unsigned_abs())
    }

    /// Returns the names of all configured policies for a run that also reports the spaces that
    /// it skips; `None` for a request for one policy or for named spaces, which reports no others.
    pub(crate) fn known_policies(&self) -> Option<Vec<String>> {
        let looks_at_all = self.request.policy.is_none() && self.request.spaces.is_empty();
        looks_at_all.then(|| self.service.policies().names_where(|_| true))
    }

    /// Counts all spaces and those without a standing code in one statement; `None` if the run
    /// was stopped.
    pub(crate) async fn survey<T>(&self, observer: &mut dyn Observer<T>) -> Result<Option<Survey>> {
        let (scope, known, now) = (self.scope(), self.known_policies(), self.service.now());
        let surveying = async {
            reading!(self.service.db(), |session| { spaces::survey(session, &scope, known.as_deref(), now).await })
        };
        tokio::pin!(surveying);
        loop {
            tokio::select! {
                survey = &mut surveying => return survey.map(Some),
                () = tokio::time::sleep(STOP_CHECK_INTERVAL) => {
                    if observer.stop_requested() {
                        return Ok(None);
                    }
                }
            }
        }
    }
}
