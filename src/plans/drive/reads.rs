//! Actions that only read.

use std::ops::ControlFlow;

use crate::client::Client;
use crate::complete_ids::{IdKind, complete_ids};
use crate::invites::list::{Filter, ListRequest, Mail, Sort};
use crate::invites::stats::StatsRequest;
use crate::invites::validate;
use crate::limits::{LimitFilter, LimitSubject};
use crate::model::invite::Status;
use crate::model::reference::Reference;
use crate::plans::data;
use crate::plans::drive::fixtures::{by_code, by_id, hours_later, member_of, operator, space, step, user};
use crate::service::{Actor, Service};
use crate::spaces::SpaceFilter;

/// Lists and counts invites.
async fn list_and_count(service: &Service, actor: &Actor, name: &'static str, filter: Filter, sort: Sort) {
    step(name);
    let request = ListRequest { filter, sort, limit: Some(50) };
    service.list_invites(actor, &request, service.now(), |_| ControlFlow::Continue(())).await.unwrap();
    service.count_invites(actor, &request.filter, service.now()).await.unwrap();
}

/// Lists without a limit, of which only the first row is read.
async fn unlimited_lists(service: &Service) {
    let all = Filter::default;
    let wide = [
        ("list all", all()),
        ("list all --policy", Filter { policy: Some("tree".into()), ..all() }),
        ("list all --status active", Filter { statuses: vec![Status::Active], ..all() }),
        ("list all --role", Filter { role: Some("viewer".into()), ..all() }),
        ("list all --expires-before", Filter { expires_before: Some(hours_later(service, 1)), ..all() }),
        ("list all --search", Filter { search: Some("for 000600".into()), ..all() }),
        ("list all --space", Filter { spaces: vec![space(600)], ..all() }),
    ];
    let wide = wide.map(|(name, filter)| (name, operator(), filter));
    for (name, actor, filter) in wide.into_iter().chain([("list all --as", member_of(600), all())]) {
        step(name);
        let request = ListRequest { filter, sort: Sort::Newest, limit: None };
        service.list_invites(&actor, &request, service.now(), |_| ControlFlow::Break(())).await.unwrap();
    }
}

pub(crate) async fn every_list(service: &Service) {
    let all = Filter::default;
    let of_space = || Filter { spaces: vec![space(600)], ..all() };
    let sorts = [
        ("list", all(), Sort::Newest),
        ("list --sort oldest", all(), Sort::Oldest),
        ("list --sort expires", all(), Sort::Expires),
        ("list --sort uses", all(), Sort::Uses),
        ("list --sort space", all(), Sort::Space),
        ("list --space", of_space(), Sort::Newest),
        ("list --space --sort expires", of_space(), Sort::Expires),
        ("list --policy", Filter { policy: Some("tree".into()), ..all() }, Sort::Newest),
        ("list --status active", Filter { statuses: vec![Status::Active], ..all() }, Sort::Newest),
        ("list --status revoked", Filter { statuses: vec![Status::Revoked], ..all() }, Sort::Newest),
        ("list --created-by", Filter { created_by: Some(user(607)), ..all() }, Sort::Newest),
        ("list --email", Filter { email: Some("p000607@example.org".into()), ..all() }, Sort::Newest),
        ("list --role", Filter { role: Some("viewer".into()), ..all() }, Sort::Newest),
        ("list --expires-before", Filter { expires_before: Some(hours_later(service, 1)), ..all() }, Sort::Newest),
        ("list --operation", Filter { operation: Some(data::operation(17)), ..all() }, Sort::Newest),
        ("list --made-by", Filter { made_by: Some(data::operation(17)), ..all() }, Sort::Newest),
        ("list --unsent", Filter { mail: Some(Mail::Unsent), ..all() }, Sort::Newest),
        ("list under way", Filter { mail: Some(Mail::UnderWay), ..all() }, Sort::Newest),
        ("list --search", Filter { search: Some("for 000600".into()), ..all() }, Sort::Newest),
        ("list --search of a domain", Filter { search: Some("bücher.example".into()), ..all() }, Sort::Newest),
    ];
    for (name, filter, sort) in sorts {
        list_and_count(service, &operator(), name, filter, sort).await;
    }
    list_and_count(service, &member_of(600), "list --as", all(), Sort::Newest).await;
    list_and_count(service, &member_of(600), "list --as --space", of_space(), Sort::Newest).await;
    step("list --as of nothing");
    let of_director =
        ListRequest { filter: Filter { policy: Some("director".into()), ..all() }, ..ListRequest::default() };
    let each = |_| ControlFlow::Continue(());
    assert!(service.list_invites(&member_of(600), &of_director, service.now(), each).await.is_err());
    unlimited_lists(service).await;
}

