//! The number of client counters is bounded, even if a client has many addresses.

use crate::fixture::{Fixture, hours};
use crate::helpers::actions::*;
use crate::helpers::rate_limits::*;

every_engine! {
    clients_beyond_maximum_share_counters,
    first_client_of_hour_deletes_older_counters,
}

/// Counters of clients, without the internal ones.
const OF_CLIENTS: &str = "invite_limits WHERE bucket LIKE 'failed:%' OR bucket LIKE 'validate:%'";

/// Sets the number of clients that were counted in the current window.
async fn set_client_count(fixture: &Fixture, count: i64) {
    fixture
        .raw()
        .await
        .run(format!("UPDATE invite_limits SET hits = {count} WHERE bucket = '~counters:director'"))
        .await;
}

async fn clients_beyond_maximum_share_counters(fixture: Fixture) {
    let issued = director(&fixture).await;
    guess_wrongly(&fixture.service, &issued, GUESSER, 1).await;
    set_client_count(&fixture, 50_000).await;
    // A client that has a counter keeps it.
    guess_wrongly(&fixture.service, &issued, GUESSER, 4).await;
    limited(validate_from(&fixture.service, &code_of(&issued), GUESSER).await);
    let mut raw = fixture.raw().await;
    let before = raw.count(OF_CLIENTS).await;
    let mut refused = 0;
    for number in 0..40 {
        let from = format!("2001:db8:{number:x}::1");
        // A text without the format of a name code counts for the client only, and locks no
        // code.
        refused += usize::from(
            validate_from(&fixture.service, &code("hello"), &from).await.unwrap_err().reason()
                == invite::Reason::RateLimited,
        );
    }
    assert_eq!(refused, 0);
    let shared = raw.texts("SELECT bucket FROM invite_limits WHERE bucket LIKE 'failed:director:(shared %)'").await;
    assert!(!shared.is_empty() && shared.len() <= 40, "{shared:?}");
    assert_eq!(raw.count(OF_CLIENTS).await, before + i64::try_from(shared.len()).unwrap());
    // The clients of a shared counter are limited together.
    let from = "2001:db8:0::1";
    for _ in 0..10 {
        let _ = validate_from(&fixture.service, &code("hello"), from).await;
    }
    limited(validate_from(&fixture.service, &code("hello"), from).await);
    assert_valid_after_reset(&fixture, &issued, from).await;
}

async fn assert_valid_after_reset(fixture: &Fixture, issued: &invite::invites::Issued, from: &str) {
    reset(&fixture.service, &invite::limits::LimitFilter::new()).await;
    assert_valid_from(&fixture.service, issued, from).await;
}

async fn first_client_of_hour_deletes_older_counters(fixture: Fixture) {
    let issued = director(&fixture).await;
    for number in 0..30 {
        validate_from(&fixture.service, &code("hello"), &format!("198.51.100.{number}")).await.unwrap_err();
    }
    let mut raw = fixture.raw().await;
    assert_eq!(raw.count(OF_CLIENTS).await, 30);
    let next = fixture.later(hours(1));
    assert_valid_from(&next, &issued, GUESSER).await;
    assert_eq!(raw.count(OF_CLIENTS).await, 2, "failed and validate of one client");
    assert_eq!(raw.count("invite_limits WHERE bucket = '~counters:director'").await, 1);
}
