//! How the engines would run each statement: written down while tests run them.
//!
//! While a recorder is on, each statement is explained on its own connection,
//! with its own values, right before it runs.

mod mysql;
mod names;
mod postgres;
mod sqlite;

use std::cell::RefCell;
use std::collections::HashSet;
use std::pin::Pin;

use sqlx::{AssertSqlSafe, Error as SqlxError, SqlSafeStr, SqlStr};

use crate::error::Result;
use crate::store::db::connection::Connection;
use crate::store::db::database::Db;
use crate::store::db::options::Deadline;
use crate::store::db::row::Row;
use crate::store::dialect::value::Value;

/// More rows than that are many: to sort them is to be explained.
const MANY: i64 = 5_000;

/// A statement as it was run in a step of a test.
#[derive(Debug, Clone)]
pub(crate) struct Explained {
    /// The step.
    pub step: &'static str,
    /// The pieces that it is made of, as they stand in the source.
    pub pieces: Vec<&'static str>,
    /// What the engine says that it does, for people.
    pub plan: String,
    /// What it should not have to do: `scan TABLE`, `range TABLE` (of many
    /// rows, or of how many nobody knows), `index TABLE` (made for this one
    /// statement) and `sort`.
    pub findings: Vec<String>,
}

#[derive(Default)]
struct Recorder {
    step: &'static str,
    /// The pieces of what was put together last, and is to run next.
    next: Option<Vec<&'static str>>,
    /// What this step has run: once is enough.
    known: HashSet<Vec<&'static str>>,
    explained: Vec<Explained>,
}

thread_local!(static RECORDER: RefCell<Option<Recorder>> = const { RefCell::new(None) });

/// From here on, what this thread runs belongs to a step of this name.
pub(crate) fn begin_step(step: &'static str) {
    RECORDER.with_borrow_mut(|recorder| {
        let recorder = recorder.get_or_insert_default();
        (recorder.step, recorder.known) = (step, HashSet::new());
    });
}

/// Ends the recording; answers what was explained.
pub(crate) fn end() -> Vec<Explained> {
    RECORDER.take().map(|recorder| recorder.explained).unwrap_or_default()
}

/// A statement was put together of these pieces.
pub(crate) fn note(pieces: &[&'static str]) {
    RECORDER.with_borrow_mut(|recorder| {
        if let Some(recorder) = recorder {
            recorder.next = Some(pieces.to_vec());
        }
    });
}

/// Explains what is about to run, if it was just put together while a recorder
/// is on. In a box: it runs a statement itself.
pub(crate) fn explain<'c>(
    connection: &'c mut Connection,
    sql: &SqlStr,
    values: &[Value],
) -> Pin<Box<dyn Future<Output = Result<(), SqlxError>> + Send + 'c>> {
    let is_new = |recorder: &mut Recorder| {
        let pieces = recorder.next.take()?;
        recorder.known.insert(pieces.clone()).then_some((recorder.step, pieces))
    };
    let next = RECORDER.with_borrow_mut(|recorder| recorder.as_mut().and_then(is_new));
    let (sql, values) = (sql.as_str().to_owned(), values.to_vec());
    Box::pin(async move {
        let Some((step, pieces)) = next else { return Ok(()) };
        // Several that run in one turn are explained one by one.
        let parts: Vec<&[&'static str]> = pieces
            .split(|piece| *piece == SEAM)
            .filter(|part| !matches!(part, [word] if ENDS.contains(word)))
            .collect();
        let texts: Vec<&str> = if pieces.contains(&SEAM) {
            sql.split(SEAM).filter(|text| !ENDS.contains(text)).collect()
        } else {
            vec![&sql]
        };
        assert_eq!(texts.len(), parts.len(), "{sql}");
        for (text, part) in texts.into_iter().zip(parts) {
            explain_one(connection, step, (text, part), values.clone()).await?;
        }
        Ok(())
    })
}

/// What stands between statements that run in one turn.
const SEAM: &str = "; ";

/// What a transaction begins and ends with.
const ENDS: [&str; 2] = ["BEGIN IMMEDIATE", "COMMIT"];

async fn explain_one(
    connection: &mut Connection,
    step: &'static str,
    (sql, pieces): (&str, &[&'static str]),
    values: Vec<Value>,
) -> Result<(), SqlxError> {
    if !["SELECT", "INSERT", "UPDATE", "DELETE", "WITH"].iter().any(|word| sql.starts_with(word)) {
        return Ok(());
    }
    let names = names::of(sql);
    let (words, read): (_, Reader) = match connection {
        Connection::Sqlite(_) => ("EXPLAIN QUERY PLAN", sqlite::read),
        Connection::Postgres(_) | Connection::Pooled(_) => ("EXPLAIN", postgres::read),
        // MySQL's default form is a tree, from 9.0 on.
        Connection::Mysql(_) => ("EXPLAIN FORMAT=TRADITIONAL", mysql::read),
    };
    // Safe: a statement of this source, and its values are bound.
    let rows = connection.all(AssertSqlSafe(format!("{words} {sql}")).into_sql_str(), values).await?;
    let plan = read(&rows, &names).expect("a plan reads as one");
    let explained = Explained { step, pieces: pieces.to_vec(), plan: plan.text, findings: plan.findings };
    RECORDER.with_borrow_mut(|recorder| recorder.get_or_insert_default().explained.push(explained));
    Ok(())
}

/// What makes a plan of the rows of an explanation.
type Reader = fn(&[Row], &names::Names) -> Result<Plan>;

/// What an engine says of a statement.
struct Plan {
    text: String,
    findings: Vec<String>,
}

impl Plan {
    fn new(lines: &[String], mut findings: Vec<String>) -> Self {
        findings.sort();
        findings.dedup();
        Plan { text: lines.join("\n"), findings }
    }
}

/// Runs statements of a test's own, without values.
pub(crate) async fn run(db: &Db, sql: String) {
    let mut session = db.read().await.expect("there is a connection");
    let done = session.connection().exec(AssertSqlSafe(sql.clone()).into_sql_str(), Vec::new()).await;
    done.unwrap_or_else(|error| panic!("{error}: {sql}"));
    session.leave().await;
}

/// Asks whether an operation has its first step, as after a lost answer; and
/// the same of one that is not there.
pub(crate) async fn ask_for_step(db: &Db, operation: uuid::Uuid) -> Result<()> {
    for operation in [operation, uuid::Uuid::from_u128(7)] {
        let (mut session, _) = db.begin(1, None, Deadline::moving(db.timeouts())).await.map_err(|fault| fault.error)?;
        crate::store::tables::operations::has_step(&mut session, operation, 1).await?;
        session.roll_back().await;
    }
    Ok(())
}
