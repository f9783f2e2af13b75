//! Limits of e-mails per user, space and address.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use invite::Service;
use invite::invites::Issued;
use invite::invites::generate::Terms;
use invite::invites::list::{Filter, Mail};
use invite::invites::resend::{ResendRequest, ResendSelection};
use invite::limits::{LimitFilter, LimitSubject};
use invite::model::reference::Reference;
use invite::{Denial, MailScope, Reason};
use servers::MailServer;
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use crate::fixture::{Engine, Fixture, days, hours, operator};
use crate::helpers::actions::*;
use crate::helpers::imports::acting_for;
use crate::helpers::mail::*;
use crate::helpers::rate_limits::*;
use crate::helpers::recorder::Recorder;

every_engine_with_mail_server! {
    user_sends_up_to_the_limit_per_hour,
    users_and_operators_share_the_limit_of_a_space,
    address_is_mailed_up_to_daily_limit_by_all_senders,
    policies_share_counter_of_address,
    built_in_limits_allow_an_invitation_and_three_resends,
    resend_counts_sent_messages_not_printed_links,
    unsent_message_is_not_counted,
    rows_beyond_mail_limit_fail_alone_in_run_and_dry_run,
    failed_invitations_beyond_limit_stay_unsent,
    cleanup_keeps_daily_window_until_it_ends,
    mail_counters_are_filtered_by_user_space_and_address,
    no_counter_holds_an_address,
}

every_engine_with_mail_server! {
    threads 4;
    concurrent_processes_stay_within_mail_limit,
}

const FEW: &str = "[policy.tree]\nlimit_mails = 3\nlimit_mails_space = 5\nlimit_mails_address = 2\n";

fn three_o_clock() -> DateTime<Utc> {
    "2026-09-21T15:00:00Z".parse().unwrap()
}

fn midnight() -> DateTime<Utc> {
    "2026-09-22T00:00:00Z".parse().unwrap()
}

fn of_user(user: &str, limit: i64) -> Denial {
    let scope = MailScope::User { user: user.into(), policy: "tree".into() };
    Denial::MailLimit { scope, limit, until: three_o_clock() }
}

fn of_space(space: &str, limit: i64) -> Denial {
    let scope = MailScope::Space { space: space.into(), policy: "tree".into() };
    Denial::MailLimit { scope, limit, until: three_o_clock() }
}

fn of_address(limit: i64) -> Denial {
    Denial::MailLimit { scope: MailScope::Address, limit, until: midnight() }
}

/// Returns the counters except those of addresses, as text.
async fn hourly(service: &Service) -> Vec<String> {
    all_counters(service).await.into_iter().filter(|counter| !counter.starts_with("mails_address")).collect()
}

/// Returns the number of e-mails that an address got today.
async fn of_mailbox(service: &Service, address: &str) -> i64 {
    let filter = LimitFilter::new().subject(LimitSubject::Address(address.into()));
    counters(service, &filter).await.first().map_or(0, |(_, hits)| *hits)
}

async fn user_sends_up_to_the_limit_per_hour(engine: Engine) {
    let server = MailServer::start();
    let fixture = Fixture::with_policies(engine, FEW).await;
    create_trees(&fixture, &["oak", "elm"]).await;
    let before = server.messages().len();
    let service = sending(fixture.at(fixture.now), &server);
    let user = acting_for("u1");
    for (space, address) in [("oak", "a@example.org"), ("elm", "b@example.org"), ("oak", "c@example.org")] {
        mail(&service, &user, space, address).await.unwrap();
    }
    let other = sending(fixture.another_process().await, &server);
    assert_eq!(limited(mail(&other, &user, "elm", "d@example.org").await), of_user("u1", 3));
    let error = mail(&other, &user, "elm", "d@example.org").await.unwrap_err();
    assert_eq!((error.retry_at(), error.reason().exit_code(), error.http_status()), (Some(three_o_clock()), 4, 429));
    let said = "u1 has reached the limit of 3 e-mails per hour of the policy tree: retry after 2026-09-21 15:00:00 UTC";
    assert_eq!(error.to_string(), said);
    assert_eq!(server.messages().len() - before, 3);
    assert_eq!(hourly(&service).await, ["mails tree u1: 3", "mails_space tree elm: 1", "mails_space tree oak: 2"]);
    let mut raw = fixture.raw().await;
    assert_eq!(raw.count("invites").await, 3, "a refused row is not stored");
    // A printed link is not counted as an e-mail, and neither other users nor the next hour are limited.
    create_one(&service, "elm", terms_to("d@example.org")).await;
    mail(&service, &acting_for("u2"), "elm", "e@example.org").await.unwrap();
    mail(&sending(fixture.later(hours(1)), &server), &user, "elm", "f@example.org").await.unwrap();
    raw.check_integrity().await;
}

