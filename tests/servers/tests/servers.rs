//! Guarantees of the database servers that other tests rely on.

#![expect(clippy::disallowed_methods, reason = "measures the wait of a test")]
#![expect(clippy::unwrap_used, reason = "the panic shows where a test failed")]

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use servers::{Cluster, Kind, MailServer, Server, mariadb, mysql, postgres};

/// Writes a row; reading it shows that the database exists and accepts writes.
const WRITE: &str = "CREATE TABLE t (id INTEGER PRIMARY KEY); INSERT INTO t VALUES (7)";
const COUNT: &str = "SELECT count(*) FROM t";

/// Defines a test per kind of server for each function.
macro_rules! every_kind {
    ($($test:ident),+ $(,)?) => {
        $(
            mod $test {
                use servers::Kind;

                #[test]
                #[ignore = "needs PostgreSQL: sh tests/run.sh"]
                fn postgres() {
                    super::$test(Kind::Postgres);
                }

                #[test]
                #[ignore = "needs MariaDB: sh tests/run.sh"]
                fn mariadb() {
                    super::$test(Kind::MariaDb);
                }

                #[test]
                #[ignore = "needs MySQL: sh tests/run.sh"]
                fn mysql() {
                    super::$test(Kind::MySql);
                }
            }
        )+
    };
}

every_kind! {
    databases_are_created_concurrently_and_dropped,
    killed_server_restarts_with_its_rows,
    server_has_certificate,
}

/// Returns the server of a kind that all tests share.
fn shared(kind: Kind) -> &'static Server {
    match kind {
        Kind::Postgres => postgres(),
        Kind::MariaDb => mariadb(),
        Kind::MySql => mysql(),
    }
}

fn databases_are_created_concurrently_and_dropped(kind: Kind) {
    let server = shared(kind);
    let names: Vec<String> = thread::scope(|scope| {
        let make = || {
            let database = server.create_database();
            database.admin(WRITE);
            assert_eq!(database.admin(COUNT), "1");
            assert!(database.url().contains(&format!("//invite:pencil%20sharpener@127.0.0.1:{}/", server.port())));
            database.name().to_owned()
        };
        let makers: Vec<_> = (0..8).map(|_| scope.spawn(make)).collect();
        makers.into_iter().map(|maker| maker.join().unwrap()).collect()
    });
    for name in names {
        assert!(server.try_admin(Some(&name), COUNT).is_err(), "{name} is still there");
    }
}

fn killed_server_restarts_with_its_rows(kind: Kind) {
    let server = match kind {
        Kind::Postgres => Server::durable_postgres(),
        Kind::MariaDb => Server::durable_mariadb(),
        Kind::MySql => Server::durable_mysql(),
    };
    let database = server.create_database();
    database.admin(WRITE);
    for count in 2..5 {
        database.admin(&format!("INSERT INTO t VALUES ({})", count + 10));
        server.kill9();
        assert!(server.try_admin(None, "SELECT 1").is_err());
        server.start();
        assert_eq!(database.admin(COUNT), count.to_string());
    }
    server.stop();
    server.start();
    server.pause();
    server.resume();
    assert_eq!(database.admin(COUNT), "4");
    let folder = server.folder();
    drop((database, server));
    assert!(!folder.exists(), "{} is still there", folder.display());
}

#[test]
#[ignore = "needs every server: sh tests/run.sh"]
fn server_accepts_options() {
    let server = Server::with_options(Kind::MariaDb, &["--version=8.0.36", "--read-only=1"]);
    assert_eq!(server.admin("SELECT @@version, @@read_only"), "8.0.36\t1");
    let options = ["-c", "default_transaction_read_only=on", "-c", "work_mem=1MB"];
    let server = Server::with_options(Kind::Postgres, &options);
    assert_eq!(server.create_database().admin("SHOW work_mem"), "1MB");
    if !Kind::MySql.is_left_out() {
        let server = Server::with_options(Kind::MySql, &["--max-error-count=7"]);
        assert_eq!(server.admin("SELECT @@max_error_count"), "7");
    }
}

