//! Rate limits of the rows of a file: their invites and their e-mails.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};

use crate::error::{Denial, Error, Result};
use crate::invites::issue::Draft;
use crate::limits::{
    DryRunMails, Mail, Refund, consume_creates_up_to, consume_mails, create_limit_denial, refund_creates, refund_mails,
};
use crate::policy::Policy;
use crate::store::Session;

/// The draft of a row, with its line.
pub(crate) type DraftLine<'p> = (u64, Draft<'p>);

/// Counts the rows for the limits of their users. Removes those that exceed a limit from
/// `wanted` and returns them.
pub(crate) async fn consume_creates_of_rows<'p>(
    session: &mut Session,
    wanted: &mut Vec<DraftLine<'p>>,
    now: DateTime<Utc>,
) -> Result<Vec<DraftLine<'p>>> {
    // All transactions lock the counters in the same order, which prevents deadlocks.
    let mut left: BTreeMap<(String, String), u64> = BTreeMap::new();
    for (_, draft) in wanted.iter() {
        *left.entry(counter_of(draft)).or_default() += 1;
    }
    let policies: HashMap<String, &Policy> =
        wanted.iter().map(|(_, draft)| (draft.policy.name.clone(), draft.policy)).collect();
    for ((policy, user), count) in &mut left {
        if !user.is_empty() {
            *count = consume_creates_up_to(session, policies[policy], user, now, *count).await?;
        }
    }
    let (within, beyond) = std::mem::take(wanted).into_iter().partition(|(_, draft)| {
        left.get_mut(&counter_of(draft)).is_some_and(|left| {
            let is_within = *left > 0;
            *left = left.saturating_sub(1);
            is_within
        })
    });
    *wanted = within;
    Ok(beyond)
}

/// Returns the policy and the user of a draft's counter; the user is empty for an operator.
fn counter_of(draft: &Draft<'_>) -> (String, String) {
    (draft.policy.name.clone(), draft.created_by.clone().unwrap_or_default())
}

/// Returns the error of each row that exceeds the limit of its user.
pub(crate) async fn denials_of_rows<'p>(
    session: &mut Session,
    beyond: Vec<DraftLine<'p>>,
    now: DateTime<Utc>,
) -> Result<Vec<(u64, Draft<'p>, Error)>> {
    let mut denials: HashMap<(String, String), Denial> = HashMap::new();
    let mut refused = Vec::with_capacity(beyond.len());
    for (line, draft) in beyond {
        let counter = counter_of(&draft);
        let denial = match denials.get(&counter) {
            Some(denial) => denial.clone(),
            None => create_limit_denial(session, draft.policy, &counter.1, now, 1).await?,
        };
        denials.insert(counter, denial.clone());
        refused.push((line, draft, Error::Refused(denial)));
    }
    Ok(refused)
}

/// Counts the e-mails of rows whose invites are already counted against the limit. Removes those that exceed a limit
/// from `wanted`, refunds their invites, and returns them with their errors.
pub(crate) async fn consume_mails_of_rows<'p>(
    session: &mut Session,
    wanted: &mut Vec<DraftLine<'p>>,
    dry_run_mails: Option<&DryRunMails>,
    now: DateTime<Utc>,
) -> Result<Vec<(u64, Draft<'p>, Error)>> {
    let mails: Vec<Mail<'_>> = wanted.iter().filter_map(|(_, draft)| draft.mail()).collect();
    if mails.is_empty() {
        return Ok(Vec::new());
    }
    let mut denials = consume_mails(session, &mails, dry_run_mails, now).await?.into_iter();
    let (mut within, mut beyond) = (Vec::with_capacity(wanted.len()), Vec::new());
    for (line, draft) in std::mem::take(wanted) {
        let denial = if draft.mail().is_some() { denials.next().flatten() } else { None };
        match denial {
            Some(denial) => beyond.push((line, draft, Error::Refused(denial))),
            None => within.push((line, draft)),
        }
    }
    *wanted = within;
    refund_creates_of_rows(session, &beyond, now).await?;
    Ok(beyond)
}

/// Refunds the invites and e-mails of rows that were not created.
pub(crate) async fn refund_rows(
    session: &mut Session,
    not_created: &[(u64, Draft<'_>, Error)],
    counted_at: DateTime<Utc>,
) -> Result<()> {
    refund_creates_of_rows(session, not_created, counted_at).await?;
    let mails = not_created.iter().filter_map(|(_, draft, _)| draft.mail());
    refund_mails(session, mails, counted_at, Refund::Whole).await
}

async fn refund_creates_of_rows(
    session: &mut Session,
    not_created: &[(u64, Draft<'_>, Error)],
    counted_at: DateTime<Utc>,
) -> Result<()> {
    let mut counted: BTreeMap<(&str, &str), (&Policy, u64)> = BTreeMap::new();
    for (_, draft, _) in not_created {
        if let Some(user) = &draft.created_by {
            counted.entry((&draft.policy.name, user)).or_insert((draft.policy, 0)).1 += 1;
        }
    }
    for ((_, user), (policy, count)) in counted {
        refund_creates(session, policy, user, counted_at, count).await?;
    }
    Ok(())
}
