//! The rules of one kind of space.

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::calendar::Zone;
use crate::duration::{Lifetime, format_duration};
use crate::error::{Error, Result};
use crate::model::code::odds::{MAX_DIGITS, Odds};
use crate::model::code::{CodeFormat, Storage, token_entropy_bits};
use crate::text::quoted;

/// The rules of one kind of space.
#[derive(Debug, Clone)]
pub struct Policy {
    /// Name of the policy; spaces refer to it.
    pub name: String,
    /// Short description of the spaces.
    pub description: String,
    /// Format of the codes.
    pub code: CodeFormat,
    /// The form in which the database stores the codes.
    pub storage: Storage,
    /// True if each space has one standing code, which backfill creates.
    pub standing: bool,
    /// Default lifetime of an invite.
    pub lifetime: Lifetime,
    /// Time zone of the months and years of the lifetime.
    pub zone: Zone,
    /// Default usage limit of an invite; `None` if uses are unlimited.
    pub max_uses: Option<i64>,
    /// True if an invite may have another usage limit.
    pub custom_max_uses: bool,
    /// True if an invite is bound to an e-mail address.
    pub email_required: bool,
    /// Roles that an invite may grant; the first is the default.
    pub roles: Vec<String>,
    /// Roles in the space that may create invites.
    pub create_roles: Vec<String>,
    /// Roles in the space that may see the invites.
    pub view_roles: Vec<String>,
    /// Roles in the space that may revoke the invites.
    pub revoke_roles: Vec<String>,
    /// Roles in the space that may resend invitations (seed 002).
    pub resend_roles: Vec<String>,
    /// True if the creator of an invite may revoke it (seed 004).
    pub creator_can_revoke: bool,
    /// True if a used invite may be revoked (false in seed 003).
    pub revoke_used: bool,
    /// Maximum number of times that an invitation is resent.
    pub max_resends: i64,
    /// Path of the link, with `{code}` in it; `None` if there is no link.
    pub link: Option<String>,
    /// Maximum number of invites that a user may generate or regenerate per hour. Resent
    /// invitations and backfilled codes do not count.
    pub limit_create: Option<i64>,
    /// Maximum number of validations per client and hour.
    pub limit_validate: Option<i64>,
    /// Maximum number of attempts to redeem per client and hour.
    pub limit_use: Option<i64>,
    /// Maximum number of failed attempts per client and hour, to validate or to redeem.
    pub limit_failed: Option<i64>,
    /// Maximum number of e-mails per user (`--as`) and hour.
    pub limit_mails: Option<i64>,
    /// Maximum number of e-mails per space and hour, of all users and operators.
    pub limit_mails_space: Option<i64>,
    /// Maximum number of e-mails per address and day, over all spaces and policies.
    pub limit_mails_address: Option<i64>,
}

impl Policy {
    /// Returns the role to grant: the requested one, or else the policy's first.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a role that invites of this policy do not grant.
    pub(crate) fn grant<'a>(&'a self, role: Option<&'a str>) -> Result<&'a str> {
        let Some(role) = role else { return Ok(&self.roles[0]) };
        if self.roles.iter().any(|known| known == role) {
            return Ok(role);
        }
        Err(Error::invalid(format!("an invite of the policy {} cannot grant the role {}", self.name, quoted(role)))
            .with_hint(format!("roles: {}", self.roles.join(", "))))
    }

    /// Lists the roles that a member of such a space can have: those that invites grant
    /// and those with permissions.
    #[must_use]
    pub fn member_roles(&self) -> Vec<&str> {
        let mut roles: Vec<&str> = Vec::new();
        let administer = [&self.create_roles, &self.view_roles, &self.revoke_roles, &self.resend_roles];
        for role in administer.into_iter().flatten().chain(&self.roles) {
            if !roles.contains(&role.as_str()) {
                roles.push(role);
            }
        }
        roles
    }

