//! Which of the drafts of a page the user that is acted for may make.

use std::borrow::Cow;

use crate::authorize::{Action, Roles};
use crate::error::Error;
use crate::invites::issue::Draft;

/// The drafts for spaces in which the user may create, and the others with the
/// refusal.
pub(crate) fn split_by_permission<'d, 's>(
    drafts: &'d [Draft<'s>],
    roles: &Roles<'_>,
) -> (Cow<'d, [Draft<'s>]>, Vec<(Draft<'s>, Error)>) {
    if !roles.has_actor() {
        return (Cow::Borrowed(drafts), Vec::new());
    }
    let (mut permitted, mut refused) = (Vec::with_capacity(drafts.len()), Vec::new());
    for draft in drafts {
        match roles.authorize(Action::Create, draft.policy, &draft.space.id, None) {
            Ok(()) => permitted.push(draft.clone()),
            Err(error) => refused.push((draft.clone(), error)),
        }
    }
    (Cow::Owned(permitted), refused)
}

/// The spaces of drafts.
pub(crate) fn ids_of<'d>(drafts: &'d [Draft<'_>]) -> Vec<&'d str> {
    drafts.iter().map(|draft| draft.space.id.as_str()).collect()
}
