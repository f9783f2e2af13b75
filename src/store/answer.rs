//! Waiting for what a server answers, and giving up on one that does not.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use sqlx::Error as SqlxError;
use tokio::time::{Instant, sleep};

use super::failure::{Fault, Verdict};
use super::pool::Pool;
use super::{Engine, Target};
use crate::error::Error;

/// How long a server may take for one statement: far more than any needs, so
/// that one that answers no more is noticed at all.
pub(super) const ANSWER_TIMEOUT: Duration = Duration::from_mins(2);

/// How long an answer is waited for until the host is looked at: one that stands
/// still, or that no way leads to, gives no sign.
const LOOK_EVERY: Duration = Duration::from_secs(10);

/// The answer of an engine; none: it did not come in time.
pub(super) async fn answered<T>(
    watch: Watch,
    running: impl Future<Output = Result<T, SqlxError>>,
) -> Result<T, Option<SqlxError>> {
    if watch.pool.target().engine() == Engine::Sqlite {
        return running.await.map_err(Some);
    }
    tokio::select! {
        biased;
        answer = running => answer.map_err(Some),
        () = watch.is_given_up() => Err(None),
    }
}

/// Watches a host that owes an answer.
pub(super) struct Watch {
    pub(super) pool: Arc<Pool>,
    pub(super) host: usize,
}

impl Watch {
    /// Comes back when the answer is not to be waited for any more: it takes
    /// longer than any should, or the host answers nobody and others may.
    async fn is_given_up(&self) {
        let until = Instant::now() + ANSWER_TIMEOUT;
        while Instant::now() < until {
            sleep(LOOK_EVERY).await;
            if self.pool.is_gone(self.host).await {
                return;
            }
        }
    }
}

/// The failure of a server that gives no sign.
pub(super) fn unanswered(target: &Target) -> Fault {
    let error = Error::unavailable(format!("{target} does not answer any more"))
        .hint("look at the server, and run the same command again");
    Fault { verdict: Verdict::Lost, error }
}