#[test]
#[ignore = "needs every server: sh tests/run.sh"]
fn mysql_is_not_mariadb() {
    if !Kind::MySql.is_left_out() {
        let version = mysql().admin("SELECT concat(version(), ' ', @@version_comment)");
        assert!(!version.contains("MariaDB"), "{version}");
    }
}

fn server_has_certificate(kind: Kind) {
    let server = shared(kind);
    let verify = ["verify", "-CAfile", server.ca_file().to_str().unwrap()].map(str::to_owned);
    let certificate = server.folder().join("tls/server.pem");
    let status = Command::new("openssl").args(verify).arg(certificate).stdout(Stdio::null()).status();
    assert!(status.unwrap().success());
    match kind {
        Kind::Postgres => assert_eq!(server.admin("SHOW ssl"), "on"),
        Kind::MariaDb => assert_eq!(server.admin("SELECT @@have_ssl"), "YES"),
        Kind::MySql => assert_ne!(server.admin("SELECT @@ssl_ca"), ""),
    }
}

#[test]
#[ignore = "needs every server: sh tests/run.sh"]
fn cluster_has_every_row_on_every_node() {
    let cluster = Cluster::start();
    let database = cluster.create_database();
    database.admin(WRITE);
    for node in Cluster::NODES {
        cluster.kill9(node);
        cluster.wait_size(2);
        let other = node % 3 + 1;
        cluster.admin_in(other, database.name(), &format!("INSERT INTO t VALUES ({})", node + 10));
        cluster.restart(node);
        cluster.wait_ready(node);
        cluster.wait_size(3);
        assert_eq!(cluster.admin_in(node, database.name(), COUNT), (node + 1).to_string());
    }
    for node in Cluster::NODES {
        cluster.kill9(node);
    }
    cluster.restart_as_first(2);
    cluster.wait_ready(2);
    assert_eq!(cluster.admin_in(2, database.name(), COUNT), "4");
}

#[test]
#[ignore = "needs every server: sh tests/run.sh"]
fn servers_end_with_a_killed_process() {
    let arguments = ["--ignored", "--exact", "--nocapture", "helper_process_holds_servers"];
    let mut holder =
        Command::new(std::env::current_exe().unwrap()).args(arguments).stdout(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(holder.stdout.take().unwrap()).lines().map(Result::unwrap);
    let folders: Vec<PathBuf> =
        lines.filter_map(|line| line.strip_prefix("folder ").map(PathBuf::from)).take(4).collect();
    assert_eq!(folders.len(), 4);
    assert!(folders.iter().all(|folder| has_data(folder) && is_named_by_a_process(folder)));
    holder.kill().unwrap();
    holder.wait().unwrap();
    let begin = Instant::now();
    while folders.iter().any(|folder| folder.exists() || is_named_by_a_process(folder)) {
        assert!(begin.elapsed() < Duration::from_secs(10), "some of {folders:?} remain");
        thread::sleep(Duration::from_millis(20));
    }
}

fn has_data(folder: &Path) -> bool {
    folder.join("data").exists() || folder.join("mail").exists()
}

fn is_named_by_a_process(folder: &Path) -> bool {
    let output = Command::new("ps").args(["-A", "-o", "args="]).output().unwrap();
    String::from_utf8_lossy(&output.stdout).contains(folder.to_str().unwrap())
}

#[test]
#[ignore = "helper process of the test above"]
#[expect(clippy::print_stdout, reason = "the test above reads it")]
fn helper_process_holds_servers() {
    let own = Server::durable_postgres();
    own.pause();
    let mail = MailServer::start();
    for folder in [postgres().folder(), mariadb().folder(), own.folder(), mail.folder().to_owned()] {
        println!("folder {}", folder.display());
    }
    thread::sleep(Duration::from_mins(1));
}
