//! The rules of one kind of space.

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::calendar::Zone;
use crate::duration::{Lifetime, write_duration};
use crate::error::{Error, Result};
use crate::model::code::odds::{MAX_DIGITS, Odds};
use crate::model::code::{CodeFormat, KeptAs, token_bits};
use crate::text::quoted;

/// The rules of one kind of space.
#[derive(Debug, Clone)]
pub struct Policy {
    /// Its name, as spaces carry it.
    pub name: String,
    /// What people invite to, in a few words.
    pub description: String,
    /// How codes are made.
    pub code: CodeFormat,
    /// What is kept of them.
    pub kept_as: KeptAs,
    /// Whether each space has one lasting invite, made by backfill.
    pub standing: bool,
    /// How long an invite lasts unless told otherwise.
    pub lifetime: Lifetime,
    /// The time zone of its months and years.
    pub zone: Zone,
    /// How often an invite can be used unless told otherwise; none for no limit.
    pub max_uses: Option<i64>,
    /// Whether another limit may be given.
    pub custom_max_uses: bool,
    /// Whether an invite is bound to one e-mail address.
    pub email_required: bool,
    /// The roles that an invite may grant; the first is the default.
    pub roles: Vec<String>,
    /// Roles in the space that may create invites.
    pub may_create: Vec<String>,
    /// Roles in the space that may see them.
    pub may_see: Vec<String>,
    /// Roles in the space that may revoke them.
    pub may_revoke: Vec<String>,
    /// Roles in the space that may have their e-mail sent again (seed 002).
    pub may_resend: Vec<String>,
    /// Whether the user who made an invite may also revoke it (seed 004).
    pub creator_may_revoke: bool,
    /// Whether an invite that was used may still be revoked (not so in seed 003).
    pub revoke_used: bool,
    /// How often an invitation may be sent again.
    pub resends: i64,
    /// The link's path with `{code}` in it; none where there is no link.
    pub link: Option<String>,
    /// Invites a user may make in an hour, generated or regenerated; another link
    /// of the same invite (resend) and what backfill makes do not count.
    pub limit_create: Option<i64>,
    /// Validations a client may ask for in an hour.
    pub limit_validate: Option<i64>,
    /// Uses a client may try in an hour.
    pub limit_use: Option<i64>,
    /// Tries of a client that may fail in an hour, validations and uses together.
    pub limit_failed: Option<i64>,
    /// Maximum number of e-mails per user (`--as`) and hour.
    pub limit_mails: Option<i64>,
    /// Maximum number of e-mails per space and hour, of all users and operators.
    pub limit_mails_space: Option<i64>,
    /// Maximum number of e-mails per address and day, over all spaces and policies.
    pub limit_mails_address: Option<i64>,
}

impl Policy {
    /// The role to grant: the one asked for, or the policy's first.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a role that invites of this policy do not grant.
    pub(crate) fn grant<'a>(&'a self, role: Option<&'a str>) -> Result<&'a str> {
        let Some(role) = role else { return Ok(&self.roles[0]) };
        if self.roles.iter().any(|known| known == role) {
            return Ok(role);
        }
        Err(Error::invalid(format!("an invite of the policy {} cannot grant the role {}", self.name, quoted(role)))
            .hint(format!("roles: {}", self.roles.join(", "))))
    }

    /// Every role that a member of such a space can have: those that invites
    /// grant and those that administer.
    #[must_use]
    pub fn member_roles(&self) -> Vec<&str> {
        let mut roles: Vec<&str> = Vec::new();
        let administer = [&self.may_create, &self.may_see, &self.may_revoke, &self.may_resend];
        for role in administer.into_iter().flatten().chain(&self.roles) {
            if !roles.contains(&role.as_str()) {
                roles.push(role);
            }
        }
        roles
    }

    /// When an invite made at `now` ends, unless told otherwise.
    ///
    /// # Errors
    /// [`Error::Invalid`] beyond the year 9999.
    pub(crate) fn default_end(&self, now: DateTime<Utc>) -> Result<Option<DateTime<Utc>>> {
        match self.lifetime {
            Lifetime::Never => Ok(None),
            Lifetime::For(span) => span.after(now, &self.zone).map(Some),
        }
    }

    /// The entropy of one code in bits, once the space's name is known.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a few hundred at most")]
    pub fn strength_bits(&self) -> f64 {
        match &self.code {
            CodeFormat::Random { alphabet, length } => (alphabet.len() as f64).log2() * *length as f64,
            CodeFormat::Token { bytes, .. } => token_bits(*bytes),
            CodeFormat::Name { digits, .. } => 10_f64.log2() * f64::from(*digits),
        }
    }

