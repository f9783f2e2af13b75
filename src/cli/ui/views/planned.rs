//! Invite that a dry run would create.

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::cli::ui::instant::Instant;
use crate::cli::ui::row::Row;
use crate::cli::ui::table::Value;
use crate::cli::ui::views::invite::InviteView;
use crate::invites::issue::Issued;

/// Terms of an invite that would be created. A dry run generates no code.
#[derive(Debug, Serialize)]
pub(crate) struct PlannedView {
    space_id: String,
    space_name: String,
    policy: String,
    role: String,
    email: Option<String>,
    note: Option<String>,
    created_by: Option<String>,
    starts_at: Option<Instant>,
    expires_at: Option<Instant>,
    max_uses: Option<i64>,
    would_send: bool,
    #[serde(skip)]
    uses: String,
}

impl PlannedView {
    /// Creates the view of a planned invite at an instant.
    pub(crate) fn new(issued: &Issued, now: DateTime<Utc>) -> Self {
        let view = InviteView::new(&issued.invite, None, now);
        PlannedView {
            uses: view.uses_text(),
            space_id: view.space_id,
            space_name: view.space_name,
            policy: view.policy,
            role: view.role,
            email: view.email,
            note: view.note,
            created_by: view.created_by,
            starts_at: view.starts_at,
            expires_at: view.expires_at,
            max_uses: view.max_uses,
            would_send: issued.is_mailed,
        }
    }
}

impl Row for PlannedView {
    const LIST: &'static str = InviteView::LIST;
    const FIELDS: &'static [&'static str] = &[
        "space_id",
        "space_name",
        "policy",
        "role",
        "email",
        "note",
        "created_by",
        "starts_at",
        "expires_at",
        "max_uses",
        "would_send",
    ];

    fn headers(wide: bool) -> Vec<&'static str> {
        let mut headers = vec!["SPACE", "ROLE", "EXPIRES", "USES", "ADDRESS", "MAIL"];
        if wide {
            headers.extend(["NAME", "POLICY", "STARTS", "BY", "NOTE"]);
        }
        headers
    }

    fn cells(&self, wide: bool) -> Vec<Value> {
        let instant = |at: &Option<Instant>| at.map(|Instant(at)| at);
        let mut cells: Vec<Value> = vec![
            self.space_id.as_str().into(),
            self.role.as_str().into(),
            Value::Time(instant(&self.expires_at), "never"),
            self.uses.as_str().into(),
            self.email.as_deref().into(),
            if self.would_send { "would be sent" } else { "-" }.into(),
        ];
        if wide {
            cells.extend([
                Value::from(self.space_name.as_str()),
                self.policy.as_str().into(),
                Value::Time(instant(&self.starts_at), "-"),
                self.created_by.as_deref().into(),
                self.note.as_deref().into(),
            ]);
        }
        cells
    }

    fn code(&self) -> Option<&str> {
        None
    }
}
