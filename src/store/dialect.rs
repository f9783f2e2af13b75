//! What differs between the engines: the SQL of fragments, placeholders, values, and the statements
//! that begin and end transactions. Each engine has one file.
//!
//! The engines also differ in errors (`errors/`), in the reading of rows (`db/row.rs`), settings
//! (`db/connect/`), what a statement skips or truncates (`db/session/`), and the inspection and
//! migration of schemas (`db/schema_state.rs`, `db/migrate/`); nowhere else.

pub(crate) mod arg;
pub(crate) mod encoding;
pub(crate) mod fragment;
pub(crate) mod mysql;
pub(crate) mod postgres;
pub(crate) mod row_sources;
pub(crate) mod shapes;
pub(crate) mod sql;
pub(crate) mod sqlite;
pub(crate) mod statement;
pub(crate) mod text_cache;
pub(crate) mod value;
pub(crate) mod writer;

pub use crate::store::dialect::sql::count_pieces;
pub(crate) use crate::store::dialect::sql::{Piece, Sql, sql};
pub(crate) use crate::store::dialect::statement::{Args, BoundStatement, Rendered, Statement};

use std::sync::Arc;

use sqlx::{AssertSqlSafe, SqlSafeStr};

use crate::error::{Error, Result};
use crate::store::dialect::arg::{Arg, Shape};
use crate::store::dialect::fragment::Fragment;
use crate::store::dialect::row_sources::RowSources;
use crate::store::dialect::statement::find_arg;
use crate::store::dialect::value::{Value, array};
use crate::store::dialect::writer::{Parameter, Placeholders, SqlWriter};
use crate::store::engine::Engine;

/// Renders a statement with its arguments.
///
/// # Errors
/// [`Error::Database`] if an argument is missing. A test compares the
/// arguments of every statement with its parameters.
pub(crate) fn render(engine: Engine, sources: &RowSources, statement: &Statement, args: Args<'_>) -> Result<Rendered> {
    #[cfg(test)]
    crate::store::explain::check_names(statement, args);
    render_shared(engine, sources, statement, args)
}

/// Renders one of several statements that share arguments; it need not use all of them.
///
/// # Errors
/// As [`render`].
pub(crate) fn render_shared(
    engine: Engine,
    sources: &RowSources,
    statement: &Statement,
    args: Args<'_>,
) -> Result<Rendered> {
    #[cfg(test)]
    crate::store::explain::note(&statement.0);
    let text = text_cache::text(engine, sources, statement, args, || write(engine, sources, statement, args));
    let values = text.parameters.iter().map(|parameter| value_of(engine, *parameter, args)).collect::<Result<_>>()?;
    // Safe: every piece is a constant or a source of the configuration, and values are bound.
    Ok((AssertSqlSafe(Arc::clone(&text.sql)).into_sql_str(), values))
}

/// Renders an insert of a row for each item into the table of a shape, with a placeholder for every
/// value. It skips rows that violate a unique index. For `MariaDB` and `MySQL` only.
pub(crate) fn render_tuples<T, const N: usize>(shape: &Shape, items: &[T], row: impl Fn(&T) -> [Arg; N]) -> Rendered {
    let (sql, values) = mysql::insert_of_tuples(shape, items, row);
    // Safe: the names are constants, and values are bound.
    (AssertSqlSafe(Arc::<str>::from(sql)).into_sql_str(), values)
}

fn write(engine: Engine, sources: &RowSources, statement: &Statement, args: Args<'_>) -> (String, Vec<Parameter>) {
    let mut out = SqlWriter::new(placeholders(engine), sources, args);
    for piece in statement.pieces() {
        match piece {
            Piece::Text(text) => out.text([text]),
            Piece::Param(name) => out.parameter(Parameter::Whole(name)),
            Piece::Fragment(fragment) => write_fragment(engine, fragment, &mut out),
        }
    }
    out.finish()
}

fn placeholders(engine: Engine) -> Placeholders {
    match engine {
        Engine::Sqlite => sqlite::PLACEHOLDERS,
        Engine::Postgres => postgres::PLACEHOLDERS,
        Engine::Mysql => mysql::PLACEHOLDERS,
    }
}

fn write_fragment(engine: Engine, fragment: Fragment, out: &mut SqlWriter<'_>) {
    match engine {
        Engine::Sqlite => sqlite::write(fragment, out),
        Engine::Postgres => postgres::write(fragment, out),
        Engine::Mysql => mysql::write(fragment, out),
    }
}

/// Converts an argument to the form that the driver takes.
fn value(engine: Engine, arg: &Arg) -> Value {
    match engine {
        Engine::Sqlite => sqlite::value(arg),
        Engine::Postgres => postgres::value(arg),
        Engine::Mysql => mysql::value(arg),
    }
}

fn value_of(engine: Engine, parameter: Parameter, args: Args<'_>) -> Result<Value> {
    Ok(match (parameter, find_arg(args, parameter.name())) {
        (Parameter::Whole(_), Some(arg)) => value(engine, arg),
        (Parameter::Element(_, at), Some(Arg::Texts(texts))) => Value::Text(texts.get(at).or(texts.last()).cloned()),
        (Parameter::Column(at), Some(Arg::Rows(rows))) => match rows.fixed_value(at) {
            Some(fixed) => value(engine, fixed),
            None => array(rows, at),
        },
        _ => return Err(Error::database(format!("a statement has no value for :{}", parameter.name()))),
    })
}

/// Returns the beginning of a write transaction.
pub(crate) fn begin(engine: Engine) -> &'static str {
    match engine {
        Engine::Sqlite => sqlite::BEGIN,
        Engine::Postgres => postgres::BEGIN,
        Engine::Mysql => mysql::BEGIN,
    }
}

/// Returns the end of a transaction.
pub(crate) fn commit(engine: Engine) -> &'static str {
    match engine {
        Engine::Sqlite => sqlite::COMMIT,
        Engine::Postgres => postgres::COMMIT,
        Engine::Mysql => mysql::COMMIT,
    }
}

/// Returns the rollback of a transaction; it also ends one that only read.
pub(crate) fn roll_back(engine: Engine) -> &'static str {
    match engine {
        Engine::Sqlite => sqlite::ROLL_BACK,
        Engine::Postgres => postgres::ROLL_BACK,
        Engine::Mysql => mysql::ROLL_BACK,
    }
}

/// Returns the beginning of a transaction that reads a snapshot.
pub(crate) fn snapshot(engine: Engine) -> &'static str {
    match engine {
        Engine::Sqlite => sqlite::SNAPSHOT,
        Engine::Postgres => postgres::SNAPSHOT,
        Engine::Mysql => mysql::SNAPSHOT,
    }
}

#[cfg(test)]
#[path = "dialect/tests.rs"]
mod tests;
