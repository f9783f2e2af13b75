//! Group commit, for an embedded engine: who waits for the turn to write is
//! served together with the others who do, in one transaction and one turn of the
//! engine's thread. A commit's flush, and the switches between threads, are then
//! paid once for all.
//!
//! Nobody is answered before the commit is. Where one of them fails, nothing of
//! the group is written, and each gets a transaction of its own.

use std::collections::{HashMap, VecDeque};
use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use sqlx::{AssertSqlSafe, SqlSafeStr as _, SqlStr};
use tokio::sync::{OwnedSemaphorePermit, oneshot};
use tracing::debug;

use super::dialect::{Statement, render};
use super::pool::Purpose;
use super::value::Value;
use super::{Arg, Db, Engine, Row, Session};
use crate::error::{Error, Result};

/// The most that are served together. Groups are of so many or half, a quarter
/// and so on, so that few statements are prepared.
const MOST: usize = 16;

/// What somebody's values are, and the instant that they are of.
pub(crate) type Made = (Vec<(&'static str, Arg)>, DateTime<Utc>);

/// Makes them when the turn to write has come, of the number of the change.
pub(crate) type Make = Box<dyn Fn(i64) -> Made + Send + Sync>;

/// Statements that many want to run, each with values of their own.
pub(super) struct GroupCommit {
    /// One of them gives one row; each fails where it does not do what it should.
    statements: Statement,
    waiting: Mutex<VecDeque<Waiting>>,
    last: AtomicU64,
    /// The text for a group of so many.
    texts: Mutex<HashMap<usize, Arc<str>>>,
}

struct Waiting {
    number: u64,
    make: Make,
    tell: oneshot::Sender<Done>,
}

/// The row, and the instant; none: nothing was written. An error is the engine's,
/// and no other way goes around it.
type Done = Result<Option<(Row, DateTime<Utc>)>>;

/// Somebody's values as the engine takes them.
struct Ready {
    sql: SqlStr,
    values: Vec<Value>,
    at: DateTime<Utc>,
}

impl GroupCommit {
    pub(super) fn new(statements: Statement) -> Self {
        GroupCommit { statements, waiting: Mutex::default(), last: AtomicU64::new(0), texts: Mutex::default() }
    }

    /// Runs the statements with somebody's values, alone or with those of others;
    /// none: nothing was written, and the same in the usual way tells why.
    ///
    /// Dropped, it may be done or not, as any commit.
    ///
    /// # Errors
    /// What the engine says where it cannot write at all.
    pub(super) async fn take_part(self: &Arc<Self>, db: &Db, make: Make) -> Done {
        let number = self.last.fetch_add(1, Ordering::Relaxed);
        let (tell, mut told) = oneshot::channel();
        self.waiting().push_back(Waiting { number, make, tell });
        loop {
            let turn = tokio::select! {
                biased;
                done = &mut told => return done.unwrap_or(Ok(None)),
                turn = db.turn_to_write() => turn,
            };
            if !self.lead(db, turn).await && self.withdraw(number) {
                return Ok(None);
            }
            if !self.waiting().iter().any(|one| one.number == number) {
                return told.await.unwrap_or(Ok(None));
            }
        }
    }

    /// Serves those who wait, on a task of its own: whoever leads may be dropped,
    /// and the others must not be. Answers whether there is a connection for it.
    async fn lead(self: &Arc<Self>, db: &Db, turn: Option<OwnedSemaphorePermit>) -> bool {
        let Ok(mut session) = db.session(Purpose::Write).await else { return false };
        session.keep(turn);
        let group = self.next_group();
        if !group.is_empty() {
            let (this, db) = (Arc::clone(self), db.clone());
            tokio::spawn(async move { this.serve(&db, session, group).await });
        }
        true
    }

    /// The next who wait; without those who went away.
    fn next_group(&self) -> Vec<Waiting> {
        let mut waiting = self.waiting();
        waiting.retain(|one| !one.tell.is_closed());
        let Some(doublings) = waiting.len().min(MOST).checked_ilog2() else { return Vec::new() };
        waiting.drain(..1 << doublings).collect()
    }

    /// Takes a wish back; answers false if somebody serves it already.
    fn withdraw(&self, number: u64) -> bool {
        let mut waiting = self.waiting();
        let before = waiting.len();
        waiting.retain(|one| one.number != number);
        waiting.len() < before
    }

    async fn serve(&self, db: &Db, mut session: Session, group: Vec<Waiting>) {
        if group.len() > 1
            && let Ok(done) = self.transact(db, &mut session, &group).await
        {
            debug!(members = done.len(), "group commit");
            for (one, done) in group.into_iter().zip(done) {
                let _ = one.tell.send(Ok(Some(done)));
            }
            return;
        }
        self.serve_each(db, session, group).await;
    }

    /// Each alone: one is no group, and a group that failed was rolled back.
    async fn serve_each(&self, db: &Db, mut session: Session, group: Vec<Waiting>) {
        for one in group {
            let done = if session.works() {
                let served = self.transact(db, &mut session, std::slice::from_ref(&one)).await;
                served.map_or_else(|error| not_done(&session, error), |mut done| Ok(done.pop()))
            } else {
                Ok(None)
            };
            let _ = one.tell.send(done);
        }
    }

    /// One transaction for all of these; where it fails, it is rolled back.
    async fn transact(&self, db: &Db, session: &mut Session, group: &[Waiting]) -> Result<Vec<(Row, DateTime<Utc>)>> {
        let mut ready: Vec<Ready> = Vec::with_capacity(group.len());
        for one in group {
            let (args, at) = (one.make)(db.next_step());
            let (sql, values) = render(Engine::Sqlite, &self.statements, &args);
            ready.push(Ready { sql, values, at });
        }
        let text = ready.first().map(|first| self.text(group.len(), first.sql.as_str(), first.values.len()));
        let Some(text) = text else { return Ok(Vec::new()) };
        let (values, instants): (Vec<Vec<Value>>, Vec<DateTime<Utc>>) =
            ready.into_iter().map(|one| (one.values, one.at)).unzip();
        let rows = session.transact_at_once(text, values.into_iter().flatten().collect()).await?;
        debug_assert_eq!(rows.len(), group.len());
        Ok(rows.into_iter().zip(instants).collect())
    }

    /// The text of a transaction for so many, made of the one for one, which
    /// binds so many values.
    fn text(&self, members: usize, single: &str, values: usize) -> SqlStr {
        let mut texts = self.texts.lock().unwrap_or_else(PoisonError::into_inner);
        let text = texts.entry(members).or_insert_with(|| {
            let each: String = (0..members).map(|member| shifted(single, member * values) + "; ").collect();
            format!("BEGIN IMMEDIATE; {each}COMMIT").into()
        });
        // Safe: every piece is a literal of this source, and values are bound.
        AssertSqlSafe(Arc::clone(text)).into_sql_str()
    }

    fn waiting(&self) -> MutexGuard<'_, VecDeque<Waiting>> {
        // A panic while a wish is put in or taken out leaves a list of wishes.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A statement that refuses leaves a connection that works: the reason is found in
/// the usual way. Anything else is the reason itself.
fn not_done(session: &Session, error: Error) -> Done {
    if session.works() { Ok(None) } else { Err(error) }
}

/// A text whose values are bound so many places further back: `$3` becomes `$5`.
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

    #[test]
    fn values_are_bound_further_back() {
        assert_eq!(shifted("a = $1, b = $12, $2;", 10), "a = $11, b = $22, $12;");
        assert_eq!(shifted("none", 3), "none");
        let group = GroupCommit::new("of one".into());
        assert_eq!(group.text(2, "a = $1, $2", 2).as_str(), "BEGIN IMMEDIATE; a = $1, $2; a = $3, $4; COMMIT");
    }
}
