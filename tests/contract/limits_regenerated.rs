//! A regenerated code counts as created by the user.

use invite::spaces::regenerate::{RegenerateRequest, Regenerated};
use invite::{Actor, Service};
use invite::{Error, Reason, Result};

use crate::fixture::{Engine, Fixture, hours, operator};
use crate::helpers::actions::{backfill_all, member, run_backfill, space};
use crate::helpers::imports::acting_for;
use crate::helpers::rate_limits::all_counters;

every_engine! {
    regenerate_counts_and_stops_at_create_limit,
    concurrent_regenerations_stay_within_create_limit,
}

const TWO_AN_HOUR: &str = "[policy.space]\nlimit_create = 2\n";

async fn renewed(service: &Service, actor: &Actor, space: &str) -> Result<Regenerated> {
    let request = RegenerateRequest::new(space);
    let plan = service.plan_regenerate(actor, &request).await?;
    service.regenerate(actor, &plan).await
}

/// Creates three spaces of one owner.
async fn three(fixture: &Fixture) {
    for id in ["s1", "s2", "s3"] {
        space(&fixture.service, "space", id).await;
        member(&fixture.service, id, "u3", "owner", None).await;
    }
    run_backfill(&fixture.service, &backfill_all()).await;
}

async fn regenerate_counts_and_stops_at_create_limit(engine: Engine) {
    let fixture = Fixture::with_policies(engine, TWO_AN_HOUR).await;
    three(&fixture).await;
    let (service, actor) = (&fixture.service, acting_for("u3"));
    assert_eq!(all_counters(service).await, Vec::<String>::new(), "a backfill by the operator is not counted");
    let request = RegenerateRequest::new("s3");
    let planned = service.plan_regenerate(&actor, &request).await.unwrap();
    renewed(service, &actor, "s1").await.unwrap();
    renewed(service, &actor, "s2").await.unwrap();
    let before = fixture.raw().await.dump().await;
    // The plan refuses it, so that a dry run reports the refusal, and so does the run.
    for error in [
        service.plan_regenerate(&actor, &request).await.unwrap_err(),
        service.regenerate(&actor, &planned).await.unwrap_err(),
    ] {
        assert_eq!(error.reason(), Reason::RateLimited);
        let message = "u3 has created 2 of 2 invites of the policy space in this hour";
        assert!(error.to_string().starts_with(message), "{error}");
        assert!(error.retry_at().is_some());
    }
    assert_eq!(fixture.raw().await.dump().await, before);
    assert_eq!(all_counters(service).await, ["create space u3: 2"]);
    renewed(service, &operator(), "s3").await.unwrap();
    renewed(&fixture.later(hours(1)), &actor, "s3").await.unwrap();
    fixture.raw().await.check_integrity().await;
}

async fn concurrent_regenerations_stay_within_create_limit(engine: Engine) {
    let fixture = Fixture::with_policies(engine, TWO_AN_HOUR).await;
    three(&fixture).await;
    let mut processes = Vec::new();
    for _ in 0..3 {
        processes.push(fixture.another_process().await);
    }
    let actor = acting_for("u3");
    let [one, two, three] = [0, 1, 2].map(|place| &processes[place]);
    let (one, two, three) =
        tokio::join!(renewed(one, &actor, "s1"), renewed(two, &actor, "s2"), renewed(three, &actor, "s3"));
    let outcomes = [one, two, three];
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 2);
    let refused = |outcome: &Result<Regenerated>| matches!(outcome, Err(Error::Refused(denial)) if denial.reason() == Reason::RateLimited);
    assert_eq!(outcomes.iter().filter(|outcome| refused(outcome)).count(), 1);
    assert_eq!(all_counters(&fixture.service).await, ["create space u3: 2"]);
    assert_eq!(fixture.raw().await.count("invites WHERE created_by = 'u3'").await, 2);
    fixture.raw().await.check_integrity().await;
}
