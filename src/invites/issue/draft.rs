//! Invites that are about to be created.

use chrono::{DateTime, Utc};

use crate::error::{Error, Result};
use crate::limits::Mail;
use crate::model::code::{Code, CodeFormat, NamePrefix};
use crate::policy::Policy;
use crate::service::Actor;
use crate::store::tables::spaces::Space;

/// An invite without its code.
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
    /// Time from which another run may send its e-mail; `None` if it is not to be sent.
    pub send_after: Option<DateTime<Utc>>,
    /// A code that was generated before the transaction. If it is `None` or taken, the
    /// transaction generates one.
    pub code: Option<Code>,
}

impl<'p> Draft<'p> {
    /// Creates the draft of a standing invite with the defaults of its policy.
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
            code: None,
            space,
            policy,
        })
    }

    /// Returns the e-mail of the invitation for the rate limits; `None` if it is not sent.
    pub(crate) fn mail(&self) -> Option<Mail<'_>> {
        self.send_after?;
        let address = self.email.as_deref()?;
        Some(Mail { policy: self.policy, user: self.created_by.as_deref(), space: &self.space.id, address })
    }
}

/// Returns the prefix that a draft's code is built from.
pub(crate) fn prefix_of(draft: &Draft<'_>) -> Option<NamePrefix> {
    match draft.policy.code {
        CodeFormat::Name { letters, .. } => Some(NamePrefix::of(&draft.space.name, letters)),
        _ => None,
    }
}

/// Returns the error for a draft whose format has no free code.
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
    Error::no_free_code(message).with_hint(hint)
}
