//! Connection and privilege errors: each has a cause and a hint, and none contains a password.

use std::error::Error as _;
use std::net::TcpListener;
use std::time::Duration;

use invite::Db;
use invite::DbOptions;
use invite::Location;
use invite::MissingFile;
use invite::invites::generate::Terms;
use invite::{Error, Reason, Result};
use servers::{Kind, Server};

use crate::databases::{Database, server};
use crate::files::failed;
use crate::fixture::{Engine, Fixture, operator};
use crate::helpers::actions::*;

every_server! {
    wrong_password_or_account_is_reported,
    missing_database_is_reported_with_create_command,
    closed_port_is_reported,
    unknown_host_is_reported,
    silent_server_times_out,
    missing_privilege_is_reported_with_grant,
    migration_without_privilege_is_reported_with_grant,
}

/// A unique password, encoded for a URL and in plaintext.
const PASSWORD: (&str, &str) = ("Sesam%21%40%20auf", "Sesam!@ auf");

fn location(url: &str) -> Location {
    Location::from_urls(&[url.to_owned()]).unwrap()
}

/// Returns the error; panics if it contains the password.
fn refused<T>(outcome: Result<T>, reason: Reason) -> Error {
    let error = failed(outcome, reason);
    let cause = error.source().map(|cause| format!("{cause} {cause:?}"));
    let shown = format!("{error} {error:?} {:?} {cause:?}", error.hint());
    for password in [PASSWORD.0, PASSWORD.1, servers::PASSWORD, "pencil%20sharpener"] {
        assert!(!shown.contains(password), "{shown}");
    }
    error
}

/// Asserts that every way to open a database fails with the same reason.
async fn refused_everywhere(url: &str, reason: Reason) -> Error {
    let location = location(url);
    for password in [PASSWORD.0, PASSWORD.1] {
        assert!(!format!("{location} {location:?} {}", location.url()).contains(password));
    }
    refused(Db::migrate_with(location.clone(), briefly()).await.map(|_| ()), reason);
    refused(Db::inspect_with(location.clone(), briefly()).await.map(|_| ()), reason);
    refused(Db::open(location, MissingFile::Create, briefly()).await.map(|_| ()), reason)
}

/// Options with a short timeout.
fn briefly() -> DbOptions {
    DbOptions::new(2).timeout(Duration::from_secs(2))
}

/// Returns a URL with another account, address or database.
fn url_of(engine: Engine, account: &str, place: &str, database: &str) -> String {
    let scheme = if engine == Engine::Postgres { "postgres" } else { "mysql" };
    format!("{scheme}://{account}@{place}/{database}")
}

fn place_of(server: &Server) -> String {
    format!("127.0.0.1:{}", server.port())
}

async fn wrong_password_or_account_is_reported(engine: Engine) {
    let database = Database::migrated(engine).await;
    let place = place_of(database.server());
    for user in [servers::USER, "nobody_at_all"] {
        let url = url_of(engine, &format!("{user}:{}", PASSWORD.0), &place, database.name());
        let error = refused_everywhere(&url, Reason::DatabaseFailed).await;
        assert!(error.to_string().contains(&format!("denied for the user {user:?}")), "{error}");
        assert!(error.hint().unwrap().contains("password"), "{error:?}");
    }
}

async fn missing_database_is_reported_with_create_command(engine: Engine) {
    let error = refused_everywhere(&server(engine).url("invite_lost"), Reason::DatabaseFailed).await;
    assert!(error.to_string().contains("database \"invite_lost\" does not exist"), "{error}");
    let (command, help) = (if engine == Engine::Postgres { "createdb" } else { "CREATE DATABASE" }, error.hint());
    assert!(help.is_some_and(|help| help.contains(command) && help.contains("invite_lost")), "{error:?}");
}

