//! The groups of name codes whose failed attempts are counted: listed, reset, and
//! cleaned up.

use chrono::{DateTime, TimeDelta, Utc};

use crate::error::Result;
use crate::limits::guesses::{Guessable, sweep};
use crate::limits::{Counted, LimitFilter, Limited, window_of};
use crate::model::code::odds::{Group, Odds};
use crate::model::code::{CodeFormat, NamePrefix};
use crate::policy::Policies;
use crate::service::Service;
use crate::store::tables::limits::Range;
use crate::store::tables::limits::guesses as rows;
use crate::store::tables::operations::{self, Operation};
use crate::store::tables::spaces;
use crate::store::{in_transaction, reading};

/// How many groups are looked up at once.
const PAGE: i64 = 500;

/// Returns the range of buckets that a filter picks; none where it names a client
/// or a user.
pub(crate) fn range(service: &Service, filter: &LimitFilter) -> Result<Option<Range>> {
    if filter.who.is_some() {
        return Ok(None);
    }
    let kind = Limited::Guesses.as_str();
    Ok(Some(match &filter.policy {
        Some(policy) => {
            let policy = &service.policies().get(policy)?.name;
            (format!("{kind}:{policy}:"), format!("{kind}:{policy};"))
        }
        None => (format!("{kind}:"), format!("{kind};")),
    }))
}

/// Returns the group of a bucket; none for a policy that is not configured or does
/// not build such codes any more.
fn group_of<'p>(policies: &'p Policies, bucket: &str) -> Option<Guessable<'p>> {
    let mut parts = bucket.splitn(3, ':').skip(1);
    let policy = policies.find(parts.next()?)?;
    let group = Group::of_pattern(parts.next()?)?;
    matches!(policy.code, CodeFormat::Name { .. }).then_some(Guessable { policy, group })
}

/// The groups of a range that hold windows before an instant, page by page.
struct Pages {
    range: Range,
    before: DateTime<Utc>,
}

impl Pages {
    async fn next(&mut self, service: &Service) -> Result<Vec<String>> {
        let page = reading!(service.db(), |session| { rows::groups(session, &self.range, self.before, PAGE).await })?;
        if let Some(last) = page.last() {
            self.range.0 = crate::limits::behind(last);
        }
        Ok(page)
    }
}

/// Returns the groups with active codes at which attempts have failed.
pub(crate) async fn counted(service: &Service, range: Range, now: DateTime<Utc>) -> Result<Vec<Counted>> {
    let mut pages = Pages { range, before: behind_all(now) };
    let mut counted = Vec::new();
    loop {
        let page = pages.next(service).await?;
        if page.is_empty() {
            return Ok(counted);
        }
        for group in page.iter().filter_map(|bucket| group_of(service.policies(), bucket)) {
            let seen = reading!(service.db(), |session| { group.look(session, now).await })?;
            let hits = seen.budget.hits();
            if seen.active == 0 || hits == 0 {
                continue;
            }
            counted.push(Counted {
                what: Limited::Guesses,
                policy: Some(group.policy.name.clone()),
                who: Some(group.group.pattern()),
                hits,
                limit: Some(seen.budget.limit()),
                full: seen.budget.is_spent(),
                until: group.until(&seen, now),
            });
        }
    }
}

/// Returns the prefixes and lengths that are locked, because their failed attempts
/// have reached the budget.
///
/// # Errors
/// What the database says.
pub async fn locked(service: &Service, policy: Option<&str>) -> Result<Vec<Counted>> {
    let filter = LimitFilter { policy: policy.map(str::to_owned), who: None };
    let Some(range) = range(service, &filter)? else { return Ok(Vec::new()) };
    let mut groups = counted(service, range, service.now()).await?;
    groups.retain(|group| group.full);
    Ok(groups)
}

/// Forgets the failed attempts of a range of groups; answers how many groups.
pub(crate) async fn reset(service: &Service, operation: &Operation, range: Range) -> Result<u64> {
    let mut pages = Pages { range, before: behind_all(service.now()) };
    let mut reset = 0;
    loop {
        let page = pages.next(service).await?;
        if page.is_empty() {
            return Ok(reset);
        }
        for bucket in &page {
            reset += in_transaction!(service.db(), |session| {
                rows::hold(session, bucket).await?;
                let deleted = rows::forget(session, bucket, behind_all(service.now())).await?;
                if deleted > 0 {
                    operations::record(session, operation, 1, 0).await?;
                }
                Ok(u64::from(deleted > 0))
            })?;
        }
    }
}

/// Returns an instant behind all windows, also those of a clock that was ahead.
fn behind_all(now: DateTime<Utc>) -> DateTime<Utc> {
    now.checked_add_signed(TimeDelta::days(366)).unwrap_or(now)
}

/// Deletes the windows that count for no code any more.
pub(crate) async fn sweep_guesses(service: &Service, stop: &mut (dyn FnMut() -> bool + Send)) -> Result<()> {
    let Some(range) = range(service, &LimitFilter::default())? else { return Ok(()) };
    let mut pages = Pages { range, before: window_of(service.now()) };
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

/// Returns the odds of guessing a code that is built from a space's name, where they are
/// better than 1 in 20 because the policy fixes the length; with the pattern of
/// those codes and how many are active.
///
/// # Errors
/// What the database says.
pub async fn poor_odds(service: &Service, space_id: &str) -> Result<Option<(String, i64, Odds)>> {
    reading!(service.db(), |session| {
        let space = spaces::get(session, space_id).await?.space;
        let policy = service.policy_of(&space)?;
        let CodeFormat::Name { letters, max_digits, .. } = policy.code else { return Ok(None) };
        let group = Group::new(&NamePrefix::of(&space.name, letters), max_digits);
        let guessable = Guessable { policy, group };
        let seen = guessable.look(session, service.now()).await?;
        let odds = Odds::of(max_digits, seen.active, true);
        Ok(odds.exceed_the_rule().then(|| (guessable.group.pattern(), seen.active, odds)))
    })
}
