//! Actions that use and change invites.

use crate::client::Client;
use crate::invites::extend::ExtendRequest;
use crate::invites::generate::{Expiry, UsageLimit};
use crate::invites::list::Filter;
use crate::invites::one::Collected;
use crate::invites::redeem::{RedeemRequest, Redemption};
use crate::invites::resend::{ResendRequest, ResendSelection};
use crate::invites::revoke::Selection;
use crate::members::{AddMember, User};
use crate::plans::data;
use crate::plans::drive::fixtures::{Watcher, by_code, by_id, member_of, operator, space, step, user};
use crate::service::Service;
use crate::spaces::regenerate::RegenerateRequest;

/// Redeems an invite; returns true if the user was accepted.
async fn used(service: &Service, request: &RedeemRequest) -> bool {
    matches!(service.redeem(&operator(), request).await.unwrap(), Redemption::Accepted(_))
}

pub(crate) async fn uses(service: &Service) {
    step("use");
    let request = RedeemRequest {
        email: Some("v3@example.org".into()),
        client: Some(Client::parse("203.0.113.9").unwrap()),
        ..RedeemRequest::new(by_code(701), "v3")
    };
    assert!(used(service, &request).await);
    step("use again");
    assert!(used(service, &request).await);
    step("use of an invite with a limit");
    let limited = RedeemRequest { reference: by_code(708), ..request.clone() };
    assert!(used(service, &limited).await);
    step("use of an invalid invite");
    assert!(!used(service, &RedeemRequest { reference: by_id(8), ..request }).await);
}

pub(crate) async fn extensions_and_resends(service: &Service) {
    for (name, number, uses) in [
        ("extend", 609, UsageLimit::Unlimited),
        ("extend an expired invite", 467, UsageLimit::Default),
        ("extend a standing code", 702, UsageLimit::Times(5)),
    ] {
        step(name);
        let request = ExtendRequest {
            reference: by_id(number),
            expiry: Expiry::After(chrono::TimeDelta::days(1)),
            usage_limit: uses,
        };
        service.extend(&member_of(number), &request).await.unwrap();
    }
    for (name, hours) in [("regenerate", 2), ("regenerate again", 1)] {
        step(name);
        let request =
            RegenerateRequest { grace: Some(chrono::TimeDelta::hours(hours)), ..RegenerateRequest::new(space(703)) };
        let plan = service.plan_regenerate(&member_of(703), &request).await.unwrap();
        service.regenerate(&member_of(703), &plan).await.unwrap();
    }
    let request = ResendRequest { keep_link: false, send: false };
    resends_to_a_member(service, request).await;
    for (name, selection) in [
        ("resend", ResendSelection::Named(vec![by_id(607), by_id(617)])),
        ("resend --failed", ResendSelection::Unsent(Box::default())),
        (
            "resend --failed of a space",
            ResendSelection::Unsent(Box::new(Filter { spaces: vec![space(507)], ..Filter::default() })),
        ),
    ] {
        step(name);
        let plan = service.plan_resend(&operator(), selection, request).await.unwrap();
        service.dry_run_resend(&operator(), &plan, request, &mut Watcher::default()).await.unwrap();
        if name == "resend" {
            let summary = service.resend(&operator(), plan, request, &mut Watcher::default()).await.unwrap();
            assert_eq!(summary.reissued, 2);
        }
    }
}

/// Resends an unsent invitation to the address of a member.
async fn resends_to_a_member(service: &Service, request: ResendRequest) {
    step("resend --failed to a member");
    let user = User { id: "x510".into(), name: None, email: Some("p000517@example.org".into()) };
    let member = AddMember { space_id: space(517), user, role: Some("viewer".into()) };
    service.add_member(&operator(), &member).await.unwrap();
    let selection = ResendSelection::Unsent(Box::new(Filter { spaces: vec![space(517)], ..Filter::default() }));
    let plan = service.plan_resend(&operator(), selection, request).await.unwrap();
    let mut told = Collected::default();
    service.resend(&operator(), plan, request, &mut told).await.unwrap();
    assert_eq!(told.failures.len(), 1);
}

pub(crate) async fn bulk(service: &Service) {
    let matching = |filter: Filter| Selection::Matching(Box::new(filter));
    for (name, actor, selection, total) in [
        ("revoke", operator(), Selection::Named(vec![by_id(619), by_code(629)]), 2),
        ("revoke --space", operator(), matching(Filter { spaces: vec![space(639)], ..Filter::default() }), 1),
        ("revoke --created-by", operator(), matching(Filter { created_by: Some(user(649)), ..Filter::default() }), 1),
        (
            "revoke --operation",
            operator(),
            matching(Filter { operation: Some(data::operation(659)), ..Filter::default() }),
            1,
        ),
        ("revoke --as", member_of(669), matching(Filter::default()), 1),
        ("revoke --as --space", member_of(689), matching(Filter { spaces: vec![space(689)], ..Filter::default() }), 1),
        (
            "revoke --as of a policy",
            member_of(679),
            matching(Filter { policy: Some("container".into()), ..Filter::default() }),
            1,
        ),
    ] {
        step(name);
        let plan = service.plan_revoke(&actor, selection).await.unwrap();
        assert_eq!(plan.total, total, "{name}");
        service.dry_run_revoke(&plan, &mut Watcher::default()).await.unwrap();
        service.revoke(&actor, plan, &mut Watcher::default()).await.unwrap();
    }
    step("revoke of a policy");
    let of_policy = matching(Filter { policy: Some("container".into()), ..Filter::default() });
    let plan = service.plan_revoke(&operator(), of_policy).await.unwrap();
    service.dry_run_revoke(&plan, &mut Watcher::default()).await.unwrap();
    step("revoke --as of nothing");
    let nothing = Filter { policy: Some("tree".into()), ..Filter::default() };
    service.plan_revoke(&member_of(669), matching(nothing)).await.unwrap_err();
}