async fn users_and_operators_share_the_limit_of_a_space(engine: Engine) {
    let server = MailServer::start();
    let fixture = Fixture::with_policies(engine, FEW).await;
    create_trees(&fixture, &["oak", "elm"]).await;
    let service = sending(fixture.at(fixture.now), &server);
    for (number, actor) in [acting_for("u1"), acting_for("u2"), operator(), operator(), operator()].iter().enumerate() {
        mail(&service, actor, "oak", &format!("p{number}@example.org")).await.unwrap();
    }
    for actor in [acting_for("u3"), operator()] {
        assert_eq!(limited(mail(&service, &actor, "oak", "x@example.org").await), of_space("oak", 5));
    }
    // An operator has no limit of their own.
    for number in 0..5 {
        mail(&service, &operator(), "elm", &format!("q{number}@example.org")).await.unwrap();
    }
}

async fn address_is_mailed_up_to_daily_limit_by_all_senders(engine: Engine) {
    let server = MailServer::start();
    let fixture = Fixture::with_policies(engine, FEW).await;
    create_trees(&fixture, &["oak", "elm", "ash"]).await;
    let service = sending(fixture.at(fixture.now), &server);
    let first = mail(&service, &acting_for("u1"), "oak", "kim@example.org").await.unwrap();
    revoke_references(&service, vec![Reference::Id(first.invite.id)]).await;
    let second = mail(&service, &acting_for("u1"), "oak", " KIM@Example.org.").await.unwrap();
    revoke_references(&service, vec![Reference::Id(second.invite.id)]).await;
    for (actor, space, spelling) in [
        (acting_for("u1"), "oak", "kim@example.org"),
        (acting_for("u2"), "elm", "Kim@EXAMPLE.org"),
        (operator(), "ash", "kim@ｅｘａｍｐｌｅ.org"),
    ] {
        assert_eq!(limited(mail(&service, &actor, space, spelling).await), of_address(2), "{spelling}");
    }
    let error = mail(&service, &operator(), "oak", "kim@example.org").await.unwrap_err();
    let said = "this address has reached the limit of 2 e-mails per day: retry after 2026-09-22 00:00:00 UTC";
    assert_eq!(error.to_string(), said);
    let late = sending(fixture.at(midnight() - TimeDelta::microseconds(1)), &server);
    assert_eq!(limited(mail(&late, &operator(), "elm", "kim@example.org").await), of_address(2));
    // This address looks similar and belongs to another mailbox.
    mail(&service, &operator(), "elm", "k.im@example.org").await.unwrap();
    let next = sending(fixture.at(midnight()), &server);
    mail(&next, &operator(), "elm", "kim@example.org").await.unwrap();
    assert_eq!(of_mailbox(&next, "KIM@example.org").await, 1);
}

async fn policies_share_counter_of_address(engine: Engine) {
    let server = MailServer::start();
    let two = "[policy.tree]\nlimit_mails_address = 3\n[policy.guests]\ncode = \"token\"\nstorage = \"hash\"\n\
         max_uses = 1\nemail = \"required\"\nroles = [\"guest\"]\nlink = \"/g/{code}\"\nlimit_mails_address = 2\n\
         [policy.others]\ncode = \"token\"\nstorage = \"hash\"\nmax_uses = 1\nemail = \"required\"\n\
         roles = [\"guest\"]\nlink = \"/o/{code}\"\nlimit_mails_address = \"none\"\n";
    let fixture = Fixture::with_policies(engine, two).await;
    for (policy, id) in [("tree", "t1"), ("tree", "t2"), ("guests", "g1"), ("guests", "g2"), ("others", "o")] {
        space(&fixture.service, policy, id).await;
    }
    let service = sending(fixture.at(fixture.now), &server);
    for id in ["t1", "g1"] {
        mail(&service, &operator(), id, "kim@example.org").await.unwrap();
    }
    assert_eq!(limited(mail(&service, &operator(), "g2", "kim@example.org").await), of_address(2));
    mail(&service, &operator(), "t2", "kim@example.org").await.unwrap();
    mail(&service, &operator(), "o", "kim@example.org").await.unwrap();
    assert_eq!(of_mailbox(&service, "kim@example.org").await, 3);
}

