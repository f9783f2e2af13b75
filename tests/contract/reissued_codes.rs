//! Resending invitations whose codes are built from a name: with the old code if it may be valid,
//! otherwise with another number.

use invite::Reason;
use invite::Service;
use invite::invites::Issued;
use invite::invites::generate::Terms;
use invite::invites::redeem::RedeemRequest;
use invite::invites::resend::{ResendRequest, ResendSelection};
use invite::model::invite::Status;
use invite::model::reference::Reference;
use uuid::Uuid;

use crate::fixture::{Engine, Fixture, days, hours, noon, operator};
use crate::helpers::actions::*;
use crate::helpers::rate_limits::{assert_valid_from, guesses, validate_from};
use crate::helpers::recorder::Recorder;
use crate::locks::{Holder, waiting};

every_engine! {
    kept_link_is_reopened_only_within_odds,
    kept_link_of_valid_code_does_not_change_odds,
    kept_link_whose_number_was_reused_is_refused,
    new_code_never_reuses_its_own_number,
    new_code_is_not_locked_by_attempts_at_old_one,
    resend_fails_if_only_its_own_number_is_free,
}

every_server! {
    waiting_use_of_reissued_code_is_not_found,
}

every_engine! {
    threads 4;
    concurrent_kept_links_and_new_codes_keep_odds,
}

/// A policy of name codes that are sent to an address.
const CAST: &str = "[policy.cast]\ncode = \"name\"\nexpires = \"24h\"\nmax_uses = 1\nemail = \"required\"\n\
     max_resends = 3\nroles = [\"actor\"]\nlink = \"/cast/{code}\"\n";

/// Limits codes to ten numbers.
const TEN: &str = "letters = 5\ndigits = 1\nmax_digits = 1\n";

async fn cast(fixture: &Fixture) {
    named_space(&fixture.service, "cast", "john", "Johannes Smith").await;
}

/// Creates an invitation that was not sent.
async fn unsent(fixture: &Fixture, address: &str) -> Issued {
    let issued = create_one(&fixture.service, "john", terms_to(address)).await;
    let mut raw = fixture.raw().await;
    let (at, id) = (raw.at(noon()), issued.invite.id);
    raw.run(format!("UPDATE invites SET last_send_error = 'refused', send_after = {at} WHERE id = '{id}'")).await;
    issued
}

/// Creates `count` invitations to other addresses.
async fn others(service: &Service, name: &str, count: usize) -> Vec<Issued> {
    let mut made = Vec::new();
    for number in 0..count {
        made.push(create_one(service, "john", terms_to(&format!("{name}{number}@example.org"))).await);
    }
    made
}

/// Resends one invitation without a mail server; returns its new link or the reason of the refusal.
async fn print(service: &Service, id: Uuid, keep_link: bool) -> Result<Issued, Reason> {
    let request = ResendRequest::new().keep_link(keep_link);
    let selection = ResendSelection::Named(vec![Reference::Id(id)]);
    let plan = service.plan_resend(&operator(), selection, request).await.unwrap();
    assert!(plan.failures.is_empty(), "{:?}", plan.failures);
    let mut recorder = Recorder::new();
    service.resend(&operator(), plan, request, &mut recorder).await.unwrap();
    recorder.done.pop().ok_or_else(|| recorder.failures[0].reason())
}

async fn kept_link_is_reopened_only_within_odds(engine: Engine) {
    let fixture = Fixture::with_policies(engine, CAST).await;
    cast(&fixture).await;
    for cleaned in [false, true] {
        let issued = unsent(&fixture, &format!("ann{cleaned}@example.org")).await;
        assert_eq!(issued.code.reveal().len(), 7);
        let later = fixture.later(days(2));
        if cleaned {
            assert_eq!(run_cleanup(&later, &default_cleanup()).await.expired, 1);
        }
        let new = others(&later, &format!("new{cleaned}"), 2).await;
        assert!(new.iter().all(|new| new.code.reveal().len() == 7));
        let mut raw = fixture.raw().await;
        let before = raw.dump().await;
        assert_eq!(print(&later, issued.invite.id, true).await.unwrap_err(), Reason::NoFreeCode);
        assert_eq!(raw.dump().await, before);

        revoke_references(&later, vec![code_of(&new[0])]).await;
        let again = print(&later, issued.invite.id, true).await.unwrap();
        assert_eq!(again.code, issued.code);
        assert_eq!(reload(&later, issued.invite.id).await.status(later.now()), Status::Active);
        revoke_references(&later, vec![code_of(&new[1]), code_of(&issued)]).await;
        raw.check_integrity().await;
    }
}

async fn kept_link_of_valid_code_does_not_change_odds(engine: Engine) {
    let fixture = Fixture::with_policies(engine, CAST).await;
    cast(&fixture).await;
    let issued = unsent(&fixture, "ann@example.org").await;
    others(&fixture.service, "new", 1).await;
    let again = print(&fixture.later(hours(2)), issued.invite.id, true).await.unwrap();
    assert_eq!(again.code, issued.code);
    fixture.raw().await.check_integrity().await;
}

