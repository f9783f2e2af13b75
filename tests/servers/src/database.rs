//! A database for one test.

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::cluster::Cluster;
use crate::server::{Kind, Server};

/// A database that is initially empty and used by one test only. It is dropped on drop,
/// unless its server ends too.
pub struct Database {
    home: Home,
    name: String,
}

/// The server or cluster of a database.
pub enum Home {
    Server(Server),
    Cluster(Cluster),
}

impl Database {
    #[track_caller]
    pub(crate) fn create(home: Home) -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(1);
        let name = format!("invite_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        match &home {
            Home::Server(server) if server.kind() == Kind::Postgres => server.admin(&postgres_statement(&name)),
            Home::Server(server) => server.admin(&format!("CREATE DATABASE {name}")),
            Home::Cluster(cluster) => cluster.admin(1, &format!("CREATE DATABASE {name}")),
        };
        Database { home, name }
    }

    /// Returns the name of the database.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the URL with the user and password of the owner; on a cluster it names all
    /// nodes.
    pub fn url(&self) -> String {
        match &self.home {
            Home::Server(server) => server.url(&self.name),
            Home::Cluster(cluster) => cluster.url_of_all(&self.name),
        }
    }

    /// Runs statements in the database with the administrator account, on a cluster on node
    /// 1.
    #[track_caller]
    pub fn admin(&self, sql: &str) -> String {
        match &self.home {
            Home::Server(server) => server.admin_in(&self.name, sql),
            Home::Cluster(cluster) => cluster.admin_in(1, &self.name, sql),
        }
    }

    /// Drops it with the sessions that are in it.
    fn try_drop(&self) -> Result<(), String> {
        let name = &self.name;
        // MariaDB and MySQL would wait a day for an open transaction.
        let mariadb = format!("SET lock_wait_timeout = 5; DROP DATABASE IF EXISTS {name}");
        let postgres = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
        match &self.home {
            Home::Server(server) if server.kind() == Kind::Postgres => server.try_admin(None, &postgres),
            Home::Server(server) => server.try_admin(None, &mariadb),
            Home::Cluster(cluster) => cluster.try_admin(1, None, &mariadb),
        }
        .map(|_| ())
    }

    fn is_to_be_dropped(&self) -> bool {
        match &self.home {
            Home::Server(server) => server.is_shared(),
            Home::Cluster(cluster) => cluster.is_shared(),
        }
    }
}

/// Copying the files of the template is four times as fast without durable writes.
fn postgres_statement(name: &str) -> String {
    let create = format!("CREATE DATABASE {name} OWNER {}", crate::USER);
    format!(
        "SELECT :SERVER_VERSION_NUM >= 150000 AS copies \\gset\n\\if :copies\n{create} STRATEGY file_copy;\n\\else\n{create};\n\\endif"
    )
}

impl Drop for Database {
    fn drop(&mut self) {
        if self.is_to_be_dropped() {
            // A remaining database only occupies space.
            let _ = self.try_drop();
        }
    }
}
