//! Checks the rules of a policy that concern several keys. Errors name file, line, key and
//! reason.

use std::collections::{BTreeMap, BTreeSet};

use crate::error::Result;
use crate::model::code::{CodeFormat, MIN_LENGTH, Storage};
use crate::policy::deserialize::deserialize;
use crate::policy::rules::{NO_ROLES, Policy};
use crate::policy::tables::{Keys, PolicyTables};

/// Builds the policies of all tables, by name. Besides the roles that a table lists,
/// its permissions may name the `known` ones, which are spelt correctly.
///
/// # Errors
/// [`crate::Error::Invalid`] with file, line, key and reason for the first bad value.
pub(crate) fn policies(tables: &PolicyTables, known: &BTreeSet<String>) -> Result<BTreeMap<String, Policy>> {
    tables.iter().map(|keys| Ok((keys.name.clone(), policy(keys, known)?))).collect()
}

fn policy(keys: &Keys, known: &BTreeSet<String>) -> Result<Policy> {
    let policy = deserialize(keys)?;
    check_code(keys, &policy)?;
    if policy.roles.is_empty() {
        return Err(keys.refuse("roles", NO_ROLES));
    }
    for (key, permitted) in policy.permissions() {
        check_spelling(keys, (key, permitted), &policy.roles, known)?;
    }
    require_may_see(keys, &policy)?;
    if policy.standing && policy.email_required() {
        return Err(keys.refuse("standing", "a standing code cannot be bound to one address"));
    }
    if policy.email_required() && policy.max_uses != Some(1) {
        return Err(keys.refuse("max_uses", "an invite that is bound to an address has one use: write 1"));
    }
    Ok(policy)
}

/// Refuses a role of a permission that is probably misspelt: one letter away from another
/// role. Nothing declares roles, so a misspelt one would be a role that nobody has.
///
/// A role is not misspelt if invites grant it, if it differs from the other in a number,
/// or if it is named twice: nobody makes the same typing error twice, and every role with
/// a permission is also in `view_roles`.
fn check_spelling(
    keys: &Keys,
    (key, permitted): (&str, &[String]),
    granted: &[String],
    known: &BTreeSet<String>,
) -> Result<()> {
    let others: BTreeSet<&str> = keys.roles().chain(known.iter().map(String::as_str)).collect();
    for role in permitted {
        let is_named_twice = keys.roles().filter(|named| named == role).count() > 1;
        if is_named_twice || known.contains(role) || granted.contains(role) {
            continue;
        }
        if let Some(other) = others.iter().find(|other| is_typing_error(role, other)) {
            let error = keys.refuse(key, &format!("{role:?} is one letter away from the role {other:?}"));
            return Err(error.with_hint(format!(
                "did you mean {other:?}? Otherwise choose a name that cannot be confused with it"
            )));
        }
    }
    Ok(())
}

/// Refuses a role that may create, revoke or resend invites but not see them: these
/// commands show the invites that they change. The error names the key that was set last,
/// since the other one may be in a file that was correct before.
fn require_may_see(keys: &Keys, policy: &Policy) -> Result<()> {
    for (key, permitted) in policy.permissions() {
        let Some(role) = permitted.iter().find(|role| !policy.view_roles.contains(role)) else { continue };
        let place = |key: &str| keys.values.get(key).map(|(_, place)| place);
        if place("view_roles").zip(place(key)).is_some_and(|(see, may)| see.overrides(may)) {
            let why = format!("{role:?} is in {key}, which requires view_roles: add it here, or remove it from {key}");
            return Err(keys.refuse("view_roles", &why));
        }
        return Err(keys.refuse(key, &format!("{role:?} must also be in view_roles")));
    }
    Ok(())
}

/// Returns true if one word is the other with a typing error: a letter that was added,
/// omitted, replaced or swapped.
fn is_typing_error(one: &str, other: &str) -> bool {
    let is_word = |text: &str| text.chars().count() > 3;
    let letters = |text: &str| text.chars().filter(|c| !c.is_numeric()).collect::<String>();
    is_word(one) && is_word(other) && strsim::osa_distance(one, other) == 1 && letters(one) != letters(other)
}

/// Minimum entropy in bits of a code of which only the hash is stored. The hash has no
/// salt, so that a code can be looked up by it. An attacker who reads the database can
/// therefore test codes against all hashes at once, about 2^40 per second with much
/// hardware.
const MIN_HASHED_ENTROPY: f64 = 112.0;

/// Checks the format of codes, and whether they can be stored as the policy says.
fn check_code(keys: &Keys, policy: &Policy) -> Result<()> {
    let is_hashed = policy.storage == Storage::Hash;
    match &policy.code {
        CodeFormat::Random { alphabet, length } if is_hashed && policy.entropy_bits() < MIN_HASHED_ENTROPY => {
            #[expect(clippy::cast_precision_loss, reason = "at most 36 characters")]
            let needed = (MIN_HASHED_ENTROPY / (alphabet.len() as f64).log2()).ceil();
            let why = format!(
                "a code of {length} characters can be recovered from its hash by brute force: write \"text\", a \
                 length of {needed} or more, or code = \"token\""
            );
            Err(keys.refuse("storage", &why))
        }
        CodeFormat::Token { .. } if !is_hashed => {
            Err(keys.refuse("storage", "a token can only be stored as a hash: write \"hash\""))
        }
        CodeFormat::Name { letters, digits, .. } if letters + (*digits as usize) < usize::from(MIN_LENGTH) => {
            let why = format!(
                "letters = {letters} and digits = {digits} give a code of {} characters (minimum {MIN_LENGTH})",
                letters + *digits as usize
            );
            Err(keys.refuse("digits", &why))
        }
        CodeFormat::Name { .. } if is_hashed => {
            Err(keys.refuse("storage", "a code made of a name is too short to be stored as a hash"))
        }
        CodeFormat::Name { digits, max_digits, .. } if max_digits < digits => {
            Err(keys.refuse("max_digits", &format!("{max_digits} is less than digits, {digits}")))
        }
        _ => Ok(()),
    }
}
