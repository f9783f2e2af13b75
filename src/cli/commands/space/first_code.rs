//! Command that creates the first code of a space.

use crate::service::Service;
use crate::shell::word;
use crate::spaces::Space;

/// Returns the command that creates a code for a space, by its policy.
pub(crate) fn command(service: &Service, space: &Space) -> String {
    let id = word(&space.id);
    match service.policies().find(&space.policy) {
        Some(policy) if policy.standing => format!("invite backfill --space {id}"),
        Some(policy) if policy.email_required() => format!("invite generate --space {id} --email name@example.org"),
        _ => format!("invite generate --space {id}"),
    }
}