pub(crate) async fn every_single(service: &Service) {
    let looks = [
        ("validate", by_code(700), Some(user(5))),
        ("validate by id", by_id(609), None),
        ("validate an invite with a limit", by_id(608), None),
        ("validate by fingerprint", Reference::parse(&format!("#{}", data::code(607))).unwrap(), None),
    ];
    for (name, reference, user_id) in looks {
        step(name);
        let client = Some(Client::parse("203.0.113.9").unwrap());
        let request = validate::ValidateRequest { user_id, client, ..validate::ValidateRequest::new(reference) };
        service.validate(&operator(), &request).await.unwrap();
    }
    step("show");
    service.show_invite(&member_of(609), &by_id(609)).await.unwrap();
    step("space show");
    service.show_space(&member_of(700), &space(700)).await.unwrap();
    service.show_space(&operator(), &space(700)).await.unwrap();
    step("own space");
    assert_eq!(service.default_space(&member_of(608)).await.unwrap(), space(608));
    step("operations");
    service.list_operations(Some(50), |_| ControlFlow::Continue(())).await.unwrap();
    service.count_operations().await.unwrap();
    let _ = service.show_operation(uuid::Uuid::nil()).await;
    service.follow_operations().await.unwrap();
    step("operation by the beginning of its id");
    for named in ["01890000-0", "ffffffff"] {
        let _ = service.resolve_operation_id(named).await;
    }
    step("offer");
    for kind in [IdKind::Space, IdKind::User, IdKind::Invite, IdKind::Operation] {
        for typed in ["", "0189", "s0", "u0"] {
            complete_ids(service.db().location().clone(), kind, typed).await.unwrap();
        }
    }
    step("count of the living");
    assert!(service.count_open_invites(chrono::TimeDelta::hours(2)).await.unwrap().expiring > 0);
    for (name, policy) in [("stats", None), ("stats --policy", Some("tree".to_owned()))] {
        step(name);
        let request = StatsRequest { policy, ..StatsRequest::default() };
        assert_eq!(service.stats(&request).await.unwrap().days.len(), 14);
    }
    spaces_and_members(service).await;
    limits(service).await;
}

async fn spaces_and_members(service: &Service) {
    for (name, policy, actor) in [
        ("space list", None, operator()),
        ("space list --policy", Some("tree"), operator()),
        ("space list --as", None, member_of(700)),
    ] {
        step(name);
        service.list_spaces(&actor, policy, Some(50), |_, _| ControlFlow::Continue(())).await.unwrap();
        service.count_spaces(&actor, policy).await.unwrap();
    }
    step("space list --removed");
    let removed = SpaceFilter { policy: None, removed: true };
    service.list_spaces(&operator(), removed, Some(50), |_, _| ControlFlow::Continue(())).await.unwrap();
    service.count_spaces(&operator(), removed).await.unwrap();
    for (name, of) in [("member list", None), ("member list of a space", Some(space(600)))] {
        step(name);
        service.list_members(of.as_deref(), Some(50), |_| ControlFlow::Continue(())).await.unwrap();
        service.count_members(of.as_deref()).await.unwrap();
    }
}

async fn limits(service: &Service) {
    let policy = Some("director".to_owned());
    for (name, filter) in [
        ("limits", LimitFilter::default()),
        ("limits --policy", LimitFilter { policy: policy.clone(), subject: None }),
        (
            "limits of a client",
            LimitFilter { policy, subject: Some(LimitSubject::Client(Client::parse("c000008").unwrap())) },
        ),
        ("limits of a user", LimitFilter { policy: None, subject: Some(LimitSubject::User(user(608))) }),
    ] {
        step(name);
        service.list_limits(&filter, Some(50), |_| ControlFlow::Continue(())).await.unwrap();
        service.count_limits(&filter).await.unwrap();
    }
}