async fn closed_port_is_reported(engine: Engine) {
    // Released immediately; no other test takes a port meanwhile.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let place = format!("127.0.0.1:{port}");
    let url = url_of(engine, &format!("invite:{}", PASSWORD.0), &place, "invite");
    let error = refused_everywhere(&url, Reason::Unavailable).await;
    assert!(error.to_string().contains("no server answers at"), "{error}");
    assert!(error.to_string().contains(&place), "{error}");
    assert_eq!(error.reason().exit_code(), 10);
}

async fn unknown_host_is_reported(engine: Engine) {
    let url = url_of(engine, &format!("invite:{}", PASSWORD.0), "no-such-host.invalid", "invite");
    let error = refused_everywhere(&url, Reason::Unavailable).await;
    assert!(error.to_string().contains("unknown host in"), "{error}");
    assert!(error.to_string().contains("no-such-host.invalid"), "{error}");
}

async fn silent_server_times_out(engine: Engine) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let place = listener.local_addr().unwrap().to_string();
    let url = url_of(engine, &format!("invite:{}", PASSWORD.0), &place, "invite");
    let error = refused(Db::inspect_with(location(&url), briefly()).await.map(|_| ()), Reason::Unavailable);
    assert!(error.to_string().contains("no server answers at"), "{error}");
    assert!(error.source().unwrap().to_string().starts_with("no answer within "), "{error:?}");
}

/// Creates an account without privileges, and returns its URL.
async fn account(database: &Database, name: &str) -> String {
    let mut admin = database.admin().await;
    let make = match database.engine() {
        Engine::Sqlite => unreachable!("a file has no accounts"),
        Engine::Postgres => format!("CREATE ROLE {name} LOGIN PASSWORD '{}'", PASSWORD.1),
        Engine::Mariadb | Engine::Mysql => format!("CREATE USER '{name}'@'%' IDENTIFIED BY '{}'", PASSWORD.1),
    };
    admin.run(make).await;
    if database.engine().is_mysql_family() {
        // Without any privilege this engine reports a missing database.
        admin.run(format!("GRANT SHOW VIEW ON {}.* TO '{name}'@'%'", database.name())).await;
    }
    url_of(database.engine(), &format!("{name}:{}", PASSWORD.0), &place_of(database.server()), database.name())
}

async fn grant(database: &Database, name: &str, rights: &str) {
    let mut admin = database.admin().await;
    admin
        .run(match database.engine() {
            Engine::Sqlite => unreachable!("a file has no accounts"),
            Engine::Postgres => format!("GRANT {rights} ON ALL TABLES IN SCHEMA public TO {name}"),
            Engine::Mariadb | Engine::Mysql => format!("GRANT {rights} ON {}.* TO '{name}'@'%'", database.name()),
        })
        .await;
}

async fn missing_privilege_is_reported_with_grant(fixture: Fixture) {
    space(&fixture.service, "container", "c").await;
    let name = fixture.database().name().replace("invite", "reader");
    let url = account(fixture.database(), &name).await;
    let helps = |error: &Error, grant: &str| {
        let help = error.hint().unwrap().into_owned();
        assert!(error.to_string().contains(&format!("permission denied for the user {name:?}")), "{error}");
        assert!(help.contains("GRANT ") && help.contains(grant) && help.contains(&name), "{help}");
    };
    // No privileges: it cannot read.
    let error = refused(Db::open(location(&url), MissingFile::Refuse, 2).await, Reason::DatabaseFailed);
    helps(&error, "SELECT, INSERT, UPDATE, DELETE");
    // Read privilege: it can read but not write.
    grant(fixture.database(), &name, "SELECT").await;
    let db = Db::open(location(&url), MissingFile::Refuse, 2).await.unwrap();
    let service = fixture.with(db);
    let mut raw = fixture.raw().await;
    let before = raw.dump().await;
    assert_eq!(service.count_spaces(&crate::fixture::operator(), None).await.unwrap(), 1);
    let error = refused(create(&service, "c", 1, Terms::new()).await, Reason::DatabaseFailed);
    helps(&error, "SELECT, INSERT, UPDATE, DELETE");
    assert_eq!(raw.dump().await, before);
    // With the grant of the hint, the next connection works.
    grant(fixture.database(), &name, "SELECT, INSERT, UPDATE, DELETE").await;
    let db = Db::open(location(&url), MissingFile::Refuse, 2).await.unwrap();
    create_one(&fixture.with(db), "c", Terms::new()).await;
    raw.check_integrity().await;
}

