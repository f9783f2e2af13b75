//! How many e-mails a user and a space may send in an hour, and an address may be
//! sent in a day. They are counted in the transaction that creates or renews the
//! invitation, before anything is sent, so that processes which send at the same
//! time never exceed a limit together.
//!
//! An e-mail that was not delivered is given back ([`Refund`]). A process that is
//! killed while it sends leaves its e-mails counted until the window ends.
//!
//! Counters of addresses hold a fingerprint: the table never contains an address.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};

use crate::error::{Denial, Error, Result};
use crate::invites::issue::Draft;
use crate::limits::clients;
use crate::limits::windows::Window;
use crate::limits::{Limited, MailScope};
use crate::mail::Fault;
use crate::model::code::hash;
use crate::model::invite::Invite;
use crate::policy::{Policies, Policy};
use crate::service::Service;
use crate::store::tables::limits as rows;
use crate::store::tables::limits::Counter;
use crate::store::tables::limits::many::{self, Charge};
use crate::store::{Session, in_transaction, reading};

/// Length of a fingerprint in hexadecimal digits: 128 bits.
const FINGERPRINT: usize = 32;

/// Returns the fingerprint of an address in its canonical form.
pub(crate) fn fingerprint(address: &str) -> String {
    let mut digits = hash(&format!("mail limit of {address}"));
    digits.truncate(FINGERPRINT);
    digits
}

/// Returns the bucket of an address. It belongs to no policy: all count together.
pub(crate) fn bucket_of_address(address: &str) -> String {
    Limited::MailsAddress.bucket("", &fingerprint(address))
}

/// An e-mail as the limits see it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Mail<'m> {
    policy: &'m Policy,
    /// The user that it is sent for; none: an operator's own.
    user: Option<&'m str>,
    space: &'m str,
    address: &'m str,
}

/// A limit that applies to an e-mail.
struct Applied {
    kind: Limited,
    bucket: String,
    limit: i64,
}

impl<'m> Mail<'m> {
    /// Returns the e-mail of an invitation that is created; none if it is not sent.
    pub(crate) fn of_draft(draft: &'m Draft<'_>) -> Option<Self> {
        draft.send_after?;
        let (user, address) = (draft.created_by.as_deref(), draft.email.as_deref()?);
        Some(Mail { policy: draft.policy, user, space: &draft.space.id, address })
    }

    /// Returns the e-mail of an invitation that is sent for a user; none if it is
    /// bound to no address, or its policy is not configured any more.
    pub(crate) fn of_invite(policies: &'m Policies, invite: &'m Invite, user: Option<&'m str>) -> Option<Self> {
        let policy = policies.find(&invite.policy)?;
        Some(Mail { policy, user, space: &invite.space_id, address: invite.email.as_deref()? })
    }

    fn limits(&self) -> Vec<Applied> {
        let name = self.policy.name.as_str();
        let of = |kind: Limited, bucket: String| kind.limit(self.policy).map(|limit| Applied { kind, bucket, limit });
        let user = self.user.and_then(|user| of(Limited::Mails, Limited::Mails.bucket(name, user)));
        let space = of(Limited::MailsSpace, Limited::MailsSpace.bucket(name, self.space));
        let address = of(Limited::MailsAddress, bucket_of_address(self.address));
        [user, space, address].into_iter().flatten().collect()
    }

    fn denial(&self, reached: &Applied, now: DateTime<Utc>) -> Denial {
        let policy = self.policy.name.clone();
        let scope = match (reached.kind, self.user) {
            (Limited::Mails, Some(user)) => MailScope::User { user: user.to_owned(), policy },
            (Limited::MailsAddress, _) => MailScope::Address,
            _ => MailScope::Space { space: self.space.to_owned(), policy },
        };
        Denial::MailLimit { scope, limit: reached.limit, until: reached.kind.window().end(now) }
    }
}

/// E-mails that the earlier transactions of a dry run would have counted, by a hash
/// of the bucket: there may be as many as the rows of a file.
#[derive(Debug, Default)]
pub(crate) struct Rehearsed(HashMap<u128, i64>);

impl Rehearsed {
    fn key(bucket: &str) -> u128 {
        hash(bucket).get(..32).and_then(|digits| u128::from_str_radix(digits, 16).ok()).unwrap_or(0)
    }

    /// Counts an e-mail that the dry run would have sent.
    pub(crate) fn note(&mut self, mail: &Mail<'_>) {
        for limit in mail.limits() {
            *self.0.entry(Self::key(&limit.bucket)).or_default() += 1;
        }
    }

    fn hits(&self, bucket: &str) -> i64 {
        if self.0.is_empty() { 0 } else { self.0.get(&Self::key(bucket)).copied().unwrap_or(0) }
    }
}

/// What one counter has and gets.
#[derive(Debug, Default)]
struct Tally {
    kind: Option<Limited>,
    /// Whether it exists.
    is_known: bool,
    /// Its hits, with those that are taken.
    hits: i64,
    taken: i64,
    /// The highest limit by which one was taken: policies may differ in theirs.
    limit: i64,
}