async fn kept_link_whose_number_was_reused_is_refused(engine: Engine) {
    let fixture = Fixture::with_policies(engine, &format!("{CAST}{TEN}")).await;
    cast(&fixture).await;
    let issued = unsent(&fixture, "ann@example.org").await;
    // The number is reused after it became free.
    let later = fixture.later(days(32));
    assert_eq!(print(&later, issued.invite.id, true).await.unwrap_err(), Reason::Duplicate);
    assert_eq!(others(&later, "new", 10).await.iter().filter(|new| new.code == issued.code).count(), 1);
    let mut raw = fixture.raw().await;
    let before = raw.dump().await;
    assert_eq!(print(&later, issued.invite.id, true).await.unwrap_err(), Reason::Duplicate);
    assert_eq!(print(&later, issued.invite.id, false).await.unwrap_err(), Reason::NoFreeCode);
    assert_eq!(raw.dump().await, before);
    raw.check_integrity().await;
}

async fn concurrent_kept_links_and_new_codes_keep_odds(engine: Engine) {
    let fixture = Fixture::with_policies(engine, CAST).await;
    cast(&fixture).await;
    let old = [unsent(&fixture, "ann@example.org").await, unsent(&fixture, "bob@example.org").await];
    let mut tasks = tokio::task::JoinSet::new();
    for (number, issued) in old.into_iter().enumerate() {
        let (keeper, maker) = (fixture.another_process_at(days(2)).await, fixture.another_process_at(days(2)).await);
        tasks.spawn(async move {
            print(&keeper, issued.invite.id, true).await.map_or_else(
                |refused| assert_eq!(refused, Reason::NoFreeCode),
                |again| assert_eq!(again.code, issued.code),
            );
        });
        tasks.spawn(async move {
            create_one(&maker, "john", terms_to(&format!("new{number}@example.org"))).await;
        });
    }
    tasks.join_all().await;
    let mut raw = fixture.raw().await;
    let now = raw.at(fixture.now + days(2));
    let short = format!("invites WHERE closed_at IS NULL AND expires_at > {now} AND length(code_key) = 6");
    assert!((1..=2).contains(&raw.count(&short).await));
    raw.check_integrity().await;
}

async fn new_code_never_reuses_its_own_number(engine: Engine) {
    let fixture = Fixture::with_policies(engine, &format!("{CAST}{TEN}")).await;
    cast(&fixture).await;
    let issued = unsent(&fixture, "ann@example.org").await;
    // The number of the resent code is free from day 31 on; those of the other codes are not.
    let kept = others(&fixture.later(days(30)), "new", 8).await;
    let later = fixture.later(days(32));
    let again = print(&later, issued.invite.id, false).await.unwrap();
    assert_ne!(again.code, issued.code);
    assert!(kept.iter().all(|kept| kept.code != again.code));
    let found = reload(&later, issued.invite.id).await;
    assert_eq!((found.status(later.now()), &found.code), (Status::Active, &Some(again.code)));
    fixture.raw().await.check_integrity().await;
}

async fn new_code_is_not_locked_by_attempts_at_old_one(engine: Engine) {
    let fixture = Fixture::with_policies(engine, CAST).await;
    cast(&fixture).await;
    let issued = unsent(&fixture, "ann@example.org").await;
    for (number, guess) in guesses(&issued, 50).iter().enumerate() {
        let error = validate_from(&fixture.service, guess, &format!("198.51.100.{number}")).await.unwrap_err();
        assert_eq!(error.reason(), Reason::NotFound);
    }
    let later = fixture.later(days(2));
    run_cleanup(&later, &default_cleanup()).await;
    let again = print(&later, issued.invite.id, false).await.unwrap();
    assert_valid_from(&later, &again, "192.0.2.1").await;
    fixture.raw().await.check_integrity().await;
}

async fn waiting_use_of_reissued_code_is_not_found(fixture: Fixture) {
    space(&fixture.service, "container", "c").await;
    let issued = create_one(&fixture.service, "c", Terms::new()).await;
    let id = issued.invite.id;
    let reissue = format!("UPDATE invites SET code = 'NEWCODE2', code_key = 'NEWCODE2' WHERE id = '{id}'");
    let holder = Holder::holding(&fixture, &[reissue]).await;
    let mut admin = fixture.database().admin().await;
    let committing = async {
        waiting(&mut admin, &fixture).await;
        holder.commit().await;
    };
    let request = RedeemRequest::new(code_of(&issued), "ann");
    let actor = operator();
    let (used, ()) = tokio::join!(fixture.service.redeem(&actor, &request), committing);
    assert_eq!(used.unwrap_err().reason(), Reason::NotFound);
    assert_eq!(fixture.raw().await.count("invite_uses").await, 0);
    join(&fixture.service, &code("NEWCODE2"), "ann").await;
    join(&fixture.service, &Reference::Id(id), "bob").await;
    fixture.raw().await.check_integrity().await;
}

async fn resend_fails_if_only_its_own_number_is_free(engine: Engine) {
    let fixture = Fixture::with_policies(engine, &format!("{CAST}{TEN}")).await;
    cast(&fixture).await;
    let issued = unsent(&fixture, "ann@example.org").await;
    others(&fixture.later(days(30)), "new", 9).await;
    let later = fixture.later(days(32));
    let mut raw = fixture.raw().await;
    let before = raw.dump().await;
    assert_eq!(print(&later, issued.invite.id, false).await.unwrap_err(), Reason::NoFreeCode);
    assert_eq!(raw.dump().await, before);
    // The numbers of the other codes become free after 30 days.
    print(&fixture.later(days(62)), issued.invite.id, false).await.unwrap();
    raw.check_integrity().await;
}
