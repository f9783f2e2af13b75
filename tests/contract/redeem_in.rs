//! Redemptions inside a transaction of the application.

use std::sync::Arc;

use invite::Service;
use invite::invites::redeem::RedeemRequest;
use invite::invites::redeem_in::UncommittedRedemption;
use invite::model::reference::Reference;
use invite::{Denial, Error, Reason};
use tokio::task::JoinSet;

use crate::fixture::{Engine, Fixture, operator};
use crate::helpers::actions::*;
use crate::helpers::application::*;

const CLIENT: &str = "203.0.113.9";

every_engine! {
    redemption_is_committed_with_rows_of_application,
    rolled_back_redemption_leaves_nothing,
    refusal_leaves_transaction_usable,
    rolled_back_attempts_count_for_client,
    accepted_attempt_is_refunded_with_commit,
    member_and_repeated_user_get_their_answers,
    connection_without_transaction_is_refused,
    connection_to_other_database_is_refused,
    unsuitable_transaction_is_refused_with_setting,
}

every_engine! {
    threads 8;
    limit_of_10_holds_for_concurrent_transactions,
}

async fn redemption_is_committed_with_rows_of_application(fixture: Fixture) {
    let code = code_with_limit(&fixture, 1).await;
    let request = counted(&fixture.service, &code, "ann").await;
    let mut application = application(&fixture).await;
    let mut transaction = begin_with_profile(&mut application).await;
    let outcome = redeem(&fixture.service, &mut transaction, &request).await.unwrap();
    let UncommittedRedemption::Accepted(joined) = &outcome else { panic!("{outcome:?}") };
    assert_eq!(joined.before_commit().invite.uses, 1);
    transaction.run("UPDATE profiles SET visits = 2 WHERE id = 'ann'").await.unwrap();
    let mut other = fixture.raw().await;
    assert_eq!(other.count("invite_members").await, 0, "not committed yet");
    transaction.commit().await;
    let joined = accepted_in(outcome);
    assert_eq!((joined.user_id.as_str(), joined.repeated), ("ann", false));
    assert_eq!(other.count("profiles WHERE visits = 2").await, 1);
    assert_eq!(other.count("invite_members WHERE user_id = 'ann'").await, 1);
    assert_eq!(other.count("invites WHERE uses = 1 AND closed_reason = 'used_up'").await, 1);
    assert_eq!(other.count("invite_uses").await, 1);
    assert_eq!(other.count("invite_operations WHERE command = 'use' AND changed = 1").await, 1);
    other.check_integrity().await;
}

async fn rolled_back_redemption_leaves_nothing(fixture: Fixture) {
    let code = code_with_limit(&fixture, 1).await;
    let request = counted(&fixture.service, &code, "ann").await;
    let mut application = application(&fixture).await;
    let mut transaction = begin_with_profile(&mut application).await;
    let outcome = redeem(&fixture.service, &mut transaction, &request).await.unwrap();
    assert!(matches!(outcome, UncommittedRedemption::Accepted(_)));
    transaction.roll_back().await;
    let mut other = fixture.raw().await;
    for table in ["profiles", "invite_members", "invite_uses", "invites WHERE uses > 0"] {
        assert_eq!(other.count(table).await, 0, "{table}");
    }
    assert_eq!(other.count("invite_operations WHERE command = 'use'").await, 0);
    // The same request can be run again.
    let mut transaction = application.begin().await;
    let outcome = redeem(&fixture.service, &mut transaction, &request).await.unwrap();
    transaction.commit().await;
    assert!(!accepted_in(outcome).repeated);
    assert_eq!(other.count("invite_members").await, 1);
}

async fn refusal_leaves_transaction_usable(fixture: Fixture) {
    let code = code_with_limit(&fixture, 1).await;
    join(&fixture.service, &code, "first").await;
    // Another address than that of the invite is found out by the statement itself.
    space(&fixture.service, "tree", "t1").await;
    let bound = code_of(&create_one(&fixture.service, "t1", terms_to("ann@example.org")).await);
    let mut application = application(&fixture).await;
    let mut transaction = begin_with_profile(&mut application).await;
    let request = counted(&fixture.service, &code, "ann").await;
    let outcome = redeem(&fixture.service, &mut transaction, &request).await.unwrap();
    assert_eq!(refused_in(outcome), [Reason::UsedUp]);
    let request = fixture.service.count_attempt(RedeemRequest::new(bound, "eve").email("eve@example.org"));
    let outcome = redeem(&fixture.service, &mut transaction, &request.await.unwrap()).await.unwrap();
    assert_eq!(refused_in(outcome), [Reason::EmailMismatch]);
    transaction.run("INSERT INTO profiles (id, visits) VALUES ('bob', 1)").await.unwrap();
    transaction.commit().await;
    let mut other = fixture.raw().await;
    assert_eq!(other.count("profiles").await, 2);
    assert_eq!(other.count("invite_members").await, 1);
    assert_eq!(other.count("invite_operations WHERE command = 'use'").await, 1);
}

