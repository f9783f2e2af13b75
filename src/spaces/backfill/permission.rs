//! Permission of the actor for the drafts of a page.

use std::borrow::Cow;

use crate::authorize::{Action, Roles};
use crate::error::Error;
use crate::invites::issue::Draft;

/// Returns the drafts for spaces in which the actor may create invites, and the others with
/// their errors.
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

/// Returns the space IDs of drafts.
pub(crate) fn ids_of<'d>(drafts: &'d [Draft<'_>]) -> Vec<&'d str> {
    drafts.iter().map(|draft| draft.space.id.as_str()).collect()
}