async fn built_in_limits_allow_an_invitation_and_three_resends(fixture: Fixture) {
    let server = MailServer::start();
    create_trees(&fixture, &["oak", "elm"]).await;
    let service = sending(fixture.at(fixture.now), &server);
    let user = acting_for("u1");
    let id = mail(&service, &user, "oak", "kim@example.org").await.unwrap().invite.id;
    for _ in 0..3 {
        assert!(resend_one(&service, &user, id, true).await.is_none());
    }
    assert_eq!(limited(mail(&service, &operator(), "elm", "kim@example.org").await), of_address(4));
    assert_eq!(hourly(&service).await, ["mails tree u1: 4", "mails_space tree oak: 4"]);
}

async fn resend_counts_sent_messages_not_printed_links(engine: Engine) {
    let server = MailServer::start();
    let fixture = Fixture::with_policies(engine, FEW).await;
    create_trees(&fixture, &["oak"]).await;
    let service = sending(fixture.at(fixture.now), &server);
    let id = mail(&service, &acting_for("u1"), "oak", "kim@example.org").await.unwrap().invite.id;
    assert!(resend_one(&service, &operator(), id, false).await.is_none());
    assert_eq!(of_mailbox(&service, "kim@example.org").await, 1);
    assert!(resend_one(&service, &acting_for("u2"), id, true).await.is_none());
    let before = reload(&service, id).await;
    let failure = resend_one(&service, &acting_for("u2"), id, true).await.unwrap();
    assert_eq!((failure.reason(), failure.retry_at(), failure.line), (Reason::RateLimited, Some(midnight()), Some(1)));
    assert!(!failure.message().contains("kim") && !failure.subject.contains("kim"), "{failure:?}");
    let after = reload(&service, id).await;
    assert_eq!((after.sends, after.resends, after.code_key), (before.sends, before.resends, before.code_key));
    assert_eq!(
        hourly(&service).await,
        ["mails tree u1: 1", "mails tree u2: 1", "mails_space tree oak: 2"],
        "who sends again is counted, not who invited"
    );
    let filter = LimitFilter::new().subject(LimitSubject::Address("Kim@Example.ORG".into()));
    assert_eq!(reset(&service, &filter).await, 1);
    assert!(resend_one(&service, &acting_for("u2"), id, true).await.is_none());
}

async fn unsent_message_is_not_counted(engine: Engine) {
    let server = MailServer::start();
    let fixture = Fixture::with_policies(engine, FEW).await;
    create_trees(&fixture, &["oak"]).await;
    let user = acting_for("u1");
    let service = sending(fixture.at(fixture.now), &server);
    server.stop();
    for number in 0..4 {
        let unsent = mail(&service, &user, "oak", &format!("kim{number}@example.org")).await.unwrap();
        assert!(unsent.invite.last_send_error.is_some());
    }
    assert_eq!(all_counters(&service).await, Vec::<String>::new());
    server.start_again();
    // The server refuses an address: it was asked about one, and that counts.
    mail(&service, &user, "oak", "refused@example.org").await.unwrap();
    assert_eq!(of_mailbox(&service, "refused@example.org").await, 0);
    assert_eq!(hourly(&service).await, ["mails tree u1: 1", "mails_space tree oak: 1"]);
    // The message to this address may have been delivered.
    mail(&service, &user, "oak", "lost@example.org").await.unwrap();
    assert_eq!(of_mailbox(&service, "lost@example.org").await, 1);
    assert_eq!(hourly(&service).await, ["mails tree u1: 2", "mails_space tree oak: 2"]);
    fixture.raw().await.check_integrity().await;
}

async fn rows_beyond_mail_limit_fail_alone_in_run_and_dry_run(engine: Engine) {
    let server = MailServer::start();
    let limits = format!("{FEW}limit_create = 6\n");
    let fixture = Fixture::with_policies(engine, &limits).await;
    create_trees(&fixture, &["oak", "elm", "ash"]).await;
    let service = sending(fixture.at(fixture.now), &server);
    create_one(&service, "oak", terms_to("pending@example.org")).await;
    mail(&service, &operator(), "oak", "kim@example.org").await.unwrap();
    let people = "space_id,email\noak,a@example.org\noak,pending@example.org\nelm,Kim@example.org\n\
         ash,kim@example.org\noak,b@example.org\noak,c@example.org\n";
    let terms = Terms::new().send(true);
    let before = all_counters(&service).await;
    let mut dry = Recorder::new();
    service.dry_run_generate_from(&acting_for("u1"), None, &terms, csv(people), &mut dry).await.unwrap();
    assert_eq!(all_counters(&service).await, before);
    let mut real = Recorder::new();
    let summary = service.generate_from(&acting_for("u1"), None, &terms, csv(people), &mut real).await.unwrap();
    assert_eq!((summary.created, summary.sent, summary.failed), (3, 3, 3));
    let words = |recorder: &Recorder<Issued>| {
        let failures = recorder.failures.iter();
        failures.map(|failure| (failure.line, failure.message())).collect::<Vec<_>>()
    };
    assert_eq!(words(&dry), words(&real));
    assert_eq!(
        real.failures.iter().map(|f| (f.line.unwrap(), f.reason(), f.retry_at())).collect::<Vec<_>>(),
        [
            (3, Reason::Duplicate, None),
            (5, Reason::RateLimited, Some(midnight())),
            (7, Reason::RateLimited, Some(three_o_clock()))
        ]
    );
    assert_eq!(
        hourly(&service).await,
        ["create tree u1: 3", "mails tree u1: 3", "mails_space tree elm: 1", "mails_space tree oak: 3"],
        "a refused row is counted for nothing, and leaves its place to another"
    );
    fixture.raw().await.check_integrity().await;
}

