//! A code that takes another's place is an invite that a user made: it counts.

use invite::error::{Error, Reason, Result};
use invite::service::{Actor, Service};
use invite::spaces::regenerate::{RegenerateRequest, Regenerated, plan_regenerate, regenerate};

use crate::steps::{everywhere, fill, member, space};
use crate::steps_a::acting_for;
use crate::steps_d::all_counters;
use crate::world::{World, hours, operator, worlds_with};

const TWO_AN_HOUR: &str = "[policy.space]\nlimit_create = 2\n";

async fn renewed(service: &Service, actor: &Actor, space: &str) -> Result<Regenerated> {
    let request = RegenerateRequest::of(space);
    let plan = plan_regenerate(service, actor, &request).await?;
    regenerate(service, actor, &plan).await
}

/// Three spaces of one owner.
async fn three(world: &World) {
    for id in ["s1", "s2", "s3"] {
        space(&world.service, "space", id).await;
        member(&world.service, id, "u3", "owner", None).await;
    }
    fill(&world.service, &everywhere()).await;
}

#[tokio::test]
async fn regenerated_codes_count_and_beyond_the_limit_none_is_replaced() {
    for world in worlds_with(TWO_AN_HOUR).await {
        three(&world).await;
        let (service, actor) = (&world.service, acting_for("u3"));
        assert_eq!(all_counters(service).await, Vec::<String>::new(), "a backfill is the operator's");
        let request = RegenerateRequest::of("s3");
        let planned = plan_regenerate(service, &actor, &request).await.unwrap();
        renewed(service, &actor, "s1").await.unwrap();
        renewed(service, &actor, "s2").await.unwrap();
        let before = world.raw().await.dump().await;
        // In the plan, so that a dry run says it too, and in the run.
        for error in [
            plan_regenerate(service, &actor, &request).await.unwrap_err(),
            regenerate(service, &actor, &planned).await.unwrap_err(),
        ] {
            assert_eq!(error.reason(), Reason::RateLimited);
            let told = "u3 has created 2 of 2 invites of the policy space in this hour";
            assert!(error.to_string().starts_with(told), "{error}");
            assert!(error.retry_at().is_some());
        }
        assert_eq!(world.raw().await.dump().await, before);
        assert_eq!(all_counters(service).await, ["create space u3: 2"]);
        renewed(service, &operator(), "s3").await.unwrap();
        renewed(&world.later(hours(1)), &actor, "s3").await.unwrap();
        world.raw().await.check_integrity().await;
    }
}

#[tokio::test]
async fn of_many_at_once_as_many_succeed_as_the_hour_has_room_for() {
    for world in worlds_with(TWO_AN_HOUR).await {
        three(&world).await;
        let mut processes = Vec::new();
        for _ in 0..3 {
            processes.push(world.another_process().await);
        }
        let actor = acting_for("u3");
        let [one, two, three] = [0, 1, 2].map(|place| &processes[place]);
        let (one, two, three) =
            tokio::join!(renewed(one, &actor, "s1"), renewed(two, &actor, "s2"), renewed(three, &actor, "s3"));
        let outcomes = [one, two, three];
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 2);
        let refused = |outcome: &Result<Regenerated>| matches!(outcome, Err(Error::Refused(denial)) if denial.reason() == Reason::RateLimited);
        assert_eq!(outcomes.iter().filter(|outcome| refused(outcome)).count(), 1);
        assert_eq!(all_counters(&world.service).await, ["create space u3: 2"]);
        assert_eq!(world.raw().await.count("invites WHERE created_by = 'u3'").await, 2);
        world.raw().await.check_integrity().await;
    }
}
