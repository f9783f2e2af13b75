//! Rows that are passed on one by one as the engine sends them.

use std::ops::ControlFlow;

use sqlx::SqlStr;

use crate::error::{Error, Result};
use crate::store::db::connection::{Connection, on_connection};
use crate::store::db::row::Row;
use crate::store::db::timeout::{NoAnswer, Watch, await_answer};
use crate::store::dialect::value::Value;

/// The reason why a stream ended early.
pub(crate) enum StreamError {
    /// The engine sent no further row.
    Failed(NoAnswer),
    /// The function that receives the rows failed.
    Refused(Error),
}

/// Calls `each` for every row until it breaks; returns true if all rows were read. Each row extends
/// the deadline for the next.
pub(crate) async fn stream_rows(
    connection: &mut Connection<'_>,
    sql: SqlStr,
    values: Vec<Value>,
    mut watch: Watch,
    mut each: impl FnMut(Row) -> Result<ControlFlow<()>>,
) -> Result<bool, StreamError> {
    #[cfg(test)]
    crate::store::explain::explain(connection, &sql, &values)
        .await
        .map_err(|error| StreamError::Failed(NoAnswer::Failed(error)))?;
    on_connection!(connection, |inner, bound| {
        let mut rows = bound(sqlx::query(sql), values).fetch(&mut **inner);
        loop {
            let next = async { std::future::poll_fn(|cx| rows.as_mut().poll_next(cx)).await.transpose() };
            match await_answer(&watch, next).await.map_err(StreamError::Failed)? {
                None => return Ok(true),
                Some(row) => {
                    if each(Row::new(row)).map_err(StreamError::Refused)?.is_break() {
                        return Ok(false);
                    }
                }
            }
            watch.deadline.extend();
        }
    })
}