async fn failed_invitations_beyond_limit_stay_unsent(engine: Engine) {
    let server = MailServer::start();
    let fixture = Fixture::with_policies(engine, FEW).await;
    create_trees(&fixture, &["oak"]).await;
    let service = sending(fixture.at(fixture.now), &server);
    server.stop();
    for number in 0..7 {
        mail(&service, &operator(), "oak", &format!("kim{number}@example.org")).await.unwrap();
    }
    server.start_again();
    let request = ResendRequest::new().send(true);
    let unsent = || ResendSelection::Unsent(Box::default());
    let plan = service.plan_resend(&operator(), unsent(), request).await.unwrap();
    let mut dry = Recorder::new();
    let planned = service.dry_run_resend(&operator(), &plan, request, &mut dry).await.unwrap();
    assert_eq!((planned.reissued, planned.failed), (5, 2));
    assert_eq!(all_counters(&service).await, Vec::<String>::new());
    let mut real = Recorder::new();
    let summary = service.resend(&operator(), plan, request, &mut real).await.unwrap();
    assert_eq!((summary.sent, summary.failed), (5, 2));
    let words =
        |recorder: &Recorder<Issued>| recorder.failures.iter().map(invite::batch::Failure::message).collect::<Vec<_>>();
    assert_eq!(words(&dry), words(&real));
    assert!(real.failures.iter().all(|failure| failure.retry_at() == Some(three_o_clock())));
    let left = matching_ids(&service, Filter::new().mail(Mail::Unsent)).await;
    assert_eq!(left.len(), 2);
    let later = sending(fixture.later(hours(1)), &server);
    let plan = later.plan_resend(&operator(), unsent(), request).await.unwrap();
    assert_eq!(later.resend(&operator(), plan, request, &mut Recorder::new()).await.unwrap().sent, 2);
}

async fn cleanup_keeps_daily_window_until_it_ends(engine: Engine) {
    let server = MailServer::start();
    let fixture = Fixture::with_policies(engine, FEW).await;
    create_trees(&fixture, &["oak", "elm", "ash"]).await;
    for (space, at) in [("oak", fixture.now), ("elm", fixture.now + hours(2))] {
        mail(&sending(fixture.at(at), &server), &operator(), space, "kim@example.org").await.unwrap();
    }
    let late = sending(fixture.at(midnight() - hours(1)), &server);
    run_cleanup(&late, &default_cleanup()).await;
    assert_eq!(hourly(&late).await, Vec::<String>::new());
    assert_eq!(of_mailbox(&late, "kim@example.org").await, 2);
    let denial = limited(mail(&late, &operator(), "ash", "kim@example.org").await);
    assert_eq!(denial, of_address(2));
    let mut raw = fixture.raw().await;
    run_cleanup(&fixture.at(midnight()), &default_cleanup()).await;
    assert_eq!(raw.count("invite_limits").await, 0);
    // Without a cleanup, the first e-mail of a day deletes the days before.
    mail(&late, &operator(), "ash", "jo@example.org").await.unwrap();
    mail(&sending(fixture.at(midnight() + days(1)), &server), &operator(), "elm", "al@example.org").await.unwrap();
    let before = raw.at(midnight() + days(1));
    assert_eq!(raw.count(&format!("invite_limits WHERE window_start < {before}")).await, 0);
}

