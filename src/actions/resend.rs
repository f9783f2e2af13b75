//! Sends invitations again (seed 002: at most 3 times): a new token and a new
//! end, and the old link dies; or, for those whose e-mail failed, the first
//! sending made up for, which does not count.

use std::collections::HashSet;

use chrono::{DateTime, SecondsFormat, Utc};
use uuid::Uuid;

use super::deliver::{Delivery, Parcel, held_until};
use super::issue::{Draft, Issued, draw_one};
use super::list::checked;
use super::permission::{self, Deed, Right, Standing};
use super::{Actor, Failure, Observer, Service};
use crate::error::{Denial, Error, Result};
use crate::invite::Invite;
use crate::invite::reference::Reference;
use crate::policy::{KeptAs, Policy};
use crate::store::invites::{Reissue, RevokeGuard};
use crate::store::listing::{self, Filter, LiveScope, Mail};
use crate::store::operations::{self, Operation};
use crate::store::spaces::Space;
use crate::store::{Session, changes, in_transaction, invites, reading, users};

/// How many invites are looked up at once.
const PAGE: i64 = 1_000;

/// How to send again.
#[derive(Debug, Clone, Copy)]
pub struct ResendRequest {
    /// Keep the code, so that the old link lives on; only where it is kept as
    /// text.
    pub keep_link: bool,
    /// Send it; else the new link is handed over, and nothing counts as sent.
    pub send: bool,
}

/// Which invitations.
#[derive(Debug, Clone)]
pub enum ResendSelection {
    /// These.
    Named(Vec<Reference>),
    /// Every live one that is not sent, of those that the filter picks.
    Unsent(Box<Filter>),
}

/// What would be sent again.
#[derive(Debug)]
pub struct ResendPlan {
    selection: Planned,
    /// How many invitations.
    pub total: u64,
    /// Unsent ones that another run is sending at this moment.
    pub elsewhere: u64,
    /// Named ones that cannot be sent again.
    pub failures: Vec<Failure>,
}

#[derive(Debug)]
enum Planned {
    Named(Vec<Invite>),
    /// And the last of them: what is made after the plan is not in it.
    Unsent(Box<LiveScope>, Uuid),
}

/// The counts of a run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ResendSummary {
    /// Invitations with a new end, and a new link unless the old one was kept.
    pub reissued: u64,
    /// Those of them that the mail server took over.
    pub sent: u64,
    /// Those of them that were not sent.
    pub unsent: u64,
    /// Those that could not be issued again.
    pub failed: u64,
    /// Whether it was stopped before the end.
    pub interrupted: bool,
}

/// Looks what a selection would send again.
///
/// # Errors
/// [`Error::NotFound`] for a space or a user that does not exist; named invites
/// that cannot be sent are failures of the plan.
pub async fn plan_resend(
    service: &Service,
    actor: &Actor,
    selection: ResendSelection,
    request: ResendRequest,
) -> Result<ResendPlan> {
    service.check_actor(actor)?;
    reading!(service.db(), |session| {
        match &selection {
            ResendSelection::Named(references) => plan_named(service, session, actor, references, request).await,
            ResendSelection::Unsent(filter) => plan_unsent(service, session, actor, filter).await,
        }
    })
}

async fn plan_named(
    service: &Service,
    session: &mut Session,
    actor: &Actor,
    references: &[Reference],
    request: ResendRequest,
) -> Result<ResendPlan> {
    let (mut invites, mut failures, mut named) = (Vec::new(), Vec::new(), HashSet::new());
    let found = invites::find_many(session, references).await?;
    let spaces: Vec<&str> = found.iter().filter_map(|found| Some(found.as_ref().ok()?.space_id.as_str())).collect();
    let standing = Standing::seen(session, actor, &spaces).await?;
    for (place, (reference, found)) in references.iter().zip(found).enumerate() {
        let judged = found.and_then(|invite| {
            standing.demand_of(service, Deed::Resend, &invite)?;
            judge(service, &invite, request, service.now())?;
            Ok(invite)
        });
        match judged {
            // The same invite can be named by its code and by its id.
            Ok(invite) if !named.insert(invite.id) => {}
            Ok(invite) => invites.push(invite),
            Err(error) => failures.push(Failure::of(reference.described(), &error).at_line(place as u64 + 1)),
        }
    }
    Ok(ResendPlan { total: invites.len() as u64, selection: Planned::Named(invites), elsewhere: 0, failures })
}

