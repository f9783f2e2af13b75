//! Creates invites in bulk inside a transaction: codes are generated, inserted, and
//! generated again if they are taken.

mod draft;
mod issued;
mod pool;

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::error::Result;
pub(crate) use crate::invites::issue::draft::{Draft, no_free_code};
pub use crate::invites::issue::issued::Issued;
use crate::invites::issue::pool::{CodePool, MAX_ROUNDS, retire_holders};
pub(crate) use crate::invites::issue::pool::{check_numbers, check_room, generate_code};
use crate::model::code::{Code, CodeFormat, Storage};
use crate::model::invite::Invite;
use crate::service::Service;
use crate::store::Session;
use crate::store::tables::invites::{self, NewInvite};
use crate::store::tables::operations::{self, Operation};

/// An inserted invite: the index of its draft, its ID and its code.
#[derive(Debug)]
pub(crate) struct InsertedInvite {
    pub place: usize,
    id: Uuid,
    code: Code,
    at: DateTime<Utc>,
    operation: Uuid,
}

/// The outcome of a batch of drafts, by their indexes.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    pub made: Vec<InsertedInvite>,
    /// Drafts whose slot an open invite holds.
    pub slot_taken: Vec<usize>,
    /// Drafts for which the format has no free code.
    pub no_free_code: Vec<usize>,
}

impl Outcome {
    /// Returns the number of inserted invites, for the audit log.
    pub(crate) fn count(&self) -> i64 {
        i64::try_from(self.made.len()).unwrap_or(i64::MAX)
    }

