//! Makes one or many invites for a space.

pub(crate) mod terms;

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use crate::authorize::{self, Deed};
use crate::batch::{Failure, Observer};
use crate::error::{Denial, Error, Result};
use crate::invites::deliver::Delivery;
pub use crate::invites::generate::terms::{End, Terms, Uses};
pub(crate) use crate::invites::generate::terms::{draft, end, limit};
use crate::invites::issue::{Draft, Issued, check_numbers, issue, no_free_code};
use crate::limits::{Mail, give_back_created, sweep_mails, take_all_created, take_mail};
use crate::policy::Policy;
use crate::service::{Actor, Service};
use crate::shell::word;
use crate::store::tables::operations::{self, Operation};
use crate::store::tables::{members, spaces};
use crate::store::{Session, in_transaction};

/// The most invites that one request makes.
pub const MOST: u32 = 1_000_000;

/// How many invites one transaction makes.
const BATCH: u32 = 10_000;

/// Invites to make.
#[derive(Debug, Clone)]
pub struct GenerateRequest {
    /// For which space.
    pub space_id: String,
    /// How many.
    pub count: u32,
    /// On which terms.
    pub terms: Terms,
}

/// What came of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct GenerateSummary {
    /// How many were made.
    pub made: u64,
    /// How many could not be made, or were sent and not recorded as sent.
    pub failed: u64,
    /// How many of those that were made the mail server took over.
    pub sent: u64,
    /// How many were made and to be sent, and were not.
    pub unsent: u64,
    /// Whether it was stopped before the end.
    pub interrupted: bool,
}

/// Makes invites, in batches of one transaction each; tells of each batch once
/// it is committed.
///
/// # Errors
/// [`Error::Invalid`] for terms that the policy does not have,
/// [`Error::NotFound`] for an unknown space, [`Error::Forbidden`] if the user
/// that is acted for has no role that may, [`Error::Duplicate`] if a live invite
/// holds the place, [`Error::NoFreeCode`] if the format is full,
/// [`Error::Refused`] if the user has made too many in this hour; more than an hour
/// allows at all are [`Error::Invalid`].
/// What was reported before the error stays made.
pub async fn generate(
    service: &Service,
    actor: &Actor,
    request: &GenerateRequest,
    observer: &mut dyn Observer<Issued>,
) -> Result<GenerateSummary> {
    create(service, actor, (request, None), observer).await
}

/// Does what [`generate`] would do up to the sending, and rolls back each batch:
/// the dry run. Tells the observer of each invite on its terms, and of each that
/// would be refused; the codes exist nowhere. `sent` counts the e-mails that would
/// be sent.
///
/// A batch is 10,000 invites, 1,000 on a cluster. A rule of the database's own
/// that depends on the rows which are stored, such as a trigger that counts them,
/// sees those of its batch alone.
///
/// # Errors
/// As [`generate`].
pub async fn preview(
    service: &Service,
    actor: &Actor,
    request: &GenerateRequest,
    observer: &mut dyn Observer<Issued>,
) -> Result<GenerateSummary> {
    create(service, actor, (request, Some(Foreseen::default())), observer).await
}

/// What the transactions of a dry run would have left behind.
#[derive(Default)]
struct Foreseen {
    /// Invites of the same batch, which the next transaction creates again.
    made: u32,
}

impl Foreseen {
    /// Notes that a transaction created `made` invites of a batch of at most `batch`.
    fn note(&mut self, made: u32, batch: u32) {
        self.made += made;
        if self.made >= batch {
            self.made = 0;
        }
    }
}

async fn create(
    service: &Service,
    actor: &Actor,
    (request, foreseen): (&GenerateRequest, Option<Foreseen>),
    observer: &mut dyn Observer<Issued>,
) -> Result<GenerateSummary> {
    check_count(request)?;
    service.check_actor(actor)?;
    let operation = service.operation(actor, "generate", service.now()).on(format!("space {}", request.space_id));
    let mut delivery = Delivery::on_behalf(service, &operation).await?;
    observer.expect(u64::from(request.count));
    let mut run = Run {
        service,
        actor,
        request,
        operation: &operation,
        foreseen,
        counted: None,
        left: request.count,
        refusals: Refusals::default(),
        summary: GenerateSummary::default(),
    };
    let walked = run.walk(&mut delivery, observer).await;
    if run.foreseen.is_some() {
        return walked.map(|()| run.summary);
    }
    (run.summary.sent, run.summary.unsent) = (delivery.sent, delivery.unsent);
    let given_back = run.give_back(walked.as_ref().err()).await;
    walked?;
    let mut summary = run.summary;
    summary.failed += delivery.unrecorded;
    summary.finish(service, &operation).await?;
    given_back.map(|()| summary)
}

/// One run, or its rehearsal.
struct Run<'r> {
    service: &'r Service,
    actor: &'r Actor,
    request: &'r GenerateRequest,
    operation: &'r Operation,
    /// Set for a dry run.
    foreseen: Option<Foreseen>,
    /// When the whole request was counted against the rate limit: with the first
    /// batch that was made.
    counted: Option<DateTime<Utc>>,
    /// How many are neither made nor refused.
    left: u32,
    refusals: Refusals,
    summary: GenerateSummary,
}

