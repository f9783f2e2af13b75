//! Permissions: the roles that a policy names, checked for the actor (`--as`).
//!
//! Without an actor, an operator may do everything, unless the configuration requires
//! an actor. The role is read inside the transaction of the change and locked until it
//! ends, so that a change of the role is either seen or waits for the commit.

mod bulk;
mod default_space;
mod permission;
mod policies;
mod refusal;
mod roles;
mod space;

pub(crate) use crate::authorize::bulk::authorize_scope;

pub use crate::authorize::permission::{Action, Permission, has_permission};
pub(crate) use crate::authorize::policies::policy_not_configured;
pub(crate) use crate::authorize::refusal::forbidden_everywhere;
pub(crate) use crate::authorize::roles::Roles;
pub(crate) use crate::authorize::space::{authorize, authorize_any, authorize_by_reference, check_known_actor};
