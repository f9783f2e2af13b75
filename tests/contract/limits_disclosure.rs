//! A full counter reveals nothing about codes.

use invite::Reason;
use invite::invites::generate::Terms;
use invite::model::reference::Reference;

use crate::fixture::{Engine, Fixture};
use crate::helpers::actions::*;
use crate::helpers::rate_limits::*;

every_engine! {
    full_counter_reveals_no_codes_of_other_policies,
    attempt_allowed_by_one_policy_counts_for_others,
    codes_of_earlier_format_are_limited,
}

/// Returns the responses of validating and redeeming a code.
async fn responses(fixture: &Fixture, reference: &Reference) -> [Reason; 2] {
    let validation = validate_from(&fixture.service, reference, GUESSER).await;
    let used = redeem_from(&fixture.service, reference, "ann", GUESSER).await;
    [
        validation.map_or_else(|error| error.reason(), |seen| seen.denials[0].reason()),
        used.map_or_else(|error| error.reason(), |redemption| refused(redemption)[0]),
    ]
}

/// With a full counter of one policy, valid and invalid codes of another policy look like unknown
/// ones.
async fn full_counter_reveals_no_codes_of_other_policies(engine: Engine) {
    const BOTH: &str = "[policy.space]\nlimit_validate = 2\nlimit_use = 2\n";
    let fixture = Fixture::with_policies(engine, BOTH).await;
    let alive = director(&fixture).await;
    let revoked = create_one(&fixture.service, "john", Terms::new()).await;
    revoke_references(&fixture.service, vec![Reference::Id(revoked.invite.id)]).await;
    let own = ["ZZZZ0001", "ZZZZ0002"].map(code);
    for reference in &own {
        assert_eq!(responses(&fixture, reference).await, [Reason::NotFound; 2]);
    }
    let before = all_counters(&fixture.service).await;
    let other = [&alive, &revoked].map(|issued| issued.code.reveal().to_owned());
    for number in 0..60 {
        let guess = format!("Joh-{number:03}");
        if !other.contains(&guess) {
            assert_eq!(responses(&fixture, &code(&guess)).await, [Reason::RateLimited; 2], "{guess}");
        }
    }
    for issued in [&alive, &revoked] {
        assert_eq!(responses(&fixture, &code_of(issued)).await, [Reason::RateLimited; 2]);
    }
    assert_eq!(all_counters(&fixture.service).await, before, "refused attempts are not counted");
    assert_eq!(reload(&fixture.service, alive.invite.id).await.uses, 0);
}

/// A guess counts for every policy whose format it matches.
async fn attempt_allowed_by_one_policy_counts_for_others(engine: Engine) {
    const BOTH: &str = "[policy.space]\nlimit_validate = 3\nlimit_failed = 9\n";
    let fixture = Fixture::with_policies(engine, BOTH).await;
    let issued = director(&fixture).await;
    assert_valid_from(&fixture.service, &issued, GUESSER).await;
    guess_wrongly(&fixture.service, &issued, GUESSER, 2).await;
    limited(validate_from(&fixture.service, &code_of(&issued), GUESSER).await);
    let wrong = guesses(&issued, 3).remove(2);
    limited(validate_from(&fixture.service, &wrong, GUESSER).await);
    assert_eq!(
        all_counters(&fixture.service).await,
        [
            "guesses director Joh-###: 2",
            "failed director 203.0.113.9: 2",
            "failed space 203.0.113.9: 2",
            "validate director 203.0.113.9: 3",
            "validate space 203.0.113.9: 3",
        ]
    );
}

/// After a change of the format, old codes stay valid and guesses at them stay limited.
async fn codes_of_earlier_format_are_limited(fixture: Fixture) {
    let issued = director(&fixture).await;
    fixture.raw().await.run("UPDATE invites SET code = 'Joh-45', code_key = 'JOH45'").await;
    let old = code("joh 45");
    assert_eq!(validate_from(&fixture.service, &old, GUESSER).await.unwrap().invite.id, issued.invite.id);
    for number in 1..=5 {
        let guess = code(&format!("Joh-0{number}"));
        assert_eq!(validate_from(&fixture.service, &guess, GUESSER).await.unwrap_err().reason(), Reason::NotFound);
    }
    limited(validate_from(&fixture.service, &code("Joh-06"), GUESSER).await);
    limited(validate_from(&fixture.service, &old, GUESSER).await);
    let counted = ["guesses director Joh-##: 5", "failed director 203.0.113.9: 5"];
    assert_eq!(all_counters(&fixture.service).await, counted);
}
