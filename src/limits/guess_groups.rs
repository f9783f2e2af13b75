//! Lists, resets and cleans up the failed attempts at codes that are built from names,
//! per prefix and length.

use chrono::{DateTime, TimeDelta, Utc};

use crate::error::Result;
use crate::limits::buckets::successor;
use crate::limits::filter::LimitFilter;
use crate::limits::guesses::{CodeGroup, sweep};
use crate::limits::kind::LimitKind;
use crate::limits::usage::LimitUsage;
use crate::limits::window::Window;
use crate::model::code::odds::{Group, Odds};
use crate::model::code::{CodeFormat, NamePrefix};
use crate::policy::Policies;
use crate::service::Service;
use crate::store::tables::limits::Range;
use crate::store::tables::limits::guesses as rows;
use crate::store::tables::operations::{self, Operation};
use crate::store::tables::spaces;
use crate::store::{in_transaction, reading};

/// Maximum number of groups per lookup.
const PAGE: i64 = 500;

/// Returns the range of buckets that a filter selects; `None` if it names a client, user,
/// space or address.
pub(crate) fn range(service: &Service, filter: &LimitFilter) -> Result<Option<Range>> {
    if filter.subject.is_some() {
        return Ok(None);
    }
    let kind = LimitKind::Guesses.as_str();
    Ok(Some(match &filter.policy {
        Some(policy) => {
            let policy = &service.policies().get(policy)?.name;
            (format!("{kind}:{policy}:"), format!("{kind}:{policy};"))
        }
        None => (format!("{kind}:"), format!("{kind};")),
    }))
}

/// Returns the group of a bucket; `None` if its policy is not configured or does not build
/// such codes any more.
fn group_of<'p>(policies: &'p Policies, bucket: &str) -> Option<CodeGroup<'p>> {
    let mut parts = bucket.splitn(3, ':').skip(1);
    let policy = policies.find(parts.next()?)?;
    let group = Group::of_pattern(parts.next()?)?;
    matches!(policy.code, CodeFormat::Name { .. }).then_some(CodeGroup { policy, group })
}

/// Reads, page by page, the groups of a range that have a window before an instant.
struct GroupPages {
    range: Range,
    before: DateTime<Utc>,
}

impl GroupPages {
    async fn next(&mut self, service: &Service) -> Result<Vec<String>> {
        let page = reading!(service.db(), |session| { rows::groups(session, &self.range, self.before, PAGE).await })?;
        if let Some(last) = page.last() {
            self.range.0 = successor(last);
        }
        Ok(page)
    }
}

/// Returns the groups that have active codes and failed attempts.
pub(crate) async fn usage(service: &Service, range: Range, now: DateTime<Utc>) -> Result<Vec<LimitUsage>> {
    let mut pages = GroupPages { range, before: after_all_windows(now) };
    let mut counted = Vec::new();
    loop {
        let page = pages.next(service).await?;
        if page.is_empty() {
            return Ok(counted);
        }
        for group in page.iter().filter_map(|bucket| group_of(service.policies(), bucket)) {
            let state = reading!(service.db(), |session| { group.state(session, now).await })?;
            let hits = state.budget.hits();
            if state.active == 0 || hits == 0 {
                continue;
            }
            counted.push(LimitUsage {
                what: LimitKind::Guesses,
                policy: Some(group.policy.name.clone()),
                who: Some(group.group.pattern()),
                hits,
                limit: Some(state.budget.limit()),
                full: state.budget.is_spent(),
                until: group.until(&state, now),
            });
        }
    }
}

impl Service {
    /// Returns the prefixes and lengths that are locked because their failed attempts have
    /// reached the budget.
    ///
    /// # Errors
    /// Any error of the database.
    pub async fn list_locked_groups(&self, policy: Option<&str>) -> Result<Vec<LimitUsage>> {
        let filter = LimitFilter { policy: policy.map(str::to_owned), subject: None };
        let Some(range) = range(self, &filter)? else { return Ok(Vec::new()) };
        let mut groups = usage(self, range, self.now()).await?;
        groups.retain(|group| group.full);
        Ok(groups)
    }

    /// Returns the odds of guessing a code that is built from a space's name, if they exceed
    /// 1 in 20 because the policy fixes the length; with the pattern of those codes and the
    /// number of active ones.
    ///
    /// # Errors
    /// Any error of the database.
    pub async fn high_guessing_odds(&self, space_id: &str) -> Result<Option<(String, i64, Odds)>> {
        reading!(self.db(), |session| {
            let space = spaces::get(session, space_id).await?.space;
            let policy = self.policy_of(&space)?;
            let CodeFormat::Name { letters, max_digits, .. } = policy.code else { return Ok(None) };
            let group = Group::new(&NamePrefix::of(&space.name, letters), max_digits);
            let code_group = CodeGroup { policy, group };
            let state = code_group.state(session, self.now()).await?;
            let odds = Odds::of(max_digits, state.active, true);
            Ok(odds.exceed_maximum().then(|| (code_group.group.pattern(), state.active, odds)))
        })
    }
}

/// Deletes the failed attempts of a range of groups, and returns the number of groups.
pub(crate) async fn reset(service: &Service, operation: &Operation, range: Range) -> Result<u64> {
    let mut pages = GroupPages { range, before: after_all_windows(service.now()) };
    let mut reset = 0;
    loop {
        let page = pages.next(service).await?;
        if page.is_empty() {
            return Ok(reset);
        }
        for bucket in &page {
            reset += in_transaction!(service.db(), |session| {
                rows::lock_counters(session, bucket).await?;
                let deleted = rows::forget(session, bucket, after_all_windows(service.now())).await?;
                if deleted > 0 {
                    operations::record(session, operation, 1, 0).await?;
                }
                Ok(u64::from(deleted > 0))
            })?;
        }
    }
}

/// Returns an instant after all windows, including those of a clock that was ahead.
fn after_all_windows(now: DateTime<Utc>) -> DateTime<Utc> {
    now.checked_add_signed(TimeDelta::days(366)).unwrap_or(now)
}

/// Deletes the windows of all groups that count for no code any more.
pub(crate) async fn sweep_guesses(service: &Service, stop: &mut (dyn FnMut() -> bool + Send)) -> Result<()> {
    let Some(range) = range(service, &LimitFilter::default())? else { return Ok(()) };
    let mut pages = GroupPages { range, before: Window::Hour.start(service.now()) };
    loop {
        let page = pages.next(service).await?;
        if page.is_empty() {
            return Ok(());
        }
        for bucket in &page {
            if stop() {
                return Ok(());
            }
            in_transaction!(service.db(), |session| {
                sweep(session, service.policies(), bucket, service.now()).await
            })?;
        }
    }
}
