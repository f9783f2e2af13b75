//! Recording of query plans while tests run statements.
//!
//! While a recorder is active, each statement is explained on its own connection with its own
//! values, right before it runs.

mod mysql;
mod names;
mod plan;
mod postgres;
mod sqlite;

use std::cell::RefCell;
use std::collections::{BTreeSet, HashSet};
use std::pin::Pin;

use sqlx::{AssertSqlSafe, Error as SqlxError, SqlSafeStr, SqlStr};

use crate::error::Result;
use crate::store::db::connection::Connection;
use crate::store::db::database::Db;
use crate::store::db::options::Deadline;
use crate::store::db::row::Row;
use crate::store::dialect::value::Value;
use crate::store::dialect::{Args, Piece, Sql, Statement};
pub(crate) use crate::store::explain::names::TABLES;
use crate::store::explain::plan::Plan;

/// An explained statement of a test step.
#[derive(Debug, Clone)]
pub(crate) struct Explained {
    /// The name of the step.
    pub step: &'static str,
    /// The pieces of the statement, as in the source.
    pub pieces: Vec<&'static str>,
    /// The statement as it is sent.
    pub sql: String,
    /// The plan as the engine shows it.
    pub plan: String,
    /// Costs that an index should avoid: `scan TABLE`, `range TABLE` (a range of many rows, or of
    /// unknown size), `index TABLE` (an index that is built for this statement alone) and `sort`.
    pub findings: Vec<String>,
}

#[derive(Default)]
struct Recorder {
    step: &'static str,
    /// The pieces of the statement that was rendered last and runs next.
    next: Option<Vec<&'static str>>,
    /// The statements of this step so far; each is explained once.
    known: HashSet<Vec<&'static str>>,
    explained: Vec<Explained>,
    /// Complaints about arguments that are missing or unused.
    misnamed: BTreeSet<String>,
}

thread_local!(static RECORDER: RefCell<Option<Recorder>> = const { RefCell::new(None) });

/// Starts a step: further statements of this thread belong to it.
pub(crate) fn begin_step(step: &'static str) {
    RECORDER.with_borrow_mut(|recorder| {
        let recorder = recorder.get_or_insert_default();
        (recorder.step, recorder.known) = (step, HashSet::new());
    });
}

/// Ends the recording; returns the explained statements, and the complaints about the names of
/// arguments.
pub(crate) fn end() -> (Vec<Explained>, BTreeSet<String>) {
    RECORDER.take().map(|recorder| (recorder.explained, recorder.misnamed)).unwrap_or_default()
}

/// Records a complaint if the arguments of a statement are not exactly its parameters.
pub(crate) fn check_names(statement: &Statement, args: Args<'_>) {
    let wanted: BTreeSet<&str> = statement.pieces().filter_map(Piece::argument).collect();
    let given: BTreeSet<&str> = args.iter().map(|(name, _)| *name).collect();
    let text: String = statement.0.iter().map(|part| part.text()).collect();
    let missing = wanted.difference(&given).map(|name| format!("no value is given for :{name} of"));
    let unused =
        given.difference(&wanted).map(|name| format!("a value is given for :{name}, which is no parameter of"));
    RECORDER.with_borrow_mut(|recorder| {
        if let Some(recorder) = recorder {
            recorder.misnamed.extend(missing.chain(unused).map(|complaint| format!("{complaint}\n{text}\n\n")));
        }
    });
}

/// Records the parts of a statement that is rendered.
pub(crate) fn note(parts: &[Sql]) {
    RECORDER.with_borrow_mut(|recorder| {
        if let Some(recorder) = recorder {
            recorder.next = Some(parts.iter().map(|part| part.text()).collect());
        }
    });
}

/// Explains the statement that is about to run, if it was rendered while a recorder is active.
/// Boxed, because the future is recursive.
pub(crate) fn explain<'c>(
    connection: &'c mut Connection<'_>,
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
        // Statements that run in one call are explained one by one.
        let parts: Vec<&[&'static str]> = pieces
            .split(|piece| *piece == SEPARATOR)
            .filter(|part| !matches!(part, [word] if ENDS.contains(word)))
            .collect();
        let texts: Vec<&str> = if pieces.contains(&SEPARATOR) {
            sql.split(SEPARATOR).filter(|text| !ENDS.contains(text)).collect()
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

/// The separator of statements that run in one call.
const SEPARATOR: &str = "; ";

/// The statements that begin and end a transaction.
const ENDS: [&str; 2] = ["BEGIN IMMEDIATE", "COMMIT"];

async fn explain_one(
    connection: &mut Connection<'_>,
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
        // From MySQL 9.0 on, the default format is a tree.
        Connection::Mysql(_) => ("EXPLAIN FORMAT=TRADITIONAL", mysql::read),
        // Explained where the caller's connection runs it.
        Connection::Lent(_) => return Ok(()),
    };
    // Safe: the statement is a constant, and its values are bound.
    let rows = connection.all(AssertSqlSafe(format!("{words} {sql}")).into_sql_str(), values).await?;
    let plan = read(&rows, &names).expect("the plan can be parsed");
    let (pieces, sql) = (pieces.to_vec(), sql.to_owned());
    let explained = Explained { step, pieces, sql, plan: plan.text, findings: plan.findings };
    RECORDER.with_borrow_mut(|recorder| recorder.get_or_insert_default().explained.push(explained));
    Ok(())
}

/// Reads a plan from the rows of EXPLAIN.
type Reader = fn(&[Row], &names::Names) -> Result<Plan>;

/// Runs a test's own statement, without values.
pub(crate) async fn run(db: &Db, sql: String) {
    let mut session = db.read().await.expect("there is a connection");
    let done = session.connection().exec(AssertSqlSafe(sql.clone()).into_sql_str(), Vec::new()).await;
    done.unwrap_or_else(|error| panic!("{error}: {sql}"));
    session.finish_read().await;
}

/// Checks the first step of an operation, as after a lost answer to a COMMIT, and the step of a
/// missing operation.
pub(crate) async fn ask_for_step(db: &Db, operation: uuid::Uuid) -> Result<()> {
    for operation in [operation, uuid::Uuid::from_u128(7)] {
        let (mut session, _) =
            db.begin(1, None, Deadline::moving(db.timeouts())).await.map_err(|failure| failure.error)?;
        crate::store::db::commit_check::has_step(&mut session, operation, 1).await?;
        session.roll_back().await;
    }
    Ok(())
}
