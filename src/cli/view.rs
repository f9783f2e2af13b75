//! An invite as every command writes it: one set of fields.

mod issued;
mod listed;

pub(crate) use issued::IssuedView;
pub(crate) use listed::ListedView;

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::output::Row;
use super::table::Value;
use super::text::{cell_time, date_or, grouped, rfc3339, time_or};
use crate::actions::Issued;
use crate::actions::show::Use;
use crate::invite::{Invite, Status};

/// An invite for JSON, CSV and tables.
#[derive(Debug, Serialize)]
pub(crate) struct InviteView {
    pub id: String,
    pub code: Option<String>,
    pub fingerprint: Option<String>,
    pub link: Option<String>,
    pub space_id: String,
    pub space_name: String,
    pub policy: String,
    pub role: String,
    pub status: &'static str,
    pub uses: i64,
    pub max_uses: Option<i64>,
    pub uses_left: Option<i64>,
    pub email: Option<String>,
    pub note: Option<String>,
    pub created_by: Option<String>,
    pub created_at: String,
    pub starts_at: Option<String>,
    pub expires_at: Option<String>,
    pub dies_at: Option<String>,
    pub closed_at: Option<String>,
    pub closed_reason: Option<&'static str>,
    pub mail: Option<&'static str>,
    pub sends: i64,
    pub last_sent_at: Option<String>,
    pub last_send_error: Option<String>,
    pub created_op: String,
    pub closed_op: Option<String>,
    /// When it dies by the clock, for people (seed 003).
    pub formatted_expiration: String,
    /// Whether it can be used now (seed 004).
    pub is_active: bool,
    /// Whether all of its uses are taken (seed 003).
    pub is_used: bool,
    #[serde(skip)]
    last_sent: Option<DateTime<Utc>>,
    #[serde(skip)]
    created: DateTime<Utc>,
    #[serde(skip)]
    expires: Option<DateTime<Utc>>,
    #[serde(skip)]
    starts: Option<DateTime<Utc>>,
    #[serde(skip)]
    closed: Option<DateTime<Utc>>,
}

impl InviteView {
    /// An invite at an instant.
    pub(crate) fn new(invite: &Invite, link: Option<String>, now: DateTime<Utc>) -> Self {
        InviteView {
            id: invite.id.to_string(),
            code: invite.code.as_ref().map(|code| code.reveal().to_owned()),
            fingerprint: invite.code.is_none().then(|| invite.code_key.fingerprint()),
            link,
            space_id: invite.space_id.clone(),
            space_name: invite.space_name.clone(),
            policy: invite.policy.clone(),
            role: invite.role.clone(),
            status: invite.status(now).as_str(),
            uses: invite.uses,
            max_uses: invite.max_uses,
            uses_left: invite.uses_left(),
            email: invite.email.clone(),
            note: invite.note.clone(),
            created_by: invite.created_by.clone(),
            created_at: rfc3339(invite.created_at),
            starts_at: invite.starts_at.map(rfc3339),
            expires_at: invite.expires_at.map(rfc3339),
            dies_at: invite.dies_at().map(rfc3339),
            closed_at: invite.closed.map(|closed| rfc3339(closed.at)),
            closed_reason: invite.closed.map(|closed| closed.reason.as_str()),
            mail: mail(invite, now),
            sends: invite.sends,
            last_sent_at: invite.last_sent_at.map(rfc3339),
            last_send_error: invite.last_send_error.clone(),
            created_op: invite.created_op.to_string(),
            closed_op: invite.closed_op.map(|id| id.to_string()),
            formatted_expiration: date_or(invite.dies_at(), "never"),
            is_active: invite.status(now) == Status::Active,
            is_used: invite.uses_left() == Some(0),
            last_sent: invite.last_sent_at,
            created: invite.created_at,
            expires: invite.dies_at(),
            starts: invite.starts_at,
            closed: invite.closed.map(|closed| closed.at),
        }
    }

    /// An invite that was just made, with its code even where only the hash is
    /// kept: it is shown this once, unless it went by e-mail.
    pub(crate) fn issued(issued: &Issued, now: DateTime<Utc>) -> Self {
        if issued.is_mailed && issued.invite.code.is_none() {
            return InviteView::new(&issued.invite, None, now);
        }
        let mut view = InviteView::new(&issued.invite, issued.link.clone(), now);
        view.code = Some(issued.code.reveal().to_owned());
        view
    }

    /// The code, or the fingerprint where only the hash is kept.
    pub(crate) fn shown_code(&self) -> &str {
        self.code.as_deref().or(self.fingerprint.as_deref()).unwrap_or("-")
    }