    /// Returns the default expiry of an invite that is created at `now`.
    ///
    /// # Errors
    /// [`Error::Invalid`] beyond the year 9999.
    pub(crate) fn default_end(&self, now: DateTime<Utc>) -> Result<Option<DateTime<Utc>>> {
        match self.lifetime {
            Lifetime::Never => Ok(None),
            Lifetime::For(span) => span.after(now, &self.zone).map(Some),
        }
    }

    /// Returns the entropy of a code in bits, for a guesser who knows the space's name.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a few hundred at most")]
    pub fn entropy_bits(&self) -> f64 {
        match &self.code {
            CodeFormat::Random { alphabet, length } => (alphabet.len() as f64).log2() * *length as f64,
            CodeFormat::Token { bytes, .. } => token_entropy_bits(*bytes),
            CodeFormat::Name { digits, .. } => 10_f64.log2() * f64::from(*digits),
        }
    }

    /// Returns the odds of guessing the only open code of a prefix; `None` if codes are not
    /// built from names.
    #[must_use]
    pub fn odds(&self) -> Option<Odds> {
        match self.code {
            CodeFormat::Name { digits, max_digits, .. } => Some(Odds::of_one(digits, max_digits)),
            _ => None,
        }
    }

    /// Returns true if codes are built from names and cannot get the maximum number of
    /// digits.
    #[must_use]
    pub(crate) fn limits_digits(&self) -> bool {
        matches!(self.code, CodeFormat::Name { max_digits, .. } if max_digits < MAX_DIGITS)
    }

    /// Returns the policy with the keys of a configuration file.
    #[must_use]
    pub fn rules(&self) -> PolicyRules<'_> {
        let (code, alphabet, length, bytes, prefix, letters, digits, max_digits) = match &self.code {
            CodeFormat::Random { alphabet, length } => {
                ("random", Some(alphabet.iter().collect()), Some(*length), None, None, None, None, None)
            }
            CodeFormat::Token { bytes, prefix } => {
                ("token", None, None, Some(*bytes), Some(prefix.as_str()), None, None, None)
            }
            CodeFormat::Name { letters, digits, max_digits } => {
                ("name", None, None, None, None, Some(*letters), Some(*digits), Some(*max_digits))
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
            max_digits,
            guess_attempts: self.odds().map(|odds| odds.attempts),
            guess_odds: self.odds().map(|odds| odds.probability),
            // Rounded down, so that the entropy is not overstated.
            entropy_bits: (self.entropy_bits() * 10.0).floor() / 10.0,
            storage: if self.storage == Storage::Text { "text" } else { "hash" },
            standing: self.standing,
            expires: match self.lifetime {
                Lifetime::Never => "never".to_owned(),
                Lifetime::For(span) => format_duration(span),
            },
            max_uses: self.max_uses,
            custom_max_uses: self.custom_max_uses,
            email: if self.email_required { "required" } else { "none" },
            roles: &self.roles,
            create_roles: &self.create_roles,
            view_roles: &self.view_roles,
            revoke_roles: &self.revoke_roles,
            resend_roles: &self.resend_roles,
            creator_can_revoke: self.creator_can_revoke,
            revoke_used: self.revoke_used,
            max_resends: self.max_resends,
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

/// A policy with the keys of `policies.toml`, for output.
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
    pub max_digits: Option<u32>,
    pub guess_attempts: Option<i64>,
    pub guess_odds: Option<f64>,
    pub entropy_bits: f64,
    pub storage: &'static str,
    pub standing: bool,
    pub expires: String,
    pub max_uses: Option<i64>,
    pub custom_max_uses: bool,
    pub email: &'static str,
    pub roles: &'a [String],
    pub create_roles: &'a [String],
    pub view_roles: &'a [String],
    pub revoke_roles: &'a [String],
    pub resend_roles: &'a [String],
    pub creator_can_revoke: bool,
    pub revoke_used: bool,
    pub max_resends: i64,
    pub link: Option<&'a str>,
    pub limit_create: Option<i64>,
    pub limit_validate: Option<i64>,
    pub limit_use: Option<i64>,
    pub limit_failed: Option<i64>,
    pub limit_mails: Option<i64>,
    pub limit_mails_space: Option<i64>,
    pub limit_mails_address: Option<i64>,
}
