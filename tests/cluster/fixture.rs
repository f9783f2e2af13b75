//! A database on a cluster, and services on its nodes.

use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use invite::Service;
use servers::{Cluster, Database};
use tokio::sync::{Mutex, MutexGuard};
use tokio::time::Instant;

use crate::consistency;
use crate::load::{Outcomes, migrated, service};

/// Lets one test run at a time, because a cluster expels a node that gets no processor time.
pub async fn exclusive() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::const_new(());
    TURN.lock().await
}

/// A migrated database on all nodes of a cluster.
pub struct Fixture {
    pub cluster: Cluster,
    database: Database,
    seed: AtomicU64,
}

impl Fixture {
    /// Creates a database on the shared cluster.
    pub async fn shared() -> Self {
        Fixture::on(servers::cluster()).await
    }

    /// Creates a database on this cluster.
    pub async fn on(cluster: &Cluster) -> Self {
        let database = empty_database(cluster);
        migrated(&cluster.url(1, database.name())).await;
        Fixture { cluster: cluster.clone(), database, seed: AtomicU64::new(1) }
    }

    pub fn name(&self) -> &str {
        self.database.name()
    }

    /// Returns the URL of one node.
    pub fn url(&self, node: u16) -> String {
        self.cluster.url(node, self.name())
    }

    /// Returns the URL of all nodes, with this one first.
    pub fn url_from(&self, node: u16) -> String {
        let nodes = (0..3).map(|turn| (node - 1 + turn) % 3 + 1);
        self.url_of(&nodes.map(|node| self.cluster.port(node)).collect::<Vec<_>>())
    }

    /// Returns the URL of these local ports.
    pub fn url_of(&self, ports: &[u16]) -> String {
        let hosts: Vec<String> = ports.iter().map(|port| format!("127.0.0.1:{port}")).collect();
        let first = format!("127.0.0.1:{}", self.cluster.port(1));
        self.url(1).replace(&first, &hosts.join(","))
    }

    /// Returns a service at this URL, like another process.
    pub async fn service(&self, url: &str, connections: u32) -> Arc<Service> {
        Arc::new(service(url, connections, self.seed.fetch_add(1, Ordering::Relaxed)).await)
    }

    /// Returns this many services, each on one node in turn.
    pub async fn services(&self, count: u16, connections: u32) -> Vec<Arc<Service>> {
        let mut services = Vec::new();
        for number in 0..count {
            services.push(self.service(&self.url(number % 3 + 1), connections).await);
        }
        services
    }

    /// Runs a query on a node, after it applied the commits of the others.
    pub fn ask(&self, node: u16, sql: &str) -> String {
        self.cluster.admin_in(node, self.name(), sql).trim().to_owned()
    }

    /// Runs a query on every node; panics if the results differ.
    pub fn ask_all(&self, sql: &str) -> String {
        let mut answers = Cluster::NODES.map(|node| self.ask(node, sql)).to_vec();
        answers.dedup();
        assert_eq!(answers.len(), 1, "the nodes returned different results: {sql}");
        answers.remove(0)
    }

    /// Asserts consistency on every node, and returns the number of stored uses.
    pub fn check_consistency(&self, outcomes: &Outcomes) -> usize {
        consistency::check(outcomes, |query| self.ask_all(query))
    }

    /// Returns the activity of every node: connections, transactions and locks.
    pub fn describe_nodes(&self) -> String {
        let queries = [
            "SHOW FULL PROCESSLIST",
            "SELECT * FROM information_schema.innodb_trx",
            "SELECT * FROM information_schema.innodb_lock_waits",
            "SHOW ENGINE INNODB STATUS",
        ];
        let mut text = String::new();
        for node in Cluster::NODES {
            for query in queries {
                // Without waiting for the other nodes, which may be what is wrong.
                let sql = format!("SET SESSION wsrep_sync_wait = 0; {query}");
                let answer = self.cluster.try_admin(node, None, &sql).unwrap_or_else(|error| error);
                let _ = writeln!(text, "node {node}: {query}\n{answer}");
            }
        }
        text
    }

    /// Returns a status counter of a node, such as `wsrep_replicated`, the number of replicated
    /// transactions.
    pub fn counter(&self, node: u16, name: &str) -> u64 {
        let sql = format!("SELECT variable_value FROM information_schema.global_status WHERE variable_name = '{name}'");
        self.ask(node, &sql).parse().unwrap()
    }
}

/// Creates an empty database, and waits until every node has it.
pub fn empty_database(cluster: &Cluster) -> Database {
    let database = cluster.create_database();
    for node in Cluster::NODES {
        // The query waits for earlier commits.
        cluster.admin(node, "SELECT count(*) FROM mysql.db");
    }
    database
}

/// Timeout for nodes to notice the loss of a node.
const PATIENCE: Duration = Duration::from_mins(1);

/// Waits until the other nodes continue without this one.
pub fn wait_without(cluster: &Cluster, gone: u16) {
    let size = "SELECT variable_value FROM information_schema.global_status \
         WHERE variable_name = 'wsrep_cluster_size'";
    let begin = Instant::now();
    for node in Cluster::NODES.into_iter().filter(|node| *node != gone) {
        while cluster.try_admin(node, None, size).as_deref() != Ok("2") {
            assert!(begin.elapsed() < PATIENCE, "node {node} does not continue without node {gone}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

/// Isolates a node from the others, or rejoins it: it stays up but leaves the cluster.
pub fn isolate(cluster: &Cluster, node: u16, yes: bool) {
    let yes = u8::from(yes);
    cluster.admin(node, &format!("SET GLOBAL wsrep_provider_options = 'gmcast.isolate={yes}'"));
}

/// Closes the services in order, so that the server logs no aborted connections.
pub async fn close(services: Vec<Arc<Service>>) {
    for service in services {
        service.db().close().await;
    }
}
