//! The invites that a file's rows make, and their e-mails: counted by policy, row by
//! row.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};

use crate::error::{Denial, Error, Result};
use crate::invites::issue::Draft;
use crate::limits::created::{give_back_created, made_too_many};
use crate::limits::mails::{Mail, Refund, Rehearsed, give_back_mails, take_mails};
use crate::limits::take_created;
use crate::policy::Policy;
use crate::store::Session;

/// A row's draft with its line.
pub(crate) type Line<'p> = (u64, Draft<'p>);

/// Counts the rows of users whose hour is limited; takes out those beyond it.
pub(crate) async fn take_rows<'p>(
    session: &mut Session,
    wanted: &mut Vec<Line<'p>>,
    now: DateTime<Utc>,
) -> Result<Vec<Line<'p>>> {
    // In one order for all: two runs wait for each other, and do not each hold
    // what the other wants.
    let mut left: BTreeMap<(String, String), u64> = BTreeMap::new();
    for (_, draft) in wanted.iter() {
        *left.entry(counter_of(draft)).or_default() += 1;
    }
    let policies: HashMap<String, &Policy> =
        wanted.iter().map(|(_, draft)| (draft.policy.name.clone(), draft.policy)).collect();
    for ((policy, user), count) in &mut left {
        if !user.is_empty() {
            *count = take_created(session, policies[policy], user, now, *count).await?;
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

/// The policy and the user whose invite it is; nobody where an operator makes it.
fn counter_of(draft: &Draft<'_>) -> (String, String) {
    (draft.policy.name.clone(), draft.created_by.clone().unwrap_or_default())
}

/// The refusal of each row that the hour of its user has no room for.
pub(crate) async fn refuse_rows<'p>(
    session: &mut Session,
    beyond: Vec<Line<'p>>,
    now: DateTime<Utc>,
) -> Result<Vec<(u64, Draft<'p>, Error)>> {
    let mut denials: HashMap<(String, String), Denial> = HashMap::new();
    let mut refused = Vec::with_capacity(beyond.len());
    for (line, draft) in beyond {
        let counter = counter_of(&draft);
        let denial = match denials.get(&counter) {
            Some(denial) => denial.clone(),
            None => made_too_many(session, draft.policy, &counter.1, now, 1).await?,
        };
        denials.insert(counter, denial.clone());
        refused.push((line, draft, Error::Refused(denial)));
    }
    Ok(refused)
}

/// Counts the e-mails of rows whose invites are counted; takes out those beyond a
/// limit, each with its refusal, whose invites are then not counted any more.
pub(crate) async fn take_mails_of_rows<'p>(
    session: &mut Session,
    wanted: &mut Vec<Line<'p>>,
    rehearsed: Option<&Rehearsed>,
    now: DateTime<Utc>,
) -> Result<Vec<(u64, Draft<'p>, Error)>> {
    let mails: Vec<Mail<'_>> = wanted.iter().filter_map(|(_, draft)| Mail::of_draft(draft)).collect();
    if mails.is_empty() {
        return Ok(Vec::new());
    }
    let mut denials = take_mails(session, &mails, rehearsed, now).await?.into_iter();
    let (mut within, mut beyond) = (Vec::with_capacity(wanted.len()), Vec::new());
    for (line, draft) in std::mem::take(wanted) {
        let denial = if Mail::of_draft(&draft).is_some() { denials.next().flatten() } else { None };
        match denial {
            Some(denial) => beyond.push((line, draft, Error::Refused(denial))),
            None => within.push((line, draft)),
        }
    }
    *wanted = within;
    give_back_invites(session, &beyond, now).await?;
    Ok(beyond)
}

/// Takes back what was counted for rows that were not made after all.
pub(crate) async fn give_back_rows(
    session: &mut Session,
    unmade: &[(u64, Draft<'_>, Error)],
    counted_at: DateTime<Utc>,
) -> Result<()> {
    give_back_invites(session, unmade, counted_at).await?;
    let mails = unmade.iter().filter_map(|(_, draft, _)| Mail::of_draft(draft));
    give_back_mails(session, mails, counted_at, Refund::Whole).await
}

async fn give_back_invites(
    session: &mut Session,
    unmade: &[(u64, Draft<'_>, Error)],
    counted_at: DateTime<Utc>,
) -> Result<()> {
    let mut counted: BTreeMap<(&str, &str), (&Policy, u64)> = BTreeMap::new();
    for (_, draft, _) in unmade {
        if let Some(user) = &draft.created_by {
            counted.entry((&draft.policy.name, user)).or_insert((draft.policy, 0)).1 += 1;
        }
    }
    for ((_, user), (policy, count)) in counted {
        give_back_created(session, policy, user, counted_at, count).await?;
    }
    Ok(())
}
