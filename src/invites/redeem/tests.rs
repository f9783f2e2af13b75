//! Group commits of concurrent redemptions in one file.

use std::sync::Arc;

use rand::SeedableRng as _;
use rand::rngs::StdRng;
use uuid::Uuid;

use crate::batch::{Failure, Observer};
use crate::clock::Clock;
use crate::invites::generate::{GenerateRequest, Terms};
use crate::invites::issue::Issued;
use crate::invites::redeem::*;
use crate::links::Links;
use crate::policy::Policies;
use crate::random::Random;
use crate::spaces::Space;
use crate::store::DatabaseFile;
use crate::store::db::database::Db;
use crate::store::location::Location;

#[derive(Default)]
struct Codes(Vec<(Uuid, Reference)>);

impl Observer<Issued> for Codes {
    fn done(&mut self, item: &Issued) {
        self.0.push((item.invite.id, Reference::parse(item.code.reveal()).unwrap()));
    }

    fn failed(&mut self, failure: &Failure) {
        panic!("{}", failure.message());
    }
}

async fn codes(service: &Service, space_id: &str, count: u32) -> Vec<(Uuid, Reference)> {
    let actor = Actor::operator("tester");
    let space = Space { id: space_id.into(), policy: "container".into(), name: "Space".into() };
    service.add_space(&actor, &space).await.unwrap();
    let mut codes = Codes::default();
    let request = GenerateRequest { space_id: space_id.into(), count, terms: Terms::default() };
    service.generate(&actor, &request, &mut codes).await.unwrap();
    codes.0
}

async fn used(service: &Service, code: &Reference, user: String) -> Box<Joined> {
    match service.redeem(&Actor::operator("tester"), &RedeemRequest::new(code.clone(), user)).await.unwrap() {
        Redemption::Accepted(joined) => joined,
        Redemption::Refused(_, denials) => panic!("{denials:?}"),
    }
}

/// On one thread, all redemptions wait before the first one is committed.
#[tokio::test]
async fn group_commit_returns_own_use_to_each_caller() {
    let folder = tempfile::tempdir().unwrap();
    let (db, _) = Db::migrate(Location::from(DatabaseFile::at(folder.path().join("invite.db")))).await.unwrap();
    let random = Random::from_generator(StdRng::seed_from_u64(1));
    let links = Links::below(None).unwrap();
    let service = Service::new(db, Policies::built_in().unwrap(), links, Clock::System, random);
    let (several, hot) = (codes(&service, "several", 20).await, codes(&service, "hot", 1).await.remove(0).1);
    let service = Arc::new(service);
    let mut tasks = tokio::task::JoinSet::new();
    for (number, (id, code)) in several.iter().cloned().enumerate() {
        let (service, hot) = (Arc::clone(&service), hot.clone());
        tasks.spawn(async move {
            let joined = used(&service, &code, format!("several{number}")).await;
            assert_eq!((joined.invite.id, joined.invite.uses, joined.repeated), (id, 1, false));
            assert_eq!(joined.user_id, format!("several{number}"));
            used(&service, &hot, format!("hot{number}")).await.invite.uses
        });
    }
    let mut uses = tasks.join_all().await;
    uses.sort_unstable();
    assert_eq!(uses, (1..=20).collect::<Vec<i64>>());
    let groups = service.db().groups();
    assert!(groups.iter().any(|members| *members > 1), "no group was committed: {groups:?}");
    service.db().close().await;
}
