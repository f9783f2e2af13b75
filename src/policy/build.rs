//! Builds a [`Policy`] from its keys, and checks every value. Errors name file, line, key
//! and reason.

use std::collections::{BTreeMap, BTreeSet};

use crate::calendar::Zone;
use crate::duration::{Lifetime, parse_lifetime};
use crate::error::{Error, Result};
use crate::model::code::odds::MAX_DIGITS;
use crate::model::code::{CodeFormat, MIN_LENGTH, Storage};
use crate::policy::rules::Policy;
use crate::policy::tables::{Keys, PolicyTables, Value};

/// Builds the policies of all tables, by name. Besides the roles that a table lists,
/// its permissions may name the `known` ones, which are spelt correctly.
///
/// # Errors
/// [`Error::Invalid`] with file, line, key and reason for the first bad value.
pub(crate) fn policies(tables: &PolicyTables, known: &BTreeSet<String>) -> Result<BTreeMap<String, Policy>> {
    tables.iter().map(|keys| Ok((keys.name.clone(), policy(keys, known)?))).collect()
}

fn policy(keys: &Keys, known: &BTreeSet<String>) -> Result<Policy> {
    let code = code_format(keys)?;
    let policy = Policy {
        name: keys.name.clone(),
        description: keys.text("description")?.unwrap_or_default().to_owned(),
        code,
        storage: if keys.choice("storage", &["text", "hash"])? == "hash" { Storage::Hash } else { Storage::Text },
        standing: keys.flag("standing", false)?,
        lifetime: lifetime(keys)?,
        zone: Zone::UTC,
        max_uses: limit(keys, "max_uses", "unlimited")?,
        custom_max_uses: keys.flag("custom_max_uses", true)?,
        email_required: keys.choice("email", &["none", "required"])? == "required",
        roles: roles(keys, "roles")?,
        create_roles: roles(keys, "create_roles")?,
        view_roles: roles(keys, "view_roles")?,
        revoke_roles: roles(keys, "revoke_roles")?,
        resend_roles: roles(
            keys,
            if keys.values.contains_key("resend_roles") { "resend_roles" } else { "create_roles" },
        )?,
        creator_can_revoke: keys.flag("creator_can_revoke", false)?,
        revoke_used: keys.flag("revoke_used", true)?,
        max_resends: keys.number("max_resends", 0..=1_000)?.unwrap_or(0),
        link: link(keys)?,
        limit_create: limit(keys, "limit_create", "none")?,
        limit_validate: limit(keys, "limit_validate", "none")?,
        limit_use: limit(keys, "limit_use", "none")?,
        limit_failed: limit(keys, "limit_failed", "none")?,
        limit_mails: mail_limit(keys, "limit_mails", MAILS_PER_HOUR)?,
        limit_mails_space: mail_limit(keys, "limit_mails_space", MAILS_PER_SPACE)?,
        limit_mails_address: mail_limit(keys, "limit_mails_address", MAILS_PER_ADDRESS)?,
    };
    if policy.roles.is_empty() {
        return Err(keys.refuse("roles", "an invite must grant a role: list at least one"));
    }
    for key in ["create_roles", "view_roles", "revoke_roles", "resend_roles"] {
        check_spelling(keys, key, known)?;
    }
    require_may_see(keys, &policy)?;
    if policy.standing && policy.email_required {
        return Err(keys.refuse("standing", "a standing code cannot be bound to one address"));
    }
    if policy.email_required && policy.max_uses != Some(1) {
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
fn check_spelling(keys: &Keys, key: &str, known: &BTreeSet<String>) -> Result<()> {
    let granted = roles(keys, "roles")?;
    let others: BTreeSet<&str> = keys.roles().chain(known.iter().map(String::as_str)).collect();
    for role in roles(keys, key)? {
        let is_named_twice = keys.roles().filter(|named| *named == role).count() > 1;
        if is_named_twice || known.contains(&role) || granted.contains(&role) {
            continue;
        }
        if let Some(other) = others.iter().find(|other| is_typing_error(&role, other)) {
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
    let permissions = [
        ("create_roles", &policy.create_roles),
        ("revoke_roles", &policy.revoke_roles),
        ("resend_roles", &policy.resend_roles),
    ];
    for (key, permitted) in permissions {
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

fn code_format(keys: &Keys) -> Result<CodeFormat> {
    let Some(kind) = keys.text("code")? else {
        return Err(keys.refuse("code", "it is missing: write \"random\", \"token\" or \"name\""));
    };
    match kind {
        "random" => {
            let alphabet = alphabet(keys)?;
            let length = keys.count("length", i64::from(MIN_LENGTH)..=64)?.unwrap_or(8);
            check_hash(keys, alphabet.len(), length)?;
            Ok(CodeFormat::Random { alphabet, length })
        }
        "token" => {
            let prefix = keys.text("prefix")?.unwrap_or_default().to_owned();
            let is_allowed = prefix.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
            if prefix.len() > 16 || !is_allowed || prefix.starts_with('_') {
                let why = "write up to 16 of A-Z, a-z, 0-9 and _, a letter or digit first";
                return Err(keys.refuse("prefix", why));
            }
            let bytes = keys.count("bytes", 16..=64)?.unwrap_or(32);
            if keys.choice("storage", &["text", "hash"])? != "hash" {
                return Err(keys.refuse("storage", "a token can only be stored as a hash: write \"hash\""));
            }
            Ok(CodeFormat::Token { bytes, prefix })
        }
        "name" => {
            let letters = keys.count("letters", 1..=16)?.unwrap_or(3);
            let digits = keys.number("digits", 1..=9)?.unwrap_or(3);
            let characters = i64::try_from(letters).unwrap_or(0) + digits;
            if characters < i64::from(MIN_LENGTH) {
                let why = format!(
                    "letters = {letters} and digits = {digits} give a code of {characters} characters (minimum \
                     {MIN_LENGTH})"
                );
                return Err(keys.refuse("digits", &why));
            }
            if keys.choice("storage", &["text", "hash"])? == "hash" {
                return Err(keys.refuse("storage", "a code made of a name is too short to be stored as a hash"));
            }
            let max_digits = keys.number("max_digits", 1..=9)?.unwrap_or(9);
            if max_digits < digits {
                return Err(keys.refuse("max_digits", &format!("{max_digits} is less than digits, {digits}")));
            }
            let count = |digits: i64| u32::try_from(digits).unwrap_or(MAX_DIGITS);
            Ok(CodeFormat::Name { letters, digits: count(digits), max_digits: count(max_digits) })
        }
        other => Err(keys.refuse("code", &format!("{other:?} is not one of random, token, name"))),
    }
}

/// Minimum entropy in bits of a code of which only the hash is stored. The hash has no
/// salt, so that a code can be looked up by it. An attacker who reads the database can
/// therefore test codes against all hashes at once, about 2^40 per second with much
/// hardware.
const MIN_HASHED_ENTROPY: f64 = 112.0;

#[expect(clippy::cast_precision_loss, reason = "at most 64 characters")]
fn check_hash(keys: &Keys, letters: usize, length: usize) -> Result<()> {
    let bits = (letters as f64).log2();
    if keys.choice("storage", &["text", "hash"])? == "text" || bits * length as f64 >= MIN_HASHED_ENTROPY {
        return Ok(());
    }
    let needed = (MIN_HASHED_ENTROPY / bits).ceil();
    let why = format!(
        "a code of {length} characters can be recovered from its hash by brute force: write \"text\", a length of \
         {needed} or more, or code = \"token\""
    );
    Err(keys.refuse("storage", &why))
}

fn alphabet(keys: &Keys) -> Result<Vec<char>> {
    let text = keys.text("alphabet")?.unwrap_or("ABCDEFGHJKLMNPQRSTUVWXYZ23456789");
    let letters: Vec<char> = text.chars().collect();
    if let Some(wrong) = letters.iter().find(|letter| !letter.is_ascii_uppercase() && !letter.is_ascii_digit()) {
        return Err(keys.refuse("alphabet", &format!("{wrong:?} is not one of A-Z and 0-9")));
    }
    for (index, letter) in letters.iter().enumerate() {
        if letters[..index].contains(letter) {
            return Err(keys.refuse("alphabet", &format!("{letter:?} is a duplicate")));
        }
    }
    if letters.len() < 10 {
        return Err(keys.refuse("alphabet", "it needs at least 10 characters"));
    }
    Ok(letters)
}

fn lifetime(keys: &Keys) -> Result<Lifetime> {
    let Some(text) = keys.text("expires")? else { return Ok(Lifetime::Never) };
    parse_lifetime(text).map_err(|error| keys.refuse("expires", &error.to_string()))
}

fn limit(keys: &Keys, key: &str, none: &str) -> Result<Option<i64>> {
    if let Some((Value::Text(text), _)) = keys.values.get(key) {
        if text == none {
            return Ok(None);
        }
        return Err(keys.refuse(key, &format!("{text:?} is neither a number nor {none:?}")));
    }
    keys.number(key, 1..=1_000_000_000)
}

/// Default limits of a policy that sends e-mails: per user and hour, per space and hour,
/// per address and day. The last is enough for one invitation that is resent three times.
const MAILS_PER_HOUR: i64 = 50;
const MAILS_PER_SPACE: i64 = 500;
const MAILS_PER_ADDRESS: i64 = 4;

/// Reads a limit of e-mails. A policy that sends e-mails has a default limit.
fn mail_limit(keys: &Keys, key: &str, default: i64) -> Result<Option<i64>> {
    let sends = keys.choice("email", &["none", "required"])? == "required";
    if sends && !keys.values.contains_key(key) {
        return Ok(Some(default));
    }
    limit(keys, key, "none")
}

fn roles(keys: &Keys, key: &str) -> Result<Vec<String>> {
    let Some((value, _)) = keys.values.get(key) else { return Ok(Vec::new()) };
    let Value::List(roles) = value else {
        return Err(keys.refuse(key, "write a list of roles: [\"owner\", \"admin\"]"));
    };
    for role in roles {
        if role.is_empty() || role.chars().count() > 32 || role.chars().any(|c| c.is_control() || c.is_whitespace()) {
            return Err(keys.refuse(key, &format!("{role:?} is not a role: 1 to 32 characters without spaces")));
        }
    }
    Ok(roles.clone())
}

fn link(keys: &Keys) -> Result<Option<String>> {
    let Some(path) = keys.text("link")? else { return Ok(None) };
    if path.is_empty() {
        return Ok(None);
    }
    if !path.starts_with('/') || path.matches("{code}").count() != 1 || path.chars().any(char::is_whitespace) {
        return Err(keys.refuse("link", "write a path that begins with / and contains {code} once"));
    }
    // Browsers read // and /\ as the start of another host.
    if path.contains(['\\', '@']) || path.contains("//") || path.chars().any(char::is_control) {
        return Err(
            keys.refuse("link", "write a path on the base URL: without //, backslashes, @ and control characters")
        );
    }
    Ok(Some(path.to_owned()))
}

impl Keys {
    fn refuse(&self, key: &str, why: &str) -> Error {
        let place = self.values.get(key).map_or(&self.place, |(_, place)| place);
        place.refuse(&format!("policy.{}: {key}: {why}", self.name))
    }

    fn text(&self, key: &str) -> Result<Option<&str>> {
        match self.values.get(key) {
            None => Ok(None),
            Some((Value::Text(text), _)) => Ok(Some(text)),
            Some(_) => Err(self.refuse(key, "write a string in quotes")),
        }
    }

    /// Returns one of the allowed words; the first if the key is missing.
    fn choice<'k>(&'k self, key: &str, words: &[&'k str]) -> Result<&'k str> {
        let Some(text) = self.text(key)? else { return Ok(words[0]) };
        if words.contains(&text) {
            return Ok(text);
        }
        Err(self.refuse(key, &format!("{text:?} is not one of {}", words.join(", "))))
    }

    fn flag(&self, key: &str, default: bool) -> Result<bool> {
        match self.values.get(key) {
            None => Ok(default),
            Some((Value::Flag(flag), _)) => Ok(*flag),
            Some(_) => Err(self.refuse(key, "write true or false")),
        }
    }

    fn number(&self, key: &str, range: std::ops::RangeInclusive<i64>) -> Result<Option<i64>> {
        match self.values.get(key) {
            None => Ok(None),
            Some((Value::Number(number), _)) if range.contains(number) => Ok(Some(*number)),
            Some((Value::Number(number), _)) => {
                Err(self.refuse(key, &format!("{number} is outside {} to {}", range.start(), range.end())))
            }
            Some(_) => Err(self.refuse(key, "write a whole number")),
        }
    }

    fn count(&self, key: &str, range: std::ops::RangeInclusive<i64>) -> Result<Option<usize>> {
        Ok(self.number(key, range)?.and_then(|number| usize::try_from(number).ok()))
    }
}
