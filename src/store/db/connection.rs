//! One connection to an engine: binding, running, reading.

use std::ops::ControlFlow;

use sqlx::mysql::{MySqlArguments, MySqlConnection};
use sqlx::postgres::{PgArguments, PgConnection};
use sqlx::query::Query;
use sqlx::sqlite::{SqliteArguments, SqliteConnection};
use sqlx::{Connection as _, Either, Error as SqlxError, Executor as _, MySql, Postgres, SqlSafeStr, SqlStr, Sqlite};

use crate::error::Result;
use crate::store::db::row::Row;
use crate::store::db::timeout::{NoAnswer, Watch, answered};
use crate::store::dialect::copy;
use crate::store::dialect::row_set::Shape;
use crate::store::dialect::value::Value;

/// A connection of one of the engines' drivers.
pub(crate) enum Connection {
    Sqlite(Box<SqliteConnection>),
    Postgres(Box<PgConnection>),
    /// By way of a pooler: statements have no names, and run in transactions.
    Pooled(Box<PgConnection>),
    Mysql(Box<MySqlConnection>),
}

/// Runs the same lines on whichever connection it is; `$bound` binds values
/// for it.
macro_rules! on_connection {
    ($connection:expr, |$inner:ident, $bound:ident| $body:expr) => {
        match $connection {
            Connection::Sqlite($inner) => {
                let $bound = bound_for_sqlite;
                $body
            }
            Connection::Postgres($inner) => {
                let $bound = bound_for_postgres;
                $body
            }
            Connection::Pooled($inner) => {
                let $bound = bound_for_pooler;
                $body
            }
            Connection::Mysql($inner) => {
                let $bound = bound_for_mysql;
                $body
            }
        }
    };
}

/// Why a stream ended before its rows did.
pub(crate) enum Ended {
    /// There is no next row.
    Failed(NoAnswer),
    /// The reader failed.
    Refused(crate::error::Error),
}

impl Connection {
    /// The same connection, known to go by way of a pooler.
    pub(crate) fn pooled(self) -> Self {
        match self {
            Connection::Postgres(inner) => Connection::Pooled(inner),
            other => other,
        }
    }

    /// Whether it goes by way of a pooler.
    pub(crate) fn is_pooled(&self) -> bool {
        matches!(self, Connection::Pooled(_))
    }

    /// Runs a statement; answers how many rows it changed.
    pub(crate) async fn exec(&mut self, sql: SqlStr, values: Vec<Value>) -> Result<u64, SqlxError> {
        #[cfg(test)]
        crate::store::explain::explain(self, &sql, &values).await?;
        on_connection!(self, |inner, bound| {
            bound(sqlx::query(sql), values).execute(&mut **inner).await.map(|done| done.rows_affected())
        })
    }

    /// Runs several statements with the same values, which only an embedded
    /// engine takes; answers how many rows each changed, and the rows that they
    /// gave. Behind one that fails, none is run.
    pub(crate) async fn exec_all(
        &mut self,
        sql: SqlStr,
        values: Vec<Value>,
    ) -> Result<(Vec<u64>, Vec<Row>), SqlxError> {
        #[cfg(test)]
        crate::store::explain::explain(self, &sql, &values).await?;
        let Connection::Sqlite(inner) = self else { unreachable!("a server takes one statement with values") };
        let mut answers = (&mut **inner).fetch_many(bound_for_sqlite(sqlx::query(sql), values));
        let (mut changed, mut rows) = (Vec::new(), Vec::new());
        while let Some(answer) = std::future::poll_fn(|cx| answers.as_mut().poll_next(cx)).await {
            match answer? {
                Either::Left(done) => changed.push(done.rows_affected()),
                Either::Right(row) => rows.push(Row::new(row)),
            }
        }
        Ok((changed, rows))
    }

    /// Runs statements without values, which may be several, as they are.
    pub(crate) async fn run(&mut self, sql: impl SqlSafeStr) -> Result<(), SqlxError> {
        let sql = sql.into_sql_str();
        on_connection!(self, |inner, _bound| sqlx::raw_sql(sql).execute(&mut **inner).await.map(|_| ()))
    }

    /// The rows of a statement without values, in the plain protocol.
    pub(crate) async fn look(&mut self, sql: impl SqlSafeStr) -> Result<Vec<Row>, SqlxError> {
        let sql = sql.into_sql_str();
        on_connection!(self, |inner, _bound| {
            sqlx::raw_sql(sql).fetch_all(&mut **inner).await.map(|rows| rows.into_iter().map(Row::new).collect())
        })
    }

