//! Rendering a statement for an engine: `:name` becomes a placeholder, and `{fragment}` the
//! engine's own SQL.
//!
//! The engines also differ in values (`value.rs`, `db/row.rs`), errors (`errors/`), settings
//! (`db/connect/`), what a statement skips or truncates (`db/session/`), and the inspection and
//! migration of schemas (`db/schema_state.rs`, `db/migrate/`); nowhere else.

pub(crate) mod arg;
pub(crate) mod copy;
pub(crate) mod encoding;
pub(crate) mod expressions;
pub(crate) mod fragments;
pub(crate) mod placeholders;
pub(crate) mod shapes;
pub(crate) mod statement;
pub(crate) mod table_clauses;
pub(crate) mod text_cache;
pub(crate) mod transactions;
pub(crate) mod tuples;
pub(crate) mod value;

pub(crate) use crate::store::dialect::statement::{Args, BoundStatement, Rendered, Statement};
pub(crate) use crate::store::dialect::transactions::{begin, commit, roll_back, snapshot};

use std::sync::Arc;

use sqlx::{AssertSqlSafe, SqlSafeStr};

use crate::store::dialect::placeholders::value_of;
use crate::store::engine::Engine;

/// Renders a statement with its arguments.
pub(crate) fn render(engine: Engine, statement: &Statement, args: Args<'_>) -> Rendered {
    #[cfg(test)]
    crate::store::explain::note(&statement.0);
    let text = text_cache::text(engine, statement, args);
    let values = text.names.iter().map(|name| value_of(engine, name, args)).collect();
    // Safe: every piece is a constant, and values are bound.
    (AssertSqlSafe(Arc::clone(&text.sql)).into_sql_str(), values)
}

#[cfg(test)]
#[path = "dialect/tests.rs"]
mod tests;
