//! A simple model of invites in memory; `model_run` compares the library with it.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use invite::Reason;
use invite::invites::generate::{Expiry, UsageLimit};
use invite::model::invite::Status;

use crate::fixture::hours;

mod known;

pub use known::{Known, SPACES, address};
use known::{fixed, life, limit, new_end};

/// An action. Invites and users are numbers modulo the existing ones.
#[derive(Debug, Clone)]
pub enum Step {
    Generate { space: usize, address: usize, starts_in: i64, end: Expiry, uses: UsageLimit },
    Redeem { invite: usize, user: usize },
    Revoke { invite: usize },
    Extend { invite: usize, end: Expiry, uses: UsageLimit },
    Regenerate { space: usize, grace: Option<i64> },
    Backfill,
    Cleanup,
    Advance { hours: i64 },
}

/// The result of an action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing to do.
    Skipped,
    /// Number of invites that were created, closed or changed.
    Changed(u64),
    Accepted,
    Repeated,
    /// Refused; the first reason.
    Refused(Reason),
    Failed(Reason),
    /// Nothing to revoke: it had this status.
    Invalid(Status),
}

#[derive(Debug, Default)]
pub struct Model {
    pub now: DateTime<Utc>,
    pub invites: Vec<Known>,
    /// Members: space and user.
    members: HashSet<(usize, usize)>,
}

impl Model {
    pub fn new(now: DateTime<Utc>) -> Self {
        Model { now, ..Model::default() }
    }

    /// Applies an action, and returns the expected result.
    pub fn apply(&mut self, step: &Step) -> Outcome {
        match *step {
            Step::Generate { space, address, starts_in, end, uses } => {
                self.generate(space, address, starts_in, end, uses).unwrap_or_else(|outcome| outcome)
            }
            Step::Redeem { invite, user } => self.index(invite).map_or(Outcome::Skipped, |it| self.redeem(it, user)),
            Step::Revoke { invite } => self.index(invite).map_or(Outcome::Skipped, |it| self.revoke(it)),
            Step::Extend { invite, end, uses } => self
                .index(invite)
                .map_or(Outcome::Skipped, |it| self.extend(it, end, uses).unwrap_or_else(|outcome| outcome)),
            Step::Regenerate { space, grace } => self.regenerate(space, grace),
            Step::Backfill => self.backfill(),
            Step::Cleanup => self.cleanup(),
            Step::Advance { hours: span } => {
                self.now += hours(span);
                Outcome::Skipped
            }
        }
    }

    pub fn index(&self, number: usize) -> Option<usize> {
        number.checked_rem(self.invites.len())
    }

    /// Open invites that hold a slot; replaced ones in their grace period hold none.
    pub fn holder(&self, place: (usize, Option<&str>)) -> Option<usize> {
        let holds = |it: &Known| it.closed.is_none() && it.status(self.now).is_open() && it.place() == Some(place);
        self.invites.iter().position(holds)
    }

    fn create(&mut self, known: Known) -> Outcome {
        self.settle(known.place());
        self.invites.push(known);
        Outcome::Changed(1)
    }

    fn standing(&self, space: usize) -> Known {
        let (starts_at, end, max) = (self.now, None, None);
        Known {
            created: None,
            space,
            email: None,
            starts_at,
            end,
            max,
            users: Vec::new(),
            closed: None,
            settled: false,
        }
    }

    fn generate(
        &mut self,
        space: usize,
        to: usize,
        starts_in: i64,
        end: Expiry,
        uses: UsageLimit,
    ) -> Result<Outcome, Outcome> {
        let policy = SPACES[space].1;
        let starts_at = self.now + hours(starts_in);
        let end = match end {
            Expiry::Default => life(policy).map(|span| starts_at + span),
            other => new_end(other, starts_at, None),
        };
        let email = (policy == "tree").then(|| address(to));
        let known = Known { email, starts_at, end, max: limit(policy, uses, fixed(policy))?, ..self.standing(space) };
        if policy == "tree" && self.members.contains(&(space, to)) {
            return Err(Outcome::Failed(Reason::AlreadyMember));
        }
        if known.place().is_some_and(|place| self.holder(place).is_some()) {
            return Err(Outcome::Failed(Reason::Duplicate));
        }
        Ok(self.create(known))
    }

