//! The limit of created invites per hour; listing, resetting and deleting counters.

use invite::Denial;
use invite::Reason;
use invite::invites::generate::Terms;
use invite::limits::LimitFilter;

use crate::fixture::{Engine, Fixture, hours};
use crate::helpers::actions::*;
use crate::helpers::imports::{acting_for, failures_by_line, rows};
use crate::helpers::rate_limits::*;

every_engine! {
    request_beyond_hourly_create_limit_creates_none,
    request_beyond_any_hour_is_refused_permanently,
    failed_creation_is_not_counted,
    only_created_batches_stay_counted,
    rows_beyond_create_limit_fail_and_others_are_created,
    counters_are_filtered_by_policy_client_and_user,
    reset_of_thousands_of_counters_is_one_operation,
    cleanup_deletes_counters_of_past_hours,
    foreign_counter_is_listed_and_can_be_reset,
}

async fn request_beyond_hourly_create_limit_creates_none(fixture: Fixture) {
    director(&fixture).await;
    let end = fixture.now + hours(1) - chrono::TimeDelta::seconds(800);
    let denial = |created, requested| Denial::CreateLimit {
        user: "u3".into(),
        policy: "director".into(),
        created,
        limit: 10,
        requested,
        until: end,
    };
    assert_eq!(create_as(&fixture.service, 8).await.unwrap().len(), 8);
    assert_eq!(limited(create_as(&fixture.service, 3).await), denial(8, 3));
    assert_eq!(denial(8, 3).retry_at(), Some(end));
    assert_eq!(create_as(&fixture.service, 2).await.unwrap().len(), 2);
    let other = fixture.another_process().await;
    limited(create_as(&other, 1).await);
    assert_eq!(all_counters(&fixture.service).await, ["create director u3: 10"]);
    let mut raw = fixture.raw().await;
    assert_eq!(raw.count("invites").await, 11, "10 of the user and one of the operator");
    raw.check_integrity().await;
    // The operator is not limited, and the user can continue in the next hour.
    create_one(&fixture.service, "john", Terms::new()).await;
    assert_eq!(create_as(&fixture.later(hours(1)), 10).await.unwrap().len(), 10);
}

/// Retrying in an hour would not help.
async fn request_beyond_any_hour_is_refused_permanently(fixture: Fixture) {
    director(&fixture).await;
    for wanted in [11, 1_000_000] {
        let error = create_as(&fixture.service, wanted).await.unwrap_err();
        assert_eq!((error.reason(), error.retry_at()), (Reason::InvalidInput, None));
        let expected = format!("the policy director allows a user to create at most 10 invites per hour, not {wanted}");
        assert_eq!(error.to_string(), expected);
    }
    assert_eq!(all_counters(&fixture.service).await, Vec::<String>::new());
    assert_eq!(create_as(&fixture.service, 10).await.unwrap().len(), 10);
}

async fn failed_creation_is_not_counted(engine: Engine) {
    let fixture = Fixture::with_policies(engine, "[policy.director]\nlimit_create = 1000000\nmax_digits = 3\n").await;
    director(&fixture).await;
    let mut raw = fixture.raw().await;
    raw.refuse("INSERT", "invites", "NEW.created_by = 'u3'").await;
    create_as(&fixture.service, 5).await.unwrap_err();
    assert_eq!(all_counters(&fixture.service).await, Vec::<String>::new());
    raw.refuse_no_more("INSERT", "invites").await;
    // One of 1,000 numbers is taken, so the request does not fit.
    let error = create_as(&fixture.service, 1_000).await.unwrap_err();
    assert_eq!(error.reason(), Reason::NoFreeCode);
    assert_eq!(all_counters(&fixture.service).await, Vec::<String>::new());
    create_as(&fixture.service, 999).await.unwrap();
    assert_eq!(all_counters(&fixture.service).await, ["create director u3: 999"]);
}

/// The second batch of a large request fails: the first one stays created and counted.
async fn only_created_batches_stay_counted(engine: Engine) {
    let policy = "[policy.container]\nlimit_create = 50000\n";
    let fixture = Fixture::with_policies(engine, policy).await;
    space(&fixture.service, "container", "c").await;
    member(&fixture.service, "c", "u3", "admin", None).await;
    let mut recorder = Stopper::default();
    let request = invite::invites::generate::GenerateRequest::new("c", 20_001);
    let summary = fixture.service.generate(&acting_for("u3"), &request, &mut recorder).await.unwrap();
    assert!(summary.interrupted);
    assert_eq!(summary.created, 10_000);
    assert_eq!(all_counters(&fixture.service).await, ["create container u3: 10000"]);
}

