//! Plans which invitations to send again: named ones, or all unsent ones.

use std::collections::HashSet;

use uuid::Uuid;

use crate::authorize::{self, Action, Permission, Roles};
use crate::batch::Failure;
use crate::error::Result;
use crate::invites::list::checked_filter;
use crate::invites::resend::reissue::{check_resendable, members_by_address, refuse_member};
use crate::invites::resend::request::{ResendRequest, ResendSelection};
use crate::model::invite::Invite;
use crate::model::reference::Reference;
use crate::service::{Actor, Service};
use crate::store::tables::invites::{self, ChangeGuard};
use crate::store::tables::listing::{self, Filter, Mail, OpenScope};
use crate::store::{Session, reading};

/// Maximum number of invites per lookup.
const PAGE: i64 = 1_000;

/// The invitations that would be sent again.
#[derive(Debug)]
#[non_exhaustive]
pub struct ResendPlan {
    pub(crate) selection: PlannedInvites,
    /// Number of invitations.
    pub total: u64,
    /// Number of unsent invitations that another run is sending.
    pub elsewhere: u64,
    /// The named invitations that cannot be sent again.
    pub failures: Vec<Failure>,
}

impl ResendPlan {
    /// Returns true if the plan is for unsent invitations, not for named ones.
    pub(crate) fn is_of_unsent(&self) -> bool {
        matches!(self.selection, PlannedInvites::Unsent(..))
    }

    /// Returns a description for the audit log.
    pub(crate) fn described(&self) -> String {
        match &self.selection {
            PlannedInvites::Named(invites) => match invites.as_slice() {
                [(_, invite)] => format!("invite {}", invite.id),
                many => format!("{} named invites", many.len()),
            },
            PlannedInvites::Unsent(scope, _) => format!("unsent, {}", scope.filter.described()),
        }
    }
}

/// The invitations of a plan.
#[derive(Debug)]
pub(crate) enum PlannedInvites {
    /// The named invitations, with their positions.
    Named(Vec<(u64, Invite)>),
    /// A scope of unsent invitations, and the last of them, because invitations that are
    /// created after the plan are not part of it.
    Unsent(Box<OpenScope>, Uuid),
}

impl Service {
    /// Plans which invitations of a selection to send again.
    ///
    /// # Errors
    /// [`crate::error::Error::NotFound`] for an unknown space or user,
    /// [`crate::error::Error::Forbidden`] if there are unsent invitations and the actor may send
    /// none of them. Named invites that cannot be sent are failures of the plan.
    pub async fn plan_resend(
        &self,
        actor: &Actor,
        selection: ResendSelection,
        request: ResendRequest,
    ) -> Result<ResendPlan> {
        self.check_actor(actor)?;
        reading!(self.db(), |session| {
            match &selection {
                ResendSelection::Named(references) => plan_named(self, session, actor, references, request).await,
                ResendSelection::Unsent(filter) => plan_unsent(self, session, actor, filter, request).await,
            }
        })
    }
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
    let roles = Roles::read(session, actor, &spaces).await?;
    let members = members_by_address(session, found.iter().flatten()).await?;
    for (place, (reference, found)) in (1..).zip(references.iter().zip(found)) {
        let judged = found.and_then(|invite| {
            roles.authorize_invite(service, Action::Resend, reference, &invite)?;
            check_resendable(service, &invite, request, service.now())?;
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
    Ok(ResendPlan { total: invites.len() as u64, selection: PlannedInvites::Named(invites), elsewhere: 0, failures })
}

/// Checks that the invitations of these policies can be sent. Otherwise none of a policy can,
/// so the error is returned once, before anything is changed.
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
    let guard = ChangeGuard { keep_used_of: Vec::new(), access: service.access_filter(actor, Permission::Resend) };
    let scope = |filter: &Filter, mail| OpenScope {
        filter: Filter { mail: Some(mail), ..filter.clone() },
        guard: guard.clone(),
        renews: true,
    };
    let filter = checked_filter(service, actor, Action::Resend, session, filter).await?;
    let (elsewhere, _) = listing::extent_of_open(session, &scope(&filter, Mail::UnderWay), now).await?;
    let scope = scope(&filter, Mail::Unsent);
    let (total, last) = listing::extent_of_open(session, &scope, now).await?;
    if total == 0 && elsewhere == 0 {
        authorize::authorize_scope(service, session, actor, Action::Resend, &scope, now).await?;
    }
    if request.send && total > 0 {
        let named = service.policies().names_where(|policy| policy.email_required() && policy.link.is_some());
        check_mail(service, named.iter().map(String::as_str))?;
    }
    Ok(ResendPlan {
        selection: PlannedInvites::Unsent(Box::new(scope), last),
        total: total.unsigned_abs(),
        elsewhere: elsewhere.unsigned_abs(),
        failures: Vec::new(),
    })
}

/// An invitation of a plan, with its position if it was named.
pub(crate) type PlacedInvite = (Option<u64>, Invite);

/// The pages of a plan's invitations.
pub(crate) struct InvitePages<'p> {
    planned: &'p PlannedInvites,
    after: Uuid,
    ended: bool,
}

impl<'p> InvitePages<'p> {
    pub(crate) fn of(planned: &'p PlannedInvites) -> Self {
        InvitePages { planned, after: Uuid::nil(), ended: false }
    }

    pub(crate) async fn next(&mut self, service: &Service) -> Result<Option<Vec<PlacedInvite>>> {
        if self.ended {
            return Ok(None);
        }
        let page = match self.planned {
            PlannedInvites::Named(invites) => {
                self.ended = true;
                invites.iter().map(|(place, invite)| (Some(*place), invite.clone())).collect()
            }
            PlannedInvites::Unsent(scope, last) => {
                let range = (self.after, *last);
                let page = reading!(service.db(), |session| {
                    listing::open_page(session, scope, range, PAGE, service.now()).await
                })?;
                page.into_iter().map(|invite| (None, invite)).collect::<Vec<PlacedInvite>>()
            }
        };
        self.after = page.last().map_or(self.after, |(_, invite)| invite.id);
        Ok(Some(page).filter(|page| !page.is_empty()))
    }
}
