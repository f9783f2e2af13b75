//! Serialized forms of invites and uses, the same in every command.

mod invite;
mod issued;
mod listed;
mod planned;

pub(crate) use crate::cli::ui::views::invite::InviteView;
pub(crate) use crate::cli::ui::views::issued::IssuedView;
pub(crate) use crate::cli::ui::views::listed::ListedView;
pub(crate) use crate::cli::ui::views::planned::PlannedView;

use serde::Serialize;

use crate::cli::ui::text::rfc3339;
use crate::invites::show::Use;

/// Recorded use of an invite.
#[derive(Debug, Serialize)]
pub(crate) struct UseView {
    user_id: String,
    role: String,
    used_at: String,
}

impl UseView {
    /// Creates the view of a use.
    pub(crate) fn new(entry: &Use) -> Self {
        UseView { user_id: entry.user_id.clone(), role: entry.role.clone(), used_at: rfc3339(entry.used_at) }
    }
}
