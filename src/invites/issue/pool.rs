//! Generates codes that are unique within their batch. Codes that are built from names also
//! get a length that keeps the odds of a guess low.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::{DateTime, Utc};
use rand::RngExt;

use crate::error::{Error, Result};
use crate::invites::issue::draft::{Draft, no_free_code, prefix_of};
use crate::limits::{CodeGroup, instants};
use crate::model::code::odds::Group;
use crate::model::code::{Code, CodeFormat, NamePrefix, generate, normalize, numbered};
use crate::model::invite::Invite;
use crate::policy::Policy;
use crate::service::Service;
use crate::store::Session;
use crate::store::tables::invites::{self, numbers};
use crate::store::tables::operations::{self, Operation};

/// Maximum number of digits for which all numbers of a prefix are listed, so that the last
/// free one is found.
const LISTABLE_DIGITS: u32 = 4;

/// Number of rounds after which a format counts as full if every generated code was taken.
pub(crate) const MAX_ROUNDS: usize = 64;

/// Generates the codes of a batch.
#[derive(Default)]
pub(crate) struct CodePool {
    used: HashSet<String>,
    numbers: HashMap<(String, String), Vec<Length>>,
}

/// The available code numbers of one prefix and number of digits.
struct Length {
    digits: u32,
    /// Number of codes that can be added without exceeding the odds.
    room: u64,
    /// The free numbers, if the length is short enough to list them.
    free: Option<Vec<u64>>,
}

impl Length {
    /// Returns the number of codes that can be generated.
    fn capacity(&self) -> u64 {
        self.room.min(10_u64.pow(self.digits))
    }
}

fn key_of(policy: &Policy, prefix: &NamePrefix) -> (String, String) {
    (policy.name.clone(), prefix.as_str().to_owned())
}

impl CodePool {
    /// Looks up the free numbers for drafts whose codes are built from names, without the
    /// number of an invite whose code is replaced. Locks the prefixes until the transaction
    /// ends.
    pub(crate) async fn for_drafts<'d, 'p: 'd>(
        session: &mut Session,
        drafts: impl Iterator<Item = &'d Draft<'p>>,
        replaced: Option<&Invite>,
        now: DateTime<Utc>,
    ) -> Result<Self> {
        // All transactions lock the prefixes in the same order, which prevents deadlocks.
        let mut wanted: BTreeMap<(String, String), (&'p Policy, NamePrefix, u64)> = BTreeMap::new();
        for draft in drafts {
            if let Some(prefix) = prefix_of(draft) {
                let entry = wanted.entry(key_of(draft.policy, &prefix));
                entry.or_insert((draft.policy, prefix, 0)).2 += 1;
            }
        }
        let mut pool = CodePool::default();
        for (key, (policy, prefix, count)) in wanted {
            let lengths = lengths_for(session, policy, (&prefix, count), replaced, now).await?;
            pool.numbers.insert(key, lengths);
        }
        Ok(pool)
    }

    /// Generates a code for a draft; `None` if the format has none left.
    pub(crate) fn next_code(&mut self, service: &Service, draft: &Draft<'_>) -> Option<Code> {
        let mut random = service.random();
        let rng = random.generator();
        if let Some(prefix) = prefix_of(draft) {
            let lengths = self.numbers.get_mut(&key_of(draft.policy, &prefix))?;
            let length = lengths.iter_mut().find(|length| length.room > 0)?;
            let number = if let Some(free) = &mut length.free {
                let number = free.swap_remove(rng.random_range(0..free.len()));
                length.room = (length.room - 1).min(free.len() as u64);
                number
            } else {
                length.room -= 1;
                rng.random_range(0..10_u64.pow(length.digits))
            };
            let code = numbered(prefix.as_str(), number, length.digits);
            // If the batch or an invite has this number already, the next round generates
            // another one.
            self.used.insert(normalize(code.reveal()));
            return Some(code);
        }
        for _ in 0..MAX_ROUNDS {
            let code = generate(&draft.policy.code, None, rng);
            if self.used.insert(code.key(draft.policy.storage).as_str().to_owned()) {
                return Some(code);
            }
        }
        None
    }
}

/// Returns the lengths that together have room for the new codes, the shortest
/// first.
async fn lengths_for(
    session: &mut Session,
    policy: &Policy,
    (prefix, wanted): (&NamePrefix, u64),
    replaced: Option<&Invite>,
    now: DateTime<Utc>,
) -> Result<Vec<Length>> {
    let CodeFormat::Name { digits: shortest, max_digits, .. } = policy.code else { return Ok(Vec::new()) };
    let of = |digits: u32| CodeGroup { policy, group: Group::new(prefix, digits) };
    // Every transaction that creates codes behind this prefix locks the shortest length
    // first, so that the codes of all lengths are counted once.
    of(shortest).lock(session).await?;
    let standings = numbers::standings(session, &policy.name, &of(shortest).group, instants(now)).await?;
    let mut lengths = Vec::new();
    let mut missing = wanted;
    for code_group in (shortest..=max_digits).map(of) {
        let digits = code_group.group.digits();
        if digits > shortest {
            code_group.lock(session).await?;
        }
        let length = code_group.group.key_length();
        let standing = standings.iter().find(|(known, _)| *known == length).map(|(_, standing)| *standing);
        let mut standing = standing.unwrap_or_default();
        if let Some(invite) = replaced {
            // The invite keeps its creation time, from which its attempts will count.
            standing = standing.with_oldest(invite.created_at);
        }
        let seen = code_group.state_with(session, standing, now).await?;
        let mut room = if code_group.is_last() { u64::MAX } else { seen.budget.room().unsigned_abs() };
        if room == 0 {
            continue;
        }
        let mut free = None;
        if digits <= LISTABLE_DIGITS {
            let numbers = free_numbers(session, &code_group.group, replaced, now).await?;
            room = room.min(numbers.len() as u64);
            free = Some(numbers);
        }
        lengths.push(Length { digits, room, free });
        missing = missing.saturating_sub(room);
        if missing == 0 {
            break;
        }
    }
    Ok(lengths)
}

