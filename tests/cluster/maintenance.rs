//! Concurrent maintenance on two nodes: each row is processed by one of them.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use invite::Service;
use invite::invites::cleanup::{CleanupObserver, CleanupRequest, CleanupSummary};

use crate::fixture::{Fixture, close, exclusive};
use crate::load::{actor, fill, import, make_codes, work};
use crate::soak;

const SPACES: usize = 5_000;

/// Duration of the load during a shorter purge.
const LOAD_DURATION: Duration = Duration::from_secs(2);

/// An observer that never requests a stop.
struct Silent;

impl CleanupObserver for Silent {}

async fn clean(service: &Service, purge_after: Option<TimeDelta>) -> CleanupSummary {
    let request = CleanupRequest::new().purge_after(purge_after);
    let plan = service.plan_cleanup(&request).await.unwrap();
    service.cleanup(&actor(), &request, plan, &mut Silent).await.unwrap()
}

/// Creates a fixture whose spaces got codes from two nodes concurrently.
async fn filled() -> (Fixture, Vec<Arc<Service>>) {
    let fixture = Fixture::shared().await;
    let services = fixture.services(3, 4).await;
    import(&services[0], SPACES).await;
    let (first, second) = tokio::join!(fill(&services[1]), fill(&services[2]));
    assert_eq!(first + second, SPACES as u64, "{first} and {second}");
    let live = "SELECT count(*), count(DISTINCT i.space_id), count(DISTINCT i.slot) \
         FROM invites AS i JOIN invite_overview AS o ON o.id = i.id WHERE o.status = 'active'";
    assert_eq!(fixture.ask_all(live), format!("{SPACES}\t{SPACES}\t{SPACES}"));
    let counted = "SELECT sum(changed), sum(failed) FROM invite_operations WHERE command = 'backfill'";
    assert_eq!(fixture.ask_all(counted), format!("{SPACES}\t0"));
    soak::report(&format!(
        "Galera: 2 concurrent backfills of {SPACES} spaces: {first} + {second}, one active code each"
    ));
    (fixture, services)
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Galera: sh tests/run.sh"]
async fn concurrent_cleanups_on_two_nodes_process_each_row_once() {
    let _quiet = exclusive().await;
    let (fixture, services) = Box::pin(filled()).await;

    fixture.ask(1, "UPDATE invites SET expires_at = utc_timestamp(6) - INTERVAL 1 HOUR");
    let (first, second) = tokio::join!(clean(&services[0], None), clean(&services[1], None));
    assert_eq!(first.expired + second.expired, SPACES as u64, "{first:?} and {second:?}");
    let closed = "SELECT count(*) FROM invites WHERE closed_reason = 'expired' AND slot IS NULL";
    assert_eq!(fixture.ask_all(closed), SPACES.to_string());
    soak::report(&format!(
        "Galera: 2 concurrent cleanups of {SPACES} expired invites: {} + {} closed",
        first.expired, second.expired
    ));

    fixture.ask(2, "UPDATE invites SET closed_at = closed_at - INTERVAL 100 DAY");
    let codes = make_codes(&services[2], 1_000_000, 500).await;
    let load = work(&services, 9, &codes, LOAD_DURATION);
    let month = Some(TimeDelta::days(30));
    let (outcomes, first, second) = tokio::join!(load, clean(&services[1], month), clean(&services[2], month));
    assert_eq!(first.purged + second.purged, SPACES as u64, "{first:?} and {second:?}");
    assert_eq!((fixture.check_consistency(&outcomes), outcomes.unavailable), (outcomes.accepted.len(), 0));
    assert_eq!(fixture.ask_all("SELECT count(*) FROM invites"), "501");
    soak::report(&format!(
        "Galera: 2 concurrent purges of {SPACES} invites during uses by 9 workers: {} + {} deleted, {} uses = ledger rows, \
         longest answer {:?}",
        first.purged,
        second.purged,
        outcomes.accepted.len(),
        outcomes.longest
    ));
    close(services).await;
}
