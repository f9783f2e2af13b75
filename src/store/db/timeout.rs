//! Waiting for what a server answers, looking into a wait that lasts, and giving
//! up on one without an end.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;

use sqlx::Error as SqlxError;
use tokio::time::{Instant, sleep_until, timeout_at};
use tracing::info;

use crate::error::Error;
use crate::store::db::activity::Sight;
use crate::store::db::options::{Deadline, WaitNotice, Waiting, later};
use crate::store::db::pool::Pool;
use crate::store::engine::Engine;
use crate::store::errors::{Fault, Verdict, held};
use crate::store::location::Target;

/// Why there is no answer.
pub(crate) enum NoAnswer {
    /// The engine failed.
    Failed(SqlxError),
    /// It did not come in time; what the server was last seen to do.
    TimedOut(Sight),
    /// The host accepts no connections any more, and there are others.
    HostGone,
}

/// The answer of an engine, or why there is none.
pub(crate) async fn answered<T>(
    watch: &Watch,
    running: impl Future<Output = Result<T, SqlxError>>,
) -> Result<T, NoAnswer> {
    if watch.pool.target().engine() == Engine::Sqlite {
        return running.await.map_err(NoAnswer::Failed);
    }
    let mut running = pin!(running);
    tokio::select! {
        biased;
        answer = &mut running => return answer.map_err(NoAnswer::Failed),
        () = sleep_until(watch.first_look()) => {}
    }
    // Few waits come this far: what is needed for them is not carried by all.
    tokio::select! {
        biased;
        answer = running => answer.map_err(NoAnswer::Failed),
        why = Box::pin(watch.given_up()) => Err(why),
    }
}

/// Watches a host that owes an answer.
#[derive(Clone)]
pub(crate) struct Watch {
    pub(crate) pool: Arc<Pool>,
    pub(crate) host: usize,
    /// The number of the connection at its server.
    pub(crate) server_id: i64,
    pub(crate) deadline: Deadline,
}

impl Watch {
    /// When the wait is to be looked into.
    pub(crate) fn first_look(&self) -> Instant {
        let timeouts = self.pool.timeouts();
        let span = if self.pool.listener().is_some() { timeouts.first_look() } else { timeouts.next_look() };
        later(span).min(self.deadline.at)
    }

    /// Returns when the answer is not worth waiting for any more: the deadline
    /// passed, or the host is gone and others may answer.
    ///
    /// A wait that lasts is looked into from a second connection: a host that
    /// stands still, or that no route leads to, gives no other sign.
    pub(crate) async fn given_up(&self) -> NoAnswer {
        self.clone().looked_into(false).await
    }

    /// Returns when nothing was seen at work for the whole timeout: each look that
    /// shows the server running the statement, or waiting for a lock for it, begins
    /// the timeout again.
    pub(crate) async fn left_alone(self) -> NoAnswer {
        self.looked_into(true).await
    }

    async fn looked_into(mut self, work_extends: bool) -> NoAnswer {
        let timeouts = self.pool.timeouts();
        let pool = Arc::clone(&self.pool);
        let mut seen = Sight::Unknown;
        let mut notice = Notice { pool: &pool, told: None };
        loop {
            let until = self.deadline.at;
            if Instant::now() >= until {
                return NoAnswer::TimedOut(seen);
            }
            match timeout_at(until, self.pool.look_at(self.host, self.server_id)).await {
                Err(_) => return NoAnswer::TimedOut(seen),
                Ok(Sight::HostGone) => return NoAnswer::HostGone,
                Ok(Sight::Unknown) => {}
                Ok(sight) => {
                    if work_extends && matches!(sight, Sight::Running | Sight::Locked(_)) {
                        self.deadline.extend();
                    }
                    seen = sight;
                }
            }
            notice.tell(match &seen {
                Sight::Locked(what) => Waiting::Lock(what.clone()),
                _ => Waiting::Answer(self.pool.target().to_string()),
            });
            sleep_until(later(timeouts.next_look()).min(self.deadline.at)).await;
        }
    }
}

/// What the listener was told, until the wait is over.
struct Notice<'p> {
    pool: &'p Pool,
    told: Option<(Waiting, Option<WaitNotice>)>,
}

impl Notice<'_> {
    fn tell(&mut self, waiting: Waiting) {
        if self.told.as_ref().is_none_or(|(told, _)| *told != waiting) {
            info!(%waiting, "waiting");
            let notice = WaitNotice::begin(self.pool.listener(), &waiting);
            // The new notice first: the listener shows one wait after the other.
            if let Some((_, Some(before))) = self.told.replace((waiting, notice)) {
                before.replaced();
            }
        }
    }
}

/// The failure of a wait whose end did not come.
pub(crate) fn timed_out(target: &Target, seen: &Sight) -> Fault {
    if let (Sight::Locked(what), Target::Server(server)) = (seen, target) {
        let Fault { verdict, error } = held(server);
        return Fault { verdict, error: error.with_source(format!("waited for a lock on {what}")) };
    }
    unanswered(target)
}

/// The failure of a server that does not respond.
pub(crate) fn unanswered(target: &Target) -> Fault {
    let error = Error::unavailable(format!("{target} stopped answering"))
        .with_hint("check the server, then run the same command again");
    Fault { verdict: Verdict::Lost, error }
}