/// Checks that `wanted` numbers are left for codes that are built from a name.
///
/// # Errors
/// [`Error::NoFreeCode`] if fewer are left.
pub(crate) async fn check_numbers(
    session: &mut Session,
    draft: &Draft<'_>,
    wanted: u32,
    now: DateTime<Utc>,
) -> Result<()> {
    let Some(prefix) = prefix_of(draft) else { return Ok(()) };
    let lengths = lengths_for(session, draft.policy, (&prefix, u64::from(wanted)), None, now).await?;
    let room = lengths.iter().fold(0, |room: u64, length| room.saturating_add(length.capacity()));
    if room < u64::from(wanted) { Err(no_free_code(draft)) } else { Ok(()) }
}

/// Returns the free numbers of a group, without that of an invite whose code is replaced.
async fn free_numbers(
    session: &mut Session,
    group: &Group,
    replaced: Option<&Invite>,
    now: DateTime<Utc>,
) -> Result<Vec<u64>> {
    let mut keys = numbers::kept_keys(session, group, instants(now)).await?;
    let own = replaced.map(|invite| invite.code_key.as_str());
    keys.extend(own.filter(|key| group.has_key(key)).map(str::to_owned));
    let head = group.key_range().0.len() - 1;
    let kept: HashSet<u64> = keys.iter().filter_map(|key| key.get(head..)?.parse().ok()).collect();
    Ok((0..10_u64.pow(group.digits())).filter(|number| !kept.contains(number)).collect())
}

/// Removes the keys of these codes from invites that have long been invalid, if the codes
/// are built from names. An invite whose code is replaced keeps its key.
pub(crate) async fn retire_holders<'c>(
    session: &mut Session,
    codes: impl Iterator<Item = (&'c Draft<'c>, &'c Code)>,
    replaced: Option<&Invite>,
    now: DateTime<Utc>,
    operation: &Operation,
) -> Result<()> {
    let keys: Vec<String> =
        codes.filter(|(draft, _)| prefix_of(draft).is_some()).map(|(_, code)| normalize(code.reveal())).collect();
    if keys.is_empty() {
        return Ok(());
    }
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    let except = replaced.map(|invite| invite.id);
    if numbers::retire(session, &keys, except, instants(now), operation.id).await? > 0 {
        operations::record(session, operation, 0, 0).await?;
    }
    Ok(())
}

/// Generates a code that replaces the code of an invite: a different one, and free as far
/// as this transaction can see.
///
/// # Errors
/// [`Error::NoFreeCode`] if the format has none left.
pub(crate) async fn generate_code(
    service: &Service,
    session: &mut Session,
    draft: &Draft<'_>,
    replaced: &Invite,
    now: DateTime<Utc>,
    operation: &Operation,
) -> Result<Code> {
    for _ in 0..MAX_ROUNDS {
        let mut pool = CodePool::for_drafts(session, std::iter::once(draft), Some(replaced), now).await?;
        let Some(code) = pool.next_code(service, draft) else { break };
        retire_holders(session, std::iter::once((draft, &code)), Some(replaced), now, operation).await?;
        if invites::id_of_key(session, &code.key(draft.policy.storage)).await?.is_none() {
            return Ok(code);
        }
    }
    Err(no_free_code(draft))
}

/// Checks that a code that is built from a name may become valid again: its number must not
/// have been reused, and the odds of its group must have room for it. `hint` says how to
/// get another code.
///
/// # Errors
/// [`Error::Duplicate`] for the number, [`Error::NoFreeCode`] for the odds.
pub(crate) async fn check_room(
    session: &mut Session,
    policy: &Policy,
    invite: &Invite,
    now: DateTime<Utc>,
    hint: impl FnOnce() -> String,
) -> Result<()> {
    let (CodeFormat::Name { letters, digits, .. }, Some(code)) = (&policy.code, &invite.code) else { return Ok(()) };
    if invite.code_key != code.key(policy.storage) {
        return Err(Error::duplicate("the number of this code has been given to a newer invite").with_hint(hint()));
    }
    // The failed attempts of its life may be deleted, too.
    let is_past = |end: Option<DateTime<Utc>>| end.is_some_and(|end| end <= instants(now).before);
    if is_past(invite.expires_at) || is_past(invite.closed.map(|closed| closed.at)) {
        return Err(Error::duplicate(
            "this code has been invalid for more than 30 days, and its number may be given to another invite",
        )
        .with_hint(hint()));
    }
    let Some(group) = Group::of_text(code.reveal(), *letters) else { return Ok(()) };
    let code_group = CodeGroup { policy, group };
    let shortest = CodeGroup { policy, group: code_group.group.with_digits(*digits) };
    shortest.lock(session).await?;
    code_group.lock(session).await?;
    // The attempts of its whole life count, as they will when it is active.
    let standing = code_group.standing(session, now).await?.with_oldest(invite.created_at);
    let seen = code_group.state_with(session, standing, now).await?;
    if code_group.is_last() || seen.budget.room() > 0 {
        return Ok(());
    }
    Err(Error::no_free_code(format!(
        "as many codes {} are active as the odds of a guess allow",
        code_group.group.pattern()
    ))
    .with_hint(hint()))
}
