//! An invite and the pure rules about it. No clock, no database: every rule
//! takes the instant it is asked about.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::error::Denial;
use crate::model::code::{Code, CodeKey};

/// A right to join one space.
#[derive(Debug, Clone)]
pub struct Invite {
    /// Its id: time-ordered, made by the client.
    pub id: Uuid,
    /// The space that it lets into.
    pub space_id: String,
    /// That space's name; in the director system, the director's.
    pub space_name: String,
    /// That space's policy.
    pub policy: String,
    /// The role that it grants.
    pub role: String,
    /// The code; none where only its hash is kept.
    pub code: Option<Code>,
    /// What look-ups compare: the normalised code, or the hash.
    pub code_key: CodeKey,
    /// The one address that it is bound to, in its canonical form.
    pub email: Option<String>,
    /// What the operator wrote about it.
    pub note: Option<String>,
    /// The user who made it, where one is known.
    pub created_by: Option<String>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// From when it can be used.
    pub starts_at: Option<DateTime<Utc>>,
    /// From when it can no longer be used.
    pub expires_at: Option<DateTime<Utc>>,
    /// How often it can be used; none for no limit.
    pub max_uses: Option<i64>,
    /// How often it was used.
    pub uses: i64,
    /// When and why it was closed. The instant may lie ahead: a replaced code
    /// with a grace lives until then.
    pub closed: Option<Closed>,
    /// How often its e-mail was sent.
    pub sends: i64,
    /// How often its link was issued again, sent or printed: what the policy's
    /// `resends` limits.
    pub resends: i64,
    /// When the e-mail with its present link was sent.
    pub last_sent_at: Option<DateTime<Utc>>,
    /// Why sending the present link failed.
    pub last_send_error: Option<String>,
    /// From when its e-mail may be sent (again): ahead while a run sends it;
    /// none: there is nothing to send.
    pub send_after: Option<DateTime<Utc>>,
    /// The operation that made it.
    pub created_op: Uuid,
    /// The operation that closed it.
    pub closed_op: Option<Uuid>,
}

/// When and why an invite was closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Closed {
    /// From when it is dead.
    pub at: DateTime<Utc>,
    /// Why.
    pub reason: ClosedReason,
}

/// Why an invite was closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClosedReason {
    /// Taken back.
    Revoked,
    /// Past its end.
    Expired,
    /// Reached its last use.
    UsedUp,
    /// A newer standing code took its place.
    Replaced,
}

impl ClosedReason {
    /// The word that the database holds.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            ClosedReason::Revoked => "revoked",
            ClosedReason::Expired => "expired",
            ClosedReason::UsedUp => "used_up",
            ClosedReason::Replaced => "replaced",
        }
    }

    /// The reason of this word.
    #[must_use]
    pub(crate) fn from_word(word: &str) -> Option<Self> {
        [ClosedReason::Revoked, ClosedReason::Expired, ClosedReason::UsedUp, ClosedReason::Replaced]
            .into_iter()
            .find(|reason| reason.as_str() == word)
    }
}

/// What an invite is at an instant. Never stored: facts are, and this follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// It can be used.
    Active,
    /// It can be used later.
    Scheduled,
    /// It is past its end.
    Expired,
    /// It reached its last use.
    UsedUp,
    /// It was taken back.
    Revoked,
    /// A newer standing code took its place.
    Replaced,
}

impl Status {
    /// Every status.
    pub const ALL: [Status; 6] =
        [Status::Active, Status::Scheduled, Status::Expired, Status::UsedUp, Status::Revoked, Status::Replaced];

    /// The word that people, JSON and `invite_overview` show.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Status::Active => "active",
            Status::Scheduled => "scheduled",
            Status::Expired => "expired",
            Status::UsedUp => "used_up",
            Status::Revoked => "revoked",
            Status::Replaced => "replaced",
        }
    }

    /// Whether the invite can be used now or later.
    #[must_use]
    pub fn is_live(self) -> bool {
        matches!(self, Status::Active | Status::Scheduled)
    }
}

/// A fact about an invite that makes it unusable at an instant.
#[derive(Debug, Clone, Copy)]
enum Obstacle {
    Revoked(DateTime<Utc>),
    Replaced(DateTime<Utc>),
    /// How many uses it had.
    UsedUp(i64),
    Expired(DateTime<Utc>),
    NotStarted(DateTime<Utc>),
}

impl Obstacle {
    fn status(self) -> Status {
        match self {
            Obstacle::Revoked(_) => Status::Revoked,
            Obstacle::Replaced(_) => Status::Replaced,
            Obstacle::UsedUp(_) => Status::UsedUp,
            Obstacle::Expired(_) => Status::Expired,
            Obstacle::NotStarted(_) => Status::Scheduled,
        }
    }
}

impl From<Obstacle> for Denial {
    fn from(obstacle: Obstacle) -> Self {
        match obstacle {
            Obstacle::Revoked(at) => Denial::Revoked(at),
            Obstacle::Replaced(at) => Denial::Replaced(at),
            Obstacle::UsedUp(max) => Denial::UsedUp(max),
            Obstacle::Expired(at) => Denial::Expired(at),
            Obstacle::NotStarted(at) => Denial::NotStarted(at),
        }
    }
}

/// Who wants to use an invite, as far as the rules ask.
#[derive(Debug, Clone, Default)]
pub struct Candidate {
    /// Their address in its canonical form, where one is known.
    pub email: Option<String>,
    /// Their role, if they are a member of the space already.
    pub member_as: Option<String>,
}