async fn mail_counters_are_filtered_by_user_space_and_address(engine: Engine) {
    let server = MailServer::start();
    let fixture = Fixture::with_policies(engine, FEW).await;
    create_trees(&fixture, &["oak", "elm"]).await;
    let service = sending(fixture.at(fixture.now), &server);
    for (user, space, address) in
        [("u1", "oak", "kim@example.org"), ("u2", "oak", "jo@example.org"), ("u1", "elm", "al@example.org")]
    {
        mail(&service, &acting_for(user), space, address).await.unwrap();
    }
    let who = |who: LimitSubject| LimitFilter::new().subject(who);
    let of = |what: &str, hits| vec![(what.to_owned(), hits)];
    assert_eq!(counters(&service, &who(LimitSubject::User("u1".into()))).await, of("mails tree u1", 2));
    assert_eq!(counters(&service, &who(LimitSubject::Space("oak".into()))).await, of("mails_space tree oak", 2));
    let tree = LimitFilter::new().policy("tree");
    assert_eq!(counters(&service, &tree).await.len(), 4, "no counter of an address belongs to a policy");
    let bad = LimitFilter::new().subject(LimitSubject::Address("kim".into()));
    let error = service.count_limits(&bad).await.unwrap_err();
    assert_eq!(error.reason(), Reason::InvalidInput);
    assert_eq!(reset(&service, &who(LimitSubject::Address("JO@example.org".into()))).await, 1);
    assert_eq!(reset(&service, &who(LimitSubject::Space("oak".into()))).await, 1);
    assert_eq!(reset(&service, &LimitFilter::new()).await, 5);
    assert_eq!(all_counters(&service).await, Vec::<String>::new());
    let mut raw = fixture.raw().await;
    let targets = raw.texts("SELECT coalesce(target, '-') FROM invite_operations").await;
    assert!(!targets.iter().any(|target| target.contains("example.org")), "{targets:?}");
}

async fn no_counter_holds_an_address(fixture: Fixture) {
    let server = MailServer::start();
    create_trees(&fixture, &["oak"]).await;
    let service = sending(fixture.at(fixture.now), &server);
    mail(&service, &acting_for("u1"), "oak", "kim.secret@example.org").await.unwrap();
    let mut raw = fixture.raw().await;
    let buckets = raw.texts("SELECT bucket FROM invite_limits").await;
    assert_eq!(buckets.iter().filter(|bucket| bucket.starts_with("mails_address::")).count(), 1, "{buckets:?}");
    assert!(!buckets.iter().any(|bucket| bucket.contains("kim") || bucket.contains("example")), "{buckets:?}");
}

async fn concurrent_processes_stay_within_mail_limit(engine: Engine) {
    let server = MailServer::start();
    let fixture = Fixture::with_policies(engine, FEW).await;
    create_trees(&fixture, &["oak", "elm"]).await;
    let before = server.messages().len();
    let outcomes = race(&fixture, &server, |number| ("oak", format!("p{number}@example.org"))).await;
    assert_eq!(outcomes, (5, 7));
    assert_eq!(server.messages().len() - before, 5);
    assert_eq!(hourly(&fixture.service).await, ["mails_space tree oak: 5"]);
    // All messages go to one address, which accepts two: the senders are many spaces.
    for number in 0..12 {
        space(&fixture.service, "tree", &format!("t{number}")).await;
    }
    let trees = ["t0", "t1", "t2", "t3", "t4", "t5", "t6", "t7", "t8", "t9", "t10", "t11"];
    let outcomes = race(&fixture, &server, |number| (trees[number], "kim@example.org".to_owned())).await;
    assert_eq!(outcomes, (2, 10));
    assert_eq!(server.messages().len() - before, 7);
    let mut raw = fixture.raw().await;
    assert_eq!(raw.count("invites").await, 7);
    raw.check_integrity().await;
}

/// Sends twelve e-mails concurrently from two processes; returns the numbers of sent and refused
/// ones.
async fn race(
    fixture: &Fixture,
    server: &MailServer,
    recipient: impl Fn(usize) -> (&'static str, String),
) -> (usize, usize) {
    let services = [
        Arc::new(sending(fixture.at(fixture.now), server)),
        Arc::new(sending(fixture.another_process().await, server)),
    ];
    let barrier = Arc::new(Barrier::new(12));
    let mut tasks = JoinSet::new();
    for number in 0..12 {
        let (service, barrier) = (Arc::clone(&services[number % 2]), Arc::clone(&barrier));
        let (space, address) = recipient(number);
        tasks.spawn(async move {
            barrier.wait().await;
            mail(&service, &operator(), space, &address).await
        });
    }
    let outcomes = tasks.join_all().await;
    let sent = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
    for error in outcomes.iter().filter_map(|outcome| outcome.as_ref().err()) {
        assert_eq!(error.reason(), Reason::RateLimited, "{error}");
    }
    (sent, outcomes.len() - sent)
}
