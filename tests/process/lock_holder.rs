//! Another connection that holds a lock.

use std::sync::mpsc::{Sender, channel};
use std::thread::{self, JoinHandle};

use sqlx::{AssertSqlSafe, Connection, Executor, MySqlConnection, PgConnection, SqliteConnection};

use crate::sandbox::Engine;

/// A connection with an open transaction.
pub struct LockHolder {
    release: Sender<()>,
    thread: JoinHandle<()>,
}

impl LockHolder {
    /// Opens a connection and runs statements that begin the transaction.
    pub fn of(engine: Engine, url: &str, words: &str) -> Self {
        match engine {
            Engine::Sqlite => LockHolder::on::<SqliteConnection>(url, words),
            Engine::Postgres => LockHolder::on::<PgConnection>(url, words),
            Engine::Mariadb | Engine::Mysql => LockHolder::on::<MySqlConnection>(url, words),
        }
    }

    fn on<C: Connection>(url: &str, words: &str) -> Self
    where
        for<'c> &'c mut C: Executor<'c, Database = C::Database>,
    {
        let (url, words) = (url.to_owned(), words.to_owned());
        let (release, released) = channel();
        let (held, holds) = channel();
        let thread = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let mut connection = C::connect(&url).await.unwrap();
                connection.execute(sqlx::raw_sql(AssertSqlSafe(words))).await.unwrap();
                held.send(()).unwrap();
                // Blocking is fine: this thread has no other task.
                let _ = released.recv();
                connection.execute(sqlx::raw_sql("ROLLBACK")).await.unwrap();
                connection.close().await.unwrap();
            });
        });
        holds.recv().expect("the other connection gets its lock");
        LockHolder { release, thread }
    }

    /// Rolls back and releases the lock.
    pub fn release(self) {
        drop(self.release);
        self.thread.join().unwrap();
    }
}
