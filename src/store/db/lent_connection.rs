//! The connection of a session that a caller lent. The session sends its statements through a
//! channel to `statement_server.rs`, which runs them.

use sqlx::{Error as SqlxError, SqlStr};
use tokio::sync::{mpsc, oneshot};

use crate::store::db::row::Row;
use crate::store::dialect::value::Value;

/// A statement, with the sender of its answer.
pub(crate) enum Request {
    Exec(SqlStr, Vec<Value>, Answer<u64>),
    ExecAll(SqlStr, Vec<Value>, Answer<(Vec<u64>, Vec<Row>)>),
    Run(SqlStr, Answer<()>),
    FetchUnprepared(SqlStr, Answer<Vec<Row>>),
    MaybeOne(SqlStr, Vec<Value>, Answer<Option<Row>>),
    All(SqlStr, Vec<Value>, Answer<Vec<Row>>),
}

pub(crate) type Answer<T> = oneshot::Sender<Result<T, SqlxError>>;

/// The side of the session: sends statements and waits for their answers.
pub(crate) struct LentConnection(pub(crate) mpsc::UnboundedSender<Request>);

impl LentConnection {
    async fn ask<T>(&self, request: impl FnOnce(Answer<T>) -> Request) -> Result<T, SqlxError> {
        let (sender, answer) = oneshot::channel();
        self.0.send(request(sender)).map_err(|_| SqlxError::WorkerCrashed)?;
        answer.await.unwrap_or(Err(SqlxError::WorkerCrashed))
    }

    pub(crate) async fn exec(&self, sql: SqlStr, values: Vec<Value>) -> Result<u64, SqlxError> {
        self.ask(|answer| Request::Exec(sql, values, answer)).await
    }

    pub(crate) async fn exec_all(&self, sql: SqlStr, values: Vec<Value>) -> Result<(Vec<u64>, Vec<Row>), SqlxError> {
        self.ask(|answer| Request::ExecAll(sql, values, answer)).await
    }

    pub(crate) async fn run(&self, sql: SqlStr) -> Result<(), SqlxError> {
        self.ask(|answer| Request::Run(sql, answer)).await
    }

    pub(crate) async fn fetch_unprepared(&self, sql: SqlStr) -> Result<Vec<Row>, SqlxError> {
        self.ask(|answer| Request::FetchUnprepared(sql, answer)).await
    }

    pub(crate) async fn maybe_one(&self, sql: SqlStr, values: Vec<Value>) -> Result<Option<Row>, SqlxError> {
        self.ask(|answer| Request::MaybeOne(sql, values, answer)).await
    }

    pub(crate) async fn all(&self, sql: SqlStr, values: Vec<Value>) -> Result<Vec<Row>, SqlxError> {
        self.ask(|answer| Request::All(sql, values, answer)).await
    }
}
