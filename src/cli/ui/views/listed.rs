//! An invite in a list: with who took its one use.

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::cli::ui::instant::Instant;
use crate::cli::ui::output::Row;
use crate::cli::ui::table::Value;
use crate::cli::ui::views::InviteView;
use crate::invites::list::ListedInvite;

/// An invite of a list (seed 003: "my codes").
#[derive(Debug, Serialize)]
pub(crate) struct ListedView {
    #[serde(flatten)]
    invite: InviteView,
    /// Who took the one use of an invite that is good for one.
    used_by: Option<String>,
    /// When.
    used_at: Option<Instant>,
}

impl ListedView {
    /// A line of a list at an instant.
    pub(crate) fn new(listed: ListedInvite, now: DateTime<Utc>) -> Self {
        ListedView {
            invite: InviteView::of(listed.invite, listed.link, now),
            used_at: listed.used.as_ref().map(|used| Instant(used.at)),
            used_by: listed.used.map(|used| used.by),
        }
    }
}

/// How many fields an invite has anywhere.
const SHARED: usize = InviteView::FIELDS.len();

/// Those of an invite anywhere, and the two of a list.
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
