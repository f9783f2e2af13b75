//! Making invites in bulk inside a transaction: codes drawn, inserted, and
//! drawn again where one was taken.

pub(crate) mod pool;

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::invites::issue::pool::{CodePool, retire_holders};
pub(crate) use crate::invites::issue::pool::{check_numbers, check_room, draw_one};

use crate::error::{Error, Result};
use crate::model::code::{Code, CodeFormat, KeptAs, NamePrefix};
use crate::model::invite::Invite;
use crate::policy::Policy;
use crate::service::{Actor, Service};
use crate::store::Session;
use crate::store::tables::invites::{self, NewInvite};
use crate::store::tables::operations::{self, Operation};
use crate::store::tables::spaces::Space;

/// After so many rounds in which every drawn code was taken, the format counts
/// as full.
const ROUNDS: usize = 64;

/// An invite that was just made, with its code: shown now or never where only
/// the hash is kept.
#[derive(Clone)]
pub struct Issued {
    /// The invite.
    pub invite: Invite,
    /// Its code.
    pub code: Code,
    /// Its link, where the policy has one.
    pub link: Option<String>,
    /// The name of the user who invites, where an e-mail is to say it.
    pub invited_by: Option<String>,
    /// Whether this code goes by e-mail, whatever came of that: then nobody else
    /// is shown it.
    pub is_mailed: bool,
}

/// An invite to be made, all but its code.
#[derive(Debug, Clone)]
pub(crate) struct Draft<'p> {
    pub space: Space,
    pub policy: &'p Policy,
    pub role: String,
    pub email: Option<String>,
    pub note: Option<String>,
    pub created_by: Option<String>,
    pub starts_at: Option<DateTime<Utc>>,
    pub expires_at: Option<DateTime<Utc>>,
    pub max_uses: Option<i64>,
    pub slot: Option<String>,
    /// From when its e-mail may be sent; none: it is not to be sent.
    pub send_after: Option<DateTime<Utc>>,
    /// A code that was drawn before the transaction began; none, or where it
    /// turns out to be taken: one is drawn within.
    pub drawn: Option<Code>,
}

impl<'p> Draft<'p> {
    /// The standing invite of a space, by its policy's defaults.
    pub(crate) fn standing(space: Space, policy: &'p Policy, actor: &Actor, now: DateTime<Utc>) -> Result<Self> {
        Ok(Draft {
            role: policy.roles[0].clone(),
            email: None,
            note: None,
            created_by: actor.user.clone(),
            starts_at: None,
            expires_at: policy.default_end(now)?,
            max_uses: policy.max_uses,
            slot: crate::model::invite::slot(true, &space.id, None),
            send_after: None,
            drawn: None,
            space,
            policy,
        })
    }
}

/// An invite that was inserted: the draft at this place, with what was drawn
/// for it.
#[derive(Debug)]
pub(crate) struct Made {
    pub place: usize,
    id: Uuid,
    code: Code,
    at: DateTime<Utc>,
    operation: Uuid,
}

/// What became of a batch of drafts, by their places in it.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    pub made: Vec<Made>,
    /// A live invite holds the slot already.
    pub slot_taken: Vec<usize>,
    /// The format has no free code for them.
    pub no_free_code: Vec<usize>,
}

impl Outcome {
    /// How many were made, for the record.
    pub(crate) fn count(&self) -> i64 {
        i64::try_from(self.made.len()).unwrap_or(i64::MAX)
    }

