//! Actions that keep the tables small.

use crate::client::Client;
use crate::invites::cleanup::{CleanupAction, CleanupObserver, CleanupRequest};
use crate::limits::{LimitFilter, LimitSubject};
use crate::plans::data;
use crate::plans::drive::fixtures::{operator, step};
use crate::service::Service;

/// An observer that drops what it is given to archive.
#[derive(Default)]
struct Archive {
    /// True to stop after the first batch.
    stops: bool,
    has_seen: bool,
}

impl CleanupObserver for Archive {
    fn archives(&self) -> bool {
        true
    }
    fn advance(&mut self, _what: CleanupAction, _by: u64) {
        self.has_seen = true;
    }
    fn stop_requested(&self) -> bool {
        self.stops && self.has_seen
    }
}

pub(crate) async fn all(service: &Service) {
    for (name, include_used, batch_size) in
        [("cleanup in batches", false, Some(100)), ("cleanup", false, None), ("cleanup --include-used", true, None)]
    {
        step(name);
        let purge_after = Some(chrono::TimeDelta::days(345));
        let request = CleanupRequest { purge_after, include_used, batch_size, max_duration: None };
        let plan = service.plan_cleanup(&request).await.unwrap();
        assert!(plan.purgeable() > 5, "{}", plan.purgeable());
        let mut archive = Archive { stops: batch_size.is_some(), has_seen: false };
        let summary = service.cleanup(&operator(), &request, plan, &mut archive).await.unwrap();
        assert_eq!(summary.interrupted, archive.stops);
    }
    for (name, who, reset) in [
        ("limits reset of a client", Some(LimitSubject::Client(Client::parse("c000008").unwrap())), 1),
        ("limits reset", None, data::ROWS / 2),
    ] {
        step(name);
        let filter = LimitFilter { policy: Some("director".into()), subject: who };
        assert!(service.reset_limits(&operator(), &filter).await.unwrap() >= reset.unsigned_abs());
    }
}
