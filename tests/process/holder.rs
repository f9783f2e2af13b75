//! Another connection that holds a lock.

use std::sync::mpsc::{Sender, channel};
use std::thread::{self, JoinHandle};

use sqlx::{AssertSqlSafe, Connection, Executor, MySqlConnection, PgConnection, SqliteConnection};

use crate::workshop::Engine;

/// A connection in a transaction that stays open.
pub struct Holder {
    release: Sender<()>,
    thread: JoinHandle<()>,
}

impl Holder {
    /// One that ran these words, which begin the transaction.
    pub fn of(engine: Engine, url: &str, words: &str) -> Self {
        match engine {
            Engine::Sqlite => Holder::on::<SqliteConnection>(url, words),
            Engine::Postgres => Holder::on::<PgConnection>(url, words),
            Engine::Mariadb | Engine::Mysql => Holder::on::<MySqlConnection>(url, words),
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
                // Nobody else uses this thread: it may stand still.
                let _ = released.recv();
                connection.execute(sqlx::raw_sql("ROLLBACK")).await.unwrap();
                connection.close().await.unwrap();
            });
        });
        holds.recv().expect("the other connection gets its lock");
        Holder { release, thread }
    }

    /// Gives the lock back.
    pub fn release(self) {
        drop(self.release);
        self.thread.join().unwrap();
    }
}
