//! Limits of e-mails: per user and per space in an hour, per address in a day. They are
//! counted in the transaction that creates or renews the invitation, before anything is
//! sent, so that concurrent processes cannot exceed a limit together.
//!
//! An e-mail that was not delivered is refunded ([`Refund`]). If a process is killed
//! while it sends, its e-mails stay counted until the window ends.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};

use crate::error::{Denial, Error, MailScope, Result};
use crate::limits::address::address_bucket;
use crate::limits::kind::LimitKind;
use crate::limits::sweep::sweep_ended;
use crate::limits::window::Window;
use crate::mail::Fault;
use crate::model::code::hash;
use crate::model::invite::Invite;
use crate::policy::{Policies, Policy};
use crate::service::Service;
use crate::store::tables::limits as rows;
use crate::store::tables::limits::Counter;
use crate::store::tables::limits::many::{self, Charge};
use crate::store::{Session, in_transaction, reading};

/// An e-mail, with the values that its limits depend on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Mail<'m> {
    pub policy: &'m Policy,
    /// The user that the e-mail is sent for; `None` for an operator.
    pub user: Option<&'m str>,
    pub space: &'m str,
    pub address: &'m str,
}

/// A limit that applies to an e-mail.
struct Applied {
    kind: LimitKind,
    bucket: String,
    limit: i64,
}

impl<'m> Mail<'m> {
    /// Returns the e-mail of an invitation that is sent for a user; `None` if it is not
    /// bound to an address, or its policy is not configured any more.
    pub(crate) fn of_invite(policies: &'m Policies, invite: &'m Invite, user: Option<&'m str>) -> Option<Self> {
        let policy = policies.find(&invite.policy)?;
        Some(Mail { policy, user, space: &invite.space_id, address: invite.email.as_deref()? })
    }

    fn limits(&self) -> Vec<Applied> {
        let name = self.policy.name.as_str();
        let of = |kind: LimitKind, bucket: String| kind.limit(self.policy).map(|limit| Applied { kind, bucket, limit });
        let user = self.user.and_then(|user| of(LimitKind::Mails, LimitKind::Mails.bucket(name, user)));
        let space = of(LimitKind::MailsSpace, LimitKind::MailsSpace.bucket(name, self.space));
        let address = of(LimitKind::MailsAddress, address_bucket(self.address));
        [user, space, address].into_iter().flatten().collect()
    }

    fn denial(&self, reached: &Applied, now: DateTime<Utc>) -> Denial {
        let policy = self.policy.name.clone();
        let scope = match (reached.kind, self.user) {
            (LimitKind::Mails, Some(user)) => MailScope::User { user: user.to_owned(), policy },
            (LimitKind::MailsAddress, _) => MailScope::Address,
            _ => MailScope::Space { space: self.space.to_owned(), policy },
        };
        Denial::MailLimit { scope, limit: reached.limit, until: reached.kind.window().end(now) }
    }
}

/// The e-mails that the earlier transactions of a dry run would have counted, by a hash of
/// the bucket, which saves memory: a file may have millions of rows.
#[derive(Debug, Default)]
pub(crate) struct DryRunMails(HashMap<u128, i64>);

impl DryRunMails {
    fn key(bucket: &str) -> u128 {
        hash(bucket).get(..32).and_then(|digits| u128::from_str_radix(digits, 16).ok()).unwrap_or(0)
    }

    /// Counts an e-mail that the dry run would send.
    pub(crate) fn add(&mut self, mail: &Mail<'_>) {
        for limit in mail.limits() {
            *self.0.entry(Self::key(&limit.bucket)).or_default() += 1;
        }
    }

    fn hits(&self, bucket: &str) -> i64 {
        if self.0.is_empty() { 0 } else { self.0.get(&Self::key(bucket)).copied().unwrap_or(0) }
    }
}

/// A counter of a batch of e-mails.
#[derive(Debug, Default)]
struct Tally {
    kind: Option<LimitKind>,
    /// True if the counter exists.
    is_known: bool,
    /// Hits of the counter, including those of the batch.
    hits: i64,
    /// The hits of the batch.
    consumed: i64,
    /// The highest limit of the consumed e-mails: policies may have different limits.
    limit: i64,
}

impl Tally {
    fn window(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        self.kind.map_or(Window::Hour, LimitKind::window).start(now)
    }

    fn consume(&mut self, limit: i64) {
        self.hits += 1;
        self.consumed += 1;
        self.limit = self.limit.max(limit);
    }
}

