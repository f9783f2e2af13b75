//! Connections that create and drop databases on the shared servers.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{LazyLock, Mutex};

use tokio::sync::oneshot;

use crate::databases::server;
use crate::fixture::Engine;
use crate::helpers::raw::Raw;

/// The connections that create databases, and those that drop them.
pub static MAKER: LazyLock<Administrator> = LazyLock::new(Administrator::new);
pub static SWEEPER: LazyLock<Administrator> = LazyLock::new(Administrator::new);

/// Channel for the result of a statement.
type Done = oneshot::Sender<Result<(), sqlx::Error>>;

/// Runs statements on its own thread, because connections outlive a test's runtime and `drop`
/// cannot wait.
pub struct Administrator(Mutex<Sender<(Engine, String, Done)>>);

impl Administrator {
    fn new() -> Self {
        let (sender, tasks) = channel();
        std::thread::spawn(move || administrate(&tasks));
        Administrator(Mutex::new(sender))
    }

    /// Runs a statement, and returns a future of its result.
    pub fn run(&self, engine: Engine, sql: String) -> oneshot::Receiver<Result<(), sqlx::Error>> {
        let (done, answer) = oneshot::channel();
        let _ = self.0.lock().unwrap().send((engine, sql, done));
        answer
    }
}

fn administrate(tasks: &Receiver<(Engine, String, Done)>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut connections: Vec<Raw> = Vec::new();
    for (engine, sql, done) in tasks {
        runtime.block_on(async {
            if !connections.iter().any(|connection| connection.engine() == engine) {
                let home = if engine == Engine::Postgres { "postgres" } else { "mysql" };
                connections.push(Raw::of_server(engine, &server(engine).admin_url(home)).await);
            }
            let connection = connections.iter_mut().find(|connection| connection.engine() == engine).unwrap();
            let _ = done.send(connection.try_run(sql).await);
        });
    }
}
