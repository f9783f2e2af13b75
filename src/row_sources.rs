//! Tests that what stands in for a table is read in its place, on every engine.

use std::ops::ControlFlow;

use crate::batch::{Failure, Observer};
use crate::clock::Clock;
use crate::error::Error;
use crate::invites::Issued;
use crate::invites::generate::{GenerateRequest, Terms};
use crate::invites::list::{Filter, ListRequest, ListedInvite, Sort};
use crate::invites::stats::StatsRequest;
use crate::invites::validate::ValidateRequest;
use crate::links::Links;
use crate::model::reference::Reference;
use crate::policy::Policies;
use crate::random::Random;
use crate::service::{Actor, Service};
use crate::spaces::Space;
use crate::spaces::backfill::{BackfillRequest, Backfilled};
use crate::store::dialect::row_sources::{RowSources, Table};
use crate::store::{DatabaseFile, Db, DbOptions, Location, MissingFile, explain};

/// Moves the rows of some spaces to tables of an application.
const MOVE: [&str; 5] = [
    "CREATE TABLE app_spaces AS SELECT * FROM invite_spaces WHERE id LIKE 'app-%'",
    "CREATE TABLE app_codes AS SELECT * FROM invites WHERE space_id LIKE 'app-%'",
    "CREATE VIEW app_invites AS SELECT * FROM app_codes",
    "DELETE FROM invites WHERE space_id LIKE 'app-%'",
    "DELETE FROM invite_spaces WHERE id LIKE 'app-%'",
];

fn operator() -> Actor {
    Actor::operator("tester")
}

/// Keeps what is created.
#[derive(Default)]
struct Created {
    references: Vec<Reference>,
    spaces: Vec<String>,
}

impl Observer<Issued> for Created {
    fn done(&mut self, issued: &Issued) {
        self.references.push(Reference::parse(issued.code.reveal()).unwrap());
    }
    fn failed(&mut self, failure: &Failure) {
        panic!("{failure:?}");
    }
}

impl Observer<Backfilled> for Created {
    fn done(&mut self, backfilled: &Backfilled) {
        self.spaces.push(backfilled.space.id.clone());
    }
    fn failed(&mut self, failure: &Failure) {
        panic!("{failure:?}");
    }
}

fn service_on(db: Db) -> Service {
    let links = Links::below(Some("https://example.org")).unwrap();
    Service::new(db, Policies::built_in().unwrap(), links, Clock::System, Random::from_system().unwrap())
}

/// Creates a space with limited invites and one that lacks its standing code; returns the codes.
async fn create(service: &Service, name: &str, count: u32) -> Vec<Reference> {
    for (id, policy) in [(format!("{name}-limited"), "container"), (format!("{name}-standing"), "space")] {
        let space = Space { id, policy: policy.into(), name: name.into() };
        service.add_space(&operator(), &space).await.unwrap();
    }
    let request = GenerateRequest { space_id: format!("{name}-limited"), count, terms: Terms::default() };
    let mut created = Created::default();
    service.generate(&operator(), &request, &mut created).await.unwrap();
    created.references
}

async fn spaces_of_list(service: &Service, limit: Option<u32>) -> Vec<String> {
    let mut spaces = Vec::new();
    let request = ListRequest { filter: Filter::default(), sort: Sort::Newest, limit };
    let each = |listed: ListedInvite| {
        spaces.push(listed.invite.space_id);
        ControlFlow::Continue(())
    };
    service.list_invites(&operator(), &request, service.now(), each).await.unwrap();
    spaces
}

async fn sources_are_read(location: Location) {
    let (db, _) = Db::migrate(location.clone()).await.unwrap();
    let service = service_on(db);
    let (ours, theirs) = (create(&service, "ours", 1).await, create(&service, "app", 2).await);
    for statement in MOVE {
        explain::run(service.db(), statement.to_owned()).await;
    }
    assert_eq!(spaces_of_list(&service, None).await, ["ours-limited"]);
    service.db().close().await;

    let sources = [(Table::Invites, "app_invites"), (Table::Spaces, "(SELECT * FROM app_spaces)")];
    let sources = RowSources::replacing(sources.map(|(table, source)| (table, source.to_owned())));
    let db = Db::open(location, MissingFile::Refuse, DbOptions::new(4).row_sources(sources)).await.unwrap();
    let service = service_on(db);
    for limit in [None, Some(50)] {
        assert_eq!(spaces_of_list(&service, limit).await, ["app-limited", "app-limited"]);
    }
    assert_eq!(service.count_invites(&operator(), &Filter::default(), service.now()).await.unwrap(), 2);
    let validated = service.validate(&operator(), &ValidateRequest::new(theirs[0].clone())).await.unwrap();
    assert_eq!((validated.invite.space_name.as_str(), validated.denials.len()), ("app", 0));
    assert_eq!(service.show_invite(&operator(), &theirs[1]).await.unwrap().operations.len(), 1);
    assert_eq!(service.show_space(&operator(), "app-standing").await.unwrap().stored.space.name, "app");
    for missing in [
        service.validate(&operator(), &ValidateRequest::new(ours[0].clone())).await.map(|_| ()),
        service.show_invite(&operator(), &ours[0]).await.map(|_| ()),
        service.show_space(&operator(), "ours-standing").await.map(|_| ()),
    ] {
        assert!(matches!(missing, Err(Error::NotFound(_))), "{missing:?}");
    }
    let stats = service.stats(&StatsRequest::default()).await.unwrap();
    assert_eq!((stats.spaces(), stats.invites().total()), (2, 2));
    let request =
        BackfillRequest { policy: None, spaces: Vec::new(), shard: None, limit: None, batch_size: None, dry_run: true };
    let mut missing = Created::default();
    let summary = service.backfill(&operator(), &request, &mut missing).await.unwrap();
    assert_eq!((summary.scanned, summary.missing, missing.spaces.as_slice()), (1, 1, &["app-standing".to_owned()][..]));
    service.db().close().await;
}

#[tokio::test]
async fn sqlite_reads_row_sources() {
    let folder = tempfile::tempdir().unwrap();
    sources_are_read(DatabaseFile::at(folder.path().join("invite.db")).into()).await;
}

#[tokio::test]
#[ignore = "needs PostgreSQL: sh tests/run.sh"]
async fn postgres_reads_row_sources() {
    let database = servers::postgres().create_database();
    sources_are_read(Location::from_urls(&[format!("{}?sslmode=disable", database.url())]).unwrap()).await;
}

#[tokio::test]
#[ignore = "needs MariaDB: sh tests/run.sh"]
async fn mariadb_reads_row_sources() {
    let database = servers::mariadb().create_database();
    sources_are_read(Location::from_urls(&[format!("{}?ssl-mode=DISABLED", database.url())]).unwrap()).await;
}

#[tokio::test]
#[ignore = "needs MySQL: sh tests/run.sh"]
async fn mysql_reads_row_sources() {
    let database = servers::mysql().create_database();
    sources_are_read(Location::from_urls(&[format!("{}?ssl-mode=DISABLED", database.url())]).unwrap()).await;
}