/// Counts e-mails in their order, each against all of its limits or none, and returns the
/// denial of each that was not counted. `dry_run_mails` count as sent.
///
/// The counters are read without a lock. The statement that raises them checks the limits
/// again, and the transaction is retried if one of them is exceeded.
pub(crate) async fn consume_mails(
    session: &mut Session,
    mails: &[Mail<'_>],
    dry_run_mails: Option<&DryRunMails>,
    now: DateTime<Utc>,
) -> Result<Vec<Option<Denial>>> {
    let applied: Vec<Vec<Applied>> = mails.iter().map(Mail::limits).collect();
    let mut tallies: BTreeMap<&str, Tally> = BTreeMap::new();
    for limit in applied.iter().flatten() {
        tallies.entry(&limit.bucket).or_default().kind = Some(limit.kind);
    }
    if tallies.is_empty() {
        return Ok(vec![None; mails.len()]);
    }
    let counters: Vec<Counter<'_>> =
        tallies.iter().map(|(bucket, tally)| Counter { bucket, window: tally.window(now) }).collect();
    let seen = many::counts(session, &counters).await?;
    for (bucket, tally) in &mut tallies {
        tally.is_known = seen.contains_key(bucket);
        tally.hits = seen.get(bucket).copied().unwrap_or(0)
            + dry_run_mails.map_or(0, |dry_run_mails| dry_run_mails.hits(bucket));
    }
    let mut denials = Vec::with_capacity(mails.len());
    for (mail, limits) in mails.iter().zip(&applied) {
        let is_reached = |limit: &&Applied| tallies.get(limit.bucket.as_str()).is_some_and(|t| t.hits >= limit.limit);
        // If several limits are reached, the last window to end decides when to retry.
        let reached = limits.iter().filter(is_reached).max_by_key(|limit| limit.kind.window().end(now));
        denials.push(reached.map(|reached| mail.denial(reached, now)));
        if reached.is_none() {
            for limit in limits {
                if let Some(tally) = tallies.get_mut(limit.bucket.as_str()) {
                    tally.consume(limit.limit);
                }
            }
        }
    }
    let [new, known] = [false, true].map(|is_known| hits_of(&tallies, is_known, now));
    many::consume_all(session, &new, &known).await?;
    Ok(denials)
}

/// Counts one e-mail against all of its limits; `None` is not counted.
///
/// # Errors
/// [`Error::Refused`] with [`Denial::MailLimit`] if one of them is reached.
pub(crate) async fn consume_mail(
    session: &mut Session,
    mail: Option<Mail<'_>>,
    dry_run_mails: Option<&DryRunMails>,
    now: DateTime<Utc>,
) -> Result<()> {
    let denials = consume_mails(session, mail.as_slice(), dry_run_mails, now).await?;
    denials.into_iter().flatten().next().map_or(Ok(()), |denial| Err(Error::Refused(denial)))
}

/// Returns the hits to add to existing or to new counters.
fn hits_of<'b>(tallies: &BTreeMap<&'b str, Tally>, is_known: bool, now: DateTime<Utc>) -> Vec<Charge<'b>> {
    let raised = tallies.iter().filter(|(_, tally)| tally.consumed > 0 && tally.is_known == is_known);
    raised
        .map(|(bucket, tally)| Charge {
            counter: Counter { bucket, window: tally.window(now) },
            hits: tally.consumed,
            limit: tally.limit,
        })
        .collect()
}

/// The part of an e-mail's hits that is refunded if it was not sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refund {
    /// Refunds all hits: no mail server was asked about the address.
    Whole,
    /// Refunds the hit of the address, which received nothing. Those of the user and the space
    /// stay: the server refused the address, and probing addresses must be limited.
    Address,
    /// Refunds nothing: the e-mail may have been delivered.
    Nothing,
}

impl Refund {
    /// Returns the refund for a failed delivery.
    pub(crate) fn after(fault: Fault, perhaps_delivered: bool) -> Self {
        match fault {
            _ if perhaps_delivered => Refund::Nothing,
            Fault::Recipient => Refund::Address,
            Fault::Sender | Fault::Server => Refund::Whole,
        }
    }

    fn covers(self, kind: LimitKind) -> bool {
        match self {
            Refund::Whole => true,
            Refund::Address => kind == LimitKind::MailsAddress,
            Refund::Nothing => false,
        }
    }
}

/// Refunds e-mails that were counted at an instant and not sent, so that they can be sent
/// later.
pub(crate) async fn refund_mails(
    session: &mut Session,
    mails: impl Iterator<Item = Mail<'_>>,
    counted_at: DateTime<Utc>,
    refund: Refund,
) -> Result<()> {
    let limits: Vec<Applied> = mails.flat_map(|mail| mail.limits()).filter(|limit| refund.covers(limit.kind)).collect();
    let mut tallies: BTreeMap<&str, Tally> = BTreeMap::new();
    for limit in &limits {
        let tally = tallies.entry(&limit.bucket).or_default();
        tally.kind = Some(limit.kind);
        tally.consume(limit.limit);
    }
    if tallies.is_empty() {
        return Ok(());
    }
    many::refund_all(session, &hits_of(&tallies, false, counted_at)).await
}

/// Deletes windows that have ended, at most once a day, so that counters of addresses do
/// not accumulate if cleanup never runs.
pub(crate) async fn sweep_mail_counters(service: &Service) {
    let marker = LimitKind::MailsAddress.bucket("~", "");
    let swept: Result<()> = async {
        let today = Window::Day.start(service.now());
        let known = reading!(service.db(), |session| { rows::counts(session, &[&marker], today).await })?;
        if known.is_empty() {
            in_transaction!(service.db(), |session| {
                many::create(session, &Counter { bucket: &marker, window: today }).await
            })?;
            sweep_ended(service).await;
        }
        Ok(())
    }
    .await;
    // The e-mails are sent already, so a failed deletion is ignored.
    drop(swept);
}

#[cfg(test)]
pub(crate) mod tests;
