//! Redemptions inside transactions of an application on the nodes of a cluster.

use std::sync::Arc;

use invite::Service;
use invite::invites::redeem::RedeemRequest;
use invite::invites::redeem_in::UncommittedRedemption;
use invite::model::reference::Reference;
use sqlx::mysql::{MySqlConnectOptions, MySqlSslMode};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, MySqlConnection};
use tokio::task::JoinSet;

use crate::fixture::{Fixture, close, exclusive};
use crate::load::{actor, make_codes};

/// The settings that a redemption requires of a connection to a cluster.
const SETTINGS: &str = "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED; SET SESSION wsrep_sync_wait = 7; \
     SET SESSION autocommit = 0";

async fn connect(url: &str, settings: &'static str) -> MySqlConnection {
    let options = url.parse::<MySqlConnectOptions>().unwrap().ssl_mode(MySqlSslMode::Disabled);
    let mut connection = options.connect().await.unwrap();
    sqlx::raw_sql(settings).execute(&mut connection).await.unwrap();
    connection
}

/// Runs a transaction with a profile and a redemption until it is committed or refused; returns true
/// if the redemption was accepted.
async fn join_with_profile(service: &Service, url: &str, code: &Reference, user: &str) -> bool {
    let counted = service.count_attempt(RedeemRequest::new(code.clone(), user)).await.unwrap();
    let mut connection = connect(url, SETTINGS).await;
    loop {
        let mut transaction = connection.begin().await.unwrap();
        sqlx::raw_sql("SAVEPOINT invite_transaction").execute(&mut *transaction).await.unwrap();
        let profile = AssertSqlSafe(format!("INSERT INTO profiles (id) VALUES ('{user}')"));
        sqlx::raw_sql(profile).execute(&mut *transaction).await.unwrap();
        match service.redeem_in(&mut transaction, &actor(), &counted).await {
            Ok(UncommittedRedemption::Accepted(_)) => {
                let release = sqlx::raw_sql("RELEASE SAVEPOINT invite_transaction").execute(&mut *transaction).await;
                // Another node changed the same row first: run the transaction again.
                if release.is_ok() && transaction.commit().await.is_ok() {
                    return true;
                }
            }
            Ok(UncommittedRedemption::Refused(..)) => {
                transaction.rollback().await.unwrap();
                return false;
            }
            Err(error) => {
                assert!(error.is_retryable(), "{error}");
                let _ = transaction.rollback().await;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Galera: sh tests/run.sh"]
async fn redemption_and_row_of_application_are_committed_together() {
    let _quiet = exclusive().await;
    let fixture = Fixture::shared().await;
    let services = fixture.services(3, 2).await;
    let limit = 12;
    let code = make_codes(&services[0], limit, 1).await.hot;
    fixture.cluster.admin_in(1, fixture.name(), "CREATE TABLE profiles (id VARCHAR(20) PRIMARY KEY)");
    let mut tasks = JoinSet::new();
    for number in 0..24_u16 {
        let (service, url) = (Arc::clone(&services[usize::from(number % 3)]), fixture.url(number % 3 + 1));
        let code = code.clone();
        tasks.spawn(async move { join_with_profile(&service, &url, &code, &format!("u{number}")).await });
    }
    let accepted = tasks.join_all().await.into_iter().filter(|is_accepted| *is_accepted).count();
    assert_eq!(accepted, usize::try_from(limit).unwrap());
    let joined = "SELECT count(*) FROM profiles AS p JOIN invite_members AS m ON m.user_id = p.id";
    for question in ["SELECT uses FROM invites WHERE space_id = 'hot'", "SELECT count(*) FROM profiles", joined] {
        assert_eq!(fixture.ask_all(question), limit.to_string(), "{question}");
    }
    close(services).await;
}

/// The refusal rolls back to a savepoint before which the transaction has written nothing.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Galera: sh tests/run.sh"]
async fn transaction_that_begins_with_refusal_commits_its_rows() {
    let _quiet = exclusive().await;
    let fixture = Fixture::shared().await;
    let service = fixture.service(&fixture.url(1), 2).await;
    let code = make_codes(&service, 1, 1).await.hot;
    let url = fixture.url(2);
    fixture.cluster.admin_in(1, fixture.name(), "CREATE TABLE profiles (id VARCHAR(20) PRIMARY KEY)");
    assert!(join_with_profile(&service, &url, &code, "first").await);
    let counted = service.count_attempt(RedeemRequest::new(code, "ann")).await.unwrap();
    let mut connection = connect(&url, SETTINGS).await;
    let mut transaction = connection.begin().await.unwrap();
    sqlx::raw_sql("SAVEPOINT invite_transaction").execute(&mut *transaction).await.unwrap();
    let outcome = service.redeem_in(&mut transaction, &actor(), &counted).await.unwrap();
    assert!(matches!(outcome, UncommittedRedemption::Refused(..)), "{outcome:?}");
    for statement in ["INSERT INTO profiles (id) VALUES ('ann')", "RELEASE SAVEPOINT invite_transaction"] {
        sqlx::raw_sql(statement).execute(&mut *transaction).await.unwrap();
    }
    transaction.commit().await.unwrap();
    assert_eq!(fixture.ask_all("SELECT count(*) FROM profiles"), "2");
    assert_eq!(fixture.ask_all("SELECT count(*) FROM invite_members"), "1");
    close(vec![service]).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Galera: sh tests/run.sh"]
async fn connection_with_autocommit_or_without_savepoint_is_refused() {
    let _quiet = exclusive().await;
    let fixture = Fixture::shared().await;
    let service = fixture.service(&fixture.url(1), 2).await;
    let code = make_codes(&service, 5, 1).await.hot;
    let counted = service.count_attempt(RedeemRequest::new(code, "ann")).await.unwrap();
    let read_committed = "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED";
    let synchronous = "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED; SET SESSION wsrep_sync_wait = 7";
    for (settings, named) in
        [(read_committed, "wsrep_sync_wait"), (synchronous, "autocommit is ON"), (SETTINGS, "invite_transaction")]
    {
        let mut connection = connect(&fixture.url(1), settings).await;
        let mut transaction = connection.begin().await.unwrap();
        let error = service.redeem_in(&mut transaction, &actor(), &counted).await.unwrap_err();
        assert!(error.to_string().contains(named), "{error}");
        let _ = transaction.rollback().await;
    }
    assert_eq!(fixture.ask_all("SELECT uses FROM invites WHERE space_id = 'hot'"), "0");
    close(vec![service]).await;
}
