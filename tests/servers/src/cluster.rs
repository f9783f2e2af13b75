//! A Galera cluster of three nodes, run by `tests/cluster.sh`.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::client;
use crate::database::{Database, Home};
use crate::ports;
use crate::server::{Kind, authority, credentials, ok};
use crate::supervisor::Supervisor;

/// Timeout for the nodes to form a cluster.
const TIMEOUT: Duration = Duration::from_mins(1);

/// Maximum number of attempts with other ports. A node exits without an error if its port
/// is in use.
const ATTEMPTS: usize = 3;

/// Number of ports of a node; the first is the SQL port.
const PORTS: u16 = 4;

/// A durable cluster of the nodes 1, 2 and 3. It ends when its last handle and its last
/// database are dropped.
#[derive(Clone)]
pub struct Cluster {
    inner: Arc<Inner>,
}

struct Inner {
    shared: bool,
    folder: PathBuf,
    first_port: u16,
    supervisor: Mutex<Supervisor>,
}

/// Returns the cluster that all tests of this process share.
#[track_caller]
pub fn cluster() -> &'static Cluster {
    static CLUSTER: OnceLock<Result<Cluster, String>> = OnceLock::new();
    ok(CLUSTER.get_or_init(|| Cluster::launch(true)).as_ref())
}

impl Cluster {
    /// The numbers of the nodes.
    pub const NODES: [u16; 3] = [1, 2, 3];

    /// Starts a cluster for one test.
    #[track_caller]
    pub fn start() -> Self {
        ok(Cluster::launch(false))
    }

    fn launch(shared: bool) -> Result<Self, String> {
        let mut problem = String::new();
        for _ in 0..ATTEMPTS {
            let first_port = ports::free(PORTS * 3);
            let supervisor = Supervisor::start("cluster.sh", &[first_port.to_string()]);
            match supervisor.answer() {
                Ok(_) => {
                    let folder = supervisor.folder();
                    let inner = Inner { shared, folder, first_port, supervisor: Mutex::new(supervisor) };
                    return Ok(Cluster { inner: Arc::new(inner) });
                }
                Err(logs) => problem = logs,
            }
        }
        Err(format!("the cluster did not start{problem}"))
    }

    /// Returns the SQL port of a node at 127.0.0.1.
    #[track_caller]
    pub fn port(&self, node: u16) -> u16 {
        assert!(Cluster::NODES.contains(&node), "there is no node {node}");
        self.inner.first_port + PORTS * (node - 1)
    }

    /// Returns the cluster's folder, which has `node1`, `node2` and `node3`, each with
    /// `data` and `log`.
    pub fn folder(&self) -> PathBuf {
        self.inner.folder.clone()
    }

    /// Creates an empty database.
    #[track_caller]
    pub fn create_database(&self) -> Database {
        Database::create(Home::Cluster(self.clone()))
    }

    /// Returns the URL of a database on one node, for the account that owns it.
    pub fn url(&self, node: u16, database: &str) -> String {
        format!("mysql://{}/{database}", authority(self.port(node)))
    }

    /// Returns the URL of a database with all nodes as hosts.
    pub fn url_of_all(&self, database: &str) -> String {
        let hosts = Cluster::NODES.map(|node| format!("127.0.0.1:{}", self.port(node))).join(",");
        format!("mysql://{}@{hosts}/{database}", credentials())
    }

    /// Runs statements on a node with the administrator account, after the earlier commits
    /// of other nodes are applied.
    #[track_caller]
    pub fn admin(&self, node: u16, sql: &str) -> String {
        ok(self.try_admin(node, None, sql))
    }

    /// Runs statements in a database of a node with the administrator account.
    #[track_caller]
    pub fn admin_in(&self, node: u16, database: &str, sql: &str) -> String {
        ok(self.try_admin(node, Some(database), sql))
    }

    /// Runs statements on a node with the administrator account, and returns their output
    /// or the error.
    ///
    /// # Errors
    /// Returns the client's message if it cannot connect or a statement fails.
    pub fn try_admin(&self, node: u16, database: Option<&str>, sql: &str) -> Result<String, String> {
        let sql = format!("SET SESSION wsrep_sync_wait = 15;\n{sql}");
        client::run(Kind::MariaDb, self.port(node), database, &sql)
    }

    /// Kills a node of the cluster with SIGKILL.
    #[track_caller]
    pub fn kill9(&self, node: u16) {
        self.send("kill", node, "done");
    }

    /// Restarts a node with its data, without waiting until it is ready.
    #[track_caller]
    pub fn restart(&self, node: u16) {
        self.send("start", node, "done");
    }

    /// Restarts a node as the first one when no other runs, without waiting until it is
    /// ready.
    #[track_caller]
    pub fn restart_as_first(&self, node: u16) {
        self.send("first", node, "done");
    }

    /// Waits until a restarted node is synchronized and responds.
    #[track_caller]
    pub fn wait_ready(&self, node: u16) {
        self.send("ready", node, "ready");
    }

    /// Pauses the processes of a node.
    #[track_caller]
    pub fn pause(&self, node: u16) {
        self.send("pause", node, "done");
    }

    /// Resumes the processes of a node.
    #[track_caller]
    pub fn resume(&self, node: u16) {
        self.send("resume", node, "done");
    }

    /// Waits until exactly this number of nodes responds and each of them reports this
    /// cluster size.
    #[expect(clippy::disallowed_methods, reason = "measures the wait of a test")]
    #[track_caller]
    pub fn wait_size(&self, size: usize) {
        let begin = Instant::now();
        loop {
            let sizes = self.sizes();
            if sizes.len() == size && sizes.iter().all(|seen| *seen == size.to_string()) {
                return;
            }
            assert!(begin.elapsed() < TIMEOUT, "the nodes that answer see {sizes:?} nodes, not {size}");
            thread::sleep(Duration::from_millis(50));
        }
    }

    /// Returns the cluster sizes that the ready nodes report.
    fn sizes(&self) -> Vec<String> {
        let sql = "SELECT variable_value FROM information_schema.global_status
            WHERE variable_name = 'wsrep_cluster_size'";
        let ask = |node| client::run(Kind::MariaDb, self.port(node), None, sql);
        Cluster::NODES.into_iter().filter_map(|node| ask(node).ok()).collect()
    }

    /// True if other tests use the cluster too.
    pub(crate) fn is_shared(&self) -> bool {
        self.inner.shared
    }

    #[track_caller]
    fn send(&self, command: &str, node: u16, expected: &str) {
        assert!(!self.is_shared(), "the other tests share this cluster: start one of your own for `{command}`");
        assert!(Cluster::NODES.contains(&node), "there is no node {node}");
        let mut supervisor = self.inner.supervisor.lock().unwrap_or_else(PoisonError::into_inner);
        supervisor.expect(&format!("{command} {node}"), expected);
    }
}
