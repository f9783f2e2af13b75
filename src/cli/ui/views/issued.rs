//! New invite, with its code and link first.

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::cli::ui::row::{Row, Selectable};
use crate::cli::ui::table::Value;
use crate::cli::ui::views::invite::InviteView;
use crate::cli::ui::views::planned::PlannedView;
use crate::invites::issue::Issued;

/// New invite. Its table begins with the code and the link.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub(crate) struct IssuedView(InviteView);

impl IssuedView {
    /// Creates the view of a new invite; see [`InviteView::issued`].
    pub(crate) fn new(issued: &Issued, now: DateTime<Utc>) -> Self {
        IssuedView(InviteView::issued(issued, now))
    }
}

impl Row for IssuedView {
    const LIST: &'static str = InviteView::LIST;
    const FIELDS: &'static [&'static str] = InviteView::FIELDS;

    fn headers(wide: bool) -> Vec<&'static str> {
        let mut headers = vec!["CODE", "LINK", "EXPIRES", "USES", "ADDRESS", "MAIL"];
        if wide {
            headers.extend(["SPACE", "NAME", "ROLE", "NOTE", "ID"]);
        }
        headers
    }

    fn cells(&self, wide: bool) -> Vec<Value> {
        let view = &self.0;
        let mut cells: Vec<Value> = vec![
            view.shown_code().into(),
            view.link.as_deref().into(),
            Value::Time(view.effective_expiry(), "never"),
            view.uses_text().into(),
            view.email.as_deref().into(),
            view.mail_text().into(),
        ];
        if wide {
            cells.extend([
                Value::from(view.space_id.as_str()),
                view.space_name.as_str().into(),
                view.role.as_str().into(),
                view.note.as_deref().into(),
                view.id.to_string().into(),
            ]);
        }
        cells
    }

    fn code(&self) -> Option<&str> {
        self.0.code()
    }
}

impl Selectable for IssuedView {
    const EXAMPLE: &'static str = "code,link,expires_at";
    const VARIANT: Option<(&'static str, &'static [&'static str])> = Some(("--dry-run", PlannedView::FIELDS));
}
