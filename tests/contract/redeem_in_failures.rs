//! Failures of redemptions inside a transaction of the application.

use std::time::Duration;

use invite::invites::redeem_in::UncommittedRedemption;
use invite::{Db, DbOptions, Error, MissingFile, Service};

use crate::fixture::{Engine, Fixture};
use crate::helpers::actions::*;
use crate::helpers::application::*;
use crate::helpers::rate_limits::{counters, of_client, validate_from};
use crate::locks::kill;

every_engine! {
    refused_statement_leaves_nothing_for_commit_of_application,
    rerun_after_commit_refunds_attempt_once,
}

every_server! {
    threads 4;
    deadlock_is_retryable_and_second_run_succeeds,
    wait_for_lock_is_retryable,
    lost_connection_is_reported,
}

mysql_family! {
    transaction_that_ended_unnoticed_is_refused,
}

async fn refused_statement_leaves_nothing_for_commit_of_application(fixture: Fixture) {
    let code = code_with_limit(&fixture, 5).await;
    fixture.raw().await.refuse("INSERT", "invite_members", "NEW.user_id = 'ann'").await;
    let request = counted(&fixture.service, &code, "ann").await;
    let mut application = application(&fixture).await;
    let mut transaction = begin_with_profile(&mut application).await;
    let error = redeem(&fixture.service, &mut transaction, &request).await.unwrap_err();
    assert!(matches!(error, Error::Database(_)) && !error.is_retryable(), "{error}");
    // An application that ignores the error still stores no part of the use.
    transaction.commit().await;
    let mut other = fixture.raw().await;
    assert_eq!(other.count("profiles").await, 1);
    for table in ["invite_members", "invite_uses", "invites WHERE uses > 0"] {
        assert_eq!(other.count(table).await, 0, "{table}");
    }
    other.check_integrity().await;
}

const CLIENT: &str = "203.0.113.9";

async fn rerun_after_commit_refunds_attempt_once(engine: Engine) {
    let fixture = Fixture::with_policies(engine, "[policy.container]\nlimit_failed = 9\n").await;
    let code = code_with_limit(&fixture, 5).await;
    for _ in 0..2 {
        validate_from(&fixture.service, &unknown_code(), CLIENT).await.unwrap_err();
    }
    let failed = counters(&fixture.service, &of_client(CLIENT)).await;
    let request = counted_from(&fixture.service, &code, "ann", CLIENT).await.unwrap();
    let mut application = application(&fixture).await;
    for is_rerun in [false, true] {
        let mut transaction = application.begin().await;
        let outcome = redeem(&fixture.service, &mut transaction, &request).await.unwrap();
        transaction.commit().await;
        assert_eq!(accepted_in(outcome).repeated, is_rerun);
        assert_eq!(counters(&fixture.service, &of_client(CLIENT)).await, failed);
    }
}

/// Returns a service with a timeout of 2 s.
async fn impatient(fixture: &Fixture) -> Service {
    let options = DbOptions::new(2).timeout(Duration::from_secs(2));
    fixture.with(Db::open(fixture.location().clone(), MissingFile::Refuse, options).await.unwrap())
}

async fn wait_for_lock_is_retryable(fixture: Fixture) {
    let code = code_with_limit(&fixture, 5).await;
    let service = impatient(&fixture).await;
    let request = counted(&service, &code, "ann").await;
    let (mut one, mut two) = (application(&fixture).await, application(&fixture).await);
    // The limit of MariaDB and MySQL stays; that of PostgreSQL is shortened.
    two.run(if fixture.engine() == Engine::Postgres {
        "SET lock_timeout = '90s'"
    } else {
        "SET SESSION innodb_lock_wait_timeout = 1"
    })
    .await;
    let mut holder = one.begin().await;
    holder.run("UPDATE invites SET note = 'locked'").await.unwrap();
    let mut transaction = two.begin().await;
    let error = redeem(&service, &mut transaction, &request).await.unwrap_err();
    assert!(error.is_retryable(), "{error}");
    transaction.roll_back().await;
    holder.roll_back().await;
    let mut transaction = two.begin().await;
    let outcome = redeem(&service, &mut transaction, &request).await.unwrap();
    if fixture.engine() == Engine::Postgres {
        let kept = "DO $$ BEGIN IF current_setting('lock_timeout') <> '90s' THEN RAISE 'changed'; END IF; END $$";
        transaction.run(kept).await.unwrap();
    }
    transaction.commit().await;
    assert_eq!(accepted_in(outcome).user_id, "ann");
}

