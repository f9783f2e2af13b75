//! The rules of one kind of space.

use chrono::{DateTime, Utc};
use serde::de::Error as _;
use serde::ser::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value as Json};

use crate::calendar::Zone;
use crate::duration::Lifetime;
use crate::error::{Error, Result};
use crate::keys::{Key, Rule, keys};
use crate::model::code::odds::{MAX_DIGITS, Odds};
use crate::model::code::{CodeFormat, Storage, token_entropy_bits};
use crate::text::quoted;

keys! {
    /// The rules of one kind of space.
    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    pub struct Policy {
        /// What the policy is for, in a few words.
        description: String = Rule::Text(""),
        /// Format of the codes: "random", "token" or "name".
        ///
        /// "random": `length` characters of `alphabet`. "token": `bytes` random bytes after
        /// `prefix`. "name": the first `letters` letters of the name of the space, a dash, and
        /// `digits` to `max_digits` digits. A code has at least 6 letters and digits.
        code: CodeFormat = Rule::RequiredText(NO_CODE),
        /// "text", or "hash": only a hash is stored, and the code is shown once.
        ///
        /// The hash is the SHA-256 without salt, so it is refused for codes of less than 112 bits
        /// of entropy. Tokens need "hash".
        storage: Storage = Rule::Text("text"),
        /// Whether each space has one permanent code, which `invite backfill` creates.
        standing: bool = Rule::Flag(false),
        /// Duration from creation to expiry: "90m", "24h", "7d", "2w", "1month", or "never".
        expires: Lifetime = Rule::Text("never"),
        /// Usage limit of an invite: "unlimited", or a number.
        max_uses: Option<i64> = Rule::Limit("unlimited"),
        /// Whether `--max-uses` can set another usage limit.
        custom_max_uses: bool = Rule::Flag(true),
        /// "none", or "required": each invite is bound to one e-mail address.
        email: EmailRule = Rule::Text("none"),
        /// Roles that an invite can grant; the first is the default.
        #[serde(deserialize_with = "role_names")]
        roles: Vec<String> = Rule::RequiredList(NO_ROLES),
        /// Roles in the space that may create invites.
        #[serde(deserialize_with = "role_names")]
        create_roles: Vec<String> = Rule::List,
        /// Roles in the space that may see its invites; must include every role of `create_roles`,
        /// `revoke_roles` and `resend_roles`.
        #[serde(deserialize_with = "role_names")]
        view_roles: Vec<String> = Rule::List,
        /// Roles in the space that may revoke invites.
        #[serde(deserialize_with = "role_names")]
        revoke_roles: Vec<String> = Rule::List,
        /// Roles in the space that may resend e-mails.
        #[serde(deserialize_with = "role_names")]
        resend_roles: Vec<String> = Rule::ListAs("create_roles"),
        /// Whether the creator of an invite can revoke it.
        creator_can_revoke: bool = Rule::Flag(false),
        /// Whether a used invite can be revoked.
        revoke_used: bool = Rule::Flag(true),
        /// Maximum number of times that an e-mail invitation is resent.
        max_resends: i64 = Rule::Number(0, 0, 1_000),
        /// Path of links, such as "/join/{code}"; empty for no link.
        ///
        /// It begins with / and contains {code} once. The base URL precedes it.
        #[serde(deserialize_with = "link_path")]
        link: Option<String> = Rule::OptionalText,
        /// Maximum number of invites per user and hour.
        ///
        /// `generate` and `regenerate` with `--as` count; `resend` and `backfill` do not.
        limit_create: Option<i64> = Rule::Limit("none"),
        /// Maximum number of validations per client and hour.
        limit_validate: Option<i64> = Rule::Limit("none"),
        /// Maximum number of uses per client and hour.
        limit_use: Option<i64> = Rule::Limit("none"),
        /// Maximum number of failed attempts per client and hour.
        ///
        /// Validations and uses count together. A code counts for every policy whose format it
        /// has; text of no format counts for all.
        limit_failed: Option<i64> = Rule::Limit("none"),
        /// Maximum number of e-mails per user (`--as`) and hour.
        ///
        /// `generate` and `resend` count; printed links (`--no-send`) and undelivered e-mails do
        /// not.
        limit_mails: Option<i64> = Rule::MailLimit(50),
        /// Maximum number of e-mails per space and hour, of all users and operators.
        limit_mails_space: Option<i64> = Rule::MailLimit(500),
        /// Maximum number of e-mails per address and day (UTC), over all spaces and policies.
        ///
        /// Only policies with this limit count. The default is enough for one invitation that is
        /// resent three times.
        limit_mails_address: Option<i64> = Rule::MailLimit(4),
    } with {
        /// Name of the policy; spaces refer to it.
        name: String,
        /// Time zone of the months and years of the lifetime.
        zone: Zone,
    }
}

/// Whether an invite is bound to an e-mail address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EmailRule {
    /// Every user with the code can redeem the invite.
    None,
    /// Each invite is bound to one address, to which its link is sent.
    Required,
}

const NO_CODE: &str = "it is missing: write \"random\", \"token\" or \"name\"";
pub(super) const NO_ROLES: &str = "an invite must grant a role: list at least one";