    /// `3 of 10`, or `3` without a limit.
    pub(crate) fn uses_text(&self) -> String {
        let uses = grouped(self.uses.unsigned_abs());
        self.max_uses.map_or(uses.clone(), |max| format!("{uses} of {}", grouped(max.unsigned_abs())))
    }

    /// What became of its e-mail, for a table.
    fn mail_text(&self) -> String {
        self.mail.map_or_else(|| "-".to_owned(), |word| word.replace('_', " "))
    }

    /// The expiry for people.
    pub(crate) fn expiry_text(&self) -> String {
        time_or(self.expires, "never")
    }

    /// The facts that a report on one invite lists.
    pub(crate) fn facts(&self) -> Vec<(&'static str, String)> {
        let mut facts = vec![
            ("code", self.shown_code().to_owned()),
            ("space", format!("{} ({})", self.space_name, self.space_id)),
            ("policy", self.policy.clone()),
            ("role", self.role.clone()),
            ("status", self.status.to_owned()),
            ("uses", self.uses_text()),
            ("expires", self.expiry_text()),
            ("id", self.id.clone()),
        ];
        for (name, value) in
            [("link", &self.link), ("address", &self.email), ("note", &self.note), ("created by", &self.created_by)]
        {
            if let Some(value) = value {
                facts.push((name, value.clone()));
            }
        }
        if let Some(word) = self.mail {
            let why = self.last_send_error.as_ref().map_or(String::new(), |why| format!(": {why}"));
            facts.push(("e-mail", format!("{}{why}", word.replace('_', " "))));
        }
        for (name, instant) in [("starts", self.starts), ("closed", self.closed), ("last sent", self.last_sent)] {
            if instant.is_some() {
                facts.push((name, time_or(instant, "-")));
            }
        }
        facts
    }
}

/// What became of the e-mail with the present link; none: there is none.
fn mail(invite: &Invite, now: DateTime<Utc>) -> Option<&'static str> {
    match (&invite.last_send_error, invite.send_after) {
        (None, Some(held)) if held > now => Some("sending"),
        (None, None) => invite.last_sent_at.map(|_| "sent"),
        // It failed, or the run that was to send it ended before.
        _ => Some("not_sent"),
    }
}

impl Row for InviteView {
    const LIST: &'static str = "invites";
    const FIELDS: &'static [&'static str] = &[
        "id",
        "code",
        "fingerprint",
        "link",
        "space_id",
        "space_name",
        "policy",
        "role",
        "status",
        "uses",
        "max_uses",
        "uses_left",
        "email",
        "note",
        "created_by",
        "created_at",
        "starts_at",
        "expires_at",
        "dies_at",
        "closed_at",
        "closed_reason",
        "mail",
        "sends",
        "last_sent_at",
        "last_send_error",
        "created_op",
        "closed_op",
        "formatted_expiration",
        "is_active",
        "is_used",
    ];

    fn headers(wide: bool) -> Vec<&'static str> {
        let mut headers = vec!["CODE", "SPACE", "NAME", "STATUS", "USES", "EXPIRES", "ADDRESS"];
        if wide {
            headers.extend(["POLICY", "ROLE", "CREATED", "BY", "NOTE", "MAIL", "LINK", "ID"]);
        }
        headers
    }

    fn cells(&self, wide: bool) -> Vec<Value> {
        let mut cells: Vec<Value> = vec![
            self.shown_code().into(),
            self.space_id.as_str().into(),
            self.space_name.as_str().into(),
            Value::Status(self.status),
            self.uses_text().into(),
            cell_time(self.expires, "never").into(),
            self.email.as_deref().into(),
        ];
        if wide {
            cells.extend([
                Value::from(self.policy.as_str()),
                self.role.as_str().into(),
                cell_time(Some(self.created), "-").into(),
                self.created_by.as_deref().into(),
                self.note.as_deref().into(),
                self.mail_text().into(),
                self.link.as_deref().into(),
                self.id.as_str().into(),
            ]);
        }
        cells
    }

    fn code(&self) -> Option<&str> {
        Some(self.shown_code())
    }
}

/// A use as `show` and an archive write it.
#[derive(Debug, Serialize)]
pub(crate) struct UseView {
    user_id: String,
    role: String,
    used_at: String,
}

impl UseView {
    pub(crate) fn new(entry: &Use) -> Self {
        UseView { user_id: entry.user_id.clone(), role: entry.role.clone(), used_at: rfc3339(entry.used_at) }
    }
}
