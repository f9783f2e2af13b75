//! A connection to an engine: binds values, runs statements, reads rows.

use std::ops::{Deref, DerefMut};

#[cfg(feature = "mysql")]
use sqlx::mysql::{MySql, MySqlArguments, MySqlConnection};
#[cfg(feature = "postgres")]
use sqlx::postgres::{PgArguments, PgConnection, Postgres};
use sqlx::query::Query;
#[cfg(feature = "sqlite")]
use sqlx::sqlite::{Sqlite, SqliteArguments, SqliteConnection};
use sqlx::{Connection as _, Error as SqlxError, SqlSafeStr, SqlStr};

use crate::store::db::lent_connection::LentConnection;
use crate::store::db::row::Row;
use crate::store::dialect::arg::Shape;
use crate::store::dialect::value::Value;

/// A connection of a driver: of this process, or borrowed from a caller.
pub(crate) enum Driver<'c, C> {
    Owned(Box<C>),
    Borrowed(&'c mut C),
}

impl<C> Driver<'_, C> {
    pub(crate) fn owned(connection: C) -> Self {
        Driver::Owned(Box::new(connection))
    }
}

impl<C> Deref for Driver<'_, C> {
    type Target = C;

    fn deref(&self) -> &C {
        match self {
            Driver::Owned(inner) => inner,
            Driver::Borrowed(inner) => inner,
        }
    }
}

impl<C> DerefMut for Driver<'_, C> {
    fn deref_mut(&mut self) -> &mut C {
        match self {
            Driver::Owned(inner) => inner,
            Driver::Borrowed(inner) => inner,
        }
    }
}

