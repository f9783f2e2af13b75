//! Who may do what: the roles that a policy names, asked of the user that is
//! acted for (the "Access control" tables and 403 answers of the seeds).
//!
//! Nobody is asked who acts for nobody: an operator at the database may do
//! everything. The role is read inside the transaction of the change, and held
//! till its end, so that a demotion that was acknowledged before always counts.

pub(crate) mod bulk;
pub(crate) mod refusal;

use std::collections::HashMap;

pub(crate) use crate::authorize::bulk::demand_some;
use crate::authorize::refusal::forbidden;
pub(crate) use crate::authorize::refusal::{either, forbidden_everywhere};

use crate::error::{Error, Result};
use crate::model::invite::Invite;
use crate::model::reference::Reference;
use crate::policy::Policy;
use crate::service::{Actor, Service};
use crate::store::Session;
use crate::store::tables::access_filter::Permitted;
use crate::store::tables::spaces::Space;
use crate::store::tables::{invites, members};

/// What a policy gives its roles a right to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Right {
    /// To make, replace and extend invites.
    Create,
    /// To list and show them.
    See,
    /// To take them back.
    Revoke,
    /// To have their e-mail sent again.
    Resend,
}

impl Right {
    /// The roles that have it under a policy.
    #[must_use]
    pub fn roles(self, policy: &Policy) -> &[String] {
        match self {
            Right::Create => &policy.create_roles,
            Right::See => &policy.view_roles,
            Right::Revoke => &policy.revoke_roles,
            Right::Resend => &policy.resend_roles,
        }
    }
}

/// What somebody wants to do, which one of the rights covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// Make invites.
    Create,
    /// Replace a standing code.
    Regenerate,
    /// Give an invite another end or limit.
    Extend,
    /// List or show invites.
    View,
    /// Take invites back.
    Revoke,
    /// Have an e-mail sent again.
    Resend,
    /// Use an invite that is named by its id or fingerprint.
    UseById,
}

impl Deed {
    /// The right that covers it.
    #[must_use]
    pub fn right(self) -> Right {
        match self {
            Deed::Create | Deed::Regenerate | Deed::Extend => Right::Create,
            Deed::View | Deed::UseById => Right::See,
            Deed::Revoke => Right::Revoke,
            Deed::Resend => Right::Resend,
        }
    }
}

/// Whether a member of this role may; none: somebody who is no member.
#[must_use]
pub fn may(policy: &Policy, right: Right, role: Option<&str>) -> bool {
    role.is_some_and(|role| right.roles(policy).iter().any(|known| known == role))
}

/// Whether whoever made an invite may do this with it, whatever their role
/// (seed 004: "Container admin or invite creator").
fn may_as_creator(policy: &Policy, right: Right, user: &str, creator: Option<&str>) -> bool {
    right == Right::Revoke && policy.creator_can_revoke && creator == Some(user)
}

/// Refuses to go on unless the user that is acted for has the right in a space;
/// `creator` is who made the invite that it is about. Their role stays as it is
/// till the transaction ends.
///
/// # Errors
/// [`Error::Forbidden`] in the words of the seeds.
pub(crate) async fn demand(
    session: &mut Session,
    actor: &Actor,
    deed: Deed,
    policy: &Policy,
    space: &str,
    creator: Option<&str>,
) -> Result<()> {
    let Some(user) = &actor.user else { return Ok(()) };
    let role = members::hold_role(session, space, user).await?;
    judge(deed, policy, user, space, role.as_deref(), creator)
}

/// The code of an invite proves something; its id and its fingerprint stand in
/// lists and plans. Whoever names it by those does what roles govern: they act
/// for a user who may see it, or for nobody where that is not demanded.
///
/// # Errors
/// As [`Roles::demand_of`] and [`Service::check_actor`].
pub(crate) async fn demand_for_id(
    service: &Service,
    session: &mut Session,
    actor: &Actor,
    (deed, named): (Deed, &Reference),
    invite: &Invite,
) -> Result<()> {
    match named {
        Reference::Code(_) => Ok(()),
        Reference::Id(_) | Reference::Fingerprint(_) => {
            service.check_actor(actor)?;
            let roles = Roles::seen(session, actor, &[invite.space_id.as_str()]).await?;
            roles.demand_of(service, deed, named, invite)
        }
    }
}

/// Refuses a space in which the user that is acted for has no right at all,
/// neither by their role nor to what they made themselves.
///
/// # Errors
/// [`Error::Forbidden`] in the words of the seeds.
pub(crate) async fn demand_any(
    service: &Service,
    session: &mut Session,
    actor: &Actor,
    deed: Deed,
    space: &Space,
) -> Result<()> {
    let Some(user) = &actor.user else { return Ok(()) };
    let policy = service.policy_of(space)?;
    let role = members::role(session, &space.id, user).await?;
    let made_some =
        may_as_creator(policy, deed.right(), user, Some(user)) && invites::is_creator(session, &space.id, user).await?;
    judge(deed, policy, user, &space.id, role.as_deref(), made_some.then_some(user.as_str()))
}

/// The error for a stored policy that this configuration does not have; `who`
/// says of what.
pub(crate) fn not_configured(who: String, policy: &str) -> Error {
    Error::invalid(format!("{who}, which is not configured"))
        .hint(format!("add [policy.{policy}] to the configuration"))
}