async fn plan_unsent(service: &Service, session: &mut Session, actor: &Actor, filter: &Filter) -> Result<ResendPlan> {
    let now = service.now();
    let guard = RevokeGuard { keep_used_of: Vec::new(), permitted: service.permitted(actor, Right::Resend) };
    let scope = |filter: &Filter, mail| LiveScope {
        filter: Filter { mail: Some(mail), ..filter.clone() },
        guard: guard.clone(),
    };
    let filter = checked(service, actor, Deed::Resend, session, filter).await?;
    let (elsewhere, _) = listing::extent_of_live(session, &scope(&filter, Mail::UnderWay), now).await?;
    let scope = scope(&filter, Mail::Unsent);
    let (total, last) = listing::extent_of_live(session, &scope, now).await?;
    Ok(ResendPlan {
        selection: Planned::Unsent(Box::new(scope), last),
        total: total.unsigned_abs(),
        elsewhere: elsewhere.unsigned_abs(),
        failures: Vec::new(),
    })
}

/// Whether an invitation can be sent again now: the rules, of which the
/// statement that does it holds what may change meanwhile.
fn judge(service: &Service, invite: &Invite, request: ResendRequest, now: DateTime<Utc>) -> Result<()> {
    let policy = service.policies().get(&invite.policy)?;
    if invite.email.is_none() {
        return Err(Error::invalid(format!(
            "an invite of the policy {} is not bound to an e-mail address",
            policy.name
        ))
        .hint("hand its link on instead: invite show"));
    }
    if let Some(denial) = invite.denials(now, None).into_iter().find(|denial| !matches!(denial, Denial::NotStarted(_)))
    {
        return Err(Error::Refused(denial));
    }
    if let Some(until) = invite.send_after.filter(|until| *until > now) {
        let until = crate::error::readable(until);
        return Err(Error::duplicate(format!("another run is sending this invitation, at the latest till {until}")));
    }
    if request.send && invite.sends > policy.resends {
        return Err(Error::Refused(Denial::ResendLimit(policy.resends)));
    }
    if request.keep_link && invite.code.is_none() {
        return Err(Error::invalid("only the hash of the code is kept, so the old link cannot be sent again")
            .hint("leave --keep-link out: a new link is made, and the old one dies"));
    }
    Ok(())
}

/// Hands over every invitation that a plan would send again, and changes
/// nothing: the dry run.
///
/// # Errors
/// What the database says.
pub async fn preview(service: &Service, plan: &ResendPlan, mut each: impl FnMut(&Invite)) -> Result<()> {
    let mut pages = Pages::of(&plan.selection);
    while let Some(page) = pages.next(service).await? {
        page.iter().for_each(&mut each);
    }
    Ok(())
}

/// The invitations of a plan, page by page.
struct Pages<'p> {
    planned: &'p Planned,
    after: Uuid,
    ended: bool,
}

impl<'p> Pages<'p> {
    fn of(planned: &'p Planned) -> Self {
        Pages { planned, after: Uuid::nil(), ended: false }
    }

    async fn next(&mut self, service: &Service) -> Result<Option<Vec<Invite>>> {
        if self.ended {
            return Ok(None);
        }
        let page = match self.planned {
            Planned::Named(invites) => {
                self.ended = true;
                invites.clone()
            }
            Planned::Unsent(scope, last) => {
                let range = (self.after, *last);
                reading!(service.db(), |session| {
                    listing::live_page(session, scope, range, PAGE, service.now()).await
                })?
            }
        };
        self.after = page.last().map_or(self.after, |invite| invite.id);
        Ok(Some(page).filter(|page| !page.is_empty()))
    }
}

/// Sends the invitations of a plan again, a few at a time; tells of each once
/// its outcome is on record.
///
/// # Errors
/// [`Error::Invalid`] if no mail server is configured, and what the database
/// says; never for a single invitation, which is reported as failed.
pub async fn resend(
    service: &Service,
    actor: &Actor,
    plan: ResendPlan,
    request: ResendRequest,
    observer: &mut dyn Observer<Issued>,
) -> Result<ResendSummary> {
    service.check_actor(actor)?;
    let operation = service.operation(actor, "resend", service.now());
    let mut run = Run {
        service,
        actor,
        request,
        operation: &operation,
        delivery: Delivery::new(service, &operation),
        summary: ResendSummary { failed: plan.failures.len() as u64, ..ResendSummary::default() },
    };
    observer.expect(plan.total);
    let mut pages = Pages::of(&plan.selection);
    'run: while let Some(page) = pages.next(service).await? {
        for invite in page {
            if observer.stop_requested() {
                run.summary.interrupted = true;
                break 'run;
            }
            if let Some(why) = run.delivery.given_up() {
                run.leave_the_rest(why.to_owned(), plan.total, observer);
                break 'run;
            }
            run.send_again(&invite, observer).await?;
            observer.advance(1);
        }
    }
    run.delivery.settle(observer).await?;
    run.summary.sent = run.delivery.sent;
    run.summary.unsent += run.delivery.unsent;
    if run.summary.reissued > 0 {
        service.finish(&operation, run.summary.failed + run.summary.unsent).await?;
    }
    Ok(run.summary)
}

