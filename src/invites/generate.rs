//! Creates one or many invites for a space.

pub(crate) mod terms;

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use crate::authorize::{self, Action};
use crate::batch::{Failure, Observer};
use crate::error::{Denial, Error, Result};
use crate::invites::deliver::Delivery;
pub use crate::invites::generate::terms::{Expiry, GenerateRequest, Terms, UsageLimit};
pub(crate) use crate::invites::generate::terms::{draft, expires_at, max_uses};
use crate::invites::issue::{Draft, Issued, check_numbers, issue, no_free_code};
use crate::limits::{consume_creates, consume_mail, refund_creates, sweep_mail_counters};
use crate::policy::Policy;
use crate::service::{Actor, Service};
use crate::shell::word;
use crate::store::tables::operations::{self, Operation};
use crate::store::tables::{members, spaces};
use crate::store::{Session, in_transaction};

/// Maximum number of invites per request.
pub const MAX_COUNT: u32 = 1_000_000;

/// Maximum number of invites per transaction.
const BATCH: u32 = 10_000;

/// The counts of a run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct GenerateSummary {
    /// Number of created invites.
    pub created: u64,
    /// Number of invites that could not be created, or were sent and not recorded as sent.
    pub failed: u64,
    /// Number of created invites whose e-mail the mail server accepted.
    pub sent: u64,
    /// Number of created invites whose e-mail was not sent.
    pub unsent: u64,
    /// True if the run was stopped before the end.
    pub interrupted: bool,
}

impl Service {
    /// Creates invites in batches of one transaction each, and reports each batch after its
    /// commit.
    ///
    /// # Errors
    /// [`Error::Invalid`] for terms that the policy does not permit and for a count above the
    /// rate limit, [`Error::NotFound`] for an unknown space, [`Error::Forbidden`] if the actor
    /// may not create invites, [`Error::Duplicate`] if the standing code or the invitation of
    /// the address exists, [`Error::NoFreeCode`] if the format has no free codes,
    /// [`Error::Refused`] if a rate limit is reached. Invites that were reported before the
    /// error stay created.
    pub async fn generate(
        &self,
        actor: &Actor,
        request: &GenerateRequest,
        observer: &mut dyn Observer<Issued>,
    ) -> Result<GenerateSummary> {
        create(self, actor, (request, None), observer).await
    }

    /// Runs [`Service::generate`] without sending, and rolls back each batch: the dry run.
    /// Reports each invite with its terms, and each one that would be refused; the codes are
    /// not stored. `sent` counts the e-mails that would be sent.
    ///
    /// A batch has 10,000 invites, 1,000 on a cluster. A trigger in the database that depends
    /// on stored rows sees only those of its batch.
    ///
    /// # Errors
    /// As [`Service::generate`].
    pub async fn dry_run_generate(
        &self,
        actor: &Actor,
        request: &GenerateRequest,
        observer: &mut dyn Observer<Issued>,
    ) -> Result<GenerateSummary> {
        create(self, actor, (request, Some(DryRun::default())), observer).await
    }
}

/// The rows that earlier transactions of a dry run would have stored.
#[derive(Default)]
struct DryRun {
    /// Number of invites of the same batch, which the next transaction creates again.
    created: u32,
}

impl DryRun {
    /// Adds the `created` invites of a transaction to a batch of at most `batch`.
    fn add(&mut self, created: u32, batch: u32) {
        self.created += created;
        if self.created >= batch {
            self.created = 0;
        }
    }
}

async fn create(
    service: &Service,
    actor: &Actor,
    (request, preview): (&GenerateRequest, Option<DryRun>),
    observer: &mut dyn Observer<Issued>,
) -> Result<GenerateSummary> {
    check_count(request)?;
    service.check_actor(actor)?;
    let operation = service.operation(actor, "generate", service.now()).on(format!("space {}", request.space_id));
    let mut delivery = Delivery::for_actor(service, &operation).await?;
    observer.expect(u64::from(request.count));
    let mut run = Run {
        service,
        actor,
        request,
        operation: &operation,
        preview,
        counted: None,
        left: request.count,
        refusals: Refusals::default(),
        summary: GenerateSummary::default(),
    };
    let outcome = run.create_all(&mut delivery, observer).await;
    if run.preview.is_some() {
        return outcome.map(|()| run.summary);
    }
    (run.summary.sent, run.summary.unsent) = (delivery.sent, delivery.unsent);
    let refunded = run.refund(outcome.as_ref().err()).await;
    outcome?;
    let mut summary = run.summary;
    summary.failed += delivery.unrecorded;
    summary.finish(service, &operation).await?;
    refunded.map(|()| summary)
}

