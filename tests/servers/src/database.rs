//! A database of one test.

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::cluster::Cluster;
use crate::server::{Kind, Server};

/// A database that is empty at first and that no other test uses. It is dropped
/// when this goes, unless its server goes too.
pub struct Database {
    home: Home,
    name: String,
}

/// Where it is.
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

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its URL, with the user and the password of its owner; in a cluster it
    /// names all nodes.
    pub fn url(&self) -> String {
        match &self.home {
            Home::Server(server) => server.url(&self.name),
            Home::Cluster(cluster) => cluster.url_of_all(&self.name),
        }
    }

    /// Runs statements in it as an account that may do everything, in a cluster
    /// on node 1.
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
        // A transaction that is still open would keep MariaDB and MySQL waiting for a day.
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

/// Copying files is four times as fast, where nothing waits for the disk.
fn postgres_statement(name: &str) -> String {
    let create = format!("CREATE DATABASE {name} OWNER {}", crate::USER);
    format!(
        "SELECT :SERVER_VERSION_NUM >= 150000 AS copies \\gset\n\\if :copies\n{create} STRATEGY file_copy;\n\\else\n{create};\n\\endif"
    )
}

impl Drop for Database {
    fn drop(&mut self) {
        if self.is_to_be_dropped() {
            // It only takes up room, so nothing depends on this.
            let _ = self.try_drop();
        }
    }
}