async fn rolled_back_attempts_count_for_client(engine: Engine) {
    let fixture = Fixture::with_policies(engine, "[policy.container]\nlimit_failed = 3\n").await;
    let code = code_with_limit(&fixture, 5).await;
    let mut application = application(&fixture).await;
    for user in ["a", "b", "c"] {
        let request = counted_from(&fixture.service, &code, user, CLIENT).await.unwrap();
        let mut transaction = application.begin().await;
        let outcome = redeem(&fixture.service, &mut transaction, &request).await.unwrap();
        assert!(matches!(outcome, UncommittedRedemption::Accepted(_)));
        transaction.roll_back().await;
    }
    let error = counted_from(&fixture.service, &code, "d", CLIENT).await.unwrap_err();
    assert!(matches!(error, Error::Refused(Denial::RateLimited(_))), "{error}");
}

async fn accepted_attempt_is_refunded_with_commit(engine: Engine) {
    let fixture = Fixture::with_policies(engine, "[policy.container]\nlimit_failed = 3\n").await;
    let code = code_with_limit(&fixture, 9).await;
    let mut application = application(&fixture).await;
    for user in ["a", "b", "c", "d", "e"] {
        let request = counted_from(&fixture.service, &code, user, CLIENT).await.unwrap();
        let mut transaction = application.begin().await;
        let outcome = redeem(&fixture.service, &mut transaction, &request).await.unwrap();
        transaction.commit().await;
        assert_eq!(accepted_in(outcome).user_id, user);
    }
}

async fn member_and_repeated_user_get_their_answers(fixture: Fixture) {
    let code = code_with_limit(&fixture, 5).await;
    join(&fixture.service, &code, "ann").await;
    member(&fixture.service, "c1", "bob", "member", None).await;
    let mut application = application(&fixture).await;
    let mut transaction = application.begin().await;
    let request = counted(&fixture.service, &code, "ann").await;
    assert!(accepted_in(redeem(&fixture.service, &mut transaction, &request).await.unwrap()).repeated);
    let request = counted(&fixture.service, &code, "bob").await;
    assert_eq!(
        refused_in(redeem(&fixture.service, &mut transaction, &request).await.unwrap()),
        [Reason::AlreadyMember]
    );
    let request = counted(&fixture.service, &unknown_code(), "bob").await;
    let error = redeem(&fixture.service, &mut transaction, &request).await.unwrap_err();
    assert!(matches!(error, Error::NotFound(_)) && !error.is_retryable(), "{error}");
    transaction.run("INSERT INTO profiles (id, visits) VALUES ('bob', 1)").await.unwrap();
    transaction.commit().await;
    assert_eq!(fixture.raw().await.count("profiles").await, 1);
    assert_eq!(fixture.raw().await.number("SELECT uses FROM invites").await, 1);
}

async fn connection_without_transaction_is_refused(fixture: Fixture) {
    let code = code_with_limit(&fixture, 5).await;
    let request = counted(&fixture.service, &code, "ann").await;
    let mut application = application(&fixture).await;
    let error = fixture.service.redeem_in(application.lend(), &operator(), &request).await.unwrap_err();
    assert_eq!(error.to_string(), "the connection is not in a transaction");
    assert!(error.hint().unwrap().contains("of sqlx"));
    assert_eq!(fixture.raw().await.count("invite_members").await, 0);
}

async fn connection_to_other_database_is_refused(fixture: Fixture) {
    let code = code_with_limit(&fixture, 5).await;
    let request = counted(&fixture.service, &code, "ann").await;
    let other = Fixture::new(fixture.engine()).await;
    let mut application = application(&other).await;
    let mut transaction = application.begin().await;
    let error = redeem(&fixture.service, &mut transaction, &request).await.unwrap_err();
    assert!(error.to_string().contains("another database") && matches!(error, Error::Invalid(_)), "{error}");
    transaction.roll_back().await;
}