/// A connection of the driver of one engine.
pub(crate) enum Connection<'c> {
    #[cfg(feature = "sqlite")]
    Sqlite(Driver<'c, SqliteConnection>),
    #[cfg(feature = "postgres")]
    Postgres(Driver<'c, PgConnection>),
    /// A connection through a pooler: statements are unnamed and run in transactions.
    #[cfg(feature = "postgres")]
    Pooled(Driver<'c, PgConnection>),
    #[cfg(feature = "mysql")]
    Mysql(Driver<'c, MySqlConnection>),
    /// A connection that a caller lent, on which another part of the future runs the statements.
    Lent(LentConnection),
}

/// Evaluates an expression for the driver connection inside a [`Connection`]; `$bound` is the
/// function that binds values for its engine.
macro_rules! on_connection {
    ($connection:expr, |$inner:ident, $bound:ident| $body:expr) => {
        match $connection {
            #[cfg(feature = "sqlite")]
            $crate::store::db::connection::Connection::Sqlite($inner) => {
                let $bound = $crate::store::db::connection::bound_for_sqlite;
                $body
            }
            #[cfg(feature = "postgres")]
            $crate::store::db::connection::Connection::Postgres($inner) => {
                let $bound = $crate::store::db::connection::bound_for_postgres;
                $body
            }
            #[cfg(feature = "postgres")]
            $crate::store::db::connection::Connection::Pooled($inner) => {
                let $bound = $crate::store::db::connection::bound_for_pooler;
                $body
            }
            #[cfg(feature = "mysql")]
            $crate::store::db::connection::Connection::Mysql($inner) => {
                let $bound = $crate::store::db::connection::bound_for_mysql;
                $body
            }
            $crate::store::db::connection::Connection::Lent(_) => {
                unreachable!("a lent connection is used through its channel")
            }
        }
    };
}
pub(crate) use on_connection;

impl Connection<'_> {
    /// Marks the connection as one through a pooler.
    pub(crate) fn pooled(self) -> Self {
        match self {
            #[cfg(feature = "postgres")]
            Connection::Postgres(inner) => Connection::Pooled(inner),
            other => other,
        }
    }

    /// Returns true if the connection goes through a pooler.
    pub(crate) fn is_pooled(&self) -> bool {
        match self {
            #[cfg(feature = "postgres")]
            Connection::Pooled(_) => true,
            _ => false,
        }
    }

    /// Runs a statement and returns the number of rows that it changed.
    pub(crate) async fn exec(&mut self, sql: SqlStr, values: Vec<Value>) -> Result<u64, SqlxError> {
        if let Connection::Lent(lent) = self {
            return lent.exec(sql, values).await;
        }
        #[cfg(test)]
        crate::store::explain::explain(self, &sql, &values).await?;
        on_connection!(self, |inner, bound| {
            bound(sqlx::query(sql), values).execute(&mut **inner).await.map(|done| done.rows_affected())
        })
    }

    /// Runs several statements with shared values, which only `SQLite` can do. Returns the number of
    /// rows that each changed, and the rows that they returned. No statement runs after one that
    /// failed.
    #[cfg(feature = "sqlite")]
    pub(crate) async fn exec_all(
        &mut self,
        sql: SqlStr,
        values: Vec<Value>,
    ) -> Result<(Vec<u64>, Vec<Row>), SqlxError> {
        if let Connection::Lent(lent) = self {
            return lent.exec_all(sql, values).await;
        }
        #[cfg(test)]
        crate::store::explain::explain(self, &sql, &values).await?;
        let mut answers = sqlx::Executor::fetch_many(self.sqlite(), bound_for_sqlite(sqlx::query(sql), values));
        let (mut changed, mut rows) = (Vec::new(), Vec::new());
        while let Some(answer) = std::future::poll_fn(|cx| answers.as_mut().poll_next(cx)).await {
            match answer? {
                sqlx::Either::Left(done) => changed.push(done.rows_affected()),
                sqlx::Either::Right(row) => rows.push(Row::new(row)),
            }
        }
        Ok((changed, rows))
    }

    /// Runs one or several statements without values.
    pub(crate) async fn run(&mut self, sql: impl SqlSafeStr) -> Result<(), SqlxError> {
        let sql = sql.into_sql_str();
        if let Connection::Lent(lent) = self {
            return lent.run(sql).await;
        }
        on_connection!(self, |inner, _bound| sqlx::raw_sql(sql).execute(&mut **inner).await.map(|_| ()))
    }

    /// Returns the rows of a statement without values, which is not prepared.
    pub(crate) async fn fetch_unprepared(&mut self, sql: impl SqlSafeStr) -> Result<Vec<Row>, SqlxError> {
        let sql = sql.into_sql_str();
        if let Connection::Lent(lent) = self {
            return lent.fetch_unprepared(sql).await;
        }
        on_connection!(self, |inner, _bound| {
            sqlx::raw_sql(sql).fetch_all(&mut **inner).await.map(|rows| rows.into_iter().map(Row::new).collect())
        })
    }

    pub(crate) async fn maybe_one(&mut self, sql: SqlStr, values: Vec<Value>) -> Result<Option<Row>, SqlxError> {
        if let Connection::Lent(lent) = self {
            return lent.maybe_one(sql, values).await;
        }
        #[cfg(test)]
        crate::store::explain::explain(self, &sql, &values).await?;
        on_connection!(self, |inner, bound| {
            bound(sqlx::query(sql), values).fetch_optional(&mut **inner).await.map(|row| row.map(Row::new))
        })
    }

    pub(crate) async fn all(&mut self, sql: SqlStr, values: Vec<Value>) -> Result<Vec<Row>, SqlxError> {
        if let Connection::Lent(lent) = self {
            return lent.all(sql, values).await;
        }
        #[cfg(test)]
        crate::store::explain::explain(self, &sql, &values).await?;
        on_connection!(self, |inner, bound| {
            let rows = bound(sqlx::query(sql), values).fetch_all(&mut **inner).await;
            rows.map(|rows| rows.into_iter().map(Row::new).collect())
        })
    }

    #[cfg(not(feature = "sqlite"))]
    #[expect(clippy::unused_async, reason = "as the function of the feature")]
    pub(crate) async fn exec_all(
        &mut self,
        _sql: SqlStr,
        _values: Vec<Value>,
    ) -> Result<(Vec<u64>, Vec<Row>), SqlxError> {
        unreachable!("a server takes one statement with values")
    }

    /// Loads rows into the table of a shape with `PostgreSQL`'s COPY, part by part; all of them or
    /// none.
    #[cfg(feature = "postgres")]
    pub(crate) async fn copy(&mut self, shape: &Shape, parts: impl Iterator<Item = Vec<u8>>) -> Result<u64, SqlxError> {
        let mut load = self.postgres().copy_in_raw(&crate::store::dialect::postgres::copy::statement(shape)).await?;
        for part in parts {
            if let Err(error) = load.send(part).await {
                // The server's first error is more specific than a failure of the abort.
                load.abort("the load was interrupted").await?;
                return Err(error);
            }
        }
        load.finish().await
    }

    #[cfg(not(feature = "postgres"))]
    #[expect(clippy::unused_async, reason = "as the function of the feature")]
    pub(crate) async fn copy(
        &mut self,
        _shape: &Shape,
        _parts: impl Iterator<Item = Vec<u8>>,
    ) -> Result<u64, SqlxError> {
        unreachable!("no other engine loads rows so")
    }

    #[cfg(feature = "sqlite")]
    fn sqlite(&mut self) -> &mut SqliteConnection {
        match self {
            Connection::Sqlite(inner) => inner,
            Connection::Lent(_) => unreachable!("a lent connection is used through its channel"),
            #[cfg(any(feature = "postgres", feature = "mysql"))]
            _ => unreachable!("a server takes one statement with values"),
        }
    }

    #[cfg(feature = "postgres")]
    fn postgres(&mut self) -> &mut PgConnection {
        match self {
            Connection::Postgres(inner) | Connection::Pooled(inner) => inner,
            Connection::Lent(_) => unreachable!("a lent connection is used through its channel"),
            #[cfg(any(feature = "sqlite", feature = "mysql"))]
            _ => unreachable!("no other engine loads rows so"),
        }
    }

    /// Closes the connection, ignoring errors.
    pub(crate) async fn close(self) {
        let _ = on_connection!(self, |inner, _bound| match inner {
            Driver::Owned(inner) => inner.close().await,
            Driver::Borrowed(_) => Ok(()),
        });
    }
}

/// Defines a function that binds values in the forms of one engine; the dialect creates no others
/// for it.
macro_rules! bind {
    ($name:ident, $database:ty, $arguments:ty, $($form:ident),+; $($other:ident),*) => {
        pub(crate) fn $name(query: Query<'_, $database, $arguments>, values: Vec<Value>) -> Query<'_, $database, $arguments> {
            values.into_iter().fold(query, |query, value| match value {
                $(Value::$form(inner) => query.bind(inner),)+
                $(Value::$other(_) => unreachable!("the engine has no such form of values"),)*
            })
        }
    };
}

#[cfg(feature = "sqlite")]
bind!(bound_for_sqlite, Sqlite, SqliteArguments, Text, Int; Time, DateTime, Id, Texts, Ints, Times, Ids);
#[cfg(feature = "postgres")]
bind!(bound_for_postgres, Postgres, PgArguments, Text, Int, Time, Id, Texts, Ints, Times, Ids; DateTime);
#[cfg(feature = "mysql")]
bind!(bound_for_mysql, MySql, MySqlArguments, Text, Int, DateTime; Time, Id, Texts, Ints, Times, Ids);

#[cfg(feature = "postgres")]
/// Binds values to an unnamed statement, which no other client of the pooler can meet.
pub(crate) fn bound_for_pooler(
    query: Query<'_, Postgres, PgArguments>,
    values: Vec<Value>,
) -> Query<'_, Postgres, PgArguments> {
    bound_for_postgres(query, values).persistent(false)
}
