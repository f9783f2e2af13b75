//! What would be sent again: named invitations, or all unsent ones.

use std::collections::HashSet;

use uuid::Uuid;

use crate::authorize::{self, Deed, Right, Roles};
use crate::batch::Failure;
use crate::error::Result;
use crate::invites::list::checked;
use crate::invites::resend::reissue::{judge, members_by_address, refuse_member};
use crate::invites::resend::{ResendRequest, ResendSelection};
use crate::model::invite::Invite;
use crate::model::reference::Reference;
use crate::service::{Actor, Service};
use crate::store::tables::invites::{self, ChangeGuard};
use crate::store::tables::listing::{self, Filter, LiveScope, Mail};
use crate::store::{Session, reading};

/// How many invites are looked up at once.
const PAGE: i64 = 1_000;

/// What would be sent again.
#[derive(Debug)]
pub struct ResendPlan {
    pub(crate) selection: Planned,
    /// How many invitations.
    pub total: u64,
    /// Unsent ones that another run is sending at this moment.
    pub elsewhere: u64,
    /// Named ones that cannot be sent again.
    pub failures: Vec<Failure>,
}

impl ResendPlan {
    /// Whether it is of all that are unsent, and not of named ones.
    pub(crate) fn is_of_unsent(&self) -> bool {
        matches!(self.selection, Planned::Unsent(..))
    }

    /// What it is about, for the audit log.
    pub(crate) fn described(&self) -> String {
        match &self.selection {
            Planned::Named(invites) => match invites.as_slice() {
                [(_, invite)] => format!("invite {}", invite.id),
                many => format!("{} named invites", many.len()),
            },
            Planned::Unsent(scope, _) => format!("unsent, {}", scope.filter.described()),
        }
    }
}

#[derive(Debug)]
pub(crate) enum Planned {
    /// Each with its place among those that were named.
    Named(Vec<(u64, Invite)>),
    /// And the last of them: what is made after the plan is not in it.
    Unsent(Box<LiveScope>, Uuid),
}

/// Looks what a selection would send again.
///
/// # Errors
/// [`crate::error::Error::NotFound`] for a space or a user that does not exist,
/// [`crate::error::Error::Forbidden`] where there are unsent ones, and the user that is
/// acted for may send none; named invites that cannot be sent are failures of the plan.
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
            ResendSelection::Unsent(filter) => plan_unsent(service, session, actor, filter, request).await,
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
    let roles = Roles::seen(session, actor, &spaces).await?;
    let members = members_by_address(session, found.iter().flatten()).await?;
    for (place, (reference, found)) in (1..).zip(references.iter().zip(found)) {
        let judged = found.and_then(|invite| {
            roles.demand_of(service, Deed::Resend, reference, &invite)?;
            judge(service, &invite, request, service.now())?;
            refuse_member(&members, &invite)?;
            Ok(invite)
        });
        match judged {
            // The same invite can be named by its code and by its id.
            Ok(invite) if !named.insert(invite.id) => {}
            Ok(invite) => invites.push((place, invite)),
            Err(error) => failures.push(Failure::of(reference.described(), &error).at_line(place)),
        }
    }
    if request.send {
        check_mail(service, invites.iter().map(|(_, invite): &(u64, Invite)| invite.policy.as_str()))?;
    }
    Ok(ResendPlan { total: invites.len() as u64, selection: Planned::Named(invites), elsewhere: 0, failures })
}

/// What keeps one from being sent keeps all of its policy: it is said once, and
/// before anything is done.
fn check_mail<'n>(service: &Service, mut policies: impl Iterator<Item = &'n str>) -> Result<()> {
    policies.try_for_each(|name| service.mailer_for(service.policies().get(name)?).map(|_| ()))
}

async fn plan_unsent(
    service: &Service,
    session: &mut Session,
    actor: &Actor,
    filter: &Filter,
    request: ResendRequest,
) -> Result<ResendPlan> {
    let now = service.now();
    let guard = ChangeGuard { keep_used_of: Vec::new(), permitted: service.permitted(actor, Right::Resend) };
    let scope = |filter: &Filter, mail| LiveScope {
        filter: Filter { mail: Some(mail), ..filter.clone() },
        guard: guard.clone(),
        renews: true,
    };
    let filter = checked(service, actor, Deed::Resend, session, filter).await?;
    let (elsewhere, _) = listing::extent_of_live(session, &scope(&filter, Mail::UnderWay), now).await?;
    let scope = scope(&filter, Mail::Unsent);
    let (total, last) = listing::extent_of_live(session, &scope, now).await?;
    if total == 0 && elsewhere == 0 {
        authorize::demand_some(service, session, actor, Deed::Resend, &scope, now).await?;
    }
    if request.send && total > 0 {
        let named = service.policies().names_where(|policy| policy.email_required && policy.link.is_some());
        check_mail(service, named.iter().map(String::as_str))?;
    }
    Ok(ResendPlan {
        selection: Planned::Unsent(Box::new(scope), last),
        total: total.unsigned_abs(),
        elsewhere: elsewhere.unsigned_abs(),
        failures: Vec::new(),
    })
}

/// An invitation of a plan, with its place where it was named.
pub(crate) type Placed = (Option<u64>, Invite);

/// The invitations of a plan, page by page.
pub(crate) struct Pages<'p> {
    planned: &'p Planned,
    after: Uuid,
    ended: bool,
}

impl<'p> Pages<'p> {
    pub(crate) fn of(planned: &'p Planned) -> Self {
        Pages { planned, after: Uuid::nil(), ended: false }
    }

    pub(crate) async fn next(&mut self, service: &Service) -> Result<Option<Vec<Placed>>> {
        if self.ended {
            return Ok(None);
        }
        let page = match self.planned {
            Planned::Named(invites) => {
                self.ended = true;
                invites.iter().map(|(place, invite)| (Some(*place), invite.clone())).collect()
            }
            Planned::Unsent(scope, last) => {
                let range = (self.after, *last);
                let page = reading!(service.db(), |session| {
                    listing::live_page(session, scope, range, PAGE, service.now()).await
                })?;
                page.into_iter().map(|invite| (None, invite)).collect::<Vec<Placed>>()
            }
        };
        self.after = page.last().map_or(self.after, |(_, invite)| invite.id);
        Ok(Some(page).filter(|page| !page.is_empty()))
    }
}
