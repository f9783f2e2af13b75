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

/// How long nodes may take to find together.
const TIMEOUT: Duration = Duration::from_mins(1);

/// How often other ports are tried. A node whose port was taken meanwhile ends
/// without saying so.
const ATTEMPTS: usize = 3;

/// The ports of a node; the first is that of SQL.
const PORTS: u16 = 4;

/// A cluster whose nodes are 1, 2 and 3, and lose nothing. It ends when the last
/// handle and the last of its databases go.
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

/// The cluster that all tests of this process share.
#[track_caller]
pub fn cluster() -> &'static Cluster {
    static CLUSTER: OnceLock<Result<Cluster, String>> = OnceLock::new();
    ok(CLUSTER.get_or_init(|| Cluster::launch(true)).as_ref())
}

impl Cluster {
    /// The numbers of its nodes.
    pub const NODES: [u16; 3] = [1, 2, 3];

    /// A cluster of the test's own.
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

    /// Where a node listens, at 127.0.0.1.
    #[track_caller]
    pub fn port(&self, node: u16) -> u16 {
        assert!(Cluster::NODES.contains(&node), "there is no node {node}");
        self.inner.first_port + PORTS * (node - 1)
    }

    /// Its folder: `node1`, `node2` and `node3`, each with `data` and `log`.
    pub fn folder(&self) -> PathBuf {
        self.inner.folder.clone()
    }

    /// A new, empty database.
    #[track_caller]
    pub fn create_database(&self) -> Database {
        Database::create(Home::Cluster(self.clone()))
    }

    /// The URL of a database on one node, for the account that owns it.
    pub fn url(&self, node: u16, database: &str) -> String {
        format!("mysql://{}/{database}", authority(self.port(node)))
    }

    /// The URL of a database that names all nodes.
    pub fn url_of_all(&self, database: &str) -> String {
        let hosts = Cluster::NODES.map(|node| format!("127.0.0.1:{}", self.port(node))).join(",");
        format!("mysql://{}@{hosts}/{database}", credentials())
    }

    /// Runs statements on a node as an account that may do everything. They see
    /// what was committed on the other nodes before.
    #[track_caller]
    pub fn admin(&self, node: u16, sql: &str) -> String {
        ok(self.try_admin(node, None, sql))
    }

    /// The same in a database.
    #[track_caller]
    pub fn admin_in(&self, node: u16, database: &str, sql: &str) -> String {
        ok(self.try_admin(node, Some(database), sql))
    }

    /// The same, with what went wrong.
    ///
    /// # Errors
    /// The client's message, where it cannot connect or a statement fails.
    pub fn try_admin(&self, node: u16, database: Option<&str>, sql: &str) -> Result<String, String> {
        let sql = format!("SET SESSION wsrep_sync_wait = 15;\n{sql}");
        client::run(Kind::MariaDb, self.port(node), database, &sql)
    }

    /// Kills a node of the cluster with SIGKILL.
    #[track_caller]
    pub fn kill9(&self, node: u16) {
        self.tell("kill", node, "done");
    }

    /// Starts a node again from where it stood, and does not wait for it.
    #[track_caller]
    pub fn restart(&self, node: u16) {
        self.tell("start", node, "done");
    }

    /// Starts a node again as the first one, when no other runs, and does not
    /// wait for it.
    #[track_caller]
    pub fn restart_as_first(&self, node: u16) {
        self.tell("first", node, "done");
    }

    /// Waits until a node that was started has caught up and answers.
    #[track_caller]
    pub fn wait_ready(&self, node: u16) {
        self.tell("ready", node, "ready");
    }

    /// Stops the processes of a node for a while.
    #[track_caller]
    pub fn pause(&self, node: u16) {
        self.tell("pause", node, "done");
    }

    /// Lets them go on.
    #[track_caller]
    pub fn resume(&self, node: u16) {
        self.tell("resume", node, "done");
    }

    /// Waits until exactly so many nodes answer, and all of them see that many.
    #[expect(clippy::disallowed_methods, reason = "how long a test waits is measured here")]
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

    /// What the nodes that are ready say how many they are.
    fn sizes(&self) -> Vec<String> {
        let sql = "SELECT variable_value FROM information_schema.global_status
            WHERE variable_name = 'wsrep_cluster_size'";
        let ask = |node| client::run(Kind::MariaDb, self.port(node), None, sql);
        Cluster::NODES.into_iter().filter_map(|node| ask(node).ok()).collect()
    }

    /// True if other tests use it too.
    pub(crate) fn is_shared(&self) -> bool {
        self.inner.shared
    }

    #[track_caller]
    fn tell(&self, command: &str, node: u16, expected: &str) {
        assert!(!self.is_shared(), "the other tests share this cluster: start one of your own for `{command}`");
        assert!(Cluster::NODES.contains(&node), "there is no node {node}");
        let mut supervisor = self.inner.supervisor.lock().unwrap_or_else(PoisonError::into_inner);
        supervisor.expect(&format!("{command} {node}"), expected);
    }
}