async fn migration_without_privilege_is_reported_with_grant(engine: Engine) {
    let database = Database::empty(engine).await;
    let name = database.name().replace("invite", "maker");
    let url = account(&database, &name).await;
    let error = refused(Db::migrate(location(&url)).await.map(|_| ()), Reason::DatabaseFailed);
    assert!(error.to_string().contains(&format!("permission denied for the user {name:?}")), "{error}");
    let help = error.hint().unwrap();
    assert!(help.contains("GRANT ") && help.contains(&name), "{help}");
    // The grant of the hint is sufficient.
    let (_, statement) = help.split_once(": ").unwrap();
    database.admin().await.run(statement).await;
    Db::migrate(location(&url)).await.unwrap().0.close().await;
}

/// Asserts that reads work, and that writes fail with a cause and change nothing.
async fn check_read_only(fixture: &Fixture, code: &invite::model::reference::Reference) {
    let mut raw = fixture.raw().await;
    let before = raw.dump().await;
    let service = fixture.another_process().await;
    assert_eq!(service.count_spaces(&crate::fixture::operator(), None).await.unwrap(), 1);
    assert_eq!(service.show_invite(&operator(), code).await.unwrap().invite.uses, 0);
    let error = refused(create(&service, "c", 1, Terms::new()).await, Reason::DatabaseFailed);
    assert!(error.to_string().contains("does not accept writes"), "{error}");
    assert!(error.hint().unwrap().contains("primary"), "{error:?}");
    let (_, applied) = Db::migrate(fixture.location().clone()).await.unwrap();
    assert_eq!(applied, 0);
    assert_eq!(raw.dump().await, before);
}

#[tokio::test]
#[ignore = "needs PostgreSQL: sh tests/run.sh"]
async fn read_only_postgres_database_is_reported() {
    let fixture = Fixture::new(Engine::Postgres).await;
    space(&fixture.service, "container", "c").await;
    let code = code_of(&create_one(&fixture.service, "c", Terms::new()).await);
    let set = format!("ALTER DATABASE {} SET default_transaction_read_only", fixture.database().name());
    let mut admin = fixture.database().admin().await;
    admin.run(format!("{set} = on")).await;
    check_read_only(&fixture, &code).await;
    admin.run(format!("{set} = off")).await;
    join(&fixture.another_process().await, &code, "ann").await;
    fixture.raw().await.check_integrity().await;
}

#[tokio::test]
#[ignore = "needs MariaDB: sh tests/run.sh"]
async fn read_only_mariadb_server_is_reported() {
    // Its own server, because the setting is global.
    let server = Server::with_options(Kind::MariaDb, &[]);
    let fixture = Fixture::on(Database::migrated_on(&server).await, "").await;
    space(&fixture.service, "container", "c").await;
    let code = code_of(&create_one(&fixture.service, "c", Terms::new()).await);
    server.admin("SET GLOBAL read_only = 1");
    check_read_only(&fixture, &code).await;
    // It also applies to open connections.
    let error = refused(create(&fixture.service, "c", 1, Terms::new()).await, Reason::DatabaseFailed);
    assert!(error.to_string().contains("does not accept writes"), "{error}");
    server.admin("SET GLOBAL read_only = 0");
    join(&fixture.service, &code, "ann").await;
    fixture.raw().await.check_integrity().await;
}