    /// What was made, by the places of the drafts.
    pub(crate) fn take_issued(&mut self, service: &Service, drafts: &[Draft<'_>]) -> Vec<(usize, Issued)> {
        let made = std::mem::take(&mut self.made).into_iter();
        made.map(|made| (made.place, &drafts[made.place], made))
            .map(|(place, draft, made)| (place, made.issued(service, draft)))
            .collect()
    }
}

/// Makes as many of the drafts as can be made.
pub(crate) async fn issue(
    service: &Service,
    session: &mut Session,
    drafts: &[Draft<'_>],
    now: DateTime<Utc>,
    operation: &Operation,
) -> Result<Outcome> {
    let mut outcome = Outcome::default();
    let mut pending: Vec<usize> = (0..drafts.len()).collect();
    for round in 0..ROUNDS {
        if pending.is_empty() {
            return Ok(outcome);
        }
        let is_drawn = |index: &usize| round == 0 && drafts[*index].drawn.is_some();
        let undrawn = pending.iter().filter(|index| !is_drawn(index)).map(|index| &drafts[*index]);
        // Codes of names are a few among many: their look-ups make no room in every
        // future that creates invites.
        let mut pool = Box::pin(CodePool::for_drafts(session, undrawn, None, now)).await?;
        let mut drawn = Vec::with_capacity(pending.len());
        for index in pending {
            let draft = &drafts[index];
            let ahead = draft.drawn.clone().filter(|_| round == 0);
            match ahead.or_else(|| pool.draw(service, draft)) {
                Some(code) => {
                    let id = service.new_id(now);
                    drawn.push(Made { place: index, id, code, at: now, operation: operation.id });
                }
                None => outcome.no_free_code.push(index),
            }
        }
        let codes = drawn.iter().map(|made| (&drafts[made.place], &made.code));
        Box::pin(retire_holders(session, codes, None, now, operation)).await?;
        pending = insert(session, drafts, drawn, &mut outcome, now, operation).await?;
    }
    outcome.no_free_code.extend(pending);
    Ok(outcome)
}

/// Draws codes for drafts as far as that needs no look at the database.
pub(crate) fn draw_ahead(service: &Service, drafts: &mut [Draft<'_>]) {
    let mut pool = CodePool::default();
    for draft in drafts {
        if !matches!(draft.policy.code, CodeFormat::Name { .. }) {
            draft.drawn = pool.draw(service, draft);
        }
    }
}

/// Closes the dead holders of these slots, on the operation's account.
pub(crate) async fn free_dead_slots(
    session: &mut Session,
    slots: &[&str],
    now: DateTime<Utc>,
    operation: &Operation,
) -> Result<()> {
    if slots.is_empty() {
        return Ok(());
    }
    let freed = invites::free_dead_slots(session, slots, now, operation.id).await?;
    if freed > 0 {
        operations::record(session, operation, i64::try_from(freed).unwrap_or(i64::MAX), 0).await?;
    }
    Ok(())
}

/// Inserts what was drawn; answers whose code was taken.
async fn insert(
    session: &mut Session,
    drafts: &[Draft<'_>],
    drawn: Vec<Made>,
    outcome: &mut Outcome,
    now: DateTime<Utc>,
    operation: &Operation,
) -> Result<Vec<usize>> {
    let rows: Vec<NewInvite<'_>> = drawn.iter().map(|made| made.row(&drafts[made.place])).collect();
    if invites::insert(session, &rows).await? == rows.len() as u64 {
        outcome.made.extend(drawn);
        return Ok(Vec::new());
    }
    let ids: Vec<Uuid> = drawn.iter().map(|made| made.id).collect();
    let present: HashSet<Uuid> = invites::present(session, &ids).await?.into_iter().collect();
    let (made, skipped): (Vec<Made>, Vec<Made>) = drawn.into_iter().partition(|made| present.contains(&made.id));
    outcome.made.extend(made);
    let skipped: Vec<usize> = skipped.into_iter().map(|made| made.place).collect();
    let slots: Vec<&str> = skipped.iter().filter_map(|index| drafts[*index].slot.as_deref()).collect();
    if slots.is_empty() {
        return Ok(skipped);
    }
    // Whoever holds the slot may be dead, whether or not cleanup has run: then
    // the next round makes it.
    free_dead_slots(session, &slots, now, operation).await?;
    let taken: HashSet<String> = invites::taken_slots(session, &slots).await?.into_iter().collect();
    let (held, collided) =
        skipped.into_iter().partition(|index| drafts[*index].slot.as_ref().is_some_and(|slot| taken.contains(slot)));
    outcome.slot_taken.extend::<Vec<usize>>(held);
    Ok(collided)
}

impl Made {
    /// As it is stored, given its draft.
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
        (draft.policy.storage == KeptAs::Text).then_some(&self.code)
    }

    /// As it is shown, given its draft.
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

/// The error for a draft whose format has no free code left.
pub(crate) fn no_free_code(draft: &Draft<'_>) -> Error {
    let message = match &draft.policy.code {
        CodeFormat::Name { letters, max_digits, .. } => format!(
            "no free code with the prefix {}-: all {} numbers of {max_digits} digits are taken",
            NamePrefix::of(&draft.space.name, *letters).as_str(),
            10_u64.pow(*max_digits)
        ),
        _ => format!("no free code: nearly every possible code of the policy {} is taken", draft.policy.name),
    };
    let hint = match &draft.policy.code {
        CodeFormat::Name { .. } => "a number becomes free 30 days after its code became invalid; raise max_digits",
        _ => {
            "codes of closed invites become free when they are purged: invite cleanup --purge-after 90d --include-used"
        }
    };
    Error::no_free_code(message).hint(hint)
}
