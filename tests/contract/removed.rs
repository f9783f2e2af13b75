//! Removed spaces: marked, with closed invites and kept history, omitted from lists, and restored.

use std::ops::ControlFlow;

use invite::complete_ids::{IdKind, complete_ids};
use invite::invites::generate::{Expiry, Terms, UsageLimit};
use invite::invites::list::{Filter, ListRequest};
use invite::invites::stats::StatsRequest;
use invite::model::invite::ClosedReason;
use invite::spaces::{Removal, Space, SpaceFilter};
use invite::{Actor, Service};
use invite::{Error, Reason};

use crate::fixture::{Fixture, days, hours, operator};
use crate::helpers::actions::*;
use crate::helpers::imports::{acting_for, default_import, failures_by_line, import_space_rows, newest_operation};
use crate::helpers::maintenance::{by_id, reason, terms_expiring_in};
use crate::helpers::validation::{reasons, validation_request, validation_request_for};

every_engine! {
    removal_closes_invites_and_keeps_history,
    removal_reports_invites_already_invalid,
    second_removal_and_unknown_space_are_refused,
    lists_counts_and_suggestions_omit_removed_spaces,
    backfill_skips_removed_spaces,
    id_of_removed_space_is_refused_with_hint,
    restored_space_has_members_and_closed_invites,
    validate_and_redeem_agree_on_removed_space,
}

pub async fn gone(service: &Service, id: &str) -> Removal {
    service.remove_space(&operator(), id).await.unwrap()
}

async fn space_ids(service: &Service, actor: &Actor, removed: bool) -> Vec<String> {
    let mut ids = Vec::new();
    let wanted = SpaceFilter::new().removed(removed);
    let each = |stored: invite::spaces::StoredSpace, _| {
        assert_eq!(stored.removed.is_some(), removed);
        ids.push(stored.space.id);
        ControlFlow::Continue(())
    };
    service.list_spaces(actor, wanted, None, each).await.unwrap();
    assert_eq!(service.count_spaces(actor, wanted).await.unwrap(), ids.len() as u64);
    ids
}

/// Returns the hint of a refusal.
fn hint(error: &Error) -> String {
    error.hint().unwrap_or_default().into_owned()
}

async fn removal_closes_invites_and_keeps_history(fixture: Fixture) {
    for id in ["gone", "kept"] {
        space(&fixture.service, "container", id).await;
        member(&fixture.service, id, "boss", "admin", Some("boss@example.org")).await;
        let invite = create_one(&fixture.service, id, Terms::new()).await;
        join(&fixture.service, &code_of(&invite), "u1").await;
        extend_invite(&fixture.service, invite.invite.id, Expiry::default(), UsageLimit::Times(9)).await.unwrap();
        create(&fixture.service, id, 2, Terms::new()).await.unwrap();
        let taken = create_one(&fixture.service, id, terms_with_limit(1)).await;
        join(&fixture.service, &code_of(&taken), "u2").await;
        let early = create_one(&fixture.service, id, Terms::new()).await.invite.id;
        revoke_references(&fixture.service, vec![by_id(early)]).await;
    }
    let mut raw = fixture.raw().await;
    let before = raw.dump().await;
    let plan = fixture.service.plan_remove_space(&operator(), "gone").await.unwrap();
    assert_eq!((plan.space.id.as_str(), plan.invites, plan.members), ("gone", 3, 3));
    assert_eq!(raw.dump().await, before);

    let removed = gone(&fixture.service, "gone").await;
    assert_eq!((removed.invites, removed.members), (3, 3));
    let operation = newest_operation(&fixture.service).await;
    assert_eq!((operation.command.as_str(), operation.changed), ("space remove", 4));
    assert_eq!(operation.target.as_deref(), Some("space gone"));
    for (table, rows) in
        [("invite_spaces", 2), ("invites", 10), ("invite_uses", 4), ("invite_members", 6), ("invite_changes", 2)]
    {
        assert_eq!(raw.count(table).await, rows, "{table}");
    }
    let closed = format!("invites WHERE space_id = 'gone' AND closed_op = '{}'", operation.id);
    assert_eq!(raw.count(&format!("{closed} AND closed_reason = 'revoked' AND slot IS NULL")).await, 3);
    assert_eq!(raw.count("invites WHERE space_id = 'kept' AND closed_at IS NULL").await, 3);

    let shown = fixture.service.show_space(&operator(), "gone").await.unwrap();
    let mark = shown.stored.removed.unwrap();
    assert_eq!((mark.at, mark.operation), (fixture.now, operation.id));
    assert_eq!(shown.invites, [("revoked".to_owned(), 4), ("used_up".to_owned(), 1)]);
    assert_eq!(shown.members.iter().map(|(_, count)| count).sum::<u64>(), 3);
    let filter = Filter::new().spaces(["gone"]);
    for invite in list_invites(&fixture.service, &ListRequest::new().filter(filter)).await {
        let told = fixture.service.show_invite(&operator(), &by_id(invite.id)).await.unwrap();
        assert!(invite.closed.is_some());
        let by_removal = invite.closed_op == Some(operation.id);
        assert_eq!(told.operations.iter().any(|known| known.command == "space remove"), by_removal);
    }
    raw.check_integrity().await;
}

