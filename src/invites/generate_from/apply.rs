//! Creates the invites of a batch of rows, or rehearses that.

use std::collections::{BTreeMap, HashSet};

use chrono::{DateTime, Utc};

use crate::authorize::{Deed, Roles};
use crate::batch::bisect::Halves;
use crate::error::{Error, Result};
use crate::invites::generate::{members_among, row_failure, slot_taken};
use crate::invites::generate_from::of_spaces::removed_among;
use crate::invites::generate_from::{Outcome, subject_of};
use crate::invites::issue::{Draft, Issued, issue, no_free_code};
use crate::limits::{
    Line, Mail, Rehearsed, give_back_rows, refuse_rows, take_all_created, take_mails_of_rows, take_rows,
};
use crate::service::{Actor, Service};
use crate::store::tables::operations::{self, Operation};
use crate::store::tables::spaces;
use crate::store::{Session, in_transaction};

/// What the transactions of a dry run would have left behind.
#[derive(Default)]
pub(crate) struct Foreseen<'p> {
    /// Invites of users, by policy.
    created: BTreeMap<(String, String), u64>,
    /// E-mails.
    mails: Rehearsed,
    /// Invites of the same batch, which the next transaction creates again.
    pub(crate) made: Vec<Draft<'p>>,
}

/// Applies a batch in one transaction; where the database refuses a row, halves
/// it until that row stands alone.
pub(crate) async fn apply<'p>(
    service: &Service,
    actor: &Actor,
    (operation, foreseen): (&Operation, &mut Option<Foreseen<'p>>),
    drafts: Vec<(u64, Draft<'p>)>,
    outcome: &mut Outcome,
) -> Result<()> {
    let mut parts = Halves::of(drafts);
    while let Some(part) = parts.next() {
        if let Err(error) = apply_at_once(service, actor, (operation, &mut *foreseen), &part, outcome).await
            && let Some(((line, draft), error)) = parts.split(part, error)?
        {
            outcome.failures.push(row_failure(line, &subject_of(draft), &error));
        }
    }
    Ok(())
}

async fn apply_at_once<'p>(
    service: &Service,
    actor: &Actor,
    (operation, foreseen): (&Operation, &mut Option<Foreseen<'p>>),
    drafts: &[(u64, Draft<'p>)],
    outcome: &mut Outcome,
) -> Result<()> {
    let (issued, refused) = in_transaction!(service.db(), |session| {
        if let Some(foreseen) = &*foreseen {
            session.begin_dry_run();
            foreseen.create_again(service, session, operation).await?;
        }
        let all: Vec<Draft<'_>> = drafts.iter().map(|(_, draft)| draft.clone()).collect();
        let ids: Vec<&str> = drafts.iter().map(|(_, draft)| draft.space.id.as_str()).collect();
        let gone = removed_among(session, &ids).await?;
        let roles = Roles::held(session, actor, &ids).await?;
        let mut members = members_among(session, &all).await?;
        let mut wanted = Vec::with_capacity(all.len());
        let mut refused = Vec::new();
        for (place, draft) in all.into_iter().enumerate() {
            let line = drafts[place].0;
            if let Some(removed) = gone.get(&draft.space.id) {
                let error = spaces::gone(&draft.space.id, *removed);
                refused.push((line, draft, error));
            } else if let Err(error) = roles.demand(Deed::Create, draft.policy, &draft.space.id, None) {
                refused.push((line, draft, error));
            } else if let Some(denial) = members.remove(&place) {
                refused.push((line, draft, Error::Refused(denial)));
            } else {
                wanted.push((line, draft));
            }
        }
        let rehearsed = foreseen.as_ref().map(|foreseen| &foreseen.mails);
        let (issued, beyond) = issue_within_limits(service, session, (operation, rehearsed), wanted).await?;
        refused.extend(beyond);
        let made = i64::try_from(issued.len()).unwrap_or(i64::MAX);
        if made > 0 {
            operations::record(session, operation, made, 0).await?;
        }
        Ok((issued, refused))
    })?;
    if let Some(foreseen) = foreseen {
        foreseen.note(drafts, &issued);
    }
    outcome.issued.extend(issued);
    for (line, draft, error) in refused {
        outcome.failures.push(row_failure(line, &subject_of(draft), &error));
    }
    Ok(())
}

impl<'p> Foreseen<'p> {
    /// Counts, in the transaction of a part, what the parts before would have
    /// counted, and creates the invites of its batch.
    async fn create_again(&self, service: &Service, session: &mut Session, operation: &Operation) -> Result<()> {
        for ((policy, user), count) in &self.created {
            let policy = service.policies().get(policy)?;
            take_all_created(session, policy, user, service.now(), *count).await?;
        }
        issue(service, session, &self.made, service.now(), operation).await.map(|_| ())
    }

    fn note(&mut self, drafts: &[(u64, Draft<'p>)], issued: &[(Option<u64>, Issued)]) {
        for (_, Issued { invite, .. }) in issued {
            if let Some(user) = &invite.created_by {
                *self.created.entry((invite.policy.clone(), user.clone())).or_default() += 1;
            }
        }
        let lines: HashSet<u64> = issued.iter().filter_map(|(line, _)| *line).collect();
        let made = drafts.iter().filter(|(line, _)| lines.contains(line));
        for (_, draft) in made {
            if let Some(mail) = Mail::of_draft(draft) {
                self.mails.note(&mail);
            }
            self.made.push(draft.clone());
        }
    }
}

/// What was issued, each with its line, and the rows that were refused.
type Applied<'p> = (Vec<(Option<u64>, Issued)>, Vec<(u64, Draft<'p>, Error)>);

/// Makes the rows that the rate limits have room for. What one row does not use
/// after all is there for another.
async fn issue_within_limits<'p>(
    service: &Service,
    session: &mut Session,
    (operation, rehearsed): (&Operation, Option<&Rehearsed>),
    mut wanted: Vec<Line<'p>>,
) -> Result<Applied<'p>> {
    let (mut issued, mut refused) = (Vec::new(), Vec::new());
    while !wanted.is_empty() {
        let now = service.now();
        let mut beyond = take_rows(session, &mut wanted, now).await?;
        let unsendable = take_mails_of_rows(session, &mut wanted, rehearsed, now).await?;
        let unmade = issue_rows(service, session, operation, wanted, now, &mut issued).await?;
        give_back_rows(session, &unmade, now).await?;
        if !unmade.is_empty() {
            beyond.extend(unsendable.into_iter().map(|(line, draft, _)| (line, draft)));
            beyond.sort_by_key(|(line, _)| *line);
        } else if unsendable.is_empty() {
            refused.extend(refuse_rows(session, beyond, now).await?);
            break;
        } else {
            // There is no room for their e-mails, but now for the invites of others.
            refused.extend(unsendable);
        }
        refused.extend(unmade);
        wanted = beyond;
    }
    Ok((issued, refused))
}

/// Makes what can be made; answers the rest, each with its reason.
async fn issue_rows<'p>(
    service: &Service,
    session: &mut Session,
    operation: &Operation,
    rows: Vec<Line<'p>>,
    now: DateTime<Utc>,
    issued: &mut Vec<(Option<u64>, Issued)>,
) -> Result<Vec<(u64, Draft<'p>, Error)>> {
    let (lines, drafts): (Vec<u64>, Vec<Draft<'p>>) = rows.into_iter().unzip();
    let mut outcome = issue(service, session, &drafts, now, operation).await?;
    issued
        .extend(outcome.take_issued(service, &drafts).into_iter().map(|(place, issued)| (Some(lines[place]), issued)));
    let mut unmade = Vec::new();
    for index in outcome.slot_taken {
        unmade.push((lines[index], drafts[index].clone(), slot_taken(&drafts[index])));
    }
    for index in outcome.no_free_code {
        unmade.push((lines[index], drafts[index].clone(), no_free_code(&drafts[index])));
    }
    Ok(unmade)
}
