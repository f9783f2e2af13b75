//! The terms of an invite, and what a policy makes of them.

use chrono::{DateTime, TimeDelta, Utc};

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

/// When an invite ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum End {
    /// As the policy says.
    #[default]
    Default,
    /// Not at all.
    Never,
    /// So long after its start.
    After(TimeDelta),
    /// A span of the calendar after its start.
    In(Span),
    /// At this instant.
    At(DateTime<Utc>),
    /// This much later than the present expiry; only an invite that has one can
    /// be given it.
    Later(Span),
}

/// How often an invite can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Uses {
    /// As the policy says.
    #[default]
    Default,
    /// Without limit.
    Unlimited,
    /// So often.
    Times(i64),
}

/// The terms of an invite; what is not given follows from the policy.
#[derive(Debug, Clone, Default)]
pub struct Terms {
    /// When it ends.
    pub end: End,
    /// From when it can be used; none: at once.
    pub starts_at: Option<DateTime<Utc>>,
    /// How often it can be used.
    pub uses: Uses,
    /// The role that it grants.
    pub role: Option<String>,
    /// The address that it is bound to.
    pub email: Option<String>,
    /// A note, up to 500 characters.
    pub note: Option<String>,
    /// Whether invites that are bound to an address are sent to it, once they
    /// are stored.
    pub send: bool,
}

/// Checks terms against a policy and makes a draft of them.
pub(crate) fn draft<'p>(
    service: &Service,
    actor: &Actor,
    space: Space,
    policy: &'p Policy,
    terms: &Terms,
    now: DateTime<Utc>,
) -> Result<Draft<'p>> {
    let email = terms.email.as_deref().map(canonical_address).transpose()?;
    match (&email, policy.email_required) {
        (None, true) => {
            return Err(Error::invalid(format!(
                "an invite of the policy {} is bound to an e-mail address",
                policy.name
            ))
            .hint("add --email name@example.org"));
        }
        (Some(_), false) => {
            return Err(Error::invalid(format!(
                "an invite of the policy {} is not bound to an e-mail address",
                policy.name
            ))
            .hint("leave the address out, or add it as a note: --note"));
        }
        _ => {}
    }
    if let Some(note) = &terms.note {
        check_text("note", note, 500)?;
    }
    let starts_at = terms.starts_at.map(in_store_range).transpose()?.filter(|start| *start > now);
    let is_sent = terms.send && policy.email_required;
    let draft = Draft {
        role: policy.grant(terms.role.as_deref())?.to_owned(),
        note: terms.note.clone(),
        created_by: actor.user.clone(),
        starts_at,
        expires_at: end(policy, terms.end, starts_at.unwrap_or(now), now)?,
        max_uses: limit(policy, terms.uses)?,
        slot: invite::slot(policy.standing, &space.id, email.as_deref()),
        send_after: is_sent.then(|| service.held_until(now)),
        drawn: None,
        email,
        space,
        policy,
    };
    if is_sent {
        // Before anything is stored.
        service.mailer_for(policy)?;
    }
    Ok(draft)
}

/// When an invite of these terms ends.
pub(crate) fn end(
    policy: &Policy,
    end: End,
    start: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<Option<DateTime<Utc>>> {
    match end {
        End::Default => policy.default_end(start),
        End::Never => Ok(None),
        End::After(span) if span <= TimeDelta::zero() => {
            Err(Error::invalid("the invite would expire before it starts"))
        }
        End::After(span) => Span::from(span).after(start, &policy.zone).map(Some),
        End::In(span) => span.after(start, &policy.zone).map(Some),
        End::Later(_) => Err(Error::invalid("a new invite has no expiry to extend").hint("use --expires-in 7d")),
        End::At(instant) if instant <= now => {
            Err(Error::invalid(format!("the expiry {} is in the past", crate::error::readable(instant)))
                .hint("times without an offset are in the configured time zone (default UTC)"))
        }
        End::At(instant) if instant <= start => Err(Error::invalid("the invite would expire before it starts")),
        End::At(instant) => in_store_range(instant).map(Some),
    }
}

/// The limit of uses of these terms.
pub(crate) fn limit(policy: &Policy, uses: Uses) -> Result<Option<i64>> {
    let wanted = match uses {
        Uses::Default => return Ok(policy.max_uses),
        Uses::Unlimited => None,
        Uses::Times(times) if times < 1 => {
            return Err(Error::invalid(format!("a usage limit of {times} is not possible"))
                .hint("write 1 or more, or leave the limit out to use the limit of the policy"));
        }
        Uses::Times(times) => Some(times),
    };
    if wanted == policy.max_uses || policy.custom_max_uses {
        return Ok(wanted);
    }
    let fixed = policy.max_uses.map_or("no limit".to_owned(), |max| format!("{max}"));
    Err(Error::invalid(format!("the policy {} has a fixed usage limit: {fixed}", policy.name))
        .hint(format!("see the rules: invite policy show {}", word(&policy.name))))
}
