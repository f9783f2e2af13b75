//! Two servers in one URL: when the writable server changes, a long-lived process reads from the
//! new one.

use std::time::{Duration, Instant};

use invite::Service;
use invite::duration::parse_duration;
use invite::invites::extend::ExtendRequest;
use invite::invites::generate::Expiry;
use invite::invites::revoke::Selection;
use invite::invites::validate::ValidateRequest;
use invite::model::reference::Reference;
use invite::{Error, Reason};
use servers::{Kind, Server};
use tokio::task::spawn_blocking;

use crate::failover::wait_for_count;
use crate::load::{Collector, actor, make_codes, migrated, service};

mysql_family! {
    reads_leave_server_set_to_read_only,
}

async fn denials(service: &Service, code: &Reference) -> Result<Vec<Reason>, Error> {
    let request = ValidateRequest::new(code.clone());
    Ok(service.validate(&actor(), &request).await?.denials.iter().map(invite::Denial::reason).collect())
}

async fn take_back(service: &Service, code: &Reference) {
    let selection = Selection::Named(vec![code.clone()]);
    let plan = service.plan_revoke(&actor(), selection).await.unwrap();
    service.revoke(&actor(), plan, &mut Collector(Vec::new())).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: sh tests/run.sh"]
async fn reads_return_to_recovered_primary() {
    let primary = Server::durable_postgres();
    let database = primary.create_database();
    let name = database.name().to_owned();
    migrated(&database.url()).await;
    let standby = primary.standby();
    let code = make_codes(&service(&database.url(), 1, 1).await, 1, 1).await.hot;
    let backend = service(&primary.url_before(&standby, &name), 3, 2).await;
    assert_eq!(denials(&backend, &code).await.unwrap(), []);

    wait_for_count(&standby, &name, "SELECT count(*) FROM invites", 2);
    primary.kill9();
    assert_eq!(denials(&backend, &code).await.unwrap(), [], "the standby can be read");
    // The primary recovers; the standby does not replay its commits.
    standby.admin("SELECT pg_wal_replay_pause()");
    spawn_blocking({
        let primary = primary.clone();
        move || primary.start()
    })
    .await
    .unwrap();
    take_back(&service(&database.url(), 1, 3).await, &code).await;
    for _ in 0..3 {
        assert_eq!(denials(&backend, &code).await.unwrap(), [Reason::Revoked]);
    }
}

/// Both servers accept writes and have different codes.
#[expect(clippy::disallowed_methods, reason = "measures the delay of reads")]
async fn reads_leave_server_set_to_read_only(kind: Kind) {
    let [first, second] = [(); 2].map(|()| Server::durable(kind));
    let database = first.create_database();
    let name = database.name().to_owned();
    second.admin(&format!("CREATE DATABASE {name}"));
    migrated(&database.url()).await;
    migrated(&second.url(&name)).await;
    let code = make_codes(&service(&database.url(), 1, 1).await, 1, 1).await.hot;
    let newer = make_codes(&service(&second.url(&name), 1, 5).await, 1, 1).await.hot;
    let url = first.url_before(&second, &name);
    let (writer, backend) = (service(&url, 3, 4).await, service(&url, 3, 2).await);
    assert_eq!(denials(&backend, &code).await.unwrap(), []);

    let request = ExtendRequest::new(newer).expiry(Expiry::In(parse_duration("9d").unwrap()));
    let extended = async || writer.extend(&actor(), &request).await.map(|_| ()).map_err(|error| error.reason());
    assert_eq!(extended().await, Err(Reason::NotFound));
    first.admin("SET GLOBAL read_only = 1");
    // Reads that decide about a write use the server of the write.
    assert_eq!(extended().await, Ok(()), "{kind:?}");
    let began = Instant::now();
    // Requests continue, so that no connection is idle.
    while denials(&backend, &code).await.is_ok() {
        assert!(began.elapsed() < Duration::from_secs(5), "{kind:?} is readable and refuses writes");
    }
    assert_eq!(denials(&backend, &code).await.unwrap_err().reason(), Reason::NotFound);
}
