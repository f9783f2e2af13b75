//! Creates the invites of a batch of rows, or rolls them back in a dry run.

use chrono::{DateTime, Utc};

use crate::authorize::{Action, Roles};
use crate::batch::bisect::BisectingBatch;
use crate::error::{Error, Result};
use crate::invites::generate::{members_among, slot_taken};
use crate::invites::generate_from::dry_run::DryRun;
use crate::invites::generate_from::outcome::{Outcome, row_failure, subject_of};
use crate::invites::generate_from::row_limits::{
    DraftLine, consume_creates_of_rows, consume_mails_of_rows, denials_of_rows, refund_rows,
};
use crate::invites::generate_from::row_spaces::removed_among;
use crate::invites::issue::{Draft, Issued, issue, no_free_code};
use crate::limits::DryRunMails;
use crate::service::{Actor, Service};
use crate::store::tables::operations::{self, Operation};
use crate::store::tables::spaces;
use crate::store::{Session, in_transaction};

/// Applies a batch in one transaction. If the database refuses a row, the batch is
/// bisected until that row is alone.
pub(crate) async fn apply<'p>(
    service: &Service,
    actor: &Actor,
    (operation, dry_run): (&Operation, &mut Option<DryRun<'p>>),
    drafts: Vec<(u64, Draft<'p>)>,
    outcome: &mut Outcome,
) -> Result<()> {
    let mut parts = BisectingBatch::new(drafts);
    while let Some(part) = parts.next() {
        if let Err(error) = apply_in_transaction(service, actor, (operation, &mut *dry_run), &part, outcome).await
            && let Some(((line, draft), error)) = parts.split(part, error)?
        {
            outcome.failures.push(row_failure(line, &subject_of(draft), &error));
        }
    }
    Ok(())
}

async fn apply_in_transaction<'p>(
    service: &Service,
    actor: &Actor,
    (operation, dry_run): (&Operation, &mut Option<DryRun<'p>>),
    drafts: &[(u64, Draft<'p>)],
    outcome: &mut Outcome,
) -> Result<()> {
    let (issued, refused) = in_transaction!(service.db(), |session| {
        if let Some(dry_run) = &*dry_run {
            session.begin_dry_run();
            dry_run.create_again(service, session, operation).await?;
        }
        let all: Vec<Draft<'_>> = drafts.iter().map(|(_, draft)| draft.clone()).collect();
        let ids: Vec<&str> = drafts.iter().map(|(_, draft)| draft.space.id.as_str()).collect();
        let gone = removed_among(session, &ids).await?;
        let roles = Roles::lock(session, actor, &ids).await?;
        let mut members = members_among(session, &all).await?;
        let mut wanted = Vec::with_capacity(all.len());
        let mut refused = Vec::new();
        for (place, draft) in all.into_iter().enumerate() {
            let line = drafts[place].0;
            if let Some(removed) = gone.get(&draft.space.id) {
                let error = spaces::removed_error(&draft.space.id, *removed);
                refused.push((line, draft, error));
            } else if let Err(error) = roles.authorize(Action::Create, draft.policy, &draft.space.id, None) {
                refused.push((line, draft, error));
            } else if let Some(denial) = members.remove(&place) {
                refused.push((line, draft, Error::Refused(denial)));
            } else {
                wanted.push((line, draft));
            }
        }
        let dry_run_mails = dry_run.as_ref().map(|dry_run| &dry_run.mails);
        let (issued, beyond) = issue_within_limits(service, session, (operation, dry_run_mails), wanted).await?;
        refused.extend(beyond);
        let created = i64::try_from(issued.len()).unwrap_or(i64::MAX);
        if created > 0 {
            operations::record(session, operation, created, 0).await?;
        }
        Ok((issued, refused))
    })?;
    if let Some(dry_run) = dry_run {
        dry_run.add(drafts, &issued);
    }
    outcome.issued.extend(issued);
    for (line, draft, error) in refused {
        outcome.failures.push(row_failure(line, &subject_of(draft), &error));
    }
    Ok(())
}

/// The issued invites with their lines, and the refused rows.
type Applied<'p> = (Vec<(Option<u64>, Issued)>, Vec<(u64, Draft<'p>, Error)>);

/// Makes the rows that the rate limits have room for. What one row does not use
/// after all is there for another.
async fn issue_within_limits<'p>(
    service: &Service,
    session: &mut Session,
    (operation, dry_run_mails): (&Operation, Option<&DryRunMails>),
    mut wanted: Vec<DraftLine<'p>>,
) -> Result<Applied<'p>> {
    let (mut issued, mut refused) = (Vec::new(), Vec::new());
    while !wanted.is_empty() {
        let now = service.now();
        let mut beyond = consume_creates_of_rows(session, &mut wanted, now).await?;
        let unsendable = consume_mails_of_rows(session, &mut wanted, dry_run_mails, now).await?;
        let not_created = issue_rows(service, session, operation, wanted, now, &mut issued).await?;
        refund_rows(session, &not_created, now).await?;
        if !not_created.is_empty() {
            beyond.extend(unsendable.into_iter().map(|(line, draft, _)| (line, draft)));
            beyond.sort_by_key(|(line, _)| *line);
        } else if unsendable.is_empty() {
            refused.extend(denials_of_rows(session, beyond, now).await?);
            break;
        } else {
            // The limits have no room for the e-mails of these rows, but now for the invites of other rows.
            refused.extend(unsendable);
        }
        refused.extend(not_created);
        wanted = beyond;
    }
    Ok((issued, refused))
}

/// Creates the invites that can be created, and returns the other rows with their errors.
async fn issue_rows<'p>(
    service: &Service,
    session: &mut Session,
    operation: &Operation,
    rows: Vec<DraftLine<'p>>,
    now: DateTime<Utc>,
    issued: &mut Vec<(Option<u64>, Issued)>,
) -> Result<Vec<(u64, Draft<'p>, Error)>> {
    let (lines, drafts): (Vec<u64>, Vec<Draft<'p>>) = rows.into_iter().unzip();
    let mut outcome = issue(service, session, &drafts, now, operation).await?;
    issued
        .extend(outcome.take_issued(service, &drafts).into_iter().map(|(place, issued)| (Some(lines[place]), issued)));
    let mut not_created = Vec::new();
    for index in outcome.slot_taken {
        not_created.push((lines[index], drafts[index].clone(), slot_taken(&drafts[index])));
    }
    for index in outcome.no_free_code {
        not_created.push((lines[index], drafts[index].clone(), no_free_code(&drafts[index])));
    }
    Ok(not_created)
}
