//! Invite in a list, with the user who redeemed a single-use invite. The columns of its table are those
//! of `invite.rs`.

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::cli::ui::instant::Instant;
use crate::cli::ui::row::{Row, Selectable};
use crate::cli::ui::table::Value;
use crate::cli::ui::views::invite::InviteView;
use crate::invites::list::ListedInvite;

/// Invite of a list (seed 003: "my codes").
#[derive(Debug, Serialize)]
pub(crate) struct ListedView {
    #[serde(flatten)]
    invite: InviteView,
    /// The user who redeemed a single-use invite.
    used_by: Option<String>,
    /// The time at which a single-use invite was redeemed.
    used_at: Option<Instant>,
}

impl ListedView {
    /// Creates the view of a listed invite at an instant.
    pub(crate) fn new(listed: ListedInvite, now: DateTime<Utc>) -> Self {
        ListedView {
            invite: InviteView::of(listed.invite, listed.link, now),
            used_at: listed.used.as_ref().map(|used| Instant(used.at)),
            used_by: listed.used.map(|used| used.by),
        }
    }
}

/// Number of fields of an invite.
const SHARED: usize = InviteView::FIELDS.len();

/// The fields of an invite, then `used_by` and `used_at`.
const FIELDS: [&str; SHARED + 2] = {
    let mut fields = ["used_by"; SHARED + 2];
    let mut index = 0;
    while index < SHARED {
        fields[index] = InviteView::FIELDS[index];
        index += 1;
    }
    fields[SHARED + 1] = "used_at";
    fields
};

impl Row for ListedView {
    const LIST: &'static str = InviteView::LIST;
    const FIELDS: &'static [&'static str] = &FIELDS;

    fn headers(wide: bool) -> Vec<&'static str> {
        InviteView::headers(wide)
    }

    fn cells(&self, wide: bool) -> Vec<Value> {
        self.invite.cells(wide)
    }

    fn code(&self) -> Option<&str> {
        self.invite.code()
    }
}

impl Selectable for ListedView {
    const EXAMPLE: &'static str = "code,space_id,expires_at";
}