async fn unsuitable_transaction_is_refused_with_setting(fixture: Fixture) {
    let code = code_with_limit(&fixture, 5).await;
    let request = counted(&fixture.service, &code, "ann").await;
    let cases: &[(&str, &str, &str)] = match fixture.engine() {
        Engine::Sqlite => &[
            ("PRAGMA foreign_keys = ON", "BEGIN", "deferred"),
            ("PRAGMA foreign_keys = OFF", "BEGIN IMMEDIATE", "foreign_keys is OFF"),
        ],
        Engine::Postgres => &[
            ("SELECT 1", "BEGIN ISOLATION LEVEL SERIALIZABLE", "isolation level SERIALIZABLE"),
            ("SELECT 1", "BEGIN ISOLATION LEVEL REPEATABLE READ", "isolation level REPEATABLE READ"),
            ("SET search_path = pg_catalog", "BEGIN", "search_path"),
        ],
        Engine::Mariadb | Engine::Mysql => &[
            ("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ", "BEGIN", "isolation level REPEATABLE READ"),
            ("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED, sql_mode = ''", "BEGIN", "sql_mode"),
            ("SET SESSION foreign_key_checks = 0", "BEGIN", "foreign_key_checks is OFF"),
        ],
    };
    for (setting, begin, named) in cases {
        let mut application = application(&fixture).await;
        for statement in setting.split(", ") {
            application.run(statement.replace("sql_mode", "SET SESSION sql_mode")).await;
        }
        let mut transaction = application.begin_with(begin).await.unwrap();
        let error = redeem(&fixture.service, &mut transaction, &request).await.unwrap_err();
        assert!(matches!(error, Error::Invalid(_)), "{error}");
        assert!(error.to_string().contains(named), "{error}");
        assert!(error.hint().is_some(), "{error}");
        transaction.roll_back().await;
    }
    assert_eq!(fixture.raw().await.count("invite_members").await, 0);
}

/// Runs a transaction of the application until it is not retryable: a profile and a redemption.
async fn join_with_profile(fixture: &Fixture, service: &Service, reference: &Reference, user: &str) -> bool {
    let request = counted(service, reference, user).await;
    let mut application = application(fixture).await;
    loop {
        let mut transaction = application.begin().await;
        transaction.run(&format!("INSERT INTO profiles (id, visits) VALUES ('{user}', 1)")).await.unwrap();
        match redeem(service, &mut transaction, &request).await {
            Ok(UncommittedRedemption::Accepted(_)) => {
                transaction.commit().await;
                return true;
            }
            Ok(UncommittedRedemption::Refused(_, denials)) => {
                assert_eq!(denials.iter().map(Denial::reason).collect::<Vec<_>>(), [Reason::UsedUp]);
                transaction.roll_back().await;
                return false;
            }
            Err(error) if error.is_retryable() => transaction.roll_back().await,
            Err(error) => panic!("{error}"),
        }
    }
}

async fn limit_of_10_holds_for_concurrent_transactions(fixture: Fixture) {
    let code = code_with_limit(&fixture, 10).await;
    let (fixture, mut tasks) = (Arc::new(fixture), JoinSet::new());
    for number in 0..24 {
        let (fixture, code) = (Arc::clone(&fixture), code.clone());
        tasks.spawn(async move {
            let user = format!("u{number}");
            if number % 3 == 0 {
                // Other uses have a transaction of their own.
                let redemption = try_redeem(&fixture.service, &code, &user).await;
                usize::from(matches!(redemption, invite::invites::redeem::Redemption::Accepted(_)))
            } else {
                usize::from(join_with_profile(&fixture, &fixture.service, &code, &user).await)
            }
        });
    }
    let accepted: usize = tasks.join_all().await.into_iter().sum();
    assert_eq!(accepted, 10);
    let mut other = fixture.raw().await;
    assert_eq!(other.number("SELECT uses FROM invites").await, 10);
    assert_eq!((other.count("invite_uses").await, other.count("invite_members").await), (10, 10));
    let joined = "profiles AS p WHERE EXISTS (SELECT 1 FROM invite_members AS m WHERE m.user_id = p.id)";
    assert_eq!(other.count("profiles").await, other.count(joined).await, "each profile has its membership");
    other.check_integrity().await;
}
