//! Making invites in bulk inside a transaction: codes drawn, inserted, and
//! drawn again where one was taken.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use rand::RngExt;
use uuid::Uuid;

use super::{Actor, Service};
use crate::error::{Error, Result};
use crate::invite::Invite;
use crate::invite::code::{Code, NamePrefix, draw, normalise, numbered};
use crate::policy::{CodeFormat, KeptAs, Policy};
use crate::store::Session;
use crate::store::invites::{self, NewInvite};
use crate::store::operations::{self, Operation};
use crate::store::spaces::Space;

/// Up to so many digits, all numbers behind a prefix are looked through, so
/// that the last free one is found for certain.
const LISTABLE_DIGITS: u32 = 4;

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
}

impl<'p> Draft<'p> {
    /// The standing invite of a space, by its policy's defaults.
    pub(crate) fn standing(space: Space, policy: &'p Policy, actor: &Actor, now: DateTime<Utc>) -> Result<Self> {
        Ok(Draft {
            role: policy.roles[0].clone(),
            email: None,
            note: None,
            created_by: actor.acting_as.clone(),
            starts_at: None,
            expires_at: policy.default_end(now)?,
            max_uses: policy.max_uses,
            slot: crate::invite::slot(true, &space.id, None),
            send_after: None,
            space,
            policy,
        })
    }
}

/// What became of a batch of drafts, by their places in it.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    pub issued: Vec<(usize, Issued)>,
    /// A live invite holds the slot already.
    pub slot_taken: Vec<usize>,
    /// The format has no free code for them.
    pub no_free_code: Vec<usize>,
}