/// Requests a stop after the first item.
#[derive(Default)]
struct Stopper {
    made: u64,
}

impl invite::batch::Observer<invite::invites::Issued> for Stopper {
    fn done(&mut self, _item: &invite::invites::Issued) {
        self.made += 1;
    }
    fn failed(&mut self, failure: &invite::batch::Failure) {
        panic!("{}", failure.message());
    }
    fn stop_requested(&self) -> bool {
        self.made > 0
    }
}

async fn people(
    fixture: &Fixture,
    text: &str,
) -> (invite::invites::generate::GenerateSummary, crate::helpers::recorder::Recorder<invite::invites::Issued>) {
    let mut recorder = crate::helpers::recorder::Recorder::new();
    let terms = Terms::new();
    let summary =
        fixture.service.generate_from(&acting_for("u3"), None, &terms, csv(text), &mut recorder).await.unwrap();
    (summary, recorder)
}

async fn rows_beyond_create_limit_fail_and_others_are_created(engine: Engine) {
    let fixture = Fixture::with_policies(engine, "[policy.tree]\nlimit_create = 3\n").await;
    director(&fixture).await;
    for (space_id, policy, role) in [("t", "tree", "custodian"), ("c", "container", "admin")] {
        space(&fixture.service, policy, space_id).await;
        member(&fixture.service, space_id, "u3", role, None).await;
    }
    create_one(&fixture.service, "t", terms_to("pending@example.org")).await;
    let trees = ["a", "pending", "b", "c", "d", "e"].map(|name| format!("t,{name}@example.org\n")).concat();
    let text = format!("space_id,email\n{trees}{}{}", rows(4, |_| "c,\n".into()), rows(11, |_| "john,\n".into()));
    let (summary, recorder) = people(&fixture, &text).await;
    assert_eq!((summary.created, summary.failed), (3 + 4 + 10, 4));
    assert_eq!(
        failures_by_line(&recorder),
        [(3, Reason::Duplicate), (6, Reason::RateLimited), (7, Reason::RateLimited), (22, Reason::RateLimited)],
        "a row that fails otherwise leaves its place to another"
    );
    let end = fixture.now + hours(1) - chrono::TimeDelta::seconds(800);
    let words = |failure: &invite::batch::Failure| {
        format!("{} ({})", failure.message(), failure.hint().as_deref().unwrap_or("-"))
    };
    assert_eq!(
        words(&recorder.failures[1]),
        "u3 has created 3 of 3 invites of the policy tree in this hour, and 1 more was requested; retry after \
         2026-09-21 15:00:00 UTC (see the counter: invite limits --user u3; see the limit: invite policy show \
         tree)"
    );
    assert!(
        words(&recorder.failures[3])
            .starts_with("u3 has created 10 of 10 invites of the policy director in this hour, and 1 more")
    );
    assert!(
        recorder
            .failures
            .iter()
            .all(|failure| { failure.retry_at() == (failure.reason() == Reason::RateLimited).then_some(end) })
    );
    let counted = ["create director u3: 10", "create tree u3: 3"];
    assert_eq!(all_counters(&fixture.service).await, counted);
    fixture.raw().await.check_integrity().await;
}