impl Invite {
    /// Returns the status at an instant: the reason that weighs most, or
    /// whether a start lies ahead. `invite_overview` and the store's filter say
    /// the same in SQL; a contract test compares the three.
    #[must_use]
    pub fn status(&self, now: DateTime<Utc>) -> Status {
        self.obstacles(now).next().map_or(Status::Active, Obstacle::status)
    }

    /// Lists what makes the invite invalid at an instant for every user.
    /// Status, reasons and refusals all follow from this one function.
    ///
    /// The reason for which the invite was closed comes first, whatever the
    /// clock says: the machine that closed it may have a clock that is ahead.
    /// The last use comes before the expiry, because a use counts only while
    /// the invite is valid.
    fn obstacles(&self, now: DateTime<Utc>) -> impl Iterator<Item = Obstacle> + use<> {
        let closed = self.closed_at(now);
        let closed_as = closed.map(|closed| closed.reason);
        let uses = self.max_uses.unwrap_or(self.uses);
        let first = closed.map(|Closed { at, reason }| match reason {
            ClosedReason::Revoked => Obstacle::Revoked(at),
            ClosedReason::Replaced => Obstacle::Replaced(at),
            ClosedReason::UsedUp => Obstacle::UsedUp(uses),
            ClosedReason::Expired => Obstacle::Expired(self.expires_at.map_or(at, |end| end.min(at))),
        });
        let is_full = self.max_uses.is_some_and(|max| self.uses >= max) && closed_as != Some(ClosedReason::UsedUp);
        let end = self.expires_at.filter(|end| *end <= now && closed_as != Some(ClosedReason::Expired));
        let start = self.starts_at.filter(|start| *start > now);
        [first, is_full.then_some(Obstacle::UsedUp(uses)), end.map(Obstacle::Expired), start.map(Obstacle::NotStarted)]
            .into_iter()
            .flatten()
    }

    /// The invite as one use leaves it. The store's counting statement says the
    /// same in SQL, and a contract test compares them.
    pub(crate) fn after_use(mut self, now: DateTime<Utc>, operation: Uuid) -> Self {
        self.uses += 1;
        if self.closed.is_none() && self.max_uses.is_some_and(|max| self.uses >= max) {
            self.closed = Some(Closed { at: now, reason: ClosedReason::UsedUp });
            self.closed_op = Some(operation);
        }
        self
    }

    /// The invite as it is in a space that was removed at an instant: revoked, if it
    /// is still open. A removal closes the invites of its space, but on a cluster
    /// another node may commit one after it. `invite_overview` and the store's filter
    /// say the same in SQL.
    pub(crate) fn in_removed_space(mut self, removed_at: DateTime<Utc>) -> Self {
        let has_grace = |closed: &Closed| closed.reason == ClosedReason::Replaced && closed.at > removed_at;
        if self.closed.as_ref().is_none_or(has_grace) {
            self.closed = Some(Closed { at: removed_at, reason: ClosedReason::Revoked });
        }
        self
    }

    /// Every reason why this candidate cannot use the invite at this instant,
    /// the weightiest first; empty if they can.
    #[must_use]
    pub fn denials(&self, now: DateTime<Utc>, candidate: Option<&Candidate>) -> Vec<Denial> {
        let mut denials: Vec<Denial> = self.obstacles(now).map(Denial::from).collect();
        if self.starts_at.is_none() && self.created_at > now {
            denials.push(Denial::NotStarted(self.created_at));
        }
        if let Some(candidate) = candidate {
            if self.email.is_some() && self.email != candidate.email {
                denials.push(Denial::EmailMismatch { given: candidate.email.is_some() });
            }
            if let Some(role) = &candidate.member_as {
                denials.push(Denial::AlreadyMember { role: role.clone() });
            }
        }
        denials
    }

    /// How it is closed at an instant, if it is. What is closed is closed
    /// whatever the clock says; only a replaced code with a grace is closed
    /// from a later instant.
    fn closed_at(&self, now: DateTime<Utc>) -> Option<Closed> {
        self.closed.filter(|closed| closed.at <= now || closed.reason != ClosedReason::Replaced)
    }

    /// When it dies by the clock: at its end, or earlier where it was replaced
    /// and lives on in a grace.
    #[must_use]
    pub fn dies_at(&self) -> Option<DateTime<Utc>> {
        let replaced = self.closed.filter(|closed| closed.reason == ClosedReason::Replaced).map(|closed| closed.at);
        match (self.expires_at, replaced) {
            (Some(end), Some(replaced)) => Some(end.min(replaced)),
            (end, replaced) => end.or(replaced),
        }
    }

    /// How many uses are left; none for no limit.
    #[must_use]
    pub fn uses_left(&self) -> Option<i64> {
        self.max_uses.map(|max| (max - self.uses).max(0))
    }
}

/// The place that a live invite holds alone: one standing code a space, one pending invitation per address. A unique
/// index keeps it so under any race.
#[must_use]
pub(crate) fn slot(standing: bool, space_id: &str, email: Option<&str>) -> Option<String> {
    match (standing, email) {
        (true, _) => Some(format!("standing:{space_id}")),
        (false, Some(email)) => Some(format!("email:{space_id}:{email}")),
        (false, None) => None,
    }
}

#[cfg(test)]
pub(crate) mod tests;