impl Run<'_> {
    /// Creates all invites, fewer at a time after a refusal, until the refused one
    /// is alone.
    async fn walk(&mut self, delivery: &mut Delivery<'_>, observer: &mut dyn Observer<Issued>) -> Result<()> {
        let batch = self.service.batch_size(BATCH);
        let mut most = batch;
        while self.left > 0 {
            if observer.stop_requested() {
                self.summary.interrupted = true;
                break;
            }
            let size = self.left.min(most);
            match self.make(size).await {
                Ok((issued, counted)) => {
                    self.counted = Some(counted);
                    most = most.saturating_mul(2).min(batch);
                    self.refusals.end();
                    self.left -= size;
                    if let Some(foreseen) = &mut self.foreseen {
                        foreseen.note(size, batch);
                        self.summary.foresee(issued.iter(), observer);
                    } else {
                        self.summary.made += issued.len() as u64;
                        let issued = issued.into_iter().map(|issued| (None, issued));
                        self.summary.interrupted |= delivery.hand_over(issued, observer).await?;
                    }
                    observer.advance(u64::from(size));
                }
                Err(error) if error.is_row_fault() && size > 1 => most = size.div_ceil(2),
                Err(error) if error.is_row_fault() && self.request.count > 1 => self.give_up(error, observer)?,
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Reports the refusal of one invite, and gives up the rest where many in a row
    /// were refused.
    ///
    /// # Errors
    /// The refusal itself, if none was made.
    fn give_up(&mut self, error: Error, observer: &mut dyn Observer<Issued>) -> Result<()> {
        let given_up = self.refusals.fail(self.request.count, self.left, &error, observer);
        if given_up == self.left && self.summary.made == 0 {
            return Err(error);
        }
        self.summary.failed += u64::from(given_up);
        self.left -= given_up;
        Ok(())
    }

    /// Takes back what was counted for invites that were not made after all.
    async fn give_back(&self, error: Option<&Error>) -> Result<()> {
        let Some(counted_at) = self.counted else { return Ok(()) };
        // Whether a batch was made that the database did not answer for is not known.
        let is_in_doubt = matches!(error, Some(Error::Unavailable(_)));
        let in_doubt = if is_in_doubt { self.left.min(self.service.batch_size(BATCH)) } else { 0 };
        let unmade = u64::from(self.left - in_doubt) + self.summary.failed;
        let Some(user) = self.actor.user.as_deref().filter(|_| unmade > 0) else { return Ok(()) };
        in_transaction!(self.service.db(), |session| {
            // Also of a space that was removed meanwhile.
            let stored = spaces::hold_any(session, &self.request.space_id).await?;
            let policy = self.service.policy_of(&stored.space)?;
            give_back_created(session, policy, user, counted_at, unmade).await?;
            // A counter does not show what was taken from it: the record does, and
            // so a commit whose answer is lost is not made twice.
            operations::record(session, self.operation, 0, 0).await
        })
    }

    /// Makes all of a batch of this size or none; also answers when the request was
    /// counted.
    async fn make(&self, size: u32) -> Result<(Vec<Issued>, DateTime<Utc>)> {
        let &Run { service, actor, request, operation, counted, .. } = self;
        in_transaction!(service.db(), |session| {
            if self.foreseen.is_some() {
                session.begin_dry_run();
            }
            let again = self.foreseen.as_ref().map_or(0, |foreseen| foreseen.made);
            let stored = spaces::hold(session, &request.space_id).await?;
            let now = service.now();
            let policy = service.policy_of(&stored.space)?;
            authorize::demand(session, actor, Deed::Create, policy, &stored.space.id, None).await?;
            let draft = draft(service, actor, stored.space, policy, &request.terms, now)?;
            if draft.slot.is_some() && request.count > 1 {
                return Err(one_at_a_time(policy, request.count));
            }
            if counted.is_none() {
                count_all(session, actor, policy, request.count, now).await?;
                if size < request.count {
                    // A part of what the format cannot hold is not made.
                    check_numbers(session, &draft, request.count, now).await?;
                }
            }
            let drafts = vec![draft; (again + size) as usize];
            // All drafts of one request are for the same address, if for any.
            if let Some(denial) = members_among(session, &drafts[..1]).await?.remove(&0) {
                return Err(Error::Refused(denial));
            }
            // An address has one invitation at a time, so that a request has one e-mail.
            take_mail(session, Mail::of_draft(&drafts[0]), None, now).await?;
            let mut outcome = issue(service, session, &drafts, now, operation).await?;
            if let Some(index) = outcome.slot_taken.first() {
                return Err(slot_taken(&drafts[*index]));
            }
            if let Some(index) = outcome.no_free_code.first() {
                return Err(no_free_code(&drafts[*index]));
            }
            operations::record(session, operation, outcome.count(), 0).await?;
            let issued = outcome.take_issued(service, &drafts).into_iter().map(|(_, issued)| issued);
            Ok((issued.skip(again as usize).collect(), counted.unwrap_or(now)))
        })
    }
}

/// Invites that the database refused in a row. They are alike but for their
/// codes: after some of them, the rest is not tried.
#[derive(Default)]
struct Refusals(u32);

impl Refusals {
    const MOST: u32 = 20;

    /// Reports the next invite as refused, or all that are left after [`Self::MOST`]
    /// refusals in a row; returns the number of reported invites.
    fn fail(&mut self, count: u32, left: u32, error: &Error, observer: &mut dyn Observer<Issued>) -> u32 {
        self.0 += 1;
        if self.0 <= Self::MOST || left == 1 {
            observer.failed(&Failure::of(format!("invite {} of {count}", count - left + 1), error));
            return 1;
        }
        let rest = Failure::of(format!("the last {left} of {count} invites"), error);
        observer.failed(&Failure { count: u64::from(left), ..rest });
        left
    }

    fn end(&mut self) {
        self.0 = 0;
    }
}

fn check_count(request: &GenerateRequest) -> Result<()> {
    if (1..=MOST).contains(&request.count) {
        return Ok(());
    }
    Err(Error::invalid(format!("invalid count {}: it must be from 1 to 1,000,000", request.count)))
}

impl GenerateSummary {
    /// Ends the operation of a run that created something.
    pub(crate) async fn finish(&self, service: &Service, operation: &Operation) -> Result<()> {
        if self.made > 0 {
            service.finish(operation, self.failed + self.unsent).await?;
        }
        if self.sent > 0 {
            sweep_mails(service).await;
        }
        Ok(())
    }

    /// Counts invites of a dry run, and tells of them.
    pub(crate) fn foresee<'i>(
        &mut self,
        issued: impl Iterator<Item = &'i Issued>,
        observer: &mut dyn Observer<Issued>,
    ) {
        for issued in issued {
            self.made += 1;
            self.sent += u64::from(issued.is_mailed);
            observer.done(issued);
        }
    }
}

/// Counts the whole request against the user's rate limit.
async fn count_all(
    session: &mut Session,
    actor: &Actor,
    policy: &Policy,
    count: u32,
    now: DateTime<Utc>,
) -> Result<()> {
    let Some(user) = actor.user.as_deref() else { return Ok(()) };
    let wanted = u64::from(count);
    if let Some(most) = policy.limit_create.filter(|most| most.unsigned_abs() < wanted) {
        return Err(never_in_one_hour(policy, most, wanted));
    }
    take_all_created(session, policy, user, now, wanted).await
}

/// To come back later would not help.
fn never_in_one_hour(policy: &Policy, most: i64, wanted: u64) -> Error {
    Error::invalid(format!(
        "the policy {} allows a user to create at most {most} invites per hour, not {wanted}",
        policy.name
    ))
    .hint("create them in parts")
}

fn one_at_a_time(policy: &Policy, count: u32) -> Error {
    let what = if policy.standing { "standing code" } else { "invitation per address" };
    Error::invalid(format!("a space of the policy {} has one {what} at a time, not {count}", policy.name))
}

/// An invitation to somebody who is in already is refused (seed 002): the
/// denial of each such draft, by its place.
pub(crate) async fn members_among(session: &mut Session, drafts: &[Draft<'_>]) -> Result<HashMap<usize, Denial>> {
    let bound = |draft: &Draft<'_>| draft.email.clone().map(|email| (draft.space.id.clone(), email));
    let pairs: Vec<(String, String)> = drafts.iter().filter_map(bound).collect();
    if pairs.is_empty() {
        return Ok(HashMap::new());
    }
    let asked: Vec<(&str, &str)> = pairs.iter().map(|(space, email)| (space.as_str(), email.as_str())).collect();
    let roles = members::roles_of_addresses(session, &asked).await?;
    let denial = |pair: &(String, String)| roles.get(pair).map(|role| Denial::AlreadyMember { role: role.clone() });
    let places = drafts.iter().enumerate();
    Ok(places.filter_map(|(place, draft)| Some((place, denial(&bound(draft)?)?))).collect())
}

/// The error for a draft whose place a live invite holds.
pub(crate) fn slot_taken(draft: &Draft<'_>) -> Error {
    let space = &draft.space.id;
    let word = word(space);
    if draft.email.is_some() {
        Error::duplicate(format!("the space {space} already has a pending invitation to this address"))
            .hint(format!("show it: invite list --space {word} --status active"))
    } else {
        Error::duplicate(format!("the space {space} already has a standing code"))
            .hint(format!("show it: invite list --space {word} --status active; replace it: invite regenerate {word}"))
    }
}

/// A failure of one row of many, with the address or the space it is about.
pub(crate) fn row_failure(line: u64, subject: &str, error: &Error) -> Failure {
    Failure::of(subject, error).at_line(line)
}