async fn counters_are_filtered_by_policy_client_and_user(fixture: Fixture) {
    let issued = director(&fixture).await;
    let service = &fixture.service;
    guess_wrongly(service, &issued, GUESSER, 5).await;
    guess_wrongly(service, &issued, "203.0.113.90", 1).await;
    guess_wrongly(service, &issued, "203.0.113.9x", 1).await;
    create_as(service, 2).await.unwrap();
    let ours = counters(service, &of_client(GUESSER)).await;
    assert_eq!(ours, [("failed director 203.0.113.9".into(), 5), ("validate director 203.0.113.9".into(), 5)]);
    assert_eq!(counters(service, &of_user("u3")).await, [("create director u3".into(), 2)]);
    let of = |policy: &str| LimitFilter::new().policy(policy);
    assert_eq!(counters(service, &of("director")).await.len(), 8);
    assert_eq!(counters(service, &of("container")).await, []);
    assert_eq!(service.count_limits(&of("director")).await.unwrap(), 8);
    assert_eq!(service.count_limits(&LimitFilter::new()).await.unwrap(), 8);
    let unknown = service.count_limits(&of("nothing")).await.unwrap_err();
    assert_eq!(unknown.reason(), Reason::InvalidInput);

    assert_eq!(reset(service, &of_client(GUESSER)).await, 2);
    assert_valid_from(service, &issued, GUESSER).await;
    assert_eq!(reset(service, &of_client("203.0.113.200")).await, 0);
    let both = of_user("u3").policy("container");
    assert_eq!(reset(service, &both).await, 0);
    assert_eq!(reset(service, &of_user("u3")).await, 1);
    assert_eq!(reset(service, &of("director")).await, 6, "two of two clients, one of another, one of all");
    assert_eq!(all_counters(service).await, Vec::<String>::new());
    let mut raw = fixture.raw().await;
    let operations: Vec<(i64, String)> =
        raw.rows("SELECT changed, operator FROM invite_operations WHERE command = 'limits reset' ORDER BY id").await;
    assert_eq!(operations, [(2, "tester".into()), (1, "tester".into()), (6, "tester".into())]);
    assert_eq!(raw.count("invite_operations WHERE finished_at IS NULL").await, 0);
}

async fn reset_of_thousands_of_counters_is_one_operation(fixture: Fixture) {
    let mut raw = fixture.raw().await;
    let window = raw.at(fixture.now - chrono::TimeDelta::seconds(800));
    let values = rows(2_500, |number| format!("('failed:director:c{number}', {window}, 1), "));
    let values = values.trim_end_matches(", ");
    raw.run(format!("INSERT INTO invite_limits (bucket, window_start, hits) VALUES {values}")).await;
    assert_eq!(reset(&fixture.service, &LimitFilter::new()).await, 2_500);
    assert_eq!(raw.count("invite_limits").await, 0);
    assert_eq!(raw.number("SELECT changed FROM invite_operations").await, 2_500);
}

async fn cleanup_deletes_counters_of_past_hours(fixture: Fixture) {
    let issued = director(&fixture).await;
    guess_wrongly(&fixture.service, &issued, GUESSER, 2).await;
    let mut raw = fixture.raw().await;
    let before = raw.at(fixture.now - hours(5));
    let values = rows(2_500, |number| format!("('failed:director:c{number}', {before}, 1), "));
    let values = values.trim_end_matches(", ");
    raw.run(format!("INSERT INTO invite_limits (bucket, window_start, hits) VALUES {values}")).await;
    let summary = run_cleanup(&fixture.service, &default_cleanup()).await;
    assert_eq!((summary.expired, summary.used_up, summary.purged), (0, 0, 0));
    let hourly = "invite_limits WHERE bucket NOT LIKE 'guesses:%'";
    assert_eq!(
        raw.count(&format!("{hourly} AND bucket NOT LIKE '~%'")).await,
        2,
        "the counters of the current window are kept"
    );
    assert_eq!(raw.count("invite_operations WHERE command = 'cleanup'").await, 0);
    run_cleanup(&fixture.later(hours(1)), &default_cleanup()).await;
    assert_eq!(raw.count(hourly).await, 0);
}

async fn foreign_counter_is_listed_and_can_be_reset(fixture: Fixture) {
    let mut raw = fixture.raw().await;
    let window = raw.at(fixture.now);
    raw.run(format!("INSERT INTO invite_limits (bucket, window_start, hits) VALUES ('guess what', {window}, 1)")).await;
    let none = |_| std::ops::ControlFlow::Continue(());
    let error = fixture.service.list_limits(&LimitFilter::new(), None, none).await.unwrap_err();
    assert_eq!(error.reason(), Reason::DatabaseFailed);
    assert!(error.to_string().contains("invalid counter in the table invite_limits"), "{error}");
    assert_eq!(reset(&fixture.service, &LimitFilter::new()).await, 1);
    assert_eq!(all_counters(&fixture.service).await, Vec::<String>::new());
}