async fn lost_connection_is_reported(fixture: Fixture) {
    let code = code_with_limit(&fixture, 5).await;
    let request = counted(&fixture.service, &code, "ann").await;
    let mut application = application(&fixture).await;
    let own = if fixture.engine() == Engine::Postgres { "pg_backend_pid()::bigint" } else { "connection_id()" };
    let number = application.number(format!("SELECT {own}")).await;
    let mut transaction = begin_with_profile(&mut application).await;
    kill(&mut fixture.database().admin().await, number).await;
    let error = redeem(&fixture.service, &mut transaction, &request).await.unwrap_err();
    assert!(matches!(error, Error::Unavailable(_)), "{error}");
    // The connections of the service are not affected.
    join(&fixture.service, &code, "bob").await;
    assert_eq!(fixture.raw().await.number("SELECT uses FROM invites").await, 1);
}

async fn transaction_that_ended_unnoticed_is_refused(fixture: Fixture) {
    let code = code_with_limit(&fixture, 5).await;
    let request = counted(&fixture.service, &code, "ann").await;
    let mut application = application(&fixture).await;
    let mut transaction = begin_with_profile(&mut application).await;
    // Commits the transaction, which the driver does not notice.
    transaction.run("CREATE TABLE other_profiles (id INTEGER PRIMARY KEY)").await.unwrap();
    let error = redeem(&fixture.service, &mut transaction, &request).await.unwrap_err();
    assert_eq!(error.to_string(), "the transaction of the connection has ended");
    assert!(!error.is_retryable() && error.hint().is_some());
    transaction.roll_back().await;
    let mut other = fixture.raw().await;
    for table in ["invite_members", "invite_uses", "invites WHERE uses > 0"] {
        assert_eq!(other.count(table).await, 0, "{table}");
    }
}

async fn deadlock_is_retryable_and_second_run_succeeds(fixture: Fixture) {
    let code = code_with_limit(&fixture, 5).await;
    fixture.raw().await.run("INSERT INTO profiles (id, visits) VALUES ('shared', 0)").await;
    let update = "UPDATE profiles SET visits = visits + 1 WHERE id = 'shared'";
    let (mut one, mut two) = (application(&fixture).await, application(&fixture).await);
    let (ann, bob) = (counted(&fixture.service, &code, "ann").await, counted(&fixture.service, &code, "bob").await);
    let (mut first, mut second) = (one.begin().await, two.begin().await);
    first.run(update).await.unwrap();
    let outcome = redeem(&fixture.service, &mut second, &bob).await.unwrap();
    assert!(matches!(outcome, UncommittedRedemption::Accepted(_)));
    // The first waits for the invite, and the second for the profile. After its error, the first
    // must roll back, since the second may still wait for its other lock.
    let redemption = async {
        match redeem(&fixture.service, &mut first, &ann).await {
            Ok(_) => Some(first),
            Err(error) => {
                assert!(error.is_retryable(), "{error}");
                first.roll_back().await;
                None
            }
        }
    };
    let (redeemed, updated) = tokio::join!(redemption, second.run(update));
    if let Some(first) = redeemed {
        // The server chose the other one, whose error the application sees itself.
        updated.unwrap_err();
        second.roll_back().await;
        first.commit().await;
        assert_eq!(fixture.raw().await.number("SELECT uses FROM invites").await, 1);
    } else {
        updated.unwrap();
        second.commit().await;
        let mut third = application(&fixture).await;
        let mut again = third.begin().await;
        let outcome = redeem(&fixture.service, &mut again, &ann).await.unwrap();
        again.commit().await;
        assert_eq!(accepted_in(outcome).user_id, "ann");
        assert_eq!(fixture.raw().await.number("SELECT uses FROM invites").await, 2);
    }
}