async fn removal_reports_invites_already_invalid(fixture: Fixture) {
    space(&fixture.service, "space", "s").await;
    let replaced = create_one(&fixture.service, "s", Terms::new()).await.invite.id;
    regenerate_code(&fixture.service, "s", Some(days(9))).await.unwrap();
    space(&fixture.service, "container", "c").await;
    let expired = create_one(&fixture.service, "c", terms_expiring_in(1)).await.invite.id;
    let later = fixture.later(hours(48));
    assert_eq!((gone(&later, "s").await.invites, gone(&later, "c").await.invites), (2, 1));
    let of = async |id| reload(&later, id).await.closed.unwrap();
    assert_eq!((of(expired).await.reason, of(expired).await.at), (ClosedReason::Expired, later.now()));
    // Its grace period would have lasted a week.
    assert_eq!((of(replaced).await.reason, of(replaced).await.at), (ClosedReason::Revoked, later.now()));
    fixture.raw().await.check_integrity().await;
}

async fn second_removal_and_unknown_space_are_refused(fixture: Fixture) {
    space(&fixture.service, "space", "s").await;
    gone(&fixture.service, "s").await;
    let mut raw = fixture.raw().await;
    let before = raw.dump().await;
    for error in [
        fixture.service.remove_space(&operator(), "s").await.unwrap_err(),
        fixture.service.plan_remove_space(&operator(), "s").await.unwrap_err(),
    ] {
        assert_eq!(error.reason(), Reason::NotFound);
        assert!(error.to_string().contains("was removed at"), "{error}");
        assert!(hint(&error).contains("invite space restore s"), "{error:?}");
    }
    assert_eq!(reason(fixture.service.remove_space(&operator(), "x").await), Reason::NotFound);
    assert_eq!(reason(fixture.service.restore_space(&operator(), "x").await), Reason::NotFound);
    assert_eq!(raw.dump().await, before);
}

async fn lists_counts_and_suggestions_omit_removed_spaces(fixture: Fixture) {
    let service = &fixture.service;
    for id in ["a", "b"] {
        space(service, "space", id).await;
        member(service, id, "ann", "owner", None).await;
        create_one(service, id, Terms::new()).await;
    }
    gone(service, "a").await;
    let ann = acting_for("ann");
    for actor in [operator(), ann.clone()] {
        assert_eq!(space_ids(service, &actor, false).await, ["b"]);
        assert_eq!(space_ids(service, &actor, true).await, ["a"]);
    }
    assert_eq!(service.default_space(&ann).await.unwrap(), "b");
    assert_eq!(service.count_members(None).await.unwrap(), 1);
    let mut members = Vec::new();
    let each = |member: invite::members::Member| {
        members.push(member.space_id);
        ControlFlow::Continue(())
    };
    service.list_members(None, None, each).await.unwrap();
    assert_eq!(members, ["b"]);
    assert_eq!(reason(service.list_members(Some("a"), None, |_| ControlFlow::Break(())).await), Reason::NotFound);
    let offered = complete_ids(fixture.location().clone(), IdKind::Space, "").await.unwrap();
    assert_eq!(offered.into_iter().map(|offer| offer.id).collect::<Vec<_>>(), ["b"]);
    let counted = service.stats(&StatsRequest::new()).await.unwrap();
    assert_eq!(counted.spaces(), 1);
    // Members of a removed space do not see the space.
    let own = ListRequest::new();
    let mut seen = Vec::new();
    let each = |line: invite::invites::list::ListedInvite| {
        seen.push(line.invite.space_id);
        ControlFlow::Continue(())
    };
    service.list_invites(&ann, &own, fixture.now, each).await.unwrap();
    assert_eq!(seen, ["b"]);
    for refused in [
        reason(service.show_space(&ann, "a").await),
        reason(service.count_invites(&ann, &Filter::new().spaces(["a"]), fixture.now).await),
    ] {
        assert_eq!(refused, Reason::NotFound);
    }
}