    pub(crate) async fn maybe_one(&mut self, sql: SqlStr, values: Vec<Value>) -> Result<Option<Row>, SqlxError> {
        #[cfg(test)]
        crate::store::explain::explain(self, &sql, &values).await?;
        on_connection!(self, |inner, bound| {
            bound(sqlx::query(sql), values).fetch_optional(&mut **inner).await.map(|row| row.map(Row::new))
        })
    }

    pub(crate) async fn all(&mut self, sql: SqlStr, values: Vec<Value>) -> Result<Vec<Row>, SqlxError> {
        #[cfg(test)]
        crate::store::explain::explain(self, &sql, &values).await?;
        on_connection!(self, |inner, bound| {
            let rows = bound(sqlx::query(sql), values).fetch_all(&mut **inner).await;
            rows.map(|rows| rows.into_iter().map(Row::new).collect())
        })
    }

    /// Hands over row by row until there are no more or `each` breaks; answers
    /// whether the engine came to its end. Each row starts the time for the next.
    pub(crate) async fn stream(
        &mut self,
        sql: SqlStr,
        values: Vec<Value>,
        mut watch: Watch,
        mut each: impl FnMut(Row) -> Result<ControlFlow<()>>,
    ) -> Result<bool, Ended> {
        #[cfg(test)]
        crate::store::explain::explain(self, &sql, &values)
            .await
            .map_err(|error| Ended::Failed(NoAnswer::Failed(error)))?;
        on_connection!(self, |inner, bound| {
            let mut rows = bound(sqlx::query(sql), values).fetch(&mut **inner);
            loop {
                let next = async { std::future::poll_fn(|cx| rows.as_mut().poll_next(cx)).await.transpose() };
                match answered(&watch, next).await.map_err(Ended::Failed)? {
                    None => return Ok(true),
                    Some(row) => {
                        if each(Row::new(row)).map_err(Ended::Refused)?.is_break() {
                            return Ok(false);
                        }
                    }
                }
                watch.deadline.extend();
            }
        })
    }

    /// Loads rows in the engine's own form, part by part, into the table of a
    /// shape; all or none. Only one engine has this way in.
    pub(crate) async fn copy(&mut self, shape: &Shape, parts: impl Iterator<Item = Vec<u8>>) -> Result<u64, SqlxError> {
        let (Connection::Postgres(inner) | Connection::Pooled(inner)) = self else {
            unreachable!("no other engine loads rows so")
        };
        let mut load = inner.copy_in_raw(&copy::statement(shape)).await?;
        for part in parts {
            if let Err(error) = load.send(part).await {
                // What the server said first tells more.
                load.abort("the load was interrupted").await?;
                return Err(error);
            }
        }
        load.finish().await
    }

    /// Says goodbye; a failure to do so is no failure.
    pub(crate) async fn close(self) {
        let _ = on_connection!(self, |inner, _bound| inner.close().await);
    }
}

/// A binding function: the forms that the engine has, and no others reach it.
macro_rules! bind {
    ($name:ident, $database:ty, $arguments:ty, $($form:ident),+; $($other:ident),*) => {
        fn $name(query: Query<'_, $database, $arguments>, values: Vec<Value>) -> Query<'_, $database, $arguments> {
            values.into_iter().fold(query, |query, value| match value {
                $(Value::$form(inner) => query.bind(inner),)+
                $(Value::$other(_) => unreachable!("the engine has no such form of values"),)*
            })
        }
    };
}

bind!(bound_for_sqlite, Sqlite, SqliteArguments, Text, Int; Time, DateTime, Id, Texts, Ints, Times, Ids);
bind!(bound_for_postgres, Postgres, PgArguments, Text, Int, Time, Id, Texts, Ints, Times, Ids; DateTime);
bind!(bound_for_mysql, MySql, MySqlArguments, Text, Int, DateTime; Time, Id, Texts, Ints, Times, Ids);

/// Without a name, a statement ends with the next, and no other client of the
/// pooler meets it.
fn bound_for_pooler(query: Query<'_, Postgres, PgArguments>, values: Vec<Value>) -> Query<'_, Postgres, PgArguments> {
    bound_for_postgres(query, values).persistent(false)
}
