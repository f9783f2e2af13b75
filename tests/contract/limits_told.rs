//! What a full counter tells of codes: nothing.

use invite::error::Reason;
use invite::invites::generate::Terms;
use invite::model::reference::Reference;

use crate::steps::*;
use crate::steps_d::*;
use crate::world::{World, worlds, worlds_with};

/// What a client hears of a code, by looking at it and by using it.
async fn heard(world: &World, reference: &Reference) -> [Reason; 2] {
    let looked = look_from(&world.service, reference, GUESSER).await;
    let used = use_from(&world.service, reference, "ann", GUESSER).await;
    [
        looked.map_or_else(|error| error.reason(), |seen| seen.denials[0].reason()),
        used.map_or_else(|error| error.reason(), |redemption| refused(redemption)[0]),
    ]
}

/// The counters of one policy and one kind are filled; then the codes of
/// another one, dead or alive, look like those that nobody has.
#[tokio::test]
async fn whoever_filled_the_counter_of_one_policy_learns_nothing_of_the_codes_of_another() {
    const BOTH: &str = "[policy.space]\nlimit_validate = 2\nlimit_use = 2\n";
    for world in worlds_with(BOTH).await {
        let alive = director(&world).await;
        let dead = one(&world.service, "john", Terms::default()).await;
        revoke_these(&world.service, vec![Reference::Id(dead.invite.id)]).await;
        let own = ["ZZZZ0001", "ZZZZ0002"].map(code);
        for reference in &own {
            assert_eq!(heard(&world, reference).await, [Reason::NotFound; 2]);
        }
        let before = all_counters(&world.service).await;
        let other = [&alive, &dead].map(|issued| issued.code.reveal().to_owned());
        for number in 0..60 {
            let guess = format!("Joh-{number:03}");
            if !other.contains(&guess) {
                assert_eq!(heard(&world, &code(&guess)).await, [Reason::RateLimited; 2], "{guess}");
            }
        }
        for issued in [&alive, &dead] {
            assert_eq!(heard(&world, &code_of(issued)).await, [Reason::RateLimited; 2]);
        }
        assert_eq!(all_counters(&world.service).await, before, "what is refused is not counted");
        assert_eq!(reload(&world.service, alive.invite.id).await.uses, 0);
    }
}

/// Nor is there a policy that is not asked: guesses at its codes count for it,
/// whatever else they may be.
#[tokio::test]
async fn what_one_policy_lets_through_still_counts_for_the_others() {
    const BOTH: &str = "[policy.space]\nlimit_validate = 3\nlimit_failed = 9\n";
    for world in worlds_with(BOTH).await {
        let issued = director(&world).await;
        sees(&world.service, &issued, GUESSER).await;
        guess_wrong(&world.service, &issued, GUESSER, 2).await;
        limited(look_from(&world.service, &code_of(&issued), GUESSER).await);
        let wrong = guesses(&issued, 3).remove(2);
        limited(look_from(&world.service, &wrong, GUESSER).await);
        assert_eq!(
            all_counters(&world.service).await,
            [
                "guesses director Joh-###: 2",
                "failed director 203.0.113.9: 2",
                "failed space 203.0.113.9: 2",
                "validate director 203.0.113.9: 3",
                "validate space 203.0.113.9: 3",
            ]
        );
    }
}

/// The format was changed: codes from before live on, and so does the limit of
/// guesses at them.
#[tokio::test]
async fn codes_of_an_earlier_format_are_not_guessed_either() {
    for world in worlds().await {
        let issued = director(&world).await;
        world.raw().await.run("UPDATE invites SET code = 'Joh-45', code_key = 'JOH45'").await;
        let old = code("joh 45");
        assert_eq!(look_from(&world.service, &old, GUESSER).await.unwrap().invite.id, issued.invite.id);
        for number in 1..=5 {
            let guess = code(&format!("Joh-0{number}"));
            assert_eq!(look_from(&world.service, &guess, GUESSER).await.unwrap_err().reason(), Reason::NotFound);
        }
        limited(look_from(&world.service, &code("Joh-06"), GUESSER).await);
        limited(look_from(&world.service, &old, GUESSER).await);
        let counted = ["guesses director Joh-##: 5", "failed director 203.0.113.9: 5"];
        assert_eq!(all_counters(&world.service).await, counted);
    }
}
