//! The terms of an invite, checked against a policy.

use chrono::{DateTime, TimeDelta, Utc};

use crate::builder::setters;
use crate::clock::in_store_range;
use crate::duration::Span;
use crate::error::{Error, Result};
use crate::invites::issue::Draft;
use crate::model::invite;
use crate::policy::Policy;
use crate::service::{Actor, Service};
use crate::shell::word;
use crate::store::tables::spaces::Space;
use crate::text::{canonical_address, check_text};

/// The expiry of an invite.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Expiry {
    /// The expiry that the policy defines.
    #[default]
    Default,
    /// The invite does not expire.
    Never,
    /// The invite expires this duration after its start.
    After(TimeDelta),
    /// The invite expires this calendar span after its start.
    In(Span),
    /// The invite expires at this instant.
    At(DateTime<Utc>),
    /// The invite expires this calendar span after its current expiry, which it must have.
    Later(Span),
}

/// The usage limit of an invite.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum UsageLimit {
    /// The usage limit that the policy defines.
    #[default]
    Default,
    /// The number of uses is not limited.
    Unlimited,
    /// The number of uses is limited to this number.
    Times(i64),
}

/// Invites to create.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct GenerateRequest {
    /// The space.
    pub space_id: String,
    /// The number of invites, from 1 to [`MAX_COUNT`](crate::invites::generate::MAX_COUNT).
    pub count: u32,
    /// The terms of the invites.
    pub terms: Terms,
}

impl GenerateRequest {
    /// Creates a request for a number of invites of a space, with the terms of its policy.
    #[must_use]
    pub fn new(space_id: impl Into<String>, count: u32) -> Self {
        GenerateRequest { space_id: space_id.into(), count, terms: Terms::default() }
    }
}

setters! {
    GenerateRequest {
        value terms: Terms,
    }
}

/// The terms of an invite; the policy defines what is not given.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Terms {
    /// The expiry.
    pub expiry: Expiry,
    /// The first valid instant; `None` for an invite that is valid now.
    pub starts_at: Option<DateTime<Utc>>,
    /// The usage limit.
    pub usage_limit: UsageLimit,
    /// The role that the invite grants.
    pub role: Option<String>,
    /// The address that the invite is bound to.
    pub email: Option<String>,
    /// A note, up to 500 characters.
    pub note: Option<String>,
    /// True if an invite that is bound to an address is sent to it by e-mail.
    pub send: bool,
}

impl Terms {
    /// Creates the terms of the policy.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

setters! {
    Terms {
        value expiry: Expiry,
        option starts_at: DateTime<Utc>,
        value usage_limit: UsageLimit,
        text role,
        text email,
        text note,
        value send: bool,
    }
}

/// Checks terms against a policy and creates a draft.
///
/// # Errors
/// [`Error::Invalid`] for terms that the policy does not permit, and if the invite is to be
/// sent but no mail server is configured.
pub(crate) fn draft<'p>(
    service: &Service,
    actor: &Actor,
    space: Space,
    policy: &'p Policy,
    terms: &Terms,
    now: DateTime<Utc>,
) -> Result<Draft<'p>> {
    let email = terms.email.as_deref().map(canonical_address).transpose()?;
    match (&email, policy.email_required()) {
        (None, true) => {
            return Err(Error::invalid(format!(
                "an invite of the policy {} is bound to an e-mail address",
                policy.name
            ))
            .with_hint("add --email name@example.org"));
        }
        (Some(_), false) => {
            return Err(Error::invalid(format!(
                "an invite of the policy {} is not bound to an e-mail address",
                policy.name
            ))
            .with_hint("leave the address out, or add it as a note: --note"));
        }
        _ => {}
    }
    if let Some(note) = &terms.note {
        check_text("note", note, 500)?;
    }
    let starts_at = terms.starts_at.map(in_store_range).transpose()?.filter(|start| *start > now);
    let is_sent = terms.send && policy.email_required();
    let draft = Draft {
        role: policy.grant(terms.role.as_deref())?.to_owned(),
        note: terms.note.clone(),
        created_by: actor.user.clone(),
        starts_at,
        expires_at: expires_at(policy, terms.expiry, starts_at.unwrap_or(now), now)?,
        max_uses: max_uses(policy, terms.usage_limit)?,
        slot: invite::slot(policy.standing, &space.id, email.as_deref()),
        send_after: is_sent.then(|| service.lease_until(now)),
        code: None,
        email,
        space,
        policy,
    };
    if is_sent {
        // Validate before anything is stored.
        service.mailer_for(policy)?;
    }
    Ok(draft)
}

/// Returns the expiry of an invite, from its terms and its policy.
///
/// # Errors
/// [`Error::Invalid`] if the invite would expire before it starts, or in the past.
pub(crate) fn expires_at(
    policy: &Policy,
    expiry: Expiry,
    start: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<Option<DateTime<Utc>>> {
    match expiry {
        Expiry::Default => policy.default_end(start),
        Expiry::Never => Ok(None),
        Expiry::After(span) if span <= TimeDelta::zero() => {
            Err(Error::invalid("the invite would expire before it starts"))
        }
        Expiry::After(span) => Span::from(span).after(start, &policy.zone).map(Some),
        Expiry::In(span) => span.after(start, &policy.zone).map(Some),
        Expiry::Later(_) => {
            Err(Error::invalid("a new invite has no expiry to extend").with_hint("use --expires-in 7d"))
        }
        Expiry::At(instant) if instant <= now => {
            Err(Error::invalid(format!("the expiry {} is in the past", crate::error::readable(instant)))
                .with_hint("times without an offset are in the configured time zone (default UTC)"))
        }
        Expiry::At(instant) if instant <= start => Err(Error::invalid("the invite would expire before it starts")),
        Expiry::At(instant) => in_store_range(instant).map(Some),
    }
}

/// Returns the usage limit of an invite, from its terms and its policy.
///
/// # Errors
/// [`Error::Invalid`] for a limit below 1, and if the policy has a fixed limit.
pub(crate) fn max_uses(policy: &Policy, usage_limit: UsageLimit) -> Result<Option<i64>> {
    let wanted = match usage_limit {
        UsageLimit::Default => return Ok(policy.max_uses),
        UsageLimit::Unlimited => None,
        UsageLimit::Times(times) if times < 1 => {
            return Err(Error::invalid(format!("a usage limit of {times} is not possible"))
                .with_hint("write 1 or more, or leave the limit out to use the limit of the policy"));
        }
        UsageLimit::Times(times) => Some(times),
    };
    if wanted == policy.max_uses || policy.custom_max_uses {
        return Ok(wanted);
    }
    let fixed = policy.max_uses.map_or("no limit".to_owned(), |max| format!("{max}"));
    Err(Error::invalid(format!("the policy {} has a fixed usage limit: {fixed}", policy.name))
        .with_hint(format!("see the rules: invite policy show {}", word(&policy.name))))
}