    fn redeem(&mut self, index: usize, user: usize) -> Outcome {
        let (now, it) = (self.now, &mut self.invites[index]);
        if it.users.contains(&user) {
            return Outcome::Repeated;
        }
        let closed = match it.status(now) {
            Status::Revoked => Some(Reason::Revoked),
            Status::Replaced => Some(Reason::Replaced),
            Status::UsedUp => Some(Reason::UsedUp),
            Status::Expired => Some(Reason::Expired),
            Status::Scheduled => Some(Reason::NotStarted),
            Status::Active => None,
        };
        if let Some(reason) = closed {
            return Outcome::Refused(reason);
        }
        if it.email.as_ref().is_some_and(|email| *email != address(user)) {
            return Outcome::Refused(Reason::EmailMismatch);
        }
        if !self.members.insert((it.space, user)) {
            return Outcome::Refused(Reason::AlreadyMember);
        }
        it.users.push(user);
        if it.is_used_up() {
            // The last use closes it, also during a grace period.
            (it.closed, it.settled) = (None, true);
        }
        Outcome::Accepted
    }

    fn revoke(&mut self, index: usize) -> Outcome {
        let (now, it) = (self.now, &mut self.invites[index]);
        if it.policy() == "director" && it.uses() > 0 {
            return Outcome::Failed(Reason::UsedCannotRevoke);
        }
        match it.status(now) {
            status if status.is_open() => {
                (it.closed, it.settled) = (Some((now, Status::Revoked)), true);
                Outcome::Changed(1)
            }
            status => Outcome::Invalid(status),
        }
    }

    fn extend(&mut self, index: usize, end: Expiry, uses: UsageLimit) -> Result<Outcome, Outcome> {
        let it = self.invites[index].clone();
        let invalid = Err(Outcome::Failed(Reason::InvalidInput));
        if end == Expiry::Default && uses == UsageLimit::Default {
            return invalid;
        }
        match it.closed {
            Some((_, Status::Revoked)) => return Err(Outcome::Failed(Reason::Revoked)),
            Some(_) => return Err(Outcome::Failed(Reason::Replaced)),
            None => {}
        }
        let end = new_end(end, it.starts_at.max(self.now), it.end);
        let next = Known { end, max: limit(it.policy(), uses, it.max)?, settled: false, ..it.clone() };
        if !next.status(self.now).is_open() {
            return invalid;
        }
        if it.place().and_then(|place| self.holder(place)).is_some_and(|holder| holder != index) {
            return Err(Outcome::Failed(Reason::Duplicate));
        }
        self.settle(it.place());
        self.invites[index] = next;
        Ok(Outcome::Changed(1))
    }

    fn regenerate(&mut self, space: usize, grace: Option<i64>) -> Outcome {
        if SPACES[space].1 != "space" {
            return Outcome::Failed(Reason::InvalidInput);
        }
        let mut new = self.standing(space);
        if let Some(old) = self.holder((space, None)) {
            let closes_at = self.now + hours(grace.unwrap_or(0));
            let it = &mut self.invites[old];
            let at = it.end.map_or(closes_at, |end| end.min(closes_at));
            (it.closed, it.settled) = (Some((at, Status::Replaced)), true);
            // The new code keeps the terms.
            (new.starts_at, new.end, new.max) = (it.starts_at.max(self.now), it.end, it.max);
        }
        self.create(new)
    }

    fn backfill(&mut self) -> Outcome {
        let lacks = |space: &usize| SPACES[*space].1 == "space" && self.holder((*space, None)).is_none();
        let lacking: Vec<usize> = (0..SPACES.len()).filter(lacks).collect();
        for space in &lacking {
            self.create(self.standing(*space));
        }
        Outcome::Changed(lacking.len() as u64)
    }

    fn cleanup(&mut self) -> Outcome {
        let now = self.now;
        let closed = self.invites.iter_mut().filter(|it| !it.settled && !it.status(now).is_open());
        Outcome::Changed(closed.map(|it| it.settled = true).count() as u64)
    }

    /// A new invite closes an expired one that holds its slot.
    fn settle(&mut self, place: Option<(usize, Option<&str>)>) {
        let Some((space, email)) = place else { return };
        let now = self.now;
        for it in &mut self.invites {
            let same = it.place() == Some((space, email));
            it.settled |= same && !it.status(now).is_open();
        }
    }
}