async fn backfill_skips_removed_spaces(fixture: Fixture) {
    many_spaces(&fixture.service, "space", 20).await;
    for number in [3, 7] {
        gone(&fixture.service, &format!("s{number:05}")).await;
    }
    for dry_run in [true, false] {
        let request = backfill_all().dry_run(dry_run);
        let (summary, _) = run_backfill(&fixture.service, &request).await;
        assert_eq!((summary.scanned, summary.missing, summary.added, summary.failed), (18, 18, 18, 0));
    }
    // Both ways to find spaces without a code.
    for batch_size in [None, Some(2)] {
        let request = {
            let mut request = backfill_all();
            request.batch_size = batch_size;
            request
        };
        let (summary, _) = run_backfill(&fixture.service, &request).await;
        assert_eq!((summary.scanned, summary.missing), (18, 0));
    }
    fixture.raw().await.check_integrity().await;
}

async fn id_of_removed_space_is_refused_with_hint(fixture: Fixture) {
    space(&fixture.service, "space", "s").await;
    gone(&fixture.service, "s").await;
    let mut raw = fixture.raw().await;
    let before = raw.dump().await;
    let again = Space::new("s", "tree", "Another");
    let error = fixture.service.add_space(&operator(), &again).await.unwrap_err();
    assert_eq!((error.reason(), error.reason().exit_code()), (Reason::Duplicate, 6));
    assert!(hint(&error).contains("invite space restore s"), "{error:?}");
    for update in [false, true] {
        let request = default_import().update(update);
        let rows = "id,name,code\ns,My Workspace,\n";
        let (_, recorder) = import_space_rows(&fixture.service, &request, rows).await;
        assert_eq!(failures_by_line(&recorder), [(2, Reason::Duplicate)]);
        assert!(recorder.failures[0].hint().as_deref().unwrap().contains("invite space restore s"));
    }
    assert_eq!(raw.dump().await, before);
}

async fn restored_space_has_members_and_closed_invites(fixture: Fixture) {
    let service = &fixture.service;
    space(service, "space", "s").await;
    member(service, "s", "ann", "owner", None).await;
    let old = create_one(service, "s", Terms::new()).await;
    gone(service, "s").await;
    let error = service.restore_space(&operator(), "elsewhere").await.unwrap_err();
    assert_eq!(error.reason(), Reason::NotFound);
    assert_eq!(service.restore_space(&operator(), "s").await.unwrap().members, 1);
    assert_eq!(reason(service.restore_space(&operator(), "s").await), Reason::Duplicate);
    assert!(service.show_space(&acting_for("ann"), "s").await.unwrap().stored.removed.is_none());
    assert_eq!(reasons(service, &validation_request(&code_of(&old))).await, [Reason::Revoked]);
    assert_eq!(refused(try_redeem(service, &code_of(&old), "bob").await), [Reason::Revoked]);
    let (summary, recorder) = run_backfill(service, &backfill_all()).await;
    assert_eq!(summary.added, 1);
    let code = code(recorder.done[0].1.as_deref().unwrap());
    join(service, &code, "bob").await;
    fixture.raw().await.check_integrity().await;
}

async fn both_agree(fixture: &Fixture, issued: &invite::invites::Issued, user: &str) {
    let validation = reasons(&fixture.service, &validation_request_for(&code_of(issued), user)).await;
    let told = refused(try_redeem(&fixture.service, &code_of(issued), user).await);
    let once =
        |reasons: &[Reason]| reasons.iter().map(|reason| reason.as_str()).collect::<std::collections::BTreeSet<&str>>();
    assert_eq!(once(&told), once(&validation), "{user}");
    let (text, id) = (code_of(issued), by_id(issued.invite.id));
    assert_eq!(
        reasons(&fixture.service, &validation_request(&text)).await,
        reasons(&fixture.service, &validation_request(&id)).await
    );
}

async fn validate_and_redeem_agree_on_removed_space(fixture: Fixture) {
    let service = &fixture.service;
    space(service, "container", "c").await;
    let open = create_one(service, "c", Terms::new()).await;
    let one_use = create_one(service, "c", terms_with_limit(1)).await;
    let expiring = create_one(service, "c", terms_expiring_in(1)).await;
    let several = create_one(service, "c", terms_with_limit(3)).await;
    join(service, &code_of(&several), "ann").await;
    join(service, &code_of(&one_use), "eve").await;
    gone(service, "c").await;
    for issued in [&open, &one_use, &expiring, &several] {
        for user in ["ann", "eve", "bob"] {
            both_agree(&fixture, issued, user).await;
        }
    }
    assert_eq!(reasons(service, &validation_request(&code_of(&open))).await, [Reason::Revoked]);
    fixture.raw().await.check_integrity().await;
}