    /// Returns the odds of guessing the one active code of a prefix, where codes
    /// are built from names.
    #[must_use]
    pub fn odds(&self) -> Option<Odds> {
        match self.code {
            CodeFormat::Name { digits, digits_max, .. } => Some(Odds::of_one(digits, digits_max)),
            _ => None,
        }
    }

    /// Returns true if codes that are built from a name get no more digits than
    /// the first ones.
    #[must_use]
    pub(crate) fn fixes_digits(&self) -> bool {
        matches!(self.code, CodeFormat::Name { digits_max, .. } if digits_max < MAX_DIGITS)
    }

    /// The policy as a configuration file would say it.
    #[must_use]
    pub fn rules(&self) -> PolicyRules<'_> {
        let (code, alphabet, length, bytes, prefix, letters, digits, digits_max) = match &self.code {
            CodeFormat::Random { alphabet, length } => {
                ("random", Some(alphabet.iter().collect()), Some(*length), None, None, None, None, None)
            }
            CodeFormat::Token { bytes, prefix } => {
                ("token", None, None, Some(*bytes), Some(prefix.as_str()), None, None, None)
            }
            CodeFormat::Name { letters, digits, digits_max } => {
                ("name", None, None, None, None, Some(*letters), Some(*digits), Some(*digits_max))
            }
        };
        PolicyRules {
            name: &self.name,
            description: &self.description,
            code,
            alphabet,
            length,
            bytes,
            prefix,
            letters,
            digits,
            digits_max,
            guess_attempts: self.odds().map(|odds| odds.attempts),
            guess_odds: self.odds().map(|odds| odds.probability),
            // Rounded down: never more than there is.
            strength_bits: (self.strength_bits() * 10.0).floor() / 10.0,
            kept_as: if self.kept_as == KeptAs::Text { "text" } else { "hash" },
            standing: self.standing,
            expires: match self.lifetime {
                Lifetime::Never => "never".to_owned(),
                Lifetime::For(span) => write_duration(span),
            },
            max_uses: self.max_uses,
            custom_max_uses: self.custom_max_uses,
            email: if self.email_required { "required" } else { "none" },
            roles: &self.roles,
            may_create: &self.may_create,
            may_see: &self.may_see,
            may_revoke: &self.may_revoke,
            may_resend: &self.may_resend,
            creator_may_revoke: self.creator_may_revoke,
            revoke_used: self.revoke_used,
            resends: self.resends,
            link: self.link.as_deref(),
            limit_create: self.limit_create,
            limit_validate: self.limit_validate,
            limit_use: self.limit_use,
            limit_failed: self.limit_failed,
            limit_mails: self.limit_mails,
            limit_mails_space: self.limit_mails_space,
            limit_mails_address: self.limit_mails_address,
        }
    }
}

/// A policy in the words of `policies.toml`, for output.
#[derive(Debug, Serialize)]
#[expect(missing_docs, reason = "each field is the key of the same name in policies.toml")]
#[expect(clippy::struct_excessive_bools, reason = "the file's own keys")]
pub struct PolicyRules<'a> {
    pub name: &'a str,
    pub description: &'a str,
    pub code: &'static str,
    pub alphabet: Option<String>,
    pub length: Option<usize>,
    pub bytes: Option<usize>,
    pub prefix: Option<&'a str>,
    pub letters: Option<usize>,
    pub digits: Option<u32>,
    pub digits_max: Option<u32>,
    pub guess_attempts: Option<i64>,
    pub guess_odds: Option<f64>,
    pub strength_bits: f64,
    pub kept_as: &'static str,
    pub standing: bool,
    pub expires: String,
    pub max_uses: Option<i64>,
    pub custom_max_uses: bool,
    pub email: &'static str,
    pub roles: &'a [String],
    pub may_create: &'a [String],
    pub may_see: &'a [String],
    pub may_revoke: &'a [String],
    pub may_resend: &'a [String],
    pub creator_may_revoke: bool,
    pub revoke_used: bool,
    pub resends: i64,
    pub link: Option<&'a str>,
    pub limit_create: Option<i64>,
    pub limit_validate: Option<i64>,
    pub limit_use: Option<i64>,
    pub limit_failed: Option<i64>,
    pub limit_mails: Option<i64>,
    pub limit_mails_space: Option<i64>,
    pub limit_mails_address: Option<i64>,
}