/// Makes as many of the drafts as can be made.
pub(crate) async fn issue(
    service: &Service,
    session: &mut Session,
    drafts: &[Draft<'_>],
    now: DateTime<Utc>,
    operation: &Operation,
) -> Result<Outcome> {
    let slots: Vec<&str> = drafts.iter().filter_map(|draft| draft.slot.as_deref()).collect();
    free_dead_slots(session, &slots, now, operation).await?;
    let mut outcome = Outcome::default();
    let mut pending: Vec<usize> = (0..drafts.len()).collect();
    for _ in 0..ROUNDS {
        if pending.is_empty() {
            return Ok(outcome);
        }
        let mut pool = CodePool::for_drafts(session, pending.iter().map(|index| &drafts[*index])).await?;
        let mut drawn = Vec::with_capacity(pending.len());
        for index in pending {
            match pool.draw(service, &drafts[index]) {
                Some(code) => drawn.push((index, new_invite(service, &drafts[index], code, now, operation.id))),
                None => outcome.no_free_code.push(index),
            }
        }
        pending = insert(service, session, drafts, drawn, &mut outcome).await?;
    }
    outcome.no_free_code.extend(pending);
    Ok(outcome)
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
    service: &Service,
    session: &mut Session,
    drafts: &[Draft<'_>],
    drawn: Vec<(usize, (NewInvite, Code))>,
    outcome: &mut Outcome,
) -> Result<Vec<usize>> {
    let rows: Vec<NewInvite> = drawn.iter().map(|(_, (invite, _))| invite.clone()).collect();
    let inserted = invites::insert(session, &rows).await?;
    let present: HashSet<Uuid> = if inserted == rows.len() as u64 {
        rows.iter().map(|invite| invite.id).collect()
    } else {
        let ids: Vec<Uuid> = rows.iter().map(|invite| invite.id).collect();
        invites::present(session, &ids).await?.into_iter().collect()
    };
    let mut skipped = Vec::new();
    for (index, (invite, code)) in drawn {
        if present.contains(&invite.id) {
            outcome.issued.push((index, issued(service, &drafts[index], invite, code)));
        } else {
            skipped.push(index);
        }
    }
    let slots: Vec<&str> = skipped.iter().filter_map(|index| drafts[*index].slot.as_deref()).collect();
    if slots.is_empty() {
        return Ok(skipped);
    }
    let taken: HashSet<String> = invites::taken_slots(session, &slots).await?.into_iter().collect();
    let (held, collided) =
        skipped.into_iter().partition(|index| drafts[*index].slot.as_ref().is_some_and(|slot| taken.contains(slot)));
    outcome.slot_taken.extend::<Vec<usize>>(held);
    Ok(collided)
}

fn new_invite(
    service: &Service,
    draft: &Draft<'_>,
    code: Code,
    now: DateTime<Utc>,
    operation: Uuid,
) -> (NewInvite, Code) {
    let invite = NewInvite {
        id: service.new_id(now),
        space_id: draft.space.id.clone(),
        role: draft.role.clone(),
        code: (draft.policy.kept_as == KeptAs::Text).then(|| code.clone()),
        code_key: code.key(draft.policy.kept_as),
        email: draft.email.clone(),
        note: draft.note.clone(),
        created_by: draft.created_by.clone(),
        created_at: now,
        starts_at: draft.starts_at,
        expires_at: draft.expires_at,
        max_uses: draft.max_uses,
        slot: draft.slot.clone(),
        send_after: draft.send_after,
        created_op: operation,
    };
    (invite, code)
}

fn issued(service: &Service, draft: &Draft<'_>, new: NewInvite, code: Code) -> Issued {
    Issued {
        link: service.links().link(draft.policy, &code),
        invited_by: None,
        is_mailed: new.send_after.is_some(),
        code,
        invite: Invite {
            id: new.id,
            space_id: new.space_id,
            space_name: draft.space.name.clone(),
            policy: draft.policy.name.clone(),
            role: new.role,
            code: new.code,
            code_key: new.code_key,
            email: new.email,
            note: new.note,
            created_by: new.created_by,
            created_at: new.created_at,
            starts_at: new.starts_at,
            expires_at: new.expires_at,
            max_uses: new.max_uses,
            uses: 0,
            closed: None,
            sends: 0,
            last_sent_at: None,
            last_send_error: None,
            send_after: new.send_after,
            created_op: new.created_op,
            closed_op: None,
        },
    }
}

/// The error for a draft whose format has no free code left.
pub(crate) fn no_free_code(draft: &Draft<'_>) -> Error {
    let message = match &draft.policy.code {
        CodeFormat::Name { letters, digits } => format!(
            "every code that begins with {}- is taken, all {}",
            NamePrefix::of(&draft.space.name, *letters).as_str(),
            10_u64.pow(*digits)
        ),
        _ => format!("nearly every code that the policy {} can make is taken", draft.policy.name),
    };
    Error::no_free_code(message)
        .hint("closed ones become free again when they are purged: invite cleanup --purge-after 90d --include-used")
}

/// Draws codes that are new within their batch; for short numbers behind a
/// name, also new in the database.
struct CodePool {
    used: HashSet<String>,
    free_numbers: HashMap<NamePrefix, Vec<u64>>,
}

impl CodePool {
    async fn for_drafts<'d, 'p: 'd>(
        session: &mut Session,
        drafts: impl Iterator<Item = &'d Draft<'p>>,
    ) -> Result<Self> {
        let mut free_numbers = HashMap::new();
        for draft in drafts {
            if let CodeFormat::Name { letters, digits } = draft.policy.code
                && digits <= LISTABLE_DIGITS
            {
                let prefix = NamePrefix::of(&draft.space.name, letters);
                if let Entry::Vacant(entry) = free_numbers.entry(prefix) {
                    let free = free_numbers_behind(session, entry.key(), digits).await?;
                    entry.insert(free);
                }
            }
        }
        Ok(CodePool { used: HashSet::new(), free_numbers })
    }

    /// A code for a draft; none if the format has none left.
    fn draw(&mut self, service: &Service, draft: &Draft<'_>) -> Option<Code> {
        let mut random = service.random();
        let rng = random.generator();
        let prefix = match draft.policy.code {
            CodeFormat::Name { letters, .. } => Some(NamePrefix::of(&draft.space.name, letters)),
            _ => None,
        };
        if let CodeFormat::Name { digits, .. } = draft.policy.code
            && let Some(free) = prefix.as_ref().and_then(|prefix| self.free_numbers.get_mut(prefix))
        {
            if free.is_empty() {
                return None;
            }
            let number = free.swap_remove(rng.random_range(0..free.len()));
            return prefix.map(|prefix| numbered(prefix.as_str(), number, digits));
        }
        for _ in 0..ROUNDS {
            let code = draw(&draft.policy.code, prefix.as_ref(), rng);
            if self.used.insert(code.key(draft.policy.kept_as).as_str().to_owned()) {
                return Some(code);
            }
        }
        None
    }
}

/// A code for one draft, as far as can be seen a free one.
///
/// # Errors
/// [`Error::NoFreeCode`] if the format has none left.
pub(super) async fn draw_one(service: &Service, session: &mut Session, draft: &Draft<'_>) -> Result<Code> {
    let mut pool = CodePool::for_drafts(session, std::iter::once(draft)).await?;
    pool.draw(service, draft).ok_or_else(|| no_free_code(draft))
}

async fn free_numbers_behind(session: &mut Session, prefix: &NamePrefix, digits: u32) -> Result<Vec<u64>> {
    let head = normalise(prefix.as_str());
    // The character after 9 is the colon.
    let keys = invites::keys_between(session, &format!("{head}0"), &format!("{head}:")).await?;
    let taken: HashSet<u64> = keys
        .iter()
        .filter_map(|key| key.strip_prefix(head.as_str()))
        .filter(|number| number.len() == digits as usize)
        .filter_map(|number| number.parse().ok())
        .collect();
    Ok((0..10_u64.pow(digits)).filter(|number| !taken.contains(number)).collect())
}
