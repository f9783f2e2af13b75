//! Waiting for the answer of a server, inspecting a long wait, and giving up.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;

use sqlx::Error as SqlxError;
use tokio::time::{Instant, sleep_until, timeout_at};
use tracing::info;

use crate::error::Error;
use crate::store::db::activity::SessionActivity;
use crate::store::db::options::{Deadline, WaitNotice, Waiting, later};
use crate::store::db::pool::Pool;
use crate::store::engine::Engine;
use crate::store::errors::{DbError, ErrorClass, lock_held};
use crate::store::location::Location;

/// The reason why a statement got no answer.
pub(crate) enum NoAnswer {
    /// The engine failed.
    Failed(SqlxError),
    /// The answer did not arrive in time; holds the activity that the server last reported.
    TimedOut(SessionActivity),
    /// The host accepts no connections any more, and the database has other hosts.
    HostGone,
}

/// Awaits the result of a statement until the deadline passes or the host is gone.
pub(crate) async fn await_answer<T>(
    watch: &Watch,
    running: impl Future<Output = Result<T, SqlxError>>,
) -> Result<T, NoAnswer> {
    if watch.pool.location().engine() == Engine::Sqlite {
        return running.await.map_err(NoAnswer::Failed);
    }
    let mut running = pin!(running);
    tokio::select! {
        biased;
        answer = &mut running => return answer.map_err(NoAnswer::Failed),
        () = sleep_until(watch.first_inspection()) => {}
    }
    // Boxed, because few waits get this far.
    tokio::select! {
        biased;
        answer = running => answer.map_err(NoAnswer::Failed),
        why = Box::pin(watch.give_up()) => Err(why),
    }
}

/// The wait for an answer of a host.
#[derive(Clone)]
pub(crate) struct Watch {
    pub(crate) pool: Arc<Pool>,
    pub(crate) host: usize,
    /// True for a connection that a caller lent, whose session at the server cannot be inspected.
    pub(crate) is_lent: bool,
    /// ID of the connection at the server.
    pub(crate) server_id: i64,
    pub(crate) deadline: Deadline,
}

impl Watch {
    /// Returns the time at which the wait is inspected for the first time.
    pub(crate) fn first_inspection(&self) -> Instant {
        let timeouts = self.pool.timeouts();
        let span = if self.pool.options().listener.is_some() {
            timeouts.first_inspection()
        } else {
            timeouts.next_inspection()
        };
        later(span).min(self.deadline.at)
    }

    /// Completes when the wait must be given up: the deadline passed, or the host is gone and others may answer.
    ///
    /// A long wait is inspected from a second connection. A frozen host, or one that has become
    /// unreachable, shows no other sign.
    pub(crate) async fn give_up(&self) -> NoAnswer {
        self.clone().inspect_until(false).await
    }

    /// Completes when no activity was seen for the whole timeout. Each inspection that shows the
    /// server running the statement, or waiting for a lock, restarts the timeout.
    pub(crate) async fn without_activity(self) -> NoAnswer {
        self.inspect_until(true).await
    }

    async fn inspect_until(mut self, work_extends: bool) -> NoAnswer {
        if self.is_lent {
            sleep_until(self.deadline.at).await;
            return NoAnswer::TimedOut(SessionActivity::Unknown);
        }
        let timeouts = self.pool.timeouts();
        let pool = Arc::clone(&self.pool);
        let mut activity = SessionActivity::Unknown;
        let mut notice = Notice { pool: &pool, last: None };
        loop {
            let until = self.deadline.at;
            if Instant::now() >= until {
                return NoAnswer::TimedOut(activity);
            }
            match timeout_at(until, self.pool.inspect(self.host, self.server_id)).await {
                Err(_) => return NoAnswer::TimedOut(activity),
                Ok(SessionActivity::HostGone) => return NoAnswer::HostGone,
                Ok(SessionActivity::Unknown) => {}
                Ok(reported) => {
                    if work_extends && matches!(reported, SessionActivity::Running | SessionActivity::WaitingForLock(_))
                    {
                        self.deadline.extend();
                    }
                    activity = reported;
                }
            }
            notice.update(match &activity {
                SessionActivity::WaitingForLock(what) => Waiting::Lock(what.clone()),
                _ => Waiting::Answer(self.pool.location().to_string()),
            });
            sleep_until(later(timeouts.next_inspection()).min(self.deadline.at)).await;
        }
    }
}

/// The notice that the listener got last.
struct Notice<'p> {
    pool: &'p Pool,
    last: Option<(Waiting, Option<WaitNotice>)>,
}

impl Notice<'_> {
    fn update(&mut self, waiting: Waiting) {
        if self.last.as_ref().is_none_or(|(last, _)| *last != waiting) {
            info!(%waiting, "waiting");
            let notice = WaitNotice::begin(self.pool.options().listener.as_ref(), &waiting);
            // The new notice is created first, so that the listener sees no gap between two waits.
            if let Some((_, Some(before))) = self.last.replace((waiting, notice)) {
                before.suppress();
            }
        }
    }
}

/// Returns the error of a wait that timed out.
pub(crate) fn timed_out(location: &Location, activity: &SessionActivity) -> DbError {
    if let (SessionActivity::WaitingForLock(what), Location::Server(server)) = (activity, location) {
        let DbError { class, error } = lock_held(server);
        return DbError { class, error: error.with_source(format!("waited for a lock on {what}")) };
    }
    unanswered(location)
}

/// Returns the error for a statement in a caller's transaction that was not answered in time, for
/// example because it waits for a lock. The caller can run the transaction again.
pub(crate) fn no_answer_to_caller(location: &Location) -> DbError {
    DbError { class: ErrorClass::Blocked, ..unanswered(location) }
}

/// Returns the error for a server that does not respond.
pub(crate) fn unanswered(location: &Location) -> DbError {
    let error = Error::unavailable(format!("{location} stopped answering"))
        .with_hint("check the server, then run the same command again");
    DbError { class: ErrorClass::Disconnected, error }
}
