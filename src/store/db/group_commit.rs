//! Group commit for `SQLite`. Callers that wait for their turn to write are served in one transaction
//! and one call to the driver's thread, so that the flush of the commit and the switches between
//! threads are paid once per group.
//!
//! - A caller joins the queue, and waits for its result or for the turn to write.
//! - The caller that gets the turn takes the first 1, 2, 4, 8 or 16 members of the queue. It may
//!   not be among them; then it waits again.
//! - A separate task commits the group, since the future of the leading caller may be dropped.
//! - No caller gets a result before the commit. If a member fails, the group is rolled back and
//!   each member gets a transaction of its own.

use std::collections::{HashMap, VecDeque};
use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use sqlx::{AssertSqlSafe, SqlSafeStr as _, SqlStr};
use tokio::sync::{OwnedSemaphorePermit, oneshot};
use tokio::time::Instant;
use tracing::debug;

use crate::error::{Error, Result};
use crate::store::db::connections::Connections;
use crate::store::db::options::Deadline;
use crate::store::db::pool::Purpose;
use crate::store::db::row::Row;
use crate::store::db::session::Session;
use crate::store::dialect::arg::Arg;
use crate::store::dialect::value::Value;
use crate::store::dialect::{self, Statement, render};
use crate::store::engine::Engine;
use crate::store::errors::{DbError, ErrorClass};

/// Maximum group size. Group sizes are powers of two, so that few statements are prepared.
const MAX_MEMBERS: usize = 16;

/// Age from which the guard of a use refuses an instant.
pub(crate) const MAX_AGE: Duration = Duration::from_millis(100);