fn judge(
    deed: Deed,
    policy: &Policy,
    user: &str,
    space: &str,
    role: Option<&str>,
    creator: Option<&str>,
) -> Result<()> {
    if may(policy, deed.right(), role) || may_as_creator(policy, deed.right(), user, creator) {
        return Ok(());
    }
    Err(forbidden(deed, policy, user, space, role))
}

/// The roles of the user that is acted for in many spaces at once, held till the
/// transaction ends.
pub(crate) struct Roles<'a> {
    user: Option<&'a str>,
    roles: HashMap<String, String>,
}

impl<'a> Roles<'a> {
    /// Whether they have a role in any of the spaces.
    pub(crate) fn has_any(&self) -> bool {
        !self.roles.is_empty()
    }

    /// Of a transaction that changes something.
    pub(crate) async fn held(session: &mut Session, actor: &'a Actor, spaces: &[&str]) -> Result<Self> {
        let roles = match &actor.user {
            Some(user) => members::hold_roles_of(session, user, spaces).await?,
            None => HashMap::new(),
        };
        Ok(Roles { user: actor.user.as_deref(), roles })
    }

    /// Of a look.
    pub(crate) async fn seen(session: &mut Session, actor: &'a Actor, spaces: &[&str]) -> Result<Self> {
        let roles = match &actor.user {
            Some(user) => members::roles_of(session, user, spaces).await?,
            None => HashMap::new(),
        };
        Ok(Roles { user: actor.user.as_deref(), roles })
    }

    /// Whether anybody is acted for: if not, everything may be done.
    pub(crate) fn is_asked(&self) -> bool {
        self.user.is_some()
    }

    /// Refuses what the user may not do in one of the spaces.
    ///
    /// # Errors
    /// [`Error::Forbidden`] in the words of the seeds.
    pub(crate) fn demand(&self, deed: Deed, policy: &Policy, space: &str, creator: Option<&str>) -> Result<()> {
        let Some(user) = self.user else { return Ok(()) };
        judge(deed, policy, user, space, self.roles.get(space).map(String::as_str), creator)
    }

    /// The same for an invite that somebody named. A user who is no member of its
    /// space and may not learns nothing of it by its code or its fingerprint: who
    /// tries codes here would pass by the limits of failed tries. An id cannot be
    /// guessed.
    ///
    /// # Errors
    /// [`Error::Forbidden`] in the words of the seeds; [`Error::NotFound`] as for
    /// an invite that is not there.
    pub(crate) fn demand_of(&self, service: &Service, deed: Deed, named: &Reference, invite: &Invite) -> Result<()> {
        if self.user.is_none() {
            return Ok(());
        }
        let policy = service.policy_of_invite(invite);
        let judged =
            policy.and_then(|policy| self.demand(deed, policy, &invite.space_id, invite.created_by.as_deref()));
        let is_guess = !matches!(named, Reference::Id(_)) && !self.roles.contains_key(&invite.space_id);
        judged.map_err(|error| if is_guess { invites::not_found(named) } else { error })
    }
}

impl Service {
    /// The policy that a space has.
    ///
    /// # Errors
    /// [`Error::Invalid`] if it is not configured.
    pub(crate) fn policy_of(&self, space: &Space) -> Result<&Policy> {
        self.stored_policy(&space.id, &space.policy)
    }

    /// The policy of an invite's space.
    ///
    /// # Errors
    /// [`Error::Invalid`] if it is not configured.
    pub(crate) fn policy_of_invite(&self, invite: &Invite) -> Result<&Policy> {
        self.stored_policy(&invite.space_id, &invite.policy)
    }

    /// A policy that is stored with a space, and that nobody typed just now.
    pub(crate) fn stored_policy(&self, space: &str, name: &str) -> Result<&Policy> {
        self.policies()
            .find(name)
            .ok_or_else(|| not_configured(format!("the space {space} has the policy {name:?}"), name))
    }

    /// What a right lets the user of an actor do in statements about many
    /// invites; none: everything.
    pub(crate) fn permitted(&self, actor: &Actor, right: Right) -> Option<Permitted> {
        let Some(user) = actor.user.clone() else {
            // Where everybody must act for somebody, nobody may nothing.
            return self.demands_actor().then(Permitted::nothing);
        };
        let pairs = |policy: &Policy| {
            let name = policy.name.clone();
            right.roles(policy).iter().map(move |role| Permitted::pair(&name, role)).collect::<Vec<String>>()
        };
        let of_creators = |policy: &Policy| may_as_creator(policy, right, &user, Some(&user));
        Some(Permitted {
            pairs: self.policies().iter().flat_map(pairs).collect(),
            own_of: self.policies().names_where(of_creators),
            user,
        })
    }

    /// Refuses whoever acts for nobody, where the configuration demands that
    /// they say for whom.
    pub(crate) fn check_actor(&self, actor: &Actor) -> Result<()> {
        if self.demands_actor() && actor.user.is_none() {
            return Err(Error::invalid("the configuration requires --as (require_actor = true)").hint("add --as USER"));
        }
        Ok(())
    }
}
