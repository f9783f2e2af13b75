//! A database on a cluster, and those who work on it through its nodes.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use invite::service::Service;
use servers::{Cluster, Database};
use tokio::sync::{Mutex, MutexGuard};
use tokio::time::Instant;

use crate::books;
use crate::load::{Told, migrated, service};

/// The turn of one test. Nodes that wait for the processor look dead to the
/// others, so no test disturbs another.
pub async fn quiet() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::const_new(());
    TURN.lock().await
}

/// A database whose schema is up to date, on all nodes of a cluster.
pub struct World {
    pub cluster: Cluster,
    database: Database,
    seed: AtomicU64,
}

impl World {
    /// One on the cluster that all tests share.
    pub async fn shared() -> Self {
        World::on(servers::cluster()).await
    }

    /// One on this cluster.
    pub async fn on(cluster: &Cluster) -> Self {
        let database = empty_database(cluster);
        migrated(&cluster.url(1, database.name())).await;
        World { cluster: cluster.clone(), database, seed: AtomicU64::new(1) }
    }

    pub fn name(&self) -> &str {
        self.database.name()
    }

    /// The URL of one node.
    pub fn url(&self, node: u16) -> String {
        self.cluster.url(node, self.name())
    }

    /// The URL of all nodes, this one first.
    pub fn url_from(&self, node: u16) -> String {
        let nodes = (0..3).map(|turn| (node - 1 + turn) % 3 + 1);
        self.url_of(&nodes.map(|node| self.cluster.port(node)).collect::<Vec<_>>())
    }

    /// The URL of these ports of this machine.
    pub fn url_of(&self, ports: &[u16]) -> String {
        let hosts: Vec<String> = ports.iter().map(|port| format!("127.0.0.1:{port}")).collect();
        let first = format!("127.0.0.1:{}", self.cluster.port(1));
        self.url(1).replace(&first, &hosts.join(","))
    }

    /// Another process at this URL.
    pub async fn service(&self, url: &str, connections: u32) -> Arc<Service> {
        Arc::new(service(url, connections, self.seed.fetch_add(1, Ordering::Relaxed)).await)
    }

    /// So many processes, in turn at each of the nodes alone.
    pub async fn services(&self, count: u16, connections: u32) -> Vec<Arc<Service>> {
        let mut services = Vec::new();
        for number in 0..count {
            services.push(self.service(&self.url(number % 3 + 1), connections).await);
        }
        services
    }

    /// Asks a node past the tool. It has first taken what the others committed.
    pub fn ask(&self, node: u16, sql: &str) -> String {
        self.cluster.admin_in(node, self.name(), sql).trim().to_owned()
    }

    /// Asks every node, which all answer the same.
    pub fn ask_all(&self, sql: &str) -> String {
        let mut answers = Cluster::NODES.map(|node| self.ask(node, sql)).to_vec();
        answers.dedup();
        assert_eq!(answers.len(), 1, "the nodes do not agree: {sql}");
        answers.remove(0)
    }

    /// Checks the books, which are the same on every node; answers how many
    /// uses are stored.
    pub fn check_books(&self, told: &Told) -> usize {
        books::check(told, |query| self.ask_all(query))
    }

    /// A counter of a node since it started, such as `wsrep_replicated`: the
    /// transactions that it sent to the others.
    pub fn counter(&self, node: u16, name: &str) -> u64 {
        let sql = format!("SELECT variable_value FROM information_schema.global_status WHERE variable_name = '{name}'");
        self.ask(node, &sql).parse().unwrap()
    }
}

/// A new database without tables, which every node knows.
pub fn empty_database(cluster: &Cluster) -> Database {
    let database = cluster.create_database();
    for node in Cluster::NODES {
        // Its question waits for what was committed before.
        cluster.admin(node, "SELECT count(*) FROM mysql.db");
    }
    database
}

/// How long nodes may take to see that one of them is gone.
const PATIENCE: Duration = Duration::from_mins(1);

/// Waits until the other nodes go on without this one.
pub fn wait_without(cluster: &Cluster, gone: u16) {
    let size = "SELECT variable_value FROM information_schema.global_status \
         WHERE variable_name = 'wsrep_cluster_size'";
    let begin = Instant::now();
    for node in Cluster::NODES.into_iter().filter(|node| *node != gone) {
        while cluster.try_admin(node, None, size).as_deref() != Ok("2") {
            assert!(begin.elapsed() < PATIENCE, "node {node} does not go on without node {gone}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

/// Keeps a node from hearing the others, or lets it: it stays up, and is not part
/// of the cluster.
pub fn isolate(cluster: &Cluster, node: u16, yes: bool) {
    let yes = u8::from(yes);
    cluster.admin(node, &format!("SET GLOBAL wsrep_provider_options = 'gmcast.isolate={yes}'"));
}

/// How the services close: in order, so that the server has nothing to log.
pub async fn close(services: Vec<Arc<Service>>) {
    for service in services {
        service.db().close().await;
    }
}