    /// Takes the issued invites, with the indexes of their drafts.
    pub(crate) fn take_issued(&mut self, service: &Service, drafts: &[Draft<'_>]) -> Vec<(usize, Issued)> {
        let made = std::mem::take(&mut self.made).into_iter();
        made.map(|made| (made.place, &drafts[made.place], made))
            .map(|(place, draft, made)| (place, made.issued(service, draft)))
            .collect()
    }
}

/// Creates the invites of all drafts for which that is possible.
pub(crate) async fn issue(
    service: &Service,
    session: &mut Session,
    drafts: &[Draft<'_>],
    now: DateTime<Utc>,
    operation: &Operation,
) -> Result<Outcome> {
    let mut outcome = Outcome::default();
    let mut pending: Vec<usize> = (0..drafts.len()).collect();
    for round in 0..MAX_ROUNDS {
        if pending.is_empty() {
            return Ok(outcome);
        }
        let has_code = |index: &usize| round == 0 && drafts[*index].code.is_some();
        let without_code = pending.iter().filter(|index| !has_code(index)).map(|index| &drafts[*index]);
        // Boxed, because only codes from names need lookups, and the future would be large.
        let mut pool = Box::pin(CodePool::for_drafts(session, without_code, None, now)).await?;
        let mut generated = Vec::with_capacity(pending.len());
        for index in pending {
            let draft = &drafts[index];
            let ahead = draft.code.clone().filter(|_| round == 0);
            match ahead.or_else(|| pool.next_code(service, draft)) {
                Some(code) => {
                    let id = service.new_id(now);
                    generated.push(InsertedInvite { place: index, id, code, at: now, operation: operation.id });
                }
                None => outcome.no_free_code.push(index),
            }
        }
        let codes = generated.iter().map(|made| (&drafts[made.place], &made.code));
        Box::pin(retire_holders(session, codes, None, now, operation)).await?;
        pending = insert(session, drafts, generated, &mut outcome, now, operation).await?;
    }
    outcome.no_free_code.extend(pending);
    Ok(outcome)
}

/// Generates the codes of drafts whose format needs no lookup in the database.
pub(crate) fn generate_codes(service: &Service, drafts: &mut [Draft<'_>]) {
    let mut pool = CodePool::default();
    for draft in drafts {
        if !matches!(draft.policy.code, CodeFormat::Name { .. }) {
            draft.code = pool.next_code(service, draft);
        }
    }
}

/// Closes expired and used-up invites that hold these slots, as part of an operation.
pub(crate) async fn free_invalid_slots(
    session: &mut Session,
    slots: &[&str],
    now: DateTime<Utc>,
    operation: &Operation,
) -> Result<()> {
    if slots.is_empty() {
        return Ok(());
    }
    let freed = invites::free_invalid_slots(session, slots, now, operation.id).await?;
    if freed > 0 {
        operations::record(session, operation, i64::try_from(freed).unwrap_or(i64::MAX), 0).await?;
    }
    Ok(())
}

/// Inserts invites, and returns the indexes of the drafts whose code was taken.
async fn insert(
    session: &mut Session,
    drafts: &[Draft<'_>],
    generated: Vec<InsertedInvite>,
    outcome: &mut Outcome,
    now: DateTime<Utc>,
    operation: &Operation,
) -> Result<Vec<usize>> {
    let rows: Vec<NewInvite<'_>> = generated.iter().map(|made| made.row(&drafts[made.place])).collect();
    if invites::insert(session, &rows).await? == rows.len() as u64 {
        outcome.made.extend(generated);
        return Ok(Vec::new());
    }
    let ids: Vec<Uuid> = generated.iter().map(|made| made.id).collect();
    let present: HashSet<Uuid> = invites::present(session, &ids).await?.into_iter().collect();
    let (made, skipped): (Vec<InsertedInvite>, Vec<InsertedInvite>) =
        generated.into_iter().partition(|made| present.contains(&made.id));
    outcome.made.extend(made);
    let skipped: Vec<usize> = skipped.into_iter().map(|made| made.place).collect();
    let slots: Vec<&str> = skipped.iter().filter_map(|index| drafts[*index].slot.as_deref()).collect();
    if slots.is_empty() {
        return Ok(skipped);
    }
    // The holder of a slot may be expired and not closed yet: then the next round succeeds.
    free_invalid_slots(session, &slots, now, operation).await?;
    let taken: HashSet<String> = invites::taken_slots(session, &slots).await?.into_iter().collect();
    let (held, collided) =
        skipped.into_iter().partition(|index| drafts[*index].slot.as_ref().is_some_and(|slot| taken.contains(slot)));
    outcome.slot_taken.extend::<Vec<usize>>(held);
    Ok(collided)
}

impl InsertedInvite {
    /// Returns the row to insert.
    fn row<'d>(&'d self, draft: &'d Draft<'_>) -> NewInvite<'d> {
        NewInvite {
            id: self.id,
            space_id: &draft.space.id,
            role: &draft.role,
            code: self.kept_code(draft),
            code_key: self.code.key(draft.policy.storage),
            email: draft.email.as_deref(),
            note: draft.note.as_deref(),
            created_by: draft.created_by.as_deref(),
            created_at: self.at,
            starts_at: draft.starts_at,
            expires_at: draft.expires_at,
            max_uses: draft.max_uses,
            slot: draft.slot.as_deref(),
            send_after: draft.send_after,
            created_op: self.operation,
        }
    }

    fn kept_code(&self, draft: &Draft<'_>) -> Option<&Code> {
        (draft.policy.storage == Storage::Text).then_some(&self.code)
    }

    /// Returns the issued invite.
    pub(crate) fn issued(self, service: &Service, draft: &Draft<'_>) -> Issued {
        Issued {
            link: service.links().link(draft.policy, &self.code),
            invited_by: None,
            is_mailed: draft.send_after.is_some(),
            invite: Invite {
                id: self.id,
                space_id: draft.space.id.clone(),
                space_name: draft.space.name.clone(),
                policy: draft.policy.name.clone(),
                role: draft.role.clone(),
                code: self.kept_code(draft).cloned(),
                code_key: self.code.key(draft.policy.storage),
                email: draft.email.clone(),
                note: draft.note.clone(),
                created_by: draft.created_by.clone(),
                created_at: self.at,
                starts_at: draft.starts_at,
                expires_at: draft.expires_at,
                max_uses: draft.max_uses,
                uses: 0,
                closed: None,
                sends: 0,
                resends: 0,
                last_sent_at: None,
                last_send_error: None,
                send_after: draft.send_after,
                created_op: self.operation,
                closed_op: None,
            },
            code: self.code,
        }
    }
}
