//! Group commit, for an embedded engine: who waits for the turn to write is
//! served together with the others who do, in one transaction and one turn of the
//! engine's thread. A commit's flush, and the switches between threads, are then
//! paid once for all.
//!
//! - Each takes a place in the queue, and waits for an answer or for the turn.
//! - Who gets the turn takes the first 1, 2, 4, 8 or 16 of the queue, perhaps
//!   without itself, which then waits again.
//! - A task of its own commits them, for who leads may be dropped.
//! - Nobody is answered before the commit is. Where one of them fails, nothing of
//!   the group is written, and each gets a transaction of its own.

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
use crate::store::db::database::Db;
use crate::store::db::options::Deadline;
use crate::store::db::pool::Purpose;
use crate::store::db::row::{Arg, Row};
use crate::store::db::session::Session;
use crate::store::dialect::value::Value;
use crate::store::dialect::{self, Statement, render};
use crate::store::engine::Engine;
use crate::store::errors::{Fault, Verdict};

/// The most that are served together. Groups are of so many or half, a quarter
/// and so on, so that few statements are prepared.
const MOST: usize = 16;

/// From when an instant is too old for the guard of a use.
pub(crate) const TOO_OLD: Duration = Duration::from_millis(100);

/// What somebody's values are, and the instant that they are of.
pub(crate) type Made = (Vec<(&'static str, Arg)>, DateTime<Utc>);

/// Makes them when the turn to write has come, of the number of the change.
pub(crate) type Make = Box<dyn Fn(i64) -> Made + Send + Sync>;

/// Statements that many want to run, each with values of their own.
pub(crate) struct GroupCommit {
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
    /// How long it waits for the file.
    until: Instant,
    tell: oneshot::Sender<Done>,
}

impl Waiting {
    /// Whether nobody waits any more.
    fn is_gone(&self) -> bool {
        self.tell.is_closed()
    }
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
    pub(crate) fn new(statements: Statement) -> Self {
        GroupCommit { statements, waiting: Mutex::default(), last: AtomicU64::new(0), texts: Mutex::default() }
    }

    /// Runs the statements with somebody's values, alone or with those of others;
    /// none: it was not done, and the same in the usual way tells why. (Where the
    /// runtime shuts down, it may be done all the same; the usual way sees that.)
    ///
    /// Dropped, it may be done or not, as any commit.
    ///
    /// # Errors
    /// What the engine says where it cannot write at all.
    pub(crate) async fn take_part(self: &Arc<Self>, db: &Db, make: Make) -> Done {
        let (tell, mut told) = oneshot::channel();
        let until = db.retry().until();
        let place = self.line_up(make, until, tell);
        loop {
            let turn = tokio::select! {
                biased;
                done = &mut told => return done.unwrap_or(Ok(None)),
                turn = db.turn_to_write(until) => turn,
            };
            if !self.lead(db, turn).await && place.leave() {
                return Ok(None);
            }
            if !place.is_kept() {
                return told.await.unwrap_or(Ok(None));
            }
        }
    }

    fn line_up(&self, make: Make, until: Instant, tell: oneshot::Sender<Done>) -> Place<'_> {
        let number = self.last.fetch_add(1, Ordering::Relaxed);
        self.waiting().push_back(Waiting { number, make, until, tell });
        Place { group: self, number }
    }

    /// Serves those who wait, on a task of its own: whoever leads may be dropped,
    /// and the others must not be. Answers whether there is a connection for it.
    async fn lead(self: &Arc<Self>, db: &Db, turn: Option<OwnedSemaphorePermit>) -> bool {
        let Ok(mut session) = db.session(Purpose::Write, Deadline::moving(db.timeouts())).await else { return false };
        session.keep(turn);
        let group = self.next_group();
        if !group.is_empty() {
            let (this, db) = (Arc::clone(self), db.clone());
            tokio::spawn(async move { this.serve(&db, session, group).await });
        }
        true
    }

    /// The next who wait.
    fn next_group(&self) -> Vec<Waiting> {
        let mut waiting = self.waiting();
        let Some(doublings) = waiting.len().min(MOST).checked_ilog2() else { return Vec::new() };
        waiting.drain(..1 << doublings).collect()
    }

    async fn serve(&self, db: &Db, mut session: Session, group: Vec<Waiting>) {
        let done = match self.transact_in_time(db, &mut session, &group).await {
            Ok(done) => done.into_iter().map(|one| Ok(Some(one))).collect(),
            Err(error) if !session.works() || matches!(error, Error::Unavailable(_)) => {
                group.iter().map(|_| Err(error.shallow_clone())).collect()
            }
            Err(_) if group.len() > 1 => self.serve_each(db, &mut session, &group).await,
            Err(_) => vec![Ok(None)],
        };
        // Before anybody is told: they may close the database next.
        drop(session);
        for (one, done) in group.into_iter().zip(done) {
            let _ = one.tell.send(done);
        }
    }

    /// After the group was rolled back: each alone.
    async fn serve_each(&self, db: &Db, session: &mut Session, group: &[Waiting]) -> Vec<Done> {
        let mut all = Vec::with_capacity(group.len());
        for one in group {
            // Whoever is left goes the usual way.
            if one.is_gone() || !session.works() {
                all.push(Ok(None));
                continue;
            }
            all.push(match self.transact_in_time(db, session, std::slice::from_ref(one)).await {
                Ok(mut done) => Ok(done.pop()),
                Err(error) if !session.works() => Err(error),
                Err(_) => Ok(None),
            });
        }
        all
    }

    /// One transaction for all of these: again while another process has the file,
    /// and once more where it had it for longer than their instants may be old.
    async fn transact_in_time(
        &self,
        db: &Db,
        session: &mut Session,
        group: &[Waiting],
    ) -> Result<Vec<(Row, DateTime<Utc>)>> {
        let until = group.iter().map(|one| one.until).min().unwrap_or_else(Instant::now);
        let mut retry = db.retry();
        let (mut begun, mut done) = (Instant::now(), self.transact(db, session, group).await);
        while let Err(error @ Error::Unavailable(_)) = done {
            let fault = Fault { verdict: Verdict::Held, error };
            if Instant::now() >= until || !session.works() {
                return Err(fault.error);
            }
            // A use whose caller was dropped must not be stored: run each use alone.
            if group.iter().any(Waiting::is_gone) {
                return Err(Error::database("a waiting caller was dropped"));
            }
            retry.pause(fault).await?;
            (begun, done) = (Instant::now(), self.transact(db, session, group).await);
        }
        let is_too_late = begun.elapsed() >= TOO_OLD && session.works();
        // A use whose caller was dropped must not be stored.
        if done.is_err() && is_too_late && !group.iter().any(Waiting::is_gone) {
            return self.transact(db, session, group).await;
        }
        done
    }

    /// One transaction for all of these; where it fails, it is rolled back.
    async fn transact(&self, db: &Db, session: &mut Session, group: &[Waiting]) -> Result<Vec<(Row, DateTime<Utc>)>> {
        let mut ready: Vec<Ready> = Vec::with_capacity(group.len());
        for one in group {
            let (args, at) = (one.make)(db.next_step());
            let (sql, values) = render(Engine::Sqlite, &self.statements, &args);
            ready.push(Ready { sql, values, at });
        }
        let Some(first) = ready.first() else { return Ok(Vec::new()) };
        let text = self.text(group.len(), first.sql.as_str(), first.values.len());
        // With those that begin and commit it.
        let statements = group.len() * (first.sql.as_str().matches("; ").count() + 1) + 2;
        let (values, instants): (Vec<Vec<Value>>, Vec<DateTime<Utc>>) =
            ready.into_iter().map(|one| (one.values, one.at)).unzip();
        let values = values.into_iter().flatten().collect();
        let rows = session.transact_at_once(text, values, statements).await?;
        debug!(members = group.len(), "group commit");
        debug_assert_eq!(rows.len(), group.len());
        Ok(rows.into_iter().zip(instants).collect())
    }

    /// The text of a transaction for so many, made of the one for one, which
    /// binds so many values.
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

    fn waiting(&self) -> MutexGuard<'_, VecDeque<Waiting>> {
        // A panic while a place is taken or left leaves a queue that works.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A place among those who wait, until it is served or given up.
struct Place<'g> {
    group: &'g GroupCommit,
    number: u64,
}

impl Place<'_> {
    /// Whether nobody serves it yet.
    fn is_kept(&self) -> bool {
        self.group.waiting().iter().any(|one| one.number == self.number)
    }

    /// Gives it up; answers false if somebody serves it already.
    fn leave(&self) -> bool {
        let mut waiting = self.group.waiting();
        let before = waiting.len();
        waiting.retain(|one| one.number != self.number);
        waiting.len() < before
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.leave();
    }
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