impl Tally {
    fn window(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        self.kind.map_or(Window::Hour, Limited::window).start(now)
    }

    fn take(&mut self, limit: i64) {
        self.hits += 1;
        self.taken += 1;
        self.limit = self.limit.max(limit);
    }
}

/// Counts e-mails in their order, each with all of its limits or with none, and
/// returns the refusal of each that was not counted. `rehearsed` is counted already.
///
/// The counts that decide are those of this moment; the statement that raises the
/// counters holds the limits, and the transaction starts again where it cannot.
pub(crate) async fn take_mails(
    session: &mut Session,
    mails: &[Mail<'_>],
    rehearsed: Option<&Rehearsed>,
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
    let seen = many::peek_all(session, &counters).await?;
    for (bucket, tally) in &mut tallies {
        tally.is_known = seen.contains_key(bucket);
        tally.hits = seen.get(bucket).copied().unwrap_or(0) + rehearsed.map_or(0, |rehearsed| rehearsed.hits(bucket));
    }
    let mut denials = Vec::with_capacity(mails.len());
    for (mail, limits) in mails.iter().zip(&applied) {
        let is_reached = |limit: &&Applied| tallies.get(limit.bucket.as_str()).is_some_and(|t| t.hits >= limit.limit);
        // Of several, the one that ends last says when to retry.
        let reached = limits.iter().filter(is_reached).max_by_key(|limit| limit.kind.window().end(now));
        denials.push(reached.map(|reached| mail.denial(reached, now)));
        if reached.is_none() {
            for limit in limits {
                if let Some(tally) = tallies.get_mut(limit.bucket.as_str()) {
                    tally.take(limit.limit);
                }
            }
        }
    }
    let [new, known] = [false, true].map(|is_known| hits_of(&tallies, is_known, now));
    many::take_all(session, &new, &known).await?;
    Ok(denials)
}

/// Counts one e-mail, if there is one to send, with all of its limits.
///
/// # Errors
/// [`Error::Refused`] with [`Denial::MailLimit`] if one of them is reached.
pub(crate) async fn take_mail(
    session: &mut Session,
    mail: Option<Mail<'_>>,
    rehearsed: Option<&Rehearsed>,
    now: DateTime<Utc>,
) -> Result<()> {
    let denials = take_mails(session, mail.as_slice(), rehearsed, now).await?;
    denials.into_iter().flatten().next().map_or(Ok(()), |denial| Err(Error::Refused(denial)))
}

/// Returns the hits that known or new counters get.
fn hits_of<'b>(tallies: &BTreeMap<&'b str, Tally>, is_known: bool, now: DateTime<Utc>) -> Vec<Charge<'b>> {
    let taken = tallies.iter().filter(|(_, tally)| tally.taken > 0 && tally.is_known == is_known);
    taken
        .map(|(bucket, tally)| Charge {
            counter: Counter { bucket, window: tally.window(now) },
            hits: tally.taken,
            limit: tally.limit,
        })
        .collect()
}

/// What is given back of an e-mail that was not sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refund {
    /// All of it: no mail server was asked about the address.
    Whole,
    /// The hit of its address, which received nothing. Those of the user and the
    /// space stay counted: the server was asked about an address and refused it, and
    /// nobody may try addresses without limit.
    Address,
    /// Nothing: it may have been delivered.
    Nothing,
}

impl Refund {
    /// Returns what is given back after an attempt that failed.
    pub(crate) fn after(fault: Fault, perhaps_delivered: bool) -> Self {
        match fault {
            _ if perhaps_delivered => Refund::Nothing,
            Fault::Recipient => Refund::Address,
            Fault::Sender | Fault::Server => Refund::Whole,
        }
    }

    fn covers(self, kind: Limited) -> bool {
        match self {
            Refund::Whole => true,
            Refund::Address => kind == Limited::MailsAddress,
            Refund::Nothing => false,
        }
    }
}

/// Gives back e-mails that were counted at an instant and not sent, so that they can
/// be sent later.
pub(crate) async fn give_back_mails(
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
        tally.take(limit.limit);
    }
    if tallies.is_empty() {
        return Ok(());
    }
    many::give_back_all(session, &hits_of(&tallies, false, counted_at)).await
}

/// Deletes the windows that have ended if no run has done so today: the counters of
/// a day's addresses do not pile up where no cleanup runs.
pub(crate) async fn sweep_mails(service: &Service) {
    let marker = Limited::MailsAddress.bucket("~", "");
    let swept: Result<()> = async {
        let today = Window::Day.start(service.now());
        let known = reading!(service.db(), |session| { rows::peek(session, &[&marker], today).await })?;
        if known.is_empty() {
            in_transaction!(service.db(), |session| {
                many::create(session, &Counter { bucket: &marker, window: today }).await
            })?;
            clients::sweep(service).await;
        }
        Ok(())
    }
    .await;
    // The e-mails are sent; that does not fail for want of a deletion.
    drop(swept);
}

#[cfg(test)]
pub(crate) mod tests;
