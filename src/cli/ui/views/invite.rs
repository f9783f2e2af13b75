//! Invite with all its fields.

use chrono::{DateTime, Utc};
use serde::{Serialize, Serializer};
use uuid::Uuid;

use crate::cli::ui::instant::{FormattedExpiry, Instant};
use crate::cli::ui::row::Row;
use crate::cli::ui::table::Value;
use crate::cli::ui::text::{grouped, relative, time_or};
use crate::invites::issue::Issued;
use crate::model::invite::{Invite, Status};

/// Invite at an instant, for JSON, CSV and tables.
#[derive(Debug, Serialize)]
pub(crate) struct InviteView {
    #[serde(serialize_with = "serialize_id")]
    pub id: Uuid,
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
    pub created_at: Instant,
    pub starts_at: Option<Instant>,
    pub expires_at: Option<Instant>,
    pub effective_expiry: Option<Instant>,
    pub closed_at: Option<Instant>,
    pub closed_reason: Option<&'static str>,
    pub mail: Option<&'static str>,
    pub sends: i64,
    pub last_sent_at: Option<Instant>,
    pub last_send_error: Option<String>,
    #[serde(serialize_with = "serialize_id")]
    pub created_op: Uuid,
    #[serde(serialize_with = "serialize_optional_id")]
    pub closed_op: Option<Uuid>,
    /// The effective expiry as text (seed 003).
    pub formatted_expiration: FormattedExpiry,
    /// True if the invite can be redeemed (seed 004).
    pub is_active: bool,
    /// True if the usage limit is reached (seed 003).
    pub is_used: bool,
    /// The instant of the view.
    #[serde(skip)]
    at: DateTime<Utc>,
}

impl InviteView {
    /// Creates the view of an invite at an instant.
    pub(crate) fn new(invite: &Invite, link: Option<String>, now: DateTime<Utc>) -> Self {
        InviteView::of(invite.clone(), link, now)
    }

    /// Creates the view of an invite at an instant, and takes over its texts.
    pub(crate) fn of(invite: Invite, link: Option<String>, now: DateTime<Utc>) -> Self {
        let status = invite.status(now);
        let uses_left = invite.uses_left();
        let effective_expiry = invite.effective_expiry();
        InviteView {
            mail: mail(&invite, now),
            id: invite.id,
            fingerprint: invite.code.is_none().then(|| invite.code_key.fingerprint()),
            code: invite.code.map(|code| code.reveal().to_owned()),
            link,
            space_id: invite.space_id,
            space_name: invite.space_name,
            policy: invite.policy,
            role: invite.role,
            status: status.as_str(),
            uses: invite.uses,
            max_uses: invite.max_uses,
            uses_left,
            email: invite.email,
            note: invite.note,
            created_by: invite.created_by,
            created_at: Instant(invite.created_at),
            starts_at: invite.starts_at.map(Instant),
            expires_at: invite.expires_at.map(Instant),
            effective_expiry: effective_expiry.map(Instant),
            closed_at: invite.closed.map(|closed| Instant(closed.at)),
            closed_reason: invite.closed.map(|closed| closed.reason.as_str()),
            sends: invite.sends,
            last_sent_at: invite.last_sent_at.map(Instant),
            last_send_error: invite.last_send_error,
            created_op: invite.created_op,
            closed_op: invite.closed_op,
            formatted_expiration: FormattedExpiry(effective_expiry),
            is_active: status == Status::Active,
            is_used: uses_left == Some(0),
            at: now,
        }
    }

    /// Creates the view of a new invite, with its code. A code that is stored as a hash
    /// is shown only here, and never if the invite is sent by e-mail.
    pub(crate) fn issued(issued: &Issued, now: DateTime<Utc>) -> Self {
        if issued.is_mailed && issued.invite.code.is_none() {
            return InviteView::new(&issued.invite, None, now);
        }
        let mut view = InviteView::new(&issued.invite, issued.link.clone(), now);
        view.code = Some(issued.code.reveal().to_owned());
        view
    }

    /// Returns the code, or the fingerprint of a code that is stored as a hash.
    pub(crate) fn shown_code(&self) -> &str {
        self.code.as_deref().or(self.fingerprint.as_deref()).unwrap_or("-")
    }

    /// Returns the uses and their limit: `3 of 10`, or `3` without a limit.
    pub(crate) fn uses_text(&self) -> String {
        let uses = grouped(self.uses.unsigned_abs());
        self.max_uses.map_or(uses.clone(), |max| format!("{uses} of {}", grouped(max.unsigned_abs())))
    }

    /// Returns the state of the e-mail for a table.
    pub(super) fn mail_text(&self) -> String {
        self.mail.map_or_else(|| "-".to_owned(), |word| word.replace('_', " "))
    }

    /// Returns the effective expiry.
    pub(super) fn effective_expiry(&self) -> Option<DateTime<Utc>> {
        self.formatted_expiration.0
    }

    /// Returns the effective expiry and its distance: `2026-12-31 23:59 UTC (in 31 d)`.
    pub(crate) fn expiry_text(&self) -> String {
        match self.effective_expiry() {
            None => "never".to_owned(),
            Some(expiry) => format!("{} ({})", time_or(Some(expiry), "never"), relative(expiry, self.at)),
        }
    }

    /// Returns the names and values that the report of a single invite lists.
    pub(crate) fn facts(&self) -> Vec<(&'static str, String)> {
        let mut facts = vec![
            ("code", self.shown_code().to_owned()),
            ("space", format!("{} ({})", self.space_name, self.space_id)),
            ("policy", self.policy.clone()),
            ("role", self.role.clone()),
            ("status", self.status.to_owned()),
            ("uses", self.uses_text()),
            ("expires", self.expiry_text()),
            ("id", self.id.to_string()),
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
        // A replaced code stays open during its grace period.
        let closed = if self.closed_at.is_some_and(|Instant(at)| at > self.at) { "closes" } else { "closed" };
        for (name, instant) in [("starts", self.starts_at), (closed, self.closed_at), ("last sent", self.last_sent_at)]
        {
            if let Some(Instant(instant)) = instant {
                facts.push((name, time_or(Some(instant), "-")));
            }
        }
        facts
    }
}

fn serialize_id<S: Serializer>(id: &Uuid, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(id.hyphenated().encode_lower(&mut Uuid::encode_buffer()))
}

#[expect(clippy::ref_option, reason = "serde hands over references")]
fn serialize_optional_id<S: Serializer>(id: &Option<Uuid>, serializer: S) -> Result<S::Ok, S::Error> {
    match id {
        Some(id) => serialize_id(id, serializer),
        None => serializer.serialize_none(),
    }
}

/// Returns the state of the e-mail with the current link; `None` if there is none.
fn mail(invite: &Invite, now: DateTime<Utc>) -> Option<&'static str> {
    match (&invite.last_send_error, invite.send_after) {
        (None, Some(held)) if held > now => Some("sending"),
        (None, None) => invite.last_sent_at.map(|_| "sent"),
        // The e-mail failed, or the run that was to send it ended before.
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
        "effective_expiry",
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
            Value::Time(self.effective_expiry(), "never"),
            self.email.as_deref().into(),
        ];
        if wide {
            cells.extend([
                Value::from(self.policy.as_str()),
                self.role.as_str().into(),
                self.created_at.0.into(),
                self.created_by.as_deref().into(),
                self.note.as_deref().into(),
                self.mail_text().into(),
                self.link.as_deref().into(),
                self.id.to_string().into(),
            ]);
        }
        cells
    }

    fn code(&self) -> Option<&str> {
        Some(self.shown_code())
    }
}
