//! The transactions of an application that has a table in the same database.

use invite::client::Client;
use invite::invites::redeem::{Joined, RedeemRequest};
use invite::invites::redeem_in::{CountedRequest, UncommittedRedemption};
use invite::model::reference::Reference;
use invite::{CallerConnection, Denial, Reason, Service};
use sqlx::{AssertSqlSafe, Connection as _, Error as SqlxError, MySql, Postgres, Sqlite, Transaction};

use crate::fixture::{Engine, Fixture, operator};
use crate::helpers::actions::*;
use crate::helpers::raw::Raw;

/// A transaction of the application.
pub enum ApplicationTransaction<'t> {
    Sqlite(Transaction<'t, Sqlite>),
    Postgres(Transaction<'t, Postgres>),
    Mysql(Transaction<'t, MySql>),
}

/// Opens a connection of the application, with the settings that a redemption requires.
pub async fn application(fixture: &Fixture) -> Raw {
    if fixture.engine() == Engine::Sqlite {
        let mut raw = fixture.raw().await;
        raw.run("PRAGMA foreign_keys = ON").await;
        return raw;
    }
    let database = fixture.database();
    let mut raw = Raw::of_server(fixture.engine(), &database.server().url(database.name())).await;
    if fixture.engine().is_mysql_family() {
        raw.run("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED").await;
    }
    raw
}

/// Creates the table of the application.
pub async fn create_profiles(fixture: &Fixture) {
    fixture.raw().await.run("CREATE TABLE profiles (id VARCHAR(20) PRIMARY KEY, visits INTEGER NOT NULL)").await;
}

pub async fn counted(service: &Service, reference: &Reference, user: &str) -> CountedRequest {
    service.count_attempt(RedeemRequest::new(reference.clone(), user)).await.unwrap()
}

/// Counts an attempt of a client.
pub async fn counted_from(
    service: &Service,
    reference: &Reference,
    user: &str,
    client: &str,
) -> invite::Result<CountedRequest> {
    let client = Client::parse(client).unwrap();
    service.count_attempt(RedeemRequest::new(reference.clone(), user).client(client)).await
}

/// Returns a code that no invite has.
pub fn unknown_code() -> Reference {
    code("NOSUCHCODE22")
}

pub async fn redeem(
    service: &Service,
    transaction: &mut ApplicationTransaction<'_>,
    request: &CountedRequest,
) -> invite::Result<UncommittedRedemption> {
    service.redeem_in(transaction.lend(), &operator(), request).await
}

pub fn accepted_in(outcome: UncommittedRedemption) -> Joined {
    match outcome {
        UncommittedRedemption::Accepted(joined) => joined.after_commit(),
        UncommittedRedemption::Refused(_, denials) => panic!("{denials:?}"),
    }
}

pub fn refused_in(outcome: UncommittedRedemption) -> Vec<Reason> {
    match outcome {
        UncommittedRedemption::Accepted(joined) => panic!("{joined:?}"),
        UncommittedRedemption::Refused(_, denials) => denials.iter().map(Denial::reason).collect(),
    }
}

/// Creates a space with a code of this limit, and the table of the application.
pub async fn code_with_limit(fixture: &Fixture, limit: i64) -> Reference {
    create_profiles(fixture).await;
    space(&fixture.service, "container", "c1").await;
    code_of(&create_one(&fixture.service, "c1", terms_with_limit(limit)).await)
}

/// Begins a transaction that stores a profile for `ann`.
pub async fn begin_with_profile(application: &mut Raw) -> ApplicationTransaction<'_> {
    let mut transaction = application.begin().await;
    transaction.run("INSERT INTO profiles (id, visits) VALUES ('ann', 1)").await.unwrap();
    transaction
}

impl Raw {
    /// Begins a transaction that can write.
    pub async fn begin(&mut self) -> ApplicationTransaction<'_> {
        self.begin_with(if self.engine() == Engine::Sqlite { "BEGIN IMMEDIATE" } else { "BEGIN" }).await.unwrap()
    }

    pub async fn begin_with(&mut self, words: &'static str) -> Result<ApplicationTransaction<'_>, SqlxError> {
        match self {
            Raw::Sqlite(inner) => inner.begin_with(words).await.map(ApplicationTransaction::Sqlite),
            Raw::Postgres(inner) => inner.begin_with(words).await.map(ApplicationTransaction::Postgres),
            Raw::Mariadb(inner) | Raw::Mysql(inner) => inner.begin_with(words).await.map(ApplicationTransaction::Mysql),
        }
    }

    /// Lends the connection without a transaction.
    pub fn lend(&mut self) -> CallerConnection<'_> {
        match self {
            Raw::Sqlite(inner) => inner.into(),
            Raw::Postgres(inner) => inner.into(),
            Raw::Mariadb(inner) | Raw::Mysql(inner) => inner.into(),
        }
    }
}

impl ApplicationTransaction<'_> {
    pub async fn run(&mut self, sql: &str) -> Result<(), SqlxError> {
        let query = sqlx::raw_sql(AssertSqlSafe(sql.to_owned()));
        match self {
            ApplicationTransaction::Sqlite(inner) => query.execute(&mut **inner).await.map(|_| ()),
            ApplicationTransaction::Postgres(inner) => query.execute(&mut **inner).await.map(|_| ()),
            ApplicationTransaction::Mysql(inner) => query.execute(&mut **inner).await.map(|_| ()),
        }
    }

    pub fn lend(&mut self) -> CallerConnection<'_> {
        match self {
            ApplicationTransaction::Sqlite(inner) => inner.into(),
            ApplicationTransaction::Postgres(inner) => inner.into(),
            ApplicationTransaction::Mysql(inner) => inner.into(),
        }
    }

    pub async fn commit(self) {
        match self {
            ApplicationTransaction::Sqlite(inner) => inner.commit().await.unwrap(),
            ApplicationTransaction::Postgres(inner) => inner.commit().await.unwrap(),
            ApplicationTransaction::Mysql(inner) => inner.commit().await.unwrap(),
        }
    }

    pub async fn roll_back(self) {
        match self {
            ApplicationTransaction::Sqlite(inner) => inner.rollback().await.unwrap(),
            ApplicationTransaction::Postgres(inner) => inner.rollback().await.unwrap(),
            ApplicationTransaction::Mysql(inner) => inner.rollback().await.unwrap(),
        }
    }
}
