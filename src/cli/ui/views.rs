//! An invite as every command writes it: one set of fields.

pub(crate) mod issued;
pub(crate) mod listed;
pub(crate) mod planned;

pub(crate) use crate::cli::ui::views::issued::IssuedView;
pub(crate) use crate::cli::ui::views::listed::ListedView;
pub(crate) use crate::cli::ui::views::planned::PlannedView;

use chrono::{DateTime, Utc};
use serde::{Serialize, Serializer};
use uuid::Uuid;

use crate::cli::ui::instant::{FormattedEnd, Instant};
use crate::cli::ui::output::Row;
use crate::cli::ui::table::Value;
use crate::cli::ui::text::{grouped, relative, rfc3339, time_or};
use crate::invites::issue::Issued;
use crate::invites::show::Use;
use crate::model::invite::{Invite, Status};

/// An invite for JSON, CSV and tables.
#[derive(Debug, Serialize)]
pub(crate) struct InviteView {
    #[serde(serialize_with = "id")]
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
    #[serde(serialize_with = "id")]
    pub created_op: Uuid,
    #[serde(serialize_with = "maybe_id")]
    pub closed_op: Option<Uuid>,
    /// When it dies by the clock, for people (seed 003).
    pub formatted_expiration: FormattedEnd,
    /// Whether it can be used now (seed 004).
    pub is_active: bool,
    /// Whether all of its uses are taken (seed 003).
    pub is_used: bool,
    /// The instant at which all this is so.
    #[serde(skip)]
    at: DateTime<Utc>,
}

impl InviteView {
    /// An invite at an instant.
    pub(crate) fn new(invite: &Invite, link: Option<String>, now: DateTime<Utc>) -> Self {
        InviteView::of(invite.clone(), link, now)
    }

    /// An invite that nobody needs any more, at an instant.
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
            formatted_expiration: FormattedEnd(effective_expiry),
            is_active: status == Status::Active,
            is_used: uses_left == Some(0),
            at: now,
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

    /// When it dies by the clock.
    fn dies(&self) -> Option<DateTime<Utc>> {
        self.formatted_expiration.0
    }

    /// The expiry for people: when, and how far that is.
    pub(crate) fn expiry_text(&self) -> String {
        match self.dies() {
            None => "never".to_owned(),
            Some(end) => format!("{} ({})", time_or(Some(end), "never"), relative(end, self.at)),
        }
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
        for (name, instant) in
            [("starts", self.starts_at), ("closed", self.closed_at), ("last sent", self.last_sent_at)]
        {
            if let Some(Instant(instant)) = instant {
                facts.push((name, time_or(Some(instant), "-")));
            }
        }
        facts
    }
}

fn id<S: Serializer>(id: &Uuid, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(id.hyphenated().encode_lower(&mut Uuid::encode_buffer()))
}

#[expect(clippy::ref_option, reason = "serde hands over references")]
fn maybe_id<S: Serializer>(maybe: &Option<Uuid>, serializer: S) -> Result<S::Ok, S::Error> {
    match maybe {
        Some(known) => id(known, serializer),
        None => serializer.serialize_none(),
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
            Value::Time(self.dies(), "never"),
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
