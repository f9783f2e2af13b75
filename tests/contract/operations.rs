//! The audit log: every change belongs to one operation, and commands without changes record none.

use std::ops::ControlFlow;

use invite::Reason;
use invite::invites::extend::ExtendRequest;
use invite::invites::generate::{Expiry, GenerateRequest, Terms, UsageLimit};
use invite::invites::redeem::RedeemRequest;
use invite::invites::revoke::Selection;
use invite::members::import::ImportMembersRequest;
use invite::members::{AddMember, User};
use invite::model::reference::Reference;
use invite::spaces::Space;
use invite::spaces::regenerate::RegenerateRequest;
use invite::{Actor, Service};
use uuid::Uuid;

use crate::fixture::{Fixture, days};
use crate::helpers::actions::{
    backfill_all, code, code_of, create, create_one, csv, default_cleanup, extend_invite, join, member,
    regenerate_code, revoke_references, run_backfill, run_cleanup, space, terms_to, terms_with_limit, try_redeem,
};
use crate::helpers::imports::{
    acting_for, all_operations, default_import, import_member_rows, import_space_rows, invite_rows, newest_operation,
};
use crate::helpers::recorder::{Recorder, Sweeper};

every_engine! {
    each_space_or_member_change_is_one_operation,
    each_invite_change_is_one_operation,
    command_without_change_records_no_operation,
    operations_are_listed_newest_first,
    import_operation_counts_failed_rows,
    backfill_and_revoke_operations_count_failures,
    unique_id_prefix_names_operation,
    operations_record_target_and_actor,
    operations_stay_ordered_after_clock_was_set_back,
}

/// Asserts that exactly one finished operation was added, with this command, count and actor.
async fn wrote(service: &Service, known: &mut usize, command: &str, changed: i64) {
    let all = all_operations(service).await;
    *known += 1;
    assert_eq!(all.len(), *known, "{command}");
    assert_eq!(service.count_operations().await.unwrap(), *known as u64);
    let newest = &all[0];
    assert_eq!((newest.command.as_str(), newest.changed, newest.failed), (command, changed, 0));
    assert_eq!((newest.operator.as_str(), newest.actor.as_deref()), ("ops", Some("u7")), "{command}");
    assert_eq!(newest.reason.as_deref(), Some("ticket 7"), "{command}");
    assert_eq!((newest.at, newest.finished_at), (service.now(), Some(service.now())), "{command}");
}

fn a_user(id: &str) -> User {
    User::new(id)
}

async fn each_space_or_member_change_is_one_operation(fixture: Fixture) {
    let (service, actor, mut known) = (&fixture.service, acting_for("u7"), 0);
    let new = Space::new("s", "space", "S");
    service.add_space(&actor, &new).await.unwrap();
    wrote(service, &mut known, "space add", 1).await;
    let request = default_import().update(true);
    let rows = csv("id,name,code\ns,New,\ns2,S 2,Code0002\ns3,S 3,\n");
    service.import_spaces(&actor, &request, rows, &mut Recorder::new()).await.unwrap();
    wrote(service, &mut known, "space import", 3).await;
    let adding = AddMember::new("s", a_user("m"));
    service.add_member(&actor, &adding).await.unwrap();
    wrote(service, &mut known, "member add", 1).await;
    let request = ImportMembersRequest::new().update(true);
    let rows = csv("space_id,user_id,role\ns,m,owner\ns,m2,\ns,u7,owner\n");
    service.import_members(&actor, request, rows, &mut Recorder::new()).await.unwrap();
    wrote(service, &mut known, "member import", 3).await;
    service.remove_member(&actor, "s", "m2").await.unwrap();
    wrote(service, &mut known, "member remove", 1).await;
    one_standing(service, &actor).await;
    wrote(service, &mut known, "backfill", 1).await;
    // The operation counts the space and its invite.
    service.remove_space(&actor, "s").await.unwrap();
    wrote(service, &mut known, "space remove", 2).await;
    service.restore_space(&actor, "s").await.unwrap();
    wrote(service, &mut known, "space restore", 1).await;
    fixture.raw().await.check_integrity().await;
}

async fn one_standing(service: &Service, actor: &Actor) {
    let request = backfill_all().spaces(["s"]);
    service.backfill(actor, &request, &mut Recorder::new()).await.unwrap();
}