/// Returns the keys of a policy, in the order of output: those of the code follow `code`.
pub(crate) fn policy_keys() -> impl Iterator<Item = &'static Key> {
    let (head, rest) = Policy::KEYS.split_at(FORMAT_AT);
    head.iter().chain(CodeFormat::KEYS).chain(rest)
}

/// Number of the keys of a policy up to `code`.
const FORMAT_AT: usize = 2;

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

    /// Returns the roles of each permission, with the name of its key.
    pub(super) fn permissions(&self) -> [(&'static str, &[String]); 4] {
        [
            ("create_roles", &self.create_roles),
            ("view_roles", &self.view_roles),
            ("revoke_roles", &self.revoke_roles),
            ("resend_roles", &self.resend_roles),
        ]
    }

    /// Lists the roles that a member of such a space can have: those that invites grant
    /// and those with permissions.
    #[must_use]
    pub fn member_roles(&self) -> Vec<&str> {
        let mut roles: Vec<&str> = Vec::new();
        for role in self.permissions().into_iter().flat_map(|(_, roles)| roles).chain(&self.roles) {
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
        match self.expires {
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

    /// Returns true if an invite is bound to an e-mail address.
    #[must_use]
    pub fn email_required(&self) -> bool {
        self.email == EmailRule::Required
    }

    /// Returns the policy with the keys of a configuration file.
    #[must_use]
    pub fn rules(&self) -> PolicyRules<'_> {
        PolicyRules(self)
    }
}

/// A policy for output: its name, the value of each key, and the odds and entropy of its
/// codes. Keys without a value are null.
#[derive(Debug)]
pub struct PolicyRules<'a>(&'a Policy);

impl PolicyRules<'_> {
    /// Names of the fields, in their order.
    pub(crate) const FIELDS: [&'static str; 4 + CodeFormat::NAMES.len() + Policy::NAMES.len()] = {
        let (head, rest) = Policy::NAMES.split_at(FORMAT_AT);
        joined([&["name"], head, CodeFormat::NAMES, &["guess_attempts", "guess_odds", "entropy_bits"], rest])
    };

    /// Returns the policy.
    pub(crate) fn policy(&self) -> &Policy {
        self.0
    }

    /// Returns the entropy of a code, rounded down so that it is not overstated.
    pub(crate) fn entropy_bits(&self) -> f64 {
        (self.0.entropy_bits() * 10.0).floor() / 10.0
    }

    /// Returns the values of the fields that are not null.
    pub(crate) fn values(&self) -> serde_json::Result<Map<String, Json>> {
        let mut values: Map<String, Json> = serde_json::from_value(serde_json::to_value(self.0)?)?;
        // A variant with its keys: {"random": {"length": 8}}.
        if let Some(Json::Object(format)) = values.remove("code") {
            for (code, keys) in format {
                values.insert("code".to_owned(), code.into());
                values.extend(keys.as_object().cloned().unwrap_or_default());
            }
        }
        values.insert("name".to_owned(), self.0.name.as_str().into());
        if let Some(odds) = self.0.odds() {
            values.insert("guess_attempts".to_owned(), odds.attempts.into());
            values.insert("guess_odds".to_owned(), odds.probability.into());
        }
        values.insert("entropy_bits".to_owned(), self.entropy_bits().into());
        Ok(values)
    }
}

impl Serialize for PolicyRules<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        let values = self.values().map_err(S::Error::custom)?;
        serializer.collect_map(PolicyRules::FIELDS.map(|field| (field, values.get(field))))
    }
}

/// Joins lists of names; `N` is the sum of their lengths.
const fn joined<const N: usize>(lists: [&[&'static str]; 5]) -> [&'static str; N] {
    let mut names = [""; N];
    let (mut list, mut index, mut count) = (0, 0, 0);
    while list < lists.len() {
        if index < lists[list].len() {
            names[count] = lists[list][index];
            (index, count) = (index + 1, count + 1);
        } else {
            (list, index) = (list + 1, 0);
        }
    }
    names
}

fn role_names<'de, D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Vec<String>, D::Error> {
    let roles = Vec::<String>::deserialize(deserializer)?;
    let is_role = |role: &String| {
        (1..=32).contains(&role.chars().count()) && !role.chars().any(|c| c.is_control() || c.is_whitespace())
    };
    match roles.iter().find(|role| !is_role(role)) {
        Some(role) => Err(D::Error::custom(format!("{role:?} is not a role: 1 to 32 characters without spaces"))),
        None => Ok(roles),
    }
}

fn link_path<'de, D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Option<String>, D::Error> {
    let Some(path) = Option::<String>::deserialize(deserializer)? else { return Ok(None) };
    if !path.starts_with('/') || path.matches("{code}").count() != 1 || path.chars().any(char::is_whitespace) {
        return Err(D::Error::custom("write a path that begins with / and contains {code} once"));
    }
    // Browsers read // and /\ as the start of another host.
    if path.contains(['\\', '@']) || path.contains("//") || path.chars().any(char::is_control) {
        return Err(D::Error::custom(
            "write a path on the base URL: without //, backslashes, @ and control characters",
        ));
    }
    Ok(Some(path))
}