struct Run<'s> {
    service: &'s Service,
    actor: &'s Actor,
    request: ResendRequest,
    operation: &'s Operation,
    delivery: Delivery<'s>,
    summary: ResendSummary,
}

impl Run<'_> {
    async fn send_again(&mut self, invite: &Invite, observer: &mut dyn Observer<Issued>) -> Result<()> {
        let (service, actor, request, operation) = (self.service, self.actor, self.request, self.operation);
        let outcome = in_transaction!(service.db(), |session| {
            reissue(service, session, actor, invite.id, request, operation).await
        });
        match outcome {
            Ok(issued) => {
                self.summary.reissued += 1;
                if request.send {
                    return self.delivery.start(Parcel { issued, line: None }, observer).await;
                }
                observer.done(&issued);
            }
            Err(error @ (Error::Database(_) | Error::Unavailable(_))) if !error.is_row_fault() => return Err(error),
            Err(error) => {
                self.summary.failed += 1;
                observer.failed(&Failure::of(format!("invite {}", invite.id), &error));
            }
        }
        Ok(())
    }

    /// What is not tried stays as it was: unsent, and with its old link.
    fn leave_the_rest(&mut self, why: String, total: u64, observer: &mut dyn Observer<Issued>) {
        let rest = total.saturating_sub(self.summary.reissued + self.summary.failed);
        if rest > 0 {
            self.summary.unsent += rest;
            let error = Error::mail_failed(why).hint("send them: invite resend --failed");
            let failure = Failure::of(format!("{rest} invitations"), &error);
            observer.failed(&Failure { count: rest, ..failure });
        }
    }
}

/// Gives one invitation another code and end, and holds it for sending.
async fn reissue(
    service: &Service,
    session: &mut Session,
    actor: &Actor,
    id: Uuid,
    request: ResendRequest,
    operation: &Operation,
) -> Result<Issued> {
    invites::lock(session, id).await?;
    let now = service.now();
    let reference = Reference::Id(id);
    let seen = invites::get(session, &reference).await?;
    let policy = service.policies().get(&seen.policy)?;
    permission::demand(session, actor, Deed::Resend, policy, &seen.space_id, seen.created_by.as_deref()).await?;
    judge(service, &seen, request, now)?;
    if request.send {
        service.mailer_for(policy)?;
    }
    let code = match seen.code.clone().filter(|_| request.keep_link) {
        Some(kept) => kept,
        None => draw_one(service, session, &draft_of(&seen, policy)).await?,
    };
    let fresh = policy.default_end(seen.starts_at.unwrap_or(now).max(now))?;
    let reissue = Reissue {
        code: (policy.kept_as == KeptAs::Text).then(|| code.clone()),
        code_key: code.key(policy.kept_as),
        // One that was given more time than usual keeps it.
        expires_at: seen.expires_at.and_then(|end| fresh.map(|fresh| fresh.max(end))),
        send_after: request.send.then(|| held_until(now)),
        most_sends: request.send.then_some(policy.resends),
    };
    if !invites::reissue(session, &seen, &reissue, now).await? {
        return Err(session.conflict());
    }
    record_changes(session, operation.id, &seen, &reissue).await?;
    operations::record(session, operation, 1, 0).await?;
    let invite = invites::get(session, &reference).await?;
    let invited_by = match &invite.created_by {
        Some(user) => users::find(session, user).await?.and_then(|user| user.name),
        None => None,
    };
    Ok(Issued { link: service.links().link(policy, &code), code, invite, invited_by })
}

fn draft_of<'p>(invite: &Invite, policy: &'p Policy) -> Draft<'p> {
    Draft {
        space: Space { id: invite.space_id.clone(), policy: policy.name.clone(), name: invite.space_name.clone() },
        policy,
        role: invite.role.clone(),
        email: invite.email.clone(),
        note: None,
        created_by: None,
        starts_at: None,
        expires_at: None,
        max_uses: None,
        slot: None,
        send_after: None,
    }
}

/// What lives on in the history: the end before, and by which fingerprint the
/// old link can be told.
async fn record_changes(session: &mut Session, operation: Uuid, before: &Invite, after: &Reissue) -> Result<()> {
    let time =
        |instant: Option<DateTime<Utc>>| instant.map(|instant| instant.to_rfc3339_opts(SecondsFormat::AutoSi, true));
    if before.expires_at != after.expires_at {
        let (old, new) = (time(before.expires_at), time(after.expires_at));
        changes::insert(session, operation, before.id, "expires_at", old, new).await?;
    }
    if before.code.is_none() {
        let (old, new) = (before.code_key.fingerprint(), after.code_key.fingerprint());
        changes::insert(session, operation, before.id, "code", Some(old), Some(new)).await?;
    }
    Ok(())
}