async fn each_invite_change_is_one_operation(fixture: Fixture) {
    let (service, actor) = (&fixture.service, acting_for("u7"));
    space(service, "space", "s").await;
    space(service, "container", "c").await;
    member(service, "s", "u7", "owner", None).await;
    member(service, "c", "u7", "admin", None).await;
    let mut known = 4;
    one_standing(service, &actor).await;
    wrote(service, &mut known, "backfill", 1).await;
    let terms = Terms::new().expiry(Expiry::After(days(1)));
    let request = GenerateRequest::new("c", 4).terms(terms);
    let mut made = Recorder::new();
    service.generate(&actor, &request, &mut made).await.unwrap();
    wrote(service, &mut known, "generate", 4).await;
    let (rows, terms) = (csv("note\nx\ny\n"), Terms::new());
    service.generate_from(&actor, Some("c"), &terms, rows, &mut Recorder::new()).await.unwrap();
    wrote(service, &mut known, "generate", 2).await;
    let reference = code_of(&made.done[0]);
    let using = RedeemRequest::new(reference.clone(), "u");
    service.redeem(&actor, &using).await.unwrap();
    wrote(service, &mut known, "use", 1).await;
    let request = ExtendRequest::new(reference).expiry(Expiry::Never).usage_limit(UsageLimit::Times(9));
    service.extend(&actor, &request).await.unwrap();
    wrote(service, &mut known, "extend", 1).await;
    let plan = service.plan_revoke(&actor, Selection::Named(vec![code_of(&made.done[1])])).await.unwrap();
    service.revoke(&actor, plan, &mut Recorder::new()).await.unwrap();
    wrote(service, &mut known, "revoke", 1).await;
    // The operation counts the new code and the replaced one.
    let request = RegenerateRequest::new("s");
    let plan = service.plan_regenerate(&actor, &request).await.unwrap();
    service.regenerate(&actor, &plan).await.unwrap();
    wrote(service, &mut known, "regenerate", 2).await;
    let later = fixture.later(days(2));
    let plan = later.plan_cleanup(&default_cleanup()).await.unwrap();
    later.cleanup(&actor, &default_cleanup(), plan, &mut Sweeper::default()).await.unwrap();
    wrote(&later, &mut known, "cleanup", 2).await;
    fixture.raw().await.check_integrity().await;
}

async fn command_without_change_records_no_operation(fixture: Fixture) {
    let service = &fixture.service;
    for policy in ["space", "tree", "container"] {
        space(service, policy, policy).await;
    }
    member(service, "tree", "m", "viewer", Some("m@example.org")).await;
    run_backfill(service, &backfill_all()).await;
    let invite = create_one(service, "container", terms_with_limit(1)).await;
    join(service, &code_of(&invite), "u").await;
    let mut raw = fixture.raw().await;
    let before = raw.dump().await;
    create(service, "space", 1, Terms::new()).await.unwrap_err();
    create(service, "tree", 1, terms_to("m@example.org")).await.unwrap_err();
    invite_rows(service, Some("tree"), "email\nm@example.org\n").await.unwrap();
    import_space_rows(service, &default_import(), "id,name\nspace,My Workspace\n").await;
    import_member_rows(service, ImportMembersRequest::new(), "space_id,user_id\ntree,m\nnowhere,m\n").await;
    let again = AddMember::new("tree", a_user("m")).role("viewer");
    service.add_member(&acting_for("u7"), &again).await.unwrap();
    service.remove_member(&acting_for("u7"), "tree", "nobody").await.unwrap_err();
    // A repeated use, and a use that is refused.
    try_redeem(service, &code_of(&invite), "u").await;
    try_redeem(service, &code_of(&invite), "late").await;
    revoke_references(service, vec![code_of(&invite), code("NOSUCHCODE")]).await;
    run_backfill(service, &backfill_all()).await;
    run_backfill(service, &backfill_all().dry_run(true)).await;
    run_cleanup(service, &default_cleanup()).await;
    regenerate_code(service, "container", None).await.unwrap_err();
    extend_invite(service, invite.invite.id, Expiry::Default, UsageLimit::Times(0)).await.unwrap_err();
    extend_invite(service, Uuid::nil(), Expiry::Never, UsageLimit::Default).await.unwrap_err();
    assert_eq!(raw.dump().await, before);
    raw.check_integrity().await;
}

async fn operations_are_listed_newest_first(fixture: Fixture) {
    for id in ["a", "b", "c"] {
        space(&fixture.service, "space", id).await;
    }
    create_one(&fixture.at(fixture.now + days(1)), "a", Terms::new()).await;
    let all = all_operations(&fixture.service).await;
    assert_eq!(all.len(), 4);
    assert_eq!((all[0].command.as_str(), all[0].at), ("generate", fixture.now + days(1)));
    assert!(all.is_sorted_by(|newer, older| newer.id > older.id));
    let mut first = Vec::new();
    let each = |operation: invite::operations::Operation| {
        first.push(operation.id);
        ControlFlow::Continue(())
    };
    fixture.service.list_operations(Some(2), each).await.unwrap();
    assert_eq!(first, [all[0].id, all[1].id]);
}

/// Returns the counts of the newest operation.
async fn counts(fixture: &Fixture) -> (i64, i64) {
    let newest = newest_operation(&fixture.service).await;
    (newest.changed, newest.failed)
}

async fn import_operation_counts_failed_rows(fixture: Fixture) {
    let rows = "id,name,code\na,A,Code0001\n,B,\nc,C,CODE0001\na,A,\n";
    let (summary, _) = import_space_rows(&fixture.service, &default_import(), rows).await;
    assert_eq!((summary.added, summary.failed), (1, 3));
    let spaces = counts(&fixture).await;
    let rows = "space_id,user_id\na,u\nnowhere,u\na,u\n";
    let (summary, _) = import_member_rows(&fixture.service, ImportMembersRequest::new(), rows).await;
    assert_eq!((summary.added, summary.failed), (1, 2));
    assert_eq!((spaces, counts(&fixture).await), ((1, 3), (1, 2)));
}