/// The arguments of a member, and the instant that they refer to.
pub(crate) type MemberArgs = (Vec<(&'static str, Arg)>, DateTime<Utc>);

/// Creates the arguments of a member once the group has its turn to write; takes the number of the
/// transaction.
pub(crate) type ArgsOf = Box<dyn Fn(i64) -> MemberArgs + Send + Sync>;

/// A queue of callers that run the same statements, each with arguments of its own.
pub(crate) struct GroupCommit {
    /// One of the statements returns a row; each fails if it does not have the intended effect.
    statements: Statement,
    queue: Mutex<VecDeque<Member>>,
    last: AtomicU64,
    /// The text of the transaction by group size.
    texts: Mutex<HashMap<usize, Arc<str>>>,
}

struct Member {
    number: u64,
    args_of: ArgsOf,
    /// Time at which the member stops waiting for the file.
    until: Instant,
    result: oneshot::Sender<MemberResult>,
}

impl Member {
    /// Returns true if the caller was dropped.
    fn is_dropped(&self) -> bool {
        self.result.is_closed()
    }
}

/// The row and the instant of a member; `None` if nothing was written. An error means that the
/// engine cannot write at all.
type MemberResult = Result<Option<(Row, DateTime<Utc>)>>;

/// A member's statements, rendered for the engine.
struct RenderedMember {
    sql: SqlStr,
    values: Vec<Value>,
    at: DateTime<Utc>,
}

impl GroupCommit {
    pub(crate) fn new(statements: Statement) -> Self {
        GroupCommit { statements, queue: Mutex::default(), last: AtomicU64::new(0), texts: Mutex::default() }
    }

    /// Runs the statements with the arguments of a caller, alone or in a group. Returns `None` if
    /// nothing was committed; the caller then runs them in a transaction of its own, which finds
    /// the reason. (During a shutdown of the runtime the group may be committed all the same; that
    /// transaction then finds the change.)
    ///
    /// If the future is dropped, the statements may be committed or not.
    ///
    /// # Errors
    /// The error of the engine if it cannot write at all.
    pub(crate) async fn run(self: &Arc<Self>, connections: &Connections, args_of: ArgsOf) -> MemberResult {
        let (result, mut received) = oneshot::channel();
        let until = connections.retry().until();
        let place = self.join_queue(args_of, until, result);
        loop {
            let turn = tokio::select! {
                biased;
                done = &mut received => return done.unwrap_or(Ok(None)),
                turn = connections.turn_to_write(until) => turn,
            };
            if !self.lead(connections, turn).await && place.leave() {
                return Ok(None);
            }
            if !place.is_queued() {
                return received.await.unwrap_or(Ok(None));
            }
        }
    }

    fn join_queue(&self, args_of: ArgsOf, until: Instant, result: oneshot::Sender<MemberResult>) -> QueuePlace<'_> {
        let number = self.last.fetch_add(1, Ordering::Relaxed);
        self.queue().push_back(Member { number, args_of, until, result });
        QueuePlace { group: self, number }
    }

    /// Serves the next group in a separate task, which continues if the leading caller is dropped.
    /// Returns false if there is no connection.
    async fn lead(self: &Arc<Self>, connections: &Connections, turn: Option<OwnedSemaphorePermit>) -> bool {
        let Ok(mut session) = connections.session(Purpose::Write, Deadline::moving(connections.timeouts())).await
        else {
            return false;
        };
        session.hold_turn(turn);
        let group = self.next_group();
        if !group.is_empty() {
            let (this, connections) = (Arc::clone(self), connections.clone());
            tokio::spawn(async move { this.serve(&connections, session, group).await });
        }
        true
    }

    /// Takes the next group from the queue.
    fn next_group(&self) -> Vec<Member> {
        let mut queue = self.queue();
        let Some(doublings) = queue.len().min(MAX_MEMBERS).checked_ilog2() else { return Vec::new() };
        queue.drain(..1 << doublings).collect()
    }

    async fn serve(&self, connections: &Connections, mut session: Session, group: Vec<Member>) {
        let done = match self.transact_with_retries(connections, &mut session, &group).await {
            Ok(done) => done.into_iter().map(|one| Ok(Some(one))).collect(),
            Err(error) if !session.is_usable() || matches!(error, Error::Unavailable(_)) => {
                group.iter().map(|_| Err(error.clone())).collect()
            }
            Err(_) if group.len() > 1 => self.serve_each(connections, &mut session, &group).await,
            Err(_) => vec![Ok(None)],
        };
        // Dropped before the callers get their results: they may close the database next.
        drop(session);
        for (one, done) in group.into_iter().zip(done) {
            let _ = one.result.send(done);
        }
    }

    /// Runs each member in a transaction of its own, after the group was rolled back.
    async fn serve_each(
        &self,
        connections: &Connections,
        session: &mut Session,
        group: &[Member],
    ) -> Vec<MemberResult> {
        let mut all = Vec::with_capacity(group.len());
        for one in group {
            // The remaining members retry by themselves.
            if one.is_dropped() || !session.is_usable() {
                all.push(Ok(None));
                continue;
            }
            all.push(match self.transact_with_retries(connections, session, std::slice::from_ref(one)).await {
                Ok(mut done) => Ok(done.pop()),
                Err(error) if !session.is_usable() => Err(error),
                Err(_) => Ok(None),
            });
        }
        all
    }

    /// Runs one transaction for the group, retrying while another process locks the file, and once
    /// more if the wait made the instants of the members too old.
    async fn transact_with_retries(
        &self,
        connections: &Connections,
        session: &mut Session,
        group: &[Member],
    ) -> Result<Vec<(Row, DateTime<Utc>)>> {
        let until = group.iter().map(|one| one.until).min().unwrap_or_else(Instant::now);
        let mut retry = connections.retry();
        let (mut begun, mut done) = (Instant::now(), self.transact(connections, session, group).await);
        while let Err(error @ Error::Unavailable(_)) = done {
            let failure = DbError { class: ErrorClass::Blocked, error };
            if Instant::now() >= until || !session.is_usable() {
                return Err(failure.error);
            }
            // A use whose caller was dropped must not be stored: run each use alone.
            if group.iter().any(Member::is_dropped) {
                return Err(Error::database("a waiting caller was dropped"));
            }
            retry.pause(failure).await?;
            (begun, done) = (Instant::now(), self.transact(connections, session, group).await);
        }
        let is_too_late = begun.elapsed() >= MAX_AGE && session.is_usable();
        // A use whose caller was dropped must not be stored.
        if done.is_err() && is_too_late && !group.iter().any(Member::is_dropped) {
            return self.transact(connections, session, group).await;
        }
        done
    }

    /// Runs one transaction for the group, and rolls it back if a statement fails.
    async fn transact(
        &self,
        connections: &Connections,
        session: &mut Session,
        group: &[Member],
    ) -> Result<Vec<(Row, DateTime<Utc>)>> {
        let mut ready: Vec<RenderedMember> = Vec::with_capacity(group.len());
        for one in group {
            let (args, at) = (one.args_of)(connections.next_step());
            let (sql, values) =
                render(Engine::Sqlite, &connections.pool().options().row_sources, &self.statements, &args)?;
            ready.push(RenderedMember { sql, values, at });
        }
        let Some(first) = ready.first() else { return Ok(Vec::new()) };
        let text = self.text(group.len(), first.sql.as_str(), first.values.len());
        // The statements that begin and commit the transaction count too.
        let statements = group.len() * (first.sql.as_str().matches("; ").count() + 1) + 2;
        let (values, instants): (Vec<Vec<Value>>, Vec<DateTime<Utc>>) =
            ready.into_iter().map(|one| (one.values, one.at)).unzip();
        let values = values.into_iter().flatten().collect();
        let rows = session.transact_in_one_call(text, values, statements).await?;
        debug!(members = group.len(), "group commit");
        debug_assert_eq!(rows.len(), group.len());
        Ok(rows.into_iter().zip(instants).collect())
    }

    /// Returns the text of the transaction for a group, built from the text for a single member and
    /// its number of values.
    fn text(&self, members: usize, single: &str, values: usize) -> SqlStr {
        let mut texts = self.texts.lock().unwrap_or_else(PoisonError::into_inner);
        let text = texts.entry(members).or_insert_with(|| {
            let each: String = (0..members).map(|member| shifted(single, member * values) + "; ").collect();
            format!("{}; {each}{}", dialect::begin(Engine::Sqlite), dialect::commit(Engine::Sqlite)).into()
        });
        // Safe: every piece is a literal of this source, and values are bound.
        AssertSqlSafe(Arc::clone(text)).into_sql_str()
    }

    #[cfg(test)]
    pub(crate) fn sizes(&self) -> Vec<usize> {
        self.texts.lock().unwrap_or_else(PoisonError::into_inner).keys().copied().collect()
    }

    fn queue(&self) -> MutexGuard<'_, VecDeque<Member>> {
        // A panic cannot leave the queue in an inconsistent state.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A member's place in the queue; leaves the queue when dropped.
struct QueuePlace<'g> {
    group: &'g GroupCommit,
    number: u64,
}

impl QueuePlace<'_> {
    /// Returns true if the member is still in the queue.
    fn is_queued(&self) -> bool {
        self.group.queue().iter().any(|one| one.number == self.number)
    }

    /// Leaves the queue; returns false if the member is being served.
    fn leave(&self) -> bool {
        let mut queue = self.group.queue();
        let before = queue.len();
        queue.retain(|one| one.number != self.number);
        queue.len() < before
    }
}

impl Drop for QueuePlace<'_> {
    fn drop(&mut self) {
        self.leave();
    }
}

/// Shifts the placeholders of a text: by 2, `$3` becomes `$5`.
fn shifted(text: &str, by: usize) -> String {
    let mut shifted = String::with_capacity(text.len() + 64);
    let mut pieces = text.split('$');
    shifted.push_str(pieces.next().unwrap_or_default());
    for piece in pieces {
        let digits = piece.find(|c: char| !c.is_ascii_digit()).unwrap_or(piece.len());
        let place: usize = piece[..digits].parse().unwrap_or_else(|_| unreachable!("a $ without a number: {text}"));
        let _ = write!(shifted, "${}{}", place + by, &piece[digits..]);
    }
    shifted
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::dialect::sql;

    #[test]
    fn placeholders_are_shifted_for_each_member() {
        assert_eq!(shifted("a = $1, b = $12, $2;", 10), "a = $11, b = $22, $12;");
        assert_eq!(shifted("none", 3), "none");
        let group = GroupCommit::new(sql!("SELECT 1").into());
        assert_eq!(group.text(2, "a = $1, $2", 2).as_str(), "BEGIN IMMEDIATE; a = $1, $2; a = $3, $4; COMMIT");
    }
}