/// The state of a run or a dry run.
struct Run<'r> {
    service: &'r Service,
    actor: &'r Actor,
    request: &'r GenerateRequest,
    operation: &'r Operation,
    /// Set for a dry run.
    preview: Option<DryRun>,
    /// Time at which the whole request was counted for the rate limit: with the first batch
    /// that was created.
    counted: Option<DateTime<Utc>>,
    /// Number of invites that are neither created nor refused yet.
    left: u32,
    refusals: Refusals,
    summary: GenerateSummary,
}

impl Run<'_> {
    /// Creates all invites. After a refusal by the database, batches are smaller, until the
    /// refused invite is alone.
    async fn create_all(&mut self, delivery: &mut Delivery<'_>, observer: &mut dyn Observer<Issued>) -> Result<()> {
        let batch = self.service.batch_size(BATCH);
        let mut most = batch;
        while self.left > 0 {
            if observer.stop_requested() {
                self.summary.interrupted = true;
                break;
            }
            let size = self.left.min(most);
            match self.create_batch(size).await {
                Ok((issued, counted)) => {
                    self.counted = Some(counted);
                    most = most.saturating_mul(2).min(batch);
                    self.refusals.reset();
                    self.left -= size;
                    if let Some(preview) = &mut self.preview {
                        preview.add(size, batch);
                        self.summary.add_previews(issued.iter(), observer);
                    } else {
                        self.summary.created += issued.len() as u64;
                        let issued = issued.into_iter().map(|issued| (None, issued));
                        self.summary.interrupted |= delivery.send_created(issued, observer).await?;
                    }
                    observer.advance(u64::from(size));
                }
                Err(error) if error.is_row_error() && size > 1 => most = size.div_ceil(2),
                Err(error) if error.is_row_error() && self.request.count > 1 => self.give_up(error, observer)?,
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Reports the refusal of one invite, and skips the rest after many consecutive
    /// refusals.
    ///
    /// # Errors
    /// The refusal itself, if no invite was created.
    fn give_up(&mut self, error: Error, observer: &mut dyn Observer<Issued>) -> Result<()> {
        let given_up = self.refusals.fail(self.request.count, self.left, &error, observer);
        if given_up == self.left && self.summary.created == 0 {
            return Err(error);
        }
        self.summary.failed += u64::from(given_up);
        self.left -= given_up;
        Ok(())
    }

    /// Refunds the rate limit of invites that were not created.
    async fn refund(&self, error: Option<&Error>) -> Result<()> {
        let Some(counted_at) = self.counted else { return Ok(()) };
        // If the answer of the database is missing, the batch may have been created.
        let is_in_doubt = matches!(error, Some(Error::Unavailable(_)));
        let in_doubt = if is_in_doubt { self.left.min(self.service.batch_size(BATCH)) } else { 0 };
        let not_created = u64::from(self.left - in_doubt) + self.summary.failed;
        let Some(user) = self.actor.user.as_deref().filter(|_| not_created > 0) else { return Ok(()) };
        in_transaction!(self.service.db(), |session| {
            // The space may have been removed meanwhile.
            let stored = spaces::lock_shared_any(session, &self.request.space_id).await?;
            let policy = self.service.policy_of(&stored.space)?;
            refund_creates(session, policy, user, counted_at, not_created).await?;
            // Recording a step of the operation detects a commit whose answer was lost, so
            // that the refund is not repeated.
            operations::record(session, self.operation, 0, 0).await
        })
    }

    /// Creates all invites of a batch or none. Also returns when the request was counted.
    async fn create_batch(&self, size: u32) -> Result<(Vec<Issued>, DateTime<Utc>)> {
        let &Run { service, actor, request, operation, counted, .. } = self;
        in_transaction!(service.db(), |session| {
            if self.preview.is_some() {
                session.begin_dry_run();
            }
            let again = self.preview.as_ref().map_or(0, |preview| preview.created);
            let stored = spaces::lock_shared(session, &request.space_id).await?;
            let now = service.now();
            let policy = service.policy_of(&stored.space)?;
            authorize::authorize(session, actor, Action::Create, policy, &stored.space.id, None).await?;
            let draft = draft(service, actor, stored.space, policy, &request.terms, now)?;
            if draft.slot.is_some() && request.count > 1 {
                return Err(one_at_a_time(policy, request.count));
            }
            if counted.is_none() {
                count_all(session, actor, policy, request.count, now).await?;
                if size < request.count {
                    // If the format has no room for all, none is created.
                    check_numbers(session, &draft, request.count, now).await?;
                }
            }
            let drafts = vec![draft; (again + size) as usize];
            // All drafts of one request have the same address, if any.
            if let Some(denial) = members_among(session, &drafts[..1]).await?.remove(&0) {
                return Err(Error::Refused(denial));
            }
            // An address has one invitation at a time, so a request has at most one e-mail.
            consume_mail(session, drafts[0].mail(), None, now).await?;
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

/// The number of consecutive invites that the database refused. They differ only in their
/// codes: after some refusals, the rest is skipped.
#[derive(Default)]
struct Refusals(u32);

impl Refusals {
    const MAX: u32 = 20;

    /// Reports the next invite as refused, or all that are left after [`Self::MAX`]
    /// consecutive refusals. Returns the number of reported invites.
    fn fail(&mut self, count: u32, left: u32, error: &Error, observer: &mut dyn Observer<Issued>) -> u32 {
        self.0 += 1;
        if self.0 <= Self::MAX || left == 1 {
            observer.failed(&Failure::of(format!("invite {} of {count}", count - left + 1), error));
            return 1;
        }
        let rest = Failure::of(format!("the last {left} of {count} invites"), error);
        observer.failed(&Failure { count: u64::from(left), ..rest });
        left
    }

    fn reset(&mut self) {
        self.0 = 0;
    }
}

fn check_count(request: &GenerateRequest) -> Result<()> {
    if (1..=MAX_COUNT).contains(&request.count) {
        return Ok(());
    }
    Err(Error::invalid(format!("invalid count {}: it must be from 1 to 1,000,000", request.count)))
}

impl GenerateSummary {
    /// Marks the operation as finished if the run created something.
    pub(crate) async fn finish(&self, service: &Service, operation: &Operation) -> Result<()> {
        if self.created > 0 {
            service.finish(operation, self.failed + self.unsent).await?;
        }
        if self.sent > 0 {
            sweep_mail_counters(service).await;
        }
        Ok(())
    }

    /// Counts invites of a dry run, and reports them.
    pub(crate) fn add_previews<'i>(
        &mut self,
        issued: impl Iterator<Item = &'i Issued>,
        observer: &mut dyn Observer<Issued>,
    ) {
        for issued in issued {
            self.created += 1;
            self.sent += u64::from(issued.is_mailed);
            observer.done(issued);
        }
    }
}

/// Counts the whole request for the rate limit of the actor.
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
        return Err(exceeds_hourly_limit(policy, most, wanted));
    }
    consume_creates(session, policy, user, now, wanted).await
}

/// Returns the error for a request that exceeds the limit of a whole hour.
fn exceeds_hourly_limit(policy: &Policy, most: i64, wanted: u64) -> Error {
    Error::invalid(format!(
        "the policy {} allows a user to create at most {most} invites per hour, not {wanted}",
        policy.name
    ))
    .with_hint("create them in parts")
}

fn one_at_a_time(policy: &Policy, count: u32) -> Error {
    let what = if policy.standing { "standing code" } else { "invitation per address" };
    Error::invalid(format!("a space of the policy {} has one {what} at a time, not {count}", policy.name))
}

/// Returns the denials of drafts whose address belongs to a member of the space, by the
/// index of the draft.
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

/// Returns the error for a draft whose slot an open invite holds.
pub(crate) fn slot_taken(draft: &Draft<'_>) -> Error {
    let space = &draft.space.id;
    let word = word(space);
    if draft.email.is_some() {
        Error::duplicate(format!("the space {space} already has a pending invitation to this address"))
            .with_hint(format!("show it: invite list --space {word} --status active"))
    } else {
        Error::duplicate(format!("the space {space} already has a standing code")).with_hint(format!(
            "show it: invite list --space {word} --status active; replace it: invite regenerate {word}"
        ))
    }
}