async fn backfill_and_revoke_operations_count_failures(fixture: Fixture) {
    let rows = "id,name\na,A\nb,B\nc,C\n";
    import_space_rows(&fixture.service, &default_import(), rows).await;
    let mut raw = fixture.raw().await;
    raw.refuse("INSERT", "invites", "NEW.space_id = 'b'").await;
    let (summary, recorder) = run_backfill(&fixture.service, &backfill_all()).await;
    assert_eq!((summary.added, summary.failed), (2, 1));
    assert_eq!(recorder.failures[0].reason(), Reason::DatabaseFailed);
    let filled = counts(&fixture).await;
    let codes: Vec<Reference> = recorder.done.iter().filter_map(|(_, text)| text.as_deref()).map(code).collect();
    let (summary, _) = revoke_references(&fixture.service, vec![codes[0].clone(), code("NOSUCHCODE")]).await;
    assert_eq!((summary.revoked, summary.failed), (1, 1));
    assert_eq!((filled, counts(&fixture).await), ((2, 1), (1, 1)));
}

async fn unique_id_prefix_names_operation(fixture: Fixture) {
    let service = &fixture.service;
    for id in ["a", "b"] {
        let new = Space::new(id, "space", "S");
        service.add_space(&acting_for("u7"), &new).await.unwrap();
    }
    // The clock is frozen: both began in the same millisecond.
    let ids: Vec<String> = all_operations(service).await.iter().map(|one| one.id.to_string()).collect();
    assert_eq!(ids[0][..13], ids[1][..13]);
    let shared = service.resolve_operation_id(&ids[0][..13]).await.unwrap_err();
    assert_eq!(shared.reason(), Reason::InvalidInput, "{shared}");
    let alone = (13..36).find(|length| ids[0][..*length] != ids[1][..*length]).unwrap();
    for id in &ids {
        let found = service.resolve_operation_id(&id[..alone]).await;
        assert_eq!(found.unwrap().to_string(), *id);
        assert_eq!(service.resolve_operation_id(id).await.unwrap().to_string(), *id);
    }
    assert_eq!(service.resolve_operation_id("01234567-").await.unwrap_err().reason(), Reason::NotFound);
    for text in ["", &ids[0][..7], "01234567x", "' OR 1=1 --"] {
        assert_eq!(service.resolve_operation_id(text).await.unwrap_err().reason(), Reason::InvalidInput, "{text}");
    }
}

async fn operations_record_target_and_actor(fixture: Fixture) {
    let service = &fixture.service;
    let actor = Actor::operator("backend").on_behalf_of("u9");
    let new = Space::new("s", "container", "S");
    // The reason does not need to name a member: u9 is not one here.
    service.add_space(&actor, &new).await.unwrap();
    let newest = newest_operation(service).await;
    assert_eq!((newest.target.as_deref(), newest.on_behalf_of.as_deref()), (Some("space s"), Some("u9")));
    assert_eq!(newest.actor, None);
    let later = fixture.later(chrono::TimeDelta::seconds(1));
    member(&later, "s", "u1", "admin", None).await;
    assert_eq!(newest_operation(service).await.target.as_deref(), Some("user u1 in space s"));
    let later = fixture.later(chrono::TimeDelta::seconds(2));
    let issued = create(&later, "s", 1, terms_with_limit(3)).await.unwrap().remove(0);
    assert_eq!(newest_operation(service).await.target.as_deref(), Some("space s"));
    let later = fixture.later(chrono::TimeDelta::seconds(3));
    join(&later, &code_of(&issued), "ann").await;
    let of_invite = format!("invite {}", issued.invite.id);
    assert_eq!(newest_operation(service).await.target.as_ref(), Some(&of_invite));
    let later = fixture.later(chrono::TimeDelta::seconds(4));
    revoke_references(&later, vec![code_of(&issued)]).await;
    assert_eq!(newest_operation(service).await.target.as_ref(), Some(&of_invite));
    // The longest space ID fits.
    let later = fixture.later(chrono::TimeDelta::seconds(5));
    let long = "山".repeat(64);
    space(&later, "space", &long).await;
    assert_eq!(newest_operation(service).await.target, Some(format!("space {long}")));
}

async fn operations_stay_ordered_after_clock_was_set_back(fixture: Fixture) {
    space(&fixture.service, "space", "s").await;
    for back in [1_i64, 90, 3_600 * 24 * 400] {
        let earlier = fixture.at(fixture.now - chrono::TimeDelta::seconds(back));
        earlier.follow_operations().await.unwrap();
        for user in ["u1", "u2"] {
            member(&earlier, "s", &format!("{user}-{back}"), "member", None).await;
            let newest = newest_operation(&fixture.service).await;
            assert_eq!(newest.target, Some(format!("user {user}-{back} in space s")));
        }
    }
}
