//! The same statements many times on one connection, because engines cache plans.

use invite::invites::generate::GenerateRequest;
use invite::invites::revoke::Selection;
use invite::model::reference::Reference;
use invite::spaces::Space;
use servers::Kind;

use crate::load::{Collector, actor, migrated, service};

every_server! {
    each_of_600_revocations_finds_its_new_invite,
}

/// Number of invites that are revoked one after the other.
const INVITES: u32 = 600;

async fn each_of_600_revocations_finds_its_new_invite(kind: Kind) {
    let database = servers::shared(kind).create_database();
    migrated(&database.url()).await;
    let service = service(&database.url(), 1, 1).await;
    let space = Space::new("club", "container", "Club");
    service.add_space(&actor(), &space).await.unwrap();
    for number in 0..INVITES {
        let request = GenerateRequest::new("club", 1);
        let mut made = Collector(Vec::new());
        service.generate(&actor(), &request, &mut made).await.unwrap();
        let code = Reference::parse(made.0[0].code.reveal()).unwrap();
        let plan = service.plan_revoke(&actor(), Selection::Named(vec![code])).await.unwrap();
        let summary = service.revoke(&actor(), plan, &mut Collector(Vec::new())).await.unwrap();
        assert_eq!((summary.revoked, summary.failed), (1, 0), "{number}");
    }
    assert_eq!(
        database.admin("SELECT count(*) FROM invites WHERE closed_reason = 'revoked'").trim(),
        INVITES.to_string()
    );
}
